//! What a person does with deliveries: read the log, send once more, send a test.

use serde_json::json;

use super::deliver::delivery;
use super::face::Message;
use super::shown;
use crate::app::write_once::Asked;
use crate::app::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::{WebhookId, WebhookReplayId};
use crate::domain::time::{DAY, Timestamp};
use crate::domain::webhook::{WebhookDelivery, WebhookReplay};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// How many tries one commit forgets.
const PRUNE_MAX: u32 = 5_000;

impl App {
    /// Tries of an endpoint, newest first, from before row `before` on.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn webhook_deliveries(
        &self,
        caller: &Caller,
        id: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<WebhookDelivery>> {
        caller.may(Action::WebhookManage)?;
        let limit = limit.clamp(1, limits::PAGE_MAX);
        self.store().read(|tx| {
            let webhook = shown(tx, id)?;
            store::webhook_delivery::list(tx, &webhook.id, before.unwrap_or(i64::MAX), limit)
        })
    }

    /// Sends the events numbered `from` to `to` once more, those that the endpoint wants, before anything new; without
    /// `to`, up to where the endpoint is. Waiting for a failed message is cut short.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` naming the bound, `Conflict` where too many wait.
    pub async fn webhook_replay(&self, caller: &Caller, id: &str, from: i64, to: Option<i64>) -> Result<WebhookReplay> {
        caller.may(Action::WebhookManage)?;
        let asked = Asked::new("webhook_replay", "webhook.replay").with(id).with(&from.to_string());
        let asked = asked.with_some(to.map(|to| to.to_string()).as_deref());
        let id = id.to_owned();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let replay = replay_in(tx, caller, &id, from, to)?;
            // Kept as one text, because the row goes as soon as it is done.
            Ok(format!("{} {} {} {}", replay.id, replay.webhook_id, replay.after_seq, replay.to_seq))
        };
        let now = self.now();
        self.write_once(caller, asked, work, move |_, text| read_replay(text, now)).await
    }

    /// Sends a test to an endpoint, now and beside its queue, and answers what came of it.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn webhook_test(&self, caller: &Caller, id: &str) -> Result<WebhookDelivery> {
        caller.may(Action::WebhookManage)?;
        let webhook = self.store().read(|tx| shown(tx, id))?;
        let face = self.webhook_face(webhook.format)?;
        let secrets = self.webhook_secrets(&webhook)?;
        let message_id = format!("test_{}_{}", webhook.id, self.random().public_token());
        let body = face.test_body(self)?;
        let message = Message {
            id: &message_id,
            body: &body,
            secret: &secrets.current,
            previous: secrets.previous.as_ref().map(|text| text.as_str()),
            replay: None,
            is_test: true,
        };
        let headers = self.webhook_headers(&*face, &secrets, &message);
        let at = self.now();
        let answered = self.outbound().post(&webhook.url, &headers, body.clone()).await;
        let tried = delivery(&webhook, message_id.clone(), "test".to_owned(), at, &answered);
        let row = tried.clone();
        self.store().write(move |tx| log_in(tx, &row)).await?;
        Ok(tried)
    }

    /// Forgets old tries; answers how many.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) async fn webhook_log_prune(&self) -> Result<usize> {
        let before = self.now().plus(-limits::WEBHOOK_LOG_DAYS * DAY);
        let mut count = 0usize;
        loop {
            let done = self.store().write(move |tx| store::webhook_delivery::prune(tx, before, PRUNE_MAX)).await?;
            count = count.saturating_add(done);
            if done == 0 {
                return Ok(count);
            }
        }
    }
}

fn log_in(tx: &mut WriteTx<'_>, delivery: &WebhookDelivery) -> Result<()> {
    // It may have been deleted while the test was on its way.
    match store::webhook::fetch(tx, &delivery.webhook_id)? {
        Some(_) => store::webhook_delivery::insert(tx, delivery),
        None => Ok(()),
    }
}

fn replay_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &str, from: i64, to: Option<i64>) -> Result<WebhookReplay> {
    let mut webhook = shown(tx, id)?;
    let newest = store::event::newest(tx)?;
    if !(1..=newest).contains(&from) {
        return Err(Error::invalid("from", format!("must be 1-{newest}, the numbers of events so far")));
    }
    let to_seq = to.unwrap_or(webhook.cursor.max(from)).min(newest);
    if to_seq < from {
        return Err(Error::invalid("to", "must not be before from"));
    }
    if webhook.disabled.is_some() {
        return Err(Error::Conflict("the webhook is disabled: enable it first".to_owned()));
    }
    if store::webhook_delivery::replay_count(tx, &webhook.id)? >= limits::WEBHOOK_REPLAYS_MAX {
        return Err(Error::Conflict(format!("{} replays wait already", limits::WEBHOOK_REPLAYS_MAX)));
    }
    let replay = WebhookReplay {
        id: tx.new_id(),
        webhook_id: webhook.id.clone(),
        after_seq: from - 1,
        to_seq,
        created_at: tx.now(),
    };
    store::webhook_delivery::replay_insert(tx, &replay)?;
    (webhook.tries, webhook.next_try_at) = (0, None);
    store::webhook::update(tx, &webhook)?;
    event::emit(tx, caller, Topic::WebhookReplayed, webhook.id.as_str(), &json!({ "from": from, "to": to_seq }))?;
    Ok(replay)
}

fn read_replay(text: &str, now: Timestamp) -> Result<WebhookReplay> {
    let bad = || Error::internal("a replay's result is not one");
    let parts: Vec<&str> = text.split(' ').collect();
    let [id, webhook_id, after_seq, to_seq] = parts.as_slice() else { return Err(bad()) };
    Ok(WebhookReplay {
        id: WebhookReplayId::from_stored((*id).to_owned()),
        webhook_id: WebhookId::from_stored((*webhook_id).to_owned()),
        after_seq: after_seq.parse().map_err(|_| bad())?,
        to_seq: to_seq.parse().map_err(|_| bad())?,
        created_at: now,
    })
}
