//! What answers look like: clients read a body only under these exact content types.

use actix_web::HttpResponse;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::{HttpRequest, http::StatusCode};
use serde::Serialize;

use super::error::PayfuncError;

/// JSON, as clients compare it.
pub const JSON: &str = "application/json; charset=utf-8";
/// A signed token.
pub const JWT: &str = "application/jwt; charset=utf-8";

/// What a handler answers.
pub type Answer = Result<HttpResponse, PayfuncError>;

/// An answer in JSON.
pub struct Json;

impl Json {
    /// 200 with this body.
    ///
    /// # Errors
    /// None that a value of ours has.
    pub fn answer(body: &impl Serialize) -> Answer {
        Ok(json(StatusCode::OK, body))
    }
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    let text = serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned());
    HttpResponse::build(status).insert_header((CONTENT_TYPE, JSON)).body(text)
}

/// 200 with a token.
pub(super) fn token(text: String) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, JWT)).body(text)
}

/// Whether the client asks for JSON by name.
pub(super) fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    accept.split(',').any(|part| part.trim().to_ascii_lowercase().starts_with("application/json"))
}
