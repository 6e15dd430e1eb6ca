//! When customers are written to because a day has come: reminders of invoices, warnings of expiring cards.
//!
//! A letter whose day passed longer ago than [`LATE_DAYS`] is not written any more: after a long downtime nobody gets a
//! heap of letters that say what is over.

use jiff::ToSpan;
use jiff::civil::Date;

use super::company::Company;
use super::time::{Timestamp, at_time_of_day};

/// Second of the company's day at which the day's letters are written: nine in the morning.
pub const WRITTEN_AT_S: u32 = 9 * 3600;
/// How many days a letter may be late.
pub const LATE_DAYS: i32 = 2;

/// The day whose letters can be written at `now`: today from nine o'clock on, before that yesterday.
pub fn letter_day(company: &Company, now: Timestamp) -> Date {
    let today = company.today(now);
    let is_early = now < at_time_of_day(today, WRITTEN_AT_S, &company.zone());
    if is_early { today.yesterday().unwrap_or(today) } else { today }
}

/// When the letters after those of `last` are written; where none ever were, the first are those of the day after the
/// books were begun.
pub fn next_letters_at(company: &Company, last: Option<Date>) -> Timestamp {
    let last = last.unwrap_or_else(|| company.today(company.created_at));
    at_time_of_day(last.tomorrow().unwrap_or(Date::MAX), WRITTEN_AT_S, &company.zone())
}

/// Which of the reminders `days` (from the due date) is to be written on `day` of an invoice that is due on `due` and of
/// which its customer last heard on `told`: the newest whose day has come, unless they heard of it since then, or it is
/// too late.
pub fn step_on(day: Date, days: &[i32], due: Date, told: Date) -> Option<i32> {
    let step = days.iter().copied().filter(|step| after(due, *step) <= day).max()?;
    let wanted = after(due, step);
    (told < wanted && day <= after(wanted, LATE_DAYS)).then_some(step)
}

/// The due dates of invoices of which reminder `step` may be written on `day`: first and last.
pub fn due_dates(day: Date, step: i32) -> (Date, Date) {
    let last = after(day, step.saturating_neg());
    (after(last, LATE_DAYS.saturating_neg()), last)
}

/// The day on which the customer hears that a card expires whose last day is `last`: a month before.
pub fn expiry_warned_on(last: Date) -> Date {
    last.checked_sub(1.month()).unwrap_or(Date::MIN)
}

/// Whether that warning may be written on `day`.
pub fn is_expiry_warned(day: Date, last: Date) -> bool {
    let wanted = expiry_warned_on(last);
    wanted <= day && day <= after(wanted, LATE_DAYS)
}

/// The last days of cards that may have to be warned of on `day`: first and last, rather too many than too few.
pub fn expiring_between(day: Date) -> (Date, Date) {
    (after(day, 28_i32.saturating_sub(LATE_DAYS)), after(day, 32))
}

fn after(date: Date, days: i32) -> Date {
    date.checked_add(days.days()).unwrap_or(if days < 0 { Date::MIN } else { Date::MAX })
}

#[cfg(test)]
#[path = "reminder_tests.rs"]
mod tests;
