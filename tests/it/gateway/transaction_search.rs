//! Searching transactions: every filter finds what it should and leaves out the rest.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::till::{Till, VISA, ach, card, id_of, with};

/// Ids found, newest first, and the total.
async fn found(till: &Till, query: &Value) -> (Vec<String>, u64) {
    let answer = till.client.post("/api/transaction/search", query).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let total = answer.body["total_count"].as_u64().expect("a search counts");
    let rows = answer.body["data"].as_array().cloned().unwrap_or_default();
    assert_eq!(answer.body["data"].is_null(), rows.is_empty(), "nothing is null");
    (rows.iter().map(|row| id_of(row).to_owned()).collect(), total)
}

#[tokio::test]
async fn each_filter_finds_its_transaction_and_no_other() {
    let till = Till::open().await;
    let customer = json!({ "default_payment": { "card": { "number": "5555555555554444", "expiration_date": "12/30" } },
        "default_billing_address": { "first_name": "Zoe", "country": "SE" } });
    let record = till.client.post("/api/vault/customer", &customer).await.data(200).clone();
    let address_id = &record["data"]["customer"]["defaults"]["billing_address_id"];
    let mut body = card("authorize", 4321, VISA);
    for (field, value) in [
        ("order_id", json!("order-1")),
        ("po_number", json!("po-1")),
        ("ip_address", json!("2001:db8::1")),
        ("tax_amount", json!(77)),
        ("currency", json!("EUR")),
        ("shipping_address", json!({ "last_name": "Shipped" })),
        ("custom_fields", json!({ "colour": ["red", "blue"], "size": ["9"] })),
        (
            "billing_address",
            json!({ "first_name": "Ann", "last_name": "O'Neil", "company": "ACME", "city": "Oslo",
            "address_line_1": "Road 1", "address_line_2": "Floor 2", "state": "OS", "postal_code": "0150",
            "country": "NO", "email": "ann@acme.no", "phone": "5551234", "fax": "5554321" }),
        ),
    ] {
        body[field] = value;
    }
    let held = till.charge(&body).await.data(200).clone();
    let stored = json!({ "id": record["id"], "billing_address_id": address_id });
    let of_customer = json!({ "type": "sale", "amount": 100, "payment_method": { "customer": stored } });
    let of_customer = till.charge(&of_customer).await.data(200).clone();
    let bank = till.charge(&with(&ach(200, "021000021"), "order_id", json!("now!1"))).await.data(200).clone();
    let declined = till.card("sale", 300, "4000000000000002").await;

    let is = |value: &Value| json!({ "operator": "=", "value": value });
    let terminal_free = json!({ "operator": "=", "value": "" });
    for (field, wanted, expected) in [
        ("transaction_id", is(&held["id"]), &held),
        ("order_id", is(&json!("order-1")), &held),
        ("transaction_or_order_id", is(&json!("order-1")), &held),
        ("transaction_or_order_id", is(&bank["id"]), &bank),
        ("transaction_or_order_id", is(&json!("now!1")), &bank),
        ("transaction_or_order_id", json!({ "operator": "%", "value": "now!1" }), &bank),
        ("po_number", is(&json!("po-1")), &held),
        ("ip_address", is(&json!("2001:db8::1")), &held),
        ("type", is(&json!("authorize")), &held),
        ("status", is(&json!("declined")), &declined),
        ("payment_method", is(&json!("ach")), &bank),
        ("payment_type", is(&json!("echeck")), &bank),
        ("customer_id", is(&record["id"]), &of_customer),
        ("currency_iso_code", is(&json!("eur")), &held),
        ("cc_first_six", is(&json!("555555")), &of_customer),
        ("cc_last_four", is(&json!("0002")), &declined),
        ("amount", json!({ "operator": ">", "value": 4320 }), &held),
        ("amount", json!({ "operator": "<", "value": 101 }), &of_customer),
        ("amount", is(&json!(300)), &declined),
        ("amount_authorized", is(&json!(0)), &declined),
        ("amount_captured", is(&json!(200)), &bank),
        ("tax_amount", json!({ "operator": "!=", "value": 0 }), &held),
        ("billing_address", json!({ "first_name": is(&json!("Ann")), "city": is(&json!("Oslo")) }), &held),
        ("billing_address", json!({ "last_name": is(&json!("O'Neil")) }), &held),
        ("billing_address", json!({ "company": is(&json!("ACME")), "email": is(&json!("ann@acme.no")) }), &held),
        ("billing_address", json!({ "address_line_1": is(&json!("Road 1")), "state": is(&json!("OS")) }), &held),
        ("billing_address", json!({ "address_line_2": is(&json!("Floor 2")), "fax": is(&json!("555-4321")) }), &held),
        ("billing_address", json!({ "phone": is(&json!("555 1234")), "country": is(&json!("no")) }), &held),
        ("billing_address", json!({ "postal_code": is(&json!("0150")) }), &held),
        ("full_cc_number", is(&json!("5555 5555 5555 4444")), &of_customer),
        ("full_cc_number", is(&json!("4000000000000002")), &declined),
        ("custom_fields", json!({ "colour": is(&json!("red")) }), &held),
        ("custom_fields", json!({ "colour": { "operator": "%", "value": "%lue" }, "size": is(&json!("9")) }), &held),
        ("order_id", json!({ "operator": "%", "value": "rder" }), &held),
        ("order_id", json!({ "operator": "%", "value": "ord%1" }), &held),
        ("transaction_or_order_id", json!({ "operator": "%", "value": "order%" }), &held),
        ("billing_address", json!({ "last_name": { "operator": "%", "value": "o'n" } }), &held),
        ("shipping_address", json!({ "last_name": { "operator": "%", "value": "Ship%" } }), &held),
        ("billing_address", json!({ "country": is(&json!("SE")) }), &of_customer),
        ("billing_address", json!({ "address_id": is(address_id) }), &of_customer),
        ("shipping_address", json!({ "last_name": is(&json!("Shipped")) }), &held),
    ] {
        let query = json!({ field: wanted });
        assert_eq!(found(&till, &query).await, (vec![id_of(expected).to_owned()], 1), "{query}");
    }
    for (query, total) in [
        (json!({}), 4),
        (json!({ "status": { "operator": "!=", "value": "declined" } }), 3),
        (json!({ "customer_id": { "operator": "!=", "value": record["id"] } }), 3),
        (json!({ "transaction_id": { "operator": "!=", "value": held["id"] } }), 3),
        (json!({ "billing_address": { "city": { "operator": "!=", "value": "Oslo" } } }), 3),
        (json!({ "terminal_id": terminal_free }), 4),
        (json!({ "user_id": is(&held["user_id"]), "processor_id": is(&held["processor_id"]) }), 4),
        (json!({ "user_name": is(&held["user_name"]), "processor_name": is(&held["processor_name"]) }), 4),
        (json!({ "transaction_source": { "operator": "eq", "value": "api" } }), 4),
        (json!({ "type": is(&json!("sale")), "status": is(&json!("declined")) }), 1),
        (json!({ "order_id": is(&json!("order-1")), "type": is(&json!("sale")) }), 0),
        (json!({ "order_id": is(&json!("nothing")) }), 0),
        (json!({ "transaction_or_order_id": is(&json!("ORDER-1")) }), 0),
        (json!({ "transaction_or_order_id": { "operator": "!=", "value": "order-1" } }), 3),
        (json!({ "transaction_or_order_id": { "operator": "!=", "value": held["id"] } }), 3),
        (json!({ "order_id": { "operator": "", "value": "" } }), 4),
        (json!({ "order_id": is(&json!("%")) }), 0),
        (json!({ "order_id": { "operator": "%", "value": "order_1" } }), 0),
        (json!({ "order_id": { "operator": "%", "value": "%" } }), 4),
        (json!({ "custom_fields": { "colour": { "operator": "!=", "value": "red" } } }), 3),
        (json!({ "custom_fields": { "$.x\"": { "operator": "=", "value": "red" } } }), 0),
        (json!({ "full_cc_number": { "operator": "!=", "value": "4000000000000002" } }), 3),
        (json!({ "full_cc_number": is(&json!("4111111111111111")) }), 0),
        (json!({ "duration": "today" }), 4),
        (json!({ "duration": "yesterday" }), 0),
        (json!({ "duration": "this_year", "order_id": is(&json!("order-1")) }), 1),
    ] {
        assert_eq!(found(&till, &query).await.1, total, "{query}");
    }
}

#[tokio::test]
async fn dates_bound_a_search_and_four_months_where_there_are_none() {
    let till = Till::open().await;
    let old = till.card("sale", 100, VISA).await;
    till.app.advance_to("2026-04-20T12:00:00Z").await;
    let new = till.card("sale", 100, VISA).await;
    let within = |field: &str, start: &str, end: &str| json!({ field: { "start_date": start, "end_date": end } });
    let (old_id, new_id) = (id_of(&old).to_owned(), id_of(&new).to_owned());
    for (query, expected) in [
        (json!({}), vec![&new_id, &old_id]),
        (within("created_at", "2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z"), vec![&old_id]),
        (within("created_at", "2026-04-20", "2026-04-20"), vec![&new_id]),
        (within("created_at", "2026-04-20T12:00:01Z", ""), vec![]),
        (within("captured_at", "2026-04-01T00:00:00Z", ""), vec![&new_id]),
        (within("settled_at", "", "2026-12-31T00:00:00Z"), vec![&old_id]),
    ] {
        let expected: Vec<String> = expected.into_iter().cloned().collect();
        assert_eq!(found(&till, &query).await.0, expected, "{query}");
    }
    till.app.advance_to("2026-05-02T00:00:00Z").await;
    assert_eq!(found(&till, &json!({})).await.0, vec![new_id.clone()], "older than four months");
    let batch = till.again(&old).await["settlement_batch_id"].clone();
    let query = json!({ "settlement_batch_id": { "operator": "=", "value": batch }, "created_at": { "start_date": "2020-01-01" } });
    assert_eq!(found(&till, &query).await.0, [old_id]);
}

#[tokio::test]
async fn pages_have_bounds() {
    let till = Till::open().await;
    let mut made = Vec::new();
    for amount in 1..=12 {
        made.push(id_of(&till.card("sale", amount, VISA).await).to_owned());
    }
    made.reverse();
    assert_eq!(found(&till, &json!({})).await, (made[..10].to_vec(), 12), "ten where nothing is said");
    assert_eq!(found(&till, &json!({ "limit": 0 })).await, (made.clone(), 12));
    assert_eq!(found(&till, &json!({ "limit": 100 })).await, (made.clone(), 12));
    assert_eq!(found(&till, &json!({ "limit": 5, "offset": 10 })).await, (made[10..].to_vec(), 12));
    assert_eq!(found(&till, &json!({ "offset": 12 })).await, (vec![], 12));
    for (query, field) in [
        (json!({ "limit": 101 }), "limit"),
        (json!({ "limit": -1 }), "limit"),
        (json!({ "limit": 1.5 }), "limit"),
        (json!({ "offset": -1 }), "offset"),
        (json!({ "offset": 10_001 }), "offset"),
        (json!({ "amount": { "operator": "%", "value": 1 } }), "amount.operator"),
        (json!({ "amount": { "operator": "=" } }), "amount.value"),
        (json!({ "amount": { "operator": "=", "value": "1" } }), "amount.value"),
        (json!({ "status": { "operator": "<", "value": "a" } }), "status.operator"),
        (json!({ "status": { "operator": "=", "value": 1 } }), "status.value"),
        (json!({ "order_id": { "operator": "=", "value": "x".repeat(256) } }), "order_id.value"),
        (json!({ "billing_address": { "phone": { "operator": "=", "value": "abc" } } }), "billing_address.phone"),
        (json!({ "created_at": { "start_date": "2026-13-01" } }), "created_at.start_date"),
        (json!({ "full_cc_number": { "operator": "%", "value": VISA } }), "full_cc_number.operator"),
        (json!({ "full_cc_number": { "operator": "=", "value": "4242" } }), "full_cc_number.value"),
        (json!({ "cc_last_four": { "operator": "=", "value": VISA } }), "cc_last_four.value"),
        (json!({ "duration": "this_week" }), "duration"),
        (json!({ "custom_fields": { "f": { "operator": "<", "value": "a" } } }), "custom_fields.operator"),
        (json!({ "custom_fields": [] }), "custom_fields"),
    ] {
        let answer = till.client.post("/api/transaction/search", &query).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert!(answer.msg().contains(field), "{query}: {}", answer.msg());
    }
}

#[tokio::test]
async fn a_clerk_sees_ones_own_unless_allowed_more() {
    let till = Till::open().await;
    let of_admin = till.card("sale", 100, VISA).await;
    let clerk = till.app.standard(&[Permission::ProcessSale]).await;
    let of_clerk = clerk.post("/api/transaction", &card("sale", 200, VISA)).await.data(200).clone();
    let seen = clerk.post("/api/transaction/search", &json!({})).await;
    assert_eq!((&seen.body["total_count"], &seen.body["data"][0]["id"]), (&json!(1), &of_clerk["id"]));
    let by_id = json!({ "transaction_id": { "operator": "=", "value": of_admin["id"] } });
    let hidden = clerk.post("/api/transaction/search", &by_id).await;
    assert_eq!((&hidden.body["total_count"], &hidden.body["data"]), (&json!(0), &Value::Null));
    let lead = till.app.standard(&[Permission::ViewOthersTransactions]).await;
    assert_eq!(lead.post("/api/transaction/search", &json!({})).await.body["total_count"], 2);
    let with_order = with(&card("sale", 1, VISA), "order_id", json!("o"));
    assert_eq!(lead.post("/api/transaction", &with_order).await.status, 403, "seeing is not charging");
}
