//! Users, keys and terminals.

use bursar::domain::access::Permission;
use serde_json::{Value, json};

use crate::support::TestApp;

/// The names of an object's members, sorted.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn users_look_as_in_the_seed() {
    let app = TestApp::start().await;
    let user = app.admin().get("/api/user").await.data(200).clone();
    for name in [
        "id",
        "username",
        "name",
        "phone",
        "email",
        "timezone",
        "status",
        "role",
        "account_type",
        "account_type_id",
        "created_at",
        "updated_at",
    ] {
        assert!(user[name].is_string(), "{name}: {user}");
    }
    assert_eq!((&user["username"], &user["role"]), (&json!("admin"), &json!("admin")));
    assert_eq!((&user["account_type"], &user["timezone"]), (&json!("merchant"), &json!("ETC/UTC")));
    assert!(user["created_at"].as_str().unwrap().ends_with('Z'));
    let answer = app.admin().get("/api/users").await;
    assert_eq!(answer.data(200), &json!([user]));
    assert_eq!(answer.body["total_count"], json!(1));
    assert_eq!(answer.body["msg"], json!("success"));
}

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_deleted_by_id_or_by_itself() {
    let app = TestApp::start().await;
    for by_text in [false, true] {
        let made = app.admin().post("/api/user/apikey", &json!({ "type": "api", "name": "shop" })).await;
        let key = made.data(200).clone();
        assert_eq!(
            keys(&key),
            ["api_key", "created_at", "id", "last_used_at", "name", "type", "updated_at", "user_id"]
        );
        let text = key["api_key"].as_str().unwrap();
        assert!(text.starts_with("api_"), "{text}");
        assert_eq!(app.with(text).get("/api/user").await.status, 200);
        assert_eq!(app.with(&format!("Bearer {text}")).get("/api/user").await.status, 200);

        let listed = app.admin().get("/api/user/apikeys").await;
        assert!(!listed.text.contains(text), "a list never shows a key");
        assert_eq!(listed.body["total_count"], json!(3));

        let name = if by_text { text } else { key["id"].as_str().unwrap() };
        let path = format!("/api/user/apikey/{name}");
        assert_eq!(app.admin().delete(&path).await.status, 200);
        let gone = app.admin().delete(&path).await;
        assert_eq!((gone.status, gone.msg()), (404, "not found error: api key not found"));
        assert_eq!(app.with(text).get("/api/user").await.status, 401, "a deleted key is refused at once");
    }
}

#[tokio::test]
async fn fields_of_a_new_key_are_checked() {
    let app = TestApp::start().await;
    let name = "n".repeat(100);
    for (body, status, msg) in [
        (json!({ "type": "public", "name": name }), 200, "success"),
        (
            json!({ "type": "api", "name": format!("{name}n") }),
            400,
            "bad request error: invalid name: must be 1-100 printable characters",
        ),
        (
            json!({ "type": "api", "name": "" }),
            400,
            "bad request error: invalid name: must be 1-100 printable characters",
        ),
        (json!({ "type": "gift", "name": "x" }), 400, "bad request error: invalid type: must be \"api\" or \"pub\""),
        (json!({ "type": 1, "name": "x" }), 400, "bad request error: invalid type: must be a string"),
        (json!({ "type": "api" }), 400, "bad request error: invalid name: is required"),
    ] {
        let answer = app.admin().post("/api/user/apikey", &body).await;
        assert_eq!((answer.status, answer.msg()), (status, msg), "{body}");
    }
}

#[tokio::test]
async fn a_standard_user_sees_and_deletes_only_its_own_keys() {
    let app = TestApp::start().await;
    let clerk = app.standard(&[Permission::ManageApiKeys]).await;
    assert_eq!(clerk.get("/api/user/apikeys").await.body["total_count"], json!(0));
    let all = app.admin().get("/api/user/apikeys").await;
    let foreign = all.data(200)[0]["id"].as_str().unwrap();
    assert_eq!(clerk.delete(&format!("/api/user/apikey/{foreign}")).await.status, 404);
    assert_eq!(clerk.post("/api/user/apikey", &json!({ "type": "pub", "name": "till" })).await.status, 200);
    assert_eq!(clerk.get("/api/user/apikeys").await.body["total_count"], json!(1));
}

#[tokio::test]
async fn a_fresh_folder_has_one_terminal() {
    let app = TestApp::start().await;
    let answer = app.admin().get("/api/terminals").await;
    let terminal = &answer.data(200)[0];
    assert_eq!(answer.body["total_count"], json!(1));
    assert_eq!(
        keys(terminal),
        [
            "auth_key",
            "auto_settle",
            "created_at",
            "description",
            "id",
            "manufacturer",
            "merchant_id",
            "model",
            "register_id",
            "serial_number",
            "settle_at",
            "status",
            "tpn",
            "updated_at"
        ]
    );
    assert_eq!((&terminal["tpn"], &terminal["model"]), (&json!("000000000001"), &json!("z11")));
    assert_eq!((&terminal["auto_settle"], &terminal["settle_at"]), (&json!(true), &json!("00:00:00")));
}
