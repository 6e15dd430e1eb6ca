//! Rows of table `method_token`: cards and bank accounts behind tokens that are good once. Deleted bytes are overwritten
//! in the file (secure_delete).

use rusqlite::params;

use super::{ReadTx, WriteTx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a token by its SHA-256.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, hash: &[u8; 32], sealed: &[u8], expires_at: Timestamp) -> Result<()> {
    tx.run(
        "INSERT INTO method_token (hash, sealed, expires_at) VALUES (?1, ?2, ?3)",
        params![hash.as_slice(), sealed, expires_at.as_micros()],
    )?;
    Ok(())
}

/// What is sealed behind a token that is good at `now`.
///
/// # Errors
/// Where the file cannot be read.
pub(crate) fn fetch(tx: &ReadTx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<Vec<u8>>> {
    tx.one(
        "SELECT sealed FROM method_token WHERE hash = ?1 AND expires_at > ?2",
        params![hash.as_slice(), now.as_micros()],
        |row| Ok(row.get(0)?),
    )
}

/// Uses a token up; whether it was still good.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn redeem(tx: &mut WriteTx<'_>, hash: &[u8; 32]) -> Result<bool> {
    let now = tx.now().as_micros();
    let gone = tx.run("DELETE FROM method_token WHERE hash = ?1 AND expires_at > ?2", params![hash.as_slice(), now])?;
    Ok(gone == 1)
}

/// Deletes what has expired, at most `limit`; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete_expired(tx: &mut WriteTx<'_>, limit: u32) -> Result<usize> {
    let now = tx.now().as_micros();
    tx.run(
        "DELETE FROM method_token WHERE hash IN (SELECT hash FROM method_token WHERE expires_at <= ?1 LIMIT ?2)",
        params![now, limit],
    )
}

/// When the next token expires.
///
/// # Errors
/// Where the file cannot be read.
pub(crate) fn next_expiry(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let at: Option<i64> = tx.value("SELECT MIN(expires_at) FROM method_token", [])?;
    Ok(at.map(Timestamp::from_micros))
}

/// At most `limit` tokens after `after`, for a rotation of keys.
///
/// # Errors
/// Where the file cannot be read.
pub(crate) fn list_sealed(tx: &ReadTx<'_>, after: &[u8; 32], limit: u32) -> Result<Vec<([u8; 32], Vec<u8>)>> {
    tx.all(
        "SELECT hash, sealed FROM method_token WHERE hash > ?1 ORDER BY hash LIMIT ?2",
        params![after.as_slice(), limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Stores what a token stands for, sealed anew.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_sealed(tx: &mut WriteTx<'_>, hash: &[u8; 32], sealed: &[u8]) -> Result<()> {
    tx.run("UPDATE method_token SET sealed = ?2 WHERE hash = ?1", params![hash.as_slice(), sealed])?;
    Ok(())
}
