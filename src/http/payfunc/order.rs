//! Orders: made, shown, paid in another way, and what happens to them.

use actix_web::HttpRequest;
use actix_web::web::{Data as Shared, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::answer::{Answer, Json, token, wants_json};
use super::wire::order::{NewOrder, NewOrderEvent, OrderEventShown, OrderEvents, OrderShown};
use super::wire::payment::{NewOrderPayment, payment_of};
use super::{AccountRefusal, AnyCaller, PrivateCaller, Written};
use crate::app::App;
use crate::domain::id::SalesOrderId;
use crate::domain::sales_order::SalesOrder;
use crate::domain::time::{DAY, Timestamp, parse_date};
use crate::error::{Error, Result};

/// Orders of one request that events happen to, and events of one order.
const EVENTS_MAX: usize = 50;

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderQuery {
    /// Made from this instant, or from the beginning of this day, on.
    #[param(max_length = 40, pattern = r"^\d{4}-\d{2}-\d{2}", example = "2026-01-01")]
    pub start: Option<String>,
    /// Made before this instant, or before the end of this day.
    #[param(max_length = 40, pattern = r"^\d{4}-\d{2}-\d{2}", example = "2026-12-31")]
    pub end: Option<String>,
}

/// `POST /order`: makes an order and takes its money; answers a signed token, or JSON to who asks for it.
#[utoipa::path(post, path = "/order", tag = "Orders", request_body = NewOrder,
    responses((status = 200, body = OrderShown), (status = 400, body = AccountRefusal)))]
pub async fn create(app: Shared<App>, caller: AnyCaller, http: HttpRequest, request: Written) -> Answer {
    let command = request.object::<NewOrder>()?.into_command(&app)?;
    let order = app.order_create(&request.named(&caller), command).await?;
    shown(&app, &http, &order).await
}

/// `GET /order`: orders by the time they were made, at most 1000, the oldest first.
#[utoipa::path(get, path = "/order", tag = "Orders", params(OrderQuery),
    responses((status = 200, body = Vec<OrderShown>), (status = 400, body = AccountRefusal)))]
pub async fn list(app: Shared<App>, caller: PrivateCaller, query: Query<OrderQuery>) -> Answer {
    let start = query.start.as_deref().map(|text| instant_of("query.start", text, 0)).transpose()?;
    let end = query.end.as_deref().map(|text| instant_of("query.end", text, DAY)).transpose()?;
    let orders = app.order_list(&caller, start, end)?;
    Json::answer(&orders.iter().map(OrderShown::of).collect::<Result<Vec<_>>>()?)
}

/// `GET /order/{order}`: an order.
#[utoipa::path(get, path = "/order/{order}", tag = "Orders",
    responses((status = 200, body = OrderShown), (status = 404, body = AccountRefusal)))]
pub async fn show(app: Shared<App>, caller: PrivateCaller, http: HttpRequest, order: Path<String>) -> Answer {
    let order = app.order_find(&caller, &id_of(&order)?)?;
    match http.headers().get(actix_web::http::header::ACCEPT).and_then(|value| value.to_str().ok()) {
        Some(accept) if accept.contains("application/jwt") => Ok(token(app.order_signed(&order).await?)),
        _ => Json::answer(&OrderShown::of(&order)?),
    }
}

/// `GET /order/{order}/receipt`: what the customer has bought and paid.
#[utoipa::path(get, path = "/order/{order}/receipt", tag = "Orders",
    responses((status = 200, body = Object), (status = 404, body = AccountRefusal)))]
pub async fn receipt(app: Shared<App>, caller: PrivateCaller, order: Path<String>) -> Answer {
    let (order, company) = (app.order_find(&caller, &id_of(&order)?)?, app.company_find(&caller)?);
    let shown = OrderShown::of(&order)?;
    Json::answer(&json!({
        "id": shown.id,
        "number": shown.number,
        "date": shown.created,
        "merchant": { "name": company.name, "email": company.email, "phone": company.phone },
        "account": shown.account,
        "customer": shown.details.get("customer"),
        "items": shown.items,
        "amount": shown.payment.amount,
        "vat": super::wire::Major::of_money(order.tax),
        "currency": shown.currency,
        "payment": shown.payment,
        "status": shown.status,
    }))
}

/// `PUT /order/{order}/payment`: pays it in another way, at once.
#[utoipa::path(put, path = "/order/{order}/payment", tag = "Orders", request_body = NewOrderPayment,
    responses((status = 200, body = OrderShown), (status = 400, body = AccountRefusal)))]
pub async fn set_payment(app: Shared<App>, caller: PrivateCaller, order: Path<String>, request: Written) -> Answer {
    let id = id_of(&order)?;
    let own = app.order_find(&caller, &id)?.customer_id;
    let change = payment_of(&app, &request.value()?, own.as_ref())?;
    let order = app.order_payment_change(&request.named(&caller), &id, change).await?;
    Json::answer(&OrderShown::of(&order)?)
}

/// `POST /order/{order}/event`: lets an event happen; answers it as it happened.
#[utoipa::path(post, path = "/order/{order}/event", tag = "Orders", request_body = NewOrderEvent,
    responses((status = 200, body = OrderEventShown), (status = 400, body = AccountRefusal)))]
pub async fn add_event(app: Shared<App>, caller: PrivateCaller, order: Path<String>, request: Written) -> Answer {
    let new = request.object::<NewOrderEvent>()?.into_command()?;
    let order = app.order_event_add(&request.named(&caller), &id_of(&order)?, new).await?;
    let event = order.events.last().ok_or_else(|| Error::internal("an event did not happen"))?;
    Json::answer(&OrderEventShown::from(event))
}

/// `PATCH /order`: lets events happen to several orders; each is done on its own.
#[utoipa::path(patch, path = "/order", tag = "Orders", request_body = Vec<OrderEvents>,
    responses((status = 200, body = Vec<OrderShown>), (status = 400, body = AccountRefusal), (status = 404, body = AccountRefusal)))]
pub async fn add_events(app: Shared<App>, caller: PrivateCaller, request: Written) -> Answer {
    let value: Value = request.value()?;
    let several: Vec<OrderEvents> = serde_json::from_value(value)
        .map_err(|_| Error::invalid("body", "must be a list of {id, event}, each event with its type"))?;
    if several.is_empty() || several.iter().map(|one| one.event.len()).sum::<usize>() > EVENTS_MAX {
        return Err(Error::invalid("body", format!("must hold 1 to {EVENTS_MAX} events")).into());
    }
    let caller = request.named(&caller);
    let mut shown = Vec::new();
    for (at, one) in several.into_iter().enumerate() {
        let id = id_of(&one.id)?;
        for (nth, event) in one.event.into_iter().enumerate() {
            let caller = caller.part(&format!("{at}/{nth}"));
            app.order_event_add(&caller, &id, event.into_command()?).await?;
        }
        shown.push(OrderShown::of(&app.order_find(&caller, &id)?)?);
    }
    Json::answer(&shown)
}

async fn shown(app: &App, http: &HttpRequest, order: &SalesOrder) -> Answer {
    if wants_json(http) {
        return Json::answer(&OrderShown::of(order)?);
    }
    Ok(token(app.order_signed(order).await?))
}

fn id_of(text: &str) -> Result<SalesOrderId> {
    SalesOrderId::parse(text).ok_or_else(|| Error::not_found("order", text))
}

/// An instant, or the beginning of a day and `after_us` microseconds.
fn instant_of(field: &str, text: &str, after_us: i64) -> Result<Timestamp> {
    let midnight = |text: &str| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"));
    let day = parse_date(text).and_then(|_| midnight(text)).map(|at| at.plus(after_us));
    let found = day.or_else(|| Timestamp::parse_rfc3339(text));
    found.ok_or_else(|| Error::invalid(field, "must be a date or a time such as \"2026-01-31T00:00:00Z\""))
}
