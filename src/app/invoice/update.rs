//! Changing an invoice on which nothing was paid: the ledger takes the old one back and issues the new one.

use super::find::find_in;
use super::issue::{fill_in, post_in};
use super::{IssueInvoice, at_rest_in, facts, source};
use crate::app::event::emit;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::InvoiceId;
use crate::domain::invoice::{Invoice, InvoiceSource, status};
use crate::domain::ledger::chart::Fact;
use crate::error::Result;
use crate::store::{self, WriteTx};

impl App {
    /// Writes an invoice anew; its id, link and source stay.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming the field; `InvalidTransition` once something was paid; `Conflict`
    /// while a payment is being confirmed.
    pub async fn invoice_update(&self, caller: &Caller, id: &InvoiceId, command: IssueInvoice) -> Result<Invoice> {
        caller.may(Action::InvoiceChange)?;
        self.check_processors(&command)?;
        let asked = Asked::new("invoice", "invoice.update").with(id.as_str()).with(&format!("{command:?}"));
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| Ok(update_in(tx, caller, &id, command)?.id.to_string());
        self.write_once(caller, asked, work, super::show).await
    }
}

/// Writes the invoice anew.
pub(super) fn update_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    id: &InvoiceId,
    command: IssueInvoice,
) -> Result<Invoice> {
    let mut invoice = find_in(tx, caller, id)?;
    status::untouched(&invoice, "changed")?;
    at_rest_in(tx, &invoice)?;
    let kept = (invoice.collect_at, invoice.number.clone());
    store::ledger::reverse(tx, source(&invoice), Fact::InvoiceReversed)?;
    let is_api = invoice.source == InvoiceSource::Api;
    let command = IssueInvoice {
        source: invoice.source.clone(),
        number: if is_api { command.number } else { command.number.or(Some(kept.1)) },
        collect_at: if is_api { command.collect_at } else { kept.0 },
        ..command
    };
    let priced = fill_in(tx, &mut invoice, command)?;
    store::invoice::replace(tx, &invoice)?;
    post_in(tx, &invoice, &priced)?;
    emit(tx, caller, Topic::InvoiceUpdated, id.as_str(), &facts(&invoice))?;
    super::known_in(tx, id)
}
