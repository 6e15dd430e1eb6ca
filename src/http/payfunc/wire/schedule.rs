//! Schedules: a frequency, or an object with divisor and offset.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Given, member, numbers};
use crate::domain::billing_account::Schedule;
use crate::domain::billing_account::schedule::{DIVISOR_MAX, Divisor, Frequency, OffsetGiven};
use crate::error::Result;

/// When something is due.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ScheduleShown {
    /// How often, and nothing else.
    Frequency(FrequencyName),
    /// More exactly.
    Exact(ScheduleParts),
}

/// How often.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FrequencyName {
    Yearly,
    Quarterly,
    Monthly,
    Weekly,
    Daily,
}

/// A schedule by its parts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleParts {
    /// How often.
    pub frequency: FrequencyName,
    /// Units whose number leaves a of [a, b], or 0 of n, count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divisor: Option<OneOrTwo>,
    /// Where in its unit the date lies; below zero it counts from the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<OneOrTwo>,
}

/// A number, or a pair.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum OneOrTwo {
    /// One number.
    One(i64),
    /// Two numbers.
    Two([i64; 2]),
}

impl PartialSchema for OneOrTwo {
    fn schema() -> RefOr<Schema> {
        let most = i32::try_from(DIVISOR_MAX).unwrap_or(i32::MAX);
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(-3)).maximum(Some(most));
        let pair = numbers((2, 2), (-3, most), json!([1, 3]), false);
        let one_of = OneOfBuilder::new().item(number.examples([json!(2)]).build()).item(pair);
        one_of.description(Some("A number, or a pair.")).into()
    }
}

impl ToSchema for OneOrTwo {}

impl From<Frequency> for FrequencyName {
    fn from(frequency: Frequency) -> Self {
        match frequency {
            Frequency::Yearly => Self::Yearly,
            Frequency::Quarterly => Self::Quarterly,
            Frequency::Monthly => Self::Monthly,
            Frequency::Weekly => Self::Weekly,
            Frequency::Daily => Self::Daily,
        }
    }
}

impl From<Schedule> for ScheduleShown {
    fn from(schedule: Schedule) -> Self {
        let frequency = schedule.frequency().into();
        if schedule.divisor().is_none() && schedule.offset().is_none() {
            return Self::Frequency(frequency);
        }
        let divisor = schedule.divisor().map(|divisor| match divisor.remainder() {
            Some(remainder) => OneOrTwo::Two([remainder.into(), divisor.modulus().into()]),
            None => OneOrTwo::One(divisor.modulus().into()),
        });
        let offset = schedule.offset().map(|offset| match offset {
            OffsetGiven::One(one) => OneOrTwo::One(one.into()),
            OffsetGiven::Two(one, two) => OneOrTwo::Two([one.into(), two.into()]),
        });
        Self::Exact(ScheduleParts { frequency, divisor, offset })
    }
}

/// Reads a schedule.
///
/// # Errors
/// `Invalid` naming `schedule` or the part below.
pub(in crate::http::payfunc) fn schedule_of(value: &Value) -> Result<Schedule> {
    let given = Given::of("schedule", value);
    if value.is_string() {
        return Ok(Schedule::every(frequency_of(given)?));
    }
    let parts = given.object()?;
    let frequency =
        member(parts, "frequency").ok_or_else(|| Given::of("schedule.frequency", value).refused("is required"))?;
    let frequency = frequency_of(Given::of("schedule.frequency", frequency))?;
    let divisor = member(parts, "divisor").map(divisor_of).transpose()?;
    let offset = member(parts, "offset").map(offset_of).transpose()?;
    Schedule::new(frequency, divisor, offset)
}

fn frequency_of(given: Given<'_>) -> Result<Frequency> {
    let known = given.value.as_str().and_then(Frequency::parse);
    known.ok_or_else(|| given.refused("must be yearly, quarterly, monthly, weekly or daily"))
}

fn divisor_of(value: &Value) -> Result<Divisor> {
    let given = Given::of("schedule.divisor", value);
    let part = |value: &Value| -> Result<u32> {
        let number = Given::of("schedule.divisor", value).small()?;
        u32::try_from(number).map_err(|_| given.refused("must be more than 0 and at most 9999"))
    };
    match value.as_array().map(Vec::as_slice) {
        None => Divisor::new(None, part(value)?),
        Some([remainder, modulus]) => Divisor::new(Some(part(remainder)?), part(modulus)?),
        Some(_) => Err(given.refused("must be a number or a pair")),
    }
}

fn offset_of(value: &Value) -> Result<OffsetGiven> {
    let given = Given::of("schedule.offset", value);
    let part = |value: &Value| -> Result<i8> {
        let number = Given::of("schedule.offset", value).small()?;
        i8::try_from(number).map_err(|_| given.refused("must be -3 to 30"))
    };
    match value.as_array().map(Vec::as_slice) {
        None => Ok(OffsetGiven::One(part(value)?)),
        Some([one, two]) => Ok(OffsetGiven::Two(part(one)?, part(two)?)),
        Some(_) => Err(given.refused("must be a number or a pair")),
    }
}
