//! When a refill fires, and what is in its way: the decision as tables.

use super::*;
use crate::domain::time::{HOUR, MINUTE, zone_named};

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("RFC 3339")
}

fn terms() -> RefillTerms {
    RefillTerms {
        threshold: Some(100),
        amount: 500,
        charge_minor: 1_000,
        is_monthly: false,
        cap_minor: None,
        cooldown_s: 300,
    }
}

fn refill() -> AutoRefill {
    AutoRefill {
        customer_id: CustomerId::from_stored("c1".to_owned()),
        denomination: Denomination::parse("credits").expect("a denomination"),
        terms: terms(),
        off: None,
        soft_declines: 0,
        anchor_at: None,
        owed_at: None,
        last_start_at: None,
        look_at: None,
        created_at: at("2026-01-01T00:00:00Z"),
        updated_at: None,
    }
}

fn standing() -> RefillStanding {
    RefillStanding { available: 100, has_room: true, used_minor: 0, is_under_way: false }
}

const NOW: &str = "2026-01-15T12:00:00Z";
const FIRES: RefillVerdict = RefillVerdict::Fires(RefillReason::Threshold);
const MONTHLY: RefillVerdict = RefillVerdict::Fires(RefillReason::Monthly);

#[test]
fn the_decision_table() {
    let now = at(NOW);
    let february = RefillVerdict::Capped(at("2026-02-01T00:00:00Z"));
    let (before, just) = (now.plus(-5 * MINUTE), now.plus(-5 * MINUTE + 1));
    let capped = |cap_minor| RefillTerms { cap_minor: Some(cap_minor), ..terms() };
    let months = RefillTerms { threshold: None, is_monthly: true, ..terms() };
    let free = RefillTerms { charge_minor: 0, cap_minor: Some(0), ..terms() };
    let rows: Vec<(&str, AutoRefill, RefillStanding, RefillVerdict)> = vec![
        ("at the threshold", refill(), standing(), FIRES),
        ("above it", refill(), RefillStanding { available: 101, ..standing() }, RefillVerdict::Rests),
        ("below zero", refill(), RefillStanding { available: i64::MIN, ..standing() }, FIRES),
        (
            "no room for what it would buy",
            refill(),
            RefillStanding { has_room: false, ..standing() },
            RefillVerdict::Rests,
        ),
        ("one under way", refill(), RefillStanding { is_under_way: true, ..standing() }, RefillVerdict::UnderWay),
        (
            "one under way of a refill that is off",
            AutoRefill { off: Some(OffReason::Requested), ..refill() },
            RefillStanding { is_under_way: true, ..standing() },
            RefillVerdict::UnderWay,
        ),
        ("off", AutoRefill { off: Some(OffReason::NoCard), ..refill() }, standing(), RefillVerdict::Off),
        (
            "a microsecond before the cooldown ends",
            AutoRefill { last_start_at: Some(just), ..refill() },
            standing(),
            RefillVerdict::CoolingDown(now.plus(1)),
        ),
        ("the cooldown ends", AutoRefill { last_start_at: Some(before), ..refill() }, standing(), FIRES),
        (
            "the cap is reached exactly",
            AutoRefill { terms: capped(3_000), ..refill() },
            RefillStanding { used_minor: 2_000, ..standing() },
            FIRES,
        ),
        (
            "the cap would be passed by one",
            AutoRefill { terms: capped(2_999), ..refill() },
            RefillStanding { used_minor: 2_000, ..standing() },
            february,
        ),
        (
            "the cooldown is told before the cap",
            AutoRefill { terms: capped(0), last_start_at: Some(just), ..refill() },
            standing(),
            RefillVerdict::CoolingDown(now.plus(1)),
        ),
        ("what costs nothing is never capped", AutoRefill { terms: free, ..refill() }, standing(), FIRES),
        ("by the month only", AutoRefill { terms: months.clone(), ..refill() }, standing(), RefillVerdict::Rests),
        (
            "a month has come, whatever is left",
            AutoRefill { terms: months, owed_at: Some(now), ..refill() },
            RefillStanding { available: i64::MAX - 500, ..standing() },
            MONTHLY,
        ),
        ("both: the month is told", AutoRefill { owed_at: Some(now), ..refill() }, standing(), MONTHLY),
    ];
    for (name, refill, standing, expected) in rows {
        assert_eq!(refill.judge(&standing, now, &TimeZone::UTC), expected, "{name}");
    }
}

#[test]
fn verdicts_say_state_next_instant_and_next_look() {
    let (now, hour, month) = (at(NOW), at(NOW).plus(HOUR), at("2026-02-10T00:00:00Z"));
    // verdict -> (state, next refill, next look) where a month comes at `month`
    for (verdict, expected) in [
        (RefillVerdict::UnderWay, (RefillState::InFlight, None, None)),
        (RefillVerdict::Off, (RefillState::Off, None, None)),
        (RefillVerdict::CoolingDown(hour), (RefillState::CoolingDown, Some(hour), Some(hour))),
        (RefillVerdict::Capped(hour), (RefillState::Capped, Some(hour), Some(hour))),
        (FIRES, (RefillState::Ready, Some(month), Some(now))),
        (RefillVerdict::Rests, (RefillState::Ready, Some(month), Some(month))),
    ] {
        let found = (verdict.state(), verdict.next_at(Some(month)), verdict.look_at(now, Some(month)));
        assert_eq!(found, expected, "{verdict:?}");
    }
    assert_eq!(RefillVerdict::Capped(month).look_at(now, Some(hour)), Some(hour), "a month passes while it is capped");
    assert_eq!(RefillVerdict::Rests.look_at(now, None), None);
}

#[test]
fn declines_switch_it_off() {
    use OffReason::{HardDecline, SoftDeclines};
    // soft declines before, hard?, reason -> off?, soft declines after
    for (before, is_hard, reason, off, after) in [
        (0, true, RefillReason::Threshold, Some(HardDecline), 0),
        (0, false, RefillReason::Threshold, None, 1),
        (1, false, RefillReason::Monthly, None, 2),
        (2, false, RefillReason::Threshold, Some(SoftDeclines), 3),
        (0, false, RefillReason::Retry, Some(SoftDeclines), 1),
        (0, true, RefillReason::Retry, Some(HardDecline), 0),
    ] {
        let mut found = AutoRefill { soft_declines: before, ..refill() };
        found.declined(is_hard, reason);
        assert_eq!((found.off, found.soft_declines), (off, after), "{before} {is_hard} {reason:?}");
    }
}

#[test]
fn months_count_from_the_anchor_and_never_drift() {
    for (anchor, now, expected) in [
        ("2026-01-31T09:00:00.000123Z", "2026-01-31T09:00:00.000123Z", "2026-02-28T09:00:00.000123Z"),
        ("2026-01-31T09:00:00.000123Z", "2026-02-28T09:00:00.000122Z", "2026-02-28T09:00:00.000123Z"),
        ("2026-01-31T09:00:00.000123Z", "2026-02-28T09:00:00.000123Z", "2026-03-31T09:00:00.000123Z"),
        ("2026-01-31T09:00:00Z", "2026-03-31T09:00:00Z", "2026-04-30T09:00:00Z"),
        ("2026-01-31T09:00:00Z", "2028-01-31T09:00:00Z", "2028-02-29T09:00:00Z"),
        ("2026-01-31T09:00:00Z", "2027-06-02T00:00:00Z", "2027-06-30T09:00:00Z"),
        ("2026-12-15T00:00:00Z", "2026-12-20T00:00:00Z", "2027-01-15T00:00:00Z"),
    ] {
        assert_eq!(month_after(at(anchor), at(now)), at(expected), "{anchor} after {now}");
    }
}

#[test]
fn a_cap_ends_with_the_month_of_the_zone() {
    for (zone, now, from, to) in [
        ("UTC", "2026-01-31T23:59:59.999999Z", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        ("UTC", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("America/New_York", "2026-02-01T04:59:59Z", "2026-01-01T05:00:00Z", "2026-02-01T05:00:00Z"),
        ("Europe/Stockholm", "2026-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "2027-01-31T23:00:00Z"),
    ] {
        let zone = zone_named(zone).expect("a zone");
        assert_eq!((this_month(at(now), &zone), next_month(at(now), &zone)), (at(from), at(to)), "{now}");
    }
}

#[test]
fn terms_are_checked_on_both_sides_of_each_bound() {
    for (terms, field) in [
        (terms(), None),
        (RefillTerms { threshold: None, ..terms() }, Some("threshold")),
        (RefillTerms { threshold: None, is_monthly: true, ..terms() }, None),
        (RefillTerms { threshold: Some(i64::MIN), amount: 1, ..terms() }, None),
        (RefillTerms { amount: 0, ..terms() }, Some("amount")),
        (RefillTerms { charge_minor: 0, ..terms() }, None),
        (RefillTerms { charge_minor: -1, ..terms() }, Some("usd_charge")),
        (RefillTerms { charge_minor: AMOUNT_MAX_MINOR, ..terms() }, None),
        (RefillTerms { charge_minor: AMOUNT_MAX_MINOR + 1, ..terms() }, Some("usd_charge")),
        (RefillTerms { cap_minor: Some(0), ..terms() }, None),
        (RefillTerms { cap_minor: Some(-1), ..terms() }, Some("usd_monthly_cap")),
        (RefillTerms { cooldown_s: 299, ..terms() }, Some("cooldown_seconds")),
        (RefillTerms { cooldown_s: 300, ..terms() }, None),
        (RefillTerms { cooldown_s: 2_678_400, ..terms() }, None),
        (RefillTerms { cooldown_s: 2_678_401, ..terms() }, Some("cooldown_seconds")),
    ] {
        let found = terms.check().err().map(|why| match why {
            Error::Invalid { field, .. } => field,
            other => panic!("{other:?}"),
        });
        assert_eq!(found.as_deref(), field, "{terms:?}");
    }
}

#[test]
fn words_read_back() {
    assert!(OffReason::ALL.iter().all(|word| OffReason::parse(word.as_str()) == Some(*word)));
    assert!(RefillStatus::ALL.iter().all(|word| RefillStatus::parse(word.as_str()) == Some(*word)));
    assert!(RefillReason::ALL.iter().all(|word| RefillReason::parse(word.as_str()) == Some(*word)));
    assert_eq!(RefillState::parse("unheard_of"), None);
}
