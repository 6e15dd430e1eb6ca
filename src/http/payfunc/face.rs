//! Refusals that no handler makes, in this API's shape: no such path, wrong method, bad query.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::QueryPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::json;

use super::answer::JSON;
use super::error::PayfuncError;
use crate::error::Error;

/// The methods of each path; a test compares it with the document.
pub(super) const METHODS: &[(&str, &[&str])] = &[
    ("/account", &["POST", "GET"]),
    ("/account/{account}", &["GET", "PATCH", "POST"]),
    ("/account/{account}/customer", &["PUT"]),
    ("/account/{account}/method", &["POST"]),
    ("/account/{account}/methods", &["PUT"]),
    ("/account/{account}/balance", &["POST", "DELETE"]),
    ("/account/{account}/subscription", &["POST"]),
    ("/account/{account}/subscription/{subscription}", &["PUT", "PATCH", "DELETE"]),
    ("/order", &["POST", "GET", "PATCH"]),
    ("/order/{order}", &["GET"]),
    ("/order/{order}/receipt", &["GET"]),
    ("/order/{order}/payment", &["PUT"]),
    ("/order/{order}/event", &["POST"]),
    ("/merchant", &["GET"]),
    ("/merchant/{merchant}", &["PATCH"]),
];

/// A path that is none of ours.
pub(super) async fn not_found() -> HttpResponse {
    PayfuncError(Error::not_found("endpoint", "")).error_response()
}

/// A query string that does not fit.
pub(super) fn bad_query(_: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    PayfuncError(Error::invalid("query.query", "has a wrong value")).into()
}

/// Gives a bare refusal of the router (405) its shape.
pub(super) async fn refusals(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let is_bare = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || !is_bare {
        return Ok(response);
    }
    let pattern = response.request().match_pattern().unwrap_or_default();
    let allowed = METHODS.iter().find(|(path, _)| *path == pattern).map_or(&[][..], |(_, methods)| *methods);
    let said = json!({ "status": 405, "type": "method not allowed", "header": { "allow": allowed } }).to_string();
    let mut response = response.map_body(|_, _| BoxBody::new(said));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    if let Ok(value) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(ALLOW, value);
    }
    Ok(response)
}
