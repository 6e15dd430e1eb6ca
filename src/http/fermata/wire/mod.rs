//! Requests and answers of the treasury as JSON.

pub mod account;
pub mod auto_refill;
pub mod balance;
pub mod charge;
pub mod deposit;
pub mod event;
pub mod plan;
pub mod plan_change;
pub mod price;
pub mod webhook;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::currency::Denomination;
use crate::domain::time::Timestamp;
use crate::domain::usage_event::METADATA_MAX_BYTES;
use crate::error::{Error, Result};

/// An amount: a JSON integer of 64 bits.
pub struct Amount;

impl ToSchema for Amount {}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        let integer = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .description(Some("Units, a signed integer of 64 bits."))
            .minimum(Some(i64::MIN))
            .maximum(Some(i64::MAX))
            .examples([json!(100)]);
        integer.build().into()
    }
}

/// An instant.
pub struct Instant;

impl ToSchema for Instant {}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("An instant, UTC, with six digits."))
            .pattern(Some(r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{6}\+00$"))
            .examples([json!("2026-01-31 09:00:00.000123+00")]);
        text.build().into()
    }
}

/// A member that may be left out, but not be null where its type does not say so.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// `2026-01-31 09:00:00.000123+00`.
pub(super) fn instant(at: Timestamp) -> String {
    let utc = at.civil_in(&jiff::tz::TimeZone::UTC);
    let micros = utc.subsec_nanosecond() / 1_000;
    let (date, time) = (utc.date(), utc.time());
    let clock = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    format!("{:04}-{:02}-{:02} {clock}.{micros:06}+00", date.year(), date.month(), date.day())
}

/// What is counted, as a member or a part of a path names it.
pub(super) fn denomination(field: &str, text: &str) -> Result<Denomination> {
    Denomination::parse(text).ok_or_else(|| Error::invalid(field, "must be 1 to 32 of A-Z a-z 0-9 _ -"))
}

/// JSON text of metadata within its bound.
pub(super) fn metadata(value: Option<Value>) -> Result<String> {
    let text = value.map_or_else(|| "{}".to_owned(), |value| value.to_string());
    if text.len() > METADATA_MAX_BYTES {
        return Err(Error::invalid("metadata", format!("must be at most {METADATA_MAX_BYTES} bytes of JSON")));
    }
    Ok(text)
}

/// What was kept of it.
pub(super) fn value_of(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_six_digits() {
        for (micros, text) in [
            (1_769_850_000_000_123, "2026-01-31 09:00:00.000123+00"),
            (0, "1970-01-01 00:00:00.000000+00"),
            (1_769_850_000_500_000, "2026-01-31 09:00:00.500000+00"),
        ] {
            assert_eq!(instant(Timestamp::from_micros(micros)), text);
        }
    }
}
