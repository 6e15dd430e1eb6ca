//! The portal's page of payment methods.

use askama::Template;

use super::{Frame, TypedForm};
use crate::domain::language::Language;
use crate::i18n::portal_methods::PortalMethods;

/// `GET /portal/methods`; adding posts `csrf`, `once`, `add` (`card` with `card_number`, `card_expiry`; `bank` with
/// `bank_routing`, `bank_account`, `bank_account_type`, `agree`) to it, the rows post `do` (`default`, `remove`) to
/// `/portal/methods/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/methods.html")]
pub struct MethodsPage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalMethods,
    /// The methods.
    pub rows: Vec<MethodRow>,
    /// What was typed into a form before.
    pub form: TypedForm,
    /// What the customer agrees to with a bank account.
    pub agree: String,
    /// Whether the form for a bank account is the one that was sent.
    pub bank_is_open: bool,
}

/// A stored method.
#[derive(Debug, Clone)]
pub struct MethodRow {
    /// "Visa •••• 1111".
    pub name: String,
    /// "Valid until 08/28", "" for a bank account.
    pub expiry: String,
    /// Whether it has expired.
    pub is_expired: bool,
    /// Whether it is the default.
    pub is_default: bool,
    /// Where its forms go.
    pub action: String,
    /// Why it cannot be removed; none where it can.
    pub needed: Option<&'static str>,
    /// The subscription that needs it.
    pub needed_url: Option<String>,
}

impl MethodsPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let words = PortalMethods::of(Language::English);
        let row = |name: &str, is_default: bool, needed, needed_url: Option<&str>| MethodRow {
            name: name.into(),
            expiry: "Valid until 08/28".into(),
            is_expired: !is_default,
            is_default,
            action: "/portal/methods/m1".into(),
            needed,
            needed_url: needed_url.map(str::to_owned),
        };
        let full = Self {
            frame: Frame::sample(Language::English, "methods"),
            words,
            rows: vec![
                row("Visa •••• 1111", true, Some(words.needed_default), None),
                row("Visa •••• 2222", false, Some(words.needed_subscription), Some("/portal/subscriptions/s1")),
                row("Visa •••• 3333", false, None, None),
            ],
            form: TypedForm::default(),
            agree: "I allow it.".into(),
            bank_is_open: false,
        };
        let mut form = TypedForm::default();
        for field in ["card_number", "card_expiry", "bank_routing", "bank_account", "agree"] {
            form.wrong(field, "Look again");
        }
        let wrong = Self { form, rows: Vec::new(), bank_is_open: true, ..full.clone() };
        vec![("portal-methods", full), ("portal-methods-wrong", wrong)]
    }
}
