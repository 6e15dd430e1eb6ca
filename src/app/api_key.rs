//! Keys of programs.

use serde_json::json;

use super::user::first_admin;
use super::write_once::Asked;
use super::{App, Caller, event};
use crate::auth::api_key::{self, NewKey};
use crate::auth::jwt::KeyClaims;
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::{ApiKeyId, UserId};
use crate::domain::user::{ApiKey, KeyType};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};
use crate::vault::Vault;

/// A key to make, or to take over.
#[derive(Clone)]
pub struct NewApiKey {
    /// Private or public.
    pub kind: KeyType,
    /// What the merchant calls it, 1-100 characters.
    pub name: String,
    /// A key the merchant already uses; `None` draws a new one.
    pub secret: Option<String>,
}

/// A key at the only moment its text is known.
pub struct CreatedApiKey {
    /// What is kept.
    pub key: ApiKey,
    /// The key, shown once.
    pub text: String,
    /// The same credential in the JWT form payfunc clients need.
    pub jwt: String,
}

impl App {
    /// Makes a key that acts for the caller; one from the command line acts for the first administrator.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field; `Conflict` where an imported key is in use already.
    pub async fn api_key_create(&self, caller: &Caller, new: NewApiKey) -> Result<CreatedApiKey> {
        caller.may(Action::ApiKeyManage)?;
        let name = new.name.trim().to_owned();
        if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(Error::invalid("name", "must be 1-100 printable characters"));
        }
        let asked = Asked::new("api_key", "api_key.create").with(new.kind.as_str()).with(&name);
        let asked = asked.with_some(new.secret.as_deref());
        let drawn = match &new.secret {
            Some(text) => KeyText::given(NewKey::import(new.kind, text)?),
            None => self.key_text(caller, new.kind),
        };
        let text = drawn.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| Ok(create_in(tx, caller, name, &text)?.id.to_string());
        let show = |tx: &ReadTx<'_>, id: &str| store::api_key::fetch(tx, id)?.ok_or_else(no_key);
        let key = self.write_once(caller, asked, work, show).await?;
        let claims = KeyClaims {
            sub: self.merchant_number()?,
            key: key.id.to_string(),
            kind: key.kind,
            iss: self.settings().public_url.clone(),
            name: Some(key.name.clone()),
            iat: key.created_at,
        };
        Ok(CreatedApiKey { jwt: self.key_token(&claims), text: drawn.of(&key.id).text, key })
    }

    /// The keys the caller may see: an administrator all of them, others their own.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn api_key_list(&self, caller: &Caller) -> Result<Vec<ApiKey>> {
        caller.may(Action::ApiKeyManage)?;
        self.store().read(|tx| visible(tx, caller))
    }

    /// Deletes a key, named by its id or by its text.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`, also for keys of others.
    pub async fn api_key_delete(&self, caller: &Caller, id_or_text: &str) -> Result<()> {
        caller.may(Action::ApiKeyManage)?;
        let (hash, id) = (api_key::hash(id_or_text), id_or_text.to_owned());
        let asked = Asked::new("api_key", "api_key.delete").with(id_or_text);
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let by_text = store::api_key::fetch_by_hash(tx, &hash)?.map(|key| key.id.to_string());
            let id = by_text.unwrap_or(id);
            let key = visible(tx, caller)?.into_iter().find(|key| key.id.as_str() == id).ok_or_else(no_key)?;
            store::api_key::delete(tx, &key.id)?;
            event::emit(tx, caller, Topic::ApiKeyDeleted, key.id.as_str(), &json!({ "name": key.name }))?;
            Ok(id)
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }

    /// Text for a new key of the caller's request.
    pub(super) fn key_text(&self, caller: &Caller, kind: KeyType) -> KeyText {
        let of_request = caller.idempotency_key.as_ref().map(|name| {
            let request = format!("{}\n{name}", caller.idempotency_scope());
            (self.vault().clone(), request)
        });
        KeyText { drawn: NewKey::new(kind, self.random()), of_request }
    }
}

/// The text of a key to make.
///
/// Only its hash is kept, but a request that is sent again with its idempotency key is answered alike: its text
/// follows from that key, the row, and a secret of the vault.
#[derive(Clone)]
pub(super) struct KeyText {
    drawn: NewKey,
    of_request: Option<(Vault, String)>,
}

impl KeyText {
    fn given(key: NewKey) -> Self {
        Self { drawn: key, of_request: None }
    }

    /// The key of the row `id`.
    pub(super) fn of(&self, id: &ApiKeyId) -> NewKey {
        match &self.of_request {
            Some((vault, request)) => {
                let bits = vault.fingerprint("api key of a request", format!("{id}\n{request}").as_bytes());
                NewKey::from_bits(self.drawn.kind, bits)
            }
            None => self.drawn.clone(),
        }
    }
}

/// A key's text is a secret: the refusal does not repeat what was asked for.
fn no_key() -> Error {
    Error::not_found("api key", "")
}

fn visible(tx: &ReadTx<'_>, caller: &Caller) -> Result<Vec<ApiKey>> {
    match &caller.user_id {
        Some(id) if caller.role != crate::domain::access::Role::Admin => store::api_key::list_of_user(tx, id),
        _ => store::api_key::list(tx),
    }
}

fn create_in(tx: &mut WriteTx<'_>, caller: &Caller, name: String, text: &KeyText) -> Result<ApiKey> {
    let user_id = match &caller.user_id {
        Some(id) => id.clone(),
        None => first_admin(tx)?.id,
    };
    insert_for(tx, caller, user_id, name, text)
}

/// Stores a key that acts for `user_id`.
///
/// # Errors
/// `Conflict` where the key is in use already.
pub(super) fn insert_for(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    user_id: UserId,
    name: String,
    text: &KeyText,
) -> Result<ApiKey> {
    let (id, now) = (tx.new_id(), tx.now());
    let NewKey { kind, hash, text: _ /* for the answer */ } = text.of(&id);
    if store::api_key::fetch_by_hash(tx, &hash)?.is_some() {
        return Err(Error::Conflict("this key is in use already".to_owned()));
    }
    let key = ApiKey { id, user_id, kind, name, last_used_at: None, created_at: now, updated_at: now };
    store::api_key::insert(tx, &key, &hash)?;
    let facts = json!({ "type": key.kind.as_str(), "name": key.name, "user_id": key.user_id.as_str() });
    event::emit(tx, caller, Topic::ApiKeyCreated, key.id.as_str(), &facts)?;
    Ok(key)
}
