//! Events as the feed and Standard Webhooks show them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::domain::event::Event;
use crate::error::{Error, Result};
use crate::limits;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    /// Its place in the one order of everything; no number is ever missing.
    #[schema(example = 41, minimum = 1)]
    pub sequence: i64,
    /// `<noun>.<what happened>`.
    #[serde(rename = "type")]
    #[schema(example = "invoice.paid")]
    pub kind: String,
    /// When, RFC 3339.
    #[schema(example = "2026-01-31T10:00:00Z")]
    pub timestamp: String,
    /// The noun it is about.
    #[schema(example = "invoice")]
    pub subject_kind: String,
    /// The id of that noun.
    #[schema(example = "VlNTePu1tRQdzT0v")]
    pub subject_id: String,
    /// Who: `user:<id>`, `key:<id>`, `job:<name>`, `customer`, `command` or `processor`.
    #[schema(example = "job:collect_invoices")]
    pub actor: String,
    /// `x-correlation-id` of the request it came from, or "".
    #[schema(example = "")]
    pub correlation_id: String,
    /// The facts; of a transaction all of it, as it was then.
    #[schema(value_type = Object)]
    pub data: Value,
}

impl EventBody {
    /// The event on the wire.
    ///
    /// # Errors
    /// `Internal` where its facts are not JSON.
    pub fn of(event: Event) -> Result<Self> {
        let Event { seq, at, topic, subject_kind, subject_id, actor, correlation_id, data_json } = event;
        let data = serde_json::from_str(&data_json)
            .map_err(|why| Error::internal(format!("bad row: event.data_json of {seq}: {why}")))?;
        Ok(Self {
            sequence: seq,
            kind: topic,
            timestamp: at.to_string(),
            subject_kind,
            subject_id,
            actor,
            correlation_id,
            data,
        })
    }
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Those with a higher number.
    #[param(minimum = 0, example = 0)]
    #[serde(default)]
    pub after: i64,
    /// At most so many, 100 where it is not given.
    #[param(minimum = 1, maximum = 1000, example = 100)]
    pub limit: Option<u32>,
    /// How long to wait for the first one where there is none, seconds.
    #[param(minimum = 0, maximum = 60, example = 0)]
    #[serde(default)]
    pub wait: u64,
}

impl EventQuery {
    /// `after`, `limit` and `wait` in their bounds.
    ///
    /// # Errors
    /// `Invalid` naming the one that is not.
    pub fn into_parts(self) -> Result<(i64, u32, u64)> {
        let Self { after, limit, wait } = self;
        let limit = limit.unwrap_or(limits::PAGE_MAX);
        if after < 0 {
            return Err(Error::invalid("after", "must not be negative"));
        }
        if !(1..=limits::EVENTS_PAGE_MAX).contains(&limit) {
            return Err(Error::invalid("limit", format!("must be 1-{}", limits::EVENTS_PAGE_MAX)));
        }
        if wait > limits::EVENTS_WAIT_MAX_S {
            return Err(Error::invalid("wait", format!("must be 0-{} seconds", limits::EVENTS_WAIT_MAX_S)));
        }
        Ok((after, limit, wait))
    }
}

/// Where a stream begins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// After this event; from the newest on where neither this nor `Last-Event-ID` is given.
    #[param(minimum = 0, example = 0)]
    pub after: Option<i64>,
}
