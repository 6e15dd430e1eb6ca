//! `POST /api/token-auth`, `GET /api/logout`, and who is let in.

use bursar::domain::time::MINUTE;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_login_opens_a_session_that_ends_when_it_is_idle_or_left() {
    let app = TestApp::start().await;
    let (username, password) = app.new_user(&[]).await;
    let login = json!({ "username": username.to_uppercase(), "password": password });
    let answer = app.anon().post("/api/token-auth", &login).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&answer.body["status"], &answer.body["msg"]), (&json!("success"), &json!("success")));
    let (token, sid) = (answer.body["token"].as_str().unwrap(), answer.body["sid"].as_str().unwrap());
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with(&format!("sid={sid};")) && cookie.contains("HttpOnly"), "{cookie}");

    let bearer = app.with(&format!("Bearer {token}"));
    let by_cookie = app.anon().header("cookie", &format!("sid={sid}"));
    for client in [&bearer, &by_cookie] {
        assert_eq!(client.get("/api/user").await.data(200)["username"], json!(username));
    }
    app.clock().advance_to(app.now().plus(16 * MINUTE));
    assert_eq!(by_cookie.get("/api/user").await.status, 401, "15 minutes of silence end a session");

    let again = app.anon().post("/api/token-auth", &login).await;
    let bearer = app.with(&format!("Bearer {}", again.body["token"].as_str().unwrap()));
    assert_eq!(bearer.get("/api/user").await.status, 200);
    assert_eq!(bearer.get("/api/logout").await.status, 200);
    assert_eq!(bearer.get("/api/user").await.status, 401, "a session that was left is over at once");
}

#[tokio::test]
async fn ten_wrong_passwords_lock_a_user_and_every_refusal_looks_alike() {
    let app = TestApp::start().await;
    let (username, password) = app.new_user(&[]).await;
    let try_with = async |name: &str, password: &str| {
        app.anon().post("/api/token-auth", &json!({ "username": name, "password": password })).await
    };
    let unknown = try_with("nobody-here", "Wrong-Password-1").await;
    assert_eq!(unknown.status, 401);
    for attempt in 1..=10 {
        let refused = try_with(&username, "Wrong-Password-1").await;
        assert_eq!((refused.status, &refused.text), (401, &unknown.text), "attempt {attempt}");
    }
    let locked = try_with(&username, &password).await;
    assert_eq!((locked.status, &locked.text), (401, &unknown.text), "locked, and does not say so");
    app.clock().advance_to(app.now().plus(31 * MINUTE));
    assert_eq!(try_with(&username, &password).await.status, 200, "half an hour later the right one opens");
}

#[tokio::test]
async fn only_private_credentials_are_let_in() {
    let app = TestApp::start().await;
    for (client, status) in [
        (app.admin(), 200),
        (app.anon(), 401),
        (app.public_key(), 401),
        (app.with("api_nosuchkeynosuchkeynosuchkey"), 401),
        (app.with("Bearer x.y.z"), 401),
        (app.with(""), 401),
    ] {
        let answer = client.get("/api/user").await;
        assert_eq!(answer.status, status, "{}", answer.text);
        if status == 401 {
            assert_eq!(answer.body, json!({ "status": "failed", "msg": "unauthorized" }));
        }
    }
}

#[tokio::test]
async fn everything_is_still_there_after_a_restart() {
    let mut app = TestApp::start().await;
    let before = app.admin().get("/api/user").await.data(200).clone();
    app.restart().await;
    assert_eq!(app.admin().get("/api/user").await.data(200), &before);
}
