//! Bounds of the fields of a transaction from both sides, what travels along, and hostile input.

use serde_json::{Value, json};

use super::till::{Till, VISA, ach, card, with};

fn long(count: usize) -> Value {
    json!("x".repeat(count))
}

/// Field, the values that are accepted, the values that are refused; each on its own in an else good request.
fn table() -> Vec<(&'static str, Vec<Value>, Vec<Value>)> {
    let phone = json!("(555) 555-5555");
    let fields = json!({ "f1": ["a"], "f2": ["b", "c"] });
    let no = Value::Null;
    vec![
        ("amount", vec![json!(1), json!(99_999_999)], vec![json!(0), json!(-1), json!(1.0), json!("100"), json!(true)]),
        ("amount", vec![], vec![json!(i64::MIN), json!(i64::MAX), json!(1e300), json!([1]), no.clone()]),
        ("tax_amount", vec![json!(0), json!(1000), no.clone()], vec![json!(-1), json!(1001), json!("1")]),
        ("shipping_amount", vec![json!(0), json!(1000)], vec![json!(-1), json!(1001)]),
        ("discount_amount", vec![json!(0), json!(5000)], vec![json!(-1)]),
        ("tip_amount", vec![json!(0), json!(1000)], vec![json!(-1), json!(1001)]),
        ("surcharge", vec![json!(0), json!(1000)], vec![json!(-1), json!(1001)]),
        ("type", vec![json!("authorize")], vec![json!(""), json!("refund"), json!("SALE"), json!("gift"), json!(1)]),
        (
            "currency",
            vec![json!("usd"), json!("EUR"), json!("JPY"), json!("")],
            vec![json!("US"), json!("XAU"), json!(1)],
        ),
        ("description", vec![long(255), json!("two\nlines")], vec![long(256), json!("nul\u{0}"), json!(1)]),
        ("order_id", vec![long(17), json!("with a space")], vec![long(18), json!("a\nb")]),
        ("po_number", vec![long(17), json!("with a space")], vec![long(18), json!(17)]),
        ("ip_address", vec![json!("4.2.2.2"), json!("2001:db8::1"), json!("")], vec![json!("4.2.2"), json!("host")]),
        ("email_address", vec![json!("user@home.com")], vec![json!("user"), json!("a@b.c\r\nx")]),
        ("processor_id", vec![json!("")], vec![json!("unheard"), json!("'; --")]),
        (
            "billing_method",
            vec![json!("recurring"), json!("initial_recurring"), json!("straight")],
            vec![json!("daily")],
        ),
        ("summary_commodity_code", vec![json!("A1b2")], vec![json!("A1b2c"), json!("A-b2")]),
        ("iias_status", vec![json!("verified"), json!("exempt")], vec![json!("maybe")]),
        ("card_on_file_indicator", vec![json!("C"), json!("R")], vec![json!("X"), json!("c")]),
        ("initiated_by", vec![json!("customer"), json!("merchant")], vec![json!("bank")]),
        ("stored_credential_indicator", vec![json!("used"), json!("stored")], vec![json!("lost")]),
        ("tax_exempt", vec![json!(true), no.clone()], vec![json!("true"), json!(1)]),
        ("allow_partial_payment", vec![json!(false)], vec![json!("no")]),
        ("idempotency_key", vec![long(255), json!(7)], vec![long(256), json!([])]),
        ("idempotency_time", vec![json!(0), json!(86_400)], vec![json!(86_401), json!(-1), json!("300")]),
        ("void_on_success", vec![json!(false)], vec![json!("true"), json!(1)]),
        ("create_vault_record", vec![json!(false), no.clone()], vec![json!("true"), json!(1)]),
        ("create_vault_record_for", vec![json!("")], vec![long(41), json!("nobody"), json!(1)]),
        ("vault_record_id_format", vec![json!(""), json!("xid_type_last4")], vec![json!("xid"), json!(1)]),
        ("split_transaction_amount", vec![json!(0), json!(5000)], vec![json!(-1), json!(0.5)]),
        ("national_tax_amount", vec![json!(0), json!(5000)], vec![json!(-1), json!("1")]),
        ("duty_amount", vec![json!(0), json!(5000)], vec![json!(-1), json!("1")]),
        ("bypass_rule_engine", vec![json!(true)], vec![json!("true")]),
        ("email_receipt", vec![json!(false)], vec![json!("no")]),
        ("mcc", vec![json!("5734"), json!("")], vec![json!("57345"), json!("57-4")]),
        ("vendor_id", vec![long(255)], vec![long(256), json!(1)]),
        ("group_name", vec![long(255)], vec![long(256), json!(1)]),
        ("initial_transaction_id", vec![long(255)], vec![long(256), json!(1)]),
        ("merchant_vat_registration_number", vec![long(255)], vec![long(256), json!(1)]),
        ("customer_vat_registration_number", vec![long(255)], vec![long(256), json!(1)]),
        ("ship_from_postal_code", vec![long(20)], vec![long(21), json!(60187)]),
        (
            "processor_specific",
            vec![
                json!({ "paysafe_direct": { "subscription_amount": 5 } }),
                no.clone(),
                json!({ "x": "y".repeat(16_376) }),
            ],
            vec![json!([]), json!("x"), json!({ "x": "y".repeat(16_377) })],
        ),
        ("subscriptions", vec![json!([{ "id": "1" }]), json!([]), no.clone()], vec![json!({}), json!([1])]),
        ("payment_adjustment", vec![json!({ "type": "flat", "value": 1000 }), no.clone()], vec![json!([])]),
        ("payment_adjustment", vec![json!({ "type": "percentage", "value": 1_000_000 })], vec![json!({ "type": "x" })]),
        (
            "payment_adjustment",
            vec![json!({ "type": "", "value": 0 })],
            vec![
                json!({ "type": "flat", "value": -1 }),
                json!({ "type": "flat", "value": 1001 }),
                json!({ "type": "percentage", "value": 1_000_001 }),
                json!({ "type": "", "value": 1 }),
            ],
        ),
        ("billing_address.first_name", vec![long(50)], vec![long(51)]),
        ("billing_address.last_name", vec![long(50)], vec![long(51)]),
        ("billing_address.company", vec![long(100)], vec![long(101)]),
        ("billing_address.address_line_1", vec![long(100)], vec![long(101)]),
        ("billing_address.address_line_2", vec![long(100)], vec![long(101)]),
        ("billing_address.city", vec![long(50)], vec![long(51)]),
        ("billing_address.country", vec![json!("US"), json!("us")], vec![json!("USA"), json!("1a")]),
        ("billing_address.email", vec![json!("help@website.com")], vec![json!("help")]),
        ("billing_address.phone", vec![phone.clone()], vec![json!("call me")]),
        ("shipping_address.first_name", vec![long(50)], vec![long(51)]),
        ("shipping_address.company", vec![long(100)], vec![long(101)]),
        ("shipping_address.fax", vec![phone], vec![json!("x")]),
        (
            "custom_fields",
            vec![fields, json!({}), no, json!({ "f": ["x".repeat(255)] })],
            vec![json!({ "f1": "a" }), json!([]), json!({ "f": ["x".repeat(256)] }), json!({ "f": vec!["x"; 101] })],
        ),
        (
            "additional_amounts",
            vec![json!({ "hsa": { "total": 10, "rx_amount": 5 } })],
            vec![json!({ "hsa": { "total": -1 } }), json!({ "hsa": { "dental_amount": 0.5 } })],
        ),
        (
            "descriptor",
            vec![json!({ "name": "x".repeat(38), "state": "IL", "postal_code": "60187" })],
            vec![
                json!({ "name": "x".repeat(39) }),
                json!({ "address": "x".repeat(39) }),
                json!({ "city": "x".repeat(22) }),
                json!({ "state": "ILL" }),
                json!({ "postal_code": "601871" }),
            ],
        ),
        ("line_items", lines_accepted(), lines_refused()),
        (
            "payment_method.card.number",
            vec![json!("4242 4242 4242 4242")],
            vec![
                json!(""),
                json!("4242424242424241"),
                json!("42424242424"),
                json!(4_242_424_242_424_242_u64),
                json!("x"),
            ],
        ),
        (
            "payment_method.card.expiration_date",
            vec![json!("12/20"), json!("1230"), json!("12/45")],
            vec![json!(""), json!("13/30"), json!("1/30"), json!("12-30"), json!("02/46")],
        ),
        (
            "payment_method.card.cvc",
            vec![json!("123"), json!("1234"), json!("")],
            vec![json!("12"), json!("12345"), json!("abc")],
        ),
        ("payment_method.card.entry_type", vec![json!("keyed"), json!("swiped"), json!("")], vec![json!("chip")]),
        (
            "payment_method.card.cardholder_authentication",
            vec![json!({ "eci": "05", "version": "2.1.0" })],
            vec![json!({ "eci": "five" }), json!({ "version": "3" }), json!("05")],
        ),
    ]
}

fn lines_accepted() -> Vec<Value> {
    let whole = json!({
        "name": "x".repeat(50), "description": "x".repeat(50), "product_code": "x".repeat(50),
        "commodity_code": "x".repeat(12), "quantity": 1.25, "discount_amount": 1, "freight_amount": 2, "unit_price": 3,
        "tax_amount": 4, "national_tax_amount": 5, "amount": 6, "national_tax_rate": "10.000", "tax_rate": "7.25",
        "unit_of_measure": "each",
    });
    vec![json!([]), Value::Null, json!([whole, { "quantity": 2 }])]
}

fn lines_refused() -> Vec<Value> {
    let one = |field: &str, value: Value| json!([{}, { field: value }]);
    vec![
        json!({}),
        json!([1]),
        one("name", long(51)),
        one("description", long(51)),
        one("product_code", long(51)),
        one("commodity_code", long(13)),
        one("quantity", json!("1")),
        one("quantity", json!(-1)),
        one("quantity", json!(1.234_56)),
        one("unit_price", json!(-1)),
        one("amount", json!(0.5)),
        one("tax_rate", json!("ten")),
        one("national_tax_rate", json!("-1")),
    ]
}

#[tokio::test]
async fn every_bound_holds_on_both_sides_and_a_refusal_names_the_field() {
    let till = Till::open().await;
    let base = with(&card("sale", 1000, VISA), "billing_address", json!({}));
    let base = with(&base, "shipping_address", json!({}));
    let mut made = 0;
    for (field, accepted, refused) in table() {
        for value in accepted {
            let answer = till.charge(&with(&base, field, value.clone())).await;
            assert_eq!(answer.status, 200, "{field} = {value}: {}", answer.text);
            made += 1;
        }
        for value in refused {
            let answer = till.charge(&with(&base, field, value.clone())).await;
            assert_eq!(answer.status, 400, "{field} = {value}: {}", answer.text);
            assert_eq!(answer.body["status"], "failed");
            let named = if value == json!(1001) && field.ends_with("_amount") { "amount" } else { field };
            let named = if field == "surcharge" { "surcharge" } else { named };
            assert!(answer.msg().starts_with("bad request error: invalid "), "{field} = {value}: {}", answer.msg());
            assert!(answer.msg().contains(named), "{field} = {value}: {}", answer.msg());
            assert!(!answer.text.contains("4242424242424241"), "a refusal never repeats a number");
        }
    }
    assert_eq!(till.count(), made, "a refused request leaves nothing behind");
}

#[tokio::test]
async fn bank_accounts_and_terminals_have_their_rules() {
    let till = Till::open().await;
    let terminal = till.client.get("/api/terminals").await.body["data"][0]["id"].clone();
    let at = json!({ "id": terminal, "print_receipt": "no", "signature_required": true });
    let at = json!({ "type": "sale", "amount": 100, "payment_method": { "terminal": at } });
    let (bank, holder) = (ach(100, "021000021"), json!({ "dl_state": "IL" }));
    for (base, field, value, msg) in [
        (&bank, "ach.routing_number", json!("021000022"), "Invalid routing_number"),
        (&bank, "ach.routing_number", json!(""), "is required"),
        (&bank, "ach.account_number", json!("12"), "Invalid account_number"),
        (&bank, "ach.account_number", json!("123456789012345678"), "Invalid account_number"),
        (&bank, "ach.sec_code", json!("pos"), "ach.sec_code"),
        (&bank, "ach.sec_code", json!("tel"), "ach.check_number"),
        (&bank, "ach.account_type", json!("gold"), "ach.account_type"),
        (&bank, "ach.funding_speed", json!("now"), "ach.funding_speed"),
        (&bank, "ach.accountholder_authentication", holder, "accountholder_authentication.dl_number"),
        (&at, "terminal.id", json!("unheard-of"), "payment_method.terminal.id"),
        (&at, "terminal.id", json!(""), "payment_method.terminal.id: is required"),
        (&at, "terminal.print_receipt", json!(""), "terminal.print_receipt: is required"),
        (&at, "terminal.print_receipt", json!("all"), "terminal.print_receipt"),
        (&at, "terminal.signature_required", Value::Null, "terminal.signature_required: is required"),
        (&at, "terminal.signature_required", json!("maybe"), "terminal.signature_required"),
        (&at, "terminal.signature_required", json!(1), "terminal.signature_required"),
        (&at, "terminal.cvc", json!("1"), "terminal.cvc"),
    ] {
        let answer = till.charge(&with(base, &format!("payment_method.{field}"), value.clone())).await;
        assert_eq!(answer.status, 400, "{field} = {value}: {}", answer.text);
        assert!(answer.msg().contains(msg), "{field} = {value}: {}", answer.msg());
    }
    let tel = with(&bank, "payment_method.ach.sec_code", json!("tel"));
    let tel = with(&tel, "payment_method.ach.check_number", json!("1223"));
    assert_eq!(till.charge(&tel).await.status, 200);
}

#[tokio::test]
async fn exactly_one_payment_method_pays() {
    let till = Till::open().await;
    let base = json!({ "type": "sale", "amount": 100 });
    let one = json!({ "number": VISA, "expiration_date": "12/30" });
    let several = "payment_method";
    for (method, named) in [
        (json!({}), several),
        (json!({ "card": null, "token": "" }), several),
        (json!({ "card": one, "token": "tok_visa" }), several),
        (json!({ "card": one, "customer": { "id": "abc" } }), several),
        (json!({ "apm": { "type": "alipay" } }), "payment_method.apm.merchant_redirect_url: is required"),
        (json!({ "apple_pay_token": {} }), "payment_method.apple_pay_token.pkpaymenttoken: is required"),
        (
            json!({ "google_pay_token": "x" }),
            "payment_method.google_pay_token: cannot be opened: no key for Google Pay",
        ),
        (json!({ "emv": {}, "card": one }), several),
        (json!({ "emv": {} }), "payment_method.emv.tlv_data: is required"),
        (json!({ "customer": { "id": "nobody" } }), "payment_method.customer.id"),
        (json!({ "customer": {} }), "payment_method.customer.id: is required"),
        (json!({ "customer": { "id": "a b" } }), "payment_method.customer.id"),
        (json!({ "card": {} }), "payment_method.card.number: is required"),
        (json!({ "card": "4242424242424242" }), "payment_method.card: must be an object"),
        (json!([]), "payment_method: must be an object"),
        (json!({ "card": [] }), "payment_method.card: must be an object"),
        (Value::Null, several),
    ] {
        let answer = till.charge(&with(&base, "payment_method", method.clone())).await;
        assert_eq!(answer.status, 400, "{method}: {}", answer.text);
        assert!(answer.msg().contains(named), "{method}: {}", answer.msg());
    }
    assert_eq!(till.charge(&base).await.status, 400);
    let empty_others =
        json!({ "card": one, "ach": null, "customer": null, "terminal": null, "token": "", "apm": null });
    assert_eq!(till.charge(&with(&base, "payment_method", empty_others)).await.status, 200);
    let receipt = with(&card("sale", 100, VISA), "email_receipt", json!(true));
    let answer = till.charge(&receipt).await;
    assert!(answer.status == 400 && answer.msg().contains("email_address"), "{}", answer.text);
    let far = with(&card("sale", 100, VISA), "payment_method.card.expiration_date", json!("12/99"));
    assert!(till.charge(&far).await.msg().ends_with("Invalid card expiration - to far in the future"));
}

#[tokio::test]
async fn a_base_amount_gets_its_extras_on_top() {
    let till = Till::open().await;
    let paid = card("sale", 0, VISA);
    for (given, amount, base, adjustment) in [
        (json!({ "base_amount": 1000 }), 1000, 1000, 0),
        (json!({ "base_amount": 1000, "payment_adjustment": { "type": "flat", "value": 199 } }), 1199, 1000, 199),
        (json!({ "base_amount": 1299, "payment_adjustment": { "type": "percentage", "value": 3500 } }), 1344, 1299, 45),
        (json!({ "base_amount": 1000, "surcharge": 30, "tip_amount": 200, "tax_amount": 80 }), 1230, 1000, 0),
        (json!({ "amount": 1344, "payment_adjustment": { "type": "percentage", "value": 3500 } }), 1344, 0, 45),
        (json!({ "amount": 1100, "base_amount": 1000, "surcharge": 100 }), 1100, 1000, 0),
    ] {
        let mut body = paid.clone();
        for (field, value) in given.as_object().expect("an object") {
            body[field] = value.clone();
        }
        let made = till.charge(&body).await.data(200).clone();
        assert_eq!((&made["amount"], &made["amount_captured"]), (&json!(amount), &json!(amount)), "{given}");
        assert_eq!((&made["base_amount"], &made["payment_adjustment"]), (&json!(base), &json!(adjustment)), "{given}");
    }
}

#[tokio::test]
async fn what_travels_along_comes_back() {
    let till = Till::open().await;
    let item = json!({ "name": "shirt", "quantity": 1.5, "unit_price": 100, "tax_rate": "10.000" });
    let along = json!({
        "tax_exempt": true, "national_tax_amount": 5, "duty_amount": 6, "email_address": "user@home.com",
        "email_receipt": true, "billing_method": "recurring", "summary_commodity_code": "A1B2",
        "ship_from_postal_code": "60187", "group_name": "shop", "custom_fields": { "f1": ["a", "b"] },
        "iias_status": "verified", "card_on_file_indicator": "R", "initiated_by": "merchant",
        "initial_transaction_id": "abc", "stored_credential_indicator": "used", "vendor_id": "v1",
        "idempotency_key": "5d4f4a2e-6f0e-4d3b-9f57-0f6b1c1c2f00", "idempotency_time": 60, "description": "d",
    });
    let mut body = card("sale", 1000, VISA);
    for (field, value) in along.as_object().expect("an object") {
        body[field] = value.clone();
    }
    body["line_items"] = json!([item]);
    body["descriptor"] = json!({ "name": "SHOP" });
    body["additional_amounts"] = json!({ "hsa": { "total": 10 } });
    let made = till.charge(&body).await.data(200).clone();
    let shown = till.again(&made).await;
    for (field, value) in along.as_object().expect("an object") {
        assert_eq!((&made[field], &shown[field]), (value, value), "{field}");
    }
    for (field, value) in item.as_object().expect("an object") {
        assert_eq!(shown["line_items"][0][field], *value, "{field}");
    }
    assert_eq!(shown["descriptor"]["name"], "SHOP");
    assert_eq!(shown["additional_amounts"]["hsa"]["total"], 10);
}

#[tokio::test]
async fn hostile_bodies_are_never_our_fault() {
    let till = Till::open().await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let wide = format!(r#"{{"type":"sale","line_items":[{}]}}"#, vec!["{}"; 5_000].join(","));
    let bodies = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "\"sale\"".to_owned(),
        "{".to_owned(),
        "{}x".to_owned(),
        deep,
        wide,
        r#"{"type":"sale","type":"sale"}"#.to_owned(),
        r#"{"type":"sale","amount":1e999}"#.to_owned(),
        r#"{"type":"sale","amount":99999999999999999999}"#.to_owned(),
        r#"{"type":"\ud800"}"#.to_owned(),
        r#"{"type":"sale","amount":1,"payment_method":{"card":{"number":"٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢","expiration_date":"1٢/30"}}}"#.to_owned(),
        r#"{"type":"sale","amount":1,"payment_method":{"token":"' OR 1=1; --"}}"#.to_owned(),
        r#"{"limit":-1,"offset":-1}"#.to_owned(),
        r#"{"limit":"10"}"#.to_owned(),
        r#"{"transaction_id":"abc"}"#.to_owned(),
        r#"{"amount":{"operator":"LIKE","value":1}}"#.to_owned(),
        r#"{"created_at":{"start_date":"yesterday"}}"#.to_owned(),
        r#"{"billing_address":{"city":{"operator":"=","value":"\u0000"}}}"#.to_owned(),
    ];
    let paths = ["transaction", "transaction/search", "transaction/abc/capture", "transaction/abc/refund"];
    for path in paths.into_iter().chain(["transaction/abc/void", "settlement/batch/search"]) {
        for body in &bodies {
            let answer = till.client.post_text(&format!("/api/{path}"), body).await;
            let shown: String = body.chars().take(60).collect();
            assert!(matches!(answer.status, 200 | 400 | 404), "{path} {shown}: {} {}", answer.status, answer.text);
            if answer.status != 200 {
                assert_eq!(answer.body["status"], "failed", "{path} {shown}");
            }
        }
    }
    assert_eq!(till.count(), 0, "nothing was charged");
}

#[tokio::test]
async fn no_secret_of_a_request_reaches_the_file() {
    let till = Till::open().await;
    let secrets =
        ["4012000098765439", "8462", "4012000098765439=3012", "DL-R500-SECRET", "73519264805", "cavv-secret-value"];
    let [number, cvc, track, licence, account, cavv] = secrets;
    let method = json!({
        "number": number, "expiration_date": "12/30", "cvc": cvc, "track_1": track, "track_2": track,
        "encrypted_track_1": track, "ksn": track, "cardholder_authentication": { "cavv": cavv },
    });
    let body = with(&card("sale", 1000, VISA), "payment_method.card", method);
    let body = with(&body, "idempotency_key", json!("k"));
    assert_eq!(till.charge(&body).await.data(200)["response"], "approved");
    let bank = with(&ach(1000, "021000021"), "payment_method.ach.account_number", json!(account));
    let holder = json!({ "dl_state": "IL", "dl_number": licence });
    let bank = with(&bank, "payment_method.ach.accountholder_authentication", holder);
    assert_eq!(till.charge(&bank).await.data(200)["response"], "approved");
    let mut files = 0;
    for entry in std::fs::read_dir(till.app.data_dir()).expect("the data folder is there") {
        let path = entry.expect("an entry").path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        files += 1;
        // The security code is short: it is looked for as a JSON text.
        for secret in [number, track, licence, account, cavv, "\"8462\""] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{secret} is in {}", path.display());
        }
    }
    assert!(files > 0, "there is something to look at");
}
