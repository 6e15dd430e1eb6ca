//! A merchant's till for tests: charges with short requests, answers that say what they should have been.

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp};

/// A card that approves.
pub const VISA: &str = "4242424242424242";

/// The till of a running program.
pub struct Till {
    /// The program.
    pub app: TestApp,
    /// The shop's key.
    pub client: Client,
}

impl Till {
    /// A fresh one, on 1 January 2026.
    pub async fn open() -> Self {
        Self::of(TestApp::start().await)
    }

    /// One of a program.
    pub fn of(app: TestApp) -> Self {
        let client = app.key();
        Self { app, client }
    }

    /// `POST /api/transaction`.
    pub async fn charge(&self, body: &Value) -> Answer {
        self.client.post("/api/transaction", body).await
    }

    /// A charge of this type and amount with this card; its data.
    pub async fn card(&self, kind: &str, amount: i64, number: &str) -> Value {
        self.charge(&card(kind, amount, number)).await.data(200).clone()
    }

    /// `POST /api/transaction/{id}/{verb}`.
    pub async fn act(&self, transaction: &Value, verb: &str, body: &Value) -> Answer {
        self.client.post(&format!("/api/transaction/{}/{verb}", id_of(transaction)), body).await
    }

    /// The transaction as it stands now.
    pub async fn again(&self, transaction: &Value) -> Value {
        let answer = self.client.get(&format!("/api/transaction/{}", id_of(transaction))).await;
        assert_eq!((answer.status, &answer.body["total_count"]), (200, &json!(1)), "{}", answer.text);
        answer.body["data"][0].clone()
    }

    /// Lets everything captured so far settle.
    pub async fn settle(&self) {
        let tomorrow = self.app.now().plus(2 * bursar::domain::time::DAY);
        self.app.advance_to(&tomorrow.to_string()).await;
    }

    /// Moves the one terminal to another number.
    pub fn set_terminal(&self, tpn: &str) {
        let changed = self.file().execute("UPDATE terminal SET tpn = ?1", [tpn]).expect("the row fits");
        assert_eq!(changed, 1, "a fresh file has one terminal");
    }

    /// Changes rows for which there is no endpoint; answers how many.
    pub fn execute(&self, sql: &str) -> usize {
        self.file().execute(sql, []).expect("the rows fit")
    }

    /// How many transactions the file holds.
    pub fn count(&self) -> i64 {
        self.file().query_row("SELECT COUNT(*) FROM txn", [], |row| row.get(0)).expect("the table is there")
    }

    /// How many rows a table holds; `of` is its name, and a condition after it.
    pub fn rows(&self, of: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {of}");
        self.file().query_row(&sql, [], |row| row.get(0)).expect("the table is there")
    }

    #[expect(clippy::disallowed_methods, reason = "a second process looks at the file while the program serves it")]
    fn file(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.app.data_dir().join("bursar.db")).expect("the file opens");
        connection.busy_timeout(std::time::Duration::from_secs(5)).expect("a time-out can be set");
        connection
    }
}

/// The smallest request with a card.
pub fn card(kind: &str, amount: i64, number: &str) -> Value {
    json!({ "type": kind, "amount": amount, "payment_method": { "card": { "number": number, "expiration_date": "12/30" } } })
}

/// The smallest request with a bank account.
pub fn ach(amount: i64, routing: &str) -> Value {
    json!({
        "type": "sale", "amount": amount,
        "payment_method": { "ach": {
            "routing_number": routing, "account_number": "999999", "sec_code": "web", "account_type": "checking",
        } },
    })
}

/// The id of a transaction.
pub fn id_of(transaction: &Value) -> &str {
    transaction["id"].as_str().expect("a transaction has an id")
}

/// `base` with `field` (a path with dots) set to `value`.
pub fn with(base: &Value, field: &str, value: Value) -> Value {
    let mut body = base.clone();
    let pointer = format!("/{}", field.replace('.', "/"));
    match body.pointer_mut(&pointer) {
        Some(slot) => *slot = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').expect("a path begins with a slash");
            let parent = body.pointer_mut(parent).expect("the parent is there");
            parent.as_object_mut().expect("the parent is an object").insert(name.to_owned(), value);
        }
    }
    body
}
