//! Sending: an endpoint's turn is one task that goes on until nothing is due for it.
//!
//! What was sent is written down every few messages, so a crash repeats a few; it never skips one, because the cursor
//! moves only in the commit that logs what was answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use zeroize::Zeroizing;

use super::face::{Message, WebhookFace};
use super::secret;
use crate::app::mail::{self, Letter, NewMail};
use crate::app::user::first_admin;
use crate::app::{App, Caller, event};
use crate::domain::access::Actor;
use crate::domain::event::{Event, Topic};
use crate::domain::id::WebhookId;
use crate::domain::text::is_email;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{AfterFailure, Webhook, WebhookDelivery, WebhookReplay, after_failure};
use crate::error::Result;
use crate::limits;
use crate::outbound::Answered;
use crate::signature;
use crate::store::{self, WriteTx};

/// An endpoint with what lies before it.
struct Work {
    webhook: Webhook,
    replay: Option<WebhookReplay>,
    /// The next events in order, wanted or not.
    events: Vec<Event>,
}

/// What came of a part of them.
struct Sent {
    /// The last event that is done.
    reached: i64,
    log: Vec<WebhookDelivery>,
    /// The receiver's wish after a failure; the last row of the log is that failure.
    failed: Option<Option<u32>>,
}

/// An endpoint's opened secrets.
pub(super) struct Secrets {
    pub(super) current: Zeroizing<String>,
    pub(super) previous: Option<Zeroizing<String>>,
    basic: Option<Zeroizing<String>>,
}

impl App {
    /// Sends everything that is due for an endpoint, in order, until nothing is left or a try fails.
    ///
    /// # Errors
    /// Whatever the file refuses, a secret that does not open, a snapshot that cannot be read.
    pub async fn webhook_deliver(&self, id: &WebhookId) -> Result<()> {
        while let Some(work) = self.webhook_work(id)? {
            let sent = self.webhook_send(&work).await?;
            if sent.log.is_empty() && work.replay.is_none() {
                self.sending().pass(id, sent.reached);
                if sent.reached - work.webhook.cursor < limits::WEBHOOK_PASSED_MAX {
                    continue;
                }
            }
            let jitter = u16::from_le_bytes(self.random().bytes());
            let has_failed = sent.failed.is_some();
            self.store().write(move |tx| record_in(tx, &work, sent, jitter)).await?;
            if has_failed {
                break;
            }
        }
        Ok(())
    }

    /// What lies before an endpoint, if it may be sent anything now.
    fn webhook_work(&self, id: &WebhookId) -> Result<Option<Work>> {
        let now = self.now();
        self.store().read(|tx| {
            let Some(webhook) = store::webhook::fetch(tx, id)? else { return Ok(None) };
            if webhook.disabled.is_some() || webhook.next_try_at.is_some_and(|at| at > now) {
                return Ok(None);
            }
            let replay = store::webhook_delivery::replay_first(tx, id)?;
            let after = match &replay {
                Some(replay) => replay.after_seq,
                None => self.sending().passed(id, webhook.cursor),
            };
            let mut events = store::event::list_after(tx, after, limits::WEBHOOK_PAGE_MAX)?;
            if let Some(replay) = &replay {
                events.retain(|event| event.seq <= replay.to_seq);
            }
            Ok((replay.is_some() || !events.is_empty()).then_some(Work { webhook, replay, events }))
        })
    }

    async fn webhook_send(&self, work: &Work) -> Result<Sent> {
        let Work { webhook, replay, events } = work;
        let face = self.webhook_face(webhook.format)?;
        let secrets = self.webhook_secrets(webhook)?;
        let done = replay.as_ref().map_or(webhook.cursor, |replay| replay.after_seq);
        let mut sent = Sent { reached: done, log: Vec::new(), failed: None };
        for event in events {
            let name = face.type_of(&event.topic).filter(|name| webhook.wants(&event.topic, name));
            if let Some(kind) = name {
                let (delivery, answered) =
                    self.webhook_try(work, &*face, &secrets, event, kind, sent.log.len()).await?;
                let is_success = delivery.is_success();
                sent.log.push(delivery);
                if !is_success {
                    sent.failed = Some(answered.retry_after_s);
                    break;
                }
            }
            sent.reached = event.seq;
            if sent.log.len() >= limits::WEBHOOK_COMMIT_MAX {
                return Ok(sent);
            }
        }
        if let (Some(replay), None, true) = (replay, sent.failed, events.len() < page_max()) {
            // The last events of a replay may be wanted by nobody, or be missing: it is done all the same.
            sent.reached = replay.to_seq;
        }
        Ok(sent)
    }

    async fn webhook_try(
        &self,
        work: &Work,
        face: &dyn WebhookFace,
        secrets: &Secrets,
        event: &Event,
        kind: String,
        nth: usize,
    ) -> Result<(WebhookDelivery, Answered)> {
        let Work { webhook, replay, .. } = work;
        let message_id = format!("msg_{}_{}", webhook.id, event.seq);
        let body = match face.body(self, event) {
            Ok(body) => body,
            Err(why) => {
                // Counted like any failure: the endpoint must not be called for ever with what comes before it.
                tracing::error!(error = ?why, event = event.seq, "an event cannot be told to webhooks");
                let answered = Answered::failed("this event cannot be told, see the server's log".to_owned());
                return Ok(tried(work, event, (message_id, kind), self.now(), nth, answered));
            }
        };
        let message = Message {
            id: &message_id,
            body: &body,
            secret: &secrets.current,
            previous: secrets.previous.as_ref().map(|text| text.as_str()),
            replay: replay.as_ref().map(|replay| replay.id.as_str()),
            is_test: false,
        };
        let headers = self.webhook_headers(face, secrets, &message);
        let at = self.now();
        let answered = self.outbound().post(&webhook.url, &headers, body).await;
        self.checkpoint("webhook.sent")?;
        Ok(tried(work, event, (message_id, kind), at, nth, answered))
    }

    /// Opens what an endpoint signs with.
    pub(super) fn webhook_secrets(&self, webhook: &Webhook) -> Result<Secrets> {
        let open = |column, sealed: &Vec<u8>| secret::open(self.vault(), &webhook.id, column, sealed);
        let signs_too = webhook.previous_until.is_some_and(|until| self.now() < until);
        let previous = webhook.previous_sealed.as_ref().filter(|_| signs_too);
        let password = webhook.password_sealed.as_ref().map(|sealed| open(secret::PASSWORD, sealed)).transpose()?;
        let basic = password.map(|password| Zeroizing::new(format!("{}:{}", webhook.username, password.as_str())));
        Ok(Secrets {
            current: open(secret::SECRET, &webhook.secret_sealed)?,
            previous: previous.map(|sealed| open(secret::PREVIOUS, sealed)).transpose()?,
            basic,
        })
    }

    /// Every message's headers: Standard Webhooks, HTTP Basic, and the dialect's own.
    pub(super) fn webhook_headers(
        &self,
        face: &dyn WebhookFace,
        secrets: &Secrets,
        message: &Message<'_>,
    ) -> Vec<(String, String)> {
        let timestamp_s = self.now().as_seconds();
        let sign = |secret: &str| signature::standard(secret, message.id, timestamp_s, message.body);
        let mut signatures = sign(message.secret);
        if let Some(previous) = message.previous {
            signatures = format!("{signatures} {}", sign(previous));
        }
        let mut headers = face.headers(message);
        headers.extend([
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), message.id.to_owned()),
            ("webhook-timestamp".to_owned(), timestamp_s.to_string()),
            ("webhook-signature".to_owned(), signatures),
        ]);
        if let Some(basic) = &secrets.basic {
            headers.push(("authorization".to_owned(), format!("Basic {}", STANDARD.encode(basic.as_bytes()))));
        }
        headers
    }
}

fn tried(
    work: &Work,
    event: &Event,
    (message_id, kind): (String, String),
    at: Timestamp,
    nth: usize,
    answered: Answered,
) -> (WebhookDelivery, Answered) {
    // Failures count for the message the endpoint stands at, which is the first of a part.
    let attempt = if nth == 0 { work.webhook.tries.saturating_add(1) } else { 1 };
    let delivery = delivery(&work.webhook, message_id, kind, at, &answered);
    (WebhookDelivery { seq: Some(event.seq), attempt, is_replay: work.replay.is_some(), ..delivery }, answered)
}

fn page_max() -> usize {
    usize::try_from(limits::WEBHOOK_PAGE_MAX).unwrap_or(usize::MAX)
}

/// A row of the log about what `answered` says.
pub(super) fn delivery(
    webhook: &Webhook,
    message_id: String,
    kind: String,
    at: Timestamp,
    answered: &Answered,
) -> WebhookDelivery {
    let Answered { status, body, problem, duration_ms, retry_after_s: _ } = answered;
    WebhookDelivery {
        key: 0,
        webhook_id: webhook.id.clone(),
        seq: None,
        message_id,
        kind,
        attempt: 1,
        is_replay: false,
        at,
        duration_ms: *duration_ms,
        status: *status,
        problem: problem.clone(),
        answer: beginning(body),
    }
}

fn beginning(text: &str) -> String {
    let end = (0..=limits::WEBHOOK_ANSWER_MAX_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or("").to_owned()
}

/// Writes down what came of a part: the log, how far the endpoint is, what follows from a failure.
fn record_in(tx: &mut WriteTx<'_>, work: &Work, sent: Sent, jitter: u16) -> Result<()> {
    let Some(mut webhook) = store::webhook::fetch(tx, &work.webhook.id)? else { return Ok(()) };
    for delivery in &sent.log {
        store::webhook_delivery::insert(tx, delivery)?;
    }
    match &work.replay {
        Some(replay) => store::webhook_delivery::replay_advance(tx, &replay.id, sent.reached)?,
        None => webhook.cursor = webhook.cursor.max(sent.reached),
    }
    // A person changed it meanwhile: that failure says nothing of the endpoint as it is now.
    let is_same = webhook.updated_at == work.webhook.updated_at;
    match (sent.failed, sent.log.last()) {
        (Some(said_s), Some(failure)) if is_same => {
            // Tries of an earlier message of the part do not count for the one that failed.
            webhook.tries = failure.attempt;
            webhook.failing_since = webhook.failing_since.or(Some(failure.at));
            failed_in(tx, &mut webhook, failure, said_s, jitter)?;
        }
        (None, Some(_)) => (webhook.tries, webhook.next_try_at, webhook.failing_since) = (0, None, None),
        _ => {}
    }
    store::webhook::update(tx, &webhook)
}

fn failed_in(
    tx: &mut WriteTx<'_>,
    webhook: &mut Webhook,
    failure: &WebhookDelivery,
    said_s: Option<u32>,
    jitter: u16,
) -> Result<()> {
    let reason = match after_failure(webhook.tries, failure.status, said_s, tx.now(), jitter) {
        AfterFailure::TryAt(at) => {
            webhook.next_try_at = Some(at);
            return Ok(());
        }
        AfterFailure::Gone => "the receiver answered 410 Gone".to_owned(),
        AfterFailure::GivenUp => format!("{} was tried {} times", failure.message_id, webhook.tries),
    };
    webhook.next_try_at = None;
    webhook.disabled = Some(reason.clone());
    let facts = json!({
        "reason": reason,
        "host": super::facts(webhook)["host"],
        "sequence": failure.seq,
        "failing_since": webhook.failing_since.map(|at| at.to_string()),
    });
    tracing::warn!(webhook = webhook.id.as_str(), reason, "a webhook was disabled");
    let caller = Caller::internal(Actor::Job("send_webhooks"));
    event::emit(tx, &caller, Topic::WebhookDisabled, webhook.id.as_str(), &facts)?;
    told_by_mail_in(tx, &caller, webhook, &reason)
}

/// Tells the merchant, where there is an address: the company's, else the first administrator's.
fn told_by_mail_in(tx: &mut WriteTx<'_>, caller: &Caller, webhook: &Webhook, reason: &str) -> Result<()> {
    let addresses = [store::company::fetch(tx)?.email, first_admin(tx)?.email];
    let Some(to) = addresses.into_iter().find(|address| is_email(address)) else { return Ok(()) };
    let host = super::facts(webhook)["host"].as_str().unwrap_or_default().to_owned();
    let since = webhook.failing_since.map(|at| at.to_string()).unwrap_or_default();
    let letter = Letter::new(format!("A webhook to {host} is switched off"))
        .text("Nothing is sent to it any more. Switched on again, it goes on with the message that failed.")
        .facts([("Webhook", webhook.id.to_string()), ("Reason", reason.to_owned()), ("Failing since", since)]);
    let (about, step) = (("webhook", webhook.id.to_string()), tx.now().to_string());
    mail::queue_in(tx, caller, NewMail { kind: "webhook.disabled", about, step, to, letter })?;
    Ok(())
}
