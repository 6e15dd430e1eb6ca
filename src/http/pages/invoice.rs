//! The hosted invoice: shown, rejected, promised by mail.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{html, own_page, refusal, see_other};
use super::invoice_page;
use super::pay_form::{Typed, open_form};
use crate::app::invoice::HostedInvoice;
use crate::app::{App, Caller};
use crate::domain::language::Language;
use crate::error::{Error, Result};
use crate::http::form::Fields;
use crate::http::security_headers::PagePolicy;
use crate::http::view::error::NotFoundPage;
use crate::http::view::theme::Theme;
use crate::http::{correlation, document};

/// The address of an invoice's page.
pub(super) fn path_of(public_id: &str) -> String {
    format!("/invoice/{public_id}")
}

/// `GET /invoice/{public_id}`.
pub(super) async fn show(app: Data<App>, request: HttpRequest, public_id: Path<String>) -> HttpResponse {
    page(&app, &public_id, StatusCode::OK, Typed::default()).unwrap_or_else(|error| refusal(&request, &error, None))
}

/// The page, with what was typed into its form before.
pub(super) fn page(app: &App, public_id: &str, status: StatusCode, typed: Typed) -> Result<HttpResponse> {
    let hosted = app.invoice_hosted(public_id)?;
    let form = open_form(&hosted, typed);
    let page = invoice_page::of(&hosted, form, &app.settings().public_url, app.now());
    let policy = PagePolicy::default().logo(page.company.logo_url.as_deref());
    Ok(html(status, &page, &policy))
}

/// `GET /invoice/{public_id}/pdf`: the paper, in the customer's language.
pub(super) async fn pdf(app: Data<App>, request: HttpRequest, public_id: Path<String>) -> HttpResponse {
    let made = app.invoice_hosted(&public_id).and_then(|hosted| {
        let paper = document::invoice::of(&hosted, &app.settings().public_url, language_of(&hosted));
        document::answer(&paper, hosted.invoice.display_number())
    });
    made.unwrap_or_else(|error| refusal(&request, &error, None))
}

/// The language in which the customer of an invoice is written to.
pub(super) fn language_of(hosted: &HostedInvoice) -> Language {
    hosted.language.unwrap_or(hosted.company.language)
}

/// `GET` of an address that a form posts to (the back button, a bookmark): the page itself.
pub(super) async fn back(public_id: Path<String>) -> HttpResponse {
    let is_token = public_id.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_token {
        see_other(&path_of(&public_id))
    } else {
        html(StatusCode::NOT_FOUND, &NotFoundPage::invoice(), &PagePolicy::default())
    }
}

/// `GET /invoice/{public_id}/theme.css`: the company's colour.
pub(super) async fn theme(app: Data<App>, request: HttpRequest, public_id: Path<String>) -> HttpResponse {
    let sheet = app.invoice_find_public(&public_id).and_then(|_| app.company());
    match sheet {
        Ok(company) => HttpResponse::Ok()
            .content_type("text/css; charset=utf-8")
            .insert_header((CACHE_CONTROL, "private, max-age=31536000"))
            .body(Theme::new(&company.accent).map(|theme| theme.css()).unwrap_or_default()),
        Err(error) => refusal(&request, &error, None),
    }
}

/// `POST /invoice/{public_id}/mail`: a check is on its way.
pub(super) async fn pay_by_mail(app: Data<App>, request: HttpRequest, public_id: Path<String>) -> HttpResponse {
    let done = promise_check(&app, &request, &public_id).await;
    done.unwrap_or_else(|error| refusal(&request, &error, back_to(&error, &public_id).as_deref()))
}

/// Notes that a check is on its way.
pub(super) async fn promise_check(app: &App, request: &HttpRequest, public_id: &str) -> Result<HttpResponse> {
    own_page(request, app)?;
    app.invoice_pay_by_mail(Caller::customer(correlation::of(request)), public_id).await?;
    Ok(see_other(&path_of(public_id)))
}

/// `POST /invoice/{public_id}/reject`.
pub(super) async fn reject(
    app: Data<App>,
    request: HttpRequest,
    public_id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let done = try_reject(&app, &request, &public_id, payload).await;
    done.unwrap_or_else(|error| refusal(&request, &error, back_to(&error, &public_id).as_deref()))
}

async fn try_reject(app: &App, request: &HttpRequest, public_id: &str, payload: Payload) -> Result<HttpResponse> {
    own_page(request, app)?;
    let fields = Fields::read(request, payload).await?;
    app.invoice_find_public(public_id)?;
    let caller = Caller::customer(correlation::of(request));
    match app.invoice_reject(caller, public_id, fields.text("reject_message")).await {
        Ok(_) => Ok(see_other(&path_of(public_id))),
        Err(Error::Invalid { field, problem }) if field == "reject_message" => {
            let mut typed = Typed::of(&fields);
            typed.errors.insert(field, problem);
            page(app, public_id, StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
        Err(error) => Err(error),
    }
}

/// Where the button of a refusal leads: to the invoice, unless there is none.
pub(super) fn back_to(error: &Error, public_id: &str) -> Option<String> {
    (!matches!(error, Error::NotFound { .. })).then(|| path_of(public_id))
}
