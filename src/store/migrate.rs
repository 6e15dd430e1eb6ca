//! The schema of a file: a new file is made from `schema.sql`; an old one is copied aside, then brought up step by
//! step, each step whole or not at all; a newer one is refused.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::failed;
use super::lock::ServerLock;
use super::{FILE_NAME, backup};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// How a file gets to the newest schema.
#[derive(Clone, Copy)]
struct Plan {
    /// The whole schema of a new file.
    schema: &'static str,
    /// What brings the schema from version `n` to `n + 1`, `n` being the place in the list, from 1:
    /// `include_str!("migrate/NNNN_<what>.sql")`. Foreign keys are on; a step that rebuilds a table others point to
    /// starts with `PRAGMA defer_foreign_keys=ON;`.
    steps: &'static [&'static str],
}

impl Plan {
    const fn version(&self) -> usize {
        self.steps.len() + 1
    }
}

const PLAN: Plan = Plan { schema: include_str!("../../schema.sql"), steps: &[] };

/// The version of the schema that this program reads and writes (`PRAGMA user_version`).
pub const SCHEMA_VERSION: usize = PLAN.version();

/// "Burs": tells our files from other programs' (`PRAGMA application_id`).
const APPLICATION_ID: i64 = 0x4275_7273;

/// Makes, migrates or refuses the file of `connection` in `dir`; answers whether it was made.
/// `has_lock` says whether the caller holds the server's lock; a migration without it takes it for its time, because
/// an older server must not run on a file that changes under it.
///
/// # Errors
/// [`Error::Conflict`] for a newer or foreign file, and for one to migrate while a server runs.
pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    dir: &Path,
    has_lock: bool,
    now: Timestamp,
) -> Result<bool> {
    follow(&PLAN, connection, dir, has_lock, now)
}

fn follow(plan: &Plan, connection: &mut Connection, dir: &Path, has_lock: bool, now: Timestamp) -> Result<bool> {
    if make_if_empty(connection, plan)? {
        return Ok(true);
    }
    let found = version_of(connection)?;
    refuse_what_is_not_ours(connection, found, plan.version())?;
    if found < plan.version() {
        let _lock = if has_lock { None } else { Some(ServerLock::take(dir)?) };
        backup::copy_to(connection, &backup_name(dir, found, now))?;
        run_steps(connection, plan.steps)?;
    }
    Ok(false)
}

/// Makes the schema in a file that has none, all of it or nothing; answers whether it did.
fn make_if_empty(connection: &mut Connection, plan: &Plan) -> Result<bool> {
    let tx = begin(connection)?;
    let objects: i64 = value(&tx, "SELECT count(*) FROM sqlite_schema")?;
    if objects > 0 || version_of(&tx)? > 0 {
        return Ok(false);
    }
    batch(&tx, plan.schema)?;
    set(&tx, "application_id", APPLICATION_ID)?;
    set_version(&tx, plan.version())?;
    tx.commit().map_err(|why| failed("COMMIT", &why))?;
    Ok(true)
}

fn refuse_what_is_not_ours(connection: &Connection, found: usize, newest: usize) -> Result<()> {
    let application: i64 = value(connection, "PRAGMA application_id")?;
    if application != APPLICATION_ID || found == 0 {
        return Err(Error::Conflict("the file is a database of another program".to_owned()));
    }
    if found > newest {
        let text = format!("the file has schema version {found}, this program knows {newest}: use a newer bursar");
        return Err(Error::Conflict(text));
    }
    Ok(())
}

/// Runs the steps that the file has not seen, each in its own transaction together with its version.
fn run_steps(connection: &mut Connection, steps: &[&str]) -> Result<()> {
    for (target, step) in (2_usize..).zip(steps) {
        let tx = begin(connection)?;
        // Asked inside the transaction: another process may have been faster.
        if version_of(&tx)? >= target {
            continue;
        }
        batch(&tx, step)?;
        set_version(&tx, target)?;
        tx.commit().map_err(|why| failed("COMMIT", &why))?;
    }
    Ok(())
}

/// `bursar-v1-1763645000.db`: a name of its own for each attempt.
fn backup_name(dir: &Path, version: usize, now: Timestamp) -> PathBuf {
    let stem = FILE_NAME.trim_end_matches(".db");
    (0..)
        .map(|second| dir.join(format!("{stem}-v{version}-{}.db", now.as_seconds() + second)))
        .find(|path| !path.exists())
        .expect("a folder has finitely many files")
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>> {
    Transaction::new(connection, TransactionBehavior::Immediate).map_err(|why| failed("BEGIN IMMEDIATE", &why))
}

fn version_of(connection: &Connection) -> Result<usize> {
    let version: i64 = value(connection, "PRAGMA user_version")?;
    usize::try_from(version).map_err(|_| Error::Conflict("the file is a database of another program".to_owned()))
}

fn set_version(connection: &Connection, version: usize) -> Result<()> {
    set(connection, "user_version", i64::try_from(version).unwrap_or(i64::MAX))
}

fn set(connection: &Connection, pragma: &str, value: i64) -> Result<()> {
    connection.pragma_update(None, pragma, value).map_err(|why| failed(pragma, &why))
}

fn value(connection: &Connection, sql: &str) -> Result<i64> {
    connection.query_row(sql, [], |row| row.get(0)).map_err(|why| failed(sql, &why))
}

fn batch(connection: &Connection, sql: &str) -> Result<()> {
    connection.execute_batch(sql).map_err(|why| failed(sql, &why))
}

#[cfg(test)]
#[path = "migrate_tests.rs"]
mod tests;
