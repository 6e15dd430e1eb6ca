//! The account API from outside.

pub mod access;
mod account;
mod balance;
mod callback;
mod crash;
mod event;
mod once;
mod order;
mod subscription;
mod verify;

pub use once::walks as once_walks;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, command};

/// The content type that clients compare.
pub const JSON: &str = "application/json; charset=utf-8";

/// An appliance and the merchant's client.
pub struct Desk {
    pub app: TestApp,
    pub client: Client,
}

impl Desk {
    pub async fn open() -> Self {
        Self::of(TestApp::start().await)
    }

    pub fn of(app: TestApp) -> Self {
        let client = app.admin().header("accept", "application/json");
        Self { app, client }
    }

    /// A new account; its id.
    pub async fn account(&self, body: Value) -> String {
        let made = self.client.post("/account", &body).await;
        ok(&made)["id"].as_str().expect("an id").to_owned()
    }

    /// A new account in SEK that pays with this token; its id.
    pub async fn paying(&self, token: &str) -> String {
        self.account(json!({ "method": [{ "type": "token", "card": token }] })).await
    }

    pub async fn get(&self, path: &str) -> Value {
        ok(&self.client.get(path).await).clone()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.client.post(path, body).await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.client.send(method, path, Some(body.to_string())).await
    }

    /// Adds to the balance of an account.
    pub async fn add(&self, account: &str, items: Value) -> Value {
        ok(&self.post(&format!("/account/{account}/balance"), &items).await).clone()
    }

    /// Settles the balance of an account, or of all; `[updated, errors]`.
    pub async fn settle(&self, account: &str) -> [i64; 2] {
        let settled = self.client.delete(&format!("/account/{account}/balance")).await;
        let settled = ok(&settled);
        ["updated", "errors"].map(|name| settled[name].as_i64().expect("a count"))
    }

    /// The newest order.
    pub async fn newest(&self) -> Value {
        let orders = self.get("/order").await;
        orders.as_array().expect("a list").last().expect("an order").clone()
    }

    /// The books hold.
    #[track_caller]
    pub fn assert_books_hold(&self) {
        let verdict = self.app.app().verify(&command()).expect("the books can be read");
        assert!(verdict.ok, "{}", verdict.sentence());
    }
}

/// The body of an answer that is right.
#[track_caller]
pub fn ok(answer: &Answer) -> &Value {
    assert_eq!((answer.status, answer.header("content-type")), (200, JSON), "{}", answer.text);
    &answer.body
}

/// `(status, type, what is blamed)` of a refusal.
pub fn refused(answer: &Answer) -> (u16, &str, &str) {
    assert_eq!(answer.header("content-type"), JSON, "{}", answer.text);
    assert_eq!(answer.body["status"], answer.status, "{}", answer.text);
    let blamed = [&answer.body["content"]["property"], &answer.body["argument"]["name"]];
    let blamed = blamed.iter().find_map(|value| value.as_str()).unwrap_or("");
    (answer.status, answer.body["type"].as_str().unwrap_or(""), blamed)
}

/// The types of an order's events.
pub fn events(order: &Value) -> Vec<&str> {
    order["event"].as_array().expect("events").iter().map(|event| event["type"].as_str().expect("a type")).collect()
}
