//! Undoing what has not settled.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::begin::{Begun, attempt_in};
use crate::app::transaction::capture::{FollowUp, refuse_if_busy};
use crate::domain::access::{Action, Actor};
use crate::domain::attempt::{Attempt, AttemptOperation, Change};
use crate::domain::id::TransactionId;
use crate::domain::transaction::{Transaction, state};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

impl App {
    /// Voids a captured transaction that has not settled, or reverses an authorization. A repeated idempotency key
    /// answers as the first time.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, already settled or undone, refused by the processor (`Declined`);
    /// `IdempotencyMismatch`, and `Conflict` while the first request with the same key is on its way.
    pub async fn transaction_void(&self, caller: Caller, id: TransactionId) -> Result<Transaction> {
        caller.may(Action::TransactionVoid)?;
        let install_id = self.company()?.install_id;
        let canonical = format!("void|{id}");
        let of = id.clone();
        let begin = move |tx: &mut WriteTx<'_>| void_in(tx, &install_id, &of).map(FollowUp::from);
        let is_ours = |attempt: &Attempt| attempt.operation == AttemptOperation::Void;
        self.transaction_follow_up(caller, id, is_ours, canonical, begin).await
    }
}

impl App {
    /// Undoes an approval as its request wished; where that cannot be done now, a job does it.
    ///
    /// # Errors
    /// A fault of ours.
    pub(super) async fn void_wanted(&self, id: &TransactionId) -> Result<()> {
        let caller = Caller::internal(Actor::Job("void_on_success"));
        match self.transaction_void(caller, id.clone()).await {
            Ok(_) | Err(Error::Conflict(_) | Error::InvalidTransition { .. } | Error::Declined { .. }) => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// Undoes every approval that was to be undone at once and was not: it came late, or the program stopped between.
    ///
    /// # Errors
    /// The first that failed.
    pub(super) async fn voids_wanted(&self) -> Result<usize> {
        let wanted = self.store().read(|tx| store::transaction::list_void_wanted(tx, limits::PAGE_MAX))?;
        for id in &wanted {
            self.void_wanted(id).await?;
        }
        Ok(wanted.len())
    }
}

/// Writes the intent of a void down.
///
/// # Errors
/// `NotFound`; `Conflict` while another operation is open; already settled or undone.
pub(crate) fn void_in(tx: &mut WriteTx<'_>, install_id: &str, id: &TransactionId) -> Result<Begun> {
    let t = store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    refuse_if_busy(tx, id)?;
    state::voided_status(&t)?;
    let amount = t.amounts.authorized;
    let key = format!("void/{id}");
    let attempt = attempt_in(tx, install_id, &t, AttemptOperation::Void, key, amount, Change::default())?;
    Ok(Begun { transaction: t, attempt })
}
