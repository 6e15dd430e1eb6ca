//! Deposits: units bought by card or from another balance, or granted.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::currency::Denomination;
use crate::domain::deposit::{Deposit, DepositStatus, PaidBy};
use crate::domain::id::{CustomerId, DepositId, TransactionId};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a deposit.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, deposit: &Deposit) -> Result<()> {
    let (against, transaction) = match &deposit.paid_by {
        PaidBy::Nobody => (None, None),
        PaidBy::Balance(denomination) => (Some(denomination.as_str()), None),
        PaidBy::Card(id) => (None, Some(id.as_str())),
    };
    tx.run(
        "INSERT INTO deposit (id, customer_id, denomination, amount, charged, charged_against, txn_id, status,
           created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        params![
            deposit.id.as_str(),
            deposit.customer_id.as_str(),
            deposit.denomination.as_str(),
            deposit.amount,
            deposit.charged,
            against,
            transaction,
            deposit.status.as_str(),
            deposit.created_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Writes what became of a deposit.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_status(tx: &mut WriteTx<'_>, id: &DepositId, status: DepositStatus) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE deposit SET status = ?2, updated_at = ?3 WHERE id = ?1",
        params![id.as_str(), status.as_str(), now],
    )?;
    Ok(())
}

/// The deposit with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &DepositId) -> Result<Option<Deposit>> {
    tx.one(
        "SELECT id, customer_id, denomination, amount, charged, charged_against, txn_id, status, created_at
         FROM deposit WHERE id = ?1",
        [id.as_str()],
        from_row,
    )
}

fn from_row(row: &Row<'_>) -> Result<Deposit> {
    let id: String = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row("deposit", column, &id, text);
    let named = |column: &str, text: String| Denomination::parse(&text).ok_or_else(|| bad(column, &text));
    let (against, transaction): (Option<String>, Option<String>) = (row.get(5)?, row.get(6)?);
    let paid_by = match (against, transaction) {
        (_, Some(id)) => PaidBy::Card(TransactionId::from_stored(id)),
        (Some(text), None) => PaidBy::Balance(named("charged_against", text)?),
        (None, None) => PaidBy::Nobody,
    };
    let status: String = row.get(7)?;
    Ok(Deposit {
        customer_id: CustomerId::from_stored(row.get(1)?),
        denomination: named("denomination", row.get(2)?)?,
        amount: row.get(3)?,
        charged: row.get(4)?,
        paid_by,
        status: DepositStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        created_at: Timestamp::from_micros(row.get(8)?),
        id: DepositId::from_stored(id),
    })
}
