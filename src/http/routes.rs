//! The whole surface of the program on one screen.

use actix_web::web::{Data, ServiceConfig};

use super::gateway;
use crate::app::App;

/// Everything that is served, on top of `app`.
pub fn configure(app: App) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(Data::new(app)).configure(gateway::routes);
    }
}
