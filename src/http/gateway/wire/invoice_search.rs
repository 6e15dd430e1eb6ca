//! `POST /api/invoices/search`: what to look for.

use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::customer_search::{DateRange, Match, page_part, range, wanted};
use super::duration::span_of;
use crate::domain::id::CustomerId;
use crate::domain::invoice::InvoiceStatus;
use crate::domain::invoice::search::{Compare, InvoiceFilter, Match as Wanted};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits::{OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX};

/// An amount to compare with.
#[derive(Deserialize, ToSchema, Default)]
pub struct AmountMatch {
    /// "=", "!=", "<" or ">"; "eq" is "=".
    #[schema(pattern = "^(=|eq|!=|<|>)$", example = ">")]
    pub operator: Option<String>,
    /// Minor units.
    #[schema(example = 100)]
    pub value: Option<i64>,
}

/// A span of time, both ends included: between two instants, or by its name.
#[derive(Deserialize, ToSchema, Default)]
pub struct DueRange {
    /// RFC 3339, or a date.
    #[schema(max_length = 40, example = "2026-01-01T00:00:00Z")]
    pub start_date: Option<String>,
    /// RFC 3339, or a date (that whole day, UTC).
    #[schema(max_length = 40, example = "2026-01-31T23:59:59Z")]
    pub end_date: Option<String>,
    /// In place of both.
    #[schema(pattern = "^(today|yesterday|this_month|last_month|this_year|last_year)?$", example = "")]
    pub duration: Option<String>,
}

/// What to look for: everything given must hold.
#[derive(Deserialize, ToSchema, Default)]
pub struct InvoiceSearch {
    /// Its id.
    pub id: Option<Match>,
    /// Whose it is.
    pub customer_id: Option<Match>,
    /// Your own number.
    pub invoice_number: Option<Match>,
    /// Where it stands, "paid".
    pub status: Option<Match>,
    /// What is due.
    pub amount_due: Option<AmountMatch>,
    /// When it is due.
    pub date_due: Option<DueRange>,
    /// 10 where it is not given; 0 is as many as there may be.
    #[schema(minimum = 0, maximum = 100, example = 10)]
    pub limit: Option<i64>,
    /// How many to skip.
    #[schema(minimum = 0, maximum = 10000, example = 0)]
    pub offset: Option<i64>,
}

impl InvoiceSearch {
    /// What to look for, how many at most, how many to skip; `today` is a day of UTC.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_filter(self, today: Date) -> Result<(InvoiceFilter, u32, u32)> {
        let limit = page_part("limit", self.limit, PAGE_DEFAULT, PAGE_MAX)?;
        let offset = page_part("offset", self.offset, 0, OFFSET_MAX)?;
        let text = |field: &str, given| -> Result<Option<Wanted<String>>> {
            let found = wanted(field, given)?;
            Ok(found.map(|found| Wanted { value: found.value, is_excluded: found.is_excluded }))
        };
        let status = text("status", self.status)?.map(|wanted| {
            let value = InvoiceStatus::parse(&wanted.value);
            let value = value.ok_or_else(|| Error::invalid("status.value", "is not a status of invoices"))?;
            Ok::<_, Error>(Wanted { value, is_excluded: wanted.is_excluded })
        });
        let customer_id = text("customer_id", self.customer_id)?
            .map(|wanted| Wanted { value: CustomerId::from_stored(wanted.value), is_excluded: wanted.is_excluded });
        let filter = InvoiceFilter {
            id: text("id", self.id)?,
            customer_id,
            number: text("invoice_number", self.invoice_number)?,
            status: status.transpose()?,
            due_minor: amount(self.amount_due)?,
            date_due: due_range(self.date_due, today)?,
            user_id: None,
        };
        Ok((filter, if limit == 0 { PAGE_MAX } else { limit }, offset))
    }
}

fn due_range(given: Option<DueRange>, today: Date) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
    let DueRange { start_date, end_date, duration } = given.unwrap_or_default();
    let is_told = [&start_date, &end_date].into_iter().flatten().any(|text| !text.is_empty());
    match duration.filter(|name| !name.is_empty()) {
        Some(_) if is_told => Err(Error::invalid("date_due.duration", "is instead of start_date and end_date")),
        Some(name) => span_of("date_due.duration", &name, today).map(|(first, last)| (Some(first), Some(last))),
        None => range("date_due", Some(DateRange { start_date, end_date })),
    }
}

fn amount(given: Option<AmountMatch>) -> Result<Option<(Compare, i64)>> {
    let Some(AmountMatch { operator, value }) = given else { return Ok(None) };
    let Some(value) = value else {
        return Err(Error::invalid("amount_due.value", "is required"));
    };
    let compare = Compare::parse(operator.as_deref().unwrap_or("="));
    let compare =
        compare.ok_or_else(|| Error::invalid("amount_due.operator", "must be \"=\", \"!=\", \"<\" or \">\""))?;
    Ok(Some((compare, value)))
}
