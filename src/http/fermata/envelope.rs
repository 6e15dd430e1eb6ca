//! `{"data": …}`: the shape of every answer, of lists, and of refusals.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::FermataError;
use crate::domain::page::{Page, PageAsked};
use crate::error::{Error, Result};
use crate::limits;

/// What a handler answers.
pub type Answer = Result<HttpResponse, FermataError>;

/// One thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Data<T> {
    /// What was asked for.
    pub data: T,
}

impl<T: Serialize> Data<T> {
    /// The answer 200.
    pub fn answer(data: T) -> HttpResponse {
        HttpResponse::Ok().json(Self { data })
    }

    /// The answer 202 where what was asked for is being confirmed, else 200.
    pub fn confirming(data: T, is_confirming: bool) -> HttpResponse {
        let status = if is_confirming { StatusCode::ACCEPTED } else { StatusCode::OK };
        HttpResponse::build(status).json(Self { data })
    }
}

/// A page of a list, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The rows.
    #[schema(max_items = 500)]
    pub data: Vec<T>,
    /// Whether there is another page.
    #[schema(example = false)]
    pub has_more: bool,
    /// Where it begins; null on the last page.
    #[schema(max_length = 16, pattern = "^[0-9a-f]+$", example = "1f")]
    pub next_cursor: Option<String>,
}

impl<T: Serialize> List<T> {
    /// The answer 200 with the rows of `page` as `shown`.
    pub fn answer<R>(page: Page<R>, shown: impl FnMut(R) -> T) -> HttpResponse {
        let next_cursor = page.next.map(|key| format!("{key:x}"));
        let data = page.rows.into_iter().map(shown).collect();
        HttpResponse::Ok().json(Self { data, has_more: next_cursor.is_some(), next_cursor })
    }
}

/// The page that `limit` and `cursor` ask for.
///
/// # Errors
/// `Invalid` naming the one that does not fit.
pub fn page_asked(limit: Option<&str>, cursor: Option<&str>) -> Result<PageAsked> {
    let max = limits::TREASURY_PAGE_MAX;
    let limit = match limit {
        None => limits::TREASURY_PAGE_DEFAULT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=max).contains(limit) && text.bytes().all(|b| b.is_ascii_digit()))
            .ok_or_else(|| Error::invalid("limit", format!("must be an integer from 1 to {max}")))?,
    };
    let before = cursor
        .map(|text| {
            let is_ours = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
            let key = i64::from_str_radix(text, 16).ok().filter(|key| is_ours && *key > 0);
            key.ok_or_else(|| Error::invalid("cursor", "is not one that a list gave"))
        })
        .transpose()?;
    Ok(PageAsked { limit, before })
}

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryRefusal {
    /// What is wrong.
    pub error: TreasuryFault,
}

/// What is wrong; 402 adds what helps (`event_id`, `denomination`, `needed`, `available`, `decline_code`).
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryFault {
    /// The word for it.
    #[schema(max_length = 40, example = "invalid")]
    pub code: String,
    /// One sentence for a person.
    #[schema(max_length = 1000, example = "amount must be an integer.")]
    pub message: String,
    /// The member to blame, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200, example = "amount")]
    pub field: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_asked_for_within_bounds() {
        for (limit, cursor, expected) in [
            (None, None, Some((50, None))),
            (Some("1"), Some("1f"), Some((1, Some(31)))),
            (Some("500"), None, Some((500, None))),
            (Some("501"), None, None),
            (Some("0"), None, None),
            (Some("-1"), None, None),
            (Some("+1"), None, None),
            (Some("1.0"), None, None),
            (Some(""), None, None),
            (None, Some(""), None),
            (None, Some("0"), None),
            (None, Some("-1"), None),
            (None, Some("1F"), None),
            (None, Some("ffffffffffffffff"), None),
        ] {
            let found = page_asked(limit, cursor).ok().map(|asked| (asked.limit, asked.before));
            assert_eq!(found, expected, "{limit:?} {cursor:?}");
        }
    }
}
