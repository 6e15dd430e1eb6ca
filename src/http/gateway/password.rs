//! Passwords: changed with the old one, reset by mail. Whoever forgot something is told the same, known or not.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};

use super::auth::GatewayCaller;
use super::envelope::{Answer, Envelope, Nothing, Refusal};
use super::json::GatewayJson;
use super::wire::password::{ForgottenPassword, ForgottenUsername, PasswordChange, PasswordReset};
use crate::app::App;
use crate::http::correlation;
use crate::http::rate_limit::RateLimits;

/// `POST /api/user/change-password`: changes your own password and ends all your sessions.
#[utoipa::path(post, path = "/api/user/change-password", tag = "Users", request_body = PasswordChange,
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 429, body = Refusal)))]
pub async fn change(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    caller: GatewayCaller,
    body: GatewayJson<PasswordChange>,
) -> Answer<Nothing> {
    limits.login(&request)?;
    let PasswordChange { username, current_password, new_password } = body.into_inner();
    app.user_password_change(&caller, &username, current_password, new_password).await?;
    Ok(Json(Envelope::done("success")))
}

/// `POST /api/user/forgot-username`: mails the usernames of this address to it.
#[utoipa::path(post, path = "/api/user/forgot-username", tag = "Users", request_body = ForgottenUsername,
    security(()),
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal), (status = 429, body = Refusal)))]
pub async fn forgot_username(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    body: GatewayJson<ForgottenUsername>,
) -> Answer<Nothing> {
    limits.login(&request)?;
    app.username_forgot(&body.email, &correlation::of(&request)).await?;
    Ok(Json(Envelope::done("success")))
}

/// `POST /api/user/forgot-password`: mails a code that resets the password.
#[utoipa::path(post, path = "/api/user/forgot-password", tag = "Users", request_body = ForgottenPassword,
    security(()),
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal), (status = 429, body = Refusal)))]
pub async fn forgot(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    body: GatewayJson<ForgottenPassword>,
) -> Answer<Nothing> {
    limits.login(&request)?;
    app.user_password_forgot(&body.username, &correlation::of(&request)).await?;
    Ok(Json(Envelope::done("success")))
}

/// `POST /api/user/forgot-password/reset`: sets a new password with the code from the mail.
#[utoipa::path(post, path = "/api/user/forgot-password/reset", tag = "Users", request_body = PasswordReset,
    security(()),
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal), (status = 429, body = Refusal)))]
pub async fn reset(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    body: GatewayJson<PasswordReset>,
) -> Answer<Nothing> {
    limits.login(&request)?;
    let PasswordReset { username, reset_code, password } = body.into_inner();
    app.user_password_reset(&username, &reset_code, password, &correlation::of(&request)).await?;
    Ok(Json(Envelope::done("success")))
}
