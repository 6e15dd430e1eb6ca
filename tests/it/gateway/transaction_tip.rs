//! The tip that comes after the approval: within what schemes allow, in the states that allow it, moved once.

use bursar::app::Caller;
use bursar::domain::access::Actor;
use bursar::processors::OperationKind;
use bursar::processors::simulator::faults::Fault;
use serde_json::{Value, json};

use super::till::{Till, VISA, ach, card, id_of, with};
use super::transaction_follow_up::void_at_the_bank;

/// The books add up and agree with the bank's.
fn books_agree(till: &Till) {
    let verdict = till.app.app().verify(&Caller::internal(Actor::Command)).expect("the books can be read");
    assert!(verdict.ok, "{verdict:?}");
}

/// Amount, tip and captured of an answer.
fn amounts(transaction: &Value) -> [i64; 3] {
    ["amount", "tip_amount", "amount_captured"].map(|field| transaction[field].as_i64().expect("an amount"))
}

fn updates(till: &Till) -> i64 {
    till.rows("event WHERE topic = 'transaction.updated'")
}

#[tokio::test]
async fn fields_have_bounds() {
    let till = Till::open().await;
    for kind in ["sale", "authorize"] {
        let body = with(&with(&card(kind, 1000, VISA), "tip_amount", json!(100)), "tax_amount", json!(50));
        let charged = till.charge(&body).await.data(200).clone();
        for (body, field) in [
            (json!({}), "tip"),
            (json!({ "tip": null }), "tip"),
            (json!({ "tip": -1 }), "tip"),
            (json!({ "tip": 1.0 }), "tip"),
            (json!({ "tip": "1" }), "tip"),
            (json!({ "tip": 301 }), "tip"),
            (json!({ "tip": i64::MAX }), "tip"),
            (json!({ "tip": 200, "base_amount": -1 }), "base_amount"),
            (json!({ "tip": 200, "base_amount": 899 }), "base_amount"),
            (json!({ "tip": 200, "base_amount": 1000 }), "base_amount"),
            (json!({ "tip": 200, "base_amount": i64::MAX }), "base_amount"),
        ] {
            let answer = till.act(&charged, "tipadjust", &body).await;
            assert_eq!(answer.status, 400, "{kind} {body}: {}", answer.text);
            assert!(answer.msg().contains(field), "{kind} {body}: {}", answer.msg());
        }
        assert_eq!(amounts(&till.again(&charged).await), amounts(&charged), "nothing was changed");
        for (tip, base) in [(300, json!(900)), (0, json!(0)), (200, Value::Null)] {
            let tipped = till.act(&charged, "tipadjust", &json!({ "tip": tip, "base_amount": base })).await;
            let taken = if kind == "sale" { 900 + tip } else { 0 };
            assert_eq!(amounts(tipped.data(200)), [900 + tip, tip, taken], "{kind}");
            assert_eq!(tipped.data(200)["amount_authorized"], 1000);
        }
    }
    let free = till.charge(&with(&card("sale", 100, VISA), "tip_amount", json!(100))).await.data(200).clone();
    assert_eq!(till.act(&free, "tipadjust", &json!({ "tip": 0 })).await.status, 400, "nothing would be left");
    let based = json!({ "base_amount": 1000, "tip_amount": 50, "type": "sale",
        "payment_method": { "token": "tok_visa" } });
    let based = till.charge(&based).await.data(200).clone();
    assert_eq!(till.act(&based, "tipadjust", &json!({ "tip": 10, "base_amount": 1050 })).await.status, 400);
    let tipped = till.act(&based, "tipadjust", &json!({ "tip": 10, "base_amount": 1000 })).await;
    assert_eq!(amounts(tipped.data(200)), [1010, 10, 1010]);
    books_agree(&till);
}

#[tokio::test]
async fn a_capture_takes_the_tip_along() {
    let till = Till::open().await;
    let tipped = async || {
        let held = till.card("authorize", 1000, VISA).await;
        let tipped = till.act(&held, "tipadjust", &json!({ "tip": 200 })).await.data(200).clone();
        assert_eq!((&tipped["status"], amounts(&tipped)), (&json!("authorized"), [1200, 200, 0]));
        held
    };
    let all = till.act(&tipped().await, "capture", &json!({})).await.data(200).clone();
    assert_eq!(amounts(&all), [1200, 200, 1200]);
    let held = tipped().await;
    assert_eq!(till.act(&held, "capture", &json!({ "amount": 1201 })).await.status, 400);
    assert_eq!(amounts(till.act(&held, "capture", &json!({ "amount": 1200 })).await.data(200)), [1200, 200, 1200]);
    let plain = till.card("authorize", 1000, VISA).await;
    assert_eq!(till.act(&plain, "capture", &json!({ "amount": 1001 })).await.status, 400, "no tip, no more");
    assert_eq!(till.rows("attempt WHERE operation = 'adjust'"), 0, "the bank is asked by the capture");
    let lower = till.act(&all, "tipadjust", &json!({ "tip": 150 })).await;
    assert_eq!(amounts(lower.data(200)), [1150, 150, 1150], "and after it the bank is told");
    assert_eq!(till.act(&tipped().await, "void", &json!({})).await.status, 200);
    books_agree(&till);
    till.settle().await;
    assert_eq!(till.again(&all).await["amount_settled"], 1150);
    books_agree(&till);
}

#[tokio::test]
async fn a_sale_settles_and_is_refunded_with_its_last_tip() {
    let till = Till::open().await;
    let sold = till.card("sale", 1000, VISA).await;
    for tip in [150, 200, 0, 120, 120] {
        let tipped = till.act(&sold, "tipadjust", &json!({ "tip": tip })).await;
        assert_eq!(amounts(tipped.data(200)), [1000 + tip, tip, 1000 + tip]);
    }
    assert_eq!(updates(&till), 4, "the same tip again changes nothing");
    assert_eq!(till.rows("attempt WHERE operation = 'adjust' AND state = 'succeeded'"), 4);
    for (fact, amount) in [("sale_tip", 150), ("sale_tip", 50), ("sale_reduced", 200), ("sale_tip", 120)] {
        assert_eq!(
            till.rows(&format!("ledger_entry WHERE fact = '{fact}' AND amount = {amount}")),
            1,
            "{fact} {amount}"
        );
    }
    let undone = till.card("sale", 1000, VISA).await;
    till.act(&undone, "tipadjust", &json!({ "tip": 200 })).await.data(200);
    till.act(&undone, "tipadjust", &json!({ "tip": 50 })).await.data(200);
    assert_eq!(till.act(&undone, "void", &json!({})).await.status, 200);
    books_agree(&till);
    till.settle().await;
    let settled = till.again(&sold).await;
    assert_eq!((&settled["status"], &settled["amount_settled"]), (&json!("settled"), &json!(1120)));
    assert_eq!(till.act(&sold, "refund", &json!({ "amount": 1121 })).await.status, 400);
    assert_eq!(till.act(&sold, "refund", &json!({})).await.data(200)["amount"], 1120);
    books_agree(&till);
}

#[tokio::test]
async fn only_open_payments_by_card_or_terminal_take_a_tip() {
    let till = Till::open().await;
    let settled = till.card("sale", 1000, VISA).await;
    till.settle().await;
    let voided = till.card("sale", 1000, VISA).await;
    till.act(&voided, "void", &json!({})).await;
    let reversed = till.card("authorize", 1000, VISA).await;
    till.act(&reversed, "void", &json!({})).await;
    let refund = till.act(&settled, "refund", &json!({ "amount": 10 })).await.data(200).clone();
    let partial = with(&card("authorize", 1000, "4000000000000051"), "allow_partial_payment", json!(true));
    let partial = till.charge(&partial).await.data(200).clone();
    assert_eq!((&partial["status"], &partial["amount_authorized"]), (&json!("authorized"), &json!(500)));
    let invoice = till.client.post("/api/invoice", &super::invoice::example()).await.data(200).clone();
    let path = format!("/api/invoice/{}/pay", invoice["id"].as_str().expect("an id"));
    let paid = till.client.post(&path, &json!({ "payment_method": { "token": "tok_visa" } })).await.data(200).clone();
    let refused = [
        ("settled", settled),
        ("voided", voided),
        ("reversed", reversed),
        ("refund", refund),
        ("partial", partial),
        ("invoice", paid["transaction"].clone()),
        ("declined", till.card("sale", 1000, "4000000000000002").await),
        ("pending", till.card("sale", 1000, "4000002500003155").await),
        ("unknown", till.card("sale", 1000, "4000000000003220").await),
        ("verification", till.card("verification", 0, VISA).await),
        ("credit", till.card("credit", 1000, VISA).await),
        ("bank account", till.charge(&ach(1000, "490000018")).await.data(200).clone()),
    ];
    for (name, transaction) in &refused {
        let before = till.again(transaction).await;
        let answer = till.act(transaction, "tipadjust", &json!({ "tip": 100 })).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.text);
        assert_eq!(till.again(transaction).await, before, "{name}");
    }
    let terminal = json!({ "type": "sale", "amount": 1000, "payment_method": { "terminal": {
        "id": till.client.get("/api/terminals").await.data(200)[0]["id"], "print_receipt": "no", "signature_required": false } } });
    let terminal = till.charge(&terminal).await.data(200).clone();
    let tipped = till.act(&terminal, "tipadjust", &json!({ "tip": 100 })).await;
    assert_eq!(amounts(tipped.data(200)), [1100, 100, 1100]);
    let nobody = till.client.post("/api/transaction/b7kgflt1tlv51er0fts0/tipadjust", &json!({ "tip": 1 })).await;
    assert_eq!(nobody.status, 404);
    books_agree(&till);
}

#[tokio::test]
async fn a_refused_or_repeated_adjustment_changes_nothing() {
    let till = Till::open().await;
    let sold = till.card("sale", 1000, VISA).await;
    let path = format!("/api/transaction/{}/tipadjust", id_of(&sold));
    let send = async |key: &str, tip: i64| {
        till.client.clone().header("idempotency-key", key).post(&path, &json!({ "tip": tip })).await
    };
    let first = send("a", 100).await.data(200).clone();
    assert_eq!(send("a", 100).await.data(200), &first);
    assert_eq!(send("a", 101).await.status, 422);
    assert_eq!(amounts(send("b", 50).await.data(200)), [1050, 50, 1050]);
    assert_eq!(amounts(send("a", 100).await.data(200)), [1050, 50, 1050], "repeated, it is not done again");
    assert_eq!(updates(&till), 2);

    void_at_the_bank(&till, &sold).await;
    let before = till.again(&sold).await;
    for _ in 0..2 {
        let refused = send("c", 70).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.msg().contains("decline"), "{}", refused.msg());
    }
    assert_eq!(amounts(send("b", 50).await.data(200)), [1050, 50, 1050], "what was done stays answered");
    assert_eq!(till.rows("attempt WHERE operation = 'adjust' AND state = 'declined'"), 1, "asked once");
    assert_eq!(till.again(&sold).await, before);
    assert_eq!(updates(&till), 2);
}

#[tokio::test]
async fn a_lost_adjustment_is_found_or_made_anew() {
    for (fault, tip) in [(Fault::DropResponse, 100), (Fault::DropRequest, 0)] {
        let till = Till::open().await;
        let sold = till.card("sale", 1000, VISA).await;
        till.app.simulator().faults().plan_operation(1, OperationKind::Adjust, fault);
        let unknown = till.act(&sold, "tipadjust", &json!({ "tip": 100 })).await;
        assert_eq!(amounts(unknown.data(200)), [1000, 0, 1000], "nobody knows yet");
        for (verb, body) in [("void", json!({})), ("tipadjust", json!({ "tip": 1 }))] {
            let busy = till.act(&sold, verb, &body).await;
            assert_eq!(busy.status, 400, "{verb}");
            assert!(busy.msg().contains("being confirmed"), "{}", busy.msg());
        }
        till.settle().await;
        let known = till.again(&sold).await;
        assert_eq!(amounts(&known), [1000 + tip, tip, 1000 + tip]);
        assert_eq!(known["amount_settled"], if known["status"] == "settled" { 1000 + tip } else { 0 });
        books_agree(&till);
        till.settle().await;
        assert_eq!(till.again(&sold).await["amount_settled"], 1000 + tip, "it settles when it is known");
        books_agree(&till);
    }
}
