//! What a refusal looks like to a customer, in their language.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse};

use super::session::{company_view, wished};
use super::{HOME, SIGN_IN};
use crate::app::App;
use crate::error::Error;
use crate::http::correlation;
use crate::http::html::{html, see_other};
use crate::http::security_headers::PagePolicy;
use crate::http::view::portal::RefusalPage;
use crate::i18n::portal_frame::{PortalAnswers, PortalFrame};

/// A refusal as a page of its own.
pub(super) fn refusal(app: &App, request: &HttpRequest, error: &Error) -> HttpResponse {
    let language = wished(app, request);
    let words = PortalAnswers::of(language);
    let (status, title, text) = match error {
        Error::Unauthenticated => return see_other(&format!("{SIGN_IN}?ended")),
        Error::NotFound { .. } => (StatusCode::NOT_FOUND, words.no_place_title, words.no_place),
        Error::Forbidden(_) => (StatusCode::FORBIDDEN, words.not_ours_title, words.not_ours),
        Error::Invalid { .. } => (StatusCode::BAD_REQUEST, words.misfit_title, words.misfit),
        Error::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, words.misfit_title, words.misfit),
        Error::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, words.misfit_title, words.misfit),
        Error::TooSlow => (StatusCode::REQUEST_TIMEOUT, words.misfit_title, words.misfit),
        Error::Conflict(_) | Error::InvalidTransition { .. } | Error::IdempotencyMismatch | Error::Refused(_) => {
            (StatusCode::CONFLICT, words.not_now_title, words.not_now)
        }
        Error::Declined { .. } | Error::InsufficientFunds => {
            (StatusCode::PAYMENT_REQUIRED, words.declined_title, words.declined)
        }
        Error::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, words.wait_title, words.wait),
        Error::Busy => (StatusCode::SERVICE_UNAVAILABLE, words.busy_title, words.busy),
        Error::Internal(inside) => {
            tracing::error!(inside = inside.for_log(), "a page of the portal failed inside");
            (StatusCode::INTERNAL_SERVER_ERROR, words.fault_title, words.fault)
        }
    };
    let back_url = if matches!(error, Error::RateLimited { .. }) { SIGN_IN } else { HOME };
    let page = RefusalPage {
        language,
        frame: PortalFrame::of(language),
        words,
        company: app.company().ok().map(|company| company_view(&company)),
        title: title.to_owned(),
        text: text.to_owned(),
        back_url,
        correlation_id: correlation::of(request),
    };
    let mut answer = html(status, &page, &PagePolicy::default());
    let wait_s = match error {
        Error::RateLimited { retry_after_s } => Some(*retry_after_s),
        Error::Busy => Some(1),
        _ => None,
    };
    if let Some(seconds) = wait_s.and_then(|seconds| seconds.to_string().parse().ok()) {
        answer.headers_mut().insert(RETRY_AFTER, seconds);
    }
    answer
}
