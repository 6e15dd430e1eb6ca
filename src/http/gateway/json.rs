//! The extractor [`GatewayJson`]: a JSON body whose refusals name the field and never repeat its value.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::error::GatewayError;
use crate::error::{Error, Result};
use crate::http::body;
use crate::http::json_objects::ObjectsOnly;
use crate::limits;

/// A JSON body decoded into `T`. No body counts as `{}`; unknown fields are ignored, because clients of hosted
/// gateways send more than the seed lists.
#[derive(Debug)]
pub struct GatewayJson<T>(pub T);

impl<T> GatewayJson<T> {
    /// The decoded body.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for GatewayJson<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for GatewayJson<T> {
    type Error = GatewayError;
    type Future = LocalBoxFuture<'static, Result<Self, GatewayError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = body::read(&request, &mut payload, limits::BODY_MAX_BYTES).await.map_err(Error::from)?;
            if !bytes.is_empty() && !may_be_json(&request) {
                return Err(Error::NotJson.into());
            }
            Ok(Self(decode(&bytes)?))
        })
    }
}

/// Whether the header lets the body be JSON. Clients of this API leave it out, so that is no fault; what says that it
/// is something else is not read, since a form of another site may send `text/plain` (RELIABILITY.md S32).
fn may_be_json(request: &HttpRequest) -> bool {
    let Some(header) = request.headers().get(CONTENT_TYPE) else { return true };
    let essence = header.to_str().unwrap_or("?").split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Decodes a JSON body.
///
/// # Errors
/// `Invalid` with the path of the field that does not fit.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let decoded = serde_path_to_error::deserialize(ObjectsOnly(&mut json))
        .map_err(|why| refusal(&why.path().to_string(), &why.inner().to_string(), why.inner().is_data()))?;
    json.end().map_err(|_| Error::invalid("body", "is not JSON"))?;
    Ok(decoded)
}

/// What does not fit, in words: serde's text without the value it repeats, which may be a card number.
fn refusal(path: &str, text: &str, is_data: bool) -> Error {
    if !is_data {
        return Error::invalid("body", "is not JSON");
    }
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    let parent = if path == "." { "" } else { path };
    if let Some(field) = quoted_after(text, "missing field `") {
        return Error::invalid(joined(parent, field), "is required");
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Card {
        number: String,
        #[serde(default)]
        tries: Option<u32>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Type {
        Sale,
        Credit,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Body {
        amount: i64,
        card: Option<Card>,
        #[serde(rename = "type")]
        kind: Option<Type>,
        items: Option<Vec<Card>>,
        flag: Option<bool>,
    }

    #[test]
    fn a_refusal_names_the_field_and_not_the_value() {
        for (json, expected) in [
            (r#"{"amount":1}"#, "ok"),
            (r#"{"amount":1,"more":{"x":[1]}}"#, "ok"),
            ("", "invalid amount: is required"),
            ("  \n", "invalid amount: is required"),
            (r#"{"amount":1.0}"#, "invalid amount: must be an integer"),
            (r#"{"amount":1e2}"#, "invalid amount: must be an integer"),
            (r#"{"amount":"100"}"#, "invalid amount: must be an integer"),
            (r#"{"amount":null}"#, "invalid amount: must be an integer"),
            (r#"{"amount":92233720368547758080}"#, "invalid amount: must be an integer"),
            (r#"{"amount":1,"amount":2}"#, "invalid amount: is given twice"),
            (r#"{"amount":1,"card":{"number":4111111111111111}}"#, "invalid card.number: must be a string"),
            (r#"{"amount":1,"card":{}}"#, "invalid card.number: is required"),
            (r#"{"amount":1,"card":[]}"#, "invalid card: must be an object"),
            (r#"{"amount":1,"card":["4111111111111111",null]}"#, "invalid card: must be an object"),
            (r#"{"amount":1,"items":[["4111111111111111",null]]}"#, "invalid items[0]: must be an object"),
            (r#"{"amount":1,"card":"4111111111111111"}"#, "invalid card: must be an object"),
            (r#"{"amount":1,"card":{"number":"1","tries":-1}}"#, "invalid card.tries: must be an integer"),
            (r#"{"amount":1,"type":"gift"}"#, r#"invalid type: must be "sale" or "credit""#),
            (r#"{"amount":1,"items":{}}"#, "invalid items: must be a list"),
            (r#"{"amount":1,"items":[{"number":"1"},{}]}"#, "invalid items[1].number: is required"),
            (r#"{"amount":1,"flag":"yes"}"#, "invalid flag: must be true or false"),
            ("{", "invalid body: is not JSON"),
            ("[1]", "invalid body: must be an object"),
            ("[1,null,null,null,null]", "invalid body: must be an object"),
            ("null", "invalid body: must be an object"),
            (r#"{"amount":1} x"#, "invalid body: is not JSON"),
            ("\u{feff}{}", "invalid body: is not JSON"),
        ] {
            let got = decode::<Body>(json.as_bytes()).map_or_else(|why| why.to_string(), |_| "ok".to_owned());
            assert!(!got.contains("4111"), "{got}");
            assert_eq!(got, expected, "{json}");
        }
    }
}
