//! Finishing a pending event: its costs move from what is pending to the balance, or are free again.

use super::record::{emit_in, is_told, taken_in};
use super::{KIND, UsageRecorded, shown};
use crate::app::balance::{self, Cause, told_in};
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::balance::MoveReason;
use crate::domain::event::Topic;
use crate::domain::id::UsageEventId;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::domain::usage_event::{CancelReason, EventState, Purse, UsageEvent};
use crate::error::{Error, Result};
use crate::store::ledger::Source;
use crate::store::usage_event::PendingCost;
use crate::store::{self, ReadTx, WriteTx};

/// How a pending event ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// Its costs are taken.
    Complete,
    /// Nothing is taken.
    Cancelled(CancelReason),
}

impl App {
    /// Ends a pending event; the same ending again has no effect. There is no second gate: the reservation is used.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Refused` where the event has ended in another way, or its hour is over.
    pub async fn usage_event_finish(
        &self,
        caller: &Caller,
        id: &UsageEventId,
        is_complete: bool,
    ) -> Result<UsageRecorded> {
        caller.may(Action::BalanceChange)?;
        let ending = if is_complete { Ending::Complete } else { Ending::Cancelled(CancelReason::Requested) };
        let asked = Asked::new(KIND, "usage_event.finish").with(id.as_str()).with(&format!("{ending:?}"));
        let (id, now) = (id.clone(), self.now());
        let shown_id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            finish_in(tx, caller, &id, ending)?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx: &ReadTx<'_>, _| shown(tx, &shown_id, now)).await
    }
}

fn finish_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &UsageEventId, ending: Ending) -> Result<()> {
    let stored = store::usage_event::fetch(tx, id)?.ok_or_else(|| Error::not_found("event", id.as_str()))?;
    let event = stored.clone().as_of(tx.clock_now());
    let wanted = match ending {
        Ending::Complete => EventState::Complete,
        Ending::Cancelled(_) => EventState::Cancelled,
    };
    if event.state == EventState::Pending {
        let at = tx.now();
        return end_in(tx, caller, stored, ending, at);
    }
    if event.state == wanted && event.cancel_reason != Some(CancelReason::Expired) {
        return Ok(());
    }
    let text = format!("The event is final: it is {}.", event.state.as_str());
    Err(Refusal::new(RefusalCode::EventFinal, text).with("state", event.state.as_str()).into())
}

/// Ends a pending event at `at`.
///
/// # Errors
/// `Refused` as out of range, where what it gives does not fit any more.
pub(super) fn end_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mut event: UsageEvent,
    ending: Ending,
    at: Timestamp,
) -> Result<()> {
    let (state, cancel_reason, reason) = match ending {
        Ending::Complete => (EventState::Complete, None, MoveReason::Event),
        Ending::Cancelled(CancelReason::Expired) => {
            (EventState::Cancelled, Some(CancelReason::Expired), MoveReason::Expiry)
        }
        Ending::Cancelled(why) => (EventState::Cancelled, Some(why), MoveReason::Event),
    };
    event.state = state;
    event.cancel_reason = cancel_reason;
    event.finished_at = Some(at);
    event.updated_at = Some(at);
    store::usage_event::update(tx, &event)?;
    let held = store::usage_event::list_pending(tx, &event.id)?;
    store::usage_event::delete_pending(tx, &event.id)?;
    let mut moved = Vec::with_capacity(held.len());
    for pending in &held {
        // Its own hour may be over for others of this balance; they end in their own turn.
        let before = balance::find_in(tx, &event.customer_id, &pending.cost.denomination)?;
        let purse = released(before.purse(), pending.cost.amount);
        let purse = if state == EventState::Complete { purse.after(pending.cost.amount, false) } else { purse };
        purse.in_range()?;
        resolve_in(tx, &event, pending)?;
        moved.push((before.clone(), balance::after(&before, purse, before.pending_events - 1, tx)));
    }
    for (before, after) in moved.iter().filter(|(before, after)| is_told(before, after)) {
        let cause = Cause { reason, event_id: Some(&event.id), source_id: event.id.as_str() };
        told_in(tx, caller, before, after, cause)?;
    }
    if moved.is_empty() {
        emit_in(tx, caller, Topic::UsageEventFinished, &event)?;
    }
    Ok(())
}

/// `purse` without what an event of this cost held of it or promised to it.
fn released(mut purse: Purse, amount: i64) -> Purse {
    let amount = i128::from(amount);
    purse.pending_debits = purse.pending_debits.saturating_sub(amount.max(0));
    purse.pending_credits = purse.pending_credits.saturating_add(amount.min(0));
    purse
}

fn resolve_in(tx: &mut WriteTx<'_>, event: &UsageEvent, pending: &PendingCost) -> Result<()> {
    let PendingCost { cost, reservation } = pending;
    let source = Source { kind: KIND, id: event.id.as_str() };
    match reservation {
        None => {}
        Some(key) if event.state == EventState::Complete => {
            let amount = cost.amount.checked_abs().ok_or_else(|| Error::internal("a pending cost is no amount"))?;
            store::ledger::post_pending(tx, source, *key, amount)?;
            taken_in(tx, event, cost)?;
        }
        Some(key) => store::ledger::void_pending(tx, source, *key)?,
    }
    store::balance::add_pending(tx, &event.customer_id, &cost.denomination, -1)
}
