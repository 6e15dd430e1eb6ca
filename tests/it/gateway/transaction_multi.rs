//! Several transactions in one request, and receipts by mail.

use serde_json::{Value, json};

use super::till::{Till, VISA, card, id_of, with};

async fn many(till: &Till, verb: &str, transactions: &Value) -> Vec<Value> {
    let answer =
        till.client.post(&format!("/api/transaction/multi{verb}"), &json!({ "transactions": transactions })).await;
    answer.data(200).as_array().expect("a verdict for each").clone()
}

fn statuses(verdicts: &[Value]) -> Vec<&str> {
    verdicts.iter().map(|verdict| verdict["status"].as_str().expect("a status")).collect()
}

#[tokio::test]
async fn a_refused_one_stops_none_and_a_repetition_does_nothing_twice() {
    let mut till = Till::open().await;
    till.client = till.client.clone().header("idempotency-key", "batch-1");
    let charges = json!([
        with(&card("sale", 1000, VISA), "order_id", json!("first")),
        with(&card("sale", 0, VISA), "order_id", json!("second")),
        card("sale", 1000, "4000000000000002"),
        card("authorize", 700, VISA),
    ]);
    let made = many(&till, "", &charges).await;
    assert_eq!(statuses(&made), ["pending_settlement", "failed", "declined", "authorized"]);
    assert_eq!((&made[0]["order_id"], &made[0]["msg"]), (&json!("first"), &json!("success")));
    assert_eq!((&made[1]["order_id"], &made[1]["transaction_id"]), (&json!("second"), &json!("")));
    assert!(made[1]["msg"].as_str().is_some_and(|msg| msg.contains("amount")), "{}", made[1]);
    assert_eq!(many(&till, "", &charges).await, made);
    assert_eq!(till.count(), 3, "charged once each");

    let ids: Vec<Value> = made.iter().map(|verdict| json!({ "id": verdict["transaction_id"] })).collect();
    till.client = till.app.key().header("idempotency-key", "batch-2");
    let voided = many(&till, "/void", &json!(ids)).await;
    assert_eq!(statuses(&voided), ["voided", "failed", "failed", "reversed"]);
    assert_eq!(many(&till, "/void", &json!(ids)).await, voided, "the same verdicts");

    till.client = till.app.key();
    let [one, two] = [till.card("sale", 1000, VISA).await, till.card("sale", 500, VISA).await];
    till.settle().await;
    let refunds = json!([{ "id": one["id"], "amount": 300 }, { "id": "unheard" }, { "id": two["id"], "amount": 501 },
        { "id": two["id"] }]);
    till.client = till.app.key().header("idempotency-key", "batch-3");
    let refunded = many(&till, "/refund", &refunds).await;
    assert_eq!(statuses(&refunded), ["pending_settlement", "failed", "failed", "pending_settlement"]);
    let again = many(&till, "/refund", &refunds).await;
    assert_eq!(statuses(&again), statuses(&refunded));
    assert_eq!((&again[0], &again[3]), (&refunded[0], &refunded[3]), "the same refunds");
    let given_back =
        (till.again(&one).await["amount_refunded"].clone(), till.again(&two).await["amount_refunded"].clone());
    assert_eq!(given_back, (json!(300), json!(500)));
    for (verb, body) in [
        ("", json!({})),
        ("/void", json!({ "transactions": [] })),
        ("/refund", json!({ "transactions": vec![json!({ "id": "a" }); 101] })),
        ("/refund", json!({ "transactions": [{ "id": 1 }] })),
    ] {
        let refused = till.client.post(&format!("/api/transaction/multi{verb}"), &body).await;
        assert!(refused.status == 400 && refused.msg().contains("transactions"), "{verb} {body}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_receipt_is_mailed_with_the_approval_and_on_request() {
    let till = Till::open().await;
    let wish = |number: &str| {
        let body = with(&card("sale", 1234, number), "email_receipt", json!(true));
        let body = with(&body, "line_items", json!([{ "name": "Blue shirt", "amount": 1000 }]));
        with(&with(&body, "tax_amount", json!(234)), "email_address", json!("ann@example.com"))
    };
    let sold = till.charge(&wish(VISA)).await.data(200).clone();
    till.charge(&wish("4000000000000002")).await.data(200);
    assert_eq!(
        till.rows("mail WHERE kind = 'transaction.receipt' AND recipient = 'ann@example.com'"),
        1,
        "a decline has none"
    );
    for told in ["Blue shirt", "4242", "12.34", "2.34", "1 January 2026"] {
        assert_eq!(till.rows(&format!("mail WHERE body_json LIKE '%{told}%'")), 1, "{told}");
    }
    let path = format!("/api/transaction/{}/email", id_of(&sold));
    let client = till.client.clone().header("idempotency-key", "m-1");
    for _ in 0..2 {
        assert_eq!(client.post(&path, &json!({ "email_address": "bob@example.com" })).await.status, 200);
    }
    assert_eq!(till.rows("mail WHERE recipient = 'bob@example.com'"), 1);
    for body in [json!({}), json!({ "email_address": "nobody" }), json!({ "email_address": "a@b.c\r\nbcc: x@y.zz" })] {
        let refused = till.client.post(&path, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.msg().contains("email_address"), "{}", refused.msg());
    }
    let declined = till.card("sale", 5, "4000000000000002").await;
    let refused = till.act(&declined, "email", &json!({ "email_address": "bob@example.com" })).await;
    assert!(refused.status == 400 && refused.msg().contains("not approved"), "{}", refused.text);
}
