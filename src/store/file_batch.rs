//! Uploaded files and their rows. A row's cells are only in `sealed`, and only until its request has left.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::attempt::Attempt;
use crate::domain::file_batch::{FileBatch, FileBatchStatus, RowFacts, RowVerdict};
use crate::domain::id::{AttemptId, FileBatchId, TransactionId, UserId};
use crate::domain::time::Timestamp;
use crate::error::Result;

const FILE_BATCH: &str = "file_batch";

/// A row whose turn has come.
pub(crate) struct PendingRow {
    pub(crate) line: u32,
    pub(crate) sealed: Vec<u8>,
}

/// A row that waits for what became of its attempt.
pub(crate) struct WaitingRow {
    pub(crate) line: u32,
    pub(crate) facts: RowFacts,
    pub(crate) attempt_id: AttemptId,
}

/// Opens a batch whose rows are arriving.
pub(crate) fn insert(tx: &mut WriteTx<'_>, batch: &FileBatch) -> Result<()> {
    let columns = serde_json::to_string(&batch.columns).expect("strings always have a JSON form");
    tx.run(
        "INSERT INTO file_batch (id, user_id, status, columns_json, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        params![
            batch.id.as_str(),
            batch.user_id.as_ref().map_or("", UserId::as_str),
            batch.status.as_str(),
            columns,
            batch.created_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Adds a row as it arrived, sealed.
pub(crate) fn insert_row(tx: &mut WriteTx<'_>, id: &FileBatchId, line: u32, sealed: &[u8]) -> Result<()> {
    tx.run(
        "INSERT INTO file_batch_row (batch_id, line, sealed) VALUES (?1, ?2, ?3)",
        params![id.as_str(), line, sealed],
    )?;
    Ok(())
}

/// The file has arrived whole.
pub(crate) fn set_arrived(tx: &mut WriteTx<'_>, id: &FileBatchId, num_lines: u32) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE file_batch SET status = 'pending', num_lines = ?2, updated_at = ?3
         WHERE id = ?1 AND status = 'uploading'",
        params![id.as_str(), num_lines, now],
    )?;
    Ok(())
}

/// The batch with this id.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &FileBatchId) -> Result<Option<FileBatch>> {
    tx.one(
        "SELECT id, user_id, status, columns_json, num_lines, processed_lines, completed_at, created_at
         FROM file_batch WHERE id = ?1",
        [id.as_str()],
        from_row,
    )
}

/// The oldest batch with something to do: a row whose turn has come, or one whose attempt was decided.
pub(crate) fn fetch_due(tx: &ReadTx<'_>) -> Result<Option<FileBatch>> {
    tx.one(
        "SELECT id, user_id, status, columns_json, num_lines, processed_lines, completed_at, created_at
         FROM file_batch AS b
         WHERE b.status IN ('pending', 'processing')
           AND (EXISTS (SELECT 1 FROM file_batch_row AS r WHERE r.batch_id = b.id AND r.state = 'pending')
             OR EXISTS (SELECT 1 FROM file_batch_row AS r JOIN attempt AS a ON a.id = r.attempt_id
                        WHERE r.batch_id = b.id AND r.state = 'waiting'
                          AND a.state IN ('succeeded', 'declined', 'absent', 'cancelled', 'action')))
         ORDER BY b.key LIMIT 1",
        [],
        from_row,
    )
}

/// Rows whose turn has come, in the order of the file.
pub(crate) fn list_pending(tx: &ReadTx<'_>, id: &FileBatchId, limit: u32) -> Result<Vec<PendingRow>> {
    tx.all(
        "SELECT line, COALESCE(sealed, x'') FROM file_batch_row
         WHERE batch_id = ?1 AND state = 'pending' ORDER BY line LIMIT ?2",
        params![id.as_str(), limit],
        |row| Ok(PendingRow { line: row.get(0)?, sealed: row.get(1)? }),
    )
}

/// Rows whose attempt was decided since they were begun.
pub(crate) fn list_decided(tx: &ReadTx<'_>, id: &FileBatchId, limit: u32) -> Result<Vec<WaitingRow>> {
    tx.all(
        "SELECT r.line, r.type, r.amount_minor, r.order_id, r.attempt_id
         FROM file_batch_row AS r JOIN attempt AS a ON a.id = r.attempt_id
         WHERE r.batch_id = ?1 AND r.state = 'waiting'
           AND a.state IN ('succeeded', 'declined', 'absent', 'cancelled', 'action')
         ORDER BY r.line LIMIT ?2",
        params![id.as_str(), limit],
        |row| {
            Ok(WaitingRow {
                line: row.get(0)?,
                facts: RowFacts { kind: row.get(1)?, amount_minor: row.get(2)?, order_id: row.get(3)? },
                attempt_id: AttemptId::from_stored(row.get(4)?),
            })
        },
    )
}

/// Whether nobody has taken the row up yet.
pub(crate) fn is_row_pending(tx: &ReadTx<'_>, id: &FileBatchId, line: u32) -> Result<bool> {
    tx.value(
        "SELECT EXISTS (SELECT 1 FROM file_batch_row WHERE batch_id = ?1 AND line = ?2 AND state = 'pending')",
        params![id.as_str(), line],
    )
}

/// Takes a row up that is pending: from here on it belongs to `attempt`.
pub(crate) fn claim_row(
    tx: &mut WriteTx<'_>,
    id: &FileBatchId,
    line: u32,
    facts: &RowFacts,
    attempt: &Attempt,
) -> Result<()> {
    tx.run(
        "UPDATE file_batch_row SET state = 'waiting', attempt_id = ?3, type = ?4, amount_minor = ?5, order_id = ?6
         WHERE batch_id = ?1 AND line = ?2 AND state = 'pending'",
        params![id.as_str(), line, attempt.id.as_str(), facts.kind, facts.amount_minor, facts.order_id],
    )?;
    Ok(())
}

/// Gives a row back whose attempt was given up before anything was sent.
pub(crate) fn release_row(tx: &mut WriteTx<'_>, id: &FileBatchId, line: u32) -> Result<()> {
    tx.run(
        "UPDATE file_batch_row SET state = 'pending', attempt_id = NULL
         WHERE batch_id = ?1 AND line = ?2 AND state = 'waiting'",
        params![id.as_str(), line],
    )?;
    Ok(())
}

/// Erases the cells of rows whose request has left: whatever comes of it, they are needed no more.
pub(crate) fn erase_sent(tx: &mut WriteTx<'_>, id: &FileBatchId) -> Result<()> {
    tx.run(
        "UPDATE file_batch_row SET sealed = NULL
         WHERE batch_id = ?1 AND state = 'waiting' AND sealed IS NOT NULL
           AND attempt_id IN (SELECT a.id FROM attempt AS a WHERE a.id = file_batch_row.attempt_id
                              AND a.state IN ('unknown', 'pending', 'review'))",
        [id.as_str()],
    )?;
    Ok(())
}

/// Writes a verdict, once, and erases the row's cells; answers whether it was the first.
pub(crate) fn put_verdict(tx: &mut WriteTx<'_>, id: &FileBatchId, verdict: &RowVerdict) -> Result<bool> {
    let changed = tx.run(
        "UPDATE file_batch_row SET state = 'done', sealed = NULL, type = ?3, amount_minor = ?4, order_id = ?5,
           txn_id = ?6, status = ?7, response_code = ?8, message = ?9
         WHERE batch_id = ?1 AND line = ?2 AND state <> 'done'",
        params![
            id.as_str(),
            verdict.line,
            verdict.facts.kind,
            verdict.facts.amount_minor,
            verdict.facts.order_id,
            verdict.transaction_id.as_ref().map_or("", TransactionId::as_str),
            verdict.status,
            verdict.response_code,
            verdict.message,
        ],
    )?;
    Ok(changed == 1)
}

/// Counts `more` verdicts; the last one completes the batch. Answers whether it did.
pub(crate) fn add_processed(tx: &mut WriteTx<'_>, id: &FileBatchId, more: u32) -> Result<bool> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE file_batch SET status = 'processing', processed_lines = processed_lines + ?2, updated_at = ?3
         WHERE id = ?1",
        params![id.as_str(), more, now],
    )?;
    let completed = tx.run(
        "UPDATE file_batch SET status = 'completed', completed_at = ?2
         WHERE id = ?1 AND processed_lines = num_lines",
        params![id.as_str(), now],
    )?;
    Ok(completed == 1)
}

/// Verdicts after `line`, in the order of the file.
pub(crate) fn list_verdicts(tx: &ReadTx<'_>, id: &FileBatchId, after: u32, limit: u32) -> Result<Vec<RowVerdict>> {
    tx.all(
        "SELECT line, type, amount_minor, order_id, txn_id, status, response_code, message FROM file_batch_row
         WHERE batch_id = ?1 AND line > ?2 ORDER BY line LIMIT ?3",
        params![id.as_str(), after, limit],
        |row| {
            let transaction_id: String = row.get(4)?;
            Ok(RowVerdict {
                line: row.get(0)?,
                facts: RowFacts { kind: row.get(1)?, amount_minor: row.get(2)?, order_id: row.get(3)? },
                transaction_id: (!transaction_id.is_empty()).then(|| TransactionId::from_stored(transaction_id)),
                status: row.get(5)?,
                response_code: row.get(6)?,
                message: row.get(7)?,
            })
        },
    )
}

/// A batch that may go: completed before `completed`, or begun before `begun` and never arrived whole.
pub(crate) fn find_stale(tx: &ReadTx<'_>, completed: Timestamp, begun: Timestamp) -> Result<Option<FileBatchId>> {
    let old: Option<String> = tx.one(
        "SELECT id FROM file_batch WHERE completed_at < ?1 ORDER BY completed_at LIMIT 1",
        [completed.as_micros()],
        |row| Ok(row.get(0)?),
    )?;
    let id = match old {
        Some(id) => Some(id),
        None => tx.one(
            "SELECT id FROM file_batch WHERE status = 'uploading' AND created_at < ?1 ORDER BY created_at LIMIT 1",
            [begun.as_micros()],
            |row| Ok(row.get(0)?),
        )?,
    };
    Ok(id.map(FileBatchId::from_stored))
}

/// Removes at most a thousand rows of a batch; answers how many.
pub(crate) fn delete_rows(tx: &mut WriteTx<'_>, id: &FileBatchId) -> Result<usize> {
    tx.run(
        "DELETE FROM file_batch_row
         WHERE key IN (SELECT key FROM file_batch_row WHERE batch_id = ?1 ORDER BY line LIMIT 1000)",
        [id.as_str()],
    )
}

/// Removes a batch without rows.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &FileBatchId) -> Result<()> {
    tx.run("DELETE FROM file_batch WHERE id = ?1", [id.as_str()])?;
    Ok(())
}

/// A sealed row: its key, its batch and line, its bytes.
pub(crate) struct SealedCells {
    pub(crate) key: i64,
    pub(crate) batch_id: FileBatchId,
    pub(crate) line: u32,
    pub(crate) sealed: Vec<u8>,
}

/// At most `limit` sealed rows after row `after`, for a rotation of keys.
pub(crate) fn list_sealed(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<SealedCells>> {
    tx.all(
        "SELECT key, batch_id, line, sealed FROM file_batch_row
         WHERE sealed IS NOT NULL AND key > ?1 ORDER BY key LIMIT ?2",
        params![after, limit],
        |row| {
            Ok(SealedCells {
                key: row.get(0)?,
                batch_id: FileBatchId::from_stored(row.get(1)?),
                line: row.get(2)?,
                sealed: row.get(3)?,
            })
        },
    )
}

/// Stores cells sealed anew.
pub(crate) fn update_sealed(tx: &mut WriteTx<'_>, key: i64, sealed: &[u8]) -> Result<()> {
    tx.run("UPDATE file_batch_row SET sealed = ?2 WHERE key = ?1", params![key, sealed])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<FileBatch> {
    let id: String = row.get(0)?;
    let (user_id, status, columns): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let bad = |column: &str, why: &str| bad_row(FILE_BATCH, column, &id, why);
    Ok(FileBatch {
        user_id: (!user_id.is_empty()).then(|| UserId::from_stored(user_id)),
        status: FileBatchStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        columns: serde_json::from_str(&columns).map_err(|why| bad("columns_json", &why.to_string()))?,
        num_lines: row.get(4)?,
        processed_lines: row.get(5)?,
        completed_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
        created_at: Timestamp::from_micros(row.get(7)?),
        id: FileBatchId::from_stored(id),
    })
}
