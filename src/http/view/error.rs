//! The pages that say no: nothing here, refused, our fault.

use askama::Template;

/// Missing, expired and foreign links look alike.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/not_found.html")]
pub struct NotFoundPage {
    /// The heading.
    pub title: String,
    /// One sentence.
    pub text: String,
}

impl NotFoundPage {
    /// The page for an invoice link that opens nothing.
    pub fn invoice() -> Self {
        Self { title: "Invoice not found".into(), text: "There is no invoice behind this link.".into() }
    }

    /// The page for any other address.
    pub fn page() -> Self {
        Self { title: "Page not found".into(), text: "There is nothing at this address.".into() }
    }

    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        vec![("not-found", Self::page()), ("not-found-invoice", Self::invoice())]
    }
}

/// A refusal or a fault, with the id that finds it in the log.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// The heading.
    pub title: String,
    /// What happened.
    pub text: String,
    /// What to do next.
    pub advice: Option<String>,
    /// Where a button leads, a path of ours.
    pub back_url: Option<String>,
    /// What the button says; only read with `back_url`.
    pub back_label: String,
    /// The request's id (`x-correlation-id`); empty hides the sentence.
    pub correlation_id: String,
}

impl ErrorPage {
    /// A fault of ours.
    pub fn fault(correlation_id: impl Into<String>) -> Self {
        Self {
            title: "Something went wrong on our side".into(),
            text: "The request could not be completed. Nothing you typed is at fault.".into(),
            advice: Some("Please try again in a moment. If you were paying, open the invoice first: it shows whether the payment went through.".into()),
            back_url: None,
            back_label: String::new(),
            correlation_id: correlation_id.into(),
        }
    }

    /// The service takes no writes for the moment.
    pub fn busy(correlation_id: impl Into<String>) -> Self {
        Self {
            title: "Please try again in a moment".into(),
            text: "The service is very busy. Nothing happened: no payment was made.".into(),
            advice: None,
            back_url: None,
            back_label: String::new(),
            correlation_id: correlation_id.into(),
        }
    }

    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let stale = Self {
            title: "This invoice has changed".into(),
            text: "It was updated while you had it open, so nothing was paid.".into(),
            advice: Some("Look at it again before you pay.".into()),
            back_url: Some("/invoice/Zk3vQ9".into()),
            back_label: "Open the invoice".into(),
            correlation_id: "01J9ZT0QG4W".into(),
        };
        vec![("error", Self::fault("01J9ZT0QG4W")), ("error-busy", Self::busy("01J9ZT0QG4W")), ("error-stale", stale)]
    }
}
