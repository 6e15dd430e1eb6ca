//! How a page made of its template leaves the house, and how a form that worked is answered.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use askama::Template;

use super::security_headers::{self, PagePolicy};

/// A page made of its template.
pub(super) fn html(status: StatusCode, page: &impl Template, policy: &PagePolicy) -> HttpResponse {
    match page.render() {
        Ok(text) => security_headers::page(status, text, policy),
        Err(why) => {
            tracing::error!(%why, "a page could not be made");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// After something was done: look at it with a GET (Post/Redirect/Get).
pub(super) fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).insert_header((CACHE_CONTROL, "no-store")).finish()
}
