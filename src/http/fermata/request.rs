//! The extractor [`Written`]: a POST or PUT with its caller, its body and the name under which it is done once.

use actix_web::dev::Payload;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::auth::caller_of;
use super::error::FermataError;
use crate::app::Caller;
use crate::app::caller::Dedupe;
use crate::error::{Error, Result};
use crate::http::body;
use crate::http::json_objects::ObjectsOnly;
use crate::http::json_refusal::refusal;
use crate::http::json_type::may_be_json;
use crate::limits;

/// Longest name of a request, characters.
pub(in crate::http) const DEDUPE_MAX: usize = 255;
/// The header that names a request, and its other spelling.
pub(in crate::http) const DEDUPE_HEADERS: [&str; 2] = ["X-DedupeId", "Idempotency-Key"];

/// A request that writes.
pub struct Written {
    /// Who asks; carries the request's name.
    pub caller: Caller,
    body: BytesMut,
}

/// One, or several in a list.
pub enum OneOrMany<T> {
    /// An object.
    One(T),
    /// A list of objects.
    Many(Vec<T>),
}

impl Written {
    /// The body, which must be an object.
    ///
    /// # Errors
    /// `Invalid` with the path of the member that does not fit.
    pub fn object<T: DeserializeOwned>(&self) -> Result<T> {
        match self.first() {
            Some(b'{') => decode(&self.body),
            _ => Err(not_shaped("must be a JSON object")),
        }
    }

    /// The body, which may be an object or a list of at most [`limits::USAGE_EVENTS_MAX`].
    ///
    /// # Errors
    /// As [`Written::object`].
    pub fn one_or_many<T: DeserializeOwned>(&self) -> Result<OneOrMany<T>> {
        match self.first() {
            Some(b'{') => decode(&self.body).map(OneOrMany::One),
            Some(b'[') => {
                let many: Vec<T> = decode(&self.body)?;
                if (1..=limits::USAGE_EVENTS_MAX).contains(&many.len()) {
                    return Ok(OneOrMany::Many(many));
                }
                Err(Error::invalid("events", format!("must be 1 to {} in a list", limits::USAGE_EVENTS_MAX)))
            }
            _ => Err(not_shaped("must be a JSON object or a list of them")),
        }
    }

    fn first(&self) -> Option<u8> {
        self.body.trim_ascii_start().first().copied()
    }
}

fn not_shaped(problem: &str) -> Error {
    Error::invalid("body", problem)
}

impl FromRequest for Written {
    type Error = FermataError;
    type Future = LocalBoxFuture<'static, Result<Self, FermataError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let mut caller = caller_of(&request).await?;
            if !may_be_json(&request) {
                return Err(Error::NotJson.into());
            }
            let body = body::read(&request, &mut payload, limits::BODY_MAX_BYTES).await.map_err(Error::from)?;
            caller.dedupe = name_of(&request)?.map(|id| Dedupe { id, content: content(&request, &body) });
            Ok(Self { caller, body })
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
    let named = DEDUPE_HEADERS.iter().find_map(|name| Some((*name, request.headers().get(*name)?)));
    let Some((header, value)) = named else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).ok();
    let text = text.filter(|text| (1..=DEDUPE_MAX).contains(&text.chars().count()));
    let text = text.ok_or_else(|| Error::invalid(header, format!("must be 1 to {DEDUPE_MAX} characters")))?;
    Ok(Some(text.to_owned()))
}

/// What makes a request this one: method, path without `/v1`, and the values of its body in a fixed order.
fn content(request: &HttpRequest, body: &[u8]) -> Vec<u8> {
    let path = request.path();
    let path = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let body = serde_json::from_slice::<Value>(body).map(sorted).map(|value| value.to_string().into_bytes());
    let body = body.unwrap_or_default();
    [request.method().as_str().as_bytes(), b"\n", path.as_bytes(), b"\n", &body].concat()
}

/// The same value with the members of every object in order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        other => other,
    }
}
