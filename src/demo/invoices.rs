//! Four hosted invoices, each in another state: open, paid in part, past due, paid with a receipt.

use jiff::ToSpan;

use super::customers::address_of;
use super::people::person;
use super::{Links, Story, impossible};
use crate::app::invoice::IssueInvoice;
use crate::app::transaction::{PayInvoice, PayWishes, PayWith, Payment};
use crate::app::{App, Caller};
use crate::domain::address::Address;
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::currency::Currency;
use crate::domain::id::CustomerId;
use crate::domain::invoice::price::{NewLine, TaxRule};
use crate::domain::invoice::search::{InvoiceFilter, Match};
use crate::domain::invoice::{Invoice, InvoiceSource, InvoiceTerms, PayBy};
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::time::start_of_day;
use crate::error::{Error, Result};

/// A hosted invoice of the demo.
pub(super) struct DemoInvoice {
    pub(super) number: &'static str,
    customer: &'static str,
    /// Days from the end of the story; below zero it is past.
    due_in_days: i64,
    partial: bool,
    /// What, how many, price of one in minor units.
    lines: &'static [(&'static str, i64, i64)],
    message: &'static str,
}

/// Waits to be paid.
pub(super) const OPEN: DemoInvoice = DemoInvoice {
    number: "HP-2048",
    customer: "cafe-lumen",
    due_in_days: 14,
    partial: false,
    lines: &[
        ("Espresso Harbor, 1 kg", 24, 1_850),
        ("Single origin Guji, 250 g", 12, 1_095),
        ("Barista training, half a day", 1, 18_000),
    ],
    message: "Thank you for pouring our coffee. Questions? Just reply to this invoice.",
};

/// May be paid in parts; one part is.
pub(super) const PARTIAL: DemoInvoice = DemoInvoice {
    number: "HP-2047",
    customer: "grand-hotel",
    due_in_days: 21,
    partial: true,
    lines: &[("Batch brewer with installation", 2, 84_900), ("Water filter", 2, 6_450)],
    message: "Pay in as many parts as you like until the due date.",
};

/// Nobody paid it in time.
pub(super) const PAST_DUE: DemoInvoice = DemoInvoice {
    number: "HP-2039",
    customer: "blue-door-bakery",
    due_in_days: -12,
    partial: false,
    lines: &[("Espresso Harbor, 1 kg", 16, 1_850), ("Grinder calibration", 1, 9_500)],
    message: "",
};

/// Paid by card.
pub(super) const PAID: DemoInvoice = DemoInvoice {
    number: "HP-2044",
    customer: "harbor-view-inn",
    due_in_days: 5,
    partial: false,
    lines: &[("Breakfast blend, 1 kg", 18, 1_650), ("Porcelain cup, embossed", 40, 480)],
    message: "",
};

/// Sales tax in thousandths of a percent.
const TAX: u32 = 5_500;

/// Issues the invoice.
pub(super) async fn issue(story: &Story<'_>, invoice: &'static DemoInvoice) -> Result<()> {
    let person = person(invoice.customer).ok_or_else(|| impossible("customer", invoice.customer))?;
    let due = story.today.checked_add(invoice.due_in_days.days()).map_err(|_| impossible("date", invoice.number))?;
    let rate = Rate::from_thousandths(TAX).ok_or_else(|| impossible("tax", invoice.number))?;
    let mut lines = Vec::new();
    for (name, quantity, minor) in invoice.lines {
        lines.push(NewLine { quantity: *quantity, ..NewLine::of(*name, Money::new(*minor, Currency::USD)?) });
    }
    let due = start_of_day(due, &story.zone);
    let command = IssueInvoice {
        customer_id: CustomerId::parse(person.id),
        tax: TaxRule::Percent(rate),
        number: Some(invoice.number.to_owned()),
        bill_to: address_of(person),
        payable_to: seller(),
        terms: InvoiceTerms {
            enable_tax: true,
            tax_percent: rate,
            allow_partial_payment: invoice.partial,
            methods: vec![PayBy::Card, PayBy::Ach, PayBy::Mail],
            ..InvoiceTerms::default()
        },
        message: invoice.message.to_owned(),
        ..IssueInvoice::new(InvoiceSource::Api, Currency::USD, lines, due)
    };
    story.app.invoice_create(story.caller, command).await?;
    Ok(())
}

/// Pays `part` minor units of the invoice on its page, or all that is due.
pub(super) async fn pay(story: &Story<'_>, number: &str, part: Option<i64>) -> Result<()> {
    let invoice = find(story.app, story.caller, number)?;
    let amount = part.map(|minor| Money::new(minor, invoice.currency())).transpose()?;
    let card = "4242424242424242";
    let expiry = Expiry::new(8, story.today.year().saturating_add(2));
    let command = PayInvoice {
        public_id: invoice.public_id.clone(),
        seen_due_minor: invoice.due().minor(),
        amount,
        tip: None,
        pay_with: PayWith::Card {
            number: CardNumber::parse(card).map_err(|_| impossible("card number", card))?,
            expiry: expiry.ok_or_else(|| impossible("expiry", card))?,
            keyed: true,
            cvc: Cvc::parse("123").ok(),
        },
        billing: Some(invoice.bill_to.clone()),
        shipping: None,
        ip_address: String::new(),
        wishes: PayWishes::default(),
    };
    match story.app.invoice_pay(Caller::customer(String::new()), command).await? {
        Payment::Approved(_) => Ok(()),
        Payment::Declined(_) | Payment::BeingConfirmed(_) | Payment::ActionRequired { .. } => {
            Err(impossible("payment", number))
        }
    }
}

/// The paths of the pages that a newcomer opens.
///
/// # Errors
/// `NotFound` where the four invoices are not there.
pub(super) fn links(app: &App, caller: &Caller) -> Result<Links> {
    let path = |number: &str| find(app, caller, number).map(|invoice| format!("/invoice/{}", invoice.public_id));
    let paid = path(PAID.number)?;
    let public_id = find(app, caller, PAID.number)?.public_id;
    let payment = app.invoice_hosted(&public_id)?.payments.into_iter().next_back();
    let payment = payment.ok_or_else(|| Error::not_found("payment", PAID.number))?;
    Ok(Links {
        open: path(OPEN.number)?,
        partial: path(PARTIAL.number)?,
        past_due: path(PAST_DUE.number)?,
        receipt: format!("{paid}/receipt/{}", payment.id),
        paid,
    })
}

fn find(app: &App, caller: &Caller, number: &str) -> Result<Invoice> {
    let number_is = Match { value: number.to_owned(), is_excluded: false };
    let filter = InvoiceFilter { number: Some(number_is), ..InvoiceFilter::default() };
    let (found, _) = app.invoice_search(caller, filter, 1, 0)?;
    found.into_iter().next().ok_or_else(|| Error::not_found("invoice", number))
}

fn seller() -> Address {
    Address {
        company: super::company::NAME.to_owned(),
        line_1: "48 Wharf Street".to_owned(),
        city: "Portland".to_owned(),
        state: "ME".to_owned(),
        postal_code: "04101".to_owned(),
        country: "US".to_owned(),
        email: super::company::EMAIL.to_owned(),
        ..Address::default()
    }
}
