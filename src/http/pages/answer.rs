//! How pages leave the house, and what a refusal looks like to a person.

use actix_web::http::StatusCode;
use actix_web::http::header::{ORIGIN, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::auth::csrf;
use crate::error::{Error, Result};
use crate::http::correlation;
pub(super) use crate::http::html::{html, see_other};
use crate::http::security_headers::PagePolicy;
use crate::http::view::error::{ErrorPage, NotFoundPage};

/// A refusal as a page of its own; `back` is where its button leads.
pub(super) fn refusal(request: &HttpRequest, error: &Error, back: Option<&str>) -> HttpResponse {
    let id = correlation::of(request);
    let said = |status, title: &str, text: &str| {
        let page = ErrorPage {
            title: title.to_owned(),
            text: text.to_owned(),
            advice: None,
            back_url: back.map(str::to_owned),
            back_label: "Open the invoice".to_owned(),
            correlation_id: id.clone(),
        };
        html(status, &page, &PagePolicy::default())
    };
    match error {
        Error::NotFound { .. } => html(StatusCode::NOT_FOUND, &NotFoundPage::invoice(), &PagePolicy::default()),
        Error::Invalid { field, problem } => {
            said(StatusCode::BAD_REQUEST, "That did not fit", &format!("{field}: {problem}"))
        }
        Error::Conflict(_) | Error::InvalidTransition { .. } | Error::IdempotencyMismatch | Error::Refused(_) => said(
            StatusCode::CONFLICT,
            "This invoice has changed",
            "It changed while you had it open, so nothing was paid. Look at it again before you pay.",
        ),
        Error::Declined { text, .. } => said(StatusCode::PAYMENT_REQUIRED, "The payment was declined", text),
        Error::InsufficientFunds => {
            said(StatusCode::PAYMENT_REQUIRED, "The payment was declined", "Insufficient funds.")
        }
        Error::Unauthenticated | Error::Forbidden(_) => said(
            StatusCode::FORBIDDEN,
            "Nothing was done",
            "The request did not come from the page of the invoice. Open the invoice and try again there.",
        ),
        Error::RateLimited { retry_after_s } => {
            let mut page = said(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many payments were tried",
                &format!(
                    "To protect card holders, paying here is switched off for {}. Nothing was charged.",
                    waiting(*retry_after_s)
                ),
            );
            if let Ok(seconds) = retry_after_s.to_string().parse() {
                page.headers_mut().insert(RETRY_AFTER, seconds);
            }
            page
        }
        Error::TooLarge => said(StatusCode::PAYLOAD_TOO_LARGE, "That was too much", "The form is larger than allowed."),
        Error::NotJson => said(StatusCode::UNSUPPORTED_MEDIA_TYPE, "That did not fit", "The form is of another kind."),
        Error::TooSlow => said(StatusCode::REQUEST_TIMEOUT, "That took too long", "The form did not arrive whole."),
        Error::Busy => {
            let mut page = html(StatusCode::SERVICE_UNAVAILABLE, &ErrorPage::busy(id), &PagePolicy::default());
            if let Ok(second) = "1".parse() {
                page.headers_mut().insert(RETRY_AFTER, second);
            }
            page
        }
        Error::Internal(inside) => {
            tracing::error!(inside = inside.for_log(), "a page failed inside");
            html(StatusCode::INTERNAL_SERVER_ERROR, &ErrorPage::fault(id), &PagePolicy::default())
        }
    }
}

/// "a minute", "60 minutes".
fn waiting(retry_after_s: u32) -> String {
    match retry_after_s.div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// Refuses a form that another site's page sent. A request with neither header comes from no browser: there is no
/// cookie or other ambient right here that a stranger's page could borrow.
///
/// # Errors
/// `Forbidden`.
pub(super) fn own_page(request: &HttpRequest, app: &App) -> Result<()> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (site, origin) = (header("sec-fetch-site"), header(ORIGIN.as_str()));
    let is_silent = !request.headers().contains_key("sec-fetch-site") && !request.headers().contains_key(ORIGIN);
    if is_silent || csrf::is_same_origin(site, origin, &app.settings().public_url) {
        Ok(())
    } else {
        Err(Error::Forbidden("request from another site"))
    }
}
