//! Requests that name themselves: done once, whatever came of them.

use serde_json::json;

use super::{Shop, refused};
use crate::support::{Answer, Client};

fn named(shop: &Shop, id: &str) -> Client {
    shop.client.clone().header("X-DedupeId", id)
}

async fn add(client: &Client, path: &str, amount: i64) -> Answer {
    client.post(path, &json!({ "amount": amount })).await
}

#[tokio::test]
async fn the_same_request_has_one_effect() {
    let shop = Shop::open().await;
    let (client, path) = (named(&shop, "one"), shop.path("{a}/balance/credits"));
    let first = add(&client, &path, 5).await.data(200).clone();
    let again = add(&client, &format!("/v1{path}"), 5).await.data(200).clone();
    assert_eq!(first["event"]["id"], again["event"]["id"], "with /v1 it is the same path");
    shop.add(1).await.data(200);
    assert_eq!(add(&client, &path, 5).await.data(200)["amount"], 6, "its present state");
    assert_eq!(client.post_text(&path, " {\"amount\" : 5}").await.status, 200, "the value counts, not the bytes");
    for answer in [
        add(&client, &path, 6).await,
        add(&client, &shop.path("{a}/balance/other"), 5).await,
        client.send("PUT", &path, Some(r#"{"paused":true}"#.to_owned())).await,
        shop.client.clone().header("Idempotency-Key", "one").post(&path, &json!({ "amount": 6 })).await,
    ] {
        assert_eq!(refused(&answer), (422, "dedupe_mismatch"));
    }
    assert_eq!(shop.sums().await[0], 6);
    for id in ["", &"x".repeat(256)] {
        let answer = add(&named(&shop, id), &path, 1).await;
        assert_eq!((refused(&answer), &answer.body["error"]["field"]), ((422, "invalid"), &json!("X-DedupeId")));
    }
    add(&named(&shop, &"x".repeat(255)), &path, 1).await.data(200);
}

#[tokio::test]
async fn refusals_are_results_too() {
    let shop = Shop::open().await;
    let path = shop.path("{a}/balance/credits");
    let take = json!({ "amount": -1, "gate_on_balance": true });
    let client = named(&shop, "poor");
    let first = client.post(&path, &take).await;
    assert_eq!(refused(&first), (402, "insufficient_balance"));
    shop.add(10).await.data(200);
    let again = client.post(&path, &take).await;
    assert_eq!((refused(&again), &again.body), ((402, "insufficient_balance"), &first.body));
    let pay = json!({ "amount_to_deposit": 1, "amount_to_charge": 1 });
    let client = named(&shop, "cardless");
    assert_eq!(refused(&client.post(&shop.path("{a}/deposit"), &pay).await), (402, "payment_required"));
    shop.post("{a}/card", &json!({ "token": "tok_chargeDeclined" })).await.data(200);
    assert_eq!(refused(&client.post(&shop.path("{a}/deposit"), &pay).await), (402, "payment_required"));
    let client = named(&shop, "declined");
    for _ in 0..3 {
        assert_eq!(refused(&client.post(&shop.path("{a}/deposit"), &pay).await), (402, "payment_declined"));
    }
    assert_eq!(shop.get("{a}/charges").await.body["data"].as_array().map(Vec::len), Some(1), "the card saw one");
    // What never got past validation names nothing.
    let client = named(&shop, "bad");
    assert_eq!(client.post(&path, &json!({ "amount": "x" })).await.status, 422);
    client.post(&path, &json!({ "amount": 1 })).await.data(200);
}

#[tokio::test]
async fn a_name_is_kept_over_a_restart_and_a_day() {
    let mut shop = Shop::open().await;
    let path = shop.path("{a}/balance/credits");
    add(&named(&shop, "kept"), &path, 5).await.data(200);
    shop.app.advance_to("2026-01-02T12:00:00Z").await;
    shop.app.restart().await;
    shop.client = shop.app.admin();
    add(&named(&shop, "kept"), &path, 5).await.data(200);
    assert_eq!(shop.sums().await[0], 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_are_one() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let pay = json!({ "amount_to_deposit": 7, "amount_to_charge": 5, "denomination": "credits" });
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let (client, path, pay) = (named(&shop, "same"), shop.path("{a}/deposit"), pay.clone());
            tokio::spawn(async move { client.post(&path, &pay).await })
        })
        .collect();
    let mut ids = Vec::new();
    for request in requests {
        let answer = request.await.expect("it ends");
        match answer.status {
            200 => ids.push(answer.body["data"]["id"].clone()),
            _ => assert_eq!(refused(&answer), (409, "in_progress"), "{}", answer.text),
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(shop.sums().await[0], 7);
    assert_eq!(shop.get("{a}/charges").await.body["data"].as_array().map(Vec::len), Some(1));
}
