//! From credentials to a [`Caller`]; logging in and out.
//!
//! A wrong password, an unknown name, a locked and a disabled user all get the same answer after the same work
//! (RELIABILITY.md S5, S6).

use std::sync::Arc;

use serde_json::json;
use zeroize::Zeroizing;

use super::caller::Reach;
use super::known_keys::KeyHolder;
use super::{App, Caller, event};
use crate::auth::{api_key, jwt, session};
use crate::domain::access::Actor;
use crate::domain::event::Topic;
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::user::{ApiKey, KeyType, Session, User, UserStatus};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx};

/// The purpose of the key that signs tokens.
const TOKEN_KEY: &str = "jwt";

/// What a request shows to say who it is.
pub enum Credential {
    /// An API key as it is.
    Key(String),
    /// What followed `Bearer`: a session token, a key token or an API key.
    Bearer(String),
    /// The session's cookie.
    Session(String),
}

/// A new login.
pub struct LoggedIn {
    /// A signed token that lives 15 minutes.
    pub token: String,
    /// The session's secret, for the cookie.
    pub sid: String,
    /// Who logged in.
    pub user: User,
}

/// Whom a credential belongs to, as the file says.
enum Known {
    Key(Arc<KeyHolder>),
    Session(Session, Box<User>),
}

impl App {
    /// The caller behind a private credential. `correlation_id` goes into the events of what it does.
    ///
    /// # Errors
    /// `Unauthenticated` for everything that is not good now: unknown, ended, of a disabled user, or a public key.
    pub async fn caller_of(&self, credential: Credential, correlation_id: &str) -> Result<Caller> {
        match self.known(&credential)? {
            Known::Key(holder) if holder.key.kind == KeyType::Api => {
                self.api_key_touch(&holder).await;
                Ok(caller(Actor::Key(holder.key.id.clone()), &holder.user, correlation_id))
            }
            Known::Key(..) => Err(Error::Unauthenticated),
            Known::Session(session, user) => {
                self.session_touch(&session).await?;
                Ok(caller(Actor::User(user.id.clone()), &user, correlation_id))
            }
        }
    }

    /// The name of the public key `text`, for what the merchant's pages may do with it.
    ///
    /// # Errors
    /// `Unauthenticated` where it is no public key of an active user.
    pub fn public_key_check(&self, text: &str) -> Result<ApiKeyId> {
        match self.known(&Credential::Bearer(text.to_owned()))? {
            Known::Key(holder) if holder.key.kind == KeyType::Pub => Ok(holder.key.id.clone()),
            Known::Key(..) | Known::Session(..) => Err(Error::Unauthenticated),
        }
    }

    /// The caller behind the public key `text`, who may do what is made for public keys.
    ///
    /// # Errors
    /// `Unauthenticated` where it is no public key of an active user.
    pub fn public_caller_of(&self, text: &str, correlation_id: &str) -> Result<Caller> {
        match self.known(&Credential::Bearer(text.to_owned()))? {
            Known::Key(holder) if holder.key.kind == KeyType::Pub => {
                let actor = Actor::Key(holder.key.id.clone());
                Ok(Caller { reach: Reach::Public, ..caller(actor, &holder.user, correlation_id) })
            }
            Known::Key(..) | Known::Session(..) => Err(Error::Unauthenticated),
        }
    }

    /// Opens a session for a right password.
    ///
    /// # Errors
    /// `Unauthenticated`, whatever is wrong; `Internal` where the hashing fails.
    pub async fn login(&self, username: &str, password: Zeroizing<String>, correlation_id: &str) -> Result<LoggedIn> {
        let found = self.store().read(|tx| store::user::fetch_login(tx, username))?;
        let stored = found.as_ref().and_then(|(_, login)| login.password_hash.clone());
        let verdict = self.passwords().verify(password.clone(), stored).await?;
        let Some((user, login)) = found else { return Err(Error::Unauthenticated) };
        if !verdict.ok {
            return Err(self.login_failed(user.id, correlation_id).await);
        }
        if login.is_locked(self.now()) || user.status == UserStatus::Disabled {
            return Err(Error::Unauthenticated);
        }
        let rehashed = if verdict.needs_rehash { Some(self.passwords().hash(password).await?) } else { None };
        self.session_open(user, rehashed, correlation_id).await
    }

    /// Ends the session behind `credential`, if it is one; anything else is no login and stays.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn logout(&self, credential: Credential) -> Result<()> {
        match self.known(&credential) {
            Ok(Known::Session(session, _)) => {
                self.store().write(move |tx| store::session::delete(tx, &session.hash)).await
            }
            Ok(Known::Key(..)) | Err(Error::Unauthenticated) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Opens a session for `user`, who has proved who they are.
    pub(super) async fn session_open(
        &self,
        user: User,
        rehashed: Option<String>,
        correlation_id: &str,
    ) -> Result<LoggedIn> {
        let fresh = session::NewSession::new(self.random());
        let (hash, whom) = (fresh.hash, caller(Actor::User(user.id.clone()), &user, correlation_id));
        let (user_id, is_expired) = (user.id.clone(), user.is_password_expired);
        let now = self
            .store()
            .write(move |tx| {
                let now = tx.now();
                let session = Session { hash, user_id: user_id.clone(), created_at: now, last_seen_at: now };
                store::session::insert(tx, &session)?;
                store::user::update_failures(tx, &user_id, 0, None)?;
                if let Some(rehashed) = rehashed {
                    store::user::update_password(tx, &user_id, &rehashed, is_expired)?;
                }
                event::emit(tx, &whom, Topic::UserLoggedIn, user_id.as_str(), &json!({}))?;
                Ok(now)
            })
            .await?;
        let claims = jwt::Claims {
            sub: user.id.to_string(),
            sid: hex::encode(hash),
            jti: self.random().public_token(),
            iat: now,
        };
        Ok(LoggedIn { token: jwt::issue(&self.vault().derive(TOKEN_KEY), &claims), sid: fresh.token, user })
    }

    /// The same credential as a key, in the form payfunc clients read.
    pub(super) fn key_token(&self, claims: &jwt::KeyClaims) -> String {
        jwt::issue_key(&self.vault().derive(TOKEN_KEY), claims)
    }

    /// Counts a wrong password; the error to answer with.
    pub(super) async fn login_failed(&self, user_id: UserId, correlation_id: &str) -> Error {
        let mut whom = Caller::internal(Actor::User(user_id.clone()));
        correlation_id.clone_into(&mut whom.correlation_id);
        let counted = self.store().write(move |tx| count_failure_in(tx, &whom, &user_id)).await;
        counted.err().unwrap_or(Error::Unauthenticated)
    }

    /// Notes the use of a session, at most once a minute.
    async fn session_touch(&self, session: &Session) -> Result<()> {
        if !session::touch_is_due(session.last_seen_at, self.now()) {
            return Ok(());
        }
        let hash = session.hash;
        self.store().write(move |tx| store::session::update_seen(tx, &hash)).await
    }

    /// Notes the use of a key, at most once a minute. What may only be read goes on where nothing can be written.
    async fn api_key_touch(&self, holder: &KeyHolder) {
        let key = &holder.key;
        if key.last_used_at.is_some_and(|used| !session::touch_is_due(used, self.now())) || !holder.touch() {
            return;
        }
        let id = key.id.clone();
        if let Err(why) = self.store().write(move |tx| store::api_key::update_used(tx, &id)).await {
            tracing::warn!(error = ?why, "the use of a key could not be noted");
        }
    }

    fn known(&self, credential: &Credential) -> Result<Known> {
        match credential {
            Credential::Key(text) => self.known_key(text),
            Credential::Session(text) => self.known_session(session::hash(text), None),
            Credential::Bearer(text) => {
                if !jwt::is_shaped(text) {
                    return self.known_key(text);
                }
                let key = self.vault().derive(TOKEN_KEY);
                if let Ok(claims) = jwt::verify(&key, text, self.now()) {
                    let mut hash = [0; 32];
                    hex::decode_to_slice(&claims.sid, &mut hash).map_err(|_| Error::Unauthenticated)?;
                    return self.known_session(hash, Some(&claims.sub));
                }
                match jwt::verify_key(&key, text) {
                    Ok(claims) => self.known_key_token(&claims.key),
                    Err(_) => self.known_key(text),
                }
            }
        }
    }

    fn known_key(&self, text: &str) -> Result<Known> {
        let (hash, generation) = (api_key::hash(text), self.store().access_generation());
        let look = || self.store().read(|tx| key_holder(tx, store::api_key::fetch_by_hash(tx, &hash)?));
        self.known_keys().holder(hash, generation, look).map(Known::Key)
    }

    fn known_key_token(&self, id: &str) -> Result<Known> {
        let holder = self.store().read(|tx| key_holder(tx, store::api_key::fetch(tx, id)?))?;
        Ok(Known::Key(Arc::new(holder)))
    }

    fn known_session(&self, hash: [u8; 32], of_user: Option<&str>) -> Result<Known> {
        let now = self.now();
        self.store().read(|tx| {
            let session = store::session::fetch(tx, &hash)?
                .filter(|found| session::is_live(found.created_at, found.last_seen_at, now))
                .filter(|found| of_user.is_none_or(|id| id == found.user_id.as_str()))
                .ok_or(Error::Unauthenticated)?;
            let user = active_user(tx, &session.user_id)?;
            Ok(Known::Session(session, Box::new(user)))
        })
    }
}

fn count_failure_in(tx: &mut store::WriteTx<'_>, whom: &Caller, user_id: &UserId) -> Result<()> {
    let Some(user) = store::user::fetch(tx, user_id)? else { return Ok(()) };
    let Some((_, login)) = store::user::fetch_login(tx, &user.username)? else { return Ok(()) };
    if login.is_locked(tx.now()) {
        return Ok(());
    }
    let (failures, locked_until) = login.after_failure(tx.now());
    store::user::update_failures(tx, user_id, failures, locked_until)?;
    let facts = json!({ "locked": locked_until.is_some_and(|until| tx.now() < until) });
    event::emit(tx, whom, Topic::UserLoginFailed, user_id.as_str(), &facts)
}

fn key_holder(tx: &ReadTx<'_>, key: Option<ApiKey>) -> Result<KeyHolder> {
    let key = key.ok_or(Error::Unauthenticated)?;
    let user = active_user(tx, &key.user_id)?;
    Ok(KeyHolder::new(key, user))
}

fn active_user(tx: &ReadTx<'_>, id: &UserId) -> Result<User> {
    store::user::fetch(tx, id)?.filter(|user| user.status == UserStatus::Active).ok_or(Error::Unauthenticated)
}

/// `user` as a caller.
pub(super) fn caller(actor: Actor, user: &User, correlation_id: &str) -> Caller {
    Caller {
        actor,
        user_id: Some(user.id.clone()),
        username: user.username.clone(),
        role: user.role,
        permissions: user.permissions,
        correlation_id: correlation_id.to_owned(),
        idempotency_key: None,
        dedupe: None,
        reach: Reach::Merchant,
    }
}
