//! How webhooks are told in the treasury's (fermata's) form (contract-fermata.md, section 9).

use serde_json::{Map, Value, json};

use super::wire::instant;
use crate::app::App;
use crate::app::webhook::face::{Message, WebhookFace};
use crate::domain::event::Event;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// The topics that an endpoint may subscribe to.
pub(in crate::http) const TYPES: [&str; 5] =
    ["balance_change", "negative_balance", "threshold", "auto_refill", "pause_balance"];

/// Ids in events and the names and prefixes that the treasury shows them with.
const IDS: [(&str, &str, &str); 3] =
    [("customer_id", "account_id", "a_"), ("event_id", "event_id", "e_"), ("charge_id", "charge_id", "t_")];

/// What our own feed tells besides.
const UNTOLD: [&str; 1] = ["off_reason"];

/// `{type, sequence, created_at, company_id, data}`.
pub(in crate::http) struct FermataFace;

impl WebhookFace for FermataFace {
    fn type_of(&self, topic: &str) -> Option<String> {
        type_of(topic).map(str::to_owned)
    }

    fn knows_type(&self, name: &str) -> bool {
        TYPES.contains(&name)
    }

    fn body(&self, app: &App, event: &Event) -> Result<Vec<u8>> {
        let facts: Map<String, Value> = serde_json::from_str(&event.data_json).map_err(Error::internal)?;
        let kind = type_of(&event.topic).unwrap_or_default();
        body(app, kind, event.seq, event.at, data(facts))
    }

    fn test_body(&self, app: &App) -> Result<Vec<u8>> {
        body(app, "test", 0, app.now(), Map::new())
    }

    fn headers(&self, _: &Message<'_>) -> Vec<(String, String)> {
        Vec::new()
    }
}

fn type_of(topic: &str) -> Option<&'static str> {
    match topic {
        "balance.changed" => Some("balance_change"),
        "balance.negative" => Some("negative_balance"),
        "balance.threshold" => Some("threshold"),
        "balance.paused" => Some("pause_balance"),
        "auto_refill.succeeded" | "auto_refill.declined" => Some("auto_refill"),
        _ => None,
    }
}

fn body(app: &App, kind: &str, seq: i64, at: Timestamp, data: Map<String, Value>) -> Result<Vec<u8>> {
    let company_id = format!("c_{}", app.company()?.id);
    let created_at = instant(at);
    let body =
        json!({ "type": kind, "sequence": seq, "created_at": created_at, "company_id": company_id, "data": data });
    serde_json::to_vec(&body).map_err(Error::internal)
}

/// The facts of an event with the treasury's ids.
fn data(mut facts: Map<String, Value>) -> Map<String, Value> {
    UNTOLD.iter().for_each(|name| drop(facts.remove(*name)));
    for (name, shown, prefix) in IDS {
        match facts.remove(name) {
            Some(Value::String(id)) => drop(facts.insert(shown.to_owned(), json!(format!("{prefix}{id}")))),
            Some(other) => drop(facts.insert(shown.to_owned(), other)),
            None => {}
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_have_the_treasurys_ids() {
        let Value::Object(facts) =
            json!({ "customer_id": "A1", "event_id": null, "charge_id": "T1", "change": -7, "off_reason": null })
        else {
            panic!("an object")
        };
        let shown = json!({ "account_id": "a_A1", "event_id": null, "charge_id": "t_T1", "change": -7 });
        assert_eq!(Value::Object(data(facts)), shown);
    }

    #[test]
    fn every_type_is_a_topics_but_nothing_else_is_told() {
        for (topic, expected) in [
            ("balance.changed", Some("balance_change")),
            ("balance.updated", None),
            ("auto_refill.declined", Some("auto_refill")),
            ("auto_refill.succeeded", Some("auto_refill")),
            ("auto_refill.set", None),
            ("transaction.approved", None),
        ] {
            assert_eq!(type_of(topic), expected, "{topic}");
            assert!(expected.is_none_or(|kind| FermataFace.knows_type(kind)), "{topic}");
        }
    }

    #[test]
    fn patterns_are_spelt_out_in_the_treasurys_types() {
        for (topics, expected) in [
            (vec![], vec![]),
            (vec!["threshold", "balance_change"], vec!["threshold", "balance_change"]),
            (vec!["balance.paused", "pause_balance"], vec!["pause_balance"]),
            (vec!["balance.*"], vec!["balance_change", "negative_balance", "pause_balance", "threshold"]),
            (vec!["invoice.*"], vec![]),
        ] {
            let topics: Vec<String> = topics.into_iter().map(str::to_owned).collect();
            assert_eq!(FermataFace.types_of(&topics), expected, "{topics:?}");
        }
    }
}
