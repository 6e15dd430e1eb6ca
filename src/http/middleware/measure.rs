//! Counts requests by route and status and how long they took; a line in the log for each.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::clock::Stopwatch;

/// The label is the route's pattern, never the path: ids would make a label each.
///
/// # Errors
/// Those of the rest.
pub async fn measure<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let (watch, method) = (Stopwatch::start(), request.method().to_string());
    let path = request.path().to_owned();
    let answer = next.call(request).await;
    let (status, route) = match &answer {
        Ok(response) => (response.status(), response.request().match_pattern()),
        Err(error) => (error.as_response_error().status_code(), None),
    };
    let route = route.unwrap_or_else(|| "none".to_owned());
    let (took, status) = (watch.elapsed(), status.as_u16());
    let path = shown(&path, &route);
    tracing::info!(method, path, status, duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "request");
    metrics::counter!("bursar_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("bursar_request_duration_seconds", "route" => route).record(took);
    answer
}

/// What the log says of where a request went: below `/api/` the path; elsewhere the route's pattern, because the path
/// of a page may hold its credential (set-up links, hosted invoices, challenges; RELIABILITY.md S61).
fn shown<'a>(path: &'a str, route: &'a str) -> &'a str {
    if path.starts_with("/api/") { path } else { route }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_that_opens_something_is_logged() {
        for (path, route, expected) in [
            ("/api/vault/cafe-lumen", "/api/vault/{id}", "/api/vault/cafe-lumen"),
            ("/invoice/2QrKWdhRS1Rm9doP57mu9Y/pay", "/invoice/{public_id}/pay", "/invoice/{public_id}/pay"),
            ("/admin/setup/2EJC7378PBP1Agj6", "none", "none"),
            ("/docs", "/docs", "/docs"),
        ] {
            assert_eq!(shown(path, route), expected, "{path}");
        }
    }
}
