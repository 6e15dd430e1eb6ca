//! The simulated terminal: what each number does, and when what it took settles.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use super::till::{Till, VISA, id_of, with};

async fn terminal_of(till: &Till) -> String {
    let terminals = till.client.get("/api/terminals").await;
    terminals.body["data"][0]["id"].as_str().expect("a fresh file has one").to_owned()
}

fn sale(terminal: &str) -> Value {
    json!({ "type": "sale", "amount": 1000, "payment_method": {
        "terminal": { "id": terminal, "print_receipt": "no", "signature_required": false },
    } })
}

async fn batch_of(till: &Till, sold: &Value) -> String {
    till.again(sold).await["settlement_batch_id"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn each_number_has_its_outcome() {
    let till = Till::open().await;
    let terminal = terminal_of(&till).await;
    for (tpn, status, code, amount, tip) in [
        ("000000000001", "pending_settlement", 100, 1000, 0),
        ("000000000002", "declined", 200, 1000, 0),
        ("000000000003", "declined", 400, 1000, 0),
        ("000000000004", "pending_settlement", 100, 1150, 150),
    ] {
        till.set_terminal(tpn);
        let sold = till.charge(&sale(&terminal)).await.data(200).clone();
        assert_eq!((&sold["status"], &sold["response_code"]), (&json!(status), &json!(code)), "{tpn}");
        assert_eq!((&sold["amount"], &sold["tip_amount"]), (&json!(amount), &json!(tip)), "{tpn}");
        assert_eq!(sold["amount_captured"], if code == 100 { amount } else { 0 }, "{tpn}");
        let answer = &sold["response_body"]["terminal"];
        assert_eq!((&answer["terminal_id"], &answer["response_code"]), (&json!(terminal), &json!(code)), "{tpn}");
        assert_eq!(answer["terminal_description"], "simulated terminal");
        let tip = if tip == 0 { "0.00" } else { "1.50" };
        let specific = &answer["processor_specific"];
        assert_eq!((&specific["BatchNum"], &specific["Tip"]), (&json!(""), &json!(tip)), "{tpn}");
        for key in [
            "card_type",
            "payment_type",
            "entry_type",
            "first_four",
            "last_four",
            "masked_card",
            "cardholder_name",
            "auth_code",
            "processor_response_text",
            "emv_aid",
            "emv_app_name",
            "emv_tvr",
            "emv_tsi",
            "signature_data",
            "created_at",
            "updated_at",
        ] {
            assert!(answer[key].is_string(), "{key}");
        }
    }
}

#[tokio::test]
async fn the_fields_of_a_terminals_sale_have_their_words() {
    let till = Till::open().await;
    let terminal = terminal_of(&till).await;
    for (field, value, good) in [
        ("print_receipt", json!("no"), true),
        ("print_receipt", json!("customer"), true),
        ("print_receipt", json!("merchant"), true),
        ("print_receipt", json!("both"), true),
        ("print_receipt", json!("none"), false),
        ("print_receipt", Value::Null, false),
        ("signature_required", json!(true), true),
        ("signature_required", json!("true"), true),
        ("signature_required", json!("false"), true),
        ("signature_required", json!("yes"), false),
        ("signature_required", Value::Null, false),
        ("id", json!("0000000000000000"), false),
        ("id", Value::Null, false),
    ] {
        let answer =
            till.charge(&with(&sale(&terminal), &format!("payment_method.terminal.{field}"), value.clone())).await;
        assert_eq!(answer.status, if good { 200 } else { 400 }, "{field} {value}: {}", answer.text);
        assert!(good || answer.msg().contains(&format!("payment_method.terminal.{field}")), "{}", answer.msg());
    }
    assert_eq!(till.execute("UPDATE terminal SET status = 'disabled'"), 1);
    let answer = till.charge(&sale(&terminal)).await;
    assert!(
        answer.status == 400 && answer.msg().contains("payment_method.terminal.id: is disabled"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_terminal_settles_when_told_into_a_batch_of_its_own() {
    let till = Till::open().await;
    let terminal = terminal_of(&till).await;
    let path = format!("/api/terminal/{terminal}/settle");
    let nothing = till.client.post(&path, &json!({})).await;
    assert_eq!(nothing.body, json!({ "status": "success", "msg": "success", "data": null }));
    let sold = till.charge(&sale(&terminal)).await.data(200).clone();
    let elsewhere = till.card("sale", 700, VISA).await;
    let done = till.client.post(&path, &json!({})).await;
    assert_eq!(done.body, json!({ "status": "success", "msg": "success", "data": null }));
    let settled = till.again(&sold).await;
    assert_eq!((&settled["status"], &settled["amount_settled"]), (&json!("settled"), &json!(1000)));
    assert_eq!(till.again(&elsewhere).await["status"], "pending_settlement", "that waits for the company's cut-off");
    let found = till.client.post("/api/settlement/batch/search", &json!({})).await;
    let batch = &found.data(200)["results"][0];
    assert_eq!((&batch["num_transactions"], &batch["amount_captured"]), (&json!(1), &json!(1000)), "{}", found.text);
    assert_eq!(settled["settlement_batch_id"], batch["id"]);
    let number = settled["response_body"]["terminal"]["processor_specific"]["BatchNum"].clone();
    assert_eq!(number, batch["batch_number"].to_string());

    let again = till.charge(&sale(&terminal)).await.data(200).clone();
    till.client.post(&path, &json!({})).await.data(200);
    assert_ne!(batch_of(&till, &again).await, batch_of(&till, &sold).await, "each time is a batch of its own");
    let refund = till.act(&sold, "refund", &json!({ "amount": 300 })).await.data(200).clone();
    till.client.post(&path, &json!({})).await.data(200);
    assert_eq!(
        till.again(&refund).await["status"],
        "settled",
        "what is given back settles with it: {}",
        id_of(&refund)
    );

    assert_eq!(till.client.post("/api/terminal/0000000000000000/settle", &json!({})).await.status, 404);
    assert_eq!(till.app.standard(&[]).await.post(&path, &json!({})).await.status, 403);
    let manager = till.app.standard(&[Permission::ManageTerminals]).await;
    assert_eq!(manager.post(&path, &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_terminal_settles_by_itself_at_its_own_time() {
    let till = Till::open().await;
    let terminal = terminal_of(&till).await;
    assert_eq!(till.execute("UPDATE terminal SET settle_at = '21:30:00'"), 1);
    till.app.advance_to("2026-01-01T21:29:59Z").await;
    let early = till.charge(&sale(&terminal)).await.data(200).clone();
    let elsewhere = till.card("sale", 700, VISA).await;
    let moved = till.app.advance_to("2026-01-01T21:30:00Z").await;
    assert_eq!(moved.body["ran"]["settle_terminals"], 1, "{}", moved.text);
    assert_eq!(till.again(&early).await["status"], "settled");
    assert_eq!(till.again(&elsewhere).await["status"], "pending_settlement");
    let late = till.charge(&sale(&terminal)).await.data(200).clone();
    till.app.advance_to("2026-01-02T21:29:00Z").await;
    assert_eq!(till.again(&late).await["status"], "pending_settlement", "midnight is not this terminal's time");
    assert_eq!(till.again(&elsewhere).await["status"], "settled");
    till.app.advance_to("2026-01-02T21:30:00Z").await;
    assert_eq!(till.again(&late).await["status"], "settled");
}

#[tokio::test]
async fn a_terminal_that_does_not_settle_by_itself_waits() {
    let till = Till::open().await;
    let terminal = terminal_of(&till).await;
    assert_eq!(till.execute("UPDATE terminal SET auto_settle = 0"), 1);
    let sold = till.charge(&sale(&terminal)).await.data(200).clone();
    till.app.advance_to("2026-01-09T00:00:00Z").await;
    assert_eq!(till.again(&sold).await["status"], "pending_settlement");
    till.client.post(&format!("/api/terminal/{terminal}/settle"), &json!({})).await.data(200);
    assert_eq!(till.again(&sold).await["status"], "settled");
}
