//! What users chose for themselves: the mails they get, each once and only about what they may see, and their default
//! processor.

use serde_json::{Value, json};

use super::till::{Till, VISA, card, id_of, with};
use super::user_manage::{add, login};
use crate::support::{TestApp, command};

const PASSWORD: &str = "Correct-Horse-7";
const DECLINES: &str = "4000000000000002";

/// Every mail that a user may want.
fn all() -> Value {
    json!({ "merchant": {
        "transaction_receipts": true, "settlement_reports": true, "triggered_rules": true, "security_alerts": true,
        "invoice_create": true, "transaction_void": true,
    } })
}

async fn person(app: &TestApp, username: &str, more: Value) -> Value {
    let mut user = json!({ "username": username, "password": PASSWORD, "role": "admin",
        "email": format!("{username}@shop.example"), "notifications": all() });
    for (field, value) in more.as_object().expect("an object") {
        user[field] = value.clone();
    }
    add(app, user).await
}

/// Who was mailed about this, in the order of their names.
fn told(app: &TestApp, kind: &str) -> Vec<String> {
    let mails = app.app().mail_list(&command(), None, 100).expect("the outbox");
    let to = mails.into_iter().filter(|mail| mail.kind == kind);
    let mut names: Vec<String> = to.map(|mail| mail.to.replace("@shop.example", "")).collect();
    names.sort();
    names
}

/// The subject of the newest mail about this, and what it says.
async fn said(app: &TestApp, kind: &str) -> (String, String) {
    let mails = app.app().mail_list(&command(), None, 100).expect("the outbox");
    let mail = mails.into_iter().find(|mail| mail.kind == kind).expect("there is such a mail");
    let (mail, written) = app.app().mail_find(&command(), &mail.id).await.expect("it is there");
    (mail.subject, written.expect("it says something").text)
}

/// Two who want every mail, a boss and a clerk who sees little, and three who get none.
async fn shop() -> (Till, Value) {
    let till = Till::open().await;
    let app = &till.app;
    person(app, "boss1", json!({})).await;
    person(app, "clerk1", json!({ "role": "standard", "permissions": { "process_sale": true } })).await;
    let gone = person(app, "gone1", json!({})).await;
    person(app, "mute1", json!({ "email": "" })).await;
    let deaf = person(app, "deaf1", json!({ "notifications": {} })).await;
    let path = format!("/api/user/{}", id_of(&gone));
    app.admin().post(&path, &json!({ "status": "disabled" })).await.data(200);
    (till, deaf)
}

#[tokio::test]
async fn transactions_are_told_to_who_may_see_them() {
    let (till, _) = shop().await;
    let sold = with(&card("sale", 1200, VISA), "idempotency_key", json!("0b5e7a7e-3f0c-4f5e-9d55-2a52e9a1c111"));
    let sold = with(&sold, "order_id", json!("A17"));
    let first = till.charge(&sold).await.data(200).clone();
    assert_eq!(till.charge(&sold).await.data(200)["id"], first["id"], "the same request once more");
    assert_eq!(told(&till.app, "transaction.approved"), ["boss1"], "another's sale is not the clerk's to see");
    let (subject, text) = said(&till.app, "transaction.approved").await;
    assert_eq!(subject, "Sale of 12.00 USD approved");
    for expected in ["A17", "Visa •••• 4242", id_of(&first)] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    till.card("sale", 1200, DECLINES).await;
    assert_eq!(told(&till.app, "transaction.approved"), ["boss1"], "a decline has no receipt");
    let clerk = login(&till.app, "clerk1", PASSWORD).await.expect("the password is right");
    clerk.post("/api/transaction", &card("sale", 700, VISA)).await.data(200);
    assert_eq!(told(&till.app, "transaction.approved"), ["boss1", "boss1", "clerk1"], "its own is");
    assert!(told(&till.app, "transaction.voided").is_empty());
    till.act(&first, "void", &json!({})).await.data(200);
    assert_eq!(told(&till.app, "transaction.voided"), ["boss1"]);
    assert_eq!(said(&till.app, "transaction.voided").await.0, "Sale of 12.00 USD voided");
    till.settle().await;
    assert_eq!(told(&till.app, "settlement_batch.closed"), ["boss1"], "the clerk may not see batches");
    let (_, text) = said(&till.app, "settlement_batch.closed").await;
    assert!(text.contains("7.00 USD"), "{text}");
}

/// A batch is filled two hundred transactions at a time.
#[tokio::test]
async fn a_batch_is_told_of_once_and_whole() {
    let till = Till::open().await;
    person(&till.app, "boss1", json!({ "notifications": { "merchant": { "settlement_reports": true } } })).await;
    for _ in 0..201 {
        till.card("sale", 100, VISA).await;
    }
    till.settle().await;
    assert_eq!(told(&till.app, "settlement_batch.closed"), ["boss1"]);
    let (_, text) = said(&till.app, "settlement_batch.closed").await;
    assert!(text.contains("201.00 USD"), "{text}");
}

#[tokio::test]
async fn invoices_and_changes_of_access_are_told() {
    let (till, deaf) = shop().await;
    let app = &till.app;
    let invoice = crate::pages::invoice::issue(app, json!({})).await;
    assert_eq!(told(app, "invoice.created"), ["boss1", "clerk1"]);
    assert!(said(app, "invoice.created").await.1.contains(id_of(&invoice)));

    let before = told(app, "user.created").len();
    person(app, "new1", json!({ "notifications": {} })).await;
    assert_eq!(told(app, "user.created").len(), before + 1, "the boss hears of it, the clerk does not");
    let path = format!("/api/user/{}", id_of(&deaf));
    let changes = told(app, "user.updated").len();
    for (change, more) in
        [(json!({ "name": "Ann" }), 0), (json!({ "role": "standard" }), 1), (json!({ "email": "a@b.example" }), 2)]
    {
        app.admin().post(&path, &change).await.data(200);
        assert_eq!(told(app, "user.updated").len(), changes + more, "{change}");
    }
    assert_eq!(till.execute("UPDATE user SET failed_logins = 8 WHERE username = 'deaf1'"), 1);
    for (failure, expected) in [(9, vec![]), (10, vec!["boss1"]), (11, vec!["boss1"])] {
        assert!(login(app, "deaf1", "Wrong-Horse-7").await.is_none());
        assert_eq!(told(app, "user.login_failed"), expected, "wrong password number {failure}");
    }
    let keys = told(app, "api_key.created").len();
    app.admin().post("/api/user/apikey", &json!({ "type": "api", "name": "till" })).await.data(200);
    assert_eq!(told(app, "api_key.created").len(), keys + 1);
    let (_, text) = said(app, "api_key.created").await;
    assert!(text.contains("till"), "{text}");
}

#[tokio::test]
async fn a_users_default_processor_takes_what_names_none() {
    let till = Till::open().await;
    let sale = card("sale", 1200, VISA);
    let processor = till.charge(&sale).await.data(200)["processor_id"].clone();
    assert_eq!(till.execute("UPDATE processor SET is_default = 0"), 1);
    let refused = till.charge(&sale).await;
    assert!(refused.status == 400 && refused.msg().contains("processor_id"), "{}", refused.text);

    let me = till.client.get("/api/user").await.data(200).clone();
    let path = format!("/api/user/{}", id_of(&me));
    let set = till.client.post(&path, &json!({ "defaults": { "processor_id": processor } })).await;
    assert_eq!(set.data(200)["defaults"]["processor_id"], processor);
    assert_eq!(till.charge(&sale).await.data(200)["processor_id"], processor);
    let unknown = till.charge(&with(&sale, "processor_id", json!("nobody"))).await;
    assert!(unknown.status == 400 && unknown.msg().contains("processor_id"), "a named one counts: {}", unknown.text);

    assert_eq!(till.execute("UPDATE processor SET status = 'disabled', is_default = 0"), 1);
    let refused = till.charge(&sale).await;
    assert!(refused.status == 400 && refused.msg().contains("your default processor"), "{}", refused.text);
    assert_eq!(till.count(), 2);
}
