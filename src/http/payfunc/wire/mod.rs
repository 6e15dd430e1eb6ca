//! Requests and answers of the account API, and their conversions. Amounts are decimal numbers of major units, read from
//! and written as text: no float touches them.

pub mod account;
pub mod customer;
pub mod item;
pub mod method;
pub mod order;
pub mod payment;
pub mod schedule;
pub mod subscription;

use std::str::FromStr;

use serde::Serialize;
use serde_json::{Map, Number, Value};
use utoipa::openapi::schema::{Array, ArrayBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::billing_account::Decimal;
use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::time::{Timestamp, parse_date};
use crate::error::{Error, Result};

/// A value of the body, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) value: &'a Value,
    pub(super) field: &'a str,
}

impl<'a> Given<'a> {
    pub(super) fn of(field: &'a str, value: &'a Value) -> Self {
        Self { value, field }
    }

    pub(super) fn refused(self, problem: &str) -> Error {
        Error::invalid(self.field, problem)
    }

    pub(super) fn object(self) -> Result<&'a Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.refused("must be an object"))
    }

    pub(super) fn text(self) -> Result<String> {
        self.value.as_str().map(str::to_owned).ok_or_else(|| self.refused("must be a string"))
    }

    pub(super) fn decimal(self) -> Result<Decimal> {
        let Value::Number(number) = self.value else { return Err(self.refused("must be a number")) };
        Decimal::parse(&number.to_string()).map_err(|why| self.refused(&why.to_string()))
    }

    pub(super) fn small(self) -> Result<i64> {
        self.value.as_i64().ok_or_else(|| self.refused("must be an integer"))
    }

    pub(super) fn currency(self) -> Result<Currency> {
        let text = self.text()?;
        let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
        let known = Currency::parse(&text).filter(|_| is_code);
        known.ok_or_else(|| self.refused("must be an ISO 4217 code such as \"SEK\""))
    }

    pub(super) fn date(self) -> Result<jiff::civil::Date> {
        let text = self.text()?;
        let day = text.get(..10).unwrap_or(&text);
        parse_date(day).ok_or_else(|| self.refused("must be a date such as \"2026-01-31\""))
    }
}

/// The member of an object, where it is there and not null.
pub(super) fn member<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    of.get(name).filter(|value| !value.is_null())
}

/// A decimal number of major units, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Major(Number);

impl Major {
    /// A decimal.
    pub(super) fn of(decimal: Decimal) -> Self {
        Self(Number::from_str(&decimal.to_string()).unwrap_or_else(|_| Number::from(0)))
    }

    /// An amount of money.
    pub(super) fn of_money(money: Money) -> Self {
        Decimal::of_money(money).map_or_else(|_| Self(Number::from(0)), Self::of)
    }
}

impl PartialSchema for Major {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Number);
        let example = Number::from_str("99.5").map_or(Value::Null, Value::Number);
        number.minimum(Some(0)).maximum(Some(1_000_000_000)).examples([example]).into()
    }
}

impl ToSchema for Major {}

/// A list of `least` to `most` whole numbers, each within `bounds`; also null where `is_nullable`.
pub(super) fn numbers((least, most): (usize, usize), bounds: (i32, i32), example: Value, is_nullable: bool) -> Array {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(bounds.0)).maximum(Some(bounds.1));
    let kinds = [Type::Array, Type::Null].into_iter().take(if is_nullable { 2 } else { 1 });
    let list = ArrayBuilder::new().schema_type(SchemaType::from_iter(kinds)).items(number.build());
    list.min_items(Some(least)).max_items(Some(most)).examples([example]).build()
}

/// An instant as JavaScript writes it: three decimals.
pub(super) fn instant(at: Timestamp) -> String {
    let text = at.to_string();
    let (whole, fraction) = text.trim_end_matches('Z').split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    format!("{whole}.{millis}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_three_decimals() {
        for (text, expected) in [
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z"),
            ("2026-01-31T10:00:00.25Z", "2026-01-31T10:00:00.250Z"),
            ("2026-01-31T10:00:00.123456Z", "2026-01-31T10:00:00.123Z"),
        ] {
            assert_eq!(instant(Timestamp::parse_rfc3339(text).unwrap()), expected);
        }
    }

    #[test]
    fn numbers_pass_through_no_float() {
        for text in ["0.1", "10.99", "9007199254740.991", "100"] {
            let value: Value = serde_json::from_str(text).unwrap();
            let decimal = Given::of("x", &value).decimal().unwrap();
            assert_eq!(serde_json::to_string(&Major::of(decimal)).unwrap(), text);
        }
        for text in ["1e2", "\"1\"", "0.1234567", "null"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert!(Given::of("x", &value).decimal().is_err(), "{text}");
        }
    }
}
