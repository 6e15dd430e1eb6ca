//! Rows of table `wallet_key`: the merchant's keys at Apple Pay and Google Pay. A merchant has few: the table is not a
//! growing one.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::id::WalletKeyId;
use crate::domain::time::Timestamp;
use crate::domain::wallet::{Wallet, WalletKey};
use crate::error::Result;

/// Adds a key.
///
/// # Errors
/// `Conflict` where the merchant has one at this wallet under this name.
pub(crate) fn insert(tx: &mut WriteTx<'_>, key: &WalletKey) -> Result<()> {
    let WalletKey { id, wallet, merchant_id, sealed, trusted_json, created_at } = key;
    tx.run(
        "INSERT INTO wallet_key (id, wallet, merchant_id, sealed, trusted_json, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id.as_str(), wallet.as_str(), merchant_id, sealed, trusted_json, created_at.as_micros()],
    )?;
    Ok(())
}

/// Every key, oldest first.
///
/// # Errors
/// `Internal` where a row breaks a rule.
pub(crate) fn list(tx: &ReadTx<'_>) -> Result<Vec<WalletKey>> {
    tx.all("SELECT id, wallet, merchant_id, sealed, trusted_json, created_at FROM wallet_key ORDER BY key", [], read)
}

/// Writes a key sealed anew.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_sealed(tx: &mut WriteTx<'_>, id: &WalletKeyId, sealed: &[u8]) -> Result<()> {
    tx.run("UPDATE wallet_key SET sealed = ?2 WHERE id = ?1", params![id.as_str(), sealed])?;
    Ok(())
}

/// Takes a key away; its bytes are overwritten in the file (secure_delete). Whether there was one.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &WalletKeyId) -> Result<bool> {
    Ok(tx.run("DELETE FROM wallet_key WHERE id = ?1", [id.as_str()])? == 1)
}

/// Notes that a token was used; `false` where it was before.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn spend(tx: &mut WriteTx<'_>, hash: &[u8; 32], until: Timestamp) -> Result<bool> {
    let added = tx.run(
        "INSERT INTO wallet_token (hash, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![hash.as_slice(), until.as_micros()],
    )?;
    Ok(added == 1)
}

/// Forgets used tokens that are too old to be used again, at most `limit`; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn forget_expired(tx: &mut WriteTx<'_>, limit: u32) -> Result<usize> {
    let now = tx.now().as_micros();
    tx.run(
        "DELETE FROM wallet_token WHERE hash IN (SELECT hash FROM wallet_token WHERE expires_at <= ?1 LIMIT ?2)",
        params![now, limit],
    )
}

/// When the next used token may be forgotten.
///
/// # Errors
/// Where the file cannot be read.
pub(crate) fn next_expiry(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let at: Option<i64> = tx.value("SELECT MIN(expires_at) FROM wallet_token", [])?;
    Ok(at.map(Timestamp::from_micros))
}

fn read(row: &Row<'_>) -> Result<WalletKey> {
    let (id, wallet): (String, String) = (row.get("id")?, row.get("wallet")?);
    Ok(WalletKey {
        wallet: Wallet::parse(&wallet).ok_or_else(|| bad_row("wallet_key", "wallet", &id, &wallet))?,
        id: WalletKeyId::from_stored(id),
        merchant_id: row.get("merchant_id")?,
        sealed: row.get("sealed")?,
        trusted_json: row.get("trusted_json")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
    })
}
