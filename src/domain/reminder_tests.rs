//! The days of letters: a table of each.

use jiff::civil::date;

use super::*;
use crate::domain::company::tests::company;
use crate::domain::time::parse_date;

fn day(text: &str) -> Date {
    parse_date(text).expect("a date")
}

#[test]
fn a_reminder_is_written_on_its_day_and_at_most_two_days_later() {
    // Reminders three days before, on the day, three and fourteen days after 2026-03-10; told on the 1st.
    for (on, step) in [
        ("2026-03-06", None),
        ("2026-03-07", Some(-3)),
        ("2026-03-08", Some(-3)),
        ("2026-03-09", Some(-3)),
        ("2026-03-10", Some(0)),
        ("2026-03-12", Some(0)),
        ("2026-03-13", Some(3)),
        ("2026-03-15", Some(3)),
        ("2026-03-16", None),
        ("2026-03-23", None),
        ("2026-03-24", Some(14)),
        ("2026-03-26", Some(14)),
        ("2026-03-27", None),
        ("2027-03-10", None),
    ] {
        assert_eq!(step_on(day(on), &[-3, 0, 3, 14], day("2026-03-10"), day("2026-03-01")), step, "{on}");
    }
}

#[test]
fn who_heard_of_it_since_is_not_told_again() {
    for (on, told, step) in [
        ("2026-03-07", "2026-03-06", Some(-3)),
        ("2026-03-07", "2026-03-07", None),
        ("2026-03-09", "2026-03-08", None),
        ("2026-03-13", "2026-03-12", Some(3)),
        ("2026-03-14", "2026-03-13", None),
    ] {
        assert_eq!(step_on(day(on), &[-3, 3], day("2026-03-10"), day(told)), step, "{on} {told}");
    }
    assert_eq!(step_on(day("2026-03-10"), &[], day("2026-03-10"), day("2026-03-01")), None, "no reminders at all");
}

#[test]
fn of_two_steps_that_were_missed_only_the_newer_is_written() {
    let on = |text| step_on(day(text), &[1, 2], day("2026-03-10"), day("2026-03-01"));
    assert_eq!((on("2026-03-11"), on("2026-03-12"), on("2026-03-14")), (Some(1), Some(2), Some(2)));
}

#[test]
fn due_dates_of_a_step_hold_every_invoice_that_wants_it() {
    let today = day("2026-03-10");
    for step in [-60, -3, 0, 1, 14, 60] {
        let (first, last) = due_dates(today, step);
        for shift in -70..=70 {
            let due = after(today, shift);
            let wants = step_on(today, &[step], due, Date::MIN).is_some();
            assert_eq!(wants, (first..=last).contains(&due), "step {step}, due {due}");
        }
    }
}

#[test]
fn a_card_is_warned_of_a_month_before_its_last_day() {
    for (last, wanted) in [
        ("2026-12-31", "2026-11-30"),
        ("2026-03-31", "2026-02-28"),
        ("2028-03-31", "2028-02-29"),
        ("2026-02-28", "2026-01-28"),
        ("2026-01-31", "2025-12-31"),
    ] {
        let (last, wanted) = (day(last), day(wanted));
        assert_eq!(expiry_warned_on(last), wanted);
        for shift in -5..=40 {
            let on = after(wanted, shift);
            assert_eq!(is_expiry_warned(on, last), (0..=LATE_DAYS).contains(&shift), "{last} on {on}");
            let (from, to) = expiring_between(on);
            assert!(!is_expiry_warned(on, last) || (from..=to).contains(&last), "{last} is not looked at on {on}");
        }
    }
}

#[test]
fn letters_are_written_at_nine_by_the_companys_clock() {
    for (zone, last, at, day_then) in [
        ("UTC", date(2026, 1, 31), "2026-02-01T09:00:00Z", "2026-02-01"),
        ("America/New_York", date(2026, 3, 7), "2026-03-08T13:00:00Z", "2026-03-08"), // summer time begins that day
        ("Asia/Kathmandu", date(2026, 6, 1), "2026-06-02T03:15:00Z", "2026-06-02"),
        ("Pacific/Apia", date(2026, 6, 1), "2026-06-01T20:00:00Z", "2026-06-02"),
    ] {
        let company = company(zone);
        let next = next_letters_at(&company, Some(last));
        assert_eq!(next.to_string(), at, "{zone}");
        assert_eq!(letter_day(&company, next), day(day_then), "{zone}");
        assert_eq!(letter_day(&company, next.plus(-1)), last, "{zone}: a moment before, it is still the day before");
    }
    let new = company("UTC");
    let first = next_letters_at(&new, None);
    assert_eq!(letter_day(&new, first), new.today(new.created_at).tomorrow().expect("a day"));
}
