//! The first page: the numbers of `App::overview` in words.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use jiff::tz::TimeZone;

use super::refusal::refusal;
use super::session::{Visitor, sid, visitor};
use super::{LOGIN, rows};
use crate::app::App;
use crate::app::overview::{NextRun, Overview, Owed, Sum};
use crate::domain::currency::{Currency, Denomination};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::http::html::{html, see_other};
use crate::http::security_headers::PagePolicy;
use crate::http::view::admin::{Figure, Frame, OverviewPage, RefusedPage};
use crate::http::view::chart::BarChart;
use crate::http::view::tone::{Notice, Tone};

/// `GET /admin`.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> HttpResponse {
    match try_show(&app, &request).await {
        Ok(page) => page,
        Err(Error::Unauthenticated) if sid(&app, &request).is_some() => see_other(&format!("{LOGIN}?ended")),
        Err(error) => refusal(&request, &error),
    }
}

async fn try_show(app: &App, request: &HttpRequest) -> Result<HttpResponse> {
    let visitor = visitor(app, request).await?;
    let frame = frame(app, &visitor)?;
    match app.overview(&visitor.caller) {
        Ok(overview) => Ok(html(StatusCode::OK, &of(&overview, frame), &PagePolicy::default())),
        Err(Error::Forbidden(permission)) => {
            let page = RefusedPage::without(frame, permission);
            Ok(html(StatusCode::FORBIDDEN, &page, &PagePolicy::default()))
        }
        Err(other) => Err(other),
    }
}

fn frame(app: &App, visitor: &Visitor) -> Result<Frame> {
    Ok(Frame {
        company_name: app.company()?.name,
        user_name: visitor.caller.username.clone(),
        csrf: app.form_token(&visitor.sid),
        here: "overview",
    })
}

fn of(overview: &Overview, frame: Frame) -> OverviewPage {
    let zone = overview.company.zone();
    let currency = overview.company.currency;
    let clock = if overview.clock_is_manual { " (test clock)" } else { "" };
    let now = overview.now.civil_in(&zone).strftime("%-d %B %Y, %H:%M").to_string();
    OverviewPage {
        frame,
        as_of: format!("{now} {}{clock}", overview.company.time_zone),
        notices: notices(overview, &zone),
        figures: vec![
            received(currency, &overview.received, &overview.received_before),
            due(currency, &overview.owed),
            failed(currency, overview),
            prepaid(currency, &overview.prepaid),
        ],
        chart_title: "Received per month".to_owned(),
        chart: chart(overview),
        next_run: next_run(&overview.next_run, &zone),
        invoices: overview.invoices.iter().map(|invoice| rows::invoice(invoice, overview.now, &zone)).collect(),
        transactions: overview.transactions.iter().map(|one| rows::transaction(one, &zone)).collect(),
        jobs: overview.jobs.iter().map(|health| rows::job(health, &zone)).collect(),
    }
}

/// What needs a person, the most urgent first.
fn notices(overview: &Overview, zone: &TimeZone) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some((at, reason)) = &overview.company.billing_held {
        notices.push(Notice::new(
            Tone::Bad,
            "Billing is held",
            format!(
                "Nothing is invoiced or charged since {}: {reason}. Check the clock of the server, then let billing go \
                 on there with: bursar billing resume",
                moment(*at, zone)
            ),
        ));
    }
    if overview.payments_in_review > 0 {
        notices.push(Notice::new(
            Tone::Bad,
            counted(overview.payments_in_review, "payment needs your decision", "payments need your decision"),
            "The processor gave no clear answer in time. Look it up there, then say what became of it on the server: bursar billing status. Until then nobody is charged again.",
        ));
    }
    if overview.payments_being_confirmed > 0 {
        notices.push(Notice::new(
            Tone::Warn,
            counted(overview.payments_being_confirmed, "payment is being confirmed", "payments are being confirmed"),
            "The processor has not answered yet. It is asked again and again; nobody is charged twice.",
        ));
    }
    if overview.subscriptions_parked > 0 {
        notices.push(Notice::new(
            Tone::Warn,
            counted(overview.subscriptions_parked, "subscription waits", "subscriptions wait") + " for your word",
            "More periods were missed than are billed without asking. On the server: bursar billing status",
        ));
    }
    notices
}

fn received(currency: Currency, now: &[Sum], before: &[Sum]) -> Figure {
    let own = |sums: &[Sum]| sums.iter().find(|sum| sum.amount.currency() == currency).copied();
    let payments: u64 = now.iter().map(|sum| sum.count).sum();
    let mut detail = match payments {
        0 => "no payments".to_owned(),
        payments => counted(payments, "payment", "payments"),
    };
    let others = now.iter().map(|sum| sum.amount).filter(|amount| amount.currency() != currency);
    for other in others {
        detail += &format!(", also {other}");
    }
    if let Some(before) = own(before) {
        detail += &format!("; {} in the 30 days before", before.amount);
    }
    let value = own(now).map_or(Money::zero(currency), |sum| sum.amount);
    figure("Received in 30 days", value.to_string(), detail, Tone::Neutral)
}

fn due(currency: Currency, owed: &[Owed]) -> Figure {
    let own = owed.iter().find(|owed| owed.due.amount.currency() == currency);
    let invoices: u64 = owed.iter().map(|owed| owed.due.count).sum();
    let overdue: Vec<String> =
        owed.iter().filter(|owed| owed.overdue.count > 0).map(|owed| owed.overdue.amount.to_string()).collect();
    let mut detail =
        if invoices == 0 { "no open invoices".to_owned() } else { counted(invoices, "invoice", "invoices") };
    for other in owed.iter().map(|owed| owed.due.amount).filter(|amount| amount.currency() != currency) {
        detail += &format!(", also {other}");
    }
    if !overdue.is_empty() {
        detail += &format!("; {} overdue", overdue.join(" and "));
    }
    let tone = if overdue.is_empty() { Tone::Neutral } else { Tone::Warn };
    figure("Due", own.map_or(Money::zero(currency), |owed| owed.due.amount).to_string(), detail, tone)
}

fn failed(currency: Currency, overview: &Overview) -> Figure {
    let declined = overview.owed.iter().map(|owed| owed.declined);
    let invoices: u64 = declined.clone().map(|sum| sum.count).sum();
    let own = declined.clone().find(|sum| sum.amount.currency() == currency);
    let mut detail = match (invoices, overview.subscriptions_failing) {
        (0, 0) => "nothing is declined".to_owned(),
        (invoices, subscriptions) => format!(
            "{}, {} failing",
            counted(invoices, "invoice declined", "invoices declined"),
            counted(subscriptions, "subscription", "subscriptions")
        ),
    };
    for other in declined.filter(|sum| sum.count > 0 && sum.amount.currency() != currency) {
        detail += &format!(", also {}", other.amount);
    }
    let tone = if invoices + overview.subscriptions_failing > 0 { Tone::Bad } else { Tone::Good };
    figure("Declined", own.map_or(Money::zero(currency), |sum| sum.amount).to_string(), detail, tone)
}

/// The company's currency is the figure; where nobody paid ahead in it, what they did pay ahead in.
fn prepaid(currency: Currency, prepaid: &[(Denomination, i64)]) -> Figure {
    let held: Vec<String> = prepaid.iter().map(|(denomination, count)| units(denomination, *count)).collect();
    let (value, detail) = match held.as_slice() {
        [] => (Money::zero(currency).to_string(), "what customers paid ahead".to_owned()),
        [one] => (one.clone(), "what customers paid ahead".to_owned()),
        [one, other] => (one.clone(), format!("paid ahead, also {other}")),
        [one, other, rest @ ..] => (one.clone(), format!("paid ahead, also {other} and {} more kinds", rest.len())),
    };
    figure("Prepaid balances", value, detail, Tone::Neutral)
}

fn units(denomination: &Denomination, count: i64) -> String {
    let money = denomination.currency().and_then(|currency| Money::new(count, currency).ok());
    money.map_or_else(|| format!("{count} {}", denomination.as_str()), |money| money.to_string())
}

fn chart(overview: &Overview) -> BarChart {
    let currency = overview.company.currency;
    let name = |date: jiff::civil::Date| date.strftime("%b %Y").to_string();
    let points: Vec<(String, String, i64)> = overview
        .months
        .iter()
        .map(|month| (month.first.strftime("%b").to_string(), month.received.to_string(), month.received.minor()))
        .collect();
    let total = Money::sum(currency, overview.months.iter().map(|month| month.received));
    let summary = match (total, overview.months.first(), overview.months.last()) {
        (Ok(total), Some(first), Some(last)) if total.is_positive() => {
            format!("{total} received from {} to {}.", name(first.first), name(last.first))
        }
        _ => "Nothing was received in the last twelve months.".to_owned(),
    };
    BarChart::new(summary, &points)
}

fn next_run(run: &NextRun, zone: &TimeZone) -> Vec<(String, String)> {
    let amounts: Vec<String> = run.expected.iter().map(Money::to_string).collect();
    let expected = match (amounts.is_empty(), run.is_complete) {
        (true, _) => "nothing".to_owned(),
        (false, true) => amounts.join(" + "),
        (false, false) => format!("at least {}", amounts.join(" + ")),
    };
    [
        ("Next at", run.at.map_or_else(|| "nothing is planned".to_owned(), |at| moment(at, zone))),
        ("Subscriptions due in 24 hours", run.subscriptions.to_string()),
        ("Invoices charged in 24 hours", run.charges.to_string()),
        ("Expected", expected),
    ]
    .map(|(label, text)| (label.to_owned(), text))
    .to_vec()
}

/// "20 Nov 2026, 14:02" in the company's zone.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.civil_in(zone).strftime("%-d %b %Y, %H:%M").to_string()
}

pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn figure(label: &str, value: String, detail: String, tone: Tone) -> Figure {
    Figure { label: label.to_owned(), value, detail, tone }
}
