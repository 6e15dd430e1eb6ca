//! Payment methods: added, made the default, removed where nothing needs them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::refusal::refusal;
use super::session::Visit;
use super::words::{Done, done_notice, done_path, method_expiry, method_name};
use super::{see_other, shown};
use crate::app::App;
use crate::app::method_needed::Needed;
use crate::app::payment_method::NewMethod;
use crate::app::portal::methods::OwnMethod;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Expiry};
use crate::domain::id::PaymentMethodId;
use crate::error::{Error, Result};
use crate::http::form::Fields;
use crate::http::rate_limit::RateLimits;
use crate::http::view::portal::TypedForm;
use crate::http::view::portal::methods::{MethodRow, MethodsPage};
use crate::http::view::tone::{Notice, Tone};
use crate::i18n::fill;
use crate::i18n::portal_methods::PortalMethods;

const PATH: &str = "/portal/methods";

/// `GET /portal/methods`.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        page(&app, &visit, StatusCode::OK, TypedForm::default(), done_notice(request.query_string(), visit.language))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `POST /portal/methods`.
pub(super) async fn add(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    try_add(&app, &limits, &request, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_add(app: &App, limits: &RateLimits, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let visit = Visit::of_form(app, request, &form).await?;
    limits.payment(request)?;
    let mut typed = TypedForm::default();
    let is_bank = form.text("add") == "bank";
    let words = PortalMethods::of(visit.language);
    let method = if is_bank { bank(&form, words, &mut typed) } else { card(app, &form, words, &mut typed) };
    let Some(method) = method else {
        return page(app, &visit, StatusCode::UNPROCESSABLE_ENTITY, typed, None);
    };
    match app.portal_method_add(&visit.visitor, method).await {
        Ok(()) => Ok(see_other(&done_path(PATH, if is_bank { Done::BankAdded } else { Done::CardAdded }))),
        Err(Error::Invalid { .. }) if is_bank => {
            typed.wrong("bank_account", words.account_wrong);
            page(app, &visit, StatusCode::UNPROCESSABLE_ENTITY, typed, None)
        }
        Err(Error::Invalid { .. }) => {
            typed.wrong("card_number", words.card_number_wrong);
            page(app, &visit, StatusCode::UNPROCESSABLE_ENTITY, typed, None)
        }
        Err(Error::Conflict(_)) => {
            let notice = Notice::new(Tone::Warn, words.too_many, "");
            page(app, &visit, StatusCode::CONFLICT, typed, Some(notice))
        }
        Err(other) => Err(other),
    }
}

/// `POST /portal/methods/{id}`.
pub(super) async fn change(app: Data<App>, request: HttpRequest, id: Path<String>, payload: Payload) -> HttpResponse {
    try_change(&app, &request, &id, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_change(app: &App, request: &HttpRequest, id: &str, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let visit = Visit::of_form(app, request, &form).await?;
    let id = PaymentMethodId::parse(id).ok_or_else(|| Error::not_found("payment method", id))?;
    let (done, told) = match form.text("do") {
        "default" => (app.portal_method_default(&visit.visitor, &id).await, Done::DefaultChanged),
        "remove" => (app.portal_method_remove(&visit.visitor, &id).await, Done::MethodRemoved),
        _ => return Err(Error::invalid("do", "is none of the buttons")),
    };
    match done {
        Ok(()) => Ok(see_other(&done_path(PATH, told))),
        Err(Error::Conflict(_)) => {
            // It became needed after the page was made: the page now says for what.
            let rows = app.portal_methods(&visit.visitor)?;
            let needed = rows.iter().find(|own| own.method.id == id).and_then(|own| own.needed.as_ref());
            let words = PortalMethods::of(visit.language);
            let why = needed.map_or(words.needed_default, |needed| reason(needed, words));
            let notice = Notice::new(Tone::Warn, why, "");
            page(app, &visit, StatusCode::CONFLICT, TypedForm::default(), Some(notice))
        }
        Err(other) => Err(other),
    }
}

fn page(app: &App, visit: &Visit, status: StatusCode, form: TypedForm, notice: Option<Notice>) -> Result<HttpResponse> {
    let words = PortalMethods::of(visit.language);
    let mut frame = visit.frame(app, "methods");
    frame.notice = notice;
    let bank_is_open = ["bank_routing", "bank_account", "agree"].into_iter().any(|field| form.error(field).is_some());
    let rows = app.portal_methods(&visit.visitor)?.iter().map(|own| row(app, visit, own, words)).collect();
    let agree = fill(words.agree, &[&visit.company.name]);
    let page = MethodsPage { frame, words, rows, form, agree, bank_is_open };
    Ok(shown(status, &page, &page.frame))
}

fn row(app: &App, visit: &Visit, own: &OwnMethod, words: &'static PortalMethods) -> MethodRow {
    let today = visit.company.today(app.now());
    let (expiry, is_expired) = method_expiry(&own.method, today, visit.language).unwrap_or_default();
    let needed_url = match &own.needed {
        Some(Needed::Subscription(id) | Needed::Last(id)) => Some(format!("/portal/subscriptions/{id}")),
        Some(Needed::Default) | None => None,
    };
    MethodRow {
        name: method_name(&own.method, visit.language),
        expiry,
        is_expired,
        is_default: own.is_default,
        action: format!("{PATH}/{}", own.method.id),
        needed: own.needed.as_ref().map(|needed| reason(needed, words)),
        needed_url,
    }
}

fn reason(needed: &Needed, words: &'static PortalMethods) -> &'static str {
    match needed {
        Needed::Default => words.needed_default,
        Needed::Subscription(_) => words.needed_subscription,
        Needed::Last(_) => words.needed_last,
    }
}

fn card(app: &App, form: &Fields, words: &PortalMethods, typed: &mut TypedForm) -> Option<NewMethod> {
    let today = app.now().utc_date();
    let number = CardNumber::parse(form.text("card_number"));
    if number.is_err() {
        typed.wrong("card_number", words.card_number_wrong);
    }
    let is_good = Expiry::parse(form.text("card_expiry"), today).is_ok_and(|expiry| !expiry.is_expired(today));
    if !is_good {
        typed.wrong("card_expiry", words.card_expiry_wrong);
    }
    let number = number.ok().filter(|_| is_good)?;
    Some(NewMethod::Card { number, expiration_date: form.text("card_expiry").to_owned() })
}

fn bank(form: &Fields, words: &PortalMethods, typed: &mut TypedForm) -> Option<NewMethod> {
    let routing = RoutingNumber::parse(form.text("bank_routing"));
    let account = AccountNumber::parse(form.text("bank_account"));
    let is_savings = form.text("bank_account_type") == "savings";
    typed.typed("bank_account_type", if is_savings { "savings" } else { "checking" });
    if routing.is_err() {
        typed.wrong("bank_routing", words.routing_wrong);
    }
    if account.is_err() {
        typed.wrong("bank_account", words.account_wrong);
    }
    if form.text("agree") != "yes" {
        typed.wrong("agree", words.agree_wrong);
    }
    let (routing_number, account_number) = (routing.ok()?, account.ok()?);
    (!typed.is_wrong()).then_some(NewMethod::Ach {
        routing_number,
        account_number,
        account_type: if is_savings { AccountType::Savings } else { AccountType::Checking },
        sec_code: SecCode::Web,
    })
}
