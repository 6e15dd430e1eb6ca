//! Prices of usage events.

use actix_web::web::{Data as Shared, Path, Query};

use super::account::PageQuery;
use super::envelope::{Answer, page_asked};
use super::wire::denomination;
use super::wire::event::event_type;
use super::wire::price::{NewPrice, TreasuryPrice};
use super::{Data, FermataCaller, List, TreasuryRefusal, Written};
use crate::app::App;
use crate::domain::currency::Denomination;
use crate::domain::usage_event::{Cost, EventPrice, EventType};
use crate::error::Result;

/// `GET /companies/{company}/prices`: all prices, newest first.
#[utoipa::path(get, path = "/companies/{company}/prices", tag = "Treasury prices", params(PageQuery),
    responses((status = 200, body = List<TreasuryPrice>), (status = 422, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, query: Query<PageQuery>) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let page = app.event_price_list(&caller, asked)?;
    Ok(List::answer(page, TreasuryPrice::from))
}

/// `GET /companies/{company}/prices/{event_type}/{denomination}`: what one unit of a type costs.
#[utoipa::path(get, path = "/companies/{company}/prices/{event_type}/{denomination}", tag = "Treasury prices",
    responses((status = 200, body = Data<TreasuryPrice>), (status = 404, body = TreasuryRefusal)))]
pub async fn show(app: Shared<App>, caller: FermataCaller, of: Path<(String, String, String)>) -> Answer {
    let (kind, denomination) = named(&of)?;
    let price = app.event_price_find(&caller, &kind, &denomination)?;
    Ok(Data::answer(TreasuryPrice::from(price)))
}

/// `PUT /companies/{company}/prices/{event_type}/{denomination}`: sets what one unit of a type costs.
#[utoipa::path(put, path = "/companies/{company}/prices/{event_type}/{denomination}", tag = "Treasury prices",
    request_body = NewPrice,
    responses((status = 200, body = Data<TreasuryPrice>), (status = 422, body = TreasuryRefusal)))]
pub async fn update(app: Shared<App>, request: Written, of: Path<(String, String, String)>) -> Answer {
    let (kind, denomination) = named(&of)?;
    let amount = request.object::<NewPrice>()?.amount;
    let price = EventPrice { kind, cost: Cost { denomination, amount } };
    let price = app.event_price_set(&request.caller, price).await?;
    Ok(Data::answer(TreasuryPrice::from(price)))
}

/// `DELETE /companies/{company}/prices/{event_type}/{denomination}`: takes a price away.
#[utoipa::path(delete, path = "/companies/{company}/prices/{event_type}/{denomination}", tag = "Treasury prices",
    responses((status = 200, body = Data<TreasuryPrice>), (status = 404, body = TreasuryRefusal)))]
pub async fn delete(app: Shared<App>, request: Written, of: Path<(String, String, String)>) -> Answer {
    let (kind, denomination) = named(&of)?;
    let price = app.event_price_delete(&request.caller, &kind, &denomination).await?;
    Ok(Data::answer(TreasuryPrice::deleted(price)))
}

fn named((_, kind, unit): &(String, String, String)) -> Result<(EventType, Denomination)> {
    Ok((event_type("event_type", kind)?, denomination("denomination", unit)?))
}
