//! Subscriptions of accounts: items that a schedule adds to their balance.

use rusqlite::{Row, params};

use super::account_json::{items_from_json, items_to_json};
use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::billing_account::{AccountSubscription, Schedule};
use crate::domain::currency::Currency;
use crate::domain::id::CustomerId;
use crate::domain::time::{Timestamp, parse_date};
use crate::error::Result;

const TABLE: &str = "account_subscription";

/// Writes a subscription, for the first time or anew; `due_at` is the instant at which its due date begins.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn put(tx: &mut WriteTx<'_>, subscription: &AccountSubscription, due_at: Option<Timestamp>) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO account_subscription (customer_id, id, number, items_json, currency, schedule, start_on, end_on,
           callback, due_on, due_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
         ON CONFLICT (customer_id, id) DO UPDATE SET number = excluded.number, items_json = excluded.items_json,
           currency = excluded.currency, schedule = excluded.schedule, start_on = excluded.start_on,
           end_on = excluded.end_on, callback = excluded.callback, due_on = excluded.due_on, due_at = excluded.due_at,
           updated_at = excluded.updated_at",
        params![
            subscription.customer_id.as_str(),
            subscription.id,
            subscription.number,
            items_to_json(&subscription.items),
            subscription.currency.code(),
            subscription.schedule.to_string(),
            subscription.start.to_string(),
            subscription.end.map(|date| date.to_string()),
            subscription.callback,
            subscription.due.map(|date| date.to_string()),
            due_at.map(Timestamp::as_micros),
            now,
        ],
    )?;
    Ok(())
}

/// The subscriptions of an account, the oldest first; an account has few.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Vec<AccountSubscription>> {
    tx.all(
        "SELECT customer_id, id, number, items_json, currency, schedule, start_on, end_on, callback, due_on, created_at
         FROM account_subscription WHERE customer_id = ?1 ORDER BY created_at, id",
        [customer.as_str()],
        from_row,
    )
}

/// One of them.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, customer: &CustomerId, id: &str) -> Result<Option<AccountSubscription>> {
    tx.one(
        "SELECT customer_id, id, number, items_json, currency, schedule, start_on, end_on, callback, due_on, created_at
         FROM account_subscription WHERE customer_id = ?1 AND id = ?2",
        [customer.as_str(), id],
        from_row,
    )
}

/// Subscriptions whose date has come by `now`, the earliest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_due(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<AccountSubscription>> {
    tx.all(
        "SELECT customer_id, id, number, items_json, currency, schedule, start_on, end_on, callback, due_on, created_at
         FROM account_subscription WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2",
        params![now.as_micros(), limit],
        from_row,
    )
}

/// When the next subscription adds something.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_due_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let next =
        tx.one("SELECT MIN(due_at) FROM account_subscription WHERE due_at IS NOT NULL", [], |row| Ok(row.get(0)?))?;
    Ok(next.flatten().map(Timestamp::from_micros))
}

fn from_row(row: &Row<'_>) -> Result<AccountSubscription> {
    let id: String = row.get(1)?;
    let bad = |column: &str, text: &str| bad_row(TABLE, column, &id, text);
    let date = |column: &str, text: String| parse_date(&text).ok_or_else(|| bad(column, &text));
    let (items, currency, schedule): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let (end, due): (Option<String>, Option<String>) = (row.get(7)?, row.get(9)?);
    Ok(AccountSubscription {
        customer_id: CustomerId::from_stored(row.get(0)?),
        number: row.get(2)?,
        items: items_from_json((TABLE, "items_json", &id), &items)?,
        currency: Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?,
        schedule: Schedule::parse_stored(&schedule).ok_or_else(|| bad("schedule", &schedule))?,
        start: date("start_on", row.get(6)?)?,
        end: end.map(|text| date("end_on", text)).transpose()?,
        callback: row.get(8)?,
        due: due.map(|text| date("due_on", text)).transpose()?,
        created_at: Timestamp::from_micros(row.get(10)?),
        id,
    })
}
