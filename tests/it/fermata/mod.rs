//! The treasury API from outside.

mod access;
mod account;
mod auto_refill;
mod auto_refill_outcome;
mod balance;
mod dedupe;
mod deposit;
mod door;
mod event;
mod load;
mod once;
mod plan;
mod plan_change;
mod plan_renewal;
mod prepaid_return;
mod webhook;
mod webhook_told;

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp};

/// An appliance with one account, and the merchant's client.
pub struct Shop {
    pub app: TestApp,
    pub client: Client,
    /// `c_…`.
    pub company: String,
    /// `a_…`.
    pub account: String,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(json!({ "name": "Ada" })).await
    }

    pub async fn open_with(account: Value) -> Self {
        Self::open_on(TestApp::start().await, account).await
    }

    pub async fn open_on(app: TestApp, account: Value) -> Self {
        let (client, company) = (app.admin(), format!("c_{}", app.app().company_id().expect("the company")));
        let made = client.post(&format!("/companies/{company}/accounts"), &account).await;
        let account = made.data(200)["id"].as_str().expect("an id").to_owned();
        Self { app, client, company, account }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.client.get(&self.path(path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.client.post(&self.path(path), body).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.client.send("PUT", &self.path(path), Some(body.to_string())).await
    }

    /// `{a}` and `{c}` in a path are this account and this company.
    pub fn path(&self, path: &str) -> String {
        path.replace("{a}", &format!("/accounts/{}", self.account))
            .replace("{c}", &format!("/companies/{}", self.company))
    }

    /// Adds units to the balance in `credits`.
    pub async fn add(&self, amount: i64) -> Answer {
        self.post("{a}/balance/credits", &json!({ "amount": amount })).await
    }

    /// `[amount, pending debits, credits, events, available]` of the balance in `credits`.
    pub async fn sums(&self) -> [i64; 5] {
        sums(self.get("{a}/balance/credits").await.data(200))
    }

    /// The books hold.
    #[track_caller]
    pub fn assert_books_hold(&self) {
        let verdict = self.app.app().verify(&crate::support::command()).expect("the books can be read");
        assert!(verdict.ok, "{}", verdict.sentence());
    }
}

pub fn sums(balance: &Value) -> [i64; 5] {
    let pending = &balance["pending"];
    [&balance["amount"], &pending["debits"], &pending["credits"], &pending["events"], &balance["available"]]
        .map(|value| value.as_i64().unwrap_or_else(|| panic!("a sum of {balance}")))
}

/// `(status, error.code)`.
pub fn refused(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["error"]["code"].as_str().unwrap_or(""))
}
