//! Capturing held money.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::begin::{Begun, attempt_in};
use crate::app::transaction::once::{record_all_in, replayed_in};
use crate::app::transaction::send::Charging;
use crate::domain::access::Action;
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState, Change};
use crate::domain::id::TransactionId;
use crate::domain::money::Money;
use crate::domain::transaction::{Transaction, state};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// The wish to take held money (seed gateway, "Capture"). Minor units.
#[derive(Clone, Debug, Default)]
pub struct CaptureTransaction {
    /// How much; all that is held where `None`.
    pub amount_minor: Option<i64>,
    /// What else is another than it was authorized.
    pub change: Change,
}

/// What follows a charge.
pub(super) enum FollowUp {
    /// It was done at once: no processor needs to know.
    Done(Box<Transaction>),
    /// The processor is asked.
    Send(Box<Begun>),
}

impl From<Begun> for FollowUp {
    fn from(begun: Begun) -> Self {
        Self::Send(Box::new(begun))
    }
}

impl App {
    /// Takes held money, all of it or less; the rest is released. A repeated idempotency key answers as the first time.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, not an open authorization, more than is held, refused by the processor (`Declined`);
    /// `IdempotencyMismatch`, and `Conflict` while the first request with the same key is on its way.
    pub async fn transaction_capture(
        &self,
        caller: Caller,
        id: TransactionId,
        command: CaptureTransaction,
    ) -> Result<Transaction> {
        caller.may(Action::TransactionCapture)?;
        let install_id = self.company()?.install_id;
        let canonical = format!("capture|{id}|{command:?}");
        let of = id.clone();
        let begin = move |tx: &mut WriteTx<'_>| capture_in(tx, &install_id, &of, command).map(FollowUp::from);
        let is_ours = |attempt: &Attempt| attempt.operation == AttemptOperation::Capture;
        self.transaction_follow_up(caller, id, is_ours, canonical, begin).await
    }

    /// Runs a capture, void or adjustment that `begin` writes down, once for an idempotency key; `is_ours` knows its
    /// attempts.
    pub(super) async fn transaction_follow_up(
        &self,
        caller: Caller,
        id: TransactionId,
        is_ours: impl Fn(&Attempt) -> bool,
        canonical: String,
        begin: impl FnOnce(&mut WriteTx<'_>) -> Result<FollowUp> + Send + 'static,
    ) -> Result<Transaction> {
        self.transaction_find(&caller, &id)?;
        let keys = self.header_key(&caller, canonical.as_bytes())?;
        let of = id.clone();
        let begun = self
            .store()
            .write(move |tx| {
                if replayed_in(tx, &keys)?.is_some() {
                    return Ok(None);
                }
                let begun = begin(tx)?;
                record_all_in(tx, &keys, &of)?;
                Ok(Some(begun))
            })
            .await?;
        let Some(follow_up) = begun else {
            let transaction = self.replay(&caller, &id)?;
            let attempts = self.store().read(|tx| store::attempt::list_of_transaction(tx, &id))?;
            let newest = attempts.into_iter().rfind(|attempt| is_ours(attempt));
            return newest
                .map_or_else(|| Ok(transaction.clone()), |attempt| refuse_if_declined(&attempt, transaction.clone()));
        };
        let begun = match follow_up {
            FollowUp::Done(transaction) => return Ok(*transaction),
            FollowUp::Send(begun) => begun,
        };
        let handle = begun.transaction.answer.handle.clone();
        let concluded = self.attempt_send(caller, *begun, Charging::of(handle)).await?;
        refuse_if_declined(&concluded.attempt, concluded.transaction)
    }
}

/// Writes the intent of a capture down.
///
/// # Errors
/// `NotFound`; `Conflict` while another operation is open; not an open authorization, more than is held.
pub(crate) fn capture_in(
    tx: &mut WriteTx<'_>,
    install_id: &str,
    id: &TransactionId,
    command: CaptureTransaction,
) -> Result<Begun> {
    let t = store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    refuse_if_busy(tx, id)?;
    let currency = t.amounts.amount.currency();
    let asked = command.amount_minor.map(|minor| Money::new(minor, currency)).transpose()?;
    let amount = state::capture_amount(&t, asked)?;
    for minor in [command.change.tax_minor, command.change.shipping_minor].into_iter().flatten() {
        Money::new(minor, currency)?;
    }
    let key = format!("capture/{id}");
    let attempt = attempt_in(tx, install_id, &t, AttemptOperation::Capture, key, amount, command.change)?;
    Ok(Begun { transaction: t, attempt })
}

/// Refuses while another operation on the transaction is open: two of them could both move its money.
pub(super) fn refuse_if_busy(tx: &ReadTx<'_>, id: &TransactionId) -> Result<()> {
    let open = store::attempt::list_of_transaction(tx, id)?.into_iter().any(|attempt| !attempt.state.is_final());
    if open {
        return Err(Error::Conflict("an earlier request for this transaction is still being confirmed".to_owned()));
    }
    Ok(())
}

/// A capture, void or adjustment leaves no transaction of its own: its decline is told as an error.
pub(super) fn refuse_if_declined(attempt: &Attempt, transaction: Transaction) -> Result<Transaction> {
    match attempt.state {
        AttemptState::Declined => Err(Error::Declined { code: attempt.response_code, text: "decline".to_owned() }),
        _ => Ok(transaction),
    }
}
