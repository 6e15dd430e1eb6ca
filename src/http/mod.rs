//! HTTP: what every request goes through, and one folder per dialect.
//!
//! Invariant: nothing in here knows SQL, a processor or a key; it calls `App`.

pub mod body;
pub mod correlation;
pub mod dashboard;
mod document;
pub mod fermata;
pub mod form;
pub mod gateway;
pub mod health;
mod html;
pub mod idle_connections;
pub mod json_objects;
pub mod json_refusal;
pub mod json_type;
pub mod middleware;
pub mod multipart;
pub mod openapi;
mod openapi_common;
mod openapi_fields;
mod openapi_words;
mod own_form;
pub mod pages;
pub mod payfunc;
pub mod peer;
pub mod portal;
mod postal;
pub mod rate_limit;
pub mod routes;
pub mod security_headers;
pub mod server;
pub mod session_cookie;
pub mod static_files;
pub mod view;

use std::sync::Arc;

use crate::app::App;
use crate::domain::webhook::Format;

/// Teaches `app` how the dialects tell of events; before anything is sent.
pub fn webhook_faces(app: &App) {
    app.order_face_set(payfunc::wire::order::claims);
    app.webhook_face_register(Format::Standard, Arc::new(gateway::webhook_face::StandardFace));
    app.webhook_face_register(Format::Gateway, Arc::new(gateway::webhook_face::GatewayFace));
    app.webhook_face_register(Format::Fermata, Arc::new(fermata::webhook_face::FermataFace));
}
