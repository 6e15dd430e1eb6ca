//! What the pages say and do: methods, subscriptions, top-up, details, languages.

use bursar::app::deposit::MakeDeposit;
use bursar::domain::currency::Denomination;
use serde_json::{Value, json};

use super::{customer, enter, link_mails, open};
use crate::support::{TestApp, command};

async fn subscribe(app: &TestApp, more: Value) -> String {
    let mut body = json!({
        "customer": { "id": "ada" }, "amount": 1_000, "billing_cycle_interval": 1, "billing_frequency": "monthly",
        "billing_days": "15", "description": "Tea of the month",
    });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    app.key().post("/api/recurring/subscription", &body).await.data(200)["id"].as_str().expect("an id").to_owned()
}

async fn subscription(app: &TestApp, id: &str) -> Value {
    app.key().get(&format!("/api/recurring/subscription/{id}")).await.data(200).clone()
}

/// The ids of the customer's methods, oldest first, read from the forms of the page.
fn methods(page: &str) -> Vec<String> {
    let forms = page.split("action=\"/portal/methods/").skip(1);
    forms.map(|form| form.split('"').next().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn methods_are_added_chosen_and_removed_by_the_rules() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let mut browser = enter(&app, &ada).await;
    const PAGE: &str = "/portal/methods";
    let first = methods(&open(&mut browser, PAGE).await.text);
    assert_eq!(first.len(), 1);
    for (fields, wrong) in [
        (vec![("add", "card"), ("card_number", "4242"), ("card_expiry", "12/30")], "e-card_number"),
        (vec![("add", "card"), ("card_number", "5555555555554444"), ("card_expiry", "01/20")], "e-card_expiry"),
        (vec![("add", "bank"), ("bank_routing", "1"), ("bank_account", "1234567"), ("agree", "yes")], "e-bank_routing"),
        (
            vec![("add", "bank"), ("bank_routing", "021000021"), ("bank_account", "x"), ("agree", "yes")],
            "e-bank_account",
        ),
        (vec![("add", "bank"), ("bank_routing", "021000021"), ("bank_account", "1234567")], "e-agree"),
    ] {
        let answer = browser.submit(PAGE, PAGE, &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(answer.text.contains(&format!("id=\"{wrong}\"")), "{wrong}: {}", answer.text);
        assert!(!answer.text.contains("5555555555554444"), "a number is never sent back");
    }
    let card = [("add", "card"), ("card_number", "5555 5555 5555 4444"), ("card_expiry", "11 / 29")];
    assert_eq!(browser.submit(PAGE, PAGE, &card).await.header("location"), "/portal/methods?done=card-added");
    let bank = [("add", "bank"), ("bank_routing", "021000021"), ("bank_account", "1234567"), ("agree", "yes")];
    assert_eq!(browser.submit(PAGE, PAGE, &bank).await.header("location"), "/portal/methods?done=bank-added");
    let page = open(&mut browser, "/portal/methods?done=bank-added").await;
    let all = methods(&page.text);
    assert_eq!(all.len(), 3);
    assert!(page.text.contains("The bank account is stored.") && page.text.contains("•••• 4444"), "{}", page.text);
    let of = |id: &str| format!("{PAGE}/{id}");
    assert_eq!(browser.submit(PAGE, &of(&all[1]), &[("do", "default")]).await.status, 303);
    let kept = browser.submit(PAGE, &of(&all[1]), &[("do", "remove")]).await;
    assert!(kept.status == 409 && kept.text.contains("make another one the default first"), "{}", kept.text);
    assert_eq!(browser.submit(PAGE, &of(&all[0]), &[("do", "remove")]).await.status, 303);
    assert_eq!(browser.submit(PAGE, &of(&all[0]), &[("do", "remove")]).await.status, 404, "it is gone");
    // A subscription that names a method keeps it.
    let tea = subscribe(&app, json!({})).await;
    let path = format!("/portal/subscriptions/{tea}");
    assert_eq!(browser.submit(&path, &path, &[("do", "method"), ("method", &all[2])]).await.status, 303);
    assert_eq!(subscription(&app, &tea).await["customer"]["payment_method_id"], all[2].as_str());
    let kept = browser.submit(PAGE, &of(&all[2]), &[("do", "remove")]).await;
    assert!(kept.status == 409 && kept.text.contains("A subscription is charged to it"), "{}", kept.text);
    assert!(open(&mut browser, PAGE).await.text.contains(&path), "and the page leads there");
}

#[tokio::test]
async fn a_subscription_says_what_comes_next_and_why() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let add_on = app.key().post("/api/recurring/addon", &json!({ "name": "Honey", "amount": 250 })).await;
    let discount = app.key().post("/api/recurring/discount", &json!({ "name": "Friends", "percentage": 12_500 })).await;
    let id = |answer: &crate::support::Answer| answer.data(200)["id"].as_str().expect("an id").to_owned();
    let tea =
        subscribe(&app, json!({ "add_ons": [{ "id": id(&add_on) }], "discounts": [{ "id": id(&discount) }] })).await;
    let mut browser = enter(&app, &ada).await;
    let path = format!("/portal/subscriptions/{tea}");
    let page = open(&mut browser, &path).await.text.replace('\u{a0}', " ");
    for said in [
        "Tea of the month",
        "10.00 USD every month",
        "11.25 USD on 15 January 2026",
        "Honey",
        "2.50 USD",
        "Friends",
        "12.5 % of 10.00 USD",
        "−1.25 USD",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // What the page says is what is billed.
    app.advance_to("2026-01-15T12:00:00Z").await;
    let mut browser = enter(&app, &ada).await;
    let receipts = open(&mut browser, "/portal/receipts").await.text.replace('\u{a0}', " ");
    assert!(receipts.contains("11.25 USD"), "{receipts}");
    for (action, status, done) in
        [("pause", "paused", "paused"), ("resume", "active", "resumed"), ("cancel", "cancelled", "cancelled")]
    {
        let answer = browser.submit(&path, &path, &[("do", action)]).await;
        assert_eq!(answer.header("location"), format!("{path}?done={done}"), "{}", answer.text);
        assert_eq!(subscription(&app, &tea).await["status"], status);
    }
    for action in ["pause", "resume", "cancel", "method"] {
        assert_eq!(browser.submit("/portal", &path, &[("do", action)]).await.status, 409, "{action} after the end");
    }
    assert_eq!(browser.submit("/portal", &path, &[("do", "explode")]).await.status, 400);
}

#[tokio::test]
async fn a_balance_is_topped_up_once_at_the_merchants_price() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let grant = |name: &str| MakeDeposit {
        customer_id: ada.clone(),
        denomination: Denomination::parse(name),
        amount: 500,
        charge: 0,
        charge_against: None,
    };
    for name in ["USD", "sms"] {
        app.app().deposit_make(&command(), grant(name)).await.expect("a grant");
    }
    let mut browser = enter(&app, &ada).await;
    let page = "/portal/balances/USD";
    let shown = open(&mut browser, page).await.text.replace('\u{a0}', " ");
    assert!(shown.contains("5.00 USD") && shown.contains("charged to Visa •••• 4242"), "{shown}");
    for bad in ["", "0.99", "5000.01", "1e3", "-5", "12.345", "ten"] {
        assert_eq!(
            browser.submit(page, "/portal/balances/USD/top-up", &[("amount", bad)]).await.status,
            422,
            "{bad:?}"
        );
    }
    // Two clicks on one form: one charge.
    let form = open(&mut browser, page).await;
    let (_, rest) = form.text.split_once("name=\"once\" value=\"").expect("a key");
    let once = rest.split('"').next().expect("a key").to_owned();
    for _ in 0..2 {
        let fields = [("amount", "12,50"), ("once", once.as_str())];
        let answer = browser.submit(page, "/portal/balances/USD/top-up", &fields).await;
        assert_eq!(answer.header("location"), "/portal/balances/USD?done=topped-up", "{}", answer.text);
    }
    assert_eq!(app.simulator().charges().len(), 1);
    assert!(open(&mut browser, page).await.text.replace('\u{a0}', " ").contains("17.50 USD"));
    // Nobody buys units at a price of their own.
    let other = browser.submit(page, "/portal/balances/sms/top-up", &[("amount", "1"), ("charge", "1")]).await;
    assert_eq!(other.status, 409, "{}", other.text);
    assert_eq!(browser.get("/portal/balances/none").await.status, 404);
    // A declined card credits nothing and says so.
    let card = [("add", "card"), ("card_number", "4000000000000002"), ("card_expiry", "11/29")];
    assert_eq!(browser.submit("/portal/methods", "/portal/methods", &card).await.status, 303);
    let methods = methods(&open(&mut browser, "/portal/methods").await.text);
    let chosen = format!("/portal/methods/{}", methods[1]);
    assert_eq!(browser.submit("/portal/methods", &chosen, &[("do", "default")]).await.status, 303);
    let declined = browser.submit(page, "/portal/balances/USD/top-up", &[("amount", "20")]).await;
    assert!(declined.status == 402 && declined.text.contains("The payment was declined"), "{}", declined.text);
    assert!(open(&mut browser, page).await.text.replace('\u{a0}', " ").contains("17.50 USD"));
}

#[tokio::test]
async fn details_are_kept_and_a_new_address_is_told_to_the_old_one() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let (mut browser, mut other) = (enter(&app, &ada).await, enter(&app, &ada).await);
    const PAGE: &str = "/portal/profile";
    for (email, language, status) in
        [("nobody", "", 422), ("", "", 422), ("a@b.example,c@d.example", "", 422), ("ada@example.com", "xx", 400)]
    {
        let fields = [("name", "Ada"), ("email", email), ("language", language)];
        assert_eq!(browser.submit(PAGE, PAGE, &fields).await.status, status, "{email:?} {language:?}");
    }
    let fields = [("name", "Ada L"), ("email", "ada@new.example"), ("language", "sv")];
    assert_eq!(browser.submit(PAGE, PAGE, &fields).await.status, 303);
    let page = open(&mut browser, PAGE).await;
    assert!(page.text.contains("lang=\"sv\"") && page.text.contains("Mina uppgifter"), "{}", page.text);
    assert_eq!(other.get("/portal").await.status, 303, "other sessions end with the old address");
    let told = app.app().mail_list(&command(), None, 10).expect("the outbox");
    let told = told.iter().find(|mail| mail.kind == "customer.email_changed").expect("a mail to the old address");
    assert_eq!((told.to.as_str(), told.subject.starts_with("Din e-postadress")), ("ada@example.com", true));
    assert_eq!(link_mails(&app).len(), 2);
    let place = [
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("line_1", "Storgatan 1"),
        ("postal_code", "111 22"),
        ("city", "Stockholm"),
        ("country", "SE"),
        ("phone", "+46 8 123"),
    ];
    assert_eq!(browser.submit(PAGE, "/portal/profile/address", &place).await.status, 303);
    let stored = app.key().get("/api/vault/ada").await.data(200).to_string();
    assert!(stored.contains("Storgatan 1") && stored.contains("\"SE\""), "{stored}");
    for (field, value) in [("line_1", ""), ("city", ""), ("country", "XX"), ("phone", "call me"), ("postal_code", "")] {
        let mut wrong = place.to_vec();
        wrong.retain(|(name, _)| *name != field);
        wrong.push((field, value));
        let answer = browser.submit(PAGE, "/portal/profile/address", &wrong).await;
        assert!(answer.status == 422 && answer.text.contains(&format!("id=\"e-{field}\"")), "{field}: {}", answer.text);
    }
}

#[tokio::test]
async fn pages_speak_the_browsers_language_until_one_is_chosen() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    subscribe(&app, json!({ "amount": 123_456 })).await;
    let browser = enter(&app, &ada).await;
    for (wish, lang, word, amount) in [
        ("sv-SE,sv;q=0.9", "sv", "Prenumerationer", "1 234,56 USD"),
        ("de", "de", "Abonnements", "1.234,56 USD"),
        ("fr;q=0.5, xx", "fr", "Abonnements", "1 234,56 USD"),
        ("en-GB", "en", "Subscriptions", "1,234.56 USD"),
        ("ja", "en", "Subscriptions", "1,234.56 USD"),
    ] {
        let client = browser.client().header("accept-language", wish);
        for path in [
            "/portal",
            "/portal/subscriptions",
            "/portal/methods",
            "/portal/invoices",
            "/portal/receipts",
            "/portal/profile",
        ] {
            let page = client.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.contains(&format!("<html lang=\"{lang}\"")) && page.text.contains(word), "{wish} {path}");
        }
        let list = client.get("/portal/subscriptions").await.text.replace(['\u{a0}', '\u{202f}'], " ");
        assert!(list.contains(amount), "{wish}: {list}");
    }
}
