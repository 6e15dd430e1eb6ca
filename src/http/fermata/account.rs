//! Accounts and their cards.

use actix_web::web::{Data as Shared, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::id_of;
use super::envelope::{Answer, page_asked};
use super::wire::account::{NewTreasuryAccount, NewTreasuryCard, TreasuryAccount, TreasuryAccountChange};
use super::{Data, FermataCaller, List, TreasuryRefusal, Written};
use crate::app::App;
use crate::app::prepaid_plan::AccountCharged;
use crate::error::{Error, Result};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows at most, 1 to 500; 50 where it is left out.
    #[param(max_length = 3, pattern = r"^[1-9][0-9]{0,2}$", example = "50")]
    pub limit: Option<String>,
    /// `next_cursor` of the page before.
    #[param(max_length = 16, pattern = r"^[0-9a-f]+$", example = "1f")]
    pub cursor: Option<String>,
}

/// `POST /companies/{company}/accounts`: makes an account; 202 while the charge for its plan is being confirmed.
#[utoipa::path(post, path = "/companies/{company}/accounts", tag = "Treasury accounts",
    request_body = NewTreasuryAccount,
    responses((status = 200, body = Data<TreasuryAccount>), (status = 202, body = Data<TreasuryAccount>),
        (status = 402, body = TreasuryRefusal), (status = 422, body = TreasuryRefusal)))]
pub async fn create(app: Shared<App>, request: Written) -> Answer {
    let command = request.object::<NewTreasuryAccount>()?.into_command()?;
    let charged = app.account_create(&request.caller, command).await?;
    let id = charged.account.record.customer.id.clone();
    answered(charged.let_through().map_err(|why| naming(why, id.as_str())))
}

/// `GET /companies/{company}/accounts`: accounts, newest first.
#[utoipa::path(get, path = "/companies/{company}/accounts", tag = "Treasury accounts", params(PageQuery),
    responses((status = 200, body = List<TreasuryAccount>), (status = 422, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, query: Query<PageQuery>) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let page = app.account_list(&caller, asked)?;
    Ok(List::answer(page, TreasuryAccount::from))
}

/// `GET /accounts/{account}`: an account.
#[utoipa::path(get, path = "/accounts/{account}", tag = "Treasury accounts",
    responses((status = 200, body = Data<TreasuryAccount>), (status = 404, body = TreasuryRefusal)))]
pub async fn show(app: Shared<App>, caller: FermataCaller, account: Path<String>) -> Answer {
    let account = app.account_find(&caller, &id_of("a_", &account)?)?;
    Ok(Data::answer(TreasuryAccount::from(account)))
}

/// `PUT /accounts/{account}`: changes an account.
#[utoipa::path(put, path = "/accounts/{account}", tag = "Treasury accounts", request_body = TreasuryAccountChange,
    responses((status = 200, body = Data<TreasuryAccount>), (status = 422, body = TreasuryRefusal)))]
pub async fn update(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let change = request.object::<TreasuryAccountChange>()?.into_command()?;
    let account = app.account_update(&request.caller, &id_of("a_", &account)?, change).await?;
    Ok(Data::answer(TreasuryAccount::from(account)))
}

/// `POST /accounts/{account}/card`: this card pays from now on, and at once for a plan that waits for it.
#[utoipa::path(post, path = "/accounts/{account}/card", tag = "Treasury accounts", request_body = NewTreasuryCard,
    responses((status = 200, body = Data<TreasuryAccount>), (status = 202, body = Data<TreasuryAccount>),
        (status = 402, body = TreasuryRefusal), (status = 422, body = TreasuryRefusal)))]
pub async fn create_card(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let card = request.object::<NewTreasuryCard>()?;
    answered(app.account_card_set(&request.caller, &id_of("a_", &account)?, card.token).await?.let_through())
}

/// An account whose card was not refused.
pub(super) fn answered(charged: Result<AccountCharged>) -> Answer {
    let charged = charged?;
    let is_confirming = charged.is_confirming();
    Ok(Data::confirming(TreasuryAccount::from(charged.account), is_confirming))
}

/// A refusal with the account that is there all the same.
fn naming(why: Error, account: &str) -> Error {
    match why {
        Error::Refused(refusal) => refusal.with("account_id", account).into(),
        other => other,
    }
}
