//! The customer says on the page that a check is on its way.

use super::find::{find_in, find_public_in};
use super::{at_rest_in, facts};
use crate::app::event::emit;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::InvoiceId;
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

    /// The merchant notes that a check is on its way.
    ///
    /// # Errors
    /// `Forbidden`; as [`App::invoice_pay_by_mail`].
    pub async fn invoice_expect_mail(&self, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
        caller.may(Action::InvoiceChange)?;
        let asked = Asked::new("invoice", "invoice.expect_mail").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let invoice = find_in(tx, caller, &id)?;
            promise_in(tx, caller, invoice).map(|invoice| invoice.id.to_string())
        };
        self.write_once(caller, asked, work, super::show).await
    }
}

pub(super) fn pay_by_mail_in(tx: &mut WriteTx<'_>, caller: &Caller, public_id: &str) -> Result<Invoice> {
    let invoice = find_public_in(tx, public_id)?;
    promise_in(tx, caller, invoice)
}

fn promise_in(tx: &mut WriteTx<'_>, caller: &Caller, mut invoice: Invoice) -> Result<Invoice> {
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
