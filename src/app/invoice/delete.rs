//! Deleting an invoice on which nothing was paid: the row stays for the books, nobody finds it any more.

use super::find::find_in;
use super::{at_rest_in, facts, source};
use crate::app::event::emit;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::InvoiceId;
use crate::domain::invoice::status;
use crate::domain::ledger::chart::Fact;
use crate::error::Result;
use crate::store::{self, WriteTx};

impl App {
    /// Deletes the invoice; what it said was owed is taken back in the ledger.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `InvalidTransition` once something was paid; `Conflict` while a payment is being
    /// confirmed.
    pub async fn invoice_delete(&self, caller: &Caller, id: &InvoiceId) -> Result<()> {
        caller.may(Action::InvoiceChange)?;
        let asked = Asked::new("invoice", "invoice.delete").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            delete_in(tx, caller, &id)?;
            Ok(id.to_string())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }
}

pub(super) fn delete_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &InvoiceId) -> Result<()> {
    let mut invoice = find_in(tx, caller, id)?;
    status::deletable(&invoice)?;
    at_rest_in(tx, &invoice)?;
    store::ledger::reverse(tx, source(&invoice), Fact::InvoiceReversed)?;
    invoice.deleted_at = Some(tx.now());
    invoice.collect_at = None;
    store::invoice::update(tx, &invoice)?;
    emit(tx, caller, Topic::InvoiceDeleted, id.as_str(), &facts(&invoice))
}
