//! The merchant opens a rejected invoice again, or takes the items back in that the customer left out.

use serde_json::json;

use super::find::find_in;
use super::{at_rest_in, facts, source};
use crate::app::event::emit;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::InvoiceId;
use crate::domain::invoice::{Invoice, InvoiceStatus, LineStatus, left_out, status};
use crate::domain::ledger::chart;
use crate::error::Result;
use crate::store::{self, WriteTx};

impl App {
    /// What the customer rejected is owed again: the whole invoice, or the items left out. The customer's words go.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `InvalidTransition` where nothing of it is rejected; `Conflict` while a payment is
    /// being confirmed.
    pub async fn invoice_reactivate(&self, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
        caller.may(Action::InvoiceChange)?;
        let asked = Asked::new("invoice", "invoice.reactivate").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| Ok(reactivate_in(tx, caller, &id)?.id.to_string());
        self.write_once(caller, asked, work, super::show).await
    }
}

pub(super) fn reactivate_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
    let mut invoice = find_in(tx, caller, id)?;
    let is_rejected = invoice.status == InvoiceStatus::Rejected;
    let has_left_out = invoice.lines.iter().any(|line| line.status == LineStatus::Rejected);
    // Money that is held was held for what was left then.
    if !is_rejected && (!has_left_out || invoice.status == InvoiceStatus::Authorized) {
        return Err(status::refused(&invoice, "reactivated"));
    }
    at_rest_in(tx, &invoice)?;
    let change = left_out::take_back(&mut invoice)?;
    let postings = if is_rejected {
        chart::invoice_issued(invoice.ledger_owner(), &change.after)
    } else {
        chart::invoice_changed(invoice.ledger_owner(), &change.before, &change.after)?
    };
    store::ledger::post(tx, source(&invoice), &postings)?;
    invoice.reject_message.clear();
    status::reopen(&mut invoice, tx.now());
    store::invoice::update_priced(tx, &invoice)?;
    let told = json!({ "invoice": facts(&invoice), "reactivated": true });
    emit(tx, caller, Topic::InvoiceUpdated, invoice.id.as_str(), &told)?;
    Ok(invoice)
}
