//! The customer's portal: what stands around each page, and a struct per page.

pub mod balance;
pub mod documents;
pub mod methods;
pub mod overview;
pub mod profile;
pub mod sign_in;
pub mod subscriptions;

use std::collections::BTreeMap;

use askama::Template;

use super::company::Company;
use super::tone::Notice;
use crate::domain::language::Language;
use crate::i18n::portal_frame::{PortalAnswers, PortalFrame};

/// What stands around every page of a customer who is logged in.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The language of the page.
    pub language: Language,
    /// Its words.
    pub words: &'static PortalFrame,
    /// The merchant.
    pub company: Company,
    /// Which entry of the menu is current.
    pub here: &'static str,
    /// Proof that the page's forms are ours.
    pub csrf: String,
    /// The key under which a form of this page is done once.
    pub once: String,
    /// Who is logged in.
    pub customer: String,
    /// What was just done, or what needs a look.
    pub notice: Option<Notice>,
}

impl Frame {
    /// The menu: address, name, whether it is the page shown.
    pub fn menu(&self) -> [(&'static str, &'static str, bool); 6] {
        let words = self.words;
        [
            ("/portal", words.overview, "overview"),
            ("/portal/subscriptions", words.subscriptions, "subscriptions"),
            ("/portal/methods", words.methods, "methods"),
            ("/portal/invoices", words.invoices, "invoices"),
            ("/portal/receipts", words.receipts, "receipts"),
            ("/portal/profile", words.profile, "profile"),
        ]
        .map(|(path, name, here)| (path, name, here == self.here))
    }

    /// The sentence before how to reach the merchant.
    pub fn questions(&self) -> String {
        crate::i18n::fill(self.words.questions, &[&self.company.name])
    }

    pub(super) fn sample(language: Language, here: &'static str) -> Self {
        Self {
            language,
            words: PortalFrame::of(language),
            company: Company { theme_url: Some("/portal/theme.css?v=14532d".into()), ..Company::sample() },
            here,
            csrf: "c5".into(),
            once: "0000000000000000000000".into(),
            customer: "Ada Lovelace".into(),
            notice: None,
        }
    }
}

/// What was typed into a form, and what is wrong with it, by the name of the field.
#[derive(Debug, Clone, Default)]
pub struct TypedForm {
    /// Field name to what was typed. Never a card or account number.
    pub values: BTreeMap<String, String>,
    /// Field name to what is wrong with it.
    pub errors: BTreeMap<String, String>,
}

impl TypedForm {
    /// What was typed, or "".
    pub fn value(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }

    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }

    /// Whether anything is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Notes what is wrong with a field.
    pub fn wrong(&mut self, field: &str, problem: &str) {
        self.errors.insert(field.to_owned(), problem.to_owned());
    }

    /// Notes what was typed into a field.
    pub fn typed(&mut self, field: &str, value: &str) {
        self.values.insert(field.to_owned(), value.to_owned());
    }
}

/// A refusal or a fault, in the language of the browser.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/refusal.html")]
pub struct RefusalPage {
    /// The language of the page.
    pub language: Language,
    /// Words of every page.
    pub frame: &'static PortalFrame,
    /// Words of answers.
    pub words: &'static PortalAnswers,
    /// The merchant, where the file can be read.
    pub company: Option<Company>,
    /// The heading.
    pub title: String,
    /// What happened, and what to do.
    pub text: String,
    /// Where the button leads.
    pub back_url: &'static str,
    /// The request's id, which finds it in the log.
    pub correlation_id: String,
}

impl RefusalPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let words = PortalAnswers::of(Language::Swedish);
        let page = Self {
            language: Language::Swedish,
            frame: PortalFrame::of(Language::Swedish),
            words,
            company: Some(Company::sample()),
            title: words.fault_title.into(),
            text: words.fault.into(),
            back_url: "/portal",
            correlation_id: "01J9ZT0QG4W".into(),
        };
        vec![("portal-refusal", page)]
    }
}
