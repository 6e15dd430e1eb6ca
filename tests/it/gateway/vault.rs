//! A merchant's view of the vault for tests: short paths, answers that say what they should have been.

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp};

/// The vault of a running program.
pub struct Vault {
    /// The program.
    pub app: TestApp,
    client: Client,
}

impl Vault {
    /// A fresh one, on 1 January 2026.
    pub async fn start() -> Self {
        let app = TestApp::start().await;
        let client = app.key();
        Self { app, client }
    }

    /// `POST /api/vault/{path}`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.client.post(&format!("/api/vault/{path}"), &body).await
    }

    /// `GET /api/vault/{path}`.
    pub async fn get(&self, path: &str) -> Answer {
        self.client.get(&format!("/api/vault/{path}")).await
    }

    /// `DELETE /api/vault/{path}`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.client.delete(&format!("/api/vault/{path}")).await
    }

    /// How many customers there are.
    pub async fn customers(&self) -> u64 {
        let answer = self.post("customer/search", json!({})).await;
        answer.body["total_count"].as_u64().expect("a search counts")
    }

    /// Every file of the data folder, by name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(self.app.data_dir()).expect("the data folder is there");
        let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
        paths.map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file"))).collect()
    }

    /// How many events there are: every write makes one.
    pub fn events(&self) -> i64 {
        self.file().query_row("SELECT COUNT(*) FROM event", [], |row| row.get(0)).expect("a count")
    }

    /// Writes so many customers that look alike, with an address and an account each.
    pub fn crowd(&self, count: u32) {
        let sql = "BEGIN IMMEDIATE;
            CREATE TEMP TABLE n AS WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < COUNT)
                SELECT n FROM n;
            INSERT INTO customer (id, created_at, updated_at) SELECT 'crowd' || n, n, n FROM n;
            INSERT INTO address (id, customer_id, hash, first_name, last_name, company, line_1, line_2, city, state,
                    postal_code, country, email, phone, fax, created_at, updated_at)
                SELECT 'crowd' || n, 'crowd' || n, randomblob(32), 'Ann', 'Ash', 'Ash & Co', '1 Main Street', 'Flat 2',
                    'Lisle', 'IL', '60532', 'US', 'ann@ash.com', '3216540987', '3216540988', n, n FROM n;
            INSERT INTO payment_method (id, customer_id, type, masked, last_four, routing_number, account_type,
                    sec_code, sealed, fingerprint, created_at, updated_at)
                SELECT 'crowd' || n, 'crowd' || n, 'ach', '******1111', '1111', '490000018', 'checking', 'web', x'00',
                    x'00', n, n FROM n;
            COMMIT;";
        self.file().execute_batch(&sql.replace("COUNT", &count.to_string())).expect("the rows fit");
    }

    /// Writes a subscription as the recurring engine would have left it.
    pub fn subscribe(&self, id: &str, customer_id: &str, method_id: Option<&str>, status: &str) {
        let sql = "INSERT INTO subscription (id, customer_id, payment_method_id, amount_minor, currency, frequency,
                billing_days, billing_interval, status, made_on, created_at, updated_at)
            VALUES (?1, ?2, ?3, 100, 'USD', 'monthly', '1', 1, ?4, '2026-01-01', 1, 1)";
        self.file().execute(sql, rusqlite::params![id, customer_id, method_id, status]).expect("the row fits");
    }

    /// Takes a stored method from its customer, as one is that waits for its charge to succeed.
    pub fn hold(&self, method_id: &str) {
        let changed = self.file().execute("UPDATE payment_method SET customer_id = NULL WHERE id = ?1", [method_id]);
        assert_eq!(changed.expect("the row fits"), 1);
    }

    /// Writes an invoice of the subscription that nothing collects any more.
    pub fn owe(&self, id: &str, subscription_id: &str) {
        let sql = "INSERT INTO invoice (id, public_id, source, subscription_id, period_start, currency, status,
                subtotal_minor, total_minor, date_due, created_at, updated_at)
            VALUES (?1, ?1, 'subscription', ?2, '2026-01-01', 'USD', 'past_due', 100, 100, 1, 1, 1)";
        self.file().execute(sql, rusqlite::params![id, subscription_id]).expect("the row fits");
    }

    /// Whether the invoice is collected by itself; after the look it is not any more.
    pub fn takes_collection(&self, id: &str) -> bool {
        let sql = "UPDATE invoice SET collect_at = NULL WHERE id = ?1 AND collect_at IS NOT NULL";
        self.file().execute(sql, [id]).expect("the row fits") == 1
    }

    /// Cancels every subscription.
    pub fn end_subscriptions(&self) {
        self.file().execute("UPDATE subscription SET status = 'cancelled'", []).expect("the rows fit");
    }

    #[expect(clippy::disallowed_methods, reason = "a second process looks at the file while the program serves it")]
    fn file(&self) -> rusqlite::Connection {
        let path = self.app.data_dir().join("bursar.db");
        let connection = rusqlite::Connection::open(path).expect("the file opens");
        connection.busy_timeout(std::time::Duration::from_secs(5)).expect("a setting");
        connection
    }
}

/// What an answer should have been.
pub trait Expected {
    /// `data` of a success.
    fn ok(&self) -> Value;
    /// This status; a refusal says `named` and has the gateway's envelope.
    fn is(&self, status: u16, named: &str);
}

impl Expected for Answer {
    #[track_caller]
    fn ok(&self) -> Value {
        assert_eq!((self.status, &self.body["status"]), (200, &json!("success")), "{}", self.text);
        assert_eq!(self.msg(), "success");
        self.body["data"].clone()
    }

    #[track_caller]
    fn is(&self, status: u16, named: &str) {
        assert_eq!(self.status, status, "{named}: {}", self.text);
        if status == 200 {
            return;
        }
        assert_eq!(self.body["status"], "failed", "{}", self.text);
        assert_eq!(keys(&self.body), ["msg", "status"]);
        assert!(self.msg().contains(named), "{named}: {}", self.text);
        let prefix = if status == 404 { "not found error: " } else { "bad request error: " };
        assert!(self.msg().starts_with(prefix), "{}", self.text);
    }
}

/// The keys of an object, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
