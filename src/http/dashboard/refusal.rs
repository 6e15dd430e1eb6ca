//! What a refusal looks like to a person who works for the merchant.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse};

use super::{HOME, LOGIN};
use crate::error::Error;
use crate::http::correlation;
use crate::http::html::{html, see_other};
use crate::http::security_headers::PagePolicy;
use crate::http::view::error::{ErrorPage, NotFoundPage};

/// A refusal as a page of its own.
pub(super) fn refusal(request: &HttpRequest, error: &Error) -> HttpResponse {
    let said = |status, title: &str, text: &str, label: &str, back: &str| {
        let page = ErrorPage {
            title: title.to_owned(),
            text: text.to_owned(),
            advice: None,
            back_url: Some(back.to_owned()),
            back_label: label.to_owned(),
            correlation_id: correlation::of(request),
        };
        html(status, &page, &PagePolicy::default())
    };
    let again = |status, title: &str, text: &str| said(status, title, text, "Open the dashboard", HOME);
    match error {
        Error::Unauthenticated => see_other(LOGIN),
        Error::NotFound { kind: "link", .. } => html(StatusCode::NOT_FOUND, &no_link(), &PagePolicy::default()),
        Error::NotFound { .. } => html(StatusCode::NOT_FOUND, &NotFoundPage::page(), &PagePolicy::default()),
        Error::Forbidden(_) => again(
            StatusCode::FORBIDDEN,
            "Nothing was done",
            "The form did not come from a page that this browser has open. Open the page again and repeat it there.",
        ),
        Error::Invalid { field, problem } => {
            again(StatusCode::BAD_REQUEST, "That did not fit", &format!("{field} {problem}"))
        }
        Error::Conflict(text) => again(StatusCode::CONFLICT, "That is no longer so", text),
        Error::InvalidTransition { .. }
        | Error::IdempotencyMismatch
        | Error::Declined { .. }
        | Error::InsufficientFunds
        | Error::Refused(_) => again(StatusCode::CONFLICT, "That is not possible now", &error.to_string()),
        Error::RateLimited { retry_after_s } => {
            let text = "Too many tries came from your network. Wait a minute, then try again.";
            let page = said(StatusCode::TOO_MANY_REQUESTS, "Please wait a moment", text, "Sign in", LOGIN);
            with_retry(page, &retry_after_s.to_string())
        }
        Error::TooLarge => {
            again(StatusCode::PAYLOAD_TOO_LARGE, "That was too much", "The form is larger than allowed.")
        }
        Error::NotJson => again(StatusCode::UNSUPPORTED_MEDIA_TYPE, "That did not fit", "The form is of another kind."),
        Error::TooSlow => again(StatusCode::REQUEST_TIMEOUT, "That took too long", "The form did not arrive whole."),
        Error::Busy => with_retry(
            again(StatusCode::SERVICE_UNAVAILABLE, "Please try again in a moment", "The service is busy."),
            "1",
        ),
        Error::Internal(inside) => {
            tracing::error!(inside = inside.for_log(), "a dashboard page failed inside");
            html(StatusCode::INTERNAL_SERVER_ERROR, &ErrorPage::fault(correlation::of(request)), &PagePolicy::default())
        }
    }
}

/// Unknown, used and expired links look alike (RELIABILITY.md S46).
fn no_link() -> NotFoundPage {
    NotFoundPage {
        title: "This link opens nothing".to_owned(),
        text: "A set-up link works once and for 30 minutes. On the server, `bursar link admin` prints a fresh one."
            .to_owned(),
    }
}

fn with_retry(mut page: HttpResponse, seconds: &str) -> HttpResponse {
    if let Ok(seconds) = seconds.parse() {
        page.headers_mut().insert(RETRY_AFTER, seconds);
    }
    page
}
