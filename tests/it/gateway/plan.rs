//! Plans of the gateway, from outside.

use serde_json::{Value, json};

use super::subscription::Shop;
use super::vault::Expected as _;

#[tokio::test]
async fn a_plan_is_shown_as_the_seed_shows_it() {
    let shop = Shop::start().await;
    let add_on = shop.make("addon", json!({ "name": "test_addon", "amount": 100 })).await;
    let discount = shop.make("discount", json!({ "name": "test discount", "percentage": 50_000 })).await;
    let body = json!({
        "name": "test plan", "description": "just a simple test plan", "amount": 100, "billing_cycle_interval": 1,
        "billing_frequency": "twice_monthly", "billing_days": "1, 15", "duration": 0,
        "add_ons": [{ "id": add_on, "description": "this will add to the cost of the subscription" }],
        "discounts": [{ "id": discount, "amount": 50, "duration": 4 }],
    });
    let made = shop.post("plan", body).await.ok();
    let expected = json!({
        "id": made["id"], "name": "test plan", "description": "just a simple test plan", "amount": 100,
        "currency": "USD", "billing_cycle_interval": 1, "billing_frequency": "twice_monthly", "billing_days": "1,15",
        "charge_on_day": false, "total_add_ons": 100, "total_discounts": 50, "duration": 0,
        "add_ons": [{
            "id": add_on, "name": "test_addon", "description": "this will add to the cost of the subscription",
            "amount": 100, "percentage": null, "duration": 0, "created_at": null, "updated_at": null,
        }],
        "discounts": [{
            "id": discount, "name": "test discount", "description": "", "amount": 50, "percentage": null,
            "duration": 4, "created_at": null, "updated_at": null,
        }],
        "subscription_count": 0, "created_at": made["created_at"], "updated_at": made["updated_at"],
    });
    assert_eq!(made, expected);
    let id = made["id"].as_str().expect("a string");
    assert_eq!(shop.get(&format!("plan/{id}")).await.ok(), made);
    let all = shop.get("plans").await;
    assert_eq!((all.data(200), &all.body["total_count"]), (&json!([made]), &json!(1)));

    // The catalogue changes, the plan keeps its copies.
    shop.post(&format!("addon/{add_on}"), json!({ "amount": 7 })).await.ok();
    shop.delete(&format!("discount/{discount}")).await.ok();
    assert_eq!(shop.get(&format!("plan/{id}")).await.ok()["total_add_ons"], 100);

    let changed = shop.post(&format!("plan/{id}"), json!({ "amount": 200, "discounts": [] })).await.ok();
    assert_eq!(
        (&changed["amount"], &changed["discounts"], &changed["total_discounts"]),
        (&json!(200), &Value::Null, &json!(0))
    );
    assert_eq!((&changed["add_ons"], &changed["name"]), (&made["add_ons"], &made["name"]));

    shop.delete(&format!("plan/{id}")).await.ok();
    shop.get(&format!("plan/{id}")).await.is(404, "plan not found");
    assert_eq!(shop.get("plans").await.body["total_count"], 0);
}

#[tokio::test]
async fn every_field_is_checked_from_both_sides() {
    let shop = Shop::start().await;
    let add_on = shop.make("addon", json!({ "amount": 1 })).await;
    let with = |field: &str, value: Value| {
        let mut body = json!({ "name": "Gold", "amount": 100, "billing_cycle_interval": 1, "billing_days": "1" });
        body[field] = value;
        body
    };
    let uses = |count: usize| Value::from(vec![json!({ "id": add_on }); count]);
    for (field, good, bad) in [
        ("name", json!("x".repeat(255)), json!("x".repeat(256))),
        ("name", json!("x"), Value::Null),
        ("description", json!("x".repeat(255)), json!("x".repeat(256))),
        ("amount", json!(0), json!(-1)),
        ("amount", json!(1), Value::Null),
        ("amount", json!(9_999_999_999_999_i64), json!(10_000_000_000_000_i64)),
        ("currency", json!("EUR"), json!("ZZZ")),
        ("billing_cycle_interval", json!(1), json!(0)),
        ("billing_cycle_interval", json!(36), json!(37)),
        ("billing_frequency", json!("monthly"), json!("weekly")),
        ("billing_days", json!("28"), json!("29")),
        ("billing_days", json!("0"), json!("30")),
        ("billing_days", json!("31"), json!("32")),
        ("billing_days", json!("1"), json!("1,15")),
        ("billing_days", json!("1"), Value::Null),
        ("charge_on_day", json!(true), json!("true")),
        ("duration", json!(100_000), json!(100_001)),
        ("add_ons", uses(50), uses(51)),
        ("add_ons", uses(1), json!([{ "id": "nothing-here" }])),
        ("add_ons", uses(1), json!([{ "id": add_on, "amount": -1 }])),
        ("discounts", json!([]), json!([{ "id": add_on }])),
        ("discounts", Value::Null, json!({})),
    ] {
        shop.post("plan", with(field, good)).await.is(200, field);
        shop.post("plan", with(field, bad)).await.is(400, field);
    }
    let unknown = shop.post("plan", with("add_ons", json!([{ "id": add_on }, { "id": "x" }]))).await;
    unknown.is(400, "add_ons[1].id");
}

#[tokio::test]
async fn a_plan_in_use_stays_and_gives_its_amount_where_asked() {
    let shop = Shop::start().await;
    let plan = shop.plan(json!({})).await;
    let customer = shop.customer("4111111111111111").await;
    let made = shop.subscribe(&customer, json!({ "plan_id": plan })).await.ok();
    let id = made["id"].as_str().expect("a string");
    assert_eq!(shop.get(&format!("plan/{plan}")).await.ok()["subscription_count"], 1);
    shop.delete(&format!("plan/{plan}")).await.is(400, "1 subscription uses it");

    let amount = async || shop.get(&format!("subscription/{id}")).await.ok()["amount"].clone();
    shop.post(&format!("plan/{plan}"), json!({ "amount": 250 })).await.ok();
    assert_eq!(amount().await, 100);
    shop.post(&format!("plan/{plan}"), json!({ "amount": 300, "update_subscriptions": true })).await.ok();
    assert_eq!(amount().await, 300);

    shop.get(&format!("subscription/{id}/status/cancelled")).await.ok();
    shop.delete(&format!("plan/{plan}")).await.ok();
    let kept = shop.get(&format!("subscription/{id}")).await.ok();
    assert_eq!((&kept["plan_id"], &kept["plan_name"]), (&json!(plan), &json!("Gold")), "history keeps its plan");
    shop.subscribe(&customer, json!({ "plan_id": plan })).await.is(400, "plan_id");
}
