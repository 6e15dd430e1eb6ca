//! `/api/invoice`: invoices as requests bring them (seed gateway, "Invoices").

use serde::Deserialize;
use utoipa::ToSchema;

use super::invoice_address::NewInvoiceAddress;
use crate::app::invoice::IssueInvoice;
use crate::domain::currency::Currency;
use crate::domain::id::CustomerId;
use crate::domain::invoice::price::{NewLine, TaxRule};
use crate::domain::invoice::{InvoiceSource, InvoiceTerms, LineDetails, LineStatus, PayAs, PayBy, SendVia};
use crate::domain::money::{AMOUNT_MAX_MINOR, Money};
use crate::domain::rate::Rate;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits::INVOICE_LINES_MAX;

/// Longest name, number and code.
const LINE_MAX: usize = 255;
/// Longest description and message.
const PARAGRAPH_MAX: usize = 4096;
/// Longest address of a logo.
const URL_MAX: usize = 2048;

/// `POST /api/invoice` and `POST /api/invoice/{id}`.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewInvoice {
    /// ISO 4217, "USD".
    pub currency: Option<String>,
    /// Shown instead of the company's name.
    pub company_name: Option<String>,
    /// An http or https address.
    pub company_logo_url: Option<String>,
    /// Your own number of the customer.
    pub customer_number: Option<String>,
    /// Id of a stored customer.
    pub customer_id: Option<String>,
    /// Your own number of the invoice; becomes the order_id of its payments.
    pub invoice_number: Option<String>,
    /// Required.
    pub payable_to: Option<NewInvoiceAddress>,
    /// Required.
    pub bill_to: Option<NewInvoiceAddress>,
    /// RFC 3339. Required.
    pub date_due: Option<String>,
    /// 1-500 items.
    pub items: Option<Vec<NewItem>>,
    /// Whether items come with their advanced fields.
    pub advanced_fields: Option<bool>,
    /// Whether tax is taken on the invoice; overrides the items' taxes.
    pub enable_tax: Option<bool>,
    /// Whether `shipping` counts; where it is not given, it does.
    pub enable_shipping: Option<bool>,
    /// Whether payers give a shipping address.
    pub require_shipping_details: Option<bool>,
    /// Whether payers give a billing address.
    pub require_billing_details_on_payment_only: Option<bool>,
    /// "7.000"; "0.000" takes `tax` as it is. Required with `enable_tax`.
    pub tax_percent: Option<String>,
    /// Minor units.
    pub tax: Option<i64>,
    /// Minor units.
    pub shipping: Option<i64>,
    /// Minor units, paid before.
    pub amount_paid: Option<i64>,
    /// Minor units; shown again.
    pub service_fees_paid: Option<i64>,
    /// Minor units; shown again.
    pub surcharge_paid: Option<i64>,
    /// Minor units; shown again.
    pub discount_credited: Option<i64>,
    /// Minor units, added to the total; below zero it takes off.
    pub adjustment: Option<i64>,
    /// Whether less than what is due may be paid.
    pub allow_partial_payment: Option<bool>,
    /// "sale" (default) or "authorize".
    pub transaction_type: Option<String>,
    /// Any of "card", "ach", "mail".
    pub payment_methods: Option<Vec<String>>,
    /// "" for the default one.
    pub card_processor_id: Option<String>,
    /// "" for the default one.
    pub ach_processor_id: Option<String>,
    /// For customers.
    pub message: Option<String>,
    /// "email", "text", "both" or "none".
    pub send_via: Option<String>,
    /// "example@mail.com".
    pub email_to: Option<String>,
    /// Whether payers may keep their method.
    pub save_customer_vault: Option<bool>,
    /// How it is paid.
    pub settings: Option<PaySettings>,
}

/// How an invoice is paid.
#[derive(Deserialize, ToSchema, Default)]
pub struct PaySettings {
    /// "amount".
    pub partial_payment_type: Option<String>,
    /// Whether a tip may be added.
    pub allow_tipping: Option<bool>,
}

/// An item of an invoice.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewItem {
    /// "pending" (default) or "paid".
    pub status: Option<String>,
    /// Free text.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What it is.
    pub name: Option<String>,
    /// More about it.
    pub description: Option<String>,
    /// Minor units. Required.
    pub unit_price: Option<i64>,
    /// At least 1. Required.
    pub quantity: Option<i64>,
    /// Units already shipped.
    pub quantity_shipped: Option<i64>,
    /// Your code.
    pub product_code: Option<String>,
    /// Commodity code.
    pub commodity_code: Option<String>,
    /// "lb", "kg".
    pub unit_of_measure: Option<String>,
    /// Another tax id.
    pub alternate_tax_identifier: Option<String>,
    /// Whether local and national tax are taken on this item.
    pub taxable: Option<bool>,
    /// "1.000"; overrides `local_tax`.
    pub local_tax_rate: Option<String>,
    /// Minor units.
    pub local_tax: Option<i64>,
    /// "1.000"; overrides `national_tax`.
    pub national_tax_rate: Option<String>,
    /// Minor units.
    pub national_tax: Option<i64>,
    /// "1.000"; overrides `tax_amount`. Read where no local or national tax is given.
    pub tax_rate: Option<String>,
    /// Minor units.
    pub tax_amount: Option<i64>,
    /// Minor units, at most what the item costs.
    pub discount_amount: Option<i64>,
    /// Minor units.
    pub freight_amount: Option<i64>,
}

impl NewInvoice {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(mut self) -> Result<IssueInvoice> {
        let currency = required("currency", self.currency.take())?;
        let currency = Currency::parse(&currency)
            .ok_or_else(|| Error::invalid("currency", "must be a currency code of ISO 4217, such as USD"))?;
        let under = |field: &'static str| move |why: Error| why.under(field);
        let payable_to = required_part("payable_to", self.payable_to.take())?;
        let (payable_to_id, payable_to) = payable_to.into_parts().map_err(under("payable_to"))?;
        let bill_to = required_part("bill_to", self.bill_to.take())?;
        let (bill_to_id, bill_to) = bill_to.into_parts().map_err(under("bill_to"))?;
        let date_due = date_due(&required("date_due", self.date_due.take())?)?;
        let lines = lines(currency, required_part("items", self.items.take())?)?;
        let (tax, tax_percent) = self.tax(currency)?;
        let shipping = money("shipping", self.shipping, 0, currency)?;
        let counts = self.enable_shipping.unwrap_or_else(|| shipping.is_positive());
        let mut command = IssueInvoice::new(InvoiceSource::Api, currency, lines, date_due);
        command.customer_id = customer_id(self.customer_id.take())?;
        command.customer_number = line("customer_number", self.customer_number.take())?;
        command.number = self.invoice_number.take().map(|number| line("invoice_number", Some(number))).transpose()?;
        command.tax = tax;
        command.shipping = if counts { shipping } else { Money::zero(currency) };
        command.adjustment = money("adjustment", self.adjustment, -AMOUNT_MAX_MINOR, currency)?;
        command.amount_paid = money("amount_paid", self.amount_paid, 0, currency)?;
        command.message = paragraph("message", self.message.take())?;
        command.payable_to = payable_to;
        command.bill_to = bill_to;
        let terms = self.into_terms(currency)?;
        command.terms = InvoiceTerms { tax_percent, enable_shipping: counts, bill_to_id, payable_to_id, ..terms };
        Ok(command)
    }

    /// Where the tax comes from, and the rate as it is shown.
    fn tax(&self, currency: Currency) -> Result<(TaxRule, Rate)> {
        let flat = money("tax", self.tax, 0, currency)?;
        let is_enabled = self.enable_tax.unwrap_or(false);
        let percent = match self.tax_percent.as_deref() {
            None | Some("") if is_enabled => return Err(Error::invalid("tax_percent", "is required with enable_tax")),
            other => rate("tax_percent", other)?,
        };
        let rule = match (is_enabled, percent.is_zero()) {
            (false, _) => TaxRule::ByLine,
            (true, true) => TaxRule::Flat(flat),
            (true, false) => TaxRule::Percent(percent),
        };
        Ok((rule, percent))
    }

    fn into_terms(self, currency: Currency) -> Result<InvoiceTerms> {
        let settings = self.settings.unwrap_or_default();
        if !matches!(settings.partial_payment_type.as_deref(), None | Some("" | "amount")) {
            return Err(Error::invalid("settings.partial_payment_type", "must be \"amount\""));
        }
        let pay_as =
            one_of("transaction_type", self.transaction_type, "sale", PayAs::parse, "\"sale\" or \"authorize\"")?;
        let send_via = required("send_via", self.send_via)?;
        let send_via = SendVia::parse(&send_via)
            .ok_or_else(|| Error::invalid("send_via", "must be \"email\", \"text\", \"both\" or \"none\""))?;
        let carried = |field, minor| money(field, minor, 0, currency).map(Money::minor);
        Ok(InvoiceTerms {
            company_name: line("company_name", self.company_name)?,
            company_logo_url: logo_url(self.company_logo_url)?,
            advanced_fields: self.advanced_fields.unwrap_or(false),
            enable_tax: self.enable_tax.unwrap_or(false),
            require_shipping_details: self.require_shipping_details.unwrap_or(false),
            require_billing_details_on_payment_only: self.require_billing_details_on_payment_only.unwrap_or(false),
            allow_partial_payment: self.allow_partial_payment.unwrap_or(false),
            allow_tipping: settings.allow_tipping.unwrap_or(false),
            save_customer_vault: self.save_customer_vault.unwrap_or(false),
            pay_as,
            methods: methods(required_part("payment_methods", self.payment_methods)?)?,
            card_processor_id: line("card_processor_id", self.card_processor_id)?,
            ach_processor_id: line("ach_processor_id", self.ach_processor_id)?,
            send_via,
            email_to: text::email("email_to", &self.email_to.unwrap_or_default())?,
            service_fees_paid_minor: carried("service_fees_paid", self.service_fees_paid)?,
            surcharge_paid_minor: carried("surcharge_paid", self.surcharge_paid)?,
            discount_credited_minor: carried("discount_credited", self.discount_credited)?,
            ..InvoiceTerms::default()
        })
    }
}

impl NewItem {
    fn into_line(self, currency: Currency) -> Result<NewLine> {
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
            status: one_of("status", self.status, "pending", LineStatus::parse, "\"pending\" or \"paid\"")?,
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

fn lines(currency: Currency, items: Vec<NewItem>) -> Result<Vec<NewLine>> {
    if items.is_empty() || items.len() > INVOICE_LINES_MAX {
        return Err(Error::invalid("items", format!("must hold 1 to {INVOICE_LINES_MAX} items")));
    }
    let line =
        |(index, item): (usize, NewItem)| item.into_line(currency).map_err(|why| why.under(&format!("items[{index}]")));
    items.into_iter().enumerate().map(line).collect()
}

fn methods(names: Vec<String>) -> Result<Vec<PayBy>> {
    let mut methods = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let method = PayBy::parse(name).ok_or_else(|| {
            Error::invalid(format!("payment_methods[{index}]"), "must be \"card\", \"ach\" or \"mail\"")
        })?;
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() {
        return Err(Error::invalid("payment_methods", "must name at least one of \"card\", \"ach\" and \"mail\""));
    }
    Ok(methods)
}

fn date_due(text: &str) -> Result<Timestamp> {
    Timestamp::parse_rfc3339(text)
        .filter(|instant| (1970..=2199).contains(&instant.utc_date().year()))
        .ok_or_else(|| Error::invalid("date_due", "must be an instant such as 2021-02-13T06:00:00.000Z"))
}

fn customer_id(text: Option<String>) -> Result<Option<CustomerId>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    CustomerId::parse(&text).map(Some).ok_or_else(|| Error::invalid("customer_id", "names no customer"))
}

fn logo_url(text: Option<String>) -> Result<String> {
    let url = text::line("company_logo_url", &text.unwrap_or_default(), URL_MAX)?;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if url.is_empty() || (is_web && !url.contains(char::is_whitespace)) {
        return Ok(url);
    }
    Err(Error::invalid("company_logo_url", "must be an http or https address"))
}

fn money(field: &str, minor: Option<i64>, min: i64, currency: Currency) -> Result<Money> {
    let minor = minor.unwrap_or(0);
    if minor < min {
        return Err(Error::invalid(field, if min == 0 { "must not be negative" } else { "is out of range" }));
    }
    Money::new(minor, currency).map_err(|why| Error::invalid(field, why.to_string()))
}

fn rate(field: &str, text: Option<&str>) -> Result<Rate> {
    let text = text.unwrap_or("").trim();
    if text.is_empty() {
        return Ok(Rate::ZERO);
    }
    Rate::parse_percent(text)
        .ok_or_else(|| Error::invalid(field, "must be a percentage of 0 to 1000 with at most three decimals"))
}

fn line(field: &str, given: Option<String>) -> Result<String> {
    text::line(field, &given.unwrap_or_default(), LINE_MAX)
}

fn paragraph(field: &str, given: Option<String>) -> Result<String> {
    text::paragraph(field, &given.unwrap_or_default(), PARAGRAPH_MAX)
}

fn required(field: &str, given: Option<String>) -> Result<String> {
    given.filter(|text| !text.is_empty()).ok_or_else(|| Error::invalid(field, "is required"))
}

fn required_part<T>(field: &str, given: Option<T>) -> Result<T> {
    given.ok_or_else(|| Error::invalid(field, "is required"))
}

/// One of a few words; none, or "", is `default`.
fn one_of<T>(
    field: &str,
    given: Option<String>,
    default: &str,
    parse: impl Fn(&str) -> Option<T>,
    all: &str,
) -> Result<T> {
    let word = given.filter(|word| !word.is_empty());
    parse(word.as_deref().unwrap_or(default)).ok_or_else(|| Error::invalid(field, format!("must be {all}")))
}
