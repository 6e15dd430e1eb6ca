//! The document says of every field what it is, shows an example of it, and bounds every text and number.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::Document;
use super::fields::same;

/// Bounds that a schema cannot say, by the end of the field's path, with the reason.
const UNBOUNDED: &[(&str, &str)] = &[];

/// Schemas that are not complete yet.
const PENDING: &[&str] = &[];

#[test]
fn every_field_is_described_exemplified_and_bounded() {
    let document = Document::of_this_build();
    let (mut count, mut problems) = (0, BTreeSet::new());
    for (name, schema) in document.schemas() {
        let mut found = Vec::new();
        count += walk(name, schema, &mut found);
        if found.is_empty() {
            continue;
        }
        if !PENDING.contains(&name.as_str()) {
            eprintln!("{}", found.join("\n"));
        }
        problems.insert(name.clone());
    }
    eprintln!("{count} fields in the document");
    same(&problems, PENDING);
}

#[test]
fn every_operation_names_itself_and_says_what_it_refuses() {
    let document = Document::of_this_build();
    let mut names = BTreeSet::new();
    let operations = document.operations();
    for (method, path, operation) in &operations {
        assert!(names.insert(operation["operationId"].to_string()), "{method} {path} has the name of another");
        assert!(operation["summary"].as_str().is_some_and(|told| !told.is_empty()), "{method} {path} says nothing");
        let mut expected = vec!["200", "400", "401", "403", "429", "503"];
        if path.contains('{') {
            expected.push("404");
        }
        if operation.get("requestBody").is_some() {
            expected.extend(["408", "413", "415", "422"]);
        }
        for status in expected {
            let answer = &operation["responses"][status];
            assert!(answer["description"].is_string(), "{method} {path} does not tell of {status}");
        }
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let mut named = parameters.filter(|parameter| parameter["name"] == name && parameter["in"] == "path");
            assert!(named.next().is_some() && named.next().is_none(), "{method} {path} has {{{name}}} once");
        }
    }
    eprintln!("{} operations", operations.len());
}

/// How many fields there are in a schema; what is missing in them goes to `found`.
fn walk(path: &str, schema: &Value, found: &mut Vec<String>) -> usize {
    let mut count = 0;
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        count += 1 + walk(&path, field, found);
        // A field that only points elsewhere is told there.
        let is_simple = ["string", "integer", "number", "boolean"].iter().any(|kind| is_of(field, kind));
        if is_simple {
            if field["description"].as_str().is_none_or(str::is_empty) {
                found.push(format!("{path} says nothing"));
            }
            if field.get("example").is_none() && field.get("examples").is_none() && field.get("enum").is_none() {
                found.push(format!("{path} has no example"));
            }
        }
        check_bounds(&path, field, found);
    }
    for part in ["items", "additionalProperties"].iter().filter_map(|word| schema.get(word)) {
        let path = format!("{path}[]");
        count += walk(&path, part, found);
        check_bounds(&path, part, found);
    }
    for part in ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        count += walk(path, part, found);
        check_bounds(path, part, found);
    }
    count
}

fn check_bounds(path: &str, schema: &Value, found: &mut Vec<String>) {
    if UNBOUNDED.iter().any(|(end, _)| path.ends_with(end)) || schema.get("enum").is_some() {
        return;
    }
    let has = |word: &str| schema.get(word).is_some();
    if is_of(schema, "string") && !(has("maxLength") || has("pattern") || has("format")) {
        found.push(format!("{path} is a text without a bound"));
    }
    if is_of(schema, "integer") && !(has("minimum") && has("maximum")) {
        found.push(format!("{path} is a number without bounds"));
    }
}

fn is_of(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}
