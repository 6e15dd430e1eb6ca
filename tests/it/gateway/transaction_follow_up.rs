//! What follows a charge: a refusal changes nothing, a repetition answers as the first time, a void undoes everything.

use bursar::app::Caller;
use bursar::app::transaction::{PayInvoice, PayWishes, PayWith, Payment};
use bursar::domain::card::{CardNumber, Expiry};
use bursar::domain::currency::Currency;
use bursar::domain::money::Money;
use bursar::processors::{Instrument, Operation, Outcome, Processor as _, Request};
use serde_json::{Value, json};

use super::till::{Till, VISA, card, id_of, with};

/// Voids at the bank what the till does not know to be voided: whatever follows is refused there.
pub async fn void_at_the_bank(till: &Till, transaction: &Value) {
    let handle = &transaction["response_body"]["card"]["processor_transaction_id"];
    let of = handle.as_str().expect("an approval has a handle").to_owned();
    let now = till.app.now();
    let request = Request {
        reference: "behind-our-back".to_owned(),
        operation: Operation::Void { of },
        amount: Money::zero(Currency::USD),
        instrument: Instrument::Earlier,
        allow_partial: false,
        cvc: None,
        authentication: None,
        proof: None,
        postal_code: None,
        now,
        today: now.utc_date(),
    };
    let outcome = till.app.simulator().commit(None, &request).await;
    assert!(matches!(outcome, Outcome::Approved(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_declined_capture_changes_nothing() {
    let till = Till::open().await;
    let body = with(&card("authorize", 1000, VISA), "order_id", json!("first"));
    let held = till.charge(&with(&body, "ip_address", json!("4.2.2.2"))).await.data(200).clone();
    void_at_the_bank(&till, &held).await;
    let other = json!({
        "amount": 600, "tax_amount": 50, "shipping_amount": 20, "tax_exempt": true, "order_id": "second",
        "po_number": "po", "ip_address": "::1",
    });
    let refused = till.act(&held, "capture", &other).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let mut after = till.again(&held).await;
    after["response"] = held["response"].clone();
    assert_eq!(after, held);
}

#[tokio::test]
async fn what_a_capture_says_is_kept_when_it_succeeds() {
    let till = Till::open().await;
    let held = till.card("authorize", 1000, VISA).await;
    let body = json!({
        "amount": 600, "tax_amount": 50, "shipping_amount": 20, "tax_exempt": true, "order_id": "second",
        "po_number": "po", "ip_address": "::1",
    });
    let captured = till.act(&held, "capture", &body).await.data(200).clone();
    assert_eq!(captured["amount_captured"], 600);
    for field in ["tax_amount", "shipping_amount", "tax_exempt", "order_id", "po_number", "ip_address"] {
        assert_eq!(captured[field], body[field], "{field}");
    }
}

#[tokio::test]
async fn a_repeated_capture_or_void_answers_as_the_first_time() {
    let till = Till::open().await;
    let held = till.card("authorize", 1000, VISA).await;
    let path = |verb: &str| format!("/api/transaction/{}/{verb}", id_of(&held));
    let client = |key: &str| till.client.clone().header("idempotency-key", key);
    let first = client("c").post(&path("capture"), &json!({ "amount": 600 })).await.data(200).clone();
    assert_eq!(client("c").post(&path("capture"), &json!({ "amount": 600 })).await.data(200), &first);
    assert_eq!(client("c").post(&path("capture"), &json!({ "amount": 601 })).await.status, 422);
    assert_eq!(client("d").post(&path("capture"), &json!({ "amount": 600 })).await.status, 400, "captured once");
    for _ in 0..2 {
        let voided = client("v").post(&path("void"), &json!({})).await;
        assert_eq!((voided.status, &voided.body["data"]), (200, &Value::Null), "{}", voided.text);
    }
    assert_eq!(client("c").post(&path("void"), &json!({})).await.status, 422, "a key is for one thing");
    assert_eq!(client("w").post(&path("void"), &json!({})).await.status, 400, "voided once");
    let changes = |of: &str| till.rows(&format!("event WHERE topic = '{of}'"));
    assert_eq!((changes("transaction.captured"), changes("transaction.voided")), (1, 1));

    let held = till.card("authorize", 1000, VISA).await;
    void_at_the_bank(&till, &held).await;
    let path = format!("/api/transaction/{}/capture", id_of(&held));
    let declined = client("x").post(&path, &json!({})).await;
    assert_eq!((declined.status, declined.msg()), (400, client("x").post(&path, &json!({})).await.msg()));
    assert_eq!(till.rows("attempt WHERE operation = 'capture' AND state = 'declined'"), 1, "asked once");
}

#[tokio::test]
async fn a_void_of_the_payment_makes_the_lines_unpaid() {
    let till = Till::open().await;
    let place = json!({
        "first_name": "First", "last_name": "Last", "company": "ACME", "address_line_1": "123 Some St",
        "city": "Some City", "state": "IL", "postal_code": "60000", "country": "US", "phone": "5555555555",
        "fax": "5555555555", "email": "info@website.com",
    });
    let body = json!({
        "date_due": "2026-02-01T00:00:00Z", "bill_to": place, "payable_to": place, "send_via": "none",
        "currency": "USD", "payment_methods": ["card"], "message": "",
        "items": [{ "name": "One", "unit_price": 700, "quantity": 1 }, { "name": "Two", "unit_price": 300, "quantity": 1 }],
    });
    let invoice = till.client.post("/api/invoice", &body).await.data(200).clone();
    let number = CardNumber::parse(VISA).expect("a card");
    let expiry = Expiry::new(12, 2030).expect("a month");
    let pay = PayInvoice {
        public_id: invoice["public_hash"].as_str().expect("a public id").to_owned(),
        seen_due_minor: 1000,
        amount: None,
        tip: None,
        pay_with: PayWith::Card { number, expiry, keyed: true, cvc: None },
        billing: None,
        shipping: None,
        ip_address: String::new(),
        wishes: PayWishes::default(),
    };
    let paid = till.app.app().invoice_pay(Caller::customer(String::new()), pay).await.expect("it pays");
    let Payment::Approved(transaction) = paid else { panic!("the card approves") };
    let path = format!("/api/invoice/{}", id_of(&invoice));
    let statuses = || async {
        let shown = till.client.get(&path).await.data(200).clone();
        let lines: Vec<Value> = shown["items"].as_array().expect("lines").iter().map(|i| i["status"].clone()).collect();
        (shown["status"].clone(), lines)
    };
    assert_eq!(statuses().await, (json!("paid"), vec![json!("paid"), json!("paid")]));
    let voided = till.client.post(&format!("/api/transaction/{}/void", transaction.id), &json!({})).await;
    assert_eq!(voided.status, 200, "{}", voided.text);
    assert_eq!(statuses().await, (json!("pending"), vec![json!("pending"), json!("pending")]));
}
