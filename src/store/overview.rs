//! The sums on the dashboard's first page. Each reads only rows that count, through a partial index made for it.

use rusqlite::{Row, params};

use super::ReadTx;
use super::error::bad_row;
use super::ledger::total_of;
use crate::domain::balance::within;
use crate::domain::currency::{Currency, Denomination};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Money of one currency, and how many rows it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) amount: Money,
    pub(crate) count: u64,
}

/// What is owed in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    /// All of it.
    pub(crate) due: Sum,
    /// What should have been paid by now.
    pub(crate) overdue: Sum,
    /// What the last payment was declined for.
    pub(crate) declined: Sum,
}

/// Money captured from `since` on and before `until`, by currency. Voided and returned payments are none.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn captured(tx: &ReadTx<'_>, since: Timestamp, until: Timestamp) -> Result<Vec<Sum>> {
    tx.all(
        "SELECT currency, SUM(captured_minor), COUNT(*) FROM txn INDEXED BY txn_received
         WHERE captured_at >= ?1 AND captured_at < ?2
           AND type IN ('sale', 'authorize') AND status IN ('pending_settlement', 'settled', 'refunded', 'partially_refunded')
         GROUP BY currency",
        params![since.as_micros(), until.as_micros()],
        |row| sum(row, "txn", 1),
    )
}

/// What customers owe on invoices at `now`, by currency.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn owed(tx: &ReadTx<'_>, now: Timestamp) -> Result<Vec<Owed>> {
    tx.all(
        "SELECT currency, SUM(total_minor - paid_minor), COUNT(*),
           SUM(CASE WHEN date_due < ?1 THEN total_minor - paid_minor ELSE 0 END), COUNT(CASE WHEN date_due < ?1 THEN 1 END),
           SUM(CASE WHEN status IN ('declined', 'failed') THEN total_minor - paid_minor ELSE 0 END),
           COUNT(CASE WHEN status IN ('declined', 'failed') THEN 1 END)
         FROM invoice INDEXED BY invoice_owed
         WHERE currency > '' AND status NOT IN ('paid', 'rejected', 'void') AND deleted_at IS NULL
         GROUP BY currency",
        [now.as_micros()],
        |row| {
            let part = |at| sum(row, "invoice", at);
            Ok(Owed { due: part(1)?, overdue: part(3)?, declined: part(5)? })
        },
    )
}

/// What invoices that are charged by themselves until `until` will ask for, by currency.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn to_collect(tx: &ReadTx<'_>, until: Timestamp) -> Result<Vec<Sum>> {
    tx.all(
        "SELECT currency, SUM(total_minor - paid_minor), COUNT(*) FROM invoice
         WHERE collect_at <= ?1 GROUP BY currency",
        [until.as_micros()],
        |row| sum(row, "invoice", 1),
    )
}

/// Subscriptions that become due until `until`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn count_to_bill(tx: &ReadTx<'_>, until: Timestamp) -> Result<u64> {
    count(tx.value("SELECT COUNT(*) FROM subscription WHERE due_at <= ?1", [until.as_micros()])?)
}

/// Subscriptions whose payments fail, and those that wait for a person's word.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn count_troubled(tx: &ReadTx<'_>) -> Result<(u64, u64)> {
    let failing = tx.value(
        "SELECT COUNT(*) FROM subscription INDEXED BY subscription_troubled
         WHERE key > 0 AND status IN ('failing', 'failed', 'error') AND deleted_at IS NULL",
        [],
    )?;
    let parked = tx.value(
        "SELECT COUNT(*) FROM subscription INDEXED BY subscription_parked
         WHERE key > 0 AND parked_reason IS NOT NULL AND deleted_at IS NULL",
        [],
    )?;
    Ok((count(failing)?, count(parked)?))
}

/// Payments that nobody can answer for yet: being confirmed, and left to a person.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn count_open_attempts(tx: &ReadTx<'_>) -> Result<(u64, u64)> {
    let found = tx.one(
        "SELECT COUNT(CASE WHEN state IN ('sending', 'unknown') THEN 1 END), COUNT(CASE WHEN state = 'review' THEN 1 END)
         FROM attempt INDEXED BY attempt_open
         WHERE key > 0 AND state IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review')",
        [],
        |row| Ok((count(row.get(0)?)?, count(row.get(1)?)?)),
    )?;
    Ok(found.unwrap_or_default())
}

/// What customers have paid ahead, by denomination, without those that come to nothing.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn prepaid(tx: &ReadTx<'_>) -> Result<Vec<(Denomination, i64)>> {
    tx.all(
        "SELECT denomination, SUM(credits_posted_high - debits_posted_high) AS held_high,
           SUM(credits_posted - debits_posted) AS held
         FROM ledger_account WHERE kind = 'customer_balance'
         GROUP BY denomination HAVING held <> 0 OR held_high <> 0 ORDER BY denomination",
        [],
        |row| {
            let text: String = row.get(0)?;
            let denomination = Denomination::parse(&text);
            let problem = || bad_row("ledger_account", "denomination", &text, "is no denomination");
            Ok((denomination.ok_or_else(problem)?, within(total_of(row.get(2)?, row.get(1)?))))
        },
    )
}

/// The amount in column `at` and the count behind it, in the currency of column 0.
fn sum(row: &Row<'_>, table: &str, at: usize) -> Result<Sum> {
    let code: String = row.get(0)?;
    let currency = Currency::parse(&code).ok_or_else(|| bad_row(table, "currency", "a sum", &code))?;
    Ok(Sum { amount: Money::new(row.get(at)?, currency)?, count: count(row.get(at + 1)?)? })
}

fn count(rows: i64) -> Result<u64> {
    u64::try_from(rows).map_err(crate::error::Error::internal)
}
