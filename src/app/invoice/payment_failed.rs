//! The letter that a payment which nobody was present at did not go through, with the pages where that is mended.

use super::send::{from, page};
use crate::app::Caller;
use crate::app::mail::{self, Addressee, NewMail};
use crate::domain::invoice::Invoice;
use crate::domain::login_link::stored_address;
use crate::domain::text::is_email;
use crate::domain::transaction::Transaction;
use crate::error::Result;
use crate::i18n::fill;
use crate::i18n::payment_letter::PaymentLetter;
use crate::store::{self, WriteTx};

/// Why the customer is written to.
pub(super) enum Failure<'t> {
    /// The charge was declined.
    Declined(&'t Transaction),
    /// The bank sent back what had been paid.
    Returned,
}

/// Tells the customer: one letter for each charge that was declined, and for each payment that came back. Where nothing
/// is due any more, or there is nowhere to write to, nobody is told.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn told_in(tx: &mut WriteTx<'_>, caller: &Caller, invoice: &Invoice, failure: &Failure<'_>) -> Result<()> {
    let record = invoice.customer_id.as_ref().map(|id| store::customer::fetch_record(tx, id)).transpose()?.flatten();
    let stored = record.as_ref().and_then(stored_address).or_else(|| invoice.mail_to());
    let Some(to) = stored.filter(|to| is_email(to) && invoice.is_payable()).map(str::to_owned) else { return Ok(()) };
    let reader = Addressee::of(tx, invoice.customer_id.as_ref())?;
    let (words, labels, company) = (PaymentLetter::of(reader.language), reader.labels, from(invoice, &reader.company));
    let (intro, paid_with, step) = match failure {
        Failure::Declined(t) => (words.failed_intro, reader.paid_with(t.instrument.as_ref()), t.id.to_string()),
        Failure::Returned => (words.returned_intro, String::new(), format!("returned/{}", invoice.payments)),
    };
    let next = match invoice.collect_at {
        Some(at) => fill(words.next_try, &[&reader.day(at)]),
        None => words.last_try.to_owned(),
    };
    let letter = reader
        .letter(fill(words.failed_subject, &[company]))
        .text(intro)
        .facts([(labels.invoice, invoice.display_number().to_owned()), (labels.method, paid_with)])
        .total(labels.amount_due, reader.money(invoice.due()))
        .text(next)
        .button(labels.pay_now, page(&reader, invoice))
        .link(labels.change_method, reader.page("/portal/methods"));
    let about = ("invoice", invoice.id.to_string());
    mail::queue_in(tx, caller, NewMail { kind: "invoice.payment_failed", about, step, to, letter }).map(drop)
}
