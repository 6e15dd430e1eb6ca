//! A receipt: what was paid, printable.

use askama::Template;

use super::{
    company::Company,
    invoice::{Line, Total},
    tone::Tone,
};

/// `GET /invoice/{public_id}/receipt/{…}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/receipt.html")]
pub struct ReceiptPage {
    /// Who was paid.
    pub company: Company,
    /// The receipt's number.
    pub number: String,
    /// `Amount paid`.
    pub amount_label: String,
    /// The amount.
    pub amount: String,
    /// `Paid`, `Refunded`, `Authorized`.
    pub status_text: String,
    /// The colour of the status.
    pub tone: Tone,
    /// When it was paid.
    pub date: String,
    /// Who paid, line by line.
    pub received_from: Vec<String>,
    /// (`Invoice`, number), (`Paid with`, `Visa •••• 4242`), (`Authorization code`, …).
    pub facts: Vec<(String, String)>,
    /// What was paid for; only name, description, quantity and amount are shown.
    pub lines: Vec<Line>,
    /// Sums, ending with what was paid and what remains.
    pub totals: Vec<Total>,
    /// Back to the invoice.
    pub invoice_url: String,
}

impl ReceiptPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let line = |name: &str, quantity: &str, amount: &str| Line {
            name: name.into(),
            description: String::new(),
            quantity: quantity.into(),
            unit_price: String::new(),
            discount: String::new(),
            tax: String::new(),
            amount: amount.into(),
            is_left_out: false,
        };
        let total = |label: &str, amount: &str, strong| Total { label: label.into(), amount: amount.into(), strong };
        let paid = Self {
            company: Company::sample(),
            number: "R-2026-0192".into(),
            amount_label: "Amount paid".into(),
            amount: "356.94 USD".into(),
            status_text: "Paid".into(),
            tone: Tone::Good,
            date: "20 November 2026, 14:02 UTC".into(),
            received_from: vec!["Maya Lindqvist".into(), "Lindqvist & Daughters".into()],
            facts: vec![
                ("Invoice".into(), "INV-2026-0417".into()),
                ("Paid with".into(), "Visa •••• 4242".into()),
                ("Authorization code".into(), "TAS731".into()),
            ],
            lines: vec![
                line("Single-origin beans, 1 kg", "12", "288.00 USD"),
                line("Grinder rental", "1", "45.00 USD"),
            ],
            totals: vec![
                total("Subtotal", "333.00 USD", false),
                total("Sales tax (5.5 %)", "23.94 USD", false),
                total("Total", "356.94 USD", true),
                total("Paid", "356.94 USD", false),
                total("Left to pay", "0.00 USD", true),
            ],
            invoice_url: "/invoice/Zk3vQ9".into(),
        };
        let mut refunded = paid.clone();
        refunded.amount_label = "Amount refunded".into();
        refunded.status_text = "Refunded".into();
        refunded.tone = Tone::Info;
        refunded.lines.clear();
        vec![("receipt", paid), ("receipt-refunded", refunded)]
    }
}
