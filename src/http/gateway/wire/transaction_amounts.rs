//! `amounts` of `POST /api/transaction`: what `POST /api/calculate/amounts` answered, charged exactly.

use super::given::{at_least_zero, given};
use super::transaction::NewTransaction;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::error::{Error, Result};

given! {
    /// The answer of `POST /api/calculate/amounts`, passed back: its total is charged. Amounts are minor units.
    CalculatedAmounts {
        /// Before the parts.
        amount: i64,
        /// Included parts without a name of their own.
        additional_total: i64,
        /// What is charged.
        total: i64,
        /// The parts in the total.
        included_amounts: CalculatedParts,
    }
}

given! {
    /// The parts in the total; null is none. Amounts are minor units.
    CalculatedParts {
        /// Shipping.
        shipping_amount: i64,
        /// Taken off.
        discount_amount: i64,
        /// Duty.
        duty_amount: i64,
        /// Tip.
        tip_amount: i64,
        /// Tax.
        tax_amount: i64,
        /// National tax.
        national_tax_amount: i64,
        /// Local tax.
        local_tax_amount: i64,
        /// Service fee.
        service_fee: i64,
        /// Surcharge.
        surcharge: i64,
    }
}

impl CalculatedAmounts {
    /// All taxes together, where the total is what its parts add up to.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    fn checked_tax(&self, currency: Currency) -> Result<Money> {
        let parts = &self.included_amounts;
        let money = |field: &str, minor: i64| {
            let field = format!("amounts.{field}");
            at_least_zero(&field, minor)?;
            Money::new(minor, currency).map_err(|why| Error::invalid(field, why.to_string()))
        };
        let part = |field: &str, minor: i64| money(&format!("included_amounts.{field}"), minor);
        let taxes = [
            part("tax_amount", parts.tax_amount)?,
            part("national_tax_amount", parts.national_tax_amount)?,
            part("local_tax_amount", parts.local_tax_amount)?,
        ];
        let tax = Money::sum(currency, taxes)?;
        let added = [
            money("amount", self.amount)?,
            money("additional_total", self.additional_total)?,
            part("shipping_amount", parts.shipping_amount)?,
            part("duty_amount", parts.duty_amount)?,
            part("tip_amount", parts.tip_amount)?,
            part("service_fee", parts.service_fee)?,
            part("surcharge", parts.surcharge)?,
            tax,
        ];
        let total = Money::sum(currency, added)?.minus(part("discount_amount", parts.discount_amount)?)?;
        if total != money("total", self.total)? {
            return Err(Error::invalid("amounts.total", "is not what its parts add up to"));
        }
        Ok(tax)
    }
}

impl NewTransaction {
    /// The request with the parts of its `amounts` in the fields they stand for, and the service fee, for which a
    /// request has no field. A field that is given beside them must say the same.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub(super) fn with_calculated(mut self, currency: Currency) -> Result<(Self, i64)> {
        let Some(given) = self.amounts.take() else { return Ok((self, 0)) };
        let tax = given.checked_tax(currency)?;
        let CalculatedAmounts { amount, total, included_amounts: parts, .. } = given;
        if amount == 0 && total == 0 {
            return Ok((self, 0));
        }
        if self.payment_adjustment.as_ref().is_some_and(|adjustment| adjustment.value != 0) {
            return Err(Error::invalid("payment_adjustment", "is in amounts already"));
        }
        let mut surcharge = self.surcharge.unwrap_or_default();
        for (field, slot, minor) in [
            ("amount", &mut self.amount, total),
            ("base_amount", &mut self.base_amount, amount),
            ("tax_amount", &mut self.tax_amount, tax.minor()),
            ("shipping_amount", &mut self.shipping_amount, parts.shipping_amount),
            ("discount_amount", &mut self.discount_amount, parts.discount_amount),
            ("tip_amount", &mut self.tip_amount, parts.tip_amount),
            ("surcharge", &mut surcharge, parts.surcharge),
            ("national_tax_amount", &mut self.national_tax_amount, parts.national_tax_amount),
            ("duty_amount", &mut self.duty_amount, parts.duty_amount),
        ] {
            if *slot != 0 && *slot != minor {
                return Err(Error::invalid(field, "is another than in amounts"));
            }
            *slot = minor;
        }
        self.surcharge = Some(surcharge);
        if total == 0 {
            // A base without an amount would be charged in its place.
            self.base_amount = 0;
        }
        Ok((self, parts.service_fee))
    }
}
