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
