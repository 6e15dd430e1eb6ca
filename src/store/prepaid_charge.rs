//! Card charges for prepaid units, read together with their transactions.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::currency::{Currency, Denomination};
use crate::domain::id::{CustomerId, TransactionId};
use crate::domain::money::Money;
use crate::domain::page::PageAsked;
use crate::domain::prepaid_charge::{ChargeDecline, ChargeKind, ChargeStatus, PrepaidCharge};
use crate::domain::time::Timestamp;
use crate::domain::transaction::TransactionStatus;
use crate::error::Result;

/// Notes what the transaction that was just begun is for.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(
    tx: &mut WriteTx<'_>,
    (transaction, customer): (&TransactionId, &CustomerId),
    (kind, source_id): (ChargeKind, &str),
    denomination: Option<&Denomination>,
    due_at: Option<Timestamp>,
    attempt: u32,
) -> Result<()> {
    tx.run(
        "INSERT INTO prepaid_charge (txn_id, customer_id, kind, source_id, denomination, due_at, attempt)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            transaction.as_str(),
            customer.as_str(),
            kind.as_str(),
            source_id,
            denomination.map(Denomination::as_str),
            due_at.map(Timestamp::as_micros),
            attempt,
        ],
    )?;
    Ok(())
}

/// The charge that a transaction is, if it is one.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, transaction: &TransactionId) -> Result<Option<PrepaidCharge>> {
    let found = tx.one(
        "SELECT prepaid_charge.key, txn_id, prepaid_charge.customer_id, prepaid_charge.kind, source_id, denomination,
           due_at, attempt, txn.currency, txn.amount_minor, txn.status, txn.response_code,
           EXISTS (SELECT 1 FROM attempt WHERE attempt.txn_id = txn.id AND attempt.hard = 1), txn.created_at,
           txn.updated_at
         FROM prepaid_charge JOIN txn ON txn.id = prepaid_charge.txn_id WHERE prepaid_charge.txn_id = ?1",
        [transaction.as_str()],
        from_row,
    )?;
    Ok(found.map(|(_, charge)| charge))
}

/// Units that were taken back because money of this charge went back, less those that were given again.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn units_returned(tx: &ReadTx<'_>, transaction: &TransactionId) -> Result<i64> {
    let found = tx.one(
        "SELECT COALESCE(SUM(CASE fact WHEN 'balance_debit' THEN amount ELSE -amount END), 0) FROM ledger_entry
         WHERE source_kind = 'prepaid_return' AND source_id = ?1",
        [transaction.as_str()],
        |row| Ok(row.get(0)?),
    )?;
    Ok(found.unwrap_or(0))
}

/// What refunds have given back of a transaction, minor units; those under way and those undone do not count.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn refunded_minor(tx: &ReadTx<'_>, transaction: &TransactionId) -> Result<i64> {
    let found = tx.one(
        "SELECT COALESCE(SUM(captured_minor), 0) FROM txn WHERE referenced_id = ?1 AND type = 'refund'
           AND status NOT IN ('declined', 'unknown', 'pending', 'voided')",
        [transaction.as_str()],
        |row| Ok(row.get(0)?),
    )?;
    Ok(found.unwrap_or(0))
}

/// A customer's charges, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of(tx: &ReadTx<'_>, customer: &CustomerId, asked: PageAsked) -> Result<Vec<(i64, PrepaidCharge)>> {
    tx.all(
        "SELECT prepaid_charge.key, txn_id, prepaid_charge.customer_id, prepaid_charge.kind, source_id, denomination,
           due_at, attempt, txn.currency, txn.amount_minor, txn.status, txn.response_code,
           EXISTS (SELECT 1 FROM attempt WHERE attempt.txn_id = txn.id AND attempt.hard = 1), txn.created_at,
           txn.updated_at
         FROM prepaid_charge JOIN txn ON txn.id = prepaid_charge.txn_id
         WHERE prepaid_charge.customer_id = ?1 AND prepaid_charge.key < ?2 ORDER BY prepaid_charge.key DESC LIMIT ?3",
        params![customer.as_str(), asked.before_key(), asked.probe()],
        from_row,
    )
}

fn from_row(row: &Row<'_>) -> Result<(i64, PrepaidCharge)> {
    let key: i64 = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row("prepaid_charge", column, key, text);
    let (kind, currency, status): (String, String, String) = (row.get(3)?, row.get(8)?, row.get(10)?);
    let denomination: Option<String> = row.get(5)?;
    let denomination =
        denomination.map(|text| Denomination::parse(&text).ok_or_else(|| bad("denomination", &text))).transpose()?;
    let currency = Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?;
    let status = match TransactionStatus::parse(&status).ok_or_else(|| bad("status", &status))? {
        TransactionStatus::Unknown | TransactionStatus::Pending => ChargeStatus::Confirming,
        TransactionStatus::Declined => ChargeStatus::Declined,
        _ => ChargeStatus::Succeeded,
    };
    let decline = match status {
        ChargeStatus::Declined => Some(ChargeDecline { code: row.get(11)?, is_hard: row.get(12)? }),
        ChargeStatus::Confirming | ChargeStatus::Succeeded => None,
    };
    let (created_at, updated_at): (i64, i64) = (row.get(13)?, row.get(14)?);
    let charge = PrepaidCharge {
        transaction_id: TransactionId::from_stored(row.get(1)?),
        customer_id: CustomerId::from_stored(row.get(2)?),
        kind: ChargeKind::parse(&kind).ok_or_else(|| bad("kind", &kind))?,
        source_id: row.get(4)?,
        denomination,
        due_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_micros),
        attempt: row.get(7)?,
        amount: Money::new(row.get(9)?, currency)?,
        status,
        decline,
        created_at: Timestamp::from_micros(created_at),
        updated_at: (updated_at != created_at).then(|| Timestamp::from_micros(updated_at)),
    };
    Ok((key, charge))
}
