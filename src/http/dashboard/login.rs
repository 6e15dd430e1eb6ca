//! Signing in and out.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

use super::refusal::refusal;
use super::session::{check_form, check_guest_form, guest, sid, signed_in, signed_out, visitor};
use super::{HOME, LOGIN};
use crate::app::App;
use crate::app::login::Credential;
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
use crate::http::html::{html, see_other};
use crate::http::rate_limit::RateLimits;
use crate::http::security_headers::PagePolicy;
use crate::http::view::admin::LoginPage;
use crate::http::view::tone::{Notice, Tone};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Where a login may lead; anything else leads to the overview (RELIABILITY.md S37).
const TARGETS: &[&str] = &[HOME, "/docs"];

/// `GET /admin/login`; with `?ended` it says that the session is over.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> HttpResponse {
    if visitor(&app, &request).await.is_ok() {
        return see_other(HOME);
    }
    let text = "For your safety, it ends after 15 minutes without use, and after 12 hours.";
    let notice = (request.query_string() == "ended").then(|| Notice::new(Tone::Info, "Your session ended", text));
    page(&app, &request, StatusCode::OK, HOME, "", notice).unwrap_or_else(|error| refusal(&request, &error))
}

/// `POST /admin/login`.
pub(super) async fn enter(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    try_enter(&app, &limits, &request, payload).await.unwrap_or_else(|error| refusal(&request, &error))
}

async fn try_enter(app: &App, limits: &RateLimits, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    check_guest_form(app, request, &form)?;
    limits.login(request)?;
    let target = TARGETS.iter().find(|target| **target == form.text("next")).copied().unwrap_or(HOME);
    let username = form.text("username");
    let password = Zeroizing::new(form.untrimmed("password").to_owned());
    match app.login(username, password, &correlation::of(request)).await {
        Ok(login) => {
            // The session that this browser had is not left behind (S12).
            if let Some(old) = sid(app, request) {
                app.logout(Credential::Session(old)).await?;
            }
            let mut answer = see_other(target);
            answer.add_cookie(&signed_in(app, login.sid)).map_err(Error::internal)?;
            Ok(answer)
        }
        Err(Error::Unauthenticated) => {
            let text = "Check both and try again. After ten wrong passwords the account rests for 30 minutes.";
            let notice = Notice::new(Tone::Bad, "User name or password is wrong", text);
            page(app, request, StatusCode::UNAUTHORIZED, target, username, Some(notice))
        }
        Err(other) => Err(other),
    }
}

/// `POST /admin/logout`.
pub(super) async fn leave(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    try_leave(&app, &request, payload).await.unwrap_or_else(|error| refusal(&request, &error))
}

async fn try_leave(app: &App, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let visitor = visitor(app, request).await?;
    check_form(app, request, &visitor, &form)?;
    app.logout(Credential::Session(visitor.sid)).await?;
    let mut answer = see_other(LOGIN);
    answer.add_cookie(&signed_out(app)).map_err(Error::internal)?;
    if let Ok(everything) = r#""cache", "cookies", "storage""#.parse() {
        answer.headers_mut().insert(CLEAR_SITE_DATA, everything);
    }
    Ok(answer)
}

fn page(
    app: &App,
    request: &HttpRequest,
    status: StatusCode,
    next: &str,
    username: &str,
    notice: Option<Notice>,
) -> Result<HttpResponse> {
    let (guest, cookie) = guest(app, request);
    let page = LoginPage {
        company_name: app.company()?.name,
        csrf: app.form_token(&guest),
        next: next.to_owned(),
        username: username.to_owned(),
        notice,
    };
    let mut answer = html(status, &page, &PagePolicy::default());
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(Error::internal)?;
    }
    Ok(answer)
}
