//! How webhooks are told: in the gateway's envelope, and as Standard Webhooks.

use serde::Serialize;
use serde_json::Value;

use super::wire::event::EventBody;
use super::wire::transaction_answer::{ResponseForm, TransactionBody};
use crate::app::App;
use crate::app::webhook::face::{Message, WebhookFace};
use crate::domain::event::{Event, Topic};
use crate::error::{Error, Result};
use crate::signature;

/// Signs tests in the gateway's format (facts-gateway.md, "Webhooks").
const TEST_KEY: &str = "00000000-0000-4000-8000-000000000001";

/// Standard Webhooks: the event as the feed shows it.
pub(in crate::http) struct StandardFace;

impl WebhookFace for StandardFace {
    fn type_of(&self, topic: &str) -> Option<String> {
        Some(topic.to_owned())
    }

    fn knows_type(&self, _: &str) -> bool {
        false
    }

    fn body(&self, _: &App, event: &Event) -> Result<Vec<u8>> {
        serde_json::to_vec(&EventBody::of(event.clone())?).map_err(Error::internal)
    }

    fn test_body(&self, app: &App) -> Result<Vec<u8>> {
        let body = serde_json::json!({ "type": "test", "timestamp": app.now().to_string(), "data": {} });
        serde_json::to_vec(&body).map_err(Error::internal)
    }

    fn headers(&self, _: &Message<'_>) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// The gateway's envelope around the transaction as it was.
pub(in crate::http) struct GatewayFace;

#[derive(Serialize)]
struct Envelope<'a> {
    status: &'a str,
    msg: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    account_type: &'a str,
    account_type_id: &'a str,
    transaction_id: &'a str,
    action_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

impl Envelope<'_> {
    /// The body: JSON and a newline, which is signed too.
    fn text(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self).map_err(Error::internal)?;
        text.push(b'\n');
        Ok(text)
    }
}

impl WebhookFace for GatewayFace {
    fn type_of(&self, topic: &str) -> Option<String> {
        type_of(topic)
    }

    fn knows_type(&self, name: &str) -> bool {
        Topic::ALL.iter().any(|topic| type_of(topic.as_str()).as_deref() == Some(name))
    }

    fn body(&self, app: &App, event: &Event) -> Result<Vec<u8>> {
        let is_transaction = event.subject_kind == "transaction";
        let data = if is_transaction {
            let view = app.transaction_of_event(event)?;
            serde_json::to_value(TransactionBody::of(view, ResponseForm::Body)?).map_err(Error::internal)?
        } else {
            serde_json::from_str(&event.data_json).map_err(Error::internal)?
        };
        let kind = type_of(&event.topic).unwrap_or_default();
        let company = app.company()?;
        let transaction_id = if is_transaction { event.subject_id.as_str() } else { "" };
        let action_at = event.at.to_string();
        let account_type_id = company.id.as_str();
        envelope(&kind, account_type_id, transaction_id, action_at, Some(data)).text()
    }

    fn test_body(&self, app: &App) -> Result<Vec<u8>> {
        envelope("test", app.company()?.id.as_str(), "", app.now().to_string(), None).text()
    }

    fn headers(&self, message: &Message<'_>) -> Vec<(String, String)> {
        let secret = if message.is_test { TEST_KEY } else { message.secret };
        let mut headers = vec![("Signature".to_owned(), signature::gateway(secret, message.body))];
        if let Some(previous) = message.previous.filter(|_| !message.is_test) {
            headers.push(("Signature-Previous".to_owned(), signature::gateway(previous, message.body)));
        }
        // A replay is an event of its own for receivers that drop what they have seen.
        let event_id = match message.replay {
            Some(replay) => format!("{}_{replay}", message.id),
            None => message.id.to_owned(),
        };
        headers.push(("X-Webhook-Event-Id".to_owned(), event_id));
        headers.extend(message.replay.map(|_| ("X-Webhook-Replay-Of".to_owned(), message.id.to_owned())));
        headers
    }
}

fn envelope<'a>(
    kind: &'a str,
    account_type_id: &'a str,
    transaction_id: &'a str,
    action_at: String,
    data: Option<Value>,
) -> Envelope<'a> {
    let (status, msg, account_type) = ("success", "success", "merchant");
    Envelope { status, msg, kind, account_type, account_type_id, transaction_id, action_at, data }
}

/// The gateway's name of a topic: `transaction_create` is known (facts-gateway.md); the others follow its form.
fn type_of(topic: &str) -> Option<String> {
    let (noun, what) = topic.split_once('.')?;
    let verb = match (noun, what) {
        // Nobody knows yet what became of it: `transaction_create` follows.
        ("transaction", "created" | "unknown") => return None,
        ("transaction", "approved" | "declined") | (_, "created") => "create",
        ("transaction", "captured") => "capture",
        ("transaction", "voided") => "void",
        ("transaction", "refunded") => "refund",
        ("transaction", "returned") => "return",
        ("transaction", "settled") => "settle",
        (_, "updated") => "update",
        (_, "deleted") => "delete",
        (_, other) => other,
    };
    Some(format!("{noun}_{verb}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_gateways_form() {
        for (topic, expected) in [
            ("transaction.approved", Some("transaction_create")),
            ("transaction.declined", Some("transaction_create")),
            ("transaction.created", None),
            ("transaction.unknown", None),
            ("transaction.settled", Some("transaction_settle")),
            ("customer.created", Some("customer_create")),
            ("subscription.status_changed", Some("subscription_status_changed")),
        ] {
            assert_eq!(type_of(topic).as_deref(), expected, "{topic}");
        }
    }
}
