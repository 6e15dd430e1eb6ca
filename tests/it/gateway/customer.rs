//! The vault of the gateway: customers, addresses and payment methods, from outside.

use serde_json::{Value, json};

use super::vault::{Expected as _, Vault, keys};

const CARD: &str = "4111111111111111";

#[tokio::test]
async fn a_customer_is_shown_as_the_seed_shows_it() {
    let vault = Vault::start().await;
    let body = json!({
        "description": "test description",
        "flags": ["surcharge_exempt"],
        "default_payment": { "card": { "number": CARD, "expiration_date": "12/20" } },
        "default_billing_address": {
            "first_name": "John", "last_name": "Smith", "company": "Some Business", "city": "Some Town", "state": "IL",
            "postal_code": "60187", "country": "US", "email": "user@somesite.com", "phone": "5555555555",
            "fax": "555555555",
        },
    });
    let made = vault.post("customer", body).await.ok();
    let shown = vault.get(id_of(&made)).await.ok();
    assert_eq!(made, shown);
    assert_eq!(shown, vault.get(&format!("customer/{}", id_of(&made))).await.ok());

    assert_eq!(keys(&shown), ["created_at", "data", "id", "owner_id", "updated_at"]);
    let customer = customer_of(&shown);
    assert_eq!(keys(customer), ["addresses", "defaults", "description", "flags", "notes", "payments"]);
    let address = &customer["addresses"][0];
    let (address_id, card) = (&address["id"], &customer["payments"]["cards"][0]);
    let hash = address["hash"].as_str().expect("a string");
    assert_eq!(hash.len(), 44, "base64 of 32 bytes");
    let expected = json!({
        "city": "Some Town", "company": "Some Business", "country": "US", "email": "user@somesite.com",
        "fax": "555555555", "first_name": "John", "hash": hash, "id": address_id, "last_name": "Smith", "line_1": "",
        "line_2": "", "phone": "5555555555", "postal_code": "60187", "state": "IL",
    });
    assert_eq!(*address, expected);
    let expected = json!({
        "card_type": "visa", "expiration_date": "2020-12-31T00:00:00Z", "flags": [], "id": card["id"],
        "masked_number": "411111******1111", "processor_id": "",
    });
    assert_eq!(*card, expected);
    let expected = json!({
        "billing_address_id": address_id, "payment_method_id": card["id"], "payment_method_type": "card",
        "shipping_address_id": address_id,
    });
    assert_eq!(customer["defaults"], expected);
    assert_eq!(customer["payments"]["ach"], json!([]));
    assert_eq!(customer["description"], "test description");
    assert_eq!((&customer["notes"], &customer["flags"]), (&json!(""), &json!(["surcharge_exempt"])));
    for field in ["created_at", "updated_at"] {
        assert!(shown[field].as_str().is_some_and(|text| text.ends_with('Z')), "{field} is RFC 3339 in UTC");
    }
}

#[tokio::test]
async fn an_empty_body_makes_a_bare_customer() {
    let vault = Vault::start().await;
    let made = vault.post("customer", json!({})).await.ok();
    let expected = json!({
        "billing_address_id": "", "payment_method_id": "", "payment_method_type": "", "shipping_address_id": "",
    });
    assert_eq!(customer_of(&made)["defaults"], expected);
    assert_eq!(customer_of(&made)["addresses"], json!([]));
    assert_eq!(id_of(&made).len(), 16);
}

#[tokio::test]
async fn ids_are_ours_or_the_merchants() {
    let vault = Vault::start().await;
    let (longest, too_long) = ("a".repeat(40), "a".repeat(41));
    for (id, accepted) in [
        ("ab", true),
        ("shop-1.user^2_X", true),
        (longest.as_str(), true),
        ("a", false),
        (too_long.as_str(), false),
        ("has space", false),
        ("slash/y", false),
        ("é1", false),
        ("search", false),
        ("customer", false),
        ("ab", false), // taken by the first row
    ] {
        let answer = vault.post("customer", json!({ "id": id })).await;
        answer.is(if accepted { 200 } else { 400 }, "id");
        if accepted {
            assert_eq!(id_of(&answer.ok()), id);
            assert_eq!(id_of(&vault.get(id).await.ok()), id);
        }
    }
    vault.delete("ab").await.ok();
    vault.get("ab").await.is(404, "customer");
    vault.delete("ab").await.is(404, "customer");
    vault.post("customer", json!({ "id": "ab" })).await.is(400, "id");

    let card = json!({ "card": { "number": CARD, "expiration_date": "1230" } });
    let named = json!({ "id_format": "xid_type_last4", "default_payment": card });
    let made = vault.post("customer", named).await.ok();
    assert!(id_of(&made).ends_with("_card_1111"), "{made}");
    let bare = json!({ "id_format": "xid_type_last4" });
    vault.post("customer", bare).await.is(400, "id_format");
    vault.post("customer", json!({ "id_format": "other", "default_payment": card })).await.is(400, "id_format");
    let both = json!({ "id": "mine", "id_format": "xid_type_last4", "default_payment": card });
    vault.post("customer", both).await.is(400, "id_format");
}

#[tokio::test]
async fn every_field_of_a_customer_is_checked_from_both_sides() {
    let vault = Vault::start().await;
    let long = |length: usize| Value::from("x".repeat(length));
    let fields = |field: &str, value: Value| match field.split_once('.') {
        Some((outer, inner)) => json!({ outer: { inner: value } }),
        None => json!({ field: value }),
    };
    for (field, good, bad) in [
        ("description", long(255), long(256)),
        ("notes", long(255), long(256)),
        ("description", json!("two\nlines"), json!("nul\u{0}")),
        ("flags", json!([]), json!("surcharge_exempt")),
        ("flags", json!(["surcharge_exempt", "surcharge_exempt"]), json!(["applepay"])),
        ("id", json!("good.id"), json!(12)),
        ("default_payment", Value::Null, json!({})),
        ("default_payment", Value::Null, json!([])),
        ("default_billing_address", json!({}), json!("1 Main Street")),
        ("default_billing_address.first_name", long(50), long(51)),
        ("default_billing_address.last_name", long(50), long(51)),
        ("default_billing_address.company", long(100), long(101)),
        ("default_billing_address.line_1", long(100), long(101)),
        ("default_billing_address.line_2", long(100), long(101)),
        ("default_billing_address.city", long(50), long(51)),
        ("default_billing_address.state", long(50), long(51)),
        ("default_billing_address.postal_code", long(20), long(21)),
        ("default_billing_address.country", json!("se"), json!("SWE")),
        ("default_billing_address.email", json!("a@b.co"), json!("a@b")),
        ("default_billing_address.phone", json!("(321) 654-0987"), json!("call me")),
        ("default_billing_address.fax", json!("+46.8 123"), json!("1".repeat(21))),
        ("default_shipping_address.city", json!("Malmö"), json!(7)),
        ("default_shipping_address.country", json!(""), json!("1")),
    ] {
        vault.post("customer", fields(field, good)).await.is(200, field);
        vault.post("customer", fields(field, bad)).await.is(400, field);
    }
    assert_eq!(vault.customers().await, 23, "a refused request makes nothing");
}

#[tokio::test]
async fn exactly_one_payment_method_comes_with_a_customer() {
    let vault = Vault::start().await;
    let card = json!({ "number": CARD, "expiration_date": "12/30" });
    let ach = json!({
        "routing_number": "021000021", "account_number": "123456789", "account_type": "savings", "sec_code": "ppd",
    });
    for (payment, accepted, named) in [
        (json!({ "card": card }), true, ""),
        (json!({ "card": card, "ach": null, "token": "" }), true, ""),
        (json!({ "ach": ach }), true, ""),
        (json!({ "token": "tok_visa" }), true, ""),
        (json!({ "card": card, "ach": ach }), false, "default_payment"),
        (json!({ "card": card, "token": "tok_visa" }), false, "default_payment"),
        (json!({ "token": "tok_unknown" }), false, "default_payment.token"),
        (json!({ "token": 1 }), false, "default_payment.token"),
        (json!({ "apple_pay": {} }), false, "default_payment.apple_pay"),
        (json!({ "google_pay_token": "x" }), false, "default_payment.google_pay_token"),
        (json!({ "card": { "number": "4111111111111112" } }), false, "default_payment.card.number"),
        (json!({ "card": { "number": CARD } }), false, "default_payment.card.expiration_date"),
        (json!({ "ach": {} }), false, "default_payment.ach.routing_number"),
    ] {
        let answer = vault.post("customer", json!({ "default_payment": payment })).await;
        answer.is(if accepted { 200 } else { 400 }, named);
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let vault = Vault::start().await;
    let made = vault.post("customer", json!({ "description": "one", "notes": "two" })).await.ok();
    let path = format!("customer/{}", id_of(&made));
    let changed = vault.post(&path, json!({ "notes": "three", "flags": ["surcharge_exempt"] })).await.ok();
    let customer = customer_of(&changed);
    assert_eq!((&customer["description"], &customer["notes"]), (&json!("one"), &json!("three")));
    assert_eq!(customer["flags"], json!(["surcharge_exempt"]));
    assert!(changed["updated_at"].as_str() > made["updated_at"].as_str(), "the change has its own instant");
    let cleared = vault.post(&path, json!({ "description": "", "flags": [] })).await.ok();
    assert_eq!((&customer_of(&cleared)["description"], &customer_of(&cleared)["flags"]), (&json!(""), &json!([])));
    for (field, good, bad) in [
        ("description", json!("x".repeat(255)), json!("x".repeat(256))),
        ("notes", json!("x".repeat(255)), json!("x".repeat(256))),
        ("flags", json!([]), json!(["contact"])),
        ("defaults", json!({}), json!([])),
    ] {
        vault.post(&path, json!({ field: good })).await.is(200, field);
        vault.post(&path, json!({ field: bad })).await.is(400, field);
    }
    vault.post("customer/nobody", json!({})).await.is(404, "customer");
}

#[tokio::test]
async fn defaults_are_chosen_among_what_is_stored() {
    let vault = Vault::start().await;
    let made = vault.post("customer", json!({ "default_billing_address": { "city": "Lisle" } })).await.ok();
    let path = format!("customer/{}", id_of(&made));
    let first = text(&customer_of(&made)["addresses"][0]["id"]);
    let second = vault.post(&format!("{path}/address"), json!({ "city": "Naperville" })).await.ok();
    let second = text(&second["created_address_id"]);
    let card = json!({ "number": CARD, "expiration_date": "12/30" });
    let card = text(&vault.post(&format!("{path}/card"), card).await.ok()["created_payment_method_id"]);
    let other = vault.post("customer", json!({ "default_payment": { "token": "tok_visa" } })).await.ok();
    let foreign = text(&customer_of(&other)["defaults"]["payment_method_id"]);

    for (defaults, status, named) in [
        (json!({ "billing_address_id": second }), 200, ""),
        (json!({ "payment_method_id": card, "payment_method_type": "card" }), 200, ""),
        (json!({ "billing_address_id": "", "payment_method_id": "", "payment_method_type": "" }), 200, ""),
        (json!({ "billing_address_id": "unknown" }), 400, "defaults.billing_address_id"),
        (json!({ "shipping_address_id": "x" }), 400, "defaults.shipping_address_id"),
        (json!({ "payment_method_id": card }), 400, "defaults.payment_method_type"),
        (json!({ "payment_method_type": "card" }), 400, "defaults.payment_method_id"),
        (json!({ "payment_method_id": card, "payment_method_type": "ach" }), 400, "defaults.payment_method_type"),
        (json!({ "payment_method_id": card, "payment_method_type": "gold" }), 400, "defaults.payment_method_type"),
        (json!({ "payment_method_id": foreign, "payment_method_type": "card" }), 400, "defaults.payment_method_id"),
    ] {
        vault.post(&path, json!({ "defaults": defaults })).await.is(status, named);
    }
    let shown = vault.get(&path).await.ok();
    let expected = json!({
        "billing_address_id": second, "payment_method_id": card, "payment_method_type": "card",
        "shipping_address_id": first,
    });
    assert_eq!(customer_of(&shown)["defaults"], expected);
}

#[tokio::test]
async fn addresses_are_added_changed_and_taken_away() {
    let vault = Vault::start().await;
    let home = json!({ "first_name": "Ann", "line_1": "1 Main Street", "city": "Lisle", "country": "US" });
    let made = vault.post("customer", json!({ "default_billing_address": home })).await.ok();
    let path = format!("customer/{}/address", id_of(&made));
    let chosen = text(&customer_of(&made)["addresses"][0]["id"]);

    let respelled = json!({ "first_name": "ANN", "line_1": "1  main street", "city": "lisle", "country": "us" });
    let twice = vault.post(&path, respelled).await;
    twice.is(400, "");
    assert_eq!(twice.msg(), "bad request error: invalid: would create a duplicate address");
    vault.post(&path, json!({})).await.is(400, "address");
    vault.post(&path, json!({ "email": "nonsense" })).await.is(400, "email");
    vault.post("customer/nobody/address", json!({ "city": "Lisle" })).await.is(404, "customer");

    let added = vault.post(&path, json!({ "city": "Wheaton", "phone": "(630) 555-1234" })).await.ok();
    let id = text(&added["created_address_id"]);
    assert_eq!(customer_of(&added)["addresses"][1]["id"], *id);
    assert_eq!(customer_of(&added)["addresses"][1]["phone"], "6305551234");

    let changed = vault.post(&format!("{path}/{id}"), json!({ "city": "Aurora" })).await.ok();
    let address = &customer_of(&changed)["addresses"][1];
    assert_eq!((&address["city"], &address["phone"]), (&json!("Aurora"), &json!("6305551234")), "the rest stays");
    assert_ne!(address["hash"], customer_of(&added)["addresses"][1]["hash"]);
    vault.post(&format!("{path}/{id}"), json!({ "city": "Aurora" })).await.ok();
    vault.post(&format!("{path}/{id}"), json!({ "city": "x".repeat(51) })).await.is(400, "city");
    vault.post(&format!("{path}/{id}"), json!({ "city": "", "phone": "" })).await.is(400, "address");
    let same_as_first = json!({
        "first_name": "Ann", "line_1": "1 Main Street", "city": "Lisle", "country": "US", "phone": "",
    });
    assert_eq!(vault.post(&format!("{path}/{id}"), same_as_first).await.msg(), twice.msg());
    vault.post(&format!("{path}/unknown"), json!({ "city": "Aurora" })).await.is(404, "address");

    vault.delete(&format!("{path}/{chosen}")).await.is(400, "default");
    vault.delete(&format!("{path}/{id}")).await.ok();
    vault.delete(&format!("{path}/{id}")).await.is(404, "address");
    assert_eq!(customer_of(&vault.get(id_of(&made)).await.ok())["addresses"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_customer_with_a_live_subscription_is_kept() {
    let vault = Vault::start().await;
    let made = vault.post("customer", json!({ "id": "held", "default_billing_address": { "city": "Lisle" } })).await;
    made.is(200, "");
    let card = json!({ "number": CARD, "expiration_date": "12/30" });
    let card = text(&vault.post("customer/held/card", card).await.ok()["created_payment_method_id"]);
    vault.subscribe("sub1", "held", None, "active");
    vault.delete("held").await.is(400, "sub1");
    vault.delete(&format!("customer/held/card/{card}")).await.is(400, "sub1"); // the only method it can be billed to
    let spare = text(
        &vault.post("customer/held/token", json!({ "token": "tok_visa" })).await.ok()["created_payment_method_id"],
    );
    vault.subscribe("sub2", "held", Some(&spare), "paused");
    vault.delete(&format!("customer/held/card/{spare}")).await.is(400, "sub2");
    vault.end_subscriptions();
    vault.delete(&format!("customer/held/card/{spare}")).await.ok();
    vault.delete("customer/held").await.ok();
    vault.get("held").await.is(404, "customer");
}

fn id_of(record: &Value) -> &str {
    record["id"].as_str().expect("a record has an id")
}

fn customer_of(record: &Value) -> &Value {
    &record["data"]["customer"]
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
