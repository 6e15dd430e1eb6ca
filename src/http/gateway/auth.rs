//! The extractor [`GatewayCaller`]: a private API key, `Bearer` token or the cookie `sid`.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, ORIGIN};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::error::GatewayError;
use crate::app::login::Credential;
use crate::app::{App, Caller};
use crate::auth::csrf;
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::session_cookie::{self, SID};

/// Longest idempotency key.
const IDEMPOTENCY_KEY_MAX: usize = 255;

/// Who calls the gateway; a request without good private credentials never reaches the handler.
#[derive(Debug, Clone)]
pub struct GatewayCaller(pub Caller);

impl Deref for GatewayCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequest for GatewayCaller {
    type Error = GatewayError;
    type Future = LocalBoxFuture<'static, Result<Self, GatewayError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = app_of(&request)?;
            let credential = credential(&request, app)?.ok_or(Error::Unauthenticated)?;
            let mut caller = app.caller_of(credential, &correlation::of(&request)).await?;
            caller.idempotency_key = idempotency_key(&request)?;
            Ok(Self(caller))
        })
    }
}

/// What the request shows; the header comes before the cookie.
///
/// # Errors
/// `Forbidden` where a cookie comes from another site's page (RELIABILITY.md S30).
pub(super) fn credential(request: &HttpRequest, app: &App) -> Result<Option<Credential>> {
    if let Some(header) = request.headers().get(AUTHORIZATION) {
        let text = header.to_str().map_err(|_| Error::Unauthenticated)?.trim();
        let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        return Ok(Some(match bearer {
            Some((_, token)) => Credential::Bearer(token.trim().to_owned()),
            None => Credential::Key(text.to_owned()),
        }));
    }
    let cookie = request.cookie(session_cookie::name(app)).or_else(|| request.cookie(SID));
    let Some(cookie) = cookie else { return Ok(None) };
    if !request.method().is_safe() && !is_own_page(request, app) {
        return Err(Error::Forbidden("request from another site"));
    }
    Ok(Some(Credential::Session(cookie.value().to_owned())))
}

fn is_own_page(request: &HttpRequest, app: &App) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    csrf::is_same_origin(header("sec-fetch-site"), header(ORIGIN.as_str()), &app.settings().public_url)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>> {
    let Some(header) = request.headers().get("idempotency-key") else { return Ok(None) };
    let problem = "must be 1-255 printable ASCII characters";
    let text = header.to_str().map_err(|_| Error::invalid("Idempotency-Key", problem))?;
    if !(1..=IDEMPOTENCY_KEY_MAX).contains(&text.len()) {
        return Err(Error::invalid("Idempotency-Key", problem));
    }
    Ok(Some(text.to_owned()))
}

fn app_of(request: &HttpRequest) -> Result<&App> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::internal("no App behind this route"))?;
    Ok(app.get_ref())
}
