//! Gives every request its id and every answer the header, refusals of other middleware included.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::Instrument;

use crate::app::App;
use crate::http::correlation::{self, CorrelationId, HEADER};

/// Invariant: holds no clone of the request while the rest runs (actix panics then, RELIABILITY.md M8).
pub async fn correlate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let id = correlation::assign(&request, &app);
    let span = tracing::info_span!("request", correlation_id = id.0.as_str());
    match next.call(request).instrument(span).await {
        Ok(mut response) => {
            mark(response.headers_mut(), &id);
            Ok(response.map_into_boxed_body())
        }
        Err(error) => {
            let mut response = error.as_response_error().error_response();
            mark(response.headers_mut(), &id);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

fn mark(headers: &mut HeaderMap, id: &CorrelationId) {
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(HEADER, value);
    }
}
