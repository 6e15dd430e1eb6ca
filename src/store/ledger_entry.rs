//! Entries of the ledger: numbered without a gap, each hashed with the one before it.

use sha2::{Digest, Sha256};

use super::ledger::Source;
use super::rows::{bytes, number, number_or_null, text, write_rows};
use super::{ReadTx, WriteTx};
use crate::domain::ledger::{Form, HashedEntry, Posting, hash_input};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// An entry that waits to be written.
pub(super) struct EntryRow {
    pub(super) key: i64,
    pub(super) hash: [u8; 32],
    at: Timestamp,
    fact: &'static str,
    source_kind: String,
    source_id: String,
    form: &'static str,
    pending_key: Option<i64>,
    debit: i64,
    credit: i64,
    amount: i64,
}

/// Adds an entry to the chain, with its accounts' keys; answers its key.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn insert(
    tx: &mut WriteTx<'_>,
    source: Source<'_>,
    posting: &Posting,
    form: Form,
    pending_key: Option<i64>,
    (debit, credit): (i64, i64),
) -> Result<i64> {
    let (last, previous) = end(tx)?;
    let entry = HashedEntry {
        key: last + 1,
        at: tx.now(),
        fact: posting.fact.as_str(),
        source_kind: source.kind,
        source_id: source.id,
        form: form.as_str(),
        pending_key,
        debit_account: debit,
        credit_account: credit,
        amount: posting.amount,
    };
    let row = EntryRow {
        key: entry.key,
        hash: Sha256::digest(hash_input(&previous, &entry)).into(),
        at: entry.at,
        fact: posting.fact.as_str(),
        source_kind: source.kind.to_owned(),
        source_id: source.id.to_owned(),
        form: form.as_str(),
        pending_key,
        debit,
        credit,
        amount: posting.amount,
    };
    let key = row.key;
    match tx.behind() {
        Some(behind) => behind.state().add_entry(row),
        None => write_all(tx, &[row])?,
    }
    Ok(key)
}

/// The newest entry's key and hash.
fn end(tx: &ReadTx<'_>) -> Result<(i64, [u8; 32])> {
    if let Some(known) = tx.behind().and_then(|behind| *behind.state().entry_end()) {
        return Ok(known);
    }
    let found = tx.one_of_file("SELECT key, hash FROM ledger_entry ORDER BY key DESC LIMIT 1", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?))
    })?;
    Ok(found.unwrap_or((0, [0; 32])))
}

/// Writes entries in their order.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn write_all(tx: &ReadTx<'_>, entries: &[EntryRow]) -> Result<()> {
    write_rows(
        tx,
        entries,
        "INSERT INTO ledger_entry
           (key, at, fact, source_kind, source_id, form, pending_key, debit_account, credit_account, amount, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        |row| {
            [
                number(row.key),
                number(row.at.as_micros()),
                text(row.fact),
                text(&row.source_kind),
                text(&row.source_id),
                text(row.form),
                number_or_null(row.pending_key),
                number(row.debit),
                number(row.credit),
                number(row.amount),
                bytes(&row.hash),
            ]
        },
    )
}
