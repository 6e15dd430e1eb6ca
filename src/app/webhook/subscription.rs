//! Subscriptions one type at a time, as the treasury has them: only endpoints of one format are seen and changed.
//!
//! Other topics count from the write that sets them: what happened before and was not wanted then is not told later.

use super::{facts, shown};
use crate::app::write_once::Asked;
use crate::app::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::WebhookId;
use crate::domain::page::{Page, PageAsked};
use crate::domain::webhook::{Format, TOPICS_MAX, Webhook};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

/// What to change of an endpoint's subscriptions.
#[derive(Clone, Debug)]
pub struct Subscribe {
    /// The format that the endpoint is told in.
    pub format: Format,
    /// The endpoint.
    pub id: WebhookId,
    /// A type of that format: "balance_change".
    pub kind: String,
    /// Whether it is told of it from now on, or no more.
    pub is_on: bool,
}

impl App {
    /// Endpoints of a format, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn webhook_page(&self, caller: &Caller, format: Format, asked: PageAsked) -> Result<Page<Webhook>> {
        caller.may(Action::WebhookManage)?;
        self.store().read(|tx| Ok(Page::of(store::webhook::page(tx, format, asked)?, asked)))
    }

    /// Subscribes an endpoint to a type, or ends that; what is so already stays as it is.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` naming `topic`.
    pub async fn webhook_subscribe(&self, caller: &Caller, command: Subscribe) -> Result<Webhook> {
        caller.may(Action::WebhookManage)?;
        if !self.webhook_face(command.format)?.knows_type(&command.kind) {
            return Err(Error::invalid("topic", "is no topic"));
        }
        let asked = Asked::new("webhook", "webhook.subscribe")
            .with(command.id.as_str())
            .with(&command.kind)
            .with(if command.is_on { "on" } else { "off" });
        let app = self.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| subscribe_in(tx, &app, caller, &command);
        self.write_once(caller, asked, work, shown).await
    }
}

fn subscribe_in(tx: &mut WriteTx<'_>, app: &App, caller: &Caller, command: &Subscribe) -> Result<String> {
    let Subscribe { format, id, kind, is_on } = command;
    let mut webhook = shown_as(tx, Some(*format), id.as_str())?;
    // An endpoint made with patterns ("balance.*") goes on with what they meant.
    let mut types = app.webhook_face(*format)?.types_of(&webhook.topics);
    if types.contains(kind) == *is_on {
        return Ok(id.to_string());
    }
    if *is_on {
        types.push(kind.clone());
    } else {
        types.retain(|known| known != kind);
    }
    if types.len() > TOPICS_MAX {
        return Err(Error::invalid("topic", format!("is one too many: there are {TOPICS_MAX}")));
    }
    set_topics(tx, app, &mut webhook, types)?;
    webhook.updated_at = tx.now();
    store::webhook::update(tx, &webhook)?;
    event::emit(tx, caller, Topic::WebhookUpdated, id.as_str(), &facts(&webhook))?;
    Ok(id.to_string())
}

/// Gives an endpoint other topics. Events before this write that it did not want stay passed over; where one that it
/// wanted still waits, what comes after that one is looked at again.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn set_topics(tx: &WriteTx<'_>, app: &App, webhook: &mut Webhook, topics: Vec<String>) -> Result<()> {
    let passed = app.sending().passed(&webhook.id, webhook.cursor);
    webhook.cursor = if webhook.topics.is_empty() {
        store::event::newest(tx)?
    } else {
        let face = app.webhook_face(webhook.format)?;
        let wants = |topic: &str| face.type_of(topic).is_some_and(|name| webhook.wants(topic, &name));
        let before = store::event::list_after(tx, passed, limits::WEBHOOK_PAGE_MAX)?;
        let unwanted = before.iter().take_while(|event| !wants(&event.topic));
        unwanted.last().map_or(passed, |event| event.seq)
    };
    webhook.topics = topics;
    Ok(())
}

/// The endpoint called `id`, where it is told in `format`.
///
/// # Errors
/// `NotFound`.
pub(super) fn shown_as(tx: &ReadTx<'_>, format: Option<Format>, id: &str) -> Result<Webhook> {
    let webhook = shown(tx, id)?;
    if format.is_some_and(|format| format != webhook.format) {
        return Err(Error::not_found("webhook", id));
    }
    Ok(webhook)
}
