//! Rows of table `idempotency`: which request with which content made what. An expired row counts as none.

use rusqlite::named_params;

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// What an earlier request with the same key was and made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Keyed hash of its decoded command.
    pub command_hash: [u8; 32],
    /// The noun it made: "transaction".
    pub result_kind: String,
    /// The id of what it made.
    pub result_id: String,
}

/// The row of `scope` and `key` that is in force at `now`.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch(tx: &ReadTx<'_>, scope: &str, key: &str, now: Timestamp) -> Result<Option<Recorded>> {
    tx.one(
        "SELECT command_hash, result_kind, result_id FROM idempotency
         WHERE scope = :scope AND key = :key AND expires_at > :now",
        named_params! { ":scope": scope, ":key": key, ":now": now.as_micros() },
        |row| {
            let hash: Vec<u8> = row.get("command_hash")?;
            Ok(Recorded {
                command_hash: hash
                    .try_into()
                    .map_err(|_| bad_row("idempotency", "command_hash", key, "is not 32 bytes"))?,
                result_kind: row.get("result_kind")?,
                result_id: row.get("result_id")?,
            })
        },
    )
}

/// Records what a request made; takes the place of an expired row.
///
/// # Errors
/// Whatever the store refuses.
pub fn put(tx: &mut WriteTx<'_>, scope: &str, key: &str, made: &Recorded, expires_at: Timestamp) -> Result<()> {
    let now = tx.now().as_micros();
    let Recorded { command_hash, result_kind, result_id } = made;
    tx.run(
        "INSERT INTO idempotency (scope, key, command_hash, result_kind, result_id, created_at, expires_at)
         VALUES (:scope, :key, :command_hash, :result_kind, :result_id, :now, :expires_at)
         ON CONFLICT (scope, key) DO UPDATE SET command_hash = excluded.command_hash,
           result_kind = excluded.result_kind, result_id = excluded.result_id, created_at = excluded.created_at,
           expires_at = excluded.expires_at",
        named_params! {
            ":scope": scope, ":key": key, ":command_hash": command_hash.as_slice(), ":result_kind": result_kind,
            ":result_id": result_id, ":now": now, ":expires_at": expires_at.as_micros(),
        },
    )?;
    Ok(())
}

/// Removes at most `limit` rows that have expired, but none whose transaction is still being confirmed; answers how
/// many.
///
/// # Errors
/// Whatever the store refuses.
pub fn delete_expired(tx: &mut WriteTx<'_>, limit: u32) -> Result<usize> {
    let now = tx.now().as_micros();
    tx.run(
        "DELETE FROM idempotency WHERE (scope, key) IN
           (SELECT scope, key FROM idempotency WHERE expires_at <= :now
              AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.txn_id = idempotency.result_id AND attempt.state
                IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review'))
            ORDER BY expires_at LIMIT :limit)",
        named_params! { ":now": now, ":limit": limit },
    )
}
