//! The deprecated `/api/customer`: other words for the records of `/api/vault`.

use serde_json::{Value, json};

use super::vault::{Expected as _, Vault, keys};
use crate::support::Client;

const CARD: &str = "4111111111111111";

fn address(city: &str) -> Value {
    json!({
        "first_name": "John", "last_name": "Smith", "company": "Some Business", "address_line_1": "123 Some St",
        "address_line_2": "STE 1", "city": city, "state": "IL", "postal_code": "60187", "country": "US",
        "email": "user@somesite.com", "phone": "5555555555", "fax": "555555555",
    })
}

/// As the vendor's client sends it.
fn customer() -> Value {
    json!({
        "description": "test description",
        "payment_method": { "card": { "entry_type": "keyed", "card_number": CARD, "expiration_date": "12/20" } },
        "billing_address": address("Some Town"),
        "shipping_address": address("Other Town"),
    })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

async fn made(client: &Client) -> Value {
    client.post("/api/customer", &customer()).await.ok()
}

#[tokio::test]
async fn a_customer_is_shown_with_its_defaults() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    let made = made(&client).await;
    let (id, card) = (text(&made["id"]), &made["payment_method"]["card"]);
    let shown = |address: &Value, city: &str| {
        let mut expected = self::address(city);
        for key in ["id", "created_at", "updated_at"] {
            expected[key] = address[key].clone();
        }
        expected["customer_id"] = made["id"].clone();
        expected
    };
    let expected = json!({
        "id": id, "description": "test description", "notes": "", "flags": [], "payment_method_type": "card",
        "payment_method": { "ach": null, "card": {
            "id": card["id"], "card_type": "visa", "first_six": "411111", "last_four": "1111",
            "masked_card": "411111******1111", "expiration_date": "12/20", "flags": [], "processor_id": "",
            "created_at": card["created_at"], "updated_at": card["updated_at"],
        } },
        "billing_address": shown(&made["billing_address"], "Some Town"),
        "shipping_address": shown(&made["shipping_address"], "Other Town"),
        "created_at": made["created_at"], "updated_at": made["updated_at"],
    });
    assert_eq!(made, expected);
    assert_eq!(client.get(&format!("/api/customer/{id}")).await.ok(), made);

    let bare = client.post("/api/customer", &json!({})).await.ok();
    assert_eq!(bare["payment_method"], json!({ "card": null, "ach": null }));
    let nothing = (&bare["payment_method_type"], &bare["billing_address"], &bare["shipping_address"]);
    assert_eq!(nothing, (&json!(""), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn what_one_surface_makes_the_other_reads_changes_and_deletes() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    // Made here, read and changed there.
    let id = text(&made(&client).await["id"]);
    let record = vault.get(&id).await.ok();
    let stored = &record["data"]["customer"];
    assert_eq!(stored["addresses"].as_array().map(Vec::len), Some(2));
    assert_eq!(stored["addresses"][0]["line_1"], "123 Some St");
    assert_eq!(stored["payments"]["cards"][0]["expiration_date"], "2020-12-31T00:00:00Z");
    vault.post(&format!("customer/{id}"), json!({ "notes": "called", "flags": ["surcharge_exempt"] })).await.ok();
    let shown = client.get(&format!("/api/customer/{id}")).await.ok();
    assert_eq!((&shown["notes"], &shown["flags"]), (&json!("called"), &json!(["surcharge_exempt"])));
    vault.delete(&id).await.ok();
    client.get(&format!("/api/customer/{id}")).await.is(404, "customer");

    // Made there, read, changed and deleted here.
    let there = json!({ "id": "ann", "default_payment": { "token": "tok_visa" }, "default_billing_address": { "city": "Rome" } });
    let record = vault.post("customer", there).await.ok();
    let first = text(&record["data"]["customer"]["addresses"][0]["id"]);
    let old = text(&record["data"]["customer"]["payments"]["cards"][0]["id"]);
    let added = client.post("/api/customer/ann/address", &address("Oslo")).await.ok();
    assert_eq!(added["address_line_1"], "123 Some St");
    let card = json!({ "card_number": "5555555555554444", "expiration_date": "11/31" });
    let card = client.post("/api/customer/ann/paymentmethod/card", &card).await.ok();
    assert_eq!(keys(&card), ["ach", "card"]);
    let change = json!({
        "description": "changed", "payment_method": "card", "payment_method_id": card["card"]["id"],
        "billing_address_id": added["id"], "shipping_address_id": added["id"],
    });
    let changed = client.post("/api/customer/ann", &change).await.ok();
    assert_eq!(changed["payment_method"]["card"]["masked_card"], "555555******4444");
    let defaults = vault.get("ann").await.ok()["data"]["customer"]["defaults"].clone();
    assert_eq!((&defaults["payment_method_id"], &defaults["billing_address_id"]), (&card["card"]["id"], &added["id"]));
    client.delete(&format!("/api/customer/ann/address/{first}")).await.ok();
    client.delete(&format!("/api/customer/ann/paymentmethod/card/{old}")).await.ok();
    let left = vault.get("ann").await.ok()["data"]["customer"].clone();
    assert_eq!(
        (left["addresses"].as_array().map(Vec::len), left["payments"]["cards"].as_array().map(Vec::len)),
        (Some(1), Some(1))
    );
    client.delete("/api/customer/ann").await.ok();
    vault.get("ann").await.is(404, "customer");
}

#[tokio::test]
async fn addresses_have_two_spellings() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    let id = text(&made(&client).await["id"]);
    for (index, word) in ["address", "addresses"].into_iter().enumerate() {
        let path = format!("/api/customer/{id}/{word}");
        let added = client.post(&path, &address(&format!("Town {index}"))).await.ok();
        let one = format!("{path}/{}", text(&added["id"]));
        assert_eq!(client.get(&one).await.ok(), added);
        let twice = client.post(&path, &address(&format!("Town {index}"))).await;
        assert_eq!(twice.msg(), "bad request error: invalid: would create a duplicate address");
        let changed = client.post(&one, &json!({ "address_line_1": "9 New St" })).await.ok();
        assert_eq!((&changed["address_line_1"], &changed["city"]), (&json!("9 New St"), &added["city"]));
        let list = client.get(&path).await;
        assert_eq!((&list.body["count"], &list.body["total_count"]), (&json!(3), &json!(3)), "{}", list.text);
        assert_eq!(list.ok().as_array().map(Vec::len), Some(3));
        client.delete(&one).await.ok();
        client.get(&one).await.is(404, "address");
        for (field, bad) in
            [("address_line_1", json!("x".repeat(101))), ("country", json!("USA")), ("phone", json!("x"))]
        {
            client.post(&path, &json!({ field: bad })).await.is(400, field);
        }
    }
    client.get("/api/customer/nobody/addresses").await.is(404, "customer");
}

#[tokio::test]
async fn payment_methods_are_kept_by_kind() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    let id = text(&client.post("/api/customer", &json!({})).await.ok()["id"]);
    let path = |kind: &str| format!("/api/customer/{id}/paymentmethod/{kind}");
    let empty = client.get(&path("card")).await;
    assert_eq!((empty.ok(), &empty.body["count"]), (json!([]), &json!(0)));
    let flat = json!({ "number": CARD, "expiration_date": "1230" });
    let card = client.post(&path("card"), &flat).await.ok()["card"].clone();
    let ach = json!({ "account_number": "123456789", "routing_number": "021000021", "account_type": "savings", "sec_code": "ppd" });
    let account = client.post(&path("ach"), &json!({ "ach": ach })).await.ok()["ach"].clone();
    let of_token = client.post(&path("token"), &json!({ "token": "tok_amex" })).await.ok()["card"].clone();
    let expected = json!({
        "id": account["id"], "sec_code": "ppd", "account_type": "savings", "masked_account_number": "*****6789",
        "routing_number": "021000021", "flags": [], "processor_id": "", "created_at": account["created_at"],
        "updated_at": account["updated_at"],
    });
    assert_eq!(keys(&account), keys(&expected));
    let cards = client.get(&path("card")).await;
    assert_eq!((cards.ok(), &cards.body["total_count"]), (json!([card, of_token]), &json!(2)));
    assert_eq!(client.get(&path("ach")).await.ok(), json!([account]));

    let one = format!("{}/{}", path("card"), text(&card["id"]));
    assert_eq!(client.get(&one).await.ok(), card);
    let change = json!({ "card": { "card_number": "5555555555554444", "expiration_date": "10/31" } });
    let changed = client.post(&one, &change).await.ok()["card"].clone();
    let said = (&changed["masked_card"], &changed["expiration_date"], &changed["id"]);
    assert_eq!(said, (&json!("555555******4444"), &json!("10/31"), &card["id"]));
    let bank = format!("{}/{}", path("ach"), text(&account["id"]));
    let changed = client.post(&bank, &json!({ "account_type": "checking", "flags": ["contact"] })).await.ok();
    assert_eq!((&changed["ach"]["account_type"], &changed["ach"]["flags"]), (&json!("checking"), &json!(["contact"])));
    client.get(&format!("{}/{}", path("ach"), text(&card["id"]))).await.is(404, "payment method");
    client.delete(&bank).await.ok();
    client.get(&bank).await.is(404, "payment method");

    for (kind, body, status, named) in [
        ("card", json!({}), 400, "number"),
        ("card", json!({ "card_number": "4111111111111112", "expiration_date": "12/30" }), 400, "card_number"),
        ("card", json!({ "card_number": CARD }), 400, "expiration_date"),
        ("card", json!({ "card": { "card_number": CARD, "expiration_date": "13/30" } }), 400, "expiration_date"),
        ("ach", json!({ "account_number": "123456789" }), 400, "routing_number"),
        ("token", json!({}), 400, "token"),
        ("cash", json!({}), 404, "payment method type"),
    ] {
        client.post(&path(kind), &body).await.is(status, named);
    }
}

#[tokio::test]
async fn refusals_use_the_words_of_this_surface() {
    let vault = Vault::start().await;
    let client = vault.app.key();
    for (body, named) in [
        (json!({ "description": "x".repeat(256) }), "invalid description:"),
        (json!({ "payment_method": { "card": { "card_number": CARD } } }), "payment_method.card.expiration_date:"),
        (json!({ "payment_method": {} }), "invalid payment_method.card:"),
        (json!({ "payment_method": [] }), "invalid payment_method: must be an object"),
        (json!({ "billing_address": { "city": "x".repeat(51) } }), "invalid billing_address.city:"),
        (json!({ "shipping_address": { "address_line_1": "x".repeat(101) } }), "shipping_address.address_line_1:"),
        (json!({ "id": "a" }), "invalid id:"),
    ] {
        client.post("/api/customer", &body).await.is(400, named);
    }
    let id = text(&made(&client).await["id"]);
    for (body, named) in [
        (json!({ "payment_method_id": "unknown" }), "invalid payment_method: is required"),
        (json!({ "payment_method": "card" }), "invalid payment_method_id: is required with payment_method"),
        (json!({ "billing_address_id": "unknown" }), "invalid billing_address_id:"),
        (json!({ "notes": "x".repeat(256) }), "invalid notes:"),
    ] {
        client.post(&format!("/api/customer/{id}"), &body).await.is(400, named);
    }
    let found = client.post("/api/customer/search", &json!({ "id": { "value": id, "operator": "eq" } })).await;
    assert_eq!((&found.ok()[0]["id"], &found.body["count"]), (&json!(id), &json!(1)));
    let none = client.post("/api/customer/search", &json!({ "id": { "value": "x", "operator": "=" } })).await;
    assert_eq!((none.ok(), &none.body["total_count"]), (Value::Null, &json!(0)));
}
