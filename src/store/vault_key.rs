//! Rows of table `vault_key`: the vault's keys, each sealed under the key file's key. No open key is ever in the file.

use rusqlite::named_params;

use super::{ReadTx, WriteTx};
use crate::error::Result;

/// A sealed key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its number; 0 is the root key.
    pub id: u32,
    /// The key, sealed.
    pub wrapped: Vec<u8>,
    /// Whether it only opens what it once sealed.
    pub is_retired: bool,
}

/// Adds a key, or stores it sealed anew under its number.
///
/// # Errors
/// Whatever the store refuses.
pub fn put(tx: &mut WriteTx<'_>, key: &StoredKey) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO vault_key (id, wrapped, retired, created_at) VALUES (:id, :wrapped, :retired, :now)
         ON CONFLICT (id) DO UPDATE SET wrapped = excluded.wrapped, retired = excluded.retired",
        named_params! { ":id": key.id, ":wrapped": key.wrapped, ":retired": key.is_retired, ":now": now },
    )?;
    Ok(())
}

/// Marks every data key but `current` as one that only opens.
///
/// # Errors
/// Whatever the store refuses.
pub fn retire_all_but(tx: &mut WriteTx<'_>, current: u32) -> Result<()> {
    tx.run(
        "UPDATE vault_key SET retired = 1 WHERE id <> 0 AND id <> :current AND retired = 0",
        named_params! { ":current": current },
    )?;
    Ok(())
}

/// Every key, by number. One is added by each rotation: the table is not a growing one.
///
/// # Errors
/// Where the file cannot be read.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<StoredKey>> {
    tx.all("SELECT id, wrapped, retired FROM vault_key ORDER BY id", [], |row| {
        Ok(StoredKey { id: row.get("id")?, wrapped: row.get("wrapped")?, is_retired: row.get("retired")? })
    })
}
