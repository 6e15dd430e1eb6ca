//! The extractor [`FermataCaller`]: `Basic company:key`, `Bearer key` or the bare key; and the ids in paths.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::LocalBoxFuture;

use super::error::FermataError;
use crate::app::login::Credential;
use crate::app::{App, Caller};
use crate::domain::id::{Id, Kind};
use crate::error::{Error, Result};
use crate::http::correlation;

/// Who calls the treasury; a request without a good private key never reaches the handler.
#[derive(Debug, Clone)]
pub struct FermataCaller(pub Caller);

impl Deref for FermataCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequest for FermataCaller {
    type Error = FermataError;
    type Future = LocalBoxFuture<'static, Result<Self, FermataError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(caller_of(&request).await?)) })
    }
}

/// The caller behind the header; for paths of a company only where it is this one.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for a public key; `NotFound` for another company.
pub(super) async fn caller_of(request: &HttpRequest) -> Result<Caller> {
    let app = app_of(request)?;
    let key = key_of(request, app)?;
    let caller = match app.caller_of(Credential::Bearer(key.clone()), &correlation::of(request)).await {
        Err(Error::Unauthenticated) if app.public_key_check(&key).is_ok() => {
            return Err(Error::Forbidden("a private key"));
        }
        other => other?,
    };
    match request.match_info().get("company") {
        Some(company) if !is_this_company(app, company)? => Err(Error::not_found("company", company)),
        _ => Ok(caller),
    }
}

/// The key that the header shows.
fn key_of(request: &HttpRequest, app: &App) -> Result<String> {
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
    match pair.split_once(':') {
        Some((company, key)) if is_this_company(app, company)? => Ok(key.to_owned()),
        _ => Err(Error::Unauthenticated),
    }
}

/// Whether `text` names this company, with its prefix or without.
fn is_this_company(app: &App, text: &str) -> Result<bool> {
    let id = app.company_id()?;
    Ok(text == id.as_str() || text.strip_prefix("c_").is_some_and(|rest| rest == id.as_str()))
}

/// The id in a path or a body: its prefix and ours. What cannot be one is found nowhere.
///
/// # Errors
/// `NotFound`.
pub(super) fn id_of<K: Kind>(prefix: &str, text: &str) -> Result<Id<K>> {
    text.strip_prefix(prefix).and_then(Id::parse).ok_or_else(|| Error::not_found(K::NAME, text))
}

pub(super) fn app_of(request: &HttpRequest) -> Result<&App> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::internal("no App behind this route"))?;
    Ok(app.get_ref())
}
