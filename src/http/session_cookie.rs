//! The cookie of a login, shared by the dashboard and the gateway (RELIABILITY.md S10).

use actix_web::cookie::{Cookie, SameSite};

use crate::app::App;

/// Its name on plain HTTP, and the one that the gateway's programs know.
pub const SID: &str = "sid";
/// Its name over TLS: browsers take it from this very host only, for every path, and never without TLS.
pub const HOST_SID: &str = "__Host-sid";

/// Whether browsers reach us over TLS.
pub fn is_https(app: &App) -> bool {
    app.settings().public_url.starts_with("https://")
}

/// The name of the dashboard's cookie.
pub fn name(app: &App) -> &'static str {
    if is_https(app) { HOST_SID } else { SID }
}

/// A cookie that no script reads and no other site sends; it ends with the browser, the session earlier.
pub fn build(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Strict).secure(is_https(app)).finish()
}
