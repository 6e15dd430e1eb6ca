//! The OpenAPI document, made from the handlers' own types: `/openapi.json`, `/docs` and `bursar openapi`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::security_headers::{self, PagePolicy};
use super::view::docs::DocsPage;
use super::{fermata, gateway, openapi_common, payfunc};

/// Every endpoint, in the order of the gateway's README.
#[derive(OpenApi)]
#[openapi(
    info(title = "Bursar", description = "A billing appliance: payments, recurring billing, invoices."),
    components(schemas(fermata::Data<fermata::wire::event::EventsSubmitted>)),
    modifiers(&Credentials),
    security(("api_key" = []), ("bearer" = []), ("basic" = [])),
    paths(
        gateway::login::create,
        gateway::login::delete,
        gateway::user::create,
        gateway::user::current,
        gateway::user::show,
        gateway::user::list,
        gateway::user::update,
        gateway::user::delete,
        gateway::user::welcome,
        gateway::password::change,
        gateway::password::forgot_username,
        gateway::password::forgot,
        gateway::password::reset,
        gateway::api_key::create,
        gateway::api_key::list,
        gateway::api_key::delete,
        gateway::fees::lookup,
        gateway::fees::calculate,
        gateway::tokenizer::create,
        gateway::terminal::list,
        gateway::terminal::settle,
        gateway::bin::lookup,
        gateway::test_clock::advance,
        gateway::addon::create,
        gateway::addon::show,
        gateway::addon::list,
        gateway::addon::update,
        gateway::addon::delete,
        gateway::discount::create,
        gateway::discount::show,
        gateway::discount::list,
        gateway::discount::update,
        gateway::discount::delete,
        gateway::plan::create,
        gateway::plan::show,
        gateway::plan::list,
        gateway::plan::update,
        gateway::plan::delete,
        gateway::subscription::create,
        gateway::subscription::show,
        gateway::subscription::search,
        gateway::subscription::update,
        gateway::subscription::delete,
        gateway::subscription::set_status,
        gateway::subscription::post_status,
        gateway::customer::create,
        gateway::customer::search,
        gateway::customer::show,
        gateway::customer::delete,
        gateway::customer::show_customer,
        gateway::customer::update,
        gateway::customer::delete_customer,
        gateway::customer::create_address,
        gateway::customer::update_address,
        gateway::customer::delete_address,
        gateway::payment_method::create_card,
        gateway::payment_method::update_card,
        gateway::payment_method::delete_card,
        gateway::payment_method::create_ach,
        gateway::payment_method::update_ach,
        gateway::payment_method::delete_ach,
        gateway::payment_method::create_apple_pay,
        gateway::payment_method::create_google_pay,
        gateway::payment_method::create_token,
        gateway::payment_method::update_token,
        gateway::legacy_customer::create,
        gateway::legacy_customer::search,
        gateway::legacy_customer::show,
        gateway::legacy_customer::update,
        gateway::legacy_customer::delete,
        gateway::legacy_customer::list_addresses,
        gateway::legacy_customer::create_address,
        gateway::legacy_customer::show_address,
        gateway::legacy_customer::update_address,
        gateway::legacy_customer::delete_address,
        gateway::legacy_customer::list_methods,
        gateway::legacy_customer::create_method,
        gateway::legacy_customer::show_method,
        gateway::legacy_customer::update_method,
        gateway::legacy_customer::delete_method,
        gateway::invoice::create,
        gateway::invoice::show,
        gateway::invoice::update,
        gateway::invoice::delete,
        gateway::invoice::mark_paid,
        gateway::invoice::reactivate,
        gateway::invoice::resend,
        gateway::invoice::pay,
        gateway::invoice::search,
        gateway::transaction::create,
        gateway::transaction::show,
        gateway::transaction::search,
        gateway::transaction::capture,
        gateway::transaction::void,
        gateway::transaction::refund,
        gateway::transaction::tip,
        gateway::transaction::vault,
        gateway::transaction::email,
        gateway::transaction_multi::create,
        gateway::transaction_multi::void,
        gateway::transaction_multi::refund,
        gateway::settlement::search,
        gateway::file_batch::create,
        gateway::file_batch::show,
        gateway::file_batch::download,
        gateway::webhook::create,
        gateway::webhook::list,
        gateway::webhook::show,
        gateway::webhook::update,
        gateway::webhook::delete,
        gateway::webhook::rotate,
        gateway::webhook::deliveries,
        gateway::webhook::replay,
        gateway::webhook::test,
        gateway::event::list,
        gateway::event::stream,
        fermata::account::create,
        fermata::account::list,
        fermata::account::show,
        fermata::account::update,
        fermata::account::create_card,
        fermata::auto_refill::update_of_balance,
        fermata::auto_refill::show_of_balance,
        fermata::auto_refill::update,
        fermata::auto_refill::list,
        fermata::auto_refill::retry,
        fermata::balance::list,
        fermata::balance::show,
        fermata::balance::add,
        fermata::balance::update,
        fermata::deposit::create,
        fermata::event::create,
        fermata::event::list_of_account,
        fermata::event::list,
        fermata::event::show,
        fermata::event::update,
        fermata::price::list,
        fermata::price::show,
        fermata::price::update,
        fermata::price::delete,
        fermata::charge::list,
        fermata::plan::create,
        fermata::plan::list,
        fermata::plan::show,
        fermata::plan::change,
        fermata::plan::modify,
        fermata::webhook::create,
        fermata::webhook::list,
        fermata::webhook::show,
        fermata::webhook::delete,
        fermata::webhook::subscribe,
        fermata::webhook::unsubscribe,
        payfunc::account::create,
        payfunc::account::list,
        payfunc::account::show,
        payfunc::account::update,
        payfunc::account::create_key,
        payfunc::account::set_customer,
        payfunc::method::create,
        payfunc::method::set,
        payfunc::balance::add,
        payfunc::balance::settle,
        payfunc::subscription::create,
        payfunc::subscription::replace,
        payfunc::subscription::update,
        payfunc::subscription::end,
        payfunc::order::create,
        payfunc::order::list,
        payfunc::order::add_events,
        payfunc::order::show,
        payfunc::order::receipt,
        payfunc::order::set_payment,
        payfunc::order::add_event,
        payfunc::merchant::list,
        payfunc::merchant::update,
        payfunc::jwks::show,
    )
)]
struct Document;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let key = ApiKey::Header(ApiKeyValue::with_description("Authorization", "A private API key, `api_…`"));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(key));
        let public = ApiKey::Header(ApiKeyValue::with_description("Authorization", "A public API key, `pub_…`"));
        components.add_security_scheme("public_key", SecurityScheme::ApiKey(public));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).build();
        components.add_security_scheme("basic", SecurityScheme::Http(basic));
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    openapi_common::complete(&mut document);
    document
}

/// `GET /openapi.json`.
pub async fn json() -> HttpResponse {
    HttpResponse::Ok().json(document())
}

/// `GET /docs`: the same for people.
pub async fn docs() -> HttpResponse {
    let read = serde_json::to_value(document()).map_err(|why| why.to_string());
    let page = read.and_then(|document| {
        DocsPage::from_openapi(&document, "/openapi.json").render().map_err(|why| why.to_string())
    });
    match page {
        Ok(html) => security_headers::page(StatusCode::OK, html, &PagePolicy::default()),
        Err(why) => {
            tracing::error!(why, "the API's page could not be made");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_summary_begins_with_its_route() {
        let text = serde_json::to_string(&document()).expect("the document is JSON");
        assert!(!text.contains("\"summary\":\"`"), "a summary begins with its route");
    }
    #[test]
    fn every_reference_leads_somewhere() {
        let document = serde_json::to_value(document()).expect("the document is JSON");
        let text = document.to_string();
        let mut count = 0;
        for part in text.split("\"$ref\":\"#").skip(1) {
            let place = part.split('"').next().unwrap_or_default();
            assert!(document.pointer(place).is_some(), "{place} is nowhere");
            count += 1;
        }
        assert!(count > 300, "{count} references were looked at");
    }
}
