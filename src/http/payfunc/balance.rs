//! Balances of accounts: added to, and settled.

use actix_web::web::{Data as Shared, Path};

use super::answer::{Answer, Json};
use super::auth::account_of;
use super::wire::account::{AccountShown, SettledShown};
use super::wire::item::{ItemsShown, items_of};
use super::{AccountRefusal, PrivateCaller, Written};
use crate::app::App;

/// What stands for every account.
const ALL: &str = "all";

/// `POST /account/{account}/balance`: adds an amount, an item, or several.
#[utoipa::path(post, path = "/account/{account}/balance", tag = "Accounts", request_body = ItemsShown,
    responses((status = 200, body = AccountShown), (status = 400, body = AccountRefusal)))]
pub async fn add(app: Shared<App>, caller: PrivateCaller, account: Path<String>, request: Written) -> Answer {
    let items = items_of("items", &request.value()?)?;
    let account = account_of(&caller, &account)?;
    let account = app.billing_account_items_add(&request.named(&caller), &account, items).await?;
    Json::answer(&AccountShown::from(account))
}

/// `DELETE /account/{account}/balance`: makes an order of the balance now, and charges it; `all` does so for every account.
#[utoipa::path(delete, path = "/account/{account}/balance", tag = "Accounts",
    responses((status = 200, body = SettledShown), (status = 404, body = AccountRefusal)))]
pub async fn settle(app: Shared<App>, caller: PrivateCaller, account: Path<String>, request: Written) -> Answer {
    let caller = request.named(&caller);
    let settled = match account.as_str() {
        ALL => app.billing_account_settle(&caller, None).await?,
        text => app.billing_account_settle(&caller, Some(&account_of(&caller, text)?)).await?,
    };
    Json::answer(&SettledShown::from(settled))
}
