//! Recording what a customer did: priced, gated, taken from the balances or reserved, in one write.

use serde_json::json;

use super::{KIND, UsageRecorded, shown};
use crate::app::balance::{self, Cause, told_in};
use crate::app::write_once::Asked;
use crate::app::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::balance::{Balance, MoveReason};
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, UsageEventId};
use crate::domain::ledger::chart;
use crate::domain::usage_event::{
    CancelReason, Cost, EventState, EventType, GateRefusal, Purse, UsageEvent, priced, refusal_of,
};
use crate::error::{Error, Result};
use crate::store::ledger::{Gate, Source};
use crate::store::usage_event::PendingCost;
use crate::store::{self, ReadTx, WriteTx};

/// What is to become of an event at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewState {
    /// Its costs are taken.
    Complete,
    /// Its costs are reserved.
    Pending,
    /// It is recorded, without effect.
    Cancelled,
}

/// Something that a customer did.
#[derive(Clone, Debug)]
pub struct RecordUsage {
    /// What.
    pub kind: EventType,
    /// How often, one or more.
    pub quantity: i64,
    /// The cost of the whole event, whatever the quantity and the prices; `None`: the prices say it.
    pub cost: Option<Cost>,
    /// What is to become of it.
    pub state: NewState,
    /// Whether balances must cover it.
    pub gate_on_balance: bool,
    /// JSON text of any value.
    pub metadata_json: String,
}

impl RecordUsage {
    fn told(&self, asked: Asked) -> Asked {
        let Self { kind, quantity, cost, state, gate_on_balance, metadata_json } = self;
        asked
            .with(kind.as_str())
            .with(&quantity.to_string())
            .with_some(cost.as_ref().map(|cost| cost.denomination.as_str()))
            .with(&cost.as_ref().map_or(0, |cost| cost.amount).to_string())
            .with(&format!("{state:?} {gate_on_balance}"))
            .with(metadata_json)
    }
}

impl App {
    /// Records one event. One that a gate refuses is recorded as gated, and answered as that.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer; `Refused` as out of range, and nothing is written then.
    pub async fn usage_event_record(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        new: RecordUsage,
    ) -> Result<UsageRecorded> {
        caller.may(Action::BalanceChange)?;
        let asked = new.told(Asked::new(KIND, "usage_event.record").with(customer.as_str()));
        let (customer, now) = (customer.clone(), self.now());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            balance::require_customer(tx, &customer)?;
            Ok(record_in(tx, caller, &customer, &new)?.id.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, id: &str| shown(tx, &UsageEventId::from_stored(id.to_owned()), now);
        self.write_once_again(caller, asked, work, show).await
    }

    /// Records events in their order, all or none; one that its gate refuses is gated, and the next one goes on.
    ///
    /// # Errors
    /// As [`App::usage_event_record`]; a refusal names the event as `[n]`.
    pub async fn usage_events_record(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        news: Vec<RecordUsage>,
    ) -> Result<Vec<UsageEvent>> {
        caller.may(Action::BalanceChange)?;
        let asked = Asked::new("usage_events", "usage_events.record").with(customer.as_str());
        let asked = news.iter().fold(asked, |asked, new| new.told(asked));
        let (customer, now) = (customer.clone(), self.now());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            balance::require_customer(tx, &customer)?;
            let mut keys = Vec::with_capacity(news.len());
            for (at, new) in news.iter().enumerate() {
                let recorded = record_in(tx, caller, &customer, new).map_err(|why| of_item(why, at))?;
                keys.push(recorded.key);
            }
            // One writer: what one write adds lies side by side.
            let (first, last) = (keys.first().copied().unwrap_or(1), keys.last().copied().unwrap_or(0));
            Ok(format!("{first}-{last}"))
        };
        let show = move |tx: &ReadTx<'_>, made: &str| {
            let ends = made.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
            let (first, last) = ends.ok_or_else(|| Error::internal("a kept list of events cannot be read"))?;
            let events = store::usage_event::list_between(tx, first, last)?;
            Ok(events.into_iter().map(|event| event.as_of(now)).collect())
        };
        self.write_once_again(caller, asked, work, show).await
    }
}

/// A refusal of the `at`th of several.
fn of_item(why: Error, at: usize) -> Error {
    match why {
        Error::Refused(mut refusal) => {
            let below = refusal.field.map_or_else(String::new, |field| format!(".{field}"));
            refusal.field = Some(format!("[{at}]{below}"));
            Error::Refused(refusal)
        }
        other => other,
    }
}

/// Records an event inside a transaction.
///
/// # Errors
/// `Refused` as out of range.
pub(crate) fn record_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    new: &RecordUsage,
) -> Result<UsageEvent> {
    let costs = match &new.cost {
        Some(cost) => vec![cost.clone()],
        None => priced(store::event_price::list_of(tx, &new.kind)?, new.quantity)?,
    };
    if new.state == NewState::Cancelled {
        return note_in(tx, caller, event_of(tx, customer, new, costs, None));
    }
    let mut standing = Vec::with_capacity(costs.len());
    for cost in &costs {
        standing.push(balance::standing_in(tx, caller, customer, &cost.denomination)?);
    }
    let purses: Vec<Purse> = standing.iter().map(Balance::purse).collect();
    if let Some(refusal) = refusal_of(&costs, &purses, new.gate_on_balance) {
        return note_in(tx, caller, event_of(tx, customer, new, costs, Some(refusal)));
    }
    if costs.is_empty() {
        return note_in(tx, caller, event_of(tx, customer, new, costs, None));
    }
    let event = event_of(tx, customer, new, costs, None);
    take_in(tx, caller, event, &purses)
}

/// Takes or reserves the costs of an event that was let through.
fn take_in(tx: &mut WriteTx<'_>, caller: &Caller, mut event: UsageEvent, purses: &[Purse]) -> Result<UsageEvent> {
    let is_pending = event.state == EventState::Pending;
    let after: Vec<Purse> =
        event.costs.iter().zip(purses).map(|(cost, purse)| purse.after(cost.amount, is_pending)).collect();
    after.iter().try_for_each(Purse::in_range)?;
    event.key = store::usage_event::insert(tx, &event)?;
    let mut moved = Vec::with_capacity(after.len());
    for (cost, purse) in event.costs.iter().zip(after) {
        let before = store::balance::fetch_or_open(tx, &event.customer_id, &cost.denomination)?;
        post_in(tx, &event, cost)?;
        let now = balance::after(&before, purse, before.pending_events + i64::from(is_pending), tx);
        moved.push((before, now));
    }
    for (before, now) in moved.iter().filter(|(before, now)| is_told(before, now)) {
        let id = event.id.as_str();
        let cause = Cause { reason: MoveReason::Event, event_id: Some(&event.id), source_id: id };
        told_in(tx, caller, before, now, cause)?;
    }
    if moved.iter().all(|(before, now)| !is_told(before, now)) {
        emit_in(tx, caller, Topic::UsageEventRecorded, &event)?;
    }
    Ok(event)
}

/// Whether anything of a balance changed that its events tell: a cost of nothing moves nothing.
pub(super) fn is_told(before: &Balance, after: &Balance) -> bool {
    let sums = |of: &Balance| (of.amount, of.pending_debits, of.pending_credits, of.pending_events);
    sums(before) != sums(after)
}

fn post_in(tx: &mut WriteTx<'_>, event: &UsageEvent, cost: &Cost) -> Result<()> {
    let source = Source { kind: KIND, id: event.id.as_str() };
    let postings = chart::balance_used(event.customer_id.as_str(), &cost.denomination, cost.amount);
    if event.state != EventState::Pending {
        store::ledger::post_through(tx, source, &postings, Gate::Open)?;
        return taken_in(tx, event, cost);
    }
    // A pending cost fits one posting: what it promises is an amount.
    let reservation =
        postings.first().map(|posting| store::ledger::reserve_through(tx, source, posting, Gate::Open)).transpose()?;
    store::usage_event::insert_pending(tx, event, &PendingCost { cost: cost.clone(), reservation })?;
    store::balance::add_pending(tx, &event.customer_id, &cost.denomination, 1)
}

/// Counts what a complete event took: a plan's own units are used first.
pub(super) fn taken_in(tx: &mut WriteTx<'_>, event: &UsageEvent, cost: &Cost) -> Result<()> {
    if cost.amount <= 0 {
        return Ok(());
    }
    store::balance::add_taken(tx, &event.customer_id, &cost.denomination, cost.amount)
}

/// Writes an event down that moves no balance.
fn note_in(tx: &mut WriteTx<'_>, caller: &Caller, mut event: UsageEvent) -> Result<UsageEvent> {
    event.key = store::usage_event::insert(tx, &event)?;
    emit_in(tx, caller, Topic::UsageEventRecorded, &event)?;
    Ok(event)
}

/// Tells the feed of an event that moved no balance.
pub(super) fn emit_in(tx: &mut WriteTx<'_>, caller: &Caller, topic: Topic, event: &UsageEvent) -> Result<()> {
    let costs = event.costs.iter().map(|cost| json!([cost.denomination.as_str(), cost.amount]));
    let data = json!({
        "customer_id": event.customer_id.as_str(),
        "type": event.kind.as_str(),
        "quantity": event.quantity,
        "state": event.state.as_str(),
        "costs": costs.collect::<Vec<_>>(),
    });
    event::emit(tx, caller, topic, event.id.as_str(), &data)
}

fn event_of(
    tx: &WriteTx<'_>,
    customer: &CustomerId,
    new: &RecordUsage,
    costs: Vec<Cost>,
    refusal: Option<GateRefusal>,
) -> UsageEvent {
    let now = tx.now();
    let state = match (new.state, &refusal) {
        (_, Some(_)) => EventState::Gated,
        (NewState::Complete, None) => EventState::Complete,
        (NewState::Pending, None) => EventState::Pending,
        (NewState::Cancelled, None) => EventState::Cancelled,
    };
    UsageEvent {
        key: 0,
        id: tx.new_id(),
        customer_id: customer.clone(),
        kind: new.kind.clone(),
        quantity: new.quantity,
        costs,
        gate_on_balance: new.gate_on_balance,
        metadata_json: new.metadata_json.clone(),
        state,
        cancel_reason: (state == EventState::Cancelled).then_some(CancelReason::Requested),
        refusal,
        created_at: now,
        finished_at: (state != EventState::Pending).then_some(now),
        updated_at: None,
    }
}
