//! Who uses the browser: the session's cookie, and the proof that a form is ours.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

use crate::app::login::Credential;
use crate::app::{App, Caller};
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
pub(super) use crate::http::own_form::{check_guest_form, guest};
use crate::http::{own_form, session_cookie};

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

/// Passes if the form was filled in on a page of this session.
///
/// # Errors
/// `Forbidden`.
pub(super) fn check_form(app: &App, request: &HttpRequest, visitor: &Visitor, form: &Fields) -> Result<()> {
    own_form::check_form(app, request, &visitor.sid, form)
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
