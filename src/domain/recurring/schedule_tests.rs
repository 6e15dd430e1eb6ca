//! Tables and properties of [`super::BillingRule`].

use proptest::prelude::*;

use super::*;

fn date(text: &str) -> Date {
    crate::domain::time::parse_date(text).expect("date is valid")
}

fn anchor(day: u8) -> AnchorDay {
    AnchorDay::new(day).expect("1-31")
}

fn monthly(day: u8, interval_months: u8) -> BillingRule {
    BillingRule::Monthly { anchor_day: anchor(day), interval_months }
}

fn twice(first: u8, second: u8, interval_months: u8) -> BillingRule {
    BillingRule::TwiceMonthly { first: anchor(first), second: anchor(second), interval_months }
}

fn daily(every_days: u8, interval: u8) -> BillingRule {
    BillingRule::Daily { every_days, interval }
}

/// "billing_days: …" of a refusal, so that the table names the field too.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.expect_err("refused") {
        Error::Invalid { field, .. } => field,
        other => panic!("not a refusal of a field: {other}"),
    }
}

#[test]
fn gateway_rules_are_read_and_written() {
    for (frequency, days, interval, expected, written) in [
        ("monthly", "1", 1, monthly(1, 1), "1"),
        ("monthly", "28", 36, monthly(28, 36), "28"),
        ("monthly", "0", 1, monthly(31, 1), "0"),
        ("monthly", "31", 1, monthly(31, 1), "0"),
        ("monthly", " 15 ", 3, monthly(15, 3), "15"),
        ("monthly", "05", 1, monthly(5, 1), "5"),
        ("twice_monthly", "1,15", 1, twice(1, 15, 1), "1,15"),
        ("twice_monthly", "1, 15", 1, twice(1, 15, 1), "1,15"),
        ("twice_monthly", "15,0", 2, twice(15, 31, 2), "15,0"),
        ("twice_monthly", "15,31", 2, twice(15, 31, 2), "15,0"),
        ("twice_monthly", "27,28", 1, twice(27, 28, 1), "27,28"),
        ("daily", "7", 2, daily(7, 2), "7"),
        ("daily", "30", 1, daily(30, 1), "30"),
        ("daily", "255", 36, daily(255, 36), "255"),
    ] {
        let rule = BillingRule::from_gateway(frequency, days, interval).expect("accepted");
        assert_eq!(rule, expected, "{frequency} {days}");
        assert_eq!(rule.gateway_frequency(), frequency);
        assert_eq!(rule.gateway_billing_days(), written);
        assert_eq!(i64::from(rule.interval()), interval);
        assert_eq!(BillingRule::from_stored(frequency, written, interval).expect("stored"), rule);
    }
}

#[test]
fn gateway_rules_are_refused_by_field() {
    for (frequency, days, interval, field) in [
        ("weekly", "1", 1, "billing_frequency"),
        ("", "1", 1, "billing_frequency"),
        ("Monthly", "1", 1, "billing_frequency"),
        ("monthly", "1", 0, "billing_cycle_interval"),
        ("monthly", "1", 37, "billing_cycle_interval"),
        ("monthly", "1", -1, "billing_cycle_interval"),
        ("monthly", "1", i64::MAX, "billing_cycle_interval"),
        ("monthly", "", 1, "billing_days"),
        ("monthly", "1,15", 1, "billing_days"),
        ("monthly", "1,", 1, "billing_days"),
        ("monthly", "29", 1, "billing_days"),
        ("monthly", "30", 1, "billing_days"),
        ("monthly", "32", 1, "billing_days"),
        ("monthly", "-1", 1, "billing_days"),
        ("monthly", "+1", 1, "billing_days"),
        ("monthly", "1.5", 1, "billing_days"),
        ("monthly", "001", 1, "billing_days"),
        ("monthly", "١", 1, "billing_days"),
        ("twice_monthly", "1", 1, "billing_days"),
        ("twice_monthly", "1,15,20", 1, "billing_days"),
        ("twice_monthly", "15,15", 1, "billing_days"),
        ("twice_monthly", "15,1", 1, "billing_days"),
        ("twice_monthly", "0,15", 1, "billing_days"),
        ("twice_monthly", "0,31", 1, "billing_days"),
        ("twice_monthly", "15,30", 1, "billing_days"),
        ("twice_monthly", "28,0", 1, "billing_days"), // both 28 February
        ("daily", "0", 1, "billing_days"),
        ("daily", "256", 1, "billing_days"),
        ("daily", "1,2", 1, "billing_days"),
        ("daily", "", 1, "billing_days"),
    ] {
        let result = BillingRule::from_gateway(frequency, days, interval);
        assert_eq!(refused(result), field, "{frequency} {days:?} {interval}");
    }
}

#[test]
fn charge_on_day_anchors_to_today() {
    for (frequency, days, today, expected) in [
        ("monthly", "1", "2026-11-20", monthly(20, 1)), // what billing_days says is replaced
        ("monthly", "", "2026-01-29", monthly(29, 1)),
        ("monthly", "", "2026-04-30", monthly(30, 1)),
        ("monthly", "", "2026-01-31", monthly(31, 1)),
        ("twice_monthly", "", "2026-01-01", twice(1, 16, 1)),
        ("twice_monthly", "1,15", "2026-01-15", twice(15, 30, 1)),
        ("twice_monthly", "", "2026-01-16", twice(1, 16, 1)),
        ("twice_monthly", "", "2026-01-31", twice(16, 31, 1)),
        ("daily", "7", "2026-01-31", daily(7, 1)),
    ] {
        let rule = BillingRule::on_day_of(frequency, days, 1, date(today)).expect("accepted");
        assert_eq!(rule, expected, "{frequency} on {today}");
        assert_eq!(rule.first_on_or_after(date(today)), date(today), "{frequency} on {today}");
    }
    assert_eq!(refused(BillingRule::on_day_of("daily", "", 1, date("2026-01-31"))), "billing_days");
    assert_eq!(refused(BillingRule::on_day_of("weekly", "", 1, date("2026-01-31"))), "billing_frequency");
    assert_eq!(refused(BillingRule::on_day_of("monthly", "", 0, date("2026-01-31"))), "billing_cycle_interval");
}

#[test]
fn chains_of_dates() {
    // (rule, first date, the dates after it)
    for (rule, first, expected) in [
        (monthly(31, 1), "2026-01-31", "2026-02-28 2026-03-31 2026-04-30 2026-05-31"),
        (monthly(31, 1), "2028-01-31", "2028-02-29 2028-03-31 2028-04-30"),
        (monthly(30, 1), "2026-01-30", "2026-02-28 2026-03-30 2026-04-30"),
        (monthly(30, 1), "2026-02-28", "2026-03-30 2026-04-30"),
        (monthly(31, 2), "2025-12-31", "2026-02-28 2026-04-30 2026-06-30 2026-08-31"),
        (monthly(29, 12), "2024-02-29", "2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        (monthly(31, 12), "2099-02-28", "2100-02-28 2101-02-28 2102-02-28 2103-02-28 2104-02-29"), // 2100 has none
        (monthly(15, 36), "2026-11-15", "2029-11-15 2032-11-15"),
        (monthly(1, 1), "2026-12-01", "2027-01-01"),
        // A first date of the caller's choice: then the first regular one, then whole intervals.
        (monthly(15, 1), "2026-01-10", "2026-01-15 2026-02-15"),
        (monthly(15, 3), "2026-01-10", "2026-01-15 2026-04-15"),
        (monthly(15, 3), "2026-01-20", "2026-02-15 2026-05-15"),
        (monthly(31, 1), "2026-01-30", "2026-01-31 2026-02-28"),
        (monthly(31, 1), "2026-02-27", "2026-02-28 2026-03-31"),
        (monthly(1, 1), "2026-12-31", "2027-01-01 2027-02-01"),
        (twice(1, 15, 1), "2026-01-01", "2026-01-15 2026-02-01 2026-02-15"),
        (twice(1, 15, 1), "2026-01-07", "2026-01-15 2026-02-01"),
        (twice(1, 15, 1), "2026-01-20", "2026-02-01 2026-02-15"),
        (twice(10, 20, 1), "2026-01-05", "2026-01-10 2026-01-20 2026-02-10"),
        (twice(15, 31, 1), "2026-01-15", "2026-01-31 2026-02-15 2026-02-28 2026-03-15 2026-03-31"),
        (twice(1, 15, 3), "2026-01-01", "2026-01-15 2026-04-01 2026-04-15"),
        (twice(1, 15, 3), "2026-01-15", "2026-04-01 2026-04-15"),
        (twice(15, 30, 1), "2026-02-15", "2026-02-28 2026-03-15 2026-03-30"),
        (twice(29, 31, 1), "2026-01-31", "2026-02-28 2026-03-29 2026-03-31"), // both clamp to 28 Feb: one bill
        (daily(7, 1), "2026-02-25", "2026-03-04 2026-03-11"),
        (daily(7, 2), "2026-02-25", "2026-03-11 2026-03-25"),
        (daily(1, 1), "2028-02-28", "2028-02-29 2028-03-01"),
        // The end of the calendar.
        (monthly(31, 1), "2199-11-30", "2199-12-31"),
        (monthly(1, 1), "2199-12-01", ""),
        (twice(1, 15, 1), "2199-12-15", ""),
        (daily(1, 1), "2199-12-30", "2199-12-31"),
    ] {
        let expected: Vec<Date> = expected.split_whitespace().map(date).collect();
        let dates: Vec<Date> = rule.dates_from(date(first)).skip(1).take(expected.len().max(1)).collect();
        assert_eq!(dates, expected, "{rule:?} from {first}");
    }
}

#[test]
fn the_first_regular_day() {
    for (rule, from, expected) in [
        (monthly(15, 6), "2026-01-15", "2026-01-15"),
        (monthly(15, 6), "2026-01-16", "2026-02-15"),
        (monthly(31, 1), "2026-02-28", "2026-02-28"),
        (monthly(31, 1), "2026-04-30", "2026-04-30"),
        (monthly(1, 1), "2026-12-02", "2027-01-01"),
        (twice(1, 15, 1), "2026-01-02", "2026-01-15"),
        (twice(1, 15, 1), "2026-01-16", "2026-02-01"),
        (twice(15, 31, 1), "2026-02-16", "2026-02-28"),
        (daily(7, 1), "2026-02-28", "2026-02-28"),
    ] {
        assert_eq!(rule.first_on_or_after(date(from)), date(expected), "{rule:?} from {from}");
    }
}

/// The corpus of RELIABILITY.md 3.2.7: every anchor over 48 months from three starts, against the definition.
#[test]
fn every_anchor_keeps_its_day_for_four_years() {
    for start in ["2023-01-31", "2024-02-29", "2099-12-31"].map(date) {
        for day in 1..=31 {
            let rule = monthly(day, 1);
            let mut month = start.first_of_month();
            if anchor(day).in_month_of(month) < start {
                month = month.checked_add(Span::new().months(1)).expect("in range");
            }
            for date in rule.dates_from(rule.first_on_or_after(start)).take(48) {
                assert_eq!(date.first_of_month(), month, "anchor {day} from {start}");
                assert_eq!(i64::from(date.day()), i64::from(day).min(i64::from(month.days_in_month())), "{date}");
                month = month.checked_add(Span::new().months(1)).expect("in range");
            }
        }
    }
}

fn any_rule() -> impl Strategy<Value = BillingRule> {
    prop_oneof![
        (1u8..=31, 1u8..=36).prop_map(|(day, interval)| monthly(day, interval)),
        (1u8..=30, 1u8..=30, 1u8..=36).prop_map(|(first, gap, interval)| twice(first, (first + gap).min(31), interval)),
        (1u8..=255, 1u8..=36).prop_map(|(days, interval)| daily(days, interval)),
    ]
}

fn any_date() -> impl Strategy<Value = Date> {
    (0i64..80_000).prop_map(|days| date("1970-01-01").checked_add(Span::new().days(days)).expect("in range"))
}

proptest! {
    #[test]
    fn dates_are_strictly_ascending_and_end_in_2199(rule in any_rule(), first in any_date()) {
        let dates: Vec<Date> = rule.dates_from(first).take(200).collect();
        prop_assert!(dates.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(dates.iter().all(|date| date.year() <= YEAR_MAX));
    }

    #[test]
    fn every_date_after_the_first_is_an_anchor_clamped_to_its_month(rule in any_rule(), first in any_date()) {
        let anchors = match rule {
            BillingRule::Monthly { anchor_day, .. } => vec![anchor_day],
            BillingRule::TwiceMonthly { first, second, .. } => vec![first, second],
            BillingRule::Daily { .. } => return Ok(()),
        };
        for date in rule.dates_from(first).skip(1).take(60) {
            prop_assert!(anchors.iter().any(|anchor| i64::from(date.day())
                == i64::from(anchor.day()).min(i64::from(date.days_in_month()))), "{}", date);
        }
    }

    #[test]
    fn nothing_regular_is_left_out_between_two_bills(day in 1u8..=31, first in any_date()) {
        let rule = monthly(day, 1);
        for pair in rule.dates_from(first).take(40).collect::<Vec<_>>().windows(2) {
            prop_assert_eq!(rule.first_on_or_after(pair[0].tomorrow().expect("in range")), pair[1]);
        }
    }

    #[test]
    fn a_rule_survives_being_stored(rule in any_rule()) {
        let days = rule.gateway_billing_days();
        let read = BillingRule::from_stored(rule.gateway_frequency(), &days, rule.interval().into());
        prop_assert_eq!(read.expect("what we wrote"), rule);
    }

    #[test]
    fn no_text_breaks_the_reader(frequency in "monthly|twice_monthly|daily|.{0,9}", days in "[0-9, ]{0,7}|.{0,9}", interval: i64) {
        if let Ok(rule) = BillingRule::from_gateway(&frequency, &days, interval) {
            prop_assert!((1..=INTERVAL_MAX).contains(&rule.interval()));
        }
    }
}
