//! A request that is sent again: with the same idempotency key it is done once, and answered with what it made.
//!
//! A key counts for its time and for as long as nobody can say what became of its request: an unknown outcome never
//! becomes a second charge because a key has expired.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::idempotency::{Claim, TTL_DEFAULT, claim_in, record_in};
use crate::auth::hashes_equal;
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::id::TransactionId;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

/// What is recorded as made: every verb here makes or changes a transaction.
const KIND: &str = "transaction";

/// A caller's idempotency key for one command.
pub(super) struct Key {
    pub(super) scope: String,
    pub(super) key: String,
    pub(super) hash: [u8; 32],
    pub(super) ttl_us: i64,
}

impl App {
    /// The key in the head of the request, if it has one. `canonical` is the decoded command in a fixed form.
    ///
    /// # Errors
    /// `Invalid` for an empty or too long key.
    pub(super) fn header_key(&self, caller: &Caller, canonical: &[u8]) -> Result<Vec<Key>> {
        let Some(key) = caller.idempotency_key.clone() else { return Ok(Vec::new()) };
        let scope = format!("{}/header", caller.idempotency_scope());
        let keys = vec![Key { scope, key, hash: self.command_hash(canonical), ttl_us: TTL_DEFAULT }];
        check_lengths(&keys)?;
        Ok(keys)
    }

    /// The transaction that an earlier request with the same key made or changed, once its answer is there.
    ///
    /// # Errors
    /// `Conflict` while that request is still on its way; `NotFound` for somebody else's.
    pub(super) fn replay(&self, caller: &Caller, id: &TransactionId) -> Result<Transaction> {
        let (transaction, attempts) = self.store().read(|tx| {
            let found = store::transaction::fetch(tx, id)?;
            Ok((found, store::attempt::list_of_transaction(tx, id)?))
        })?;
        if self.is_under_way(&attempts) {
            return Err(Error::Conflict("the first request with this idempotency key is still on its way".to_owned()));
        }
        transaction
            .filter(|found| super::may_see(caller, found))
            .ok_or_else(|| Error::not_found("transaction", id.as_str()))
    }
}

impl App {
    /// Whether a request of this process for the transaction waits for its answer.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(crate) fn transaction_is_under_way(&self, id: &TransactionId) -> Result<bool> {
        let attempts = self.store().read(|tx| store::attempt::list_of_transaction(tx, id))?;
        Ok(self.is_under_way(&attempts))
    }

    fn is_under_way(&self, attempts: &[Attempt]) -> bool {
        let boot_id = self.boot_id();
        attempts.iter().any(|attempt| {
            matches!(attempt.state, AttemptState::Intent | AttemptState::Prepared)
                || (attempt.state == AttemptState::Sending && attempt.boot_id == boot_id)
        })
    }
}

/// Refuses keys that are empty or too long.
///
/// # Errors
/// `Invalid`.
pub(super) fn check_lengths(keys: &[Key]) -> Result<()> {
    if keys.iter().any(|key| key.key.is_empty() || key.key.len() > limits::IDEMPOTENCY_KEY_MAX_BYTES) {
        return Err(Error::invalid("idempotency_key", "must have 1 to 255 characters"));
    }
    Ok(())
}

/// The transaction that one of the keys already made or changed.
///
/// # Errors
/// `IdempotencyMismatch` where a key was used for something else.
pub(super) fn replayed_in(tx: &WriteTx<'_>, keys: &[Key]) -> Result<Option<TransactionId>> {
    for Key { scope, key, hash, .. } in keys {
        match claim_in(tx, scope, key, hash)? {
            Claim::New => {
                if let Some(id) = open_of_expired(tx, scope, key, hash)? {
                    return Ok(Some(id));
                }
            }
            Claim::Replay { kind, id } if kind == KIND => return Ok(Some(TransactionId::from_stored(id))),
            Claim::Replay { .. } => return Err(Error::IdempotencyMismatch),
        }
    }
    Ok(None)
}

/// Notes what the request made or changed.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn record_all_in(tx: &mut WriteTx<'_>, keys: &[Key], id: &TransactionId) -> Result<()> {
    for Key { scope, key, hash, ttl_us } in keys {
        record_in(tx, scope, key, hash, *ttl_us, (KIND, id.as_str()))?;
    }
    Ok(())
}

/// What an expired key made, where that is still being confirmed.
fn open_of_expired(tx: &ReadTx<'_>, scope: &str, key: &str, hash: &[u8; 32]) -> Result<Option<TransactionId>> {
    let ever = Timestamp::from_micros(i64::MIN);
    let Some(found) = store::idempotency::fetch(tx, scope, key, ever)? else { return Ok(None) };
    if found.result_kind != KIND || !hashes_equal(&found.command_hash, hash) {
        return Ok(None);
    }
    let id = TransactionId::from_stored(found.result_id);
    let attempts = store::attempt::list_of_transaction(tx, &id)?;
    Ok(attempts.iter().any(|attempt| !attempt.state.is_final()).then_some(id))
}
