//! Orders: made with an account, a card or outside, found by time, paid in another way.

use serde_json::{Value, json};

use super::{Desk, events, ok, refused};

fn order(payment: Value) -> Value {
    json!({ "number": "O-1", "items": 100, "currency": "SEK", "payment": payment, "meta": { "a": [1] }, "theme": "dark" })
}

#[tokio::test]
async fn each_kind_of_payment_begins_as_it_should() {
    let desk = Desk::open().await;
    let good = desk.paying("tok_visa").await;
    let bad = desk.paying("tok_chargeDeclined").await;
    for (payment, kinds, status) in [
        (json!({ "type": "account", "account": good }), &["order"][..], json!({ "ordered": 100 })),
        (
            json!({ "type": "account", "account": good, "charge": "auto" }),
            &["order", "charge"],
            json!({ "charged": 100 }),
        ),
        (json!({ "type": "account", "account": bad }), &["pend"], json!({ "pending": 100 })),
        (json!({ "type": "card", "card": "tok_visa" }), &["order", "charge"], json!({ "charged": 100 })),
        (json!({ "type": "card", "card": "4242424242424242" }), &["order", "charge"], json!({ "charged": 100 })),
        (json!({ "type": "card", "card": "tok_chargeDeclined" }), &["deny"], json!({ "denied": 100 })),
        (json!({ "type": "invoice" }), &["order"], json!({ "ordered": 100 })),
        (json!({ "type": "defer" }), &["defer"], json!({ "deferred": 100 })),
        (json!({ "type": "swish" }), &["pend"], json!({ "pending": 100 })),
    ] {
        let made = desk.post("/order", &order(payment.clone())).await;
        let made = ok(&made);
        assert_eq!((events(made), &made["status"]), (kinds.to_vec(), &status), "{payment}");
        assert_eq!(
            (&made["meta"], &made["theme"], &made["number"]),
            (&json!({ "a": [1] }), &json!("dark"), &json!("O-1"))
        );
        assert_eq!(&desk.get(&format!("/order/{}", made["id"].as_str().expect("an id"))).await, made);
    }
    desk.assert_books_hold();
}

#[tokio::test]
async fn members_have_bounds() {
    let desk = Desk::open().await;
    let account = desk.paying("tok_visa").await;
    let with = |name: &str, value: Value| {
        let mut body = order(json!({ "type": "invoice" }));
        body[name] = value;
        body
    };
    for (body, kind, property) in [
        (json!({ "payment": { "type": "invoice" } }), "missing property", "items"),
        (json!({ "items": 1 }), "missing property", "payment"),
        (json!({ "items": 1, "payment": { "type": "invoice" } }), "missing property", "currency"),
        (with("id", json!("short")), "malformed content", "id"),
        (with("items", json!([])), "malformed content", "items"),
        (with("currency", json!("EURO")), "malformed content", "currency"),
        (with("payment", json!({})), "missing property", "payment.type"),
        (with("payment", json!({ "type": "gold" })), "malformed content", "payment.type"),
        (with("payment", json!({ "type": "card" })), "missing property", "payment.card"),
        (with("payment", json!({ "type": "card", "card": "tok_unheard" })), "malformed content", "payment.card"),
        (with("payment", json!({ "type": "account" })), "missing property", "payment.account"),
        (
            with("payment", json!({ "type": "account", "account": "0000000000000000" })),
            "malformed content",
            "payment.account",
        ),
        (
            with("payment", json!({ "type": "account", "account": account, "charge": "all" })),
            "malformed content",
            "payment.charge",
        ),
        (
            with("payment", json!({ "type": "account", "account": account, "schedule": [3, 1] })),
            "malformed content",
            "payment.schedule",
        ),
        (
            with("payment", json!({ "type": "account", "account": account, "schedule": [0] })),
            "malformed content",
            "payment.schedule",
        ),
        (with("payment", json!({ "type": "account", "token": "a.b.c" })), "malformed content", "payment.token"),
        (with("subscription", json!("toolong")), "malformed content", "subscription"),
        (with("meta", json!("x".repeat(16 * 1024))), "malformed content", "meta"),
        (with("callback", json!("nowhere")), "malformed content", "callback"),
    ] {
        let answer = desk.post("/order", &body).await;
        assert_eq!(refused(&answer), (400, kind, property), "{body}: {}", answer.text);
    }
    let euro = json!({ "items": 1, "currency": "EUR", "payment": { "type": "account", "account": account } });
    assert_eq!(refused(&desk.post("/order", &euro).await).2, "currency", "the account is in SEK");
    let taken = json!({ "id": "0123456789abcdef", "items": 1, "currency": "EUR", "payment": { "type": "invoice" } });
    ok(&desk.post("/order", &taken).await);
    assert_eq!(refused(&desk.post("/order", &taken).await).2, "id");
    assert!(desk.app.simulator().charges().is_empty(), "nothing was charged");
}

#[tokio::test]
async fn an_order_lowers_the_balance_that_it_settles() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    for amount in [30, 50] {
        desk.add(&id, json!(amount)).await;
    }
    let part =
        |items: i64| json!({ "items": items, "payment": { "type": "account", "account": id, "charge": "balance" } });
    assert_eq!(refused(&desk.post("/order", &part(81)).await).2, "items");
    ok(&desk.post("/order", &part(45)).await);
    let account = desk.get(&format!("/account/{id}")).await;
    assert_eq!((&account["total"], &account["balance"]), (&json!(35), &json!([{ "price": 35 }])));
    ok(&desk.post("/order", &part(35)).await);
    assert_eq!(desk.get(&format!("/account/{id}")).await["total"], 0);
    desk.assert_books_hold();
}

#[tokio::test]
async fn a_public_key_needs_the_key_of_the_account() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    let public = desk.app.public_key().header("accept", "application/json");
    let by_id = order(json!({ "type": "account", "account": id }));
    assert_eq!(refused(&public.post("/order", &by_id).await), (400, "missing property", "payment.token"));
    let key = desk.client.send("POST", &format!("/account/{id}"), None).await.text;
    let by_key = order(json!({ "type": "account", "token": key }));
    assert_eq!(ok(&public.post("/order", &by_key).await)["status"], json!({ "ordered": 100 }));
    let by_card = order(json!({ "type": "card", "card": "tok_visa" }));
    assert_eq!(ok(&public.post("/order", &by_card).await)["status"], json!({ "charged": 100 }));
}

#[tokio::test]
async fn a_named_order_is_charged_once() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    let token = json!({ "card": { "number": "4242424242424242", "expiration_date": "12/30" } });
    let token = desk.app.public_key().post("/api/tokenizer", &token).await.body["token"].clone();
    for (name, payment) in [
        ("account", json!({ "type": "account", "account": id })),
        ("card", json!({ "type": "card", "card": "tok_visa" })),
        ("one-time", json!({ "type": "card", "card": token })),
    ] {
        let named = desk.client.clone().header("idempotency-key", name);
        let body = order(payment);
        let (one, two) = tokio::join!(named.post("/order", &body), named.post("/order", &body));
        let three = named.post("/order", &body).await;
        assert_eq!((one.status, two.status, three.status), (200, 200, 200), "{}{}{}", one.text, two.text, three.text);
        assert!(one.body["id"] == two.body["id"] && one.body["id"] == three.body["id"]);
    }
    assert_eq!(desk.app.simulator().charges().len(), 3);
    desk.assert_books_hold();
}

#[tokio::test]
async fn orders_are_listed_by_time() {
    let desk = Desk::open().await;
    for day in ["2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z", "2026-01-04T10:00:00Z"] {
        desk.app.advance_to(day).await;
        ok(&desk.post("/order", &order(json!({ "type": "invoice" }))).await);
    }
    for (query, count) in [
        ("", 3),
        ("?start=2026-01-03", 2),
        ("?end=2026-01-03", 2),
        ("?start=2026-01-03&end=2026-01-03", 1),
        ("?start=2026-01-03T10:00:00.5Z", 1),
        ("?end=2026-01-02T10:00:00Z", 0),
    ] {
        assert_eq!(desk.get(&format!("/order{query}")).await.as_array().map(Vec::len), Some(count), "{query}");
    }
    let answer = desk.client.get("/order?start=soon").await;
    assert_eq!(refused(&answer), (400, "invalid query argument", "start"));
    assert_eq!(refused(&desk.client.get("/order/0000000000000000").await), (404, "not found", ""));
    let receipt = desk.get(&format!("/order/{}/receipt", desk.newest().await["id"].as_str().expect("an id"))).await;
    assert_eq!((&receipt["amount"], &receipt["vat"], &receipt["currency"]), (&json!(100), &json!(0), &json!("SEK")));
}

#[tokio::test]
async fn an_order_is_paid_in_another_way() {
    let desk = Desk::open().await;
    let bad = desk.paying("tok_chargeDeclined").await;
    desk.add(&bad, json!(40)).await;
    desk.settle(&bad).await;
    let path = format!("/order/{}", desk.newest().await["id"].as_str().expect("an id"));
    let change = format!("{path}/payment");
    let good = desk.paying("tok_visa").await;
    for (payment, status) in [
        (json!({ "type": "card", "card": "tok_unheard" }), None),
        (json!({ "type": "account", "account": good }), Some(json!({ "ordered": 40 }))),
        (json!({ "type": "account", "account": good }), None),
    ] {
        let answer = desk.send("PUT", &change, &payment).await;
        match status {
            Some(status) => assert_eq!(ok(&answer)["status"], status, "{payment}"),
            None => assert_eq!(refused(&answer).0, 400, "{payment}"),
        }
    }
    assert_eq!(desk.app.simulator().charges().len(), 2);
    assert_eq!(desk.get(&format!("/account/{bad}")).await["status"], "active");
    desk.assert_books_hold();
}
