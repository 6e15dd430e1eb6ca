//! What the first digits of a card tell, and what they do not.

use serde_json::{Value, json};

use super::till::Till;

const PATH: &str = "/api/lookup/bin/protected";

#[tokio::test]
async fn a_range_tells_its_scheme_and_how_it_is_paid_for() {
    let till = Till::open().await;
    for (bin, brand, kind, surchargeable) in [
        ("400551", "Visa", "credit", true),
        ("4005519200000004", "Visa", "credit", true),
        ("411111", "Visa", "debit", false),
        ("555555", "Mastercard", "credit", true),
        ("222100", "Mastercard", "credit", true),
        ("371449", "American Express", "credit", true),
        ("601100", "Discover", "credit", true),
    ] {
        let answer = till.client.post(PATH, &json!({ "bin": bin, "country": "US", "state": "IL" })).await;
        let expected = json!({
            "bin": bin[..6], "card_brand": brand, "issuing_bank": "", "card_type": kind, "card_level_generic": "",
            "country": "", "is_surchargeable": surchargeable, "payment_method_type": "card",
        });
        assert_eq!((answer.status, &answer.body), (200, &expected), "{bin}");
    }
    for unknown in ["000000", "199999", "900000", "222099", "272100"] {
        let answer = till.client.post(PATH, &json!({ "bin": unknown })).await;
        assert_eq!((answer.status, &answer.body), (200, &json!({})), "{unknown}");
    }
    for (country, state, allowed) in
        [("US", "CT", false), ("", "IL", true), ("US", "", false), ("CA", "ON", true), ("SE", "", false)]
    {
        let body = json!({ "bin": "400551", "country": country, "state": state });
        assert_eq!(till.client.post(PATH, &body).await.body["is_surchargeable"], allowed, "{country} {state}");
    }
}

#[tokio::test]
async fn a_token_or_a_customer_stands_for_its_card() {
    let till = Till::open().await;
    let card = json!({ "number": "4111111111111111", "expiration_date": "12/30" });
    let made = till.app.public_key().post("/api/tokenizer", &json!({ "card": card })).await;
    let token = &made.body["token"];
    for _ in 0..2 {
        let answer = till.client.post(PATH, &json!({ "temp_token": token })).await;
        assert_eq!((&answer.body["bin"], &answer.body["card_type"]), (&json!("411111"), &json!("debit")), "{answer:?}");
    }
    let known = till.client.post(PATH, &json!({ "temp_token": "tok_mastercard" })).await;
    assert_eq!(known.body["card_brand"], "Mastercard");
    let bank = json!({ "routing_number": "490000018", "account_number": "999999", "account_type": "checking" });
    let bank = till.app.public_key().post("/api/tokenizer", &json!({ "ach": bank })).await.body["token"].clone();
    for wrong in [json!("unheard"), bank] {
        let answer = till.client.post(PATH, &json!({ "temp_token": wrong })).await;
        assert!(answer.status == 400 && answer.msg().contains("temp_token"), "{}", answer.text);
    }

    let new = json!({ "default_payment": { "token": token } });
    let record = till.client.post("/api/vault/customer", &new).await.data(200).clone();
    let method = &record["data"]["customer"]["payments"]["cards"][0]["id"];
    for body in
        [json!({ "customer_id": record["id"] }), json!({ "customer_id": record["id"], "payment_method_id": method })]
    {
        assert_eq!(till.client.post(PATH, &body).await.body["bin"], "411111", "{body}");
    }
    let other = json!({ "customer_id": record["id"], "payment_method_id": "0000000000000000" });
    assert_eq!(till.client.post(PATH, &other).await.status, 400);
}

#[tokio::test]
async fn every_field_has_its_bounds() {
    let till = Till::open().await;
    for (body, field) in [
        (json!({}), "bin"),
        (json!({ "bin": "40055" }), "bin"),
        (json!({ "bin": "4".repeat(20) }), "bin"),
        (json!({ "bin": "40055x" }), "bin"),
        (json!({ "bin": 400551 }), "bin"),
        (json!({ "bin": "400551", "temp_token": "tok_visa" }), "bin"),
        (json!({ "bin": "400551", "customer_id": "someone" }), "bin"),
        (json!({ "temp_token": "x".repeat(256) }), "temp_token"),
        (json!({ "customer_id": "nobody" }), "customer_id"),
        (json!({ "customer_id": "a b" }), "customer_id"),
        (json!({ "bin": "400551", "country": "USA" }), "country"),
        (json!({ "bin": "400551", "country": "1X" }), "country"),
        (json!({ "bin": "400551", "state": "x".repeat(51) }), "state"),
    ] {
        let answer = till.client.post(PATH, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert!(answer.msg().contains(&format!("invalid {field}")), "{body}: {}", answer.msg());
    }
    for good in
        [json!({ "bin": "4".repeat(19), "state": "x".repeat(50) }), json!({ "bin": "400551", "state": Value::Null })]
    {
        assert_eq!(till.client.post(PATH, &good).await.status, 200, "{good}");
    }
}
