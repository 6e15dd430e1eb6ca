//! Fields of a transaction that only travel along: checked, kept with it and shown in every answer. No secret is here.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Number, Value};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::given::{alphanumeric, at_least_zero, given, word};
use super::transaction_notes::MethodNotes;
use super::transaction_processor;
use crate::domain::address::POSTAL_CODE_MAX;
use crate::domain::rate::Rate;
use crate::domain::text::{email, line};
use crate::error::{Error, Result};
use crate::limits::INVOICE_LINES_MAX;

/// Longest text of a field for which the seed names no bound, characters.
const TEXT_MAX: usize = 255;
/// Most custom fields, and most values of one.
const CUSTOM_FIELDS_MAX: usize = 100;
/// Longest free JSON of a request, bytes.
const FREE_JSON_MAX: usize = 16 * 1024;
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
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        national_tax_amount: i64,
        /// Duty, minor units.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        duty_amount: i64,
        /// The customer's address for mail.
        #[schema(max_length = 254, example = "user@home.com")]
        email_address: String,
        /// Whether the customer wants a receipt by mail.
        email_receipt: bool,
        /// Whether a customer record was asked for.
        create_vault_record: bool,
        /// The customer whose record what pays was to be added to.
        #[schema(max_length = 40, example = "")]
        create_vault_record_for: String,
        /// "xid_type_last4", or "" for a plain id.
        #[schema(pattern = "^(xid_type_last4)?$", example = "")]
        vault_record_id_format: String,
        /// For a second processor that shares the payment, minor units; kept and shown.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        split_transaction_amount: i64,
        /// Kept and shown.
        bypass_rule_engine: bool,
        /// Whether an approval was to be undone at once.
        void_on_success: bool,
        /// For certain processors; kept and shown.
        #[schema(schema_with = transaction_processor::schema)]
        processor_specific: Option<Map<String, Value>>,
        /// For certain processors; kept and shown.
        #[schema(value_type = Option<Vec<Object>>)]
        subscriptions: Option<Vec<Map<String, Value>>>,
        /// For certain processors.
        #[schema(max_length = 255, example = "")]
        vendor_id: String,
        /// Merchant category code.
        #[schema(max_length = 4, pattern = "^[A-Za-z0-9]*$", example = "5734")]
        mcc: String,
        /// "straight", "initial_recurring" or "recurring".
        #[schema(pattern = "^(straight|initial_recurring|recurring)?$", example = "straight")]
        billing_method: String,
        /// 4 letters and digits.
        #[schema(max_length = 4, pattern = "^[A-Za-z0-9]*$", example = "A1B2")]
        summary_commodity_code: String,
        /// Where the goods leave from.
        #[schema(max_length = 20, example = "60187")]
        ship_from_postal_code: String,
        /// VAT number of the merchant.
        #[schema(max_length = 255, example = "DE123456789")]
        merchant_vat_registration_number: String,
        /// VAT number of the customer.
        #[schema(max_length = 255, example = "DE987654321")]
        customer_vat_registration_number: String,
        /// Group of the custom fields.
        #[schema(max_length = 255, example = "default")]
        group_name: String,
        /// Values by the id of the custom field; null where there are none.
        custom_fields: Option<BTreeMap<String, Vec<String>>>,
        /// "verified" or "exempt".
        #[schema(pattern = "^(verified|exempt)?$", example = "verified")]
        iias_status: String,
        /// Amounts of health accounts.
        additional_amounts: Option<AdditionalAmounts>,
        /// Level 3 lines; null where there are none.
        line_items: Option<Vec<LineItem>>,
        /// What the customer reads on the statement.
        descriptor: Option<Descriptor>,
        /// "C" or "R".
        #[schema(pattern = "^[CR]?$", example = "C")]
        card_on_file_indicator: String,
        /// "customer" or "merchant".
        #[schema(pattern = "^(customer|merchant)?$", example = "customer")]
        initiated_by: String,
        /// The transaction with which the card was stored.
        #[schema(max_length = 255, example = "")]
        initial_transaction_id: String,
        /// "used" or "stored".
        #[schema(pattern = "^(used|stored)?$", example = "used")]
        stored_credential_indicator: String,
        /// The caller's key against repetition.
        #[schema(max_length = 255, example = "")]
        idempotency_key: String,
        /// How long it counts, seconds; 0 is the default.
        #[schema(maximum = 86400, example = 300)]
        idempotency_time: u32,
        /// The stored address that the request named.
        #[schema(max_length = 64, example = "")]
        billing_address_id: String,
        /// As `billing_address_id`.
        #[schema(max_length = 64, example = "")]
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
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        total: i64,
        /// Prescriptions.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        rx_amount: i64,
        /// Vision.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        vision_amount: i64,
        /// Clinic.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        clinic_amount: i64,
        /// Dental.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        dental_amount: i64,
    }
}

given! {
    /// What the customer reads on the statement.
    Descriptor {
        /// At most 38 characters.
        #[schema(max_length = 38, example = "ACME SHOP")]
        name: String,
        /// At most 38 characters.
        #[schema(max_length = 38, example = "123 Some St")]
        address: String,
        /// At most 21 characters.
        #[schema(max_length = 21, example = "Wheaton")]
        city: String,
        /// At most 2 characters.
        #[schema(max_length = 2, example = "IL")]
        state: String,
        /// At most 5 characters.
        #[schema(max_length = 5, example = "60187")]
        postal_code: String,
    }
}

given! {
    /// A level 3 line. Amounts are minor units.
    LineItem {
        /// At most 50 characters.
        #[schema(max_length = 50, example = "Shirt")]
        name: String,
        /// At most 50 characters.
        #[schema(max_length = 50, example = "Blue")]
        description: String,
        /// At most 50 characters.
        #[schema(max_length = 50, example = "SKU-1")]
        product_code: String,
        /// At most 12 characters.
        #[schema(max_length = 12, example = "A1B2")]
        commodity_code: String,
        /// With at most four decimals.
        #[schema(schema_with = number)]
        quantity: Option<Number>,
        /// Of one.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        unit_price: i64,
        /// Of the line.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        amount: i64,
        /// Taken off.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        discount_amount: i64,
        /// Added.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        freight_amount: i64,
        /// Tax.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        tax_amount: i64,
        /// National tax.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        national_tax_amount: i64,
        /// Local tax.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        local_tax: i64,
        /// "10.000".
        #[schema(pattern = r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3})?)?$", example = "10.000")]
        tax_rate: String,
        /// "10.000".
        #[schema(pattern = r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3})?)?$", example = "10.000")]
        national_tax_rate: String,
        /// "each".
        #[schema(max_length = 50, example = "each")]
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
        let format = word("vault_record_id_format", &self.vault_record_id_format, &["xid_type_last4"])?;
        size("processor_specific", self.processor_specific.as_ref())?;
        self.processor_specific.as_ref().map_or(Ok(()), transaction_processor::check)?;
        size("subscriptions", self.subscriptions.as_ref())?;
        let billing_methods = ["straight", "initial_recurring", "recurring"];
        Ok(Self {
            national_tax_amount: at_least_zero("national_tax_amount", self.national_tax_amount)?,
            duty_amount: at_least_zero("duty_amount", self.duty_amount)?,
            email_address,
            create_vault_record_for: text("create_vault_record_for", &self.create_vault_record_for)?,
            vault_record_id_format: format,
            split_transaction_amount: at_least_zero("split_transaction_amount", self.split_transaction_amount)?,
            subscriptions: self.subscriptions.filter(|given| !given.is_empty()),
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
            custom_fields: self.custom_fields.filter(|fields| !fields.is_empty()).map(fields).transpose()?,
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

impl Details {
    /// The details and the notes as the file keeps them: what says nothing is left out.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn stored(&self, notes: &MethodNotes) -> Result<String> {
        let kept = |given: Value| match given {
            Value::Object(fields) => Value::Object(fields.into_iter().filter(|(_, value)| says(value)).collect()),
            other => other,
        };
        let mut details = kept(serde_json::to_value(self).map_err(Error::internal)?);
        let notes = kept(serde_json::to_value(notes).map_err(Error::internal)?);
        if let (Value::Object(details), Value::Object(fields)) = (&mut details, &notes)
            && !fields.is_empty()
        {
            details.insert("method".to_owned(), notes);
        }
        Ok(details.to_string())
    }
}

/// Whether the value is another than that of a field that was not given.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// Refuses free JSON that is too much to keep.
fn size(field: &str, given: Option<&impl Serialize>) -> Result<()> {
    let length = given.map(serde_json::to_string).transpose().map_err(Error::internal)?.map_or(0, |text| text.len());
    if length > FREE_JSON_MAX {
        return Err(Error::invalid(field, format!("must have at most {FREE_JSON_MAX} bytes")));
    }
    Ok(())
}

fn fields(given: BTreeMap<String, Vec<String>>) -> Result<BTreeMap<String, Vec<String>>> {
    const FIELD: &str = "custom_fields";
    if given.len() > CUSTOM_FIELDS_MAX || given.values().any(|values| values.len() > CUSTOM_FIELDS_MAX) {
        return Err(Error::invalid(FIELD, format!("must be at most {CUSTOM_FIELDS_MAX}, of as many values")));
    }
    for (id, values) in &given {
        line(FIELD, id, TEXT_MAX)?;
        values.iter().try_for_each(|value| line(FIELD, value, TEXT_MAX).map(|_| ()))?;
    }
    Ok(given)
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
