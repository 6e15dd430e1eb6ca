//! A customer sees and changes only what is theirs; forms of others, old sessions and hostile names get nowhere.

use bursar::app::balance::ChangeBalance;
use bursar::domain::time::{HOUR, MINUTE, SECOND};
use serde_json::{Value, json};

use super::{customer, enter, open};
use crate::support::browser::{Browser, csrf};
use crate::support::{TestApp, command};
use crate::treasury::unit;

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

/// What a customer has, by id.
struct Things {
    subscription: String,
    method: String,
    receipt: String,
    invoice: String,
}

async fn furnish(app: &TestApp, id: &str) -> Things {
    let key = app.key();
    let record = key.get(&format!("/api/vault/{id}")).await.data(200).clone();
    let method = record["data"]["customer"]["payments"]["cards"][0]["id"].as_str().expect("a card").to_owned();
    let sold = json!({
        "type": "sale", "amount": 1_250, "payment_method": { "customer": { "id": id } }, "description": format!("Beans of {id}"),
    });
    let receipt = key.post("/api/transaction", &sold).await.data(200)["id"].as_str().expect("an id").to_owned();
    let billed = json!({
        "customer": { "id": id }, "amount": 900, "billing_cycle_interval": 1, "billing_frequency": "monthly",
        "billing_days": "15", "description": format!("Tea of {id}"),
    });
    let subscription =
        key.post("/api/recurring/subscription", &billed).await.data(200)["id"].as_str().expect("an id").to_owned();
    let invoice =
        crate::pages::invoice::issue(app, json!({ "customer_id": id, "invoice_number": format!("A-{id}") })).await;
    let of = bursar::domain::id::CustomerId::parse(id).expect("an id");
    let alert = ChangeBalance { alert_at: Some(Some(1)), ..ChangeBalance::default() };
    app.app().balance_change(&command(), &of, &unit(&format!("units_{id}")), alert).await.expect("a balance");
    Things { subscription, method, receipt, invoice: invoice["id"].as_str().expect("an id").to_owned() }
}

#[tokio::test]
async fn every_route_with_anothers_things_is_not_found() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    customer(&app, "mallory", "mallory@example.com").await;
    let (own, others) = (furnish(&app, "ada").await, furnish(&app, "mallory").await);
    let mut browser = enter(&app, &ada).await;
    let token = csrf(&open(&mut browser, "/portal/methods").await);
    for (things, found) in [(&own, true), (&others, false)] {
        let whose = if found { "ada" } else { "mallory" };
        for path in [
            format!("/portal/subscriptions/{}", things.subscription),
            format!("/portal/receipts/{}", things.receipt),
            format!("/portal/balances/units_{whose}"),
        ] {
            assert_eq!(browser.get(&path).await.status, if found { 200 } else { 404 }, "{path}");
        }
        let fields = |more: &[(&'static str, &'static str)]| {
            let mut all = vec![("csrf".to_owned(), token.clone())];
            all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            all
        };
        for (path, more) in [
            (format!("/portal/subscriptions/{}", things.subscription), vec![("do", "pause")]),
            (format!("/portal/methods/{}", things.method), vec![("do", "default")]),
        ] {
            let all = fields(&more);
            let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(browser.post(&path, &all).await.status, if found { 303 } else { 404 }, "POST {path}");
        }
    }
    // Another's card on one's own subscription, and one's own buttons on another's things.
    let path = format!("/portal/subscriptions/{}", own.subscription);
    let stolen = [("csrf", token.as_str()), ("do", "method"), ("method", others.method.as_str())];
    assert_eq!(browser.post(&path, &stolen).await.status, 404);
    for action in ["cancel", "resume", "method"] {
        let path = format!("/portal/subscriptions/{}", others.subscription);
        assert_eq!(browser.post(&path, &[("csrf", &token), ("do", action)]).await.status, 404, "{action}");
    }
    let remove = [("csrf", token.as_str()), ("do", "remove")];
    assert_eq!(browser.post(&format!("/portal/methods/{}", others.method), &remove).await.status, 404);
    let status = app.key().get(&format!("/api/recurring/subscription/{}", others.subscription)).await;
    assert_eq!(status.data(200)["status"], "active", "nothing of it changed");
    // No list says anything of the other.
    for path in [
        "/portal",
        "/portal/subscriptions",
        "/portal/methods",
        "/portal/invoices",
        "/portal/receipts",
        "/portal/profile",
    ] {
        let page = open(&mut browser, path).await;
        assert!(!page.text.contains("mallory"), "{path}: {}", page.text);
    }
    assert!(open(&mut browser, "/portal/invoices").await.text.contains("A-ada"));
    assert!(!own.invoice.is_empty() && !others.invoice.is_empty());
}

#[tokio::test]
async fn every_form_needs_its_session_its_token_and_our_own_page() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let mallory = customer(&app, "mallory", "mallory@example.com").await;
    let things = furnish(&app, "ada").await;
    let (mut browser, mut other) = (enter(&app, &ada).await, enter(&app, &mallory).await);
    let token = csrf(&open(&mut browser, "/portal").await);
    let foreign = csrf(&open(&mut other, "/portal").await);
    let paths = [
        "/portal/sign-out".to_owned(),
        "/portal/sign-out-elsewhere".to_owned(),
        "/portal/methods".to_owned(),
        format!("/portal/methods/{}", things.method),
        format!("/portal/subscriptions/{}", things.subscription),
        "/portal/balances/units_ada/top-up".to_owned(),
        "/portal/profile".to_owned(),
        "/portal/profile/address".to_owned(),
    ];
    for path in &paths {
        for (name, fields) in [("no token", vec![]), ("another's token", vec![("csrf", foreign.as_str())])] {
            assert_eq!(browser.post(path, &fields).await.status, 403, "{path}: {name}");
        }
        let client = browser.client();
        let good = [("csrf", token.as_str())];
        let evil = client.clone().header("origin", "https://evil.example").post_form(path, &good).await;
        assert_eq!(evil.status, 403, "{path}: from another site");
        let silent = client.clone().post_form(path, &good).await;
        assert_eq!(silent.status, 403, "{path}: nothing says where it comes from");
        let cross = client.header("sec-fetch-site", "cross-site").header("origin", app.base());
        assert_eq!(cross.post_form(path, &good).await.status, 403, "{path}");
        let nobody = Browser::new(&app).post(path, &good).await;
        assert_eq!((nobody.status, nobody.header("location")), (303, "/portal/sign-in?ended"), "{path}");
    }
    assert_eq!(browser.get("/portal").await.status, 200, "nothing above ended the session");
    // The dashboard's session is none here, and the other way round.
    let admin = app.admin();
    assert_eq!(admin.get("/portal").await.status, 303);
    let stolen = browser.cookie("portal").expect("a session").to_owned();
    let as_user = app.anon().header("cookie", &format!("sid={stolen}"));
    assert_eq!(as_user.get("/api/user").await.status, 401, "no API opens with it");
    assert_eq!(as_user.get("/admin").await.status, 303, "nor the dashboard");
}

#[tokio::test]
async fn a_session_ends_by_rest_by_age_and_by_hand() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let mut browser = enter(&app, &ada).await;
    app.clock().advance_to(app.now().plus(15 * MINUTE + SECOND));
    assert_eq!(browser.get("/portal").await.header("location"), "/portal/sign-in?ended", "15 minutes of rest");
    let mut browser = enter(&app, &ada).await;
    for _ in 0..=(12 * 6) {
        app.clock().advance_to(app.now().plus(10 * MINUTE));
        if browser.get("/portal").await.status == 303 {
            break;
        }
    }
    assert_eq!(browser.get("/portal").await.status, 303, "12 hours, however busy");
    app.clock().advance_to(app.now().plus(HOUR));
    let (mut one, mut two) = (enter(&app, &ada).await, enter(&app, &ada).await);
    let kept = one.cookie("portal").expect("a session").to_owned();
    let ended = one.submit("/portal/profile", "/portal/sign-out-elsewhere", &[]).await;
    assert_eq!(ended.status, 303, "{}", ended.text);
    assert_eq!(two.get("/portal").await.status, 303, "the other browser is out");
    assert_eq!(one.get("/portal").await.status, 200);
    let left = one.submit("/portal", "/portal/sign-out", &[]).await;
    assert_eq!((left.status, left.header("location")), (303, "/portal/sign-in"));
    assert!(left.header("clear-site-data").contains("cache"));
    let replayed = app.anon().header("cookie", &format!("portal={kept}")).get("/portal").await;
    assert_eq!(replayed.status, 303, "the token is dead");
}

#[tokio::test]
async fn hostile_names_are_only_text() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    furnish(&app, "ada").await;
    let mut browser = enter(&app, &ada).await;
    let named = [("name", HOSTILE), ("email", "ada@example.com"), ("language", "")];
    assert_eq!(browser.submit("/portal/profile", "/portal/profile", &named).await.status, 303);
    let key = app.key();
    let sold = json!({
        "type": "sale", "amount": 100, "payment_method": { "customer": { "id": "ada" } }, "description": HOSTILE,
    });
    key.post("/api/transaction", &sold).await.data(200);
    let billed = json!({
        "customer": { "id": "ada" }, "amount": 900, "billing_cycle_interval": 1, "billing_frequency": "monthly",
        "billing_days": "15", "description": HOSTILE,
    });
    let subscription: Value = key.post("/api/recurring/subscription", &billed).await.data(200).clone();
    let page = format!("/portal/subscriptions/{}", subscription["id"].as_str().expect("an id"));
    for path in ["/portal", "/portal/subscriptions", &page, "/portal/receipts", "/portal/profile", "/portal/invoices"] {
        let shown = open(&mut browser, path).await;
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("<img src=x"), "{path}");
        assert!(shown.header("content-security-policy").contains("script-src 'self'"), "{path}");
        assert_eq!(shown.header("cache-control"), "no-store", "{path}");
    }
    assert!(
        open(&mut browser, "/portal").await.text.contains("&#60;script&#62;alert(1)"),
        "the name is shown as typed"
    );
}
