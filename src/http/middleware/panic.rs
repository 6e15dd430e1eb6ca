//! A panic in a handler is an answer of 500 in the words of the path's dialect; the worker lives on.

use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError};
use futures_util::FutureExt;

use crate::error;
use crate::http::gateway::GatewayError;

/// Catches what unwinds; the panic itself is in the log already (its hook).
pub async fn catch<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_api = request.path().starts_with("/api/");
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => Err(InternalError::from_response("a handler panicked", face(is_api)).into()),
    }
}

fn face(is_api: bool) -> HttpResponse {
    if is_api {
        GatewayError(error::Error::internal("a handler panicked")).error_response()
    } else {
        HttpResponse::InternalServerError().content_type("text/plain; charset=utf-8").body("internal error\n")
    }
}
