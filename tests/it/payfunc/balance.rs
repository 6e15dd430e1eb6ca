//! Balances: what is added, the limit, the due date and the order that a balance becomes.

use serde_json::json;

use super::{Desk, events, ok, refused};

#[tokio::test]
async fn items_add_up_without_floats() {
    let desk = Desk::open().await;
    let id = desk.account(json!({})).await;
    desk.add(&id, json!(0.1)).await;
    let item =
        json!({ "number": "A", "name": "Fee", "price": 19.99, "quantity": 1.5, "unit": "h", "vat": 5, "rebate": 0.01 });
    desk.add(&id, item.clone()).await;
    let account = desk.add(&id, json!([{ "price": 0.005 }, { "price": 0.005, "quantity": 2 }])).await;
    assert_eq!(account["total"].to_string(), "37.59", "0.10 + 37.47 + 0.01 + 0.01: each rounded once");
    let balance = account["balance"].as_array().expect("items");
    assert_eq!((balance.len(), &balance[0], &balance[1]), (4, &json!({ "price": 0.1 }), &item));
    let path = format!("/account/{id}/balance");
    for (body, kind, property) in [
        (json!(0), "malformed content", "items"),
        (json!(-1), "malformed content", "items.price"),
        (json!(0.001), "malformed content", "items"),
        (json!("5"), "malformed content", "items"),
        (json!([]), "malformed content", "items"),
        (json!([{ "price": 1 }, { "quantity": 0 }]), "malformed content", "items[1].quantity"),
        (json!({ "vat": 1 }), "missing property", "items.price"),
        (json!({ "price": 1, "rebate": 2 }), "malformed content", "items.rebate"),
        (json!({ "price": 1, "quantity": -1 }), "malformed content", "items.quantity"),
        (json!({ "price": "1" }), "malformed content", "items.price"),
        (json!({ "price": 9007199254740_i64, "quantity": 1000 }), "malformed content", "items.price"),
        (json!(null), "malformed content", "items"),
    ] {
        let answer = desk.post(&path, &body).await;
        assert_eq!(refused(&answer), (400, kind, property), "{body}: {}", answer.text);
    }
    assert_eq!(desk.get(&format!("/account/{id}")).await["total"].to_string(), "37.59");
    let yen = desk.account(json!({ "currency": "JPY" })).await;
    assert_eq!(refused(&desk.post(&format!("/account/{yen}/balance"), &json!(1.5)).await).2, "items");
    assert_eq!(desk.add(&yen, json!({ "price": 1.5 })).await["total"], 2);
}

#[tokio::test]
async fn the_limit_is_kept() {
    let desk = Desk::open().await;
    let id = desk.account(json!({ "limit": 100 })).await;
    let path = format!("/account/{id}/balance");
    desk.add(&id, json!(60)).await;
    for (amount, passes) in [(json!(40.01), false), (json!(40), true), (json!(0.01), false)] {
        let answer = desk.post(&path, &amount).await;
        assert_eq!(answer.status, if passes { 200 } else { 400 }, "{amount}: {}", answer.text);
    }
    let refusal = desk.post(&path, &json!(1)).await;
    assert_eq!(refused(&refusal), (400, "malformed content", "limit"));
    assert_eq!(desk.settle(&id).await, [0, 1], "there is nothing to pay with");
    assert_eq!(refused(&desk.post(&path, &json!(1)).await).2, "limit", "the order is still owed");

    let id = desk.account(json!({ "limit": { "hard": 100, "margin": 10 } })).await;
    let path = format!("/account/{id}/balance");
    for (amount, passes) in [(json!(110.01), false), (json!(100), true), (json!(10), true), (json!(0.01), false)] {
        assert_eq!(desk.post(&path, &amount).await.status == 200, passes, "{amount}");
    }

    let soft = json!({ "limit": { "soft": 50 }, "method": [{ "type": "token", "card": "tok_visa" }] });
    let id = desk.account(soft).await;
    assert_eq!(desk.add(&id, json!(49.99)).await["total"].to_string(), "49.99");
    let account = desk.add(&id, json!(0.01)).await;
    assert_eq!((&account["total"], &account["balance"]), (&json!(0), &json!([])), "it became an order at once");
    assert_eq!((&desk.newest().await["payment"]["amount"], events(&desk.newest().await)), (&json!(50), vec!["order"]));
    desk.assert_books_hold();
}

#[tokio::test]
async fn a_balance_becomes_one_paid_order_on_the_due_date() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    desk.add(&id, json!({ "name": "Fee", "price": 100, "vat": 25 })).await;
    desk.add(&id, json!(50)).await;
    desk.app.advance_to("2026-01-31T23:59:59Z").await;
    assert_eq!(desk.get("/order").await, json!([]));
    desk.app.advance_to("2026-02-01T00:00:00Z").await;
    let orders = desk.get("/order").await;
    assert_eq!(orders.as_array().map(Vec::len), Some(1));
    let order = &orders[0];
    assert_eq!((events(order), &order["status"]), (vec!["order"], &json!({ "ordered": 175 })), "{order}");
    let payment = json!({
        "type": "account", "service": "card", "created": order["payment"]["created"], "amount": 175, "currency": "SEK",
        "status": "ordered", "account": id, "charge": "balance",
    });
    assert_eq!((&order["payment"], &order["account"]), (&payment, &json!(id)));
    let items = json!([
        { "name": "Fee", "price": 100, "vat": 25, "status": ["ordered"] }, { "price": 50, "status": ["ordered"] },
    ]);
    assert_eq!(order["items"], items);
    let account = desk.get(&format!("/account/{id}")).await;
    assert_eq!((&account["total"], &account["balance"], &account["status"]), (&json!(0), &json!([]), &json!("active")));
    assert_eq!(account["due"], "2026-03-01");
    let charges = desk.app.simulator().charges();
    assert_eq!(charges.iter().map(|charge| charge.amount.minor()).collect::<Vec<_>>(), [17_500]);
    desk.app.advance_to("2026-06-02T00:00:00Z").await;
    assert_eq!(desk.get("/order").await.as_array().map(Vec::len), Some(1), "an empty balance makes no order");
    desk.assert_books_hold();
}

#[tokio::test]
async fn declines_are_tried_again_after_one_and_three_days() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_chargeDeclined").await;
    desk.add(&id, json!(80)).await;
    let path = format!("/account/{id}");
    desk.app.advance_to("2026-02-01T00:00:00Z").await;
    let order = desk.newest().await;
    assert_eq!((events(&order), &order["status"]), (vec!["pend"], &json!({ "pending": 80 })));
    assert_eq!(order["payment"]["schedule"], json!(["2026-02-02", "2026-02-04"]));
    assert_eq!((&order["payment"]["due"], &order["payment"]["status"]), (&json!("2026-02-02"), &json!("created")));
    assert_eq!(desk.get(&path).await["status"], "pending");
    desk.app.advance_to("2026-02-02T00:00:01Z").await;
    let order = desk.newest().await;
    assert_eq!((events(&order), &order["payment"]["due"]), (vec!["pend", "fail"], &json!("2026-02-04")));
    assert_eq!(
        (&order["event"][1]["original"], &desk.get(&path).await["status"]),
        (&json!("order"), &json!("pending"))
    );
    desk.app.advance_to("2026-02-04T00:00:01Z").await;
    let order = desk.newest().await;
    assert_eq!((events(&order), &order["payment"]["status"]), (vec!["pend", "fail", "fail"], &json!("expired")));
    assert_eq!(desk.get(&path).await["status"], "suspended");
    let more = json!({ "items": 5, "payment": { "type": "account", "account": id } });
    assert_eq!(refused(&desk.post("/order", &more).await).2, "payment.account");
    desk.app.advance_to("2026-02-20T00:00:00Z").await;
    assert_eq!(desk.app.simulator().charges().len(), 3, "nobody tries for ever");

    ok(&desk.post(&format!("{path}/method"), &json!({ "type": "token", "card": "tok_mastercard" })).await);
    let cards = desk.get(&path).await["method"].clone();
    ok(&desk.send("PUT", &format!("{path}/methods"), &json!([cards[1], cards[0]])).await);
    desk.app.advance_to("2026-02-20T00:01:00Z").await;
    let order = desk.newest().await;
    assert_eq!(
        (&order["status"], &order["payment"]["status"]),
        (&json!({ "ordered": 80 }), &json!("ordered")),
        "{order}"
    );
    assert_eq!(desk.get(&path).await["status"], "active");
    desk.assert_books_hold();
}

#[tokio::test]
async fn the_first_usable_card_pays() {
    let desk = Desk::open().await;
    let expired = json!({ "type": "card", "card": "4242424242424242", "expires": [1, 26] });
    let id =
        desk.account(json!({ "method": [expired, { "type": "token", "card": "tok_chargeDeclinedStolenCard" }] })).await;
    ok(&desk.post(&format!("/account/{id}/method"), &json!({ "type": "token", "card": "tok_amex" })).await);
    desk.add(&id, json!(10)).await;
    desk.app.advance_to("2026-02-01T00:00:00Z").await;
    assert_eq!(events(&desk.newest().await), ["pend"], "the first has expired, the second is stolen");
    desk.app.advance_to("2026-02-02T00:00:01Z").await;
    assert_eq!(desk.newest().await["status"], json!({ "ordered": 10 }), "a stolen card is not tried twice");
    desk.assert_books_hold();
}

#[tokio::test]
async fn a_balance_is_settled_when_asked_for() {
    let desk = Desk::open().await;
    let (good, bad, empty) =
        (desk.paying("tok_visa").await, desk.paying("tok_chargeDeclined").await, desk.paying("tok_visa").await);
    assert_eq!(desk.settle(&good).await, [0, 0]);
    desk.add(&good, json!(10)).await;
    assert_eq!(desk.settle(&good).await, [1, 0]);
    for account in [&good, &bad] {
        desk.add(account, json!(20)).await;
    }
    assert_eq!(desk.settle("all").await, [1, 1]);
    assert_eq!(desk.settle("all").await, [0, 0]);
    assert_eq!(desk.get(&format!("/account/{empty}")).await["status"], "active");
    let missing = desk.client.delete("/account/0000000000000000/balance").await;
    assert_eq!(refused(&missing), (404, "not found", ""));
    let orders = desk.get("/order").await;
    let mut sums: Vec<String> =
        orders.as_array().expect("a list").iter().map(|order| order["status"].to_string()).collect();
    sums.sort_unstable();
    assert_eq!(sums, [r#"{"ordered":10}"#, r#"{"ordered":20}"#, r#"{"pending":20}"#]);
    desk.assert_books_hold();
}

#[tokio::test]
async fn an_answer_that_never_came_is_no_decline_and_no_second_charge() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_answerLost").await;
    desk.add(&id, json!(30)).await;
    assert_eq!(desk.settle(&id).await, [1, 0], "it is being confirmed");
    let order = desk.newest().await;
    assert_eq!((events(&order), &order["status"]), (vec![], &json!({ "created": 30 })));
    let path = format!("/order/{}", order["id"].as_str().expect("an id"));
    let change = desk.send("PUT", &format!("{path}/payment"), &json!({ "type": "card", "card": "tok_visa" })).await;
    assert_eq!(refused(&change).1, "flawed content");
    desk.app.advance_to("2026-01-01T12:00:00Z").await;
    assert_eq!(desk.get(&path).await["status"], json!({ "ordered": 30 }));
    assert_eq!(desk.app.simulator().charges().len(), 1);
    desk.assert_books_hold();
}
