//! Items of invoices as requests bring them (seed gateway, "Create Invoice").

use serde::Deserialize;
use utoipa::ToSchema;

use super::invoice::{line, money, one_of, paragraph, rate, required_part};
use crate::domain::currency::Currency;
use crate::domain::invoice::price::NewLine;
use crate::domain::invoice::{LineDetails, LineStatus};
use crate::domain::money::AMOUNT_MAX_MINOR;
use crate::error::{Error, Result};
use crate::limits::INVOICE_LINES_MAX;

/// An item of an invoice. Amounts are minor units.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewItem {
    /// "pending" (default) or "paid".
    #[schema(pattern = "^(pending|paid)?$", example = "pending")]
    pub status: Option<String>,
    /// Free text.
    #[serde(rename = "type")]
    #[schema(max_length = 255, example = "goods")]
    pub kind: Option<String>,
    /// What it is.
    #[schema(max_length = 255, example = "Widget")]
    pub name: Option<String>,
    /// More about it.
    #[schema(max_length = 4096, example = "A widget for processors")]
    pub description: Option<String>,
    /// Required.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub unit_price: Option<i64>,
    /// Required.
    #[schema(minimum = 1, maximum = 9007199254740991_i64, example = 1)]
    pub quantity: Option<i64>,
    /// Units already shipped.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub quantity_shipped: Option<i64>,
    /// Your code.
    #[schema(max_length = 255, example = "W-1")]
    pub product_code: Option<String>,
    /// Commodity code.
    #[schema(max_length = 255, example = "4112")]
    pub commodity_code: Option<String>,
    /// "lb", "kg".
    #[schema(max_length = 255, example = "kg")]
    pub unit_of_measure: Option<String>,
    /// Another tax id.
    #[schema(max_length = 255, example = "VAT-7")]
    pub alternate_tax_identifier: Option<String>,
    /// Whether local and national tax are taken on this item.
    #[schema(example = false)]
    pub taxable: Option<bool>,
    /// Overrides `local_tax`.
    #[schema(pattern = r"^(\d{1,3}(\.\d{1,3})?)?$", example = "1.000")]
    pub local_tax_rate: Option<String>,
    /// A flat amount.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub local_tax: Option<i64>,
    /// Overrides `national_tax`.
    #[schema(pattern = r"^(\d{1,3}(\.\d{1,3})?)?$", example = "1.000")]
    pub national_tax_rate: Option<String>,
    /// A flat amount.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub national_tax: Option<i64>,
    /// Overrides `tax_amount`. Read where no local or national tax is given.
    #[schema(pattern = r"^(\d{1,3}(\.\d{1,3})?)?$", example = "2.000")]
    pub tax_rate: Option<String>,
    /// A flat amount.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub tax_amount: Option<i64>,
    /// At most what the item costs.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub discount_amount: Option<i64>,
    /// Added.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub freight_amount: Option<i64>,
}

impl NewItem {
    /// The line in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub(super) fn into_line(self, currency: Currency) -> Result<NewLine> {
        let unit_price = required_part("unit_price", self.unit_price)?;
        let quantity = required_part("quantity", self.quantity)?;
        let quantity_shipped = self.quantity_shipped.unwrap_or(0);
        if !(1..=AMOUNT_MAX_MINOR).contains(&quantity) {
            return Err(Error::invalid("quantity", "must be at least 1"));
        }
        if !(0..=AMOUNT_MAX_MINOR).contains(&quantity_shipped) {
            return Err(Error::invalid("quantity_shipped", "must not be negative"));
        }
        let amount = |field, minor| money(field, minor, 0, currency);
        Ok(NewLine {
            status: one_of("status", self.status, "pending", given_status, "\"pending\" or \"paid\"")?,
            kind: line("type", self.kind)?,
            name: line("name", self.name)?,
            description: paragraph("description", self.description)?,
            unit_price: amount("unit_price", Some(unit_price))?,
            quantity,
            discount: amount("discount_amount", self.discount_amount)?,
            freight: amount("freight_amount", self.freight_amount)?,
            local_tax: amount("local_tax", self.local_tax)?,
            national_tax: amount("national_tax", self.national_tax)?,
            tax: amount("tax_amount", self.tax_amount)?,
            details: LineDetails {
                quantity_shipped,
                product_code: line("product_code", self.product_code)?,
                commodity_code: line("commodity_code", self.commodity_code)?,
                unit_of_measure: line("unit_of_measure", self.unit_of_measure)?,
                alternate_tax_identifier: line("alternate_tax_identifier", self.alternate_tax_identifier)?,
                taxable: self.taxable.unwrap_or(false),
                local_rate: rate("local_tax_rate", self.local_tax_rate.as_deref())?,
                national_rate: rate("national_tax_rate", self.national_tax_rate.as_deref())?,
                combined_rate: rate("tax_rate", self.tax_rate.as_deref())?,
            },
            rule: String::new(),
        })
    }
}

/// The lines of all items.
///
/// # Errors
/// `Invalid` naming the field below `items`.
pub(super) fn lines(currency: Currency, items: Vec<NewItem>) -> Result<Vec<NewLine>> {
    if items.is_empty() || items.len() > INVOICE_LINES_MAX {
        return Err(Error::invalid("items", format!("must hold 1 to {INVOICE_LINES_MAX} items")));
    }
    let line =
        |(index, item): (usize, NewItem)| item.into_line(currency).map_err(|why| why.under(&format!("items[{index}]")));
    items.into_iter().enumerate().map(line).collect()
}

/// Only the customer's own payment rejects an item.
fn given_status(word: &str) -> Option<LineStatus> {
    LineStatus::parse(word).filter(|status| *status != LineStatus::Rejected)
}
