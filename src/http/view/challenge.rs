//! The simulator's stand-in for a bank's 3-D Secure page, and for the page of an alternative method of payment.

use askama::Template;

/// A page with buttons that post `token` and `outcome` (`approve`, `refuse` or `cancel`) to `action`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/challenge.html")]
pub struct ChallengePage {
    /// Who is to be paid.
    pub merchant: String,
    /// How much.
    pub amount: String,
    /// `Visa •••• 3155`, or the name of an alternative method.
    pub card: String,
    /// Whether it stands in for the page of an alternative method.
    pub is_apm: bool,
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
            is_apm: false,
            action: "/simulator/challenge/8sKd02".into(),
            token: "c2FtcGxl".into(),
        };
        let apm = Self { card: "alipay".into(), is_apm: true, ..page.clone() };
        vec![("challenge", page), ("challenge-apm", apm)]
    }
}
