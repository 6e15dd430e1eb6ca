//! Webhooks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::super::webhook_face::FermataFace;
use super::{Instant, given, instant};
use crate::app::webhook::face::WebhookFace;
use crate::app::webhook::{Basic, NewWebhook, WebhookWithSecret};
use crate::domain::id::WebhookId;
use crate::domain::webhook::{Format, Webhook};
use crate::error::{Error, Result};

/// A new endpoint.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTreasuryWebhook {
    /// Where messages are sent: https on port 443 or 8443, a public host, no name, password or fragment in it.
    #[schema(min_length = 9, max_length = 2000, example = "https://example.com/hooks/balances")]
    url: String,
    /// Name for HTTP Basic, with `password`; no colon.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, min_length = 1, max_length = 255, pattern = r"^[^:\x00-\x1f\x7f-\x9f]+$", example = "u")]
    username: Option<String>,
    /// Password for HTTP Basic, with `username`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, max_length = 255, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "correct horse")]
    password: Option<Zeroizing<String>>,
}

impl NewTreasuryWebhook {
    /// The command.
    ///
    /// # Errors
    /// `Invalid` naming the member that is missing of a pair.
    pub fn into_command(self) -> Result<NewWebhook> {
        let Self { url, username, password } = self;
        let basic = match (username, password) {
            (None, None) => None,
            (Some(username), Some(password)) => Some(Basic { username, password }),
            (None, Some(_)) => return Err(Error::invalid("username", "goes with password")),
            (Some(_), None) => return Err(Error::invalid("password", "goes with username")),
        };
        let (description, topics) = (String::new(), Vec::new());
        Ok(NewWebhook { url, description, format: Format::Fermata, topics, secret: None, basic })
    }
}

/// What an endpoint may be told of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it is there for the document; the face's list of types is what is answered")]
enum TreasuryTopic {
    /// `amount` or `pending` of a balance changed.
    BalanceChange,
    /// An event left a balance below zero.
    NegativeBalance,
    /// What is available fell to `alert_at` or below.
    Threshold,
    /// A refill or a plan's renewal reached an outcome.
    AutoRefill,
    /// A balance was paused, or goes on.
    PauseBalance,
}

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryWebhook {
    /// Its id.
    #[schema(pattern = r"^w_[A-Za-z0-9]+$", example = "w_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// Where messages are sent.
    #[schema(max_length = 2000, example = "https://example.com/hooks/balances")]
    url: String,
    /// Name for HTTP Basic.
    #[schema(max_length = 255, example = "u")]
    username: Option<String>,
    /// What is told.
    #[schema(value_type = Vec<TreasuryTopic>, max_items = 5, example = json!(["balance_change"]))]
    topics: Vec<String>,
    /// Whether anything is told; not after the last try of a message, or after a 410.
    #[schema(example = true)]
    enabled: bool,
    /// What signs messages, as Standard Webhooks has it; only in the answer that made the endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, max_length = 128, pattern = r"^whsec_[A-Za-z0-9+/=]+$", example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    secret: Option<Zeroizing<String>>,
    /// When it was made.
    #[schema(value_type = Instant)]
    created_at: String,
    /// When it last changed.
    #[schema(value_type = Option<Instant>)]
    updated_at: Option<String>,
}

impl From<Webhook> for TreasuryWebhook {
    fn from(webhook: Webhook) -> Self {
        // How deliveries go and what is sealed is not offered here.
        let Webhook { id, url, topics, disabled, username, created_at, updated_at, .. } = webhook;
        Self {
            id: shown_id(&id),
            url,
            username: Some(username).filter(|name| !name.is_empty()),
            topics: FermataFace.types_of(&topics),
            enabled: disabled.is_none(),
            secret: None,
            created_at: instant(created_at),
            updated_at: (updated_at != created_at).then(|| instant(updated_at)),
        }
    }
}

impl From<WebhookWithSecret> for TreasuryWebhook {
    fn from(WebhookWithSecret { webhook, secret }: WebhookWithSecret) -> Self {
        Self { secret: Some(secret), ..webhook.into() }
    }
}

/// An endpoint that was removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryWebhookGone {
    /// Its id.
    #[schema(pattern = r"^w_[A-Za-z0-9]+$", example = "w_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// Always.
    #[schema(example = true)]
    deleted: bool,
}

impl From<WebhookId> for TreasuryWebhookGone {
    fn from(id: WebhookId) -> Self {
        Self { id: shown_id(&id), deleted: true }
    }
}

fn shown_id(id: &WebhookId) -> String {
    format!("w_{id}")
}
