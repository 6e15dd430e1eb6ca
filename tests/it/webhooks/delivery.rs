//! Delivery: retried on schedule, in order, at least once over crashes; nobody slows another; replays.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bursar::app::company::CompanyChange;
use serde_json::{Value, json};

use super::{assert_signed, endpoint, happen, sequences, standing};
use crate::support::{Behave, Catcher, TestApp, command};

/// At once, then after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h at the latest; then no more.
#[tokio::test]
async fn a_message_is_tried_on_schedule_and_then_the_endpoint_is_disabled() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    catcher.behave(Behave::Answer(503));
    let (id, secret) = endpoint(&app, catcher.url(), json!({ "topics": ["add_on.*"] })).await;
    let email = CompanyChange { field: "email".to_owned(), value: "shop@example.com".to_owned() };
    app.app().company_update(&command(), vec![email]).await.expect("the address fits");
    let made = happen(&app, 2).await;
    let mut at = app.now();
    catcher.wait_for(1).await;
    for (tries, wait_s) in (1..).zip([5i64, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
        at = at.plus(wait_s * 1_000_000);
        app.advance_to(&at.to_string()).await;
        assert_eq!(catcher.caught().len(), tries + 1, "after {wait_s} s");
        let times: Vec<i64> = catcher.caught().iter().map(seconds).collect();
        let waited = times[tries] - times[tries - 1];
        assert!((wait_s * 9 / 10 - 1..=wait_s).contains(&waited), "{waited} s instead of {wait_s}, or a tenth less");
    }
    let caught = catcher.caught();
    assert_eq!(sequences(&caught), [made[0]; 10], "nothing overtakes what is being tried");
    let ids: BTreeSet<&str> = caught.iter().map(|caught| caught.header("webhook-id")).collect();
    assert_eq!(ids.len(), 1, "the same id on every try");
    let times: BTreeSet<&str> = caught.iter().map(|caught| caught.header("webhook-timestamp")).collect();
    assert_eq!(times.len(), 10, "a fresh timestamp on every try");
    caught.iter().for_each(|caught| assert_signed(caught, &secret));
    let now = standing(&app, &id).await;
    assert_eq!(now["enabled"], false, "{now}");
    assert!(now["disabled_reason"].as_str().expect("text").ends_with("was tried 10 times"), "{now}");
    let feed = app.admin().get("/api/events?limit=1000").await.data(200).clone();
    let told = feed.as_array().expect("a list").iter().find(|event| event["type"] == "webhook.disabled");
    assert_eq!(told.expect("it is in the feed")["data"]["sequence"], json!(made[0]));
    let mails = app.app().mail_list(&command(), None, 10).expect("the outbox");
    assert!(mails.iter().any(|mail| mail.kind == "webhook.disabled" && mail.to == "shop@example.com"), "{mails:?}");
    // Enabled again, it goes on where it stood: nothing is lost.
    catcher.behave(Behave::Answer(204));
    app.admin().post(&format!("/api/webhooks/{id}"), &json!({ "enabled": true })).await.data(200);
    assert_eq!(sequences(&catcher.wait_for(12).await[10..]), made);
}

fn seconds(caught: &crate::support::Caught) -> i64 {
    caught.header("webhook-timestamp").parse().expect("seconds")
}

/// What is no 2xx is a failure, whatever it says; 410 is the end; `Retry-After` is heeded.
#[tokio::test]
async fn only_a_2xx_is_success() {
    let app = TestApp::start().await;
    let redirect = Behave::AnswerWith(302, "location: http://169.254.169.254/\r\n".to_owned());
    let later = Behave::AnswerWith(429, "retry-after: 3600\r\n".to_owned());
    for (behave, status, error, enabled, next) in [
        (Behave::Answer(200), json!(200), "", true, None),
        (Behave::Answer(299), json!(299), "", true, None),
        (Behave::Long(200_000), json!(200), "", true, None),
        (Behave::Answer(199 + 101), json!(300), "", true, Some("2026-01-01T00:00:0")),
        (redirect, json!(302), "", true, Some("2026-01-01T00:00:0")),
        (Behave::Answer(404), json!(404), "", true, Some("2026-01-01T00:00:0")),
        (later, json!(429), "", true, Some("2026-01-01T01:00:0")),
        (Behave::Hang, Value::Null, "no answer in time", true, Some("2026-01-01T00:00:0")),
        (Behave::Answer(410), json!(410), "", false, None),
    ] {
        let catcher = Catcher::start().await;
        catcher.behave(behave.clone());
        let (id, _) = endpoint(&app, catcher.url(), json!({ "topics": ["add_on.*"] })).await;
        happen(&app, 1).await;
        let log = logged(&app, &id, 1).await;
        assert_eq!((&log[0]["response_status"], &log[0]["error"]), (&status, &json!(error)), "{behave:?}");
        assert!(log[0]["response_body"].as_str().expect("text").len() <= 512, "{behave:?}");
        let now = standing(&app, &id).await;
        assert_eq!(now["enabled"], enabled, "{behave:?} {now}");
        let said = now["next_try_at"].as_str();
        assert!(
            said.zip(next).is_some_and(|(said, next)| said.starts_with(next)) || said == next,
            "{behave:?} {said:?}"
        );
        app.admin().delete(&format!("/api/webhooks/{id}")).await.data(200);
    }
}

/// Waits until the log has `count` tries; newest first.
async fn logged(app: &TestApp, id: &str, count: usize) -> Vec<Value> {
    let reading = async {
        loop {
            let log = app.admin().get(&format!("/api/webhooks/{id}/deliveries?limit=100")).await.data(200).clone();
            let rows = log.as_array().expect("a list").clone();
            if rows.len() >= count {
                return rows;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the tries are logged")
}

/// Ten thousand messages wait for a receiver that is down for six hours: all arrive, once, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_outlive_a_long_outage() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    catcher.behave(Behave::Close);
    let (_, secret) = endpoint(&app, catcher.url(), json!({ "topics": ["add_on.*"] })).await;
    let made = happen(&app, 10_000).await;
    assert_eq!(made.len(), 10_000);
    app.advance_to("2026-01-01T06:00:00Z").await;
    assert_eq!(catcher.accepted().len(), 0);
    catcher.behave(Behave::Answer(200));
    app.advance_to("2026-01-01T12:00:00Z").await;
    let tried = catcher.caught().len();
    let caught = catcher.wait_for(tried.max(10_000)).await;
    let accepted = wait_accepted(&catcher, 10_000).await;
    assert!(caught.len() >= 10_000);
    assert_eq!(sequences(&accepted), made);
    accepted.iter().for_each(|caught| assert_signed(caught, &secret));
}

async fn wait_accepted(catcher: &Catcher, count: usize) -> Vec<crate::support::Caught> {
    let mut seen = 0;
    loop {
        let accepted = catcher.accepted();
        if accepted.len() >= count {
            return accepted;
        }
        seen = catcher.wait_for(seen + 1).await.len();
    }
}

/// The sender dies twenty times between sending and writing that down: nothing is missing, nothing is out of order but
/// what is repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_of_the_sender_lose_nothing() {
    let mut app = TestApp::start().await;
    let catcher = Catcher::start().await;
    let (id, secret) = endpoint(&app, catcher.url(), json!({ "topics": ["add_on.*"] })).await;
    app.admin().post(&format!("/api/webhooks/{id}"), &json!({ "enabled": false })).await.data(200);
    let made = happen(&app, 2_000).await;
    app.admin().post(&format!("/api/webhooks/{id}"), &json!({ "enabled": true })).await.data(200);
    for kill in 0..20u64 {
        let alive = Arc::new(AtomicU64::new(37 + kill * 3));
        let left = Arc::clone(&alive);
        let died = Arc::new(tokio::sync::Notify::new());
        let dies = Arc::clone(&died);
        app.set_checkpoint(Some(Arc::new(move |point| {
            let is_alive = point != "webhook.sent"
                || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
            if !is_alive {
                dies.notify_one();
            }
            is_alive
        })));
        app.restart().await;
        tokio::time::timeout(Duration::from_secs(20), died.notified()).await.expect("it dies while it sends");
    }
    app.set_checkpoint(None);
    app.restart().await;
    let mut arrived = BTreeSet::new();
    let mut count = 0;
    while arrived.len() < made.len() {
        let caught = catcher.wait_for(count + 1).await;
        arrived.extend(sequences(&caught[count..]));
        count = caught.len();
    }
    assert_eq!(arrived, made.iter().copied().collect());
    let caught = catcher.caught();
    caught.iter().for_each(|caught| assert_signed(caught, &secret));
    // A kill repeats at most what one commit holds.
    assert!(caught.len() <= made.len() + 20 * 20, "{} messages", caught.len());
    let mut first_seen = BTreeSet::new();
    let fresh: Vec<i64> = sequences(&caught).into_iter().filter(|seq| first_seen.insert(*seq)).collect();
    assert_eq!(fresh, made, "in order");
}

/// One endpoint never answers, nine do: they have everything while it still waits for the first.
#[tokio::test]
async fn a_dead_endpoint_slows_nobody() {
    let app = TestApp::start().await;
    let dead = Catcher::start().await;
    dead.behave(Behave::Hang);
    endpoint(&app, dead.url(), json!({ "topics": ["add_on.*"] })).await;
    let mut good = Vec::new();
    for _ in 0..9 {
        let catcher = Catcher::start().await;
        endpoint(&app, catcher.url(), json!({ "topics": ["add_on.*"] })).await;
        good.push(catcher);
    }
    dead.behave(Behave::Hang);
    let made = happen(&app, 20).await;
    for catcher in &good {
        assert_eq!(sequences(&catcher.wait_for(20).await), made);
    }
    assert!(dead.caught().len() <= 2, "it is still at the first: {}", dead.caught().len());
}

#[tokio::test]
async fn one_message_a_range_or_everything_is_sent_again() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    let wanted = json!({ "topics": ["add_on.*"], "format": "standard" });
    let (id, _) = endpoint(&app, catcher.url(), wanted).await;
    let path = format!("/api/webhooks/{id}/replay");
    let made = happen(&app, 10).await;
    let first = catcher.wait_for(10).await;
    let mut count = 10;
    for (body, expected) in [
        (json!({ "sequence": made[3] }), &made[3..4]),
        (json!({ "from": made[2], "to": made[5] }), &made[2..6]),
        (json!({ "from": 1 }), &made[..]),
    ] {
        let answer = app.admin().post(&path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let caught = catcher.wait_for(count + expected.len()).await;
        assert_eq!(sequences(&caught[count..]), expected, "{body}");
        count += expected.len();
    }
    let again = &catcher.caught()[10];
    assert_eq!(again.header("webhook-id"), first[3].header("webhook-id"));
    let log = logged(&app, &id, count).await;
    assert_eq!((&log[0]["replay"], &log[log.len() - 1]["replay"]), (&json!(true), &json!(false)));
    for (body, field) in [
        (json!({}), "from"),
        (json!({ "from": 0 }), "from"),
        (json!({ "from": 1_000_000 }), "from"),
        (json!({ "from": 5, "to": 4 }), "to"),
        (json!({ "sequence": 1, "from": 1 }), "sequence"),
        (json!({ "sequence": 1, "to": 1 }), "to"),
    ] {
        let answer = app.admin().post(&path, &body).await;
        assert!(answer.status == 400 && answer.msg().contains(&format!("invalid {field}: ")), "{body} {}", answer.text);
    }
}

/// A replay in the gateway's format names what it repeats.
#[tokio::test]
async fn the_gateways_replay_names_its_original() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    let (id, _) = endpoint(&app, catcher.url(), json!({ "topics": ["add_on.*"], "format": "gateway" })).await;
    let made = happen(&app, 1).await;
    let first = catcher.wait_for(1).await.remove(0);
    app.admin().post(&format!("/api/webhooks/{id}/replay"), &json!({ "sequence": made[0] })).await.data(200);
    let again = catcher.wait_for(2).await.remove(1);
    assert_eq!(again.header("x-webhook-replay-of"), first.header("x-webhook-event-id"));
    assert_ne!(again.header("x-webhook-event-id"), first.header("x-webhook-event-id"));
    assert_eq!((first.header("x-webhook-replay-of"), &again.body), ("", &first.body));
}

/// What is kept of tries goes after thirty days.
#[tokio::test]
async fn the_log_is_pruned() {
    let app = TestApp::start().await;
    let catcher = Catcher::start().await;
    let (id, _) = endpoint(&app, catcher.url(), json!({ "topics": ["add_on.*"] })).await;
    happen(&app, 3).await;
    assert_eq!(logged(&app, &id, 3).await.len(), 3);
    app.advance_to("2026-02-03T00:00:00Z").await;
    let log = app.admin().get(&format!("/api/webhooks/{id}/deliveries")).await.data(200).clone();
    assert_eq!(log, json!([]));
}
