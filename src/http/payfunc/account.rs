//! Accounts: made, shown, changed, and their keys.

use actix_web::HttpResponse;
use actix_web::web::{Data as Shared, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::{Answer, Json, token};
use super::auth::account_of;
use super::wire::account::{AccountChange, AccountShown, NewAccount};
use super::wire::customer::{customer_of, customer_shown};
use super::{AccountRefusal, AnyCaller, OwnCaller, PrivateCaller, Written};
use crate::app::App;
use crate::domain::page::PageAsked;
use crate::error::Error;
use crate::limits;

/// The header with the place where the next page of accounts begins.
const NEXT: &str = "x-next-cursor";

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountQuery {
    /// Accounts at most, 1 to 1000, which is what is answered where it is left out.
    #[param(max_length = 4, pattern = r"^[1-9][0-9]{0,2}$", example = "50")]
    pub limit: Option<String>,
    /// `x-next-cursor` of the answer before.
    #[param(max_length = 15, pattern = r"^[1-9][0-9]{0,14}$", example = "31")]
    pub cursor: Option<String>,
}

/// `POST /account`: makes an account, which is a customer in every API.
#[utoipa::path(post, path = "/account", tag = "Accounts", request_body = NewAccount,
    responses((status = 200, body = AccountShown), (status = 400, body = AccountRefusal)))]
pub async fn create(app: Shared<App>, caller: AnyCaller, request: Written) -> Answer {
    let command = request.object::<NewAccount>()?.into_command()?;
    let account = app.billing_account_create(&request.named(&caller), command).await?;
    Json::answer(&AccountShown::from(account))
}

/// `GET /account`: accounts, the youngest first.
#[utoipa::path(get, path = "/account", tag = "Accounts", params(AccountQuery),
    responses((status = 200, body = Vec<AccountShown>), (status = 400, body = AccountRefusal)))]
pub async fn list(app: Shared<App>, caller: PrivateCaller, query: Query<AccountQuery>) -> Answer {
    let page = app.billing_account_list(&caller, page_asked(&query)?)?;
    let accounts: Vec<AccountShown> = page.rows.into_iter().map(AccountShown::from).collect();
    let mut answer: HttpResponse = Json::answer(&accounts)?;
    if let Some(next) = page.next {
        answer.headers_mut().insert(actix_web::http::header::HeaderName::from_static(NEXT), next.into());
    }
    Ok(answer)
}

/// `GET /account/{account}`: an account.
#[utoipa::path(get, path = "/account/{account}", tag = "Accounts",
    responses((status = 200, body = AccountShown), (status = 404, body = AccountRefusal)))]
pub async fn show(app: Shared<App>, caller: OwnCaller, account: Path<String>) -> Answer {
    let account = app.billing_account_find(&caller, &account_of(&caller, &account)?)?;
    Json::answer(&AccountShown::from(account))
}

/// `PATCH /account/{account}`: changes limit, currency or schedule; the due date is counted anew.
#[utoipa::path(patch, path = "/account/{account}", tag = "Accounts", request_body = AccountChange,
    responses((status = 200, body = AccountShown), (status = 400, body = AccountRefusal)))]
pub async fn update(app: Shared<App>, caller: PrivateCaller, account: Path<String>, request: Written) -> Answer {
    let change = request.object_or_nothing::<AccountChange>()?.into_command()?;
    let account = account_of(&caller, &account)?;
    let account = app.billing_account_update(&request.named(&caller), &account, change).await?;
    Json::answer(&AccountShown::from(account))
}

/// `POST /account/{account}`: a key of the account, good for three days.
#[utoipa::path(post, path = "/account/{account}", tag = "Accounts",
    responses((status = 200, content_type = "application/jwt", body = String), (status = 404, body = AccountRefusal)))]
pub async fn create_key(app: Shared<App>, caller: PrivateCaller, account: Path<String>) -> Answer {
    Ok(token(app.account_key_issue(&caller, &account_of(&caller, &account)?)?))
}

/// `PUT /account/{account}/customer`: says whose the account is.
#[utoipa::path(put, path = "/account/{account}/customer", tag = "Accounts",
    request_body(content = Object, example = json!({ "type": "person", "name": "Max Exampleperson" })),
    responses((status = 200, body = Object), (status = 400, body = AccountRefusal)))]
pub async fn set_customer(app: Shared<App>, caller: OwnCaller, account: Path<String>, request: Written) -> Answer {
    let given = customer_of(&request.value()?)?;
    let account = account_of(&caller, &account)?;
    let shown = app.billing_account_customer_set(&request.named(&caller), &account, given).await?;
    Json::answer(&customer_shown(shown.terms.customer_json.as_deref(), &shown.record))
}

fn page_asked(query: &AccountQuery) -> Result<PageAsked, Error> {
    let max = limits::ACCOUNTS_PAGE_MAX;
    let limit = query.limit.as_deref().map_or(Ok(max), |text| {
        let limit = text.parse::<u32>().ok().filter(|limit| (1..=max).contains(limit));
        limit.ok_or_else(|| Error::invalid("query.limit", format!("must be 1 to {max}")))
    });
    let before = query.cursor.as_deref().map(|text| {
        let key = text.parse::<i64>().ok().filter(|key| *key > 0);
        key.ok_or_else(|| Error::invalid("query.cursor", "is not one that a list gave"))
    });
    Ok(PageAsked { limit: limit?, before: before.transpose()? })
}
