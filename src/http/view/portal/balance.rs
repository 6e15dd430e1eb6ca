//! The portal's page of one prepaid balance.

use askama::Template;

use super::{Frame, TypedForm};
use crate::domain::language::Language;
use crate::http::view::chart::BarChart;
use crate::i18n::portal_overview::PortalOverview;

/// `GET /portal/balances/{denomination}`; topping up posts `csrf`, `once`, `amount` to `…/top-up`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/balance.html")]
pub struct BalancePage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalOverview,
    /// What it counts.
    pub name: String,
    /// What is available.
    pub available: String,
    /// More about it, label and amount.
    pub facts: Vec<(&'static str, String)>,
    /// What was used.
    pub usage: BarChart,
    /// How it is topped up.
    pub top_up: TopUp,
    /// Its address.
    pub action: String,
    /// What was typed before.
    pub form: TypedForm,
}

/// How a balance is topped up.
#[derive(Debug, Clone)]
pub enum TopUp {
    /// By an amount that is typed.
    Typed {
        /// The field's name, with the currency.
        label: String,
        /// Its bounds, and what is charged.
        hint: String,
    },
    /// Once there is a card.
    NoCard,
    /// Not on this page.
    NotHere,
}

impl BalancePage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let points = [("1 May".to_owned(), "3".to_owned(), 3), ("2 May".to_owned(), "5".to_owned(), 5)];
        let typed = Self {
            frame: Frame::sample(Language::English, "overview"),
            words: PortalOverview::of(Language::English),
            name: "USD".into(),
            available: "12.04 USD".into(),
            facts: vec![("Held", "1.00 USD".into())],
            usage: BarChart::new("8 used in the last 30 days, most of it yesterday.", &points),
            top_up: TopUp::Typed {
                label: "Amount in USD".into(),
                hint: "From 1.00 USD to 9.00 USD, charged to Visa •••• 1111".into(),
            },
            action: "/portal/balances/USD".into(),
            form: TypedForm::default(),
        };
        let mut wrong = typed.clone();
        wrong.form.wrong("amount", "Type an amount");
        let no_card = Self { top_up: TopUp::NoCard, ..typed.clone() };
        let not_here = Self { top_up: TopUp::NotHere, ..typed.clone() };
        vec![
            ("portal-balance", typed),
            ("portal-balance-wrong", wrong),
            ("portal-balance-no-card", no_card),
            ("portal-balance-not-here", not_here),
        ]
    }
}
