//! What the outcome of a charge, a refund or a void does to its order; in the commit of that outcome, however late.

use super::{callback, require, updated};
use crate::app::Caller;
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState};
use crate::domain::billing_account::{EventType, ItemStatus};
use crate::domain::id::TransactionId;
use crate::domain::sales_order::{ChargeMode, OrderEvent, OrderState, PaymentType, SalesOrder};
use crate::domain::time::HOUR;
use crate::domain::transaction::Transaction;
use crate::error::Result;
use crate::limits;
use crate::store::{self, WriteTx};

/// The least time between two tries, also where a pause has passed over the days of both, microseconds.
const BETWEEN_TRIES_US: i64 = 12 * HOUR;

/// Why a charge came to nothing.
pub(super) struct Failure {
    /// In words that carry no secret.
    pub(super) error: String,
}

/// An attempt has come to `attempt.state`: the order that waits for it is told, where one does.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn concluded_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    attempt: &Attempt,
    transaction: &Transaction,
) -> Result<()> {
    let is_over = matches!(
        attempt.state,
        AttemptState::Succeeded | AttemptState::Declined | AttemptState::Absent | AttemptState::Cancelled
    );
    if !is_over {
        return Ok(());
    }
    let Some((id, event)) = store::sales_order::waiting_on(tx, &transaction.id)? else { return Ok(()) };
    let order = require(tx, &id)?;
    let is_sale = attempt.operation == AttemptOperation::Sale;
    match (attempt.state, is_sale) {
        (AttemptState::Succeeded, true) => paid_in(tx, caller, order, &transaction.id, event),
        (AttemptState::Succeeded, false) => given_back_in(tx, caller, order, &transaction.id, event),
        (AttemptState::Absent | AttemptState::Cancelled, true) if is_lost(attempt, &order) => {
            lost_in(tx, caller, order, &transaction.id)
        }
        (_, true) => {
            let failure = Failure { error: words(transaction) };
            failed_in(tx, caller, order, Some((&transaction.id, event)), &failure)
        }
        (_, false) => {
            let event = failure_of(event.kind, tx, words(transaction));
            store::sales_order::event_conclude(tx, &transaction.id, &event)?;
            updated(tx, caller, &order, event.kind.as_str())?;
            callback::queue_in(tx, &order)
        }
    }
}

fn words(transaction: &Transaction) -> String {
    format!("{} {}", transaction.response_code, transaction.answer.processor_text).trim().to_owned()
}

/// A request that never arrived is no decline, a few times; one that its customer never confirmed is.
fn is_lost(attempt: &Attempt, order: &SalesOrder) -> bool {
    let is_given_up = attempt.state == AttemptState::Cancelled && attempt.sent_at.is_some();
    let most = order.tries.saturating_add(limits::LOST_REQUESTS_MAX);
    !is_given_up && order.payment.kind == PaymentType::Account && attempt.number <= most
}

fn paid_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    order: SalesOrder,
    transaction: &TransactionId,
    event: OrderEvent,
) -> Result<()> {
    let now = tx.now();
    store::sales_order::event_conclude(tx, transaction, &OrderEvent { at: now, ..event })?;
    if order.payment.charge == Some(ChargeMode::Auto) || order.payment.kind == PaymentType::Card {
        store::sales_order::event_add(tx, &order.id, &OrderEvent::of(EventType::Charge, now))?;
    }
    let order = SalesOrder { state: OrderState::Paid, charge_at: None, ..order };
    store::sales_order::update(tx, &order)?;
    updated(tx, caller, &order, "paid")?;
    callback::queue_in(tx, &order)
}

/// Money of an order was given back.
fn given_back_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    order: SalesOrder,
    transaction: &TransactionId,
    event: OrderEvent,
) -> Result<()> {
    let event = OrderEvent { at: tx.now(), ..event };
    store::sales_order::event_conclude(tx, transaction, &event)?;
    let order = require(tx, &order.id)?;
    let held = [ItemStatus::Ordered, ItemStatus::Charged, ItemStatus::Paid, ItemStatus::Settled];
    let standing = order.standing()?.amounts();
    let is_all = held.iter().all(|status| standing.get(status).is_none_or(|amount| amount.is_zero()));
    let order = if is_all { SalesOrder { state: OrderState::Ended, ..order } } else { order };
    store::sales_order::update(tx, &order)?;
    updated(tx, caller, &order, event.kind.as_str())?;
    callback::queue_in(tx, &order)
}

/// The request got lost before it could do anything: it is made anew, and counts as no decline.
fn lost_in(tx: &mut WriteTx<'_>, caller: &Caller, order: SalesOrder, transaction: &TransactionId) -> Result<()> {
    store::sales_order::event_drop(tx, transaction)?;
    let again_at = tx.clock_now().plus(HOUR);
    let order = SalesOrder { state: OrderState::Waiting, charge_at: Some(again_at), ..order };
    store::sales_order::update(tx, &order)?;
    updated(tx, caller, &order, "request lost")
}

/// A charge was declined, or could not be made: it is tried again on its days; after the last, and with a card that is
/// not kept, it is over.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn failed_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    order: SalesOrder,
    waiting: Option<(&TransactionId, OrderEvent)>,
    failure: &Failure,
) -> Result<()> {
    let tries = order.tries.saturating_add(1);
    let is_card = order.payment.kind == PaymentType::Card;
    let retry_at = order.payment.retry_at(tries).filter(|_| !is_card);
    let stands = order.standing()?.amounts();
    let is_untouched = |kind: EventType| stands.keys().any(|status| kind.may_follow(*status));
    let event = match (is_card, is_untouched(EventType::Pend)) {
        (true, _) => OrderEvent { error: Some(failure.error.clone()), ..OrderEvent::of(EventType::Deny, tx.now()) },
        (false, true) => OrderEvent { error: Some(failure.error.clone()), ..OrderEvent::of(EventType::Pend, tx.now()) },
        (false, false) => failure_of(EventType::Order, tx, failure.error.clone()),
    };
    match waiting {
        Some((transaction, _)) => store::sales_order::event_conclude(tx, transaction, &event)?,
        None => store::sales_order::event_add(tx, &order.id, &event)?,
    }
    let (state, charge_at) = match (is_card, retry_at) {
        (true, _) => (OrderState::Ended, None),
        (false, Some(at)) => (OrderState::Waiting, Some(at.max(tx.clock_now().plus(BETWEEN_TRIES_US)))),
        (false, None) => (OrderState::Failed, None),
    };
    let order = SalesOrder { state, charge_at, tries, ..order };
    store::sales_order::update(tx, &order)?;
    updated(tx, caller, &order, "declined")?;
    callback::queue_in(tx, &order)
}

fn failure_of(original: EventType, tx: &WriteTx<'_>, error: String) -> OrderEvent {
    OrderEvent { original: Some(original), error: Some(error), ..OrderEvent::of(EventType::Fail, tx.now()) }
}
