//! The letter that a card did not pay for prepaid units, which were to be bought without anybody being there.

use crate::app::Caller;
use crate::app::mail::{self, Addressee, NewMail};
use crate::domain::id::{CustomerId, TransactionId};
use crate::domain::login_link::stored_address;
use crate::error::Result;
use crate::i18n::fill;
use crate::i18n::payment_letter::PaymentLetter;
use crate::store::{self, WriteTx};

/// Tells the customer, once for each declined charge, and whether refills are switched off now. Where there is nowhere
/// to write to, nobody is told.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn declined_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer_id: &CustomerId,
    charge_id: &TransactionId,
    is_off: bool,
) -> Result<()> {
    let record = store::customer::fetch_record(tx, customer_id)?;
    let Some(to) = record.as_ref().and_then(stored_address).map(str::to_owned) else { return Ok(()) };
    let Some(charge) = store::transaction::fetch(tx, charge_id)? else { return Ok(()) };
    let reader = Addressee::of(tx, Some(customer_id))?;
    let (words, labels) = (PaymentLetter::of(reader.language), reader.labels);
    let letter = reader
        .letter(fill(words.failed_subject, &[&reader.company.name]))
        .text(words.failed_intro)
        .facts([
            (labels.date, reader.day(charge.created_at)),
            (labels.method, reader.paid_with(charge.instrument.as_ref())),
        ])
        .total(labels.amount, reader.money(charge.amounts.amount))
        .text(if is_off { words.refill_off } else { words.units_missing })
        .button(labels.change_method, reader.page("/portal/methods"));
    let about = ("transaction", charge_id.to_string());
    let mail = NewMail { kind: "transaction.payment_failed", about, step: String::new(), to, letter };
    mail::queue_in(tx, caller, mail).map(drop)
}
