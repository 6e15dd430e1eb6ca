//! Rows of table `setup_link`: one-time links to the dashboard and codes that reset a password, by the SHA-256 of
//! their secrets.

use rusqlite::named_params;

use super::{ReadTx, WriteTx};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a link for `user_id`, good until `expires_at`. One for nobody opens nothing, but is written like any other.
///
/// # Errors
/// Whatever the store refuses.
pub fn insert(tx: &mut WriteTx<'_>, hash: &[u8; 32], user_id: Option<&UserId>, expires_at: Timestamp) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO setup_link (hash, user_id, created_at, expires_at) VALUES (:hash, :user_id, :now, :expires_at)",
        named_params! {
            ":hash": hash.as_slice(), ":user_id": user_id.map(UserId::as_str), ":now": now,
            ":expires_at": expires_at.as_micros(),
        },
    )?;
    Ok(())
}

/// Whose link this is and when it ends, if it still opens at `now`; it stays unused.
///
/// # Errors
/// Where the file cannot be read.
pub fn fetch_open(tx: &ReadTx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<(UserId, Timestamp)>> {
    tx.one(
        "SELECT user_id, expires_at FROM setup_link
         WHERE hash = :hash AND user_id IS NOT NULL AND used_at IS NULL AND expires_at > :now",
        named_params! { ":hash": hash.as_slice(), ":now": now.as_micros() },
        |row| Ok((UserId::from_stored(row.get(0)?), Timestamp::from_micros(row.get(1)?))),
    )
}

/// Uses the link up; its user, if it still opened at `now`. Finding and using are one statement, so two clicks open once.
///
/// `now` is the clock's, as in [`fetch_open`]: a command beside a server with a test clock may have moved `tx.now()`.
///
/// # Errors
/// Whatever the store refuses.
pub fn take(tx: &mut WriteTx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<UserId>> {
    let used_at = tx.now().as_micros();
    tx.one(
        "UPDATE setup_link SET used_at = :used_at
         WHERE hash = :hash AND user_id IS NOT NULL AND used_at IS NULL AND expires_at > :now
         RETURNING user_id",
        named_params! { ":hash": hash.as_slice(), ":used_at": used_at, ":now": now.as_micros() },
        |row| Ok(UserId::from_stored(row.get(0)?)),
    )
}

/// Removes every link of a user but `keep`.
///
/// # Errors
/// Whatever the store refuses.
pub fn delete_of_user(tx: &mut WriteTx<'_>, user_id: &UserId, keep: &[u8]) -> Result<()> {
    tx.run(
        "DELETE FROM setup_link WHERE user_id = :user_id AND hash <> :keep",
        named_params! { ":user_id": user_id.as_str(), ":keep": keep },
    )?;
    Ok(())
}

/// Removes links that ended before `before`; answers how many.
///
/// # Errors
/// Whatever the store refuses.
pub fn prune(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<usize> {
    tx.run("DELETE FROM setup_link WHERE expires_at < :before", named_params! { ":before": before.as_micros() })
}
