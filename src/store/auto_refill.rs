//! Auto refills, and what they bought.

use rusqlite::params;

use super::WriteTx;
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::error::Result;

/// Lets the job look at an auto refill now, as the clock shows it.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn look_now(tx: &mut WriteTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<()> {
    let now = tx.clock_now().as_micros();
    tx.run(
        "UPDATE auto_refill SET look_at = ?3 WHERE customer_id = ?1 AND denomination = ?2",
        params![customer.as_str(), denomination.as_str(), now],
    )?;
    Ok(())
}
