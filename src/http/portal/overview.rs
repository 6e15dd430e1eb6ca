//! The first page: what is to be paid, what comes next, what is left of the balances.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::balances::{self, amount_of};
use super::refusal::refusal;
use super::session::Visit;
use super::shown;
use super::subscriptions::{next_of, title_of};
use super::words::{customer_name, done_notice, invoice_state, method_name};
use crate::app::App;
use crate::app::portal::subscriptions::OwnSubscription;
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::domain::subscription::SubscriptionStatus;
use crate::error::Result;
use crate::http::view::portal::overview::{BalanceRow, Figure, OpenInvoice, OverviewPage};
use crate::http::view::tone::{Notice, Tone};
use crate::i18n::portal_overview::PortalOverview;
use crate::i18n::{dates, fill, numbers};

/// `GET /portal`.
pub(super) async fn show(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let page = page(&app, &request, &visit)?;
        Ok(shown(StatusCode::OK, &page, &page.frame))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

fn page(app: &App, request: &HttpRequest, visit: &Visit) -> Result<OverviewPage> {
    let words = PortalOverview::of(visit.language);
    let mut frame = visit.frame(app, "overview");
    frame.notice = done_notice(request.query_string(), visit.language);
    let subscriptions = app.portal_subscriptions(&visit.visitor)?;
    let open = app.portal_open_invoices(&visit.visitor)?;
    let balances = app.portal_balances(&visit.visitor)?;
    let first = balances.first();
    let usage = first.map(|balance| balances::usage_chart(app, visit, &balance.denomination)).transpose()?;
    let title = match customer_name(&visit.record) {
        Some(name) => fill(words.welcome, &[&name]),
        None => frame.words.overview.to_owned(),
    };
    Ok(OverviewPage {
        words,
        title,
        notices: notices(&subscriptions, visit, words),
        figures: figures(visit, &open, &subscriptions, words)?,
        balances: balances
            .iter()
            .map(|balance| BalanceRow {
                name: balance.denomination.to_string(),
                available: amount_of(&balance.denomination, balance.available, visit.language),
                url: balances::path_of(&balance.denomination),
            })
            .collect(),
        usage,
        usage_title: first.map(|balance| format!("{}: {}", words.usage, balance.denomination)).unwrap_or_default(),
        invoices: open.iter().map(|invoice| open_invoice(app, visit, invoice)).collect(),
        frame,
    })
}

fn notices(subscriptions: &[OwnSubscription], visit: &Visit, words: &PortalOverview) -> Vec<Notice> {
    let is_failing = |own: &&OwnSubscription| {
        matches!(own.shown.subscription.status, SubscriptionStatus::Failing | SubscriptionStatus::Failed)
    };
    let failing = subscriptions.iter().filter(is_failing);
    let notice = |own: &OwnSubscription| {
        Notice::new(Tone::Bad, fill(words.failing, &[&title_of(own, visit.language)]), words.failing_what)
    };
    failing.map(notice).collect()
}

fn figures(
    visit: &Visit,
    open: &[Invoice],
    subscriptions: &[OwnSubscription],
    words: &'static PortalOverview,
) -> Result<Vec<Figure>> {
    let language = visit.language;
    let sums = sums_of(open)?;
    let due = Figure {
        label: words.due_now,
        value: match sums.as_slice() {
            [] => words.nothing_due.to_owned(),
            sums => sums.iter().map(|sum| numbers::money(*sum, language)).collect::<Vec<_>>().join(" + "),
        },
        detail: match open.len() {
            0 => words.all_paid.to_owned(),
            1 => words.one_invoice_open.to_owned(),
            count => fill(words.invoices_open, &[&count.to_string()]),
        },
        url: "/portal/invoices".to_owned(),
    };
    let next = subscriptions.iter().filter(|own| own.shown.subscription.due_at.is_some());
    let next = next.min_by_key(|own| own.shown.subscription.due_at);
    let date = next.and_then(|own| own.shown.subscription.next_bill_date);
    let coming = Figure {
        label: words.next_payment,
        value: match next.and_then(|own| own.next.as_ref()) {
            Some(priced) => numbers::money(priced.total, language),
            None => words.none_planned.to_owned(),
        },
        detail: next.zip(date).map_or_else(String::new, |(own, date)| {
            format!("{}, {}", title_of(own, language), dates::day(date, language))
        }),
        url: next.map_or_else(String::new, next_of),
    };
    let method = visit.record.default_method();
    let paid_with = Figure {
        label: words.pays_with,
        value: method.map_or_else(|| words.no_method.to_owned(), |method| method_name(method, language)),
        detail: if method.is_some() { words.change } else { words.add_method }.to_owned(),
        url: "/portal/methods".to_owned(),
    };
    Ok(vec![due, coming, paid_with])
}

/// What is left to pay, a sum per currency.
fn sums_of(open: &[Invoice]) -> Result<Vec<Money>> {
    let mut sums: Vec<Money> = Vec::new();
    for invoice in open {
        let due = invoice.due();
        match sums.iter_mut().find(|sum| sum.currency() == due.currency()) {
            Some(sum) => *sum = sum.plus(due)?,
            None => sums.push(due),
        }
    }
    Ok(sums)
}

fn open_invoice(app: &App, visit: &Visit, invoice: &Invoice) -> OpenInvoice {
    let (state, tone) = invoice_state(invoice, app.now(), visit.language);
    OpenInvoice {
        number: invoice.display_number().to_owned(),
        state,
        tone,
        due: dates::day(invoice.date_due.date_in(&visit.company.zone()), visit.language),
        amount: numbers::money(invoice.due(), visit.language),
        url: format!("/invoice/{}", invoice.public_id),
    }
}
