//! Users.

use actix_web::web::{Data, Json};

use super::auth::GatewayCaller;
use super::envelope::{Answer, Envelope, Refusal};
use super::wire::user::User;
use crate::app::App;

/// `GET /api/user`: the user behind the credentials.
#[utoipa::path(get, path = "/api/user", tag = "Users",
    responses((status = 200, body = Envelope<User>), (status = 401, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller) -> Answer<User> {
    let user = app.user_of_caller(&caller)?;
    Ok(Json(Envelope::success(User::of(user, &app.company()?))))
}

/// `GET /api/users`: everyone who works for the merchant.
#[utoipa::path(get, path = "/api/users", tag = "Users",
    responses((status = 200, body = Envelope<Vec<User>>), (status = 401, body = Refusal), (status = 403, body = Refusal)))]
pub async fn list(app: Data<App>, caller: GatewayCaller) -> Answer<Vec<User>> {
    let (users, company) = (app.user_list(&caller)?, app.company()?);
    let total = u64::try_from(users.len()).unwrap_or(u64::MAX);
    Ok(Json(Envelope::list(users.into_iter().map(|user| User::of(user, &company)).collect(), total)))
}
