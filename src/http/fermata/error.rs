//! The treasury's face of [`Error`]: the statuses and words of the contract's table of errors.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::domain::refusal::{Detail, Refusal, RefusalCode};
use crate::error::Error;

/// [`Error`] as the treasury says it.
#[derive(Debug)]
pub struct FermataError(pub Error);

impl From<Error> for FermataError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Refusal> for FermataError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl fmt::Display for FermataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FermataError {
    /// Status and word.
    fn face(&self) -> (StatusCode, &'static str) {
        match &self.0 {
            // What is no JSON object at all names no member.
            Error::Invalid { field, .. } if field == "body" => (StatusCode::BAD_REQUEST, "bad_request"),
            Error::Invalid { .. } | Error::Conflict(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Error::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Error::Declined { .. } => (StatusCode::PAYMENT_REQUIRED, "payment_declined"),
            Error::InvalidTransition { .. } => (StatusCode::CONFLICT, "event_final"),
            Error::InsufficientFunds => (StatusCode::PAYMENT_REQUIRED, "insufficient_balance"),
            Error::Refused(refusal) => (status_of(refusal.code), refusal.code.as_str()),
            Error::IdempotencyMismatch => (StatusCode::UNPROCESSABLE_ENTITY, "dedupe_mismatch"),
            Error::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Error::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Error::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Error::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Error::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            Error::TooSlow => (StatusCode::REQUEST_TIMEOUT, "bad_request"),
            Error::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// The body of the answer.
    fn body(&self) -> Value {
        let mut fault = Map::new();
        fault.insert("code".to_owned(), json!(self.face().1));
        match &self.0 {
            Error::Invalid { field, problem } if field == "body" => {
                fault.insert("message".to_owned(), json!(format!("The body {problem}.")));
            }
            Error::Invalid { field, problem } => {
                let field = member(field);
                fault.insert("message".to_owned(), json!(format!("{field} {problem}.")));
                fault.insert("field".to_owned(), json!(field));
            }
            Error::Refused(refusal) => {
                fault.insert("message".to_owned(), json!(refusal.text));
                if let Some(field) = &refusal.field {
                    fault.insert("field".to_owned(), json!(field));
                }
                for (name, detail) in &refusal.details {
                    fault.insert(name.clone(), detail_of(name, detail));
                }
            }
            other => {
                fault.insert("message".to_owned(), json!(sentence(&other.to_string())));
            }
        }
        json!({ "error": fault })
    }
}

fn status_of(code: RefusalCode) -> StatusCode {
    match code {
        RefusalCode::InsufficientBalance
        | RefusalCode::BalancePaused
        | RefusalCode::PaymentRequired
        | RefusalCode::PaymentDeclined => StatusCode::PAYMENT_REQUIRED,
        RefusalCode::EventFinal
        | RefusalCode::RefillInFlight
        | RefusalCode::RefillCapped
        | RefusalCode::NoRefill
        | RefusalCode::NoPlan
        | RefusalCode::PlanPastDue
        | RefusalCode::InProgress => StatusCode::CONFLICT,
        RefusalCode::OutOfRange => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A member as this API names it: a card comes as a token of the account.
fn member(field: &str) -> &str {
    field.strip_prefix("default_payment.").unwrap_or(field)
}

/// Ids carry their prefix.
fn detail_of(name: &str, detail: &Detail) -> Value {
    match detail {
        Detail::Number(number) => json!(number),
        Detail::Text(text) => match name {
            "event_id" => json!(format!("e_{text}")),
            "account_id" => json!(format!("a_{text}")),
            _ => json!(text),
        },
    }
}

/// "customer not found" as "Customer not found."
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let head = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{head}{}.", letters.as_str())
}

impl ResponseError for FermataError {
    fn status_code(&self) -> StatusCode {
        self.face().0
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
        response.json(self.body())
    }
}
