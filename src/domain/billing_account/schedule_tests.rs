//! The reference rows of the schedule, and its bounds.

#![expect(clippy::disallowed_methods, reason = "SCHEDULE_VECTORS names another file of reference rows")]

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn date(text: &str) -> Date {
    crate::domain::time::parse_date(text).expect("a date")
}

fn number<T: TryFrom<i64>>(value: &Value) -> T {
    let number = value.as_i64().and_then(|number| T::try_from(number).ok());
    number.unwrap_or_else(|| panic!("a small integer: {value}"))
}

/// A schedule as the reference rows write it.
fn schedule(value: &Value) -> Schedule {
    let frequency = |value: &Value| Frequency::parse(value.as_str().expect("a text")).expect("a frequency");
    if value.is_string() {
        return Schedule::every(frequency(value));
    }
    let divisor = value.get("divisor").map(|divisor| match divisor.as_array() {
        Some(pair) => Divisor::new(Some(number(&pair[0])), number(&pair[1])).expect("a divisor"),
        None => Divisor::new(None, number(divisor)).expect("a divisor"),
    });
    let offset = value.get("offset").map(|offset| match offset.as_array() {
        Some(pair) => OffsetGiven::Two(number(&pair[0]), number(&pair[1])),
        None => OffsetGiven::One(number(offset)),
    });
    Schedule::new(frequency(&value["frequency"]), divisor, offset).expect("a schedule")
}

#[test]
fn schedule_vectors() {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/payfunc-schedule.json");
    let path = std::env::var("SCHEDULE_VECTORS").unwrap_or_else(|_| own.to_owned());
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"));
    let rows: Vec<Value> = serde_json::from_str(&text).expect("reference rows are a JSON list");
    assert!(!rows.is_empty(), "{path} has no rows");
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let previous = date(row["previous"].as_str().expect("a date"));
            let found = schedule(&row["schedule"]).next(previous);
            let expected = row["next"].as_str().expect("a date");
            (found != Some(date(expected))).then(|| format!("{row}: {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn the_samples_of_the_facts() {
    for (given, previous, expected) in [
        (r#""monthly""#, "2021-01-31", "2021-02-28"),
        (r#""weekly""#, "2021-01-31", "2021-02-07"),
        (r#""quarterly""#, "2021-01-31", "2021-04-30"),
        (r#""yearly""#, "2031-01-31", "2032-01-31"),
        (r#"{"frequency":"quarterly","offset":[2,-1]}"#, "2021-07-03", "2021-09-30"),
        (r#"{"frequency":"monthly","divisor":2,"offset":1}"#, "2021-01-15", "2021-02-02"),
        (r#"{"frequency":"weekly","divisor":[1,3],"offset":3}"#, "2021-01-15", "2021-01-27"),
        (r#"{"frequency":"daily","divisor":[3,5]}"#, "2021-01-01", "2021-01-03"),
        (r#"{"frequency":"daily","divisor":10}"#, "2021-01-28", "2021-01-30"),
        (r#"{"frequency":"monthly","divisor":7}"#, "2021-01-15", "2021-07-15"),
        (r#"{"frequency":"monthly","offset":-1}"#, "2021-01-15", "2021-01-31"),
    ] {
        let schedule = schedule(&serde_json::from_str(given).expect("JSON"));
        assert_eq!(schedule.next(date(previous)), Some(date(expected)), "{given} {previous}");
    }
}

#[test]
fn without_a_date_before_today_may_be_due() {
    for (given, today, expected) in [
        (r#""monthly""#, "2021-01-31", "2021-01-31"),
        (r#"{"frequency":"monthly","offset":-1}"#, "2021-01-31", "2021-01-31"),
        (r#"{"frequency":"monthly","offset":0}"#, "2021-01-31", "2021-02-01"),
        (r#"{"frequency":"daily","divisor":10}"#, "2021-01-30", "2021-01-30"),
        (r#"{"frequency":"monthly","divisor":2}"#, "2021-01-31", "2021-02-28"),
    ] {
        let schedule = schedule(&serde_json::from_str(given).expect("JSON"));
        assert_eq!(schedule.first(date(today)), Some(date(expected)), "{given} {today}");
    }
    let monthly = Schedule::every(Frequency::Monthly);
    let dates = monthly.due_dates(9, date("2021-01-31"), Some(date("2021-04-28")));
    assert_eq!(dates, [date("2021-02-28"), date("2021-03-28")], "the end itself is left out");
    assert_eq!(monthly.due_dates(1, date("2021-01-31"), None).len(), 1);
}

#[test]
fn bounds_of_divisors_and_offsets() {
    use OffsetGiven::{One, Two};
    for (remainder, modulus, good) in [
        (None, 1, true),
        (None, 0, false),
        (None, DIVISOR_MAX, true),
        (None, 10_000, false),
        (Some(1), 2, true),
        (Some(2), 2, false),
        (Some(0), 2, false),
    ] {
        assert_eq!(Divisor::new(remainder, modulus).is_ok(), good, "{remainder:?} {modulus}");
    }
    for (frequency, offset, good) in [
        (Frequency::Daily, One(0), false),
        (Frequency::Weekly, One(6), true),
        (Frequency::Weekly, One(7), false),
        (Frequency::Weekly, One(-1), false),
        (Frequency::Weekly, Two(0, 0), false),
        (Frequency::Monthly, One(-3), true),
        (Frequency::Monthly, One(-4), false),
        (Frequency::Monthly, One(30), true),
        (Frequency::Monthly, One(31), false),
        (Frequency::Monthly, Two(0, 0), false),
        (Frequency::Quarterly, One(2), true),
        (Frequency::Quarterly, One(3), false),
        (Frequency::Quarterly, Two(2, -3), true),
        (Frequency::Quarterly, Two(2, 31), false),
        (Frequency::Yearly, One(11), true),
        (Frequency::Yearly, One(12), false),
        (Frequency::Yearly, Two(11, 30), true),
        (Frequency::Yearly, Two(-1, 0), false),
    ] {
        assert_eq!(Schedule::new(frequency, None, Some(offset)).is_ok(), good, "{frequency:?} {offset:?}");
    }
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let divisor = prop_oneof![
        Just(None),
        (1u32..=7).prop_map(|n| Divisor::new(None, n).ok()),
        (1u32..=3, 4u32..=7).prop_map(|(a, b)| Divisor::new(Some(a), b).ok()),
    ];
    let offset = prop_oneof![
        Just(None),
        (-3i8..=30).prop_map(|n| Some(OffsetGiven::One(n))),
        (0i8..=11, -3i8..=30).prop_map(|(n, m)| Some(OffsetGiven::Two(n, m))),
    ];
    (0usize..5, divisor, offset).prop_filter_map("offset fits", |(frequency, divisor, offset)| {
        Schedule::new(*Frequency::ALL.get(frequency)?, divisor, offset).ok()
    })
}

proptest! {
    #[test]
    fn the_next_date_is_the_first_that_fits(schedule in any_schedule(), days in 0i32..20_000) {
        let previous = date("2000-01-01").checked_add(Span::new().days(days)).expect("in range");
        let next = schedule.next(previous).expect("within the calendar");
        prop_assert!(next > previous);
        prop_assert_eq!(Schedule::parse_stored(&schedule.to_string()), Some(schedule));
        let Some(divisor) = schedule.divisor() else { return Ok(()) };
        let without = Schedule { divisor: None, ..schedule };
        let units = std::iter::successors(Some(previous), |from| {
            let unit = without.advanced(*from, 1)?;
            without.placed(unit, previous)
        });
        let fits = |date: &Date| *date > previous && divisor.gap(schedule.number(*date)) == 0;
        let in_own_unit = without.placed(previous, previous);
        if let Some(first) = in_own_unit.into_iter().chain(units).take(400).find(fits) {
            prop_assert_eq!(next, first, "{} after {}", schedule, previous);
        }
    }
}
