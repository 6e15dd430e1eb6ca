//! The billing run: every due subscription, in bounded writes.

use super::bill_due::{bill_due_in, due_ids, next_due_at};
use crate::app::{App, Caller};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::limits;

impl App {
    /// Makes the invoices of every subscription that is due; answers how many. Charging them is another job.
    ///
    /// # Errors
    /// Whatever the store refuses; what was billed before stays billed.
    pub async fn subscriptions_bill(&self, caller: &Caller) -> Result<usize> {
        let lived_through = self.clock_is_manual();
        let mut billed = 0;
        loop {
            let now = self.now();
            let due = self.store().read(|tx| due_ids(tx, now, limits::BILL_BATCH_MAX))?;
            if due.is_empty() {
                return Ok(billed);
            }
            let company = self.company()?;
            let caller = caller.clone();
            billed += self
                .store()
                .write(move |tx| {
                    let mut invoices = 0;
                    for id in &due {
                        invoices += bill_due_in(tx, &caller, &company, id, lived_through)?.len();
                    }
                    tx.nudge();
                    Ok(invoices)
                })
                .await?;
        }
    }

    /// When the next subscription is due.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub(crate) fn next_bill_at(&self) -> Result<Option<Timestamp>> {
        self.store().read(next_due_at)
    }
}
