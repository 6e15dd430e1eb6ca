//! The payment gateway's API under `/api`: JSON, amounts as minor integers, one envelope.
//!
//! What each endpoint does is in `README.md` beside this file; the seed `spec/seeds/gateway.txt` is the specification.

pub mod addon;
pub mod api_key;
pub mod auth;
pub mod bin;
pub mod customer;
pub mod discount;
pub mod envelope;
pub mod error;
pub mod event;
mod face;
pub mod fees;
pub mod file_batch;
pub mod invoice;
pub mod json;
pub mod legacy_customer;
pub mod login;
pub mod password;
pub mod payment_method;
pub mod plan;
pub mod settlement;
pub mod subscription;
pub mod terminal;
pub mod test_clock;
pub mod tokenizer;
pub mod transaction;
pub mod transaction_multi;
pub mod user;
pub mod webhook;
pub(super) mod webhook_face;
pub mod wire;

use actix_web::http::Method;
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
        .service(web::resource("/logout").route(web::get().to(login::delete)))
        .service(web::resource("/lookup/fees").route(web::post().to(fees::lookup)))
        .service(web::resource("/calculate/amounts").route(web::post().to(fees::calculate)))
        .service(
            web::resource("/tokenizer")
                .route(web::post().to(tokenizer::create))
                .route(web::method(Method::OPTIONS).to(tokenizer::preflight)),
        )
        .configure(webhooks)
        .service(web::resource("/terminals").route(web::get().to(terminal::list)))
        .service(web::resource("/terminal/{id}/settle").route(web::post().to(terminal::settle)))
        .service(web::resource("/lookup/bin/protected").route(web::post().to(bin::lookup)))
        .service(web::resource("/test-clock").route(web::post().to(test_clock::advance)))
        .configure(users)
        .configure(recurring)
        .configure(vault)
        .configure(legacy_customers)
        .configure(invoices)
        .configure(transactions);
}

fn users(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(format!("/user{path}"));
    config
        .service(resource("").route(web::get().to(user::current)).route(web::post().to(user::create)))
        .service(resource("s").route(web::get().to(user::list)))
        .service(resource("/apikey").route(web::post().to(api_key::create)))
        .service(resource("/apikeys").route(web::get().to(api_key::list)))
        .service(resource("/apikey/{key}").route(web::delete().to(api_key::delete)))
        .service(resource("/change-password").route(web::post().to(password::change)))
        .service(resource("/forgot-username").route(web::post().to(password::forgot_username)))
        .service(resource("/forgot-password").route(web::post().to(password::forgot)))
        .service(resource("/forgot-password/reset").route(web::post().to(password::reset)))
        .service(
            resource("/{id}")
                .route(web::get().to(user::show))
                .route(web::post().to(user::update))
                .route(web::delete().to(user::delete)),
        )
        .service(resource("/{id}/resend-welcome").route(web::post().to(user::welcome)));
}

fn vault(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(format!("/vault{path}"));
    config
        .service(resource("/customer").route(web::post().to(customer::create)))
        .service(resource("/customer/search").route(web::post().to(customer::search)))
        .service(
            resource("/customer/{id}")
                .route(web::get().to(customer::show_customer))
                .route(web::post().to(customer::update))
                .route(web::delete().to(customer::delete_customer)),
        )
        .service(resource("/customer/{id}/address").route(web::post().to(customer::create_address)))
        .service(
            resource("/customer/{id}/address/{address_id}")
                .route(web::post().to(customer::update_address))
                .route(web::delete().to(customer::delete_address)),
        )
        .service(resource("/customer/{id}/card").route(web::post().to(payment_method::create_card)))
        .service(
            resource("/customer/{id}/card/{method_id}")
                .route(web::post().to(payment_method::update_card))
                .route(web::delete().to(payment_method::delete_card)),
        )
        .service(resource("/customer/{id}/ach").route(web::post().to(payment_method::create_ach)))
        .service(
            resource("/customer/{id}/ach/{method_id}")
                .route(web::post().to(payment_method::update_ach))
                .route(web::delete().to(payment_method::delete_ach)),
        )
        .service(resource("/customer/{id}/applepay").route(web::post().to(payment_method::create_apple_pay)))
        .service(resource("/customer/{id}/googlepay").route(web::post().to(payment_method::create_google_pay)))
        .service(resource("/customer/{id}/token").route(web::post().to(payment_method::create_token)))
        .service(resource("/customer/{id}/token/{method_id}").route(web::post().to(payment_method::update_token)))
        .service(resource("/{id}").route(web::get().to(customer::show)).route(web::delete().to(customer::delete)));
}

/// Clients spell `address` and `addresses` at will.
fn legacy_customers(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(format!("/customer{path}"));
    let addresses =
        |path: &str| web::resource(["address", "addresses"].map(|word| format!("/customer/{{id}}/{word}{path}")));
    config
        .service(resource("").route(web::post().to(legacy_customer::create)))
        .service(resource("/search").route(web::post().to(legacy_customer::search)))
        .service(
            resource("/{id}")
                .route(web::get().to(legacy_customer::show))
                .route(web::post().to(legacy_customer::update))
                .route(web::delete().to(legacy_customer::delete)),
        )
        .service(
            addresses("")
                .route(web::get().to(legacy_customer::list_addresses))
                .route(web::post().to(legacy_customer::create_address)),
        )
        .service(
            addresses("/{address_id}")
                .route(web::get().to(legacy_customer::show_address))
                .route(web::post().to(legacy_customer::update_address))
                .route(web::delete().to(legacy_customer::delete_address)),
        )
        .service(
            resource("/{id}/paymentmethod/{kind}")
                .route(web::get().to(legacy_customer::list_methods))
                .route(web::post().to(legacy_customer::create_method)),
        )
        .service(
            resource("/{id}/paymentmethod/{kind}/{method_id}")
                .route(web::get().to(legacy_customer::show_method))
                .route(web::post().to(legacy_customer::update_method))
                .route(web::delete().to(legacy_customer::delete_method)),
        );
}

fn invoices(config: &mut ServiceConfig) {
    config
        .service(web::resource("/invoice").route(web::post().to(invoice::create)))
        .service(web::resource("/invoices/search").route(web::post().to(invoice::search)))
        .service(
            web::resource("/invoice/{id}")
                .route(web::get().to(invoice::show))
                .route(web::post().to(invoice::update))
                .route(web::delete().to(invoice::delete)),
        )
        .service(web::resource("/invoice/{id}/mark-as-paid").route(web::post().to(invoice::mark_paid)))
        .service(web::resource("/invoice/{id}/reactivate").route(web::post().to(invoice::reactivate)))
        .service(web::resource("/invoice/{id}/resend").route(web::post().to(invoice::resend)))
        .service(web::resource("/invoice/{id}/pay").route(web::post().to(invoice::pay)));
}

fn recurring(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(format!("/recurring{path}"));
    config
        .service(resource("/addon").route(web::post().to(addon::create)))
        .service(resource("/addons").route(web::get().to(addon::list)))
        .service(
            resource("/addon/{id}")
                .route(web::get().to(addon::show))
                .route(web::post().to(addon::update))
                .route(web::delete().to(addon::delete)),
        )
        .service(resource("/discount").route(web::post().to(discount::create)))
        .service(resource("/discounts").route(web::get().to(discount::list)))
        .service(
            resource("/discount/{id}")
                .route(web::get().to(discount::show))
                .route(web::post().to(discount::update))
                .route(web::delete().to(discount::delete)),
        )
        .service(resource("/plan").route(web::post().to(plan::create)))
        .service(resource("/plans").route(web::get().to(plan::list)))
        .service(
            resource("/plan/{id}")
                .route(web::get().to(plan::show))
                .route(web::post().to(plan::update))
                .route(web::delete().to(plan::delete)),
        )
        .service(resource("/subscription").route(web::post().to(subscription::create)))
        .service(resource("/subscription/search").route(web::post().to(subscription::search)))
        .service(
            resource("/subscription/{id}")
                .route(web::get().to(subscription::show))
                .route(web::post().to(subscription::update))
                .route(web::delete().to(subscription::delete)),
        )
        .service(
            resource("/subscription/{id}/status/{status}")
                .route(web::get().to(subscription::set_status))
                .route(web::post().to(subscription::post_status)),
        );
}

fn transactions(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(format!("/transaction{path}"));
    config
        .service(resource("").route(web::post().to(transaction::create)))
        .service(resource("/search").route(web::post().to(transaction::search)))
        .service(resource("/multi").route(web::post().to(transaction_multi::create)))
        .service(resource("/multi/void").route(web::post().to(transaction_multi::void)))
        .service(resource("/multi/refund").route(web::post().to(transaction_multi::refund)))
        .service(resource("/{id}").route(web::get().to(transaction::show)))
        .service(resource("/{id}/capture").route(web::post().to(transaction::capture)))
        .service(resource("/{id}/void").route(web::post().to(transaction::void)))
        .service(resource("/{id}/refund").route(web::post().to(transaction::refund)))
        .service(resource("/{id}/tipadjust").route(web::post().to(transaction::tip)))
        .service(resource("/{id}/vault").route(web::post().to(transaction::vault)))
        .service(resource("/{id}/email").route(web::post().to(transaction::email)))
        .service(web::resource("/filebatch").route(web::post().to(file_batch::create)))
        .service(web::resource("/filebatch/{id}").route(web::get().to(file_batch::show)))
        .service(web::resource("/filebatch/{id}/download").route(web::get().to(file_batch::download)))
        .service(web::resource("/settlement/batch/search").route(web::post().to(settlement::search)));
}

fn webhooks(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(format!("/webhooks{path}"));
    config
        .service(resource("").route(web::post().to(webhook::create)).route(web::get().to(webhook::list)))
        .service(
            resource("/{id}")
                .route(web::get().to(webhook::show))
                .route(web::post().to(webhook::update))
                .route(web::delete().to(webhook::delete)),
        )
        .service(resource("/{id}/secret").route(web::post().to(webhook::rotate)))
        .service(resource("/{id}/deliveries").route(web::get().to(webhook::deliveries)))
        .service(resource("/{id}/replay").route(web::post().to(webhook::replay)))
        .service(resource("/{id}/test").route(web::post().to(webhook::test)))
        .service(web::resource("/events").route(web::get().to(event::list)))
        .service(web::resource("/events/stream").route(web::get().to(event::stream)));
}
