//! `POST /api/invoices/search`: what to look for.

use serde::Deserialize;
use utoipa::ToSchema;

use super::customer_search::{DateRange, Match, page_part, range, wanted};
use crate::domain::id::CustomerId;
use crate::domain::invoice::InvoiceStatus;
use crate::domain::invoice::search::{Compare, InvoiceFilter, Match as Wanted};
use crate::error::{Error, Result};
use crate::limits::{OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX};

/// An amount to compare with.
#[derive(Deserialize, ToSchema, Default)]
pub struct AmountMatch {
    /// "=", "!=", "<" or ">".
    pub operator: Option<String>,
    /// Minor units.
    pub value: Option<i64>,
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
    pub date_due: Option<DateRange>,
    /// 0-100, 10 where it is not given; 0 is as many as there may be.
    pub limit: Option<i64>,
    /// How many to skip.
    pub offset: Option<i64>,
}

impl InvoiceSearch {
    /// What to look for, how many at most, how many to skip.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_filter(self) -> Result<(InvoiceFilter, u32, u32)> {
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
            date_due: range("date_due", self.date_due)?,
            user_id: None,
        };
        Ok((filter, if limit == 0 { PAGE_MAX } else { limit }, offset))
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
