//! The outbox: what is queued arrives at least once, what cannot arrive says why, and nothing is lost in a crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bursar::app::job::Job;
use bursar::domain::mail::{Mail, MailStatus};
use bursar::domain::time::{DAY, HOUR, MINUTE, SECOND};
use bursar::error::Error;

use crate::gateway::till::Till;
use crate::support::relay::{MailRelay, Order};
use crate::support::{TestApp, command};

async fn queue(app: &TestApp, to: &str) {
    app.app().mail_test(&command(), to.to_owned()).await.expect("it is queued");
}

fn newest(app: &TestApp) -> Mail {
    app.app().mail_list(&command(), None, 1).expect("the outbox").remove(0)
}

/// Runs what is due a second later: instants of writes are a little after a clock that stands still.
async fn run(app: &TestApp) {
    run_after(app, SECOND).await;
}

async fn run_after(app: &TestApp, wait: i64) {
    app.clock().advance_to(app.now().plus(wait));
    app.app().jobs_run_due().await.expect("the jobs run");
}

#[tokio::test]
async fn a_queued_mail_arrives_once_in_both_forms() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url_with_password()).await;
    queue(&app, "ann@example.com").await;
    assert_eq!((newest(&app).status, relay.arrived().len()), (MailStatus::Queued, 0), "the job sends, not the request");
    run(&app).await;
    run_after(&app, HOUR).await;
    let [mail] = &relay.arrived()[..] else { panic!("one mail: {:?}", relay.arrived()) };
    assert_eq!(relay.logins(), 1);
    assert_eq!(mail.to, ["ann@example.com"]);
    assert_eq!(mail.header("Subject"), "Mail from My Company arrives");
    assert_eq!(mail.header("From"), "\"Shop\" <shop@example.com>".replace('"', ""));
    let row = newest(&app);
    assert_eq!(mail.header("Message-ID"), format!("<{}@example.com>", row.id));
    let text = mail.decoded();
    assert!(text.contains("Content-Type: text/plain") && text.contains("Content-Type: text/html"), "{text}");
    assert_eq!(text.matches("to see whether mail arrives").count(), 2, "{text}");
    assert_eq!((row.status, row.attempts, row.last_error.as_str()), (MailStatus::Sent, 1, ""));
}

#[tokio::test]
async fn without_a_relay_mails_are_kept_and_can_be_read() {
    let app = TestApp::start().await;
    queue(&app, "ann@example.com").await;
    run(&app).await;
    let kept = newest(&app);
    assert_eq!(kept.status, MailStatus::Kept);
    let (_, written) = app.app().mail_find(&command(), &kept.id).await.expect("it is there");
    let written = written.expect("it says something");
    assert!(written.text.contains("whether mail arrives") && written.html.contains("whether mail arrives"));
    let events = app.app().events_after(&command(), 0, 100).expect("the feed");
    let queued = events.iter().find(|event| event.topic == "mail.queued").expect("it is an event");
    assert!(!queued.data_json.contains("example.com"), "no address in the feed: {}", queued.data_json);
}

#[tokio::test]
async fn a_recipient_that_is_none_is_refused_before_anything_is_queued() {
    let app = TestApp::start().await;
    for to in ["", "ann", "ann@", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "Ann <a@b.example>"] {
        match app.app().mail_test(&command(), to.to_owned()).await {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, "to", "{to:?}"),
            other => panic!("{to:?}: {other:?}"),
        }
    }
    assert!(app.app().mail_list(&command(), None, 10).expect("the outbox").is_empty());
}

#[tokio::test]
async fn a_recipient_refused_for_good_is_given_up_at_once() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url()).await;
    relay.order(&[Order::RefuseRecipient]);
    queue(&app, "gone@example.com").await;
    queue(&app, "ann@example.com").await;
    run(&app).await;
    let mails = app.app().mail_list(&command(), None, 10).expect("the outbox");
    assert_eq!((mails[0].status, mails[1].status), (MailStatus::Sent, MailStatus::Bounced), "the next one is sent");
    assert!(mails[1].last_error.contains("no such mailbox"), "{}", mails[1].last_error);
    let events = app.app().events_after(&command(), 0, 100).expect("the feed");
    assert_eq!(events.iter().filter(|event| event.topic == "mail.bounced").count(), 1);
    run_after(&app, 2 * DAY).await;
    assert_eq!(relay.arrived().len(), 1);
}

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url()).await;
    relay.order(&[Order::RefuseForNow]);
    queue(&app, "ann@example.com").await;
    run(&app).await;
    let waiting = newest(&app);
    assert_eq!((waiting.status, waiting.attempts), (MailStatus::Queued, 1));
    assert!(waiting.last_error.contains("come again"), "{}", waiting.last_error);
    run_after(&app, MINUTE - 5 * SECOND).await;
    assert_eq!(relay.arrived().len(), 0, "not before its time");
    run_after(&app, 10 * SECOND).await;
    assert_eq!((newest(&app).status, relay.arrived().len()), (MailStatus::Sent, 1));
}

#[tokio::test]
async fn while_the_relay_is_down_all_wait_and_nothing_is_lost() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url_with_password()).await;
    for to in ["one@example.com", "two@example.com"] {
        queue(&app, to).await;
    }
    relay.order(&[Order::HangUpAtOnce]);
    run(&app).await;
    let attempts: Vec<u32> =
        app.app().mail_list(&command(), None, 10).unwrap().iter().map(|mail| mail.attempts).collect();
    assert_eq!(attempts, [0, 1], "only the first was tried: the relay takes none");
    relay.order(&[Order::RefuseLogin]);
    run_after(&app, 2 * MINUTE).await;
    let mails = app.app().mail_list(&command(), None, 10).expect("the outbox");
    assert!(mails.iter().all(|mail| mail.status == MailStatus::Queued), "a wrong password fails no mail: {mails:?}");
    assert!(mails.iter().all(|mail| !mail.last_error.contains("s3cr")), "{mails:?}");
    run_after(&app, HOUR).await;
    assert_eq!(relay.arrived().len(), 2, "{:?}", app.app().mail_list(&command(), None, 10));
}

#[tokio::test]
async fn a_mail_nobody_takes_for_a_day_is_given_up() {
    let mut app = TestApp::start().await;
    let nobody = MailRelay::start().await.url(); // closed at once: nobody listens there
    app.send_mails_to(&nobody).await;
    queue(&app, "ann@example.com").await;
    for _ in 0..30 {
        run_after(&app, HOUR).await;
    }
    let mail = newest(&app);
    assert_eq!(mail.status, MailStatus::Failed, "{mail:?}");
    assert!((20..=30).contains(&mail.attempts) && !mail.last_error.is_empty(), "{mail:?}");
    let events = app.app().events_after(&command(), 0, 100).expect("the feed");
    assert_eq!(events.iter().filter(|event| event.topic == "mail.failed").count(), 1);
}

#[tokio::test]
async fn where_the_answer_gets_lost_the_mail_comes_twice_with_one_message_id() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url()).await;
    relay.order(&[Order::HangUpAfterTaking]);
    queue(&app, "ann@example.com").await;
    run(&app).await;
    assert_eq!(newest(&app).status, MailStatus::Queued, "nobody said that it was taken");
    run_after(&app, HOUR).await;
    assert_same_twice(&relay);
    assert_eq!(newest(&app).status, MailStatus::Sent);
}

#[tokio::test]
async fn a_crash_between_sending_and_marking_sends_again() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    let crashes = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&crashes);
    app.set_checkpoint(Some(Arc::new(move |point| point != "mail.handed_over" || !switch.load(Ordering::SeqCst))));
    app.send_mails_to(&relay.url()).await;
    queue(&app, "ann@example.com").await;
    app.clock().advance_to(app.now().plus(SECOND));
    assert!(app.app().jobs_run_due().await.is_err(), "it dies there");
    assert_eq!((newest(&app).status, relay.arrived().len()), (MailStatus::Queued, 1));
    crashes.store(false, Ordering::SeqCst);
    app.restart().await;
    run(&app).await;
    assert_same_twice(&relay);
    assert_eq!(newest(&app).status, MailStatus::Sent);
}

fn assert_same_twice(relay: &MailRelay) {
    let arrived = relay.arrived();
    let [one, two] = &arrived[..] else { panic!("two mails: {arrived:?}") };
    assert!(!one.header("Message-ID").is_empty());
    assert_eq!(one.header("Message-ID"), two.header("Message-ID"));
}

#[tokio::test]
async fn one_run_sends_all_that_is_due_each_once() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url()).await;
    for n in 0..70 {
        queue(&app, &format!("n{n}@example.com")).await;
    }
    run(&app).await;
    let mut to: Vec<String> = relay.arrived().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to.len(), 70);
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 70, "nobody got two");
}

#[tokio::test]
async fn a_mail_that_cannot_be_read_holds_up_no_other() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url()).await;
    queue(&app, "one@example.com").await;
    queue(&app, "two@example.com").await;
    let till = Till::of(app);
    assert_eq!(till.execute("UPDATE mail SET body_json = '[1]' WHERE recipient = 'one@example.com'"), 1);
    run(&till.app).await;
    let mails = till.app.app().mail_list(&command(), None, 10).expect("the outbox");
    let stands: Vec<_> = mails.iter().map(|mail| (mail.status, mail.attempts)).collect();
    assert_eq!(stands, [(MailStatus::Sent, 1), (MailStatus::Queued, 1)]);
    assert_eq!(relay.arrived().len(), 1);
}

#[tokio::test]
async fn a_relay_that_hangs_holds_up_no_other_job() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url()).await;
    relay.order(&[Order::Hang]);
    queue(&app, "ann@example.com").await;
    app.clock().advance_to(app.now().plus(2 * DAY));
    let sender = app.app().clone();
    let hanging = tokio::spawn(async move { sender.jobs_run_due_where(Job::is_apart).await });
    while relay.ordered() > 0 {
        tokio::task::yield_now().await;
    }
    let done = app.app().jobs_run_due_where(|job| !job.is_apart()).await.expect("the others run");
    assert!(done.iter().any(|(job, _)| *job == Job::Prune), "{done:?}");
    assert!(!hanging.is_finished(), "it still waits");
    assert_eq!(newest(&app).status, MailStatus::Queued);
    hanging.abort();
}
