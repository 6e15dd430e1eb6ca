//! The treasury API: accounts, prepaid balances, usage events, prices, deposits, webhooks; under `/accounts`, `/companies` and
//! `/events`, and the same under `/v1`.
//!
//! What each endpoint does is in `README.md` beside this file; `spec/contract-fermata.md` is the specification.

pub mod account;
pub mod auth;
pub mod auto_refill;
pub mod balance;
pub mod charge;
pub mod deposit;
pub mod envelope;
pub mod error;
pub mod event;
mod face;
pub mod plan;
pub mod price;
pub mod request;
pub mod webhook;
pub(in crate::http) mod webhook_face;
pub mod wire;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

pub use auth::FermataCaller;
pub use envelope::{Data, List, TreasuryRefusal};
pub use error::FermataError;
pub use request::Written;

/// Every endpoint, twice: clients send both forms.
pub fn routes(config: &mut ServiceConfig) {
    scopes(config);
    config.service(web::scope("/v1").configure(scopes).default_service(web::to(face::not_found)));
}

fn scopes(config: &mut ServiceConfig) {
    let query = || web::QueryConfig::default().error_handler(face::bad_query);
    let scope = |path: &str| web::scope(path).app_data(query()).wrap(from_fn(face::refusals));
    config
        .service(scope("/accounts").configure(accounts).default_service(web::to(face::not_found)))
        .service(scope("/events").configure(events).default_service(web::to(face::not_found)))
        .service(scope("/companies").configure(companies).default_service(web::to(face::not_found)));
}

/// One line per endpoint; another method of the same path is 405. The hottest come first.
fn accounts(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/{account}/events")
                .route(web::post().to(event::create))
                .route(web::get().to(event::list_of_account)),
        )
        .service(
            web::resource("/{account}/balance/{denomination}")
                .route(web::get().to(balance::show))
                .route(web::post().to(balance::add))
                .route(web::put().to(balance::update)),
        )
        .service(
            web::resource("/{account}/balance/{denomination}/autorefill")
                .route(web::put().to(auto_refill::update_of_balance))
                .route(web::get().to(auto_refill::show_of_balance)),
        )
        .service(
            web::resource("/{account}/auto_refill")
                .route(web::put().to(auto_refill::update))
                .route(web::get().to(auto_refill::list)),
        )
        .service(web::resource("/{account}/auto_refill/retry").route(web::post().to(auto_refill::retry)))
        .service(web::resource("/{account}/balances").route(web::get().to(balance::list)))
        .service(web::resource("/{account}/deposit").route(web::post().to(deposit::create)))
        .service(web::resource("/{account}/changeplan").route(web::post().to(plan::change)))
        .service(web::resource("/{account}/modifymidmonth").route(web::post().to(plan::modify)))
        .service(web::resource("/{account}/charges").route(web::get().to(charge::list)))
        .service(web::resource("/{account}/card").route(web::post().to(account::create_card)))
        .service(web::resource("/{account}").route(web::get().to(account::show)).route(web::put().to(account::update)));
}

fn events(config: &mut ServiceConfig) {
    config.service(web::resource("/{event}").route(web::get().to(event::show)).route(web::put().to(event::update)));
}

fn companies(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/{company}/accounts")
                .route(web::post().to(account::create))
                .route(web::get().to(account::list)),
        )
        .service(web::resource("/{company}/events").route(web::get().to(event::list)))
        .service(web::resource("/{company}/plans").route(web::post().to(plan::create)).route(web::get().to(plan::list)))
        .service(web::resource("/{company}/plans/{plan}").route(web::get().to(plan::show)))
        .service(web::resource("/{company}/prices").route(web::get().to(price::list)))
        .service(
            web::resource("/{company}/prices/{event_type}/{denomination}")
                .route(web::get().to(price::show))
                .route(web::put().to(price::update))
                .route(web::delete().to(price::delete)),
        )
        .service(
            web::resource("/{company}/webhooks")
                .route(web::post().to(webhook::create))
                .route(web::get().to(webhook::list)),
        )
        .service(
            web::resource("/{company}/webhooks/{webhook}")
                .route(web::get().to(webhook::show))
                .route(web::delete().to(webhook::delete)),
        )
        .service(
            web::resource("/{company}/webhooks/{webhook}/subscribe/{topic}")
                .route(web::post().to(webhook::subscribe))
                .route(web::delete().to(webhook::unsubscribe)),
        );
}
