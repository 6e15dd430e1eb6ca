//! Every bound of the seed's tables from both sides, and every field with a value of another JSON type.
//!
//! A bound in `fields.tsv` is one of: `max N` and `alnum N` characters, `length N M`, `digits` (with how many),
//! `range N M` of numbers (an end may be open), `enum a|b`, `email`, `instant`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::document::Document;
use super::fields::{Field, of_the_seed, same};
use super::stage::{Stage, charge, invoice};

/// A body that is accepted, for all fields of an endpoint that begin with `fields`.
struct Base {
    endpoint: &'static str,
    fields: &'static str,
    body: fn() -> Value,
}

/// Bounds that are otherwise than in the seed: endpoint, what the field's name begins with, and why.
const OTHERWISE: &[(&str, &str, &str)] = &[
    ("POST /api/transaction", "order_id", "17 characters, as in captures, in files and in facts-gateway.md"),
    ("POST /api/transaction", "po_number", "17 characters, as in captures, in files and in facts-gateway.md"),
    (
        "POST /api/transaction/search",
        "billing_address.",
        "whatever is stored can be found: a company has 100 characters",
    ),
    (
        "POST /api/transaction/search",
        "shipping_address.",
        "whatever is stored can be found: a company has 100 characters",
    ),
    ("POST /api/user/change-password", "new_password", "needs the user's own credentials: `user_password.rs`"),
    ("POST /api/vault/customer/search", "limit", "0 is as many as there may be (facts-gateway.md)"),
    ("POST /api/vault/customer/search", "offset", "up to 10000, or a large vault could not be read to its end"),
];

/// Bounds that do not hold yet: an endpoint that is not there, or an endpoint and a field.
const PENDING: &[&str] = &[];

/// Fields that take another JSON type, yet.
const PENDING_TYPES: &[&str] = &[];

const BASES: &[Base] = &[
    Base { endpoint: "POST /api/user", fields: "", body: user },
    Base { endpoint: "POST /api/user/{id}", fields: "", body: nothing },
    Base { endpoint: "POST /api/user/change-password", fields: "", body: nothing },
    Base { endpoint: "POST /api/user/apikey", fields: "", body: || json!({ "type": "api", "name": "Private Key" }) },
    Base { endpoint: "POST /api/transaction", fields: "", body: charge },
    Base { endpoint: "POST /api/transaction", fields: "payment_method.ach", body: || by(json!({ "ach": account() })) },
    Base {
        endpoint: "POST /api/transaction",
        fields: "payment_method.customer",
        body: || by(json!({ "customer": { "id": "{customer}" } })),
    },
    Base {
        endpoint: "POST /api/transaction",
        fields: "payment_method.terminal",
        body: || by(json!({ "terminal": { "id": "{terminal}", "print_receipt": "no", "signature_required": false } })),
    },
    Base {
        endpoint: "POST /api/transaction",
        fields: "payment_method.apm",
        body: || {
            by(json!({ "apm": { "type": "alipay", "merchant_redirect_url": "https://merchantwebsite.com/",
                "locale": "en-US", "mobile_view": false } }))
        },
    },
    Base {
        endpoint: "POST /api/transaction",
        fields: "payment_adjustment",
        body: || with(charge(), "payment_adjustment", json!({ "type": "flat", "value": 100 })),
    },
    Base {
        endpoint: "POST /api/transaction",
        fields: "line_items",
        body: || with(charge(), "line_items", json!([{ "name": "Widget", "quantity": 1, "unit_price": 100 }])),
    },
    Base {
        endpoint: "POST /api/transaction",
        fields: "additional_amounts",
        body: || {
            let hsa = json!({ "hsa": { "total": 100, "rx_amount": 100 } });
            with(with(charge(), "additional_amounts", hsa), "iias_status", json!("verified"))
        },
    },
    Base {
        endpoint: "POST /api/transaction",
        fields: "email_receipt",
        body: || with(charge(), "email_address", json!("info@website.com")),
    },
    Base { endpoint: "POST /api/transaction/search", fields: "", body: nothing },
    Base { endpoint: "POST /api/transaction/{id}/capture", fields: "", body: nothing },
    Base { endpoint: "POST /api/transaction/{id}/refund", fields: "", body: nothing },
    Base {
        endpoint: "POST /api/lookup/fees",
        fields: "",
        body: || json!({ "type": "integrations", "state": "IL", "payment_method": "card", "base_amount": 1000 }),
    },
    Base { endpoint: "POST /api/calculate/amounts", fields: "", body: amounts },
    Base {
        endpoint: "POST /api/calculate/amounts",
        fields: "products",
        body: || with(amounts(), "products", json!([{ "id": "p1", "name": "Widget", "price": "100" }])),
    },
    Base {
        endpoint: "POST /api/calculate/amounts",
        fields: "line_items",
        body: || {
            let line = json!([{ "id": "1", "name": "Widget", "status": "pending", "type": "flat", "unit_price": 100,
                "quantity": 1 }]);
            with(amounts(), "line_items", line)
        },
    },
    Base { endpoint: "POST /api/settlement/batch/search", fields: "", body: nothing },
    Base { endpoint: "POST /api/recurring/addon", fields: "", body: || json!({ "name": "test", "amount": 100 }) },
    Base { endpoint: "POST /api/recurring/addon", fields: "percentage", body: || json!({ "name": "test" }) },
    Base { endpoint: "POST /api/recurring/addon/{id}", fields: "", body: nothing },
    Base { endpoint: "POST /api/recurring/discount", fields: "", body: || json!({ "name": "test", "amount": 100 }) },
    Base { endpoint: "POST /api/recurring/discount", fields: "percentage", body: || json!({ "name": "test" }) },
    Base { endpoint: "POST /api/recurring/discount/{id}", fields: "", body: nothing },
    Base { endpoint: "POST /api/recurring/plan", fields: "", body: plan },
    Base { endpoint: "POST /api/recurring/plan/{id}", fields: "", body: nothing },
    Base { endpoint: "POST /api/recurring/subscription", fields: "", body: subscription },
    Base { endpoint: "POST /api/recurring/subscription/{id}", fields: "", body: nothing },
    Base { endpoint: "POST /api/invoice", fields: "", body: invoice },
    Base { endpoint: "POST /api/invoice/{id}", fields: "", body: invoice },
    Base { endpoint: "POST /api/invoices/search", fields: "", body: nothing },
    Base { endpoint: "POST /api/vault/customer", fields: "", body: nothing },
    Base {
        endpoint: "POST /api/vault/customer",
        fields: "default_payment.card",
        body: || json!({ "default_payment": { "card": card() } }),
    },
    Base {
        endpoint: "POST /api/vault/customer",
        fields: "default_payment.ach",
        body: || json!({ "default_payment": { "ach": account() } }),
    },
    Base {
        endpoint: "POST /api/vault/customer",
        fields: "default_billing_address",
        body: || json!({ "default_billing_address": { "first_name": "John" } }),
    },
    Base {
        endpoint: "POST /api/vault/customer",
        fields: "default_shipping_address",
        body: || json!({ "default_shipping_address": { "first_name": "John" } }),
    },
    Base { endpoint: "POST /api/vault/customer/search", fields: "", body: nothing },
    Base { endpoint: "POST /api/vault/customer/{id}", fields: "", body: nothing },
    Base {
        endpoint: "POST /api/vault/customer/{id}",
        fields: "defaults.payment_method_type",
        body: || json!({ "defaults": { "payment_method_id": "{card}", "payment_method_type": "card" } }),
    },
    Base { endpoint: "POST /api/vault/customer/{id}/address", fields: "", body: || json!({ "first_name": "Jane" }) },
    Base { endpoint: "POST /api/vault/customer/{id}/address/{address_id}", fields: "", body: nothing },
    Base { endpoint: "POST /api/vault/customer/{id}/card", fields: "", body: card },
    Base { endpoint: "POST /api/vault/customer/{id}/card/{method_id}", fields: "", body: card },
    Base { endpoint: "POST /api/vault/customer/{id}/ach", fields: "", body: account },
    Base { endpoint: "POST /api/vault/customer/{id}/ach/{method_id}", fields: "", body: account },
    Base { endpoint: "POST /api/vault/customer/{id}/applepay", fields: "", body: nothing },
    Base { endpoint: "POST /api/vault/customer/{id}/token", fields: "", body: || json!({ "token": "{token}" }) },
    Base {
        endpoint: "POST /api/vault/customer/{id}/token/{method_id}",
        fields: "",
        body: || json!({ "token": "{token}" }),
    },
];

/// Where the records of an endpoint come from.
const RECORDS: &[(&str, &str)] = &[
    ("/api/user/{id}", "/api/user/{user}"),
    ("/api/transaction/{id}/capture", "/api/transaction/{authorization}/capture"),
    ("/api/transaction/{id}/refund", "/api/transaction/{settled}/refund"),
    ("/api/recurring/addon/{id}", "/api/recurring/addon/{addon}"),
    ("/api/recurring/discount/{id}", "/api/recurring/discount/{discount}"),
    ("/api/recurring/plan/{id}", "/api/recurring/plan/{plan}"),
    ("/api/recurring/subscription/{id}", "/api/recurring/subscription/{subscription}"),
    ("/api/invoice/{id}", "/api/invoice/{invoice}"),
    ("/api/vault/customer/{id}", "/api/vault/customer/{customer}"),
    ("/api/vault/customer/{id}/address", "/api/vault/customer/{customer}/address"),
    ("/api/vault/customer/{id}/address/{address_id}", "/api/vault/customer/{customer}/address/{address}"),
    ("/api/vault/customer/{id}/card", "/api/vault/customer/{customer}/card"),
    ("/api/vault/customer/{id}/card/{method_id}", "/api/vault/customer/{customer}/card/{card}"),
    ("/api/vault/customer/{id}/ach", "/api/vault/customer/{customer}/ach"),
    ("/api/vault/customer/{id}/ach/{method_id}", "/api/vault/customer/{customer}/ach/{ach}"),
    ("/api/vault/customer/{id}/applepay", "/api/vault/customer/{customer}/applepay"),
    ("/api/vault/customer/{id}/token", "/api/vault/customer/{customer}/token"),
    ("/api/vault/customer/{id}/token/{method_id}", "/api/vault/customer/{customer}/token/{card}"),
];

/// A try: the value, and whether it fits.
type Try = (Value, bool);

#[tokio::test]
async fn every_bound_of_the_seed_holds_from_both_sides() {
    let (mut stage, document) = (Stage::open().await, Document::of_this_build());
    let (mut count, mut failed) = (0, BTreeSet::new());
    for field in of_the_seed().iter().filter(|field| !field.bound.is_empty()) {
        let endpoint = format!("{} {}", field.method, field.path);
        let is_otherwise = OTHERWISE.iter().any(|(of, name, _)| *of == endpoint && field.name.starts_with(name));
        if is_otherwise && !field.name.ends_with(".operator") || field.path == "/api/filebatch" {
            continue; // rows of a file get their verdicts in `file_batch.rs`
        }
        if document.operation(field.method, field.path).is_none() {
            failed.insert(endpoint);
            continue;
        }
        for (value, fits) in tries(field) {
            count += 1;
            if let Some(why) = wrong(&mut stage, field, &value, fits).await {
                let name = format!("{endpoint} {}", field.name);
                if !PENDING.contains(&name.as_str()) {
                    eprintln!("{name} = {value}: {why}");
                }
                failed.insert(name);
            }
        }
    }
    eprintln!("{count} values at bounds, {} fields failed", failed.len());
    assert!(count > 300, "the bounds of the seed are whole");
    same(&failed, PENDING);
}

#[tokio::test]
async fn a_value_of_another_type_is_refused_by_its_name() {
    let (mut stage, document) = (Stage::open().await, Document::of_this_build());
    let (mut count, mut failed) = (0, BTreeSet::new());
    for field in of_the_seed() {
        if field.kind == "any" || field.path == "/api/filebatch" || field.name.starts_with('?') {
            continue;
        }
        if document.operation(field.method, field.path).is_none() {
            failed.insert(format!("{} {}", field.method, field.path));
            continue;
        }
        for value in of_other_types(field.kind) {
            count += 1;
            if let Some(why) = wrong(&mut stage, &field, &value, false).await {
                let name = format!("{} {} {}", field.method, field.path, field.name);
                if !PENDING_TYPES.contains(&name.as_str()) {
                    eprintln!("{name} = {value}: {why}");
                }
                failed.insert(name);
            }
        }
    }
    eprintln!("{count} values of other types, {} fields failed", failed.len());
    assert!(count > 900, "the fields of the seed are whole");
    same(&failed, PENDING_TYPES);
}

/// Both sides of each bound of a field.
fn tries(field: &Field) -> Vec<Try> {
    let (word, rest) = field.bound.split_once(' ').unwrap_or((field.bound, ""));
    let number = |at: usize| rest.split(' ').nth(at).and_then(|text| text.parse::<i64>().ok());
    let size = |at: usize| number(at).and_then(|number| usize::try_from(number).ok());
    let text = |length: usize| json!(filler(field.name, length));
    match word {
        "max" | "alnum" => {
            let max = size(0).expect("a length");
            vec![(text(max), true), (text(max + 1), false)]
        }
        "length" => {
            let (min, max) = (size(0).expect("a length"), size(1).expect("a length"));
            [(min - 1, false), (min, true), (max, true), (max + 1, false)].map(|(n, fits)| (text(n), fits)).to_vec()
        }
        "digits" => match (size(0), size(1)) {
            (Some(min), Some(max)) => [(min - 1, false), (min, true), (max, true), (max + 1, false)]
                .map(|(length, fits)| (json!("4".repeat(length)), fits))
                .to_vec(),
            (Some(max), None) => vec![(json!("5".repeat(max)), true), (json!("5".repeat(max + 1)), false)],
            _ if field.name.ends_with("number") => vec![(json!("4111111111111111"), true), (json!("4111x"), false)],
            _ => vec![(json!("5555555555"), true), (json!("call me"), false)],
        },
        "range" => {
            let lower = number(0).map(|least| [(json!(least), true), (json!(least - 1), false)]);
            let upper = number(1).map(|most| [(json!(most), true), (json!(most + 1), false)]);
            lower.into_iter().chain(upper).flatten().collect()
        }
        "enum" => {
            let of = |word: &str| if field.kind == "array" { json!([word]) } else { json!(word) };
            let other = (of("another"), false);
            rest.split('|').map(|word| (of(word), true)).chain([other]).collect()
        }
        "email" => vec![(json!("info@website.com"), true), (json!("info at website"), false)],
        "instant" => vec![(json!("2026-01-01T00:00:00Z"), true), (json!("yesterday"), false)],
        other => panic!("{other} is not a bound"),
    }
}

/// A text of this length that means something where only known words are good.
fn filler(name: &str, length: usize) -> String {
    let known = match name.rsplit('.').next() {
        Some("state") => "IL",
        Some("country") => "US",
        Some("postal_code" | "ship_from_postal_code") => "60187",
        Some("new_password" | "password") => "Correct-Horse-9-",
        _ => "abcdefghij",
    };
    known.chars().cycle().take(length).collect()
}

fn of_other_types(kind: &str) -> Vec<Value> {
    match kind {
        "string" => vec![json!(7), json!(["x"])],
        "integer" => vec![json!("7"), json!(1.5), json!(true)],
        "number" => vec![json!("many"), json!(true)],
        "boolean" => vec![json!("yes"), json!(1)],
        "object" => vec![json!("x"), json!(7)],
        "array" => vec![json!("x"), json!({})],
        other => panic!("{other} is not a type"),
    }
}

/// Sends the value in an otherwise good body; what is wrong with the answer, if anything.
async fn wrong(stage: &mut Stage, field: &Field, value: &Value, fits: bool) -> Option<String> {
    let endpoint = format!("{} {}", field.method, field.path);
    let bases = BASES.iter().filter(|base| base.endpoint == endpoint && field.name.starts_with(base.fields));
    let Some(base) = bases.max_by_key(|base| base.fields.len()) else { return Some("has no good body".to_owned()) };
    let mut body = (base.body)();
    set(&mut body, field.name, value);
    complete(&mut body, field);
    stage.clear();
    let path = RECORDS.iter().find(|(of, _)| *of == field.path).map_or(field.path, |(_, path)| path);
    let (path, body) = (stage.filled(path).await, stage.filled(&body.to_string()).await);
    let (path, body) = match (path, body) {
        (Ok(path), Ok(body)) => (path, body),
        (Err(why), _) | (_, Err(why)) => return Some(why),
    };
    let answer = stage.client().send(field.method, &path, Some(body)).await;
    let is_named = answer.msg().contains(&field.name.replace("[]", "[0]"));
    let is_right = if fits { answer.status == 200 } else { answer.status == 400 && is_named };
    (!is_right).then(|| format!("{} {}", answer.status, answer.text))
}

/// Gives a field what it is never without: a value its operator, an operator its value, a type its value.
fn complete(body: &mut Value, field: &Field) {
    if field.name == "billing_frequency" {
        body["billing_days"] = json!(if body["billing_frequency"] == "twice_monthly" { "1,15" } else { "1" });
    }
    let Some((of, leaf)) = field.name.rsplit_once('.') else { return };
    let is_number = ["range 0 ", "enum =|!=|<|>"].contains(&field.bound);
    let (sibling, value) = match leaf {
        "operator" if is_number => ("value", json!(100)),
        "operator" => ("value", json!(searched(of))),
        "value" if field.path.ends_with("/search") => ("operator", json!("=")),
        "type" if field.path == "/api/calculate/amounts" => ("value", json!(100)),
        "value" if field.path == "/api/calculate/amounts" => ("type", json!("flat")),
        "payment_method_type" => {
            let is_ach = body.pointer(&pointer_to(field.name)) == Some(&json!("ach"));
            ("payment_method_id", json!(if is_ach { "{ach}" } else { "{card}" }))
        }
        _ => return,
    };
    let mut there = body.pointer(&pointer_to(of)).cloned().unwrap_or_default();
    if there.get(sibling).is_none() || leaf == "payment_method_type" {
        there[sibling] = value;
        set(body, of, &there);
    }
}

fn pointer_to(field: &str) -> String {
    format!("/{}", field.replace("[]", "/0").replace('.', "/"))
}

/// A value to search for.
fn searched(field: &str) -> &'static str {
    match field.rsplit('.').next() {
        Some("phone" | "fax") => "5555555555",
        Some("payment_method_type") => "card",
        Some("state") => "IL",
        Some("country") => "US",
        _ => "x",
    }
}

/// Writes a value at a path such as `items[].name`: into the first entry.
fn set(body: &mut Value, path: &str, value: &Value) {
    let mut place = body;
    for part in path.split('.') {
        place = match part.strip_suffix("[]") {
            Some(name) => {
                let list = &mut place[name];
                if !list.is_array() {
                    *list = json!([{}]);
                }
                &mut list[0]
            }
            None => &mut place[part],
        };
    }
    *place = value.clone();
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

/// A charge by another payment method.
fn by(method: Value) -> Value {
    with(charge(), "payment_method", method)
}

fn nothing() -> Value {
    json!({})
}

fn card() -> Value {
    json!({ "number": "4111111111111111", "expiration_date": "12/30" })
}

fn account() -> Value {
    json!({ "routing_number": "490000018", "account_number": "999999", "sec_code": "web", "account_type": "checking",
        "check_number": "1223" })
}

fn user() -> Value {
    json!({ "username": "{new_username}", "name": "test merchant user", "phone": "6305555555",
        "email": "info@website.com", "timezone": "ETC/UTC", "password": "Correct-Horse-9", "status": "active",
        "role": "standard" })
}

fn amounts() -> Value {
    json!({ "processor_id": "{processor}", "amount": 1000, "subtotal": 1000, "currency": "USD",
        "payment_method": "card", "transaction_type": "sale" })
}

fn plan() -> Value {
    json!({ "name": "test plan", "amount": 100, "billing_cycle_interval": 1, "billing_frequency": "monthly",
        "billing_days": "1" })
}

fn subscription() -> Value {
    json!({ "customer": { "id": "{customer}" }, "amount": 100, "billing_cycle_interval": 1,
        "billing_frequency": "monthly", "billing_days": "1", "next_bill_date": "2026-02-01" })
}
