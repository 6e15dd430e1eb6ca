//! The event feed: gap-free and in order, by pages, by waiting, as a stream.

use std::time::Duration;

use serde_json::json;

use super::{happen, newest};
use crate::support::TestApp;

#[tokio::test]
async fn the_feed_is_read_by_pages_without_a_gap() {
    let app = TestApp::start().await;
    happen(&app, 250).await;
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = app.admin().get(&format!("/api/events?after={after}&limit=37")).await.data(200).clone();
        let page = page.as_array().expect("a list").clone();
        let Some(last) = page.last() else { break };
        after = last["sequence"].as_i64().expect("a number");
        seen.extend(page.iter().map(|event| event["sequence"].as_i64().expect("a number")));
    }
    assert_eq!(seen, (1..=newest(&app)).collect::<Vec<_>>());
    let one = app.admin().get("/api/events?limit=1").await.data(200)[0].clone();
    let expected = json!({
        "sequence": 1, "type": "user.created", "timestamp": one["timestamp"], "subject_kind": "user",
        "subject_id": one["subject_id"], "actor": "command", "correlation_id": "", "data": { "username": "admin" },
    });
    assert_eq!(one, expected);
    for (query, field) in [("after=-1", "after"), ("limit=0", "limit"), ("limit=1001", "limit"), ("wait=61", "wait")] {
        let answer = app.admin().get(&format!("/api/events?{query}")).await;
        assert!(
            answer.status == 400 && answer.msg().contains(&format!("invalid {field}: ")),
            "{query} {}",
            answer.text
        );
    }
    assert_eq!(app.admin().get("/api/events?after=x").await.status, 400);
}

/// Whoever waits has an event as soon as it is committed, and nothing after a wait in vain.
#[tokio::test]
async fn waiting_for_what_is_to_come() {
    let app = TestApp::start().await;
    let after = newest(&app);
    let client = app.admin();
    let waiting = tokio::spawn(async move { client.get(&format!("/api/events?after={after}&wait=30")).await });
    happen(&app, 1).await;
    let heard = tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("at once").expect("an answer");
    assert_eq!(heard.data(200)[0]["sequence"], json!(after + 1));
    let nothing = app.admin().get(&format!("/api/events?after={}&wait=1", after + 1)).await;
    assert_eq!(nothing.data(200), &json!([]));
}

/// Readers that wait and a stream see every number once, in order, while many write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_miss_nothing_under_concurrent_writes() {
    let app = TestApp::start().await;
    let start = newest(&app);
    let end = start + 1_000;
    let polling = tokio::spawn(poll(app.admin(), start, end));
    let streaming = tokio::spawn(stream(app.base().to_owned(), app.credentials().to_owned(), start, end));
    let written = happen(&app, 1_000).await;
    assert_eq!(written, (start + 1..=end).collect::<Vec<_>>());
    assert_eq!(finish(polling).await, written);
    assert_eq!(finish(streaming).await, written);
}

async fn finish(task: tokio::task::JoinHandle<Vec<i64>>) -> Vec<i64> {
    tokio::time::timeout(Duration::from_secs(30), task).await.expect("it hears everything").expect("no panic")
}

async fn poll(client: crate::support::Client, mut after: i64, end: i64) -> Vec<i64> {
    let mut seen = Vec::new();
    while after < end {
        let page = client.get(&format!("/api/events?after={after}&limit=1000&wait=10")).await.data(200).clone();
        seen.extend(page.as_array().expect("a list").iter().map(|event| event["sequence"].as_i64().expect("a number")));
        after = seen.last().copied().unwrap_or(after);
    }
    seen
}

async fn stream(base: String, key: String, after: i64, end: i64) -> Vec<i64> {
    bursar::outbound::provider_install();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.get(format!("{base}/api/events/stream")).header("authorization", key);
    let mut answer = request.header("last-event-id", after.to_string()).send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let end = format!("id: {end}\n");
    while !text.contains(&end) {
        let chunk = answer.chunk().await.expect("the stream goes on").expect("and does not end");
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    assert!(text.contains("event: add_on.created\ndata: {\"sequence\":"), "{text}");
    text.lines().filter_map(|line| line.strip_prefix("id: ")).map(|id| id.parse().expect("a number")).collect()
}

#[tokio::test]
async fn a_stream_begins_where_it_is_told_to() {
    let app = TestApp::start().await;
    for (header, query, status) in [("x", "", 400), ("-1", "", 400), ("", "?after=-1", 400), ("", "?after=x", 400)] {
        let client = if header.is_empty() { app.admin() } else { app.admin().header("last-event-id", header) };
        assert_eq!(client.get(&format!("/api/events/stream{query}")).await.status, status, "{header}{query}");
    }
    let clerk = app.standard(&[]).await;
    assert_eq!(clerk.get("/api/events/stream").await.status, 403);
    assert_eq!(clerk.get("/api/events").await.status, 403);
}
