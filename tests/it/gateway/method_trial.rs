//! `validate` and `authorize` behind the paths that store a card: what the issuer refuses is not stored.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::vault::{Expected as _, Vault};

const GOOD: &str = "4111111111111111";
const DECLINED: &str = "4000000000000002";

fn card(number: &str) -> Value {
    json!({ "number": number, "expiration_date": "12/30" })
}

/// Type, status and amount of every transaction, newest first.
async fn transactions(vault: &Vault) -> Vec<(String, String, i64, String)> {
    let answer = vault.app.key().post("/api/transaction/search", &json!({ "limit": 100 })).await;
    let rows = answer.data(200).as_array().cloned().unwrap_or_default();
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    let row = |row: &Value| {
        (text(row, "type"), text(row, "status"), row["amount"].as_i64().expect("cents"), text(row, "currency"))
    };
    rows.iter().map(row).collect()
}

#[tokio::test]
async fn a_card_is_tried_the_way_the_query_says() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    for (query, expected) in [
        ("", None),
        ("?validate=false&authorize=false&bypass_rule_engine=true", None),
        ("?validate=true", Some(("verification", "authorized", 0, "usd"))),
        ("?authorize=true", Some(("authorize", "reversed", 100, "usd"))),
        ("?validate=true&authorize=true&currency=jpy", Some(("authorize", "reversed", 1, "jpy"))),
        ("?authorize=true&bypass_rule_engine=true&currency=KWD", Some(("authorize", "reversed", 1000, "kwd"))),
    ] {
        let before = transactions(&vault).await.len();
        let body = json!({ "default_payment": { "card": card(GOOD) } });
        client.post(&format!("/api/vault/customer{query}"), &body).await.ok();
        let after = transactions(&vault).await;
        match expected {
            None => assert_eq!(after.len(), before, "{query}"),
            Some((kind, status, amount, currency)) => {
                assert_eq!(after.len(), before + 1, "{query}");
                assert_eq!(after[0], (kind.to_owned(), status.to_owned(), amount, currency.to_owned()), "{query}");
            }
        }
    }
}

#[tokio::test]
async fn a_declined_card_is_not_stored() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    vault.post("customer", json!({ "id": "ann" })).await.ok();
    for query in ["validate=true", "authorize=true"] {
        for (path, body) in [
            ("/api/vault/customer", json!({ "id": "bob", "default_payment": { "card": card(DECLINED) } })),
            ("/api/vault/customer/ann/card", card(DECLINED)),
            ("/api/customer", json!({ "id": "bob", "payment_method": { "card": card(DECLINED) } })),
            ("/api/customer/ann/paymentmethod/card", card(DECLINED)),
        ] {
            let answer = client.post(&format!("{path}?{query}"), &body).await;
            assert_eq!(answer.status, 400, "{path} {query}: {}", answer.text);
            assert!(answer.msg().starts_with("declined: "), "{path} {query}: {}", answer.text);
        }
    }
    vault.get("bob").await.is(404, "customer");
    assert_eq!(vault.get("ann").await.ok()["data"]["customer"]["payments"]["cards"], json!([]));
    let statuses: Vec<_> = transactions(&vault).await.into_iter().map(|(_, status, ..)| status).collect();
    assert_eq!(statuses, ["declined"; 8]);
}

#[tokio::test]
async fn a_bank_account_has_nobody_to_ask_and_bad_queries_are_refused() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    let ach = json!({
        "routing_number": "021000021", "account_number": "123456789", "account_type": "savings", "sec_code": "ppd",
    });
    vault.post("customer", json!({ "id": "ann" })).await.ok();
    client.post("/api/vault/customer/ann/ach?validate=true", &ach).await.ok();
    client.post("/api/vault/customer/ann/token?authorize=true", &json!({ "token": "tok_visa" })).await.ok();
    assert_eq!(transactions(&vault).await.len(), 1);
    for (query, field) in
        [("validate=yes", "query"), ("authorize=1", "query"), ("validate=true&currency=XXY", "currency")]
    {
        client.post(&format!("/api/vault/customer/ann/card?{query}"), &card(GOOD)).await.is(400, field);
    }
    client.post("/api/vault/customer?validate=true", &json!({ "id": "ann" })).await.is(400, "id");
    let taken = json!({ "id": "ann", "default_payment": { "card": card(GOOD) } });
    client.post("/api/vault/customer?validate=true", &taken).await.is(400, "id");
    assert_eq!(transactions(&vault).await.len(), 1, "nothing is asked for what cannot be stored");
}

#[tokio::test]
async fn a_trial_is_made_once_per_key_and_needs_its_right() {
    let vault = Vault::start().await;
    vault.post("customer", json!({ "id": "ann" })).await.ok();
    let keyed = vault.app.key().header("idempotency-key", "k");
    let path = "/api/vault/customer/ann/card?authorize=true";
    let first = keyed.post(path, &card(GOOD)).await.ok();
    assert_eq!(keyed.post(path, &card(GOOD)).await.ok(), first);
    assert_eq!(keyed.post(path, &card("5555555555554444")).await.status, 422);
    assert_eq!(keyed.post("/api/vault/customer/ann/card", &card(GOOD)).await.status, 422, "untried is another wish");
    assert_eq!(transactions(&vault).await.len(), 1);
    for (permissions, status) in [
        (&[Permission::VaultUpdate][..], 403),
        (&[Permission::VaultUpdate, Permission::ProcessVerification], 403),
        (&[Permission::VaultUpdate, Permission::ProcessAuthorization], 200),
    ] {
        let clerk = vault.app.standard(permissions).await;
        assert_eq!(clerk.post(path, &card(GOOD)).await.status, status);
    }
}
