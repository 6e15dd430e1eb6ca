//! What a payment's outcome makes of its invoice. The ledger's side is posted by the payment itself.

use serde_json::json;

use super::payment_failed::{self, Failure};
use super::{facts, keep_method, known_in, left_out};
use crate::app::event::emit;
use crate::app::{Caller, recurring};
use crate::domain::event::Topic;
use crate::domain::id::{InvoiceId, TransactionId};
use crate::domain::invoice::{Invoice, InvoiceStatus, status};
use crate::domain::money::Money;
use crate::domain::transaction::{Transaction, TransactionSource};
use crate::error::Result;
use crate::limits;
use crate::store::{self, WriteTx};

/// `amount` of the invoice was captured by `transaction`, and a `tip` on top of it.
///
/// # Errors
/// `NotFound`; `Invalid` where nothing was paid.
pub(crate) fn payment_applied_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    invoice_id: &InvoiceId,
    transaction: &Transaction,
    amount: Money,
    tip: Money,
) -> Result<Invoice> {
    let mut invoice = approved_in(tx, caller, invoice_id, transaction)?;
    status::pay(&mut invoice, amount)?;
    store::invoice::update(tx, &invoice)?;
    let is_paid = invoice.status == InvoiceStatus::Paid;
    let topic = if is_paid { Topic::InvoicePaid } else { Topic::InvoicePartiallyPaid };
    let told = json!({
        "invoice": facts(&invoice),
        "transaction_id": transaction.id.as_str(),
        "amount": amount.minor(),
        "tip": tip.minor(),
    });
    emit(tx, caller, topic, invoice_id.as_str(), &told)?;
    if is_paid {
        subscription_paid_in(tx, caller, &invoice)?;
    }
    Ok(invoice)
}

/// The money is held by `transaction` until the merchant captures or voids it: nobody else may pay meanwhile.
///
/// # Errors
/// `NotFound`.
pub(crate) fn payment_authorized_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    invoice_id: &InvoiceId,
    transaction: &Transaction,
) -> Result<Invoice> {
    let mut invoice = approved_in(tx, caller, invoice_id, transaction)?;
    invoice.status = InvoiceStatus::Authorized;
    invoice.collect_at = None;
    store::invoice::update(tx, &invoice)?;
    let told = json!({ "invoice": facts(&invoice), "transaction_id": transaction.id.as_str() });
    emit(tx, caller, Topic::InvoiceUpdated, invoice_id.as_str(), &told)?;
    Ok(invoice)
}

/// A payment was declined. Only an automatic charge moves the retries: what a person types on the page says nothing
/// about the method that the subscription is charged with.
///
/// # Errors
/// `NotFound`.
pub(crate) fn payment_declined_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    invoice_id: &InvoiceId,
    transaction: &Transaction,
    hard: bool,
) -> Result<Invoice> {
    let mut invoice = known_in(tx, invoice_id)?;
    forget_in(tx, &transaction.id)?;
    status::decline(&mut invoice);
    if transaction.source == TransactionSource::Recurring {
        invoice.collect_attempts = invoice.collect_attempts.saturating_add(1);
        invoice.first_declined_at = invoice.first_declined_at.or(Some(tx.now()));
        subscription_declined_in(tx, caller, &mut invoice, hard)?;
    }
    store::invoice::update(tx, &invoice)?;
    let told = json!({
        "invoice": facts(&invoice),
        "transaction_id": transaction.id.as_str(),
        "response_code": transaction.response_code,
        "hard": hard,
        "next_attempt_at": invoice.collect_at.map(|at| at.to_string()),
    });
    emit(tx, caller, Topic::InvoicePaymentDeclined, invoice_id.as_str(), &told)?;
    // Whoever paid on the page has seen it there.
    if transaction.source == TransactionSource::Recurring {
        payment_failed::told_in(tx, caller, &invoice, &Failure::Declined(transaction))?;
    }
    Ok(invoice)
}

/// The request for a payment, the `number`-th of its charge, never reached the processor: nothing moved. What is
/// charged by itself is charged again at once, a few times; from then on it counts as a decline, so that it ends.
///
/// # Errors
/// `NotFound`.
pub(crate) fn payment_not_sent_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    invoice_id: &InvoiceId,
    transaction: &Transaction,
    number: u32,
) -> Result<Invoice> {
    let mut invoice = known_in(tx, invoice_id)?;
    forget_in(tx, &transaction.id)?;
    if transaction.source == TransactionSource::Recurring && invoice.is_payable() {
        if number.saturating_sub(invoice.collect_attempts) > limits::LOST_REQUESTS_MAX {
            return payment_declined_in(tx, caller, invoice_id, transaction, false);
        }
        invoice.collect_at = Some(tx.now());
        store::invoice::update(tx, &invoice)?;
        tx.nudge();
    }
    let told = json!({ "invoice": facts(&invoice), "transaction_id": transaction.id.as_str(), "not_sent": true });
    emit(tx, caller, Topic::InvoicePaymentDeclined, invoice_id.as_str(), &told)?;
    Ok(invoice)
}

/// `amount` that was paid is gone again (a void, a bank return), or an authorization was released (`amount` zero);
/// `why` is the event. The number of payments stays: the next charge has a key of its own.
///
/// # Errors
/// `NotFound`; `Invalid` where less than that was paid.
pub(crate) fn payment_reversed_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    invoice_id: &InvoiceId,
    amount: Money,
    why: Topic,
) -> Result<Invoice> {
    let mut invoice = known_in(tx, invoice_id)?;
    let now = tx.now();
    if amount.is_zero() {
        // The released authorization keeps its attempt; a new payment needs a new key.
        invoice.payments = invoice.payments.saturating_add(1);
        status::reopen(&mut invoice, now);
    } else {
        status::unpay(&mut invoice, amount, now)?;
    }
    if why == Topic::InvoicePaymentReturned && invoice.subscription_id().is_some() {
        // A bank return is a decline that comes late: the same ladder of retries, counted from the first of either.
        status::decline(&mut invoice);
        invoice.collect_attempts = invoice.collect_attempts.saturating_add(1);
        invoice.first_declined_at = invoice.first_declined_at.or(Some(now));
        subscription_declined_in(tx, caller, &mut invoice, false)?;
        tx.nudge();
    }
    store::invoice::update(tx, &invoice)?;
    let told = json!({ "invoice": facts(&invoice), "amount": amount.minor() });
    emit(tx, caller, why, invoice_id.as_str(), &told)?;
    if why == Topic::InvoicePaymentReturned {
        payment_failed::told_in(tx, caller, &invoice, &Failure::Returned)?;
    }
    Ok(invoice)
}

/// The invoice of an approved payment, with what the customer asked for besides done: items left out, the method kept.
fn approved_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    invoice_id: &InvoiceId,
    transaction: &Transaction,
) -> Result<Invoice> {
    let mut invoice = known_in(tx, invoice_id)?;
    left_out::apply_in(tx, caller, &mut invoice, &transaction.id)?;
    keep_method::keep_in(tx, caller, &invoice, transaction)?;
    Ok(invoice)
}

/// What the customer asked for besides a payment that came to nothing.
fn forget_in(tx: &mut WriteTx<'_>, id: &TransactionId) -> Result<()> {
    store::invoice::rejection::delete(tx, id)?;
    store::payment_method::delete_waiting(tx, id)
}

/// Tells the subscription that a period was paid.
pub(super) fn subscription_paid_in(tx: &mut WriteTx<'_>, caller: &Caller, invoice: &Invoice) -> Result<()> {
    match invoice.subscription_id() {
        Some(id) => recurring::dunning::invoice_paid_in(tx, caller, id),
        None => Ok(()),
    }
}

/// Asks the subscription when to try again; after the last time the invoice has failed.
fn subscription_declined_in(tx: &mut WriteTx<'_>, caller: &Caller, invoice: &mut Invoice, hard: bool) -> Result<()> {
    let (Some(id), Some(first)) = (invoice.subscription_id(), invoice.first_declined_at) else { return Ok(()) };
    let company = store::company::fetch(tx)?;
    let next = recurring::dunning::payment_declined_in(tx, caller, &company, (id, &invoice.id), first, hard)?;
    invoice.collect_at = next;
    if next.is_none() && invoice.status == InvoiceStatus::Declined {
        invoice.status = InvoiceStatus::Failed;
    }
    Ok(())
}
