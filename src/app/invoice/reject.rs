//! The customer rejects an invoice on its page.

use serde_json::json;

use super::find::find_public_in;
use super::{at_rest_in, facts, source};
use crate::app::event::emit;
use crate::app::{App, Caller};
use crate::domain::event::Topic;
use crate::domain::invoice::{Invoice, InvoiceStatus, REJECT_MESSAGE_MAX, status};
use crate::domain::ledger::chart::Fact;
use crate::domain::text;
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

impl App {
    /// Rejects the invoice behind a public link, with a reason for the merchant. The link is the credential.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` on `reject_message`; `InvalidTransition` once something was paid; `Conflict` while a
    /// payment is being confirmed.
    pub async fn invoice_reject(&self, caller: Caller, public_id: &str, reject_message: &str) -> Result<Invoice> {
        let reason = text::paragraph("reject_message", reject_message, REJECT_MESSAGE_MAX)?;
        if reason.is_empty() {
            return Err(Error::invalid("reject_message", "say what is wrong, so that it can be put right"));
        }
        let public_id = public_id.to_owned();
        self.store().write(move |tx| reject_in(tx, &caller, &public_id, reason)).await
    }
}

pub(super) fn reject_in(tx: &mut WriteTx<'_>, caller: &Caller, public_id: &str, reason: String) -> Result<Invoice> {
    let mut invoice = find_public_in(tx, public_id)?;
    status::untouched(&invoice, "rejected")?;
    at_rest_in(tx, &invoice)?;
    store::ledger::reverse(tx, source(&invoice), Fact::InvoiceReversed)?;
    invoice.status = InvoiceStatus::Rejected;
    invoice.collect_at = None;
    invoice.reject_message = reason;
    store::invoice::update(tx, &invoice)?;
    let told = json!({ "invoice": facts(&invoice), "reject_message": invoice.reject_message });
    emit(tx, caller, Topic::InvoiceRejected, invoice.id.as_str(), &told)?;
    Ok(invoice)
}
