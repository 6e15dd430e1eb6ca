//! Every write of the account API, sent twice with one idempotency key: done once, answered alike, refused with other
//! content. The routes are those of `access.rs`, so a new one that forgets its key fails here.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::access::{NEW_ORDER, NEW_SUBSCRIPTION, OF_ADMINISTRATORS, ROUTES};
use super::{Desk, ok};
use crate::support::command;

fn writes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let of_administrators = (OF_ADMINISTRATORS.0, OF_ADMINISTRATORS.1, r#"{"name":"Shop"}"#);
    let routes = ROUTES.iter().map(|(method, path, body, ..)| (*method, *path, *body)).chain([of_administrators]);
    routes.filter(|(method, ..)| *method != "GET")
}

/// Whether a write is tried here.
pub fn walks(method: &str, path: &str) -> bool {
    writes().any(|(known, at, _)| (known, at) == (method, path))
}

/// How many events the feed has.
fn happened(desk: &Desk) -> usize {
    let (mut after, mut count) = (0, 0);
    loop {
        let events = desk.app.app().events_after(&command(), after, 1_000).expect("the feed");
        let Some(last) = events.last() else { return count };
        (after, count) = (last.seq, count + events.len());
    }
}

/// What is wrong with a write that is sent twice, if anything.
async fn fault(desk: &Desk, (method, path, body): (&str, &str, &str), key: &str) -> Option<String> {
    let account = desk.paying("tok_visa").await;
    let order: Value = serde_json::from_str(NEW_ORDER).expect("JSON");
    let order = ok(&desk.post("/order", &order).await)["id"].as_str().expect("an id").to_owned();
    let new = Some(NEW_SUBSCRIPTION.to_owned());
    let made = desk.client.send("POST", &format!("/account/{account}/subscription"), new).await;
    let subscription = made.body[0]["id"].as_str().expect("an id").to_owned();
    let merchant = desk.get("/merchant").await[0]["id"].as_str().expect("an id").to_owned();
    desk.add(&account, json!(100)).await;
    let fill = |text: &str| {
        let text = text.replace("{account}", &account).replace("{order}", &order);
        text.replace("{subscription}", &subscription).replace("{merchant}", &merchant)
    };
    let client = desk.client.clone().header("idempotency-key", key);
    let body = (!body.is_empty()).then(|| fill(body));
    let before = happened(desk);
    let first = client.send(method, &fill(path), body.clone()).await;
    let done = happened(desk);
    let again = client.send(method, &fill(path), body.clone()).await;
    let other = if path == "/order" && method == "PATCH" {
        // Each event of the list is done once on its own.
        let event = json!([{ "id": order, "event": [{ "type": "cancel" }] }]);
        client.send(method, path, Some(event.to_string())).await
    } else {
        client.post(&format!("/account/{account}/balance"), &json!(777)).await
    };
    let after = happened(desk);
    match () {
        () if first.status != 200 => Some(format!("is refused: {}", first.text)),
        () if done == before && !leaves_nothing(method, path) => Some("writes no event".to_owned()),
        () if (again.status, &again.text) != (200, &first.text) => {
            Some(format!("answers otherwise: {}\n  before: {}", again.text, first.text))
        }
        () if other.status != 422 && !leaves_nothing(method, path) => {
            Some(format!("takes other content: {} {}", other.status, other.text))
        }
        () if after != done && !leaves_nothing(method, path) => Some("is done twice".to_owned()),
        () => None,
    }
}

/// Writes that change nothing: a key of an account is signed and not stored.
fn leaves_nothing(method: &str, path: &str) -> bool {
    (method, path) == ("POST", "/account/{account}")
}

#[tokio::test]
async fn every_write_is_done_once_under_its_key() {
    let desk = Desk::open().await;
    let (mut tried, mut faults) = (0, String::new());
    for (index, write) in writes().enumerate() {
        tried += 1;
        if let Some(fault) = fault(&desk, write, &format!("key-{index}")).await {
            writeln!(faults, "{} {} {fault}", write.0, write.1).expect("a string takes it");
        }
    }
    assert!(faults.is_empty(), "sent twice with one key:\n{faults}");
    assert!(tried >= 16, "{tried} writes were tried");
    desk.assert_books_hold();
}
