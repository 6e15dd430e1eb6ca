//! Ledger rows: accounts with their four totals, and the hash-chained, append-only entries.
//!
//! Invariant: an entry and both its totals change in one write, and a gated account never falls below its limit but by
//! a document that decides that itself ([`Gate::Open`]).

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx, ledger_entry};
use crate::domain::currency::Denomination;
use crate::domain::ledger::chart::{AccountKind, Fact};
use crate::domain::ledger::{AccountName, Form, Posting, Side, Totals};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The document in whose transaction entries are written: its noun and its id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// "invoice".
    pub(crate) kind: &'a str,
    /// Its id.
    pub(crate) id: &'a str,
}

/// Whether an entry refuses to take a gated account below its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gate {
    /// It does.
    Closed,
    /// The document has decided it, or wants no gate.
    Open,
}

/// What one part of a total holds at most: a total is its high part times this, and the rest.
const PART: i128 = 1_000_000_000_000;

/// An account as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Account {
    pub(crate) key: i64,
    pub(crate) totals: Totals,
    pub(crate) credit_limit: i64,
    pub(crate) is_gated: bool,
    /// When its totals last changed.
    pub(crate) moved_at: Timestamp,
}

/// Writes `postings` in force, in their order.
///
/// # Errors
/// `InsufficientFunds` where a gated account would fall below its limit; nothing is written then.
pub(crate) fn post(tx: &mut WriteTx<'_>, source: Source<'_>, postings: &[Posting]) -> Result<()> {
    post_through(tx, source, postings, Gate::Closed)
}

/// [`post`] through this gate.
///
/// # Errors
/// As [`post`].
pub(crate) fn post_through(tx: &mut WriteTx<'_>, source: Source<'_>, postings: &[Posting], gate: Gate) -> Result<()> {
    for posting in postings {
        write(tx, source, posting, Form::Posted, None, gate)?;
    }
    Ok(())
}

/// Reserves `posting`; the answer ends the reservation with [`post_pending`] or [`void_pending`].
///
/// # Errors
/// `InsufficientFunds` as in [`post`].
pub(crate) fn reserve(tx: &mut WriteTx<'_>, source: Source<'_>, posting: &Posting) -> Result<i64> {
    reserve_through(tx, source, posting, Gate::Closed)
}

/// [`reserve`] through this gate.
///
/// # Errors
/// As [`post`].
pub(crate) fn reserve_through(tx: &mut WriteTx<'_>, source: Source<'_>, posting: &Posting, gate: Gate) -> Result<i64> {
    write(tx, source, posting, Form::Pending, None, gate)
}

/// Ends the reservation `pending_key` by posting `amount` of it; the rest is released.
///
/// # Errors
/// `NotFound` where nothing is reserved under that key, `Conflict` where it was ended before.
pub(crate) fn post_pending(tx: &mut WriteTx<'_>, source: Source<'_>, pending_key: i64, amount: i64) -> Result<()> {
    let (mut posting, reserved) = open_reservation(tx, pending_key)?;
    if amount < 1 || amount > reserved {
        return Err(Error::invalid("amount", "is not within the reservation"));
    }
    posting.amount = amount;
    write(tx, source, &posting, Form::PostPending { reserved }, Some(pending_key), Gate::Open).map(|_| ())
}

/// Ends the reservation `pending_key` without effect.
///
/// # Errors
/// As [`post_pending`].
pub(crate) fn void_pending(tx: &mut WriteTx<'_>, source: Source<'_>, pending_key: i64) -> Result<()> {
    let (posting, reserved) = open_reservation(tx, pending_key)?;
    write(tx, source, &posting, Form::VoidPending { reserved }, Some(pending_key), Gate::Open).map(|_| ())
}

/// The reservations of a document that nothing has ended yet.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn open_reservations(tx: &ReadTx<'_>, source: Source<'_>) -> Result<Vec<i64>> {
    tx.all(
        "SELECT key FROM ledger_entry AS held
         WHERE source_kind = ?1 AND source_id = ?2 AND form = 'pending'
           AND NOT EXISTS (SELECT 1 FROM ledger_entry AS ended WHERE ended.pending_key = held.key)
         ORDER BY key",
        params![source.kind, source.id],
        |row| Ok(row.get(0)?),
    )
}

/// Writes the mirror image of every entry in force of `source`, less what was mirrored before, as `fact`.
///
/// # Errors
/// As [`post`].
pub(crate) fn reverse(tx: &mut WriteTx<'_>, source: Source<'_>, fact: Fact) -> Result<()> {
    let rows = tx.all(
        "SELECT debit_account, credit_account, SUM(amount) FROM ledger_entry
         WHERE source_kind = ?1 AND source_id = ?2 AND form IN ('posted', 'post_pending')
         GROUP BY debit_account, credit_account ORDER BY MIN(key)",
        params![source.kind, source.id],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)),
    )?;
    for (debit, credit, amount) in &rows {
        let mirrored = rows.iter().find(|other| other.0 == *credit && other.1 == *debit).map_or(0, |other| other.2);
        let left = amount.saturating_sub(mirrored);
        if left > 0 {
            let posting = Posting { fact, debit: name_of(tx, *credit)?, credit: name_of(tx, *debit)?, amount: left };
            write(tx, source, &posting, Form::Posted, None, Gate::Closed)?;
        }
    }
    Ok(())
}

/// The account of that name, if anything was ever posted to it.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn account(tx: &ReadTx<'_>, name: &AccountName) -> Result<Option<Account>> {
    if let Some(known) = tx.behind().and_then(|behind| behind.state().known.account(name)) {
        return Ok(Some(known));
    }
    let found = tx.one_of_file(
        "SELECT key, debits_pending, debits_pending_high, debits_posted, debits_posted_high, credits_pending,
           credits_pending_high, credits_posted, credits_posted_high, credit_limit, gated, moved_at
         FROM ledger_account WHERE kind = ?1 AND owner = ?2 AND denomination = ?3",
        params![name.kind.as_str(), name.owner, name.denomination.as_str()],
        account_from_row,
    )?;
    keep(tx, name, found);
    Ok(found)
}

/// The account with this key as the file has it, whatever waits.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn account_of_file(tx: &ReadTx<'_>, key: i64) -> Result<Option<Account>> {
    tx.one_of_file(
        "SELECT key, debits_pending, debits_pending_high, debits_posted, debits_posted_high, credits_pending,
           credits_pending_high, credits_posted, credits_posted_high, credit_limit, gated, moved_at
         FROM ledger_account WHERE key = ?1",
        [key],
        account_from_row,
    )
}

/// Remembers an account that was read, where the writer does.
fn keep(tx: &ReadTx<'_>, name: &AccountName, found: Option<Account>) {
    if let (Some(behind), Some(account)) = (tx.behind(), found) {
        let mut state = behind.state();
        state.known.keep_account(name, account);
        state.note_read(account.key);
    }
}

/// Sets how far below zero a gated account may go.
///
/// # Errors
/// `Conflict` where the account is already further down.
pub(crate) fn set_credit_limit(tx: &mut WriteTx<'_>, name: &AccountName, limit: i64) -> Result<()> {
    let account = account_or_new(tx, name)?;
    if account.totals.available().saturating_add(limit.into()) < 0 {
        return Err(Error::Conflict("the balance is already below that limit".to_owned()));
    }
    tx.run("UPDATE ledger_account SET credit_limit = ?2 WHERE key = ?1", params![account.key, limit])?;
    Ok(())
}

/// All accounts with their totals, in a fixed order: the trial balance.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn trial_balance(tx: &ReadTx<'_>) -> Result<Vec<(AccountName, Totals)>> {
    tx.all(
        // full scan: a report over every account.
        "SELECT key, kind, owner, denomination, debits_pending, debits_pending_high, debits_posted, debits_posted_high,
           credits_pending, credits_pending_high, credits_posted, credits_posted_high
         FROM ledger_account ORDER BY key",
        [],
        |row| Ok((name_from_row(row)?, totals_from_row(row, 4)?)),
    )
}

fn write(
    tx: &mut WriteTx<'_>,
    source: Source<'_>,
    posting: &Posting,
    form: Form,
    pending_key: Option<i64>,
    gate: Gate,
) -> Result<i64> {
    let debit = account_or_new(tx, &posting.debit)?;
    let credit = account_or_new(tx, &posting.credit)?;
    let debit_after = after(&debit, Side::Debit, form, posting.amount)?;
    if gate == Gate::Closed && is_below(&debit, &debit_after) {
        return Err(Error::InsufficientFunds);
    }
    let credit_after = after(&credit, Side::Credit, form, posting.amount)?;
    if gate == Gate::Closed && is_below(&credit, &credit_after) {
        return Err(Error::InsufficientFunds);
    }
    update_totals(tx, &debit, debit_after)?;
    update_totals(tx, &credit, credit_after)?;
    ledger_entry::insert(tx, source, posting, form, pending_key, (debit.key, credit.key))
}

fn is_below(account: &Account, after: &Totals) -> bool {
    account.is_gated && after.available().saturating_add(account.credit_limit.into()) < 0
}

fn after(account: &Account, side: Side, form: Form, amount: i64) -> Result<Totals> {
    account.totals.after(side, form, amount).ok_or_else(|| Error::invalid("amount", "the account's total overflows"))
}

fn update_totals(tx: &mut WriteTx<'_>, account: &Account, totals: Totals) -> Result<()> {
    let now = tx.now();
    // Checked at once: what waits must be writable.
    for total in [totals.debits_pending, totals.debits_posted, totals.credits_pending, totals.credits_posted] {
        parts(total)?;
    }
    if tx.behind().is_some_and(|behind| behind.state().move_account(account.key, totals, now)) {
        return Ok(());
    }
    write_totals(tx, &Account { totals, moved_at: now, ..*account })
}

/// Writes the totals of an account.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn write_totals(tx: &ReadTx<'_>, account: &Account) -> Result<()> {
    let Account { key, totals, moved_at, .. } = account;
    let (debits_pending, debits_pending_high) = parts(totals.debits_pending)?;
    let (debits_posted, debits_posted_high) = parts(totals.debits_posted)?;
    let (credits_pending, credits_pending_high) = parts(totals.credits_pending)?;
    let (credits_posted, credits_posted_high) = parts(totals.credits_posted)?;
    tx.execute(
        "UPDATE ledger_account
         SET debits_pending = ?2, debits_pending_high = ?3, debits_posted = ?4, debits_posted_high = ?5,
           credits_pending = ?6, credits_pending_high = ?7, credits_posted = ?8, credits_posted_high = ?9, moved_at = ?10
         WHERE key = ?1",
        params![
            key,
            debits_pending,
            debits_pending_high,
            debits_posted,
            debits_posted_high,
            credits_pending,
            credits_pending_high,
            credits_posted,
            credits_posted_high,
            moved_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// A total as its two columns, the low one first.
fn parts(total: i128) -> Result<(i64, i64)> {
    let part = |value: i128| i64::try_from(value).map_err(|_| Error::internal("a ledger total has run over"));
    Ok((part(total % PART)?, part(total / PART)?))
}

/// A total of its two columns, the low one first.
pub(in crate::store) fn total_of(low: i64, high: i64) -> i128 {
    i128::from(high) * PART + i128::from(low)
}

/// Totals from eight columns in their order, from column `at` on.
pub(in crate::store) fn totals_from_row(row: &Row<'_>, at: usize) -> Result<Totals> {
    let total = |at: usize| -> Result<i128> {
        let (low, high): (i64, i64) = (row.get(at)?, row.get(at + 1)?);
        Ok(total_of(low, high))
    };
    Ok(Totals {
        debits_pending: total(at)?,
        debits_posted: total(at + 2)?,
        credits_pending: total(at + 4)?,
        credits_posted: total(at + 6)?,
    })
}

/// The key of the account of that name, opened where it was not there.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn open_account(tx: &mut WriteTx<'_>, name: &AccountName) -> Result<i64> {
    Ok(account_or_new(tx, name)?.key)
}

fn account_or_new(tx: &mut WriteTx<'_>, name: &AccountName) -> Result<Account> {
    if let Some(found) = account(tx, name)? {
        return Ok(found);
    }
    tx.run(
        "INSERT INTO ledger_account (kind, owner, denomination, gated) VALUES (?1, ?2, ?3, ?4)",
        params![name.kind.as_str(), name.owner, name.denomination.as_str(), name.kind.is_gated()],
    )?;
    account(tx, name)?.ok_or_else(|| Error::internal("a ledger account vanished"))
}

/// What is reserved under that key and its amount, unless it was ended.
fn open_reservation(tx: &ReadTx<'_>, pending_key: i64) -> Result<(Posting, i64)> {
    let posting = reservation(tx, pending_key)?;
    let is_ended: bool =
        tx.value("SELECT EXISTS (SELECT 1 FROM ledger_entry WHERE pending_key = ?1)", [pending_key])?;
    if is_ended {
        return Err(Error::Conflict("the reservation was ended before".to_owned()));
    }
    let amount = posting.amount;
    Ok((posting, amount))
}

fn reservation(tx: &ReadTx<'_>, pending_key: i64) -> Result<Posting> {
    let (fact, debit, credit, amount) = tx
        .one(
            "SELECT fact, debit_account, credit_account, amount FROM ledger_entry WHERE key = ?1 AND form = 'pending'",
            [pending_key],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?)),
        )?
        .ok_or_else(|| Error::not_found("reservation", pending_key.to_string()))?;
    let fact = Fact::parse(&fact).ok_or_else(|| bad_row("ledger_entry", "fact", pending_key, &fact))?;
    Ok(Posting { fact, debit: name_of(tx, debit)?, credit: name_of(tx, credit)?, amount })
}

fn name_of(tx: &ReadTx<'_>, key: i64) -> Result<AccountName> {
    tx.one("SELECT key, kind, owner, denomination FROM ledger_account WHERE key = ?1", [key], name_from_row)?
        .ok_or_else(|| bad_row("ledger_entry", "account", key, "names no account"))
}

fn account_from_row(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        key: row.get(0)?,
        totals: totals_from_row(row, 1)?,
        credit_limit: row.get(9)?,
        is_gated: row.get(10)?,
        moved_at: Timestamp::from_micros(row.get(11)?),
    })
}

fn name_from_row(row: &Row<'_>) -> Result<AccountName> {
    let key: i64 = row.get(0)?;
    let kind: String = row.get(1)?;
    let denomination: String = row.get(3)?;
    Ok(AccountName {
        kind: AccountKind::parse(&kind).ok_or_else(|| bad_row("ledger_account", "kind", key, &kind))?,
        owner: row.get(2)?,
        denomination: Denomination::parse(&denomination)
            .ok_or_else(|| bad_row("ledger_account", "denomination", key, &denomination))?,
    })
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
