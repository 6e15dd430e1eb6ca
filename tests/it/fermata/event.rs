//! Section 5 of the contract: events, prices, gate, states, the hour of pending ones.

use bursar::domain::time::{HOUR, Timestamp};
use serde_json::{Value, json};

use super::{Shop, refused};

#[tokio::test]
async fn an_event_has_the_contracts_shape() {
    let shop = Shop::open().await;
    shop.put("{c}/prices/CHAT/docchats", &json!({ "amount": 1 })).await.data(200);
    shop.post("{a}/balance/docchats", &json!({ "amount": 10 })).await.data(200);
    let answer = shop.post("{a}/events", &json!({ "type": "CHAT", "gate_on_balance": true })).await;
    let event = answer.data(200).clone();
    let balance = shop.get("{a}/balance/docchats").await.data(200).clone();
    let expected = json!({
        "id": event["id"], "account_id": shop.account, "company_id": shop.company, "type": "CHAT", "quantity": 1,
        "metadata": {}, "state": "complete", "gate_on_balance": true,
        "costs": [{ "denomination": "docchats", "amount": 1 }], "cancel_reason": null, "expires_at": null,
        "finished_at": event["created_at"], "created_at": event["created_at"], "updated_at": null, "balance": balance,
    });
    assert_eq!(event, expected);
    assert_eq!(balance["amount"], 9);
    let again = shop.get(&format!("/events/{}", event["id"].as_str().expect("an id"))).await;
    assert_eq!(*again.data(200), expected);
    let unpriced = shop.post("{a}/events", &json!({ "type": "FREE", "metadata": null })).await.data(200).clone();
    assert_eq!((&unpriced["costs"], &unpriced["balance"]), (&json!([]), &Value::Null));
    assert_eq!(unpriced["metadata"], Value::Null, "any JSON");
}

#[tokio::test]
async fn costs_come_from_prices_or_stand_in_their_place() {
    let shop = Shop::open().await;
    for (unit, amount) in [("credits", 3), ("USD", -2), ("zero", 0)] {
        shop.put(&format!("{{c}}/prices/CHAT/{unit}"), &json!({ "amount": amount })).await.data(200);
    }
    let cost = |unit: &str, amount: i64| json!({ "denomination": unit, "amount": amount });
    for (body, costs) in [
        (json!({ "quantity": 2 }), json!([cost("USD", -4), cost("credits", 6), cost("zero", 0)])),
        (json!({ "quantity": 9, "cost_override_amount": 5, "cost_override_denomination": "x" }), json!([cost("x", 5)])),
        (json!({ "cost_override": { "amount": -5, "denomination": "x" } }), json!([cost("x", -5)])),
    ] {
        let mut body = body;
        body["type"] = json!("CHAT");
        assert_eq!(shop.post("{a}/events", &body).await.data(200)["costs"], costs);
    }
    for (body, field) in [
        (json!({ "cost_override_amount": 5 }), "cost_override_denomination"),
        (json!({ "cost_override_denomination": "x" }), "cost_override_amount"),
        (json!({ "cost_override_amount": 5, "cost_override_denomination": "a b" }), "cost_override_denomination"),
        (json!({ "cost_override": { "amount": 5 } }), "cost_override.denomination"),
        (json!({ "quantity": i64::MAX }), "quantity"),
    ] {
        let mut body = body;
        body["type"] = json!("CHAT");
        let answer = shop.post("{a}/events", &body).await;
        assert_eq!((answer.status, &answer.body["error"]["field"]), (422, &json!(field)), "{}", answer.text);
    }
    let price = shop.client.delete(&shop.path("{c}/prices/CHAT/USD")).await;
    let expected = json!({ "event_type": "CHAT", "denomination": "USD", "amount": -2, "deleted": true });
    assert_eq!(*price.data(200), expected);
    assert_eq!(refused(&shop.get("{c}/prices/CHAT/USD").await), (404, "not_found"));
    assert_eq!(shop.get("{c}/prices").await.body["data"].as_array().map(Vec::len), Some(2));
    shop.assert_books_hold();
}

#[tokio::test]
async fn a_gate_refuses_what_is_not_covered_and_records_it() {
    let shop = Shop::open().await;
    shop.add(5).await.data(200);
    let body = json!({ "type": "CHAT", "gate_on_balance": true, "cost_override_amount": 6, "cost_override_denomination": "credits" });
    let answer = shop.post("{a}/events", &body).await;
    assert_eq!(refused(&answer), (402, "insufficient_balance"));
    let fault = &answer.body["error"];
    assert_eq!(
        (&fault["denomination"], &fault["needed"], &fault["available"]),
        (&json!("credits"), &json!(6), &json!(5))
    );
    let event = shop.get(&format!("/events/{}", fault["event_id"].as_str().expect("an id"))).await;
    assert_eq!(event.data(200)["state"], "gated");
    let put = shop
        .put(&format!("/events/{}", fault["event_id"].as_str().expect("an id")), &json!({ "state": "complete" }))
        .await;
    assert_eq!(refused(&put), (409, "event_final"));
    assert_eq!(shop.sums().await, [5, 0, 0, 0, 5]);
    // A list: its items in their order, the answer is 200.
    let item = |amount: i64| json!({ "type": "X", "gate_on_balance": true, "cost_override_amount": amount, "cost_override_denomination": "credits" });
    let list = shop.post("{a}/events", &json!([item(4), item(2), item(1)])).await.data(200).clone();
    let states: Vec<&Value> = list["events"].as_array().expect("rows").iter().map(|row| &row["state"]).collect();
    assert_eq!(states, ["complete", "gated", "complete"]);
    assert_eq!((&list["events_submitted"], &list["events_gated"]), (&json!(3), &json!(1)));
    assert_eq!(shop.sums().await[0], 0);
    for (query, count) in [("state=gated", 2), ("type=X", 3), ("type=X&state=gated", 1), ("state=complete", 3)] {
        for path in ["{a}/events", "{c}/events"] {
            let found = shop.get(&format!("{path}?{query}")).await;
            assert_eq!(found.body["data"].as_array().map(Vec::len), Some(count), "{path}?{query}: {}", found.text);
        }
    }
    assert_eq!(refused(&shop.get("{a}/events?state=gone").await), (422, "invalid"));
    let of = shop.get(&format!("{{c}}/events?account_id={}", shop.account)).await;
    assert_eq!(of.body["data"].as_array().map(Vec::len), Some(5));
    assert_eq!(refused(&shop.get("{c}/events?account_id=a_nobody").await), (404, "not_found"));
}

#[tokio::test]
async fn one_bad_item_refuses_all() {
    let shop = Shop::open().await;
    let give =
        |amount: i64| json!({ "type": "X", "cost_override_amount": amount, "cost_override_denomination": "credits" });
    let answer = shop.post("{a}/events", &json!([give(-i64::MAX), give(-i64::MAX)])).await;
    assert_eq!((refused(&answer), &answer.body["error"]["field"]), ((422, "out_of_range"), &json!("[1]")));
    assert_eq!((shop.sums().await, shop.get("{a}/events").await.body["data"].clone()), ([0; 5], json!([])));
}

#[tokio::test]
async fn a_pending_event_has_one_end() {
    let shop = Shop::open().await;
    shop.add(10).await.data(200);
    let pend = async || {
        let made = shop.post("{a}/balance/credits", &json!({ "amount": -3, "state": "pending" })).await;
        made.data(200)["event"]["id"].as_str().expect("an id").to_owned()
    };
    for (first, second, left) in
        [("complete", "cancelled", 7), ("cancelled", "complete", 7), ("completed", "cancelled", 4)]
    {
        let id = pend().await;
        let path = format!("/events/{id}");
        let shown = shop.get(&path).await.data(200).clone();
        assert!(shown["expires_at"].is_string() && shown["finished_at"].is_null(), "{shown}");
        for bad in ["pending", "gated", "x"] {
            assert_eq!(refused(&shop.put(&path, &json!({ "state": bad })).await), (422, "invalid"), "{bad}");
        }
        let ended = shop.put(&path, &json!({ "state": first })).await.data(200).clone();
        assert_eq!(ended["balance"]["amount"], left, "{ended}");
        assert!(ended["expires_at"].is_null() && ended["finished_at"].is_string(), "{ended}");
        assert_eq!(shop.put(&path, &json!({ "state": first })).await.data(200), &ended, "the same again");
        assert_eq!(refused(&shop.put(&path, &json!({ "state": second })).await), (409, "event_final"));
    }
    let cancelled = shop.post("{a}/balance/credits", &json!({ "amount": -3, "state": "cancelled" })).await;
    assert_eq!(cancelled.data(200)["event"]["state"], "cancelled");
    assert_eq!(shop.sums().await, [4, 0, 0, 0, 4]);
    shop.assert_books_hold();
}

#[tokio::test]
async fn the_hour_ends_on_its_microsecond() {
    let mut shop = Shop::open().await;
    shop.add(10).await.data(200);
    let pend = async |shop: &Shop| {
        let made = shop.post("{a}/balance/credits", &json!({ "amount": -3, "state": "pending" })).await;
        let event = made.data(200)["event"].clone();
        let (date, clock) = event["created_at"].as_str().and_then(|at| at.split_once(' ')).expect("a time");
        let at = Timestamp::parse_rfc3339(&format!("{date}T{}Z", clock.trim_end_matches("+00"))).expect("a time");
        (format!("/events/{}", event["id"].as_str().expect("an id")), at.plus(HOUR))
    };
    let ((in_time, end), (too_late, late_end)) = (pend(&shop).await, pend(&shop).await);
    shop.app.advance_to(&end.plus(-1).to_string()).await;
    shop.put(&in_time, &json!({ "state": "complete" })).await.data(200);
    assert_eq!(shop.sums().await, [7, 3, 0, 1, 4]);
    // Over a downtime.
    shop.app.stop().await;
    shop.app.clock().advance_to(late_end);
    shop.app.restart().await;
    shop.client = shop.app.admin();
    let expired = shop.get(&too_late).await.data(200).clone();
    assert_eq!((&expired["state"], &expired["cancel_reason"]), (&json!("cancelled"), &json!("expired")));
    for state in ["complete", "cancelled"] {
        assert_eq!(refused(&shop.put(&too_late, &json!({ "state": state })).await), (409, "event_final"), "{state}");
    }
    assert_eq!(shop.sums().await, [7, 0, 0, 0, 7]);
    let all = shop.post("{a}/balance/credits", &json!({ "amount": -7, "gate_on_balance": true })).await;
    assert_eq!(all.data(200)["amount"], 0, "what it held is free for gates too");
    shop.assert_books_hold();
}
