//! What a payment's outcome makes of the items that the customer left out with it.

use serde_json::json;

use super::{facts, source};
use crate::app::Caller;
use crate::app::event::emit;
use crate::domain::event::Topic;
use crate::domain::id::{InvoiceLineId, TransactionId};
use crate::domain::invoice::{Invoice, REJECT_MESSAGE_MAX, left_out};
use crate::domain::ledger::chart;
use crate::domain::text;
use crate::error::{Error, Result};
use crate::store::invoice::rejection::{self, Rejection};
use crate::store::{self, WriteTx};

/// The rejection that a customer asks for; `None` where nothing is left out.
///
/// # Errors
/// `Invalid` on `rejected_items` or `reject_message`.
pub(crate) fn asked(invoice: &Invoice, line_ids: Vec<InvoiceLineId>, message: &str) -> Result<Option<Rejection>> {
    let message = text::paragraph("reject_message", message, REJECT_MESSAGE_MAX)?;
    if line_ids.is_empty() {
        return Ok(None);
    }
    if !invoice.takes_line_choice() {
        return Err(Error::invalid("rejected_items", "no item of this invoice can be left out"));
    }
    if message.is_empty() {
        return Err(Error::invalid("reject_message", "is required: say why the items are left out"));
    }
    Ok(Some(Rejection { line_ids, message }))
}

/// The payment `id` was approved: what was left out with it is not owed any more. Money that was taken is never
/// refused here, so lines that cannot be left out any more stay owed.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn apply_in(tx: &mut WriteTx<'_>, caller: &Caller, invoice: &mut Invoice, id: &TransactionId) -> Result<()> {
    let Some(rejection) = rejection::fetch(tx, id)? else { return Ok(()) };
    rejection::delete(tx, id)?;
    let mut changed = invoice.clone();
    let Ok(change) = left_out::leave_out(&mut changed, &rejection.line_ids) else { return Ok(()) };
    *invoice = changed;
    invoice.reject_message = rejection.message;
    let postings = chart::invoice_changed(invoice.ledger_owner(), &change.before, &change.after)?;
    store::ledger::post(tx, source(invoice), &postings)?;
    store::invoice::update_priced(tx, invoice)?;
    let told = json!({
        "invoice": facts(invoice),
        "items": rejection.line_ids.iter().map(InvoiceLineId::as_str).collect::<Vec<_>>(),
        "reject_message": invoice.reject_message,
    });
    emit(tx, caller, Topic::InvoiceItemsRejected, invoice.id.as_str(), &told)
}
