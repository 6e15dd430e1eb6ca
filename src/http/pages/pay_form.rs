//! The pay form of an invoice: what it offers, and what was typed into it.

use std::collections::BTreeMap;

use super::invoice_page::{address_lines, decline_notice};
use crate::app::invoice::{HostedInvoice, Waiting};
use crate::domain::address::Address;
use crate::domain::id::InvoiceLineId;
use crate::domain::invoice::{
    Invoice, InvoiceLine, InvoiceStatus, InvoiceTerms, LineStatus, PayAs, PayBy, SaveMethod, left_out,
};
use crate::domain::money::Money;
use crate::http::form::Fields;
use crate::http::view::pay_form::{AddressForm, LineChoice, Methods, Partial, PayForm};
use crate::http::view::tone::{Notice, Tone};

/// What was typed before, without anything secret, and what was wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) method: String,
    pub(super) amount: String,
    pub(super) tip: String,
    pub(super) card_name: String,
    pub(super) bank_name: String,
    pub(super) bank_account_type: String,
    pub(super) reject_message: String,
    /// Ids of the lines that are left out.
    pub(super) left_out: Vec<String>,
    /// Why they are left out.
    pub(super) pay_reject_message: String,
    /// Whether keeping what pays was ticked.
    pub(super) save: bool,
    pub(super) billing: Option<AddressForm>,
    pub(super) shipping: Option<AddressForm>,
    /// The decline or error of this try.
    pub(super) notice: Option<Notice>,
    /// Field name to what is wrong with it.
    pub(super) errors: BTreeMap<String, String>,
}

impl Typed {
    /// What a form brought.
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name: &str| shown(fields.text(name));
        Self {
            method: text("method"),
            amount: text("amount"),
            tip: text("tip"),
            card_name: text("card_name"),
            bank_name: text("bank_name"),
            bank_account_type: text("bank_account_type"),
            reject_message: text("reject_message"),
            left_out: fields.all("rejected_items").map(str::to_owned).collect(),
            pay_reject_message: text("left_out_message"),
            save: fields.text("save") == "yes",
            billing: Some(address_typed(fields, "billing_")),
            shipping: Some(address_typed(fields, "shipping_")),
            notice: None,
            errors: BTreeMap::new(),
        }
    }

    /// Notes what is wrong with a field.
    pub(super) fn wrong(&mut self, field: &str, problem: impl Into<String>) {
        self.errors.entry(field.to_owned()).or_insert_with(|| problem.into());
    }
}

/// A card number that was typed into another field is neither shown again nor kept.
fn shown(typed: &str) -> String {
    crate::observability::redact::mask(typed)
}

/// An address as it was typed.
fn address_typed(fields: &Fields, prefix: &str) -> AddressForm {
    let text = |name: &str| shown(fields.text(&format!("{prefix}{name}")));
    AddressForm {
        first_name: text("first_name"),
        last_name: text("last_name"),
        company: text("company"),
        address_line_1: text("address_line_1"),
        address_line_2: text("address_line_2"),
        city: text("city"),
        state: text("state"),
        postal_code: text("postal_code"),
        country: text("country"),
        errors: BTreeMap::new(),
    }
}

/// The form, where the invoice can be paid now.
pub(super) fn open_form(hosted: &HostedInvoice, mut typed: Typed) -> Option<PayForm> {
    let invoice = &hosted.invoice;
    if !invoice.is_payable() || hosted.waiting == Waiting::ForProcessor {
        return None;
    }
    let due = invoice.due();
    let methods =
        Methods { card: invoice.takes(PayBy::Card), bank: invoice.takes(PayBy::Ach), mail: invoice.takes(PayBy::Mail) };
    let terms = &invoice.terms;
    let verb = if terms.pay_as == PayAs::Authorize { "Authorize" } else { "Pay" };
    let is_free = invoice.takes_part() || terms.allow_tipping;
    let left = left_to_pay(invoice, &typed.left_out);
    let partial = partial(invoice, &typed);
    let mail_to = if invoice.payable_to.is_empty() { &hosted.company_address } else { &invoice.payable_to };
    let rejectable = !invoice.paid.is_positive() && hosted.waiting == Waiting::ForNobody;
    Some(PayForm {
        version: due.minor().to_string(),
        attempt: invoice.payments.to_string(),
        chosen: chosen(methods, &typed.method).to_owned(),
        methods,
        partial,
        tipping: terms.allow_tipping,
        tip_hint: if terms.allow_tipping { format!("In {}", due.currency()) } else { String::new() },
        billing: terms
            .require_billing_details_on_payment_only
            .then(|| typed.billing.take().unwrap_or_else(|| address_form(&invoice.bill_to))),
        shipping: terms
            .require_shipping_details
            .then(|| typed.shipping.take().unwrap_or_else(|| address_form(&Address::default()))),
        mail_to: address_lines(mail_to),
        ask_email: false,
        email: String::new(),
        offer_save: terms.save_method == SaveMethod::Optional,
        save: typed.save,
        agreed: left.map_or_else(String::new, |left| left.minor().to_string()),
        left: left.map_or_else(String::new, |left| left.to_string()),
        pay_label: if is_free { verb.to_owned() } else { format!("{verb} {}", left.unwrap_or(due)) },
        fine_print: fine_print(terms),
        rejectable,
        pay_reject_message: typed.pay_reject_message,
        notice: typed.notice.take().or_else(|| standing_notice(hosted)),
        tip: typed.tip,
        card_name: typed.card_name,
        bank_name: typed.bank_name,
        bank_account_type: typed.bank_account_type,
        reject_message: typed.reject_message,
        errors: typed.errors,
    })
}

/// What is left to pay without the lines that were ticked; `None` where none was, or they cannot be left out.
pub(super) fn left_to_pay(invoice: &Invoice, left_out: &[String]) -> Option<Money> {
    if left_out.is_empty() || !invoice.takes_line_choice() {
        return None;
    }
    let ids: Option<Vec<InvoiceLineId>> = left_out.iter().map(|id| InvoiceLineId::parse(id)).collect();
    let mut without = invoice.clone();
    left_out::leave_out(&mut without, &ids?).ok()?;
    Some(without.due())
}

fn partial(invoice: &Invoice, typed: &Typed) -> Partial {
    let due = invoice.due();
    if invoice.takes_part() {
        let smallest = Money::new(1, due.currency()).unwrap_or(due);
        let value = if typed.amount.is_empty() { due.to_major_string() } else { typed.amount.clone() };
        return Partial::Amount { value, min: smallest.to_string(), max: due.to_string() };
    }
    let open: Vec<&InvoiceLine> = invoice.lines.iter().filter(|line| line.status == LineStatus::Pending).collect();
    if !invoice.takes_line_choice() || open.len() < 2 {
        return Partial::Whole;
    }
    let choices = open.into_iter().map(|line| LineChoice {
        id: line.id.to_string(),
        name: if line.name.is_empty() { "Item".to_owned() } else { line.name.clone() },
        amount: line.amount.minus(line.tax).unwrap_or(line.amount).to_string(),
        left_out: typed.left_out.iter().any(|id| id == line.id.as_str()),
    });
    Partial::Lines { choices: choices.collect() }
}

fn fine_print(terms: &InvoiceTerms) -> Option<String> {
    let held = "The amount is held now and taken when the company confirms it.";
    let kept = "What you pay with is kept for later invoices of this company.";
    let lines = [(held, terms.pay_as == PayAs::Authorize), (kept, terms.save_method == SaveMethod::Required)];
    let said: Vec<&str> = lines.into_iter().filter_map(|(text, holds)| holds.then_some(text)).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn chosen(methods: Methods, wanted: &str) -> &'static str {
    match wanted {
        "bank" if methods.bank => "bank",
        "mail" if methods.mail => "mail",
        _ if methods.card => "card",
        _ if methods.bank => "bank",
        _ => "mail",
    }
}

/// What the page says by itself, before anything was tried on it.
fn standing_notice(hosted: &HostedInvoice) -> Option<Notice> {
    if hosted.waiting == Waiting::ForCustomer {
        return Some(Notice::new(
            Tone::Info,
            "Your bank waits for your confirmation",
            "The last payment was not confirmed yet. Paying again gives it up and starts a new one.",
        ));
    }
    match (hosted.invoice.status, &hosted.last_decline) {
        (InvoiceStatus::PayingViaMail, _) => Some(Notice::new(
            Tone::Info,
            "Waiting for your check",
            "You said that a check is on its way. You can still pay here instead.",
        )),
        (_, Some(declined)) => Some(decline_notice(declined)),
        _ => None,
    }
}

fn address_form(address: &Address) -> AddressForm {
    let Address { first_name, last_name, company, line_1, line_2, city, .. } = address.clone();
    let Address { state, postal_code, country, .. } = address.clone();
    AddressForm {
        first_name,
        last_name,
        company,
        address_line_1: line_1,
        address_line_2: line_2,
        city,
        state,
        postal_code,
        country,
        errors: BTreeMap::new(),
    }
}
