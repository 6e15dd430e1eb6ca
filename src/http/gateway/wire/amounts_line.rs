//! Lines of `POST /api/calculate/amounts`: line items, and products, which are lines of one.

use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::given::{at_least_zero, given, required, word};
use super::transaction_details::number;
use crate::domain::currency::Currency;
use crate::domain::fees::line::{Line, PricedLine, Quantity, UnitPrice};
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::text::{line, paragraph};
use crate::error::{Error, Result};

/// Longest text of a line, characters.
const TEXT_MAX: usize = 255;

given! {
    /// A line. Amounts are minor units.
    AmountsLine {
        /// Its id.
        id: String,
        /// "paid", "pending" or "rejected"; only what is pending counts.
        status: String,
        /// "flat" or "percentage".
        #[serde(rename = "type")]
        #[schema(rename = "type")]
        kind: String,
        /// What it is.
        name: String,
        /// More about it.
        description: String,
        /// Minor units, or thousandths of a percent of all flat lines.
        unit_price: Option<i64>,
        /// With at most four decimals.
        #[schema(schema_with = number)]
        quantity: Option<Number>,
        /// Shown again.
        #[schema(schema_with = number)]
        quantity_shipped: Option<Number>,
        /// Shown again.
        product_code: String,
        /// Shown again.
        commodity_code: String,
        /// Shown again.
        unit_of_measure: String,
        /// Shown again.
        alternate_tax_identifier: String,
        /// Whether it is taxed.
        taxable: bool,
        /// "10.25".
        local_tax_rate: String,
        /// "10.25".
        national_tax_rate: String,
        /// "10.25"; read where neither of the other two is given.
        tax_rate: String,
        /// Taken off.
        discount_amount: i64,
        /// "10.25"; read where `discount_amount` is not given.
        discount_rate: String,
        /// Added.
        freight_amount: i64,
    }
}

given! {
    /// A product: a line of one.
    AmountsProduct {
        /// Its id.
        id: String,
        /// What it is.
        name: String,
        /// More about it.
        description: String,
        /// "10.00": major units, with at most the currency's decimals.
        price: String,
        /// Rate of the local tax: "10.25".
        local_tax: String,
        /// Rate of the national tax: "10.25".
        national_tax: String,
        /// Has no effect on the amounts.
        fixed_amount: bool,
        /// Has no effect on the amounts.
        fixed_qty: bool,
        /// Shown again.
        unit_of_measure: String,
    }
}

impl AmountsProduct {
    /// The line it is.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub(super) fn into_line(self, currency: Currency) -> Result<AmountsLine> {
        required("id", &self.id)?;
        required("name", &self.name)?;
        let price = Money::parse_major(required("price", &self.price)?, currency)
            .map_err(|why| Error::invalid("price", why.to_string()))?;
        rate("local_tax", &self.local_tax)?;
        rate("national_tax", &self.national_tax)?;
        Ok(AmountsLine {
            id: self.id,
            status: "pending".to_owned(),
            kind: "flat".to_owned(),
            name: self.name,
            description: self.description,
            unit_price: Some(at_least_zero("price", price.minor())?),
            quantity: Some(Number::from(1)),
            unit_of_measure: self.unit_of_measure,
            taxable: true,
            local_tax_rate: self.local_tax,
            national_tax_rate: self.national_tax,
            ..AmountsLine::default()
        })
    }
}

impl AmountsLine {
    /// The rule's view of it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub(super) fn to_line(&self, currency: Currency) -> Result<Line> {
        for (field, text) in [("id", &self.id), ("name", &self.name)] {
            line(field, required(field, text)?, TEXT_MAX)?;
        }
        paragraph("description", &self.description, TEXT_MAX)?;
        for (field, text) in [
            ("product_code", &self.product_code),
            ("commodity_code", &self.commodity_code),
            ("unit_of_measure", &self.unit_of_measure),
            ("alternate_tax_identifier", &self.alternate_tax_identifier),
        ] {
            line(field, text, TEXT_MAX)?;
        }
        let status = word("status", required("status", &self.status)?, &["paid", "pending", "rejected"])?;
        let shipped = self.quantity_shipped.as_ref().map(|number| quantity("quantity_shipped", number));
        shipped.transpose()?;
        let money =
            |field: &str, minor: i64| Money::new(minor, currency).map_err(|why| Error::invalid(field, why.to_string()));
        Ok(Line {
            unit_price: self.price(currency)?,
            quantity: match &self.quantity {
                Some(number) => quantity("quantity", number)?,
                None => return Err(Error::invalid("quantity", "is required")),
            },
            is_due: status == "pending",
            discount: money("discount_amount", at_least_zero("discount_amount", self.discount_amount)?)?,
            discount_rate: share("discount_rate", &self.discount_rate)?,
            freight: money("freight_amount", at_least_zero("freight_amount", self.freight_amount)?)?,
            is_taxable: self.taxable,
            local_rate: rate("local_tax_rate", &self.local_tax_rate)?,
            national_rate: rate("national_tax_rate", &self.national_tax_rate)?,
            rate: rate("tax_rate", &self.tax_rate)?,
        })
    }

    fn price(&self, currency: Currency) -> Result<UnitPrice> {
        let price = self.unit_price.ok_or_else(|| Error::invalid("unit_price", "is required"))?;
        match self.kind.as_str() {
            "flat" => {
                let price = Money::new(price, currency).map_err(|why| Error::invalid("unit_price", why.to_string()))?;
                Ok(UnitPrice::Flat(price))
            }
            "percentage" => u32::try_from(price)
                .ok()
                .and_then(Rate::from_thousandths)
                .map(UnitPrice::Share)
                .ok_or_else(|| Error::invalid("unit_price", "must be between 0 and 1000000, which is 1000 %")),
            "" => Err(Error::invalid("type", "is required")),
            _ => Err(Error::invalid("type", "must be \"flat\" or \"percentage\"")),
        }
    }
}

fn quantity(field: &str, number: &Number) -> Result<Quantity> {
    Quantity::parse(&number.to_string())
        .ok_or_else(|| Error::invalid(field, "must be a number such as 1.5, at most four decimals"))
}

fn rate(field: &str, text: &str) -> Result<Rate> {
    if text.is_empty() {
        return Ok(Rate::ZERO);
    }
    Rate::parse_percent(text).ok_or_else(|| Error::invalid(field, "must be a percentage such as 10.25"))
}

fn share(field: &str, text: &str) -> Result<Rate> {
    let whole = |rate: &Rate| *rate <= Rate::WHOLE;
    Some(rate(field, text)?).filter(whole).ok_or_else(|| Error::invalid(field, "must be at most 100"))
}

/// A line with what it comes to. Amounts are minor units.
#[derive(Serialize, ToSchema)]
pub struct AmountsLineShown {
    /// As it was given.
    #[serde(flatten)]
    line: AmountsLine,
    /// Local tax.
    local_tax: i64,
    /// National tax.
    national_tax: i64,
    /// The one tax for all.
    tax_amount: i64,
    /// Price times quantity, less the discount, with freight, without taxes.
    amount: i64,
}

impl AmountsLineShown {
    pub(super) fn of(line: AmountsLine, priced: &PricedLine) -> Self {
        Self {
            local_tax: priced.local_tax.minor(),
            national_tax: priced.national_tax.minor(),
            tax_amount: priced.tax.minor(),
            amount: priced.amount.minor(),
            line: AmountsLine { discount_amount: priced.discount.minor(), ..line },
        }
    }
}
