//! `POST /api/recurring/subscription/search`: what to look for.

use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::customer_search::{DateRange, Match, VALUE_MAX};
use crate::domain::customer::{TextMatch, Wanted};
use crate::domain::subscription::{SubscriptionFilter, SubscriptionStatus};
use crate::domain::text::line;
use crate::domain::time::{Timestamp, parse_date};
use crate::error::{Error, Result};
use crate::http::json_objects;
use crate::limits::{OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX};

/// What to look for: everything given must hold.
#[derive(Deserialize, ToSchema, Default)]
pub struct SubscriptionSearch {
    /// The plan.
    pub plan_id: Option<TextOrMatch>,
    /// The customer.
    pub customer: Option<CustomerPart>,
    /// The state.
    pub status: Option<TextOrMatch>,
    /// Between two dates, both included.
    pub next_bill_date: Option<DateRange>,
    /// Between two dates, both included.
    #[serde(alias = "expiration")]
    pub expiration_date: Option<DateRange>,
    /// 0-100, 10 where it is not given; 0 is as many as there may be.
    #[schema(minimum = 0, maximum = 100, example = 10)]
    pub limit: Option<i64>,
    /// How many to skip.
    #[schema(minimum = 0, maximum = 10000, example = 0)]
    pub offset: Option<i64>,
}

/// A part of the customer.
#[derive(Deserialize, ToSchema, Default)]
pub struct CustomerPart {
    /// Its id.
    pub id: Option<TextOrMatch>,
}

/// A text that must be equal, or a text with its operator.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected a text, or an object with operator and value")]
pub enum TextOrMatch {
    /// Must be equal.
    Text(String),
    /// With its operator.
    Match(#[serde(deserialize_with = "json_objects::deserialize")] Match),
}

impl SubscriptionSearch {
    /// What to look for, how many at most, how many to skip.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_filter(self) -> Result<(SubscriptionFilter, u32, u32)> {
        let limit = page_part("limit", self.limit, PAGE_DEFAULT, PAGE_MAX)?;
        let offset = page_part("offset", self.offset, 0, OFFSET_MAX)?;
        let status = wanted("status", self.status)?;
        if status.as_ref().is_some_and(|status| SubscriptionStatus::parse(&status.value).is_none()) {
            return Err(Error::invalid("status", "is no state of a subscription"));
        }
        let filter = SubscriptionFilter {
            plan_id: wanted("plan_id", self.plan_id)?,
            customer_id: wanted("customer.id", self.customer.and_then(|customer| customer.id))?,
            status,
            next_bill_date: range("next_bill_date", self.next_bill_date)?,
            expires_on: range("expiration_date", self.expiration_date)?,
        };
        Ok((filter, if limit == 0 { PAGE_MAX } else { limit }, offset))
    }
}

fn wanted(field: &str, given: Option<TextOrMatch>) -> Result<Wanted> {
    let (value, operator) = match given {
        None => return Ok(None),
        Some(TextOrMatch::Text(value)) => (value, None),
        Some(TextOrMatch::Match(Match { value, operator })) => (value.unwrap_or_default(), operator),
    };
    let is_excluded = match operator.as_deref().unwrap_or("") {
        "" if value.is_empty() => return Ok(None),
        "" | "=" | "eq" => false,
        "!=" => true,
        _ => return Err(Error::invalid(format!("{field}.operator"), "must be \"=\" or \"!=\"")),
    };
    Ok(Some(TextMatch { value: line(&format!("{field}.value"), &value, VALUE_MAX)?, is_excluded }))
}

fn range(field: &str, given: Option<DateRange>) -> Result<(Option<Date>, Option<Date>)> {
    let DateRange { start_date, end_date } = given.unwrap_or_default();
    let read = |name: &str, text: Option<String>| -> Result<Option<Date>> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
        let date = parse_date(&text).or_else(|| Timestamp::parse_rfc3339(&text).map(Timestamp::utc_date));
        date.map(Some).ok_or_else(|| Error::invalid(format!("{field}.{name}"), "must be a date such as 2026-01-31"))
    };
    Ok((read("start_date", start_date)?, read("end_date", end_date)?))
}

fn page_part(field: &str, given: Option<i64>, default: u32, max: u32) -> Result<u32> {
    let Some(number) = given else { return Ok(default) };
    let fits = u32::try_from(number).ok().filter(|number| *number <= max);
    fits.ok_or_else(|| Error::invalid(field, format!("must be 0 to {max}")))
}
