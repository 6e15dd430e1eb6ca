//! The portal's first page.

use askama::Template;

use super::Frame;
use crate::domain::language::Language;
use crate::http::view::chart::BarChart;
use crate::http::view::tone::{Notice, Tone};
use crate::i18n::portal_overview::PortalOverview;

/// `GET /portal`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/overview.html")]
pub struct OverviewPage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalOverview,
    /// The heading.
    pub title: String,
    /// What needs the customer.
    pub notices: Vec<Notice>,
    /// The figures on top.
    pub figures: Vec<Figure>,
    /// Prepaid balances.
    pub balances: Vec<BalanceRow>,
    /// How much was used of the first balance; none where there is no balance.
    pub usage: Option<BarChart>,
    /// What the usage is of.
    pub usage_title: String,
    /// Invoices that are open.
    pub invoices: Vec<OpenInvoice>,
}

/// One figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What it is.
    pub label: &'static str,
    /// The figure.
    pub value: String,
    /// More about it.
    pub detail: String,
    /// Where the detail leads; "" nowhere.
    pub url: String,
}

/// A prepaid balance.
#[derive(Debug, Clone)]
pub struct BalanceRow {
    /// What it counts.
    pub name: String,
    /// What is available.
    pub available: String,
    /// Its page.
    pub url: String,
}

/// An invoice that waits for its payment.
#[derive(Debug, Clone)]
pub struct OpenInvoice {
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: &'static str,
    /// How that is meant.
    pub tone: Tone,
    /// When it is due.
    pub due: String,
    /// What is left to pay.
    pub amount: String,
    /// Its page.
    pub url: String,
}

impl OverviewPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let words = PortalOverview::of(Language::English);
        let empty = Self {
            frame: Frame::sample(Language::English, "overview"),
            words,
            title: "Welcome, Ada Lovelace".into(),
            notices: Vec::new(),
            figures: vec![Figure {
                label: words.due_now,
                value: "Nothing".into(),
                detail: words.all_paid.into(),
                url: String::new(),
            }],
            balances: Vec::new(),
            usage: None,
            usage_title: String::new(),
            invoices: Vec::new(),
        };
        let points = [("1 May".to_owned(), "3".to_owned(), 3), ("2 May".to_owned(), "5".to_owned(), 5)];
        let full = Self {
            notices: vec![Notice::new(Tone::Bad, "A payment of Tea failed", words.failing_what)],
            balances: vec![BalanceRow {
                name: "sms".into(),
                available: "1,204".into(),
                url: "/portal/balances/sms".into(),
            }],
            usage: Some(BarChart::new("8 used in the last 30 days, most of it yesterday.", &points)),
            usage_title: "Usage: sms".into(),
            invoices: vec![OpenInvoice {
                number: "INV-7".into(),
                state: "Overdue",
                tone: Tone::Bad,
                due: "3 May 2026".into(),
                amount: "12.50 USD".into(),
                url: "/invoice/Zk3vQ9".into(),
            }],
            ..empty.clone()
        };
        vec![("portal-overview", full), ("portal-overview-empty", empty)]
    }
}
