//! Repeated requests: the same key with the same content gets the first result, with other content a refusal.
//!
//! Claim and record happen in the transaction that makes the result, so there is no moment between them. What is kept
//! is the id of the result, not an answer: every dialect renders it its own way.

use super::App;
use crate::auth::hashes_equal;
use crate::error::{Error, Result};
use crate::store::WriteTx;
use crate::store::idempotency::{self, Recorded};

/// How long keys are kept where a dialect says nothing else, microseconds (24 hours).
pub const TTL_DEFAULT: i64 = crate::domain::time::DAY;
/// How long the names of whole requests are kept, microseconds (RELIABILITY.md 3.5; the promised hour is a minimum).
pub const TTL_DEDUPE: i64 = 30 * crate::domain::time::DAY;
/// How long the gateway keeps them, microseconds (facts-gateway.md: `idempotency_time` 300).
pub const TTL_GATEWAY: i64 = 5 * crate::domain::time::MINUTE;

/// Rows removed in one write.
const PRUNE_MAX: u32 = 1_000;

/// Whether the request is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Do the work, then [`record_in`].
    New,
    /// It was done before: show this again.
    Replay {
        /// The noun: "transaction".
        kind: String,
        /// Its id.
        id: String,
    },
}

/// Looks the key up. `scope` is `Caller::idempotency_scope`, `command_hash` comes from [`App::command_hash`].
///
/// # Errors
/// `IdempotencyMismatch` where the key was used with another content.
pub fn claim_in(tx: &WriteTx<'_>, scope: &str, key: &str, command_hash: &[u8; 32]) -> Result<Claim> {
    match idempotency::fetch(tx, scope, key, tx.now())? {
        None => Ok(Claim::New),
        Some(found) if hashes_equal(&found.command_hash, command_hash) => {
            Ok(Claim::Replay { kind: found.result_kind, id: found.result_id })
        }
        Some(_) => Err(Error::IdempotencyMismatch),
    }
}

/// Notes what the request made, for `ttl_us` microseconds from now.
///
/// # Errors
/// Whatever the store refuses.
pub fn record_in(
    tx: &mut WriteTx<'_>,
    scope: &str,
    key: &str,
    command_hash: &[u8; 32],
    ttl_us: i64,
    (kind, id): (&str, &str),
) -> Result<()> {
    let expires_at = tx.now().plus(ttl_us);
    let made = Recorded { command_hash: *command_hash, result_kind: kind.to_owned(), result_id: id.to_owned() };
    idempotency::put(tx, scope, key, &made, expires_at)
}

impl App {
    /// The keyed hash of a decoded command: a plain hash of input that holds a card number could be guessed.
    pub fn command_hash(&self, command: &[u8]) -> [u8; 32] {
        self.vault().fingerprint("command", command)
    }

    /// Removes the rows that expired, in bounded writes; answers how many. For the nightly job.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn idempotency_prune(&self) -> Result<usize> {
        let mut removed = 0usize;
        loop {
            let count = self.store().write(|tx| idempotency::delete_expired(tx, PRUNE_MAX)).await?;
            removed = removed.saturating_add(count);
            if count == 0 {
                return Ok(removed);
            }
        }
    }
}

#[cfg(test)]
#[path = "idempotency_tests.rs"]
mod tests;
