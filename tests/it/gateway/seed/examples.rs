//! Every JSON example of the seed: its request is accepted, its answer has at least these keys with their types.
//!
//! `{name}` in a path or a request stands for a record that [`Stage`] makes; `given` names more that must be there.

use std::collections::BTreeSet;

use bursar::domain::wallet::Wallet;
use serde_json::Value;

use super::document::{Document, Schema};
use super::fields::{kind_of, same};
use super::stage::Stage;

/// The examples of one section.
pub struct Section {
    text: &'static str,
    /// Names of those that the program does not do yet.
    pending: &'static [&'static str],
}

/// An example.
pub struct Example {
    /// As the seed's heading.
    pub name: String,
    /// "GET".
    pub method: String,
    /// With `{name}`s.
    pub path: String,
    given: Vec<String>,
    request: Value,
    /// Null where the seed shows a request only.
    pub answer: Value,
}

/// Every section of the seed that has examples.
pub const SECTIONS: &[Section] = &[ERRORS, USERS, API_KEYS, TRANSACTIONS, RECURRING, TERMINALS, INVOICES, VAULT];

const ERRORS: Section = Section { text: include_str!("errors.json"), pending: &[] };
const USERS: Section = Section { text: include_str!("users.json"), pending: &[] };
const API_KEYS: Section = Section { text: include_str!("api_keys.json"), pending: &[] };
const TRANSACTIONS: Section = Section { text: include_str!("transactions.json"), pending: &[] };
const RECURRING: Section = Section { text: include_str!("recurring.json"), pending: &[] };
const TERMINALS: Section = Section { text: include_str!("terminals.json"), pending: &[] };
const INVOICES: Section = Section { text: include_str!("invoices.json"), pending: &[] };
const VAULT: Section = Section { text: include_str!("vault.json"), pending: &[] };

#[tokio::test]
async fn examples_of_errors() {
    check(&ERRORS).await;
}

#[tokio::test]
async fn examples_of_users() {
    check(&USERS).await;
}

#[tokio::test]
async fn examples_of_api_keys() {
    check(&API_KEYS).await;
}

#[tokio::test]
async fn examples_of_transactions() {
    check(&TRANSACTIONS).await;
}

#[tokio::test]
async fn examples_of_recurring() {
    check(&RECURRING).await;
}

#[tokio::test]
async fn examples_of_terminals() {
    check(&TERMINALS).await;
}

#[tokio::test]
async fn examples_of_invoices() {
    check(&INVOICES).await;
}

#[tokio::test]
async fn examples_of_the_vault() {
    check(&VAULT).await;
}

#[test]
fn the_fixtures_are_whole() {
    let count: usize = SECTIONS.iter().map(|section| section.examples().len()).sum();
    assert_eq!(count, 50, "examples of the seed");
}

impl Section {
    /// The examples in it.
    pub fn examples(&self) -> Vec<Example> {
        let examples: Vec<Value> = serde_json::from_str(self.text).expect("a fixture is JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let read = examples.iter().map(|example| Example {
            name: text(&example["name"]),
            method: text(&example["method"]),
            path: text(&example["path"]),
            given: example["given"].as_array().map_or_else(Vec::new, |names| names.iter().map(text).collect()),
            request: example["request"].clone(),
            answer: example["answer"].clone(),
        });
        read.collect()
    }
}

async fn check(section: &Section) {
    let (mut stage, document) = (Stage::open().await, Document::of_this_build());
    let mut failed = BTreeSet::new();
    for example in section.examples() {
        let done = match wallet_of(&example.path) {
            Some(wallet) => run(&mut Stage::with_wallet(wallet).await, &document, &example).await,
            None => run(&mut stage, &document, &example).await,
        };
        if let Err(why) = done {
            if !section.pending.contains(&example.name.as_str()) {
                eprintln!("{}: {why}", example.name);
            }
            failed.insert(example.name);
        }
    }
    same(&failed, section.pending);
}

fn wallet_of(path: &str) -> Option<Wallet> {
    let ends = [("/applepay", Wallet::ApplePay), ("/googlepay", Wallet::GooglePay)];
    ends.into_iter().find(|(end, _)| path.ends_with(end)).map(|(_, wallet)| wallet)
}

async fn run(stage: &mut Stage, document: &Document, example: &Example) -> Result<(), String> {
    stage.clear();
    for name in &example.given {
        stage.id(name).await?;
    }
    let path = stage.filled(&example.path).await?;
    let request = stage.filled(&example.request.to_string()).await?;
    let body = (example.method == "POST").then(|| if example.request.is_null() { "{}".to_owned() } else { request });
    let answer = stage.client().send(&example.method, &path, body).await;
    let is_refusal = !example.answer.is_null() && example.answer["status"] != "success";
    let expected = if is_refusal { 400 } else { 200 };
    if answer.status != expected {
        return Err(format!("{} {}", answer.status, answer.text));
    }
    let mut problems = Vec::new();
    let schema = document.answer(&example.method, &example.path, expected);
    compare("", &example.answer, &answer.body, schema.as_ref(), &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(format!("{}\n  in {}", problems.join("\n  "), answer.text)) }
}

/// What of the example is not in the answer: a key, or its type. Null may stand where the document says so.
fn compare(path: &str, example: &Value, answer: &Value, schema: Option<&Schema<'_>>, problems: &mut Vec<String>) {
    if example.is_null() || answer.is_null() && schema.is_some_and(|schema| schema.allows("null")) {
        return;
    }
    if kind_of(example) != kind_of(answer) {
        problems.push(format!("{path} is not {} but {}", kind_of(example), kind_of(answer)));
        return;
    }
    for (name, value) in example.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        match answer.get(name) {
            Some(got) => {
                let schema = schema.and_then(|schema| schema.member(name));
                compare(&path, value, got, schema.as_ref(), problems);
            }
            None => problems.push(format!("{path} is missing")),
        }
    }
    if let Some(first) = example.as_array().and_then(|entries| entries.first()) {
        let schema = schema.and_then(Schema::entry);
        match answer.get(0) {
            Some(got) => compare(&format!("{path}[0]"), first, got, schema.as_ref(), problems),
            None => problems.push(format!("{path} is empty")),
        }
    }
}
