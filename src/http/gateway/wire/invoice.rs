//! `/api/invoice`: invoices as requests bring them (seed gateway, "Invoices").

use serde::Deserialize;
use utoipa::ToSchema;

use super::invoice_address::NewInvoiceAddress;
use super::invoice_item::{NewItem, lines};
use super::invoice_shown::PaymentWay;
use crate::app::invoice::IssueInvoice;
use crate::domain::currency::Currency;
use crate::domain::id::CustomerId;
use crate::domain::invoice::price::TaxRule;
use crate::domain::invoice::{InvoiceSource, InvoiceTerms, PartialType, PayAs, PayBy, SaveMethod, SendVia};
use crate::domain::money::{AMOUNT_MAX_MINOR, Money};
use crate::domain::rate::Rate;
use crate::domain::text;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// Longest name, number and code.
const LINE_MAX: usize = 255;
/// Longest description and message.
const PARAGRAPH_MAX: usize = 4096;
/// Longest address of a logo.
const URL_MAX: usize = 2048;

/// `POST /api/invoice` and `POST /api/invoice/{id}`. Amounts are minor units.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewInvoice {
    /// ISO 4217. Required.
    #[schema(pattern = "^[A-Za-z]{3}$", example = "USD")]
    pub currency: Option<String>,
    /// Shown instead of the company's name.
    #[schema(max_length = 255, example = "ACME Inc.")]
    pub company_name: Option<String>,
    /// An http or https address.
    #[schema(max_length = 2048, pattern = r"^(https?://\S+)?$", example = "https://cdn.example.com/logo.png")]
    pub company_logo_url: Option<String>,
    /// Your own number of the customer.
    #[schema(max_length = 255, example = "123Customer")]
    pub customer_number: Option<String>,
    /// Id of a stored customer.
    #[schema(max_length = 40, example = "")]
    pub customer_id: Option<String>,
    /// Your own number of the invoice; becomes the order_id of its payments.
    #[schema(max_length = 255, example = "2026-0017")]
    pub invoice_number: Option<String>,
    /// Required.
    pub payable_to: Option<NewInvoiceAddress>,
    /// Required, unless `require_billing_details_on_payment_only`.
    pub bill_to: Option<NewInvoiceAddress>,
    /// RFC 3339, 1970 to 2199. Required.
    #[schema(format = DateTime, example = "2026-12-13T06:00:00.000Z")]
    pub date_due: Option<String>,
    /// Required.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Option<Vec<NewItem>>,
    /// Whether items come with their advanced fields.
    #[schema(example = false)]
    pub advanced_fields: Option<bool>,
    /// Whether tax is taken on the invoice; overrides the items' taxes.
    #[schema(example = false)]
    pub enable_tax: Option<bool>,
    /// Whether `shipping` counts; where it is not given, it does.
    #[schema(example = false)]
    pub enable_shipping: Option<bool>,
    /// Whether payers give a shipping address.
    #[schema(example = false)]
    pub require_shipping_details: Option<bool>,
    /// Whether payers give a billing address, and `bill_to` may be left out.
    #[schema(example = false)]
    pub require_billing_details_on_payment_only: Option<bool>,
    /// "0.000" takes `tax` as it is. Required with `enable_tax`.
    #[schema(pattern = r"^(\d{1,3}(\.\d{1,3})?)?$", example = "7.000")]
    pub tax_percent: Option<String>,
    /// A flat tax.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub tax: Option<i64>,
    /// Of the whole invoice.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub shipping: Option<i64>,
    /// Paid before, at most the total.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub amount_paid: Option<i64>,
    /// Shown again.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub service_fees_paid: Option<i64>,
    /// Shown again.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub surcharge_paid: Option<i64>,
    /// Shown again.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub discount_credited: Option<i64>,
    /// Added to the total; below zero it takes off, at most the total.
    #[schema(minimum = -9007199254740991_i64, maximum = 9007199254740991_i64, example = 0)]
    pub adjustment: Option<i64>,
    /// Calculated, whatever is given: the total less `amount_paid`.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub amount_due: Option<i64>,
    /// Whether less than what is due may be paid, see `settings`.
    #[schema(example = false)]
    pub allow_partial_payment: Option<bool>,
    /// "sale" (default) or "authorize".
    #[schema(pattern = "^(sale|authorize)?$", example = "sale")]
    pub transaction_type: Option<String>,
    /// Any of "card", "ach", "mail". Required.
    #[schema(min_items = 1, max_items = 20, example = json!(["card", "ach"]), value_type = Option<Vec<PaymentWay>>)]
    pub payment_methods: Option<Vec<String>>,
    /// "" for the default one.
    #[schema(max_length = 255, example = "")]
    pub card_processor_id: Option<String>,
    /// "" for the default one.
    #[schema(max_length = 255, example = "")]
    pub ach_processor_id: Option<String>,
    /// For customers.
    #[schema(max_length = 4096, example = "Thank you for your business!")]
    pub message: Option<String>,
    /// "email", "text", "both" or "none". Required. There is no provider of text messages: only mail is sent.
    #[schema(pattern = "^(email|text|both|none)$", example = "none")]
    pub send_via: Option<String>,
    /// Where mail goes; `bill_to.email` where it is not given.
    #[schema(max_length = 254, example = "user@example.com")]
    pub email_to: Option<String>,
    /// Whether what pays is kept for the customer: "none" (default), "optional" or "required".
    #[schema(pattern = "^(none|optional|required)?$", example = "none")]
    pub save_customer_vault: Option<String>,
    /// How it is paid.
    pub settings: Option<PaySettings>,
}

/// How an invoice is paid.
#[derive(Deserialize, ToSchema, Default)]
pub struct PaySettings {
    /// What less than all may be: "line_items" (default: items are left out) or "amount".
    #[schema(pattern = "^(amount|line_items)?$", example = "amount")]
    pub partial_payment_type: Option<String>,
    /// Whether a tip may be added.
    #[schema(example = false)]
    pub allow_tipping: Option<bool>,
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
        let is_told_later = self.require_billing_details_on_payment_only.unwrap_or(false);
        let (bill_to_id, bill_to) = match self.bill_to.take() {
            None if is_told_later => Default::default(),
            Some(bill_to) if is_told_later => bill_to.into_loose_parts().map_err(under("bill_to"))?,
            given => required_part("bill_to", given)?.into_parts().map_err(under("bill_to"))?,
        };
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
        let partial_type = one_of(
            "settings.partial_payment_type",
            settings.partial_payment_type,
            "line_items",
            PartialType::parse,
            "\"amount\" or \"line_items\"",
        )?;
        let kept = "\"none\", \"optional\" or \"required\"";
        let save_method = one_of("save_customer_vault", self.save_customer_vault, "none", SaveMethod::parse, kept)?;
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
            partial_type,
            allow_tipping: settings.allow_tipping.unwrap_or(false),
            save_method,
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

pub(super) fn money(field: &str, minor: Option<i64>, min: i64, currency: Currency) -> Result<Money> {
    let minor = minor.unwrap_or(0);
    if minor < min {
        return Err(Error::invalid(field, if min == 0 { "must not be negative" } else { "is out of range" }));
    }
    Money::new(minor, currency).map_err(|why| Error::invalid(field, why.to_string()))
}

pub(super) fn rate(field: &str, text: Option<&str>) -> Result<Rate> {
    let text = text.unwrap_or("").trim();
    if text.is_empty() {
        return Ok(Rate::ZERO);
    }
    Rate::parse_percent(text)
        .ok_or_else(|| Error::invalid(field, "must be a percentage of 0 to 1000 with at most three decimals"))
}

pub(super) fn line(field: &str, given: Option<String>) -> Result<String> {
    text::line(field, &given.unwrap_or_default(), LINE_MAX)
}

pub(super) fn paragraph(field: &str, given: Option<String>) -> Result<String> {
    text::paragraph(field, &given.unwrap_or_default(), PARAGRAPH_MAX)
}

pub(super) fn required(field: &str, given: Option<String>) -> Result<String> {
    given.filter(|text| !text.is_empty()).ok_or_else(|| Error::invalid(field, "is required"))
}

pub(super) fn required_part<T>(field: &str, given: Option<T>) -> Result<T> {
    given.ok_or_else(|| Error::invalid(field, "is required"))
}

/// One of a few words; none, or "", is `default`.
pub(super) fn one_of<T>(
    field: &str,
    given: Option<String>,
    default: &str,
    parse: impl Fn(&str) -> Option<T>,
    all: &str,
) -> Result<T> {
    let word = given.filter(|word| !word.is_empty());
    parse(word.as_deref().unwrap_or(default)).ok_or_else(|| Error::invalid(field, format!("must be {all}")))
}
