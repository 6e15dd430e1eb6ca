//! Orders and what happened to them.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::account_json::{event_from_json, event_to_json, items_from_json, items_to_json};
use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::billing_account::EventType;
use crate::domain::currency::Currency;
use crate::domain::id::{CustomerId, PaymentMethodId, SalesOrderId, TransactionId};
use crate::domain::money::Money;
use crate::domain::sales_order::{ChargeMode, OrderEvent, OrderState, Payment, PaymentType, SalesOrder};
use crate::domain::time::{Timestamp, parse_date};
use crate::error::Result;

const TABLE: &str = "sales_order";

#[derive(Serialize, Deserialize)]
struct PaymentJson {
    reference: Option<String>,
    descriptor: Option<String>,
    retry_days: Vec<u32>,
    created_at: i64,
}

fn payment_to_json(payment: &Payment) -> String {
    let Payment { reference, descriptor, retry_days, created_at, .. } = payment.clone();
    let form = PaymentJson { reference, descriptor, retry_days, created_at: created_at.as_micros() };
    serde_json::to_string(&form).expect("strings and integers always have a JSON form")
}

/// Adds an order with the events that it begins with.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, order: &SalesOrder) -> Result<()> {
    tx.run(
        "INSERT INTO sales_order (id, number, customer_id, currency, items_json, amount_minor, tax_minor, payment_type,
           charge, payment_json, subscription_id, details_json, callback, due_on, state, charge_at, tries, created_at,
           updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18)",
        params![
            order.id.as_str(),
            order.number,
            order.customer_id.as_ref().map(CustomerId::as_str),
            order.currency.code(),
            items_to_json(&order.items),
            order.amount.minor(),
            order.tax.minor(),
            order.payment.kind.as_str(),
            order.payment.charge.map(ChargeMode::as_str),
            payment_to_json(&order.payment),
            order.subscription_id,
            order.details_json,
            order.callback,
            order.due_on.map(|date| date.to_string()),
            order.state.as_str(),
            order.charge_at.map(Timestamp::as_micros),
            order.tries,
            order.created_at.as_micros(),
        ],
    )?;
    order.events.iter().try_for_each(|event| event_add(tx, &order.id, event))
}

/// Writes how an order is paid and where our charge of it stands.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, order: &SalesOrder) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE sales_order SET customer_id = ?2, payment_type = ?3, charge = ?4, payment_json = ?5, state = ?6,
           charge_at = ?7, tries = ?8, updated_at = ?9
         WHERE id = ?1",
        params![
            order.id.as_str(),
            order.customer_id.as_ref().map(CustomerId::as_str),
            order.payment.kind.as_str(),
            order.payment.charge.map(ChargeMode::as_str),
            payment_to_json(&order.payment),
            order.state.as_str(),
            order.charge_at.map(Timestamp::as_micros),
            order.tries,
            now,
        ],
    )?;
    Ok(())
}

/// Adds an event to an order.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn event_add(tx: &mut WriteTx<'_>, id: &SalesOrderId, event: &OrderEvent) -> Result<()> {
    tx.run(
        "INSERT INTO sales_order_event (order_id, type, at, event_json, txn_id, waiting)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            id.as_str(),
            event.kind.as_str(),
            event.at.as_micros(),
            event_to_json(event),
            event.transaction_id.as_ref().map(TransactionId::as_str),
            event.is_waiting,
        ],
    )?;
    Ok(())
}

/// The event that waits for this transaction has happened, as `event` says.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn event_conclude(tx: &mut WriteTx<'_>, transaction: &TransactionId, event: &OrderEvent) -> Result<()> {
    tx.run(
        "UPDATE sales_order_event SET type = ?2, at = ?3, event_json = ?4, waiting = 0
         WHERE txn_id = ?1 AND waiting = 1",
        params![transaction.as_str(), event.kind.as_str(), event.at.as_micros(), event_to_json(event)],
    )?;
    Ok(())
}

/// The event that waits for the outcome of this transaction, and whose it is.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn waiting_on(tx: &ReadTx<'_>, transaction: &TransactionId) -> Result<Option<(SalesOrderId, OrderEvent)>> {
    tx.one(
        "SELECT type, at, event_json, txn_id, waiting, order_id FROM sales_order_event
         WHERE txn_id = ?1 AND waiting = 1",
        [transaction.as_str()],
        |row| {
            let id = SalesOrderId::from_stored(row.get(5)?);
            Ok((id.clone(), event_from_row(&id, row)?))
        },
    )
}

/// The event that waited for this transaction never happens.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn event_drop(tx: &mut WriteTx<'_>, transaction: &TransactionId) -> Result<()> {
    tx.run("DELETE FROM sales_order_event WHERE txn_id = ?1 AND waiting = 1", [transaction.as_str()])?;
    Ok(())
}

/// Payment methods that may not be charged again for an order: their issuer said so.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn methods_refused(tx: &ReadTx<'_>, charge_key: &str) -> Result<Vec<PaymentMethodId>> {
    tx.all(
        "SELECT txn.payment_method_id FROM attempt JOIN txn ON txn.id = attempt.txn_id
         WHERE attempt.charge_key = ?1 AND attempt.hard = 1 AND txn.payment_method_id IS NOT NULL",
        [charge_key],
        |row| Ok(PaymentMethodId::from_stored(row.get(0)?)),
    )
}

/// The order with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &SalesOrderId) -> Result<Option<SalesOrder>> {
    let found = tx.one(
        "SELECT id, number, customer_id, currency, items_json, amount_minor, tax_minor, payment_type, charge,
           payment_json, subscription_id, details_json, callback, due_on, state, charge_at, tries, created_at,
           updated_at
         FROM sales_order WHERE id = ?1",
        [id.as_str()],
        from_row,
    )?;
    found.map(|order| with_events(tx, order)).transpose()
}

/// Orders made from `start` on and before `end`, the oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_between(tx: &ReadTx<'_>, start: Timestamp, end: Timestamp, limit: u32) -> Result<Vec<SalesOrder>> {
    let found = tx.all(
        "SELECT id, number, customer_id, currency, items_json, amount_minor, tax_minor, payment_type, charge,
           payment_json, subscription_id, details_json, callback, due_on, state, charge_at, tries, created_at,
           updated_at
         FROM sales_order WHERE created_at >= ?1 AND created_at < ?2 ORDER BY created_at, key LIMIT ?3",
        params![start.as_micros(), end.as_micros(), limit],
        from_row,
    )?;
    found.into_iter().map(|order| with_events(tx, order)).collect()
}

/// The orders of an account, the youngest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of(tx: &ReadTx<'_>, customer: &CustomerId, limit: u32) -> Result<Vec<SalesOrder>> {
    let found = tx.all(
        "SELECT id, number, customer_id, currency, items_json, amount_minor, tax_minor, payment_type, charge,
           payment_json, subscription_id, details_json, callback, due_on, state, charge_at, tries, created_at,
           updated_at
         FROM sales_order WHERE customer_id = ?1 ORDER BY key DESC LIMIT ?2",
        params![customer.as_str(), limit],
        from_row,
    )?;
    found.into_iter().map(|order| with_events(tx, order)).collect()
}

/// Orders that are to be charged by `now`, the earliest first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_to_charge(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<SalesOrderId>> {
    tx.all(
        "SELECT id FROM sales_order WHERE charge_at <= ?1 ORDER BY charge_at, key LIMIT ?2",
        params![now.as_micros(), limit],
        |row| Ok(SalesOrderId::from_stored(row.get(0)?)),
    )
}

/// Orders of an account that are to be charged by `now`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_to_charge_of(tx: &ReadTx<'_>, customer: &CustomerId, now: Timestamp) -> Result<Vec<SalesOrderId>> {
    tx.all(
        "SELECT id FROM sales_order WHERE customer_id = ?1 AND state = 'waiting' AND charge_at <= ?2 ORDER BY key",
        params![customer.as_str(), now.as_micros()],
        |row| Ok(SalesOrderId::from_stored(row.get(0)?)),
    )
}

/// When the next order is to be charged.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_charge_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let next =
        tx.one("SELECT MIN(charge_at) FROM sales_order WHERE charge_at IS NOT NULL", [], |row| Ok(row.get(0)?))?;
    Ok(next.flatten().map(Timestamp::from_micros))
}

/// What an account's orders still owe us, minor units; whether it has an order at all, and one that gave up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owed {
    /// Not paid yet, minor units.
    pub(crate) minor: i64,
    /// Orders that are not paid yet.
    pub(crate) open: u32,
    /// Orders whose every charge was declined.
    pub(crate) failed: u32,
    /// Whether there is any order.
    pub(crate) has_order: bool,
}

/// What the orders of an account still owe us.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn owed_by(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Owed> {
    let found = tx.one(
        "SELECT COALESCE(SUM(amount_minor), 0), COUNT(*), COALESCE(SUM(state = 'failed'), 0),
           EXISTS (SELECT 1 FROM sales_order any_order WHERE any_order.customer_id = ?1)
         FROM sales_order WHERE customer_id = ?1 AND state IN ('waiting', 'charging', 'failed')",
        [customer.as_str()],
        |row| Ok(Owed { minor: row.get(0)?, open: row.get(1)?, failed: row.get(2)?, has_order: row.get(3)? }),
    )?;
    Ok(found.unwrap_or_default())
}

/// The orders of an account whose every charge was declined.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_failed(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Vec<SalesOrderId>> {
    tx.all(
        "SELECT id FROM sales_order WHERE customer_id = ?1 AND state = 'failed' ORDER BY key",
        [customer.as_str()],
        |row| Ok(SalesOrderId::from_stored(row.get(0)?)),
    )
}

fn with_events(tx: &ReadTx<'_>, order: SalesOrder) -> Result<SalesOrder> {
    let events = tx.all(
        "SELECT type, at, event_json, txn_id, waiting FROM sales_order_event WHERE order_id = ?1 ORDER BY key",
        [order.id.as_str()],
        |row| event_from_row(&order.id, row),
    )?;
    Ok(SalesOrder { events, ..order })
}

fn event_from_row(id: &SalesOrderId, row: &Row<'_>) -> Result<OrderEvent> {
    let (kind, json, transaction): (String, String, Option<String>) = (row.get(0)?, row.get(2)?, row.get(3)?);
    let place = ("sales_order_event", "event_json", id.as_str());
    let kind = EventType::parse(&kind).ok_or_else(|| bad_row("sales_order_event", "type", id, &kind))?;
    let event = event_from_json(place, kind, Timestamp::from_micros(row.get(1)?), &json)?;
    Ok(OrderEvent { transaction_id: transaction.map(TransactionId::from_stored), is_waiting: row.get(4)?, ..event })
}

fn from_row(row: &Row<'_>) -> Result<SalesOrder> {
    let id: String = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row(TABLE, column, &id, text);
    let (currency, items, payment): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(9)?);
    let (kind, charge, state): (String, Option<String>, String) = (row.get(7)?, row.get(8)?, row.get(14)?);
    let currency = Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?;
    let PaymentJson { reference, descriptor, retry_days, created_at } =
        serde_json::from_str(&payment).map_err(|_| bad("payment_json", &payment))?;
    let charge = charge.map(|text| ChargeMode::parse(&text).ok_or_else(|| bad("charge", &text))).transpose()?;
    let due: Option<String> = row.get(13)?;
    Ok(SalesOrder {
        number: row.get(1)?,
        customer_id: row.get::<_, Option<String>>(2)?.map(CustomerId::from_stored),
        currency,
        items: items_from_json((TABLE, "items_json", &id), &items)?,
        amount: Money::new(row.get(5)?, currency)?,
        tax: Money::new(row.get(6)?, currency)?,
        payment: Payment {
            kind: PaymentType::parse(&kind).ok_or_else(|| bad("payment_type", &kind))?,
            charge,
            reference,
            descriptor,
            retry_days,
            created_at: Timestamp::from_micros(created_at),
        },
        subscription_id: row.get(10)?,
        details_json: row.get(11)?,
        callback: row.get(12)?,
        due_on: due.map(|text| parse_date(&text).ok_or_else(|| bad("due_on", &text))).transpose()?,
        state: OrderState::parse(&state).ok_or_else(|| bad("state", &state))?,
        charge_at: row.get::<_, Option<i64>>(15)?.map(Timestamp::from_micros),
        tries: row.get(16)?,
        events: Vec::new(),
        created_at: Timestamp::from_micros(row.get(17)?),
        updated_at: Timestamp::from_micros(row.get(18)?),
        id: SalesOrderId::from_stored(id),
    })
}
