//! Webhooks: endpoints that are told what happened.
//!
//! The outbox is the event table, seen through each endpoint's cursor: an event is on its way as soon as it is
//! committed, and a write costs the same whether nobody listens or a hundred do. Delivery is at least once and in
//! order: each endpoint has one message on its way at a time, and nothing overtakes a message that is being tried again
//! (`domain::webhook::RETRY_AFTER_S`: at once, 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h; up to a tenth earlier). After
//! the last try, or a 410, the endpoint is disabled with an event; its cursor stays, so that enabling it goes on with
//! the message that failed. A slow endpoint holds up nobody but itself.
//!
//! Invariant: a secret is shown in the answer that makes it and is otherwise only ever in the file sealed.

mod deliver;
pub mod face;
pub mod replay;
mod secret;
mod sending;
pub mod subscription;

use serde_json::json;
use zeroize::Zeroizing;

use super::write_once::Asked;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::WebhookId;
use crate::domain::webhook::{Format, PREVIOUS_SECRET_MAX_H, TOPICS_MAX, Webhook, is_topic_pattern, previous_until};
use crate::error::{Error, Result};
use crate::limits;
use crate::signature;
use crate::store::{self, WriteTx};

pub(super) use secret::reseal_in;
pub(super) use sending::Sending;
use subscription::{set_topics, shown_as};

/// Name and password for HTTP Basic.
#[derive(Clone)]
pub struct Basic {
    /// 1-255 printable characters without a colon.
    pub username: String,
    /// Up to 255 printable characters.
    pub password: Zeroizing<String>,
}

/// An endpoint to make.
#[derive(Clone)]
pub struct NewWebhook {
    /// Where messages go.
    pub url: String,
    /// What the merchant calls it, at most 255 characters.
    pub description: String,
    /// How they are told.
    pub format: Format,
    /// What is told, see [`Webhook::topics`].
    pub topics: Vec<String>,
    /// A secret the merchant already uses; `None` draws a new one.
    pub secret: Option<Zeroizing<String>>,
    /// For HTTP Basic.
    pub basic: Option<Basic>,
}

/// What to change of an endpoint; `None` leaves it.
#[derive(Clone, Default)]
pub struct ChangeWebhook {
    /// Where messages go.
    pub url: Option<String>,
    /// What the merchant calls it.
    pub description: Option<String>,
    /// What is told.
    pub topics: Option<Vec<String>>,
    /// Whether it is told anything; switching it on tries again at once.
    pub enabled: Option<bool>,
    /// For HTTP Basic; `Some(None)` takes it away.
    pub basic: Option<Option<Basic>>,
}

/// An endpoint at one of the moments when its secret is shown.
pub struct WebhookWithSecret {
    /// The endpoint.
    pub webhook: Webhook,
    /// `whsec_…`, or what was brought along.
    pub secret: Zeroizing<String>,
}

impl App {
    /// Makes an endpoint; it is told of what happens from now on.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field; `Conflict` where there are [`limits::WEBHOOKS_MAX`].
    pub async fn webhook_create(&self, caller: &Caller, new: NewWebhook) -> Result<WebhookWithSecret> {
        caller.may(Action::WebhookManage)?;
        self.outbound().check(&new.url).await.map_err(|why| Error::invalid("url", why.to_string()))?;
        check_description(&new.description)?;
        self.check_topics(new.format, &new.topics)?;
        if let Some(secret) = &new.secret {
            secret::check(secret)?;
        }
        if let Some(basic) = &new.basic {
            check_basic(basic)?;
        }
        let asked = asked_of(&new);
        let app = self.clone();
        let webhook =
            self.write_once(caller, asked, move |tx, caller| create_in(tx, &app, caller, &new), shown).await?;
        self.with_secret(webhook)
    }

    /// Every endpoint, oldest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn webhook_list(&self, caller: &Caller) -> Result<Vec<Webhook>> {
        caller.may(Action::WebhookManage)?;
        self.store().read(store::webhook::list)
    }

    /// One endpoint; with a format, only where it is told in that.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn webhook_find(&self, caller: &Caller, format: Option<Format>, id: &str) -> Result<Webhook> {
        caller.may(Action::WebhookManage)?;
        self.store().read(|tx| shown_as(tx, format, id))
    }

    /// Changes an endpoint.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` naming the field.
    pub async fn webhook_update(&self, caller: &Caller, id: &str, change: ChangeWebhook) -> Result<Webhook> {
        caller.may(Action::WebhookManage)?;
        let webhook = self.store().read(|tx| shown(tx, id))?;
        if let Some(url) = &change.url {
            self.outbound().check(url).await.map_err(|why| Error::invalid("url", why.to_string()))?;
        }
        if let Some(description) = &change.description {
            check_description(description)?;
        }
        if let Some(topics) = &change.topics {
            self.check_topics(webhook.format, topics)?;
        }
        if let Some(Some(basic)) = &change.basic {
            check_basic(basic)?;
        }
        let (app, id) = (self.clone(), webhook.id);
        let asked = asked_change(&id, &change);
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| update_in(tx, &app, caller, &id, change);
        self.write_once(caller, asked, work, shown).await
    }

    /// Removes an endpoint with its log; with a format, only where it is told in that.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn webhook_delete(&self, caller: &Caller, format: Option<Format>, id: &str) -> Result<()> {
        caller.may(Action::WebhookManage)?;
        let (id, asked) = (id.to_owned(), Asked::new("webhook", "webhook.delete").with(id));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let webhook = shown_as(tx, format, &id)?;
            store::webhook::delete(tx, &webhook.id)?;
            event::emit(tx, caller, Topic::WebhookDeleted, webhook.id.as_str(), &facts(&webhook))?;
            Ok(id)
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }

    /// Gives an endpoint a new secret; the one before signs beside it for `previous_h` hours (0: not at all).
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid`.
    pub async fn webhook_rotate(&self, caller: &Caller, id: &str, previous_h: u32) -> Result<WebhookWithSecret> {
        caller.may(Action::WebhookManage)?;
        if previous_h > PREVIOUS_SECRET_MAX_H {
            return Err(Error::invalid("previous_hours", format!("must be 0-{PREVIOUS_SECRET_MAX_H}")));
        }
        let asked = Asked::new("webhook", "webhook.rotate").with(id).with(&previous_h.to_string());
        let (app, id) = (self.clone(), id.to_owned());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            rotate_in(tx, &app, caller, &id, previous_h)?;
            Ok(id)
        };
        let webhook = self.write_once(caller, asked, work, shown).await?;
        self.with_secret(webhook)
    }

    fn with_secret(&self, webhook: Webhook) -> Result<WebhookWithSecret> {
        let secret = secret::open(self.vault(), &webhook.id, secret::SECRET, &webhook.secret_sealed)?;
        Ok(WebhookWithSecret { webhook, secret })
    }

    fn check_topics(&self, format: Format, topics: &[String]) -> Result<()> {
        if topics.len() > TOPICS_MAX {
            return Err(Error::invalid("topics", format!("must be at most {TOPICS_MAX}")));
        }
        let face = self.webhook_face(format)?;
        match topics.iter().position(|topic| !is_topic_pattern(topic) && !face.knows_type(topic)) {
            Some(at) => Err(Error::invalid(format!("topics[{at}]"), "is no topic")),
            None => Ok(()),
        }
    }
}

fn check_description(text: &str) -> Result<()> {
    if text.chars().count() > 255 || text.chars().any(char::is_control) {
        return Err(Error::invalid("description", "must be at most 255 printable characters"));
    }
    Ok(())
}

fn check_basic(basic: &Basic) -> Result<()> {
    let is_text = |text: &str| text.chars().count() <= 255 && !text.chars().any(char::is_control);
    if basic.username.is_empty() || basic.username.contains(':') || !is_text(&basic.username) {
        return Err(Error::invalid("username", "must be 1-255 printable characters without a colon"));
    }
    if !is_text(&basic.password) {
        return Err(Error::invalid("password", "must be at most 255 printable characters"));
    }
    Ok(())
}

fn asked_of(new: &NewWebhook) -> Asked {
    let NewWebhook { url, description, format, topics, secret, basic } = new;
    let asked = Asked::new("webhook", "webhook.create").with(url).with(description).with(format.as_str());
    let asked = topics.iter().fold(asked, |asked, topic| asked.with(topic));
    with_basic(asked.with_some(secret.as_ref().map(|text| text.as_str())), basic.as_ref())
}

fn asked_change(id: &WebhookId, change: &ChangeWebhook) -> Asked {
    let ChangeWebhook { url, description, topics, enabled, basic } = change;
    let asked = Asked::new("webhook", "webhook.update").with(id.as_str());
    let asked = asked.with_some(url.as_deref()).with_some(description.as_deref());
    let asked = topics.iter().flatten().fold(asked.with_some(topics.as_ref().map(|_| "")), |a, topic| a.with(topic));
    let asked = asked.with_some(enabled.map(|on| if on { "on" } else { "off" }));
    match basic {
        None => asked.with("as it is"),
        Some(basic) => with_basic(asked, basic.as_ref()),
    }
}

fn with_basic(asked: Asked, basic: Option<&Basic>) -> Asked {
    asked.with_some(basic.map(|basic| basic.username.as_str())).with_some(basic.map(|basic| basic.password.as_str()))
}

/// The endpoint called `id`.
fn shown(tx: &store::ReadTx<'_>, id: &str) -> Result<Webhook> {
    let missing = || Error::not_found("webhook", id);
    store::webhook::fetch(tx, &WebhookId::parse(id).ok_or_else(missing)?)?.ok_or_else(missing)
}

fn create_in(tx: &mut WriteTx<'_>, app: &App, caller: &Caller, new: &NewWebhook) -> Result<String> {
    if store::webhook::count(tx)? >= limits::WEBHOOKS_MAX {
        return Err(Error::Conflict(format!("there are {} webhooks already", limits::WEBHOOKS_MAX)));
    }
    let (id, now): (WebhookId, _) = (tx.new_id(), tx.now());
    let drawn = || Zeroizing::new(signature::standard_secret(&tx.random().bytes::<32>()));
    let text = new.secret.clone().unwrap_or_else(drawn);
    let mut webhook = Webhook {
        url: new.url.clone(),
        description: new.description.clone(),
        format: new.format,
        topics: new.topics.clone(),
        disabled: None,
        secret_sealed: secret::seal(app.vault(), &id, secret::SECRET, &text, tx.random())?,
        previous_sealed: None,
        previous_until: None,
        username: String::new(),
        password_sealed: None,
        cursor: 0,
        tries: 0,
        next_try_at: None,
        failing_since: None,
        created_at: now,
        updated_at: now,
        id,
    };
    set_basic(tx, app, &mut webhook, new.basic.as_ref())?;
    event::emit(tx, caller, Topic::WebhookCreated, webhook.id.as_str(), &facts(&webhook))?;
    webhook.cursor = store::event::newest(tx)?;
    store::webhook::insert(tx, &webhook)?;
    Ok(webhook.id.to_string())
}

fn update_in(
    tx: &mut WriteTx<'_>,
    app: &App,
    caller: &Caller,
    id: &WebhookId,
    change: ChangeWebhook,
) -> Result<String> {
    let mut webhook = shown(tx, id.as_str())?;
    let ChangeWebhook { url, description, topics, enabled, basic } = change;
    webhook.url = url.unwrap_or(webhook.url);
    webhook.description = description.unwrap_or(webhook.description);
    if let Some(topics) = topics {
        set_topics(tx, app, &mut webhook, topics)?;
    }
    if let Some(basic) = &basic {
        set_basic(tx, app, &mut webhook, basic.as_ref())?;
    }
    match enabled {
        Some(true) => {
            webhook.disabled = None;
            (webhook.tries, webhook.next_try_at, webhook.failing_since) = (0, None, None);
        }
        Some(false) => webhook.disabled = webhook.disabled.or_else(|| Some(String::new())),
        None => {}
    }
    webhook.updated_at = tx.now();
    store::webhook::update(tx, &webhook)?;
    event::emit(tx, caller, Topic::WebhookUpdated, webhook.id.as_str(), &facts(&webhook))?;
    Ok(webhook.id.to_string())
}

fn set_basic(tx: &WriteTx<'_>, app: &App, webhook: &mut Webhook, basic: Option<&Basic>) -> Result<()> {
    webhook.username = basic.map(|basic| basic.username.clone()).unwrap_or_default();
    let seal = |basic: &Basic| secret::seal(app.vault(), &webhook.id, secret::PASSWORD, &basic.password, tx.random());
    webhook.password_sealed = basic.map(seal).transpose()?;
    Ok(())
}

fn rotate_in(tx: &mut WriteTx<'_>, app: &App, caller: &Caller, id: &str, previous_h: u32) -> Result<()> {
    let mut webhook = shown(tx, id)?;
    let id = webhook.id.clone();
    let before = secret::open(app.vault(), &id, secret::SECRET, &webhook.secret_sealed)?;
    let text = Zeroizing::new(signature::standard_secret(&tx.random().bytes::<32>()));
    webhook.secret_sealed = secret::seal(app.vault(), &id, secret::SECRET, &text, tx.random())?;
    (webhook.previous_sealed, webhook.previous_until) = (None, None);
    if previous_h > 0 {
        webhook.previous_sealed = Some(secret::seal(app.vault(), &id, secret::PREVIOUS, &before, tx.random())?);
        webhook.previous_until = Some(previous_until(tx.now(), previous_h));
    }
    webhook.updated_at = tx.now();
    store::webhook::update(tx, &webhook)?;
    event::emit(tx, caller, Topic::WebhookSecretRotated, id.as_str(), &facts(&webhook))
}

/// What events tell of an endpoint: the host of its address, because a path may hold a secret.
fn facts(webhook: &Webhook) -> serde_json::Value {
    let rest = webhook.url.split_once("//").map_or("", |(_, rest)| rest);
    json!({
        "host": rest.split(['/', '?']).next().unwrap_or(""),
        "description": webhook.description,
        "format": webhook.format.as_str(),
        "topics": webhook.topics,
        "enabled": webhook.disabled.is_none(),
        "reason": webhook.disabled,
        "sequence": webhook.cursor,
    })
}
