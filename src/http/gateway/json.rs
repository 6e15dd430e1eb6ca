//! The extractor [`GatewayJson`]: a JSON body whose refusals name the field and never repeat its value.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::error::GatewayError;
use crate::error::{Error, Result};
use crate::http::body;
use crate::http::json_objects::ObjectsOnly;
use crate::http::json_refusal::refusal;
use crate::http::json_type::may_be_json;
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
