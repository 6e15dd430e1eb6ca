//! The tip that comes after the approval: a restaurant's guest writes it on the slip.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::apply::told_in;
use crate::app::transaction::begin::{Begun, attempt_in};
use crate::app::transaction::capture::{FollowUp, refuse_if_busy};
use crate::domain::access::Action;
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState, Change};
use crate::domain::event::Topic;
use crate::domain::id::TransactionId;
use crate::domain::money::Money;
use crate::domain::transaction::{Transaction, TransactionStatus as Status, state};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// The wish to set the tip (facts-gateway.md, "Actions"). Minor units.
#[derive(Clone, Copy, Debug)]
pub struct AdjustTip {
    /// The tip in place of the one before; 0 takes it away.
    pub tip_minor: i64,
    /// What the caller takes for the amount before tip and fees: refused where it is another.
    pub base_minor: Option<i64>,
}

impl App {
    /// Sets the tip before settlement. Held money is not asked for again: its capture takes the tip along. What was
    /// captured is adjusted at the processor. A repeated idempotency key answers as the first time.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, settled or undone, no card, more than schemes allow, refused by the processor
    /// (`Declined`); `IdempotencyMismatch`, and `Conflict` while another operation is on its way.
    pub async fn transaction_tip(&self, caller: Caller, id: TransactionId, command: AdjustTip) -> Result<Transaction> {
        caller.may(Action::TransactionCapture)?;
        let install_id = self.company()?.install_id;
        let canonical = format!("tip|{id}|{command:?}");
        let (of, by) = (id.clone(), caller.clone());
        let begin = move |tx: &mut WriteTx<'_>| tip_in(tx, &by, &install_id, &of, command);
        let is_ours = move |attempt: &Attempt| {
            attempt.operation == AttemptOperation::Adjust && attempt.change.tip_minor == Some(command.tip_minor)
        };
        self.transaction_follow_up(caller, id, is_ours, canonical, begin).await
    }
}

/// Sets the tip of held money, or writes the intent of an adjustment down. A tip that is there already asks nobody.
///
/// # Errors
/// `NotFound`; `Conflict` while another operation is open; what [`state::tipped_amount`] refuses.
fn tip_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    id: &TransactionId,
    command: AdjustTip,
) -> Result<FollowUp> {
    let mut t = store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    refuse_if_busy(tx, id)?;
    let currency = t.amounts.amount.currency();
    let money = |field: &str, minor| Money::new(minor, currency).map_err(|_| Error::invalid(field, "is too much"));
    let tip = money("tip", command.tip_minor)?;
    let base = command.base_minor.map(|minor| money("base_amount", minor)).transpose()?;
    let total = state::tipped_amount(&t, tip, base)?;
    if tip == t.amounts.tip {
        return Ok(FollowUp::Done(Box::new(t)));
    }
    if t.status == Status::Authorized {
        t.amounts.tip = tip;
        t.amounts.amount = total;
        store::transaction::update(tx, &t)?;
        told_in(tx, caller, Topic::TransactionUpdated, id)?;
        let as_stored = store::transaction::fetch(tx, id)?.unwrap_or(t);
        return Ok(FollowUp::Done(Box::new(as_stored)));
    }
    let key = format!("adjust/{id}/{}", adjustments(tx, id)?.saturating_add(1));
    let change = Change { tip_minor: Some(command.tip_minor), ..Change::default() };
    let attempt = attempt_in(tx, install_id, &t, AttemptOperation::Adjust, key, total, change)?;
    Ok(Begun { transaction: t, attempt }.into())
}

/// How often what was captured has been adjusted: each time is a fact of its own.
fn adjustments(tx: &ReadTx<'_>, id: &TransactionId) -> Result<usize> {
    let attempts = store::attempt::list_of_transaction(tx, id)?;
    let is_done =
        |attempt: &&Attempt| attempt.operation == AttemptOperation::Adjust && attempt.state == AttemptState::Succeeded;
    Ok(attempts.iter().filter(is_done).count())
}
