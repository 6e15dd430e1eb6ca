//! Asking for a link, opening it, and leaving.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::refusal::refusal;
use super::session::{Visit, asked, asked_secret, company_view, entered, left, token, wished};
use super::words::{Done, done_path};
use super::{HOME, SIGN_IN, see_other};
use crate::app::App;
use crate::domain::language::Language;
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
use crate::http::html::html;
use crate::http::own_form::{check_form, check_guest_form, guest};
use crate::http::rate_limit::RateLimits;
use crate::http::security_headers::PagePolicy;
use crate::http::view::portal::sign_in::{SignInFace, SignInPage};
use crate::i18n::portal_frame::PortalFrame;
use crate::i18n::sign_in::SignIn;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// `GET /portal/sign-in`; with `?ended` it says that the session is over.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let ended = request.query_string() == "ended";
    let face = SignInFace::Ask { email: String::new(), is_wrong: false, ended };
    page(&app, &request, StatusCode::OK, wished(&app, &request), face)
        .unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `POST /portal/sign-in` with `email`: one answer, whether the address is known or not.
pub(super) async fn ask(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    try_ask(&app, &limits, &request, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_ask(app: &App, limits: &RateLimits, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    check_guest_form(app, request, &form)?;
    limits.link(request)?;
    let language = wished(app, request);
    let secret = asked_secret(app, request).unwrap_or_else(|| app.browser_secret());
    // More than one address is none: nobody else's is mailed to in its company (RELIABILITY.md S48).
    let email = if form.all("email").count() == 1 { form.text("email") } else { "" };
    match app.login_link_ask(email, &secret, &correlation::of(request)).await {
        Ok(()) => {
            let face = SignInFace::Asked { code: spaced(&app.login_link_code(&secret)) };
            let mut answer = page(app, request, StatusCode::OK, language, face)?;
            answer.add_cookie(&asked(app, secret)).map_err(Error::internal)?;
            Ok(answer)
        }
        Err(Error::Invalid { .. }) => {
            let face = SignInFace::Ask { email: email.to_owned(), is_wrong: true, ended: false };
            page(app, request, StatusCode::BAD_REQUEST, language, face)
        }
        Err(other) => Err(other),
    }
}

/// `GET /account/{id}/link/{secret}`: a button. Looking uses nothing up, or mail scanners would (S45).
pub(super) async fn link(app: Data<App>, request: HttpRequest, path: Path<(String, String)>) -> HttpResponse {
    link_page(&app, &request, &path, StatusCode::OK, false).unwrap_or_else(|error| refusal(&app, &request, &error))
}

fn link_page(
    app: &App,
    request: &HttpRequest,
    path: &(String, String),
    status: StatusCode,
    is_wrong: bool,
) -> Result<HttpResponse> {
    let (id, secret) = path;
    match app.login_link_find(id, secret, asked_secret(app, request).as_deref()) {
        Ok(found) => {
            let language = found.record.customer.language.unwrap_or_else(|| wished(app, request));
            let action = format!("/account/{id}/link/{secret}");
            page(app, request, status, language, SignInFace::Link { action, needs_code: found.needs_code, is_wrong })
        }
        Err(Error::NotFound { .. }) => {
            page(app, request, StatusCode::NOT_FOUND, wished(app, request), SignInFace::NoLink)
        }
        Err(other) => Err(other),
    }
}

/// `POST /account/{id}/link/{secret}`: uses the link up and logs its customer in.
pub(super) async fn open(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    path: Path<(String, String)>,
    payload: Payload,
) -> HttpResponse {
    try_open(&app, &limits, &request, &path, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_open(
    app: &App,
    limits: &RateLimits,
    request: &HttpRequest,
    path: &(String, String),
    payload: Payload,
) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    check_guest_form(app, request, &form)?;
    limits.login(request)?;
    let ((id, secret), browser) = (path, asked_secret(app, request));
    let opened = app.login_link_use(id, secret, browser.as_deref(), form.text("code"), &correlation::of(request)).await;
    match opened {
        Ok(session) => {
            // The session that this browser had is not left behind (S12).
            if let Some(old) = token(app, request) {
                app.portal_leave(&old).await?;
            }
            let mut answer = see_other(HOME);
            answer.add_cookie(&entered(app, session)).map_err(Error::internal)?;
            Ok(answer)
        }
        Err(Error::Invalid { .. }) => {
            link_page(app, request, path, StatusCode::FORBIDDEN, !form.text("code").is_empty())
        }
        Err(Error::NotFound { .. }) => {
            page(app, request, StatusCode::NOT_FOUND, wished(app, request), SignInFace::NoLink)
        }
        Err(other) => Err(other),
    }
}

/// `POST /portal/sign-out`.
pub(super) async fn leave(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    try_leave(&app, &request, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_leave(app: &App, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let token = token(app, request).ok_or(Error::Unauthenticated)?;
    check_form(app, request, &token, &form)?;
    app.portal_leave(&token).await?;
    let mut answer = see_other(SIGN_IN);
    answer.add_cookie(&left(app)).map_err(Error::internal)?;
    if let Ok(kept) = r#""cache", "storage""#.parse() {
        answer.headers_mut().insert(CLEAR_SITE_DATA, kept);
    }
    Ok(answer)
}

/// `POST /portal/sign-out-elsewhere`: every session but this one ends.
pub(super) async fn leave_elsewhere(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let done = async {
        let form = Fields::read(&request, payload).await?;
        let visit = Visit::of_form(&app, &request, &form).await?;
        app.portal_leave_elsewhere(&visit.visitor, &visit.token).await?;
        Ok(see_other(&done_path("/portal/profile", Done::ElsewhereEnded)))
    };
    done.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

fn page(
    app: &App,
    request: &HttpRequest,
    status: StatusCode,
    language: Language,
    face: SignInFace,
) -> Result<HttpResponse> {
    let (guest, cookie) = guest(app, request);
    let company = company_view(&app.company()?);
    let policy = PagePolicy::default().logo(company.logo_url.as_deref());
    let (words, frame) = (SignIn::of(language), PortalFrame::of(language));
    let page = SignInPage { language, words, frame, company, csrf: app.form_token(&guest), face };
    let mut answer = html(status, &page, &policy);
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(Error::internal)?;
    }
    Ok(answer)
}

/// "ABCD EFGH": easier to read and type.
fn spaced(code: &str) -> String {
    let (first, second) = code.split_at_checked(4).unwrap_or((code, ""));
    format!("{first} {second}")
}
