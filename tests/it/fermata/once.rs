//! Every write of the treasury, sent twice under one name: done once, answered alike, refused with other content. The
//! routes are those of `access.rs`, so a new one that forgets its name fails here.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::access::{ROUTES, concrete};
use super::{Shop, refused};
use crate::support::{Answer, command};

/// Bodies that are tried besides the one of `access.rs`: what they do shows in a way of its own.
const MORE: &[(&str, &str, &str)] = &[
    ("POST", "/companies/{company}/accounts", r#"{"name":"twice","token":"tok_visa"}"#),
    ("PUT", "/accounts/{account}", r#"{"name":"Eve","metadata":[1]}"#),
    ("POST", "/accounts/{account}/events", r#"[{"type":"X"},{"type":"Y"}]"#),
    ("POST", "/accounts/{account}/balance/{denomination}", r#"[{"amount":7},{"amount":-1}]"#),
    ("PUT", "/accounts/{account}/balance/{denomination}", r#"{"alert_at":7,"paused":true}"#),
    ("PUT", "/accounts/{account}/balance/{denomination}", r#"{"paused":false}"#),
    ("POST", "/accounts/{account}/deposit", r#"{"amount_to_deposit":2,"amount_to_charge":3}"#),
    ("PUT", "/events/{event}", r#"{"state":"cancelled"}"#),
];

/// How many events the feed has.
fn happened(shop: &Shop) -> usize {
    let mut after = 0;
    let mut count = 0;
    loop {
        let events = shop.app.app().events_after(&command(), after, 1_000).expect("the feed");
        let Some(last) = events.last() else { return count };
        (after, count) = (last.seq, count + events.len());
    }
}

/// What is wrong with a write that is sent twice, if anything.
async fn fault(shop: &Shop, method: &str, path: &str, body: &str, name: (&str, &str)) -> Option<String> {
    let at = concrete(shop, path).await;
    let client = shop.client.clone().header(name.0, name.1);
    if method == "DELETE" && path.ends_with("/subscribe/{topic}") {
        shop.client.send("POST", &at, None).await.data(200);
    }
    let asks_nothing = body == "{}";
    let body = if body.is_empty() { None } else { Some(concrete(shop, body).await) };
    let before = happened(shop);
    let first = client.send(method, &at, body.clone()).await;
    let done = happened(shop);
    let again = client.send(method, &format!("/v1{at}"), body).await;
    let other = client.post(&shop.path("{a}/balance/another"), &json!({ "amount": 1 })).await;
    let after = happened(shop);
    match () {
        () if first.status != 200 => Some(format!("is refused: {}", first.text)),
        () if done == before && !asks_nothing => Some("writes no event".to_owned()),
        () if again.status != 200 || shown(&again) != shown(&first) => {
            Some(format!("answers otherwise: {}", again.text))
        }
        () if refused(&other) != (422, "dedupe_mismatch") => Some(format!("takes other content: {}", other.text)),
        () if after != done => Some("is done twice".to_owned()),
        () => None,
    }
}

/// An answer without the instant of its last change, which a repetition may show where the first could not.
fn shown(answer: &Answer) -> Value {
    let mut data = answer.body["data"].clone();
    if let Some(data) = data.as_object_mut() {
        data.remove("updated_at");
    }
    data
}

#[tokio::test]
async fn every_write_is_done_once_under_its_name() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let writes = ROUTES.iter().map(|(method, path, body, _)| (*method, *path, *body)).chain(MORE.iter().copied());
    let (mut tried, mut faults) = (0, String::new());
    for (index, (method, path, body)) in writes.filter(|(method, ..)| *method != "GET").enumerate() {
        tried += 1;
        let header = if index % 2 == 0 { "X-DedupeId" } else { "Idempotency-Key" };
        let name = format!("name-{index}");
        if let Some(fault) = fault(&shop, method, path, body, (header, &name)).await {
            writeln!(faults, "{method} {path} {body} {fault}").expect("a string takes it");
        }
    }
    assert!(faults.is_empty(), "sent twice under one name:\n{faults}");
    assert!(tried >= 20, "{tried} writes were tried");
    let charges = shop.get("{a}/charges").await;
    assert_eq!(charges.body["data"].as_array().map(Vec::len), Some(1), "the card saw one: {}", charges.text);
    shop.assert_books_hold();
}

/// A dialect whose writes nobody walks like this fails here.
#[test]
fn no_dialect_is_left_out() {
    let document = serde_json::to_value(bursar::http::openapi::document()).expect("the document is JSON");
    for (path, item) in document["paths"].as_object().expect("the document has paths") {
        let methods = item.as_object().expect("methods").keys().filter(|method| *method != "get");
        for method in methods.map(|method| method.to_uppercase()) {
            let is_walked = ROUTES.iter().any(|(known, at, ..)| (*known, *at) == (method.as_str(), path.as_str()))
                || crate::gateway::access::ROUTES.iter().any(|(known, at, _)| (*known, *at) == (&method, path));
            let is_walked = is_walked || crate::payfunc::once_walks(&method, path);
            assert!(is_walked, "{method} {path}: a repeated request of it is tried nowhere");
        }
    }
}
