//! The third step: what was learned moves the attempt, the transaction, the books, the invoice and the events in one
//! commit.

use serde_json::json;

use crate::app::caller::Caller;
use crate::app::event::emit;
use crate::app::transaction::apply;
use crate::domain::attempt::{Attempt, AttemptState, Finding, judge};
use crate::domain::event::Topic;
use crate::domain::id::AttemptId;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};
use crate::processors::{Approval, Decline, Hardness, Lookup, Outcome};
use crate::store::{self, WriteTx};

/// An attempt and its transaction after something was learned.
#[derive(Clone, Debug)]
pub(crate) struct Concluded {
    pub(crate) attempt: Attempt,
    pub(crate) transaction: Transaction,
}

/// What a processor told, by its own answer or in a look-up.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Approved(Approval),
    Declined(Decline),
    ActionRequired(String),
    InFlight,
    Absent,
    Unclear,
}

impl From<Outcome> for Told {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Approved(approval) => Self::Approved(approval),
            Outcome::Declined(decline) => Self::Declined(decline),
            Outcome::ActionRequired { handle } => Self::ActionRequired(handle),
            Outcome::Unknown { .. } => Self::Unclear,
        }
    }
}

impl From<Lookup> for Told {
    fn from(lookup: Lookup) -> Self {
        match lookup {
            Lookup::Approved(approval) => Self::Approved(approval),
            Lookup::Declined(decline) => Self::Declined(decline),
            Lookup::ActionRequired { handle } => Self::ActionRequired(handle),
            Lookup::InFlight => Self::InFlight,
            Lookup::Absent => Self::Absent,
            // A return is told of a success; it is handled where successes are watched.
            Lookup::CannotTell | Lookup::Returned { .. } => Self::Unclear,
        }
    }
}

impl Told {
    fn finding(&self) -> Finding {
        match self {
            Self::Approved(_) => Finding::Approved,
            Self::Declined(decline) => Finding::Declined { hard: decline.hardness == Hardness::Hard },
            Self::ActionRequired(_) => Finding::ActionRequired,
            Self::InFlight => Finding::InFlight,
            Self::Absent => Finding::Absent,
            Self::Unclear => Finding::Unclear,
        }
    }
}

/// Writes down what was learned about an attempt and everything that follows from it. A final attempt stays as it is.
///
/// # Errors
/// Whatever the file refuses; nothing is changed then.
pub(crate) fn conclude_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    id: &AttemptId,
    told: Told,
    settle_us: i64,
) -> Result<Concluded> {
    let mut attempt = store::attempt::fetch(tx, id)?.ok_or_else(|| Error::not_found("attempt", id.as_str()))?;
    let mut transaction = store::transaction::fetch(tx, &attempt.transaction_id)?
        .ok_or_else(|| Error::not_found("transaction", attempt.transaction_id.as_str()))?;
    if attempt.state.is_final() {
        return Ok(Concluded { attempt, transaction });
    }
    let before = attempt.state;
    let verdict = judge(&attempt, told.finding(), tx.now(), settle_us);
    attempt.state = verdict.state;
    attempt.provisional = verdict.provisional;
    attempt.was_unknown = verdict.was_unknown;
    attempt.poll_at = verdict.poll_at;
    attempt.polls = attempt.polls.saturating_add(u32::from(before != AttemptState::Sending));
    match &told {
        Told::Approved(approval) => {
            attempt.handle.clone_from(&approval.handle);
            attempt.response_code = approval.response_code;
        }
        Told::Declined(decline) => {
            attempt.response_code = decline.code;
            attempt.hard = decline.hardness == Hardness::Hard;
        }
        Told::ActionRequired(handle) => {
            attempt.handle.clone_from(handle);
            attempt.response_code = 99;
        }
        Told::InFlight | Told::Absent | Told::Unclear => {}
    }
    store::attempt::update(tx, &attempt)?;
    if attempt.state == AttemptState::Review {
        emit(
            tx,
            caller,
            Topic::AttemptReview,
            attempt.id.as_str(),
            &json!({ "transaction": transaction.id.as_str() }),
        )?;
    }
    if attempt.state != before {
        apply::state_in(tx, caller, &mut attempt, &mut transaction, &told)?;
        // As the row stands now, so that the first answer and a repeated one are the same.
        transaction = store::transaction::fetch(tx, &attempt.transaction_id)?.unwrap_or(transaction);
    }
    tx.nudge();
    Ok(Concluded { attempt, transaction })
}

/// Gives an attempt up that was never sent.
///
/// # Errors
/// `Conflict` where it was sent.
pub(crate) fn cancel_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &AttemptId) -> Result<Concluded> {
    let mut attempt = store::attempt::fetch(tx, id)?.ok_or_else(|| Error::not_found("attempt", id.as_str()))?;
    if !matches!(attempt.state, AttemptState::Intent | AttemptState::Prepared) {
        return Err(Error::Conflict("the attempt was sent".to_owned()));
    }
    let mut transaction = store::transaction::fetch(tx, &attempt.transaction_id)?
        .ok_or_else(|| Error::not_found("transaction", attempt.transaction_id.as_str()))?;
    attempt.state = AttemptState::Cancelled;
    attempt.poll_at = None;
    store::attempt::update(tx, &attempt)?;
    apply::state_in(tx, caller, &mut attempt, &mut transaction, &Told::Absent)?;
    tx.nudge();
    Ok(Concluded { attempt, transaction })
}
