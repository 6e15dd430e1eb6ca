//! The whole surface of the program on one screen.

use actix_web::web::{self, Data, ServiceConfig};

use super::rate_limit::RateLimits;
use super::{dashboard, fermata, gateway, health, openapi, pages, payfunc, portal, static_files};
use crate::app::App;

/// Everything that is served, on top of `app`; every worker counts in the same `rate_limits`.
pub fn configure(app: App, rate_limits: RateLimits) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(Data::new(app))
            .app_data(Data::new(rate_limits))
            .configure(fermata::routes)
            .configure(gateway::routes)
            .configure(pages::routes)
            // Its links are below /account, so it comes before the API there.
            .configure(portal::routes)
            .configure(payfunc::routes)
            .configure(dashboard::routes)
            .configure(static_files::routes)
            .service(
                web::resource("/healthz").route(web::get().to(health::healthz)).route(web::head().to(health::healthz)),
            )
            .service(web::resource("/metrics").route(web::get().to(health::metrics)))
            .service(web::resource("/openapi.json").route(web::get().to(openapi::json)))
            .service(web::resource("/docs").route(web::get().to(openapi::docs)));
    }
}
