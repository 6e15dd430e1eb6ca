//! The one row of table `signing_key`: the sealed primes of the key that signs orders.

use rusqlite::params;

use super::{ReadTx, WriteTx};
use crate::error::Result;

/// The sealed primes, once there are some.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch(tx: &ReadTx<'_>) -> Result<Option<Vec<u8>>> {
    tx.one("SELECT sealed FROM signing_key WHERE key = 1", [], |row| Ok(row.get(0)?))
}

/// Stores the primes, unless there are some.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert_first(tx: &mut WriteTx<'_>, sealed: &[u8]) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO signing_key (key, sealed, created_at) VALUES (1, ?1, ?2) ON CONFLICT (key) DO NOTHING",
        params![sealed, now],
    )?;
    Ok(())
}

/// Stores the same primes sealed anew.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_sealed(tx: &mut WriteTx<'_>, sealed: &[u8]) -> Result<()> {
    tx.run("UPDATE signing_key SET sealed = ?1 WHERE key = 1", [sealed])?;
    Ok(())
}
