//! Who calls: a private key, a public key, or the key of an account; the last finds itself under "me".

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::LocalBoxFuture;

use super::error::PayfuncError;
use crate::app::caller::Reach;
use crate::app::login::Credential;
use crate::app::{App, Caller};
use crate::domain::id::CustomerId;
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::rate_limit::RateLimits;

/// The name of the account whose key is shown.
const OWN: &str = "me";

/// Whom an endpoint lets in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// Private keys.
    Private,
    /// Private and public keys.
    Any,
    /// Private keys, and those of the account in the path.
    Own,
}

macro_rules! callers {
    ($($(#[$meta:meta])* $name:ident $keys:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Caller);

        impl Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }

        impl FromRequest for $name {
            type Error = PayfuncError;
            type Future = LocalBoxFuture<'static, Result<Self, PayfuncError>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                Box::pin(async move { Ok(Self(caller_of(&request, Keys::$keys).await?)) })
            }
        }
    )*};
}

callers! {
    /// Somebody with a private key.
    PrivateCaller Private;
    /// Somebody with a private or a public key.
    AnyCaller Any;
    /// Somebody with a private key or that of the account.
    OwnCaller Own;
}

/// The caller behind the header.
///
/// # Errors
/// `Unauthenticated`, also for a key of a kind that this endpoint does not take.
pub(super) async fn caller_of(request: &HttpRequest, keys: Keys) -> Result<Caller> {
    let app = app_of(request)?;
    let key = key_of(request)?;
    let correlation = correlation::of(request);
    if keys == Keys::Own
        && let Ok(caller) = app.account_caller_of(&key, &correlation)
    {
        count(request)?;
        return Ok(caller);
    }
    match app.caller_of(Credential::Bearer(key.clone()), &correlation).await {
        Err(Error::Unauthenticated) if keys == Keys::Any => {
            let caller = app.public_caller_of(&key, &correlation)?;
            count(request)?;
            Ok(caller)
        }
        other => other,
    }
}

/// What strangers' pages may try with cards is bounded, for each network (RELIABILITY.md S43).
fn count(request: &HttpRequest) -> Result<()> {
    let limits =
        request.app_data::<Data<RateLimits>>().ok_or_else(|| Error::internal("no limits behind this route"))?;
    match request.match_pattern().as_deref() {
        Some("/order") => limits.payment(request),
        Some("/account" | "/account/{account}/method") => limits.token(request),
        _ => Ok(()),
    }
}

/// The key that the header shows: `Bearer key`, the bare key, or `Basic` with it as password.
fn key_of(request: &HttpRequest) -> Result<String> {
    let header = request.headers().get(AUTHORIZATION).ok_or(Error::Unauthenticated)?;
    let text = header.to_str().map_err(|_| Error::Unauthenticated)?.trim();
    let Some((scheme, rest)) = text.split_once(' ') else { return Ok(text.to_owned()) };
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Error::Unauthenticated);
    }
    let pair = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = pair.ok_or(Error::Unauthenticated)?;
    pair.split_once(':').map(|(_, key)| key.to_owned()).ok_or(Error::Unauthenticated)
}

/// The account that a path names; "me" is the one whose key is shown.
///
/// # Errors
/// `NotFound`.
pub(super) fn account_of(caller: &Caller, text: &str) -> Result<CustomerId> {
    match &caller.reach {
        Reach::Account(own) if text == OWN => Ok(own.clone()),
        _ => CustomerId::parse(text).ok_or_else(|| Error::not_found("customer", text)),
    }
}

pub(super) fn app_of(request: &HttpRequest) -> Result<&App> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::internal("no App behind this route"))?;
    Ok(app.get_ref())
}
