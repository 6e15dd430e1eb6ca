//! The merchant's dashboard under `/admin`: pages made on the server that work without JavaScript.
//!
//! Every form needs a token bound to the browser that got it and a request from our own origin (RELIABILITY.md S30,
//! S33); GET changes nothing (S31). The session is the gateway's: one mechanism, one table.

mod login;
mod overview;
mod refusal;
mod rows;
mod session;
mod setup;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};

use super::html::{html, see_other};
use super::security_headers::PagePolicy;
use super::view::error::NotFoundPage;

/// Where the dashboard begins.
const HOME: &str = "/admin";
/// Where one signs in.
const LOGIN: &str = "/admin/login";

/// Everything under `/admin`, and the way there from the bare address.
pub fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/").route(web::get().to(home))).service(
        web::scope(HOME)
            .service(web::resource("").route(web::get().to(overview::show)).route(web::head().to(overview::show)))
            .service(web::resource("/").route(web::get().to(home)))
            .service(
                web::resource("/login")
                    .route(web::get().to(login::show))
                    .route(web::head().to(login::show))
                    .route(web::post().to(login::enter)),
            )
            .service(web::resource("/logout").route(web::post().to(login::leave)).route(web::get().to(home)))
            .service(
                web::resource("/setup/{secret}")
                    .route(web::get().to(setup::show))
                    .route(web::head().to(setup::show))
                    .route(web::post().to(setup::save)),
            )
            .default_service(web::to(not_found)),
    );
}

/// The dashboard is where people who type the bare address want to go.
async fn home() -> HttpResponse {
    see_other(HOME)
}

async fn not_found() -> HttpResponse {
    html(StatusCode::NOT_FOUND, &NotFoundPage::page(), &PagePolicy::default())
}
