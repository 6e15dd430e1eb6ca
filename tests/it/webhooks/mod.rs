//! Webhooks and the event feed from outside: what is sent, when, in which order, and to whom not.

mod delivery;
mod endpoint;
mod feed;

use bursar::domain::adjustment::{AdjustmentKind, AdjustmentTerms};
use bursar::signature;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Caught, TestApp, command};

/// Makes an endpoint; its id and its secret.
async fn endpoint(app: &TestApp, url: &str, more: Value) -> (String, String) {
    let mut body = json!({ "url": url });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = app.admin().post("/api/webhooks", &body).await;
    let made = answer.data(200);
    let text = |name: &str| made[name].as_str().expect("text").to_owned();
    (text("id"), text("secret"))
}

/// Makes `count` events, one add-on each; their numbers.
async fn happen(app: &TestApp, count: usize) -> Vec<i64> {
    let before = newest(app);
    let made = futures_util::stream::iter(0..count).map(|nth| {
        let terms = AdjustmentTerms {
            name: Some(format!("add-on {nth}")),
            amount_minor: Some(1),
            ..AdjustmentTerms::default()
        };
        let app = app.app().clone();
        async move { app.adjustment_create(&command(), AdjustmentKind::AddOn, terms).await }
    });
    let outcomes: Vec<_> = made.buffer_unordered(500).collect().await;
    assert!(outcomes.iter().all(Result::is_ok), "an add-on is made");
    (before + 1..=newest(app)).collect()
}

/// The number of the newest event.
fn newest(app: &TestApp) -> i64 {
    let mut after = 0;
    while let Some(last) = app.app().events_after(&command(), after, 1_000).expect("the feed is read").last() {
        after = last.seq;
    }
    after
}

/// The numbers of events that messages tell of.
fn sequences(caught: &[Caught]) -> Vec<i64> {
    caught.iter().map(|caught| caught.json()["sequence"].as_i64().expect("a number")).collect()
}

/// Asserts that a message is signed with `secret`, alone or beside another.
#[track_caller]
fn assert_signed(caught: &Caught, secret: &str) {
    let timestamp_s: i64 = caught.header("webhook-timestamp").parse().expect("seconds");
    let expected = signature::standard(secret, caught.header("webhook-id"), timestamp_s, &caught.body);
    let signatures: Vec<&str> = caught.header("webhook-signature").split(' ').collect();
    assert!(signatures.contains(&expected.as_str()), "{signatures:?} lacks {expected}");
    assert!(!caught.header("webhook-id").contains('.'), "{}", caught.header("webhook-id"));
}

/// The endpoint as it stands.
async fn standing(app: &TestApp, id: &str) -> Value {
    app.admin().get(&format!("/api/webhooks/{id}")).await.data(200).clone()
}
