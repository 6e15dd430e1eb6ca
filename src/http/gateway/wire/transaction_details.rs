//! Fields of a transaction that only travel along: checked, kept with it and shown in every answer. No secret is here.

use std::collections::BTreeMap;

use serde_json::Number;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::given::{alphanumeric, at_least_zero, given, word};
use crate::domain::address::POSTAL_CODE_MAX;
use crate::domain::rate::Rate;
use crate::domain::text::{email, line};
use crate::error::{Error, Result};
use crate::limits::INVOICE_LINES_MAX;

/// Longest text of a field for which the seed names no bound, characters.
const TEXT_MAX: usize = 255;
/// Longest name, description and product code of a line item, characters (seed gateway, "Process").
const ITEM_TEXT_MAX: usize = 50;
/// Longest commodity code of a line item, characters (seed gateway, "Process").
const COMMODITY_CODE_MAX: usize = 12;

given! {
    /// What travels along with a transaction.
    Details {
        /// Whether it is exempt of tax.
        tax_exempt: bool,
        /// National tax, minor units.
        national_tax_amount: i64,
        /// Duty, minor units.
        duty_amount: i64,
        /// The customer's address for mail.
        email_address: String,
        /// Whether the customer wants a receipt by mail.
        email_receipt: bool,
        /// Whether a customer record was asked for.
        create_vault_record: bool,
        /// For certain processors.
        vendor_id: String,
        /// Merchant category code.
        mcc: String,
        /// "straight", "initial_recurring" or "recurring".
        billing_method: String,
        /// 4 letters and digits.
        summary_commodity_code: String,
        /// Where the goods leave from.
        ship_from_postal_code: String,
        /// VAT number of the merchant.
        merchant_vat_registration_number: String,
        /// VAT number of the customer.
        customer_vat_registration_number: String,
        /// Group of the custom fields.
        group_name: String,
        /// Values by the id of the custom field; null where there are none.
        custom_fields: Option<BTreeMap<String, Vec<String>>>,
        /// "verified" or "exempt".
        iias_status: String,
        /// Amounts of health accounts.
        additional_amounts: Option<AdditionalAmounts>,
        /// Level 3 lines; null where there are none.
        line_items: Option<Vec<LineItem>>,
        /// What the customer reads on the statement.
        descriptor: Option<Descriptor>,
        /// "C" or "R".
        card_on_file_indicator: String,
        /// "customer" or "merchant".
        initiated_by: String,
        /// The transaction with which the card was stored.
        initial_transaction_id: String,
        /// "used" or "stored".
        stored_credential_indicator: String,
        /// The caller's key against repetition.
        idempotency_key: String,
        /// How long it counts, seconds; 0 is the default.
        idempotency_time: u32,
        /// The stored address that the request named.
        billing_address_id: String,
        /// As `billing_address_id`.
        shipping_address_id: String,
    }
}

given! {
    /// Amounts besides the amount.
    AdditionalAmounts {
        /// Health accounts.
        hsa: Option<HealthAmounts>,
    }
}

given! {
    /// Amounts for health accounts, minor units.
    HealthAmounts {
        /// All of it.
        total: i64,
        /// Prescriptions.
        rx_amount: i64,
        /// Vision.
        vision_amount: i64,
        /// Clinic.
        clinic_amount: i64,
        /// Dental.
        dental_amount: i64,
    }
}

given! {
    /// What the customer reads on the statement.
    Descriptor {
        /// At most 38 characters.
        name: String,
        /// At most 38 characters.
        address: String,
        /// At most 21 characters.
        city: String,
        /// At most 2 characters.
        state: String,
        /// At most 5 characters.
        postal_code: String,
    }
}

given! {
    /// A level 3 line. Amounts are minor units.
    LineItem {
        /// At most 50 characters.
        name: String,
        /// At most 50 characters.
        description: String,
        /// At most 50 characters.
        product_code: String,
        /// At most 12 characters.
        commodity_code: String,
        /// With at most four decimals.
        #[schema(schema_with = number)]
        quantity: Option<Number>,
        /// Of one.
        unit_price: i64,
        /// Of the line.
        amount: i64,
        /// Taken off.
        discount_amount: i64,
        /// Added.
        freight_amount: i64,
        /// Tax.
        tax_amount: i64,
        /// National tax.
        national_tax_amount: i64,
        /// Local tax.
        local_tax: i64,
        /// "10.000".
        tax_rate: String,
        /// "10.000".
        national_tax_rate: String,
        /// "each".
        unit_of_measure: String,
        /// How many went out.
        #[schema(schema_with = number)]
        quantity_shipped: Option<Number>,
    }
}

impl Details {
    /// The details with every text trimmed.
    ///
    /// # Errors
    /// `Invalid` naming the first field that breaks its rule.
    pub fn checked(self) -> Result<Self> {
        let text = |field: &str, value: &str| line(field, value, TEXT_MAX);
        let email_address = email("email_address", &self.email_address)?;
        if self.email_receipt && email_address.is_empty() {
            return Err(Error::invalid("email_address", "is required with email_receipt"));
        }
        let billing_methods = ["straight", "initial_recurring", "recurring"];
        Ok(Self {
            national_tax_amount: at_least_zero("national_tax_amount", self.national_tax_amount)?,
            duty_amount: at_least_zero("duty_amount", self.duty_amount)?,
            email_address,
            vendor_id: text("vendor_id", &self.vendor_id)?,
            mcc: alphanumeric("mcc", &self.mcc, 4)?,
            billing_method: word("billing_method", &self.billing_method, &billing_methods)?,
            summary_commodity_code: alphanumeric("summary_commodity_code", &self.summary_commodity_code, 4)?,
            ship_from_postal_code: line("ship_from_postal_code", &self.ship_from_postal_code, POSTAL_CODE_MAX)?,
            merchant_vat_registration_number: text(
                "merchant_vat_registration_number",
                &self.merchant_vat_registration_number,
            )?,
            customer_vat_registration_number: text(
                "customer_vat_registration_number",
                &self.customer_vat_registration_number,
            )?,
            group_name: text("group_name", &self.group_name)?,
            iias_status: word("iias_status", &self.iias_status, &["verified", "exempt"])?,
            additional_amounts: self.additional_amounts.map(AdditionalAmounts::checked).transpose()?,
            line_items: self.line_items.filter(|items| !items.is_empty()).map(lines).transpose()?,
            custom_fields: self.custom_fields.filter(|fields| !fields.is_empty()),
            descriptor: self.descriptor.map(Descriptor::checked).transpose()?,
            card_on_file_indicator: word("card_on_file_indicator", &self.card_on_file_indicator, &["C", "R"])?,
            initiated_by: word("initiated_by", &self.initiated_by, &["customer", "merchant"])?,
            initial_transaction_id: text("initial_transaction_id", &self.initial_transaction_id)?,
            stored_credential_indicator: word(
                "stored_credential_indicator",
                &self.stored_credential_indicator,
                &["used", "stored"],
            )?,
            ..self
        })
    }
}

impl AdditionalAmounts {
    fn checked(self) -> Result<Self> {
        let Some(HealthAmounts { total, rx_amount, vision_amount, clinic_amount, dental_amount }) = &self.hsa else {
            return Ok(self);
        };
        for (name, number) in [
            ("total", total),
            ("rx_amount", rx_amount),
            ("vision_amount", vision_amount),
            ("clinic_amount", clinic_amount),
            ("dental_amount", dental_amount),
        ] {
            at_least_zero(&format!("additional_amounts.hsa.{name}"), *number)?;
        }
        Ok(self)
    }
}

impl Descriptor {
    fn checked(self) -> Result<Self> {
        Ok(Self {
            name: line("descriptor.name", &self.name, 38)?,
            address: line("descriptor.address", &self.address, 38)?,
            city: line("descriptor.city", &self.city, 21)?,
            state: line("descriptor.state", &self.state, 2)?,
            postal_code: line("descriptor.postal_code", &self.postal_code, 5)?,
        })
    }
}

/// The lines, each checked.
///
/// # Errors
/// `Invalid` naming the first field that breaks its rule.
pub(super) fn lines(items: Vec<LineItem>) -> Result<Vec<LineItem>> {
    if items.len() > INVOICE_LINES_MAX {
        return Err(Error::invalid("line_items", format!("must be at most {INVOICE_LINES_MAX}")));
    }
    let checked = |(at, item): (usize, LineItem)| item.checked().map_err(|why| why.under(&format!("line_items[{at}]")));
    items.into_iter().enumerate().map(checked).collect()
}

impl LineItem {
    fn checked(self) -> Result<Self> {
        for (name, number) in [
            ("unit_price", self.unit_price),
            ("amount", self.amount),
            ("discount_amount", self.discount_amount),
            ("freight_amount", self.freight_amount),
            ("tax_amount", self.tax_amount),
            ("national_tax_amount", self.national_tax_amount),
            ("local_tax", self.local_tax),
        ] {
            at_least_zero(name, number)?;
        }
        for (name, rate) in [("tax_rate", &self.tax_rate), ("national_tax_rate", &self.national_tax_rate)] {
            if !rate.is_empty() && Rate::parse_percent(rate).is_none() {
                return Err(Error::invalid(name, "must be a percentage such as 10.000"));
            }
        }
        quantity("quantity", self.quantity.as_ref())?;
        quantity("quantity_shipped", self.quantity_shipped.as_ref())?;
        Ok(Self {
            name: line("name", &self.name, ITEM_TEXT_MAX)?,
            description: line("description", &self.description, ITEM_TEXT_MAX)?,
            product_code: line("product_code", &self.product_code, ITEM_TEXT_MAX)?,
            commodity_code: line("commodity_code", &self.commodity_code, COMMODITY_CODE_MAX)?,
            unit_of_measure: line("unit_of_measure", &self.unit_of_measure, ITEM_TEXT_MAX)?,
            ..self
        })
    }
}

/// A JSON number, in the document.
pub(super) fn number() -> Schema {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).into()
}

/// Digits, and at most four decimals: read from its text, because a quantity is no binary fraction.
fn quantity(field: &str, number: Option<&Number>) -> Result<()> {
    let Some(number) = number else { return Ok(()) };
    let text = number.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() <= 12 && decimals.len() <= 4 && digits(whole) && digits(decimals) {
        return Ok(());
    }
    Err(Error::invalid(field, "must be a number such as 1.5, at most four decimals"))
}
