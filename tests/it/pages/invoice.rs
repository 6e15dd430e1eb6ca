//! The hosted invoice: whoever has its link can see it, pay it once, reject it, and read the receipt.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

pub const GOOD: &str = "4242 4242 4242 4242";
const DECLINED: &str = "4000000000000002";

/// An invoice of 11.00 USD; `more` is laid over the request.
pub async fn issue(app: &TestApp, more: Value) -> Value {
    let place = json!({
        "first_name": "Maya", "last_name": "Lindqvist", "address_line_1": "7 Mill Lane", "city": "Bath",
        "state": "ME", "postal_code": "04530", "country": "US",
    });
    let mut body = json!({
        "currency": "USD", "payable_to": place, "bill_to": place, "date_due": "2026-01-15T00:00:00Z",
        "items": [{ "status": "pending", "name": "Beans <1 kg>", "unit_price": 500, "quantity": 2 }],
        "enable_tax": true, "tax_percent": "10.000", "payment_methods": ["card", "ach", "mail"],
        "card_processor_id": "", "ach_processor_id": "", "send_via": "none", "invoice_number": "A-17",
    });
    for (key, value) in more.as_object().expect("an object") {
        body[key] = value.clone();
    }
    app.key().post("/api/invoice", &body).await.data(200).clone()
}

pub fn path(invoice: &Value) -> String {
    format!("/invoice/{}", invoice["public_url"].as_str().expect("a link"))
}

pub fn card<'f>(number: &'f str, version: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("version", version),
        ("attempt", "0"),
        ("method", "card"),
        ("card_number", number),
        ("card_expiry", "12 / 29"),
        ("card_cvc", "123"),
        ("card_name", "Maya Lindqvist"),
        // Without JavaScript the fields of other ways arrive too.
        ("bank_routing", ""),
        ("bank_account", ""),
    ]
}

pub async fn pay(app: &TestApp, invoice: &Value, fields: &[(&str, &str)]) -> Answer {
    app.anon().post_form(&format!("{}/pay", path(invoice)), fields).await
}

pub async fn stored(app: &TestApp, invoice: &Value) -> Value {
    let id = invoice["id"].as_str().expect("an id");
    app.key().get(&format!("/api/invoice/{id}")).await.data(200).clone()
}

#[track_caller]
pub fn charges(app: &TestApp, expected: usize) {
    assert_eq!(app.simulator().charges().len(), expected, "charges at the processor");
}

/// The books prove themselves.
pub fn books_agree(app: &TestApp) {
    let verdict = app.app().verify(&bursar_admin()).expect("the books can be read");
    assert!(verdict.ok, "{verdict:?}");
}

#[tokio::test]
async fn the_page_shows_the_invoice_and_changes_nothing() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({ "message": "Thank you\nfor your order" })).await;
    let page = app.anon().get(&path(&invoice)).await;
    assert_eq!(page.status, 200);
    for expected in ["A-17", "11.00 USD", "Beans &#60;1 kg&#62;", "Maya Lindqvist", "15 January 2026", "Tax (10 %)"] {
        assert!(page.text.contains(expected), "{expected}");
    }
    for (name, expected) in [
        ("cache-control", "no-store"),
        ("x-robots-tag", "noindex, nofollow"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), expected, "{name}");
    }
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(page.header("set-cookie").is_empty(), "the link is the only credential");
    let head = app.anon().send("HEAD", &path(&invoice), None).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(stored(&app, &invoice).await, invoice, "looking changes nothing");
    let theme = app.anon().get(&format!("{}/theme.css", path(&invoice))).await;
    assert!(theme.text.starts_with(":root{--accent:#"), "{}", theme.text);
}

#[tokio::test]
async fn unknown_links_are_nothing() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let by_id = format!("/invoice/{}", invoice["id"].as_str().expect("an id"));
    for path in ["/invoice/0000000000000000000000", "/invoice/x", "/invoice/..%2f", by_id.as_str()] {
        let page = app.anon().get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.text.contains("Invoice not found"), "{path}");
        assert_eq!(app.anon().post_form(&format!("{path}/pay"), &card(GOOD, "1100")).await.status, 404, "{path}");
    }
    charges(&app, 0);
}

#[tokio::test]
async fn a_card_pays_once_whatever_is_clicked() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let (first, second) = (card(GOOD, "1100"), card("5555555555554444", "1100"));
    let (one, two) = tokio::join!(pay(&app, &invoice, &first), pay(&app, &invoice, &second));
    for answer in [&one, &two] {
        assert_eq!((answer.status, answer.header("location")), (303, path(&invoice).as_str()), "{}", answer.text);
    }
    let again = pay(&app, &invoice, &card(GOOD, "1100")).await;
    assert_eq!((again.status, again.header("location")), (303, path(&invoice).as_str()), "the back button");
    charges(&app, 1);
    let paid = stored(&app, &invoice).await;
    assert_eq!((&paid["status"], &paid["amount_due"]), (&json!("paid"), &json!(0)));
    let page = app.anon().get(&path(&invoice)).await;
    assert!(page.text.contains("Thank you") && !page.text.contains("card_number"));
    assert!(!page.text.contains("4242424242424242") && !page.text.contains("5555555555554444"));
    let start = page.text.find(&format!("{}/receipt/", path(&invoice))).expect("a link to the receipt");
    let link: String = page.text[start..].chars().take_while(|c| *c != '"').collect();
    let receipt = app.anon().get(&link).await;
    assert_eq!(receipt.status, 200);
    for expected in ["11.00 USD", "A-17", "Maya Lindqvist"] {
        assert!(receipt.text.contains(expected), "{expected}");
    }
    let other = issue(&app, json!({})).await;
    let stolen = link.replace(&path(&invoice), &path(&other));
    assert_eq!(app.anon().get(&stolen).await.status, 404, "another invoice's receipt is not there");
    books_agree(&app);
}

#[tokio::test]
async fn the_transaction_names_the_invoice() {
    let app = TestApp::start().await;
    for (number, order) in [("A-17", Some("A-17")), ("", None)] {
        let invoice = issue(&app, json!({ "invoice_number": number })).await;
        assert_eq!(pay(&app, &invoice, &card(GOOD, "1100")).await.status, 303);
        let id = invoice["id"].as_str().expect("an id");
        let found = app.app().transactions_newest(&bursar_admin(), 1).expect("readable");
        assert_eq!((found[0].order_id.as_str(), found[0].po_number.as_str()), (order.unwrap_or(id), id));
    }
}

fn bursar_admin() -> bursar::app::Caller {
    bursar::app::Caller::internal(bursar::domain::access::Actor::Command)
}

#[tokio::test]
async fn a_decline_can_be_tried_again_and_five_close_the_page() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let declined = pay(&app, &invoice, &card(DECLINED, "1100")).await;
    assert_eq!(declined.status, 402);
    assert!(declined.text.contains("Your card was declined"));
    assert!(declined.text.contains("value=\"Maya Lindqvist\""), "what was typed stays");
    assert!(!declined.text.contains(DECLINED), "but not the number");
    assert_eq!(stored(&app, &invoice).await["status"], "declined");
    let reloaded = app.anon().get(&path(&invoice)).await;
    assert!(reloaded.text.contains("Your card was declined"), "a reload still says so");
    for _ in 0..5 {
        assert_eq!(pay(&app, &invoice, &card(DECLINED, "1100")).await.status, 402);
    }
    let closed = pay(&app, &invoice, &card(GOOD, "1100")).await;
    assert_eq!(closed.status, 429);
    assert!(!closed.header("retry-after").is_empty());
    app.clock().advance_to(app.now().plus(bursar::domain::time::HOUR + bursar::domain::time::MINUTE));
    assert_eq!(pay(&app, &invoice, &card(GOOD, "1100")).await.status, 303, "an hour later it opens again");
    assert_eq!(stored(&app, &invoice).await["status"], "paid");
    books_agree(&app);
}

#[tokio::test]
async fn a_stale_form_charges_nothing() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    for version in ["1000", "", "-1", "abc", "1100.0"] {
        let answer = pay(&app, &invoice, &card(GOOD, version)).await;
        assert_eq!(answer.status, 409, "{version}");
        assert!(answer.text.contains("This invoice has changed"), "{version}");
    }
    charges(&app, 0);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({ "require_billing_details_on_payment_only": true })).await;
    for (name, value, expected) in [
        ("card_number", "4242424242424241", "e-card_number"),
        ("card_number", "", "e-card_number"),
        ("card_expiry", "13/29", "e-card_expiry"),
        ("card_expiry", "12/25", "This card has expired"),
        ("card_cvc", "12", "e-card_cvc"),
        ("card_cvc", "12345", "e-card_cvc"),
        ("card_name", "", "e-card_name"),
        ("billing_city", "", "This is needed"),
    ] {
        let mut fields = card(GOOD, "1100");
        for pair in [
            ("billing_last_name", "Lindqvist"),
            ("billing_address_line_1", "7 Mill Lane"),
            ("billing_city", "Bath"),
            ("billing_state", "ME"),
            ("billing_postal_code", "04530"),
            ("billing_country", "US"),
        ] {
            fields.push(pair);
        }
        for field in fields.iter_mut().filter(|field| field.0 == name) {
            field.1 = value;
        }
        let answer = pay(&app, &invoice, &fields).await;
        assert_eq!(answer.status, 422, "{name}={value}: {}", answer.text);
        assert!(answer.text.contains(expected), "{name}={value}");
        assert!(!answer.text.contains("424242424242"), "no number is sent back");
    }
    charges(&app, 0);
}

#[tokio::test]
async fn a_part_is_paid_exactly() {
    let app = TestApp::start().await;
    let invoice = issue(
        &app,
        json!({
            "allow_partial_payment": true,
            "settings": { "partial_payment_type": "amount", "allow_tipping": true },
        }),
    )
    .await;
    for (amount, status) in [("0", 422), ("0.001", 422), ("11.01", 422), ("-1", 422), ("1e1", 422), ("", 422)] {
        let mut fields = card(GOOD, "1100");
        fields.push(("amount", amount));
        assert_eq!(pay(&app, &invoice, &fields).await.status, status, "{amount}");
    }
    let mut fields = card(GOOD, "1100");
    fields.extend([("amount", "0.01"), ("tip", "2.50")]);
    assert_eq!(pay(&app, &invoice, &fields).await.status, 303);
    let part = stored(&app, &invoice).await;
    assert_eq!((&part["status"], &part["amount_due"]), (&json!("partially_paid"), &json!(1099)));
    let mut stale = card(GOOD, "1100");
    stale.push(("amount", "10.99"));
    assert_eq!(pay(&app, &invoice, &stale).await.status, 409, "the first form is stale now");
    let mut fields = card(GOOD, "1099");
    fields.push(("amount", "10.99"));
    assert_eq!(pay(&app, &invoice, &fields).await.status, 303);
    assert_eq!(stored(&app, &invoice).await["status"], "paid");
    charges(&app, 2);
    books_agree(&app);
}

#[tokio::test]
async fn a_changed_amount_has_no_effect_where_the_whole_is_asked() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let mut fields = card(GOOD, "1100");
    fields.extend([("amount", "0.01"), ("currency", "JPY"), ("tip", "-5"), ("total", "1")]);
    assert_eq!(pay(&app, &invoice, &fields).await.status, 303);
    assert_eq!(stored(&app, &invoice).await["amount_paid"], json!(1100));
}

#[tokio::test]
async fn a_bank_account_pays_where_it_is_taken() {
    let app = TestApp::start().await;
    let bank = [
        ("version", "1100"),
        ("method", "bank"),
        ("bank_name", "Maya Lindqvist"),
        ("bank_routing", "021000021"),
        ("bank_account", "123456789"),
        ("bank_account_type", "savings"),
    ];
    let invoice = issue(&app, json!({})).await;
    let answer = pay(&app, &invoice, &bank).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(stored(&app, &invoice).await["status"], "paid");
    let cards_only = issue(&app, json!({ "payment_methods": ["card"] })).await;
    assert_eq!(pay(&app, &cards_only, &bank).await.status, 422);
    assert!(!app.anon().get(&path(&cards_only)).await.text.contains("bank_routing"));
    charges(&app, 1);
}

#[tokio::test]
async fn an_answer_that_got_lost_is_being_confirmed_and_not_paid_twice() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    assert_eq!(pay(&app, &invoice, &card("4000000000003220", "1100")).await.status, 303);
    let page = app.anon().get(&path(&invoice)).await;
    assert!(page.text.contains("Your payment is being confirmed") && !page.text.contains("card_number"));
    assert_eq!(pay(&app, &invoice, &card(GOOD, "1100")).await.status, 303, "shows the same page instead");
    charges(&app, 1);
    let id = invoice["id"].as_str().expect("an id");
    assert_eq!(app.key().delete(&format!("/api/invoice/{id}")).await.status, 400, "not while it is being confirmed");
    let later = app.now().plus(2 * bursar::domain::time::DAY);
    app.app().test_clock_move(&bursar_admin(), later).await.expect("two days pass");
    assert_eq!(stored(&app, &invoice).await["status"], "paid");
    charges(&app, 1);
    books_agree(&app);
}

#[tokio::test]
async fn a_bank_may_ask_its_customer() {
    let app = TestApp::start().await;
    for (outcome, status) in [("approve", "paid"), ("refuse", "declined")] {
        let invoice = issue(&app, json!({})).await;
        let asked = pay(&app, &invoice, &card("4000002500003155", "1100")).await;
        assert_eq!(asked.status, 303, "{}", asked.text);
        let challenge = asked.header("location").to_owned();
        assert!(challenge.starts_with("/simulator/challenge/"), "{challenge}");
        assert!(app.anon().get(&path(&invoice)).await.text.contains("Your bank waits for your confirmation"));
        let page = app.anon().get(&challenge).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("11.00 USD") && page.text.contains("3155"));
        assert_eq!(app.anon().post_form(&challenge, &[("outcome", "maybe")]).await.status, 400);
        for _ in 0..2 {
            let answered = app.anon().post_form(&challenge, &[("outcome", outcome)]).await;
            assert_eq!((answered.status, answered.header("location")), (303, path(&invoice).as_str()));
        }
        assert_eq!(stored(&app, &invoice).await["status"], status);
        assert_eq!(app.anon().get(&challenge).await.header("location"), path(&invoice), "answered once");
    }
    assert_eq!(app.anon().get("/simulator/challenge/unheard-of").await.status, 404);
    books_agree(&app);
}

#[tokio::test]
async fn an_authorized_invoice_waits_for_its_capture() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({ "transaction_type": "authorize" })).await;
    assert_eq!(pay(&app, &invoice, &card(GOOD, "1100")).await.status, 303);
    assert_eq!(stored(&app, &invoice).await["status"], "authorized");
    assert!(app.anon().get(&path(&invoice)).await.text.contains("Payment authorized"));
    assert_eq!(pay(&app, &invoice, &card(GOOD, "1100")).await.status, 303, "nothing is charged again");
    charges(&app, 1);
    books_agree(&app);
}

#[tokio::test]
async fn it_is_rejected_with_a_reason_or_promised_by_mail() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let reject = format!("{}/reject", path(&invoice));
    let long = "x".repeat(1025);
    for reason in ["", "   ", long.as_str()] {
        assert_eq!(app.anon().post_form(&reject, &[("reject_message", reason)]).await.status, 422, "{reason}");
    }
    let mailed = pay(&app, &invoice, &[("version", "1100"), ("method", "mail")]).await;
    assert_eq!(mailed.status, 303);
    assert_eq!(stored(&app, &invoice).await["status"], "paying_via_mail");
    assert!(app.anon().get(&path(&invoice)).await.text.contains("Waiting for your check"));
    let rejected = app.anon().post_form(&reject, &[("reject_message", "Not <mine>")]).await;
    assert_eq!((rejected.status, rejected.header("location")), (303, path(&invoice).as_str()));
    let shown = stored(&app, &invoice).await;
    assert_eq!((&shown["status"], &shown["reject_message"]), (&json!("rejected"), &json!("Not <mine>")));
    let page = app.anon().get(&path(&invoice)).await;
    assert!(page.text.contains("Not &#60;mine&#62;") && !page.text.contains("card_number"));
    assert_eq!(app.anon().post_form(&reject, &[("reject_message", "again")]).await.status, 409);
    assert_eq!(pay(&app, &invoice, &card(GOOD, "1100")).await.status, 303, "back to the page that says so");
    let cards_only = issue(&app, json!({ "payment_methods": ["card"] })).await;
    let mail = app.anon().post_form(&format!("{}/mail", path(&cards_only)), &[]).await;
    assert_eq!(mail.status, 400);
    charges(&app, 0);
    books_agree(&app);
}

#[tokio::test]
async fn another_sites_form_does_nothing() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let own = invoice["hosted_url"].as_str().expect("a link").split("/invoice/").next().expect("its head").to_owned();
    let to = format!("{}/pay", path(&invoice));
    for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let answer = app.anon().header(name, value).post_form(&to, &card(GOOD, "1100")).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
    }
    charges(&app, 0);
    let answer = app.anon().header("origin", &own).post_form(&to, &card(GOOD, "1100")).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn forms_are_bounded_and_other_methods_refused() {
    let app = TestApp::start().await;
    let invoice = issue(&app, json!({})).await;
    let to = format!("{}/pay", path(&invoice));
    let huge = "x".repeat(64 * 1024);
    assert_eq!(app.anon().post_form(&to, &[("card_name", huge.as_str())]).await.status, 413);
    assert_eq!(app.anon().get(&to).await.header("location"), path(&invoice), "a bookmark of the form's address");
    assert_eq!(app.anon().delete(&path(&invoice)).await.status, 405);
    assert_eq!(app.anon().post_form(&path(&invoice), &[]).await.status, 405);
    charges(&app, 0);
}

#[tokio::test]
async fn links_are_never_alike() {
    let app = TestApp::start().await;
    let mut links = BTreeSet::new();
    for _ in 0..50 {
        links.insert(path(&issue(&app, json!({})).await));
    }
    assert_eq!(links.len(), 50);
    let shared = links
        .iter()
        .zip(links.iter().skip(1))
        .map(|(a, b)| a.bytes().zip(b.bytes()).skip("/invoice/".len()).take_while(|(a, b)| a == b).count());
    assert!(shared.max() < Some(5), "links do not count upwards");
}

/// The bank takes what the merchant captures, however little: the invoice is paid first, the tip gets the rest.
#[tokio::test]
async fn a_small_capture_pays_the_invoice_before_the_tip() {
    let app = TestApp::start().await;
    let more = json!({ "transaction_type": "authorize", "settings": { "allow_tipping": true } });
    for (captured, paid, tip) in [(50, 50, 0), (1100, 1100, 0), (1101, 1100, 1), (1350, 1100, 250)] {
        let invoice = issue(&app, more.clone()).await;
        let mut fields = card(GOOD, "1100");
        fields.push(("tip", "2.50"));
        assert_eq!(pay(&app, &invoice, &fields).await.status, 303);
        let held = json!({ "po_number": { "operator": "=", "value": invoice["id"] } });
        let found = app.key().post("/api/transaction/search", &held).await;
        let id = found.data(200)[0]["id"].as_str().expect("an id").to_owned();
        let capture = json!({ "amount": captured });
        let taken = app.key().post(&format!("/api/transaction/{id}/capture"), &capture).await;
        assert_eq!(taken.data(200)["tip_amount"], tip, "{}", taken.text);
        assert_eq!(stored(&app, &invoice).await["amount_paid"], paid);
        app.key().post(&format!("/api/transaction/{id}/void"), &json!({})).await.data(200);
        assert_eq!(stored(&app, &invoice).await["amount_paid"], 0);
    }
    books_agree(&app);
}
