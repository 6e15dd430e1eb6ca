//! Invoices: one file per verb. Money moves in `app::transaction`; here is what it makes of the invoice.
//!
//! Invariants: what a customer owes in the ledger is the sum of what is due on their invoices; an invoice with a
//! payment that nobody can answer for yet is not changed; every change writes its event in the same commit.

mod delete;
mod find;
mod hosted;
mod issue;
mod keep_method;
mod left_out;
mod mark_paid;
mod past_due;
mod pay_by_mail;
mod payment;
mod payment_failed;
mod reactivate;
mod reject;
mod remind;
mod send;
mod update;

use serde_json::{Value, json};

use crate::domain::id::InvoiceId;
use crate::domain::invoice::Invoice;
use crate::error::{Error, Result};
use crate::store::ledger::Source;
use crate::store::{self, ReadTx};

pub(in crate::app) use find::only_of;
pub use hosted::{HostedInvoice, Waiting};
pub use issue::IssueInvoice;
pub(crate) use issue::issue_in;
pub(crate) use left_out::asked as left_out_asked;
pub(crate) use payment::{
    payment_applied_in, payment_authorized_in, payment_declined_in, payment_not_sent_in, payment_reversed_in,
};

/// The invoice, also a deleted one.
///
/// # Errors
/// `NotFound`.
pub(crate) fn known_in(tx: &ReadTx<'_>, id: &InvoiceId) -> Result<Invoice> {
    store::invoice::fetch(tx, id)?.ok_or_else(|| Error::not_found("invoice", id.as_str()))
}

/// Whose receivable the ledger keeps for it: the customer's id, or "" where it names none. `None` where there is no
/// such invoice.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn ledger_owner_in(tx: &ReadTx<'_>, id: &InvoiceId) -> Result<Option<String>> {
    Ok(store::invoice::fetch(tx, id)?.map(|invoice| invoice.ledger_owner().to_owned()))
}

/// Whether a payment of it is under way, or was declined without anybody being sure yet.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn is_being_paid_in(tx: &ReadTx<'_>, invoice: &Invoice) -> Result<bool> {
    let newest = store::attempt::newest_of_charge(tx, &invoice.charge_key())?;
    Ok(newest.is_some_and(|attempt| !attempt.state.is_final() || (attempt.provisional && attempt.poll_at.is_some())))
}

/// What a repeated request for an invoice shows: the invoice as it stands.
fn show(tx: &ReadTx<'_>, id: &str) -> Result<Invoice> {
    known_in(tx, &InvoiceId::from_stored(id.to_owned()))
}

/// Refuses a change while a payment is under way.
fn at_rest_in(tx: &ReadTx<'_>, invoice: &Invoice) -> Result<()> {
    if is_being_paid_in(tx, invoice)? {
        return Err(Error::Conflict("a payment of this invoice is being confirmed".to_owned()));
    }
    Ok(())
}

/// Where the invoice's own entries stand in the ledger.
fn source(invoice: &Invoice) -> Source<'_> {
    Source { kind: "invoice", id: invoice.id.as_str() }
}

/// What its events say.
fn facts(invoice: &Invoice) -> Value {
    json!({
        "id": invoice.id.as_str(),
        "number": invoice.number,
        "status": invoice.status.as_str(),
        "customer_id": invoice.customer_id.as_ref().map(|id| id.as_str()),
        "subscription_id": invoice.subscription_id().map(|id| id.as_str()),
        "currency": invoice.currency().code(),
        "total": invoice.totals.total.minor(),
        "paid": invoice.paid.minor(),
        "due": invoice.due().minor(),
        "date_due": invoice.date_due.to_string(),
    })
}

#[cfg(test)]
#[path = "invoice_tests.rs"]
mod tests;
