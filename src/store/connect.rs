//! The only place that opens connections: every setting of SQLite is made here, and read back.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::error::failed;
use crate::error::{Error, Result};

/// SQLite before 3.51.3 could reset a write-ahead log that was still needed.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// How long a statement waits for another process, milliseconds.
const BUSY_TIMEOUT_MS: u64 = 10_000;
/// Statements that each connection keeps prepared.
const STATEMENTS_MAX: usize = 256;
/// Largest text or blob, bytes.
const LENGTH_MAX_BYTES: i32 = 16 * 1024 * 1024;

/// Makes or opens the file for writing. The log is checkpointed at 16000 pages and its file reused, because
/// overwriting is faster than appending; it is never truncated on the way.
pub(super) fn writer(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    batch(
        &connection,
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16000;
         PRAGMA secure_delete=ON; PRAGMA mmap_size=0",
    )?;
    check(&connection)?;
    Ok(connection)
}

/// Opens the file for reading only.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    batch(&connection, "PRAGMA synchronous=FULL; PRAGMA query_only=ON; PRAGMA mmap_size=2147483648")?;
    check(&connection)?;
    Ok(connection)
}

/// Opens the empty file that a backup is written to.
pub(super) fn backup_target(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    batch(&connection, "PRAGMA synchronous=FULL")?;
    Ok(connection)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that opens connections")]
fn open(path: &Path, access: OpenFlags) -> Result<Connection> {
    // Each connection is used by one thread at a time, so SQLite need not lock it again.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|why| Error::internal(format!("cannot open {}: {why}", path.display())))?;
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS)).map_err(|why| failed("the busy timeout", &why))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    harden(&connection).map_err(|why| failed("the connection's settings", &why))?;
    batch(
        &connection,
        "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;
         PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY",
    )?;
    Ok(connection)
}

/// What SQL text cannot set, or must not be able to set back.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    // Without it the statistics of STAT4 make SQLite prepare cached statements again on every run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LENGTH_MAX_BYTES)?;
    Ok(())
}

/// Reads back what makes an answer durable and the file trustworthy: a setting that did not hold stops the start.
fn check(connection: &Connection) -> Result<()> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(Error::internal(format!("SQLite {} is older than 3.51.3", rusqlite::version())));
    }
    for (setting, sql, expected) in [
        ("journal_mode", "PRAGMA journal_mode", "wal"),
        ("synchronous", "PRAGMA synchronous", "2"),
        ("foreign_keys", "PRAGMA foreign_keys", "1"),
        ("trusted_schema", "PRAGMA trusted_schema", "0"),
    ] {
        let found: rusqlite::types::Value =
            connection.query_row(sql, [], |row| row.get(0)).map_err(|why| failed(sql, &why))?;
        let found = match found {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        if found != expected {
            return Err(Error::internal(format!("{setting} is {found}, not {expected}")));
        }
    }
    Ok(())
}

fn batch(connection: &Connection, sql: &str) -> Result<()> {
    connection.execute_batch(sql).map_err(|why| failed(sql, &why))
}

#[cfg(test)]
#[path = "connect_tests.rs"]
mod tests;
