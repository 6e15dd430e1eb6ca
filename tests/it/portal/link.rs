//! Login links: single use, three days, nothing told to strangers (RELIABILITY.md S44-S50).

use bursar::app::customer::ChangeCustomer;
use bursar::app::login_link::CreateLoginLink;
use bursar::domain::id::CustomerId;
use bursar::domain::language::Language;
use bursar::domain::time::{DAY, HOUR, SECOND};
use bursar::error::Error;

use super::{customer, enter, link_mails, link_of, path_of};
use crate::support::browser::{Browser, csrf};
use crate::support::{Answer, TestApp, command};

/// Asks for a link in this browser.
async fn ask(browser: &mut Browser, email: &str) -> Answer {
    browser.submit("/portal/sign-in", "/portal/sign-in", &[("email", email)]).await
}

/// The path in the newest mail.
async fn mailed(app: &TestApp) -> String {
    let mail = link_mails(app).into_iter().next().expect("a mail");
    let written = app.app().mail_find(&command(), &mail.id).await.expect("it opens").1.expect("it is there");
    let (_, rest) = written.text.split_once(app.base()).expect("a link of ours");
    rest.split_whitespace().next().expect("a path").to_owned()
}

/// What two pages say apart from what is random in them.
fn same_words(one: &Answer, other: &Answer) {
    let plain = |page: &Answer| {
        let token = if page.text.contains("name=\"csrf\"") { csrf(page) } else { Default::default() };
        let code = page.text.split_once("portal-code mono\">").and_then(|(_, rest)| rest.split('<').next());
        let text = if token.is_empty() { page.text.clone() } else { page.text.replace(&token, "T") };
        code.map_or(text.clone(), |code| text.replace(code, "C"))
    };
    assert_eq!((one.status, plain(one)), (other.status, plain(other)));
}

#[tokio::test]
async fn a_link_is_looked_at_without_harm_and_opens_once() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let link = link_of(&app, &ada).await;
    for _ in 0..3 {
        let mut scanner = Browser::new(&app);
        assert_eq!(scanner.get(&link).await.status, 200, "a look uses nothing up");
        assert_eq!(scanner.client().send("HEAD", &link, None).await.status, 200);
        assert!(scanner.cookie("portal").is_none());
    }
    let mut browser = Browser::new(&app);
    let page = browser.get(&link).await;
    assert!(page.text.contains("Open my pages") && page.header("referrer-policy") == "same-origin", "{}", page.text);
    let entered = browser.post(&link, &[("csrf", &csrf(&page))]).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/portal"), "the secret leaves the address bar");
    let cookie = entered.headers.get_all("set-cookie").iter().find(|line| line.as_bytes().starts_with(b"portal="));
    let cookie = cookie.and_then(|line| line.to_str().ok()).expect("a session");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(browser.get("/portal").await.status, 200);
    // Used, over, unknown and another's look alike.
    let used = Browser::new(&app).get(&link).await;
    let again = Browser::new(&app).submit("/portal/sign-in", &link, &[]).await;
    let unknown = Browser::new(&app).get("/account/ada/link/0000000000000000000000").await;
    let eve = customer(&app, "eve", "eve@example.com").await;
    let (late, foreign) = (link_of(&app, &ada).await, link_of(&app, &ada).await.replace("/ada/", &format!("/{eve}/")));
    let foreign = Browser::new(&app).get(&foreign).await;
    app.clock().advance_to(app.now().plus(3 * DAY + SECOND));
    let over = Browser::new(&app).get(&late).await;
    let over_posted = Browser::new(&app).submit("/portal/sign-in", &late, &[]).await;
    assert_eq!(used.status, 404);
    for other in [&again, &unknown, &foreign, &over, &over_posted] {
        same_words(&used, other);
    }
}

#[tokio::test]
async fn a_link_lives_exactly_three_days_and_shows_that_it_was_used() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let (first, second) = (link_of(&app, &ada).await, link_of(&app, &ada).await);
    let listed = app.app().login_link_list(&command(), &ada).expect("the links");
    assert_eq!(listed.len(), 2, "several are open at once");
    assert_eq!(path_of(&app, &listed[1].url), first, "the address can be shown again although only its hash is kept");
    for link in &listed {
        assert_eq!(link.link.expires_at.since(link.link.created_at), 3 * DAY);
        assert_eq!(link.link.used_at, None);
    }
    app.clock().advance_to(listed[0].link.expires_at.plus(-1));
    let mut browser = Browser::new(&app);
    assert_eq!(browser.submit(&second, &second, &[]).await.status, 303, "a microsecond before its end");
    let used: Vec<bool> = app
        .app()
        .login_link_list(&command(), &ada)
        .expect("the links")
        .iter()
        .map(|l| l.link.used_at.is_some())
        .collect();
    assert_eq!(used, [true, false]);
    app.clock().advance_to(listed[0].link.expires_at);
    assert_eq!(Browser::new(&app).get(&first).await.status, 404);
}

#[tokio::test]
async fn two_hundred_redemptions_at_once_open_one_session() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let link = link_of(&app, &ada).await;
    let secret = link.rsplit('/').next().expect("a secret").to_owned();
    let tries = (0..200).map(|_| {
        let (app, secret) = (app.app().clone(), secret.clone());
        tokio::spawn(async move { app.login_link_use("ada", &secret, None, "", "").await })
    });
    let mut opened = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.expect("no panic") {
            Ok(_) => opened += 1,
            Err(Error::NotFound { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(opened, 1);
    let file = rusqlite::Connection::open(app.data_dir().join("bursar.db")).expect("the file");
    let sessions: i64 = file.query_row("SELECT COUNT(*) FROM customer_session", [], |row| row.get(0)).expect("a count");
    assert_eq!(sessions, 1);
    let kept: Vec<u8> = file.query_row("SELECT hash FROM login_link", [], |row| row.get(0)).expect("a link");
    assert_eq!(kept.len(), 32, "only the hash");
    let bytes = std::fs::read(app.data_dir().join("bursar.db")).expect("the file");
    let wal = std::fs::read(app.data_dir().join("bursar.db-wal")).unwrap_or_default();
    let holds = |file: &[u8]| file.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(!holds(&bytes) && !holds(&wal), "the secret is nowhere in the file, not in the mail either");
}

#[tokio::test]
async fn whoever_asks_is_told_nothing_and_mail_goes_to_the_stored_address_only() {
    let app = TestApp::start().await;
    customer(&app, "ada", "Ada@Example.com").await;
    let mut browser = Browser::new(&app);
    let unknown = ask(&mut browser, "nobody@example.com").await;
    assert!(link_mails(&app).is_empty());
    let known = ask(&mut browser, "ada@example.COM").await;
    assert_eq!(known.status, 200);
    same_words(&unknown, &known);
    let mails = link_mails(&app);
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["Ada@Example.com"], "as it is stored");
    assert!(mails[0].is_secret, "sealed at rest");
    // One address and no other: GitLab's CVE-2023-7028 was a second one.
    for bad in [
        "ada@example.com,eve@evil.example",
        "ada@example.com eve@evil.example",
        "ada@example.com\r\nBcc: eve@evil.example",
        "ada@example.com;eve@evil.example",
        "ada@exämple.com",
        "аda@example.com",
        "[\"ada@example.com\"]",
        "ada",
        "",
    ] {
        assert_eq!(ask(&mut browser, bad).await.status, 400, "{bad:?}");
    }
    let token = csrf(&browser.get("/portal/sign-in").await);
    let twice = [("csrf", token.as_str()), ("email", "ada@example.com"), ("email", "eve@evil.example")];
    assert_eq!(browser.post("/portal/sign-in", &twice).await.status, 400);
    assert_eq!(link_mails(&app).len(), 1);
}

#[tokio::test]
async fn a_link_that_was_asked_for_opens_in_that_browser_or_with_its_code() {
    let app = TestApp::start().await;
    customer(&app, "ada", "ada@example.com").await;
    let mut browser = Browser::new(&app);
    let page = ask(&mut browser, "ada@example.com").await;
    let (_, rest) = page.text.split_once("portal-code mono\">").expect("a code");
    let code = rest.split('<').next().expect("a code").to_owned();
    let link = mailed(&app).await;
    // A thief of the mail has the link and not the browser.
    let mut thief = Browser::new(&app);
    assert!(thief.get(&link).await.text.contains("name=\"code\""));
    assert_eq!(thief.submit(&link, &link, &[("code", "")]).await.status, 403);
    let wrong = thief.submit(&link, &link, &[("code", "AAAA AAAA")]).await;
    assert!(wrong.status == 403 && wrong.text.contains("not the code"), "{}", wrong.text);
    // The same person with a phone: small letters and other spaces are no matter.
    let mut phone = Browser::new(&app);
    let typed = code.to_lowercase().replace(' ', "-");
    assert_eq!(phone.submit(&link, &link, &[("code", &typed)]).await.status, 303);
    // The browser that asked needs no code.
    ask(&mut browser, "ada@example.com").await;
    let link = mailed(&app).await;
    assert!(!browser.get(&link).await.text.contains("name=\"code\""));
    assert_eq!(browser.submit(&link, &link, &[]).await.status, 303);
}

#[tokio::test]
async fn asking_is_bounded_by_address_and_by_network() {
    let app = TestApp::start().await;
    customer(&app, "ada", "ada@example.com").await;
    let mut browser = Browser::new(&app);
    for _ in 0..8 {
        assert_eq!(ask(&mut browser, "ada@example.com").await.status, 200, "the answer does not tell");
    }
    assert_eq!(link_mails(&app).len(), 5, "five in an hour");
    app.clock().advance_to(app.now().plus(HOUR + SECOND));
    ask(&mut browser, "ada@example.com").await;
    assert_eq!(link_mails(&app).len(), 6);
    let mut limited = None;
    for _ in 0..40 {
        let answer = ask(&mut browser, "nobody@example.com").await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
    }
    let limited = limited.expect("40 at once are too many for one network");
    assert!(limited.header("retry-after").parse::<u32>().is_ok());
}

#[tokio::test]
async fn a_link_leads_to_the_configured_address_in_the_customers_language() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let swedish = ChangeCustomer { language: Some(Some(Language::Swedish)), ..ChangeCustomer::default() };
    app.app().customer_update(&command(), &ada, swedish).await.expect("a change");
    let mut browser = Browser::new(&app);
    let page = browser.get("/portal/sign-in").await;
    let client = browser.client().header("origin", app.base()).header("x-forwarded-host", "evil.example");
    let token = csrf(&page);
    let fields = [("csrf", token.as_str()), ("email", "ada@example.com")];
    assert_eq!(client.post_form("/portal/sign-in", &fields).await.status, 200);
    let mail = link_mails(&app).into_iter().next().expect("a mail");
    assert!(mail.subject.starts_with("Din länk"), "{}", mail.subject);
    let written = app.app().mail_find(&command(), &mail.id).await.expect("a mail").1.expect("a body");
    assert!(!written.text.contains("evil.example") && written.text.contains(app.base()), "{}", written.text);
    let page = browser.get(&mailed(&app).await).await;
    assert!(page.text.contains("lang=\"sv\"") && page.text.contains("Öppna mina sidor"), "{}", page.text);
}

#[tokio::test]
async fn the_merchant_makes_links_once_per_request_and_needs_somewhere_to_send_them() {
    let app = TestApp::start().await;
    let nameless = customer(&app, "nameless", "").await;
    let of = |contact: &str| CreateLoginLink { contact: contact.to_owned() };
    for bad in ["", "call me", "a@b@c"] {
        match app.app().login_link_create(&command(), &nameless, of(bad)).await {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, "contact", "{bad:?}"),
            other => panic!("{bad:?}: {other:?}"),
        }
    }
    let made = app.app().login_link_create(&command(), &nameless, of("n@example.com")).await.expect("a link");
    assert_eq!(made.link.contact, "n@example.com");
    let ada = customer(&app, "ada", "ada@example.com").await;
    app.app().login_link_create(&command(), &ada, of("eve@evil.example")).await.expect("a link");
    let sent: Vec<String> = link_mails(&app).into_iter().map(|mail| mail.to).collect();
    assert_eq!(sent, ["ada@example.com", "n@example.com"], "a stored address wins over what a request says");
    let mut once = command();
    once.idempotency_key = Some("k1".to_owned());
    let first = app.app().login_link_create(&once, &ada, of("")).await.expect("a link");
    let second = app.app().login_link_create(&once, &ada, of("")).await.expect("the same");
    assert_eq!((first.link.id, first.url), (second.link.id, second.url));
    assert_eq!(link_mails(&app).len(), 3);
    let nobody = CustomerId::parse("nobody").expect("an id");
    assert!(matches!(app.app().login_link_create(&command(), &nobody, of("")).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn links_and_sessions_of_a_deleted_customer_open_nothing() {
    let app = TestApp::start().await;
    let ada = customer(&app, "ada", "ada@example.com").await;
    let (mut browser, link) = (enter(&app, &ada).await, link_of(&app, &ada).await);
    app.app().customer_delete(&command(), &ada).await.expect("nothing is live");
    assert_eq!(browser.get("/portal").await.header("location"), "/portal/sign-in?ended");
    assert_eq!(Browser::new(&app).get(&link).await.status, 404);
    assert_eq!(Browser::new(&app).submit("/portal/sign-in", &link, &[]).await.status, 404);
}
