//! Undoing what has not settled.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::begin::{Begun, attempt_in};
use crate::app::transaction::capture::{refuse_if_busy, refuse_if_declined};
use crate::app::transaction::send::Charging;
use crate::domain::access::Action;
use crate::domain::attempt::AttemptOperation;
use crate::domain::id::TransactionId;
use crate::domain::transaction::{Transaction, state};
use crate::error::{Error, Result};
use crate::store;

impl App {
    /// Voids a captured transaction that has not settled, or reverses an authorization.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, already settled or undone, refused by the processor (`Declined`).
    pub async fn transaction_void(&self, caller: Caller, id: TransactionId) -> Result<Transaction> {
        caller.may(Action::TransactionVoid)?;
        self.transaction_find(&caller, &id)?;
        let install_id = self.company()?.install_id;
        let begun = self
            .store()
            .write(move |tx| {
                let t =
                    store::transaction::fetch(tx, &id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
                refuse_if_busy(tx, &id)?;
                state::voided_status(&t)?;
                let amount = t.amounts.authorized;
                let attempt = attempt_in(tx, &install_id, &t, AttemptOperation::Void, format!("void/{id}"), amount)?;
                Ok(Begun { transaction: t, attempt })
            })
            .await?;
        let handle = begun.transaction.answer.handle.clone();
        let concluded = self.attempt_send(caller, begun, Charging::of(handle)).await?;
        refuse_if_declined(&concluded.attempt, concluded.transaction)
    }
}
