//! Attempts: rows of the charging protocol. The unique index `attempt_one_live` is what makes a second charge
//! impossible; nothing here works around it.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState, Change};
use crate::domain::currency::Currency;
use crate::domain::id::{AttemptId, ProcessorId, TransactionId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

const ATTEMPT: &str = "attempt";

/// Writes a new attempt down.
///
/// # Errors
/// `Conflict` where another attempt of the charge is open or succeeded.
pub(crate) fn insert(tx: &mut WriteTx<'_>, attempt: &Attempt, request_hash: &[u8; 32]) -> Result<()> {
    tx.run(
        "INSERT INTO attempt (id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id,
           reference, request_hash, state, handle, poll_at, created_at, updated_at, change_json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15)",
        params![
            attempt.id.as_str(),
            attempt.transaction_id.as_str(),
            attempt.charge_key,
            attempt.number,
            attempt.operation.as_str(),
            attempt.amount.minor(),
            attempt.amount.currency().code(),
            attempt.processor_id.as_str(),
            attempt.reference,
            request_hash,
            attempt.state.as_str(),
            attempt.handle,
            attempt.poll_at.map(Timestamp::as_micros),
            attempt.created_at.as_micros(),
            change_text(&attempt.change)?,
        ],
    )?;
    Ok(())
}

/// Writes everything that changes in the life of an attempt.
///
/// # Errors
/// `Conflict` where the change would make two attempts of a charge live.
pub(crate) fn update(tx: &mut WriteTx<'_>, attempt: &Attempt) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE attempt SET state = ?2, handle = ?3, boot_id = ?4, was_unknown = ?5, provisional = ?6,
           response_code = ?7, hard = ?8, sent_at = ?9, polls = ?10, poll_at = ?11,
           finished_at = CASE WHEN ?12 THEN COALESCE(finished_at, ?13) END, updated_at = ?13
         WHERE id = ?1",
        params![
            attempt.id.as_str(),
            attempt.state.as_str(),
            attempt.handle,
            attempt.boot_id,
            attempt.was_unknown,
            attempt.provisional,
            attempt.response_code,
            attempt.hard,
            attempt.sent_at.map(Timestamp::as_micros),
            attempt.polls,
            attempt.poll_at.map(Timestamp::as_micros),
            attempt.state.is_final(),
            now,
        ],
    )?;
    Ok(())
}

/// The attempt with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &AttemptId) -> Result<Option<Attempt>> {
    tx.one(
        "SELECT id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id, reference, state,
           handle, boot_id, was_unknown, provisional, response_code, hard, sent_at, polls, poll_at, created_at, change_json
         FROM attempt WHERE id = ?1",
        [id.as_str()],
        from_row,
    )
}

/// The attempt that carries this reference.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch_by_reference(tx: &ReadTx<'_>, reference: &str) -> Result<Option<Attempt>> {
    tx.one(
        "SELECT id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id, reference, state,
           handle, boot_id, was_unknown, provisional, response_code, hard, sent_at, polls, poll_at, created_at, change_json
         FROM attempt WHERE reference = ?1",
        [reference],
        from_row,
    )
}

/// The newest attempt of a charge.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn newest_of_charge(tx: &ReadTx<'_>, charge_key: &str) -> Result<Option<Attempt>> {
    tx.one(
        "SELECT id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id, reference, state,
           handle, boot_id, was_unknown, provisional, response_code, hard, sent_at, polls, poll_at, created_at, change_json
         FROM attempt WHERE charge_key = ?1 ORDER BY number DESC LIMIT 1",
        [charge_key],
        from_row,
    )
}

/// The attempts of a transaction, oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of_transaction(tx: &ReadTx<'_>, id: &TransactionId) -> Result<Vec<Attempt>> {
    tx.all(
        "SELECT id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id, reference, state,
           handle, boot_id, was_unknown, provisional, response_code, hard, sent_at, polls, poll_at, created_at, change_json
         FROM attempt WHERE txn_id = ?1 ORDER BY key",
        [id.as_str()],
        from_row,
    )
}

/// Open attempts that an earlier run of the program left before an answer came.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_abandoned(tx: &ReadTx<'_>, boot_id: &str, limit: u32) -> Result<Vec<Attempt>> {
    tx.all(
        "SELECT id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id, reference, state,
           handle, boot_id, was_unknown, provisional, response_code, hard, sent_at, polls, poll_at, created_at, change_json
         FROM attempt
         WHERE state IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review')
           AND state IN ('intent', 'prepared', 'sending') AND boot_id <> ?1
         ORDER BY key LIMIT ?2",
        params![boot_id, limit],
        from_row,
    )
}

/// Attempts whose time to ask the processor has come, the most overdue first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_to_poll(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Attempt>> {
    tx.all(
        "SELECT id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id, reference, state,
           handle, boot_id, was_unknown, provisional, response_code, hard, sent_at, polls, poll_at, created_at, change_json
         FROM attempt WHERE poll_at IS NOT NULL AND poll_at <= ?1 ORDER BY poll_at LIMIT ?2",
        params![now.as_micros(), limit],
        from_row,
    )
}

/// When the next attempt is to be asked about.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_poll_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let next: Option<i64> = tx.value("SELECT MIN(poll_at) FROM attempt WHERE poll_at IS NOT NULL", [])?;
    Ok(next.map(Timestamp::from_micros))
}

/// Attempts that only a person can decide.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_in_review(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<Attempt>> {
    tx.all(
        "SELECT id, txn_id, charge_key, number, operation, amount_minor, currency, processor_id, reference, state,
           handle, boot_id, was_unknown, provisional, response_code, hard, sent_at, polls, poll_at, created_at, change_json
         FROM attempt
         WHERE state IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review')
           AND state = 'review'
         ORDER BY key LIMIT ?1",
        [limit],
        from_row,
    )
}

fn from_row(row: &Row<'_>) -> Result<Attempt> {
    let id: String = row.get(0)?;
    let bad = |column: &str, value: &str| bad_row(ATTEMPT, column, &id, value);
    let operation: String = row.get(4)?;
    let currency: String = row.get(6)?;
    let state: String = row.get(9)?;
    let currency = Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?;
    Ok(Attempt {
        transaction_id: TransactionId::from_stored(row.get(1)?),
        charge_key: row.get(2)?,
        number: row.get(3)?,
        operation: AttemptOperation::parse(&operation).ok_or_else(|| bad("operation", &operation))?,
        amount: Money::new(row.get(5)?, currency).map_err(|why| bad("amount_minor", &why.to_string()))?,
        processor_id: ProcessorId::from_stored(row.get(7)?),
        reference: row.get(8)?,
        state: AttemptState::parse(&state).ok_or_else(|| bad("state", &state))?,
        handle: row.get(10)?,
        boot_id: row.get(11)?,
        was_unknown: row.get(12)?,
        provisional: row.get(13)?,
        response_code: row.get(14)?,
        hard: row.get(15)?,
        sent_at: row.get::<_, Option<i64>>(16)?.map(Timestamp::from_micros),
        polls: row.get(17)?,
        poll_at: row.get::<_, Option<i64>>(18)?.map(Timestamp::from_micros),
        created_at: Timestamp::from_micros(row.get(19)?),
        change: read_change(&id, &row.get::<_, String>(20)?)?,
        id: AttemptId::from_stored(id),
    })
}

/// [`Change`] as JSON in `change_json`; what stays is left out.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Change")]
struct StoredChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tip_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_exempt: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    po_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
}

fn change_text(change: &Change) -> Result<String> {
    let mut text = Vec::new();
    StoredChange::serialize(change, &mut serde_json::Serializer::new(&mut text)).map_err(Error::internal)?;
    String::from_utf8(text).map_err(Error::internal)
}

fn read_change(id: &str, text: &str) -> Result<Change> {
    let change = StoredChange::deserialize(&mut serde_json::Deserializer::from_str(text));
    change.map_err(|why| bad_row(ATTEMPT, "change_json", id, why))
}
