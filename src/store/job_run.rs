//! Runs of jobs, for people who ask whether the machine is alive.

use rusqlite::params;

use super::{ReadTx, WriteTx};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// One run that did something or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobRun {
    pub(crate) job: String,
    pub(crate) started_at: Timestamp,
    pub(crate) items: usize,
    pub(crate) is_done: bool,
    pub(crate) detail: String,
}

/// Records a run that ended.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, run: &JobRun) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO job_run (job, started_at, finished_at, items, outcome, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            run.job,
            run.started_at.as_micros(),
            now,
            i64::try_from(run.items).unwrap_or(i64::MAX),
            if run.is_done { "done" } else { "failed" },
            run.detail,
        ],
    )?;
    Ok(())
}

/// The newest run of a job.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn newest(tx: &ReadTx<'_>, job: &str) -> Result<Option<JobRun>> {
    tx.one(
        "SELECT job, started_at, items, outcome, detail FROM job_run WHERE job = ?1 ORDER BY key DESC LIMIT 1",
        [job],
        |row| {
            Ok(JobRun {
                job: row.get(0)?,
                started_at: Timestamp::from_micros(row.get(1)?),
                items: usize::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                is_done: row.get::<_, String>(3)? == "done",
                detail: row.get(4)?,
            })
        },
    )
}

/// Forgets runs before `before`, at most a thousand; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn prune(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<usize> {
    tx.run(
        "DELETE FROM job_run WHERE key IN (SELECT key FROM job_run ORDER BY key LIMIT 1000) AND started_at < ?1",
        [before.as_micros()],
    )
}
