//! The customer's portal under `/portal`, and the links that open it: pages made on the server that work without
//! JavaScript.
//!
//! The session is not the dashboard's: another cookie, another table, and no way from one to the other. Every form
//! needs a token bound to its session and a request from our own origin (RELIABILITY.md S30); GET changes nothing
//! (S31); a POST that worked answers with a redirect. Another customer's things look like things that are not there.

mod balances;
mod documents;
mod methods;
mod overview;
mod profile;
mod refusal;
mod session;
mod sign_in;
mod subscriptions;
mod words;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

use super::html::{html, see_other};
use crate::app::App;
use crate::error::Error;

/// Where the portal begins.
const HOME: &str = "/portal";
/// Where one asks for a link.
const SIGN_IN: &str = "/portal/sign-in";

/// Everything under `/portal`, and the links to it.
pub fn routes(config: &mut ServiceConfig) {
    let form = |path: &str| web::resource(path.to_owned()).route(web::get().to(home));
    config
        .service(
            page("/account/{id}/link/{secret}", web::get().to(sign_in::link), web::head().to(sign_in::link))
                .route(web::post().to(sign_in::open)),
        )
        .service(
            web::scope(HOME)
                .service(page("", web::get().to(overview::show), web::head().to(overview::show)))
                .service(web::resource("/").route(web::get().to(home)))
                .service(web::resource("/theme.css").route(web::get().to(session::theme)))
                .service(
                    page("/sign-in", web::get().to(sign_in::show), web::head().to(sign_in::show))
                        .route(web::post().to(sign_in::ask)),
                )
                .service(form("/sign-out").route(web::post().to(sign_in::leave)))
                .service(form("/sign-out-elsewhere").route(web::post().to(sign_in::leave_elsewhere)))
                .service(page(
                    "/subscriptions",
                    web::get().to(subscriptions::list),
                    web::head().to(subscriptions::list),
                ))
                .service(
                    page(
                        "/subscriptions/{id}",
                        web::get().to(subscriptions::show),
                        web::head().to(subscriptions::show),
                    )
                    .route(web::post().to(subscriptions::change)),
                )
                .service(
                    page("/methods", web::get().to(methods::show), web::head().to(methods::show))
                        .route(web::post().to(methods::add)),
                )
                .service(form("/methods/{id}").route(web::post().to(methods::change)))
                .service(page(
                    "/balances/{denomination}",
                    web::get().to(balances::show),
                    web::head().to(balances::show),
                ))
                .service(form("/balances/{denomination}/top-up").route(web::post().to(balances::top_up)))
                .service(page("/invoices", web::get().to(documents::invoices), web::head().to(documents::invoices)))
                .service(page("/receipts", web::get().to(documents::receipts), web::head().to(documents::receipts)))
                .service(page(
                    "/receipts/{id}/pdf",
                    web::get().to(documents::receipt_pdf),
                    web::head().to(documents::receipt_pdf),
                ))
                .service(page("/receipts/{id}", web::get().to(documents::receipt), web::head().to(documents::receipt)))
                .service(
                    page("/profile", web::get().to(profile::show), web::head().to(profile::show))
                        .route(web::post().to(profile::save)),
                )
                .service(form("/profile/address").route(web::post().to(profile::save_address)))
                .default_service(web::to(not_found)),
        );
}

fn page(path: &str, get: actix_web::Route, head: actix_web::Route) -> Resource {
    web::resource(path.to_owned()).route(get).route(head)
}

async fn home() -> HttpResponse {
    see_other(HOME)
}

async fn not_found(app: Data<App>, request: HttpRequest) -> HttpResponse {
    refusal::refusal(&app, &request, &Error::not_found("page", ""))
}

/// A page of the portal with its policy.
fn shown(status: StatusCode, page: &impl askama::Template, frame: &super::view::portal::Frame) -> HttpResponse {
    let policy = super::security_headers::PagePolicy::default().logo(frame.company.logo_url.as_deref());
    html(status, page, &policy)
}
