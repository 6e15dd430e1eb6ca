//! Letters to customers, from what happens to what arrives: each in every language, both forms alike, the cents those
//! of the books, one for each fact and no more.

use bursar::app::company::CompanyChange;
use bursar::app::login_link::CreateLoginLink;
use bursar::app::mail::Written;
use bursar::domain::id::CustomerId;
use bursar::domain::mail::Mail;
use bursar::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::gateway::subscription::Shop;
use crate::gateway::till::{Till, VISA, card, id_of, with};
use crate::support::{TestApp, command};

const LANGUAGES: [&str; 4] = ["en", "sv", "de", "fr"];

fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("RFC 3339")
}

async fn set(app: &TestApp, fields: &[(&str, &str)]) {
    let changes = fields.iter().map(|(field, value)| CompanyChange { field: (*field).into(), value: (*value).into() });
    app.app().company_update(&command(), changes.collect()).await.expect("they fit");
}

/// Every mail so far with what it says, oldest first; the secret ones are opened.
async fn letters(app: &TestApp) -> Vec<(Mail, Written)> {
    let mut all = Vec::new();
    for mail in app.app().mail_list(&command(), None, 100).expect("the outbox").into_iter().rev() {
        let (mail, written) = app.app().mail_find(&command(), &mail.id).await.expect("it is there");
        all.push((mail, written.expect("it is readable")));
    }
    all
}

async fn of_kind(app: &TestApp, kind: &str) -> Vec<Written> {
    letters(app).await.into_iter().filter(|(mail, _)| mail.kind == kind).map(|(_, written)| written).collect()
}

/// A customer with an address, whose card is this one.
async fn customer(app: &TestApp, number: &str, expires: &str, name: &str) -> String {
    let body = json!({
        "default_payment": { "card": { "number": number, "expiration_date": expires } },
        "default_billing_address": { "first_name": name, "last_name": "Smith", "email": "ann@example.com" },
    });
    let made = app.key().post("/api/vault/customer", &body).await;
    id_of(made.data(200)).to_owned()
}

/// An invoice of 12.34 that was mailed, due at noon of this day.
async fn invoice(app: &TestApp, due: &str, name: &str) -> Value {
    let place = |first_name: &str| {
        json!({
            "first_name": first_name, "last_name": "Smith", "company": "", "address_line_1": "123 Some St",
            "city": "Some City", "state": "IL", "postal_code": "60000", "country": "US", "phone": "5555555555",
            "email": "ann@example.com",
        })
    };
    let body = json!({
        "currency": "USD", "date_due": format!("{due}T12:00:00Z"), "send_via": "email", "payment_methods": ["card"],
        "company_name": "", "bill_to": place(name), "payable_to": place("Shop"), "message": name,
        "items": [{ "status": "pending", "name": "Widget", "description": "", "unit_price": 1234, "quantity": 1 }],
        "tax_percent": "0.000", "card_processor_id": "", "ach_processor_id": "",
    });
    app.key().post("/api/invoice", &body).await.data(200).clone()
}

/// Everything that customers are written to about, once each.
async fn everything(app: &TestApp, name: &str) {
    invoice(app, "2026-01-20", name).await;
    let till = app.key();
    let sale = with(&card("sale", 1234, VISA), "email_receipt", json!(true));
    let sale = with(&with(&sale, "email_address", json!("ann@example.com")), "description", json!(name));
    let sold = till.post("/api/transaction", &sale).await.data(200).clone();
    let broke = customer(app, "4000000000000002", "12/30", name).await;
    customer(app, VISA, "02/26", name).await;
    let terms = json!({ "customer": { "id": broke }, "amount": 4321, "billing_cycle_interval": 1, "billing_days": "15",
                        "next_bill_date": "2026-01-02" });
    app.key().post("/api/recurring/subscription", &terms).await.data(200);
    app.advance_to("2026-02-05T00:00:00Z").await;
    let refund = format!("/api/transaction/{}/refund", id_of(&sold));
    till.post(&refund, &json!({ "amount": 200 })).await.data(200);
    // Last: a mail with a secret is erased after three days.
    let broke = CustomerId::parse(&broke).expect("an id");
    app.app().login_link_create(&command(), &broke, CreateLoginLink::default()).await.expect("a link is made");
}

/// The kinds that [`everything`] writes, and how many of each.
const WRITTEN: [(&str, usize); 7] = [
    ("customer.login_link", 1),
    ("invoice.payment_failed", 5),
    ("invoice.reminder", 3),
    ("invoice.sent", 1),
    ("payment_method.expiring", 1),
    ("transaction.receipt", 1),
    ("transaction.refund", 1),
];

/// What stands between the tags, in its order, entities read.
fn shown(html: &str) -> String {
    let body = html.split_once("<body").and_then(|(_, rest)| rest.split_once('>')).expect("a body").1;
    let mut text = String::new();
    for part in body.split('<') {
        let (_, words) = part.split_once('>').unwrap_or(("", part));
        text.push(' ');
        text.push_str(words);
    }
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'");
    text.replace("&#38;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn links(html: &str) -> Vec<String> {
    let found = html.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    found.map(|(url, _)| url.replace("&#38;", "&")).collect()
}

/// What holds for every letter.
fn check(app: &TestApp, language: &str, mail: &Mail, written: &Written) {
    let Written { subject, text, html } = written;
    let told = format!("{} in {language}\n{subject}\n{text}", mail.kind);
    assert_eq!(mail.to, "ann@example.com", "{told}");
    assert!(html.contains(&format!("<html lang=\"{language}\">")), "{told}");
    for part in [subject, text, &shown(html)] {
        assert!(!part.contains(['{', '}']) && !part.is_empty(), "a blank was left: {told}");
    }
    let page = shown(html);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "--") {
        // A fact is a label and a value; a button's address is in its link.
        for piece in
            line.split(": ").map(|piece| piece.trim_end_matches(':').split_whitespace().collect::<Vec<_>>().join(" "))
        {
            let is_there = page.contains(&piece) || links(html).contains(&piece);
            assert!(is_there, "{piece:?} is in the text and not in the HTML: {told}\n{page}");
        }
    }
    for url in links(html) {
        assert!(url.starts_with(app.base()) && text.contains(&url), "{url}: {told}");
    }
}

#[tokio::test]
async fn every_letter_is_written_in_every_language() {
    let mut subjects: Vec<Vec<String>> = Vec::new();
    for language in LANGUAGES {
        let app = TestApp::start().await;
        set(&app, &[("language", language), ("name", "Northwind")]).await;
        everything(&app, "Ann").await;
        let all = letters(&app).await;
        for (mail, written) in &all {
            check(&app, language, mail, written);
        }
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        let mut names: Vec<&str> = all.iter().map(|(mail, _)| mail.kind.as_str()).collect();
        names.sort_unstable();
        for name in names {
            match kinds.last_mut() {
                Some((last, count)) if *last == name => *count += 1,
                _ => kinds.push((name, 1)),
            }
        }
        assert_eq!(kinds, WRITTEN, "{language}");
        subjects.push(all.into_iter().map(|(_, written)| written.subject).collect());
    }
    for (at, english) in subjects[0].iter().enumerate() {
        for other in 1..LANGUAGES.len() {
            assert_ne!(&subjects[other][at], english, "{} says it in English", LANGUAGES[other]);
        }
    }
}

#[tokio::test]
async fn a_hostile_name_stays_a_name() {
    let evil = "<script>alert(1)</script>\"'&{0}";
    let app = TestApp::start().await;
    set(&app, &[("name", evil), ("website", "https://northwind.example/\"><img src=x>")]).await;
    everything(&app, "<b>Ann</b>{1}").await;
    for (mail, Written { subject, html, text }) in letters(&app).await {
        for tag in ["<script", "<b>", "<img"] {
            assert!(!html.contains(tag), "{}: {html}", mail.kind);
        }
        assert!(shown(&html).contains(evil) && text.contains(evil), "{}: {text}", mail.kind);
        assert!(!subject.contains(['\r', '\n']), "{subject}");
    }
}

#[tokio::test]
async fn a_customers_own_language_comes_before_the_companys() {
    let till = Till::open().await;
    set(&till.app, &[("language", "sv")]).await;
    let id = customer(&till.app, VISA, "12/30", "Ann").await;
    assert_eq!(till.execute("UPDATE customer SET language = 'fr'"), 1);
    let id = CustomerId::parse(&id).expect("an id");
    till.app.app().login_link_create(&command(), &id, CreateLoginLink::default()).await.expect("a link is made");
    invoice(&till.app, "2026-01-20", "Ann").await;
    let written: Vec<String> = letters(&till.app).await.into_iter().map(|(_, written)| written.subject).collect();
    assert!(written[0].starts_with("Votre lien") && written[1].starts_with("Faktura "), "{written:?}");
}

#[tokio::test]
async fn reminders_come_on_their_days_and_end_with_the_payment() {
    let app = TestApp::start().await;
    let (open, paid) = (invoice(&app, "2026-01-20", "Ann").await, invoice(&app, "2026-01-20", "Bob").await);
    for (until, reminders) in [
        ("2026-01-17T08:59:59Z", 0),
        ("2026-01-17T09:00:00Z", 2),
        ("2026-01-22T23:00:00Z", 2),
        ("2026-01-23T09:00:00Z", 3),
        ("2026-02-03T09:00:00Z", 4),
        ("2026-06-01T09:00:00Z", 4),
    ] {
        app.advance_to(until).await;
        assert_eq!(of_kind(&app, "invoice.reminder").await.len(), reminders, "{until}");
        if reminders == 2 {
            app.key().post(&format!("/api/invoice/{}/mark-as-paid", id_of(&paid)), &json!({})).await;
        }
    }
    let told: Vec<String> = of_kind(&app, "invoice.reminder").await.into_iter().map(|w| w.subject).collect();
    assert!(
        told[0].ends_with("is due on 20 January 2026") && told[3].ends_with("was due on 20 January 2026"),
        "{told:?}"
    );
    assert!(told[3].contains(id_of(&open)), "{told:?}");
}

#[tokio::test]
async fn after_a_long_downtime_nobody_gets_a_heap_of_reminders() {
    let app = TestApp::start().await;
    invoice(&app, "2026-01-20", "Ann").await;
    // Nobody looked for three weeks: the steps of 17 and 23 January are over, that of 3 February is a day late.
    app.clock().advance_to(instant("2026-02-04T10:00:00Z"));
    app.app().jobs_run_due().await.expect("the jobs run");
    assert_eq!(of_kind(&app, "invoice.reminder").await.len(), 1);
    app.app().jobs_run_due().await.expect("the jobs run");
    assert_eq!(of_kind(&app, "invoice.reminder").await.len(), 1);
    let late = TestApp::start().await;
    invoice(&late, "2026-01-20", "Ann").await;
    late.clock().advance_to(instant("2026-02-06T10:00:00Z"));
    late.app().jobs_run_due().await.expect("the jobs run");
    assert_eq!(of_kind(&late, "invoice.reminder").await.len(), 0, "three days late is too late");
}

#[tokio::test]
async fn only_who_was_told_of_an_invoice_is_reminded_and_only_where_it_is_wished() {
    let app = TestApp::start().await;
    set(&app, &[("reminder_days", "")]).await;
    invoice(&app, "2026-01-20", "Ann").await;
    app.advance_to("2026-03-01T00:00:00Z").await;
    assert_eq!(of_kind(&app, "invoice.reminder").await.len(), 0);
    let shop = Shop::start().await;
    let id = customer(&shop.app, VISA, "12/30", "Ann").await;
    let terms = json!({ "amount": 1000, "billing_cycle_interval": 1, "billing_days": "15" });
    shop.subscribe(&id, terms).await.data(200);
    shop.app.advance_to("2026-02-10T00:00:00Z").await;
    let kinds: Vec<String> = letters(&shop.app).await.into_iter().map(|(mail, _)| mail.kind).collect();
    assert_eq!(kinds, ["transaction.receipt"], "what is charged by itself is receipted and not reminded of");
}

#[tokio::test]
async fn receipts_and_refunds_show_the_cents_of_the_transaction() {
    let till = Till::open().await;
    let sale = |number: &str, more: Value| {
        let mut body = with(&card("sale", 1234, number), "email_receipt", json!(true));
        body["email_address"] = json!("ann@example.com");
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let sold = till.charge(&sale(VISA, json!({ "tip_amount": 150, "tax_amount": 99 }))).await.data(200).clone();
    let half = till.charge(&sale("4000000000000051", json!({ "allow_partial_payment": true }))).await;
    half.data(200);
    let receipts = of_kind(&till.app, "transaction.receipt").await;
    for (at, expected) in [
        (0, &["Paid: 12.34 USD", "Tip included: 1.50 USD", "Tax included: 0.99 USD"][..]),
        (1, &["Paid: 6.17 USD", "Asked for: 12.34 USD", "a part of the amount only"][..]),
    ] {
        let text = receipts[at].text.replace('\u{a0}', " ");
        for part in expected {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    till.settle().await;
    for (amount, so_far) in [(200, None), (300, Some("Refunded so far: 5.00 USD"))] {
        till.act(&sold, "refund", &json!({ "amount": amount })).await.data(200);
        let told = of_kind(&till.app, "transaction.refund").await;
        let text = told.last().expect("a letter").text.replace('\u{a0}', " ");
        assert!(text.contains(&format!("Refunded: {}.00 USD", amount / 100)), "{text}");
        assert!(text.contains("Payment: 12.34 USD"), "{text}");
        assert_eq!(text.contains("Refunded so far"), so_far.is_some(), "{text}");
        assert!(so_far.is_none_or(|part| text.contains(part)), "{text}");
    }
    let untold = till.card("sale", 500, VISA).await;
    till.settle().await;
    till.act(&untold, "refund", &json!({})).await.data(200);
    assert_eq!(of_kind(&till.app, "transaction.refund").await.len(), 2, "who got no receipt is not told");
}

#[tokio::test]
async fn an_expiring_card_is_warned_of_once() {
    let app = TestApp::start().await;
    customer(&app, VISA, "03/26", "Ann").await;
    customer(&app, VISA, "12/30", "Bob").await;
    for (until, warned) in [
        ("2026-02-28T08:00:00Z", 0),
        ("2026-02-28T09:00:00Z", 1),
        ("2026-03-02T09:00:00Z", 1),
        ("2026-05-01T09:00:00Z", 1),
    ] {
        app.advance_to(until).await;
        assert_eq!(of_kind(&app, "payment_method.expiring").await.len(), warned, "{until}");
    }
    let [letter] = &of_kind(&app, "payment_method.expiring").await[..] else { panic!("one letter") };
    assert!(letter.subject.contains("Visa •••• 4242") && letter.text.contains("31 March 2026"), "{}", letter.text);
}

#[tokio::test]
async fn a_declined_charge_says_when_it_is_tried_again_and_where_it_is_mended() {
    let shop = Shop::start_at("2026-01-15T00:00:00Z").await;
    let id = customer(&shop.app, "4000000000000002", "12/30", "Ann").await;
    let terms = json!({ "amount": 1000, "billing_cycle_interval": 1, "billing_days": "15" });
    shop.subscribe(&id, terms).await.data(200);
    shop.app.advance_to("2026-01-31T00:00:00Z").await;
    let told = of_kind(&shop.app, "invoice.payment_failed").await;
    assert_eq!(told.len(), 5, "the first charge and four retries");
    for (letter, next) in told.iter().zip(["16 January", "18 January", "20 January", "22 January"]) {
        assert!(letter.text.contains(&format!("We will try again on {next} 2026")), "{}", letter.text);
    }
    assert!(told[4].text.contains("not try again by ourselves"), "{}", told[4].text);
    for letter in &told {
        assert!(letter.text.contains("/invoice/") && letter.text.contains("/portal/methods"), "{}", letter.text);
    }
}
