//! `POST /api/vault/customer/search`: what to look for.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::address::PHONE_DIGITS_MAX;
use crate::domain::customer::{CustomerFilter, TextMatch, Wanted};
use crate::domain::payment_method::MethodType;
use crate::domain::text;
use crate::domain::time::{DAY, Timestamp, parse_date};
use crate::error::{Error, Result};
use crate::limits::{OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX};

/// Longest value to look for, characters.
pub(super) const VALUE_MAX: usize = 255;

/// A text to match ("=" or "eq") or to exclude ("!=").
#[derive(Deserialize, ToSchema, Default)]
pub struct Match {
    /// The whole text.
    pub value: Option<String>,
    /// "=", "eq" or "!=".
    pub operator: Option<String>,
}

/// A span of time, both ends included; an end that is not given is open.
#[derive(Deserialize, ToSchema, Default)]
pub struct DateRange {
    /// RFC 3339, or a date.
    pub start_date: Option<String>,
    /// RFC 3339, or a date (that whole day, UTC).
    pub end_date: Option<String>,
}

macro_rules! search {
    ($($field:ident)*) => {
        /// What to look for: everything given must hold; parts of an address must hold for the same address.
        #[derive(Deserialize, ToSchema, Default)]
        #[expect(missing_docs, reason = "the names are those of the fields that are matched")]
        pub struct CustomerSearch {
            $(pub $field: Option<Match>,)*
            pub address_line_1: Option<Match>,
            pub address_line_2: Option<Match>,
            pub created_at: Option<DateRange>,
            pub updated_at: Option<DateRange>,
            /// 0-100, 10 where it is not given; 0 is as many as there may be.
            pub limit: Option<i64>,
            /// How many to skip.
            pub offset: Option<i64>,
        }

        impl CustomerSearch {
            /// What to look for, how many at most, how many to skip.
            ///
            /// # Errors
            /// `Invalid` naming the field.
            pub fn into_filter(self) -> Result<(CustomerFilter, u32, u32)> {
                let limit = page_part("limit", self.limit, PAGE_DEFAULT, PAGE_MAX)?;
                let offset = page_part("offset", self.offset, 0, OFFSET_MAX)?;
                let mut filter = CustomerFilter {
                    $($field: wanted(stringify!($field), self.$field)?,)*
                    line_1: wanted("address_line_1", self.address_line_1)?,
                    line_2: wanted("address_line_2", self.address_line_2)?,
                    created: range("created_at", self.created_at)?,
                    updated: range("updated_at", self.updated_at)?,
                };
                as_stored(&mut filter)?;
                Ok((filter, if limit == 0 { PAGE_MAX } else { limit }, offset))
            }
        }
    };
}

search! {
    id description address_id first_name last_name company city state postal_code country email phone fax
    payment_method_id payment_method_type billing_address_id shipping_address_id
}

pub(super) fn wanted(field: &str, given: Option<Match>) -> Result<Wanted> {
    let Some(Match { value, operator }) = given else { return Ok(None) };
    let value = value.unwrap_or_default();
    let is_excluded = match operator.as_deref().unwrap_or("") {
        "=" | "eq" => false,
        "!=" => true,
        "" if value.is_empty() => return Ok(None),
        _ => return Err(Error::invalid(format!("{field}.operator"), "must be \"=\" or \"!=\"")),
    };
    Ok(Some(TextMatch { value: text::line(&format!("{field}.value"), &value, VALUE_MAX)?, is_excluded }))
}

/// Writes the values as the rows have them: country in upper case, telephone numbers without punctuation.
fn as_stored(filter: &mut CustomerFilter) -> Result<()> {
    if let Some(country) = &mut filter.country {
        country.value = country.value.to_ascii_uppercase();
    }
    for (field, number) in [("phone.value", &mut filter.phone), ("fax.value", &mut filter.fax)] {
        if let Some(number) = number {
            number.value = text::phone(field, &number.value, PHONE_DIGITS_MAX)?;
        }
    }
    match &filter.payment_method_type {
        Some(kind) if MethodType::parse(&kind.value).is_none() => {
            Err(Error::invalid("payment_method_type.value", "must be \"card\" or \"ach\""))
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) fn range(field: &str, given: Option<DateRange>) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
    let DateRange { start_date, end_date } = given.unwrap_or_default();
    let read = |name: &str, text: Option<String>, to_end_of_day: i64| -> Result<Option<Timestamp>> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
        let day = || Timestamp::parse_rfc3339(&format!("{}T00:00:00Z", parse_date(&text)?));
        let instant = Timestamp::parse_rfc3339(&text).or_else(|| day().map(|start| start.plus(to_end_of_day)));
        let problem = || Error::invalid(format!("{field}.{name}"), "must be an instant such as 2026-01-31T10:00:00Z");
        instant.map(Some).ok_or_else(problem)
    };
    Ok((read("start_date", start_date, 0)?, read("end_date", end_date, DAY - 1)?))
}

pub(super) fn page_part(field: &str, given: Option<i64>, default: u32, max: u32) -> Result<u32> {
    let Some(number) = given else { return Ok(default) };
    let fits = u32::try_from(number).ok().filter(|number| *number <= max);
    fits.ok_or_else(|| Error::invalid(field, format!("must be 0 to {max}")))
}
