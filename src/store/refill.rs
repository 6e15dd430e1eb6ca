//! What auto refills bought, or were to buy. That no two of a balance are under way is an index of the schema.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::auto_refill::{Refill, RefillReason, RefillStatus};
use crate::domain::currency::Denomination;
use crate::domain::id::{CustomerId, RefillId, TransactionId};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Sums are read in two parts, so that no sum of amounts leaves the range of SQLite's integers.
const PART: i128 = 1_000_000;

/// Adds one that has begun.
///
/// # Errors
/// `Conflict` where another of its balance is under way.
pub(crate) fn insert(tx: &mut WriteTx<'_>, refill: &Refill) -> Result<()> {
    tx.run(
        "INSERT INTO refill (id, customer_id, denomination, number, reason, amount, charge_minor, txn_id, status,
           due_at, started_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)",
        params![
            refill.id.as_str(),
            refill.customer_id.as_str(),
            refill.denomination.as_str(),
            refill.number,
            refill.reason.as_str(),
            refill.amount,
            refill.charge_minor,
            refill.transaction_id.as_ref().map(TransactionId::as_str),
            refill.status.as_str(),
            refill.due_at.map(Timestamp::as_micros),
            refill.started_at.as_micros(),
            refill.created_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Writes what became of one.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_status(tx: &mut WriteTx<'_>, id: &RefillId, status: RefillStatus) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run("UPDATE refill SET status = ?2, updated_at = ?3 WHERE id = ?1", params![id.as_str(), status.as_str(), now])?;
    Ok(())
}

/// The one with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &RefillId) -> Result<Option<Refill>> {
    tx.one(
        "SELECT id, customer_id, denomination, number, reason, amount, charge_minor, txn_id, status, due_at,
           started_at, created_at
         FROM refill WHERE id = ?1",
        [id.as_str()],
        from_row,
    )
}

/// Whether one of a balance is under way.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn is_under_way(tx: &ReadTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<bool> {
    let found = tx.one(
        "SELECT 1 FROM refill WHERE customer_id = ?1 AND denomination = ?2 AND status = 'confirming'",
        params![customer.as_str(), denomination.as_str()],
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    Ok(found.is_some())
}

/// The number of the next one of a balance.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_number(tx: &ReadTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<i64> {
    let last = tx.one(
        "SELECT number FROM refill WHERE customer_id = ?1 AND denomination = ?2 ORDER BY number DESC LIMIT 1",
        params![customer.as_str(), denomination.as_str()],
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    Ok(last.unwrap_or(0).saturating_add(1))
}

/// What those of a balance have cost, or may yet cost, that started at `since` or later, minor units.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn used_since(
    tx: &ReadTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    since: Timestamp,
) -> Result<i128> {
    let found = tx.one(
        "SELECT COALESCE(SUM(charge_minor / 1000000), 0), COALESCE(SUM(charge_minor % 1000000), 0) FROM refill
         WHERE customer_id = ?1 AND denomination = ?2 AND started_at >= ?3 AND status IN ('confirming', 'succeeded')",
        params![customer.as_str(), denomination.as_str(), since.as_micros()],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    )?;
    let (millions, rest) = found.unwrap_or_default();
    Ok(i128::from(millions).saturating_mul(PART).saturating_add(rest.into()))
}

fn from_row(row: &Row<'_>) -> Result<Refill> {
    let id: String = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row("refill", column, &id, text);
    let (denomination, reason, status): (String, String, String) = (row.get(2)?, row.get(4)?, row.get(8)?);
    Ok(Refill {
        customer_id: CustomerId::from_stored(row.get(1)?),
        denomination: Denomination::parse(&denomination).ok_or_else(|| bad("denomination", &denomination))?,
        number: row.get(3)?,
        reason: RefillReason::parse(&reason).ok_or_else(|| bad("reason", &reason))?,
        amount: row.get(5)?,
        charge_minor: row.get(6)?,
        transaction_id: row.get::<_, Option<String>>(7)?.map(TransactionId::from_stored),
        status: RefillStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        due_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_micros),
        started_at: Timestamp::from_micros(row.get(10)?),
        created_at: Timestamp::from_micros(row.get(11)?),
        id: RefillId::from_stored(id),
    })
}
