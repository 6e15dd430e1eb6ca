//! What an endpoint was sent, try by try, and what it is to be sent once more.

use rusqlite::params;

use super::{ReadTx, WriteTx};
use crate::domain::id::{WebhookId, WebhookReplayId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{WebhookDelivery, WebhookReplay};
use crate::error::Result;

/// Writes a try into the log.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, delivery: &WebhookDelivery) -> Result<()> {
    let d = delivery;
    tx.run(
        "INSERT INTO webhook_delivery (webhook_id, seq, message_id, type, attempt, is_replay, at, duration_ms, status,
           problem, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            d.webhook_id.as_str(),
            d.seq,
            d.message_id,
            d.kind,
            d.attempt,
            d.is_replay,
            d.at.as_micros(),
            i64::try_from(d.duration_ms).unwrap_or(i64::MAX),
            d.status,
            d.problem,
            d.answer,
        ],
    )?;
    Ok(())
}

/// Tries of an endpoint before row `before`, newest first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list(tx: &ReadTx<'_>, webhook: &WebhookId, before: i64, limit: u32) -> Result<Vec<WebhookDelivery>> {
    tx.all(
        "SELECT key, seq, message_id, type, attempt, is_replay, at, duration_ms, status, problem, answer
         FROM webhook_delivery WHERE webhook_id = ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3",
        params![webhook.as_str(), before, limit],
        |row| {
            Ok(WebhookDelivery {
                key: row.get(0)?,
                webhook_id: webhook.clone(),
                seq: row.get(1)?,
                message_id: row.get(2)?,
                kind: row.get(3)?,
                attempt: row.get(4)?,
                is_replay: row.get(5)?,
                at: Timestamp::from_micros(row.get(6)?),
                duration_ms: u64::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
                status: row.get(8)?,
                problem: row.get(9)?,
                answer: row.get(10)?,
            })
        },
    )
}

/// Forgets tries before `before`, at most `limit`; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn prune(tx: &mut WriteTx<'_>, before: Timestamp, limit: u32) -> Result<usize> {
    tx.run(
        "DELETE FROM webhook_delivery WHERE key IN
           (SELECT key FROM webhook_delivery WHERE at < ?1 ORDER BY at LIMIT ?2)",
        params![before.as_micros(), limit],
    )
}

/// Adds events to be sent once more.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn replay_insert(tx: &mut WriteTx<'_>, replay: &WebhookReplay) -> Result<()> {
    let WebhookReplay { id, webhook_id, after_seq, to_seq, created_at } = replay;
    tx.run(
        "INSERT INTO webhook_replay (id, webhook_id, after_seq, to_seq, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.as_str(), webhook_id.as_str(), after_seq, to_seq, created_at.as_micros()],
    )?;
    Ok(())
}

/// The oldest replay of an endpoint.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn replay_first(tx: &ReadTx<'_>, webhook: &WebhookId) -> Result<Option<WebhookReplay>> {
    tx.one(
        "SELECT id, after_seq, to_seq, created_at FROM webhook_replay WHERE webhook_id = ?1 ORDER BY key LIMIT 1",
        [webhook.as_str()],
        |row| {
            Ok(WebhookReplay {
                id: WebhookReplayId::from_stored(row.get(0)?),
                webhook_id: webhook.clone(),
                after_seq: row.get(1)?,
                to_seq: row.get(2)?,
                created_at: Timestamp::from_micros(row.get(3)?),
            })
        },
    )
}

/// How many replays of an endpoint are open.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn replay_count(tx: &ReadTx<'_>, webhook: &WebhookId) -> Result<u32> {
    tx.value("SELECT COUNT(*) FROM webhook_replay WHERE webhook_id = ?1", [webhook.as_str()])
}

/// Notes how far a replay is; it goes when it is done.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn replay_advance(tx: &mut WriteTx<'_>, id: &WebhookReplayId, reached: i64) -> Result<()> {
    tx.run("DELETE FROM webhook_replay WHERE id = ?1 AND to_seq <= ?2", params![id.as_str(), reached])?;
    tx.run("UPDATE webhook_replay SET after_seq = ?2 WHERE id = ?1 AND after_seq < ?2", params![id.as_str(), reached])?;
    Ok(())
}
