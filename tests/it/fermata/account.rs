//! Section 3 of the contract: accounts, their cards, and the vault that has the same customers.

use serde_json::{Value, json};

use super::{Shop, refused};

#[tokio::test]
async fn an_account_has_the_contracts_shape() {
    let metadata = json!({ "id": 7, "deep": [1, { "x": null }], "big": 12345678901234567890_u64 });
    let shop = Shop::open_with(json!({
        "name": "Ada", "email": "ada@example.com", "stripe_id": "cus_mine", "metadata": metadata, "token": "tok_visa",
    }))
    .await;
    let account = shop.get("{a}").await.data(200).clone();
    let expected = json!({
        "id": shop.account, "company_id": shop.company, "name": "Ada", "email": "ada@example.com",
        "stripe_id": "cus_mine", "metadata": metadata, "billing_address_id": null,
        "card": { "brand": "visa", "last_four": "4242", "expires": "12/29" }, "card_collector_url": null,
        "plan_id": null, "plan_status": "NONE", "plan_renewal_cadence": "MONTHLY", "plan_variable_amounts": {},
        "plan_credit": 0, "next_plan": null, "last_plan_renewal": null, "next_plan_renewal": null, "flags": [{}],
        "created_at": account["created_at"], "updated_at": null,
    });
    assert_eq!(account, expected);
    let made = account["created_at"].as_str().expect("a time");
    assert!(made.starts_with("2026-01-01 00:00:00.") && made.len() == 29 && made.ends_with("+00"), "{made}");
    let bare = shop.post("{c}/accounts", &json!({})).await.data(200).clone();
    let stripe_id = bare["stripe_id"].as_str().expect("one is made");
    assert!(stripe_id.starts_with("cus_") && stripe_id.len() == 18, "{stripe_id}");
    assert_eq!((&bare["name"], &bare["card"], &bare["metadata"]), (&Value::Null, &Value::Null, &json!({})));
}

#[tokio::test]
async fn members_have_bounds() {
    let shop = Shop::open().await;
    let long = "x".repeat(201);
    for (body, field) in [
        (json!({ "name": long }), "name"),
        (json!({ "name": 5 }), "name"),
        (json!({ "email": "no at" }), "email"),
        (json!({ "email": "a@b@c" }), "email"),
        (json!({ "token": "tok_unheard" }), "token"),
        (json!({ "token": "tok_threeDSecure2Required" }), "token"),
        (json!({ "metadata": "x".repeat(16 * 1024) }), "metadata"),
        (json!({ "colour": 1 }), "colour"),
    ] {
        let answer = shop.post("{c}/accounts", &body).await;
        assert_eq!(refused(&answer), (422, "invalid"), "{body}");
        assert_eq!(answer.body["error"]["field"], field, "{}", answer.text);
    }
    let listed = shop.get("{c}/accounts").await;
    assert_eq!(listed.body["data"].as_array().map(Vec::len), Some(1), "none of them was made");
}

#[tokio::test]
async fn what_is_left_out_stays() {
    let shop = Shop::open_with(json!({ "name": "Ada", "metadata": { "a": 1 } })).await;
    let changed = shop.put("{a}", &json!({ "email": "ada@localhost" })).await.data(200).clone();
    assert_eq!((&changed["name"], &changed["email"]), (&json!("Ada"), &json!("ada@localhost")));
    assert_eq!(changed["metadata"], json!({ "a": 1 }));
    assert!(changed["updated_at"].is_string());
    let changed = shop.put("{a}", &json!({ "metadata": [1], "name": "Eve" })).await.data(200).clone();
    assert_eq!((&changed["name"], &changed["metadata"]), (&json!("Eve"), &json!([1])));
}

#[tokio::test]
async fn the_newest_card_pays() {
    let shop = Shop::open().await;
    for (token, brand, last_four) in [
        ("tok_visa", "visa", "4242"),
        ("tok_mastercard", "mastercard", "4444"),
        ("tok_amex", "amex", "8431"),
        ("tok_chargeDeclined", "visa", "0002"),
        ("tok_chargeDeclinedInsufficientFunds", "visa", "9995"),
        ("tok_chargeDeclinedStolenCard", "visa", "9979"),
        ("tok_chargeDeclinedExpiredCard", "visa", "0069"),
        ("tok_answerLost", "visa", "3220"),
        ("tok_visa", "visa", "4242"),
    ] {
        let account = shop.post("{a}/card", &json!({ "token": token })).await.data(200).clone();
        assert_eq!((&account["card"]["brand"], &account["card"]["last_four"]), (&json!(brand), &json!(last_four)));
    }
    let answer = shop.post("{a}/card", &json!({ "token": "tok_unheard" })).await;
    assert_eq!((refused(&answer), &answer.body["error"]["field"]), ((422, "invalid"), &json!("token")));
    let charged = shop.post("{a}/deposit", &json!({ "amount_to_deposit": 1, "amount_to_charge": 1 })).await;
    assert_eq!(charged.status, 200, "the first card is stored once and pays again: {}", charged.text);
}

#[tokio::test]
async fn an_account_is_a_customer_of_the_vault_and_the_other_way_round() {
    let shop = Shop::open_with(json!({ "name": "Ada", "token": "tok_visa" })).await;
    let id = shop.account.trim_start_matches("a_");
    let customer = shop.client.get(&format!("/api/vault/customer/{id}")).await.data(200).clone();
    assert_eq!(customer["id"], id);
    let card = &customer["data"]["customer"]["payments"]["cards"][0];
    assert_eq!(card["masked_number"], "424242******4242", "{customer}");

    let new = json!({
        "description": "from the vault", "default_payment": { "card": { "number": "5555555555554444", "expiration_date": "12/30" } },
        "default_billing_address": { "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com" },
    });
    let made = shop.client.post("/api/vault/customer", &new).await.data(200).clone();
    let account = format!("a_{}", made["id"].as_str().expect("an id"));
    let shown = shop.client.get(&format!("/accounts/{account}")).await.data(200).clone();
    assert_eq!((&shown["name"], &shown["email"]), (&json!("Grace Hopper"), &json!("grace@example.com")));
    assert_eq!(shown["card"]["last_four"], "4444");
    let deposit = json!({ "amount_to_deposit": 5, "amount_to_charge": 5, "denomination": "credits" });
    let made = shop.client.post(&format!("/accounts/{account}/deposit"), &deposit).await.data(200).clone();
    assert_eq!(made["balance"]["amount"], 5);
    let charge = made["charge_id"].as_str().expect("a charge").trim_start_matches("t_").to_owned();
    shop.client.get(&format!("/api/transaction/{charge}")).await.data(200);
}

#[tokio::test]
async fn a_customer_enters_a_card_once() {
    let shop = Shop::open_with(json!({ "name": "Ada", "enable_card_collector": 1 })).await;
    let url = shop.get("{a}").await.data(200)["card_collector_url"].as_str().expect("a page").to_owned();
    let path = format!("/card/{}", url.rsplit_once("/card/").expect("a page of ours").1);
    let anyone = shop.app.anon();
    let shown = anyone.get(&path).await;
    assert!(shown.status == 200 && shown.text.contains("card_number"), "{}", shown.text);
    let (number, expiry) = (("card_number", "5555 5555 5555 4444"), ("card_expiry", "08 / 28"));
    for wrong in [[("card_number", "1234"), expiry], [number, ("card_expiry", "08 / 20")]] {
        assert_eq!(anyone.post_form(&path, &wrong).await.status, 422, "{wrong:?}");
    }
    assert_eq!(anyone.post_form(&path, &[number, expiry]).await.status, 200);
    let account = shop.get("{a}").await.data(200).clone();
    assert_eq!((&account["card"]["last_four"], &account["card_collector_url"]), (&json!("4444"), &Value::Null));
    assert_eq!((anyone.get(&path).await.status, anyone.post_form(&path, &[number, expiry]).await.status), (404, 404));
    assert_eq!(anyone.get("/card/0000000000000000000000").await.status, 404);
    for bad in [json!(2), json!("yes"), Value::Null] {
        let answer = shop.post("{c}/accounts", &json!({ "enable_card_collector": bad })).await;
        assert_eq!(
            (refused(&answer), &answer.body["error"]["field"]),
            ((422, "invalid"), &json!("enable_card_collector"))
        );
    }
    let none = shop.post("{c}/accounts", &json!({ "enable_card_collector": false })).await;
    assert_eq!(none.data(200)["card_collector_url"], Value::Null);
}
