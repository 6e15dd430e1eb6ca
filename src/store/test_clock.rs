//! The one row of table `test_clock`: where the clock of a file stands that is moved by hand.
//!
//! Commands beside the server write at this instant, and a restart goes on from it; a machine's clock in between would
//! pull every later row of the file to its own date.

use rusqlite::{Connection, params};

use super::{ReadTx, WriteTx};
use crate::domain::time::{SECOND, Timestamp};
use crate::error::{Error, Result};

/// Where the clock of this file stands; `None` where it is the machine's.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    tx.one("SELECT at FROM test_clock WHERE key = 1", [], |row| Ok(Timestamp::from_micros(row.get(0)?)))
}

/// Remembers that the clock moved to `at`; does nothing in a file that follows the machine's clock.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn advance(tx: &mut WriteTx<'_>, at: Timestamp) -> Result<()> {
    tx.run("UPDATE test_clock SET at = max(at, ?1) WHERE key = 1", [at.as_micros()])?;
    Ok(())
}

/// The file follows the machine's clock from now on.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn clear(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.run("DELETE FROM test_clock WHERE key = 1", [])?;
    Ok(())
}

/// Puts the test clock of a file that is about to be served at `start`, before its writer starts. Rows that exist by
/// then (the furnishing, keys) may be younger: what is written from now on is dated by the test clock alone.
///
/// # Errors
/// `Conflict` where the file has invoices, charges or subscriptions that are younger than `start`.
pub(super) fn stand(connection: &Connection, start: Timestamp) -> Result<()> {
    let tx = ReadTx::new(connection);
    if fetch(&tx)?.is_some() {
        return Ok(());
    }
    if let Some(newest) = newest_document(&tx)?.filter(|newest| *newest > start) {
        return Err(Error::Conflict(format!(
            "the test clock cannot start at {start}: these books already reach {newest}; start it there or later, or \
             take a new folder"
        )));
    }
    tx.execute(
        "INSERT INTO test_clock (key, at, after_seq) VALUES (1, ?1, (SELECT coalesce(max(seq), 0) FROM event))",
        params![start.as_micros()],
    )?;
    Ok(())
}

/// The instant of the newest row that moves money or will.
fn newest_document(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let newest: Option<i64> = tx.value(
        // full scan: one step down from the newest key of each table, once at a start
        "SELECT max(at) FROM (
           SELECT * FROM (SELECT created_at AS at FROM txn ORDER BY key DESC LIMIT 1)
           UNION ALL SELECT * FROM (SELECT created_at FROM invoice ORDER BY key DESC LIMIT 1)
           UNION ALL SELECT * FROM (SELECT created_at FROM subscription ORDER BY key DESC LIMIT 1))",
        [],
    )?;
    Ok(newest.map(Timestamp::from_micros))
}

/// The instant of the newest event; in a file with a test clock, of the newest one since that clock stands.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn newest_instant(connection: &Connection) -> Result<Timestamp> {
    let newest = ReadTx::new(connection).one(
        "SELECT at FROM event WHERE seq > (SELECT coalesce(max(after_seq), 0) FROM test_clock)
         ORDER BY seq DESC LIMIT 1",
        [],
        |row| Ok(Timestamp::from_micros(row.get(0)?)),
    )?;
    Ok(newest.unwrap_or_default())
}

/// Where a clock that is moved by hand goes on after a restart: where it stood, or at the second of the newest event
/// where it was on its way.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn goes_on_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let Some(at) = fetch(tx)? else { return Ok(None) };
    let newest = tx.one(
        "SELECT at FROM event WHERE seq > (SELECT coalesce(max(after_seq), 0) FROM test_clock)
         ORDER BY seq DESC LIMIT 1",
        [],
        |row| Ok(whole_second(Timestamp::from_micros(row.get(0)?))),
    )?;
    Ok(Some(newest.map_or(at, |newest| newest.max(at))))
}

/// Writes of one instant are a few microseconds apart.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_micros().div_euclid(SECOND).saturating_mul(SECOND))
}
