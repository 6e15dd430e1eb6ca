//! Section 4 of the contract: balances and their switches.

use serde_json::{Value, json};

use super::{Shop, refused, sums};

#[tokio::test]
async fn a_balance_has_the_contracts_shape() {
    let shop = Shop::open().await;
    let untouched = shop.get("{a}/balance/credits").await.data(200).clone();
    let expected = json!({
        "account_id": shop.account, "denomination": "credits", "amount": 0,
        "pending": { "debits": 0, "credits": 0, "events": 0 }, "available": 0, "alert_at": null, "paused": false,
        "managed_by_plan_id": null, "plan_variable_amount": null, "last_periodic_refill": null,
        "next_periodic_refill": null, "created_at": null, "updated_at": null,
    });
    assert_eq!(untouched, expected);
    assert_eq!(shop.get("{a}/balances").await.body["data"], json!([]), "an untouched one is not listed");
    shop.add(100).await.data(200);
    shop.post("{a}/balance/credits", &json!({ "amount": -7, "state": "pending" })).await.data(200);
    assert_eq!(shop.sums().await, [100, 7, 0, 1, 93]);
    shop.post("{a}/balance/USD", &json!({ "amount": 1 })).await.data(200);
    let listed = shop.get("{a}/balances").await.body["data"].clone();
    let units: Vec<&Value> = listed.as_array().expect("rows").iter().map(|row| &row["denomination"]).collect();
    assert_eq!(units, [&json!("USD"), &json!("credits")], "newest first");
    assert!(listed[1]["created_at"].is_string() && listed[1]["updated_at"].is_string());
    for unit in ["a b", "é", &"x".repeat(33)] {
        assert_eq!(refused(&shop.get(&format!("{{a}}/balance/{unit}")).await), (422, "invalid"), "{unit}");
    }
}

#[tokio::test]
async fn an_answer_to_a_balance_event_is_the_balance_with_the_event() {
    let shop = Shop::open().await;
    let answer = shop.add(5).await.data(200).clone();
    assert_eq!((sums(&answer), &answer["event"]["type"]), ([5, 0, 0, 0, 5], &json!("adjustment")));
    assert_eq!(answer["event"]["costs"], json!([{ "denomination": "credits", "amount": -5 }]));
    let listed =
        shop.post("{a}/balance/credits", &json!([{ "amount": 1 }, { "amount": -9, "gate_on_balance": true }])).await;
    let listed = listed.data(200);
    assert_eq!((&listed["events_submitted"], &listed["events_gated"]), (&json!(2), &json!(1)));
    assert_eq!(shop.sums().await[0], 6);
}

#[tokio::test]
async fn a_paused_balance_refuses_what_takes() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    shop.add(10).await.data(200);
    let held = shop.post("{a}/balance/credits", &json!({ "amount": -4, "state": "pending" })).await;
    let held = held.data(200)["event"]["id"].as_str().expect("an id").to_owned();
    let paused = shop.put("{a}/balance/credits", &json!({ "paused": true })).await;
    assert_eq!(paused.data(200)["paused"], true);
    for gate in [true, false] {
        let answer = shop.post("{a}/balance/credits", &json!({ "amount": -1, "gate_on_balance": gate })).await;
        assert_eq!(refused(&answer), (402, "balance_paused"));
        let event = answer.body["error"]["event_id"].as_str().expect("the event is recorded");
        assert_eq!(shop.get(&format!("/events/{event}")).await.data(200)["state"], "gated");
    }
    shop.add(1).await.data(200);
    shop.put(&format!("/events/{held}"), &json!({ "state": "complete" })).await.data(200);
    let deposit = json!({ "amount_to_deposit": 3, "amount_to_charge": 1, "denomination": "credits" });
    shop.post("{a}/deposit", &deposit).await.data(200);
    assert_eq!(shop.sums().await, [10, 0, 0, 0, 10]);
    shop.put("{a}/balance/credits", &json!({ "paused": false })).await.data(200);
    shop.add(-1).await.data(200);
    shop.assert_books_hold();
}

/// What the feed tells webhooks of each write: topic, change, reason.
#[tokio::test]
async fn the_feed_tells_of_changes_in_their_order() {
    let shop = Shop::open().await;
    shop.put("{a}/balance/credits", &json!({ "alert_at": 5 })).await.data(200);
    shop.add(10).await.data(200);
    shop.add(-4).await.data(200);
    let held = shop.post("{a}/balance/credits", &json!({ "amount": -2, "state": "pending" })).await;
    let held = held.data(200)["event"]["id"].as_str().expect("an id").to_owned();
    shop.add(-1).await.data(200);
    shop.put(&format!("/events/{held}"), &json!({ "state": "cancelled" })).await.data(200);
    shop.add(-7).await.data(200);
    shop.put("{a}/balance/credits", &json!({ "paused": true, "alert_at": null })).await.data(200);
    let events = shop.app.app().events_after(&crate::support::command(), 0, 100).expect("the feed");
    let told: Vec<(String, Value, Value)> = events
        .iter()
        .filter(|event| event.topic.starts_with("balance.") && event.topic != "balance.updated")
        .map(|event| {
            let data: Value = serde_json::from_str(&event.data_json).expect("JSON");
            (event.topic.clone(), data["change"].clone(), data["balance"]["available"].clone())
        })
        .collect();
    let row = |topic: &str, change: Option<i64>, available: i64| (topic.to_owned(), json!(change), json!(available));
    assert_eq!(
        told,
        [
            row("balance.changed", Some(10), 10),
            row("balance.changed", Some(-4), 6),
            row("balance.changed", Some(0), 4),
            row("balance.threshold", None, 4),
            row("balance.changed", Some(-1), 3),
            row("balance.changed", Some(0), 5),
            row("balance.changed", Some(-7), -2),
            row("balance.negative", None, -2),
            row("balance.paused", None, -2),
        ]
    );
}
