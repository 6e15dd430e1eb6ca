//! Settlement batches: one per processor, currency, terminal and cut-off.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::transaction::ToSettle;
use super::{ReadTx, WriteTx};
use crate::domain::currency::Currency;
use crate::domain::customer::TextMatch;
use crate::domain::id::{ProcessorId, SettlementBatchId, TerminalId};
use crate::domain::money::Money;
use crate::domain::settlement::{SettlementBatch, SettlementDay, SettlementFilter, SettlementFound};
use crate::domain::time::{DAY, Timestamp};
use crate::error::Result;

/// Opens the batch of a cut-off, empty.
///
/// # Errors
/// `Conflict` where it is there.
pub(crate) fn insert(tx: &mut WriteTx<'_>, group: &ToSettle, cutoff_at: Timestamp) -> Result<SettlementBatch> {
    let ToSettle { processor_id, currency, terminal_id } = group;
    let currency = *currency;
    let newest: i64 = tx.value("SELECT COALESCE(MAX(key), 0) FROM settlement_batch", [])?;
    let batch = SettlementBatch {
        id: tx.new_id(),
        processor_id: processor_id.clone(),
        batch_number: newest + 1,
        cutoff_at,
        num_transactions: 0,
        captured: Money::zero(currency),
        credit: Money::zero(currency),
        response_code: 100,
        response_message: "ACCEPT".to_owned(),
        created_at: tx.now(),
    };
    tx.run(
        "INSERT INTO settlement_batch (id, processor_id, batch_number, cutoff_at, currency, num_transactions,
           captured_minor, credit_minor, response_code, response_message, created_at, terminal_id)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?6, ?7, ?8, ?9)",
        params![
            batch.id.as_str(),
            processor_id.as_str(),
            batch.batch_number,
            cutoff_at.as_micros(),
            currency.code(),
            batch.response_code,
            batch.response_message,
            batch.created_at.as_micros(),
            terminal_id.as_ref().map_or("", TerminalId::as_str),
        ],
    )?;
    Ok(batch)
}

/// Writes the sums of a batch.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, batch: &SettlementBatch) -> Result<()> {
    tx.run(
        "UPDATE settlement_batch SET num_transactions = ?2, captured_minor = ?3, credit_minor = ?4 WHERE id = ?1",
        params![batch.id.as_str(), batch.num_transactions, batch.captured.minor(), batch.credit.minor()],
    )?;
    Ok(())
}

/// The batch with this id, and what settles in it.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &SettlementBatchId) -> Result<Option<(SettlementBatch, ToSettle)>> {
    tx.one(
        "SELECT id, processor_id, batch_number, cutoff_at, currency, num_transactions, captured_minor, credit_minor,
           response_code, response_message, created_at, terminal_id
         FROM settlement_batch WHERE id = ?1",
        [id.as_str()],
        |row| {
            let (batch, terminal) = (from_row(row)?, row.get::<_, String>("terminal_id")?);
            let (processor_id, currency) = (batch.processor_id.clone(), batch.captured.currency());
            let terminal_id = (!terminal.is_empty()).then(|| TerminalId::from_stored(terminal));
            Ok((batch, ToSettle { processor_id, currency, terminal_id }))
        },
    )
}

/// The batch of a cut-off, if it was opened.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch_of_cutoff(
    tx: &ReadTx<'_>,
    group: &ToSettle,
    cutoff_at: Timestamp,
) -> Result<Option<SettlementBatch>> {
    let ToSettle { processor_id, currency, terminal_id } = group;
    let terminal = terminal_id.as_ref().map_or("", TerminalId::as_str);
    tx.one(
        "SELECT id, processor_id, batch_number, cutoff_at, currency, num_transactions, captured_minor, credit_minor,
           response_code, response_message, created_at
         FROM settlement_batch
         WHERE processor_id = ?1 AND currency = ?2 AND cutoff_at = ?3 AND terminal_id = ?4",
        params![processor_id.as_str(), currency.code(), cutoff_at.as_micros(), terminal],
        from_row,
    )
}

/// The number of a batch.
///
/// # Errors
/// Where the file cannot be read.
pub(crate) fn fetch_number(tx: &ReadTx<'_>, id: &SettlementBatchId) -> Result<Option<i64>> {
    tx.one("SELECT batch_number FROM settlement_batch WHERE id = ?1", [id.as_str()], |row| Ok(row.get(0)?))
}

/// Days that a summary has at most.
const DAYS_MAX: u32 = 1_000;

/// Batches that fit, newest first, with how many there are in all and their sums by day.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn search(tx: &ReadTx<'_>, filter: &SettlementFilter, limit: u32, offset: u32) -> Result<SettlementFound> {
    let from = filter.cutoff.0.map_or(i64::MIN, Timestamp::as_micros);
    let to = filter.cutoff.1.map_or(i64::MAX, Timestamp::as_micros);
    let (is, is_not) = match &filter.id {
        Some(TextMatch { value, is_excluded: false }) => (Some(value.as_str()), None),
        Some(TextMatch { value, is_excluded: true }) => (None, Some(value.as_str())),
        None => (None, None),
    };
    let total: i64 = tx.value(
        "SELECT COUNT(*) FROM settlement_batch WHERE cutoff_at BETWEEN ?1 AND ?2
           AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR id <> ?4)",
        params![from, to, is, is_not],
    )?;
    let batches = tx.all(
        "SELECT id, processor_id, batch_number, cutoff_at, currency, num_transactions, captured_minor, credit_minor,
           response_code, response_message, created_at
         FROM settlement_batch WHERE cutoff_at BETWEEN ?1 AND ?2
           AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR id <> ?4)
         ORDER BY cutoff_at DESC, key DESC LIMIT ?5 OFFSET ?6",
        params![from, to, is, is_not, limit, offset],
        from_row,
    )?;
    let days = tx.all(
        "SELECT cutoff_at - cutoff_at % ?5 AS day, processor_id, currency, SUM(num_transactions) AS num_transactions,
           SUM(captured_minor) AS captured_minor, SUM(credit_minor) AS credit_minor
         FROM settlement_batch WHERE cutoff_at BETWEEN ?1 AND ?2
           AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR id <> ?4)
         GROUP BY day, processor_id, currency ORDER BY day DESC, processor_id, currency LIMIT ?6",
        params![from, to, is, is_not, DAY, DAYS_MAX],
        read_day,
    )?;
    Ok(SettlementFound { days, batches, total: u64::try_from(total).unwrap_or(0) })
}

fn read_day(row: &Row<'_>) -> Result<SettlementDay> {
    let code: String = row.get("currency")?;
    let bad = |column: &str, why: &str| bad_row("settlement_batch", column, "of a day", why);
    let currency = Currency::parse(&code).ok_or_else(|| bad("currency", &code))?;
    let money = |column: &'static str| -> Result<Money> {
        Money::new(row.get(column)?, currency).map_err(|why| bad(column, &why.to_string()))
    };
    Ok(SettlementDay {
        day: Timestamp::from_micros(row.get("day")?),
        processor_id: ProcessorId::from_stored(row.get("processor_id")?),
        num_transactions: row.get("num_transactions")?,
        captured: money("captured_minor")?,
        credit: money("credit_minor")?,
    })
}

fn from_row(row: &Row<'_>) -> Result<SettlementBatch> {
    let id: String = row.get(0)?;
    let code: String = row.get(4)?;
    let bad = |column: &str, why: &str| bad_row("settlement_batch", column, &id, why);
    let currency = Currency::parse(&code).ok_or_else(|| bad("currency", &code))?;
    let money = |column: &str, minor: i64| Money::new(minor, currency).map_err(|why| bad(column, &why.to_string()));
    Ok(SettlementBatch {
        processor_id: ProcessorId::from_stored(row.get(1)?),
        batch_number: row.get(2)?,
        cutoff_at: Timestamp::from_micros(row.get(3)?),
        num_transactions: row.get(5)?,
        captured: money("captured_minor", row.get(6)?)?,
        credit: money("credit_minor", row.get(7)?)?,
        response_code: row.get(8)?,
        response_message: row.get(9)?,
        created_at: Timestamp::from_micros(row.get(10)?),
        id: SettlementBatchId::from_stored(id),
    })
}
