//! Whom a letter is to: the language they read, and the company that writes to them.

use jiff::civil::Date;

use super::Letter;
use crate::domain::card::Brand;
use crate::domain::company::Company;
use crate::domain::id::CustomerId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transaction::InstrumentFacts;
use crate::error::Result;
use crate::i18n::letter_facts::LetterFacts;
use crate::i18n::{Language, dates, numbers};
use crate::store::{self, ReadTx};

/// A customer who is written to.
pub struct Addressee {
    /// Who writes.
    pub company: Company,
    /// What they read.
    pub language: Language,
    /// What facts are called in it.
    pub labels: &'static LetterFacts,
}

impl Addressee {
    /// The customer with this id, or somebody who is none: a language that was not chosen is the company's.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn of(tx: &ReadTx<'_>, id: Option<&CustomerId>) -> Result<Self> {
        let company = store::company::fetch(tx)?;
        let known = id.map(|id| store::customer::fetch(tx, id)).transpose()?.flatten();
        let language = known.and_then(|customer| customer.language).unwrap_or(company.language);
        Ok(Self { company, language, labels: LetterFacts::of(language) })
    }

    /// A letter in their language.
    pub fn letter(&self, subject: impl AsRef<str>) -> Letter {
        Letter::in_language(self.language, subject)
    }

    /// The day of an instant, by the company's calendar.
    pub fn day(&self, at: Timestamp) -> String {
        self.date(at.date_in(&self.company.zone()))
    }

    /// A day.
    pub fn date(&self, date: Date) -> String {
        dates::day(date, self.language)
    }

    /// An amount.
    pub fn money(&self, amount: Money) -> String {
        numbers::money(amount, self.language)
    }

    /// An amount that is worth naming, else "": a letter leaves out facts without a value.
    pub fn money_if_any(&self, amount: Money) -> String {
        if amount.is_positive() { self.money(amount) } else { String::new() }
    }

    /// The address of a page of ours; `path` begins with a slash.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.company.public_url)
    }

    /// What paid, such as "Visa •••• 4242".
    pub fn paid_with(&self, instrument: Option<&InstrumentFacts>) -> String {
        match instrument {
            Some(InstrumentFacts::Card { brand, last_four, .. }) => self.card(brand, last_four),
            Some(InstrumentFacts::Ach { masked, .. }) => {
                format!("{} {}", self.labels.bank_account, masked.replace('*', "•"))
            }
            Some(InstrumentFacts::Terminal { description, .. }) => format!("{} {description}", self.labels.terminal),
            Some(InstrumentFacts::Apm(apm)) => apm.kind.clone(),
            None => String::new(),
        }
    }

    /// A card, by its scheme and its last digits.
    pub fn card(&self, brand: &str, last_four: &str) -> String {
        let name = Brand::parse(brand).filter(|known| *known != Brand::Unknown).map(Brand::label);
        format!("{} •••• {last_four}", name.unwrap_or(self.labels.card))
    }
}
