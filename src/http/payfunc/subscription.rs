//! Subscriptions of accounts; each answer is all of the account's.

use actix_web::web::{Data as Shared, Path};

use super::answer::{Answer, Json};
use super::auth::account_of;
use super::wire::subscription::{AccountSubscriptionChange, AccountSubscriptionShown, NewAccountSubscription};
use super::{AccountRefusal, OwnCaller, PrivateCaller, Written};
use crate::app::App;
use crate::app::billing_account::BillingAccountShown;

/// `POST /account/{account}/subscription`: begins a subscription.
#[utoipa::path(post, path = "/account/{account}/subscription", tag = "Accounts", request_body = NewAccountSubscription,
    responses((status = 200, body = Vec<AccountSubscriptionShown>), (status = 400, body = AccountRefusal)))]
pub async fn create(app: Shared<App>, caller: PrivateCaller, account: Path<String>, request: Written) -> Answer {
    let new = request.object::<NewAccountSubscription>()?.into_command()?;
    let account = account_of(&caller, &account)?;
    shown(app.account_subscription_create(&request.named(&caller), &account, new).await?)
}

/// `PUT /account/{account}/subscription/{subscription}`: puts another in its place.
#[utoipa::path(put, path = "/account/{account}/subscription/{subscription}", tag = "Accounts",
    request_body = NewAccountSubscription,
    responses((status = 200, body = Vec<AccountSubscriptionShown>), (status = 400, body = AccountRefusal)))]
pub async fn replace(
    app: Shared<App>,
    caller: PrivateCaller,
    path: Path<(String, String)>,
    request: Written,
) -> Answer {
    let new = request.object::<NewAccountSubscription>()?.into_command()?;
    let (account, id) = path.into_inner();
    let account = account_of(&caller, &account)?;
    shown(app.account_subscription_replace(&request.named(&caller), &account, id, new).await?)
}

/// `PATCH /account/{account}/subscription/{subscription}`: changes parts of it.
#[utoipa::path(patch, path = "/account/{account}/subscription/{subscription}", tag = "Accounts",
    request_body = AccountSubscriptionChange,
    responses((status = 200, body = Vec<AccountSubscriptionShown>), (status = 400, body = AccountRefusal)))]
pub async fn update(app: Shared<App>, caller: PrivateCaller, path: Path<(String, String)>, request: Written) -> Answer {
    let change = request.object_or_nothing::<AccountSubscriptionChange>()?.into_command()?;
    let (account, id) = path.into_inner();
    let account = account_of(&caller, &account)?;
    shown(app.account_subscription_update(&request.named(&caller), &account, id, change).await?)
}

/// `DELETE /account/{account}/subscription/{subscription}`: ends it today.
#[utoipa::path(delete, path = "/account/{account}/subscription/{subscription}", tag = "Accounts",
    responses((status = 200, body = Vec<AccountSubscriptionShown>), (status = 404, body = AccountRefusal)))]
pub async fn end(app: Shared<App>, caller: OwnCaller, path: Path<(String, String)>, request: Written) -> Answer {
    let (account, id) = path.into_inner();
    let account = account_of(&caller, &account)?;
    shown(app.account_subscription_end(&request.named(&caller), &account, id).await?)
}

fn shown(account: BillingAccountShown) -> Answer {
    let all: Vec<_> = account.subscriptions.into_iter().map(AccountSubscriptionShown::from).collect();
    Json::answer(&all)
}
