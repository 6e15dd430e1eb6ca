//! The terms under which customers are billed as accounts, and what stands on their balances.

use jiff::civil::Date;
use rusqlite::{Row, params};

use super::account_json::{item_from_json, item_to_json, limit_from_json, limit_to_json};
use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::billing_account::{BillingAccount, Decimal, Item, Schedule};
use crate::domain::currency::Currency;
use crate::domain::id::{CustomerId, PaymentMethodId, SalesOrderId};
use crate::domain::money::Money;
use crate::domain::time::{Timestamp, parse_date};
use crate::error::Result;

const TABLE: &str = "billing_account";

/// Writes an account's terms, for the first time or anew; `due_at` is the instant at which its due date begins.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn put(tx: &mut WriteTx<'_>, account: &BillingAccount, due_at: Option<Timestamp>) -> Result<()> {
    let order: Vec<&str> = account.method_order.iter().map(PaymentMethodId::as_str).collect();
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO billing_account (customer_id, number, currency, schedule, limit_json, customer_json,
           method_order_json, due_on, due_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
         ON CONFLICT (customer_id) DO UPDATE SET number = excluded.number, currency = excluded.currency,
           schedule = excluded.schedule, limit_json = excluded.limit_json, customer_json = excluded.customer_json,
           method_order_json = excluded.method_order_json, due_on = excluded.due_on, due_at = excluded.due_at,
           updated_at = excluded.updated_at",
        params![
            account.customer_id.as_str(),
            account.number,
            account.currency.code(),
            account.schedule.to_string(),
            account.limit.map(limit_to_json),
            account.customer_json,
            serde_json::to_string(&order).expect("strings always have a JSON form"),
            account.due_on.map(|date| date.to_string()),
            due_at.map(Timestamp::as_micros),
            now,
        ],
    )?;
    Ok(())
}

/// The terms of a customer, where somebody said any.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Option<BillingAccount>> {
    tx.one(
        "SELECT customer_id, number, currency, schedule, limit_json, customer_json, method_order_json, due_on,
           created_at, updated_at
         FROM billing_account WHERE customer_id = ?1",
        [customer.as_str()],
        from_row,
    )
}

/// Customers whose balance becomes an order by `now`, the earliest first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_due(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<CustomerId>> {
    tx.all(
        "SELECT customer_id FROM billing_account WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2",
        params![now.as_micros(), limit],
        |row| Ok(CustomerId::from_stored(row.get(0)?)),
    )
}

/// When the next balance becomes an order.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_due_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let next = tx.one("SELECT MIN(due_at) FROM billing_account WHERE due_at IS NOT NULL", [], |row| Ok(row.get(0)?))?;
    Ok(next.flatten().map(Timestamp::from_micros))
}

/// Customers with something on their balance, after `after`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_with_items(tx: &ReadTx<'_>, after: &CustomerId, limit: u32) -> Result<Vec<CustomerId>> {
    tx.all(
        "SELECT DISTINCT customer_id FROM account_item WHERE order_id IS NULL AND customer_id > ?1
         ORDER BY customer_id LIMIT ?2",
        params![after.as_str(), limit],
        |row| Ok(CustomerId::from_stored(row.get(0)?)),
    )
}

/// Which of an account's subscriptions adds an item, and for which date.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AddedBy<'a> {
    /// Its id within the account.
    pub(crate) subscription_id: &'a str,
    /// The date.
    pub(crate) due_on: Date,
    /// Which of its items.
    pub(crate) line: usize,
}

/// Adds an item to a balance; answers whether it is new: a subscription adds what it does for a date once.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn item_add(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    item: &Item,
    amount: Money,
    by: Option<AddedBy<'_>>,
) -> Result<bool> {
    let now = tx.now().as_micros();
    let line = by.map_or(0, |by| i64::try_from(by.line).unwrap_or(i64::MAX));
    let added = tx.run(
        "INSERT INTO account_item (customer_id, subscription_id, due_on, line, item_json, amount_minor, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (customer_id, subscription_id, due_on, line) WHERE subscription_id IS NOT NULL DO NOTHING",
        params![
            customer.as_str(),
            by.map(|by| by.subscription_id),
            by.map(|by| by.due_on.to_string()),
            line,
            item_to_json(item),
            amount.minor(),
            now,
        ],
    )?;
    Ok(added == 1)
}

/// What stands on a balance, the oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn items(tx: &ReadTx<'_>, customer: &CustomerId, limit: u32) -> Result<Vec<Item>> {
    tx.all(
        "SELECT item_json FROM account_item WHERE customer_id = ?1 AND order_id IS NULL ORDER BY key LIMIT ?2",
        params![customer.as_str(), limit],
        |row| {
            let json: String = row.get(0)?;
            item_from_json(("account_item", "item_json", customer.as_str()), &json)
        },
    )
}

/// What stands on a balance: the sum in minor units, and of how many items.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn standing(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<(i64, u32)> {
    let sum = tx.one(
        "SELECT COALESCE(SUM(amount_minor), 0), COUNT(*) FROM account_item WHERE customer_id = ?1 AND order_id IS NULL",
        [customer.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(sum.unwrap_or((0, 0)))
}

/// The last date for which a subscription added something.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn last_added(tx: &ReadTx<'_>, customer: &CustomerId, subscription: &str) -> Result<Option<Date>> {
    tx.one(
        "SELECT due_on FROM account_item WHERE customer_id = ?1 AND subscription_id = ?2 ORDER BY due_on DESC LIMIT 1",
        [customer.as_str(), subscription],
        |row| {
            let text: String = row.get(0)?;
            parse_date(&text).ok_or_else(|| bad_row("account_item", "due_on", customer, &text))
        },
    )
}

/// Where the merchant is told of what subscriptions put on a balance, the oldest first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn callbacks(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Vec<String>> {
    tx.all(
        "SELECT DISTINCT account_subscription.callback
         FROM account_item JOIN account_subscription
           ON account_subscription.customer_id = account_item.customer_id
             AND account_subscription.id = account_item.subscription_id
         WHERE account_item.customer_id = ?1 AND account_item.order_id IS NULL
           AND account_subscription.callback IS NOT NULL
         ORDER BY account_subscription.created_at",
        [customer.as_str()],
        |row| Ok(row.get(0)?),
    )
}

/// Puts everything on a balance into an order.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn items_order(tx: &mut WriteTx<'_>, customer: &CustomerId, order: &SalesOrderId) -> Result<()> {
    tx.run(
        "UPDATE account_item SET order_id = ?2 WHERE customer_id = ?1 AND order_id IS NULL",
        params![customer.as_str(), order.as_str()],
    )?;
    Ok(())
}

/// Puts items of a balance into an order, the oldest first, until they come to `amount`; the one that comes to more is
/// split in two.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn items_order_part(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    order: &SalesOrderId,
    amount: Money,
) -> Result<()> {
    let open = tx.all(
        "SELECT key, item_json, amount_minor FROM account_item WHERE customer_id = ?1 AND order_id IS NULL ORDER BY key",
        [customer.as_str()],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)),
    )?;
    let mut left = amount.minor();
    for (key, json, minor) in open {
        if left == 0 {
            break;
        }
        if minor > left {
            let place = ("account_item", "item_json", customer.as_str());
            let item = item_from_json(place, &json)?;
            let of = |minor: i64| -> Result<(Item, Money)> {
                let amount = Money::new(minor, amount.currency())?;
                let price =
                    Decimal::of_money(amount).map_err(|why| bad_row("account_item", "amount_minor", key, why))?;
                let (number, name) = (item.number.clone(), item.name.clone());
                Ok((Item { number, name, ..Item::of_amount(price) }, amount))
            };
            let (part, _) = of(left)?;
            tx.run(
                "UPDATE account_item SET item_json = ?2, amount_minor = ?3 WHERE key = ?1",
                params![key, item_to_json(&part), left],
            )?;
            let (rest, rest_amount) = of(minor.saturating_sub(left))?;
            item_add(tx, customer, &rest, rest_amount, None)?;
        }
        tx.run("UPDATE account_item SET order_id = ?2 WHERE key = ?1", params![key, order.as_str()])?;
        left = left.saturating_sub(minor.min(left));
    }
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<BillingAccount> {
    let id: String = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row(TABLE, column, &id, text);
    let (currency, schedule): (String, String) = (row.get(2)?, row.get(3)?);
    let (limit, order, due): (Option<String>, String, Option<String>) = (row.get(4)?, row.get(6)?, row.get(7)?);
    let order: Vec<String> = serde_json::from_str(&order).map_err(|_| bad("method_order_json", &order))?;
    Ok(BillingAccount {
        number: row.get(1)?,
        currency: Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?,
        schedule: Schedule::parse_stored(&schedule).ok_or_else(|| bad("schedule", &schedule))?,
        limit: limit.map(|json| limit_from_json((TABLE, "limit_json", &id), &json)).transpose()?,
        customer_json: row.get(5)?,
        method_order: order.into_iter().map(PaymentMethodId::from_stored).collect(),
        due_on: due.map(|text| parse_date(&text).ok_or_else(|| bad("due_on", &text))).transpose()?,
        created_at: Timestamp::from_micros(row.get(8)?),
        updated_at: Timestamp::from_micros(row.get(9)?),
        customer_id: CustomerId::from_stored(id),
    })
}
