//! Proof that a form was filled in on a page that we gave to this very browser (RELIABILITY.md S30, S33): a token bound
//! to a secret that only that browser has, and the browser's word about where the request comes from.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::header::ORIGIN;

use super::form::Fields;
use super::session_cookie;
use crate::app::App;
use crate::auth::csrf;
use crate::error::{Error, Result};

/// The cookie of a browser without a session; its forms are bound to it, so that nobody is logged in as another (S33).
const GUEST: &str = "guest";
/// The same over TLS.
const HOST_GUEST: &str = "__Host-guest";

/// The secret that forms of a browser without a session are bound to, and the cookie to set where it had none.
pub(super) fn guest(app: &App, request: &HttpRequest) -> (String, Option<Cookie<'static>>) {
    match guest_secret(app, request) {
        Some(known) => (known, None),
        None => {
            let secret = app.browser_secret();
            (secret.clone(), Some(session_cookie::build(app, guest_name(app), secret)))
        }
    }
}

/// Passes if the form was filled in on a page that this browser, without a session, got from us.
///
/// # Errors
/// `Forbidden`.
pub(super) fn check_guest_form(app: &App, request: &HttpRequest, form: &Fields) -> Result<()> {
    check_form(app, request, &guest_secret(app, request).unwrap_or_default(), form)
}

/// Passes if the form was filled in on a page that was bound to `secret`.
///
/// # Errors
/// `Forbidden`.
pub(super) fn check_form(app: &App, request: &HttpRequest, secret: &str, form: &Fields) -> Result<()> {
    own_origin(app, request)?;
    app.form_token_check(secret, form.text("csrf"))
}

/// A secret that a cookie of this name holds, if it looks like ours: it goes into a signature, never into a page.
pub(super) fn secret_in(request: &HttpRequest, name: &str) -> Option<String> {
    let value = request.cookie(name)?.value().to_owned();
    (value.len() >= 32 && value.len() <= 64 && value.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(value)
}

fn own_origin(app: &App, request: &HttpRequest) -> Result<()> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if csrf::is_same_origin(header("sec-fetch-site"), header(ORIGIN.as_str()), &app.settings().public_url) {
        Ok(())
    } else {
        Err(Error::Forbidden("request from another site"))
    }
}

fn guest_secret(app: &App, request: &HttpRequest) -> Option<String> {
    secret_in(request, guest_name(app))
}

fn guest_name(app: &App) -> &'static str {
    if session_cookie::is_https(app) { HOST_GUEST } else { GUEST }
}
