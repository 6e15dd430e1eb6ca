//! The letter that a trial is about to end and becomes a subscription.

use jiff::civil::Date;

use super::{Addressee, Letter};
use crate::domain::money::Money;
use crate::i18n::fill;
use crate::i18n::notice_letter::NoticeLetter;

/// What `plan` costs from `ends` on, and where it is cancelled.
pub fn trial_ending(reader: &Addressee, plan: &str, ends: Date, first_charge: Money) -> Letter {
    let (words, labels, company) = (NoticeLetter::of(reader.language), reader.labels, &reader.company.name);
    let day = reader.date(ends);
    reader
        .letter(fill(words.trial_subject, &[company, &day]))
        .text(fill(words.trial_intro, &[company]))
        .facts([(labels.plan, plan), (words.first_charge, &day)])
        .total(labels.amount, reader.money(first_charge))
        .button(labels.open_pages, reader.page("/portal/subscriptions"))
}
