//! Subscriptions of accounts: what they add, when, and when no more.

use serde_json::{Value, json};

use super::{Desk, ok, refused};

fn new(schedule: Value) -> Value {
    json!({ "number": "S-1", "items": { "name": "Fee", "price": 10 }, "currency": "SEK", "schedule": schedule })
}

async fn begin(desk: &Desk, account: &str, body: Value) -> Value {
    ok(&desk.post(&format!("/account/{account}/subscription"), &body).await).clone()
}

#[tokio::test]
async fn each_date_adds_its_items_once() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    let all = begin(&desk, &id, new(json!("weekly"))).await;
    let first = &all[0];
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(first["id"].as_str().map(str::len), Some(4));
    assert_eq!((&first["start"], &first["due"]), (&json!("2026-01-01"), &json!("2026-01-08")));
    let path = format!("/account/{id}");
    assert_eq!(desk.get(&path).await["total"], 10, "the first is due on the day it begins");
    desk.app.advance_to("2026-01-29T00:00:00Z").await;
    let account = desk.get(&path).await;
    assert_eq!((&account["total"], account["balance"].as_array().map(Vec::len)), (&json!(50), Some(5)));
    desk.app.advance_to("2026-02-01T00:00:00Z").await;
    assert_eq!(desk.get(&path).await["total"], 0);
    assert_eq!(desk.newest().await["status"], json!({ "ordered": 50 }));
    desk.app.advance_to("2026-03-01T00:00:00Z").await;
    assert_eq!(desk.newest().await["status"], json!({ "ordered": 40 }), "5, 12, 19 and 26 February");
    desk.assert_books_hold();
}

#[tokio::test]
async fn downtime_is_made_up_for_date_by_date() {
    let desk = Desk::open().await;
    let id = desk.paying("tok_visa").await;
    begin(&desk, &id, new(json!("daily"))).await;
    // The clock moves while nobody looks; then everything is due at once.
    desk.app
        .clock()
        .advance_to(bursar::domain::time::Timestamp::parse_rfc3339("2026-01-06T00:00:00Z").expect("a time"));
    desk.app.advance_to("2026-01-06T00:00:01Z").await;
    assert_eq!(desk.get(&format!("/account/{id}")).await["total"], 60, "1 to 6 January");
}

#[tokio::test]
async fn a_subscription_is_changed_replaced_and_ended() {
    let desk = Desk::open().await;
    let id = desk.account(json!({})).await;
    let all = begin(&desk, &id, new(json!("monthly"))).await;
    let path = format!("/account/{id}/subscription/{}", all[0]["id"].as_str().expect("an id"));
    let changed = desk.send("PATCH", &path, &json!({ "items": 25, "end": "2026-03-01" })).await;
    let changed = ok(&changed)[0].clone();
    assert_eq!(
        (&changed["items"], &changed["end"], &changed["due"]),
        (&json!(25), &json!("2026-03-01"), &json!("2026-02-01"))
    );
    let replaced = desk.send("PUT", &path, &new(json!({ "frequency": "monthly", "offset": -1 }))).await;
    let replaced = ok(&replaced)[0].clone();
    assert_eq!((&replaced["id"], &replaced["due"]), (&all[0]["id"], &json!("2026-01-31")));
    assert!(replaced.get("end").is_none(), "what is replaced is gone");
    desk.app.advance_to("2026-02-10T00:00:00Z").await;
    let ended = desk.client.delete(&path).await;
    let ended = ok(&ended)[0].clone();
    assert_eq!((ended.get("due"), &ended["end"]), (None, &json!("2026-02-10")));
    desk.app.advance_to("2026-06-01T00:00:00Z").await;
    let orders = desk.get("/order").await;
    let sums: Vec<&Value> =
        orders.as_array().expect("a list").iter().map(|order| &order["payment"]["amount"]).collect();
    assert_eq!(sums, [&json!(20)], "1 January and 31 January, both on 1 February");
}

#[tokio::test]
async fn the_due_date_never_lies_beyond_the_end() {
    let desk = Desk::open().await;
    let id = desk.account(json!({})).await;
    for (start, end, due) in [
        ("2026-02-01", "2026-03-01", Some("2026-02-01")),
        ("2026-02-01", "2026-02-01", None),
        ("2025-01-15", "2027-01-01", Some("2026-01-15")),
    ] {
        let body = json!({ "items": 1, "currency": "SEK", "schedule": "monthly", "start": start, "end": end });
        let all = begin(&desk, &id, body).await;
        let last = all.as_array().expect("a list").last().expect("one").clone();
        assert_eq!(last.get("due").and_then(Value::as_str), due, "{start} {end}");
    }
    assert_eq!(desk.get(&format!("/account/{id}")).await["total"], 0, "nothing is added for days before today");
}

#[tokio::test]
async fn members_have_bounds() {
    let desk = Desk::open().await;
    let id = desk.account(json!({})).await;
    let path = format!("/account/{id}/subscription");
    let with = |name: &str, value: Value| {
        let mut body = new(json!("monthly"));
        body[name] = value;
        body
    };
    for (body, kind, property) in [
        (json!({ "currency": "SEK", "schedule": "monthly" }), "missing property", "items"),
        (with("items", json!(null)), "missing property", "items"),
        (with("items", json!(0)), "malformed content", "items"),
        (with("currency", json!("EUR")), "malformed content", "currency"),
        (with("schedule", json!("never")), "malformed content", "schedule"),
        (with("start", json!("2026-02-30")), "malformed content", "start"),
        (with("end", json!("2025-12-31")), "malformed content", "end"),
        (with("number", json!("x".repeat(256))), "malformed content", "number"),
        (with("callback", json!("ftp://example.com")), "malformed content", "callback"),
        (with("callback", json!("http://169.254.169.254/")), "malformed content", "callback"),
    ] {
        let answer = desk.post(&path, &body).await;
        assert_eq!(refused(&answer), (400, kind, property), "{body}: {}", answer.text);
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        let answer = desk.send(method, &format!("{path}/zzzz"), &new(json!("monthly"))).await;
        assert_eq!(refused(&answer), (404, "not found", ""), "{method}");
    }
}
