//! The JSON columns of invoices. A part that an older file lacks has its default.

use serde::{Deserialize, Serialize};

use crate::domain::invoice::{InvoiceTerms, LineDetails, PartialType, PayAs, PayBy, SaveMethod, SendVia};
use crate::domain::rate::Rate;
use crate::error::{Error, Result};

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Details {
    quantity_shipped: i64,
    product_code: String,
    commodity_code: String,
    unit_of_measure: String,
    alternate_tax_identifier: String,
    taxable: bool,
    local_rate: u32,
    national_rate: u32,
    combined_rate: u32,
}

/// The text of `invoice_line.details_json`.
pub(super) fn details_text(details: &LineDetails) -> Result<String> {
    let LineDetails {
        quantity_shipped,
        product_code,
        commodity_code,
        unit_of_measure,
        alternate_tax_identifier,
        taxable,
        local_rate,
        national_rate,
        combined_rate,
    } = details.clone();
    text(&Details {
        quantity_shipped,
        product_code,
        commodity_code,
        unit_of_measure,
        alternate_tax_identifier,
        taxable,
        local_rate: local_rate.thousandths(),
        national_rate: national_rate.thousandths(),
        combined_rate: combined_rate.thousandths(),
    })
}

/// Reads the text of `invoice_line.details_json`.
pub(super) fn read_details(text: &str) -> Result<LineDetails, String> {
    let Details {
        quantity_shipped,
        product_code,
        commodity_code,
        unit_of_measure,
        alternate_tax_identifier,
        taxable,
        local_rate,
        national_rate,
        combined_rate,
    } = serde_json::from_str(text).map_err(|why| why.to_string())?;
    Ok(LineDetails {
        quantity_shipped,
        product_code,
        commodity_code,
        unit_of_measure,
        alternate_tax_identifier,
        taxable,
        local_rate: read_rate(local_rate)?,
        national_rate: read_rate(national_rate)?,
        combined_rate: read_rate(combined_rate)?,
    })
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Terms {
    company_name: String,
    company_logo_url: String,
    advanced_fields: bool,
    enable_tax: bool,
    enable_shipping: bool,
    tax_percent: u32,
    tax_rule: String,
    require_shipping_details: bool,
    require_billing_details_on_payment_only: bool,
    allow_partial_payment: bool,
    partial_type: String,
    allow_tipping: bool,
    save_method: String,
    po_number: String,
    pay_as: String,
    methods: Vec<String>,
    card_processor_id: String,
    ach_processor_id: String,
    send_via: String,
    email_to: String,
    bill_to_id: String,
    payable_to_id: String,
    service_fees_paid_minor: i64,
    surcharge_paid_minor: i64,
    discount_credited_minor: i64,
}

/// The text of `invoice.terms_json`.
pub(super) fn terms_text(terms: &InvoiceTerms) -> Result<String> {
    let InvoiceTerms {
        company_name,
        company_logo_url,
        advanced_fields,
        enable_tax,
        enable_shipping,
        tax_percent,
        tax_rule,
        require_shipping_details,
        require_billing_details_on_payment_only,
        allow_partial_payment,
        partial_type,
        allow_tipping,
        save_method,
        po_number,
        pay_as,
        methods,
        card_processor_id,
        ach_processor_id,
        send_via,
        email_to,
        bill_to_id,
        payable_to_id,
        service_fees_paid_minor,
        surcharge_paid_minor,
        discount_credited_minor,
    } = terms.clone();
    text(&Terms {
        company_name,
        company_logo_url,
        advanced_fields,
        enable_tax,
        enable_shipping,
        tax_percent: tax_percent.thousandths(),
        tax_rule,
        require_shipping_details,
        require_billing_details_on_payment_only,
        allow_partial_payment,
        partial_type: partial_type.as_str().to_owned(),
        allow_tipping,
        save_method: save_method.as_str().to_owned(),
        po_number,
        pay_as: pay_as.as_str().to_owned(),
        methods: methods.iter().map(|method| method.as_str().to_owned()).collect(),
        card_processor_id,
        ach_processor_id,
        send_via: send_via.as_str().to_owned(),
        email_to,
        bill_to_id,
        payable_to_id,
        service_fees_paid_minor,
        surcharge_paid_minor,
        discount_credited_minor,
    })
}

/// Reads the text of `invoice.terms_json`.
pub(super) fn read_terms(text: &str) -> Result<InvoiceTerms, String> {
    let Terms {
        company_name,
        company_logo_url,
        advanced_fields,
        enable_tax,
        enable_shipping,
        tax_percent,
        tax_rule,
        require_shipping_details,
        require_billing_details_on_payment_only,
        allow_partial_payment,
        partial_type,
        allow_tipping,
        save_method,
        po_number,
        pay_as,
        methods,
        card_processor_id,
        ach_processor_id,
        send_via,
        email_to,
        bill_to_id,
        payable_to_id,
        service_fees_paid_minor,
        surcharge_paid_minor,
        discount_credited_minor,
    } = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let methods: Option<Vec<PayBy>> = methods.iter().map(|method| PayBy::parse(method)).collect();
    Ok(InvoiceTerms {
        company_name,
        company_logo_url,
        advanced_fields,
        enable_tax,
        enable_shipping,
        tax_percent: read_rate(tax_percent)?,
        tax_rule,
        require_shipping_details,
        require_billing_details_on_payment_only,
        allow_partial_payment,
        partial_type: PartialType::parse(&partial_type).ok_or("partial_type is unheard of")?,
        allow_tipping,
        save_method: SaveMethod::parse(&save_method).ok_or("save_method is unheard of")?,
        po_number,
        pay_as: PayAs::parse(&pay_as).ok_or("pay_as is unheard of")?,
        methods: methods.ok_or("methods hold an unheard of one")?,
        card_processor_id,
        ach_processor_id,
        send_via: SendVia::parse(&send_via).ok_or("send_via is unheard of")?,
        email_to,
        bill_to_id,
        payable_to_id,
        service_fees_paid_minor,
        surcharge_paid_minor,
        discount_credited_minor,
    })
}

fn read_rate(thousandths: u32) -> Result<Rate, String> {
    Rate::from_thousandths(thousandths).ok_or_else(|| format!("a rate of {thousandths} thousandths"))
}

fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
