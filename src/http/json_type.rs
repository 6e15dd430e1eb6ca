//! Whether a request says that its body is JSON.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;

/// Whether the header lets the body be JSON. Clients of this API leave it out, so that is no fault; what says that it
/// is something else is not read, since a form of another site may send `text/plain` (RELIABILITY.md S32).
pub fn may_be_json(request: &HttpRequest) -> bool {
    let Some(header) = request.headers().get(CONTENT_TYPE) else { return true };
    let essence = header.to_str().unwrap_or("?").split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
