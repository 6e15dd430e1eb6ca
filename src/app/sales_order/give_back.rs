//! Giving the money of an order back: what has not settled is voided whole, what has is refunded.

use super::updated;
use crate::app::Caller;
use crate::app::transaction::begin::{Begun, Charge};
use crate::app::transaction::refund::{RefundTransaction, refund_in};
use crate::app::transaction::send::Charging;
use crate::app::transaction::void::void_in;
use crate::domain::billing_account::EventType;
use crate::domain::id::TransactionId;
use crate::domain::money::Money;
use crate::domain::sales_order::{OrderEvent, SalesOrder};
use crate::domain::transaction::TransactionStatus;
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// An attempt to send, and what its request needs.
pub(super) type GivenBack = (Begun, Charging);

/// Writes the intent of giving `amount` back down, and the event that waits for its outcome.
///
/// # Errors
/// `Conflict` where only a part is to go back before the charge has settled, or another operation is open.
pub(super) fn give_back_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    order: &SalesOrder,
    event: OrderEvent,
    amount: Money,
) -> Result<GivenBack> {
    let sale = sale_of(order)?;
    let t = store::transaction::fetch(tx, &sale)?.ok_or_else(|| Error::not_found("transaction", sale.as_str()))?;
    let (begun, handle) = if t.status == TransactionStatus::PendingSettlement {
        if amount != t.amounts.captured {
            let problem = "a part can be given back once the charge has settled; all of it can be now";
            return Err(Error::Conflict(problem.to_owned()));
        }
        let begun = void_in(tx, install_id, &sale)?;
        let handle = begun.transaction.answer.handle.clone();
        (begun, handle)
    } else {
        let command = RefundTransaction::of(Some(amount.minor()));
        refund_in(tx, caller, install_id, &sale, command, Charge::OfTransaction)?
    };
    let transaction_id = Some(begun.transaction.id.clone());
    let event = OrderEvent { transaction_id, is_waiting: true, ..event };
    store::sales_order::event_add(tx, &order.id, &event)?;
    updated(tx, caller, order, "giving back")?;
    Ok((begun, Charging::of(handle)))
}

/// The transaction that paid.
fn sale_of(order: &SalesOrder) -> Result<TransactionId> {
    let paid = order.events.iter().rev().find(|event| event.kind == EventType::Order && !event.is_waiting);
    let id = paid.and_then(|event| event.transaction_id.clone());
    id.ok_or_else(|| Error::internal(format!("order {} is paid by no transaction", order.id)))
}
