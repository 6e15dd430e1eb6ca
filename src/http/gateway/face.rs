//! Refusals that no handler makes, in the gateway's envelope: no such path, wrong method, bad query.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::QueryPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};

use super::error::{GatewayError, refusal};
use crate::error::Error;

/// A path that is none of ours.
pub(super) async fn not_found() -> HttpResponse {
    HttpResponse::NotFound().json(refusal(StatusCode::NOT_FOUND, "not found error: no such endpoint".to_owned()))
}

/// A query string that does not fit.
pub(super) fn bad_query(_: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    GatewayError(Error::invalid("query", "has a wrong value")).into()
}

/// Gives a bare refusal of the router (405) the envelope.
pub(super) async fn refusals(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let is_bare = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || !is_bare {
        return Ok(response);
    }
    let said = refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed on this path".to_owned());
    let json = serde_json::to_string(&said).map_err(|why| GatewayError(Error::internal(why)))?;
    let mut response = response.map_body(|_, _| BoxBody::new(json));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
