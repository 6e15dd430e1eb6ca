//! Instants and civil dates, and the one conversion between them.
//!
//! An instant is UTC microseconds; a billing date is a civil date ([`jiff::civil::Date`]) in the company's zone.
//! A local midnight that does not exist becomes the first existing instant of that day; one that exists twice, the
//! first (RELIABILITY.md 3.2.5).

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `micros` microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole seconds since the epoch.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// This instant moved by `micros` microseconds; stays at the end of the range instead of passing it.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// This instant `months` calendar months later in UTC, at the same time of day; a day that the month does not have
    /// is its last. Stays at the end of the calendar instead of passing it.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        let civil = self.civil_in(&TimeZone::UTC).saturating_add(months.months());
        TimeZone::UTC.to_ambiguous_timestamp(civil).compatible().map_or(self, |at| Self(at.as_microsecond()))
    }

    /// Microseconds from `earlier` to this instant.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, such as `2026-01-31T10:00:00Z`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|instant| Self(instant.as_microsecond()))
    }

    /// The civil date of this instant in `zone`.
    pub fn date_in(self, zone: &TimeZone) -> Date {
        zone.to_datetime(self.to_jiff()).date()
    }

    /// The civil date and time of this instant in `zone`.
    pub fn civil_in(self, zone: &TimeZone) -> jiff::civil::DateTime {
        zone.to_datetime(self.to_jiff())
    }

    /// The UTC civil date of this instant.
    pub fn utc_date(self) -> Date {
        self.date_in(&TimeZone::UTC)
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// RFC 3339 in UTC with the fraction that is there: `2026-01-31T10:00:00.25Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The first instant of `date` in `zone`.
pub fn start_of_day(date: Date, zone: &TimeZone) -> Timestamp {
    at_time_of_day(date, 0, zone)
}

/// The instant of `date` at `second_of_day` (0-86399) in `zone`.
pub fn at_time_of_day(date: Date, second_of_day: u32, zone: &TimeZone) -> Timestamp {
    let capped = second_of_day.min(86_399);
    let part = |divisor: u32, modulo: u32| {
        i8::try_from(capped.checked_div(divisor).unwrap_or(0).checked_rem(modulo).unwrap_or(0)).unwrap_or(0)
    };
    let time = jiff::civil::Time::new(part(3600, 24), part(60, 60), part(1, 60), 0).unwrap_or(jiff::civil::Time::MIN);
    zone.to_ambiguous_timestamp(date.to_datetime(time))
        .compatible()
        .map_or(Timestamp(i64::MAX), |instant| Timestamp(instant.as_microsecond()))
}

/// Reads a civil date `YYYY-MM-DD` between 1970 and 2199 (RELIABILITY.md 3.2.6).
pub fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() });
    if !shaped {
        return None;
    }
    let date: Date = text.parse().ok()?;
    (1970..=2199).contains(&date.year()).then_some(date)
}

/// The zone with this IANA name (case as listed, such as `Europe/Stockholm`; `ETC/UTC` and `UTC` are UTC).
pub fn zone_named(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("etc/utc") {
        return Some(TimeZone::UTC);
    }
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_instant_of_a_day_survives_gaps_and_folds() {
        // (date, zone, first instant)
        for (date, zone, expected) in [
            ("2026-03-01", "UTC", "2026-03-01T00:00:00Z"),
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"), // 00:00 did not exist
            ("2026-10-25", "Europe/London", "2026-10-24T23:00:00Z"),
            ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z"),
            ("2026-06-01", "Asia/Kathmandu", "2026-05-31T18:15:00Z"),
        ] {
            let zone = zone_named(zone).expect("zone is known");
            let date = parse_date(date).expect("date is valid");
            assert_eq!(start_of_day(date, &zone).to_string(), expected, "{date}");
        }
    }

    #[test]
    fn months_clamp_to_their_last_day() {
        for (from, months, expected) in [
            ("2026-01-31T09:00:00.000123Z", 1, "2026-02-28T09:00:00.000123Z"),
            ("2026-01-31T09:00:00.000123Z", 2, "2026-03-31T09:00:00.000123Z"),
            ("2027-12-31T23:59:59.999999Z", 2, "2028-02-29T23:59:59.999999Z"),
            ("2028-02-29T00:00:00Z", 12, "2029-02-28T00:00:00Z"),
            ("2028-02-29T00:00:00Z", 48, "2032-02-29T00:00:00Z"),
            ("2026-05-31T00:00:00Z", 0, "2026-05-31T00:00:00Z"),
        ] {
            let at = Timestamp::parse_rfc3339(from).expect("RFC 3339");
            assert_eq!(at.plus_months(months).to_string(), expected, "{from} + {months}");
        }
    }

    #[test]
    fn dates_are_strict() {
        for (text, accepted) in [
            ("2026-02-28", true),
            ("2026-02-29", false),
            ("2028-02-29", true),
            ("1969-12-31", false),
            ("2200-01-01", false),
            ("2026-2-1", false),
            ("20260201", false),
            ("2026-02-01T00", false),
        ] {
            assert_eq!(parse_date(text).is_some(), accepted, "{text}");
        }
    }
}
