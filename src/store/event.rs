//! The event table: one gap-free sequence, append-only (triggers refuse anything else).

use rusqlite::{Row, params};

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
    data_json: &str,
) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO event (at, topic, subject_kind, subject_id, actor, correlation_id, data_json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![now, topic.as_str(), topic.noun(), subject_id, actor, correlation_id, data_json],
    )?;
    Ok(())
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
