//! The tokenizer: the one endpoint that a shop's page calls, from the page's own origin and with a public key.
//!
//! Its answers are readable for every origin, because they hold nothing but a token that only a private key can use.
//! They have a shape of their own (facts-gateway.md, "tokenizer answer"), refusals too.

use actix_web::body::BoxBody;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_TYPE, HeaderValue,
};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::auth;
use super::error::GatewayError;
use super::json::decode;
use super::wire::tokenizer::{NewToken, TokenAnswer};
use crate::app::App;
use crate::app::login::Credential;
use crate::domain::id::ApiKeyId;
use crate::error::{Error, Result};
use crate::http::body;
use crate::http::rate_limit::RateLimits;
use crate::limits;

/// How long a browser may remember that it may ask, seconds (a day; browsers cut it shorter).
const ALLOWED_S: &str = "86400";

/// `POST /api/tokenizer`: a card or bank account becomes a token that is good once, for 15 minutes.
#[utoipa::path(post, path = "/api/tokenizer", tag = "Tokenizer", request_body = NewToken,
    security(("public_key" = [])),
    responses((status = 200, body = TokenAnswer), (status = 400, body = TokenAnswer),
        (status = 401, body = TokenAnswer), (status = 408, body = TokenAnswer), (status = 413, body = TokenAnswer),
        (status = 429, body = TokenAnswer), (status = 503, body = TokenAnswer)))]
pub async fn create(app: Data<App>, limits: Data<RateLimits>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let answer = tokenize(&app, &limits, &request, payload).await;
    open_to_pages(answer.unwrap_or_else(refused))
}

/// `OPTIONS /api/tokenizer`: what a browser asks before it lets another origin's page call.
pub async fn preflight() -> HttpResponse {
    let mut response = HttpResponse::NoContent().finish();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(ALLOWED_S));
    open_to_pages(response)
}

async fn tokenize(app: &App, limits: &RateLimits, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    limits.token(request)?;
    let key = public_key(app, request)?;
    let mut payload = payload.into_inner();
    let bytes = body::read(request, &mut payload, limits::TOKENIZER_BODY_MAX_BYTES).await.map_err(Error::from)?;
    let asked: NewToken = decode(&bytes)?;
    match asked.into_method(app.now().utc_date()) {
        Err(invalid) => Ok(HttpResponse::BadRequest().json(TokenAnswer::invalid(invalid))),
        Ok((method, cvc)) => {
            let token = app.method_tokenize(key, method, cvc).await?;
            Ok(HttpResponse::Ok().json(TokenAnswer::success(token)))
        }
    }
}

/// The public key in the head. A private one is refused: whoever puts it into a page gives the shop away.
fn public_key(app: &App, request: &HttpRequest) -> Result<ApiKeyId> {
    match auth::credential(request, app)? {
        Some(Credential::Key(text) | Credential::Bearer(text)) => app.public_key_check(&text),
        Some(Credential::Session(_)) | None => Err(Error::Unauthenticated),
    }
}

/// The gateway's refusal with the tokenizer's body.
fn refused(error: Error) -> HttpResponse {
    let error = GatewayError(error);
    let mut response = error.error_response();
    let json = serde_json::to_string(&TokenAnswer::error(error.to_string())).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.set_body(BoxBody::new(json))
}

/// Lets pages of every origin read the answer. No cookie goes with it: `*` excludes them.
fn open_to_pages(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-correlation-id, retry-after"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
