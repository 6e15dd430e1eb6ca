//! Section 6 of the contract: deposits and the charges they make.

use serde_json::{Value, json};

use super::{Shop, refused};

fn deposit(units: i64, charge: i64) -> Value {
    json!({ "amount_to_deposit": units, "amount_to_charge": charge, "denomination": "credits" })
}

#[tokio::test]
async fn a_deposit_has_the_contracts_shape() {
    let shop = Shop::open_with(json!({ "token": "tok_visa" })).await;
    let made = shop.post("{a}/deposit", &deposit(700, 500)).await.data(200).clone();
    let balance = shop.get("{a}/balance/credits").await.data(200).clone();
    let expected = json!({
        "id": made["id"], "account_id": shop.account, "denomination": "credits", "amount_deposited": 700,
        "amount_charged": 500, "charged_against": "card", "charge_id": made["charge_id"], "status": "succeeded",
        "balance": balance, "created_at": made["created_at"],
    });
    assert_eq!((&made, &balance["amount"]), (&expected, &json!(700)));
    let charges = shop.get("{a}/charges").await.body["data"].clone();
    let charge = json!({
        "id": made["charge_id"], "account_id": shop.account, "kind": "deposit", "denomination": "credits",
        "usd_charge": 500, "status": "succeeded", "decline_code": null, "decline_kind": null, "due_at": null,
        "attempt": 1, "created_at": charges[0]["created_at"], "updated_at": charges[0]["updated_at"],
    });
    assert_eq!(charges, json!([charge]));
    let granted = shop.post("{a}/deposit", &json!({ "amount_to_deposit": 3, "amount_to_charge": 0 })).await;
    let granted = granted.data(200);
    assert_eq!((&granted["denomination"], &granted["charged_against"]), (&json!("USD"), &Value::Null));
    assert_eq!(shop.get("{a}/charges").await.body["data"].as_array().map(Vec::len), Some(1), "nothing is no charge");
    shop.assert_books_hold();
}

#[tokio::test]
async fn another_balance_may_pay() {
    let shop = Shop::open().await;
    shop.post("{a}/balance/USD", &json!({ "amount": 10 })).await.data(200);
    let pay = |charge: i64| {
        let mut body = deposit(70, charge);
        body["charge_against_denomination"] = json!("USD");
        body
    };
    let made = shop.post("{a}/deposit", &pay(10)).await.data(200).clone();
    assert_eq!((&made["charged_against"], &made["charge_id"]), (&json!("USD"), &Value::Null));
    assert_eq!(shop.get("{a}/balance/USD").await.data(200)["amount"], 0);
    let answer = shop.post("{a}/deposit", &pay(1)).await;
    assert_eq!(refused(&answer), (402, "insufficient_balance"));
    assert_eq!((&answer.body["error"]["needed"], &answer.body["error"]["available"]), (&json!(1), &json!(0)));
    assert_eq!(shop.sums().await[0], 70);
    shop.assert_books_hold();
}

#[tokio::test]
async fn what_the_card_says_is_what_happens() {
    for (token, status, code, kind) in [
        ("tok_chargeDeclined", "payment_declined", "card_declined", "soft"),
        ("tok_chargeDeclinedInsufficientFunds", "payment_declined", "insufficient_funds", "soft"),
        ("tok_chargeDeclinedStolenCard", "payment_declined", "stolen_card", "hard"),
        ("tok_chargeDeclinedExpiredCard", "payment_declined", "expired_card", "hard"),
    ] {
        let shop = Shop::open_with(json!({ "token": token })).await;
        let answer = shop.post("{a}/deposit", &deposit(700, 500)).await;
        assert_eq!(refused(&answer), (402, status), "{token}");
        assert_eq!(answer.body["error"]["decline_code"], code);
        let charge = shop.get("{a}/charges").await.body["data"][0].clone();
        assert_eq!(
            (&charge["status"], &charge["decline_code"], &charge["decline_kind"]),
            (&json!("declined"), &json!(code), &json!(kind)),
            "{token}"
        );
        assert_eq!(shop.sums().await, [0; 5]);
    }
    let shop = Shop::open().await;
    assert_eq!(refused(&shop.post("{a}/deposit", &deposit(1, 1)).await), (402, "payment_required"));
    for (body, field) in [
        (deposit(0, 0), "amount_to_deposit"),
        (deposit(1, -1), "amount_to_charge"),
        (deposit(1, i64::MAX), "amount_to_charge"),
        (json!({ "amount_to_deposit": 1 }), "amount_to_charge"),
    ] {
        let answer = shop.post("{a}/deposit", &body).await;
        assert_eq!((refused(&answer), &answer.body["error"]["field"]), ((422, "invalid"), &json!(field)), "{body}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_confirmed_and_credited_once() {
    let shop = Shop::open_with(json!({ "token": "tok_answerLost" })).await;
    let answer = shop.post("{a}/deposit", &deposit(700, 500)).await;
    assert_eq!((answer.status, &answer.body["data"]["status"]), (202, &json!("confirming")), "{}", answer.text);
    assert_eq!(shop.sums().await, [0; 5]);
    assert_eq!(shop.get("{a}/charges").await.body["data"][0]["status"], "confirming");
    shop.app.advance_to("2026-01-01T00:00:59Z").await;
    assert_eq!(shop.sums().await, [0; 5]);
    shop.app.advance_to("2026-01-01T00:01:01Z").await;
    assert_eq!(shop.sums().await, [700, 0, 0, 0, 700]);
    shop.app.advance_to("2026-01-09T00:00:00Z").await;
    assert_eq!(shop.sums().await, [700, 0, 0, 0, 700]);
    assert_eq!(shop.get("{a}/charges").await.body["data"][0]["status"], "succeeded");
    shop.assert_books_hold();
}
