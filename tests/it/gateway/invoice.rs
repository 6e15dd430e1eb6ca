//! `/api/invoice`: the seed's example key by key, both sides of every bound, what may follow what.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// The request behind the seed's example.
pub fn example() -> Value {
    let place = |company: &str, email: &str| {
        json!({
            "first_name": "First", "last_name": "Last", "company": company, "address_line_1": "123 Some St",
            "city": "Some City", "state": "IL", "postal_code": "60000", "country": "US", "phone": "5555555555",
            "fax": "5555555555", "email": email,
        })
    };
    json!({
        "currency": "USD",
        "company_name": "ACME Inc.",
        "customer_number": "123Customer",
        "payable_to": place("Merchant Business", "info@somewebsite.com"),
        "bill_to": place("Some Business", "info@somesite.com"),
        "date_due": "2026-02-13T06:00:00.000Z",
        "items": [{ "status": "pending", "name": "Widget", "description": "A widget for processors",
                    "unit_price": 100, "quantity": 1 }],
        "tax_percent": "0.000",
        "payment_methods": ["card"],
        "card_processor_id": "",
        "ach_processor_id": "",
        "message": "Thank you for your business!",
        "send_via": "none",
    })
}

/// The example with the value at `path` replaced; null takes it away.
fn with(path: &str, value: Value) -> Value {
    let mut body = example();
    set(&mut body, path, value);
    body
}

/// Puts `value` at `path`; null takes it away.
pub fn set(body: &mut Value, path: &str, value: Value) {
    let mut place = body;
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        place = match part.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) if is_last && value.is_null() => {
                place.as_object_mut().expect("an object").remove(part);
                return;
            }
            Err(_) => &mut place[part],
        };
    }
    *place = value;
}

#[tokio::test]
async fn an_invoice_answers_with_the_keys_of_the_example() {
    let app = TestApp::start().await;
    let made = app.key().post("/api/invoice", &example()).await;
    let id = made.data(200)["id"].as_str().expect("an id").to_owned();
    let shown = app.key().get(&format!("/api/invoice/{id}")).await;
    let data = shown.data(200);
    let place = |company: &str, email: &str| {
        json!({
            "id": "", "first_name": "First", "last_name": "Last", "company": company,
            "address_line_1": "123 Some St", "address_line_2": "", "city": "Some City", "state": "IL",
            "postal_code": "60000", "country": "US", "phone": "5555555555", "fax": "5555555555", "email": email,
        })
    };
    let public = data["public_url"].as_str().expect("a text");
    for (key, expected) in [
        ("currency", json!("USD")),
        ("company_name", json!("ACME Inc.")),
        ("company_logo_url", json!("")),
        ("customer_number", json!("123Customer")),
        ("payable_to", place("Merchant Business", "info@somewebsite.com")),
        ("bill_to", place("Some Business", "info@somesite.com")),
        ("date_due", json!("2026-02-13T06:00:00Z")),
        ("advanced_fields", json!(false)),
        ("subtotal", json!(100)),
        ("tax", json!(0)),
        ("tax_percent", json!("0.000")),
        ("total", json!(100)),
        ("amount_paid", json!(0)),
        ("adjustment", json!(0)),
        ("amount_due", json!(100)),
        ("payment_methods", json!(["card"])),
        ("card_processor_id", json!("")),
        ("ach_processor_id", json!("")),
        ("status", json!("pending")),
        ("message", json!("Thank you for your business!")),
        ("reject_message", json!("")),
        ("send_via", json!("none")),
        ("last_sent_at", json!("0001-01-01T00:00:00Z")),
        ("transaction_type", json!("sale")),
        ("allow_partial_payment", json!(false)),
        ("customer_id", json!("")),
        ("invoice_number", json!("")),
    ] {
        assert_eq!(data[key], expected, "{key}");
    }
    for key in ["created_at", "updated_at"] {
        assert!(data[key].as_str().is_some_and(|text| text.starts_with("2026-01-01T00:00:00")), "{key}");
    }
    assert!(public.len() >= 22, "128 random bits");
    assert!(data["hosted_url"].as_str().is_some_and(|url| url.ends_with(&format!("/invoice/{public}"))));
    let item = &data["items"][0];
    assert!(item["id"].is_string());
    for (key, expected) in [
        ("name", json!("Widget")),
        ("description", json!("A widget for processors")),
        ("quantity", json!(1)),
        ("quantity_shipped", json!(0)),
        ("unit_of_measure", json!("")),
        ("unit_price", json!(100)),
        ("discount", json!(0)),
        ("discount_type", json!("$")),
        ("taxable", json!(false)),
        ("local_tax", json!("0")),
        ("national_tax", json!("0")),
        ("tax_rate", json!("0")),
        ("tax_amount", json!(0)),
        ("amount", json!(100)),
        ("status", json!("pending")),
    ] {
        assert_eq!(item[key], expected, "items[0].{key}");
    }
}

#[tokio::test]
async fn every_field_has_its_bounds() {
    let app = TestApp::start().await;
    let long = |length: usize| json!("x".repeat(length));
    let items = |count: usize| json!(vec![json!({ "unit_price": 1, "quantity": 1 }); count]);
    // (field in the request, value, field in the refusal: "" where it is accepted)
    for (path, value, refused) in [
        ("currency", json!("eur"), ""),
        ("currency", Value::Null, "currency"),
        ("currency", json!(""), "currency"),
        ("currency", json!("ZZZ"), "currency"),
        ("currency", json!("US"), "currency"),
        ("company_name", long(255), ""),
        ("company_name", long(256), "company_name"),
        ("company_logo_url", json!("https://cdn.example/logo.png"), ""),
        ("company_logo_url", json!("javascript:alert(1)"), "company_logo_url"),
        ("customer_number", long(255), ""),
        ("customer_number", long(256), "customer_number"),
        ("customer_id", json!(""), ""),
        ("customer_id", json!("nobody"), "customer_id"),
        ("customer_id", json!("!"), "customer_id"),
        ("invoice_number", long(255), ""),
        ("invoice_number", long(256), "invoice_number"),
        ("invoice_number", json!("a\u{0}b"), "invoice_number"),
        ("payable_to", Value::Null, "payable_to"),
        ("payable_to", json!([]), "payable_to"),
        ("payable_to.address_line_1", Value::Null, "payable_to.address_line_1"),
        ("bill_to", Value::Null, "bill_to"),
        ("bill_to.id", json!("unheard"), "bill_to.id"),
        ("bill_to.first_name", long(50), ""),
        ("bill_to.first_name", long(51), "bill_to.first_name"),
        ("bill_to.last_name", long(51), "bill_to.last_name"),
        ("bill_to.company", long(100), ""),
        ("bill_to.company", long(101), "bill_to.company"),
        ("bill_to.address_line_1", json!(""), "bill_to.address_line_1"),
        ("bill_to.address_line_1", long(100), ""),
        ("bill_to.address_line_1", long(101), "bill_to.address_line_1"),
        ("bill_to.address_line_2", long(101), "bill_to.address_line_2"),
        ("bill_to.city", json!(""), "bill_to.city"),
        ("bill_to.city", long(51), "bill_to.city"),
        ("bill_to.state", json!("I"), "bill_to.state"),
        ("bill_to.state", json!("ILL"), "bill_to.state"),
        ("bill_to.postal_code", json!("6000"), "bill_to.postal_code"),
        ("bill_to.postal_code", json!("600000"), "bill_to.postal_code"),
        ("bill_to.postal_code", json!("60000-1234"), ""),
        ("bill_to.country", json!("XX"), "bill_to.country"),
        ("bill_to.country", json!("USA"), "bill_to.country"),
        ("bill_to.country", json!(1), "bill_to.country"),
        ("bill_to.email", json!("user"), "bill_to.email"),
        ("bill_to.email", Value::Null, ""),
        ("bill_to.phone", json!("(555) 555-5555"), ""),
        ("bill_to.phone", json!("call me"), "bill_to.phone"),
        ("date_due", Value::Null, "date_due"),
        ("date_due", json!("2026-02-13"), "date_due"),
        ("date_due", json!("tomorrow"), "date_due"),
        ("date_due", json!("2026-02-13T06:00:00+02:00"), ""),
        ("date_due", json!("2200-01-01T00:00:00Z"), "date_due"),
        ("date_due", json!("2199-12-31T23:59:59Z"), ""),
        ("items", Value::Null, "items"),
        ("items", json!({}), "items"),
        ("items", items(0), "items"),
        ("items", items(1), ""),
        ("items", items(500), ""),
        ("items", items(501), "items"),
        ("items.0.status", json!("paid"), ""),
        ("items.0.status", json!("gone"), "items[0].status"),
        ("items.0.name", long(255), ""),
        ("items.0.name", long(256), "items[0].name"),
        ("items.0.description", long(4096), ""),
        ("items.0.description", long(4097), "items[0].description"),
        ("items.0.unit_price", Value::Null, "items[0].unit_price"),
        ("items.0.unit_price", json!(0), ""),
        ("items.0.unit_price", json!(-1), "items[0].unit_price"),
        ("items.0.unit_price", json!("100"), "items[0].unit_price"),
        ("items.0.unit_price", json!(9_007_199_254_740_991_i64), ""),
        ("items.0.unit_price", json!(9_007_199_254_740_992_i64), "items[0].unit_price"),
        ("items.0.quantity", Value::Null, "items[0].quantity"),
        ("items.0.quantity", json!(0), "items[0].quantity"),
        ("items.0.quantity", json!(i64::MAX), "items[0].quantity"),
        ("items.0.quantity_shipped", json!(-1), "items[0].quantity_shipped"),
        ("items.0.discount_amount", json!(100), ""),
        ("items.0.discount_amount", json!(101), "items[0].discount_amount"),
        ("items.0.discount_amount", json!(-1), "items[0].discount_amount"),
        ("items.0.freight_amount", json!(-1), "items[0].freight_amount"),
        ("items.0.local_tax", json!(-1), "items[0].local_tax"),
        ("items.0.local_tax_rate", json!("1.000"), ""),
        ("items.0.local_tax_rate", json!("1.0001"), "items[0].local_tax_rate"),
        ("items.0.national_tax_rate", json!("-1"), "items[0].national_tax_rate"),
        ("items.0.tax_rate", json!("1001"), "items[0].tax_rate"),
        ("items.0.taxable", json!("yes"), "items[0].taxable"),
        ("tax_percent", json!("7.12"), ""),
        ("tax_percent", json!("seven"), "tax_percent"),
        ("tax_percent", json!(7), "tax_percent"),
        ("tax", json!(-1), "tax"),
        ("shipping", json!(-1), "shipping"),
        ("amount_paid", json!(100), ""),
        ("amount_paid", json!(101), "amount_paid"),
        ("amount_paid", json!(-1), "amount_paid"),
        ("adjustment", json!(-100), ""),
        ("adjustment", json!(-101), "adjustment"),
        ("service_fees_paid", json!(-1), "service_fees_paid"),
        ("transaction_type", json!("authorize"), ""),
        ("transaction_type", json!("refund"), "transaction_type"),
        ("payment_methods", Value::Null, "payment_methods"),
        ("payment_methods", json!([]), "payment_methods"),
        ("payment_methods", json!(["card", "ach", "mail"]), ""),
        ("payment_methods", json!(["cash"]), "payment_methods[0]"),
        ("payment_methods", json!("card"), "payment_methods"),
        ("card_processor_id", json!("unheard"), "card_processor_id"),
        ("ach_processor_id", json!("unheard"), "ach_processor_id"),
        ("message", long(4096), ""),
        ("message", long(4097), "message"),
        ("save_customer_vault", json!("optional"), ""),
        ("save_customer_vault", json!("required"), ""),
        ("save_customer_vault", json!(""), ""),
        ("save_customer_vault", json!("always"), "save_customer_vault"),
        ("settings", json!({ "partial_payment_type": "line_items", "allow_tipping": true }), ""),
        ("settings", json!({ "partial_payment_type": "amount" }), ""),
        ("settings", json!({ "partial_payment_type": "half" }), "settings.partial_payment_type"),
        ("settings", json!({ "allow_tipping": "yes" }), "settings.allow_tipping"),
        ("items.0.status", json!("rejected"), "items[0].status"),
        ("send_via", Value::Null, "send_via"),
        ("send_via", json!("both"), ""),
        ("send_via", json!("pigeon"), "send_via"),
        ("email_to", json!("user@example.com"), ""),
        ("email_to", json!("user@example"), "email_to"),
        ("allow_partial_payment", json!("true"), "allow_partial_payment"),
        ("something_else", json!({ "x": 1 }), ""),
    ] {
        let answer = app.key().post("/api/invoice", &with(path, value.clone())).await;
        if refused.is_empty() {
            assert_eq!(answer.status, 200, "{path} {value}: {}", answer.text);
        } else {
            refusal(&answer, refused, path);
        }
    }
    let taxed = json!({ "enable_tax": true, "tax_percent": Value::Null });
    let mut body = example();
    body.as_object_mut().expect("an object").extend(taxed.as_object().expect("an object").clone());
    refusal(&app.key().post("/api/invoice", &body).await, "tax_percent", "enable_tax");
}

/// The answer refuses `field`.
#[track_caller]
pub fn refusal(answer: &Answer, field: &str, what: &str) {
    assert_eq!(answer.status, 400, "{what}: {}", answer.text);
    assert_eq!(answer.body["status"], "failed", "{what}");
    let expected = format!("bad request error: invalid {field}: ");
    assert!(answer.msg().starts_with(&expected), "{what}: {} instead of {expected}", answer.msg());
}

#[tokio::test]
async fn sums_are_those_of_the_rules() {
    let app = TestApp::start().await;
    let mut body = example();
    body["items"] = json!([
        { "unit_price": 1050, "quantity": 3, "discount_amount": 150, "freight_amount": 25 },
        { "unit_price": 99, "quantity": 1, "taxable": true, "local_tax_rate": "50.000" },
    ]);
    body["enable_tax"] = json!(true);
    body["tax_percent"] = json!("7.250");
    body["tax"] = json!(1);
    body["enable_shipping"] = json!(true);
    body["shipping"] = json!(500);
    body["adjustment"] = json!(-10);
    let answer = app.key().post("/api/invoice", &body).await;
    let data = answer.data(200);
    // Goods 3000 + 99; 7.25 % of 30.99 is 2.246775.
    for (key, expected) in [("subtotal", 3124), ("tax", 225), ("shipping", 500), ("total", 3839), ("amount_due", 3839)]
    {
        assert_eq!(data[key], json!(expected), "{key}");
    }
    assert_eq!(data["items"][1]["tax_amount"], json!(0), "the invoice's tax overrides the item's");
    body["enable_tax"] = json!(false);
    body["enable_shipping"] = json!(false);
    let answer = app.key().post("/api/invoice", &body).await;
    let data = answer.data(200);
    for (key, expected) in [("subtotal", 3124), ("tax", 50), ("shipping", 0), ("total", 3164)] {
        assert_eq!(data[key], json!(expected), "{key}");
    }
    assert_eq!(data["items"][1]["amount"], json!(149));
    body["enable_tax"] = json!(true);
    body["tax_percent"] = json!("0.000");
    body["tax"] = json!(77);
    assert_eq!(app.key().post("/api/invoice", &body).await.data(200)["tax"], json!(77), "0.000 is a flat amount");
}

#[tokio::test]
async fn an_invoice_is_changed_paid_outside_and_kept() {
    let app = TestApp::start().await;
    let made = app.key().post("/api/invoice", &example()).await;
    let (id, public) = (text(&made, "id"), text(&made, "public_url"));
    let path = format!("/api/invoice/{id}");
    let changed = app.key().post(&path, &with("items.0.unit_price", json!(250))).await;
    assert_eq!(changed.data(200)["total"], json!(250));
    assert_eq!(text(&changed, "public_url"), public, "the link stays");
    refusal(&app.key().post(&path, &with("currency", json!("ZZZ"))).await, "currency", "update");
    let paid = app.key().post(&format!("{path}/mark-as-paid"), &json!({})).await;
    for (key, expected) in [("status", json!("paid")), ("amount_paid", json!(250)), ("amount_due", json!(0))] {
        assert_eq!(paid.data(200)[key], expected, "{key}");
    }
    assert_eq!(paid.body["data"]["items"][0]["status"], json!("paid"));
    for answer in [
        app.key().post(&format!("{path}/mark-as-paid"), &json!({})).await,
        app.key().post(&path, &example()).await,
        app.key().delete(&path).await,
    ] {
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    assert_eq!(app.key().get(&path).await.data(200)["status"], json!("paid"));
}

#[tokio::test]
async fn a_deleted_invoice_is_gone() {
    let app = TestApp::start().await;
    let made = app.key().post("/api/invoice", &example()).await;
    let path = format!("/api/invoice/{}", text(&made, "id"));
    let deleted = app.key().delete(&path).await;
    assert_eq!((deleted.status, deleted.msg()), (200, "success"));
    for answer in [
        app.key().get(&path).await,
        app.key().post(&path, &example()).await,
        app.key().post(&path, &json!({})).await,
        app.key().delete(&path).await,
        app.key().post(&format!("{path}/mark-as-paid"), &json!({})).await,
        app.key().get("/api/invoice/unheard-of").await,
        app.key().get("/api/invoice/!").await,
    ] {
        assert_eq!((answer.status, &answer.body["status"]), (404, &json!("failed")), "{}", answer.text);
    }
    for client in [app.anon(), app.public_key()] {
        assert_eq!(client.post("/api/invoice", &example()).await.status, 401);
    }
}

#[tokio::test]
async fn searches_find_what_fits() {
    let app = TestApp::start().await;
    let empty = app.key().post("/api/invoices/search", &json!({})).await;
    assert_eq!((empty.data(200), &empty.body["total_count"]), (&Value::Null, &json!(0)));
    let one = app.key().post("/api/invoice", &with("invoice_number", json!("A-1"))).await;
    let one = text(&one, "id");
    let two = app.key().post("/api/invoice", &with("items.0.unit_price", json!(900))).await;
    let two = text(&two, "id");
    for (body, expected) in [
        (json!({}), vec![&two, &one]),
        (json!({ "limit": 1 }), vec![&two]),
        (json!({ "limit": 1, "offset": 1 }), vec![&one]),
        (json!({ "limit": 100, "offset": 10_000 }), vec![]),
        (json!({ "id": { "operator": "=", "value": one } }), vec![&one]),
        (json!({ "id": { "operator": "!=", "value": one } }), vec![&two]),
        (json!({ "amount_due": { "operator": ">", "value": 100 } }), vec![&two]),
        (json!({ "amount_due": { "operator": "<", "value": 900 } }), vec![&one]),
        (json!({ "amount_due": { "operator": "=", "value": 900 } }), vec![&two]),
        (json!({ "amount_due": { "operator": "!=", "value": 900 } }), vec![&one]),
        (json!({ "invoice_number": { "operator": "=", "value": "A-1" } }), vec![&one]),
        (json!({ "status": { "operator": "=", "value": "paid" } }), vec![]),
        (
            json!({ "date_due": { "start_date": "2026-02-13T06:00:00Z", "end_date": "2026-02-13T06:00:00Z" } }),
            vec![&two, &one],
        ),
        (json!({ "date_due": { "start_date": "2026-02-13T06:00:01Z" } }), vec![]),
        (json!({ "date_due": { "end_date": "2026-02-13T05:59:59Z" } }), vec![]),
        (json!({ "date_due": { "start_date": "2026-02-13", "end_date": "2026-02-13" } }), vec![&two, &one]),
        (json!({ "date_due": { "duration": "this_year" } }), vec![&two, &one]),
        (json!({ "date_due": { "duration": "this_month" } }), vec![]),
        (json!({ "date_due": { "duration": "" } }), vec![&two, &one]),
        (json!({ "id": { "operator": "eq", "value": one } }), vec![&one]),
        (json!({ "invoice_number": { "operator": "!=", "value": "A-1" } }), vec![&two]),
        (json!({ "invoice_number": { "operator": "=", "value": "" } }), vec![&two]),
        (json!({ "customer_id": { "operator": "=", "value": "nobody" } }), vec![]),
        (json!({ "customer_id": { "operator": "!=", "value": "nobody" } }), vec![&two, &one]),
        (json!({ "customer_id": { "operator": "=", "value": "" } }), vec![&two, &one]),
        (
            json!({ "status": { "operator": "=", "value": "pending" }, "amount_due": { "operator": ">", "value": 100 } }),
            vec![&two],
        ),
        (json!({ "status": { "operator": "!=", "value": "pending" } }), vec![]),
        (json!({ "amount_due": { "operator": "=", "value": 0 } }), vec![]),
        (
            json!({ "id": { "operator": "=", "value": one }, "invoice_number": { "operator": "=", "value": "B" } }),
            vec![],
        ),
        (json!({ "limit": 0 }), vec![&two, &one]),
    ] {
        let answer = app.key().post("/api/invoices/search", &body).await;
        let rows = answer.data(200).as_array().cloned().unwrap_or_default();
        let ids: Vec<String> = rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{body}");
    }
    for (body, field) in [
        (json!({ "limit": 101 }), "limit"),
        (json!({ "limit": -1 }), "limit"),
        (json!({ "offset": 10_001 }), "offset"),
        (json!({ "id": { "operator": "<", "value": one } }), "id.operator"),
        (json!({ "amount_due": { "operator": "~", "value": 1 } }), "amount_due.operator"),
        (json!({ "amount_due": { "operator": "=" } }), "amount_due.value"),
        (json!({ "status": { "operator": "=", "value": "gone" } }), "status.value"),
        (json!({ "date_due": { "start_date": "soon" } }), "date_due.start_date"),
        (json!({ "date_due": { "duration": "next_week" } }), "date_due.duration"),
        (json!({ "date_due": { "duration": "today", "end_date": "2026-01-01" } }), "date_due.duration"),
        (json!({ "amount_due": { "operator": "=", "value": 1.0 } }), "amount_due.value"),
    ] {
        refusal(&app.key().post("/api/invoices/search", &body).await, field, field);
    }
}

#[tokio::test]
async fn a_restricted_user_sees_their_own_only() {
    let app = TestApp::start().await;
    let others = app.key().post("/api/invoice", &example()).await;
    let clerk = app.standard(&[Permission::RestrictViewingOthersInvoices]).await;
    let own = clerk.post("/api/invoice", &example()).await;
    assert_eq!(clerk.get(&format!("/api/invoice/{}", text(&others, "id"))).await.status, 404);
    assert_eq!(clerk.delete(&format!("/api/invoice/{}", text(&others, "id"))).await.status, 404);
    assert_eq!(clerk.get(&format!("/api/invoice/{}", text(&own, "id"))).await.status, 200);
    let found = clerk.post("/api/invoices/search", &json!({})).await;
    assert_eq!(found.body["total_count"], json!(1));
    assert_eq!(app.key().post("/api/invoices/search", &json!({})).await.body["total_count"], json!(2));
}

#[tokio::test]
async fn a_repeated_request_is_the_same_invoice() {
    let app = TestApp::start().await;
    let client = app.key().header("idempotency-key", "once");
    let first = client.post("/api/invoice", &example()).await;
    let again = client.post("/api/invoice", &example()).await;
    assert_eq!(text(&first, "id"), text(&again, "id"));
    let other = client.post("/api/invoice", &with("message", json!("other"))).await;
    assert_eq!(other.status, 422, "{}", other.text);
    assert_eq!(app.key().post("/api/invoices/search", &json!({})).await.body["total_count"], json!(1));
}

/// A text of the answer.
#[track_caller]
pub fn text(answer: &Answer, key: &str) -> String {
    answer.data(200)[key].as_str().expect("a text").to_owned()
}
