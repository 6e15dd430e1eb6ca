//! A customer's own details: name, e-mail address, language, postal address.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::refusal::refusal;
use super::session::Visit;
use super::words::{Done, done_notice, done_path};
use super::{see_other, shown};
use crate::app::App;
use crate::app::portal::profile::ChangeOwnProfile;
use crate::domain::address::Address;
use crate::domain::country;
use crate::domain::language::Language;
use crate::domain::login_link::stored_address;
use crate::error::{Error, Result};
use crate::http::form::Fields;
use crate::http::view::portal::TypedForm;
use crate::http::view::portal::profile::ProfilePage;
use crate::i18n::portal_profile::PortalProfile;

const PATH: &str = "/portal/profile";
/// The parts of an address that the page asks for; those that must be said come with `true`.
const PARTS: [(&str, bool); 10] = [
    ("first_name", false),
    ("last_name", false),
    ("company", false),
    ("line_1", true),
    ("line_2", false),
    ("postal_code", true),
    ("city", true),
    ("state", false),
    ("country", true),
    ("phone", false),
];

/// `GET /portal/profile`.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let notice = done_notice(request.query_string(), visit.language);
        let mut page = page(&app, &visit, known(&visit));
        page.frame.notice = notice;
        Ok(shown(StatusCode::OK, &page, &page.frame))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `POST /portal/profile`.
pub(super) async fn save(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    try_save(&app, &request, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_save(app: &App, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let visit = Visit::of_form(app, request, &form).await?;
    let words = PortalProfile::of(visit.language);
    let chosen = form.text("language");
    let language = Language::parse(chosen);
    if language.is_none() && !chosen.is_empty() {
        return Err(Error::invalid("language", "is none of the choices"));
    }
    let (name, email) = (form.text("name").to_owned(), form.text("email").to_owned());
    let change = ChangeOwnProfile { name: name.clone(), email: email.clone(), language };
    match app.portal_profile_change(&visit.visitor, &visit.token, change).await {
        Ok(()) => Ok(see_other(&done_path(PATH, Done::ProfileSaved))),
        Err(Error::Invalid { field, .. }) => {
            let mut typed = known(&visit);
            typed.typed("name", &name);
            typed.typed("email", &email);
            let problem = if field == "email" { words.email_wrong } else { words.part_wrong };
            typed.wrong(if field == "email" { "email" } else { "name" }, problem);
            let page = ProfilePage { chosen: language.map_or("", Language::as_str), ..page(app, &visit, typed) };
            Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, &page, &page.frame))
        }
        Err(other) => Err(other),
    }
}

/// `POST /portal/profile/address`.
pub(super) async fn save_address(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    try_save_address(&app, &request, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_save_address(app: &App, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let visit = Visit::of_form(app, request, &form).await?;
    let words = PortalProfile::of(visit.language);
    let mut typed = known(&visit);
    for (part, is_needed) in PARTS {
        typed.typed(part, form.text(part));
        if is_needed && form.text(part).is_empty() {
            typed.wrong(part, words.needed);
        }
    }
    let country = form.text("country").to_ascii_uppercase();
    if !country.is_empty() && !country::is_known(&country) {
        typed.wrong("country", words.part_wrong);
    }
    if !typed.is_wrong() {
        match app.portal_address_change(&visit.visitor, address_of(&form)).await {
            Ok(()) => return Ok(see_other(&done_path(PATH, Done::AddressSaved))),
            Err(Error::Invalid { field, .. }) => typed.wrong(&field, words.part_wrong),
            Err(Error::Conflict(_)) => typed.wrong("line_1", words.duplicate),
            Err(other) => return Err(other),
        }
    }
    let page = page(app, &visit, typed);
    Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, &page, &page.frame))
}

fn address_of(form: &Fields) -> Address {
    let part = |name: &str| form.text(name).to_owned();
    Address {
        first_name: part("first_name"),
        last_name: part("last_name"),
        company: part("company"),
        line_1: part("line_1"),
        line_2: part("line_2"),
        city: part("city"),
        state: part("state"),
        postal_code: part("postal_code"),
        country: part("country"),
        phone: part("phone"),
        ..Address::default()
    }
}

/// What is stored, in the fields.
fn known(visit: &Visit) -> TypedForm {
    let mut form = TypedForm::default();
    form.typed("name", visit.record.customer.profile.name.as_deref().unwrap_or_default());
    form.typed("email", stored_address(&visit.record).unwrap_or_default());
    let Some(address) = visit.record.default_billing() else { return form };
    let Address { first_name, last_name, company, line_1, line_2, city, .. } = &address.postal;
    let Address { state, postal_code, country, phone, .. } = &address.postal;
    let values = [first_name, last_name, company, line_1, line_2, postal_code, city, state, country, phone];
    for ((part, _), value) in PARTS.into_iter().zip(values) {
        form.typed(part, value);
    }
    form
}

fn page(app: &App, visit: &Visit, form: TypedForm) -> ProfilePage {
    ProfilePage {
        frame: visit.frame(app, "profile"),
        words: PortalProfile::of(visit.language),
        country: form.value("country").to_owned(),
        chosen: visit.record.customer.language.map_or("", Language::as_str),
        form,
    }
}
