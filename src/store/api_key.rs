//! Rows of table `api_key`. The text of a key is nowhere in the file, only its SHA-256.

use rusqlite::{Row, named_params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::{ApiKey, KeyType};
use crate::error::Result;

/// Adds a key by the SHA-256 of its text.
///
/// # Errors
/// `Conflict` where the key is there already.
pub fn insert(tx: &mut WriteTx<'_>, key: &ApiKey, hash: &[u8; 32]) -> Result<()> {
    let ApiKey { id, user_id, kind, name, last_used_at: _ /* never yet */, created_at, updated_at } = key;
    tx.run(
        "INSERT INTO api_key (id, user_id, type, name, hash, created_at, updated_at)
         VALUES (:id, :user_id, :type, :name, :hash, :created_at, :updated_at)",
        named_params! {
            ":id": id.as_str(), ":user_id": user_id.as_str(), ":type": kind.as_str(), ":name": name,
            ":hash": hash.as_slice(), ":created_at": created_at.as_micros(), ":updated_at": updated_at.as_micros(),
        },
    )?;
    Ok(())
}

/// The key with this id.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch(tx: &ReadTx<'_>, id: &str) -> Result<Option<ApiKey>> {
    tx.one(
        "SELECT id, user_id, type, name, last_used_at, created_at, updated_at FROM api_key WHERE id = :id",
        named_params! { ":id": id },
        read,
    )
}

/// The key whose text has this SHA-256.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch_by_hash(tx: &ReadTx<'_>, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
    tx.one(
        "SELECT id, user_id, type, name, last_used_at, created_at, updated_at FROM api_key WHERE hash = :hash",
        named_params! { ":hash": hash.as_slice() },
        read,
    )
}

/// Every key, oldest first. A company has few: the table is not a growing one.
///
/// # Errors
/// `Internal` where a row breaks a rule.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<ApiKey>> {
    tx.all("SELECT id, user_id, type, name, last_used_at, created_at, updated_at FROM api_key ORDER BY key", [], read)
}

/// The keys of one user, oldest first.
///
/// # Errors
/// `Internal` where a row breaks a rule.
pub fn list_of_user(tx: &ReadTx<'_>, user_id: &UserId) -> Result<Vec<ApiKey>> {
    tx.all(
        "SELECT id, user_id, type, name, last_used_at, created_at, updated_at FROM api_key WHERE user_id = :user_id ORDER BY key",
        named_params! { ":user_id": user_id.as_str() },
        read,
    )
}

/// Notes that the key was used now.
///
/// # Errors
/// Whatever the store refuses.
pub fn update_used(tx: &mut WriteTx<'_>, id: &ApiKeyId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run("UPDATE api_key SET last_used_at = :now WHERE id = :id", named_params! { ":id": id.as_str(), ":now": now })?;
    Ok(())
}

/// Removes every key of a user.
///
/// # Errors
/// Whatever the store refuses.
pub fn delete_of_user(tx: &mut WriteTx<'_>, user_id: &UserId) -> Result<()> {
    tx.run("DELETE FROM api_key WHERE user_id = :user_id", named_params! { ":user_id": user_id.as_str() })?;
    Ok(())
}

/// Removes a key; it is refused from the next request on.
///
/// # Errors
/// Whatever the store refuses.
pub fn delete(tx: &mut WriteTx<'_>, id: &ApiKeyId) -> Result<()> {
    tx.run("DELETE FROM api_key WHERE id = :id", named_params! { ":id": id.as_str() })?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<ApiKey> {
    let id: String = row.get("id")?;
    let kind: String = row.get("type")?;
    Ok(ApiKey {
        kind: KeyType::parse(&kind).ok_or_else(|| bad_row("api_key", "type", &id, &kind))?,
        user_id: UserId::from_stored(row.get("user_id")?),
        name: row.get("name")?,
        last_used_at: row.get::<_, Option<i64>>("last_used_at")?.map(Timestamp::from_micros),
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: ApiKeyId::from_stored(id),
    })
}
