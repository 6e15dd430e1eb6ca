//! Invoices that their customers were told of, by the day on which they are due.

use rusqlite::params;

use super::{from_row, with_lines};
use crate::domain::invoice::Invoice;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::ReadTx;

/// At most `limit` invoices that are not over, due after the place `after` (due date and row) and before `until`, of
/// which the customer was told: those that are due first, first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_told_due(
    tx: &ReadTx<'_>,
    (after, after_key): (Timestamp, i64),
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Invoice>> {
    let found = tx.all(
        "SELECT * FROM invoice
         WHERE (date_due, key) > (?1, ?2) AND date_due < ?3 AND last_sent_at IS NOT NULL AND deleted_at IS NULL
           AND status NOT IN ('paid', 'rejected', 'void')
         ORDER BY date_due, key LIMIT ?4",
        params![after.as_micros(), after_key, until.as_micros(), limit],
        from_row,
    )?;
    found.into_iter().map(|invoice| with_lines(tx, invoice)).collect()
}
