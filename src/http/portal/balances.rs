//! Prepaid balances: what is there, what was used, topping up.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::refusal::refusal;
use super::session::Visit;
use super::words::{Done, done_notice, done_path, method_name};
use super::{see_other, shown};
use crate::app::App;
use crate::app::portal::balances::Offer;
use crate::domain::currency::Denomination;
use crate::domain::deposit::DepositStatus;
use crate::domain::language::Language;
use crate::domain::money::Money;
use crate::domain::refusal::RefusalCode;
use crate::error::{Error, Result};
use crate::http::form::Fields;
use crate::http::rate_limit::RateLimits;
use crate::http::view::chart::BarChart;
use crate::http::view::portal::TypedForm;
use crate::http::view::portal::balance::{BalancePage, TopUp};
use crate::http::view::tone::{Notice, Tone};
use crate::i18n::portal_frame::PortalAnswers;
use crate::i18n::portal_overview::PortalOverview;
use crate::i18n::{dates, fill, numbers};

/// Days that a chart shows.
const DAYS: i64 = 30;

/// `GET /portal/balances/{denomination}`.
pub(super) async fn show(app: Data<App>, request: HttpRequest, name: Path<String>) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let notice = done_notice(request.query_string(), visit.language);
        page(&app, &visit, &named(&name)?, StatusCode::OK, TypedForm::default(), notice)
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `POST /portal/balances/{denomination}/top-up` with `amount`.
pub(super) async fn top_up(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    try_top_up(&app, &limits, &request, &name, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_top_up(
    app: &App,
    limits: &RateLimits,
    request: &HttpRequest,
    name: &str,
    payload: Payload,
) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let visit = Visit::of_form(app, request, &form).await?;
    let denomination = named(name)?;
    limits.payment(request)?;
    let offer = app.portal_offer(&visit.visitor, &denomination)?;
    let mut typed = TypedForm::default();
    typed.typed("amount", form.text("amount"));
    let Some(minor) = minor_of(&offer, form.text("amount"), visit.language, &mut typed) else {
        return page(app, &visit, &denomination, StatusCode::UNPROCESSABLE_ENTITY, typed, None);
    };
    let words = PortalAnswers::of(visit.language);
    match app.portal_top_up(&visit.visitor, &denomination, minor).await {
        Ok(made) => match made.deposit.status {
            DepositStatus::Succeeded => Ok(see_other(&done_path(&path_of(&denomination), Done::ToppedUp))),
            DepositStatus::Confirming => Ok(see_other(&done_path(&path_of(&denomination), Done::TopUpConfirming))),
            DepositStatus::Declined => {
                let notice = Notice::new(Tone::Bad, words.declined_title, words.declined);
                page(app, &visit, &denomination, StatusCode::PAYMENT_REQUIRED, typed, Some(notice))
            }
        },
        Err(Error::Refused(refusal)) if refusal.code == RefusalCode::PaymentRequired => {
            page(app, &visit, &denomination, StatusCode::CONFLICT, typed, None)
        }
        Err(other) => Err(other),
    }
}

/// Where a balance's page is.
pub(super) fn path_of(denomination: &Denomination) -> String {
    format!("/portal/balances/{denomination}")
}

/// An amount of a balance: money where it names a currency, else a count.
pub(super) fn amount_of(denomination: &Denomination, amount: i64, language: Language) -> String {
    let money = denomination.currency().and_then(|currency| Money::new(amount, currency).ok());
    money.map_or_else(|| numbers::count(amount, language), |money| numbers::money(money, language))
}

/// What was used on each of the last days.
pub(super) fn usage_chart(app: &App, visit: &Visit, denomination: &Denomination) -> Result<BarChart> {
    let (words, language) = (PortalOverview::of(visit.language), visit.language);
    let days = app.portal_usage(&visit.visitor, denomination, DAYS)?.days;
    let sum = days.iter().fold(0_i64, |sum, (_, taken)| sum.saturating_add(*taken));
    let most = days.iter().max_by_key(|(_, taken)| *taken).filter(|(_, taken)| *taken > 0);
    let count = days.len().to_string();
    let summary = match most {
        None => fill(words.usage_none, &[&count]),
        Some((day, _)) => {
            let sum = amount_of(denomination, sum, language);
            fill(words.usage_summary, &[&sum, &count, &dates::day_of_month(*day, language)])
        }
    };
    let point = |(day, taken): &(jiff::civil::Date, i64)| {
        (dates::day_of_month(*day, language), amount_of(denomination, *taken, language), *taken)
    };
    Ok(BarChart::new(summary, &days.iter().map(point).collect::<Vec<_>>()))
}

fn named(text: &str) -> Result<Denomination> {
    Denomination::parse(text).ok_or_else(|| Error::not_found("balance", text))
}

/// The amount typed, minor units; `None` where `typed` now says what is wrong with it.
fn minor_of(offer: &Offer, text: &str, language: Language, typed: &mut TypedForm) -> Option<i64> {
    let Offer::Money { currency, least, most } = offer else { return Some(0) };
    // What the language writes as a decimal comma; a point is understood everywhere.
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == ',' { '.' } else { c }).collect();
    let minor = Money::parse_major(&plain, *currency).ok().map(Money::minor).filter(|m| (*least..=*most).contains(m));
    if minor.is_none() {
        let words = PortalOverview::of(language);
        let bound = |minor| Money::new(minor, *currency).map(|m| numbers::money(m, language)).unwrap_or_default();
        typed.wrong("amount", &fill(words.amount_wrong, &[&bound(*least), &bound(*most)]));
    }
    minor
}

fn page(
    app: &App,
    visit: &Visit,
    denomination: &Denomination,
    status: StatusCode,
    form: TypedForm,
    notice: Option<Notice>,
) -> Result<HttpResponse> {
    let (words, language) = (PortalOverview::of(visit.language), visit.language);
    let balance = app.portal_balance(&visit.visitor, denomination)?;
    let mut frame = visit.frame(app, "overview");
    frame.notice = notice;
    let held = (balance.pending_debits > 0).then(|| amount_of(denomination, balance.pending_debits, language));
    let credit = (balance.credit_limit > 0).then(|| amount_of(denomination, balance.credit_limit, language));
    let facts = [held.map(|held| (words.held, held)), credit.map(|credit| (words.credit, credit))];
    let page = BalancePage {
        words,
        name: denomination.to_string(),
        available: amount_of(denomination, balance.available, language),
        facts: facts.into_iter().flatten().collect(),
        usage: usage_chart(app, visit, denomination)?,
        top_up: offer_view(visit, &app.portal_offer(&visit.visitor, denomination)?, words),
        action: path_of(denomination),
        form,
        frame,
    };
    Ok(shown(status, &page, &page.frame))
}

fn offer_view(visit: &Visit, offer: &Offer, words: &PortalOverview) -> TopUp {
    let language = visit.language;
    match (offer, visit.record.default_card()) {
        (Offer::Nothing, _) => TopUp::NotHere,
        (Offer::Money { .. }, None) => TopUp::NoCard,
        (Offer::Money { currency, least, most }, Some(card)) => {
            let bound = |minor| Money::new(minor, *currency).map(|m| numbers::money(m, language)).unwrap_or_default();
            TopUp::Typed {
                label: fill(words.top_up_amount, &[currency.code()]),
                hint: fill(words.top_up_hint, &[&bound(*least), &bound(*most), &method_name(card, language)]),
            }
        }
    }
}
