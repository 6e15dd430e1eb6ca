//! Warnings that a card is about to expire: the job `warn_expiring_cards`, once per card and expiry, a month before.
//!
//! Only of a card that will be charged: the customer's default, or one that a living subscription names.

use jiff::civil::Date;

use super::mail::{self, Addressee, Letter, NewMail};
use super::{App, Caller};
use crate::domain::login_link::stored_address;
use crate::domain::payment_method::{MethodDetails, PaymentMethod};
use crate::domain::reminder::{expiring_between, is_expiry_warned, letter_day, next_letters_at};
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::i18n::fill;
use crate::i18n::notice_letter::NoticeLetter;
use crate::limits;
use crate::store::{self, WriteTx};

impl App {
    /// Writes the warnings of the day, in bounded writes; answers how many.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) async fn expiring_cards_warn(&self, caller: &Caller) -> Result<usize> {
        let day = letter_day(&self.company()?, self.now());
        let (first, until) = expiring_between(day);
        let (mut written, mut after) = (0_usize, (first, 0));
        loop {
            let caller = caller.clone();
            let (count, next) = self.store().write(move |tx| warn_in(tx, &caller, day, after, until)).await?;
            written = written.saturating_add(count);
            let Some(next) = next else { break };
            after = next;
        }
        self.store().write(move |tx| store::company::set_expiry_warned_on(tx, day)).await?;
        Ok(written)
    }

    /// When the next warnings are written.
    pub(super) fn next_expiry_warning_at(&self) -> Result<Option<Timestamp>> {
        let company = self.company()?;
        Ok(Some(next_letters_at(&company, company.expiry_warned_on)))
    }
}

/// Warnings of a page of cards after the place `after`; how many, and where the next page begins.
fn warn_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    day: Date,
    after: (Date, i64),
    until: Date,
) -> Result<(usize, Option<(Date, i64)>)> {
    let page = store::payment_method::list_expiring(tx, after, until, limits::LETTERS_PAGE_MAX)?;
    let (mut written, mut last) = (0, None);
    for (key, card) in &page {
        let MethodDetails::Card { brand, expiry } = card.details else { continue };
        last = Some((expiry.last_day(), *key));
        if is_expiry_warned(day, expiry.last_day()) && is_charged(tx, card)? {
            let reader = Addressee::of(tx, Some(&card.customer_id))?;
            let name = reader.card(brand.as_str(), &card.last_four);
            let letter = letter(&reader, &name, expiry.last_day());
            written += usize::from(queue_in(tx, caller, card, expiry.to_mm_yy(), letter)?);
        }
    }
    let is_last = page.len() < usize::try_from(limits::LETTERS_PAGE_MAX).unwrap_or(usize::MAX);
    Ok((written, last.filter(|_| !is_last)))
}

fn is_charged(tx: &WriteTx<'_>, card: &PaymentMethod) -> Result<bool> {
    if store::customer::subscription_on_method(tx, &card.customer_id, &card.id)?.is_some() {
        return Ok(true);
    }
    let record = store::customer::fetch_record(tx, &card.customer_id)?;
    Ok(record.is_some_and(|record| record.default_method().is_some_and(|method| method.id == card.id)))
}

fn queue_in(tx: &mut WriteTx<'_>, caller: &Caller, card: &PaymentMethod, step: String, letter: Letter) -> Result<bool> {
    let record = store::customer::fetch_record(tx, &card.customer_id)?;
    let Some(to) = record.as_ref().and_then(stored_address).map(str::to_owned) else { return Ok(false) };
    let about = ("payment_method", card.id.to_string());
    mail::queue_in(tx, caller, NewMail { kind: "payment_method.expiring", about, step, to, letter })
}

fn letter(reader: &Addressee, name: &str, last: Date) -> Letter {
    let words = NoticeLetter::of(reader.language);
    reader
        .letter(fill(words.card_subject, &[name]))
        .text(fill(words.card_intro, &[&reader.company.name]))
        .facts([(reader.labels.card, name), (words.valid_through, &reader.date(last))])
        .button(words.new_card, reader.page("/portal/methods"))
}
