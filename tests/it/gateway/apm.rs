//! Payments on another page: sent there, decided there, sent back, or left alone.

use serde_json::{Value, json};

use super::till::{Till, id_of, with};
use crate::support::Answer;

const SHOP: &str = "https://shop.example/thanks?order=7#top";

fn sale() -> Value {
    json!({
        "type": "sale", "amount": 1112,
        "payment_method": { "apm": {
            "type": "alipay", "merchant_redirect_url": SHOP, "locale": "en-US", "mobile_view": false,
            "consumer_ref": "customer-7",
        } },
    })
}

/// The path of the page on which the customer pays.
fn page_of(waiting: &Value) -> String {
    let url = waiting["response_body"]["apm"]["redirect_url"].as_str().expect("it says where");
    let (_, path) = url.split_once("/simulator/").expect("the simulator's page");
    format!("/simulator/{path}")
}

async fn answer(till: &Till, page: &str, outcome: &str) -> Answer {
    let customer = till.app.anon().header("sec-fetch-site", "same-origin");
    customer.post_form(page, &[("outcome", outcome)]).await
}

#[tokio::test]
async fn what_the_customer_says_there_is_final_and_told_on_the_way_back() {
    let till = Till::open().await;
    for (outcome, status, code, told) in [
        ("approve", "pending_settlement", 100, "approved"),
        ("refuse", "declined", 200, "declined"),
        ("cancel", "declined", 205, "cancelled"),
    ] {
        let waiting = till.charge(&sale()).await.data(200).clone();
        let facts = (&waiting["status"], &waiting["response"], &waiting["response_code"], &waiting["payment_type"]);
        assert_eq!(facts, (&json!("pending"), &json!("pending"), &json!(99), &json!("apm")));
        let apm = &waiting["response_body"]["apm"];
        assert_eq!((&apm["type"], &apm["merchant_redirect_url"]), (&json!("alipay"), &json!(SHOP)));
        assert_eq!(apm["processor_specific"]["redirect_url"], apm["redirect_url"]);
        let page = page_of(&waiting);
        let shown = till.app.anon().get(&page).await;
        assert!(shown.status == 200 && shown.text.contains("alipay") && shown.text.contains("11.12"), "{}", shown.text);
        assert!(shown.header("content-security-policy").contains("form-action 'self' https://shop.example;"));

        let back = answer(&till, &page, outcome).await;
        let id = id_of(&waiting);
        let expected =
            format!("https://shop.example/thanks?order=7&transaction_id={id}&status={told}&response_code={code}#top");
        assert_eq!((back.status, back.header("location")), (303, expected.as_str()), "{}", back.text);
        let ended = till.again(&waiting).await;
        assert_eq!((&ended["status"], &ended["response_code"]), (&json!(status), &json!(code)), "{outcome}");
        assert_eq!(ended["response_body"]["apm"]["redirect_url"], "", "nothing to pay any more");
        assert_eq!(ended["amount_captured"], if code == 100 { 1112 } else { 0 });

        for again in ["approve", "refuse"] {
            let repeated = answer(&till, &page, again).await;
            assert_eq!(repeated.header("location"), expected, "a second answer changes nothing");
        }
        assert_eq!(till.app.anon().get(&page).await.header("location"), expected, "nor does the back button");
        assert_eq!(till.again(&waiting).await["status"], status);
    }
    assert_eq!(answer(&till, "/simulator/challenge/0000", "approve").await.status, 404);
}

#[tokio::test]
async fn an_authorization_is_held_captured_settled_and_refunded_like_any_other() {
    let till = Till::open().await;
    let held = till.charge(&with(&sale(), "type", json!("authorize"))).await.data(200).clone();
    assert_eq!(till.act(&held, "capture", &json!({})).await.status, 400, "nothing is held before the customer paid");
    answer(&till, &page_of(&held), "approve").await;
    assert_eq!(till.again(&held).await["status"], "authorized");
    assert_eq!(till.act(&held, "capture", &json!({ "amount": 1000 })).await.data(200)["amount_captured"], 1000);
    till.settle().await;
    let refund = till.act(&held, "refund", &json!({ "amount": 400 })).await.data(200).clone();
    assert_eq!((&refund["response_code"], &refund["payment_type"]), (&json!(100), &json!("apm")));
}

#[tokio::test]
async fn what_nobody_answers_expires_by_the_clock() {
    let till = Till::open().await;
    let waiting = till.charge(&sale()).await.data(200).clone();
    let page = page_of(&waiting);
    till.app.advance_to("2026-01-01T23:00:00Z").await;
    assert_eq!(till.again(&waiting).await["status"], "pending");
    till.app.advance_to("2026-01-02T01:00:00Z").await;
    let ended = till.again(&waiting).await;
    assert_eq!((&ended["status"], &ended["response_code"]), (&json!("declined"), &json!(205)));
    let late = answer(&till, &page, "approve").await;
    assert!(late.header("location").contains("status=cancelled"), "{}", late.header("location"));
    assert_eq!(till.app.simulator().charges().iter().filter(|line| line.amount.is_positive()).count(), 0);
}

#[tokio::test]
async fn the_answer_comes_from_the_page_itself() {
    let till = Till::open().await;
    let waiting = till.charge(&sale()).await.data(200).clone();
    let stranger = till.app.anon().header("sec-fetch-site", "cross-site");
    let refused = stranger.post_form(&page_of(&waiting), &[("outcome", "approve")]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(answer(&till, &page_of(&waiting), "steal").await.status, 400);
    assert_eq!(till.again(&waiting).await["status"], "pending");
}

#[tokio::test]
async fn every_field_has_its_bounds() {
    let till = Till::open().await;
    let long = |bytes: usize| format!("https://shop.example/{}", "x".repeat(bytes - 21));
    for (field, value, good) in [
        ("type", json!("x".repeat(40)), true),
        ("type", json!("x".repeat(41)), false),
        ("type", json!(""), false),
        ("type", json!("Ali pay"), false),
        ("type", Value::Null, false),
        ("merchant_redirect_url", json!("http://merchantwebsite.com/"), true),
        ("merchant_redirect_url", json!(long(2048)), true),
        ("merchant_redirect_url", json!(long(2049)), false),
        ("merchant_redirect_url", json!(""), false),
        ("merchant_redirect_url", json!("javascript:alert(1)"), false),
        ("merchant_redirect_url", json!("//evil.example/"), false),
        ("merchant_redirect_url", json!("https://shop.example@evil.example/"), false),
        ("merchant_redirect_url", json!("https://shop.example/\r\nx: y"), false),
        ("locale", json!("de"), true),
        ("locale", json!("zh-Hant-TW"), true),
        ("locale", json!("x"), false),
        ("locale", json!("en-US-POSIX-x-more-and-more"), false),
        ("locale", json!(""), false),
        ("mobile_view", json!(true), true),
        ("mobile_view", Value::Null, false),
        ("mobile_view", json!("true"), false),
        ("national_id", json!("1".repeat(30)), true),
        ("national_id", json!("1".repeat(31)), false),
        ("consumer_ref", json!("a".repeat(20)), true),
        ("consumer_ref", json!("a".repeat(21)), false),
        ("consumer_ref", json!("Ann"), false),
    ] {
        let body = with(&sale(), &format!("payment_method.apm.{field}"), value.clone());
        let answer = till.charge(&body).await;
        assert_eq!(answer.status, if good { 200 } else { 400 }, "{field} {value}: {}", answer.text);
        assert!(good || answer.msg().contains(&format!("payment_method.apm.{field}")), "{field}: {}", answer.text);
    }
    for kind in ["verification", "credit"] {
        let answer = till.charge(&with(&sale(), "type", json!(kind))).await;
        assert!(answer.status == 400 && answer.msg().contains("invalid type"), "{kind}: {}", answer.text);
    }
    let both = with(&sale(), "payment_method.token", json!("tok_visa"));
    assert_eq!(till.charge(&both).await.status, 400);
}
