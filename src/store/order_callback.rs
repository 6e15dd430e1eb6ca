//! Calls that tell the merchant's program of orders, while they are to be made.

use rusqlite::params;

use super::{ReadTx, WriteTx};
use crate::domain::id::SalesOrderId;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A call to make.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    /// Its row.
    pub(crate) key: i64,
    /// Of which order.
    pub(crate) order_id: SalesOrderId,
    /// Where.
    pub(crate) url: String,
    /// Tries so far.
    pub(crate) tries: u32,
}

/// Adds a call, due now; one that waits for the same order tells the newest anyway.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, order: &SalesOrderId, url: &str) -> Result<()> {
    let (now, due) = (tx.now().as_micros(), tx.clock_now().as_micros());
    tx.run(
        "INSERT INTO order_callback (order_id, url, send_at, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![order.as_str(), url, due, now],
    )?;
    Ok(())
}

/// Calls that are due by `now`, the earliest first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_due(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Due>> {
    tx.all(
        "SELECT key, order_id, url, tries FROM order_callback WHERE send_at <= ?1 ORDER BY send_at, key LIMIT ?2",
        params![now.as_micros(), limit],
        |row| {
            let order_id = SalesOrderId::from_stored(row.get(1)?);
            Ok(Due { key: row.get(0)?, order_id, url: row.get(2)?, tries: row.get(3)? })
        },
    )
}

/// When the next call is due.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_due_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    tx.one("SELECT send_at FROM order_callback ORDER BY send_at LIMIT 1", [], |row| {
        Ok(Timestamp::from_micros(row.get(0)?))
    })
}

/// The call failed: it is made again later.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn put_off(tx: &mut WriteTx<'_>, key: i64, until: Timestamp) -> Result<()> {
    tx.run(
        "UPDATE order_callback SET tries = tries + 1, send_at = ?2 WHERE key = ?1",
        params![key, until.as_micros()],
    )?;
    Ok(())
}

/// The call was made, or was made in vain often enough.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, key: i64) -> Result<()> {
    tx.run("DELETE FROM order_callback WHERE key = ?1", [key])?;
    Ok(())
}
