//! Lines that are left out with a payment whose outcome is not known yet.

use rusqlite::params;

use crate::domain::id::{InvoiceLineId, TransactionId};
use crate::error::{Error, Result};
use crate::store::error::bad_row;
use crate::store::{ReadTx, WriteTx};

/// Lines that are left out, and why.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Rejection {
    /// Which lines.
    pub(crate) line_ids: Vec<InvoiceLineId>,
    /// The customer's words.
    pub(crate) message: String,
}

/// Notes what the payment `id` leaves out.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, id: &TransactionId, rejection: &Rejection) -> Result<()> {
    let ids: Vec<&str> = rejection.line_ids.iter().map(InvoiceLineId::as_str).collect();
    let ids = serde_json::to_string(&ids).map_err(Error::internal)?;
    tx.run(
        "INSERT INTO invoice_rejection (transaction_id, reject_message, line_ids_json) VALUES (?1, ?2, ?3)",
        params![id.as_str(), rejection.message, ids],
    )?;
    Ok(())
}

/// What the payment `id` leaves out, if anything.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &TransactionId) -> Result<Option<Rejection>> {
    tx.one(
        "SELECT reject_message, line_ids_json FROM invoice_rejection WHERE transaction_id = ?1",
        [id.as_str()],
        |row| {
            let ids: String = row.get(1)?;
            let ids: Vec<String> = serde_json::from_str(&ids)
                .map_err(|why| bad_row("invoice_rejection", "line_ids_json", id.as_str(), why))?;
            Ok(Rejection { line_ids: ids.into_iter().map(InvoiceLineId::from_stored).collect(), message: row.get(0)? })
        },
    )
}

/// Forgets it: it was applied, or its payment came to nothing.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &TransactionId) -> Result<()> {
    tx.run("DELETE FROM invoice_rejection WHERE transaction_id = ?1", [id.as_str()])?;
    Ok(())
}
