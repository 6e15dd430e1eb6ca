//! How often one network may try what strangers guess at: the API and the pages count together.

use serde_json::json;

use crate::dashboard;
use crate::support::TestApp;
use crate::support::browser::Browser;

#[tokio::test]
async fn too_many_tries_from_one_network_wait() {
    let app = TestApp::start().await;
    let client = app.anon().header("x-forwarded-for", "203.0.113.9");
    let login = json!({ "username": "nobody", "password": "Wrong-Password-1" });
    let mut limited = None;
    for attempt in 0..90 {
        // A made-up X-Forwarded-For buys no more tries: the peer is no proxy that we were told of.
        let client = client.clone().header("x-forwarded-for", &format!("198.51.100.{attempt}"));
        let answer = client.post("/api/token-auth", &login).await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        assert_eq!(answer.status, 401);
    }
    let limited = limited.expect("90 tries at once are too many");
    assert_eq!(limited.body, json!({ "status": "failed", "msg": "too many requests" }));
    let wait: u32 = limited.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");

    let mut browser = Browser::new(&app);
    let page = dashboard::login(&mut browser, "nobody", "Wrong-Password-1").await;
    assert_eq!(page.status, 429, "the page counts with the API");
    assert!(page.header("retry-after").parse::<u32>().is_ok() && page.text.contains("Please wait"), "{}", page.text);
    assert_eq!(app.admin().get("/api/user").await.status, 200, "who has a key is not held up");
}

#[tokio::test]
async fn payments_tried_from_one_network_are_bounded() {
    let app = TestApp::start().await;
    let mut limited = None;
    for _ in 0..90 {
        let answer = app.anon().post_form("/invoice/0000000000000000000000/pay", &[("method", "card")]).await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        assert_eq!(answer.status, 404);
    }
    let limited = limited.expect("90 payments at once are too many");
    assert!(limited.text.contains("Too many payments were tried"), "{}", limited.text);
    assert!(limited.header("retry-after").parse::<u32>().is_ok());
}
