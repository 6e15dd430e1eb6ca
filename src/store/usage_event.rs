//! Usage events and what the pending ones hold.

use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::error::bad_row;
use super::rows::{number, number_or_null, own_text, text, text_or_null, write_rows};
use super::{ReadTx, WriteTx};
use crate::domain::currency::Denomination;
use crate::domain::id::{CustomerId, UsageEventId};
use crate::domain::page::PageAsked;
use crate::domain::time::Timestamp;
use crate::domain::usage_event::{
    CancelReason, Cost, EventState, EventType, GateReason, GateRefusal, PENDING_US, UsageEvent, UsageFilter,
};
use crate::error::Result;

/// Adds an event; answers its key.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, event: &UsageEvent) -> Result<i64> {
    let event = UsageEvent { key: end(tx)? + 1, ..event.clone() };
    let key = event.key;
    match tx.behind() {
        Some(behind) => behind.state().add_usage(event),
        None => write_all(tx, &[event])?,
    }
    Ok(key)
}

/// The key of the newest event; nothing ever deletes one.
fn end(tx: &ReadTx<'_>) -> Result<i64> {
    if let Some(known) = tx.behind().and_then(|behind| *behind.state().usage_end()) {
        return Ok(known);
    }
    let found = tx.one_of_file("SELECT COALESCE(MAX(key), 0) FROM usage_event", [], |row| Ok(row.get(0)?))?;
    Ok(found.unwrap_or(0))
}

/// Writes events in their order.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn write_all(tx: &ReadTx<'_>, events: &[UsageEvent]) -> Result<()> {
    write_rows(
        tx,
        events,
        "INSERT INTO usage_event (key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json,
           state, cancel_reason, refusal_json, created_at, finished_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        |event| {
            [
                number(event.key),
                text(event.id.as_str()),
                text(event.customer_id.as_str()),
                text(event.kind.as_str()),
                number(event.quantity),
                own_text(Some(costs_to_json(&event.costs))),
                number(event.gate_on_balance.into()),
                text(&event.metadata_json),
                text(event.state.as_str()),
                text_or_null(event.cancel_reason.map(CancelReason::as_str)),
                own_text(event.refusal.as_ref().map(refusal_to_json)),
                number(event.created_at.as_micros()),
                number_or_null(event.finished_at.map(Timestamp::as_micros)),
                number_or_null(event.updated_at.map(Timestamp::as_micros)),
            ]
        },
    )
}

/// Writes what becomes of a pending event.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, event: &UsageEvent) -> Result<()> {
    tx.run(
        "UPDATE usage_event SET state = ?2, cancel_reason = ?3, finished_at = ?4, updated_at = ?5 WHERE id = ?1",
        params![
            event.id.as_str(),
            event.state.as_str(),
            event.cancel_reason.map(CancelReason::as_str),
            event.finished_at.map(Timestamp::as_micros),
            event.updated_at.map(Timestamp::as_micros),
        ],
    )?;
    Ok(())
}

/// The event with this id, as the file has it.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &UsageEventId) -> Result<Option<UsageEvent>> {
    let waiting = tx.behind().and_then(|behind| behind.state().usage().iter().rfind(|event| event.id == *id).cloned());
    if waiting.is_some() {
        return Ok(waiting);
    }
    tx.one(
        "SELECT key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json, state, cancel_reason,
           refusal_json, created_at, finished_at, updated_at
         FROM usage_event WHERE id = ?1",
        [id.as_str()],
        from_row,
    )
}

/// Events from key `first` to key `last`, both included, in their order.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_between(tx: &ReadTx<'_>, first: i64, last: i64) -> Result<Vec<UsageEvent>> {
    if let Some(waiting) = tx.behind().and_then(|behind| waiting_between(behind.state().usage(), first, last)) {
        return Ok(waiting);
    }
    tx.all(
        "SELECT key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json, state, cancel_reason,
           refusal_json, created_at, finished_at, updated_at
         FROM usage_event WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
        params![first, last],
        from_row,
    )
}

/// The same of those that wait, where all of them do.
fn waiting_between(waiting: &[UsageEvent], first: i64, last: i64) -> Option<Vec<UsageEvent>> {
    let is_all = waiting.first()?.key <= first && last <= waiting.last()?.key;
    let within = waiting.iter().filter(|event| (first..=last).contains(&event.key));
    is_all.then(|| within.cloned().collect())
}

/// Events that fit `filter` as they are at `now`, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list(
    tx: &ReadTx<'_>,
    filter: &UsageFilter,
    asked: PageAsked,
    now: Timestamp,
) -> Result<Vec<(i64, UsageEvent)>> {
    let (kind, state) = (filter.kind.as_ref().map(EventType::as_str), filter.state.map(EventState::as_str));
    let expired = now.plus(-PENDING_US).as_micros();
    let (before, limit) = (asked.before_key(), asked.probe());
    let read = |row: &Row<'_>| from_row(row).map(|event| (event.key, event.as_of(now)));
    match (&filter.customer_id, filter.state) {
        (Some(customer), _) => tx.all(
            "SELECT key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json, state,
               cancel_reason, refusal_json, created_at, finished_at, updated_at
             FROM usage_event INDEXED BY usage_event_by_customer
             WHERE customer_id = ?1 AND key < ?2 AND (?3 IS NULL OR type = ?3)
               AND (?4 IS NULL OR CASE WHEN state = 'pending' AND created_at <= ?5 THEN 'cancelled' ELSE state END = ?4)
             ORDER BY key DESC LIMIT ?6",
            params![customer.as_str(), before, kind, state, expired, limit],
            read,
        ),
        (None, _) if kind.is_some() => tx.all(
            "SELECT key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json, state,
               cancel_reason, refusal_json, created_at, finished_at, updated_at
             FROM usage_event INDEXED BY usage_event_by_type
             WHERE type = ?1 AND key < ?2
               AND (?3 IS NULL OR CASE WHEN state = 'pending' AND created_at <= ?4 THEN 'cancelled' ELSE state END = ?3)
             ORDER BY key DESC LIMIT ?5",
            params![kind, before, state, expired, limit],
            read,
        ),
        (None, None | Some(EventState::Complete)) => tx.all(
            "SELECT key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json, state,
               cancel_reason, refusal_json, created_at, finished_at, updated_at
             FROM usage_event WHERE key < ?1 AND (?2 IS NULL OR state = ?2) ORDER BY key DESC LIMIT ?3",
            params![before, state, limit],
            read,
        ),
        (None, Some(_)) => tx.all(
            "SELECT key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json, state,
               cancel_reason, refusal_json, created_at, finished_at, updated_at
             FROM usage_event INDEXED BY usage_event_not_complete
             WHERE state <> 'complete' AND key < ?1
               AND CASE WHEN state = 'pending' AND created_at <= ?3 THEN 'cancelled' ELSE state END = ?2
             ORDER BY key DESC LIMIT ?4",
            params![before, state, expired, limit],
            read,
        ),
    }
}

/// Pending events whose hour is over at `now`, the oldest first, at most `limit`.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_expired(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<UsageEvent>> {
    tx.all(
        "SELECT key, id, customer_id, type, quantity, costs_json, gate_on_balance, metadata_json, state, cancel_reason,
           refusal_json, created_at, finished_at, updated_at
         FROM usage_event INDEXED BY usage_event_expiring
         WHERE state = 'pending' AND created_at <= ?1 ORDER BY created_at LIMIT ?2",
        params![now.plus(-PENDING_US).as_micros(), limit],
        from_row,
    )
}

/// When the hour of the oldest pending event is over.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_expiry_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let oldest = tx.one(
        "SELECT created_at FROM usage_event INDEXED BY usage_event_expiring
         WHERE state = 'pending' ORDER BY created_at LIMIT 1",
        [],
        |row| Ok(row.get(0)?),
    )?;
    Ok(oldest.map(|micros| Timestamp::from_micros(micros).plus(PENDING_US)))
}

/// What a pending event holds of a balance (promises to it, below zero).
#[derive(Clone, Debug)]
pub(crate) struct PendingCost {
    pub(crate) cost: Cost,
    /// The ledger's reservation; `None` for a cost of nothing.
    pub(crate) reservation: Option<i64>,
}

/// Notes what a pending event holds.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert_pending(tx: &mut WriteTx<'_>, event: &UsageEvent, pending: &PendingCost) -> Result<()> {
    tx.run(
        "INSERT INTO pending_cost (customer_id, denomination, expires_at, event_id, amount, reservation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            event.customer_id.as_str(),
            pending.cost.denomination.as_str(),
            event.created_at.plus(PENDING_US).as_micros(),
            event.id.as_str(),
            pending.cost.amount,
            pending.reservation,
        ],
    )?;
    Ok(())
}

/// What a pending event holds, by denomination.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_pending(tx: &ReadTx<'_>, id: &UsageEventId) -> Result<Vec<PendingCost>> {
    tx.all(
        "SELECT denomination, amount, reservation FROM pending_cost WHERE event_id = ?1 ORDER BY denomination",
        [id.as_str()],
        |row| {
            let text: String = row.get(0)?;
            let denomination =
                Denomination::parse(&text).ok_or_else(|| bad_row("pending_cost", "denomination", id, &text))?;
            Ok(PendingCost { cost: Cost { denomination, amount: row.get(1)? }, reservation: row.get(2)? })
        },
    )
}

/// Forgets what an event held.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete_pending(tx: &mut WriteTx<'_>, id: &UsageEventId) -> Result<()> {
    tx.run("DELETE FROM pending_cost WHERE event_id = ?1", [id.as_str()])?;
    Ok(())
}

/// Events that still hold a part of this balance although their hour is over at `now`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_expired_of(
    tx: &ReadTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    now: Timestamp,
) -> Result<Vec<UsageEventId>> {
    tx.all(
        "SELECT event_id FROM pending_cost WHERE customer_id = ?1 AND denomination = ?2 AND expires_at <= ?3
         ORDER BY expires_at",
        params![customer.as_str(), denomination.as_str(), now.as_micros()],
        |row| Ok(UsageEventId::from_stored(row.get(0)?)),
    )
}

/// What such events hold.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_expired_costs(
    tx: &ReadTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    now: Timestamp,
) -> Result<Vec<i64>> {
    tx.all(
        "SELECT amount FROM pending_cost WHERE customer_id = ?1 AND denomination = ?2 AND expires_at <= ?3",
        params![customer.as_str(), denomination.as_str(), now.as_micros()],
        |row| Ok(row.get(0)?),
    )
}

fn costs_to_json(costs: &[Cost]) -> String {
    Value::Array(costs.iter().map(|cost| json!([cost.denomination.as_str(), cost.amount])).collect()).to_string()
}

fn refusal_to_json(refusal: &GateRefusal) -> String {
    let GateRefusal { reason, denomination, needed, available } = refusal;
    json!([reason.as_str(), denomination.as_str(), needed, available]).to_string()
}

fn costs_of(text: &str) -> Option<Vec<Cost>> {
    let rows: Vec<(String, i64)> = serde_json::from_str(text).ok()?;
    rows.into_iter()
        .map(|(denomination, amount)| Some(Cost { denomination: Denomination::parse(&denomination)?, amount }))
        .collect()
}

fn refusal_of(text: &str) -> Option<GateRefusal> {
    let (reason, denomination, needed, available): (String, String, i64, i64) = serde_json::from_str(text).ok()?;
    let (reason, denomination) = (GateReason::parse(&reason)?, Denomination::parse(&denomination)?);
    Some(GateRefusal { reason, denomination, needed, available })
}

fn from_row(row: &Row<'_>) -> Result<UsageEvent> {
    let id: String = row.get(1)?;
    let bad = |column: &str, text: &str| bad_row("usage_event", column, &id, text);
    let (kind, costs, state): (String, String, String) = (row.get(3)?, row.get(5)?, row.get(8)?);
    let (cancel_reason, refusal): (Option<String>, Option<String>) = (row.get(9)?, row.get(10)?);
    let cancel_reason =
        cancel_reason.map(|text| CancelReason::parse(&text).ok_or_else(|| bad("cancel_reason", &text))).transpose()?;
    let refusal = refusal.map(|text| refusal_of(&text).ok_or_else(|| bad("refusal_json", &text))).transpose()?;
    Ok(UsageEvent {
        key: row.get(0)?,
        customer_id: CustomerId::from_stored(row.get(2)?),
        kind: EventType::parse(&kind).ok_or_else(|| bad("type", &kind))?,
        quantity: row.get(4)?,
        costs: costs_of(&costs).ok_or_else(|| bad("costs_json", &costs))?,
        gate_on_balance: row.get(6)?,
        metadata_json: row.get(7)?,
        state: EventState::parse(&state).ok_or_else(|| bad("state", &state))?,
        cancel_reason,
        refusal,
        created_at: Timestamp::from_micros(row.get(11)?),
        finished_at: row.get::<_, Option<i64>>(12)?.map(Timestamp::from_micros),
        updated_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_micros),
        id: UsageEventId::from_stored(id),
    })
}
