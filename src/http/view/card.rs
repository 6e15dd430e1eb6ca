//! The page on which an account's customer enters a card, once.

use askama::Template;

/// Posts `card_number` and `card_expiry` to `action`; works without scripts.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "pages/card.html")]
pub struct CardPage {
    /// Who will charge the card.
    pub merchant: String,
    /// A path of ours.
    pub action: String,
    /// What the card pays at once, as people read it.
    pub charged: Option<String>,
    /// Whether the card is stored: nothing is asked any more.
    pub is_done: bool,
    /// Whether it declined what it was to pay at once.
    pub is_declined: bool,
    /// What is wrong with the number.
    pub number_error: Option<String>,
    /// What is wrong with the expiry.
    pub expiry_error: Option<String>,
}

impl CardPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let page =
            Self { merchant: "Northwind Coffee Roasters".into(), action: "/card/8sKd02".into(), ..Self::default() };
        let wrong = Self { number_error: Some("Type the number as it stands on the card".into()), ..page.clone() };
        let done = Self { is_done: true, ..page.clone() };
        let charged = Self { charged: Some("20.00 USD".into()), ..page.clone() };
        let declined = Self { is_done: true, is_declined: true, ..page.clone() };
        vec![
            ("card", page),
            ("card-wrong", wrong),
            ("card-done", done),
            ("card-charged", charged),
            ("card-declined", declined),
        ]
    }
}
