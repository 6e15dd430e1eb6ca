//! Rows of table `session`: logins in force, by the SHA-256 of their tokens.

use rusqlite::{Row, named_params};

use super::{ReadTx, WriteTx};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::user::Session;
use crate::error::Result;

/// Adds a session.
///
/// # Errors
/// Whatever the store refuses.
pub fn insert(tx: &mut WriteTx<'_>, session: &Session) -> Result<()> {
    let Session { hash, user_id, created_at, last_seen_at } = session;
    tx.run(
        "INSERT INTO session (hash, user_id, created_at, last_seen_at)
         VALUES (:hash, :user_id, :created_at, :last_seen_at)",
        named_params! {
            ":hash": hash.as_slice(), ":user_id": user_id.as_str(), ":created_at": created_at.as_micros(),
            ":last_seen_at": last_seen_at.as_micros(),
        },
    )?;
    Ok(())
}

/// The session whose token has this SHA-256.
///
/// # Errors
/// Where the file cannot be read.
pub fn fetch(tx: &ReadTx<'_>, hash: &[u8; 32]) -> Result<Option<Session>> {
    tx.one(
        "SELECT hash, user_id, created_at, last_seen_at FROM session WHERE hash = :hash",
        named_params! { ":hash": hash.as_slice() },
        read,
    )
}

/// Notes that the session was used now.
///
/// # Errors
/// Whatever the store refuses.
pub fn update_seen(tx: &mut WriteTx<'_>, hash: &[u8; 32]) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE session SET last_seen_at = :now WHERE hash = :hash",
        named_params! { ":hash": hash.as_slice(), ":now": now },
    )?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Whatever the store refuses.
pub fn delete(tx: &mut WriteTx<'_>, hash: &[u8; 32]) -> Result<()> {
    tx.run("DELETE FROM session WHERE hash = :hash", named_params! { ":hash": hash.as_slice() })?;
    Ok(())
}

/// Ends every session of a user but `keep`.
///
/// # Errors
/// Whatever the store refuses.
pub fn delete_of_user(tx: &mut WriteTx<'_>, user_id: &UserId, keep: &[u8]) -> Result<()> {
    tx.run(
        "DELETE FROM session WHERE user_id = :user_id AND hash <> :keep",
        named_params! { ":user_id": user_id.as_str(), ":keep": keep },
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        hash: row.get("hash")?,
        user_id: UserId::from_stored(row.get("user_id")?),
        created_at: Timestamp::from_micros(row.get("created_at")?),
        last_seen_at: Timestamp::from_micros(row.get("last_seen_at")?),
    })
}

/// Removes sessions opened before `before`, at most a thousand; answers how many.
///
/// # Errors
/// Whatever the store refuses.
pub fn prune(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<usize> {
    tx.run(
        "DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE created_at < ?1 LIMIT 1000)",
        [before.as_micros()],
    )
}
