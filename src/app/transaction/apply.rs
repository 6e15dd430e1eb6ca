//! What an attempt's new state does to its transaction, the books, the invoice and the events.
//!
//! One function per operation and direction; each runs inside the commit that moves the attempt.

use serde_json::json;

use crate::app::caller::Caller;
use crate::app::event::emit;
use crate::app::transaction::conclude::Told;
use crate::app::transaction::{keep, receipt};
use crate::app::{invoice, prepaid_charge, prepaid_return, sales_order};
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState, Change};
use crate::domain::event::Topic;
use crate::domain::id::TransactionId;
use crate::domain::ledger::chart::{self, Fact, SaleParts};
use crate::domain::ledger::{AccountName, Posting};
use crate::domain::money::Money;
use crate::domain::time::DAY;
use crate::domain::transaction::{
    Answer, InstrumentFacts, Transaction, TransactionSource, TransactionStatus as Status, TransactionType as Type,
    state,
};
use crate::error::{Error, Result};
use crate::processors::{Approval, Decline};
use crate::store::ledger::Source;
use crate::store::{self, WriteTx};

/// Our response code of a request that never arrived.
const NOT_SENT: u16 = 421;
/// Our response code of a charge that its customer never confirmed (3-D Secure).
pub(super) const NOT_CONFIRMED: u16 = 205;

/// Applies the new state of `attempt`; `told` is where it came from.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn state_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    attempt: &mut Attempt,
    transaction: &mut Transaction,
    told: &Told,
) -> Result<()> {
    match (attempt.state, told) {
        (AttemptState::Succeeded, Told::Approved(approval)) => succeeded_in(tx, caller, attempt, transaction, approval),
        (AttemptState::Declined, Told::Declined(decline)) => {
            transaction_answer(attempt, transaction, decline);
            refused_in(tx, caller, attempt, transaction, decline.code)
        }
        // A provisional decline whose request turned out never to have landed.
        (AttemptState::Declined, _) => {
            let code = attempt.response_code;
            refused_in(tx, caller, attempt, transaction, code)
        }
        (AttemptState::Absent | AttemptState::Cancelled, _) => not_sent_in(tx, caller, attempt, transaction),
        (AttemptState::Action, _) => {
            transaction.status = Status::Pending;
            transaction.response_code = 99;
            transaction.answer.handle.clone_from(&attempt.handle);
            store::transaction::update(tx, transaction)
        }
        (AttemptState::Unknown | AttemptState::Review, _) => unknown_in(tx, caller, attempt, transaction),
        _ => Ok(()),
    }?;
    sales_order::concluded_in(tx, caller, attempt, transaction)
}

fn succeeded_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    attempt: &mut Attempt,
    transaction: &mut Transaction,
    approval: &Approval,
) -> Result<()> {
    match attempt.operation {
        AttemptOperation::Capture => captured_in(tx, caller, attempt, transaction),
        AttemptOperation::Void => voided_in(tx, caller, transaction),
        AttemptOperation::Adjust => adjusted_in(tx, caller, attempt, transaction),
        AttemptOperation::Sale
        | AttemptOperation::Authorize
        | AttemptOperation::Verify
        | AttemptOperation::Credit
        | AttemptOperation::Refund => {
            approved_in(tx, caller, transaction, approval)?;
            if attempt.operation == AttemptOperation::Sale
                && matches!(transaction.instrument, Some(InstrumentFacts::Ach { .. }))
            {
                // A bank debit can come back: it is watched until its return window ends.
                attempt.poll_at = Some(tx.now().plus(DAY));
                store::attempt::update(tx, attempt)?;
            }
            Ok(())
        }
    }
}

/// A sale, authorization, verification, credit or refund was approved.
fn approved_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &mut Transaction, approval: &Approval) -> Result<()> {
    let now = tx.now();
    t.status = state::approved_status(t.kind);
    t.response_code = approval.response_code;
    t.answer = Answer {
        auth_code: approval.auth_code.clone(),
        processor_code: approval.processor_code.clone(),
        processor_text: approval.processor_text.clone(),
        avs: approval.avs.to_string(),
        cvv: approval.cvv.to_string(),
        handle: approval.handle.clone(),
    };
    if let Some(tip) = approval.tip {
        t.amounts.tip = t.amounts.tip.plus(tip)?;
        t.amounts.amount = t.amounts.amount.plus(tip)?;
    }
    keep::approved_in(tx, caller, t)?;
    let source = Source { kind: "transaction", id: t.id.as_str() };
    match t.kind {
        Type::Sale => {
            t.amounts.authorized = approval.amount;
            t.amounts.captured = approval.amount;
            t.captured_at = Some(now);
            store::transaction::update(tx, t)?;
            post_captured_in(tx, caller, t)?;
            prepaid_charge::concluded_in(tx, caller, t)?;
        }
        Type::Authorize => {
            t.amounts.authorized = approval.amount;
            store::transaction::update(tx, t)?;
            if approval.amount.is_positive() {
                store::ledger::reserve(tx, source, &authorization(t, approval.amount))?;
            }
            if let Some(id) = t.invoice_id.clone() {
                invoice::payment_authorized_in(tx, caller, &id, t)?;
            }
        }
        Type::Verification => store::transaction::update(tx, t)?,
        Type::Credit => {
            t.amounts.authorized = approval.amount;
            t.amounts.captured = approval.amount;
            t.captured_at = Some(now);
            store::ledger::post(tx, source, &chart::refunded(Fact::Credit, t.processor_id.as_str(), approval.amount))?;
            store::transaction::update(tx, t)?;
        }
        Type::Refund => {
            t.amounts.authorized = approval.amount;
            t.amounts.captured = approval.amount;
            t.captured_at = Some(now);
            store::ledger::post(tx, source, &chart::refunded(Fact::Refund, t.processor_id.as_str(), approval.amount))?;
            store::transaction::update(tx, t)?;
            refresh_refunded_in(tx, caller, t, None)?;
        }
    }
    receipt::approved_in(tx, caller, t)?;
    told_in(tx, caller, Topic::TransactionApproved, &t.id)
}

/// Posts captured money to the books and to the invoice it pays.
fn post_captured_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &Transaction) -> Result<()> {
    let source = Source { kind: "transaction", id: t.id.as_str() };
    let processor = t.processor_id.as_str();
    let Some(invoice_id) = &t.invoice_id else {
        return store::ledger::post(tx, source, &chart::sale_captured(processor, &sale_parts(t)?));
    };
    let tip = t.amounts.tip;
    let paid = t.amounts.captured.minus(tip)?;
    let owner = t.customer_id.as_ref().map_or("", |id| id.as_str());
    let owner = invoice::ledger_owner_in(tx, invoice_id)?.unwrap_or_else(|| owner.to_owned());
    store::ledger::post(tx, source, &chart::invoice_paid(&owner, processor, paid, tip))?;
    invoice::payment_applied_in(tx, caller, invoice_id, t, paid, tip).map(|_| ())
}

fn sale_parts(t: &Transaction) -> Result<SaleParts> {
    Ok(SaleParts {
        total: t.amounts.captured,
        tax: t.amounts.tax,
        shipping: t.amounts.shipping,
        tip: t.amounts.tip,
        fee: t.amounts.surcharge.plus(t.amounts.service_fee)?,
        adjustment: t.amounts.adjustment,
    })
}

/// What was taken has another amount now. What was posted stays; the difference is posted behind it.
fn adjusted_in(tx: &mut WriteTx<'_>, caller: &Caller, attempt: &Attempt, t: &mut Transaction) -> Result<()> {
    let before = sale_parts(t)?;
    let added = attempt.amount.minus(t.amounts.captured)?;
    change(t, &attempt.change)?;
    t.amounts.amount = t.amounts.amount.plus(added)?;
    t.amounts.captured = attempt.amount;
    store::transaction::update(tx, t)?;
    let postings = chart::sale_changed(t.processor_id.as_str(), &before, &sale_parts(t)?);
    store::ledger::post(tx, Source { kind: "transaction", id: t.id.as_str() }, &postings)?;
    told_in(tx, caller, Topic::TransactionUpdated, &t.id)
}

fn captured_in(tx: &mut WriteTx<'_>, caller: &Caller, attempt: &Attempt, t: &mut Transaction) -> Result<()> {
    let amount = attempt.amount;
    change(t, &attempt.change)?;
    let source_id = t.id.to_string();
    let source = Source { kind: "transaction", id: &source_id };
    for reservation in store::ledger::open_reservations(tx, source)? {
        store::ledger::void_pending(tx, source, reservation)?;
    }
    t.status = Status::PendingSettlement;
    t.amounts.tip = tip_in(t, amount)?;
    t.amounts.captured = amount;
    t.captured_at = Some(tx.now());
    store::transaction::update(tx, t)?;
    post_captured_in(tx, caller, t)?;
    told_in(tx, caller, Topic::TransactionCaptured, &t.id)
}

/// Makes the changes that came with an operation which has succeeded now.
fn change(t: &mut Transaction, change: &Change) -> Result<()> {
    let Change { tax_minor, shipping_minor, tip_minor, tax_exempt, order_id, po_number, ip_address } = change.clone();
    let currency = t.amounts.amount.currency();
    let parts =
        [(&mut t.amounts.tax, tax_minor), (&mut t.amounts.shipping, shipping_minor), (&mut t.amounts.tip, tip_minor)];
    for (slot, minor) in parts {
        if let Some(minor) = minor {
            *slot = Money::new(minor, currency)?;
        }
    }
    for (slot, text) in [(&mut t.order_id, order_id), (&mut t.po_number, po_number), (&mut t.ip_address, ip_address)] {
        if let Some(text) = text {
            *slot = text;
        }
    }
    if let Some(is_exempt) = tax_exempt {
        let mut details: serde_json::Value = serde_json::from_str(&t.details_json)
            .map_err(|why| Error::internal(format!("txn.details_json of {}: {why}", t.id)))?;
        details["tax_exempt"] = json!(is_exempt);
        t.details_json = details.to_string();
    }
    Ok(())
}

/// What of a captured `amount` is tip: the invoice is paid first, and only what is left goes to the staff.
fn tip_in(t: &Transaction, amount: Money) -> Result<Money> {
    if t.invoice_id.is_none() {
        return Ok(t.amounts.tip);
    }
    let invoiced = t.amounts.authorized.minus(t.amounts.tip)?;
    Ok(amount.minus(invoiced)?.floor_at_zero())
}

fn voided_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &mut Transaction) -> Result<()> {
    let source_id = t.id.to_string();
    let source = Source { kind: "transaction", id: &source_id };
    let taken = t.amounts.captured;
    let tip = t.amounts.tip;
    t.status = state::voided_status(t)?;
    for reservation in store::ledger::open_reservations(tx, source)? {
        store::ledger::void_pending(tx, source, reservation)?;
    }
    store::ledger::reverse(tx, source, Fact::Voided)?;
    t.amounts.captured = Money::zero(taken.currency());
    store::transaction::update(tx, t)?;
    if let Some(invoice_id) = t.invoice_id.clone().filter(|_| t.kind != Type::Refund) {
        let paid = taken.minus(tip)?.floor_at_zero();
        invoice::payment_reversed_in(tx, caller, &invoice_id, paid, Topic::InvoiceUpdated)?;
    }
    if t.kind == Type::Refund {
        refresh_refunded_in(tx, caller, t, Some(t.amounts.amount))?;
    } else {
        prepaid_return::returned_in(tx, caller, t)?;
    }
    told_in(tx, caller, Topic::TransactionVoided, &t.id)
}

/// A request was refused: the transaction is declined, or (capture, void, adjustment) stays what it was.
fn refused_in(tx: &mut WriteTx<'_>, caller: &Caller, attempt: &Attempt, t: &mut Transaction, code: u16) -> Result<()> {
    match attempt.operation {
        AttemptOperation::Capture | AttemptOperation::Void | AttemptOperation::Adjust => return Ok(()),
        AttemptOperation::Sale
        | AttemptOperation::Authorize
        | AttemptOperation::Verify
        | AttemptOperation::Credit
        | AttemptOperation::Refund => {}
    }
    t.status = Status::Declined;
    t.response_code = code;
    keep::refused_in(tx, &t.id)?;
    store::transaction::update(tx, t)?;
    told_in(tx, caller, Topic::TransactionDeclined, &t.id)?;
    prepaid_charge::concluded_in(tx, caller, t)?;
    if t.kind == Type::Refund {
        return refresh_refunded_in(tx, caller, t, Some(t.amounts.amount));
    }
    if let Some(invoice_id) = t.invoice_id.clone() {
        invoice::payment_declined_in(tx, caller, &invoice_id, t, attempt.hard)?;
    }
    Ok(())
}

/// The request never reached the processor: nothing moved, the charge may be made anew.
fn not_sent_in(tx: &mut WriteTx<'_>, caller: &Caller, attempt: &Attempt, t: &mut Transaction) -> Result<()> {
    match attempt.operation {
        AttemptOperation::Capture | AttemptOperation::Void | AttemptOperation::Adjust => return Ok(()),
        AttemptOperation::Sale
        | AttemptOperation::Authorize
        | AttemptOperation::Verify
        | AttemptOperation::Credit
        | AttemptOperation::Refund => {}
    }
    // What was cancelled before it was sent asked nothing of the customer.
    let is_given_up = attempt.state == AttemptState::Cancelled && attempt.sent_at.is_some();
    let (code, text) = if is_given_up { (NOT_CONFIRMED, "NOT CONFIRMED") } else { (NOT_SENT, "NOT SENT") };
    t.status = Status::Declined;
    t.response_code = code;
    text.clone_into(&mut t.answer.processor_text);
    keep::refused_in(tx, &t.id)?;
    store::transaction::update(tx, t)?;
    told_in(tx, caller, Topic::TransactionDeclined, &t.id)?;
    prepaid_charge::concluded_in(tx, caller, t)?;
    if t.kind == Type::Refund {
        return refresh_refunded_in(tx, caller, t, Some(t.amounts.amount));
    }
    if let Some(invoice_id) = t.invoice_id.clone() {
        // A charge that needed the customer and never got them will not get them by being repeated: it climbs the
        // ladder of declines.
        if is_given_up && t.source == TransactionSource::Recurring {
            invoice::payment_declined_in(tx, caller, &invoice_id, t, false)?;
        } else {
            invoice::payment_not_sent_in(tx, caller, &invoice_id, t, attempt.number)?;
        }
    }
    Ok(())
}

fn unknown_in(tx: &mut WriteTx<'_>, caller: &Caller, attempt: &Attempt, t: &mut Transaction) -> Result<()> {
    if matches!(attempt.operation, AttemptOperation::Capture | AttemptOperation::Void | AttemptOperation::Adjust) {
        return Ok(());
    }
    let was = t.status;
    t.status = Status::Unknown;
    t.response_code = 0;
    store::transaction::update(tx, t)?;
    if was == Status::Unknown && attempt.polls > 0 {
        return Ok(());
    }
    told_in(tx, caller, Topic::TransactionUnknown, &t.id)
}

/// Brings the refunded transaction up to date; `released` is what a refused or voided refund gives back to it.
fn refresh_refunded_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    refund: &Transaction,
    released: Option<Money>,
) -> Result<()> {
    let Some(id) = &refund.referenced_id else { return Ok(()) };
    let mut sale = store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    if let Some(released) = released {
        sale.amounts.refunded = sale.amounts.refunded.minus(released)?.floor_at_zero();
    }
    if !matches!(sale.status, Status::Returned | Status::LateReturn) {
        sale.status = state::refunded_status(sale.amounts.settled, sale.amounts.refunded);
    }
    store::transaction::update(tx, &sale)?;
    prepaid_return::returned_in(tx, caller, &sale)?;
    told_in(tx, caller, Topic::TransactionRefunded, &sale.id)
}

fn transaction_answer(attempt: &Attempt, t: &mut Transaction, decline: &Decline) {
    if matches!(attempt.operation, AttemptOperation::Capture | AttemptOperation::Void | AttemptOperation::Adjust) {
        return;
    }
    t.answer = Answer {
        auth_code: String::new(),
        processor_code: decline.processor_code.clone(),
        processor_text: decline.processor_text.clone(),
        avs: decline.avs.to_string(),
        cvv: decline.cvv.to_string(),
        handle: attempt.handle.clone(),
    };
}

fn authorization(t: &Transaction, amount: Money) -> Posting {
    let name =
        |kind, owner: &str| AccountName { kind, owner: owner.to_owned(), denomination: amount.currency().into() };
    Posting {
        fact: Fact::SaleAuthorized,
        debit: name(chart::AccountKind::ProcessorClearing, t.processor_id.as_str()),
        credit: name(chart::AccountKind::Revenue, ""),
        amount: amount.minor(),
    }
}

/// Writes the event about a transaction, with the transaction as the file has it now.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn told_in(tx: &mut WriteTx<'_>, caller: &Caller, topic: Topic, id: &TransactionId) -> Result<()> {
    let snapshot = store::transaction_snapshot::take(tx, id)?;
    emit(tx, caller, topic, id.as_str(), &snapshot)
}
