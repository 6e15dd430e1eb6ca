//! When periods end, as tables.

use super::*;
use crate::domain::time::SECOND;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("RFC 3339")
}

/// The next `count` ends, each with an R where it renews.
fn ends(mut calendar: PlanCalendar, count: usize) -> Vec<String> {
    let mut found = Vec::new();
    for _ in 0..count {
        let end = calendar.next_end();
        assert_eq!(calendar.next_refill(), end.at);
        let date = end.at.utc_date();
        found.push(format!("{date}{}", if end.is_renewal { " R" } else { "" }));
        calendar = calendar.after_end(calendar.cadence, calendar.refill_cadence);
        assert_eq!(calendar.last_refill(), end.at);
        if end.is_renewal {
            assert_eq!(calendar.last_renewal(), end.at);
        }
    }
    found
}

#[test]
fn ends_are_counted_from_the_anchor() {
    use Cadence::{Monthly, Yearly};
    let calendar = |anchor: &str, cadence, refill| PlanCalendar::new(at(anchor), cadence, refill);
    assert_eq!(
        ends(calendar("2027-01-31T09:00:00.000123Z", Monthly, Monthly), 5),
        ["2027-02-28 R", "2027-03-31 R", "2027-04-30 R", "2027-05-31 R", "2027-06-30 R"]
    );
    assert_eq!(
        ends(calendar("2028-02-29T00:00:00Z", Yearly, Yearly), 4),
        ["2029-02-28 R", "2030-02-28 R", "2031-02-28 R", "2032-02-29 R"]
    );
    let yearly = ends(calendar("2027-10-31T00:00:00Z", Yearly, Monthly), 13);
    assert_eq!(yearly[..5], ["2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]);
    assert_eq!(yearly[10..], ["2028-09-30", "2028-10-31 R", "2028-11-30"]);
}

#[test]
fn another_cadence_is_a_new_anchor() {
    use Cadence::{Monthly, Yearly};
    let calendar = PlanCalendar::new(at("2027-01-31T00:00:00Z"), Monthly, Monthly);
    let changed = calendar.after_end(Yearly, Monthly);
    assert_eq!(changed, PlanCalendar::new(at("2027-02-28T00:00:00Z"), Yearly, Monthly));
    assert_eq!(ends(changed, 1), ["2027-03-28"]);
    let kept = calendar.after_end(Monthly, Monthly);
    assert_eq!((kept.anchor, kept.renewed_months, kept.refilled_months), (calendar.anchor, 1, 1));
    let mut yearly = PlanCalendar::new(at("2027-01-31T00:00:00Z"), Yearly, Monthly);
    yearly.refilled_months = 11;
    let slower = yearly.after_end(Yearly, Yearly);
    assert_eq!(ends(slower, 1), ["2029-01-31 R"]);
}

#[test]
fn what_was_missed_is_bounded() {
    use Cadence::{Monthly, Yearly};
    let began = at("2027-01-15T00:00:00Z");
    // (cadence, now, the end that is next)
    for (cadence, now, expected) in [
        (Monthly, "2027-01-16T00:00:00Z", "2027-02-15 R"),
        (Monthly, "2027-02-15T00:00:00Z", "2027-02-15 R"),
        (Monthly, "2027-03-20T00:00:00Z", "2027-02-15 R"), // one missed, 33 days ago
        (Monthly, "2027-03-23T00:00:00Z", "2027-03-15 R"), // 36 days
        (Monthly, "2029-03-01T00:00:00Z", "2029-02-15 R"),
        (Yearly, "2027-12-01T00:00:00Z", "2027-02-15"), // fills only
        (Yearly, "2028-12-01T00:00:00Z", "2027-02-15"), // the renewal is the current one
        (Yearly, "2029-12-01T00:00:00Z", "2029-01-15 R"),
    ] {
        let calendar = PlanCalendar::new(began, cadence, Monthly).without_missed(at(now), 3, 35);
        assert_eq!(ends(calendar, 1), [expected], "{cadence:?} {now}");
    }
    let short = PlanCalendar::new(began, Monthly, Monthly).without_missed(at("2027-05-20T00:00:00Z"), 3, 100);
    assert_eq!(ends(short, 1), ["2027-02-15 R"], "three missed are made good");
    let long = PlanCalendar::new(began, Monthly, Monthly).without_missed(at("2027-06-20T00:00:00Z"), 3, 1000);
    assert_eq!(ends(long, 1), ["2027-06-15 R"], "four are not");
}

#[test]
fn retries_are_days_after_the_end() {
    let end = at("2027-01-31T00:00:00Z");
    for (now, expected) in [
        (end, Some(1)),
        (end.plus(DAY).plus(-1), Some(1)),
        (end.plus(DAY), Some(3)),
        (end.plus(3 * DAY + SECOND), Some(5)),
        (end.plus(6 * DAY), Some(7)),
        (end.plus(7 * DAY), None),
        (end.plus(70 * DAY), None),
    ] {
        assert_eq!(next_retry(end, now), expected.map(|days: i64| end.plus(days * DAY)), "{now}");
    }
    assert_eq!(retry_from(end, end.plus(DAY).plus(-1)), end);
    assert_eq!(retry_from(end, end.plus(DAY)), end.plus(DAY));
}

#[test]
fn statuses_read_back() {
    for status in PlanStatus::ALL {
        assert_eq!(PlanStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(PlanStatus::parse("active"), None);
}
