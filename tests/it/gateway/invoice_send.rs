//! Mail about invoices: to whom it goes, what it says, when nothing is sent.

use bursar::app::Caller;
use bursar::app::mail::Written;
use bursar::domain::access::Actor;
use bursar::domain::mail::Mail;
use serde_json::{Value, json};

use super::invoice::{example, refusal, set, text};
use crate::support::{Answer, TestApp};

async fn issue(app: &TestApp, more: Value) -> Answer {
    let mut body = example();
    for (path, value) in more.as_object().expect("an object") {
        set(&mut body, path, value.clone());
    }
    app.key().post("/api/invoice", &body).await
}

/// The mails so far, newest first, with what they say.
async fn mails(app: &TestApp) -> Vec<(Mail, Written)> {
    let clerk = Caller::internal(Actor::Command);
    let mut mails = Vec::new();
    for mail in app.app().mail_list(&clerk, None, 100).expect("readable") {
        let (mail, written) = app.app().mail_find(&clerk, &mail.id).await.expect("it is there");
        mails.push((mail, written.expect("it holds no secret")));
    }
    mails
}

#[tokio::test]
async fn an_invoice_is_mailed_to_whom_it_names() {
    let app = TestApp::start().await;
    for (more, to) in [
        (json!({ "send_via": "email", "email_to": "boss@example.com" }), Some("boss@example.com")),
        (json!({ "send_via": "both" }), Some("info@somesite.com")),
        (json!({ "send_via": "text" }), None),
        (json!({ "send_via": "none", "email_to": "boss@example.com" }), None),
        (json!({ "send_via": "email", "amount_paid": 100 }), None),
    ] {
        let before = mails(&app).await.len();
        let made = issue(&app, more.clone()).await;
        let sent = mails(&app).await;
        assert_eq!(sent.len() - before, usize::from(to.is_some()), "{more}");
        let is_never = made.data(200)["last_sent_at"] == "0001-01-01T00:00:00Z";
        assert_eq!(is_never, to.is_none(), "{more}: {}", made.text);
        let Some(to) = to else { continue };
        let (mail, written) = &sent[0];
        assert_eq!(mail.to, to);
        let id = text(&made, "id");
        assert_eq!(written.subject, format!("Invoice {id} from ACME Inc."));
        let url = text(&made, "hosted_url");
        for expected in
            ["1.00\u{a0}USD", "13 February 2026", "Thank you for your business!", "First Last", url.as_str()]
        {
            assert!(written.text.contains(expected), "{expected}: {}", written.text);
            assert!(written.html.contains(expected), "{expected}");
        }
        assert_eq!(written.html.matches(&url).count(), 1, "one button");
    }
    let nobody = json!({ "send_via": "email", "bill_to.email": null });
    refusal(&issue(&app, nobody).await, "email_to", "no address");
    let count = app.key().post("/api/invoices/search", &json!({})).await;
    assert_eq!(count.body["total_count"], 5, "what could not be sent was not issued");
}

#[tokio::test]
async fn a_repeated_request_is_one_mail() {
    let app = TestApp::start().await;
    let made = issue(&app, json!({ "send_via": "email" })).await;
    let resend = format!("/api/invoice/{}/resend", text(&made, "id"));
    app.clock().advance_to(app.now().plus(bursar::domain::time::DAY));
    let client = app.key().header("idempotency-key", "again");
    let first = client.post(&resend, &json!({})).await;
    let again = client.post(&resend, &json!({})).await;
    assert_eq!(first.data(200), again.data(200));
    assert!(text(&first, "last_sent_at").starts_with("2026-01-02"), "{}", first.text);
    assert_eq!(mails(&app).await.len(), 2);
    app.key().post(&resend, &json!({})).await.data(200);
    assert_eq!(mails(&app).await.len(), 3);
    app.key().post(&resend.replace("resend", "mark-as-paid"), &json!({})).await.data(200);
    let paid = app.key().post(&resend, &json!({})).await;
    assert_eq!(paid.status, 400, "{}", paid.text);
    for send_via in ["text", "none"] {
        let made = issue(&app, json!({ "send_via": send_via })).await;
        let refused = app.key().post(&format!("/api/invoice/{}/resend", text(&made, "id")), &json!({})).await;
        assert_eq!(refused.status, 400, "{send_via}: {}", refused.text);
    }
    assert_eq!(mails(&app).await.len(), 3);
}
