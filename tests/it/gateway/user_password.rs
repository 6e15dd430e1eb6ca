//! Passwords: changed, forgotten, reset; what that ends, and what it does not tell.

use bursar::domain::mail::{Mail, MailStatus};
use bursar::domain::time::{DAY, MINUTE, SECOND};
use serde_json::{Value, json};

use super::user_manage::{add, add_clerk, login};
use crate::support::relay::MailRelay;
use crate::support::{Answer, TestApp, command};

const PASSWORD: &str = "Correct-Horse-7";
const OTHER: &str = "Another-Horse-8";

async fn change(app: &TestApp, username: &str, current: &str, new: &str) -> Answer {
    let clerk = login(app, "clerk1", PASSWORD).await.expect("the password is right");
    let body = json!({ "username": username, "current_password": current, "new_password": new });
    clerk.post("/api/user/change-password", &body).await
}

fn mails(app: &TestApp, kind: &str) -> Vec<Mail> {
    let all = app.app().mail_list(&command(), None, 100).expect("the outbox");
    all.into_iter().filter(|mail| mail.kind == kind).collect()
}

/// What the newest mail of a kind says.
async fn said(app: &TestApp, kind: &str) -> String {
    let mail = mails(app, kind).into_iter().next().expect("there is such a mail");
    app.app().mail_find(&command(), &mail.id).await.expect("it opens").1.expect("it is still there").text
}

async fn forgot(app: &TestApp, username: &str) -> Answer {
    app.anon().post("/api/user/forgot-password", &json!({ "username": username })).await
}

/// The code in the newest mail.
async fn code(app: &TestApp) -> String {
    let text = said(app, "user.password_forgotten").await;
    let after = text.split("asked for a code:").nth(1).expect("a code follows");
    after.split_whitespace().next().expect("the code").to_owned()
}

async fn reset(app: &TestApp, username: &str, code: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "reset_code": code, "password": password });
    app.anon().post("/api/user/forgot-password/reset", &body).await
}

#[tokio::test]
async fn a_changed_password_ends_every_session_but_no_key() {
    let app = TestApp::start().await;
    let (id, clerk) = add_clerk(&app, "clerk1", json!({ "manage_api_keys": true })).await;
    let made = clerk.post("/api/user/apikey", &json!({ "type": "api", "name": "till" })).await;
    let key = app.with(made.data(200)["api_key"].as_str().expect("a key"));
    let answer = change(&app, "CLERK1", PASSWORD, OTHER).await;
    assert_eq!((answer.data(200), answer.msg()), (&Value::Null, "success"));
    assert_eq!((clerk.get("/api/user").await.status, key.get("/api/user").await.status), (401, 200));
    assert!(login(&app, "clerk1", PASSWORD).await.is_none());
    assert!(login(&app, "clerk1", OTHER).await.is_some());
    let user = app.admin().get(&format!("/api/user/{id}")).await.data(200).clone();
    assert_eq!(user["flags"], json!({}), "its own choice");
    let told = mails(&app, "user.password_changed");
    assert_eq!(told.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["clerk1@shop.example"]);
    let by_key = json!({ "username": "clerk1", "current_password": OTHER, "new_password": "Third-Horse-9" });
    assert_eq!(key.post("/api/user/change-password", &by_key).await.status, 200, "a key of the user will do");
}

#[tokio::test]
async fn a_password_change_is_checked() {
    let app = TestApp::start().await;
    add_clerk(&app, "clerk1", json!({})).await;
    let (eight, seven) = ("Abcde1!x", "Abcde1!");
    let (sixty_four, sixty_five) = (format!("Aa1!{}", "x".repeat(60)), format!("Aa1!{}", "x".repeat(61)));
    for (username, current, new, field) in [
        ("admin", PASSWORD, OTHER, "username"),
        ("", PASSWORD, OTHER, "username"),
        ("clerk1", "Wrong-Horse-1", OTHER, "current_password"),
        ("clerk1", PASSWORD, PASSWORD, "new_password"),
        ("clerk1", PASSWORD, seven, "new_password"),
        ("clerk1", PASSWORD, &sixty_five, "new_password"),
        ("clerk1", PASSWORD, "abcdefg1!", "new_password"),
        ("clerk1", PASSWORD, "Abcdefgh!", "new_password"),
        ("clerk1", PASSWORD, "Abcdefgh1", "new_password"),
    ] {
        let answer = change(&app, username, current, new).await;
        let expected = format!("bad request error: invalid {field}: ");
        assert!(answer.status == 400 && answer.msg().starts_with(&expected), "{username} {new}: {}", answer.text);
        assert!(!answer.text.contains(current) && !answer.text.contains(new), "{}", answer.text);
    }
    for new in [eight, sixty_four.as_str()] {
        assert_eq!(change(&app, "clerk1", PASSWORD, new).await.status, 200, "{new}");
        app.admin().delete(&format!("/api/user/{}", id_of(&app, "clerk1"))).await.data(200);
        add_clerk(&app, "clerk1", json!({})).await;
    }
}

fn id_of(app: &TestApp, username: &str) -> String {
    app.app().user_find_named(&command(), username).expect("the user").id.to_string()
}

#[tokio::test]
async fn wrong_present_passwords_lock_the_user() {
    let app = TestApp::start().await;
    let (_, clerk) = add_clerk(&app, "clerk1", json!({})).await;
    let try_with = async |current: &str| {
        let body = json!({ "username": "clerk1", "current_password": current, "new_password": OTHER });
        clerk.post("/api/user/change-password", &body).await
    };
    for _ in 0..10 {
        assert_eq!(try_with("Wrong-Horse-1").await.status, 400);
    }
    assert_eq!(try_with(PASSWORD).await.msg(), "bad request error: invalid current_password: is wrong", "locked");
    assert!(login(&app, "clerk1", PASSWORD).await.is_none(), "there too");
    app.clock().advance_to(app.now().plus(14 * MINUTE));
    assert_eq!(clerk.get("/api/user").await.status, 200, "the session goes on");
}

#[tokio::test]
async fn a_code_from_the_mail_resets_the_password_once() {
    let app = TestApp::start().await;
    let (id, clerk) = add_clerk(&app, "clerk1", json!({})).await;
    for _ in 0..10 {
        assert!(login(&app, "clerk1", "Wrong-Horse-1").await.is_none());
    }
    assert!(login(&app, "clerk1", PASSWORD).await.is_none(), "locked");
    let asked = forgot(&app, "Clerk1").await;
    assert_eq!((asked.data(200), asked.msg()), (&Value::Null, "success"));
    let code = code(&app).await;
    for (username, wrong, password, field) in [
        ("clerk1", "not-the-code", OTHER, "reset_code"),
        ("admin", code.as_str(), OTHER, "reset_code"),
        ("nobody1", code.as_str(), OTHER, "reset_code"),
        ("clerk1", code.as_str(), "too-weak", "password"),
        ("clerk1", code.as_str(), "Clerk1", "password"),
    ] {
        let refused = reset(&app, username, wrong, password).await;
        let expected = format!("bad request error: invalid {field}: ");
        assert!(refused.status == 400 && refused.msg().starts_with(&expected), "{username}: {}", refused.text);
    }
    assert_eq!(reset(&app, "CLERK1", &code, OTHER).await.status, 200, "a wrong try did not use it up");
    assert_eq!(reset(&app, "clerk1", &code, "Third-Horse-9").await.status, 400, "good once");
    assert_eq!(clerk.get("/api/user").await.status, 401, "sessions end");
    assert!(login(&app, "clerk1", OTHER).await.is_some(), "and so does the lock");
    let user = app.admin().get(&format!("/api/user/{id}")).await.data(200).clone();
    assert_eq!(user["flags"], json!({}));
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes_and_with_the_next_one() {
    let app = TestApp::start().await;
    add_clerk(&app, "clerk1", json!({})).await;
    forgot(&app, "clerk1").await.data(200);
    let first = code(&app).await;
    app.clock().advance_to(app.now().plus(10 * MINUTE + SECOND));
    assert_eq!(reset(&app, "clerk1", &first, OTHER).await.status, 400, "over");

    app.clock().advance_to(app.now().plus(13 * MINUTE));
    forgot(&app, "clerk1").await.data(200);
    let second = code(&app).await;
    app.clock().advance_to(app.now().plus(2 * MINUTE));
    forgot(&app, "clerk1").await.data(200);
    let third = code(&app).await;
    assert_ne!(second, third);
    assert_eq!(reset(&app, "clerk1", &second, OTHER).await.status, 400, "void by the third");
    app.clock().advance_to(app.now().plus(10 * MINUTE - SECOND));
    assert_eq!(reset(&app, "clerk1", &third, OTHER).await.status, 200, "good to the last second");
}

#[tokio::test]
async fn who_does_not_exist_or_is_out_gets_the_same_answer_and_no_mail() {
    let app = TestApp::start().await;
    let (id, _) = add_clerk(&app, "clerk1", json!({})).await;
    add(&app, json!({ "username": "silent1", "password": PASSWORD })).await;
    let known = forgot(&app, "clerk1").await;
    app.admin().post(&format!("/api/user/{id}"), &json!({ "status": "disabled" })).await.data(200);
    app.clock().advance_to(app.now().plus(13 * MINUTE));
    for username in ["nobody1", "clerk1", "silent1", "", "x' OR 1=1 --"] {
        let answer = forgot(&app, username).await;
        assert_eq!((answer.status, &answer.text), (known.status, &known.text), "{username}");
    }
    assert_eq!(mails(&app, "user.password_forgotten").len(), 1, "only the one who could log in");
    let code = code(&app).await;
    assert_eq!(reset(&app, "clerk1", &code, OTHER).await.status, 400, "a disabled user's code is void");
    for body in [json!({ "username": ["clerk1", "admin"] }), json!({}), json!({ "username": null })] {
        assert_eq!(app.anon().post("/api/user/forgot-password", &body).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn a_forgotten_username_goes_to_the_stored_address_only() {
    let app = TestApp::start().await;
    for username in ["clerk1", "clerk2"] {
        add(&app, json!({ "username": username, "password": PASSWORD, "email": "Both@Shop.example" })).await;
    }
    let ask = async |email: Value| app.anon().post("/api/user/forgot-username", &json!({ "email": email })).await;
    let known = ask(json!("both@shop.EXAMPLE")).await;
    let unknown = ask(json!("nobody@shop.example")).await;
    assert_eq!((known.status, &known.text), (200, &unknown.text));
    assert_eq!((known.data(200), known.msg()), (&Value::Null, "success"));
    let sent = mails(&app, "user.username_forgotten");
    assert_eq!(sent.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["Both@Shop.example"]);
    let text = said(&app, "user.username_forgotten").await;
    assert!(text.contains("clerk1") && text.contains("clerk2"), "{text}");
    assert_eq!(ask(json!(["both@shop.example", "thief@evil.example"])).await.status, 400, "an address, not a list");
    assert_eq!(ask(json!("both@shop.example,thief@evil.example")).await.text, unknown.text);
    assert_eq!(ask(json!("both@shop.example\r\nBcc: thief@evil.example")).await.text, unknown.text);
    assert_eq!(mails(&app, "user.username_forgotten").len(), 1, "and no more than one in a while");
}

#[tokio::test]
async fn five_mails_an_hour_at_most_however_often_it_is_asked() {
    let app = TestApp::start().await;
    add_clerk(&app, "clerk1", json!({})).await;
    for _ in 0..30 {
        forgot(&app, "clerk1").await.data(200);
        app.clock().advance_to(app.now().plus(2 * MINUTE - 1));
    }
    assert_eq!(mails(&app, "user.password_forgotten").len(), 5);
}

#[tokio::test]
async fn a_code_rests_sealed_and_is_gone_once_it_was_sent() {
    let relay = MailRelay::start().await;
    let mut app = TestApp::start().await;
    app.send_mails_to(&relay.url()).await;
    add_clerk(&app, "clerk1", json!({})).await;
    forgot(&app, "clerk1").await.data(200);
    let code = code(&app).await;
    assert_absent(&app, &code);
    app.clock().advance_to(app.now().plus(MINUTE));
    app.app().jobs_run_due().await.expect("the jobs run");
    let arrived = relay.arrived();
    let mail = arrived.iter().find(|mail| mail.header("Subject").starts_with("Reset")).expect("it arrived");
    assert!(mail.decoded().contains(&code), "{}", mail.decoded());
    assert!(mail.decoded().contains(&format!("{}/admin/setup/{code}", app.base())), "{}", mail.decoded());
    let row = mails(&app, "user.password_forgotten").remove(0);
    assert_eq!(row.status, MailStatus::Sent);
    assert!(app.app().mail_find(&command(), &row.id).await.expect("the row is there").1.is_none(), "erased");
    assert_absent(&app, &code);
    assert_eq!(reset(&app, "clerk1", &code, OTHER).await.status, 200);
}

#[tokio::test]
async fn a_secret_that_nobody_fetches_is_erased_after_three_days() {
    let app = TestApp::start().await;
    add_clerk(&app, "clerk1", json!({})).await;
    forgot(&app, "clerk1").await.data(200);
    app.advance_to("2026-01-02T00:00:00Z").await;
    let row = mails(&app, "user.password_forgotten").remove(0);
    assert_eq!(row.status, MailStatus::Kept, "there is no relay");
    assert!(app.app().mail_find(&command(), &row.id).await.expect("a row").1.is_some());
    let opened = app.app().events_after(&command(), 0, 100).expect("the feed");
    assert!(opened.iter().any(|event| event.topic == "mail.opened"), "looking at it left a trace");
    app.clock().advance_to(app.now().plus(3 * DAY));
    app.app().jobs_run_due().await.expect("the jobs run");
    assert!(app.app().mail_find(&command(), &row.id).await.expect("a row").1.is_none());
}

#[tokio::test]
async fn a_new_user_without_a_password_gets_a_link() {
    let app = TestApp::start().await;
    let made = add(&app, json!({ "username": "clerk1", "email": "clerk1@shop.example" })).await;
    let link = |text: &str| {
        let found = text.lines().find(|line| line.contains("/admin/setup/")).expect("a link");
        found.trim_start_matches(app.base()).to_owned()
    };
    let first = link(&said(&app, "user.welcome").await);
    assert_eq!(app.anon().get(&first).await.status, 200);
    let path = format!("/api/user/{}/resend-welcome", made["id"].as_str().expect("an id"));
    app.admin().post(&path, &json!({})).await.data(200);
    let second = link(&said(&app, "user.welcome").await);
    assert_eq!(
        (app.anon().get(&first).await.status, app.anon().get(&second).await.status),
        (404, 200),
        "voids the first"
    );
    let code = second.rsplit('/').next().expect("the secret").to_owned();
    assert_eq!(reset(&app, "clerk1", &code, PASSWORD).await.status, 200, "its secret is a code as well");
    assert!(login(&app, "clerk1", PASSWORD).await.is_some());
    let silent = add(&app, json!({ "username": "silent1" })).await;
    let path = format!("/api/user/{}/resend-welcome", silent["id"].as_str().expect("an id"));
    assert_eq!(app.admin().post(&path, &json!({})).await.status, 400, "no address, no mail");
}

#[tokio::test]
async fn both_addresses_hear_of_a_change() {
    let app = TestApp::start().await;
    let (id, _) = add_clerk(&app, "clerk1", json!({})).await;
    let change = json!({ "email": "new@shop.example" });
    app.admin().post(&format!("/api/user/{id}"), &change).await.data(200);
    let mut told: Vec<String> = mails(&app, "user.email_changed").into_iter().map(|mail| mail.to).collect();
    told.sort();
    assert_eq!(told, ["clerk1@shop.example", "new@shop.example"]);
}

/// Neither the books nor their log hold `secret`.
fn assert_absent(app: &TestApp, secret: &str) {
    for entry in std::fs::read_dir(app.data_dir()).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("it can be read");
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds the code", path.display());
        }
    }
}
