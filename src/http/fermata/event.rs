//! Usage events.

use actix_web::web::{Data as Shared, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::id_of;
use super::envelope::{Answer, page_asked};
use super::request::OneOrMany;
use super::wire::event::{
    EventEnd, EventWithBalance, EventsSubmitted, FinalState, NewTreasuryEvent, TreasuryEvent, event_type,
};
use super::{Data, FermataCaller, FermataError, List, TreasuryRefusal, Written};
use crate::app::usage_event::{RecordUsage, UsageRecorded};
use crate::app::{App, Caller};
use crate::domain::id::CustomerId;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::usage_event::{EventState, GateReason, UsageFilter};
use crate::error::{Error, Result};

/// Which events, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Rows at most, 1 to 500; 50 where it is left out.
    #[param(max_length = 3, pattern = r"^[1-9][0-9]{0,2}$", example = "50")]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(max_length = 16, pattern = r"^[0-9a-f]+$", example = "1f")]
    cursor: Option<String>,
    /// Only events in this state.
    #[param(pattern = "^(pending|complete|completed|cancelled|gated)$", example = "complete")]
    state: Option<String>,
    /// Only events of this type.
    #[serde(rename = "type")]
    #[param(pattern = r"^[A-Za-z0-9_.:-]{1,64}$", example = "CHAT")]
    kind: Option<String>,
    /// Only events of this account; in the company's list.
    #[param(pattern = r"^a_[A-Za-z0-9._^-]+$", example = "a_0Qk1s3bTz8Yw2LmN")]
    account_id: Option<String>,
}

/// `POST /accounts/{account}/events`: records one event, or a list of them in one transaction.
#[utoipa::path(post, path = "/accounts/{account}/events", tag = "Treasury events",
    request_body = NewTreasuryEvent,
    responses((status = 200, body = Data<EventWithBalance>), (status = 402, body = TreasuryRefusal)))]
pub async fn create(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let account = id_of("a_", &account)?;
    match request.one_or_many::<NewTreasuryEvent>()? {
        OneOrMany::One(new) => {
            let recorded = app.usage_event_record(&request.caller, &account, new.into_command()?).await?;
            Ok(Data::answer(shown(&app, let_through(recorded)?)?))
        }
        OneOrMany::Many(news) => {
            let news = commands(news, NewTreasuryEvent::into_command)?;
            let events = app.usage_events_record(&request.caller, &account, news).await?;
            Ok(Data::answer(EventsSubmitted::from(events)))
        }
    }
}

/// `GET /accounts/{account}/events`: an account's events, newest first.
#[utoipa::path(get, path = "/accounts/{account}/events", tag = "Treasury events", params(EventQuery),
    responses((status = 200, body = List<TreasuryEvent>), (status = 404, body = TreasuryRefusal)))]
pub async fn list_of_account(
    app: Shared<App>,
    caller: FermataCaller,
    account: Path<String>,
    query: Query<EventQuery>,
) -> Answer {
    found(&app, &caller, Some(id_of("a_", &account)?), &query)
}

/// `GET /companies/{company}/events`: all events, newest first.
#[utoipa::path(get, path = "/companies/{company}/events", tag = "Treasury events", params(EventQuery),
    responses((status = 200, body = List<TreasuryEvent>), (status = 422, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, query: Query<EventQuery>) -> Answer {
    let account = query.account_id.as_deref().map(|text| id_of("a_", text)).transpose()?;
    found(&app, &caller, account, &query)
}

/// `GET /events/{event}`: an event.
#[utoipa::path(get, path = "/events/{event}", tag = "Treasury events",
    responses((status = 200, body = Data<EventWithBalance>), (status = 404, body = TreasuryRefusal)))]
pub async fn show(app: Shared<App>, caller: FermataCaller, event: Path<String>) -> Answer {
    let recorded = app.usage_event_find(&caller, &id_of("e_", &event)?)?;
    Ok(Data::answer(shown(&app, recorded)?))
}

/// `PUT /events/{event}`: completes or cancels a pending event.
#[utoipa::path(put, path = "/events/{event}", tag = "Treasury events", request_body = EventEnd,
    responses((status = 200, body = Data<EventWithBalance>), (status = 409, body = TreasuryRefusal)))]
pub async fn update(app: Shared<App>, request: Written, event: Path<String>) -> Answer {
    let is_complete = request.object::<EventEnd>()?.state == FinalState::Complete;
    let recorded = app.usage_event_finish(&request.caller, &id_of("e_", &event)?, is_complete).await?;
    Ok(Data::answer(shown(&app, recorded)?))
}

/// The commands of a list; a refusal names the item.
pub(super) fn commands<T>(news: Vec<T>, into_command: impl Fn(T) -> Result<RecordUsage>) -> Result<Vec<RecordUsage>> {
    let numbered = news.into_iter().enumerate();
    numbered.map(|(at, new)| into_command(new).map_err(|why| why.under(&format!("[{at}]")))).collect()
}

/// A recorded event, unless a gate refused it.
pub(super) fn let_through(recorded: UsageRecorded) -> Result<UsageRecorded, FermataError> {
    let Some(refused) = &recorded.event.refusal else { return Ok(recorded) };
    let unit = &refused.denomination;
    let (code, text) = match refused.reason {
        GateReason::Insufficient => (
            RefusalCode::InsufficientBalance,
            format!(
                "The balance in {unit} does not cover it: {} needed, {} available.",
                refused.needed, refused.available
            ),
        ),
        GateReason::Paused => (RefusalCode::BalancePaused, format!("The balance in {unit} is paused.")),
    };
    Err(Refusal::new(code, text)
        .with("event_id", recorded.event.id.as_str())
        .with("denomination", unit.as_str())
        .with_number("needed", refused.needed)
        .with_number("available", refused.available)
        .into())
}

fn shown(app: &App, recorded: UsageRecorded) -> Result<EventWithBalance> {
    let UsageRecorded { event, balance } = recorded;
    let event = TreasuryEvent::of(event, &app.company_id()?);
    Ok(EventWithBalance { event, balance: balance.map(Into::into) })
}

fn found(app: &App, caller: &Caller, customer_id: Option<CustomerId>, query: &EventQuery) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let state = query.state.as_deref().map(state_of).transpose()?;
    let kind = query.kind.as_deref().map(|text| event_type("type", text)).transpose()?;
    let page = app.usage_event_list(caller, &UsageFilter { customer_id, kind, state }, asked)?;
    let company = app.company_id()?;
    Ok(List::answer(page, |event| TreasuryEvent::of(event, &company)))
}

fn state_of(text: &str) -> Result<EventState> {
    let text = if text == "completed" { "complete" } else { text };
    EventState::parse(text).ok_or_else(|| Error::invalid("state", "must be pending, complete, cancelled or gated"))
}
