//! `POST /api/calculate/amounts`: what it asks.

use super::amounts_line::{AmountsLine, AmountsProduct};
use super::fees::{first_six, tender};
use super::given::{at_least_zero, given, required, word};
use crate::app::fees::{AskedCard, CalculateAmounts};
use crate::domain::country;
use crate::domain::currency::Currency;
use crate::domain::fees::{Asked, Flags, Given};
use crate::domain::id::Id;
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::text::line;
use crate::domain::transaction::adjustment::Adjustment;
use crate::error::{Error, Result};
use crate::limits::{ADJUSTMENTS_MAX, INVOICE_LINES_MAX};

/// Longest state and source, characters.
const TEXT_MAX: usize = 255;

given! {
    /// The parts of a payment. Amounts are minor units.
    NewAmounts {
        /// Who will move the money.
        processor_id: String,
        /// The goods; required without lines and products, which add up to it.
        subtotal: Option<i64>,
        /// What the parts are of; required without lines and products, which add up to it.
        amount: Option<i64>,
        /// ISO 4217.
        currency: String,
        /// "card" or "ach".
        payment_method: String,
        /// "verification", "auth", "sale", "void", "refund" or "credit"; only "auth" and "sale" have the merchant's fees.
        transaction_type: String,
        /// Products.
        products: Vec<AmountsProduct>,
        /// Lines.
        line_items: Vec<AmountsLine>,
        /// In place of the merchant's.
        processor_payment_adjustment: Option<AmountsExtra>,
        /// Shipping.
        shipping_amount: Option<AmountsExtra>,
        /// Add-ons.
        addon_amount: Vec<AmountsExtra>,
        /// Discounts.
        discount_amount: Vec<AmountsExtra>,
        /// Duty.
        duty_amount: Option<AmountsExtra>,
        /// Tip.
        tip_amount: Option<AmountsExtra>,
        /// Anything else.
        additional_amounts: Vec<AmountsExtra>,
        /// In place of the default tax.
        tax_amount: Option<AmountsExtra>,
        /// National tax.
        national_tax_amount: Option<AmountsExtra>,
        /// Local tax.
        local_tax_amount: Option<AmountsExtra>,
        /// In place of the merchant's.
        service_fee: Option<AmountsExtra>,
        /// In place of the merchant's.
        surcharge: Option<AmountsExtra>,
        /// 6 to 19 digits of the card; without them there is no surcharge of the merchant's.
        cc_bin: String,
        /// Country of the billing address; "US" where it is not given.
        country: String,
        /// State of the billing address.
        state: String,
        /// Switches.
        flags: AmountsFlags,
        /// Has no effect.
        source: String,
    }
}

given! {
    /// An amount, or a share.
    AmountsExtra {
        /// "flat" or "percentage".
        #[serde(rename = "type")]
        #[schema(rename = "type")]
        kind: String,
        /// Minor units, or thousandths of a percent.
        value: Option<i64>,
        /// Whether it is added to the total.
        include: bool,
    }
}

given! {
    /// Switches.
    AmountsFlags {
        /// No cash discount.
        skip_cash_discount: bool,
        /// No surcharge.
        skip_surcharge: bool,
        /// No service fee.
        skip_service_fee: bool,
        /// No comparison of card and bank account.
        skip_consumer_choice: bool,
        /// False keeps the default tax out of the total.
        include_default_tax_to_total: Option<bool>,
        /// All taxes are 0.
        tax_exempt: Option<bool>,
        /// Has no effect: no processor here has a surcharge of its own.
        processor_surcharge_fallback: bool,
        /// True adds every tax to the total; false keeps those of the lines out.
        add_tax_to_total: Option<bool>,
    }
}

/// What the answer shows again.
pub struct Echo {
    pub(super) processor_id: String,
    pub(super) payment_method: String,
    pub(super) lines: Vec<AmountsLine>,
}

impl NewAmounts {
    /// The command in it, and what the answer shows again.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(mut self) -> Result<(CalculateAmounts, Echo)> {
        let currency = Currency::parse(required("currency", &self.currency)?)
            .ok_or_else(|| Error::invalid("currency", "must be an ISO 4217 code such as USD"))?;
        let processor_id = Id::parse(required("processor_id", &self.processor_id)?)
            .ok_or_else(|| Error::invalid("processor_id", "is not known"))?;
        let lines = self.take_lines(currency)?;
        let asked = self.asked(currency, &lines)?;
        if !(self.country.is_empty() || country::is_known(&self.country.to_ascii_uppercase())) {
            return Err(Error::invalid("country", "must be an ISO 3166 code such as US"));
        }
        line("source", &self.source, TEXT_MAX)?;
        let card = AskedCard {
            first_six: first_six("cc_bin", &self.cc_bin)?,
            country: self.country,
            state: line("state", &self.state, TEXT_MAX)?,
        };
        let echo = Echo { processor_id: self.processor_id, payment_method: self.payment_method, lines };
        Ok((CalculateAmounts { processor_id, asked, card }, echo))
    }

    fn take_lines(&mut self, currency: Currency) -> Result<Vec<AmountsLine>> {
        for (field, count) in [("line_items", self.line_items.len()), ("products", self.products.len())] {
            if count > INVOICE_LINES_MAX {
                return Err(Error::invalid(field, format!("must be at most {INVOICE_LINES_MAX}")));
            }
        }
        let mut lines = std::mem::take(&mut self.line_items);
        for (index, product) in std::mem::take(&mut self.products).into_iter().enumerate() {
            lines.push(product.into_line(currency).map_err(|why| why.under(&format!("products[{index}]")))?);
        }
        Ok(lines)
    }

    fn asked(&self, currency: Currency, lines: &[AmountsLine]) -> Result<Asked> {
        let extra = |field: &str, extra: &Option<AmountsExtra>| -> Result<Option<Given>> {
            Ok(extra.as_ref().map(|extra| extra.read(field, currency)).transpose()?.flatten())
        };
        let kinds = ["verification", "auth", "sale", "void", "refund", "credit"];
        let kind = word("transaction_type", required("transaction_type", &self.transaction_type)?, &kinds)?;
        let read = |(index, line): (usize, &AmountsLine)| {
            line.to_line(currency).map_err(|why| why.under(&format!("line_items[{index}]")))
        };
        Ok(Asked {
            currency,
            tender: tender(&self.payment_method)?,
            takes_money: ["auth", "sale"].contains(&kind.as_str()),
            subtotal: goods("subtotal", self.subtotal, currency, !lines.is_empty())?,
            amount: goods("amount", self.amount, currency, !lines.is_empty())?,
            lines: lines.iter().enumerate().map(read).collect::<Result<_>>()?,
            payment_adjustment: extra("processor_payment_adjustment", &self.processor_payment_adjustment)?,
            shipping: extra("shipping_amount", &self.shipping_amount)?,
            addons: extras("addon_amount", &self.addon_amount, currency)?,
            discounts: extras("discount_amount", &self.discount_amount, currency)?,
            duty: extra("duty_amount", &self.duty_amount)?,
            tip: extra("tip_amount", &self.tip_amount)?,
            additional: extras("additional_amounts", &self.additional_amounts, currency)?,
            tax: extra("tax_amount", &self.tax_amount)?,
            national_tax: extra("national_tax_amount", &self.national_tax_amount)?,
            local_tax: extra("local_tax_amount", &self.local_tax_amount)?,
            service_fee: extra("service_fee", &self.service_fee)?,
            surcharge: extra("surcharge", &self.surcharge)?,
            flags: self.flags.read(),
        })
    }
}

impl AmountsFlags {
    fn read(&self) -> Flags {
        Flags {
            skip_cash_discount: self.skip_cash_discount,
            skip_surcharge: self.skip_surcharge,
            skip_service_fee: self.skip_service_fee,
            skip_consumer_choice: self.skip_consumer_choice,
            include_default_tax: self.include_default_tax_to_total,
            tax_exempt: self.tax_exempt == Some(true),
            add_tax: self.add_tax_to_total,
        }
    }
}

impl AmountsExtra {
    /// `None` where it says nothing: no type and no value.
    fn read(&self, field: &str, currency: Currency) -> Result<Option<Given>> {
        let name = format!("{field}.value");
        let value = match (self.kind.as_str(), self.value) {
            ("", None | Some(0)) => return Ok(None),
            ("flat" | "percentage", None) => return Err(Error::invalid(name, "is required")),
            (_, value) => at_least_zero(&name, value.unwrap_or(0))?,
        };
        let worth = match self.kind.as_str() {
            "flat" => {
                Adjustment::Flat(Money::new(value, currency).map_err(|why| Error::invalid(name, why.to_string()))?)
            }
            "percentage" => {
                let rate = u32::try_from(value).ok().and_then(Rate::from_thousandths);
                let rate = rate.ok_or_else(|| Error::invalid(name, "must be at most 1000000, which is 1000 %"))?;
                Adjustment::Percentage(rate)
            }
            _ => return Err(Error::invalid(format!("{field}.type"), "must be \"flat\" or \"percentage\"")),
        };
        Ok(Some(Given { worth, include: self.include }))
    }
}

fn extras(field: &str, extras: &[AmountsExtra], currency: Currency) -> Result<Vec<Given>> {
    if extras.len() > ADJUSTMENTS_MAX {
        return Err(Error::invalid(field, format!("must be at most {ADJUSTMENTS_MAX}")));
    }
    let read = |(index, extra): (usize, &AmountsExtra)| extra.read(&format!("{field}[{index}]"), currency).transpose();
    extras.iter().enumerate().filter_map(read).collect()
}

fn goods(field: &str, minor: Option<i64>, currency: Currency, has_lines: bool) -> Result<Money> {
    let minor = match minor {
        Some(minor) => at_least_zero(field, minor)?,
        None if has_lines => 0,
        None => return Err(Error::invalid(field, "is required without line_items and products")),
    };
    Money::new(minor, currency).map_err(|why| Error::invalid(field, why.to_string()))
}
