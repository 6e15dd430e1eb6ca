//! The end of the hour of pending events. That they are cancelled then is a fact of the clock, which every reader and
//! gate sees; here it is written down.

use super::finish::{Ending, end_in};
use crate::app::{App, Caller};
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::domain::time::Timestamp;
use crate::domain::usage_event::{CancelReason, PENDING_US, UsageEvent};
use crate::error::Result;
use crate::limits;
use crate::store::{self, WriteTx};

impl App {
    /// Writes down which pending events have expired; answers how many.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub async fn usage_events_expire(&self, caller: &Caller) -> Result<usize> {
        let mut expired = 0;
        loop {
            let caller = caller.clone();
            let ended = self
                .store()
                .write(move |tx| {
                    let due = store::usage_event::list_expired(tx, tx.clock_now(), limits::EXPIRE_BATCH_MAX)?;
                    let count = due.len();
                    due.into_iter().try_for_each(|event| expire_in(tx, &caller, event))?;
                    Ok(count)
                })
                .await?;
            expired += ended;
            if ended == 0 {
                return Ok(expired);
            }
        }
    }

    /// When the hour of the next pending event is over.
    pub(crate) fn next_expiry_at(&self) -> Result<Option<Timestamp>> {
        self.store().read(store::usage_event::next_expiry_at)
    }
}

/// Ends the events that still hold a part of this balance although their hour is over; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn expire_of_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    denomination: &Denomination,
) -> Result<usize> {
    let due = store::usage_event::list_expired_of(tx, customer, denomination, tx.clock_now())?;
    for id in &due {
        if let Some(event) = store::usage_event::fetch(tx, id)? {
            expire_in(tx, caller, event)?;
        }
    }
    Ok(due.len())
}

fn expire_in(tx: &mut WriteTx<'_>, caller: &Caller, event: UsageEvent) -> Result<()> {
    let at = event.created_at.plus(PENDING_US);
    end_in(tx, caller, event, Ending::Cancelled(CancelReason::Expired), at)
}
