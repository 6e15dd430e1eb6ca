//! Transactions from outside: the seed's examples, every row of the simulator, the life of a charge, permissions.

use bursar::app::Caller;
use bursar::app::transaction::ChallengeAnswer;
use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::till::{Till, VISA, ach, card, id_of, with};
use crate::support::TestApp;

/// The seed's curl example without its payment method.
fn example() -> Value {
    let address = json!({
        "first_name": "John", "last_name": "Smith", "company": "Test Company", "address_line_1": "123 Some St",
        "city": "Wheaton", "state": "IL", "postal_code": "60187", "country": "US", "phone": "5555555555",
        "fax": "5555555555", "email": "help@website.com",
    });
    json!({
        "type": "sale", "amount": 1112, "tax_amount": 100, "shipping_amount": 100, "currency": "USD",
        "description": "test transaction", "order_id": "someOrderID", "po_number": "somePONumber",
        "ip_address": "4.2.2.2", "email_receipt": false, "email_address": "user@home.com",
        "create_vault_record": true, "payment_method": {},
        "billing_address": address, "shipping_address": address,
    })
}

fn example_card() -> Value {
    json!({ "entry_type": "keyed", "number": "4012000098765439", "expiration_date": "12/20", "cvc": "999" })
}

/// Whether `shown` has every key of `expected` with a value of the same type.
#[track_caller]
fn has_shape(shown: &Value, expected: &Value, path: &str) {
    match (expected, shown) {
        (Value::Object(expected), Value::Object(shown)) => {
            for (key, value) in expected {
                let found = shown.get(key).unwrap_or_else(|| panic!("{path}.{key} is missing"));
                has_shape(found, value, &format!("{path}.{key}"));
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Null, _)
        | (Value::Array(_), Value::Array(_)) => {}
        _ => panic!("{path} is {shown}, not as {expected}"),
    }
}

#[tokio::test]
async fn the_seeds_example_is_charged_and_shown_as_the_seed_shows_it() {
    let till = Till::of(TestApp::start_at("2020-06-01T12:00:00Z").await);
    let body = with(&example(), "payment_method.card", example_card());
    let made = till.charge(&body).await.data(200).clone();
    assert_eq!((&made["response"], &made["response_code"]), (&json!("approved"), &json!(100)));
    assert_eq!(made["response_body"]["card"]["cvv_response_code"], "M");
    let shown = till.again(&made).await;
    let address = json!({
        "first_name": "John", "last_name": "Smith", "company": "Test Company", "address_line_1": "123 Some St",
        "address_line_2": "", "city": "Wheaton", "state": "IL", "postal_code": "60187", "country": "US",
        "phone": "5555555555", "fax": "5555555555", "email": "help@website.com",
    });
    let equal = json!({
        "type": "sale", "amount": 1112, "tax_amount": 100, "tax_exempt": false, "shipping_amount": 100,
        "currency": "usd", "description": "test transaction", "order_id": "someOrderID", "po_number": "somePONumber",
        "ip_address": "4.2.2.2", "email_receipt": false, "payment_method": "card", "status": "pending_settlement",
        "billing_address": address, "shipping_address": address, "email_address": "user@home.com",
        "amount_authorized": 1112, "amount_captured": 1112, "amount_settled": 0, "amount_refunded": 0,
        "settled_at": null, "line_items": null, "payment_type": "card", "transaction_source": "api",
        "features": ["avs"], "customer_payment_type": "card", "create_vault_record": true, "subscription_id": "", "referenced_transaction_id": "",
    });
    for (key, value) in equal.as_object().expect("an object") {
        assert_eq!(shown[key], *value, "{key}");
    }
    let in_seed = json!({
        "id": "b7kgflt1tlv51er0ftsg", "card_type": "visa", "first_six": "401200", "last_four": "5439",
        "masked_card": "401200******5439", "expiration_date": "12/20", "status": "approved", "auth_code": "TAS731",
        "processor_response_code": "00", "processor_response_text": "APPROVAL TAS731 ", "processor_type": "tsys_sierra",
        "processor_id": "b7kgflt1tlv51er0f1sg", "avs_response_code": "0", "cvv_response_code": "M",
        "processor_specific": {}, "created_at": "2017-10-19T20:15:19.80368Z", "updated_at": "2017-10-19T20:15:20.777011Z",
    });
    has_shape(&shown["response"]["card"], &in_seed, "response.card");
    assert_eq!(shown["response"], shown["response_body"]);
    for (key, value) in [("masked_card", "401200******5439"), ("expiration_date", "12/20"), ("card_type", "visa")] {
        assert_eq!(shown["response"]["card"][key], value);
    }
    for field in ["created_at", "updated_at", "captured_at"] {
        assert!(shown[field].as_str().is_some_and(|text| text.ends_with('Z')), "{field}: {}", shown[field]);
    }
    let documented = [
        "id",
        "user_id",
        "user_name",
        "merchant_id",
        "merchant_name",
        "idempotency_key",
        "idempotency_time",
        "response_code",
        "base_amount",
        "discount_amount",
        "surcharge",
        "service_fee",
        "tip_amount",
        "payment_adjustment",
        "national_tax_amount",
        "duty_amount",
        "processor_id",
        "processor_type",
        "processor_name",
        "customer_payment_type",
        "customer_payment_id",
        "settlement_batch_id",
        "summary_commodity_code",
        "ship_from_postal_code",
        "merchant_vat_registration_number",
        "customer_vat_registration_number",
        "custom_fields",
        "receipt_data",
        "split_transaction_response",
        "group_name",
        "billing_method",
    ];
    for key in documented {
        assert!(shown.get(key).is_some(), "{key} is missing");
    }
}

#[tokio::test]
async fn every_documented_payment_method_pays() {
    let till = Till::of(TestApp::start_at("2020-06-01T12:00:00Z").await);
    let client = &till.client;
    let customer = json!({ "default_payment": { "card": { "number": VISA, "expiration_date": "12/20" } },
        "default_billing_address": { "first_name": "Ann", "postal_code": "20000" } });
    let record = client.post("/api/vault/customer", &customer).await.data(200).clone();
    let defaults = &record["data"]["customer"]["defaults"];
    let terminals = client.get("/api/terminals").await;
    let terminal = &terminals.body["data"][0]["id"];
    let stored = json!({
        "id": record["id"], "payment_method_type": "card", "payment_method_id": defaults["payment_method_id"],
        "billing_address_id": defaults["billing_address_id"], "shipping_address_id": defaults["shipping_address_id"],
    });
    let bank = json!({
        "routing_number": "490000018", "account_number": "999999", "sec_code": "ccd", "account_type": "checking",
        "check_number": "1223", "accountholder_authentication": { "dl_state": "IL", "dl_number": "r500123123" },
    });
    let at_terminal = json!({
        "id": terminal, "expiration_date": "12/20", "cvc": "999", "print_receipt": "both", "signature_required": true,
    });
    for (part, value, kind) in [
        ("card", example_card(), "card"),
        ("customer", stored.clone(), "card"),
        ("customer", json!({ "Id": record["id"] }), "card"),
        ("ach", bank, "ach"),
        ("token", json!("tok_visa"), "card"),
        ("terminal", at_terminal.clone(), "terminal"),
        ("terminal", with(&at_terminal, "signature_required", json!("true")), "terminal"),
    ] {
        let body = with(&example(), &format!("payment_method.{part}"), value);
        let made = till.charge(&body).await.data(200).clone();
        assert_eq!((&made["status"], &made["payment_method"]), (&json!("pending_settlement"), &json!(part)), "{made}");
        assert_eq!(made["payment_type"], kind);
        let answered = &made["response_body"][kind];
        assert_eq!((&answered["response"], &answered["response_code"]), (&json!("approved"), &json!(100)), "{made}");
    }
    let bare = json!({ "type": "sale", "amount": 100, "payment_method": { "customer": stored } });
    let made = till.charge(&bare).await.data(200).clone();
    assert_eq!(made["billing_address"]["first_name"], "Ann", "the stored address is kept with the charge");
    assert_eq!(made["response_body"]["card"]["avs_response_code"], "N", "and its postal code is verified");
    assert_eq!((&made["customer_id"], &made["customer_payment_type"]), (&record["id"], &json!("card")));
    assert_eq!(made["customer_payment_id"], defaults["payment_method_id"]);
}

#[tokio::test]
async fn cards_and_tokens_do_what_the_simulators_table_says() {
    let till = Till::open().await;
    for (token, number, status, code, processor_code) in [
        ("tok_visa", "4242424242424242", "pending_settlement", 100, "00"),
        ("tok_mastercard", "5555555555554444", "pending_settlement", 100, "00"),
        ("tok_amex", "378282246310005", "pending_settlement", 100, "00"),
        ("", "4111111111111111", "pending_settlement", 100, "00"),
        ("", "4005519200000004", "pending_settlement", 100, "00"),
        ("tok_chargeDeclined", "4000000000000002", "declined", 200, "05"),
        ("tok_chargeDeclinedInsufficientFunds", "4000000000009995", "declined", 202, "51"),
        ("tok_chargeDeclinedExpiredCard", "4000000000000069", "declined", 223, "54"),
        ("tok_chargeDeclinedStolenCard", "4000000000009979", "declined", 250, "43"),
        ("", "4000000000000051", "declined", 202, "51"),
        ("", "4000000000000010", "pending_settlement", 100, "00"),
        ("tok_threeDSecure2Required", "4000002500003155", "pending", 99, ""),
        ("", "4000008400001629", "pending", 99, ""),
        ("tok_answerLost", "4000000000003220", "unknown", 0, ""),
        ("", "4000000000003063", "unknown", 0, ""),
        ("", "4012000098765439", "pending_settlement", 100, "00"),
    ] {
        let by_token = json!({ "type": "sale", "amount": 1000, "payment_method": { "token": token } });
        let bodies = [Some(card("sale", 1000, number)), (!token.is_empty()).then_some(by_token)];
        for body in bodies.into_iter().flatten() {
            let made = till.charge(&body).await.data(200).clone();
            assert_eq!((&made["status"], &made["response_code"]), (&json!(status), &json!(code)), "{number} {token}");
            let word = match code {
                0 => "unknown",
                99 => "pending",
                100 => "approved",
                _ => "declined",
            };
            assert_eq!(made["response"], word, "{number} {token}");
            let answered = &made["response_body"]["card"];
            assert_eq!(answered["processor_response_code"], processor_code, "{number} {token}");
            let captured = if code == 100 { 1000 } else { 0 };
            assert_eq!(made["amount_captured"], captured, "{number} {token}");
        }
    }
    let expired = with(&card("sale", 100, VISA), "payment_method.card.expiration_date", json!("12/20"));
    assert_eq!(till.charge(&expired).await.data(200)["response_code"], 223, "an expired card is no bad request");
    let unheard = json!({ "type": "sale", "amount": 1, "payment_method": { "token": "tok_unheard" } });
    let answer = till.charge(&unheard).await;
    assert_eq!(
        (answer.status, answer.msg()),
        (400, "bad request error: invalid payment_method.token: is not known, was used already, or has expired")
    );
}

#[tokio::test]
async fn a_partial_approval_is_taken_only_where_it_is_welcome() {
    let till = Till::open().await;
    let body = card("sale", 1001, "4000000000000051");
    assert_eq!(till.charge(&body).await.data(200)["status"], "declined");
    let made = till.charge(&with(&body, "allow_partial_payment", json!(true))).await.data(200).clone();
    assert_eq!((&made["response_code"], &made["response"]), (&json!(110), &json!("approved")));
    assert_eq!(made["amount"], 1001);
    let half = made["amount_authorized"].as_i64().expect("an amount");
    assert!(matches!(half, 500 | 501), "{half}");
    assert_eq!(made["amount_captured"], half);
}

#[tokio::test]
async fn codes_tell_about_address_and_security_code() {
    let till = Till::open().await;
    for (cvc, postal_code, cvv, avs) in
        [("999", "60187", "M", "Y"), ("200", "60187", "N", "Y"), ("", "20000", "M", "N"), ("1234", "", "M", "0")]
    {
        let body = with(&card("sale", 100, VISA), "payment_method.card.cvc", json!(cvc));
        let body = with(&body, "billing_address", json!({ "postal_code": postal_code }));
        let made = till.charge(&body).await.data(200).clone();
        let answered = &made["response_body"]["card"];
        let codes = (&answered["cvv_response_code"], &answered["avs_response_code"]);
        assert_eq!(codes, (&json!(cvv), &json!(avs)), "{cvc} {postal_code}");
    }
}

#[tokio::test]
async fn bank_debits_decline_or_come_back() {
    let till = Till::open().await;
    let declined = till.charge(&ach(500, "000000000")).await.data(200).clone();
    assert_eq!((&declined["status"], &declined["response"]), (&json!("declined"), &json!("declined")));
    let mut made = Vec::new();
    for routing in ["000000001", "000000002", "021000021"] {
        let sale = till.charge(&ach(500, routing)).await.data(200).clone();
        assert_eq!(sale["status"], "pending_settlement", "{routing}");
        let answered = &sale["response_body"]["ach"];
        assert_eq!(answered["masked_account_number"], "******9999");
        assert_eq!((&answered["routing_number"], &answered["sec_code"]), (&json!(routing), &json!("web")));
        made.push(sale);
    }
    till.app.advance_to("2026-01-20T00:00:00Z").await;
    for (sale, status) in made.iter().zip(["returned", "late_return", "settled"]) {
        assert_eq!(till.again(sale).await["status"], status);
    }
}

#[tokio::test]
async fn terminals_do_what_their_number_says() {
    let till = Till::open().await;
    let terminals = till.client.get("/api/terminals").await;
    let body = json!({ "type": "sale", "amount": 1000, "payment_method": { "terminal": {
        "id": terminals.body["data"][0]["id"], "print_receipt": "no", "signature_required": false } } });
    for (tpn, status, codes) in [
        ("000000000001", "pending_settlement", 100..200),
        ("000000000002", "declined", 200..300),
        ("000000000003", "declined", 400..500),
        ("000000000004", "pending_settlement", 100..200),
    ] {
        till.set_terminal(tpn);
        let made = till.charge(&body).await.data(200).clone();
        assert_eq!(made["status"], status, "{tpn}");
        let code = made["response_code"].as_i64().expect("a code");
        assert!(codes.contains(&code), "{tpn}: {code}");
        assert_eq!(made["tip_amount"].as_i64() > Some(0), tpn == "000000000004", "{made}");
        let with_tip = 1000 + made["tip_amount"].as_i64().expect("a tip");
        assert_eq!(made["amount"], with_tip, "{tpn}");
        assert_eq!(made["response_body"]["terminal"]["terminal_id"], terminals.body["data"][0]["id"]);
    }
}

#[tokio::test]
async fn a_customer_confirms_where_the_answer_says() {
    let till = Till::open().await;
    for (number, status, code) in
        [("4000002500003155", "pending_settlement", 100), ("4000008400001629", "declined", 200)]
    {
        let waiting = till.card("sale", 700, number).await;
        let url = &waiting["response_body"]["card"]["processor_specific"]["redirect_url"];
        let url = url.as_str().expect("it says where");
        let (_, reference) = url.split_once("/simulator/challenge/").expect("the challenge page");
        let customer = Caller::customer(String::new());
        till.app
            .app()
            .challenge_answer(customer, reference, ChallengeAnswer::Approves)
            .await
            .expect("the challenge is open");
        let ended = till.again(&waiting).await;
        assert_eq!((&ended["status"], &ended["response_code"]), (&json!(status), &json!(code)), "{number}");
        assert_eq!(ended["response_body"]["card"]["processor_specific"], json!({}), "nothing to confirm any more");
    }
}

#[tokio::test]
async fn what_is_unknown_is_found_out() {
    let till = Till::open().await;
    let lost = till.card("sale", 700, "4000000000003220").await;
    let absent = till.card("sale", 700, "4000000000003063").await;
    till.app.advance_to("2026-01-10T00:00:00Z").await;
    let lost = till.again(&lost).await;
    assert_eq!((&lost["status"], &lost["amount_captured"]), (&json!("settled"), &json!(700)));
    let absent = till.again(&absent).await;
    assert_eq!((&absent["status"], &absent["amount_captured"]), (&json!("declined"), &json!(0)));
}

#[tokio::test]
async fn held_money_is_captured_once_or_released() {
    let till = Till::open().await;
    let held = till.card("authorize", 1000, VISA).await;
    assert_eq!((&held["status"], &held["amount_captured"]), (&json!("authorized"), &json!(0)));
    assert_eq!(held["captured_at"], Value::Null);
    for (body, field) in [
        (json!({ "amount": 1001 }), "amount"),
        (json!({ "amount": -1 }), "amount"),
        (json!({ "amount": 1.5 }), "amount"),
        (json!({ "tax_amount": -1 }), "tax_amount"),
        (json!({ "order_id": "x".repeat(18) }), "order_id"),
        (json!({ "po_number": "x".repeat(18) }), "po_number"),
        (json!({ "ip_address": "here" }), "ip_address"),
    ] {
        let answer = till.act(&held, "capture", &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.msg().contains(field), "{body}: {}", answer.msg());
    }
    let part = json!({ "amount": 600, "tax_amount": 50, "shipping_amount": 20, "order_id": "o".repeat(17) });
    let captured = till.act(&held, "capture", &part).await.data(200).clone();
    assert_eq!((&captured["status"], &captured["amount_captured"]), (&json!("pending_settlement"), &json!(600)));
    assert_eq!((&captured["tax_amount"], &captured["shipping_amount"]), (&json!(50), &json!(20)));
    assert_eq!(captured["order_id"], "o".repeat(17));
    let twice = till.act(&held, "capture", &json!({})).await;
    assert_eq!(twice.status, 400);
    assert!(twice.msg().contains("transaction cannot go from pending_settlement"), "{}", twice.msg());
    assert_eq!(twice.body["status"], "failed");

    let held = till.card("authorize", 1000, VISA).await;
    let all = till.act(&held, "capture", &json!({})).await;
    assert_eq!(all.data(200)["amount_captured"], 1000);
    let held = till.card("authorize", 1000, VISA).await;
    let released = till.act(&held, "void", &json!({})).await;
    assert_eq!(released.body, json!({ "status": "success", "msg": "success", "data": null }));
    assert_eq!(till.again(&held).await["status"], "reversed");
    assert_eq!(till.act(&held, "capture", &json!({})).await.status, 400);
    let sold = till.card("sale", 1000, VISA).await;
    assert_eq!(till.act(&sold, "capture", &json!({})).await.status, 400);
}

#[tokio::test]
async fn sales_are_voided_before_they_settle_and_refunded_after() {
    let till = Till::open().await;
    let [voided, sold] = [till.card("sale", 1000, VISA).await, till.card("sale", 1000, VISA).await];
    let early = till.act(&sold, "refund", &json!({})).await;
    assert_eq!(early.status, 400, "only settled money is refunded");
    assert_eq!(till.act(&voided, "void", &json!({})).await.status, 200);
    assert_eq!(till.act(&voided, "void", &json!({})).await.status, 400, "once");
    till.settle().await;
    assert_eq!(till.again(&voided).await["status"], "voided");
    let settled = till.again(&sold).await;
    assert_eq!((&settled["status"], &settled["amount_settled"]), (&json!("settled"), &json!(1000)));
    assert!(settled["settled_at"].is_string() && settled["settlement_batch_id"] != "");
    assert_eq!(till.act(&sold, "void", &json!({})).await.status, 400, "too late to void");

    for (body, field) in [
        (json!({ "amount": 1001 }), "amount"),
        (json!({ "amount": -1 }), "amount"),
        (json!({ "amount": "1" }), "amount"),
        (json!({ "amount": 10, "surcharge": 11 }), "surcharge"),
    ] {
        let answer = till.act(&sold, "refund", &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.msg().contains(field), "{body}: {}", answer.msg());
    }
    let part = till.act(&sold, "refund", &json!({ "amount": 300 })).await.data(200).clone();
    assert_eq!((&part["type"], &part["amount"]), (&json!("refund"), &json!(300)));
    assert_eq!(part["referenced_transaction_id"], sold["id"]);
    let after = till.again(&sold).await;
    assert_eq!((&after["status"], &after["amount_refunded"]), (&json!("partially_refunded"), &json!(300)));
    let rest = till.act(&sold, "refund", &json!({ "amount": 0 })).await;
    assert_eq!(rest.data(200)["amount"], 700, "nothing said is all that is left");
    assert_eq!(till.again(&sold).await["status"], "refunded");
    assert_eq!(till.act(&sold, "refund", &json!({ "amount": 1 })).await.status, 400);
}

#[tokio::test]
async fn a_declined_refund_gives_its_amount_back() {
    let till = Till::open().await;
    let sold = till.card("sale", 1000, "4000000000000010").await;
    till.settle().await;
    for _ in 0..2 {
        let refund = till.act(&sold, "refund", &json!({})).await.data(200).clone();
        assert_eq!((&refund["status"], &refund["response_code"]), (&json!("declined"), &json!(200)));
    }
    let after = till.again(&sold).await;
    assert_eq!((&after["status"], &after["amount_refunded"]), (&json!("settled"), &json!(0)));
}

#[tokio::test]
async fn concurrent_refunds_never_exceed_what_settled() {
    let till = Till::open().await;
    let sold = till.card("sale", 100, VISA).await;
    till.settle().await;
    // A refund that meets another one under way is told so (400) and changes nothing; it is tried again until the
    // sale itself says no.
    let refunds = (0..50).map(|_| async {
        loop {
            let answer = till.act(&sold, "refund", &json!({ "amount": 30 })).await;
            assert!(matches!(answer.status, 200 | 400), "{}", answer.text);
            if answer.status == 200 || !answer.msg().contains("still being confirmed") {
                break answer.status;
            }
        }
    });
    let answers: Vec<u16> = futures_util::future::join_all(refunds).await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 3, "{answers:?}");
    let after = till.again(&sold).await;
    assert_eq!((&after["amount_refunded"], &after["status"]), (&json!(90), &json!("partially_refunded")));
}

#[tokio::test]
async fn verifications_and_credits_move_what_they_should() {
    let till = Till::open().await;
    let verified = till.card("verification", 0, VISA).await;
    assert_eq!((&verified["response"], &verified["amount_captured"]), (&json!("approved"), &json!(0)));
    assert_eq!(till.card("verification", 0, "4000000000000002").await["response"], "declined");
    let credit = till.card("credit", 400, VISA).await;
    assert_eq!((&credit["status"], &credit["type"]), (&json!("pending_settlement"), &json!("credit")));
    till.settle().await;
    assert_eq!(till.again(&credit).await["status"], "settled");
    assert_eq!(till.act(&credit, "refund", &json!({})).await.status, 400, "a credit is not refunded");
}

#[tokio::test]
async fn each_type_and_verb_needs_its_own_permission() {
    let app = TestApp::start().await;
    for (kind, permission) in [
        ("sale", Permission::ProcessSale),
        ("authorize", Permission::ProcessAuthorization),
        ("verification", Permission::ProcessVerification),
        ("credit", Permission::ProcessCredit),
    ] {
        let without: Vec<Permission> = Permission::ALL.iter().copied().filter(|other| *other != permission).collect();
        let body = card(kind, 100, VISA);
        let refused = app.standard(&without).await.post("/api/transaction", &body).await;
        assert_eq!((refused.status, refused.body["status"].as_str()), (403, Some("failed")), "{kind}");
        let clerk = app.standard(&[permission]).await;
        let made = clerk.post("/api/transaction", &body).await.data(200).clone();
        let path = format!("/api/transaction/{}", id_of(&made));
        assert_eq!(clerk.get(&path).await.status, 200, "one's own is seen");
        assert_eq!(app.standard(&without).await.get(&path).await.status, 200, "with view_others_transactions");
        assert_eq!(app.standard(&[]).await.get(&path).await.status, 404, "somebody else's looks like nothing");
        let blind = app.standard(&[Permission::ProcessVoid]).await;
        assert_eq!(blind.post(&format!("{path}/void"), &json!({})).await.status, 404, "{kind}");
    }
}

#[tokio::test]
async fn unknown_ids_are_404() {
    let till = Till::open().await;
    for id in ["b7kgflt1tlv51er0fts0", "x", "%00", "a%20b", "..", "%F0%9F%98%80"] {
        assert_eq!(till.client.get(&format!("/api/transaction/{id}")).await.status, 404, "{id}");
        for verb in ["capture", "void", "refund"] {
            let answer = till.client.post(&format!("/api/transaction/{id}/{verb}"), &json!({})).await;
            assert_eq!(answer.status, 404, "{id} {verb}: {}", answer.text);
        }
    }
}
