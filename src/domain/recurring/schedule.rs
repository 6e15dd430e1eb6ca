//! The billing calendar: which dates a subscription is billed on.
//!
//! A date of a month is always made from (month, anchor day) and never from the day billed before it, so a month end
//! clamps without drifting: 31 Jan, 28 Feb, 31 Mar, 30 Apr (RELIABILITY.md 3.2.2). Dates are strictly ascending.

use jiff::Span;
use jiff::civil::Date;

use crate::error::Error;

/// The last year that has billing dates (RELIABILITY.md 3.2.6).
pub const YEAR_MAX: i16 = 2199;
/// The longest billing cycle: months, or rounds of days for a daily rule (RELIABILITY.md 3.2.6).
pub const INTERVAL_MAX: u8 = 36;

/// A day of the month, 1-31; in a shorter month it is that month's last day.
///
/// So 31 is the last day of every month, which the gateway writes "0" and one of its clients "31".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnchorDay(u8);

impl AnchorDay {
    /// The last day of every month.
    pub const LAST: Self = Self(31);

    /// The anchor on `day`, 1-31.
    pub fn new(day: u8) -> Option<Self> {
        (1..=31).contains(&day).then_some(Self(day))
    }

    /// The anchor on the day of `date`.
    pub fn of(date: Date) -> Self {
        Self(u8::try_from(date.day()).unwrap_or(31))
    }

    /// The day, 1-31; 31 is the last day of the month.
    pub fn day(self) -> u8 {
        self.0
    }

    /// Its date in the month that `date` lies in.
    pub fn in_month_of(self, date: Date) -> Date {
        i8::try_from(self.0)
            .ok()
            .and_then(|day| Date::new(date.year(), date.month(), day).ok())
            .unwrap_or_else(|| date.last_of_month())
    }

    /// As the gateway writes it: the last day is "0".
    fn gateway_text(self) -> String {
        if self == Self::LAST { "0".to_owned() } else { self.0.to_string() }
    }
}

/// How a plan or subscription recurs (seed gateway, "Create Plan"; facts-gateway.md, "Recurring").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BillingRule {
    /// On one day of every `interval_months`-th month.
    Monthly {
        /// The day.
        anchor_day: AnchorDay,
        /// Months from one bill to the next, 1-36.
        interval_months: u8,
    },
    /// On two days of every `interval_months`-th month.
    TwiceMonthly {
        /// The earlier day.
        first: AnchorDay,
        /// The later day.
        second: AnchorDay,
        /// Months from one pair to the next, 1-36.
        interval_months: u8,
    },
    /// Every `every_days` times `interval` days, counted from the first bill.
    Daily {
        /// Days, 1-255: the number that the gateway's `billing_days` holds.
        every_days: u8,
        /// What the days are multiplied by, 1-36.
        interval: u8,
    },
}

impl BillingRule {
    /// Reads what a gateway caller sends.
    ///
    /// Days of the month are 1-28, or 0 (31 is accepted too) for the last day; 29 and 30 are refused
    /// (facts-gateway.md, "Recurring"). "28,0" is refused because both days are 28 February.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `billing_frequency`, `billing_days` or `billing_cycle_interval`.
    pub fn from_gateway(frequency: &str, billing_days: &str, interval: i64) -> Result<Self, Error> {
        let rule = Self::read(frequency, billing_days, interval, gateway_day)?;
        match rule {
            Self::TwiceMonthly { first, second, .. } if first.day() >= 28 && second.day() >= 28 => {
                Err(days_problem("the two days fall on one date in February"))
            }
            other => Ok(other),
        }
    }

    /// Reads what [`Self::gateway_frequency`], [`Self::gateway_billing_days`] and [`Self::interval`] wrote.
    ///
    /// Days 29 and 30 are accepted: `charge_on_day` makes them.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field, where the parts are not ones that this type writes.
    pub fn from_stored(frequency: &str, billing_days: &str, interval: i64) -> Result<Self, Error> {
        Self::read(frequency, billing_days, interval, any_day)
    }

    /// The rule of `charge_on_day`: "this will set the billing day to the current day" (seed gateway, "Create Plan").
    ///
    /// Monthly: the anchor is the day of `today`, 29 and 30 included. Twice monthly: the day of `today` and the day 15
    /// after it, or 15 before it from the 16th on. For both, `billing_days` is not read. Daily: nothing is anchored to
    /// a day, so this is [`Self::from_gateway`] and the count starts with the first bill.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `billing_frequency`, `billing_cycle_interval` or, for daily, `billing_days`.
    pub fn on_day_of(frequency: &str, billing_days: &str, interval: i64, today: Date) -> Result<Self, Error> {
        let day = AnchorDay::of(today).day();
        match frequency {
            "monthly" => Self::from_stored(frequency, &day.to_string(), interval),
            "twice_monthly" => {
                let other = day.checked_sub(15).filter(|other| *other > 0);
                let (first, second) = other.map_or((day, day.saturating_add(15)), |other| (other, day));
                Self::from_stored(frequency, &format!("{first},{second}"), interval)
            }
            _ => Self::from_gateway(frequency, billing_days, interval),
        }
    }

    /// "monthly", "twice_monthly" or "daily".
    pub fn gateway_frequency(&self) -> &'static str {
        match self {
            Self::Monthly { .. } => "monthly",
            Self::TwiceMonthly { .. } => "twice_monthly",
            Self::Daily { .. } => "daily",
        }
    }

    /// The days as the gateway writes them: "15", "1,15", "15,0"; for daily the number of days.
    pub fn gateway_billing_days(&self) -> String {
        match self {
            Self::Monthly { anchor_day, .. } => anchor_day.gateway_text(),
            Self::TwiceMonthly { first, second, .. } => {
                format!("{},{}", first.gateway_text(), second.gateway_text())
            }
            Self::Daily { every_days, .. } => every_days.to_string(),
        }
    }

    /// The billing cycle interval, 1-36.
    pub fn interval(&self) -> u8 {
        match *self {
            Self::Monthly { interval_months: interval, .. }
            | Self::TwiceMonthly { interval_months: interval, .. }
            | Self::Daily { interval, .. } => interval.max(1),
        }
    }

    /// The first day on or after `date` that the rule bills on. For daily this is `date` itself.
    pub fn first_on_or_after(&self, date: Date) -> Date {
        let Some([first, second]) = self.days_in_month_of(date) else { return date };
        if date <= first {
            first
        } else if date <= second {
            second
        } else {
            self.first_in_month(date, 1).unwrap_or(date)
        }
    }

    /// The billing date after `date`, which may be any date; `None` past [`YEAR_MAX`].
    ///
    /// From a day that the rule bills on, a whole interval of months is taken, counted from the month of `date`.
    /// From any other day, it is the first such day strictly after it: a first bill on a date of the caller's choice
    /// is followed by the regular ones, and no date is billed twice (RELIABILITY.md 3.2.4).
    pub fn next_after(&self, date: Date) -> Option<Date> {
        let next = match (self, self.days_in_month_of(date)) {
            (_, Some([first, _])) if date < first => Some(first),
            (_, Some([_, second])) if date < second => Some(second),
            (_, Some([_, second])) if date == second => self.first_in_month(date, self.interval()),
            (_, Some(_)) => self.first_in_month(date, 1),
            (Self::Daily { every_days, interval }, None) => {
                let days = i64::from((*every_days).max(1)).saturating_mul(i64::from((*interval).max(1)));
                date.checked_add(Span::new().days(days)).ok()
            }
            (_, None) => None,
        };
        next.filter(|date| date.year() <= YEAR_MAX)
    }

    /// `first` and every billing date after it, to the end of [`YEAR_MAX`].
    pub fn dates_from(&self, first: Date) -> impl Iterator<Item = Date> + use<> {
        let rule = *self;
        std::iter::successors(Some(first), move |date| rule.next_after(*date))
    }

    /// The two dates of the month of `date` (equal for monthly); `None` for a rule that counts days.
    fn days_in_month_of(&self, date: Date) -> Option<[Date; 2]> {
        match self {
            Self::Monthly { anchor_day, .. } => Some([anchor_day.in_month_of(date); 2]),
            Self::TwiceMonthly { first, second, .. } => Some([first.in_month_of(date), second.in_month_of(date)]),
            Self::Daily { .. } => None,
        }
    }

    /// The first date in the month `months` after that of `date`.
    fn first_in_month(&self, date: Date, months: u8) -> Option<Date> {
        let month = date.first_of_month().checked_add(Span::new().months(i64::from(months))).ok()?;
        self.days_in_month_of(month).map(|[first, _]| first)
    }

    fn read(frequency: &str, billing_days: &str, interval: i64, read_day: ReadDay) -> Result<Self, Error> {
        let interval = read_interval(interval)?;
        match frequency {
            "monthly" => {
                let [anchor_day] = read_days(billing_days, "monthly takes exactly one day", read_day)?;
                Ok(Self::Monthly { anchor_day, interval_months: interval })
            }
            "twice_monthly" => {
                let [first, second] =
                    read_days(billing_days, "twice_monthly takes exactly two days, such as \"1,15\"", read_day)?;
                if first >= second {
                    return Err(days_problem("the second day must be later in the month than the first"));
                }
                Ok(Self::TwiceMonthly { first, second, interval_months: interval })
            }
            "daily" => {
                let every_days = read_number(billing_days.trim(), 3).filter(|days| *days > 0);
                let every_days = every_days.ok_or_else(|| days_problem("daily takes a number of days, 1 to 255"))?;
                Ok(Self::Daily { every_days, interval })
            }
            _ => Err(Error::invalid("billing_frequency", "must be monthly, twice_monthly or daily")),
        }
    }
}

type ReadDay = fn(u8) -> Result<AnchorDay, Error>;

/// Days as the gateway takes them.
fn gateway_day(day: u8) -> Result<AnchorDay, Error> {
    match day {
        29 | 30 => Err(days_problem("29 and 30 are not in every month: use 1 to 28, or 0 for the last day")),
        other => any_day(other),
    }
}

/// Every day of a month, and 0 for the last.
fn any_day(day: u8) -> Result<AnchorDay, Error> {
    match day {
        0 => Ok(AnchorDay::LAST),
        other => AnchorDay::new(other).ok_or_else(|| days_problem("must be 1 to 28, or 0 for the last day")),
    }
}

fn read_days<const N: usize>(text: &str, count_problem: &str, read_day: ReadDay) -> Result<[AnchorDay; N], Error> {
    let mut days = Vec::with_capacity(N);
    for part in text.split(',').take(N.saturating_add(1)) {
        let day =
            read_number(part.trim(), 2).ok_or_else(|| days_problem("must be days of the month: whole numbers"))?;
        days.push(read_day(day)?);
    }
    days.try_into().map_err(|_| days_problem(count_problem))
}

/// A number of at most `digits_max` plain digits.
fn read_number(text: &str, digits_max: usize) -> Option<u8> {
    let plain = (1..=digits_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn read_interval(interval: i64) -> Result<u8, Error> {
    u8::try_from(interval)
        .ok()
        .filter(|interval| (1..=INTERVAL_MAX).contains(interval))
        .ok_or_else(|| Error::invalid("billing_cycle_interval", "must be 1 to 36"))
}

fn days_problem(problem: &str) -> Error {
    Error::invalid("billing_days", problem)
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
