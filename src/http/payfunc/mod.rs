//! The account API: accounts with balances, subscriptions and orders; under `/account`, `/order` and `/merchant`.
//!
//! What each endpoint does is in `README.md` beside this file.

pub mod account;
pub mod answer;
pub mod auth;
pub mod balance;
pub mod error;
mod face;
pub mod jwks;
pub mod merchant;
pub mod method;
pub mod order;
pub mod request;
pub mod subscription;
pub mod wire;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

pub use answer::{Answer, Json};
pub use auth::{AnyCaller, OwnCaller, PrivateCaller};
pub use error::{AccountRefusal, PayfuncError};
pub use request::Written;

/// Every endpoint.
pub fn routes(config: &mut ServiceConfig) {
    let query = || web::QueryConfig::default().error_handler(face::bad_query);
    let scope = |path: &str| web::scope(path).app_data(query()).wrap(from_fn(face::refusals));
    config
        .service(scope("/account").configure(accounts).default_service(web::to(face::not_found)))
        .service(scope("/order").configure(orders).default_service(web::to(face::not_found)))
        .service(scope("/merchant").configure(merchants).default_service(web::to(face::not_found)))
        .service(web::resource("/.well-known/jwks.json").route(web::get().to(jwks::show)));
}

/// One line per endpoint; another method of the same path is 405.
fn accounts(config: &mut ServiceConfig) {
    config
        .service(web::resource("").route(web::post().to(account::create)).route(web::get().to(account::list)))
        .service(
            web::resource("/{account}")
                .route(web::get().to(account::show))
                .route(web::patch().to(account::update))
                .route(web::post().to(account::create_key)),
        )
        .service(web::resource("/{account}/customer").route(web::put().to(account::set_customer)))
        .service(web::resource("/{account}/method").route(web::post().to(method::create)))
        .service(web::resource("/{account}/methods").route(web::put().to(method::set)))
        .service(
            web::resource("/{account}/balance")
                .route(web::post().to(balance::add))
                .route(web::delete().to(balance::settle)),
        )
        .service(web::resource("/{account}/subscription").route(web::post().to(subscription::create)))
        .service(
            web::resource("/{account}/subscription/{subscription}")
                .route(web::put().to(subscription::replace))
                .route(web::patch().to(subscription::update))
                .route(web::delete().to(subscription::end)),
        );
}

fn orders(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("")
                .route(web::post().to(order::create))
                .route(web::get().to(order::list))
                .route(web::patch().to(order::add_events)),
        )
        .service(web::resource("/{order}").route(web::get().to(order::show)))
        .service(web::resource("/{order}/receipt").route(web::get().to(order::receipt)))
        .service(web::resource("/{order}/payment").route(web::put().to(order::set_payment)))
        .service(web::resource("/{order}/event").route(web::post().to(order::add_event)));
}

fn merchants(config: &mut ServiceConfig) {
    config
        .service(web::resource("").route(web::get().to(merchant::list)))
        .service(web::resource("/{merchant}").route(web::patch().to(merchant::update)));
}
