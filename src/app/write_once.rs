//! Writes that a client may send again: with the same idempotency key, the work is done once.

use zeroize::Zeroizing;

use super::idempotency::{Claim, TTL_DEFAULT, claim_in, record_in};
use super::{App, Caller};
use crate::error::Result;
use crate::store::{ReadTx, WriteTx};

/// What is asked, in one fixed form: a repeated key is compared with it. It may hold secrets and is wiped.
pub(super) struct Asked {
    /// What the work makes or changes: "customer".
    kind: &'static str,
    canonical: Zeroizing<Vec<u8>>,
}

impl Asked {
    /// Of this verb ("customer.create") on this kind of thing.
    pub(super) fn new(kind: &'static str, verb: &str) -> Self {
        Self { kind, canonical: Zeroizing::new(Vec::new()) }.with(verb)
    }

    /// Everything told so far.
    pub(super) fn canonical(&self) -> Zeroizing<Vec<u8>> {
        self.canonical.clone()
    }

    /// With one more part; its length goes before it, so that parts do not run into each other.
    #[must_use]
    pub(super) fn with(mut self, part: &str) -> Self {
        self.canonical.extend_from_slice(&part.len().to_be_bytes());
        self.canonical.extend_from_slice(part.as_bytes());
        self
    }

    /// With a part that may be missing, which is not the same as an empty one.
    #[must_use]
    pub(super) fn with_some(self, part: Option<&str>) -> Self {
        match part {
            Some(part) => self.with("some").with(part),
            None => self.with("none"),
        }
    }
}

impl App {
    /// Runs `work`, which answers the id of what it made or changed, and then `show`, in one write job. Where the
    /// caller's idempotency key was used for the same before, only `show` runs.
    ///
    /// # Errors
    /// What `work` or `show` refuses; `IdempotencyMismatch` where the key was used for something else.
    pub(super) async fn write_once<T: Send + 'static>(
        &self,
        caller: &Caller,
        asked: Asked,
        work: impl FnOnce(&mut WriteTx<'_>, &Caller) -> Result<String> + Send + 'static,
        show: impl FnOnce(&ReadTx<'_>, &str) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let caller = caller.clone();
        let Some(key) = caller.idempotency_key.clone() else {
            let job = move |tx: &mut WriteTx<'_>| {
                let id = work(tx, &caller)?;
                show(tx, &id)
            };
            return self.store().write(job).await;
        };
        let (scope, kind, hash) = (caller.idempotency_scope(), asked.kind, self.command_hash(&asked.canonical));
        let job = move |tx: &mut WriteTx<'_>| {
            let id = match claim_in(tx, &scope, &key, &hash)? {
                Claim::Replay { id, .. } => id,
                Claim::New => {
                    let id = work(tx, &caller)?;
                    record_in(tx, &scope, &key, &hash, TTL_DEFAULT, (kind, &id))?;
                    id
                }
            };
            show(tx, &id)
        };
        self.store().write(job).await
    }
}
