//! Balances, and events that move one of them.

use actix_web::web::{Data as Shared, Path, Query};

use super::account::PageQuery;
use super::auth::id_of;
use super::envelope::{Answer, page_asked};
use super::event::{commands, let_through};
use super::request::OneOrMany;
use super::wire::balance::{BalanceSwitches, BalanceWithEvent, TreasuryBalance};
use super::wire::denomination;
use super::wire::event::{EventsSubmitted, NewBalanceEvent, TreasuryEvent};
use super::{Data, FermataCaller, List, TreasuryRefusal, Written};
use crate::app::App;
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::error::{Error, Result};

/// `GET /accounts/{account}/balances`: the touched balances, newest first.
#[utoipa::path(get, path = "/accounts/{account}/balances", tag = "Treasury balances", params(PageQuery),
    responses((status = 200, body = List<TreasuryBalance>), (status = 404, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, account: Path<String>, query: Query<PageQuery>) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let page = app.balance_list(&caller, &id_of("a_", &account)?, asked)?;
    Ok(List::answer(page, TreasuryBalance::from))
}

/// `GET /accounts/{account}/balance/{denomination}`: a balance; zeros where nothing touched it.
#[utoipa::path(get, path = "/accounts/{account}/balance/{denomination}", tag = "Treasury balances",
    responses((status = 200, body = Data<TreasuryBalance>), (status = 404, body = TreasuryRefusal)))]
pub async fn show(app: Shared<App>, caller: FermataCaller, of: Path<(String, String)>) -> Answer {
    let (account, denomination) = named(&of)?;
    let balance = app.balance_find(&caller, &account, &denomination)?;
    Ok(Data::answer(TreasuryBalance::from(balance)))
}

/// `POST /accounts/{account}/balance/{denomination}`: adds to a balance, or takes from it; a list is one transaction.
#[utoipa::path(post, path = "/accounts/{account}/balance/{denomination}", tag = "Treasury balances",
    request_body = NewBalanceEvent,
    responses((status = 200, body = Data<BalanceWithEvent>), (status = 402, body = TreasuryRefusal)))]
pub async fn add(app: Shared<App>, request: Written, of: Path<(String, String)>) -> Answer {
    let (account, denomination) = named(&of)?;
    match request.one_or_many::<NewBalanceEvent>()? {
        OneOrMany::One(new) => {
            let new = new.into_command(&denomination)?;
            let recorded = let_through(app.usage_event_record(&request.caller, &account, new).await?)?;
            let balance = recorded.balance.ok_or_else(|| Error::internal("an event of a balance has no balance"))?;
            let event = TreasuryEvent::of(recorded.event, &app.company_id()?);
            Ok(Data::answer(BalanceWithEvent { balance: balance.into(), event }))
        }
        OneOrMany::Many(news) => {
            let news = commands(news, |new| new.into_command(&denomination))?;
            let events = app.usage_events_record(&request.caller, &account, news).await?;
            Ok(Data::answer(EventsSubmitted::from(events)))
        }
    }
}

/// `PUT /accounts/{account}/balance/{denomination}`: the switches of a balance.
#[utoipa::path(put, path = "/accounts/{account}/balance/{denomination}", tag = "Treasury balances",
    request_body = BalanceSwitches,
    responses((status = 200, body = Data<TreasuryBalance>), (status = 422, body = TreasuryRefusal)))]
pub async fn update(app: Shared<App>, request: Written, of: Path<(String, String)>) -> Answer {
    let (account, denomination) = named(&of)?;
    let change = request.object::<BalanceSwitches>()?.into();
    let balance = app.balance_change(&request.caller, &account, &denomination, change).await?;
    Ok(Data::answer(TreasuryBalance::from(balance)))
}

/// The balance that a path names.
pub(super) fn named((account, unit): &(String, String)) -> Result<(CustomerId, Denomination)> {
    Ok((id_of("a_", account)?, denomination("denomination", unit)?))
}
