//! The merchant says that the rest of an invoice was paid outside: cash, a check, a transfer.

use serde_json::json;

use super::find::find_in;
use super::payment::subscription_paid_in;
use super::{at_rest_in, facts, source};
use crate::app::event::emit;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::InvoiceId;
use crate::domain::invoice::{Invoice, status};
use crate::domain::ledger::chart;
use crate::error::Result;
use crate::store::{self, WriteTx};

impl App {
    /// Marks the invoice as paid; the ledger books what was due as received in the bank.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `InvalidTransition` where nothing is owed or an authorization waits for its capture;
    /// `Conflict` while a payment is being confirmed.
    pub async fn invoice_mark_paid(&self, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
        caller.may(Action::InvoiceChange)?;
        let asked = Asked::new("invoice", "invoice.mark_paid").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| Ok(mark_paid_in(tx, caller, &id)?.id.to_string());
        self.write_once(caller, asked, work, super::show).await
    }
}

pub(super) fn mark_paid_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
    let mut invoice = find_in(tx, caller, id)?;
    if !invoice.is_payable() {
        return Err(status::refused(&invoice, "paid"));
    }
    at_rest_in(tx, &invoice)?;
    let due = invoice.due();
    let postings = chart::invoice_marked_paid(invoice.ledger_owner(), due);
    store::ledger::post(tx, source(&invoice), &postings)?;
    status::pay(&mut invoice, due)?;
    store::invoice::update(tx, &invoice)?;
    let told = json!({ "invoice": facts(&invoice), "amount": due.minor(), "outside": true });
    emit(tx, caller, Topic::InvoicePaid, id.as_str(), &told)?;
    subscription_paid_in(tx, caller, &invoice)?;
    Ok(invoice)
}
