//! What is billed after downtime, and what waits for a person (RELIABILITY.md 3.4).
//!
//! The due dates are those on or before today. The latest of them is the **current** period: it is billed however long
//! ago it began, because nothing came after it. The ones before it are **missed**, and only they are bounded: at most
//! [`MISSED_PERIODS_MAX`] of them, none older than [`MISSED_DAYS_MAX`] days.

use jiff::civil::Date;

use super::schedule::BillingRule;
use crate::limits::{MISSED_DAYS_MAX, MISSED_PERIODS_MAX};

/// Missed dates that a parked subscription lists at most, oldest first.
pub const MISSED_LISTED_MAX: usize = 100;

/// What a plan wants done about missed periods (`catch_up` of a plan).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CatchUp {
    /// Bill each missed period by itself, within the bounds. For a daily rule this is [`Self::Latest`]: no burst.
    #[default]
    Each,
    /// Bill the current period only, and let the missed ones go.
    Latest,
    /// Ask a person as soon as one period was missed.
    Hold,
}

/// A subscription whose due dates are in question. Named fields, because three dates are easily swapped.
#[derive(Debug, Clone, Copy)]
pub struct DueCheck {
    /// How it recurs.
    pub rule: BillingRule,
    /// Its next unbilled date (`next_bill_date`).
    pub first_due: Date,
    /// The date it was made on. Earlier dates are not billed, but for `first_due` itself.
    pub made_on: Date,
    /// Today, in the calendar that billing dates are in.
    pub today: Date,
    /// The last date that may be billed; an expiry that fell into a gap is applied before anything is billed.
    pub expires_on: Option<Date>,
    /// The plan's policy.
    pub policy: CatchUp,
    /// Periods left to bill; `None` is without end.
    pub remaining_periods: Option<u32>,
    /// Whether the time was lived through (a test clock), so that nothing is missed: every due date is billed,
    /// whatever the policy. It is also what "bill all" of a person does.
    pub live_through: bool,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is due.
    NothingDue,
    /// Bill these dates, oldest first, each by its own invoice. Never empty.
    Bill(Vec<Date>),
    /// Bill nothing before a person has decided.
    Park {
        /// The missed dates, oldest first, at most [`MISSED_LISTED_MAX`] of them.
        missed: Vec<Date>,
        /// How many were missed.
        missed_count: usize,
        /// The current period, unbilled too; `None` where the periods left end before it.
        current: Option<Date>,
        /// Why, for people.
        reason: String,
    },
}

/// Decides which of the dates up to today are billed.
///
/// Periods let go by [`CatchUp::Latest`] do not use up `remaining_periods`: a duration counts bills.
pub fn decide(check: &DueCheck) -> Decision {
    let mut missed = due_dates(check);
    let left = check.remaining_periods.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
    let Some(current) = missed.pop().filter(|_| left > 0) else { return Decision::NothingDue };
    let latest = check.policy == CatchUp::Latest
        || (check.policy == CatchUp::Each && matches!(check.rule, BillingRule::Daily { .. }));
    if latest && !check.live_through {
        return Decision::Bill(vec![current]);
    }
    let current = (left > missed.len()).then_some(current);
    missed.truncate(left);
    match park_reason(check, &missed).filter(|_| !check.live_through) {
        Some(reason) => {
            let missed_count = missed.len();
            missed.truncate(MISSED_LISTED_MAX);
            Decision::Park { missed, missed_count, current, reason }
        }
        None => {
            missed.extend(current);
            Decision::Bill(missed)
        }
    }
}

/// The due date after `billed`: the next of the rule that is not before the subscription was made.
///
/// This, and not [`BillingRule::next_after`], gives the `next_bill_date` after a bill: a subscription made with a date
/// in the past is billed for that date once, and not for the ones between it and the day it was made.
pub fn next_due(rule: &BillingRule, billed: Date, made_on: Date) -> Option<Date> {
    rule.dates_from(billed).skip(1).find(|date| *date >= made_on)
}

/// Every unbilled date up to today and to the expiry, oldest first.
fn due_dates(check: &DueCheck) -> Vec<Date> {
    std::iter::successors(Some(check.first_due), |date| next_due(&check.rule, *date, check.made_on))
        .take_while(|date| *date <= check.today && check.expires_on.is_none_or(|last| *date <= last))
        .collect()
}

fn park_reason(check: &DueCheck, missed: &[Date]) -> Option<String> {
    let oldest = *missed.first()?;
    let age_days = age_days(oldest, check);
    let count = missed.len();
    let periods = if count == 1 { "period" } else { "periods" };
    if check.policy == CatchUp::Hold {
        Some(format!("{count} missed {periods} since {oldest}, and the plan leaves them to a person"))
    } else if count > MISSED_PERIODS_MAX {
        Some(format!("{count} missed {periods} since {oldest}, more than {MISSED_PERIODS_MAX}"))
    } else if age_days > MISSED_DAYS_MAX {
        Some(format!("the period of {oldest} was missed {age_days} days ago, more than {MISSED_DAYS_MAX}"))
    } else {
        None
    }
}

/// Days that `date` could have been billed for: one that the caller set in the past is due since it was set.
fn age_days(date: Date, check: &DueCheck) -> i64 {
    check.today.duration_since(date.max(check.made_on)).as_hours().checked_div(24).unwrap_or(0)
}

#[cfg(test)]
#[path = "catch_up_tests.rs"]
mod tests;
