//! The vault of the gateway: payment methods from outside, and that their numbers stay inside.

use serde_json::{Value, json};

use super::vault::{Expected as _, Vault};

const CARD: &str = "4111111111111111";
const OTHER: &str = "5555555555554444";
const ACCOUNT: &str = "98765432109876";

async fn customer(vault: &Vault) -> String {
    let made = vault.post("customer", json!({})).await.ok();
    format!("customer/{}", made["id"].as_str().expect("an id"))
}

fn ach(field: &str, value: Value) -> Value {
    let mut body = json!({
        "routing_number": "021000021", "account_number": ACCOUNT, "account_type": "checking", "sec_code": "web",
    });
    body[field] = value;
    body
}

#[tokio::test]
async fn every_field_of_a_card_is_checked_from_both_sides() {
    let vault = Vault::start().await; // the clock stands in January 2026
    let path = format!("{}/card", customer(&vault).await);
    for (body, named) in [
        (json!({ "number": CARD, "expiration_date": "12/30" }), ""),
        (json!({ "number": CARD, "expiration_date": "1230" }), ""),
        (json!({ "card_number": CARD, "expiration_date": "12/30" }), ""),
        (json!({ "number": "", "card_number": CARD, "expiration_date": "12/30" }), ""),
        (json!({ "number": "4111 1111-1111 1111", "expiration_date": "12/30" }), ""),
        (json!({ "number": "378282246310005", "expiration_date": "12/30" }), ""),
        (json!({ "number": CARD, "expiration_date": "12/20" }), ""),
        (json!({ "number": CARD, "expiration_date": "01/46" }), ""),
        (json!({ "number": CARD, "expiration_date": "02/46" }), "expiration_date"),
        (json!({ "number": CARD, "expiration_date": "13/30" }), "expiration_date"),
        (json!({ "number": CARD, "expiration_date": "00/30" }), "expiration_date"),
        (json!({ "number": CARD, "expiration_date": "1/30" }), "expiration_date"),
        (json!({ "number": CARD, "expiration_date": "" }), "expiration_date"),
        (json!({ "number": CARD, "expiration_date": 1230 }), "expiration_date"),
        (json!({ "number": CARD }), "expiration_date"),
        (json!({ "expiration_date": "12/30" }), "number"),
        (json!({ "number": "4111111111111112", "expiration_date": "12/30" }), "number"),
        (json!({ "card_number": "4111111111111112", "expiration_date": "12/30" }), "card_number"),
        (json!({ "number": "41111111111", "expiration_date": "12/30" }), "number"),
        (json!({ "number": "4".repeat(20), "expiration_date": "12/30" }), "number"),
        (json!({ "number": 4_111_111_111_111_111_u64, "expiration_date": "12/30" }), "number"),
        (json!([]), "body"),
    ] {
        let answer = vault.post(&path, body).await;
        answer.is(if named.is_empty() { 200 } else { 400 }, named);
    }
}

#[tokio::test]
async fn every_field_of_a_bank_account_is_checked_from_both_sides() {
    let vault = Vault::start().await;
    let path = format!("{}/ach", customer(&vault).await);
    for (field, good, bad) in [
        ("routing_number", json!("000000001"), json!("021000022")),
        ("routing_number", json!("011401533"), json!("")),
        ("account_number", json!("1234"), json!("123")),
        ("account_number", json!("1".repeat(17)), json!("1".repeat(18))),
        ("account_type", json!("savings"), json!("gold")),
        ("account_type", json!("checking"), Value::Null),
        ("sec_code", json!("ccd"), json!("tel")),
        ("sec_code", json!("ppd"), json!("")),
    ] {
        vault.post(&path, ach(field, good)).await.is(200, field);
        vault.post(&path, ach(field, bad)).await.is(400, field);
    }
    let shown = vault.post(&path, ach("sec_code", json!("web"))).await.ok();
    let id = shown["created_payment_method_id"].clone();
    let stored = shown["data"]["customer"]["payments"]["ach"].as_array().expect("a list");
    let expected = json!({
        "account_type": "checking", "flags": [], "id": id, "masked_account_number": "******9876", "processor_id": "",
        "routing_number": "021000021", "sec_code": "web",
    });
    assert_eq!(stored.last(), Some(&expected));
}

#[tokio::test]
async fn a_token_stands_for_its_card() {
    let vault = Vault::start().await;
    let path = customer(&vault).await;
    let made = vault.post(&format!("{path}/token"), json!({ "token": "tok_mastercard" })).await.ok();
    let card = &made["data"]["customer"]["payments"]["cards"][0];
    assert_eq!((&card["card_type"], &card["masked_number"]), (&json!("mastercard"), &json!("555555******4444")));
    assert_eq!(card["expiration_date"], "2029-12-31T00:00:00Z");
    for body in [json!({ "token": "tok_nobody" }), json!({ "token": "" }), json!({}), json!({ "token": null })] {
        vault.post(&format!("{path}/token"), body).await.is(400, "token");
    }
    let id = made["created_payment_method_id"].as_str().expect("an id");
    let changed = vault.post(&format!("{path}/token/{id}"), json!({ "token": "tok_visa" })).await.ok();
    assert_eq!(changed["data"]["customer"]["payments"]["cards"][0]["masked_number"], "424242******4242");
    vault.post(&format!("{path}/token/{id}"), json!({ "token": "tok_nobody" })).await.is(400, "token");
}

#[tokio::test]
async fn a_method_changes_in_what_is_named_only() {
    let vault = Vault::start().await;
    let path = customer(&vault).await;
    let card = vault.post(&format!("{path}/card"), json!({ "number": CARD, "expiration_date": "12/30" })).await.ok();
    let card = card["created_payment_method_id"].as_str().expect("an id").to_owned();
    let cards = |record: Value| record["data"]["customer"]["payments"]["cards"][0].clone();
    let path_of_card = format!("{path}/card/{card}");
    let later = cards(vault.post(&path_of_card, json!({ "expiration_date": "01/31" })).await.ok());
    assert_eq!(later["expiration_date"], "2031-01-31T00:00:00Z");
    assert_eq!(later["masked_number"], "411111******1111");
    let other = cards(vault.post(&path_of_card, json!({ "number": OTHER })).await.ok());
    assert_eq!(
        (&other["card_type"], &other["expiration_date"]),
        (&json!("mastercard"), &json!("2031-01-31T00:00:00Z"))
    );
    let all = ["surcharge_exempt", "applepay", "closed_contact", "contact", "locked_security", "locked_stop_recurring"];
    let flagged = cards(vault.post(&path_of_card, json!({ "flags": all })).await.ok());
    assert_eq!(flagged["flags"], json!(all));
    assert_eq!(cards(vault.post(&path_of_card, json!({})).await.ok()), flagged);
    for (body, named) in [
        (json!({ "flags": ["gold"] }), "flags[0]"),
        (json!({ "number": "1" }), "number"),
        (json!({ "expiration_date": "99/99" }), "expiration_date"),
    ] {
        vault.post(&path_of_card, body).await.is(400, named);
    }
    assert_eq!(cards(vault.get(&path).await.ok()), flagged, "a refused change changes nothing");

    let bank = vault.post(&format!("{path}/ach"), ach("sec_code", json!("web"))).await.ok();
    let bank = bank["created_payment_method_id"].as_str().expect("an id").to_owned();
    let changed = vault.post(&format!("{path}/ach/{bank}"), json!({ "account_number": "00001111" })).await.ok();
    let stored = &changed["data"]["customer"]["payments"]["ach"][0];
    assert_eq!((&stored["masked_account_number"], &stored["sec_code"]), (&json!("******1111"), &json!("web")));
    vault.post(&format!("{path}/ach/{bank}"), json!({ "routing_number": "1" })).await.is(400, "routing_number");

    vault.post(&format!("{path}/ach/{card}"), json!({})).await.is(404, "payment method"); // a card is no bank account
    vault.post(&format!("{path}/card/{bank}"), json!({})).await.is(404, "payment method");
    vault.post(&format!("customer/nobody/card/{card}"), json!({})).await.is(404, "customer");
    let foreign = customer(&vault).await;
    vault.post(&format!("{foreign}/card/{card}"), json!({})).await.is(404, "payment method");
}

#[tokio::test]
async fn a_chosen_default_stays_and_the_others_go() {
    let vault = Vault::start().await;
    let body = json!({ "default_payment": { "card": { "number": CARD, "expiration_date": "12/30" } } });
    let made = vault.post("customer", body).await.ok();
    let path = format!("customer/{}", made["id"].as_str().expect("an id"));
    let chosen = made["data"]["customer"]["defaults"]["payment_method_id"].as_str().expect("an id").to_owned();
    let spare = vault.post(&format!("{path}/ach"), ach("sec_code", json!("web"))).await.ok();
    let spare = spare["created_payment_method_id"].as_str().expect("an id").to_owned();

    vault.delete(&format!("{path}/card/{chosen}")).await.is(400, "default");
    vault.delete(&format!("{path}/card/{spare}")).await.is(404, "payment method");
    vault.delete(&format!("{path}/ach/{spare}")).await.ok();
    vault.delete(&format!("{path}/ach/{spare}")).await.is(404, "payment method");

    let spare = vault.post(&format!("{path}/token"), json!({ "token": "tok_visa" })).await.ok();
    let spare = spare["created_payment_method_id"].as_str().expect("an id").to_owned();
    let defaults = json!({ "payment_method_id": spare, "payment_method_type": "card" });
    vault.post(&path, json!({ "defaults": defaults })).await.ok();
    vault.delete(&format!("{path}/card/{chosen}")).await.ok();
    let shown = vault.get(&path).await.ok();
    assert_eq!(shown["data"]["customer"]["payments"]["cards"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn numbers_are_in_no_answer_and_in_no_file() {
    let vault = Vault::start().await;
    let path = customer(&vault).await;
    let mut said = String::new();
    let card = vault.post(&format!("{path}/card"), json!({ "number": CARD, "expiration_date": "12/30" })).await;
    let id = card.ok()["created_payment_method_id"].as_str().expect("an id").to_owned();
    for answer in [
        card,
        vault.post(&format!("{path}/card/{id}"), json!({ "number": OTHER })).await,
        vault.post(&format!("{path}/ach"), ach("sec_code", json!("web"))).await,
        vault.post(&format!("{path}/ach"), ach("account_type", json!(ACCOUNT))).await,
        vault.post(&format!("{path}/card"), json!({ "number": CARD, "expiration_date": CARD })).await,
        vault.post(&format!("{path}/card"), json!({ "number": { CARD: CARD } })).await,
        vault.post(&format!("{path}/card"), json!({ "number": CARD, "expiration_date": "12/30", "flags": CARD })).await,
        vault.post("customer", json!({ "default_payment": CARD })).await,
        vault.get(&path).await,
        vault.post("customer/search", json!({})).await,
    ] {
        said.push_str(&answer.text);
    }
    let files = vault.files();
    assert!(files.len() >= 2, "the database and its log were read");
    for number in [CARD, OTHER, ACCOUNT] {
        assert!(!said.contains(number), "{number} was said");
        for (name, bytes) in &files {
            assert!(!bytes.windows(number.len()).any(|window| window == number.as_bytes()), "{number} is in {name}");
        }
    }
    let masked = b"411111******1111";
    let found = files.iter().any(|(_, bytes)| bytes.windows(masked.len()).any(|window| window == masked));
    assert!(found, "the search finds what is there");
}

#[tokio::test]
async fn a_write_that_is_sent_again_with_its_key_is_done_once() {
    let vault = Vault::start().await;
    let path = customer(&vault).await;
    let again = |key: &str| vault.app.key().header("idempotency-key", key);
    let card = json!({ "number": CARD, "expiration_date": "12/30" });
    let other = json!({ "number": OTHER, "expiration_date": "12/30" });
    let path_of_cards = format!("/api/vault/{path}/card");
    let first = again("k1").post(&path_of_cards, &card).await.ok();
    assert_eq!(again("k1").post(&path_of_cards, &card).await.ok(), first);
    let mismatch = again("k1").post(&path_of_cards, &other).await;
    assert_eq!(mismatch.status, 422, "{}", mismatch.text);
    let second = again("k2").post(&path_of_cards, &card).await.ok();
    assert_ne!(second["created_payment_method_id"], first["created_payment_method_id"]);
    let cards = vault.get(&path).await.ok()["data"]["customer"]["payments"]["cards"].as_array().map(Vec::len);
    assert_eq!(cards, Some(2));

    let made = again("k3").post("/api/vault/customer", &json!({ "id": "mine" })).await.ok();
    assert_eq!(again("k3").post("/api/vault/customer", &json!({ "id": "mine" })).await.ok(), made);
    let changed = again("k4").post("/api/vault/customer/mine", &json!({ "notes": "x" })).await.ok();
    assert_eq!(again("k4").post("/api/vault/customer/mine", &json!({ "notes": "x" })).await.ok(), changed);
    assert_eq!(again("k4").post("/api/vault/customer/mine", &json!({ "notes": "y" })).await.status, 422);
    let address = "/api/vault/customer/mine/address";
    let added = again("k5").post(address, &json!({ "city": "Oslo" })).await.ok();
    assert_eq!(again("k5").post(address, &json!({ "city": "Oslo" })).await.ok(), added);
    again("k6").delete("/api/vault/mine").await.ok();
    again("k6").delete("/api/vault/mine").await.ok();
    vault.delete("mine").await.is(404, "customer");
    assert_eq!(vault.customers().await, 1);
}

#[tokio::test]
async fn another_method_collects_what_failing_subscriptions_owe() {
    let vault = Vault::start().await;
    let made = vault.post("customer", json!({ "id": "ann", "default_payment": { "token": "tok_visa" } })).await.ok();
    let charged = made["data"]["customer"]["defaults"]["payment_method_id"].as_str().expect("an id").to_owned();
    vault.subscribe("sub1", "ann", None, "failed");
    vault.owe("inv1", "sub1");
    let card = json!({ "number": OTHER, "expiration_date": "12/30" });
    let spare = vault.post("customer/ann/card", card).await.ok();
    let spare = spare["created_payment_method_id"].as_str().expect("an id").to_owned();
    assert!(!vault.takes_collection("inv1"), "the new card is not what is charged");
    let path = format!("customer/ann/card/{charged}");
    vault.post(&path, json!({ "flags": ["contact"] })).await.ok();
    assert!(!vault.takes_collection("inv1"), "a mark makes no card good");
    vault.post(&path, json!({ "expiration_date": "12/31" })).await.ok();
    assert!(vault.takes_collection("inv1"), "the card that is charged changed");
    vault.post("customer/ann", json!({ "notes": "called" })).await.ok();
    assert!(!vault.takes_collection("inv1"));
    let defaults = json!({ "payment_method_id": spare, "payment_method_type": "card" });
    vault.post("customer/ann", json!({ "defaults": defaults })).await.ok();
    assert!(vault.takes_collection("inv1"), "another card is charged now");
    vault.subscribe("sub2", "ann", Some(&charged), "past_due");
    vault.owe("inv2", "sub2");
    vault.post(&path, json!({ "number": OTHER })).await.ok();
    assert!(vault.takes_collection("inv2"), "a subscription names the card that changed");
    assert!(!vault.takes_collection("inv1"), "the other one is charged to the default");

    vault.post("customer", json!({ "id": "bob" })).await.ok();
    vault.subscribe("sub3", "bob", None, "failing");
    vault.owe("inv3", "sub3");
    vault.post("customer/bob/token", json!({ "token": "tok_visa" })).await.ok();
    assert!(vault.takes_collection("inv3"), "the first method is what is charged");
}
