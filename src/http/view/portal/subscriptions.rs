//! The portal's pages of subscriptions.

use askama::Template;

use super::Frame;
use crate::domain::language::Language;
use crate::http::view::tone::Tone;
use crate::i18n::portal_subscriptions::PortalSubscriptions;

/// `GET /portal/subscriptions`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/subscriptions.html")]
pub struct SubscriptionsPage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalSubscriptions,
    /// The subscriptions.
    pub rows: Vec<SubscriptionRow>,
}

/// A subscription of the list.
#[derive(Debug, Clone)]
pub struct SubscriptionRow {
    /// Its plan, or what it is for.
    pub name: String,
    /// "12.50 USD every month".
    pub price: String,
    /// Where it stands.
    pub state: &'static str,
    /// How that is meant.
    pub tone: Tone,
    /// "12.50 USD on 3 May 2026".
    pub next: String,
    /// Its page.
    pub url: String,
}

/// `GET /portal/subscriptions/{id}`; each form posts `csrf`, `once` and `do` (`pause`, `resume`, `cancel`, `method`
/// with `method`) to the same address.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/subscription.html")]
pub struct SubscriptionPage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalSubscriptions,
    /// The subscription.
    pub row: SubscriptionRow,
    /// More about it, label and text.
    pub facts: Vec<(&'static str, String)>,
    /// The lines of the next bill; none where nothing will be billed.
    pub lines: Vec<BillLine>,
    /// What they come to.
    pub total: String,
    /// What it can be charged to: id ("" is the default), name, whether it is.
    pub methods: Vec<(String, String, bool)>,
    /// Whether each may be done now.
    pub can_pause: bool,
    /// Likewise.
    pub can_resume: bool,
    /// Likewise.
    pub can_cancel: bool,
    /// Likewise.
    pub can_change_method: bool,
    /// What cancelling means.
    pub cancel_what: String,
}

/// A line of the next bill.
#[derive(Debug, Clone)]
pub struct BillLine {
    /// What it is.
    pub name: String,
    /// How it comes about.
    pub why: String,
    /// What it comes to.
    pub amount: String,
}

impl SubscriptionRow {
    fn sample() -> Self {
        Self {
            name: "Tea of the month".into(),
            price: "12.50 USD every month".into(),
            state: "Active",
            tone: Tone::Good,
            next: "11.25 USD on 3 May 2026".into(),
            url: "/portal/subscriptions/s1".into(),
        }
    }
}

impl SubscriptionsPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let of = |language, rows| Self {
            frame: Frame::sample(language, "subscriptions"),
            words: PortalSubscriptions::of(language),
            rows,
        };
        vec![
            ("portal-subscriptions", of(Language::French, vec![SubscriptionRow::sample()])),
            ("portal-subscriptions-none", of(Language::German, Vec::new())),
        ]
    }
}

impl SubscriptionPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let words = PortalSubscriptions::of(Language::English);
        let line = |name: &str, why: &str, amount: &str| BillLine {
            name: name.into(),
            why: why.into(),
            amount: amount.into(),
        };
        let live = Self {
            frame: Frame::sample(Language::English, "subscriptions"),
            words,
            row: SubscriptionRow::sample(),
            facts: vec![(words.charged_to, "Visa •••• 1111".into())],
            lines: vec![line("Tea", "", "12.50 USD"), line("Friends", "10 % of 12.50 USD", "−1.25 USD")],
            total: "11.25 USD".into(),
            methods: vec![("".into(), "My default".into(), true), ("m1".into(), "Visa •••• 1111".into(), false)],
            can_pause: true,
            can_resume: false,
            can_cancel: true,
            can_change_method: true,
            cancel_what: "It ends.".into(),
        };
        let over =
            Self { lines: Vec::new(), can_pause: false, can_cancel: false, can_change_method: false, ..live.clone() };
        let paused = Self { can_pause: false, can_resume: true, ..live.clone() };
        vec![("portal-subscription", live), ("portal-subscription-over", over), ("portal-subscription-paused", paused)]
    }
}
