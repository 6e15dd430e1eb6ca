//! Add-ons and discounts of the gateway, from outside.

use serde_json::{Value, json};

use super::vault::{Expected as _, keys};
use crate::support::TestApp;

/// Path of one, path of the list.
const NOUNS: [(&str, &str); 2] =
    [("/api/recurring/addon", "/api/recurring/addons"), ("/api/recurring/discount", "/api/recurring/discounts")];

#[tokio::test]
async fn they_are_shown_as_the_seed_shows_them() {
    let app = TestApp::start().await;
    let key = app.key();
    for (one, list) in NOUNS {
        let empty = key.get(list).await;
        assert_eq!((empty.data(200), &empty.body["total_count"]), (&json!([]), &json!(0)));
        let body = json!({ "name": "test plan", "description": "just a simple test plan", "amount": 100 });
        let made = key.post(one, &body).await.ok();
        let expected = json!({
            "id": made["id"], "name": "test plan", "description": "just a simple test plan", "amount": 100,
            "percentage": null, "duration": 0, "created_at": made["created_at"], "updated_at": made["updated_at"],
        });
        assert_eq!(made, expected);
        let path = format!("{one}/{}", made["id"].as_str().expect("a string"));
        assert_eq!(key.get(&path).await.ok(), made);
        let share = key.post(one, &json!({ "percentage": 43_440, "amount": null })).await.ok();
        assert_eq!(
            (&share["amount"], &share["percentage"], &share["name"]),
            (&Value::Null, &json!(43_440), &json!(""))
        );

        let all = key.get(list).await;
        assert_eq!(keys(&all.body), ["data", "msg", "status", "total_count"]);
        assert_eq!((all.data(200), &all.body["total_count"]), (&json!([made, share]), &json!(2)));

        let changed = key.post(&path, &json!({ "percentage": 100, "duration": 2 })).await.ok();
        assert_eq!((&changed["amount"], &changed["percentage"]), (&Value::Null, &json!(100)));
        assert_eq!((&changed["name"], &changed["duration"]), (&json!("test plan"), &json!(2)));

        let gone = key.delete(&path).await;
        assert_eq!(gone.body, json!({ "status": "success", "msg": "success", "data": null }));
        key.get(&path).await.is(404, "not found");
        key.post(&path, &json!({ "amount": 1 })).await.is(404, "not found");
        key.delete(&path).await.is(404, "not found");
    }
}

#[tokio::test]
async fn an_add_on_is_no_discount() {
    let app = TestApp::start().await;
    let made = app.key().post(NOUNS[0].0, &json!({ "amount": 1 })).await.ok();
    let id = made["id"].as_str().expect("a string");
    app.key().get(&format!("{}/{id}", NOUNS[1].0)).await.is(404, "discount not found");
    app.key().delete(&format!("{}/{id}", NOUNS[1].0)).await.is(404, "discount not found");
}

#[tokio::test]
async fn every_field_is_checked_from_both_sides() {
    let app = TestApp::start().await;
    let key = app.key();
    let long = |length: usize| "x".repeat(length);
    for (one, list) in NOUNS {
        for (body, field) in [
            (json!({ "amount": 0 }), ""),
            (json!({ "amount": 9_999_999_999_999_i64 }), ""),
            (json!({ "amount": 10_000_000_000_000_i64 }), "amount"),
            (json!({ "amount": -1 }), "amount"),
            (json!({ "amount": "100" }), "amount"),
            (json!({ "amount": 1.0 }), "amount"),
            (json!({ "percentage": 0 }), ""),
            (json!({ "percentage": 99 }), "percentage"),
            (json!({ "percentage": 100 }), ""),
            (json!({ "percentage": 100_000 }), ""),
            (json!({ "percentage": 100_001 }), "percentage"),
            (json!({ "amount": 1, "percentage": 100 }), "not both"),
            (json!({}), "amount"),
            (json!({ "amount": null, "percentage": null }), "amount"),
            (json!({ "amount": 1, "duration": 100_000 }), ""),
            (json!({ "amount": 1, "duration": 100_001 }), "duration"),
            (json!({ "amount": 1, "duration": -1 }), "duration"),
            (json!({ "amount": 1, "name": long(255), "description": long(255) }), ""),
            (json!({ "amount": 1, "name": long(256) }), "name"),
            (json!({ "amount": 1, "description": long(256) }), "description"),
            (json!({ "amount": 1, "name": 7 }), "name"),
        ] {
            let before = key.get(list).await.body["total_count"].clone();
            key.post(one, &body).await.is(if field.is_empty() { 200 } else { 400 }, field);
            let grew = key.get(list).await.body["total_count"] != before;
            assert_eq!(grew, field.is_empty(), "{body}: a refusal writes nothing");
        }
    }
}

#[tokio::test]
async fn the_same_key_makes_one() {
    let app = TestApp::start().await;
    for (one, list) in NOUNS {
        let client = app.key().header("idempotency-key", one);
        let first = client.post(one, &json!({ "amount": 1 })).await.ok();
        assert_eq!(client.post(one, &json!({ "amount": 1 })).await.ok(), first);
        assert_eq!(client.post(one, &json!({ "amount": 2 })).await.status, 422);
        assert_eq!(app.key().get(list).await.body["total_count"], 1);
    }
}
