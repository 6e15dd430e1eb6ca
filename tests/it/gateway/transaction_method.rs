//! What pays, in every documented form: what a reader gave, what 3-D Secure proved, what is shown of it and what not.

use serde_json::{Value, json};

use super::till::{Till, VISA, ach, card, with};

fn sale(method: &Value) -> Value {
    json!({ "type": "sale", "amount": 1000, "payment_method": method })
}

#[tokio::test]
async fn a_reader_pays_by_what_it_gave() {
    let till = Till::open().await;
    let track_2 = |number: &str| json!({ "card": { "entry_type": "swiped", "track_2": format!(";{number}=30121010000000001?") } });
    let track_1 = json!({ "card": { "track_1": "%B378282246310005^SMITH/JOHN^3012101000?", "cvc": "1234" } });
    let chip = |tlv: &str| json!({ "emv": { "tlv_data": tlv, "device_serial_number": "0821231212" } });
    let sealed =
        json!({ "card": { "entry_type": "swiped", "encrypted_track_2": "A1B2C3", "ksn": "FFFF9876543210E00001" } });
    for (method, kind, entry, masked, code) in [
        (track_2(VISA), "card", "swiped", "424242******4242", 100),
        (track_2("4000000000000002"), "card", "swiped", "400000******0002", 200),
        (track_1, "card", "swiped", "378282*****0005", 100),
        (chip("57114242424242424242D30122011000000000"), "emv", "emv", "424242******4242", 100),
        (chip("5A0840000000000099955F2403301231"), "emv", "emv", "400000******9995", 202),
        (sealed, "card", "swiped", "", 440),
    ] {
        let made = till.charge(&sale(&method)).await.data(200).clone();
        let answered = &made["response_body"]["card"];
        let found =
            (&made["payment_method"], &answered["entry_type"], &answered["masked_card"], &made["response_code"]);
        assert_eq!(found, (&json!(kind), &json!(entry), &json!(masked), &json!(code)), "{method}");
        assert_eq!(made["payment_type"], "card");
    }
    let both = json!({ "card": { "number": VISA, "expiration_date": "12/30", "track_2": ";4000000000000002=3012?" } });
    assert_eq!(till.charge(&sale(&both)).await.data(200)["response"], "approved", "a number counts");
    for (method, field) in [
        (json!({ "card": { "track_2": "garbled" } }), "payment_method.card.track_2"),
        (json!({ "card": { "track_2": ";4242424242424241=3012?" } }), "payment_method.card.track_2"),
        (json!({ "card": { "track_1": "x".repeat(256) } }), "payment_method.card.track_1"),
        (json!({ "card": { "encrypted_track_1": "x".repeat(2049) } }), "payment_method.card.encrypted_track_1"),
        (json!({ "card": { "ksn": "FFFF" } }), "payment_method.card.number"),
        (json!({ "card": { "track_2": "x", "ksn": "F".repeat(65) } }), "payment_method.card.ksn"),
        (chip(""), "payment_method.emv.tlv_data"),
        (chip("9F02"), "payment_method.emv.tlv_data"),
        (chip(&"0".repeat(8194)), "payment_method.emv.tlv_data"),
        (json!({ "emv": [] }), "payment_method.emv"),
        (json!({ "emv": { "tlv_data": "00" }, "token": "tok_visa" }), "payment_method"),
    ] {
        let refused = till.charge(&sale(&method)).await;
        assert_eq!(refused.status, 400, "{method}: {}", refused.text);
        assert!(refused.msg().contains(field), "{method}: {}", refused.msg());
        assert!(!refused.text.contains("4242424242424241"), "a refusal repeats no number");
    }
}

#[tokio::test]
async fn a_proof_takes_the_place_of_the_challenge() {
    let till = Till::open().await;
    let challenged = card("sale", 1000, "4000002500003155");
    let proof =
        |eci: &str, cavv: &str| json!({ "eci": eci, "cavv": cavv, "version": "2.1.0", "ds_transaction_id": "ds-1" });
    for (given, status) in [
        (json!(null), "pending"),
        (proof("07", "AAABAWFlmQAAAABjRWWZEEFgFz8="), "pending"),
        (proof("05", ""), "pending"),
        (proof("05", "AAABAWFlmQAAAABjRWWZEEFgFz8="), "pending_settlement"),
        (proof("02", "AAABAWFlmQAAAABjRWWZEEFgFz8="), "pending_settlement"),
    ] {
        let body = with(&challenged, "payment_method.card.cardholder_authentication", given.clone());
        let made = till.charge(&body).await.data(200).clone();
        assert_eq!(made["status"], status, "{given}");
        let shown = &made["response_body"]["card"]["cardholder_authentication"];
        if given.is_null() {
            assert_eq!(shown, &Value::Null);
        } else {
            assert_eq!((&shown["eci"], &shown["cavv"]), (&given["eci"], &json!("")), "a proof is not kept");
            assert_eq!(shown["ds_transaction_id"], "ds-1");
        }
    }
    let proof = json!({ "eci": "05", "cryptogram": "one-time" });
    let body = with(&challenged, "payment_method.card.cardholder_authentication", proof);
    let made = till.charge(&body).await.data(200).clone();
    assert_eq!(made["response"], "approved");
    assert_eq!(made["response_body"]["card"]["cardholder_authentication"]["cryptogram"], "", "it is not kept");
}

#[tokio::test]
async fn what_was_said_of_an_account_or_a_terminal_is_shown() {
    let till = Till::open().await;
    let holder = json!({ "dl_state": "IL", "dl_number": "r500123123" });
    let mut body = ach(500, "021000021");
    for (field, value) in
        [("sec_code", json!("tel")), ("check_number", json!("1223")), ("funding_speed", json!("sameday"))]
    {
        body = with(&body, &format!("payment_method.ach.{field}"), value);
    }
    let body = with(&body, "payment_method.ach.accountholder_authentication", holder);
    let made = till.charge(&body).await.data(200).clone();
    let shown = till.again(&made).await["response_body"]["ach"].clone();
    assert_eq!((&shown["check_number"], &shown["funding_speed"]), (&json!("1223"), &json!("sameday")));
    assert_eq!(shown["accountholder_authentication"], json!({ "dl_state": "IL", "dl_number": "*******123" }));
    let terminal = till.client.get("/api/terminals").await.body["data"][0]["id"].clone();
    let at = json!({ "terminal": { "id": terminal, "print_receipt": "both", "signature_required": "true" } });
    let made = till.charge(&sale(&at)).await.data(200)["response_body"]["terminal"].clone();
    assert_eq!((&made["print_receipt"], &made["signature_required"]), (&json!("both"), &json!(true)));
}

#[tokio::test]
async fn a_card_says_how_it_is_paid_for() {
    let till = Till::open().await;
    for (number, kind) in [("4111111111111111", "debit"), ("4005519200000004", "credit"), (VISA, "credit")] {
        let made = till.card("sale", 100, number).await;
        assert_eq!(
            (&made["response_body"]["card"]["type"], &made["response_body"]["card"]["bin_type"]),
            (&json!(kind), &json!("STANDARD")),
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_refund_says_what_of_it_is_surcharge() {
    let till = Till::open().await;
    let sold = till.charge(&with(&card("sale", 1030, VISA), "surcharge", json!(30))).await.data(200).clone();
    till.settle().await;
    for (body, field) in [
        (json!({ "amount": 500, "surcharge": 31 }), "surcharge"),
        (json!({ "amount": 10, "surcharge": 11 }), "surcharge"),
        (json!({ "surcharge": -1 }), "surcharge"),
    ] {
        let refused = till.act(&sold, "refund", &body).await;
        assert!(refused.status == 400 && refused.msg().contains(field), "{body}: {}", refused.text);
    }
    let part = till.act(&sold, "refund", &json!({ "amount": 500, "surcharge": 30 })).await.data(200).clone();
    assert_eq!((&part["amount"], &part["surcharge"]), (&json!(500), &json!(30)));
    let rest = till.act(&sold, "refund", &json!({})).await.data(200).clone();
    assert_eq!((&rest["amount"], &rest["surcharge"]), (&json!(530), &json!(0)));
}
