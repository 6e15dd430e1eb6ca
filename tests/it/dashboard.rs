//! The dashboard: who gets in, how one signs in and out, what each form is protected by, what the overview says.

use bursar::app::setup_link::SetupLink;
use bursar::domain::access::Permission;
use bursar::domain::time::{HOUR, MINUTE};
use serde_json::{Value, json};

use crate::support::browser::{Browser, csrf};
use crate::support::{Answer, TestApp, command};

const PASSWORD: &str = "Correct-Horse-9 battery";
const FOREIGN: &str = "https://evil.example";

/// Signs in on the page.
pub async fn login(browser: &mut Browser, username: &str, password: &str) -> Answer {
    browser.submit("/admin/login", "/admin/login", &[("username", username), ("password", password)]).await
}

fn setup_path(app: &TestApp) -> String {
    format!("/admin/setup/{}", app.setup_secret())
}

/// Uses the first set-up link; the browser is signed in then.
async fn set_up(app: &TestApp) -> Browser {
    let mut browser = Browser::new(app);
    let answer = browser.submit(&setup_path(app), &setup_path(app), &chosen("maya", PASSWORD)).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/admin"), "{}", answer.text);
    browser
}

fn chosen<'f>(username: &'f str, password: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![("username", username), ("email", "maya@shop.example"), ("password", password), ("password_again", password)]
}

/// How many things happened so far: nothing that matters is written without an event.
fn events(app: &TestApp) -> i64 {
    let file = rusqlite::Connection::open_with_flags(
        app.data_dir().join("bursar.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    );
    let file = file.expect("the books open beside the program");
    file.query_row("SELECT (SELECT COUNT(*) FROM event) * 1000 + (SELECT COUNT(*) FROM session)", [], |row| row.get(0))
        .expect("a count")
}

#[tokio::test]
async fn every_route_by_everyone() {
    let app = TestApp::start().await;
    let admin = set_up(&app).await;
    let (clerk, clerk_password) = app.new_user(&[]).await;
    let (analyst, analyst_password) = app.new_user(&[Permission::AllowDashboardStats]).await;
    let mut standard = Browser::new(&app);
    assert_eq!(login(&mut standard, &clerk, &clerk_password).await.status, 303);
    let mut allowed = Browser::new(&app);
    assert_eq!(login(&mut allowed, &analyst, &analyst_password).await.status, 303);
    let anon = Browser::new(&app);
    // Method, path; status for nobody, a user without permissions, one with `allow_dashboard_stats`, an administrator.
    for (method, path, statuses) in [
        ("GET", "/", [303, 303, 303, 303]),
        ("GET", "/admin", [303, 403, 200, 200]),
        ("HEAD", "/admin", [303, 403, 200, 200]),
        ("GET", "/admin/", [303; 4]),
        ("POST", "/admin", [405; 4]),
        ("GET", "/admin/login", [200, 303, 303, 303]),
        ("POST", "/admin/login", [403; 4]),
        ("GET", "/admin/logout", [303; 4]),
        ("POST", "/admin/logout", [303, 403, 403, 403]),
        ("GET", "/admin/setup/x", [404; 4]),
        ("POST", "/admin/setup/x", [403; 4]),
        ("GET", "/admin/nothing", [404; 4]),
    ] {
        for (who, (browser, status)) in [&anon, &standard, &allowed, &admin].into_iter().zip(statuses).enumerate() {
            let answer = browser.client().send(method, path, None).await;
            assert_eq!(answer.status, status, "{method} {path} by {who}: {}", answer.text);
            let is_page = answer.header("content-type").starts_with("text/html");
            if is_page {
                assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
                assert_eq!(answer.header("cache-control"), "no-store", "{path}");
                assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
            }
        }
    }
    let home = anon.client().get("/admin").await;
    assert_eq!(home.header("location"), "/admin/login");
    // The session is the gateway's too; a key is none.
    let sid = admin.cookie("sid").expect("signed in");
    let by_api = app.anon().header("cookie", &format!("sid={sid}")).get("/api/user").await;
    assert_eq!(by_api.data(200)["username"], json!("maya"));
    assert_eq!(app.admin().get("/admin").await.status, 303, "an API key opens no page");
}

#[tokio::test]
async fn a_set_up_link_is_looked_at_freely_and_used_once() {
    let app = TestApp::start().await;
    let path = setup_path(&app);
    let mut browser = Browser::new(&app);
    let before = events(&app);
    for _ in 0..3 {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200);
        assert!(
            page.text.contains("It expires in 30 minutes.") && page.text.contains("name=\"email\""),
            "{}",
            page.text
        );
    }
    assert_eq!(events(&app), before, "looking changes nothing");

    for (fields, field, problem) in [
        (chosen("maya", "short"), "password", "Must be 8-64 characters."),
        (chosen("maya", "password-without-1"), "password", "Must contain an uppercase character."),
        (chosen("m", PASSWORD), "username", "Must be 3-40 letters"),
        (vec![("username", "maya"), ("email", "nowhere")], "email", "Must be a mail address."),
        (
            vec![("username", "maya"), ("email", "m@a.example"), ("password", PASSWORD), ("password_again", "x")],
            "password_again",
            "The two passwords differ.",
        ),
    ] {
        let refused = browser.submit(&path, &path, &fields).await;
        assert_eq!(refused.status, 422, "{field}");
        let told = format!("id=\"e-{field}\">{problem}");
        assert!(refused.text.contains(&told), "{told} in {}", refused.text);
        assert!(!refused.text.contains(PASSWORD), "a password is not sent back");
    }
    assert_eq!(events(&app), before, "a refused form changes nothing");

    let done = browser.submit(&path, &path, &chosen("maya", PASSWORD)).await;
    assert_eq!((done.status, done.header("location")), (303, "/admin"));
    let home = browser.get("/admin").await;
    assert!(home.status == 200 && home.text.contains("maya"), "{}", home.text);

    let unknown = app.anon().get("/admin/setup/nobodyknowsthis").await;
    let used = app.anon().get(&path).await;
    assert_eq!((unknown.status, used.status), (404, 404));
    assert_eq!(unknown.text, used.text, "unknown and used look alike");
    let mut late = Browser::new(&app);
    let token = csrf(&late.get("/admin/login").await);
    let mut fields = chosen("eve", PASSWORD);
    fields.push(("csrf", &token));
    assert_eq!(late.post(&path, &fields).await.status, 404, "a used link sets no password");
}

#[tokio::test]
async fn a_later_link_asks_for_a_password_only_and_expires() {
    let app = TestApp::start().await;
    let mut first = set_up(&app).await;
    let secret = app.app().setup_link_create(&command()).await.expect("a link");
    let path = format!("/admin/setup/{secret}");
    let mut browser = Browser::new(&app);
    let page = browser.get(&path).await;
    assert!(page.text.contains("Choose a new password") && !page.text.contains("name=\"email\""), "{}", page.text);
    let fresh = "Another-Horse-10";
    assert_eq!(browser.submit(&path, &path, &chosen("renamed", fresh)).await.status, 303);
    assert_eq!(first.get("/admin").await.status, 303, "a new password ends the other sessions (S14)");
    assert_eq!(login(&mut Browser::new(&app), "maya", PASSWORD).await.status, 401);
    assert_eq!(login(&mut Browser::new(&app), "maya", fresh).await.status, 303, "the name stays");

    let secret = app.app().setup_link_create(&command()).await.expect("a link");
    let SetupLink { is_first, .. } = app.app().setup_link_find(&secret).expect("open");
    assert!(!is_first);
    let path = format!("/admin/setup/{secret}");
    app.clock().advance_to(app.now().plus(29 * MINUTE));
    assert_eq!(app.anon().get(&path).await.status, 200);
    app.clock().advance_to(app.now().plus(2 * MINUTE));
    assert_eq!(app.anon().get(&path).await.status, 404, "30 minutes");
}

#[tokio::test]
async fn two_at_once_use_one_link_once() {
    let app = TestApp::start().await;
    let path = setup_path(&app);
    let (mut one, mut two) = (Browser::new(&app), Browser::new(&app));
    let (fields_one, fields_two) = (chosen("maya", PASSWORD), chosen("eve", PASSWORD));
    let (a, b) = tokio::join!(one.submit(&path, &path, &fields_one), two.submit(&path, &path, &fields_two));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404], "exactly one of them");
}

#[tokio::test]
async fn signing_in_and_out() {
    let app = TestApp::start().await;
    drop(set_up(&app).await);
    let mut browser = Browser::new(&app);
    let unknown = login(&mut browser, "nobody", PASSWORD).await;
    let wrong = login(&mut browser, "maya", "Wrong-Password-1").await;
    assert_eq!((unknown.status, wrong.status), (401, 401));
    let plain = |answer: &Answer, name: &str| answer.text.replace(&csrf(answer), "").replace(name, "");
    assert_eq!(plain(&unknown, "nobody"), plain(&wrong, "maya"), "same answer for unknown and wrong (S5)");
    assert!(wrong.text.contains("User name or password is wrong"), "{}", wrong.text);

    let done = browser.submit("/admin/login", "/admin/login", &login_with("next", "//evil.example")).await;
    assert_eq!((done.status, done.header("location")), (303, "/admin"), "only our own pages follow (S37)");
    let cookie = done.header("set-cookie");
    for part in ["sid=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Max-Age"), "{cookie}");
    let first = browser.cookie("sid").expect("signed in").to_owned();
    assert!(first.len() >= 32, "at least 128 bits (S11)");
    let file = std::fs::read(app.data_dir().join("bursar.db")).expect("the file");
    let log = std::fs::read(app.data_dir().join("bursar.db-wal")).unwrap_or_default();
    for bytes in [file, log] {
        assert!(!bytes.windows(first.len()).any(|part| part == first.as_bytes()), "the file has its hash only (S11)");
    }

    // Signing in again leaves the old session behind (S12).
    let form = app.anon().get("/admin/login").await;
    let guest = form.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let both = app.anon().header("cookie", &format!("{guest}; sid={first}")).header("origin", app.base());
    let mut fields = login_with("next", "/docs");
    let token = csrf(&form);
    fields.push(("csrf", &token));
    let again = both.post_form("/admin/login", &fields).await;
    assert_eq!((again.status, again.header("location")), (303, "/docs"));
    assert_eq!(browser.get("/admin").await.header("location"), "/admin/login?ended", "the old one is dead");

    let mut browser = Browser::new(&app);
    assert_eq!(login(&mut browser, "maya", PASSWORD).await.status, 303);
    let stolen = browser.client();
    let out = browser.submit("/admin", "/admin/logout", &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/admin/login"));
    assert!(out.header("clear-site-data").contains("\"cookies\""), "{:?}", out.headers);
    assert!(browser.cookie("sid").is_none(), "the cookie is gone");
    assert_eq!(stolen.get("/admin").await.status, 303, "and so is the session (S14)");
}

fn login_with<'f>(name: &'f str, value: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![("username", "maya"), ("password", PASSWORD), (name, value)]
}

#[tokio::test]
async fn ten_wrong_passwords_lock_and_a_link_unlocks() {
    let app = TestApp::start().await;
    drop(set_up(&app).await);
    let mut browser = Browser::new(&app);
    for attempt in 1..=10 {
        assert_eq!(login(&mut browser, "maya", "Wrong-Password-1").await.status, 401, "{attempt}");
    }
    let locked = login(&mut browser, "maya", PASSWORD).await;
    assert_eq!(locked.status, 401);
    assert!(locked.text.contains("rests for 30 minutes"), "{}", locked.text);
    let secret = app.app().setup_link_create(&command()).await.expect("a link");
    let path = format!("/admin/setup/{secret}");
    let mut unlocked = Browser::new(&app);
    assert_eq!(unlocked.submit(&path, &path, &chosen("maya", "Another-Horse-10")).await.status, 303, "S6");
    assert_eq!(login(&mut Browser::new(&app), "maya", "Another-Horse-10").await.status, 303);
}

#[tokio::test]
async fn a_session_ends_idle_and_in_the_end() {
    let app = TestApp::start().await;
    let mut browser = set_up(&app).await;
    app.clock().advance_to(app.now().plus(14 * MINUTE));
    assert_eq!(browser.get("/admin").await.status, 200);
    app.clock().advance_to(app.now().plus(15 * MINUTE));
    assert_eq!(browser.get("/admin").await.header("location"), "/admin/login?ended", "15 idle minutes");
    let told = browser.get("/admin/login?ended").await;
    assert!(told.text.contains("Your session ended"), "{}", told.text);

    assert_eq!(login(&mut browser, "maya", PASSWORD).await.status, 303);
    let begun = app.now();
    while app.now() < begun.plus(12 * HOUR - 10 * MINUTE) {
        app.clock().advance_to(app.now().plus(10 * MINUTE));
        assert_eq!(browser.get("/admin").await.status, 200, "in use at {}", app.now());
    }
    app.clock().advance_to(begun.plus(12 * HOUR));
    assert_eq!(browser.get("/admin").await.status, 303, "12 hours, used or not");
}

#[tokio::test]
async fn each_protection_of_a_form_alone_is_not_enough() {
    let app = TestApp::start().await;
    let path = setup_path(&app);
    let mut guest = Browser::new(&app);
    let guest_token = csrf(&guest.get(&path).await);
    let stranger_token = csrf(&Browser::new(&app).get(&path).await);
    let before = events(&app);
    for (route, fields) in [("/admin/login", login_with("next", "")), (path.as_str(), chosen("maya", PASSWORD))] {
        refused_without(&app, &guest, route, &fields, &guest_token, &stranger_token).await;
    }
    assert_eq!(events(&app), before, "nothing was done");

    let mut admin = set_up(&app).await;
    let token = csrf(&admin.get("/admin").await);
    refused_without(&app, &admin, "/admin/logout", &[], &token, &guest_token).await;
    assert_eq!(admin.get("/admin").await.status, 200, "still signed in");
    assert_eq!(admin.post("/admin/logout", &[("csrf", &token)]).await.status, 303, "with everything in place it works");
}

async fn refused_without(
    app: &TestApp,
    browser: &Browser,
    route: &str,
    fields: &[(&str, &str)],
    token: &str,
    foreign_token: &str,
) {
    let own = app.base();
    let broken = format!("{}0", &token[..token.len() - 1]);
    let broken = if broken == token { format!("{}1", &token[..token.len() - 1]) } else { broken };
    for (what, csrf, headers) in [
        ("no token", "", vec![("origin", own)]),
        ("another browser's token", foreign_token, vec![("origin", own)]),
        ("a changed token", broken.as_str(), vec![("origin", own)]),
        ("no origin", token, vec![]),
        ("a foreign origin", token, vec![("origin", FOREIGN)]),
        ("a foreign site", token, vec![("sec-fetch-site", "cross-site"), ("origin", own)]),
        ("a sibling site", token, vec![("sec-fetch-site", "same-site"), ("origin", own)]),
    ] {
        let mut all = fields.to_vec();
        all.push(("csrf", csrf));
        let client = headers.iter().fold(browser.client(), |client, (name, value)| client.header(name, value));
        let answer = client.post_form(route, &all).await;
        assert_eq!(answer.status, 403, "{route} with {what}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_overview_says_what_the_books_say_and_changes_nothing() {
    let app = TestApp::start().await;
    let mut browser = set_up(&app).await;
    let empty = browser.get("/admin").await;
    for text in ["0.00 USD", "No invoices yet", "No transactions yet", "bill_subscriptions", "href=\"/docs\""] {
        assert!(empty.text.contains(text), "{text} in {}", empty.text);
    }
    let paid = invoice(&app, "Paid & <b>bold</b>", 1_500).await;
    invoice(&app, "Open", 250_000).await;
    pay(&app, &paid, "4242424242424242").await;
    let declined = invoice(&app, "<script>alert(1)</script>", 700).await;
    pay(&app, &declined, "4000000000000002").await;
    subscription(&app).await;
    let before = events(&app);
    let page = browser.get("/admin").await;
    for text in [
        "15.00 USD",                     // received
        "1 payment",                     //
        "2,507.00 USD",                  // due
        "1 invoice declined",            //
        "Visa •••• 4242",                // the transaction
        "Jan: 15.00 USD",                // its bar
        "Subscriptions due in 24 hours", //
        "20.00 USD",                     // what the run will bring
        "&#60;script&#62;alert(1)&#60;/script&#62;",
        "Paid &#38; &#60;b&#62;bold&#60;/b&#62;",
        "(test clock)",
    ] {
        assert!(page.text.contains(text), "{text} in {}", page.text);
    }
    assert!(!page.text.contains("<script") && !page.text.contains("<b>"), "{}", page.text);
    for path in ["/admin", "/admin/login", "/docs", "/admin/setup/x", "/"] {
        browser.get(path).await;
        browser.client().send("HEAD", path, None).await;
    }
    assert_eq!(events(&app), before, "looking changes nothing (S31)");
}

#[tokio::test]
async fn a_user_sees_only_what_their_permissions_show() {
    let app = TestApp::start().await;
    let paid = invoice(&app, "Hidden Ltd", 1_500).await;
    pay(&app, &paid, "4242424242424242").await;
    for (permissions, sees_invoices, sees_transactions) in [
        (vec![Permission::AllowDashboardStats], true, false),
        (vec![Permission::AllowDashboardStats, Permission::ViewOthersTransactions], true, true),
        (vec![Permission::AllowDashboardStats, Permission::RestrictViewingOthersInvoices], false, false),
    ] {
        let (username, password) = app.new_user(&permissions).await;
        let mut browser = Browser::new(&app);
        login(&mut browser, &username, &password).await;
        let page = browser.get("/admin").await;
        assert_eq!(page.text.contains("Hidden Ltd"), sees_invoices, "{permissions:?}");
        assert_eq!(page.text.contains("Visa •••• 4242"), sees_transactions, "{permissions:?}");
    }
}

async fn invoice(app: &TestApp, company: &str, amount: i64) -> Value {
    let place = json!({
        "first_name": "Maya", "last_name": "Lindqvist", "company": company, "address_line_1": "7 Mill Lane",
        "city": "Bath", "state": "ME", "postal_code": "04530", "country": "US",
    });
    let body = json!({
        "currency": "USD", "payable_to": place, "bill_to": place, "date_due": "2026-01-15T00:00:00Z",
        "items": [{ "status": "pending", "name": "Beans", "unit_price": amount, "quantity": 1 }],
        "payment_methods": ["card"], "card_processor_id": "", "ach_processor_id": "", "send_via": "none",
    });
    app.key().post("/api/invoice", &body).await.data(200).clone()
}

async fn pay(app: &TestApp, invoice: &Value, number: &str) {
    let due = invoice["amount_due"].to_string();
    let fields = [
        ("version", due.as_str()),
        ("method", "card"),
        ("card_number", number),
        ("card_expiry", "12 / 29"),
        ("card_cvc", "123"),
        ("card_name", "Maya Lindqvist"),
    ];
    let path = format!("/invoice/{}/pay", invoice["public_url"].as_str().expect("a link"));
    let answer = app.anon().post_form(&path, &fields).await;
    assert!([303, 402].contains(&answer.status), "{}", answer.text);
}

/// 20.00 USD a month, due tomorrow.
async fn subscription(app: &TestApp) {
    let card = json!({ "number": "4242424242424242", "expiration_date": "12/29" });
    let customer = json!({ "default_payment": { "card": card }, "description": "a subscriber" });
    let customer = app.key().post("/api/vault/customer", &customer).await.data(200)["id"].clone();
    let body = json!({
        "customer": { "id": customer }, "amount": 2_000, "billing_cycle_interval": 1, "billing_frequency": "monthly",
        "billing_days": "2", "duration": 0, "next_bill_date": "2026-01-02",
    });
    app.key().post("/api/recurring/subscription", &body).await.data(200);
}
