//! Idempotency keys of transactions: one effect, whatever is repeated.

use bursar::domain::time::SECOND;
use serde_json::{Value, json};

use super::till::{Till, VISA, card, id_of, with};

fn keyed(amount: i64, key: &str) -> Value {
    with(&card("sale", amount, VISA), "idempotency_key", json!(key))
}

#[tokio::test]
async fn a_repeated_key_answers_with_the_first_transaction() {
    let till = Till::open().await;
    let first = till.charge(&keyed(1000, "key-1")).await.data(200).clone();
    let again = till.charge(&keyed(1000, "key-1")).await.data(200).clone();
    assert_eq!(first, again);
    let reordered = format!(
        r#"{{"payment_method":{{"card":{{"expiration_date":"12/30","number":"{VISA}"}}}},"amount":1000,"type":"sale","idempotency_key":"key-1","note":"x"}}"#
    );
    let same = till.client.post_text("/api/transaction", &reordered).await.data(200).clone();
    assert_eq!(id_of(&same), id_of(&first), "the order of fields and unknown fields do not count");
    for other in [
        keyed(1001, "key-1"),
        with(&keyed(1000, "key-1"), "payment_method.card.number", json!("5555555555554444")),
        with(&keyed(1000, "key-1"), "payment_method.card.cvc", json!("999")),
        with(&keyed(1000, "key-1"), "order_id", json!("7")),
        with(&keyed(1000, "key-1"), "type", json!("authorize")),
    ] {
        let answer = till.charge(&other).await;
        assert_eq!((answer.status, answer.body["status"].as_str()), (422, Some("failed")), "{other}");
    }
    assert_eq!(till.count(), 1);
    assert_ne!(id_of(till.charge(&keyed(1000, "key-2")).await.data(200)), id_of(&first));
    let declined = with(&keyed(1000, "key-3"), "payment_method.card.number", json!("4000000000000002"));
    let first = till.charge(&declined).await.data(200).clone();
    assert_eq!(first["status"], "declined");
    assert_eq!(till.charge(&declined).await.data(200), &first, "a decline is repeated, not tried again");
}

#[tokio::test]
async fn a_key_counts_as_long_as_it_says() {
    let till = Till::open().await;
    let short = with(&keyed(1000, "short"), "idempotency_time", json!(60));
    let usual = keyed(1000, "usual");
    let first = (till.charge(&usual).await.data(200).clone(), till.charge(&short).await.data(200).clone());
    till.app.clock().advance_to(till.app.now().plus(61 * SECOND));
    assert_eq!(id_of(till.charge(&usual).await.data(200)), id_of(&first.0));
    assert_ne!(id_of(till.charge(&short).await.data(200)), id_of(&first.1));
    till.app.clock().advance_to(till.app.now().plus(240 * SECOND));
    assert_ne!(id_of(till.charge(&usual).await.data(200)), id_of(&first.0), "five minutes are over");
}

#[tokio::test]
async fn keys_of_the_header_and_of_another_user_are_their_own() {
    let till = Till::open().await;
    let body = card("sale", 1000, VISA);
    let client = till.client.clone().header("idempotency-key", "h-1");
    let first = client.post("/api/transaction", &body).await.data(200).clone();
    assert_eq!(client.post("/api/transaction", &body).await.data(200), &first);
    assert_eq!(client.post("/api/transaction", &card("sale", 1, VISA)).await.status, 422);
    let clerk = till.app.standard(&[bursar::domain::access::Permission::ProcessSale]).await;
    let other = clerk.header("idempotency-key", "h-1").post("/api/transaction", &body).await.data(200).clone();
    assert_ne!(id_of(&other), id_of(&first), "another caller's keys are never seen");
}

#[tokio::test]
async fn twenty_requests_at_once_have_one_effect() {
    let till = Till::open().await;
    let body = keyed(1000, "storm");
    let answers = futures_util::future::join_all((0..20).map(|_| till.charge(&body))).await;
    let made: Vec<&Value> = answers.iter().filter(|answer| answer.status == 200).map(|a| &a.body["data"]).collect();
    assert!(!made.is_empty());
    assert!(made.iter().all(|data| id_of(data) == id_of(made[0])), "all answers show the same transaction");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.msg().contains("still on its way"), "{}", answer.msg());
    }
    assert_eq!(till.count(), 1);
    assert_eq!(till.app.simulator().charges().len(), 1, "the processor charged once");
}

#[tokio::test]
async fn a_repeated_refund_gives_back_once() {
    let till = Till::open().await;
    let sold = till.card("sale", 1000, VISA).await;
    till.settle().await;
    let client = till.client.clone().header("idempotency-key", "r-1");
    let path = format!("/api/transaction/{}/refund", id_of(&sold));
    let first = client.post(&path, &json!({ "amount": 300 })).await.data(200).clone();
    assert_eq!(client.post(&path, &json!({ "amount": 300 })).await.data(200), &first);
    assert_eq!(client.post(&path, &json!({ "amount": 301 })).await.status, 422);
    assert_eq!(till.again(&sold).await["amount_refunded"], 300);
    assert_eq!(till.act(&sold, "refund", &json!({ "amount": 300 })).await.status, 200, "another without the key");
    assert_eq!(till.again(&sold).await["amount_refunded"], 600);
}
