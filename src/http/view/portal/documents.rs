//! The portal's pages of invoices and receipts.

use askama::Template;

use super::Frame;
use crate::domain::language::Language;
use crate::http::view::tone::Tone;
use crate::i18n::portal_documents::PortalDocuments;

/// `GET /portal/invoices` and `GET /portal/receipts`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/documents.html")]
pub struct DocumentsPage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalDocuments,
    /// The heading.
    pub title: &'static str,
    /// What is said where there is none.
    pub none: &'static str,
    /// The head of the column of dates.
    pub date_label: &'static str,
    /// The documents.
    pub rows: Vec<DocumentRow>,
    /// The next page; none on the last.
    pub older_url: Option<String>,
    /// The first page; none on it.
    pub newest_url: Option<String>,
}

/// An invoice or a receipt.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    /// Its number, or what paid.
    pub name: String,
    /// The day it was made.
    pub date: String,
    /// Where it stands.
    pub state: &'static str,
    /// How that is meant.
    pub tone: Tone,
    /// What it comes to.
    pub amount: String,
    /// Its page.
    pub url: String,
    /// Its paper.
    pub pdf_url: String,
}

/// `GET /portal/receipts/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/receipt.html")]
pub struct ReceiptPage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalDocuments,
    /// "Receipt" or "Refund".
    pub kind: &'static str,
    /// Its number.
    pub number: String,
    /// What was paid.
    pub amount: String,
    /// Where it stands.
    pub state: &'static str,
    /// How that is meant.
    pub tone: Tone,
    /// When.
    pub at: String,
    /// More about it, label and text.
    pub facts: Vec<(String, String)>,
    /// Parts and sums: label, amount, whether it is a sum.
    pub totals: Vec<(String, String, bool)>,
    /// Its paper.
    pub pdf_url: String,
    /// The page of the invoice that it pays.
    pub invoice_url: Option<String>,
}

impl DocumentsPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let words = PortalDocuments::of(Language::Swedish);
        let full = Self {
            frame: Frame::sample(Language::Swedish, "invoices"),
            words,
            title: "Fakturor",
            none: words.no_invoices,
            date_label: words.issued,
            rows: vec![DocumentRow {
                name: "INV-7".into(),
                date: "3 maj 2026".into(),
                state: "Betald",
                tone: Tone::Good,
                amount: "1 204,50 SEK".into(),
                url: "/invoice/Zk3vQ9".into(),
                pdf_url: "/invoice/Zk3vQ9/pdf".into(),
            }],
            older_url: Some("/portal/invoices?before=7".into()),
            newest_url: Some("/portal/invoices".into()),
        };
        let none = Self { rows: Vec::new(), older_url: None, newest_url: None, ..full.clone() };
        vec![("portal-invoices", full), ("portal-invoices-none", none)]
    }
}

impl ReceiptPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let words = PortalDocuments::of(Language::German);
        let page = Self {
            frame: Frame::sample(Language::German, "receipts"),
            words,
            kind: words.receipt,
            number: "00T1".into(),
            amount: "12,50 EUR".into(),
            state: "Bezahlt",
            tone: Tone::Good,
            at: "3. Mai 2026, 14:05".into(),
            facts: vec![(words.paid_with.into(), "Visa •••• 1111".into())],
            totals: vec![(words.total.into(), "12,50 EUR".into(), true)],
            pdf_url: "/portal/receipts/00T1/pdf".into(),
            invoice_url: Some("/invoice/Zk3vQ9".into()),
        };
        vec![("portal-receipt", page)]
    }
}
