//! The page behind a one-time link: looking changes nothing, saving uses the link up and signs in.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

use super::HOME;
use super::refusal::refusal;
use super::session::{check_guest_form, guest, signed_in};
use crate::app::App;
use crate::app::setup_link::{SetupLink, UseSetupLink};
use crate::domain::time::MINUTE;
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
use crate::http::html::{html, see_other};
use crate::http::rate_limit::RateLimits;
use crate::http::security_headers::PagePolicy;
use crate::http::view::admin::SetupPage;
use crate::http::view::tone::{Notice, Tone};

/// What was typed before, without the passwords.
#[derive(Default)]
struct Typed {
    username: Option<String>,
    email: Option<String>,
    errors: BTreeMap<String, String>,
}

/// `GET /admin/setup/{secret}`.
pub(super) async fn show(app: Data<App>, request: HttpRequest, secret: Path<String>) -> HttpResponse {
    page(&app, &request, &secret, StatusCode::OK, Typed::default()).unwrap_or_else(|error| refusal(&request, &error))
}

/// `POST /admin/setup/{secret}`.
pub(super) async fn save(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    secret: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let saved = try_save(&app, &limits, &request, &secret, payload).await;
    saved.unwrap_or_else(|error| refusal(&request, &error))
}

async fn try_save(
    app: &App,
    limits: &RateLimits,
    request: &HttpRequest,
    secret: &str,
    payload: Payload,
) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    check_guest_form(app, request, &form)?;
    limits.login(request)?;
    let mut typed = Typed {
        username: Some(form.text("username").to_owned()),
        email: Some(form.text("email").to_owned()),
        errors: BTreeMap::new(),
    };
    // As it was typed: spaces belong to a password.
    let password = Zeroizing::new(form.untrimmed("password").to_owned());
    if *password != form.untrimmed("password_again") {
        app.setup_link_find(secret)?;
        typed.errors.insert("password_again".to_owned(), "The two passwords differ.".to_owned());
        return page(app, request, secret, StatusCode::UNPROCESSABLE_ENTITY, typed);
    }
    let chosen = UseSetupLink {
        secret: secret.to_owned(),
        username: form.text("username").to_owned(),
        email: form.text("email").to_owned(),
        password,
    };
    match app.setup_link_use(chosen, &correlation::of(request)).await {
        Ok(login) => {
            let mut answer = see_other(HOME);
            answer.add_cookie(&signed_in(app, login.sid)).map_err(Error::internal)?;
            Ok(answer)
        }
        Err(Error::Invalid { field, problem }) => {
            typed.errors.insert(field, sentence(&problem));
            page(app, request, secret, StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
        Err(other) => Err(other),
    }
}

fn page(app: &App, request: &HttpRequest, secret: &str, status: StatusCode, typed: Typed) -> Result<HttpResponse> {
    let SetupLink { user, is_first, expires_at } = app.setup_link_find(secret)?;
    let (guest, cookie) = guest(app, request);
    let page = SetupPage {
        action: format!("/admin/setup/{secret}"),
        csrf: app.form_token(&guest),
        existing: !is_first,
        username: typed.username.filter(|_| is_first).unwrap_or(user.username),
        email: typed.email.filter(|_| is_first).unwrap_or(user.email),
        expires_text: expires_text(expires_at.since(app.now())),
        password_hint: "8 to 64 characters with an upper-case letter, a number and a special character.".to_owned(),
        notice: (!typed.errors.is_empty())
            .then(|| Notice::new(Tone::Bad, "Nothing was saved yet", "Some fields need another look.")),
        errors: typed.errors,
    };
    let mut answer = html(status, &page, &PagePolicy::default());
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(Error::internal)?;
    }
    Ok(answer)
}

fn expires_text(left_us: i64) -> String {
    match left_us.saturating_add(MINUTE - 1) / MINUTE {
        0 | 1 => "It expires within a minute.".to_owned(),
        minutes => format!("It expires in {minutes} minutes."),
    }
}

/// "must be a mail address" as a person reads it beside the field.
fn sentence(problem: &str) -> String {
    let mut letters = problem.chars();
    let head: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{head}{}.", letters.as_str())
}
