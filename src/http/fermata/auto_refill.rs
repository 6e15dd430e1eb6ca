//! Auto refills, in both spellings.

use actix_web::web::{Data as Shared, Path, Query};

use super::account::PageQuery;
use super::auth::id_of;
use super::balance::named;
use super::envelope::{Answer, page_asked};
use super::wire::auto_refill::{NewAutoRefill, NewBalanceRefill, RetryRefill, TreasuryAutoRefill};
use super::{Data, FermataCaller, List, TreasuryRefusal, Written};
use crate::app::App;
use crate::app::auto_refill::RefillRetried;
use crate::domain::auto_refill::RefillStatus;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::error::Result;

/// `PUT /accounts/{account}/balance/{denomination}/autorefill`: sets the auto refill of a balance.
#[utoipa::path(put, path = "/accounts/{account}/balance/{denomination}/autorefill", tag = "Treasury refills",
    request_body = NewBalanceRefill,
    responses((status = 200, body = Data<TreasuryAutoRefill>), (status = 422, body = TreasuryRefusal)))]
pub async fn update_of_balance(app: Shared<App>, request: Written, of: Path<(String, String)>) -> Answer {
    let (account, denomination) = named(&of)?;
    let command = request.object::<NewBalanceRefill>()?.into_command(account, denomination)?;
    let set = app.auto_refill_set(&request.caller, command).await?;
    Ok(Data::answer(TreasuryAutoRefill::from(set)))
}

/// `GET /accounts/{account}/balance/{denomination}/autorefill`: the auto refill of a balance.
#[utoipa::path(get, path = "/accounts/{account}/balance/{denomination}/autorefill", tag = "Treasury refills",
    responses((status = 200, body = Data<TreasuryAutoRefill>), (status = 404, body = TreasuryRefusal)))]
pub async fn show_of_balance(app: Shared<App>, caller: FermataCaller, of: Path<(String, String)>) -> Answer {
    let (account, denomination) = named(&of)?;
    let found = app.auto_refill_find(&caller, &account, &denomination)?;
    Ok(Data::answer(TreasuryAutoRefill::from(found)))
}

/// `PUT /accounts/{account}/auto_refill`: the same, with the denomination in the body.
#[utoipa::path(put, path = "/accounts/{account}/auto_refill", tag = "Treasury refills", request_body = NewAutoRefill,
    responses((status = 200, body = Data<TreasuryAutoRefill>), (status = 422, body = TreasuryRefusal)))]
pub async fn update(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let command = request.object::<NewAutoRefill>()?.into_command(id_of("a_", &account)?)?;
    let set = app.auto_refill_set(&request.caller, command).await?;
    Ok(Data::answer(TreasuryAutoRefill::from(set)))
}

/// `GET /accounts/{account}/auto_refill`: the auto refills of an account, newest first.
#[utoipa::path(get, path = "/accounts/{account}/auto_refill", tag = "Treasury refills", params(PageQuery),
    responses((status = 200, body = List<TreasuryAutoRefill>), (status = 404, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, account: Path<String>, query: Query<PageQuery>) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let page = app.auto_refill_list(&caller, &id_of("a_", &account)?, asked)?;
    Ok(List::answer(page, TreasuryAutoRefill::from))
}

/// `POST /accounts/{account}/auto_refill/retry`: buys once now; 202 while the charge is being confirmed.
#[utoipa::path(post, path = "/accounts/{account}/auto_refill/retry", tag = "Treasury refills",
    request_body = RetryRefill,
    responses((status = 200, body = Data<TreasuryAutoRefill>), (status = 202, body = Data<TreasuryAutoRefill>),
        (status = 402, body = TreasuryRefusal), (status = 409, body = TreasuryRefusal)))]
pub async fn retry(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let (account, asked) = (id_of("a_", &account)?, request.object::<RetryRefill>()?);
    let made = let_through(app.auto_refill_retry(&request.caller, &account, &asked.denomination()?).await?)?;
    let is_confirming = made.refill.status == RefillStatus::Confirming;
    Ok(Data::confirming(TreasuryAutoRefill::from(made.shown), is_confirming))
}

/// A refill, unless the card refused to pay for it.
fn let_through(made: RefillRetried) -> Result<RefillRetried> {
    let Some(decline) = made.charge.as_ref().and_then(|charge| charge.decline) else { return Ok(made) };
    let refusal = Refusal::new(RefusalCode::PaymentDeclined, "The card was declined; nothing was refilled.");
    Err(refusal.with("decline_code", decline.word()).with("decline_kind", decline.kind()).into())
}
