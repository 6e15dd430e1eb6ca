//! Rows of table `customer_session`: customers who are logged in to their pages, by the SHA-256 of their tokens.

use rusqlite::params;

use super::{ReadTx, WriteTx};
use crate::domain::id::CustomerId;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A customer's session.
pub(crate) struct CustomerSession {
    /// Whose it is.
    pub(crate) customer_id: CustomerId,
    /// When it began.
    pub(crate) created_at: Timestamp,
    /// When it was last used, to the minute.
    pub(crate) last_seen_at: Timestamp,
}

/// Adds a session that begins now.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, hash: &[u8; 32], customer_id: &CustomerId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO customer_session (hash, customer_id, created_at, last_seen_at) VALUES (?1, ?2, ?3, ?3)",
        params![hash, customer_id.as_str(), now],
    )?;
    Ok(())
}

/// The session whose token has this SHA-256.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch(tx: &ReadTx<'_>, hash: &[u8; 32]) -> Result<Option<CustomerSession>> {
    tx.one("SELECT customer_id, created_at, last_seen_at FROM customer_session WHERE hash = ?1", [hash], |row| {
        Ok(CustomerSession {
            customer_id: CustomerId::from_stored(row.get(0)?),
            created_at: Timestamp::from_micros(row.get(1)?),
            last_seen_at: Timestamp::from_micros(row.get(2)?),
        })
    })
}

/// Notes that the session was used now.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_seen(tx: &mut WriteTx<'_>, hash: &[u8; 32]) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run("UPDATE customer_session SET last_seen_at = ?2 WHERE hash = ?1", params![hash, now])?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, hash: &[u8; 32]) -> Result<()> {
    tx.run("DELETE FROM customer_session WHERE hash = ?1", [hash])?;
    Ok(())
}

/// Ends every session of a customer but `keep`; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete_of(tx: &mut WriteTx<'_>, customer_id: &CustomerId, keep: &[u8]) -> Result<usize> {
    tx.run("DELETE FROM customer_session WHERE customer_id = ?1 AND hash <> ?2", params![customer_id.as_str(), keep])
}

/// Removes sessions opened before `before`, at most a thousand; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn prune(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<usize> {
    tx.run(
        "DELETE FROM customer_session WHERE hash IN
             (SELECT hash FROM customer_session WHERE created_at < ?1 LIMIT 1000)",
        [before.as_micros()],
    )
}
