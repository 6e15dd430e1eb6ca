//! Questions to the books: one consistent snapshot on a connection that cannot write.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::types::FromSql;
use rusqlite::{CachedStatement, Connection, Params, Row};

use super::behind::Behind;
use super::error::{failed, is_disk};
use super::{Role, connect};
use crate::clock::Stopwatch;
use crate::error::{Error, Result};
use crate::limits;

/// A consistent view of the books; every statement stays prepared on its connection.
pub struct ReadTx<'c> {
    connection: &'c Connection,
    /// Set once the transaction cannot be believed any more; from then on every statement is refused, because SQLite
    /// may have rolled it back and would commit what follows on its own.
    broken: Cell<bool>,
    /// What the writer has not told SQLite yet; readers have nothing of the kind.
    behind: Option<&'c Behind>,
}

impl<'c> ReadTx<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, broken: Cell::new(false), behind: None }
    }

    /// For a job of the writer: what waits settles before a statement that could miss it.
    pub(super) fn with(connection: &'c Connection, behind: &'c Behind) -> Self {
        Self { behind: Some(behind), ..Self::new(connection) }
    }

    /// What the writer remembers, inside a job of a writer that does.
    pub(super) fn behind(&self) -> Option<&'c Behind> {
        self.behind.filter(|behind| behind.is_on())
    }

    /// Lets settle what waits.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) fn settle(&self) -> Result<()> {
        self.behind.map_or(Ok(()), |behind| behind.settle(self.connection, false))
    }

    /// The same connection without the writer's memory.
    pub(super) fn of_file(&self) -> Self {
        Self::new(self.connection)
    }

    fn prepared(&self, sql: &'static str) -> Result<CachedStatement<'c>> {
        self.refuse_if_broken()?;
        let statement = self.connection.prepare_cached(sql).map_err(|why| self.failed(sql, &why))?;
        if let Some(behind) = self.behind
            && let Err(why) = behind.before(self.connection, sql, statement.readonly())
        {
            self.broken.set(true);
            return Err(why);
        }
        Ok(statement)
    }

    /// The row that `sql` finds, if any. More than one is a fault of the statement.
    pub(in crate::store) fn one<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.first(sql, self.prepared(sql)?, params, map)
    }

    /// [`ReadTx::one`] for a row that is known not to wait, because whoever asks remembers the ones that do.
    pub(in crate::store) fn one_of_file<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.refuse_if_broken()?;
        let statement = self.connection.prepare_cached(sql).map_err(|why| self.failed(sql, &why))?;
        self.first(sql, statement, params, map)
    }

    fn first<T>(
        &self,
        sql: &str,
        mut statement: CachedStatement<'_>,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut rows = statement.query(params).map_err(|why| self.failed(sql, &why))?;
        let Some(row) = rows.next().map_err(|why| self.failed(sql, &why))? else {
            return Ok(None);
        };
        let found = map(row)?;
        // To the end: a foreign key that `INSERT … RETURNING` breaks is only reported there.
        if rows.next().map_err(|why| self.failed(sql, &why))?.is_some() {
            return Err(Error::internal(format!("more than one row (use LIMIT 1 or `all`) in {sql}")));
        }
        Ok(Some(found))
    }

    /// Every row that `sql` finds, in its order.
    pub(in crate::store) fn all<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.prepared(sql)?;
        let mut rows = statement.query(params).map_err(|why| self.failed(sql, &why))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|why| self.failed(sql, &why))? {
            found.push(map(row)?);
        }
        Ok(found)
    }

    /// The first column of the only row of `sql` (a count, a sum, an EXISTS); use an `Option` for what may be NULL.
    /// No row is a fault of the statement: [`ReadTx::one`] is for what may not be there.
    pub(in crate::store) fn value<T: FromSql>(&self, sql: &'static str, params: impl Params) -> Result<T> {
        self.one(sql, params, |row| Ok(row.get(0)?))?
            .ok_or_else(|| Error::internal(format!("no row (use `one`) in {sql}")))
    }

    /// Runs a statement that answers with no rows; answers how many rows it changed.
    pub(super) fn execute(&self, sql: &'static str, params: impl Params) -> Result<usize> {
        let mut statement = self.prepared(sql)?;
        statement.execute(params).map_err(|why| self.failed(sql, &why))
    }

    /// Runs a statement for each of `rows`.
    pub(super) fn execute_each<P: Params>(&self, sql: &'static str, rows: impl Iterator<Item = P>) -> Result<()> {
        let mut statement = self.prepared(sql)?;
        for row in rows {
            statement.execute(row).map_err(|why| self.failed(sql, &why))?;
        }
        Ok(())
    }

    pub(super) fn refuse_if_broken(&self) -> Result<()> {
        if self.broken.get() { Err(Error::Busy) } else { Ok(()) }
    }

    fn failed(&self, sql: &str, why: &rusqlite::Error) -> Error {
        if is_disk(why) || self.connection.is_autocommit() {
            self.broken.set(true);
        }
        failed(sql, why)
    }
}

/// The connections that are not reading just now.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    since_open: Stopwatch,
    /// How long a read may take, microseconds.
    max_us: Option<u64>,
}

struct Reader {
    connection: Connection,
    /// When SQLite interrupts the read, microseconds of `since_open`.
    deadline_us: Arc<AtomicU64>,
}

impl Readers {
    /// A server ends reads that hold back the log; a command (an export, `verify`) reads as long as it needs.
    pub(super) fn new(path: PathBuf, role: Role) -> Self {
        let max_us = match role {
            Role::Server => Some(limits::READ_MAX_MS * 1000),
            Role::Command => None,
        };
        Self::with_max(path, max_us)
    }

    fn with_max(path: PathBuf, max_us: Option<u64>) -> Self {
        Self { path, idle: Mutex::default(), since_open: Stopwatch::start(), max_us }
    }

    /// Runs `f` over a snapshot. A connection on which `f` panicked is closed instead of used again.
    pub(super) fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        let idle = self.idle().pop();
        let reader = idle.map_or_else(|| self.open(), Ok)?;
        if let Some(max_us) = self.max_us {
            reader.deadline_us.store(micros(self.since_open).saturating_add(max_us), Ordering::Relaxed);
        }
        let tx = ReadTx::new(&reader.connection);
        tx.execute("BEGIN DEFERRED", [])?;
        let answer = f(&tx);
        // The end of a read has nothing to lose; what matters is that no old snapshot stays open.
        let ended = ReadTx::new(&reader.connection).execute("ROLLBACK", []).is_ok();
        let mut idle = self.idle();
        if ended && idle.len() < limits::READERS_MAX {
            idle.push(reader);
        }
        answer
    }

    /// Closes the connections that nobody uses, so that the writer, which closes last, can tidy the log away.
    pub(super) fn close_idle(&self) {
        self.idle().clear();
    }

    fn open(&self) -> Result<Reader> {
        let mut connection = connect::reader(&self.path)?;
        let deadline_us = Arc::new(AtomicU64::new(u64::MAX));
        if self.max_us.is_some() {
            let (deadline, clock) = (Arc::clone(&deadline_us), self.since_open);
            let is_late = move || micros(clock) > deadline.load(Ordering::Relaxed);
            connection.progress_handler(10_000, Some(is_late)).map_err(|why| failed("the read deadline", &why))?;
        }
        Ok(Reader { connection, deadline_us })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(clock: Stopwatch) -> u64 {
    u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
