//! Tables of [`super::decide`]: downtime, backdated starts, policies, durations.

use jiff::Span;
use proptest::prelude::*;

use super::*;

fn date(text: &str) -> Date {
    crate::domain::time::parse_date(text).expect("date is valid")
}

fn rule(frequency: &str, days: &str, interval: i64) -> BillingRule {
    BillingRule::from_gateway(frequency, days, interval).expect("valid rule")
}

/// On 20 Nov 2026, a subscription of 2020 whose next date is `first_due`.
fn check(rule: BillingRule, first_due: &str) -> DueCheck {
    DueCheck {
        rule,
        first_due: date(first_due),
        made_on: date("2020-01-01"),
        today: date("2026-11-20"),
        expires_on: None,
        policy: CatchUp::Each,
        remaining_periods: None,
        live_through: false,
    }
}

/// The check after `days` of downtime: the first due date is the first regular one not seen running.
fn after_downtime(rule: BillingRule, days: i64) -> DueCheck {
    let last_run = date("2026-11-20").checked_sub(Span::new().days(days)).expect("in range");
    let first_due = rule.first_on_or_after(last_run.tomorrow().expect("in range"));
    DueCheck { first_due, ..check(rule, "2026-11-20") }
}

/// "nothing", "bill 2026-11-18 …" or "park 2026-10-15 … + 2026-11-15" with what is missed and what is current.
fn told(decision: &Decision) -> String {
    let list = |dates: &[Date]| dates.iter().map(|date| format!(" {date}")).collect::<String>();
    match decision {
        Decision::NothingDue => "nothing".to_owned(),
        Decision::Bill(dates) => format!("bill{}", list(dates)),
        Decision::Park { missed, current, .. } => {
            format!("park{} +{}", list(missed), current.map_or_else(String::new, |date| format!(" {date}")))
        }
    }
}

#[test]
fn downtime() {
    for (rule, days, expected) in [
        (rule("monthly", "15", 1), 3, "nothing"),
        (rule("monthly", "18", 1), 3, "bill 2026-11-18"),
        (rule("monthly", "20", 1), 3, "bill 2026-11-20"),
        (rule("monthly", "18", 1), 45, "bill 2026-10-18 2026-11-18"), // 33 days old
        (rule("monthly", "16", 1), 45, "bill 2026-10-16 2026-11-16"), // 35 days old: the bound itself
        (rule("monthly", "15", 1), 45, "park 2026-10-15 + 2026-11-15"), // 36 days old
        (
            rule("monthly", "15", 1),
            400,
            "park 2025-11-15 2025-12-15 2026-01-15 2026-02-15 2026-03-15 2026-04-15 2026-05-15 2026-06-15 \
             2026-07-15 2026-08-15 2026-09-15 2026-10-15 + 2026-11-15",
        ),
        (rule("twice_monthly", "1,15", 1), 3, "nothing"),
        (rule("twice_monthly", "5,20", 1), 3, "bill 2026-11-20"),
        (rule("twice_monthly", "5,20", 1), 45, "bill 2026-10-20 2026-11-05 2026-11-20"),
        (rule("twice_monthly", "1,15", 1), 45, "park 2026-10-15 2026-11-01 + 2026-11-15"),
        (
            rule("twice_monthly", "1,15", 6),
            400,
            "park 2025-11-01 2025-11-15 2026-05-01 2026-05-15 2026-11-01 + 2026-11-15",
        ),
        (rule("daily", "1", 1), 3, "bill 2026-11-20"),
        (rule("daily", "1", 1), 45, "bill 2026-11-20"),
        (rule("daily", "1", 1), 400, "bill 2026-11-20"),
        (rule("daily", "7", 2), 3, "bill 2026-11-18"),
        (rule("daily", "7", 2), 45, "bill 2026-11-18"),
    ] {
        let check = after_downtime(rule, days);
        assert_eq!(told(&decide(&check)), expected, "{rule:?} after {days} days");
    }
}

#[test]
fn the_bounds_to_the_day() {
    let close = rule("twice_monthly", "14,15", 1);
    let yearly = rule("monthly", "1", 12);
    for (rule, first_due, today, expected) in [
        (close, "2026-10-14", "2026-11-15", "bill 2026-10-14 2026-10-15 2026-11-14 2026-11-15"), // three missed
        (close, "2026-02-14", "2026-03-15", "bill 2026-02-14 2026-02-15 2026-03-14 2026-03-15"),
        (close, "2026-02-14", "2026-03-21", "bill 2026-02-14 2026-02-15 2026-03-14 2026-03-15"), // 35 days
        (close, "2026-02-14", "2026-03-22", "park 2026-02-14 2026-02-15 2026-03-14 + 2026-03-15"), // 36 days
        (close, "2026-01-15", "2026-03-14", "park 2026-01-15 2026-02-14 2026-02-15 + 2026-03-14"),
        // The current period has no bound: nothing came after it. A missed year is past the bound at once.
        (yearly, "2026-01-01", "2026-11-20", "bill 2026-01-01"),
        (yearly, "2025-01-01", "2026-11-20", "park 2025-01-01 + 2026-01-01"),
    ] {
        let check = DueCheck { today: date(today), ..check(rule, first_due) };
        assert_eq!(told(&decide(&check)), expected, "{first_due} to {today}");
    }
    // Four missed, none for longer than 32 days: only a backdated start makes that many so fast.
    let backdated = DueCheck { made_on: date("2026-10-14"), today: date("2026-11-15"), ..check(close, "2026-10-01") };
    assert_eq!(told(&decide(&backdated)), "park 2026-10-01 2026-10-14 2026-10-15 2026-11-14 + 2026-11-15");
}

#[test]
fn policies() {
    let monthly = rule("monthly", "18", 1);
    let fortnightly = rule("daily", "7", 2);
    use CatchUp::{Each, Hold, Latest};
    for (rule, first_due, policy, live_through, expected) in [
        (monthly, "2026-10-18", Each, false, "bill 2026-10-18 2026-11-18"),
        (monthly, "2026-10-18", Latest, false, "bill 2026-11-18"),
        (monthly, "2025-10-18", Latest, false, "bill 2026-11-18"),
        (monthly, "2026-10-18", Hold, false, "park 2026-10-18 + 2026-11-18"),
        (monthly, "2026-11-18", Hold, false, "bill 2026-11-18"),
        (monthly, "2026-12-18", Hold, false, "nothing"),
        (fortnightly, "2026-10-21", Each, false, "bill 2026-11-18"),
        (fortnightly, "2026-11-04", Hold, false, "park 2026-11-04 + 2026-11-18"),
        (fortnightly, "2026-10-21", Each, true, "bill 2026-10-21 2026-11-04 2026-11-18"),
        (monthly, "2026-08-18", Hold, true, "bill 2026-08-18 2026-09-18 2026-10-18 2026-11-18"),
        (monthly, "2026-08-18", Latest, true, "bill 2026-08-18 2026-09-18 2026-10-18 2026-11-18"),
        (monthly, "2026-06-18", Each, true, "bill 2026-06-18 2026-07-18 2026-08-18 2026-09-18 2026-10-18 2026-11-18"),
    ] {
        let check = DueCheck { policy, live_through, ..check(rule, first_due) };
        assert_eq!(told(&decide(&check)), expected, "{rule:?} {first_due} {policy:?} {live_through}");
    }
}

#[test]
fn a_date_in_the_past_on_create_is_billed_once() {
    // (rule, next_bill_date, made on, today, billed, next date after the last bill)
    for (rule, first_due, made_on, today, expected, next) in [
        (rule("monthly", "1", 1), "2020-01-01", "2026-11-20", "2026-11-20", "bill 2020-01-01", "2026-12-01"),
        (
            rule("monthly", "20", 1),
            "2020-01-01",
            "2026-11-20",
            "2026-11-20",
            "bill 2020-01-01 2026-11-20",
            "2026-12-20",
        ),
        (rule("monthly", "1", 12), "2020-03-01", "2026-11-20", "2026-11-20", "bill 2020-03-01", "2027-03-01"),
        (rule("twice_monthly", "1,15", 1), "2026-11-03", "2026-11-20", "2026-11-20", "bill 2026-11-03", "2026-12-01"),
        (rule("daily", "7", 1), "2026-10-01", "2026-11-20", "2026-11-20", "bill 2026-10-01", "2026-11-26"),
        (rule("daily", "1", 1), "1970-01-01", "2026-11-20", "2026-11-20", "bill 2026-11-20", "2026-11-21"),
        // Made today for today, and for later.
        (rule("monthly", "20", 1), "2026-11-20", "2026-11-20", "2026-11-20", "bill 2026-11-20", "2026-12-20"),
        (rule("monthly", "1", 1), "2026-11-21", "2026-11-20", "2026-11-20", "nothing", ""),
        // Its age counts from the day it was made, so a down server still bills it.
        (rule("monthly", "1", 1), "2020-01-01", "2026-11-20", "2026-12-03", "bill 2020-01-01 2026-12-01", "2027-01-01"),
    ] {
        let check = DueCheck { made_on: date(made_on), today: date(today), ..check(rule, first_due) };
        let decision = decide(&check);
        assert_eq!(told(&decision), expected, "{rule:?} {first_due}");
        if let Decision::Bill(dates) = decision {
            let last = *dates.last().expect("never empty");
            assert_eq!(next_due(&rule, last, check.made_on), Some(date(next)), "{rule:?} {first_due}");
        }
    }
}

#[test]
fn a_duration_counts_bills() {
    let monthly = rule("monthly", "18", 1);
    for (first_due, remaining, policy, expected) in [
        ("2026-11-18", 0, CatchUp::Each, "nothing"),
        ("2026-11-18", 1, CatchUp::Each, "bill 2026-11-18"),
        ("2026-10-18", 1, CatchUp::Each, "bill 2026-10-18"),
        ("2026-10-18", 2, CatchUp::Each, "bill 2026-10-18 2026-11-18"),
        ("2026-10-18", 9, CatchUp::Each, "bill 2026-10-18 2026-11-18"),
        ("2026-10-18", 1, CatchUp::Latest, "bill 2026-11-18"),
        ("2026-10-18", 0, CatchUp::Latest, "nothing"),
        ("2026-08-18", 1, CatchUp::Each, "park 2026-08-18 +"),
        ("2026-10-18", 1, CatchUp::Hold, "park 2026-10-18 +"),
    ] {
        let check = DueCheck { remaining_periods: Some(remaining), policy, ..check(monthly, first_due) };
        assert_eq!(told(&decide(&check)), expected, "{first_due} {remaining} {policy:?}");
    }
}

#[test]
fn a_parked_list_is_bounded_and_says_why() {
    let reasons = [
        (check(rule("monthly", "18", 1), "2010-01-18"), "202 missed periods since 2010-01-18, more than 3"),
        (
            check(rule("monthly", "15", 1), "2026-10-15"),
            "the period of 2026-10-15 was missed 36 days ago, more than 35",
        ),
        (
            DueCheck { policy: CatchUp::Hold, ..check(rule("monthly", "18", 1), "2026-10-18") },
            "1 missed period since 2026-10-18, and the plan leaves them to a person",
        ),
    ];
    for (check, expected) in reasons {
        let check = DueCheck { made_on: date("2010-01-01"), ..check };
        let Decision::Park { missed, missed_count, reason, .. } = decide(&check) else { panic!("parks") };
        assert_eq!(reason, expected);
        assert_eq!(missed.len(), missed_count.min(MISSED_LISTED_MAX));
        assert_eq!(missed.first(), Some(&check.first_due));
    }
}

proptest! {
    /// Billing day by day and billing in one go after lived-through time give the same dates.
    #[test]
    fn living_through_equals_jumping(day in 0u8..=28, interval in 1i64..4, made in 0i64..400, days in 0i64..900) {
        let rule = rule("monthly", &day.to_string(), interval);
        let made_on = date("2024-01-01").checked_add(Span::new().days(made)).expect("in range");
        let today = made_on.checked_add(Span::new().days(days)).expect("in range");
        let jump = DueCheck {
            made_on, today, live_through: true, first_due: rule.first_on_or_after(made_on), ..check(rule, "2026-01-01")
        };
        let mut lived = Vec::new();
        let mut step = DueCheck { live_through: false, today: made_on, ..jump };
        while step.today <= today {
            if let Decision::Bill(dates) = decide(&step) {
                prop_assert_eq!(dates.as_slice(), &[step.today]);
                step.first_due = next_due(&rule, step.today, made_on).expect("far from the end");
                lived.extend(dates);
            }
            step.today = step.today.tomorrow().expect("in range");
        }
        let jumped = match decide(&jump) { Decision::Bill(dates) => dates, _ => Vec::new() };
        prop_assert_eq!(lived, jumped);
    }
}

#[test]
fn an_expiry_in_the_gap_is_applied_first() {
    // (expires on, what is done on 2026-11-20 with a monthly bill due since 2026-09-18)
    for (expires_on, expected) in [
        ("2026-09-17", "nothing"),
        ("2026-09-18", "bill 2026-09-18"),
        ("2026-10-17", "bill 2026-09-18"),
        ("2026-10-18", "park 2026-09-18 + 2026-10-18"), // the missed one is 63 days old
        ("2026-11-20", "park 2026-09-18 2026-10-18 + 2026-11-18"),
    ] {
        let expires_on = Some(date(expires_on));
        let check = DueCheck { expires_on, ..check(rule("monthly", "18", 1), "2026-09-18") };
        assert_eq!(told(&decide(&check)), expected, "{expires_on:?}");
    }
    let daily = DueCheck { expires_on: Some(date("2026-11-10")), ..check(rule("daily", "1", 1), "2026-11-01") };
    assert_eq!(told(&decide(&daily)), "bill 2026-11-10", "the latest that is not past the expiry");
}
