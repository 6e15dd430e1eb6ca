//! Rows of table `login_link`: links that open a customer's pages, by the SHA-256 of their secrets.

use rusqlite::{Row, params};

use super::{ReadTx, WriteTx};
use crate::domain::id::{CustomerId, LoginLinkId};
use crate::domain::login_link::LoginLink;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// What is written of a new link.
pub(crate) struct NewRow<'a> {
    /// Its id.
    pub(crate) id: &'a LoginLinkId,
    /// SHA-256 of its secret.
    pub(crate) hash: [u8; 32],
    /// Whose it is; one of nobody opens nothing, but is written like any other.
    pub(crate) customer_id: Option<&'a CustomerId>,
    /// SHA-256 of the code that whoever asked for it can show.
    pub(crate) asked_hash: Option<[u8; 32]>,
    /// What the merchant noted.
    pub(crate) contact: &'a str,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// Adds a link, made now.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, new: &NewRow<'_>) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO login_link (id, hash, customer_id, asked_hash, contact, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            new.id.as_str(),
            new.hash,
            new.customer_id.map(CustomerId::as_str),
            new.asked_hash,
            new.contact,
            now,
            new.expires_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// The link whose secret has this SHA-256, in whatever state, and the SHA-256 of its code where it has one.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch_by_hash(tx: &ReadTx<'_>, hash: &[u8; 32]) -> Result<Option<(LoginLink, Option<[u8; 32]>)>> {
    tx.one(
        "SELECT id, customer_id, contact, created_at, expires_at, used_at, asked_hash FROM login_link
         WHERE hash = ?1 AND customer_id IS NOT NULL",
        [hash],
        |row| Ok((from_row(row)?, row.get("asked_hash")?)),
    )
}

/// The link with this id.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &LoginLinkId) -> Result<Option<LoginLink>> {
    tx.one(
        "SELECT id, customer_id, contact, created_at, expires_at, used_at FROM login_link
         WHERE id = ?1 AND customer_id IS NOT NULL",
        [id.as_str()],
        from_row,
    )
}

/// Uses a link up; whether it was open at `now`. Finding and using are one statement, so 200 clicks open once.
///
/// `now` is the clock's: a link does not live longer because the file's own time ran ahead.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn take(tx: &mut WriteTx<'_>, id: &LoginLinkId, now: Timestamp) -> Result<bool> {
    let used_at = tx.now().as_micros();
    let taken = tx.run(
        "UPDATE login_link SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL AND expires_at > ?3",
        params![id.as_str(), used_at, now.as_micros()],
    )?;
    Ok(taken == 1)
}

/// The newest links of a customer, newest first, at most `limit`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_of(tx: &ReadTx<'_>, customer_id: &CustomerId, limit: u32) -> Result<Vec<LoginLink>> {
    tx.all(
        "SELECT id, customer_id, contact, created_at, expires_at, used_at FROM login_link
         WHERE customer_id = ?1 ORDER BY key DESC LIMIT ?2",
        params![customer_id.as_str(), limit],
        from_row,
    )
}

/// How many of the customer's newest `limit` links they asked for themselves after `after`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn count_asked(tx: &ReadTx<'_>, customer_id: &CustomerId, after: Timestamp, limit: u32) -> Result<u32> {
    let found = tx.one(
        "SELECT COUNT(*) AS asked FROM (SELECT created_at FROM login_link
             WHERE customer_id = ?1 AND asked_hash IS NOT NULL ORDER BY key DESC LIMIT ?3)
         WHERE created_at > ?2",
        params![customer_id.as_str(), after.as_micros(), limit],
        |row| Ok(row.get(0)?),
    )?;
    Ok(found.unwrap_or(0))
}

/// Removes links that ended before `before`, at most a thousand; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn prune(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<usize> {
    tx.run(
        "DELETE FROM login_link WHERE key IN (SELECT key FROM login_link WHERE expires_at < ?1 LIMIT 1000)",
        [before.as_micros()],
    )
}

fn from_row(row: &Row<'_>) -> Result<LoginLink> {
    Ok(LoginLink {
        id: LoginLinkId::from_stored(row.get("id")?),
        customer_id: CustomerId::from_stored(row.get("customer_id")?),
        contact: row.get("contact")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        expires_at: Timestamp::from_micros(row.get("expires_at")?),
        used_at: row.get::<_, Option<i64>>("used_at")?.map(Timestamp::from_micros),
    })
}
