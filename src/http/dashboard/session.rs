//! Who uses the browser: the session's cookie, a cookie for forms before there is a session, and the proof that a form
//! is ours.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::ORIGIN;

use crate::app::login::Credential;
use crate::app::{App, Caller};
use crate::auth::csrf;
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
use crate::http::session_cookie;

/// The cookie of a browser without a session; its forms are bound to it, so that nobody is logged in as another (S33).
const GUEST: &str = "guest";
/// The same over TLS.
const HOST_GUEST: &str = "__Host-guest";

/// A session in force.
pub(super) struct Visitor {
    /// Who it is.
    pub(super) caller: Caller,
    /// The session's secret, which forms are bound to.
    pub(super) sid: String,
}

/// The session behind the request's cookie.
///
/// # Errors
/// `Unauthenticated` where there is none, or it is over.
pub(super) async fn visitor(app: &App, request: &HttpRequest) -> Result<Visitor> {
    let sid = sid(app, request).ok_or(Error::Unauthenticated)?;
    let caller = app.caller_of(Credential::Session(sid.clone()), &correlation::of(request)).await?;
    Ok(Visitor { caller, sid })
}

/// The session's secret as the browser has it, in force or not.
pub(super) fn sid(app: &App, request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(session_cookie::name(app))?;
    Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
}

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
    own_origin(app, request)?;
    app.form_token_check(&guest_secret(app, request).unwrap_or_default(), form.text("csrf"))
}

/// Passes if the form was filled in on a page of this session.
///
/// # Errors
/// `Forbidden`.
pub(super) fn check_form(app: &App, request: &HttpRequest, visitor: &Visitor, form: &Fields) -> Result<()> {
    own_origin(app, request)?;
    app.form_token_check(&visitor.sid, form.text("csrf"))
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
    let value = request.cookie(guest_name(app))?.value().to_owned();
    // Only what looks like ours: it goes into a signature, never into a page.
    (value.len() >= 32 && value.len() <= 64 && value.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(value)
}

fn guest_name(app: &App) -> &'static str {
    if session_cookie::is_https(app) { HOST_GUEST } else { GUEST }
}

/// What a browser keeps after signing in.
pub(super) fn signed_in(app: &App, sid: String) -> Cookie<'static> {
    session_cookie::build(app, session_cookie::name(app), sid)
}

/// What takes it away again.
pub(super) fn signed_out(app: &App) -> Cookie<'static> {
    let mut ended = signed_in(app, String::new());
    ended.make_removal();
    ended.set_same_site(SameSite::Strict);
    ended
}
