//! Who visits the portal, in which language, and the proof that a form is theirs.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::words;
use crate::app::App;
use crate::app::portal::Visitor;
use crate::domain::company::Company;
use crate::domain::customer::CustomerRecord;
use crate::domain::language::Language;
use crate::domain::login_link::LIFE;
use crate::error::{Error, Result};
use crate::http::form::Fields;
use crate::http::view::portal::Frame;
use crate::http::view::theme::Theme;
use crate::http::{correlation, own_form, session_cookie, view};
use crate::i18n::portal_frame::PortalFrame;

/// The cookie of a customer's session.
const SESSION: &str = "portal";
/// The same over TLS.
const HOST_SESSION: &str = "__Host-portal";
/// The cookie of a browser that asked for a link (RELIABILITY.md S50).
const ASKED: &str = "asked";
/// The same over TLS.
const HOST_ASKED: &str = "__Host-asked";

/// A session in force, with what every page shows.
pub(super) struct Visit {
    /// Who it is.
    pub(super) visitor: Visitor,
    /// The session's secret, which forms are bound to.
    pub(super) token: String,
    /// The customer.
    pub(super) record: CustomerRecord,
    /// The merchant.
    pub(super) company: Company,
    /// The language of the pages.
    pub(super) language: Language,
}

impl Visit {
    /// The session behind the request's cookie.
    ///
    /// # Errors
    /// `Unauthenticated` where there is none, or it is over.
    pub(super) async fn of(app: &App, request: &HttpRequest) -> Result<Self> {
        let token = token(app, request).ok_or(Error::Unauthenticated)?;
        let visitor = app.portal_visitor(&token, &correlation::of(request)).await?;
        let (record, company) = (app.portal_record(&visitor)?, app.company()?);
        let language = record.customer.language.unwrap_or_else(|| wished(app, request));
        Ok(Self { visitor, token, record, company, language })
    }

    /// The session, if the form was filled in on one of its pages.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`.
    pub(super) async fn of_form(app: &App, request: &HttpRequest, form: &Fields) -> Result<Self> {
        let visit = Self::of(app, request).await?;
        own_form::check_form(app, request, &visit.token, form)?;
        let visitor = visit.visitor.once(form.text("once"));
        Ok(Self { visitor, ..visit })
    }

    /// What stands around the page called `here`.
    pub(super) fn frame(&self, app: &App, here: &'static str) -> Frame {
        let words = PortalFrame::of(self.language);
        let name = words::customer_name(&self.record);
        Frame {
            language: self.language,
            words,
            company: company_view(&self.company),
            here,
            csrf: app.form_token(&self.token),
            once: app.new_correlation_id(),
            customer: name.unwrap_or_else(|| words.nobody.to_owned()),
            notice: None,
        }
    }
}

/// The session's secret as the browser has it, in force or not.
pub(super) fn token(app: &App, request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(name(app))?;
    Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// The language that the browser wishes, else the company's.
pub(super) fn wished(app: &App, request: &HttpRequest) -> Language {
    let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let company = || app.company().map(|company| company.language);
    header.and_then(Language::accepted).or_else(|| company().ok()).unwrap_or_default()
}

/// What a browser keeps after a link was opened. It comes along when a mail's link leads here, unlike forms of others.
pub(super) fn entered(app: &App, token: String) -> Cookie<'static> {
    let mut cookie = session_cookie::build(app, name(app), token);
    cookie.set_same_site(SameSite::Lax);
    cookie
}

/// What takes it away again.
pub(super) fn left(app: &App) -> Cookie<'static> {
    let mut cookie = entered(app, String::new());
    cookie.make_removal();
    cookie
}

/// The secret of a browser that asked for a link before.
pub(super) fn asked_secret(app: &App, request: &HttpRequest) -> Option<String> {
    own_form::secret_in(request, asked_name(app))
}

/// What a browser that asks for a link keeps as long as the link may live; opening it there needs no code.
pub(super) fn asked(app: &App, secret: String) -> Cookie<'static> {
    let mut cookie = session_cookie::build(app, asked_name(app), secret);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_max_age(Duration::microseconds(LIFE));
    cookie
}

/// The merchant as pages show it.
pub(super) fn company_view(company: &Company) -> view::company::Company {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let theme = Theme::new(&company.accent);
    view::company::Company {
        name: company.name.clone(),
        logo_url: some(&company.logo_url),
        address_lines: Vec::new(),
        email: some(&company.email),
        phone: some(&company.phone),
        theme_url: theme.map(|theme| format!("/portal/theme.css?v={}", theme.accent().trim_start_matches('#'))),
    }
}

/// `GET /portal/theme.css`: the company's colour.
pub(super) async fn theme(app: Data<App>) -> HttpResponse {
    let sheet = app.company().ok().and_then(|company| Theme::new(&company.accent)).map(|theme| theme.css());
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "private, max-age=31536000"))
        .body(sheet.unwrap_or_default())
}

fn name(app: &App) -> &'static str {
    if session_cookie::is_https(app) { HOST_SESSION } else { SESSION }
}

fn asked_name(app: &App) -> &'static str {
    if session_cookie::is_https(app) { HOST_ASKED } else { ASKED }
}
