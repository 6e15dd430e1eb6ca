//! The simulator's stand-in for a bank's 3-D Secure page.

use askama::Template;

/// A page with two buttons that post `token` and `outcome` (`approve` or `refuse`) to `action`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/challenge.html")]
pub struct ChallengePage {
    /// Who is to be paid.
    pub merchant: String,
    /// How much.
    pub amount: String,
    /// `Visa •••• 3155`.
    pub card: String,
    /// A path of ours.
    pub action: String,
    /// Proof that this page was shown.
    pub token: String,
}

impl ChallengePage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            merchant: "Northwind Coffee Roasters".into(),
            amount: "356.94 USD".into(),
            card: "Visa •••• 3155".into(),
            action: "/simulator/challenge/8sKd02".into(),
            token: "c2FtcGxl".into(),
        };
        vec![("challenge", page)]
    }
}
