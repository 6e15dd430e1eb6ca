//! The demo company: furnished once, proven, served as often as wanted, and never laid over other books.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::Served;
use crate::support::Client;

/// What follows `label` in what was printed.
fn after<'t>(printed: &'t str, label: &str) -> &'t str {
    let line = printed.lines().find_map(|line| line.trim_start().strip_prefix(label));
    line.unwrap_or_else(|| panic!("{label:?} in {printed}")).trim()
}

/// What the served demo prints up to its last line, and where it listens.
fn start(data: &Path) -> (Served, String) {
    let mut served = Served::run(data, &["demo", "--listen", "127.0.0.1:0"]);
    let printed = served.read_until("Ctrl-C stops");
    served.set_base(after(&printed, "listening on"));
    (served, printed)
}

#[tokio::test]
async fn a_newcomers_first_minute() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("demo");
    let (served, printed) = start(&data);
    assert!(after(&printed, "the books hold:").contains("entries"));
    let (base, key) = (after(&printed, "listening on").to_owned(), after(&printed, "a key for it").to_owned());
    let client = Client::of(&base, &key);

    let plans = client.get("/api/recurring/plans").await;
    assert_eq!(plans.data(200).as_array().unwrap().len(), 6);
    let found = client.post("/api/recurring/subscription/search", &json!({ "limit": 100 })).await;
    let mut states: Vec<&str> = Vec::new();
    for subscription in found.data(200).as_array().unwrap() {
        states.push(subscription["status"].as_str().unwrap());
    }
    for (state, least) in
        [("active", 15), ("failing", 1), ("failed", 2), ("paused", 1), ("cancelled", 1), ("completed", 1)]
    {
        assert!(states.iter().filter(|one| **one == state).count() >= least, "{state} in {states:?}");
    }
    assert_eq!(client.post("/api/vault/customer/search", &json!({})).await.body["total_count"], 25);
    let invoices = client.post("/api/invoices/search", &json!({ "limit": 1 })).await;
    assert!(invoices.body["total_count"].as_i64().unwrap() > 200, "a year of billing: {}", invoices.text);
    for (number, status) in
        [("HP-2048", "pending"), ("HP-2047", "partially_paid"), ("HP-2039", "past_due"), ("HP-2044", "paid")]
    {
        let question = json!({ "invoice_number": { "operator": "=", "value": number } });
        let found = client.post("/api/invoices/search", &question).await;
        let invoice = &found.data(200)[0];
        assert_eq!(invoice["status"], status, "{number}");
        let page = format!("/invoice/{}", invoice["public_url"].as_str().unwrap());
        assert_eq!(client.get(&page).await.status, 200, "{page}");
    }
    for label in ["an invoice to pay", "a receipt", "a customer's pages", "the API"] {
        let path = after(&printed, label).strip_prefix(&base).expect("a link of this server");
        assert_eq!(client.get(path).await.status, 200, "{label}");
    }
    assert_eq!(client.get("/healthz").await.body["status"], "ready", "billing goes on");

    let (list, sell) = pasted(&printed);
    assert_eq!(list["data"].as_array().unwrap().len(), 6);
    assert_eq!((&sell["data"]["response"], &sell["data"]["amount"]), (&"approved".into(), &1250.into()));

    let (code, _, err) = crate::cli::run(&data, &["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!((code, err.contains("already serving")), (1, true), "{err}");
    assert_eq!(served.stop(), 0);
    let (again, printed) = start(&data);
    assert!(printed.contains("of an earlier run"), "{printed}");
    assert_eq!(after(&printed, "a key for it"), key, "what was pasted once works again");
    let client = Client::of(again.base(), &key);
    assert_eq!(client.post("/api/vault/customer/search", &json!({})).await.body["total_count"], 25);
    assert_eq!(crate::cli::run(&data, &["verify"]).0, 0);
}

/// The answers to both commands, run as they were printed.
fn pasted(printed: &str) -> (Value, Value) {
    let joined = printed.replace("\\\n", " ");
    let mut commands = joined.lines().map(str::trim).filter(|line| line.starts_with("curl "));
    let mut run = || {
        let command = commands.next().expect("two commands").replacen("curl", "curl -s --noproxy '*'", 1);
        let output = Command::new("sh").args(["-c", &command]).output().expect("a shell");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{command}: {why}: {output:?}"))
    };
    (run(), run())
}

#[test]
fn other_books_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert_eq!(crate::cli::run(&data, &["company", "set", "name=Real Books"]).0, 0);
    let (code, _, err) = crate::cli::run(&data, &["demo", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 1);
    assert!(err.contains("has books that are not a demo") && err.lines().count() == 1, "{err}");
    let (_, out, _) = crate::cli::run(&data, &["company", "show"]);
    assert!(out.contains("Real Books"), "{out}");
}
