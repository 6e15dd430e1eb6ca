//! The gateway's face of [`Error`]: the status codes and texts of the seed's "Errors" and facts-gateway.md.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};

use super::envelope::Refusal;
use crate::error::Error;

/// [`Error`] as the gateway says it.
#[derive(Debug)]
pub struct GatewayError(pub Error);

impl From<Error> for GatewayError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(error) = self;
        match error {
            Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::InvalidTransition { .. }
            | Error::InsufficientFunds
            | Error::Refused(_)
            | Error::IdempotencyMismatch => write!(f, "bad request error: {error}"),
            Error::NotFound { .. } => write!(f, "not found error: {error}"),
            Error::Declined { .. }
            | Error::Unauthenticated
            | Error::Forbidden(_)
            | Error::RateLimited { .. }
            | Error::TooLarge
            | Error::NotJson
            | Error::TooSlow
            | Error::Busy
            | Error::Internal(_) => write!(f, "{error}"),
        }
    }
}

impl ResponseError for GatewayError {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            Error::Invalid { .. }
            | Error::Conflict(_)
            | Error::Declined { .. }
            | Error::InvalidTransition { .. }
            | Error::InsufficientFunds
            | Error::Refused(_) => StatusCode::BAD_REQUEST,
            Error::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound { .. } => StatusCode::NOT_FOUND,
            Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        if let Error::Internal(inside) = &self.0 {
            tracing::error!(inside = inside.for_log(), "a request failed inside");
        }
        let mut response = HttpResponse::build(self.status_code());
        match self.0 {
            Error::RateLimited { retry_after_s } => {
                response.insert_header((RETRY_AFTER, retry_after_s.to_string()));
            }
            Error::Busy => {
                response.insert_header((RETRY_AFTER, "1"));
            }
            // The rest of the body is on its way or never comes: this connection is of no more use.
            Error::TooLarge | Error::TooSlow => {
                response.force_close();
            }
            _ => {}
        }
        response.json(refusal(self.status_code(), self.to_string()))
    }
}

/// The body of a refusal.
pub(super) fn refusal(status: StatusCode, msg: String) -> Refusal {
    let word = if status.is_server_error() { "error" } else { "failed" };
    Refusal { status: word.to_owned(), msg }
}
