//! Schedules of accounts: on which dates a balance becomes an order and a subscription adds its items
//! (facts-payfunc.md, "Schedule"; the reference rows are `tests/vectors/payfunc-schedule.json`).
//!
//! A date follows from the one before it, as the API's clients compute it: 31 Jan, 28 Feb, 28 Mar.

use std::fmt;

use jiff::Span;
use jiff::civil::{Date, Weekday};

use crate::error::{Error, Result};

/// The largest divisor: more than any unit of a calendar counts to.
pub const DIVISOR_MAX: u32 = 9_999;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Frequency {
    Yearly,
    Quarterly,
    Monthly,
    Weekly,
    Daily,
}

impl Frequency {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Yearly, Self::Quarterly, Self::Monthly, Self::Weekly, Self::Daily];

    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yearly => "yearly",
            Self::Quarterly => "quarterly",
            Self::Monthly => "monthly",
            Self::Weekly => "weekly",
            Self::Daily => "daily",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|frequency| frequency.as_str() == text)
    }
}

/// Which units count: those whose number leaves `remainder` when divided by `modulus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Divisor {
    remainder: u32,
    modulus: u32,
}

impl Divisor {
    /// The divisor that a caller wrote as `modulus` or as `[remainder, modulus]`.
    ///
    /// # Errors
    /// `Invalid` naming `schedule.divisor`.
    pub fn new(remainder: Option<u32>, modulus: u32) -> Result<Self> {
        let is_good = (1..=DIVISOR_MAX).contains(&modulus) && remainder.is_none_or(|a| a > 0 && a < modulus);
        let problem = "must be n with n > 0, or [a, b] with 0 < a < b, up to 9999";
        let refused = || Error::invalid("schedule.divisor", problem);
        is_good.then_some(Self { remainder: remainder.unwrap_or(0), modulus }).ok_or_else(refused)
    }

    /// `a` of `[a, b]`; `None` where one number says it.
    pub fn remainder(self) -> Option<u32> {
        (self.remainder > 0).then_some(self.remainder)
    }

    /// What units are divided by.
    pub fn modulus(self) -> u32 {
        self.modulus
    }

    /// Units from `number` to the next that counts.
    fn gap(self, number: u32) -> u32 {
        let over = number.checked_rem(self.modulus).unwrap_or(0);
        let ahead = self.remainder.saturating_add(self.modulus).saturating_sub(over);
        ahead.checked_rem(self.modulus).unwrap_or(0)
    }
}

/// Where in its unit the date lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offset {
    /// Weekly: the day, 0 is Sunday. Monthly: the day from 0, or from the end below zero.
    Day(i8),
    /// Quarterly and yearly: the month from 0; the day stays.
    Month(i8),
    /// Quarterly and yearly: the month from 0, and the day in it as for monthly.
    MonthDay(i8, i8),
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Schedule {
    frequency: Frequency,
    divisor: Option<Divisor>,
    offset: Option<Offset>,
}

/// The offset as a caller wrote it: one number, or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetGiven {
    /// `n`.
    One(i8),
    /// `[n, m]`.
    Two(i8, i8),
}

impl Schedule {
    /// The schedule that says only how often.
    pub fn every(frequency: Frequency) -> Self {
        Self { frequency, divisor: None, offset: None }
    }

    /// A schedule.
    ///
    /// # Errors
    /// `Invalid` naming `schedule.offset` where it does not fit the frequency.
    pub fn new(frequency: Frequency, divisor: Option<Divisor>, offset: Option<OffsetGiven>) -> Result<Self> {
        let days = -3..=30;
        let (fits, bounds) = match (frequency, offset) {
            (_, None) => (true, ""),
            (Frequency::Daily, Some(_)) => (false, "must be left out for \"daily\""),
            (Frequency::Weekly, Some(OffsetGiven::One(day))) => ((0..=6).contains(&day), "must be 0 (Sunday) to 6"),
            (Frequency::Weekly, Some(OffsetGiven::Two(..))) => (false, "must be 0 (Sunday) to 6"),
            (Frequency::Monthly, Some(OffsetGiven::One(day))) => (days.contains(&day), "must be -3 to 30"),
            (Frequency::Monthly, Some(OffsetGiven::Two(..))) => (false, "must be -3 to 30"),
            (Frequency::Quarterly, Some(given)) => {
                (is_month_day(given, 2, &days), "must be 0 to 2, or [0 to 2, -3 to 30]")
            }
            (Frequency::Yearly, Some(given)) => {
                (is_month_day(given, 11, &days), "must be 0 to 11, or [0 to 11, -3 to 30]")
            }
        };
        if !fits {
            return Err(Error::invalid("schedule.offset", bounds));
        }
        let offset = offset.map(|given| match (frequency, given) {
            (Frequency::Quarterly | Frequency::Yearly, OffsetGiven::One(month)) => Offset::Month(month),
            (_, OffsetGiven::One(day)) => Offset::Day(day),
            (_, OffsetGiven::Two(month, day)) => Offset::MonthDay(month, day),
        });
        Ok(Self { frequency, divisor, offset })
    }

    /// How often.
    pub fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// Which units count; all where `None`.
    pub fn divisor(&self) -> Option<Divisor> {
        self.divisor
    }

    /// The offset as a caller writes it.
    pub fn offset(&self) -> Option<OffsetGiven> {
        self.offset.map(|offset| match offset {
            Offset::Day(one) | Offset::Month(one) => OffsetGiven::One(one),
            Offset::MonthDay(month, day) => OffsetGiven::Two(month, day),
        })
    }

    /// The first due date after `previous`; `None` beyond the calendar.
    pub fn next(&self, previous: Date) -> Option<Date> {
        let candidate = self.placed(previous, previous)?;
        if candidate > previous { self.settled(candidate, previous) } else { self.later(previous) }
    }

    /// The first due date where none came before: `today` itself may be it.
    pub fn first(&self, today: Date) -> Option<Date> {
        let candidate = self.placed(today, today)?;
        if candidate >= today { self.settled(candidate, today) } else { self.later(today) }
    }

    /// At most `count` due dates after `start`, strictly before `end`.
    pub fn due_dates(&self, count: usize, start: Date, end: Option<Date>) -> Vec<Date> {
        let dates = std::iter::successors(self.next(start), |date| self.next(*date));
        dates.take(count).take_while(|date| end.is_none_or(|end| *date < end)).collect()
    }

    fn later(&self, from: Date) -> Option<Date> {
        let unit = self.advanced(from, 1)?;
        self.settled(self.placed(unit, from)?, from)
    }

    /// Moves on to the first unit that counts, from that of `candidate` on.
    fn settled(&self, candidate: Date, from: Date) -> Option<Date> {
        let Some(divisor) = self.divisor else { return Some(candidate) };
        if self.frequency == Frequency::Yearly {
            return self.placed(self.advanced(candidate, divisor.gap(self.number(candidate)))?, from);
        }
        if !(1..=self.units_of_cycle()).any(|number| divisor.gap(number) == 0) {
            return self.beyond_every_unit(divisor, from);
        }
        let mut date = candidate;
        while divisor.gap(self.number(date)) != 0 {
            date = self.placed(self.advanced(date, 1)?, from)?;
        }
        Some(date)
    }

    /// Where no unit of the calendar counts: as far as the original goes, two jumps from the unit of `from` (its rows
    /// of "quarterly" with the divisors 7 and 10).
    fn beyond_every_unit(&self, divisor: Divisor, from: Date) -> Option<Date> {
        (0..2).try_fold(from, |date, _| self.placed(self.advanced(date, divisor.gap(self.number(date)))?, from))
    }

    /// The highest number a unit has before numbers begin again.
    fn units_of_cycle(&self) -> u32 {
        match self.frequency {
            Frequency::Daily => 31,
            Frequency::Weekly => 53,
            Frequency::Monthly => 12,
            Frequency::Quarterly => 4,
            Frequency::Yearly => 1,
        }
    }

    /// The number of the unit that `date` lies in.
    fn number(&self, date: Date) -> u32 {
        let month = u32::from(date.month().unsigned_abs());
        match self.frequency {
            Frequency::Daily => u32::from(date.day().unsigned_abs()),
            Frequency::Weekly => u32::from(date.iso_week_date().week().unsigned_abs()),
            Frequency::Monthly => month,
            Frequency::Quarterly => month.saturating_add(2).checked_div(3).unwrap_or(0),
            Frequency::Yearly => u32::from(date.year().unsigned_abs()),
        }
    }

    /// A date in the unit that lies `units` after that of `date`; which one is [`Schedule::placed`]'s to say.
    fn advanced(&self, date: Date, units: u32) -> Option<Date> {
        let units = i64::from(units);
        let span = match self.frequency {
            Frequency::Daily => Span::new().try_days(units),
            Frequency::Weekly => Span::new().try_weeks(units),
            Frequency::Monthly => Span::new().try_months(units),
            Frequency::Quarterly => Span::new().try_months(units.checked_mul(3)?),
            Frequency::Yearly => Span::new().try_years(units),
        };
        // From the first of its month no month is skipped.
        let start = if self.frequency == Frequency::Daily || self.frequency == Frequency::Weekly {
            date
        } else {
            date.first_of_month()
        };
        start.checked_add(span.ok()?).ok()
    }

    /// The due date in the unit of `unit`; without an offset the day stays that of `from`.
    fn placed(&self, unit: Date, from: Date) -> Option<Date> {
        match (self.frequency, self.offset) {
            (Frequency::Daily, _) => Some(unit),
            (Frequency::Weekly, offset) => in_week(unit, from, offset),
            (Frequency::Monthly, Some(Offset::Day(day))) => in_month(unit.year(), unit.month(), day),
            (Frequency::Monthly, _) => kept_day(unit.year(), unit.month(), from),
            (Frequency::Quarterly, offset) => {
                let zero_based = unit.month().checked_sub(1)?;
                let first = zero_based.checked_sub(zero_based.checked_rem(3)?)?.checked_add(1)?;
                let of_from = from.month().checked_sub(1)?.checked_rem(3)?;
                in_months(unit.year(), first, of_from, from, offset)
            }
            (Frequency::Yearly, offset) => in_months(unit.year(), 1, from.month().checked_sub(1)?, from, offset),
        }
    }
}

fn is_month_day(given: OffsetGiven, last_month: i8, days: &std::ops::RangeInclusive<i8>) -> bool {
    match given {
        OffsetGiven::One(month) => (0..=last_month).contains(&month),
        OffsetGiven::Two(month, day) => (0..=last_month).contains(&month) && days.contains(&day),
    }
}

/// In the week, Monday to Sunday, that `unit` lies in.
fn in_week(unit: Date, from: Date, offset: Option<Offset>) -> Option<Date> {
    let day = match offset {
        Some(Offset::Day(0)) => 7,
        Some(Offset::Day(day)) => day,
        _ => from.weekday().to_monday_one_offset(),
    };
    let weekday = Weekday::from_monday_one_offset(day).ok()?;
    let shift = weekday.to_monday_one_offset().checked_sub(unit.weekday().to_monday_one_offset())?;
    unit.checked_add(Span::new().try_days(i64::from(shift)).ok()?).ok()
}

/// In a span of months that begins with month `first`.
fn in_months(year: i16, first: i8, month_of_from: i8, from: Date, offset: Option<Offset>) -> Option<Date> {
    match offset {
        Some(Offset::MonthDay(month, day)) => in_month(year, first.checked_add(month)?, day),
        Some(Offset::Month(month)) => kept_day(year, first.checked_add(month)?, from),
        _ => kept_day(year, first.checked_add(month_of_from)?, from),
    }
}

/// The day from 0 of a month, from its end below zero; in a shorter month its last day.
fn in_month(year: i16, month: i8, day: i8) -> Option<Date> {
    let last = Date::new(year, month, 1).ok()?.last_of_month();
    let wanted = if day < 0 { last.day().checked_add(day)?.checked_add(1)? } else { day.checked_add(1)? };
    Date::new(year, month, wanted.min(last.day())).ok()
}

fn kept_day(year: i16, month: i8, from: Date) -> Option<Date> {
    in_month(year, month, from.day().checked_sub(1)?)
}

/// The form in the file: `monthly`, `quarterly 1/3 @2,-1`, `weekly 0/2 @0`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.frequency.as_str())?;
        if let Some(divisor) = self.divisor {
            write!(f, " {}/{}", divisor.remainder, divisor.modulus)?;
        }
        match self.offset() {
            Some(OffsetGiven::One(one)) => write!(f, " @{one}"),
            Some(OffsetGiven::Two(one, two)) => write!(f, " @{one},{two}"),
            None => Ok(()),
        }
    }
}

impl Schedule {
    /// Reads the form in the file.
    pub fn parse_stored(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let frequency = Frequency::parse(parts.next()?)?;
        let (mut divisor, mut offset) = (None, None);
        for part in parts {
            match (part.strip_prefix('@'), part.split_once('/')) {
                (Some(numbers), _) => {
                    offset = Some(match numbers.split_once(',') {
                        Some((one, two)) => OffsetGiven::Two(one.parse().ok()?, two.parse().ok()?),
                        None => OffsetGiven::One(numbers.parse().ok()?),
                    });
                }
                (None, Some((remainder, modulus))) => {
                    let remainder: u32 = remainder.parse().ok()?;
                    divisor = Some(Divisor::new((remainder > 0).then_some(remainder), modulus.parse().ok()?).ok()?);
                }
                (None, None) => return None,
            }
        }
        Self::new(frequency, divisor, offset).ok()
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
