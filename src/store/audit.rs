//! Questions that prove the books: everything is computed again from the entries, whatever the totals say.
//!
//! These statements read whole tables on purpose; nothing but `verify` asks them.

use rusqlite::params;

use super::ReadTx;
use super::ledger::totals_from_row;
use crate::domain::ledger::{HashedEntry, Totals};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// An entry as it lies in the file, with its hash.
#[derive(Clone, Debug)]
pub(crate) struct EntryRow {
    pub(crate) key: i64,
    pub(crate) at: Timestamp,
    pub(crate) fact: String,
    pub(crate) source_kind: String,
    pub(crate) source_id: String,
    pub(crate) form: String,
    pub(crate) pending_key: Option<i64>,
    pub(crate) debit_account: i64,
    pub(crate) credit_account: i64,
    pub(crate) amount: i64,
    pub(crate) hash: Vec<u8>,
}

impl EntryRow {
    /// The columns that the hash covers.
    pub(crate) fn hashed(&self) -> HashedEntry<'_> {
        HashedEntry {
            key: self.key,
            at: self.at,
            fact: &self.fact,
            source_kind: &self.source_kind,
            source_id: &self.source_id,
            form: &self.form,
            pending_key: self.pending_key,
            debit_account: self.debit_account,
            credit_account: self.credit_account,
            amount: self.amount,
        }
    }
}

/// What SQLite says of its own file: empty where all is well.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn file_problems(tx: &ReadTx<'_>) -> Result<Vec<String>> {
    let mut problems = tx.all("PRAGMA integrity_check(10)", [], |row| Ok(row.get::<_, String>(0)?))?;
    problems.retain(|line| line != "ok");
    let dangling = tx.all("PRAGMA foreign_key_check", [], |row| {
        Ok(format!(
            "{} row {:?} names a missing {}",
            row.get::<_, String>(0)?,
            row.get::<_, Option<i64>>(1)?,
            row.get::<_, String>(2)?
        ))
    })?;
    problems.extend(dangling);
    Ok(problems)
}

/// Entries after `after` in their order, at most `limit`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn entries_after(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<EntryRow>> {
    tx.all(
        "SELECT key, at, fact, source_kind, source_id, form, pending_key, debit_account, credit_account, amount, hash
         FROM ledger_entry WHERE key > ?1 ORDER BY key LIMIT ?2",
        params![after, limit],
        |row| {
            Ok(EntryRow {
                key: row.get(0)?,
                at: Timestamp::from_micros(row.get(1)?),
                fact: row.get(2)?,
                source_kind: row.get(3)?,
                source_id: row.get(4)?,
                form: row.get(5)?,
                pending_key: row.get(6)?,
                debit_account: row.get(7)?,
                credit_account: row.get(8)?,
                amount: row.get(9)?,
                hash: row.get(10)?,
            })
        },
    )
}

/// An account with its totals as stored.
#[derive(Clone, Debug)]
pub(crate) struct AccountRow {
    pub(crate) key: i64,
    pub(crate) name: String,
    pub(crate) totals: Totals,
}

/// Every account.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn accounts(tx: &ReadTx<'_>) -> Result<Vec<AccountRow>> {
    tx.all(
        // full scan: the proof computes every account again.
        "SELECT key, kind || '/' || owner || '/' || denomination, debits_pending, debits_pending_high, debits_posted,
           debits_posted_high, credits_pending, credits_pending_high, credits_posted, credits_posted_high
         FROM ledger_account ORDER BY key",
        [],
        |row| Ok(AccountRow { key: row.get(0)?, name: row.get(1)?, totals: totals_from_row(row, 2)? }),
    )
}

/// The numbers of events: how many, first, last.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn event_numbers(tx: &ReadTx<'_>) -> Result<(i64, i64, i64)> {
    let row = tx.one(
        // full scan: a gap can be anywhere.
        "SELECT COUNT(*), COALESCE(MIN(seq), 1), COALESCE(MAX(seq), 0) FROM event",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    Ok(row.unwrap_or((0, 1, 0)))
}

/// Balances that a step of a plan moved otherwise than it says, as sentences.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn plan_grants_moved_otherwise(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<String>> {
    tx.all(
        // full scan: every grant is compared with its ledger entries.
        "SELECT plan_grant.step_id, plan_grant.denomination, plan_grant.moved,
           COALESCE(SUM(CASE ledger_entry.credit_account WHEN balance.account THEN ledger_entry.amount
             ELSE -ledger_entry.amount END), 0) AS posted
         FROM plan_grant
         JOIN balance ON balance.customer_id = plan_grant.customer_id AND balance.denomination = plan_grant.denomination
         LEFT JOIN ledger_entry ON ledger_entry.source_kind = 'plan_step'
           AND ledger_entry.source_id = plan_grant.step_id
           AND balance.account IN (ledger_entry.debit_account, ledger_entry.credit_account)
         GROUP BY plan_grant.key HAVING posted <> plan_grant.moved LIMIT ?1",
        [limit],
        |row| {
            Ok(format!(
                "plan step {}: the ledger has {} of {}, the step {}",
                row.get::<_, String>(0)?,
                row.get::<_, i64>(3)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?
            ))
        },
    )
}

/// Steps of plans that are done without their one charge, or not done with one, as sentences.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn plan_steps_paid_otherwise(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<String>> {
    tx.all(
        // full scan: every step is compared with the attempts of its charge.
        "SELECT plan_step.id, plan_step.status, plan_step.charge, COUNT(attempt.id) AS paid,
           COALESCE(SUM(attempt.amount_minor), 0) AS minor,
           (SELECT COUNT(*) FROM plan_grant WHERE plan_grant.step_id = plan_step.id) AS grants
         FROM plan_step
         LEFT JOIN prepaid_charge ON prepaid_charge.customer_id = plan_step.customer_id
           AND prepaid_charge.source_id = plan_step.id
         LEFT JOIN attempt ON attempt.txn_id = prepaid_charge.txn_id AND attempt.operation = 'sale'
           AND attempt.state = 'succeeded'
         GROUP BY plan_step.key
         HAVING minor <> (plan_step.status = 'succeeded') * plan_step.charge OR paid > 1
           OR (plan_step.status <> 'succeeded' AND grants > 0)
         LIMIT ?1",
        [limit],
        |row| {
            Ok(format!(
                "plan step {} is {} and costs {}: {} was taken in {} charges, {} balances were filled",
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(4)?,
                row.get::<_, i64>(3)?,
                row.get::<_, i64>(5)?
            ))
        },
    )
}

/// Invoices whose paid amount is not what transactions (and the merchant's word) brought, as sentences.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn invoices_paid_otherwise(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<String>> {
    tx.all(
        // full scan: every invoice is compared with its ledger entries.
        "SELECT invoice.id, invoice.paid_minor, COALESCE(moved.paid, 0) FROM invoice
         LEFT JOIN (
           SELECT txn.invoice_id AS invoice_id, SUM(txn.captured_minor - MIN(txn.tip_minor, txn.captured_minor)) AS paid
           FROM txn
           WHERE txn.invoice_id IS NOT NULL AND txn.type IN ('sale', 'authorize')
             AND txn.status IN ('pending_settlement', 'settled', 'refunded', 'partially_refunded')
           GROUP BY txn.invoice_id) AS moved ON moved.invoice_id = invoice.id
         WHERE invoice.paid_minor < COALESCE(moved.paid, 0)
         LIMIT ?1",
        [limit],
        |row| {
            Ok(format!(
                "invoice {}: {} is noted as paid, but {} was captured for it",
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?
            ))
        },
    )
}

/// Refills whose outcome is not what the ledger credited and what their charge came to, as sentences.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn refills_credited_otherwise(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<String>> {
    let mut problems = tx.all(
        // full scan: every refill is compared with its ledger entries and its charge.
        "SELECT id, status, amount, credits, COALESCE(credited, 0), COALESCE(charge, '') FROM (
           SELECT refill.id, refill.status, refill.amount, refill.charge_minor,
             (SELECT COUNT(*) FROM ledger_entry WHERE source_kind = 'auto_refill' AND source_id = refill.id) AS credits,
             (SELECT amount FROM ledger_entry WHERE source_kind = 'auto_refill' AND source_id = refill.id
                AND fact = 'balance_credit' LIMIT 1) AS credited,
             (SELECT txn.status FROM txn WHERE txn.id = refill.txn_id) AS charge
           FROM refill)
         WHERE credits <> (status = 'succeeded') OR (status = 'succeeded' AND credited <> amount)
           OR (charge IS NULL AND charge_minor > 0)
           OR (charge IS NOT NULL AND (status = 'confirming') <> (charge IN ('unknown', 'pending')))
           OR (charge IS NOT NULL AND (status IN ('declined', 'not_sent')) <> (charge = 'declined'))
         LIMIT ?1",
        [limit],
        |row| {
            Ok(format!(
                "refill {} of {} is {}: the ledger credited {} in {} entries, its charge is {:?}",
                row.get::<_, String>(0)?,
                row.get::<_, i64>(2)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(4)?,
                row.get::<_, i64>(3)?,
                row.get::<_, String>(5)?
            ))
        },
    )?;
    problems.extend(tx.all(
        "SELECT key, source_id FROM ledger_entry WHERE source_kind = 'auto_refill'
           AND NOT EXISTS (SELECT 1 FROM refill WHERE refill.id = ledger_entry.source_id) LIMIT ?1",
        [limit],
        |row| {
            Ok(format!(
                "ledger entry {} credits refill {}, which is not there",
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?
            ))
        },
    )?);
    Ok(problems)
}

/// Orders whose state contradicts their charges, and orders of balances whose items do not come to them, as sentences.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn orders_charged_otherwise(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<String>> {
    let mut problems = tx.all(
        // full scan: every order is compared with the attempts to charge it.
        "SELECT id, state, taken FROM (
           SELECT sales_order.id, sales_order.state, sales_order.amount_minor,
             (SELECT COALESCE(SUM(attempt.amount_minor), 0) FROM attempt
              WHERE attempt.charge_key = 'order/' || sales_order.id AND attempt.state = 'succeeded') AS taken
           FROM sales_order)
         WHERE (state = 'paid' AND taken <> amount_minor)
           OR (state IN ('waiting', 'charging', 'failed', 'outside') AND taken <> 0) OR taken > amount_minor
         LIMIT ?1",
        [limit],
        |row| {
            let (id, state, taken): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("order {id} is {state}, but {taken} was taken for it"))
        },
    )?;
    problems.append(&mut tx.all(
        // full scan: every order of a balance is compared with its items.
        "SELECT id, amount_minor, items FROM (
           SELECT sales_order.id, sales_order.amount_minor,
             (SELECT COALESCE(SUM(account_item.amount_minor), 0) FROM account_item
              WHERE account_item.order_id = sales_order.id) AS items
           FROM sales_order WHERE charge = 'balance')
         WHERE items <> 0 AND items <> amount_minor
         LIMIT ?1",
        [limit],
        |row| {
            let (id, amount, items): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("order {id} comes to {amount}, the items it took from a balance to {items}"))
        },
    )?);
    Ok(problems)
}

/// A charge that bought units, some of which went back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ReturnedRow {
    pub(crate) transaction_id: String,
    pub(crate) status: String,
    pub(crate) settled_minor: i64,
    pub(crate) units: i64,
}

/// Charges of deposits and refills that were voided or refunded.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn charges_returned(tx: &ReadTx<'_>) -> Result<Vec<ReturnedRow>> {
    tx.all(
        // full scan: every charge that bought units is compared with what went back.
        "SELECT txn.id, txn.status, txn.settled_minor, COALESCE(deposit.amount, refill.amount)
         FROM prepaid_charge JOIN txn ON txn.id = prepaid_charge.txn_id
         LEFT JOIN deposit ON deposit.txn_id = txn.id LEFT JOIN refill ON refill.txn_id = txn.id
         WHERE COALESCE(deposit.status, refill.status) = 'succeeded'
           AND (txn.status = 'voided' OR txn.refunded_minor > 0
             OR EXISTS (SELECT 1 FROM ledger_entry WHERE source_kind = 'prepaid_return' AND source_id = txn.id))",
        [],
        |row| {
            Ok(ReturnedRow {
                transaction_id: row.get(0)?,
                status: row.get(1)?,
                settled_minor: row.get(2)?,
                units: row.get(3)?,
            })
        },
    )
}

/// What processors hold by transactions that wait for settlement: processor, currency, taken less given.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn unsettled_by_processor(tx: &ReadTx<'_>) -> Result<Vec<(String, String, i64)>> {
    tx.all(
        "SELECT processor_id, currency,
           SUM(CASE WHEN type IN ('refund', 'credit') THEN -captured_minor ELSE captured_minor END)
         FROM txn INDEXED BY txn_to_settle
         WHERE status = 'pending_settlement' GROUP BY processor_id, currency ORDER BY 1, 2",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// Open attempts that nobody will look at any more, as sentences.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn attempts_forgotten(tx: &ReadTx<'_>, sent_before: Timestamp, limit: u32) -> Result<Vec<String>> {
    tx.all(
        "SELECT id, state FROM attempt INDEXED BY attempt_open
         WHERE state IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review')
           AND state <> 'review' AND sent_at IS NOT NULL AND (poll_at IS NULL OR sent_at < ?1)
         LIMIT ?2",
        params![sent_before.as_micros(), limit],
        |row| Ok(format!("attempt {} is {} past its deadline", row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
    )
}

/// A successful attempt that moved money, for comparison with the processor's book.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    pub(crate) id: String,
    pub(crate) processor_id: String,
    pub(crate) reference: String,
    pub(crate) transaction_id: String,
    pub(crate) operation: String,
    /// What the books say was moved, minor units.
    pub(crate) moved_minor: i64,
    /// Whether a person said that it was paid.
    pub(crate) is_by_hand: bool,
    pub(crate) key: i64,
}

/// Successful attempts after `after`, in order, at most `limit`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn attempts_succeeded_after(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<Moved>> {
    tx.all(
        "SELECT attempt.key, attempt.id, attempt.processor_id, attempt.reference, attempt.txn_id, attempt.operation,
           CASE WHEN attempt.operation IN ('capture', 'adjust') THEN attempt.amount_minor ELSE txn.authorized_minor END,
           EXISTS (SELECT 1 FROM event
             WHERE subject_kind = 'attempt' AND subject_id = attempt.id AND json_extract(data_json, '$.was_paid'))
         FROM attempt JOIN txn ON txn.id = attempt.txn_id
         WHERE attempt.key > ?1 AND attempt.state = 'succeeded' ORDER BY attempt.key LIMIT ?2",
        params![after, limit],
        |row| {
            Ok(Moved {
                key: row.get(0)?,
                id: row.get(1)?,
                processor_id: row.get(2)?,
                reference: row.get(3)?,
                transaction_id: row.get(4)?,
                operation: row.get(5)?,
                moved_minor: row.get(6)?,
                is_by_hand: row.get(7)?,
            })
        },
    )
}

/// The state of the attempt that carries `reference`, if one does.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn attempt_state(tx: &ReadTx<'_>, reference: &str) -> Result<Option<String>> {
    tx.one("SELECT state FROM attempt WHERE reference = ?1", [reference], |row| Ok(row.get(0)?))
}
