//! Money of a deposit or a refill that goes back to the card takes its units back with it.

use serde_json::{Value, json};

use super::Shop;
use crate::support::command;

/// A deposit of 700 units for 5.00, settled; answers its transaction.
async fn settled(shop: &Shop) -> String {
    let id = bought(shop).await;
    shop.app.advance_to("2026-01-02T12:00:00Z").await;
    id
}

async fn bought(shop: &Shop) -> String {
    let deposit = json!({ "amount_to_deposit": 700, "amount_to_charge": 500, "denomination": "credits" });
    let made = shop.post("{a}/deposit", &deposit).await.data(200).clone();
    transaction(&made["charge_id"])
}

/// The id of a charge without its prefix.
fn transaction(charge: &Value) -> String {
    charge.as_str().and_then(|id| id.strip_prefix("t_")).expect("a charge").to_owned()
}

async fn undo(shop: &Shop, id: &str, how: &str, body: Value) -> Value {
    let answer = shop.client.post(&format!("/api/transaction/{id}/{how}"), &body).await;
    assert_eq!(answer.status, 200, "{how}: {}", answer.text);
    answer.body["data"].clone()
}

/// Every change of a balance that the feed tells: `[change, reason]`.
fn changes(shop: &Shop) -> Vec<Value> {
    let events = shop.app.app().events_after(&command(), 0, 1_000).expect("the feed");
    let told = events.iter().filter(|event| event.topic == "balance.changed");
    told.map(|event| {
        let data: Value = serde_json::from_str(&event.data_json).expect("JSON");
        json!([data["change"], data["reason"]])
    })
    .collect()
}

#[tokio::test]
async fn a_voided_deposit_takes_all_its_units_back() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let id = bought(&shop).await;
    shop.add(-100).await.data(200);
    undo(&shop, &id, "void", json!({})).await;
    assert_eq!(shop.sums().await[0], -100, "what was used stays used, so it falls below zero");
    assert_eq!(changes(&shop), [json!([700, "deposit"]), json!([-100, "event"]), json!([-700, "deposit"])]);
    shop.assert_books_hold();
}

#[tokio::test]
async fn refunds_take_units_in_proportion_and_a_voided_refund_gives_them_again() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let id = settled(&shop).await;
    // 700 units × 1.01 / 5.00 = 141.4, then × 2.02 / 5.00 = 282.8 in all: no unit is lost between two refunds.
    undo(&shop, &id, "refund", json!({ "amount": 101 })).await;
    assert_eq!(shop.sums().await[0], 559);
    let second = undo(&shop, &id, "refund", json!({ "amount": 101 })).await;
    assert_eq!(shop.sums().await[0], 417);
    undo(&shop, second["id"].as_str().expect("an id"), "void", json!({})).await;
    assert_eq!(shop.sums().await[0], 559);
    undo(&shop, &id, "refund", json!({ "amount": 399 })).await;
    assert_eq!(shop.sums().await[0], 0, "all of it");
    let told = [700, -141, -142, 142, -559].map(|change| json!([change, "deposit"]));
    assert_eq!(changes(&shop), told);
    shop.assert_books_hold();
}

/// Giving money back must not take it again.
#[tokio::test]
async fn a_refill_that_is_undone_does_not_fire_again() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let setting = json!({ "threshold": 0, "amount": 500, "usd_charge": 1000 });
    shop.put("{a}/balance/credits/autorefill", &setting).await.data(200);
    shop.app.advance_to("2026-01-01T01:00:00Z").await;
    assert_eq!(shop.sums().await[0], 500);
    let id = transaction(&shop.get("{a}/charges").await.body["data"][0]["id"]);
    undo(&shop, &id, "void", json!({})).await;
    shop.app.advance_to("2026-01-02T00:00:00Z").await;
    assert_eq!(shop.sums().await, [0; 5]);
    assert_eq!(shop.get("{a}/charges").await.body["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(changes(&shop), [json!([500, "auto_refill"]), json!([-500, "auto_refill"])]);
    shop.assert_books_hold();
}
