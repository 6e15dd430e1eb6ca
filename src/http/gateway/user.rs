//! Users.

use actix_web::web::{Data, Json, Path};

use super::auth::GatewayCaller;
use super::customer::path_id;
use super::envelope::{Answer, Envelope, Nothing, Refusal};
use super::json::GatewayJson;
use super::wire::user::{NewUser, User, UserChange};
use crate::app::App;

/// `POST /api/user`: adds a user. One without a password gets a link by mail to choose it.
#[utoipa::path(post, path = "/api/user", tag = "Users", request_body = NewUser,
    responses((status = 200, body = Envelope<User>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 403, body = Refusal)))]
pub async fn create(app: Data<App>, caller: GatewayCaller, body: GatewayJson<NewUser>) -> Answer<User> {
    let (user, settings, has_key) = body.into_inner().into_command()?;
    let created = app.user_create_with(&caller, user, settings, has_key).await?;
    Ok(Json(Envelope::success(User::created(created, &app.company()?))))
}

/// `GET /api/user`: the user behind the credentials.
#[utoipa::path(get, path = "/api/user", tag = "Users",
    responses((status = 200, body = Envelope<User>), (status = 401, body = Refusal)))]
pub async fn current(app: Data<App>, caller: GatewayCaller) -> Answer<User> {
    let user = app.user_of_caller(&caller)?;
    Ok(Json(Envelope::success(User::of(user, &app.company()?))))
}

/// `GET /api/user/{id}`: one user; everybody may look at themselves.
#[utoipa::path(get, path = "/api/user/{id}", tag = "Users",
    params(("id" = String, Path, description = "The user's id", example = "0U5xWJtO9cKpLm3s")),
    responses((status = 200, body = Envelope<User>), (status = 401, body = Refusal), (status = 403, body = Refusal),
        (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<User> {
    let user = app.user_find(&caller, &path_id(&id)?)?;
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

/// `POST /api/user/{id}`: changes a user. Permissions hold from the next request on. Nobody manages a user who may do
/// more than they may; the last active administrator stays one.
#[utoipa::path(post, path = "/api/user/{id}", tag = "Users", request_body = UserChange,
    params(("id" = String, Path, description = "The user's id", example = "0U5xWJtO9cKpLm3s")),
    responses((status = 200, body = Envelope<User>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn update(
    app: Data<App>,
    caller: GatewayCaller,
    id: Path<String>,
    body: GatewayJson<UserChange>,
) -> Answer<User> {
    let user = app.user_update(&caller, path_id(&id)?, body.into_inner().into_command()?).await?;
    Ok(Json(Envelope::success(User::of(user, &app.company()?))))
}

/// `DELETE /api/user/{id}`: removes a user with its keys and sessions.
#[utoipa::path(delete, path = "/api/user/{id}", tag = "Users",
    params(("id" = String, Path, description = "The user's id", example = "0U5xWJtO9cKpLm3s")),
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn delete(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.user_delete(&caller, path_id(&id)?).await?;
    Ok(Json(Envelope::done("successfully deleted")))
}

/// `POST /api/user/{id}/resend-welcome`: mails a fresh link to choose a password.
#[utoipa::path(post, path = "/api/user/{id}/resend-welcome", tag = "Users",
    params(("id" = String, Path, description = "The user's id", example = "0U5xWJtO9cKpLm3s")),
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn welcome(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.user_welcome(&caller, path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}
