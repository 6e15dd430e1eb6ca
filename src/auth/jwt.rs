//! Signed tokens: HS256 and nothing else, four kinds that never pass for each other.
//!
//! The algorithm is ours, not the token's: the head must be the very bytes we write (RELIABILITY.md S22), so `none`,
//! other algorithms and injected key references have no code that could honour them. A **session token**
//! ([`Claims`]) lives 15 minutes; a **key token** ([`KeyClaims`]) is an API key in the form payfunc clients read, has
//! no end, and is good as long as the caller finds its key in the database. The key of an account ([`AccountClaims`])
//! lives three days. The token of a payment method opens nothing: it is the method's name in a form nobody can make up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::api_key::Kind;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// How long a session token lives, seconds (S24).
pub const LIFE_S: i64 = 15 * 60;
/// How far two clocks may be apart, seconds (S23 allows 30).
pub const LEEWAY_S: i64 = 30;

/// Longest token looked at, bytes.
const TOKEN_MAX_BYTES: usize = 4096;
const HEAD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ISSUER: &str = "bursar";
const SESSION_AUDIENCE: &str = "bursar-session";
/// How long the key of an account is good, seconds (facts-payfunc.md, "Endpoints").
pub const ACCOUNT_LIFE_S: i64 = 3 * 24 * 60 * 60;
const ACCOUNT_AUDIENCE: &str = "account";
const METHOD_AUDIENCE: &str = "bursar-method";

/// What a session token says; issuer, audience and life are added by [`issue`] and checked by [`verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user's id.
    pub sub: String,
    /// The session's id.
    pub sid: String,
    /// The token's own id, for revoking it.
    pub jti: String,
    /// When it was issued, whole seconds.
    pub iat: Timestamp,
}

impl Claims {
    /// When the token ends (without the leeway).
    pub fn exp(&self) -> Timestamp {
        Timestamp::from_micros(seconds(self.iat.as_seconds().saturating_add(LIFE_S)))
    }
}

/// What a key token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyClaims {
    /// The merchant's number, eight characters.
    pub sub: String,
    /// The API key's id; the caller checks that it is still good.
    pub key: String,
    /// Private or public (`aud`).
    pub kind: Kind,
    /// Our public address: where a client without another one sends its calls. Not checked, because it may change.
    pub iss: String,
    /// The key's name.
    pub name: Option<String>,
    /// When it was issued, whole seconds.
    pub iat: Timestamp,
}

/// What the key of an account says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountClaims {
    /// The merchant's number.
    pub sub: String,
    /// The account's id; the caller checks that it is still there.
    pub account: String,
    /// Our public address.
    pub iss: String,
    /// When it was issued, whole seconds.
    pub iat: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct AccountWire {
    sub: String,
    iss: String,
    aud: String,
    account: String,
    iat: i64,
    exp: i64,
}

/// A stored payment method in the form of a token; it opens nothing, it only names.
#[derive(Serialize, Deserialize)]
struct MethodWire {
    aud: String,
    method: String,
}

#[derive(Serialize, Deserialize)]
struct SessionWire {
    sub: String,
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    iss: String,
    aud: String,
    jti: String,
}

#[derive(Serialize, Deserialize)]
struct KeyWire {
    sub: String,
    key: String,
    iss: String,
    aud: String,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
}

/// Whether a text can be a token at all: three parts with dots between them.
pub fn is_shaped(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Signs a session token that starts at `claims.iat`.
pub fn issue(key: &[u8; 32], claims: &Claims) -> String {
    let Claims { sub, sid, jti, iat } = claims.clone();
    let iat = iat.as_seconds();
    let (iss, aud) = (ISSUER.to_owned(), SESSION_AUDIENCE.to_owned());
    signed(key, &SessionWire { sub, sid, iat, nbf: iat, exp: iat.saturating_add(LIFE_S), iss, aud, jti })
}

/// Reads a session token.
///
/// # Errors
/// [`Error::Unauthenticated`] for everything that is not one of ours and good at `now`.
pub fn verify(key: &[u8; 32], token: &str, now: Timestamp) -> Result<Claims> {
    let SessionWire { sub, sid, iat, nbf, exp, iss, aud, jti } = checked(key, token)?;
    let now = now.as_seconds();
    let started = nbf.max(iat).saturating_sub(LEEWAY_S) <= now;
    let ended = exp.saturating_add(LEEWAY_S) <= now;
    let too_long = exp.saturating_sub(iat) > LIFE_S;
    if iss != ISSUER || aud != SESSION_AUDIENCE || !started || ended || too_long {
        return Err(Error::Unauthenticated);
    }
    Ok(Claims { sub, sid, jti, iat: Timestamp::from_micros(seconds(iat)) })
}

/// Signs a key token.
pub fn issue_key(key: &[u8; 32], claims: &KeyClaims) -> String {
    let KeyClaims { sub, key: key_id, kind, iss, name, iat } = claims.clone();
    let aud = audience(kind).to_owned();
    signed(key, &KeyWire { sub, key: key_id, iss, aud, iat: iat.as_seconds(), name })
}

/// Reads a key token; whether the key still exists is the caller's question.
///
/// # Errors
/// [`Error::Unauthenticated`] for everything that is not one of ours.
pub fn verify_key(key: &[u8; 32], token: &str) -> Result<KeyClaims> {
    let KeyWire { sub, key: key_id, iss, aud, iat, name } = checked(key, token)?;
    let kind = [Kind::Api, Kind::Pub].into_iter().find(|kind| audience(*kind) == aud).ok_or(Error::Unauthenticated)?;
    Ok(KeyClaims { sub, key: key_id, kind, iss, name, iat: Timestamp::from_micros(seconds(iat)) })
}

/// Signs the key of an account, good for [`ACCOUNT_LIFE_S`] from `claims.iat`.
pub fn issue_account(key: &[u8; 32], claims: &AccountClaims) -> String {
    let AccountClaims { sub, account, iss, iat } = claims.clone();
    let iat = iat.as_seconds();
    let aud = ACCOUNT_AUDIENCE.to_owned();
    signed(key, &AccountWire { sub, iss, aud, account, iat, exp: iat.saturating_add(ACCOUNT_LIFE_S) })
}

/// The account whose key this is.
///
/// # Errors
/// [`Error::Unauthenticated`] for everything that is not one of ours and good at `now`.
pub fn verify_account(key: &[u8; 32], token: &str, now: Timestamp) -> Result<String> {
    let AccountWire { aud, account, iat, exp, .. } = checked(key, token)?;
    let now = now.as_seconds();
    let is_good = aud == ACCOUNT_AUDIENCE
        && iat.saturating_sub(LEEWAY_S) <= now
        && now < exp
        && exp.saturating_sub(iat) <= ACCOUNT_LIFE_S;
    if is_good { Ok(account) } else { Err(Error::Unauthenticated) }
}

/// The token that names a stored payment method; the same each time.
pub fn issue_method(key: &[u8; 32], method: &str) -> String {
    signed(key, &MethodWire { aud: METHOD_AUDIENCE.to_owned(), method: method.to_owned() })
}

/// The payment method that a token names.
///
/// # Errors
/// [`Error::Unauthenticated`] for everything that is not one of ours.
pub fn verify_method(key: &[u8; 32], token: &str) -> Result<String> {
    let MethodWire { aud, method } = checked(key, token)?;
    if aud == METHOD_AUDIENCE { Ok(method) } else { Err(Error::Unauthenticated) }
}

/// The words payfunc clients read in `aud`.
fn audience(kind: Kind) -> &'static str {
    match kind {
        Kind::Api => "private",
        Kind::Pub => "public",
    }
}

fn signed(key: &[u8; 32], claims: &impl Serialize) -> String {
    let claims = serde_json::to_vec(claims).expect("a struct of strings and integers is JSON");
    let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEAD), URL_SAFE_NO_PAD.encode(claims));
    let proof = mac(key, &body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(proof))
}

fn checked<T: DeserializeOwned>(key: &[u8; 32], token: &str) -> Result<T> {
    read(key, token).ok_or(Error::Unauthenticated)
}

fn read<T: DeserializeOwned>(key: &[u8; 32], token: &str) -> Option<T> {
    if token.len() > TOKEN_MAX_BYTES {
        return None;
    }
    let (body, proof) = token.rsplit_once('.')?;
    let (head, claims) = body.split_once('.')?;
    let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
    mac(key, body).verify_slice(&proof).ok()?; // constant time
    if URL_SAFE_NO_PAD.decode(head).ok()? != HEAD.as_bytes() {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

fn mac(key: &[u8; 32], body: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    mac
}

fn seconds(seconds: i64) -> i64 {
    seconds.saturating_mul(crate::domain::time::SECOND)
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
