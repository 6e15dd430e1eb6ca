//! Spans of time by name, as searches take them (facts-gateway.md, "Enumerations"): "today", "last_month".

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// First and last instant of a span that has a name; days are days of UTC.
///
/// # Errors
/// `Invalid` naming `field` where no span is called so.
pub(super) fn span_of(field: &str, name: &str, today: Date) -> Result<(Timestamp, Timestamp)> {
    let (month, year) = (today.first_of_month(), today.first_of_year());
    let (first, after) = match name {
        "today" => (today, today.checked_add(1.day())),
        "yesterday" => (today.saturating_sub(1.day()), Ok(today)),
        "this_month" => (month, month.checked_add(1.month())),
        "last_month" => (month.saturating_sub(1.month()), Ok(month)),
        "this_year" => (year, year.checked_add(1.year())),
        "last_year" => (year.saturating_sub(1.year()), Ok(year)),
        _ => {
            let all = "today, yesterday, this_month, last_month, this_year or last_year";
            return Err(Error::invalid(field, format!("must be {all}")));
        }
    };
    let out = || Error::invalid(field, "leaves the calendar");
    let start = |date: Date| Timestamp::parse_rfc3339(&format!("{date}T00:00:00Z")).ok_or_else(out);
    Ok((start(first)?, start(after.map_err(|_| out())?)?.plus(-1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_date;

    #[test]
    fn spans_have_their_first_and_last_instant() {
        for (today, name, first, last) in [
            ("2026-03-31", "today", "2026-03-31T00:00:00Z", "2026-03-31T23:59:59.999999Z"),
            ("2026-01-01", "yesterday", "2025-12-31T00:00:00Z", "2025-12-31T23:59:59.999999Z"),
            ("2028-02-29", "this_month", "2028-02-01T00:00:00Z", "2028-02-29T23:59:59.999999Z"),
            ("2026-01-31", "last_month", "2025-12-01T00:00:00Z", "2025-12-31T23:59:59.999999Z"),
            ("2026-07-04", "this_year", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59.999999Z"),
            ("2028-02-29", "last_year", "2027-01-01T00:00:00Z", "2027-12-31T23:59:59.999999Z"),
        ] {
            let (from, to) = span_of("x", name, parse_date(today).expect("a date")).expect("a span");
            assert_eq!((from.to_string().as_str(), to.to_string().as_str()), (first, last), "{name} of {today}");
        }
        let today = parse_date("2026-01-01").expect("a date");
        assert!(span_of("date_due.duration", "next_week", today).is_err());
    }
}
