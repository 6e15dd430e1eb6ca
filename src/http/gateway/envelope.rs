//! `{status, msg, data[, total_count]}`: the shape of every answer of the gateway.

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::GatewayError;

/// What a handler answers.
pub type Answer<T> = Result<Json<Envelope<T>>, GatewayError>;

/// A successful answer around `T`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Envelope<T> {
    /// "success".
    #[schema(example = "success")]
    pub status: String,
    /// "success", or what was done.
    #[schema(example = "success")]
    pub msg: String,
    /// How many there are in all, in lists only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
    /// What was asked for; null where there is nothing to show.
    pub data: Option<T>,
}

impl<T> Envelope<T> {
    /// One thing.
    pub fn success(data: T) -> Self {
        Self::of("success", None, Some(data))
    }

    /// What a search found that is not a list; nothing is `null`, as in [`Envelope::found`].
    pub fn counted(data: Option<T>, total_count: u64) -> Self {
        Self::of("success", Some(total_count), data)
    }

    fn of(msg: &str, total_count: Option<u64>, data: Option<T>) -> Self {
        Self { status: "success".to_owned(), msg: msg.to_owned(), total_count, data }
    }
}

impl Envelope<Nothing> {
    /// Nothing to show but that it is done: `data` is null.
    pub fn done(msg: &str) -> Self {
        Self::of(msg, None, None)
    }
}

impl<T> Envelope<Vec<T>> {
    /// A list ("Get All …"): an empty one is `[]`.
    pub fn list(rows: Vec<T>, total_count: u64) -> Self {
        Self::of("success", Some(total_count), Some(rows))
    }

    /// What a search found: nothing is `null`, as production clients expect (facts-gateway.md, "Envelope").
    pub fn found(rows: Vec<T>, total_count: u64) -> Self {
        Self::of("success", Some(total_count), (!rows.is_empty()).then_some(rows))
    }
}

/// What `data` is where there is nothing to show: never made, so always null.
#[derive(Debug, Serialize, ToSchema)]
pub struct Nothing;

/// A refusal: `{status, msg}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refusal {
    /// "failed" where the request is at fault, "error" where we are.
    #[schema(example = "failed")]
    pub status: String,
    /// What is wrong, with the field's name where it is one field.
    #[schema(example = "bad request error: invalid amount: is required")]
    pub msg: String,
}
