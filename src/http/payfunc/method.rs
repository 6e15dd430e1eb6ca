//! What pays for an account.

use actix_web::web::{Data as Shared, Path};

use super::answer::{Answer, Json};
use super::auth::account_of;
use super::wire::account::AccountShown;
use super::wire::method::{MethodShown, NewAccountMethod, tokens_of};
use super::{AccountRefusal, OwnCaller, Written};
use crate::app::App;

/// `POST /account/{account}/method`: adds a card, behind the others.
#[utoipa::path(post, path = "/account/{account}/method", tag = "Accounts", request_body = NewAccountMethod,
    responses((status = 200, body = MethodShown), (status = 400, body = AccountRefusal)))]
pub async fn create(app: Shared<App>, caller: OwnCaller, account: Path<String>, request: Written) -> Answer {
    let method = request.object::<NewAccountMethod>()?.into_command()?;
    let account = account_of(&caller, &account)?;
    let added = app.billing_account_method_add(&request.named(&caller), &account, method).await?;
    Json::answer(&MethodShown::from(added))
}

/// `PUT /account/{account}/methods`: the cards in a new order; the ones left out are taken away.
#[utoipa::path(put, path = "/account/{account}/methods", tag = "Accounts",
    request_body(content = Vec<Object>, example = json!([])),
    responses((status = 200, body = AccountShown), (status = 400, body = AccountRefusal)))]
pub async fn set(app: Shared<App>, caller: OwnCaller, account: Path<String>, request: Written) -> Answer {
    let tokens = tokens_of(&request.value()?)?;
    let account = account_of(&caller, &account)?;
    let account = app.billing_account_methods_set(&request.named(&caller), &account, tokens).await?;
    Json::answer(&AccountShown::from(account))
}
