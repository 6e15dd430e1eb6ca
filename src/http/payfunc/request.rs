//! The extractor [`Written`]: a request with a body, read and checked for its shape, with the name under which it is
//! done once.

use actix_web::dev::Payload;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::PayfuncError;
use crate::app::Caller;
use crate::app::caller::Dedupe;
use crate::error::{Error, Result};
use crate::http::body;
use crate::http::json_objects::ObjectsOnly;
use crate::http::json_refusal::refusal;
use crate::http::json_type::may_be_json;
use crate::limits;

/// Longest name of a request, characters.
const NAME_MAX: usize = 255;

/// The body of a request.
pub struct Written {
    body: BytesMut,
    dedupe: Option<Dedupe>,
}

impl Written {
    /// The body as an object.
    ///
    /// # Errors
    /// `Invalid` with the path of the member that does not fit.
    pub fn object<T: DeserializeOwned>(&self) -> Result<T> {
        match self.body.trim_ascii_start().first() {
            Some(b'{') => decode(&self.body),
            _ => Err(Error::invalid("body", "must be a JSON object")),
        }
    }

    /// The body as an object; one without members where there is none.
    ///
    /// # Errors
    /// As [`Written::object`].
    pub fn object_or_nothing<T: DeserializeOwned>(&self) -> Result<T> {
        if self.body.trim_ascii().is_empty() { decode(b"{}") } else { self.object() }
    }

    /// The body as any JSON value.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn value(&self) -> Result<Value> {
        decode(&self.body)
    }

    /// The caller of this request, done once by the name it has.
    #[must_use]
    pub fn named(&self, caller: &Caller) -> Caller {
        Caller { dedupe: self.dedupe.clone(), ..caller.clone() }
    }
}

impl FromRequest for Written {
    type Error = PayfuncError;
    type Future = LocalBoxFuture<'static, Result<Self, PayfuncError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if !may_be_json(&request) {
                return Err(Error::NotJson.into());
            }
            let body = body::read(&request, &mut payload, limits::BODY_MAX_BYTES).await.map_err(Error::from)?;
            let dedupe = name_of(&request)?.map(|id| Dedupe { id, content: content(&request, &body) });
            Ok(Self { body, dedupe })
        })
    }
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let decoded = serde_path_to_error::deserialize(ObjectsOnly(&mut json))
        .map_err(|why| refusal(&why.path().to_string(), &why.inner().to_string(), why.inner().is_data()))?;
    json.end().map_err(|_| Error::invalid("body", "is not JSON"))?;
    Ok(decoded)
}

/// The name that the client gave the request.
fn name_of(request: &HttpRequest) -> Result<Option<String>> {
    let Some(value) = request.headers().get("Idempotency-Key") else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).ok();
    let text =
        text.filter(|text| (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_graphic()));
    let problem = format!("must be 1 to {NAME_MAX} visible ASCII characters without spaces");
    text.map(|text| Some(text.to_owned())).ok_or_else(|| Error::invalid("Idempotency-Key", problem))
}

/// What makes a request this one: method, path and the values of its body in a fixed order.
fn content(request: &HttpRequest, body: &[u8]) -> Vec<u8> {
    let mut value = serde_json::from_slice::<Value>(body).unwrap_or(Value::Null);
    value.sort_all_objects();
    let body = value.to_string();
    [request.method().as_str().as_bytes(), b"\n", request.path().as_bytes(), b"\n", body.as_bytes()].concat()
}
