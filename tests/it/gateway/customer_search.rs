//! Searching the vault, who may do what in it, and what it makes of hostile input.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::vault::{Expected as _, Vault};

/// Ids of what a search finds, in its order.
async fn found(vault: &Vault, body: Value) -> Vec<String> {
    let answer = vault.post("customer/search", body).await;
    answer.is(200, "");
    let rows = answer.body["data"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

/// Three customers: ann (card, two addresses), bob (bank account), cid (nothing).
async fn three(vault: &Vault) -> Value {
    let address = json!({
        "first_name": "Ann", "last_name": "Ash", "company": "Ash & Co", "line_1": "1 Main Street", "line_2": "Flat 2",
        "city": "Lisle", "state": "IL", "postal_code": "60532", "country": "US", "email": "ann@ash.com",
        "phone": "3216540987", "fax": "3216540988",
    });
    let card = json!({ "card": { "number": "4111111111111111", "expiration_date": "12/30" } });
    let ann =
        json!({ "id": "ann", "description": "first", "default_billing_address": address, "default_payment": card });
    vault.post("customer", ann).await.ok();
    vault.post("customer/ann/address", json!({ "first_name": "Bea", "city": "Aurora" })).await.ok();
    let ach = json!({ "ach": {
        "routing_number": "021000021", "account_number": "12345", "account_type": "checking", "sec_code": "web",
    } });
    let address = json!({ "first_name": "Bob", "last_name": "Ash", "city": "Lisle", "country": "US" });
    let bob = json!({ "id": "bob", "default_billing_address": address, "default_payment": ach });
    vault.post("customer", bob).await.ok();
    vault.post("customer", json!({ "id": "cid" })).await.ok();
    vault.get("ann").await.ok()["data"]["customer"].clone()
}

#[tokio::test]
async fn each_filter_matches_and_excludes() {
    let vault = Vault::start().await;
    let ann = three(&vault).await;
    let (defaults, second) = (&ann["defaults"], &ann["addresses"][1]["id"]);
    // (field, value, found by "=", found by "!=")
    for (field, value, matching, others) in [
        ("id", json!("ann"), &["ann"][..], &["cid", "bob"][..]),
        ("description", json!("first"), &["ann"], &["cid", "bob"]),
        ("address_id", second.clone(), &["ann"], &["cid", "bob"]),
        ("first_name", json!("Bea"), &["ann"], &["cid", "bob"]),
        ("last_name", json!("Ash"), &["bob", "ann"], &["cid"]),
        ("company", json!("Ash & Co"), &["ann"], &["cid", "bob"]),
        ("address_line_1", json!("1 Main Street"), &["ann"], &["cid", "bob"]),
        ("address_line_2", json!("Flat 2"), &["ann"], &["cid", "bob"]),
        ("city", json!("Lisle"), &["bob", "ann"], &["cid"]),
        ("state", json!("IL"), &["ann"], &["cid", "bob"]),
        ("postal_code", json!("60532"), &["ann"], &["cid", "bob"]),
        ("country", json!("us"), &["bob", "ann"], &["cid"]),
        ("email", json!("ann@ash.com"), &["ann"], &["cid", "bob"]),
        ("phone", json!("(321) 654-0987"), &["ann"], &["cid", "bob"]),
        ("fax", json!("3216540988"), &["ann"], &["cid", "bob"]),
        ("payment_method_type", json!("ach"), &["bob"], &["cid", "ann"]),
        ("payment_method_id", defaults["payment_method_id"].clone(), &["ann"], &["cid", "bob"]),
        ("billing_address_id", defaults["billing_address_id"].clone(), &["ann"], &["cid", "bob"]),
        ("shipping_address_id", defaults["shipping_address_id"].clone(), &["ann"], &["cid", "bob"]),
        ("first_name", json!("Nobody"), &[], &["cid", "bob", "ann"]),
        ("id", json!("nobody"), &[], &["cid", "bob", "ann"]),
        ("email", json!("' OR 1=1 --"), &[], &["cid", "bob", "ann"]),
    ] {
        for (operator, expected) in [("=", matching), ("eq", matching), ("!=", others)] {
            let body = json!({ field: { "value": value, "operator": operator } });
            assert_eq!(found(&vault, body).await, expected, "{field} {operator} {value}");
        }
        let body = json!({ field: { "value": value, "operator": "<" } });
        vault.post("customer/search", body).await.is(400, &format!("{field}.operator"));
        vault.post("customer/search", json!({ field: { "value": value } })).await.is(400, &format!("{field}.operator"));
        vault.post("customer/search", json!({ field: value })).await.is(400, field);
    }
}

#[tokio::test]
async fn parts_of_an_address_hold_for_the_same_address() {
    let vault = Vault::start().await;
    three(&vault).await;
    let is = |value: &str| json!({ "value": value, "operator": "=" });
    assert_eq!(found(&vault, json!({ "first_name": is("Ann"), "city": is("Lisle") })).await, ["ann"]);
    assert_eq!(found(&vault, json!({ "first_name": is("Bea"), "city": is("Aurora") })).await, ["ann"]);
    assert!(found(&vault, json!({ "first_name": is("Bea"), "city": is("Lisle") })).await.is_empty());
    let not = json!({ "value": "Bob", "operator": "!=" });
    assert_eq!(found(&vault, json!({ "last_name": is("Ash"), "first_name": not })).await, ["ann"]);
    assert_eq!(found(&vault, json!({ "city": { "value": "", "operator": "" } })).await, ["cid", "bob", "ann"]);
}

/// One part that fits very many is walked and counted by its index; with a second part every customer is looked at.
/// Both find the same.
#[tokio::test]
async fn very_many_that_fit_are_counted_and_paged_alike_either_way() {
    let vault = Vault::start().await;
    vault.crowd(5_001);
    three(&vault).await;
    // A second address with the same parts must not count its customer twice.
    let twin = json!({ "first_name": "Ann", "city": "Lisle", "country": "US", "phone": "3216540987" });
    vault.post("customer/ann/address", twin).await.ok();
    vault.delete("crowd7").await.ok();
    for (field, value, fit) in [
        ("first_name", "Ann", 5_001),
        ("last_name", "Ash", 5_002),
        ("company", "Ash & Co", 5_001),
        ("address_line_1", "1 Main Street", 5_001),
        ("address_line_2", "Flat 2", 5_001),
        ("city", "Lisle", 5_002),
        ("state", "IL", 5_001),
        ("postal_code", "60532", 5_001),
        ("country", "US", 5_002),
        ("email", "ann@ash.com", 5_001),
        ("phone", "3216540987", 5_001),
        ("fax", "3216540988", 5_001),
        ("payment_method_type", "ach", 5_001),
    ] {
        for (operator, total) in [("=", fit), ("!=", 5_003 - fit)] {
            let wanted = json!({ "value": value, "operator": operator });
            let anybody = json!({ "value": "nobody", "operator": "!=" });
            let offset = if operator == "=" { 2 } else { 0 };
            let walked = json!({ field: wanted, "limit": 5, "offset": offset });
            let looked_at = json!({ field: wanted, "limit": 5, "offset": offset, "id": anybody });
            let (walked, looked_at) =
                (vault.post("customer/search", walked).await, vault.post("customer/search", looked_at).await);
            assert_eq!(walked.body["total_count"], total, "{field} {operator}");
            assert_eq!(walked.ok(), looked_at.ok(), "{field} {operator}");
            assert_eq!(looked_at.body["total_count"], total, "{field} {operator}");
        }
    }
}

#[tokio::test]
async fn times_and_pages_bound_what_is_found() {
    let vault = Vault::start().await; // on 1 January 2026
    three(&vault).await;
    for (field, range, count) in [
        ("created_at", json!({ "start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-01T23:59:59Z" }), 3),
        ("created_at", json!({ "start_date": "2026-01-01", "end_date": "2026-01-01" }), 3),
        ("created_at", json!({ "start_date": "2026-01-02" }), 0),
        ("created_at", json!({ "end_date": "2025-12-31" }), 0),
        ("created_at", json!({ "start_date": "", "end_date": "" }), 3),
        ("updated_at", json!({ "start_date": "2026-01-01T01:00:00+01:00" }), 3),
        ("updated_at", json!({ "end_date": "2025-12-31T23:59:59Z" }), 0),
    ] {
        assert_eq!(found(&vault, json!({ field: range })).await.len(), count, "{field} {range}");
    }
    for bad in [json!("yesterday"), json!("2026-02-30"), json!(5)] {
        vault
            .post("customer/search", json!({ "created_at": { "start_date": bad } }))
            .await
            .is(400, "created_at.start_date");
    }
    for (limit, offset, expected) in [
        (json!(2), json!(0), &["cid", "bob"][..]),
        (json!(2), json!(2), &["ann"]),
        (json!(100), Value::Null, &["cid", "bob", "ann"]),
        (json!(0), Value::Null, &["cid", "bob", "ann"]),
        (json!(1), json!(3), &[]),
        (json!(1), json!(10_000), &[]),
    ] {
        for filter in [Value::Null, json!({ "start_date": "2026-01-01" })] {
            let body = json!({ "limit": limit, "offset": offset, "created_at": filter });
            let answer = vault.post("customer/search", body.clone()).await;
            assert_eq!(answer.body["total_count"], 3, "{}", answer.text);
            assert_eq!(answer.body["data"].is_null(), expected.is_empty(), "nothing is null: {}", answer.text);
            assert_eq!(found(&vault, body).await, expected);
        }
    }
    for (field, bad) in [
        ("limit", json!(101)),
        ("limit", json!(-1)),
        ("limit", json!("10")),
        ("limit", json!(1.0)),
        ("offset", json!(10_001)),
        ("offset", json!(-1)),
    ] {
        vault.post("customer/search", json!({ field: bad })).await.is(400, field);
    }
}

#[tokio::test]
async fn ten_are_found_where_no_limit_is_named_and_cards_end_in_month_and_year() {
    let vault = Vault::start().await;
    let card = json!({ "card": { "number": "4111111111111111", "expiration_date": "1230" } });
    for _ in 0..11 {
        vault.post("customer", json!({ "default_payment": card })).await.ok();
    }
    let answer = vault.post("customer/search", json!({})).await;
    assert_eq!(answer.body["total_count"], 11);
    let rows = answer.body["data"].as_array().expect("a list");
    assert_eq!(rows.len(), 10);
    assert_eq!(rows[0]["data"]["customer"]["payments"]["cards"][0]["expiration_date"], "12/30");
    let of_cards = json!({ "payment_method_type": { "value": "gold", "operator": "=" } });
    vault.post("customer/search", of_cards).await.is(400, "payment_method_type");
}

/// Every endpoint of the vault with a body that would succeed.
fn endpoints() -> Vec<(&'static str, &'static str, Value, Permission)> {
    let ach = json!({
        "routing_number": "021000021", "account_number": "12345", "account_type": "checking", "sec_code": "web",
    });
    let card = json!({ "number": "4111111111111111", "expiration_date": "12/30" });
    let token = json!({ "token": "tok_visa" });
    use Permission::{VaultCreate, VaultDelete, VaultUpdate};
    vec![
        ("POST", "customer", json!({}), VaultCreate),
        ("POST", "customer/ann", json!({}), VaultUpdate),
        ("POST", "customer/ann/address", json!({ "city": "Oslo" }), VaultUpdate),
        ("POST", "customer/ann/address/ADDRESS", json!({ "city": "Bergen" }), VaultUpdate),
        ("POST", "customer/ann/card", card.clone(), VaultUpdate),
        ("POST", "customer/ann/card/CARD", card, VaultUpdate),
        ("POST", "customer/ann/token", token.clone(), VaultUpdate),
        ("POST", "customer/ann/token/CARD", token, VaultUpdate),
        ("POST", "customer/ann/ach", ach.clone(), VaultUpdate),
        ("POST", "customer/ann/ach/ACH", ach, VaultUpdate),
        ("DELETE", "customer/ann/address/ADDRESS", Value::Null, VaultUpdate),
        ("DELETE", "customer/ann/ach/ACH", Value::Null, VaultUpdate),
        ("DELETE", "customer/ann/card/CARD", Value::Null, VaultUpdate),
        ("DELETE", "customer/ann", Value::Null, VaultDelete),
        ("DELETE", "bob", Value::Null, VaultDelete),
    ]
}

#[tokio::test]
async fn each_write_needs_its_permission_and_reads_a_login() {
    let vault = Vault::start().await;
    three(&vault).await;
    let id_of = |record: Value, key: &str| record[key].as_str().expect("an id").to_owned();
    let address = id_of(vault.post("customer/ann/address", json!({ "city": "Rome" })).await.ok(), "created_address_id");
    let token = json!({ "token": "tok_amex" });
    let card = id_of(vault.post("customer/ann/token", token).await.ok(), "created_payment_method_id");
    let ach = json!({
        "routing_number": "021000021", "account_number": "777777", "account_type": "checking", "sec_code": "web",
    });
    let ach = id_of(vault.post("customer/ann/ach", ach).await.ok(), "created_payment_method_id");
    let fill = |path: &str| {
        format!("/api/vault/{}", path.replace("ADDRESS", &address).replace("CARD", &card).replace("ACH", &ach))
    };
    let all = [Permission::VaultCreate, Permission::VaultUpdate, Permission::VaultDelete];
    let (anon, public) = (vault.app.anon(), vault.app.public_key());
    for path in ["ann", "customer/ann"] {
        assert_eq!(vault.app.standard(&[]).await.get(&fill(path)).await.status, 200, "{path}");
        assert_eq!(anon.get(&fill(path)).await.status, 401, "{path}");
        assert_eq!(public.get(&fill(path)).await.status, 401, "{path}");
    }
    assert_eq!(anon.post(&fill("customer/search"), &json!({})).await.status, 401);
    assert_eq!(vault.app.standard(&[]).await.post(&fill("customer/search"), &json!({})).await.status, 200);
    let mut clerks = Vec::new();
    for permission in all {
        let others: Vec<Permission> = all.into_iter().filter(|other| *other != permission).collect();
        clerks.push((permission, vault.app.standard(&others).await, vault.app.standard(&[permission]).await));
    }
    for (method, path, body, needed) in endpoints() {
        let text = Some(body.to_string()).filter(|text| text != "null");
        let (_, without, with) =
            clerks.iter().find(|(permission, ..)| *permission == needed).expect("one of the three");
        for (client, status) in [(&anon, 401), (&public, 401), (without, 403), (with, 200)] {
            let answer = client.send(method, &fill(path), text.clone()).await;
            assert_eq!(answer.status, status, "{method} {path} needs {}: {}", needed.name(), answer.text);
        }
    }
}

#[tokio::test]
async fn hostile_input_is_refused_and_never_breaks() {
    let vault = Vault::start().await;
    three(&vault).await;
    let before = vault.customers().await;
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let bodies = [
        "",
        "null",
        "[]",
        "1",
        "\"x\"",
        "{",
        "{}x",
        "\u{feff}{}",
        "{\"id\":{}}",
        "{\"id\":[\"a\"]}",
        "\0",
        deep.as_str(),
        "{\"default_payment\":{\"card\":{\"number\":\"\\u0000\",\"expiration_date\":\"\\ud800\"}}}",
        "{\"number\":\"4111111111111111\",\"number\":\"4111111111111111\"}",
        "{\"limit\":99999999999999999999}",
        "{\"limit\":1e400}",
        "{\"description\":\"\u{202e}\u{0}\"}",
        "{\"flags\":[null]}",
        "{\"defaults\":{\"billing_address_id\":\"../../etc\"}}",
        "{\"token\":\"' OR 1=1\"}",
        "{\"first_name\":\"\u{1F600}\",\"phone\":\"\u{0663}\",\"country\":\"\u{df}\",\"email\":\"@\"}",
        "{\"routing_number\":\"٠٢١٠٠٠٠٢١\",\"account_number\":\"-1\"}",
        "{\"expiration_date\":\"é1/3\"}",
    ];
    let segments = ["ann", "%00", "%ff", "..", "a%2Fb", "' OR 1=1", "ÿ", "x".repeat(300).leak()];
    for (method, path, ..) in endpoints() {
        if path == "customer/ann" && method == "DELETE" || path == "bob" {
            continue;
        }
        for body in bodies {
            let answer = vault.app.key().send(method, &format!("/api/vault/{path}"), Some(body.to_owned())).await;
            assert!(answer.status < 500, "{method} {path} {body:.60}: {} {}", answer.status, answer.text);
        }
        for segment in segments {
            let path = path.replace("ann", segment).replace("CARD", segment).replace("ACH", segment);
            let answer = vault.app.key().send(method, &format!("/api/vault/{path}"), Some("{}".to_owned())).await;
            assert!(answer.status < 500, "{method} {path}: {} {}", answer.status, answer.text);
        }
    }
    for segment in segments {
        assert!(vault.get(segment).await.status < 500, "{segment}");
    }
    let made = vault.customers().await - before;
    assert!(made > 0 && vault.get("ann").await.status == 200, "what was good was done");
    let many = format!("{{\"description\":\"{}\"}}", "x".repeat(300_000));
    assert_eq!(vault.app.key().send("POST", "/api/vault/customer", Some(many)).await.status, 413);
    for (method, path) in
        [("GET", "customer"), ("DELETE", "customer/search/x"), ("PUT", "ann"), ("GET", "customer/ann/card")]
    {
        let status = vault.app.key().send(method, &format!("/api/vault/{path}"), None).await.status;
        assert!(matches!(status, 404 | 405), "{method} {path}: {status}");
    }
}

#[tokio::test]
async fn a_method_that_is_held_for_nobody_is_no_ones_in_a_search() {
    let vault = Vault::start().await;
    let card = json!({ "number": "4111111111111111", "expiration_date": "12/30" });
    let customer = vault.post("customer", json!({ "default_payment": { "card": card } })).await.ok();
    let path = format!("customer/{}/card", customer["id"].as_str().expect("an id"));
    let added = vault.post(&path, card).await.ok();
    let held = added["created_payment_method_id"].as_str().expect("an id");
    vault.hold(held);
    for (filter, count) in [
        (json!({ "payment_method_type": { "operator": "=", "value": "card" } }), 1),
        (
            json!({ "payment_method_type": { "operator": "=", "value": "card" }, "limit": 100, "offset": 0, "created_at": {} }),
            1,
        ),
        (json!({ "payment_method_id": { "operator": "=", "value": held } }), 0),
    ] {
        let answer = vault.post("customer/search", filter.clone()).await;
        assert_eq!((answer.status, &answer.body["total_count"]), (200, &json!(count)), "{filter}: {}", answer.text);
    }
}
