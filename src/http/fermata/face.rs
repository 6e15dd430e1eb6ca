//! Refusals that no handler makes, in this API's shape: no such path, wrong method, bad query.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::QueryPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::json;

use super::error::FermataError;
use crate::error::Error;

/// A path that is none of ours.
pub(super) async fn not_found() -> HttpResponse {
    FermataError(Error::not_found("endpoint", "")).error_response()
}

/// A query string that does not fit.
pub(super) fn bad_query(_: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    FermataError(Error::invalid("query", "has a wrong value")).into()
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
    let message = "This path does not know the method.";
    let said = json!({ "error": { "code": "method_not_allowed", "message": message } }).to_string();
    let mut response = response.map_body(|_, _| BoxBody::new(said));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
