//! Telling the customer of an invoice by mail: when it is issued, and when the merchant asks for it again.
//!
//! There is no provider of text messages: an invoice that is to be sent by text alone is sent by nobody, which its
//! `last_sent_at` shows, and "both" is mail.

use super::find::find_in;
use super::{at_rest_in, facts};
use crate::app::event::emit;
use crate::app::mail::{self, Addressee, Letter, NewMail};
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::company::Company;
use crate::domain::event::Topic;
use crate::domain::id::InvoiceId;
use crate::domain::invoice::{Invoice, SendVia, status};
use crate::error::{Error, Result};
use crate::i18n::fill;
use crate::i18n::invoice_letter::InvoiceLetter;
use crate::store::{self, WriteTx};

impl App {
    /// Mails the invoice to its customer again.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `InvalidTransition` where nothing is to be paid; `Conflict` where the invoice is not
    /// sent by mail, or a payment is being confirmed; `Invalid` on `email_to` where there is no address.
    pub async fn invoice_resend(&self, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
        caller.may(Action::InvoiceChange)?;
        let asked = Asked::new("invoice", "invoice.resend").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let invoice = find_in(tx, caller, &id)?;
            if !invoice.is_payable() {
                return Err(status::refused(&invoice, "sent"));
            }
            at_rest_in(tx, &invoice)?;
            by_mail(&invoice)?;
            let step = tx.now().as_micros().to_string();
            send_in(tx, caller, &invoice, step).map(|()| id.to_string())
        };
        self.write_once(caller, asked, work, super::show).await
    }
}

/// Mails a new invoice, where it is to be sent and there is something to pay.
///
/// # Errors
/// `Invalid` on `email_to` where there is no address.
pub(super) fn issued_in(tx: &mut WriteTx<'_>, caller: &Caller, invoice: &Invoice) -> Result<()> {
    if !invoice.is_payable() || by_mail(invoice).is_err() {
        return Ok(());
    }
    send_in(tx, caller, invoice, String::new())
}

fn by_mail(invoice: &Invoice) -> Result<()> {
    match invoice.terms.send_via {
        SendVia::Email | SendVia::Both => Ok(()),
        SendVia::None => Err(Error::Conflict("the invoice is not sent: its send_via is \"none\"".to_owned())),
        SendVia::Text => Err(Error::Conflict(
            "text messages cannot be sent, there is no provider for them: make send_via \"email\"".to_owned(),
        )),
    }
}

fn send_in(tx: &mut WriteTx<'_>, caller: &Caller, invoice: &Invoice, step: String) -> Result<()> {
    let to = invoice.mail_to().ok_or_else(|| {
        Error::invalid("email_to", "is required where the invoice is sent by mail and bill_to has no email")
    })?;
    let reader = Addressee::of(tx, invoice.customer_id.as_ref())?;
    let mail = NewMail {
        kind: "invoice.sent",
        about: ("invoice", invoice.id.to_string()),
        step,
        to: to.to_owned(),
        letter: letter(&reader, invoice),
    };
    mail::queue_in(tx, caller, mail).map_err(|why| match why {
        Error::Invalid { problem, .. } => Error::Invalid { field: "email_to".to_owned(), problem },
        other => other,
    })?;
    store::invoice::set_sent(tx, &invoice.id)?;
    emit(tx, caller, Topic::InvoiceSent, invoice.id.as_str(), &facts(invoice))
}

/// Who issued it: the company, or as whom it did.
pub(super) fn from<'i>(invoice: &'i Invoice, company: &'i Company) -> &'i str {
    if invoice.terms.company_name.is_empty() { &company.name } else { &invoice.terms.company_name }
}

/// Where it is seen and paid.
pub(super) fn page(reader: &Addressee, invoice: &Invoice) -> String {
    reader.page(&format!("/invoice/{}", invoice.public_id))
}

/// What is due, when, for what; one button to the page where it is paid.
fn letter(reader: &Addressee, invoice: &Invoice) -> Letter {
    let (words, labels, company) = (InvoiceLetter::of(reader.language), reader.labels, from(invoice, &reader.company));
    let name = format!("{} {}", invoice.bill_to.first_name, invoice.bill_to.last_name);
    let number = invoice.display_number();
    reader
        .letter(fill(words.subject, &[number, company]))
        .text(fill(words.intro, &[company]))
        .text(&invoice.message)
        .facts([
            (labels.invoice, number.to_owned()),
            (labels.issued, reader.day(invoice.created_at)),
            (labels.due, reader.day(invoice.date_due)),
            (labels.payer, name.trim().to_owned()),
        ])
        .total(labels.amount_due, reader.money(invoice.due()))
        .button(labels.view_and_pay, page(reader, invoice))
}
