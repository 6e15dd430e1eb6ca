//! One-time pages on which an account's customer enters a card; only the hash of a page's secret is kept.

use rusqlite::params;

use super::{ReadTx, WriteTx};
use crate::domain::id::CustomerId;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a page, made now.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, hash: &[u8; 32], customer: &CustomerId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO card_collector (hash, customer_id, created_at) VALUES (?1, ?2, ?3)",
        params![hash, customer.as_str(), now],
    )?;
    Ok(())
}

/// When the newest page of a customer that nobody used was made.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn open_of(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Option<Timestamp>> {
    tx.one(
        "SELECT created_at FROM card_collector WHERE customer_id = ?1 AND used_at IS NULL
         ORDER BY created_at DESC LIMIT 1",
        [customer.as_str()],
        |row| Ok(Timestamp::from_micros(row.get(0)?)),
    )
}

/// Whose page this is, while nobody has used it.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch_open(tx: &ReadTx<'_>, hash: &[u8; 32]) -> Result<Option<CustomerId>> {
    tx.one("SELECT customer_id FROM card_collector WHERE hash = ?1 AND used_at IS NULL", [hash], |row| {
        Ok(CustomerId::from_stored(row.get(0)?))
    })
}

/// Uses a page up; answers whether it was open.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn use_up(tx: &mut WriteTx<'_>, hash: &[u8; 32]) -> Result<bool> {
    let now = tx.now().as_micros();
    Ok(tx.run("UPDATE card_collector SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL", params![hash, now])? == 1)
}
