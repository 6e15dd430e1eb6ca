//! `x-correlation-id`: every answer carries one, and every log line and event of its request names it.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpMessage, HttpRequest};

use crate::app::App;

/// The header, as the gateway's seed names it.
pub const HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

/// Longest id taken over from a caller.
const LENGTH_MAX: usize = 64;

/// The id of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrelationId(pub String);

/// Gives the request its id: the caller's own where that is harmless in a log and a header, else a new one.
pub fn assign(request: &ServiceRequest, app: &App) -> CorrelationId {
    let id = CorrelationId(taken_over(request.headers()).unwrap_or_else(|| app.new_correlation_id()));
    request.extensions_mut().insert(id.clone());
    id
}

/// The id of this request; empty outside the middleware.
pub fn of(request: &HttpRequest) -> String {
    request.extensions().get::<CorrelationId>().map_or_else(String::new, |id| id.0.clone())
}

fn taken_over(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let harmless = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    ((1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(harmless)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_harmless_ids_are_taken_over() {
        for (given, taken) in [
            ("a", true),
            ("0f8fad5b-d9cb-469f-a165-70867728950e", true),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
            ("", false),
            ("two words", false),
            ("<script>", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_str(given).unwrap());
            assert_eq!(taken_over(&headers).is_some(), taken, "{given}");
        }
    }
}
