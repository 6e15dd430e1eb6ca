//! Apple Pay and Google Pay through the running program: with the merchant's keys, without them, once each.

use std::process::Command;

use bursar::app::Caller;
use bursar::app::wallet::NewWalletKey;
use bursar::domain::access::Actor;
use bursar::domain::wallet::Wallet;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::till::{Till, id_of, with};
use crate::support::TestApp;

/// A token that Apple signed, as JSON.
pub const APPLE: &str = include_str!("../../vectors/apple_pay_token.json");
const APPLE_KEY: &str = include_str!("../../vectors/apple_pay_key.pem");
/// Whose key opens it.
pub const APPLE_MERCHANT: &str = "merchant.test.spreedly.123merchant";
/// Twelve seconds after Apple signed the token.
pub const APPLE_NOW: &str = "2023-03-07T05:34:00Z";
const GOOGLE: &str = include_str!("../../vectors/google_pay_sealed.json");

/// Tokens of Google Pay, and the keys for them.
pub fn google() -> Value {
    serde_json::from_str(GOOGLE).expect("JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Gives the merchant a key of this wallet; its id.
pub async fn add_key(app: &TestApp, wallet: Wallet) -> String {
    let new = match wallet {
        Wallet::ApplePay => NewWalletKey {
            wallet,
            merchant_id: APPLE_MERCHANT.to_owned(),
            key: Zeroizing::new(APPLE_KEY.to_owned()),
            trusted_json: None,
        },
        Wallet::GooglePay => NewWalletKey {
            wallet,
            merchant_id: text(&google()["merchantId"]),
            key: Zeroizing::new(text(&google()["merchantKey"])),
            trusted_json: Some(google()["rootKeys"].to_string()),
        },
    };
    let added = app.app().wallet_key_add(&Caller::internal(Actor::Command), new).await.expect("the key is good");
    added.id.to_string()
}

fn apple_sale(amount: i64) -> Value {
    let data: Value = serde_json::from_str(APPLE).expect("JSON");
    let token = json!({ "paymentData": data, "transactionIdentifier": "117A9854" });
    json!({ "type": "sale", "amount": amount, "payment_method": { "apple_pay_token": { "pkpaymenttoken": token } } })
}

fn google_sale(token: Value) -> Value {
    json!({ "type": "sale", "amount": 700, "payment_method": { "google_pay_token": token } })
}

#[tokio::test]
async fn without_a_key_the_field_is_named() {
    let till = Till::open().await;
    for (body, field) in [
        (apple_sale(100), "payment_method.apple_pay_token: cannot be opened: no key for Apple Pay is configured"),
        (google_sale(google()["device"].clone()), "payment_method.google_pay_token: cannot be opened: no key"),
    ] {
        let answer = till.charge(&body).await;
        assert!(answer.status == 400 && answer.msg().contains(field), "{}", answer.text);
    }
    assert_eq!(till.count(), 0);
}

#[tokio::test]
async fn an_apple_pay_token_is_charged_as_the_devices_card_once() {
    let till = Till::of(TestApp::start_at(APPLE_NOW).await);
    let key = add_key(&till.app, Wallet::ApplePay).await;
    let more = till.charge(&apple_sale(101)).await;
    assert!(more.status == 400 && more.msg().contains("amount: is more than the customer approved"), "{}", more.text);
    let euros = till.charge(&with(&apple_sale(100), "currency", json!("EUR"))).await;
    assert!(euros.status == 400 && euros.msg().contains("currency"), "{}", euros.text);
    let other = with(&apple_sale(100), "payment_method.apple_pay_token.key_id", json!("merchant.other"));
    let answer = till.charge(&other).await;
    assert!(answer.msg().contains("payment_method.apple_pay_token.key_id: is no key"), "{}", answer.text);

    let named = with(&apple_sale(100), "payment_method.apple_pay_token.key_id", json!(key));
    let paid = till.charge(&named).await.data(200).clone();
    let card = &paid["response_body"]["card"];
    assert_eq!((&paid["response_code"], &paid["payment_method"]), (&json!(100), &json!("apple_pay")));
    assert_eq!((&card["masked_card"], &card["expiration_date"]), (&json!("520424******1816"), &json!("04/26")));
    assert_eq!(card["entry_type"], "apple_pay");
    let charges = till.app.simulator().charges();
    assert_eq!(charges.first().and_then(|line| line.eci.clone()).as_deref(), Some(""), "it came with its proof");

    let again = till.charge(&apple_sale(100)).await;
    assert!(again.status == 400 && again.msg().contains("payment_method.apple_pay_token"), "{}", again.text);
    assert_eq!(till.count(), 1);
}

#[tokio::test]
async fn an_apple_pay_token_grows_old() {
    let till = Till::of(TestApp::start_at("2023-03-07T05:38:49Z").await);
    add_key(&till.app, Wallet::ApplePay).await;
    let answer = till.charge(&apple_sale(100)).await;
    assert!(answer.status == 400 && answer.msg().contains("pkpaymenttoken: has expired"), "{}", answer.text);
}

#[tokio::test]
async fn a_google_pay_token_pays_once_in_every_form() {
    let till = Till::open().await;
    add_key(&till.app, Wallet::GooglePay).await;
    let device = google()["device"].clone();
    let client = till.client.clone().header("idempotency-key", "order-7");
    let body = google_sale(json!(device.to_string()));
    let paid = client.post("/api/transaction", &body).await.data(200).clone();
    let card = &paid["response_body"]["card"];
    assert_eq!((&paid["response_code"], &card["masked_card"]), (&json!(100), &json!("424242******4242")));
    assert_eq!(card["entry_type"], "google_pay");
    assert_eq!(till.app.simulator().charges()[0].eci.as_deref(), Some("05"));
    let repeated = client.post("/api/transaction", &body).await.data(200).clone();
    assert_eq!(id_of(&repeated), id_of(&paid), "a repeated request is answered as before");

    let around =
        json!({ "paymentMethodData": { "tokenizationData": { "type": "DIRECT", "token": device.to_string() } } });
    for other_form in [json!(device.to_string()), device.clone(), json!({ "token": device.to_string() }), around] {
        let answer = till.charge(&google_sale(other_form)).await;
        assert!(answer.status == 400 && answer.msg().contains("used already"), "{}", answer.text);
    }
    let plain = till.charge(&google_sale(google()["card"].clone())).await.data(200).clone();
    assert_eq!(plain["response_body"]["card"]["masked_card"], "555555******4444");
    assert_eq!((till.count(), till.rows("wallet_token")), (2, 2));
    till.app.advance_to("2026-01-01T02:00:01Z").await;
    assert_eq!(till.rows("wallet_token"), 0, "what is too old anyway is forgotten");
    let late = till.charge(&google_sale(device)).await;
    assert!(late.status == 400 && late.msg().contains("google_pay_token: has expired"), "{}", late.text);
}

#[tokio::test]
async fn a_wallets_card_is_stored_once_and_without_its_cryptogram() {
    let till = Till::open().await;
    add_key(&till.app, Wallet::GooglePay).await;
    let record = till.client.post("/api/vault/customer", &json!({})).await.data(200).clone();
    let id = id_of(&record).to_owned();
    let path = format!("/api/vault/customer/{id}/googlepay");
    let body = json!({ "google_pay_token": google()["device"] });
    let added = till.client.post(&path, &body).await.data(200).clone();
    assert_eq!(added["data"]["customer"]["payments"]["cards"][0]["masked_number"], "424242******4242");
    assert_eq!(till.client.post(&path, &body).await.status, 400, "once");
    let keyed = till.client.clone().header("idempotency-key", "card-1");
    let card = json!({ "google_pay_token": google()["card"] });
    let second = keyed.post(&path, &card).await;
    assert_eq!(second.data(200)["data"]["customer"]["payments"]["cards"].as_array().map(Vec::len), Some(2));
    assert_eq!(keyed.post(&path, &card).await.text, second.text, "a repeated request is answered as before");
    assert_eq!(keyed.post(&path, &body).await.status, 422, "the same key for another token");
    let sale = json!({ "type": "sale", "amount": 300, "payment_method": { "customer": { "id": id } } });
    assert_eq!(till.charge(&sale).await.data(200)["response_code"], 100);
    assert_eq!(till.app.simulator().charges()[0].eci, None);

    let other = Till::open().await;
    add_key(&other.app, Wallet::GooglePay).await;
    let new = json!({ "default_payment": { "google_pay_token": google()["card"] } });
    let made = other.client.post("/api/vault/customer", &new).await.data(200).clone();
    assert_eq!(made["data"]["customer"]["payments"]["cards"][0]["card_type"], "mastercard");

    let apple = Till::of(TestApp::start_at(APPLE_NOW).await);
    add_key(&apple.app, Wallet::ApplePay).await;
    let token: Value = serde_json::from_str(APPLE).expect("JSON");
    let new = json!({ "default_payment": { "apple_pay": { "key_id": APPLE_MERCHANT, "pkpaymenttoken": token } } });
    let made = apple.client.post("/api/vault/customer", &new).await.data(200).clone();
    assert_eq!(made["data"]["customer"]["payments"]["cards"][0]["flags"], json!(["applepay"]));
    let path = format!("/api/vault/customer/{}/applepay", id_of(&made));
    let again = apple.client.post(&path, &json!({ "pkpaymenttoken": token })).await;
    assert!(again.status == 400 && again.msg().contains("used already"), "{}", again.text);
}

#[tokio::test]
async fn envelopes_have_their_forms() {
    let till = Till::open().await;
    add_key(&till.app, Wallet::GooglePay).await;
    add_key(&till.app, Wallet::ApplePay).await;
    let long = "x".repeat(32 * 1024);
    for (method, named) in [
        (json!({ "apple_pay_token": {} }), "apple_pay_token.pkpaymenttoken: is required"),
        (json!({ "apple_pay_token": { "pkpaymenttoken": "x" } }), "apple_pay_token.pkpaymenttoken: must be an object"),
        (
            json!({ "apple_pay_token": { "pkpaymenttoken": {} } }),
            "apple_pay_token.pkpaymenttoken: is not a payment token",
        ),
        (json!({ "apple_pay_token": { "temporary_token": "x" } }), "apple_pay_token.temporary_token: is not available"),
        (json!({ "apple_pay_token": { "pkpaymenttoken": {}, "key_id": "x".repeat(129) } }), "apple_pay_token.key_id"),
        (json!({ "apple_pay_token": { "pkpaymenttoken": { "x": long } } }), "pkpaymenttoken: must have at most"),
        (json!({ "google_pay_token": "" }), "google_pay_token: is required"),
        (json!({ "google_pay_token": 1 }), "google_pay_token: must be a Google Pay token"),
        (json!({ "google_pay_token": {} }), "google_pay_token: must be a Google Pay token"),
        (json!({ "google_pay_token": "{}" }), "google_pay_token: is not a payment token"),
        (json!({ "google_pay_token": format!("{long}x") }), "google_pay_token: must have at most"),
        (json!({ "google_pay_token": "{}", "token": "tok_visa" }), "payment_method"),
    ] {
        let answer = till.charge(&json!({ "type": "sale", "amount": 100, "payment_method": method })).await;
        assert!(answer.status == 400 && answer.msg().contains(named), "{named}: {}", answer.text);
    }
}

#[test]
fn keys_come_in_by_the_command_line_and_are_never_shown() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let key = dir.path().join("key.pem");
    std::fs::write(&key, APPLE_KEY).expect("writable");
    let bursar = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bursar"));
        command.args(args).env_clear().env("BURSAR_DATA", dir.path().join("data"));
        let output = command.output().expect("it runs");
        let said = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code(), said(output.stdout), said(output.stderr))
    };
    let path = key.to_str().expect("a path");
    let add = ["wallet", "add", "--wallet", "apple-pay", "--merchant-id", APPLE_MERCHANT, "--key", path];
    let (code, id, err) = bursar(&add);
    assert_eq!(code, Some(0), "{err}");
    let (code, listed, _) = bursar(&["wallet", "list"]);
    assert!(code == Some(0) && listed.contains(id.trim()) && listed.contains(APPLE_MERCHANT), "{listed}");
    let secret = APPLE_KEY.lines().nth(1).expect("a line of the key");
    for said in [&id, &listed, &err] {
        assert!(!said.contains(secret));
    }
    for file in std::fs::read_dir(dir.path().join("data")).expect("the folder") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("readable");
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "the key lies sealed");
    }
    assert_eq!(bursar(&add).0, Some(1), "one key for a merchant");
    std::fs::write(&key, "no key").expect("writable");
    let other = ["wallet", "add", "--wallet", "apple-pay", "--merchant-id", "merchant.b", "--key", path];
    let (code, _, err) = bursar(&other);
    assert!(code == Some(1) && err.contains("key"), "{err}");
    assert_eq!(
        bursar(&["wallet", "add", "--wallet", "google-pay", "--merchant-id", "merchant:1", "--key", path]).0,
        Some(1)
    );
    assert_eq!(bursar(&["wallet", "remove", id.trim()]).0, Some(0));
    assert_eq!(bursar(&["wallet", "remove", id.trim()]).0, Some(1));
    assert_eq!(bursar(&["wallet", "list"]).1, "");
}
