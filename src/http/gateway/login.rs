//! Logging in and out.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::auth::credential;
use super::envelope::{Envelope, Nothing, Refusal};
use super::error::GatewayError;
use super::json::GatewayJson;
use super::wire::login::{NewLogin, NewToken};
use crate::app::App;
use crate::http::correlation;
use crate::http::rate_limit::RateLimits;
use crate::http::session_cookie::{self, SID};

/// `POST /api/token-auth`: a token and a cookie for a name and a password.
#[utoipa::path(post, path = "/api/token-auth", tag = "Login", request_body = NewLogin, security(()),
    responses((status = 200, body = NewToken), (status = 401, body = Refusal), (status = 429, body = Refusal)))]
pub async fn create(
    app: Data<App>,
    limits: Data<RateLimits>,
    request: HttpRequest,
    body: GatewayJson<NewLogin>,
) -> Result<HttpResponse, GatewayError> {
    limits.login(&request)?;
    let NewLogin { username, password } = body.into_inner();
    let login = app.login(&username, password, &correlation::of(&request)).await?;
    let cookie = session_cookie::build(&app, SID, login.sid.clone());
    Ok(HttpResponse::Ok().cookie(cookie).json(NewToken::from(&login)))
}

/// `GET /api/logout`: ends the session of the token or cookie.
#[utoipa::path(get, path = "/api/logout", tag = "Login", responses((status = 200, body = Envelope<Nothing>)))]
pub async fn delete(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, GatewayError> {
    if let Some(credential) = credential(&request, &app)? {
        app.logout(credential).await?;
    }
    let mut ended = session_cookie::build(&app, SID, String::new());
    ended.make_removal();
    Ok(HttpResponse::Ok().cookie(ended).json(Envelope::done("success")))
}
