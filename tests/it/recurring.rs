//! Recurring billing from outside: a customer is subscribed, time passes, money moves.

use serde_json::{Value, json};

use crate::gateway::subscription::{Shop, id_of};
use crate::gateway::vault::Expected as _;

async fn invoices(shop: &Shop) -> Vec<Value> {
    let found = shop.app.key().post("/api/invoices/search", &json!({ "limit": 100 })).await;
    found.data(200).as_array().cloned().unwrap_or_default()
}

async fn statuses(shop: &Shop) -> Vec<String> {
    let all = invoices(shop).await;
    all.iter().map(|invoice| invoice["status"].as_str().expect("a status").to_owned()).collect()
}

async fn status(shop: &Shop, id: &str) -> String {
    let shown = shop.get(&format!("subscription/{id}")).await.ok();
    shown["status"].as_str().expect("a status").to_owned()
}

#[tokio::test]
async fn a_duration_is_billed_at_month_ends_and_completes() {
    let shop = Shop::start_at("2026-01-30T12:00:00Z").await;
    let customer = shop.customer("4111111111111111").await;
    let terms = json!({ "amount": 1000, "billing_cycle_interval": 1, "billing_days": "0", "duration": 3 });
    let id = id_of(&shop.subscribe(&customer, terms).await.ok());
    let mut next = Vec::new();
    for now in ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:01Z"] {
        shop.app.advance_to(now).await;
        next.push(shop.get(&format!("subscription/{id}")).await.ok()["next_bill_date"].clone());
    }
    assert_eq!(next, ["2026-02-28", "2026-03-31", ""]);
    shop.app.advance_to("2027-03-31T00:00:00Z").await;
    assert_eq!(statuses(&shop).await, ["paid", "paid", "paid"]);
    assert_eq!(status(&shop, &id).await, "completed");
}

#[tokio::test]
async fn a_date_in_the_past_is_due_at_once_and_billed_once() {
    let shop = Shop::start_at("2026-06-10T00:00:00Z").await;
    let customer = shop.customer("4111111111111111").await;
    let terms = json!({
        "amount": 1000, "billing_cycle_interval": 1, "billing_days": "15", "next_bill_date": "2026-01-15",
    });
    let id = id_of(&shop.subscribe(&customer, terms).await.ok());
    shop.app.advance_to("2026-06-10T01:00:00Z").await;
    assert_eq!(statuses(&shop).await, ["paid"]);
    assert_eq!(shop.get(&format!("subscription/{id}")).await.ok()["next_bill_date"], "2026-06-15");
}

#[tokio::test]
async fn a_soft_decline_climbs_the_ladder_and_a_good_card_ends_it() {
    let shop = Shop::start_at("2026-01-15T00:00:00Z").await;
    let customer = shop.customer("4000000000000002").await;
    let terms = json!({ "amount": 1000, "billing_cycle_interval": 1, "billing_days": "15" });
    let id = id_of(&shop.subscribe(&customer, terms).await.ok());
    let mut seen = Vec::new();
    for day in ["15", "18", "21", "23"] {
        shop.app.advance_to(&format!("2026-01-{day}T12:00:00Z")).await;
        seen.push(status(&shop, &id).await);
    }
    assert_eq!(seen, ["failing", "failing", "failing", "failed"]);
    assert_eq!(statuses(&shop).await, ["failed"]);

    let card = json!({ "number": "4111111111111111", "expiration_date": "12/30" });
    let record = shop.app.key().get(&format!("/api/vault/{customer}")).await.ok();
    let method = record["data"]["customer"]["payments"]["cards"][0]["id"].as_str().expect("an id").to_owned();
    shop.app.key().post(&format!("/api/vault/customer/{customer}/card/{method}"), &card).await.ok();
    shop.app.advance_to("2026-01-23T13:00:00Z").await;
    assert_eq!(statuses(&shop).await, ["paid"]);
    assert_eq!(status(&shop, &id).await, "active");
    assert_eq!(shop.get(&format!("subscription/{id}")).await.ok()["next_bill_date"], "2026-02-15");
}

#[tokio::test]
async fn a_stolen_card_fails_at_once() {
    let shop = Shop::start_at("2026-01-15T00:00:00Z").await;
    let customer = shop.customer("4000000000009979").await;
    let terms = json!({ "amount": 1000, "billing_cycle_interval": 1, "billing_days": "15" });
    let id = id_of(&shop.subscribe(&customer, terms).await.ok());
    shop.app.advance_to("2026-01-15T01:00:00Z").await;
    assert_eq!(status(&shop, &id).await, "failed");
    shop.app.advance_to("2026-04-01T00:00:00Z").await;
    assert_eq!(statuses(&shop).await.len(), 1, "not billed while failed");
}

/// A card that wants its customer present, and one whose requests never arrive: neither is charged day after day for
/// ever, both end as declines do.
#[tokio::test]
async fn a_charge_that_nobody_can_complete_comes_to_an_end() {
    for (number, code) in [("4000002500003155", 205), ("4000000000003063", 421)] {
        let shop = Shop::start_at("2026-01-15T00:00:00Z").await;
        let customer = shop.customer(number).await;
        let terms = json!({ "amount": 1000, "billing_cycle_interval": 1, "billing_days": "15" });
        let id = id_of(&shop.subscribe(&customer, terms).await.ok());
        shop.app.advance_to("2026-02-14T00:00:00Z").await;
        let found = shop.app.key().post("/api/transaction/search", &json!({ "limit": 100 })).await;
        let tries = found.data(200).as_array().expect("tries").clone();
        assert!(tries.iter().all(|one| one["response_code"] == code), "{number}: {}", found.text);
        assert!((5..=8).contains(&tries.len()), "{number} was tried {} times", tries.len());
        assert_eq!(status(&shop, &id).await, "failed", "{number}");
        shop.app.advance_to("2027-02-14T00:00:00Z").await;
        let later = shop.app.key().post("/api/transaction/search", &json!({ "limit": 100 })).await;
        assert!(later.body["data"].is_null(), "{number}: {}", later.text);
    }
}
