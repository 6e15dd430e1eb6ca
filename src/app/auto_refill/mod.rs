//! Auto refills: units that are bought by themselves, when little is left of a balance or by the month.

use crate::domain::balance::Balance;
use crate::error::Result;
use crate::store::{self, WriteTx};

/// A balance fell to where units are bought by themselves: its auto refill is looked at once this is committed. Until
/// then no further fall asks again.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn wanted_in(tx: &mut WriteTx<'_>, balance: &Balance) -> Result<()> {
    store::balance::update_refill(tx, &Balance { refill_threshold: None, ..balance.clone() })?;
    store::auto_refill::look_now(tx, &balance.customer_id, &balance.denomination)?;
    tx.nudge();
    Ok(())
}
