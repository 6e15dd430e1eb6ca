//! The nightly look at due dates that have passed.

use super::facts;
use crate::app::event::emit;
use crate::app::{App, Caller};
use crate::domain::access::Actor;
use crate::domain::event::Topic;
use crate::domain::invoice::InvoiceStatus;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::{self, WriteTx};

/// Invoices marked in one write.
const BATCH_MAX: u32 = 200;

impl App {
    /// Marks every open invoice whose due date has passed, in bounded writes; answers how many.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub(crate) async fn invoice_past_due_mark(&self) -> Result<usize> {
        let mut marked = 0_usize;
        loop {
            let count = self.store().write(|tx| {
                let now = tx.now();
                past_due_mark_in(tx, now, BATCH_MAX)
            });
            let count = count.await?;
            marked = marked.saturating_add(count);
            if count == 0 {
                return Ok(marked);
            }
        }
    }
}

/// Marks at most `limit` open invoices whose due date is before `now`; answers how many.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn past_due_mark_in(tx: &mut WriteTx<'_>, now: Timestamp, limit: u32) -> Result<usize> {
    let caller = Caller::internal(Actor::Job("past_due"));
    let overdue = store::invoice::list_overdue(tx, now, limit)?;
    for mut invoice in overdue.iter().cloned() {
        invoice.status = InvoiceStatus::PastDue;
        store::invoice::update(tx, &invoice)?;
        emit(tx, &caller, Topic::InvoicePastDue, invoice.id.as_str(), &facts(&invoice))?;
    }
    Ok(overdue.len())
}
