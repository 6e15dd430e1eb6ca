//! No field of the seed is missing in the OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{Document, Schema};
use super::examples::SECTIONS;

/// What the document does not have yet: an endpoint, or an endpoint and a field of it.
const PENDING: &[&str] = &[];

/// Types that the document has otherwise, with the reason.
const OTHER_TYPES: &[(&str, &str, &str)] = &[];

/// A field of a request, as a table of the seed has it.
pub struct Field {
    /// "POST".
    pub method: &'static str,
    /// "/api/user/{id}".
    pub path: &'static str,
    /// "items[].name"; `?name` is in the query.
    pub name: &'static str,
    /// A JSON type, or "any".
    pub kind: &'static str,
    /// Its bound, see `limits.rs`; "" is none.
    pub bound: &'static str,
}

/// Every row of every table of the seed.
pub fn of_the_seed() -> Vec<Field> {
    let rows = include_str!("fields.tsv").lines().filter(|line| !line.starts_with('#'));
    let read = rows.map(|line| {
        let mut cells = line.split('\t');
        let mut next = || cells.next();
        let (method, path, name, kind) = (next(), next(), next(), next());
        let whole = |cell: Option<&'static str>| cell.unwrap_or_else(|| panic!("not a row: {line}"));
        let (method, path, name, kind) = (whole(method), whole(path), whole(name), whole(kind));
        Field { method, path, name, kind, bound: next().unwrap_or("") }
    });
    read.collect()
}

#[test]
fn no_field_of_a_request_is_missing_in_the_document() {
    let document = Document::of_this_build();
    let fields = of_the_seed();
    let missing: BTreeSet<String> = fields.iter().filter_map(|field| missing(&document, field)).collect();
    let endpoints: BTreeSet<_> = fields.iter().map(|field| (field.method, field.path)).collect();
    eprintln!("{} fields of {} requests, {} missing", fields.len(), endpoints.len(), missing.len());
    assert!(fields.len() > 900, "the table of the seed is whole");
    same(&missing, PENDING);
}

#[test]
fn no_field_of_an_answer_is_missing_in_the_document() {
    let document = Document::of_this_build();
    let (mut count, mut missing) = (0, BTreeSet::new());
    for example in SECTIONS.iter().flat_map(|section| section.examples()) {
        if example.answer.is_null() {
            continue;
        }
        let (method, path) = (&example.method, &example.path);
        let status = if example.answer["status"] == "success" { 200 } else { 400 };
        let Some(schema) = document.answer(method, path, status) else {
            missing.insert(format!("{method} {path}"));
            continue;
        };
        let mut fields = BTreeMap::new();
        collect("", &example.answer, &mut fields);
        count += fields.len();
        let absent = fields.iter().filter(|(name, value)| !holds(&schema, name, value));
        missing.extend(absent.map(|(name, _)| format!("{method} {path} {name}")));
    }
    eprintln!("{count} fields of answers, {} missing", missing.len());
    assert!(count > 500, "the examples of the seed are whole");
    same(&missing, PENDING_ANSWERS);
}

/// As [`PENDING`], of answers.
const PENDING_ANSWERS: &[&str] = &[];

fn missing(document: &Document, field: &Field) -> Option<String> {
    let Field { method, path, name, kind, .. } = *field;
    let endpoint = format!("{method} {path}");
    let Some(operation) = document.operation(method, path) else { return Some(endpoint) };
    if let Some(name) = name.strip_prefix('?') {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let is_there = parameters.iter().any(|parameter| parameter["name"] == name && parameter["in"] == "query");
        return (!is_there).then(|| format!("{endpoint} ?{name}"));
    }
    if path == "/api/filebatch" {
        let told = operation.to_string();
        let is_there = told.contains(name) && bursar::domain::file_batch_row::COLUMNS.contains(&name);
        return (!is_there).then(|| format!("{endpoint} {name}"));
    }
    let other = OTHER_TYPES.iter().find(|(of, field, _)| *of == endpoint && *field == name);
    let kind = other.map_or(kind, |(_, _, kind)| kind);
    let schema = document.request(method, path)?.field(name);
    let is_there = schema.is_some_and(|schema| kind == "any" || schema.allows(kind));
    (!is_there).then(|| format!("{endpoint} {name}"))
}

/// The fields of an example by their paths; the first entry of a list stands for all.
fn collect(path: &str, value: &Value, fields: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                fields.insert(path.clone(), value.clone());
                collect(&path, value, fields);
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| collect(&format!("{path}[]"), entry, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn holds(schema: &Schema<'_>, name: &str, value: &Value) -> bool {
    schema.field(name).is_some_and(|schema| schema.allows(kind_of(value)))
}

/// The JSON type of a value, as OpenAPI calls it.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Fails with what is missing and not said to be, and with what is said to be but is there.
#[track_caller]
pub fn same(missing: &BTreeSet<String>, pending: &[&str]) {
    let pending: BTreeSet<String> = pending.iter().map(|entry| (*entry).to_owned()).collect();
    let new: Vec<_> = missing.difference(&pending).collect();
    let done: Vec<_> = pending.difference(missing).collect();
    assert!(new.is_empty() && done.is_empty(), "missing: {new:#?}\nno longer pending: {done:#?}");
}
