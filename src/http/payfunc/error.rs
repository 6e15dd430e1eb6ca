//! This API's face of [`Error`]: the bodies that the npm package `gracely` makes (facts-payfunc.md, "Errors"); the
//! status is repeated in the body.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::answer;
use crate::error::Error;

/// [`Error`] as this API says it.
#[derive(Debug)]
pub struct PayfuncError(pub Error);

impl From<Error> for PayfuncError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for PayfuncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountRefusal {
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599, example = 400)]
    pub status: u16,
    /// What kind of refusal.
    #[serde(rename = "type")]
    #[schema(max_length = 40, example = "malformed content")]
    pub kind: String,
    /// What in the body is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub content: Option<Value>,
    /// What in the query or the path is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub argument: Option<Value>,
    /// Of a method that the path does not know: those that it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub header: Option<Value>,
    /// Of a fault of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, example = "internal error")]
    pub error: Option<String>,
}

impl PayfuncError {
    /// Status and type.
    fn face(&self) -> (StatusCode, &'static str) {
        match &self.0 {
            Error::Invalid { field, .. } if field == "body" => (StatusCode::BAD_REQUEST, "invalid content"),
            Error::Invalid { field, .. } if field.starts_with("query.") => {
                (StatusCode::BAD_REQUEST, "invalid query argument")
            }
            Error::Invalid { problem, .. } if is_missing(problem) => (StatusCode::BAD_REQUEST, "missing property"),
            Error::Invalid { .. } => (StatusCode::BAD_REQUEST, "malformed content"),
            Error::Conflict(_)
            | Error::Declined { .. }
            | Error::InvalidTransition { .. }
            | Error::InsufficientFunds
            | Error::Refused(_) => (StatusCode::BAD_REQUEST, "flawed content"),
            Error::NotFound { .. } => (StatusCode::NOT_FOUND, "not found"),
            Error::IdempotencyMismatch => (StatusCode::UNPROCESSABLE_ENTITY, "flawed content"),
            Error::Unauthenticated => (StatusCode::UNAUTHORIZED, "not authorized"),
            Error::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Error::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
            Error::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid content"),
            Error::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid content"),
            Error::TooSlow => (StatusCode::REQUEST_TIMEOUT, "invalid content"),
            Error::Busy => (StatusCode::SERVICE_UNAVAILABLE, "service unavailable"),
            Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "unknown error"),
        }
    }

    /// The body of the answer.
    fn body(&self) -> Value {
        let (status, kind) = self.face();
        let mut body =
            Map::from_iter([("status".to_owned(), json!(status.as_u16())), ("type".to_owned(), json!(kind))]);
        let (member, told) = match &self.0 {
            Error::Invalid { field, problem } if field == "body" => {
                ("content", json!({ "type": "object", "description": format!("The body {problem}.") }))
            }
            Error::Invalid { field, problem } => match field.strip_prefix("query.") {
                Some(name) => {
                    ("argument", json!({ "name": name, "type": "string", "description": said(name, problem) }))
                }
                None => ("content", json!({ "property": field, "type": "any", "description": said(field, problem) })),
            },
            Error::Conflict(_)
            | Error::Declined { .. }
            | Error::InvalidTransition { .. }
            | Error::InsufficientFunds
            | Error::IdempotencyMismatch
            | Error::Refused(_) => ("content", json!({ "type": "any", "condition": self.0.to_string() })),
            Error::TooLarge | Error::NotJson | Error::TooSlow => {
                ("content", json!({ "type": "object", "description": self.0.to_string() }))
            }
            Error::Internal(_) => ("error", json!("internal error")),
            Error::NotFound { .. }
            | Error::Unauthenticated
            | Error::Forbidden(_)
            | Error::RateLimited { .. }
            | Error::Busy => return Value::Object(body),
        };
        body.insert(member.to_owned(), told);
        Value::Object(body)
    }
}

fn is_missing(problem: &str) -> bool {
    problem.starts_with("is required")
}

fn said(field: &str, problem: &str) -> String {
    format!("{field} {problem}.")
}

impl ResponseError for PayfuncError {
    fn status_code(&self) -> StatusCode {
        self.face().0
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        if let Error::Internal(inside) = &self.0 {
            tracing::error!(inside = inside.for_log(), "a request failed inside");
        }
        let mut response = answer::json(self.status_code(), &self.body());
        let retry_after = match self.0 {
            Error::RateLimited { retry_after_s } => Some(retry_after_s),
            Error::Busy => Some(1),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if matches!(self.0, Error::TooLarge | Error::TooSlow) {
            // The rest of the body is on its way or never comes: this connection is of no more use.
            response.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_repeat_their_status() {
        for (error, status, kind, member) in [
            (Error::invalid("items", "is required"), 400, "missing property", "content"),
            (Error::invalid("items", "must be more"), 400, "malformed content", "content"),
            (Error::invalid("body", "is not JSON"), 400, "invalid content", "content"),
            (Error::invalid("query.start", "must be a time"), 400, "invalid query argument", "argument"),
            (Error::Conflict("no".to_owned()), 400, "flawed content", "content"),
            (Error::Unauthenticated, 401, "not authorized", ""),
            (Error::not_found("order", "x"), 404, "not found", ""),
            (Error::internal("secret"), 500, "unknown error", "error"),
            (Error::Busy, 503, "service unavailable", ""),
        ] {
            let error = PayfuncError(error);
            let body = error.body();
            assert_eq!((body["status"].as_u64(), body["type"].as_str()), (Some(status), Some(kind)), "{body}");
            assert_eq!(error.status_code().as_u16(), u16::try_from(status).unwrap());
            let more: Vec<&String> =
                body.as_object().unwrap().keys().filter(|key| *key != "status" && *key != "type").collect();
            assert_eq!(more.first().map_or("", |key| key.as_str()), member, "{body}");
            assert!(!body.to_string().contains("secret"));
        }
    }
}
