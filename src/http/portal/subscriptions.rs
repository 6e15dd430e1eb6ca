//! Subscriptions: the list, and one with its next bill and what may be done with it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::refusal::refusal;
use super::session::Visit;
use super::words::{Done, done_notice, done_path, method_name, subscription_state};
use super::{see_other, shown};
use crate::app::App;
use crate::app::portal::subscriptions::{ChangeSubscription, OwnSubscription};
use crate::domain::id::{PaymentMethodId, SubscriptionId};
use crate::domain::language::Language;
use crate::domain::money::Money;
use crate::domain::recurring::price::{LineKind, PricedLine, Value};
use crate::domain::subscription::Subscription;
use crate::error::{Error, Result};
use crate::http::form::Fields;
use crate::http::view::portal::subscriptions::{BillLine, SubscriptionPage, SubscriptionRow, SubscriptionsPage};
use crate::i18n::portal_subscriptions::PortalSubscriptions;
use crate::i18n::{dates, fill, numbers};

/// `GET /portal/subscriptions`.
pub(super) async fn list(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let rows = app.portal_subscriptions(&visit.visitor)?.iter().map(|own| row(own, visit.language)).collect();
        let words = PortalSubscriptions::of(visit.language);
        let page = SubscriptionsPage { frame: visit.frame(&app, "subscriptions"), words, rows };
        Ok(shown(StatusCode::OK, &page, &page.frame))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `GET /portal/subscriptions/{id}`.
pub(super) async fn show(app: Data<App>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let own = app.portal_subscription(&visit.visitor, &id_of(&id)?)?;
        let page = page(&app, &request, &visit, &own)?;
        Ok(shown(StatusCode::OK, &page, &page.frame))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `POST /portal/subscriptions/{id}`.
pub(super) async fn change(app: Data<App>, request: HttpRequest, id: Path<String>, payload: Payload) -> HttpResponse {
    try_change(&app, &request, &id, payload).await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

async fn try_change(app: &App, request: &HttpRequest, id: &str, payload: Payload) -> Result<HttpResponse> {
    let form = Fields::read(request, payload).await?;
    let visit = Visit::of_form(app, request, &form).await?;
    let id = id_of(id)?;
    let (change, done) = match form.text("do") {
        "pause" => (ChangeSubscription::Pause, Done::Paused),
        "resume" => (ChangeSubscription::Resume, Done::Resumed),
        "cancel" => (ChangeSubscription::Cancel, Done::Cancelled),
        "method" => (ChangeSubscription::ChargeTo(method_of(form.text("method"))?), Done::MethodChanged),
        _ => return Err(Error::invalid("do", "is none of the buttons")),
    };
    app.portal_subscription_change(&visit.visitor, &id, change).await?;
    Ok(see_other(&done_path(&path_of(&id), done)))
}

/// What a subscription is called: its plan, what it is for, or that it is one.
pub(super) fn title_of(own: &OwnSubscription, language: Language) -> String {
    let known = [&own.shown.plan_name, &own.shown.subscription.description];
    let known = known.into_iter().find(|name| !name.is_empty());
    known.map_or_else(|| PortalSubscriptions::of(language).subscription.to_owned(), String::clone)
}

/// Where a subscription's page is.
pub(super) fn next_of(own: &OwnSubscription) -> String {
    path_of(&own.shown.subscription.id)
}

fn id_of(text: &str) -> Result<SubscriptionId> {
    SubscriptionId::parse(text).ok_or_else(|| Error::not_found("subscription", text))
}

/// "" is the default at the time.
fn method_of(text: &str) -> Result<Option<PaymentMethodId>> {
    if text.is_empty() {
        return Ok(None);
    }
    PaymentMethodId::parse(text).map(Some).ok_or_else(|| Error::not_found("payment method", text))
}

fn path_of(id: &SubscriptionId) -> String {
    format!("/portal/subscriptions/{id}")
}

fn row(own: &OwnSubscription, language: Language) -> SubscriptionRow {
    let subscription = &own.shown.subscription;
    let words = PortalSubscriptions::of(language);
    let (state, tone) = subscription_state(subscription.status, language);
    let next = match (&own.next, subscription.next_bill_date) {
        (Some(priced), Some(_)) if !subscription.status.is_billed() => {
            format!("{} ({})", numbers::money(priced.total, language), words.next_after_resume)
        }
        (Some(priced), Some(date)) => {
            fill(words.next_on, &[&numbers::money(priced.total, language), &dates::day(date, language)])
        }
        _ => words.nothing_next.to_owned(),
    };
    SubscriptionRow {
        name: title_of(own, language),
        price: format!("{} {}", numbers::money(subscription.amount, language), rhythm(subscription, words)),
        state,
        tone,
        next,
        url: path_of(&subscription.id),
    }
}

/// "every 3 months".
fn rhythm(subscription: &Subscription, words: &PortalSubscriptions) -> String {
    let (rule, every) = (&subscription.rule, u32::from(subscription.rule.interval()));
    match rule.gateway_frequency() {
        "twice_monthly" => words.twice_monthly.to_owned(),
        "daily" => {
            let days = if rule.gateway_billing_days() == "7" { every.saturating_mul(7) } else { every };
            if days == 1 { words.every_day.to_owned() } else { fill(words.every_days, &[&days.to_string()]) }
        }
        _ if every == 1 => words.every_month.to_owned(),
        _ => fill(words.every_months, &[&every.to_string()]),
    }
}

fn page(app: &App, request: &HttpRequest, visit: &Visit, own: &OwnSubscription) -> Result<SubscriptionPage> {
    let (language, subscription) = (visit.language, &own.shown.subscription);
    let words = PortalSubscriptions::of(language);
    let mut frame = visit.frame(app, "subscriptions");
    frame.notice = done_notice(request.query_string(), language);
    let title = title_of(own, language);
    let lines = own.next.as_ref().map(|priced| bill_lines(&priced.lines, subscription.amount, &title, language));
    let total = own.next.as_ref().map(|priced| numbers::money(priced.total, language));
    Ok(SubscriptionPage {
        row: row(own, language),
        facts: facts(visit, subscription, words),
        lines: lines.unwrap_or_default(),
        total: total.unwrap_or_default(),
        methods: methods(visit, subscription, words),
        can_pause: own.may.pause,
        can_resume: own.may.resume,
        can_cancel: own.may.cancel,
        can_change_method: own.may.change_method,
        cancel_what: fill(words.cancel_what, &[&visit.company.name]),
        words,
        frame,
    })
}

/// Each line as the bill will have it, and how it comes about.
fn bill_lines(lines: &[PricedLine], base: Money, title: &str, language: Language) -> Vec<BillLine> {
    let words = PortalSubscriptions::of(language);
    let line = |priced: &PricedLine| {
        let kind = match priced.kind {
            LineKind::Base => title,
            LineKind::AddOn => words.add_on,
            LineKind::Discount => words.discount,
        };
        let name = if priced.name.is_empty() { kind } else { &priced.name };
        BillLine {
            name: name.to_owned(),
            why: why(priced, base, words, language),
            amount: numbers::money(priced.amount, language),
        }
    };
    lines.iter().map(line).collect()
}

/// "10 % of 12.50 USD, cut to what is left"; "" where the amount says it all.
fn why(priced: &PricedLine, base: Money, words: &PortalSubscriptions, language: Language) -> String {
    let (worth, how) = match priced.value {
        None => return words.base.to_owned(),
        Some(Value::Amount(amount)) => (Some(amount), numbers::money(amount, language)),
        Some(Value::Percentage(rate)) => {
            let share = numbers::percent(rate, language);
            (rate.of(base).ok(), fill(words.share, &[&share, &numbers::money(base, language)]))
        }
    };
    let is_cut = worth.is_some_and(|worth| worth.minor() != priced.amount.minor().saturating_abs());
    match priced.value {
        _ if is_cut => fill(words.cut, &[&how]),
        Some(Value::Percentage(_)) => how,
        _ => String::new(),
    }
}

fn facts(
    visit: &Visit,
    subscription: &Subscription,
    words: &'static PortalSubscriptions,
) -> Vec<(&'static str, String)> {
    let language = visit.language;
    let named = subscription.payment_method_id.as_ref().and_then(|id| visit.record.method(id));
    let default = visit.record.default_method();
    let charged_to = match (named, default) {
        (Some(method), _) => method_name(method, language),
        (None, Some(method)) => fill(words.your_default, &[&method_name(method, language)]),
        (None, None) => words.no_method.to_owned(),
    };
    let left = subscription.periods_left().map(|left| (words.bills_left, left.to_string()));
    let ends = subscription.expires_on.map(|date| (words.ends, dates::day(date, language)));
    [Some((words.charged_to, charged_to)), left, ends].into_iter().flatten().collect()
}

fn methods(visit: &Visit, subscription: &Subscription, words: &PortalSubscriptions) -> Vec<(String, String, bool)> {
    let chosen = subscription.payment_method_id.as_ref();
    let default = (String::new(), words.default_choice.to_owned(), chosen.is_none());
    let own = visit
        .record
        .methods
        .iter()
        .map(|method| (method.id.to_string(), method_name(method, visit.language), chosen == Some(&method.id)));
    std::iter::once(default).chain(own).collect()
}
