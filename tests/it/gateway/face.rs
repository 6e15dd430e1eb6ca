//! What every answer has, and refusals that no handler makes.

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn every_answer_carries_a_correlation_id() {
    let app = TestApp::start().await;
    let client = app.anon().header("x-correlation-id", "order-7");
    for path in ["/healthz", "/api/user", "/api/nothing", "/nothing", "/metrics", "/openapi.json", "/docs"] {
        assert_eq!(client.get(path).await.header("x-correlation-id"), "order-7", "{path}");
        let made = app.anon().get(path).await;
        assert_eq!(made.header("x-correlation-id").len(), 22, "{path}");
    }
    let strange = app.anon().header("x-correlation-id", "a b").get("/healthz").await;
    assert_eq!(strange.header("x-correlation-id").len(), 22, "what is not harmless is replaced");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_the_envelope() {
    let app = TestApp::start().await;
    for (method, path, status, msg) in [
        ("GET", "/api/nothing", 404, "not found error: no such endpoint"),
        ("GET", "/api", 404, "not found error: no such endpoint"),
        ("PUT", "/api/token-auth", 405, "method not allowed on this path"),
        ("DELETE", "/api/logout", 405, "method not allowed on this path"),
    ] {
        let answer = app.admin().send(method, path, None).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        assert_eq!(answer.body, json!({ "status": "failed", "msg": msg }), "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn bodies_have_a_bound_and_must_be_json() {
    let app = TestApp::start().await;
    let padded = |bytes: usize| {
        let frame = r#"{"username":"a","password":"b","pad":""}"#.len();
        format!(r#"{{"username":"a","password":"b","pad":"{}"}}"#, "x".repeat(bytes - frame))
    };
    for (body, status, msg) in [
        (padded(256 * 1024), 401, "unauthorized"),
        (padded(256 * 1024 + 1), 413, "request is too large"),
        ("{".to_owned(), 400, "bad request error: invalid body: is not JSON"),
        (r#"{"username":1}"#.to_owned(), 400, "bad request error: invalid username: must be a string"),
        (r#"{"username":"a"}"#.to_owned(), 400, "bad request error: invalid password: is required"),
    ] {
        let answer = app.anon().post_text("/api/token-auth", &body).await;
        assert_eq!((answer.status, answer.msg()), (status, msg));
    }
}

#[tokio::test]
async fn a_body_may_only_say_that_it_is_json() {
    let app = TestApp::start().await;
    let body = r#"{"description":"x"}"#;
    for (content_type, status) in [
        (None, 200),
        (Some("application/json"), 200),
        (Some("application/json; charset=utf-8"), 200),
        (Some("Application/JSON;charset=UTF-8"), 200),
        (Some("text/plain"), 415),
        (Some("text/plain; application/json"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("multipart/form-data; boundary=x"), 415),
        (Some("application/jsonp"), 415),
        (Some(""), 415),
    ] {
        let answer = app.admin().post_as("/api/vault/customer", content_type, body).await;
        assert_eq!(answer.status, status, "{content_type:?}: {}", answer.text);
        if status == 415 {
            let refusal = json!({ "status": "failed", "msg": "the body must be application/json" });
            assert_eq!(answer.body, refusal, "{content_type:?}");
        }
    }
    let empty = app.admin().post_as("/api/vault/customer", Some("text/plain"), "").await;
    assert_eq!(empty.status, 200, "where there is no body, nothing is said of it");
}

#[tokio::test]
async fn a_list_is_no_object_at_any_depth() {
    let app = TestApp::start().await;
    for (path, body, field) in [
        ("/api/vault/customer", r#"{"default_payment":[null,null,"tok_visa",null,null]}"#, "default_payment"),
        (
            "/api/vault/customer",
            r#"{"default_payment":{"card":["4111111111111111",null,"12/30",null]}}"#,
            "default_payment.card",
        ),
        ("/api/vault/customer", r#"{"default_billing_address":["Ann"]}"#, "default_billing_address"),
        ("/api/vault/customer/search", r#"{"id":["a","="]}"#, "id"),
        ("/api/vault/customer/search", r#"{"created_at":["2026-01-01",null]}"#, "created_at"),
        ("/api/invoice", r#"{"items":[["x"]]}"#, "items[0]"),
        ("/api/recurring/plan", r#"{"add_ons":[["x",null,null,1,null,null]]}"#, "add_ons[0]"),
        ("/api/transaction", r#"{"type":"sale","amount":1,"payment_method":["x"]}"#, "payment_method"),
        ("/api/transaction/search", r#"{"billing_address":{"city":["x","="]}}"#, "billing_address.city"),
        ("/api/recurring/subscription/search", r#"{"customer":["x"]}"#, "customer"),
        ("/api/token-auth", r#"["a","b"]"#, "body"),
    ] {
        let answer = app.admin().post_text(path, body).await;
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text);
        assert_eq!(answer.msg(), format!("bad request error: invalid {field}: must be an object"), "{path} {body}");
    }
    let path = "/api/recurring/subscription/search";
    let answer = app.admin().post_text(path, r#"{"customer":{"id":["x","="]}}"#).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert!(answer.msg().contains("customer.id"), "{}", answer.text);
}

#[tokio::test]
async fn a_watcher_sees_readiness_and_numbers() {
    let app = TestApp::start().await;
    let health = app.anon().get("/healthz").await;
    assert_eq!(app.anon().send("HEAD", "/healthz", None).await.status, 200, "monitors ask without a body");
    assert_eq!((health.status, &health.body["status"]), (200, &json!("ready")), "{}", health.text);
    let metrics = app.anon().get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.text.contains("bursar_write_queue 0\n"), "{}", metrics.text);
    let line = r#"bursar_requests_total{method="GET",route="/healthz",status="200"}"#;
    assert!(metrics.text.contains(line), "{}", metrics.text);
}
