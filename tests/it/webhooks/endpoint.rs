//! Endpoints: made, shown, changed, refused; their secrets; tests of them.

use serde_json::{Value, json};

use super::{assert_signed, endpoint, happen, sequences, standing};
use crate::gateway::till::Till;
use crate::support::{Catcher, TestApp};

#[tokio::test]
async fn an_endpoint_is_made_shown_changed_and_removed() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    let admin = app.admin();
    let made = admin.post("/api/webhooks", &json!({ "url": catcher.url(), "topics": ["invoice.paid"] })).await;
    let made = made.data(200).clone();
    assert!(made["secret"].as_str().expect("text").starts_with("whsec_"), "{made}");
    let path = format!("/api/webhooks/{}", made["id"].as_str().expect("an id"));
    let shown = admin.get(&path).await.data(200).clone();
    let expected = json!({
        "id": made["id"], "url": catcher.url(), "description": "", "format": "standard", "topics": ["invoice.paid"],
        "enabled": true, "disabled_reason": "", "username": "", "secret": "", "previous_secret_until": null,
        "sequence": made["sequence"], "tries": 0, "next_try_at": null, "failing_since": null,
        "created_at": made["created_at"], "updated_at": made["updated_at"],
    });
    assert_eq!(shown, expected);
    let change = json!({ "topics": ["*"], "description": "shop", "enabled": false, "username": "u", "password": "p" });
    let changed = admin.post(&path, &change).await.data(200).clone();
    assert_eq!(
        (&changed["topics"], &changed["enabled"], &changed["username"]),
        (&json!(["*"]), &json!(false), &json!("u"))
    );
    let changed = admin.post(&path, &json!({ "username": "" })).await.data(200).clone();
    assert_eq!((&changed["username"], &changed["description"]), (&json!(""), &json!("shop")));
    let listed = admin.get("/api/webhooks").await;
    assert_eq!((listed.data(200), &listed.body["total_count"]), (&json!([changed]), &json!(1)));
    admin.delete(&path).await.data(200);
    assert_eq!(admin.get(&path).await.status, 404);
    assert_eq!(admin.delete(&path).await.status, 404);
}

/// Each row is refused with the name of the field.
#[tokio::test]
async fn what_does_not_fit_is_refused_by_name() {
    let app = TestApp::start().await;
    let url = "https://example.com/hook";
    for (body, field) in [
        (json!({}), "url"),
        (json!({ "url": "" }), "url"),
        (json!({ "url": "ftp://example.com" }), "url"),
        (json!({ "url": format!("{url}/{}", "a".repeat(2_000)) }), "url"),
        (json!({ "url": url, "topics": ["invoice.paid", "no.such"] }), "topics[1]"),
        (json!({ "url": url, "topics": vec!["*"; 101] }), "topics"),
        (json!({ "url": url, "topics": ["transaction_create"] }), "topics[0]"),
        (json!({ "url": url, "format": "soap" }), "format"),
        (json!({ "url": url, "description": "a".repeat(256) }), "description"),
        (json!({ "url": url, "description": "a\nb" }), "description"),
        (json!({ "url": url, "secret": "a".repeat(23) }), "secret"),
        (json!({ "url": url, "secret": "a".repeat(129) }), "secret"),
        (json!({ "url": url, "secret": "whsec_not-base64-at-all-but-long-enough" }), "secret"),
        (json!({ "url": url, "secret": "whsec_c2hvcnQ=" }), "secret"),
        (json!({ "url": url, "username": "u" }), "password"),
        (json!({ "url": url, "password": "p" }), "username"),
        (json!({ "url": url, "username": "a:b", "password": "p" }), "username"),
        (json!({ "url": url, "username": "a".repeat(256), "password": "p" }), "username"),
    ] {
        let answer = app.admin().post("/api/webhooks", &body).await;
        let expected = format!("bad request error: invalid {field}: ");
        assert!(answer.status == 400 && answer.msg().starts_with(&expected), "{body}: {}", answer.text);
    }
    for body in [
        json!({ "url": url, "topics": ["transaction_create", "invoice.*"], "format": "gateway" }),
        json!({ "url": url, "secret": "a".repeat(24), "description": "a".repeat(255) }),
        json!({ "url": url, "topics": [] }),
    ] {
        app.admin().post("/api/webhooks", &body).await.data(200);
    }
}

/// With a stopped clock this machine may be called, and nothing else that is not public.
#[tokio::test]
async fn private_addresses_are_refused_where_they_are_entered() {
    let app = TestApp::start().await;
    for (host, accepted) in [
        ("127.0.0.1", true),
        ("localhost", true),
        ("[::1]", true),
        ("8.8.8.8", true),
        ("169.254.169.254", false),
        ("10.0.0.1", false),
        ("192.168.0.1", false),
        ("100.64.0.1", false),
        ("0.0.0.0", false),
        ("[::ffff:10.0.0.1]", false),
        ("[fd00:ec2::254]", false),
    ] {
        let answer = app.admin().post("/api/webhooks", &json!({ "url": format!("https://{host}/hook") })).await;
        let expected = if accepted { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{host}: {}", answer.text);
    }
}

#[tokio::test]
async fn there_are_at_most_a_hundred() {
    let app = TestApp::start().await;
    for _ in 0..100 {
        endpoint(&app, "https://8.8.8.8/", json!({})).await;
    }
    let answer = app.admin().post("/api/webhooks", &json!({ "url": "https://8.8.8.8/" })).await;
    assert_eq!((answer.status, answer.msg()), (400, "bad request error: there are 100 webhooks already"));
}

#[tokio::test]
async fn the_same_key_makes_one_endpoint_and_shows_its_secret_again() {
    let app = TestApp::start().await;
    let client = app.admin().header("idempotency-key", "once");
    let body = json!({ "url": "https://8.8.8.8/" });
    let first = client.post("/api/webhooks", &body).await.data(200).clone();
    let second = client.post("/api/webhooks", &body).await.data(200).clone();
    assert_eq!(first, second);
    assert_eq!(client.post("/api/webhooks", &json!({ "url": "https://8.8.4.4/" })).await.status, 422);
}

#[tokio::test]
async fn two_secrets_sign_while_one_replaces_the_other() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    let (id, old) = endpoint(&app, catcher.url(), json!({ "topics": ["add_on.created"], "format": "gateway" })).await;
    let rotated = app.admin().post(&format!("/api/webhooks/{id}/secret"), &json!({ "previous_hours": 1 })).await;
    let new = rotated.data(200)["secret"].as_str().expect("text").to_owned();
    assert_ne!(old, new);
    let until = rotated.data(200)["previous_secret_until"].as_str().expect("an instant").to_owned();
    assert!(until.starts_with("2026-01-01T01:00:00"), "{until}");
    happen(&app, 1).await;
    let caught = catcher.wait_for(1).await.remove(0);
    assert_signed(&caught, &old);
    assert_signed(&caught, &new);
    assert_eq!(caught.header("signature"), bursar::signature::gateway(&new, &caught.body));
    assert_eq!(caught.header("signature-previous"), bursar::signature::gateway(&old, &caught.body));
    app.advance_to("2026-01-01T01:00:01Z").await;
    happen(&app, 1).await;
    let caught = catcher.wait_for(2).await.remove(1);
    assert_signed(&caught, &new);
    assert!(!caught.header("webhook-signature").contains(' '), "the old secret is over");
    assert_eq!(caught.header("signature-previous"), "");
}

/// A test goes out at once and is told by its answer; the gateway's is signed with the key that everybody knows.
#[tokio::test]
async fn a_test_is_sent_now_and_answers_what_came_of_it() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    let (id, secret) =
        endpoint(&app, catcher.url(), json!({ "format": "gateway", "username": "u", "password": "p" })).await;
    app.admin().post(&format!("/api/webhooks/{id}"), &json!({ "enabled": false })).await.data(200);
    let answer = app.admin().post(&format!("/api/webhooks/{id}/test"), &json!({})).await;
    assert_eq!((&answer.data(200)["status"], &answer.data(200)["response_status"]), (&json!("succeeded"), &json!(200)));
    let caught = catcher.wait_for(1).await.remove(0);
    let body = caught.json();
    assert_eq!((&body["type"], body.get("data")), (&json!("test"), None));
    let key = "00000000-0000-4000-8000-000000000001";
    assert_eq!(caught.header("signature"), bursar::signature::gateway(key, &caught.body));
    assert_eq!(caught.header("authorization"), "Basic dTpw");
    assert_eq!(caught.body.last(), Some(&b'\n'));
    assert_signed(&caught, &secret);
    let log = app.admin().get(&format!("/api/webhooks/{id}/deliveries")).await.data(200).clone();
    assert_eq!((&log[0]["sequence"], &log[0]["type"]), (&Value::Null, &json!("test")));
}

/// The gateway's body is the transaction as it was when it was told, not as it is when it is sent.
#[tokio::test]
async fn the_gateways_body_is_the_transaction_as_it_was() {
    let till = Till::open().await;
    let catcher = Catcher::start().await;
    let wanted = json!({ "format": "gateway", "topics": ["transaction.*", "customer.created"] });
    let (id, _) = endpoint(&till.app, catcher.url(), wanted).await;
    till.app.admin().post(&format!("/api/webhooks/{id}"), &json!({ "enabled": false })).await.data(200);
    let made = till.card("sale", 1_112, crate::gateway::till::VISA).await;
    let sale = till.again(&made).await;
    till.act(&made, "void", &json!({})).await.data(200);
    let voided = till.again(&made).await;
    let declined = till.card("sale", 500, "4000000000000002").await;
    till.app.admin().post("/api/vault/customer", &json!({ "id": "shop-1" })).await;
    till.app.admin().post(&format!("/api/webhooks/{id}"), &json!({ "enabled": true })).await.data(200);
    let told: Vec<Value> = catcher.wait_for(3).await.iter().take(3).map(crate::support::Caught::json).collect();
    let kinds: Vec<&str> = told.iter().map(|body| body["type"].as_str().expect("a type")).collect();
    assert_eq!(kinds, ["transaction_create", "transaction_void", "transaction_create"]);
    let merchant = sale["merchant_id"].clone();
    let head = json!({
        "status": "success", "msg": "success", "type": "transaction_create", "account_type": "merchant",
        "account_type_id": merchant, "transaction_id": sale["id"], "action_at": told[0]["action_at"], "data": sale,
    });
    assert_eq!(told[0], head);
    assert_eq!(told[1]["data"], voided);
    assert_eq!((&told[2]["data"]["status"], &told[2]["transaction_id"]), (&json!("declined"), &declined["id"]));
}

#[tokio::test]
async fn only_what_is_wanted_is_told() {
    let app = TestApp::start().await;
    let (wants, wants_not) = (Catcher::start().await, Catcher::start().await);
    endpoint(&app, wants.url(), json!({ "topics": ["add_on.*"] })).await;
    let (id, _) = endpoint(&app, wants_not.url(), json!({ "topics": ["invoice.paid"] })).await;
    let made = happen(&app, 30).await;
    assert_eq!(sequences(&wants.wait_for(30).await), made);
    app.advance_to("2026-01-01T00:10:00Z").await;
    assert_eq!(wants_not.caught().len(), 0);
    // Another set of topics counts from then on.
    app.admin().post(&format!("/api/webhooks/{id}"), &json!({ "topics": ["add_on.created"] })).await.data(200);
    let later = happen(&app, 3).await;
    assert_eq!(sequences(&wants_not.wait_for(3).await), later);
    assert!(standing(&app, &id).await["failing_since"].is_null());
}
