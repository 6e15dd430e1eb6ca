//! Section 9 of the contract: endpoints, their topics, what is refused.

use serde_json::{Value, json};

use super::{Shop, refused};
use crate::support::Catcher;

pub(super) const TOPICS: [&str; 5] =
    ["balance_change", "negative_balance", "threshold", "auto_refill", "pause_balance"];

/// An endpoint at `url` with its answer.
pub(super) async fn made(shop: &Shop, body: Value) -> Value {
    shop.post("{c}/webhooks", &body).await.data(200).clone()
}

/// Where an endpoint is.
pub(super) fn place(webhook: &Value) -> String {
    format!("{{c}}/webhooks/{}", webhook["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn an_endpoint_has_the_contracts_shape() {
    let shop = Shop::open().await;
    let body = json!({ "url": "https://8.8.8.8/hook", "username": "u", "password": "p" });
    let first = made(&shop, body).await;
    let secret = first["secret"].as_str().expect("the secret");
    assert_eq!(bursar::signature::standard_key(secret).len(), 32, "{secret}");
    assert!(first["id"].as_str().expect("an id").starts_with("w_"));
    let mut expected = json!({
        "id": first["id"], "url": "https://8.8.8.8/hook", "username": "u", "topics": [], "enabled": true,
        "secret": secret, "created_at": first["created_at"], "updated_at": null,
    });
    assert_eq!(first, expected);
    expected.as_object_mut().expect("an object").remove("secret");
    let shown = shop.get(&place(&first)).await;
    assert_eq!(shown.data(200), &expected);
    let bare = made(&shop, json!({ "url": "https://8.8.8.8/" })).await;
    assert_eq!(bare["username"], Value::Null);
    // Those of other formats are not the treasury's.
    let other = shop.client.post("/api/webhooks", &json!({ "url": "https://8.8.8.8/" })).await;
    let other = format!("{{c}}/webhooks/w_{}", other.data(200)["id"].as_str().expect("an id"));
    assert_eq!(refused(&shop.get(&other).await), (404, "not_found"));
    assert_eq!(refused(&shop.client.delete(&shop.path(&other)).await), (404, "not_found"));
    assert_eq!(refused(&shop.post(&format!("{other}/subscribe/threshold"), &json!({})).await), (404, "not_found"));
    let listed = shop.get("{c}/webhooks?limit=1").await;
    assert_eq!((&listed.body["data"][0]["id"], &listed.body["has_more"]), (&bare["id"], &json!(true)));
    let cursor = listed.body["next_cursor"].as_str().expect("a cursor");
    let listed = shop.get(&format!("{{c}}/webhooks?cursor={cursor}")).await;
    assert_eq!((&listed.body["data"], &listed.body["next_cursor"]), (&json!([expected]), &Value::Null));
    let gone = shop.client.delete(&shop.path(&place(&first))).await;
    assert_eq!(gone.data(200), &json!({ "id": first["id"], "deleted": true }));
    assert_eq!(refused(&shop.get(&place(&first)).await), (404, "not_found"));
    assert_eq!(refused(&shop.client.delete(&shop.path(&place(&first))).await), (404, "not_found"));
    for id in ["w_0000000000000000", "w_!", "0000000000000000", &shop.account.clone()] {
        assert_eq!(refused(&shop.get(&format!("{{c}}/webhooks/{id}")).await), (404, "not_found"), "{id}");
    }
}

#[tokio::test]
async fn topics_are_subscribed_one_by_one() {
    let shop = Shop::open().await;
    let hook = made(&shop, json!({ "url": "https://8.8.8.8/" })).await;
    let at = |topic: &str| format!("{}/subscribe/{topic}", place(&hook));
    for (nth, topic) in TOPICS.iter().enumerate() {
        for _ in 0..2 {
            let answer = shop.post(&at(topic), &json!({})).await;
            assert_eq!(answer.data(200)["topics"], json!(TOPICS[..=nth]), "twice is once");
        }
    }
    let before = shop.get(&place(&hook)).await.data(200).clone();
    assert!(before["updated_at"].is_string());
    for topic in ["threshold", "threshold"] {
        let answer = shop.client.delete(&shop.path(&at(topic))).await;
        let left = ["balance_change", "negative_balance", "auto_refill", "pause_balance"];
        assert_eq!(answer.data(200)["topics"], json!(left));
    }
    for topic in ["nothing", "balance.changed", "*", "Threshold", "test"] {
        for answer in [shop.post(&at(topic), &json!({})).await, shop.client.delete(&shop.path(&at(topic))).await] {
            assert_eq!(refused(&answer), (422, "invalid"), "{topic}");
            assert_eq!(answer.body["error"]["field"], "topic");
        }
    }
}

/// An endpoint that was made with patterns shows what they mean, and goes on with it.
#[tokio::test]
async fn patterns_are_shown_as_the_topics_they_mean() {
    let shop = Shop::open().await;
    let body = json!({ "url": "https://8.8.8.8/", "format": "fermata", "topics": ["balance.*"] });
    let id = shop.client.post("/api/webhooks", &body).await.data(200)["id"].as_str().expect("an id").to_owned();
    let hook = json!({ "id": format!("w_{id}") });
    let all = ["balance_change", "negative_balance", "pause_balance", "threshold"];
    assert_eq!(shop.get(&place(&hook)).await.data(200)["topics"], json!(all));
    let left = shop.client.delete(&shop.path(&format!("{}/subscribe/threshold", place(&hook)))).await;
    assert_eq!(left.data(200)["topics"], json!(all[..3]));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name() {
    let shop = Shop::open().await;
    let url = "https://8.8.8.8/hook";
    for (body, field) in [
        (json!({}), "url"),
        (json!({ "url": null }), "url"),
        (json!({ "url": 5 }), "url"),
        (json!({ "url": "" }), "url"),
        (json!({ "url": "8.8.8.8/hook" }), "url"),
        (json!({ "url": "ftp://8.8.8.8/" }), "url"),
        (json!({ "url": "https://u@8.8.8.8/" }), "url"),
        (json!({ "url": "https://8.8.8.8/#top" }), "url"),
        (json!({ "url": format!("{url}/{}", "a".repeat(2_000)) }), "url"),
        (json!({ "url": "https://10.0.0.1/" }), "url"),
        (json!({ "url": "http://192.168.1.1/" }), "url"),
        (json!({ "url": "http://169.254.169.254/latest" }), "url"),
        (json!({ "url": "http://[::ffff:169.254.169.254]/" }), "url"),
        (json!({ "url": "http://2852039166/" }), "url"),
        (json!({ "url": "https://100.64.0.1/" }), "url"),
        (json!({ "url": url, "username": "u" }), "password"),
        (json!({ "url": url, "password": "p" }), "username"),
        (json!({ "url": url, "username": "u", "password": null }), "password"),
        (json!({ "url": url, "username": "a:b", "password": "p" }), "username"),
        (json!({ "url": url, "username": "", "password": "p" }), "username"),
        (json!({ "url": url, "username": "a".repeat(256), "password": "p" }), "username"),
        (json!({ "url": url, "username": "u", "password": "a".repeat(256) }), "password"),
        (json!({ "url": url, "topics": ["threshold"] }), "topics"),
        (json!({ "url": url, "secret": "whsec_x" }), "secret"),
    ] {
        let answer = shop.post("{c}/webhooks", &body).await;
        assert_eq!(refused(&answer), (422, "invalid"), "{body}: {}", answer.text);
        assert_eq!(answer.body["error"]["field"], field, "{body}: {}", answer.text);
    }
    // With a stopped clock this machine may be called, over http too.
    for url in ["http://127.0.0.1:1/", "http://localhost/", "https://[::1]/x?y=z", "http://8.8.8.8:81/"] {
        shop.post("{c}/webhooks", &json!({ "url": url })).await.data(200);
    }
    assert_eq!(shop.get("{c}/webhooks").await.body["data"].as_array().map(Vec::len), Some(4), "none of those refused");
}

/// The first request's answer again, secret and all; nothing twice.
#[tokio::test]
async fn a_named_request_is_done_once() {
    let shop = Shop::open().await;
    let catcher = Catcher::start().await;
    let body = json!({ "url": catcher.url(), "username": "u", "password": "p" }).to_string();
    let named = |name: &str| shop.client.clone().header("X-DedupeId", name);
    let path = shop.path("{c}/webhooks");
    let first = named("make").send("POST", &path, Some(body.clone())).await;
    let again = named("make").send("POST", &path, Some(body)).await;
    assert_eq!((first.status, &first.text), (200, &again.text));
    assert_eq!(shop.get("{c}/webhooks").await.body["data"].as_array().map(Vec::len), Some(1));
    let other = json!({ "url": catcher.url() });
    assert_eq!(refused(&named("make").post(&path, &other).await), (422, "dedupe_mismatch"));
    let hook = shop.path(&place(first.data(200)));
    let subscribed = named("sub").send("POST", &format!("{hook}/subscribe/threshold"), None).await;
    shop.client.delete(&format!("{hook}/subscribe/threshold")).await.data(200);
    let again = named("sub").send("POST", &format!("{hook}/subscribe/threshold"), None).await;
    assert_eq!((&subscribed.data(200)["topics"], &again.data(200)["topics"]), (&json!(["threshold"]), &json!([])));
    assert_eq!(named("gone").delete(&hook).await.status, 200);
    assert_eq!(named("gone").delete(&hook).await.status, 200, "the first result again");
    assert_eq!(shop.client.delete(&hook).await.status, 404);
}
