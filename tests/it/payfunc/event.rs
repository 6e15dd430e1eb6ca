//! Events of orders: the table of transitions from outside, and money that goes back.

use serde_json::{Value, json};

use super::{Desk, events, ok, refused};

async fn paid(desk: &Desk, items: Value) -> String {
    let order = json!({ "items": items, "currency": "SEK", "payment": { "type": "card", "card": "tok_visa" } });
    ok(&desk.post("/order", &order).await)["id"].as_str().expect("an id").to_owned()
}

async fn event(desk: &Desk, order: &str, body: Value) -> crate::support::Answer {
    desk.post(&format!("/order/{order}/event"), &body).await
}

#[tokio::test]
async fn the_table_decides() {
    let desk = Desk::open().await;
    let order = json!({ "items": [{ "number": "a", "price": 10, "quantity": 2 }, { "number": "b", "price": 5 }],
        "currency": "SEK", "payment": { "type": "defer" } });
    let id = ok(&desk.post("/order", &order).await)["id"].as_str().expect("an id").to_owned();
    for (body, status) in [
        (json!({ "type": "charge" }), None),
        (
            json!({ "type": "pend", "items": { "number": "a", "quantity": 1 } }),
            Some(json!({ "deferred": 15, "pending": 10 })),
        ),
        (json!({ "type": "order" }), Some(json!({ "ordered": 25 }))),
        (json!({ "type": "order" }), None),
        (json!({ "type": "cancel", "items": [{ "number": "b" }] }), Some(json!({ "ordered": 20, "cancelled": 5 }))),
        (json!({ "type": "charge", "items": 20 }), Some(json!({ "charged": 20, "cancelled": 5 }))),
        (json!({ "type": "refund", "items": { "number": "b" } }), None),
        (json!({ "type": "refund", "items": { "number": "c" } }), None),
        (json!({ "type": "refund", "items": { "number": "a", "quantity": 3 } }), None),
        (json!({ "type": "pay", "reference": "r" }), Some(json!({ "paid": 20, "cancelled": 5 }))),
        (json!({ "type": "fail", "original": "refund", "error": "no" }), Some(json!({ "paid": 20, "cancelled": 5 }))),
        (json!({ "type": "explode" }), None),
        (json!({ "type": "charge", "items": "all" }), None),
    ] {
        let answer = event(&desk, &id, body.clone()).await;
        match status {
            Some(status) => {
                assert_eq!(ok(&answer)["type"], body["type"]);
                assert_eq!(desk.get(&format!("/order/{id}")).await["status"], status, "{body}");
            }
            None => assert_eq!(refused(&answer).0, 400, "{body}: {}", answer.text),
        }
    }
    let order = desk.get(&format!("/order/{id}")).await;
    assert_eq!(order["items"][0]["status"], json!(["paid", "paid"]));
    assert_eq!(order["event"][5]["reference"], "r");
    let period = json!({ "type": "settle", "period": { "start": "2026-01-01", "end": "2026-01-02" }, "gross": 20, "fee": 0.5, "net": 19.5, "currency": "SEK" });
    assert_eq!(refused(&event(&desk, &id, period.clone()).await).0, 400, "paid does not settle");
    let charged = paid(&desk, json!(20)).await;
    let settled = event(&desk, &charged, period).await;
    assert_eq!((&ok(&settled)["net"], &settled.body["period"]["end"]), (&json!(19.5), &json!("2026-01-02")));
}

#[tokio::test]
async fn a_refund_gives_the_money_back() {
    let desk = Desk::open().await;
    let whole = paid(&desk, json!(100)).await;
    assert_eq!(ok(&event(&desk, &whole, json!({ "type": "refund" })).await)["type"], "refund");
    let order = desk.get(&format!("/order/{whole}")).await;
    assert_eq!((&order["status"], events(&order)), (&json!({ "refunded": 100 }), vec!["order", "charge", "refund"]));
    assert_eq!(refused(&event(&desk, &whole, json!({ "type": "refund" })).await).0, 400);

    let parts = paid(&desk, json!({ "number": "a", "price": 30, "quantity": 3 })).await;
    let one = json!({ "type": "refund", "items": { "number": "a" } });
    let early = event(&desk, &parts, one.clone()).await;
    assert_eq!(refused(&early).1, "flawed content", "a part goes back once the charge has settled");
    desk.app.advance_to("2026-01-03T00:00:00Z").await;
    for left in [60, 30, 0] {
        assert_eq!(ok(&event(&desk, &parts, one.clone()).await)["type"], "refund");
        let status = desk.get(&format!("/order/{parts}")).await["status"].clone();
        assert_eq!(status["charged"].as_i64().unwrap_or(0), left, "{status}");
    }
    assert_eq!(refused(&event(&desk, &parts, one).await).0, 400, "never more than was charged");
    assert_eq!(desk.app.simulator().charges().iter().filter(|charge| charge.amount.minor() == 3_000).count(), 3);
    desk.assert_books_hold();
}

#[tokio::test]
async fn a_refund_that_is_refused_is_a_failure() {
    let desk = Desk::open().await;
    let order = json!({ "items": 100, "currency": "SEK", "payment": { "type": "card", "card": "4000000000000010" } });
    let id = ok(&desk.post("/order", &order).await)["id"].as_str().expect("an id").to_owned();
    desk.app.advance_to("2026-01-03T00:00:00Z").await;
    let answer = event(&desk, &id, json!({ "type": "refund" })).await;
    let failed = ok(&answer);
    assert_eq!((&failed["type"], &failed["original"]), (&json!("fail"), &json!("refund")));
    assert_eq!(desk.get(&format!("/order/{id}")).await["status"], json!({ "charged": 100 }));
    desk.assert_books_hold();
}

#[tokio::test]
async fn cancelling_what_was_paid_gives_it_back_and_what_is_owed_ends_it() {
    let desk = Desk::open().await;
    let good = desk.paying("tok_visa").await;
    desk.add(&good, json!(70)).await;
    desk.settle(&good).await;
    let id = desk.newest().await["id"].as_str().expect("an id").to_owned();
    assert_eq!(ok(&event(&desk, &id, json!({ "type": "cancel" })).await)["type"], "cancel");
    let order = desk.get(&format!("/order/{id}")).await;
    assert_eq!((&order["status"], &order["payment"]["status"]), (&json!({ "cancelled": 70 }), &json!("cancelled")));
    let bad = desk.paying("tok_chargeDeclined").await;
    desk.add(&bad, json!(70)).await;
    desk.settle(&bad).await;
    let id = desk.newest().await["id"].as_str().expect("an id").to_owned();
    ok(&event(&desk, &id, json!({ "type": "cancel" })).await);
    assert_eq!(desk.get(&format!("/account/{bad}")).await["status"], "active");
    let tried = desk.app.simulator().charges().len();
    desk.app.advance_to("2026-02-01T00:00:00Z").await;
    assert_eq!(desk.app.simulator().charges().len(), tried, "what was cancelled is not tried again");
    desk.assert_books_hold();
}

#[tokio::test]
async fn several_orders_are_told_at_once() {
    let desk = Desk::open().await;
    let order = json!({ "items": 10, "currency": "SEK", "payment": { "type": "invoice" } });
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(ok(&desk.post("/order", &order).await)["id"].clone());
    }
    let both = json!([
        { "id": ids[0], "event": [{ "type": "charge" }, { "type": "pay" }] }, { "id": ids[1], "event": [{ "type": "cancel" }] },
    ]);
    let named = desk.client.clone().header("idempotency-key", "both");
    for _ in 0..2 {
        let answer = named.send("PATCH", "/order", Some(both.to_string())).await;
        let sums: Vec<&Value> = ok(&answer).as_array().expect("orders").iter().map(|order| &order["status"]).collect();
        assert_eq!(sums, [&json!({ "paid": 10 }), &json!({ "cancelled": 10 })]);
    }
    for bad in [
        json!([]),
        json!({}),
        json!([{ "id": ids[0] }]),
        json!([{ "id": ids[0], "event": vec![json!({ "type": "fail" }); 51] }]),
    ] {
        let answer = desk.send("PATCH", "/order", &bad).await;
        assert_eq!(refused(&answer), (400, "invalid content", ""), "{bad}");
    }
}
