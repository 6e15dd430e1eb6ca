//! Files of transactions: uploaded whole, run row by row over the charging protocol, read back with a verdict a row.
//!
//! Invariants: what a row holds lies in the file only sealed, and only until its request has left; a row and the
//! attempt that it makes are tied in one commit, so a row is charged once whatever crashes; one bad row stops nothing.

mod records;
mod run;
mod upload;

use super::{App, Caller};
use crate::domain::access::{Action, Permission};
use crate::domain::file_batch::{FileBatch, FileBatchStatus, RowVerdict};
use crate::domain::id::FileBatchId;
use crate::domain::time::{DAY, HOUR, Timestamp};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};
use crate::vault::{Place, Vault};

/// Verdicts read at once.
const VERDICTS_MAX: u32 = 1_000;
/// An upload of which nothing more came for this long is forgotten, microseconds.
const UPLOAD_STALE_US: i64 = HOUR;

impl App {
    /// The file batch with this id; somebody else's only with `view_others_transactions`.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound` (also once its verdicts are no longer kept).
    pub fn file_batch_find(&self, caller: &Caller, id: &FileBatchId) -> Result<FileBatch> {
        caller.may(Action::FileBatchAccess)?;
        let kept_since = self.now().plus(-limits::FILE_BATCH_KEPT_DAYS * DAY);
        self.store()
            .read(|tx| store::file_batch::fetch(tx, id))?
            .filter(|batch| batch.status != FileBatchStatus::Uploading)
            .filter(|batch| batch.completed_at.is_none_or(|at| at >= kept_since))
            .filter(|batch| caller.has(Permission::ViewOthersTransactions) || batch.user_id == caller.user_id)
            .ok_or_else(|| Error::not_found("file batch", id.as_str()))
    }

    /// The file batch with this id, once every row has its verdict.
    ///
    /// # Errors
    /// As [`App::file_batch_find`]; `Conflict` before.
    pub fn file_batch_find_completed(&self, caller: &Caller, id: &FileBatchId) -> Result<FileBatch> {
        let batch = self.file_batch_find(caller, id)?;
        if batch.status == FileBatchStatus::Completed {
            return Ok(batch);
        }
        let FileBatch { processed_lines, num_lines, .. } = batch;
        Err(Error::Conflict(format!(
            "the file batch is not completed: {processed_lines} of {num_lines} lines are done"
        )))
    }

    /// Some verdicts of a completed batch after line `after`, in the order of the file; none when all were read.
    ///
    /// # Errors
    /// As [`App::file_batch_find_completed`].
    pub fn file_batch_verdicts(&self, caller: &Caller, id: &FileBatchId, after: u32) -> Result<Vec<RowVerdict>> {
        self.file_batch_find_completed(caller, id)?;
        self.store().read(|tx| store::file_batch::list_verdicts(tx, id, after, VERDICTS_MAX))
    }

    /// Forgets batches whose verdicts were kept long enough, and uploads that never arrived whole; answers how many
    /// rows went.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub(crate) async fn file_batch_prune(&self) -> Result<usize> {
        let completed = self.now().plus(-limits::FILE_BATCH_KEPT_DAYS * DAY);
        let begun = self.now().plus(-UPLOAD_STALE_US);
        let mut removed = 0;
        while let Some(id) = self.store().read(|tx| store::file_batch::find_stale(tx, completed, begun))? {
            removed += self.file_batch_forget(&id).await?;
        }
        Ok(removed)
    }

    /// Removes a batch with its rows, in bounded writes; answers how many rows there were.
    async fn file_batch_forget(&self, id: &FileBatchId) -> Result<usize> {
        let mut removed = 0;
        loop {
            let which = id.clone();
            let count = self
                .store()
                .write(move |tx| {
                    let count = store::file_batch::delete_rows(tx, &which)?;
                    if count == 0 {
                        store::file_batch::delete(tx, &which)?;
                    }
                    Ok(count)
                })
                .await?;
            removed += count;
            if count == 0 {
                return Ok(removed);
            }
        }
    }

    /// When a row of an uploaded file is next to be run or to get its verdict.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub(crate) fn next_file_batch_at(&self) -> Result<Option<Timestamp>> {
        Ok(self.store().read(store::file_batch::fetch_due)?.map(|batch| batch.created_at))
    }
}

/// Seals a batch of rows after row `after` anew; the key of the last one it saw, if any.
pub(super) fn reseal_in(
    tx: &mut WriteTx<'_>,
    vault: &Vault,
    current: u32,
    after: i64,
    limit: u32,
) -> Result<Option<i64>> {
    let rows = store::file_batch::list_sealed(tx, after, limit)?;
    let last = rows.last().map(|row| row.key);
    for row in rows.into_iter().filter(|row| Vault::key_of(&row.sealed) != Some(current)) {
        let name = row_name(&row.batch_id, row.line);
        let secret = vault.open_sealed(&place(&name), &row.sealed)?;
        let again = vault.seal(&place(&name), &secret, tx.random())?;
        store::file_batch::update_sealed(tx, row.key, &again)?;
    }
    Ok(last)
}

/// The name that a row's sealed cells are bound to.
fn row_name(id: &FileBatchId, line: u32) -> String {
    format!("{id}/{line}")
}

fn place(name: &str) -> Place<'_> {
    Place { table: "file_batch_row", row: name, column: "sealed" }
}
