//! Orders: made from a balance or by a shop, charged through the one charging protocol, followed by events.

pub mod callback;
mod charge;
mod create;
mod event;
mod give_back;
mod outcome;

use serde_json::json;

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, SalesOrderId};
use crate::domain::sales_order::{OrderState, SalesOrder};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

pub(crate) use create::{NewOrder, create_in};
pub(crate) use outcome::concluded_in;

pub use create::{AccountPays, ChangePayment, CreateOrder, Pay};
pub use event::NewEvent;

/// What the ledger, the idempotency keys and the charges call these documents.
const KIND: &str = "order";

impl App {
    /// The order with this id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn order_find(&self, caller: &Caller, id: &SalesOrderId) -> Result<SalesOrder> {
        caller.may(Action::TransactionView)?;
        self.store().read(|tx| require(tx, id))
    }

    /// Orders made from `start` on and before `end`, the oldest first, at most [`limits::ACCOUNTS_PAGE_MAX`].
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn order_list(
        &self,
        caller: &Caller,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Result<Vec<SalesOrder>> {
        caller.may(Action::TransactionView)?;
        let start = start.unwrap_or(Timestamp::from_micros(i64::MIN));
        let end = end.unwrap_or(Timestamp::from_micros(i64::MAX));
        self.store().read(|tx| store::sales_order::list_between(tx, start, end, limits::ACCOUNTS_PAGE_MAX))
    }

    /// The orders of an account, the youngest first. Its customer may see them.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn order_list_of(&self, caller: &Caller, customer: &CustomerId) -> Result<Vec<SalesOrder>> {
        caller.may_on(Action::TransactionView, customer)?;
        self.store().read(|tx| {
            super::customer::require(tx, customer)?;
            store::sales_order::list_of(tx, customer, limits::ACCOUNTS_PAGE_MAX)
        })
    }
}

/// The order that must be there.
fn require(tx: &ReadTx<'_>, id: &SalesOrderId) -> Result<SalesOrder> {
    store::sales_order::fetch(tx, id)?.ok_or_else(|| Error::not_found("order", id.as_str()))
}

/// Charges again what an account owes because every charge was declined: it has something else to pay with.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn try_again_in(tx: &mut WriteTx<'_>, caller: &Caller, customer: &CustomerId) -> Result<()> {
    for id in store::sales_order::list_failed(tx, customer)? {
        let order = require(tx, &id)?;
        let again = SalesOrder { state: OrderState::Waiting, charge_at: Some(tx.clock_now()), ..order };
        store::sales_order::update(tx, &again)?;
        updated(tx, caller, &again, "charged again")?;
        tx.nudge();
    }
    Ok(())
}

fn updated(tx: &mut WriteTx<'_>, caller: &Caller, order: &SalesOrder, change: &str) -> Result<()> {
    let facts = json!({
        "change": change,
        "state": order.state.as_str(),
        "customer_id": order.customer_id.as_ref().map(CustomerId::as_str),
        "amount": order.amount.minor(),
        "currency": order.currency.code(),
        "charge_at": order.charge_at.map(|at| at.to_string()),
    });
    super::event::emit(tx, caller, Topic::OrderUpdated, order.id.as_str(), &facts)
}
