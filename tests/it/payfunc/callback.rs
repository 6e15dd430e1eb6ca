//! Callbacks: the signed order arrives at the address that the merchant named, also after hours of silence.

use serde_json::json;

use super::{Desk, ok};
use crate::support::{Behave, Catcher};

#[tokio::test]
async fn the_signed_order_arrives() {
    let desk = Desk::open().await;
    let catcher = Catcher::start().await;
    let order = json!({ "items": 10, "currency": "SEK", "callback": catcher.url(),
        "payment": { "type": "card", "card": "tok_visa" } });
    let made = desk.post("/order", &order).await;
    assert_eq!(ok(&made)["callback"], catcher.url());
    catcher.behave(Behave::Answer(500));
    desk.app.advance_to("2026-01-01T00:00:01Z").await;
    assert_eq!(catcher.caught().len(), 1);
    catcher.behave(Behave::Answer(200));
    desk.app.advance_to("2026-01-01T03:00:00Z").await;
    let caught = catcher.accepted();
    assert_eq!(caught.len(), 1, "told once, after it was refused");
    let public = desk.app.app().signing_key_public().await.expect("a key");
    let token = String::from_utf8(caught[0].body.clone()).expect("a text");
    let claims = public.verify(&token).expect("signed by this instance");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!((&claims["id"], &claims["status"]), (&made.body["id"], &json!({ "charged": 10 })));
    desk.app.advance_to("2026-02-01T00:00:00Z").await;
    assert_eq!(catcher.caught().len(), 2);
}

#[tokio::test]
async fn an_order_of_a_balance_is_told_where_its_subscription_says() {
    let desk = Desk::open().await;
    let catcher = Catcher::start().await;
    let id = desk.paying("tok_chargeDeclined").await;
    let body = json!({ "items": 7, "currency": "SEK", "schedule": "monthly", "callback": catcher.url() });
    ok(&desk.post(&format!("/account/{id}/subscription"), &body).await);
    desk.app.advance_to("2026-02-04T00:01:00Z").await;
    assert_eq!(catcher.accepted().len(), 3, "a decline and two more");
}
