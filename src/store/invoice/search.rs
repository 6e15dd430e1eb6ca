//! Searching invoices: newest first, every condition optional. What is asked for decides through which index.
//!
//! Every statement takes the same parameters: id, customer, number, status (each with whether it is left out), how the
//! amount due is compared and with what, first and last due date, user, limit, offset.

use rusqlite::Params;

use super::super::ReadTx;
use super::{from_row, with_lines};
use crate::domain::id::{CustomerId, UserId};
use crate::domain::invoice::Invoice;
use crate::domain::invoice::search::{Compare, InvoiceFilter, Match};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The same question, for a page and for the number of all.
struct Pair {
    page: &'static str,
    count: &'static str,
}

/// The one with the id.
const OF_ID: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE id = ?1 AND deleted_at IS NULL
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE id = ?1 AND deleted_at IS NULL
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// By the number that the merchant gave.
const OF_NUMBER: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE number = ?5 AND number <> '' AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE number = ?5 AND number <> '' AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// By customer.
const OF_CUSTOMER: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE customer_id = ?3 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE customer_id = ?3 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// By what is due.
const OF_AMOUNT: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE total_minor - paid_minor = ?10 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE total_minor - paid_minor = ?10 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// By who made them.
const OF_USER: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE user_id = ?13 AND user_id <> '' AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE user_id = ?13 AND user_id <> '' AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// By when they are due.
const OF_DATE: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE date_due BETWEEN COALESCE(?11, -9223372036854775807) AND COALESCE(?12, 9223372036854775807) AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?13 IS NULL OR user_id = ?13)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE date_due BETWEEN COALESCE(?11, -9223372036854775807) AND COALESCE(?12, 9223372036854775807) AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?13 IS NULL OR user_id = ?13)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// By where they stand.
const OF_STATUS: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE status = ?7 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE status = ?7 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// By key, so that a page of the newest is read without looking at the others.
const OF_ALL: Pair = Pair {
    page: "SELECT * FROM invoice
      WHERE key > 0 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
      ORDER BY key DESC LIMIT ?14 OFFSET ?15",
    count: "SELECT COUNT(*) FROM invoice
      WHERE key > 0 AND deleted_at IS NULL
        AND (?1 IS NULL OR (id = ?1) <> ?2)
        AND (?3 IS NULL OR (COALESCE(customer_id, '') = ?3) <> ?4)
        AND (?5 IS NULL OR (number = ?5) <> ?6)
        AND (?7 IS NULL OR (status = ?7) <> ?8)
        AND (?9 IS NULL OR CASE ?9 WHEN 0 THEN total_minor - paid_minor = ?10
          WHEN 1 THEN total_minor - paid_minor <> ?10 WHEN 2 THEN total_minor - paid_minor < ?10
          ELSE total_minor - paid_minor > ?10 END)
        AND (?11 IS NULL OR date_due >= ?11) AND (?12 IS NULL OR date_due <= ?12)
        AND (?13 IS NULL OR user_id = ?13)
        AND ?14 >= 0 AND ?15 >= 0",
};

/// Invoices that fit `filter`, newest first, without deleted ones.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn search(tx: &ReadTx<'_>, filter: &InvoiceFilter, limit: u32, offset: u32) -> Result<Vec<Invoice>> {
    let found = tx.all(pair(filter).page, bound(filter, i64::from(limit), i64::from(offset)), from_row)?;
    found.into_iter().map(|invoice| with_lines(tx, invoice)).collect()
}

/// How many fit `filter`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn count(tx: &ReadTx<'_>, filter: &InvoiceFilter) -> Result<u64> {
    let found: i64 = tx.value(pair(filter).count, bound(filter, 0, 0))?;
    Ok(u64::try_from(found).unwrap_or(0))
}

/// The statements that begin with the most selective condition.
fn pair(filter: &InvoiceFilter) -> &'static Pair {
    let InvoiceFilter { id, customer_id, number, status, due_minor, date_due, user_id } = filter;
    match () {
        () if names(id) => &OF_ID,
        () if number.as_ref().is_some_and(|number| !number.is_excluded && !number.value.is_empty()) => &OF_NUMBER,
        () if customer_id.as_ref().is_some_and(|id| !id.is_excluded && !id.value.as_str().is_empty()) => &OF_CUSTOMER,
        () if due_minor.is_some_and(|(compare, minor)| compare == Compare::Is && minor != 0) => &OF_AMOUNT,
        () if user_id.is_some() => &OF_USER,
        () if date_due.0.is_some() || date_due.1.is_some() => &OF_DATE,
        () if names(status) => &OF_STATUS,
        () => &OF_ALL,
    }
}

fn names<T>(wanted: &Option<Match<T>>) -> bool {
    wanted.as_ref().is_some_and(|wanted| !wanted.is_excluded)
}

fn bound(filter: &InvoiceFilter, limit: i64, offset: i64) -> impl Params {
    let InvoiceFilter { id, customer_id, number, status, due_minor, date_due, user_id } = filter.clone();
    let id = halves(id, |id| id);
    let customer = halves(customer_id, |id: CustomerId| id.as_str().to_owned());
    let number = halves(number, |number| number);
    let status = halves(status, |status| status.as_str().to_owned());
    let compare = due_minor.map(|(compare, _)| match compare {
        Compare::Is => 0_i64,
        Compare::IsNot => 1,
        Compare::Below => 2,
        Compare::Above => 3,
    });
    let values: [rusqlite::types::Value; 15] = [
        id.0.into(),
        id.1.into(),
        customer.0.into(),
        customer.1.into(),
        number.0.into(),
        number.1.into(),
        status.0.into(),
        status.1.into(),
        compare.into(),
        due_minor.map(|(_, minor)| minor).into(),
        date_due.0.map(Timestamp::as_micros).into(),
        date_due.1.map(Timestamp::as_micros).into(),
        user_id.map(|id: UserId| id.as_str().to_owned()).into(),
        limit.into(),
        offset.into(),
    ];
    values
}

/// The value to compare with, and whether its matches are left out.
fn halves<T>(wanted: Option<Match<T>>, text: impl FnOnce(T) -> String) -> (Option<String>, i64) {
    wanted.map_or((None, 0), |wanted| (Some(text(wanted.value)), i64::from(wanted.is_excluded)))
}
