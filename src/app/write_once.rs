//! Writes that a client may send again: with the same idempotency key, the work is done once.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::idempotency::{Claim, TTL_DEDUPE, TTL_DEFAULT, claim_in, record_in};
use super::{App, Caller};
use crate::domain::refusal::{Detail, Refusal, RefusalCode};
use crate::error::{Error, Result};
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

/// The name under which a request is done once.
#[derive(Clone)]
pub(super) struct Named {
    scope: String,
    key: String,
    hash: [u8; 32],
    ttl_us: i64,
    /// Whether a refusal is a result that is kept as well.
    keeps_refusals: bool,
}

/// The kind of result that a kept refusal is.
const REFUSED: &str = "refused";

impl Named {
    /// What an earlier request of this name made; `None` for a new one.
    ///
    /// # Errors
    /// `IdempotencyMismatch` where that was another request; the refusal that it got.
    pub(super) fn made_in(&self, tx: &WriteTx<'_>) -> Result<Option<String>> {
        match claim_in(tx, &self.scope, &self.key, &self.hash)? {
            Claim::New => Ok(None),
            Claim::Replay { kind, id } if kind == REFUSED => Err(refusal_of_json(&id)?.into()),
            Claim::Replay { id, .. } => Ok(Some(id)),
        }
    }

    /// Notes what the request made.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub(super) fn record_in(&self, tx: &mut WriteTx<'_>, kind: &str, id: &str) -> Result<()> {
        record_in(tx, &self.scope, &self.key, &self.hash, self.ttl_us, (kind, id))
    }
}

impl App {
    /// The name of the caller's request, if it has one.
    pub(super) fn named(&self, caller: &Caller, asked: &Asked) -> Option<Named> {
        if let Some(dedupe) = &caller.dedupe {
            return Some(Named {
                scope: format!("{}/dedupe", caller.idempotency_scope()),
                key: dedupe.id.clone(),
                hash: self.command_hash(&dedupe.content),
                ttl_us: TTL_DEDUPE,
                keeps_refusals: true,
            });
        }
        let key = caller.idempotency_key.clone()?;
        let (scope, hash) = (caller.idempotency_scope(), self.command_hash(&asked.canonical));
        Some(Named { scope, key, hash, ttl_us: TTL_DEFAULT, keeps_refusals: false })
    }

    /// Runs `work`, which answers the id of what it made or changed, and then `show`, in one write job. Where the
    /// caller's name for the request was used for the same before, only `show` runs.
    ///
    /// # Errors
    /// What `work` or `show` refuses; `IdempotencyMismatch` where the name was used for something else.
    pub(super) async fn write_once<T: Send + 'static>(
        &self,
        caller: &Caller,
        asked: Asked,
        work: impl FnOnce(&mut WriteTx<'_>, &Caller) -> Result<String> + Send + 'static,
        show: impl FnOnce(&ReadTx<'_>, &str) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let named = self.named(caller, &asked);
        let (caller, kind, by_name) = (caller.clone(), asked.kind, named.clone());
        let job = move |tx: &mut WriteTx<'_>| once_in(tx, &caller, by_name.as_ref(), kind, work, show);
        let done = self.store().write(job).await;
        self.keep_refusal(named, done).await
    }

    /// [`App::write_once`] of work that may run more than once, each time on the file as if it were the first.
    ///
    /// # Errors
    /// As [`App::write_once`].
    pub(super) async fn write_once_again<T: Send + 'static>(
        &self,
        caller: &Caller,
        asked: Asked,
        mut work: impl FnMut(&mut WriteTx<'_>, &Caller) -> Result<String> + Send + 'static,
        mut show: impl FnMut(&ReadTx<'_>, &str) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let named = self.named(caller, &asked);
        let (caller, kind, by_name) = (caller.clone(), asked.kind, named.clone());
        let job = move |tx: &mut WriteTx<'_>| once_in(tx, &caller, by_name.as_ref(), kind, &mut work, &mut show);
        let done = self.store().write_again(job).await;
        self.keep_refusal(named, done).await
    }

    /// Keeps the refusal of a request whose name keeps refusals; what `done` is stays the answer.
    pub(super) async fn keep_refusal<T>(&self, named: Option<Named>, done: Result<T>) -> Result<T> {
        let (Err(Error::Refused(refusal)), Some(named)) = (&done, named.filter(|named| named.keeps_refusals)) else {
            return done;
        };
        if matches!(refusal.code, RefusalCode::OutOfRange | RefusalCode::InProgress) {
            return done;
        }
        let json = refusal_to_json(refusal);
        // Another request of the name may have been first: its result is the one that is kept.
        let keep = move |tx: &mut WriteTx<'_>| match claim_in(tx, &named.scope, &named.key, &named.hash)? {
            Claim::New => named.record_in(tx, REFUSED, &json),
            Claim::Replay { .. } => Ok(()),
        };
        self.store().write(keep).await?;
        done
    }
}

/// Does `work`, unless a request of that name did it before, and shows what it made.
fn once_in<T>(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    named: Option<&Named>,
    kind: &str,
    work: impl FnOnce(&mut WriteTx<'_>, &Caller) -> Result<String>,
    show: impl FnOnce(&ReadTx<'_>, &str) -> Result<T>,
) -> Result<T> {
    let made = named.map(|named| named.made_in(tx)).transpose()?.flatten();
    let id = match made {
        Some(id) => id,
        None => {
            let id = work(tx, caller)?;
            named.map_or(Ok(()), |named| named.record_in(tx, kind, &id))?;
            id
        }
    };
    show(tx, &id)
}

fn refusal_to_json(refusal: &Refusal) -> String {
    let Refusal { code, text, field, details } = refusal;
    let details = details.iter().map(|(name, detail)| match detail {
        Detail::Text(text) => json!([name, text]),
        Detail::Number(number) => json!([name, number]),
    });
    json!([code.as_str(), text, field, Value::Array(details.collect())]).to_string()
}

fn refusal_of_json(json: &str) -> Result<Refusal> {
    let bad = || Error::internal("a kept refusal cannot be read");
    let (code, text, field, details): (String, String, Option<String>, Vec<(String, Value)>) =
        serde_json::from_str(json).map_err(|_| bad())?;
    let details = details.into_iter().map(|(name, value)| match (value.as_str(), value.as_i64()) {
        (Some(text), _) => Ok((name, Detail::Text(text.to_owned()))),
        (None, Some(number)) => Ok((name, Detail::Number(number))),
        (None, None) => Err(bad()),
    });
    let code = RefusalCode::parse(&code).ok_or_else(bad)?;
    Ok(Refusal { code, text, field, details: details.collect::<Result<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_refusal_reads_back() {
        let refusal = Refusal::new(RefusalCode::PaymentDeclined, "The card was declined.").with("decline_code", "x");
        for refusal in [refusal.clone(), Refusal { field: Some("token".to_owned()), ..refusal.with_number("n", -7) }] {
            assert_eq!(refusal_of_json(&refusal_to_json(&refusal)).unwrap(), refusal);
        }
        assert!(refusal_of_json("[]").is_err());
    }
}
