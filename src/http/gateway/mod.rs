//! The payment gateway's API under `/api`: JSON, amounts as minor integers, one envelope.
//!
//! What each endpoint does is in `README.md` beside this file; the seed `spec/seeds/gateway.txt` is the specification.

pub mod auth;
pub mod envelope;
pub mod error;
mod face;
pub mod json;
pub mod login;
pub mod wire;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

pub use auth::GatewayCaller;
pub use envelope::{Answer, Envelope, Nothing, Refusal};
pub use error::GatewayError;
pub use json::GatewayJson;

/// Every endpoint, under `/api`.
pub fn routes(config: &mut ServiceConfig) {
    let query = web::QueryConfig::default().error_handler(face::bad_query);
    config.service(
        web::scope("/api")
            .app_data(query)
            .wrap(from_fn(face::refusals))
            .configure(endpoints)
            .default_service(web::to(face::not_found)),
    );
}

/// One line per endpoint; another method of the same path is 405.
fn endpoints(config: &mut ServiceConfig) {
    config
        .service(web::resource("/token-auth").route(web::post().to(login::create)))
        .service(web::resource("/logout").route(web::get().to(login::delete)));
}
