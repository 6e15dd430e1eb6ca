//! What does not fit in a JSON body, as a refusal that names the field and never repeats its value.

use crate::error::Error;

/// What does not fit, in words: serde's text without the value it repeats, which may be a card number.
pub fn refusal(path: &str, text: &str, is_data: bool) -> Error {
    if !is_data {
        return Error::invalid("body", "is not JSON");
    }
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    let parent = if path == "." { "" } else { path };
    if let Some(field) = quoted_after(text, "missing field `") {
        return Error::invalid(joined(parent, field), "is required");
    }
    if let Some(field) = quoted_after(text, "unknown field `") {
        return Error::invalid(joined(parent, field), "is not known here");
    }
    if let Some(field) = quoted_after(text, "duplicate field `") {
        return Error::invalid(joined(parent, field), "is given twice");
    }
    let field = if parent.is_empty() { "body" } else { parent };
    match text.rsplit_once("expected ") {
        Some((_, expected)) => Error::invalid(field, format!("must be {}", in_words(expected))),
        None => Error::invalid(field, "has a wrong value"),
    }
}

fn quoted_after<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.strip_prefix(prefix)?.split('`').next()
}

fn joined(parent: &str, field: &str) -> String {
    // serde_path_to_error names the missing field itself where the struct was entered by a map.
    if parent.is_empty() || parent == field || parent.ends_with(&format!(".{field}")) {
        if parent.is_empty() { field.to_owned() } else { parent.to_owned() }
    } else {
        format!("{parent}.{field}")
    }
}

fn in_words(expected: &str) -> String {
    match expected {
        "i64" | "i32" | "i16" | "u64" | "u32" | "u16" | "u8" | "usize" => "an integer".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "a boolean" => "true or false".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other => other.replace('`', "\""),
    }
}
