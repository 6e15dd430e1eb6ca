//! The event table: one gap-free sequence, append-only (triggers refuse anything else).

use rusqlite::{Row, params};

use super::rows::{number, text, write_rows};
use super::{ReadTx, WriteTx};
use crate::domain::event::{Event, Topic};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Appends an event; its number is the next one, without gaps, because there is one writer and nothing is deleted.
///
/// # Errors
/// Whatever the file refuses.
pub fn append(
    tx: &mut WriteTx<'_>,
    topic: Topic,
    subject_id: &str,
    actor: &str,
    correlation_id: &str,
    data_json: String,
) -> Result<()> {
    let row = EventRow {
        seq: end(tx)? + 1,
        at: tx.now(),
        topic,
        subject_id: subject_id.to_owned(),
        actor: actor.to_owned(),
        correlation_id: correlation_id.to_owned(),
        data_json,
    };
    match tx.behind() {
        Some(behind) => behind.state().add_event(row),
        None => write_all(tx, &[row])?,
    }
    Ok(())
}

/// An event that waits to be written.
pub(super) struct EventRow {
    pub(super) seq: i64,
    at: Timestamp,
    topic: Topic,
    subject_id: String,
    actor: String,
    correlation_id: String,
    data_json: String,
}

/// The number of the newest event.
fn end(tx: &ReadTx<'_>) -> Result<i64> {
    if let Some(known) = tx.behind().and_then(|behind| *behind.state().event_end()) {
        return Ok(known);
    }
    let found = tx.one_of_file("SELECT COALESCE(MAX(seq), 0) FROM event", [], |row| Ok(row.get(0)?))?;
    Ok(found.unwrap_or(0))
}

/// Writes events in their order.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn write_all(tx: &ReadTx<'_>, events: &[EventRow]) -> Result<()> {
    write_rows(
        tx,
        events,
        "INSERT INTO event (seq, at, topic, subject_kind, subject_id, actor, correlation_id, data_json)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        |row| {
            [
                number(row.seq),
                number(row.at.as_micros()),
                text(row.topic.as_str()),
                text(row.topic.noun()),
                text(&row.subject_id),
                text(&row.actor),
                text(&row.correlation_id),
                text(&row.data_json),
            ]
        },
    )
}

/// Events after `after`, oldest first, at most `limit`.
///
/// # Errors
/// Whatever the file refuses.
pub fn list_after(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<Event>> {
    tx.all(
        "SELECT seq, at, topic, subject_kind, subject_id, actor, correlation_id, data_json
         FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![after, limit],
        from_row,
    )
}

/// What happened to one thing, oldest first, at most `limit`.
///
/// # Errors
/// Whatever the file refuses.
pub fn list_of(tx: &ReadTx<'_>, subject_kind: &str, subject_id: &str, limit: u32) -> Result<Vec<Event>> {
    tx.all(
        "SELECT seq, at, topic, subject_kind, subject_id, actor, correlation_id, data_json
         FROM event WHERE subject_kind = ?1 AND subject_id = ?2 ORDER BY seq LIMIT ?3",
        params![subject_kind, subject_id, limit],
        from_row,
    )
}

/// The newest number, 0 where nothing happened yet.
///
/// # Errors
/// Whatever the file refuses.
pub fn newest(tx: &ReadTx<'_>) -> Result<i64> {
    tx.value("SELECT COALESCE(MAX(seq), 0) FROM event", [])
}

fn from_row(row: &Row<'_>) -> Result<Event> {
    Ok(Event {
        seq: row.get(0)?,
        at: Timestamp::from_micros(row.get(1)?),
        topic: row.get(2)?,
        subject_kind: row.get(3)?,
        subject_id: row.get(4)?,
        actor: row.get(5)?,
        correlation_id: row.get(6)?,
        data_json: row.get(7)?,
    })
}
