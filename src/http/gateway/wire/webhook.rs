//! Webhooks on the wire: endpoints, their log, what is asked of them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use crate::app::webhook::{Basic, ChangeWebhook, NewWebhook, WebhookWithSecret};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Format, PREVIOUS_SECRET_H, Webhook, WebhookDelivery, WebhookReplay};
use crate::error::{Error, Result};
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};

/// An endpoint to make.
#[derive(Deserialize, ToSchema)]
pub struct NewWebhookBody {
    /// Where messages are sent: https on port 443 or 8443, a public host, no name, password or fragment in it.
    #[schema(min_length = 9, max_length = 2000, example = "https://example.com/hooks/bursar")]
    pub url: String,
    /// What is told: "invoice.paid", "invoice.*", "*", or a type of the format. Everything where it is not given.
    #[schema(max_items = 100, example = json!(["invoice.paid", "transaction.*"]))]
    pub topics: Option<Vec<String>>,
    /// How it is told: "standard" where it is not given.
    #[schema(pattern = "^(standard|gateway|fermata)?$", example = "standard")]
    pub format: Option<String>,
    /// What to call it.
    #[schema(max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "shop")]
    pub description: Option<String>,
    /// A secret that is in use already: `whsec_` and 24-64 bytes in base64, or 24-128 printable ASCII characters. One is
    /// drawn where it is not given.
    #[schema(value_type = Option<String>, min_length = 24, max_length = 128, pattern = "^[!-~]+$", example = "12345678-1234-1234-1234-123456789012")]
    pub secret: Option<Zeroizing<String>>,
    /// Name for HTTP Basic, with `password`; no colon.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^:\x00-\x1f\x7f-\x9f]+$", example = "bursar")]
    pub username: Option<String>,
    /// Password for HTTP Basic, with `username`.
    #[schema(value_type = Option<String>, max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "correct horse")]
    pub password: Option<Zeroizing<String>>,
}

impl NewWebhookBody {
    /// The command behind the request.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<NewWebhook> {
        let Self { url, topics, format, description, secret, username, password } = self;
        let format = match format.as_deref() {
            None | Some("") => Format::Standard,
            Some(name) => Format::parse(name)
                .ok_or_else(|| Error::invalid("format", r#"must be "standard", "gateway" or "fermata""#))?,
        };
        Ok(NewWebhook {
            url,
            description: description.unwrap_or_default(),
            format,
            topics: topics.unwrap_or_else(|| vec!["*".to_owned()]),
            secret,
            basic: basic(username, password)?,
        })
    }
}

/// What to change; what is not given stays.
#[derive(Deserialize, ToSchema)]
pub struct ChangeWebhookBody {
    /// Where messages are sent.
    #[schema(min_length = 9, max_length = 2000, example = "https://example.com/hooks/bursar")]
    pub url: Option<String>,
    /// What is told.
    #[schema(max_items = 100, example = json!(["*"]))]
    pub topics: Option<Vec<String>>,
    /// What to call it.
    #[schema(max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "shop")]
    pub description: Option<String>,
    /// Whether it is told anything. True goes on at once with the message it stands at.
    #[schema(example = true)]
    pub enabled: Option<bool>,
    /// Name for HTTP Basic, with `password`; "" takes both away.
    #[schema(max_length = 255, pattern = r"^[^:\x00-\x1f\x7f-\x9f]*$", example = "bursar")]
    pub username: Option<String>,
    /// Password for HTTP Basic, with `username`.
    #[schema(value_type = Option<String>, max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "correct horse")]
    pub password: Option<Zeroizing<String>>,
}

impl ChangeWebhookBody {
    /// The command behind the request.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<ChangeWebhook> {
        let Self { url, topics, description, enabled, username, password } = self;
        let takes_away = username.as_deref() == Some("") && password.as_ref().is_none_or(|text| text.is_empty());
        let basic = if takes_away { Some(None) } else { basic(username, password)?.map(Some) };
        Ok(ChangeWebhook { url, description, topics, enabled, basic })
    }
}

fn basic(username: Option<String>, password: Option<Zeroizing<String>>) -> Result<Option<Basic>> {
    match (username, password) {
        (None, None) => Ok(None),
        (Some(username), Some(password)) => Ok(Some(Basic { username, password })),
        (None, Some(_)) => Err(Error::invalid("username", "is required with password")),
        (Some(_), None) => Err(Error::invalid("password", "is required with username")),
    }
}

/// How to change the secret.
#[derive(Deserialize, ToSchema)]
pub struct RotateSecretBody {
    /// How long the secret before signs beside the new one, hours; 24 where it is not given.
    #[schema(minimum = 0, maximum = 168, example = 24)]
    pub previous_hours: Option<u32>,
}

impl RotateSecretBody {
    /// Hours.
    pub fn hours(&self) -> u32 {
        self.previous_hours.unwrap_or(PREVIOUS_SECRET_H)
    }
}

/// What to send once more: one event, or those of a range.
#[derive(Deserialize, ToSchema)]
pub struct ReplayBody {
    /// This event alone.
    #[schema(minimum = 1, example = 1)]
    pub sequence: Option<i64>,
    /// From this event on, where `sequence` is not given.
    #[schema(minimum = 1, example = 1)]
    pub from: Option<i64>,
    /// Up to this event; up to where the endpoint is where it is not given.
    #[schema(minimum = 1, example = 1)]
    pub to: Option<i64>,
}

impl ReplayBody {
    /// The first and the last event.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_range(self) -> Result<(i64, Option<i64>)> {
        let Self { sequence, from, to } = self;
        match (sequence, from) {
            (Some(_), Some(_)) => Err(Error::invalid("sequence", "is one event: leave out from and to")),
            (Some(_), None) if to.is_some() => Err(Error::invalid("to", "goes with from")),
            (Some(one), None) => Ok((one, Some(one))),
            (None, Some(from)) => Ok((from, to)),
            (None, None) => Err(Error::invalid("from", "is required, or sequence")),
        }
    }
}

/// An endpoint; `secret` is whole only in the answer that made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookBody {
    /// Its id.
    #[schema(example = "VlNTePu1tRQdzT0v")]
    pub id: String,
    /// Where messages are sent.
    #[schema(example = "https://example.com/hooks/bursar")]
    pub url: String,
    /// What the merchant calls it.
    pub description: String,
    /// "standard", "gateway" or "fermata".
    #[schema(example = "standard")]
    pub format: String,
    /// What is told.
    #[schema(example = json!(["*"]))]
    pub topics: Vec<String>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why not, "" where nobody said.
    pub disabled_reason: String,
    /// Name for HTTP Basic, "" where there is none.
    pub username: String,
    /// The secret once, "" ever after.
    #[schema(example = "")]
    pub secret: String,
    /// Until when the secret before signs too, RFC 3339; null where it does not.
    pub previous_secret_until: Option<String>,
    /// The number of the last event it is done with.
    #[schema(example = 41)]
    pub sequence: i64,
    /// Failed tries of the message it stands at.
    #[schema(minimum = 0)]
    pub tries: u32,
    /// When it is tried again, RFC 3339; null where nothing failed.
    pub next_try_at: Option<String>,
    /// Since when nothing arrives, RFC 3339; null where nothing failed.
    pub failing_since: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

impl From<Webhook> for WebhookBody {
    fn from(webhook: Webhook) -> Self {
        let Webhook { id, url, description, format, topics, disabled, previous_until, username, cursor, .. } = webhook;
        let Webhook { tries, next_try_at, failing_since, created_at, updated_at, .. } = webhook;
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: id.to_string(),
            url,
            description,
            format: format.as_str().to_owned(),
            topics,
            enabled: disabled.is_none(),
            disabled_reason: disabled.unwrap_or_default(),
            username,
            secret: String::new(),
            previous_secret_until: text(previous_until),
            sequence: cursor,
            tries,
            next_try_at: text(next_try_at),
            failing_since: text(failing_since),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl From<WebhookWithSecret> for WebhookBody {
    fn from(WebhookWithSecret { webhook, secret }: WebhookWithSecret) -> Self {
        Self { secret: secret.as_str().to_owned(), ..Self::from(webhook) }
    }
}

/// Which tries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// At most so many, 10 where it is not given.
    #[param(minimum = 1, maximum = 100, example = 10)]
    pub limit: Option<u32>,
    /// Those before this one: the `id` of the last of the page before.
    #[param(example = 1000)]
    pub before: Option<i64>,
}

impl DeliveryQuery {
    /// `before` and `limit` in its bounds.
    ///
    /// # Errors
    /// `Invalid` naming the one that is not.
    pub fn into_parts(self) -> Result<(Option<i64>, u32)> {
        let limit = self.limit.unwrap_or(PAGE_DEFAULT);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Error::invalid("limit", format!("must be 1-{PAGE_MAX}")));
        }
        Ok((self.before, limit))
    }
}

/// One try of one message.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryBody {
    /// Newer ones are higher; 0 for a test just sent.
    #[schema(example = 12)]
    pub id: i64,
    /// The event's number; null for a test.
    #[schema(example = 41)]
    pub sequence: Option<i64>,
    /// `webhook-id`.
    pub message_id: String,
    /// The type as it was told.
    #[serde(rename = "type")]
    #[schema(example = "invoice.paid")]
    pub kind: String,
    /// "succeeded" or "failed".
    #[schema(example = "succeeded")]
    pub status: String,
    /// 1 for the first try.
    #[schema(minimum = 1, example = 1)]
    pub attempt: u32,
    /// Whether it was sent because somebody asked for it again.
    pub replay: bool,
    /// The receiver's HTTP status; null where no answer came.
    #[schema(example = 200)]
    pub response_status: Option<u16>,
    /// The first bytes of its answer.
    pub response_body: String,
    /// What went wrong on the way, "" where an answer came.
    pub error: String,
    /// How long it took.
    #[schema(minimum = 0, example = 35)]
    pub duration_ms: u64,
    /// When, RFC 3339.
    pub created_at: String,
}

impl From<WebhookDelivery> for DeliveryBody {
    fn from(delivery: WebhookDelivery) -> Self {
        let is_success = delivery.is_success();
        let WebhookDelivery { key, webhook_id: _, seq, message_id, kind, attempt, is_replay, .. } = delivery;
        let WebhookDelivery { at, duration_ms, status, problem, answer, .. } = delivery;
        Self {
            id: key,
            sequence: seq,
            message_id,
            kind,
            status: if is_success { "succeeded" } else { "failed" }.to_owned(),
            attempt,
            replay: is_replay,
            response_status: status,
            response_body: answer,
            error: problem,
            duration_ms,
            created_at: at.to_string(),
        }
    }
}

/// What is sent once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayAnswer {
    /// Its id; the gateway's format carries it in `X-Webhook-Event-Id`.
    pub id: String,
    /// The first event.
    #[schema(example = 1)]
    pub from: i64,
    /// The last event.
    #[schema(example = 41)]
    pub to: i64,
}

impl From<WebhookReplay> for ReplayAnswer {
    fn from(replay: WebhookReplay) -> Self {
        let WebhookReplay { id, webhook_id: _, after_seq, to_seq, created_at: _ } = replay;
        Self { id: id.to_string(), from: after_seq.saturating_add(1), to: to_seq }
    }
}
