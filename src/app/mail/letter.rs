//! What a mail says, in parts; both its forms, text and HTML, are printed from the same parts.

use askama::Template;
use serde::{Deserialize, Serialize};

use crate::domain::company::Company;
use crate::domain::language::Language;
use crate::error::{Error, Result};

/// Longest subject, characters; longer ones are cut.
const SUBJECT_MAX: usize = 150;

/// A mail in the making: its subject, then its parts from top to bottom.
///
/// No text in it becomes markup, a header or a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    language: Language,
    subject: String,
    parts: Vec<Part>,
}

/// One part of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A paragraph; line breaks in it stay.
    Text(String),
    /// What is to be known, label and value.
    Facts(Vec<(String, String)>),
    /// What it comes to.
    Total(String, String),
    /// A link as a button; the text form shows its address.
    Button(String, String),
    /// A link that is not what the letter is about.
    Link(String, String),
    /// A code to type in.
    Code(String),
}

impl Letter {
    /// A letter without parts, in English.
    pub fn new(subject: impl AsRef<str>) -> Self {
        Self::in_language(Language::English, subject)
    }

    /// A letter without parts; all of it is in `language`.
    pub fn in_language(language: Language, subject: impl AsRef<str>) -> Self {
        let subject: String = one_line(subject.as_ref()).chars().take(SUBJECT_MAX).collect();
        Self { language, subject: subject.trim().to_owned(), parts: Vec::new() }
    }

    /// And a paragraph; an empty one is left out.
    #[must_use]
    pub fn text(self, text: impl AsRef<str>) -> Self {
        let text: String = text.as_ref().chars().filter(|c| !c.is_control() || *c == '\n').collect();
        if text.trim().is_empty() { self } else { self.with(Part::Text(text.trim().to_owned())) }
    }

    /// And a table of facts; those without a value are left out.
    #[must_use]
    pub fn facts<L: AsRef<str>, V: AsRef<str>>(self, facts: impl IntoIterator<Item = (L, V)>) -> Self {
        let facts = facts.into_iter().map(|(label, value)| (one_line(label.as_ref()), one_line(value.as_ref())));
        let facts: Vec<_> = facts.filter(|(_, value)| !value.is_empty()).collect();
        if facts.is_empty() { self } else { self.with(Part::Facts(facts)) }
    }

    /// And a sum.
    #[must_use]
    pub fn total(self, label: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.with(Part::Total(one_line(label.as_ref()), one_line(value.as_ref())))
    }

    /// And a button that opens `url`, an address of ours.
    #[must_use]
    pub fn button(self, label: impl AsRef<str>, url: impl AsRef<str>) -> Self {
        self.with(Part::Button(one_line(label.as_ref()), one_line(url.as_ref())))
    }

    /// And a link below the button that opens `url`, an address of ours.
    #[must_use]
    pub fn link(self, label: impl AsRef<str>, url: impl AsRef<str>) -> Self {
        self.with(Part::Link(one_line(label.as_ref()), one_line(url.as_ref())))
    }

    /// And a code to type in.
    #[must_use]
    pub fn code(self, code: impl AsRef<str>) -> Self {
        self.with(Part::Code(one_line(code.as_ref())))
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Both forms, in the company's name and colour and with its logo.
    ///
    /// # Errors
    /// `Internal` where a template cannot be printed.
    pub fn write(&self, company: &Company) -> Result<Written> {
        let Self { language, subject, parts } = self;
        let language = language.as_str();
        let name = one_line(&company.name);
        let contact: Vec<String> =
            [&company.email, &company.phone, &company.website].into_iter().map(|text| one_line(text)).collect();
        let contact: Vec<&str> = contact.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let (name, accent, logo) = (name.as_str(), company.accent.as_str(), company.logo_url.as_str());
        let text = TextForm { name, contact: &contact, parts }.render().map_err(Error::internal)?;
        let html = HtmlForm { language, subject, name, accent, logo, contact: &contact, parts }
            .render()
            .map_err(Error::internal)?;
        Ok(Written { subject: subject.clone(), text, html })
    }
}

/// A letter as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// For all others.
    pub html: String,
}

/// The form in which it rests.
#[derive(Serialize, Deserialize)]
struct Resting {
    text: String,
    html: String,
}

impl Written {
    pub(super) fn to_json(&self) -> String {
        let resting = Resting { text: self.text.clone(), html: self.html.clone() };
        serde_json::to_string(&resting).expect("strings always have a JSON form")
    }

    pub(super) fn from_json(subject: &str, json: &str) -> Result<Self> {
        let Resting { text, html } = serde_json::from_str(json).map_err(Error::internal)?;
        Ok(Self { subject: subject.to_owned(), text, html })
    }
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextForm<'a> {
    name: &'a str,
    contact: &'a [&'a str],
    parts: &'a [Part],
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlForm<'a> {
    language: &'a str,
    subject: &'a str,
    name: &'a str,
    accent: &'a str,
    logo: &'a str,
    contact: &'a [&'a str],
    parts: &'a [Part],
}

/// Whoever writes a name with a line break in it does not write our next line. Spaces that keep an amount together stay.
fn one_line(text: &str) -> String {
    let is_kept = |c: char| matches!(c, '\u{a0}' | '\u{202f}') || !(c.is_control() || c.is_whitespace());
    let spaced: String = text.chars().map(|c| if is_kept(c) { c } else { ' ' }).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "letter_tests.rs"]
mod tests;
