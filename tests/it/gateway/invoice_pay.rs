//! `POST /api/invoice/{id}/pay` and `/reactivate`: what is charged, what is left out, what is kept, and how often.

use bursar::app::Caller;
use bursar::domain::access::{Actor, Permission};
use serde_json::{Value, json};

use super::invoice::{example, refusal, set, text};
use crate::support::{Answer, Client, TestApp};

/// An invoice of a widget for 10.00 and a gadget for 5.00 with 10 % tax: 16.50 in all; `more` is laid over it.
pub async fn issue(app: &TestApp, more: Value) -> Value {
    let mut body = example();
    body["items"] = json!([
        { "name": "Widget", "unit_price": 500, "quantity": 2 },
        { "name": "Gadget", "unit_price": 500, "quantity": 1 },
    ]);
    body["enable_tax"] = json!(true);
    body["tax_percent"] = json!("10.000");
    body["payment_methods"] = json!(["card", "ach", "mail"]);
    for (path, value) in more.as_object().expect("an object") {
        set(&mut body, path, value.clone());
    }
    app.key().post("/api/invoice", &body).await.data(200).clone()
}

fn by_lines() -> Value {
    json!({ "allow_partial_payment": true, "settings": { "partial_payment_type": "line_items", "allow_tipping": true } })
}

pub fn card(number: &str) -> Value {
    json!({ "card": { "number": number, "expiration_date": "12/29", "cvc": "123" } })
}

fn good() -> Value {
    card("4242424242424242")
}

fn path(invoice: &Value) -> String {
    format!("/api/invoice/{}", invoice["id"].as_str().expect("an id"))
}

async fn pay(client: &Client, invoice: &Value, body: Value) -> Answer {
    client.post(&format!("{}/pay", path(invoice)), &body).await
}

fn item(invoice: &Value, at: usize) -> Value {
    json!([{ "id": invoice["items"][at]["id"] }])
}

fn books_agree(app: &TestApp) {
    let verdict = app.app().verify(&Caller::internal(Actor::Command)).expect("the books can be read");
    assert!(verdict.ok, "{verdict:?}");
}

#[tokio::test]
async fn an_invoice_is_paid_by_whatever_it_takes() {
    let app = TestApp::start().await;
    let customer = app
        .key()
        .post(
            "/api/vault/customer",
            &json!({ "default_payment": {
        "card": { "number": "4242424242424242", "expiration_date": "12/29" } } }),
        )
        .await;
    let customer = text(&customer, "id");
    let bank = json!({ "ach": { "routing_number": "021000021", "account_number": "123456789", "sec_code": "web",
        "account_type": "checking" } });
    for method in [good(), bank, json!({ "customer": { "id": customer } }), json!({ "token": "tok_visa" })] {
        let invoice = issue(&app, json!({ "invoice_number": "A-17" })).await;
        let paid = pay(&app.key(), &invoice, json!({ "payment_method": method })).await;
        let data = paid.data(200);
        assert_eq!((&data["status"], &data["amount_due"]), (&json!("paid"), &json!(0)), "{}", paid.text);
        let made = &data["transaction"];
        assert_eq!((&made["response"], &made["amount"]), (&json!("approved"), &json!(1650)));
        let id = made["id"].as_str().expect("an id");
        let shown = app.key().get(&format!("/api/transaction/{id}")).await;
        let shown = &shown.data(200)[0];
        assert_eq!((&shown["order_id"], &shown["po_number"]), (&json!("A-17"), &invoice["id"]));
        assert_eq!(shown["transaction_source"], "invoice");
        let again = pay(&app.key(), &invoice, json!({ "payment_method": good() })).await;
        assert_eq!(again.status, 400, "{}", again.text);
    }
    let cards_only = issue(&app, json!({ "payment_methods": ["card"] })).await;
    let bank = json!({ "ach": { "routing_number": "021000021", "account_number": "123456789", "sec_code": "web",
        "account_type": "checking" } });
    refusal(&pay(&app.key(), &cards_only, json!({ "payment_method": bank })).await, "payment_method", "ach");
    refusal(&pay(&app.key(), &cards_only, json!({ "paying_via_mail": true })).await, "method", "mail");
    assert_eq!(app.simulator().charges().len(), 4);
    books_agree(&app);
}

#[tokio::test]
async fn a_decline_is_an_answer() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let declined = pay(&app.key(), &invoice, json!({ "payment_method": card("4000000000000002") })).await;
    let data = declined.data(200);
    assert_eq!((&data["status"], &data["transaction"]["response_code"]), (&json!("declined"), &json!(200)));
    assert_eq!(data["transaction"]["response"], "declined");
    let paid = pay(&app.key(), &invoice, json!({ "payment_method": good() })).await;
    assert_eq!(paid.data(200)["status"], "paid");
    books_agree(&app);
}

#[tokio::test]
async fn every_field_of_a_payment_has_its_bounds() {
    let app = TestApp::start().await;
    let lines = issue(&app, by_lines()).await;
    let part = json!({ "allow_partial_payment": true,
        "settings": { "partial_payment_type": "amount", "allow_tipping": true } });
    let part = issue(&app, part).await;
    let whole = issue(&app, json!({})).await;
    let by_default = issue(&app, json!({ "allow_partial_payment": true })).await;
    assert_eq!(by_default["settings"]["partial_payment_type"], "line_items");
    let long = "x".repeat(1025);
    let (first, nothing, both) = (item(&lines, 0), json!([{ "id": "0000000000000000" }]), {
        let mut both = item(&lines, 0);
        both.as_array_mut().expect("a list").push(item(&lines, 1)[0].clone());
        both
    });
    let declined = card("4000000000000002");
    for (invoice, body, field) in [
        (&whole, json!({}), "payment_method"),
        (&whole, json!({ "payment_method": {} }), "payment_method"),
        (&whole, json!({ "payment_method": good(), "paying_via_mail": true }), "paying_via_mail"),
        (&whole, json!({ "payment_method": good(), "partial_payment_amount": 1649 }), "amount"),
        (&whole, json!({ "payment_method": good(), "tip_amount": 1 }), "tip"),
        (
            &whole,
            json!({ "payment_method": good(), "rejected_items": item(&whole, 0), "reject_message": "no" }),
            "rejected_items",
        ),
        (&part, json!({ "payment_method": good(), "partial_payment_amount": -1 }), "partial_payment_amount"),
        (&part, json!({ "payment_method": good(), "partial_payment_amount": 1651 }), "amount"),
        (&part, json!({ "payment_method": good(), "partial_payment_amount": 1.5 }), "partial_payment_amount"),
        (&part, json!({ "payment_method": good(), "tip_amount": -1 }), "tip_amount"),
        (&part, json!({ "payment_method": good(), "tip_amount": 1651 }), "tip"),
        (
            &part,
            json!({ "payment_method": good(), "rejected_items": item(&part, 0), "reject_message": "no" }),
            "rejected_items",
        ),
        (&lines, json!({ "payment_method": good(), "partial_payment_amount": 100 }), "amount"),
        (&lines, json!({ "payment_method": good(), "rejected_items": first }), "reject_message"),
        (&lines, json!({ "payment_method": good(), "rejected_items": first, "reject_message": "" }), "reject_message"),
        (
            &lines,
            json!({ "payment_method": good(), "rejected_items": first, "reject_message": long }),
            "reject_message",
        ),
        (
            &lines,
            json!({ "payment_method": good(), "rejected_items": nothing, "reject_message": "no" }),
            "rejected_items[0].id",
        ),
        (
            &lines,
            json!({ "payment_method": good(), "rejected_items": [{ "id": "!" }], "reject_message": "no" }),
            "rejected_items[0].id",
        ),
        (&lines, json!({ "payment_method": good(), "rejected_items": both, "reject_message": "no" }), "rejected_items"),
    ] {
        refusal(&pay(&app.key(), invoice, body.clone()).await, field, &body.to_string());
    }
    assert_eq!(app.simulator().charges().len(), 0, "nothing was sent");
    for (invoice, body) in [
        (&whole, json!({ "payment_method": declined, "partial_payment_amount": 1650 })),
        (&whole, json!({ "payment_method": declined, "partial_payment_amount": 0 })),
        (&part, json!({ "payment_method": declined, "partial_payment_amount": 1, "tip_amount": 1650 })),
        (&lines, json!({ "payment_method": declined, "rejected_items": first, "reject_message": &long[1..] })),
        (&lines, json!({ "payment_method": declined, "rejected_items": null, "reject_message": null })),
    ] {
        let answer = pay(&app.key(), invoice, body.clone()).await;
        assert_eq!(answer.data(200)["transaction"]["response"], "declined", "{body}");
    }
    let shown = app.key().get(&path(&lines)).await;
    assert_eq!(shown.data(200)["items"][0]["status"], "pending", "a declined payment leaves nothing out");
    books_agree(&app);
}

#[tokio::test]
async fn items_are_left_out_and_the_rest_is_paid_to_the_cent() {
    let app = TestApp::start().await;
    let invoice = issue(&app, by_lines()).await;
    let body = json!({ "payment_method": good(), "rejected_items": item(&invoice, 1), "reject_message": "Broken",
        "tip_amount": 200 });
    let paid = pay(&app.key(), &invoice, body).await;
    let data = paid.data(200);
    for (key, expected) in [
        ("status", json!("paid")),
        ("subtotal", json!(1000)),
        ("tax", json!(100)),
        ("total", json!(1100)),
        ("amount_paid", json!(1100)),
        ("amount_due", json!(0)),
        ("reject_message", json!("Broken")),
    ] {
        assert_eq!(data[key], expected, "{key}: {}", paid.text);
    }
    assert_eq!((&data["items"][0]["status"], &data["items"][1]["status"]), (&json!("paid"), &json!("rejected")));
    assert_eq!((&data["transaction"]["amount"], &data["transaction"]["tip_amount"]), (&json!(1300), &json!(200)));
    books_agree(&app);

    let open = app.key().post(&format!("{}/reactivate", path(&invoice)), &json!({})).await;
    let data = open.data(200);
    for (key, expected) in [
        ("status", json!("partially_paid")),
        ("total", json!(1650)),
        ("amount_paid", json!(1100)),
        ("amount_due", json!(550)),
        ("reject_message", json!("")),
    ] {
        assert_eq!(data[key], expected, "{key}: {}", open.text);
    }
    assert_eq!(data["items"][1]["status"], "pending");
    books_agree(&app);
    let paid = pay(&app.key(), &invoice, json!({ "payment_method": good() })).await;
    assert_eq!((&paid.data(200)["status"], &paid.data(200)["amount_paid"]), (&json!("paid"), &json!(1650)));
    books_agree(&app);
    let again = app.key().post(&format!("{}/reactivate", path(&invoice)), &json!({})).await;
    assert_eq!(again.status, 400, "nothing is rejected any more: {}", again.text);
}

#[tokio::test]
async fn a_held_payment_leaves_items_out_and_its_capture_pays() {
    let app = TestApp::start().await;
    let mut more = by_lines();
    more["transaction_type"] = json!("authorize");
    let invoice = issue(&app, more).await;
    let body = json!({ "payment_method": good(), "rejected_items": item(&invoice, 0), "reject_message": "Not mine" });
    let held = pay(&app.key(), &invoice, body).await;
    let data = held.data(200);
    assert_eq!((&data["status"], &data["amount_due"]), (&json!("authorized"), &json!(550)), "{}", held.text);
    let id = data["transaction"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(app.key().post(&format!("{}/reactivate", path(&invoice)), &json!({})).await.status, 400);
    app.key().post(&format!("/api/transaction/{id}/capture"), &json!({})).await.data(200);
    let shown = app.key().get(&path(&invoice)).await;
    assert_eq!((&shown.data(200)["status"], &shown.data(200)["amount_paid"]), (&json!("paid"), &json!(550)));
    books_agree(&app);
}

#[tokio::test]
async fn a_rejected_invoice_is_opened_again() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let page = format!("/invoice/{}/reject", invoice["public_url"].as_str().expect("a link"));
    assert_eq!(app.anon().post_form(&page, &[("reject_message", "Not mine")]).await.status, 303);
    books_agree(&app);
    let refused = pay(&app.key(), &invoice, json!({ "payment_method": good() })).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let open = app.key().post(&format!("{}/reactivate", path(&invoice)), &json!({})).await;
    assert_eq!((&open.data(200)["status"], &open.data(200)["reject_message"]), (&json!("pending"), &json!("")));
    books_agree(&app);
    let mailed = pay(&app.key(), &invoice, json!({ "paying_via_mail": true })).await;
    assert_eq!(
        (&mailed.data(200)["status"], &mailed.data(200)["transaction"]),
        (&json!("paying_via_mail"), &Value::Null)
    );
    assert_eq!(pay(&app.key(), &invoice, json!({ "payment_method": good() })).await.data(200)["status"], "paid");
    books_agree(&app);
}

#[tokio::test]
async fn what_pays_is_kept_once_it_is_approved() {
    let app = TestApp::start().await;
    let found = |body: Value| {
        let client = app.key();
        async move { client.post("/api/vault/customer/search", &body).await }
    };
    // (save_customer_vault, asked for, customers afterwards)
    let mut expected = 0;
    for (save, asked, is_kept) in
        [("none", true, false), ("optional", false, false), ("optional", true, true), ("required", false, true)]
    {
        let invoice = issue(&app, json!({ "save_customer_vault": save })).await;
        let declined = json!({ "payment_method": card("4000000000000002"), "save_payment_method": asked });
        pay(&app.key(), &invoice, declined).await.data(200);
        assert_eq!(found(json!({})).await.body["total_count"], json!(expected), "{save}: a declined card is not kept");
        let body = json!({ "payment_method": good(), "save_payment_method": asked });
        let client = app.key().header("idempotency-key", &format!("{save}-{asked}"));
        let paid = pay(&client, &invoice, body.clone()).await;
        let again = pay(&client, &invoice, body).await;
        assert_eq!(paid.data(200)["transaction"]["id"], again.data(200)["transaction"]["id"], "{}", again.text);
        expected += usize::from(is_kept);
        assert_eq!(found(json!({})).await.body["total_count"], json!(expected), "{save}");
        let id = paid.body["data"]["transaction"]["id"].as_str().expect("an id");
        let shown = app.key().get(&format!("/api/transaction/{id}")).await;
        assert_eq!(shown.data(200)[0]["customer_id"].as_str().is_some_and(|id| !id.is_empty()), is_kept, "{save}");
    }
    let kept = found(json!({})).await;
    let one = &kept.data(200)[0]["data"]["customer"];
    assert_eq!(one["payments"]["cards"][0]["masked_number"], "424242******4242", "{}", kept.text);
    assert_eq!(one["addresses"][0]["city"], "Some City");
    let id = kept.body["data"][0]["id"].clone();
    for number in ["4242424242424242", "5555555555554444", "5555555555554444"] {
        let invoice = issue(&app, json!({ "save_customer_vault": "required", "customer_id": id })).await;
        assert_eq!(
            pay(&app.key(), &invoice, json!({ "payment_method": card(number) })).await.data(200)["status"],
            "paid"
        );
    }
    let kept = found(json!({ "id": { "operator": "=", "value": id } })).await;
    let cards = kept.data(200)[0]["data"]["customer"]["payments"]["cards"].as_array().map_or(0, Vec::len);
    assert_eq!(cards, 2, "the same card is kept once: {}", kept.text);
    // A kept card pays again by itself.
    let invoice = issue(&app, json!({})).await;
    let paid = pay(&app.key(), &invoice, json!({ "payment_method": { "customer": { "id": id } } })).await;
    assert_eq!(paid.data(200)["status"], "paid");
    books_agree(&app);
}

#[tokio::test]
async fn required_addresses_are_asked_for() {
    let app = TestApp::start().await;
    let more = json!({ "require_shipping_details": true, "require_billing_details_on_payment_only": true,
        "bill_to": null });
    let invoice = issue(&app, more).await;
    let place = json!({ "first_name": "Maya", "last_name": "L", "address_line_1": "7 Mill Lane", "city": "Bath",
        "state": "ME", "postal_code": "04530", "country": "US" });
    let mut body = json!({ "payment_method": good() });
    refusal(&pay(&app.key(), &invoice, body.clone()).await, "billing_address", "none");
    body["billing_address"] = place.clone();
    refusal(&pay(&app.key(), &invoice, body.clone()).await, "shipping_address", "none");
    body["shipping_address"] = json!({ "city": "Bath" });
    refusal(&pay(&app.key(), &invoice, body.clone()).await, "shipping_address.address_line_1", "half");
    body["shipping_address"] = place;
    let paid = pay(&app.key(), &invoice, body).await;
    let id = paid.data(200)["transaction"]["id"].as_str().expect("an id");
    let shown = app.key().get(&format!("/api/transaction/{id}")).await;
    assert_eq!(shown.data(200)[0]["shipping_address"]["city"], "Bath");
}

#[tokio::test]
async fn a_repeated_request_pays_once_and_rights_are_asked() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let client = app.key().header("idempotency-key", "once");
    let first = pay(&client, &invoice, json!({ "payment_method": good() })).await;
    let again = pay(&client, &invoice, json!({ "payment_method": good() })).await;
    assert_eq!(first.data(200)["transaction"], again.data(200)["transaction"]);
    let other = pay(&client, &invoice, json!({ "payment_method": card("5555555555554444") })).await;
    assert_eq!(other.status, 422, "{}", other.text);
    assert_eq!(app.simulator().charges().len(), 1);

    let invoice = issue(&app, json!({})).await;
    let clerk = app.standard(&[]).await;
    assert_eq!(pay(&clerk, &invoice, json!({ "payment_method": good() })).await.status, 403);
    let clerk = app.standard(&[Permission::ProcessSale]).await;
    assert_eq!(pay(&clerk, &invoice, json!({ "payment_method": good() })).await.status, 200);
    let held = issue(&app, json!({ "transaction_type": "authorize" })).await;
    assert_eq!(pay(&clerk, &held, json!({ "payment_method": good() })).await.status, 403);
}

/// A second tab rejects an item while the first pays everything: whoever comes first is obeyed, and once.
#[tokio::test]
async fn two_tabs_make_one_payment() {
    let app = TestApp::start().await;
    for round in 0..4 {
        let invoice = issue(&app, by_lines()).await;
        let charged = app.simulator().charges().len();
        let all = json!({ "payment_method": good() });
        let some = json!({ "payment_method": card("5555555555554444"), "rejected_items": item(&invoice, 1),
            "reject_message": "Broken" });
        let (one, two) = (app.key(), app.key());
        let answers = if round % 2 == 0 {
            tokio::join!(pay(&one, &invoice, all), pay(&two, &invoice, some))
        } else {
            let (second, first) = tokio::join!(pay(&two, &invoice, some), pay(&one, &invoice, all));
            (first, second)
        };
        let statuses = [answers.0.status, answers.1.status];
        assert!(statuses.contains(&200) && statuses.contains(&400), "{statuses:?}");
        assert_eq!(app.simulator().charges().len(), charged + 1);
        let shown = app.key().get(&path(&invoice)).await;
        let data = shown.data(200);
        assert_eq!((&data["status"], &data["amount_due"]), (&json!("paid"), &json!(0)));
        let is_whole = answers.0.status == 200;
        assert_eq!(data["amount_paid"], json!(if is_whole { 1650 } else { 1100 }));
        books_agree(&app);
    }
}

/// Every write with an idempotency key is done once.
#[tokio::test]
async fn a_repeated_write_is_done_once() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let page = format!("/invoice/{}/reject", invoice["public_url"].as_str().expect("a link"));
    assert_eq!(app.anon().post_form(&page, &[("reject_message", "Not mine")]).await.status, 303);
    for verb in ["reactivate", "mark-as-paid"] {
        let client = app.key().header("idempotency-key", verb);
        let to = format!("{}/{verb}", path(&invoice));
        let first = client.post(&to, &json!({})).await;
        let again = client.post(&to, &json!({})).await;
        assert_eq!(first.data(200), again.data(200), "{verb}");
        assert_eq!(app.key().post(&to, &json!({})).await.status, 400, "{verb} without the key");
    }
    let gone = issue(&app, json!({})).await;
    let client = app.key().header("idempotency-key", "delete");
    assert_eq!((client.delete(&path(&gone)).await.status, client.delete(&path(&gone)).await.status), (200, 200));
    assert_eq!(app.key().delete(&path(&gone)).await.status, 404);
    let client = app.key().header("idempotency-key", "mail");
    let checked = issue(&app, json!({})).await;
    for _ in 0..2 {
        assert_eq!(
            pay(&client, &checked, json!({ "paying_via_mail": true })).await.data(200)["status"],
            "paying_via_mail"
        );
    }
}
