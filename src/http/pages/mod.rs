//! Pages for people: hosted invoice, receipt, sign-in, overview, reference.
//!
//! An invoice's link is its credential: these routes ask for no other, set no cookie, and answer nothing that the link
//! does not open. GET changes nothing; a POST that worked answers with a redirect, so that "back" and "reload" repeat
//! nothing.

mod answer;
mod card;
mod challenge;
mod invoice;
mod invoice_page;
mod pay;
mod pay_form;
mod receipt;

use actix_web::web::{self, ServiceConfig};

/// Every page below the public address that is no dialect's.
pub fn routes(config: &mut ServiceConfig) {
    let invoice = |path: &str| web::resource(format!("/invoice/{{public_id}}{path}"));
    config
        .service(invoice("").route(web::get().to(invoice::show)).route(web::head().to(invoice::show)))
        .service(invoice("/pdf").route(web::get().to(invoice::pdf)).route(web::head().to(invoice::pdf)))
        .service(
            invoice("/receipt/{transaction_id}/pdf")
                .route(web::get().to(receipt::pdf))
                .route(web::head().to(receipt::pdf)),
        )
        .service(invoice("/theme.css").route(web::get().to(invoice::theme)))
        .service(invoice("/pay").route(web::post().to(pay::pay)).route(web::get().to(invoice::back)))
        .service(invoice("/mail").route(web::post().to(invoice::pay_by_mail)).route(web::get().to(invoice::back)))
        .service(invoice("/reject").route(web::post().to(invoice::reject)).route(web::get().to(invoice::back)))
        .service(
            invoice("/receipt/{transaction_id}")
                .route(web::get().to(receipt::show))
                .route(web::head().to(receipt::show)),
        )
        .service(web::resource("/card/{secret}").route(web::get().to(card::show)).route(web::post().to(card::collect)))
        .service(
            web::resource("/simulator/challenge/{reference}")
                .route(web::get().to(challenge::show))
                .route(web::post().to(challenge::answer)),
        );
}
