//! The customer says on the page that a check is on its way.

use super::find::find_public_in;
use super::{at_rest_in, facts};
use crate::app::event::emit;
use crate::app::{App, Caller};
use crate::domain::event::Topic;
use crate::domain::invoice::{Invoice, InvoiceStatus, PayBy, status};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

impl App {
    /// Notes that a check is on its way; the invoice stays owed, and can still be paid here. Said twice, it is the
    /// same.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` on `method` where the invoice takes no checks; `InvalidTransition` where nothing can be
    /// paid; `Conflict` while a payment is being confirmed.
    pub async fn invoice_pay_by_mail(&self, caller: Caller, public_id: &str) -> Result<Invoice> {
        let public_id = public_id.to_owned();
        self.store().write(move |tx| pay_by_mail_in(tx, &caller, &public_id)).await
    }
}

pub(super) fn pay_by_mail_in(tx: &mut WriteTx<'_>, caller: &Caller, public_id: &str) -> Result<Invoice> {
    let mut invoice = find_public_in(tx, public_id)?;
    if !invoice.takes(PayBy::Mail) {
        return Err(Error::invalid("method", "this invoice cannot be paid by mail"));
    }
    if !invoice.is_payable() {
        return Err(status::refused(&invoice, "paid by mail"));
    }
    at_rest_in(tx, &invoice)?;
    if invoice.status == InvoiceStatus::PayingViaMail {
        return Ok(invoice);
    }
    invoice.status = InvoiceStatus::PayingViaMail;
    store::invoice::update(tx, &invoice)?;
    emit(tx, caller, Topic::InvoiceUpdated, invoice.id.as_str(), &facts(&invoice))?;
    Ok(invoice)
}
