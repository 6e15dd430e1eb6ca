//! Section 9 of the contract: what is told, to a real receiver: bodies of every topic, headers, order, tries.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::webhook::{TOPICS, made, place};
use super::{Shop, refused};
use crate::support::{Behave, Catcher, Caught};

/// A shop, a receiver that is told of everything, and the secret.
struct Told {
    shop: Shop,
    catcher: Catcher,
    hook: Value,
    seen: usize,
}

impl Told {
    async fn open(topics: &[&str]) -> Self {
        let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
        let catcher = Catcher::start().await;
        let hook = made(&shop, json!({ "url": catcher.url(), "username": "u", "password": "p:w" })).await;
        for topic in topics {
            shop.post(&format!("{}/subscribe/{topic}", place(&hook)), &json!({})).await.data(200);
        }
        Self { shop, catcher, hook, seen: 0 }
    }

    fn secret(&self) -> &str {
        self.hook["secret"].as_str().expect("the secret")
    }

    /// The next `count` messages.
    async fn next(&mut self, count: usize) -> Vec<Value> {
        let caught = self.catcher.wait_for(self.seen + count).await;
        let told = caught[self.seen..].iter().map(Caught::json).collect();
        self.seen = caught.len();
        told
    }

    /// The id of a new event.
    async fn event(&self, body: Value) -> String {
        let answer = self.shop.post("{a}/balance/credits", &body).await;
        answer.data(200)["event"]["id"].as_str().expect("an id").to_owned()
    }
}

/// `{amount, pending, available}` as messages show a balance.
fn balance(amount: i64, debits: i64, events: i64) -> Value {
    json!({ "amount": amount, "pending": { "debits": debits, "credits": 0, "events": events }, "available": amount - debits })
}

/// Every reason that a write of this API has, and every other topic that it makes, with the whole body.
#[tokio::test]
async fn every_topic_has_its_body() {
    let mut told = Told::open(&TOPICS).await;
    let (company, account) = (told.shop.company.clone(), told.shop.account.clone());
    let data = |unit: &str, shown: Value, more: Value| {
        let mut data = json!({ "account_id": account, "denomination": unit, "balance": shown });
        data.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        data
    };
    let changed = |shown: Value, change: i64, reason: &str, event: Option<&str>| {
        ("balance_change", data("credits", shown, json!({ "change": change, "reason": reason, "event_id": event })))
    };
    told.shop.put("{a}/balance/credits", &json!({ "alert_at": 5 })).await.data(200);
    let mut expected = Vec::new();
    let gave = told.event(json!({ "amount": 10 })).await;
    expected.push(changed(balance(10, 0, 0), 10, "event", Some(&gave)));
    let held = told.event(json!({ "amount": -6, "state": "pending" })).await;
    expected.push(changed(balance(10, 6, 1), 0, "event", Some(&held)));
    expected.push(("threshold", data("credits", balance(10, 6, 1), json!({ "alert_at": 5, "event_id": held }))));
    told.shop.put(&format!("/events/{held}"), &json!({ "state": "complete" })).await.data(200);
    expected.push(changed(balance(4, 0, 0), -6, "event", Some(&held)));
    let took = told.event(json!({ "amount": -7 })).await;
    expected.push(changed(balance(-3, 0, 0), -7, "event", Some(&took)));
    expected.push(("negative_balance", data("credits", balance(-3, 0, 0), json!({ "event_id": took }))));
    let more = json!({ "amount_to_deposit": 20, "amount_to_charge": 100, "denomination": "credits" });
    told.shop.post("{a}/deposit", &more).await.data(200);
    expected.push(changed(balance(17, 0, 0), 20, "deposit", None));
    let late = told.event(json!({ "amount": -13, "state": "pending" })).await;
    expected.push(changed(balance(17, 13, 1), 0, "event", Some(&late)));
    expected.push(("threshold", data("credits", balance(17, 13, 1), json!({ "alert_at": 5, "event_id": late }))));
    told.shop.app.advance_to("2026-01-01T01:00:01Z").await;
    expected.push(changed(balance(17, 0, 0), 0, "expiry", Some(&late)));
    let swap = json!({ "amount_to_deposit": 3, "amount_to_charge": 17, "denomination": "sms",
        "charge_against_denomination": "credits" });
    told.shop.post("{a}/deposit", &swap).await.data(200);
    expected.push(changed(balance(0, 0, 0), -17, "deposit", None));
    expected.push(("threshold", data("credits", balance(0, 0, 0), json!({ "alert_at": 5, "event_id": null }))));
    let more = json!({ "change": 3, "reason": "deposit", "event_id": null });
    expected.push(("balance_change", data("sms", balance(3, 0, 0), more)));
    for paused in [true, false] {
        told.shop.put("{a}/balance/credits", &json!({ "paused": paused })).await.data(200);
        expected.push(("pause_balance", data("credits", balance(0, 0, 0), json!({ "paused": paused }))));
    }
    let bodies = told.next(expected.len()).await;
    for (body, (topic, data)) in bodies.iter().zip(&expected) {
        assert_eq!((body["type"].as_str(), &body["data"]), (Some(*topic), data), "{body}");
        assert_eq!(body["company_id"], json!(company));
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(5), "{body}");
    }
    let numbers: Vec<i64> = bodies.iter().map(|body| body["sequence"].as_i64().expect("a number")).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "unique and rising: {numbers:?}");
    let feed = told.shop.client.get("/api/events?limit=1000").await.data(200).clone();
    let feed: Vec<i64> = feed.as_array().expect("rows").iter().filter_map(|row| row["sequence"].as_i64()).collect();
    assert!(numbers.iter().all(|number| feed.contains(number)), "they are numbers of the feed");
    let times: Vec<&str> = bodies.iter().map(|body| body["created_at"].as_str().expect("an instant")).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(times[0].starts_with("2026-01-01 00:00:00.") && times[0].ends_with("+00"), "{}", times[0]);
    assert_eq!(told.catcher.caught().len(), expected.len(), "and nothing else");
}

#[tokio::test]
async fn headers_are_basic_and_standard_webhooks() {
    let mut told = Told::open(&["balance_change"]).await;
    told.shop.add(5).await.data(200);
    told.next(1).await;
    let caught = told.catcher.caught().remove(0);
    assert_eq!(caught.header("authorization"), format!("Basic {}", STANDARD.encode("u:p:w")));
    assert_eq!(caught.header("content-type"), "application/json");
    let (id, stamp) = (caught.header("webhook-id"), caught.header("webhook-timestamp"));
    assert!(!id.is_empty() && !id.contains('.'), "{id}");
    assert_eq!(stamp.parse(), Ok(told.shop.app.now().as_seconds()), "whole seconds of the server's clock");
    // Computed here from the published rule, not with the sender's code.
    let key = STANDARD.decode(told.secret().trim_start_matches("whsec_")).expect("base64");
    let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(&key).expect("any length");
    hmac::Mac::update(&mut mac, &[format!("{id}.{stamp}.").as_bytes(), &caught.body].concat());
    let signed = STANDARD.encode(hmac::Mac::finalize(mac).into_bytes());
    assert_eq!(caught.header("webhook-signature"), format!("v1,{signed}"));
    // Without a pair there is no Authorization.
    let bare = Catcher::start().await;
    let hook = made(&told.shop, json!({ "url": bare.url() })).await;
    told.shop.post(&format!("{}/subscribe/balance_change", place(&hook)), &json!({})).await.data(200);
    told.shop.add(5).await.data(200);
    assert_eq!(bare.wait_for(1).await[0].header("authorization"), "");
}

/// At once, then after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h; in order; the same id; then switched off.
#[tokio::test]
async fn a_message_is_tried_by_the_published_schedule() {
    let told = Told::open(&["balance_change"]).await;
    told.catcher.behave(Behave::Answer(500));
    told.shop.add(1).await.data(200);
    told.shop.add(2).await.data(200);
    told.catcher.wait_for(1).await;
    let mut at = told.shop.app.now();
    for (tries, wait_s) in (1..).zip([5i64, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
        at = at.plus(wait_s * 1_000_000);
        told.shop.app.advance_to(&at.to_string()).await;
        assert_eq!(told.catcher.wait_for(tries + 1).await.len(), tries + 1, "after {wait_s} s");
    }
    let caught = told.catcher.caught();
    let ids: BTreeSet<&str> = caught.iter().map(|caught| caught.header("webhook-id")).collect();
    let stamps: BTreeSet<&str> = caught.iter().map(|caught| caught.header("webhook-timestamp")).collect();
    assert_eq!((ids.len(), stamps.len()), (1, 10), "one message, a fresh timestamp on every try");
    assert!(caught.iter().all(|caught| caught.json()["data"]["change"] == 1), "the second waits for the first");
    assert_eq!(told.shop.get(&place(&told.hook)).await.data(200)["enabled"], false);
}

/// 410 switches off at once; what only the gateway's way switches on again goes on where it stood.
#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_more() {
    let mut told = Told::open(&["balance_change"]).await;
    told.catcher.behave(Behave::Answer(410));
    told.shop.add(1).await.data(200);
    told.next(1).await;
    told.shop.app.advance_to("2026-01-02T00:00:00Z").await;
    told.shop.add(2).await.data(200);
    assert_eq!(told.shop.get(&place(&told.hook)).await.data(200)["enabled"], false);
    assert_eq!(told.catcher.caught().len(), 1);
    told.catcher.behave(Behave::Answer(200));
    let id = told.hook["id"].as_str().expect("an id").trim_start_matches("w_").to_owned();
    told.shop.client.post(&format!("/api/webhooks/{id}"), &json!({ "enabled": true })).await.data(200);
    let changes: Vec<Value> = told.next(2).await.iter().map(|body| body["data"]["change"].clone()).collect();
    assert_eq!(changes, [json!(1), json!(2)]);
}

/// Only what is subscribed is told, and only from then on.
#[tokio::test]
async fn a_subscription_counts_from_then_on() {
    let mut told = Told::open(&[]).await;
    told.shop.add(1).await.data(200);
    for topic in ["negative_balance", "balance_change"] {
        told.shop.post(&format!("{}/subscribe/{topic}", place(&told.hook)), &json!({})).await.data(200);
        told.shop.add(-100).await.data(200);
    }
    let kinds: Vec<Value> = told.next(3).await.iter().map(|body| body["type"].clone()).collect();
    assert_eq!(kinds, [json!("negative_balance"), json!("balance_change"), json!("negative_balance")]);
    let path = told.shop.path(&format!("{}/subscribe/balance_change", place(&told.hook)));
    told.shop.client.delete(&path).await.data(200);
    told.shop.add(-1).await.data(200);
    let kinds: Vec<Value> = told.next(1).await.iter().map(|body| body["type"].clone()).collect();
    assert_eq!(kinds, [json!("negative_balance")]);
    // What a gate refused moved nothing and is not told.
    let take = json!({ "amount": -1, "gate_on_balance": true });
    assert_eq!(refused(&told.shop.post("{a}/balance/credits", &take).await), (402, "insufficient_balance"));
    told.shop.add(500).await.data(200);
    told.shop.add(-900).await.data(200);
    assert_eq!(told.next(1).await[0]["data"]["balance"]["amount"], -600);
}
