//! Proration by rows that were computed with exact fractions elsewhere, and by its properties.

use proptest::prelude::*;

use super::*;
use crate::domain::prepaid_plan::{Cadence, PlanBalance};

/// (old, new, seconds that are left, seconds of the period) -> prorated.
const ROWS: [(i64, i64, i64, i64, i64); 40] = [
    (2000, 5001, 1_209_600, 2_419_200, 1501),
    (1000, 4000, 1_209_600, 2_419_200, 1500),
    (5001, 2000, 1_209_600, 2_419_200, -1501),
    (2000, 2000, 432_000, 2_678_400, 0),
    (0, 1, 1, 2, 1),
    (0, 1, 1, 3, 0),
    (0, 1, 2, 3, 1),
    (0, 0, 1, 2, 0),
    (1, 0, 1, 2, -1),
    (1, 0, 1, 3, 0),
    (1, 0, 2, 3, -1),
    (3, 0, 1, 2, -2),
    (0, 3, 1, 2, 2),
    (0, 5, 1, 10, 1),
    (5, 0, 1, 10, -1),
    (0, 15, 1, 10, 2),
    (0, 25, 1, 10, 3),
    (25, 0, 1, 10, -3),
    (0, 10, 0, 60, 0),
    (0, 10, 60, 60, 10),
    (10, 0, 60, 60, -10),
    (999, 1000, 1, 2_678_400, 0),
    (999, 1000, 1_339_200, 2_678_400, 1),
    (999, 1000, 1_339_199, 2_678_400, 0),
    (2000, 20_000, 2_591_999, 2_592_000, 18_000),
    (20_000, 2000, 2_591_999, 2_592_000, -18_000),
    (100, 101, 1_296_000, 2_505_600, 1),
    (101, 100, 1_296_000, 2_505_600, -1),
    (12_345, 67_890, 1_234_567, 2_592_000, 26_456),
    (67_890, 12_345, 1_234_567, 2_592_000, -26_456),
    (99_999_999, 1, 31_535_999, 31_536_000, -99_999_995),
    (1, 99_999_999, 31_535_999, 31_536_000, 99_999_995),
    (0, i64::MAX, 1, 31_536_000, 292_471_208_678),
    (0, i64::MAX, 15_768_000, 31_536_000, 4_611_686_018_427_387_904),
    (i64::MAX, 0, 15_768_000, 31_536_000, -4_611_686_018_427_387_904),
    (0, i64::MAX, 31_536_000, 31_536_000, i64::MAX),
    (i64::MAX, 0, 31_536_000, 31_536_000, -i64::MAX),
    (7, i64::MAX, 31_622_399, 31_622_400, 9_223_371_745_182_668_786),
    (0, 4_611_686_018_427_387_905, 1, 2, 2_305_843_009_213_693_953),
    (4_611_686_018_427_387_905, 0, 1, 2, -2_305_843_009_213_693_953),
];

#[test]
fn proration_is_exact() {
    for (old, new, remaining_s, total_s, expected) in ROWS {
        assert_eq!(prorated(old, new, remaining_s, total_s), expected, "{old} -> {new}, {remaining_s}/{total_s}");
    }
}

proptest! {
    #[test]
    fn a_part_has_the_sign_of_the_difference_and_is_never_more(
        old in 0..=i64::MAX, new in 0..=i64::MAX, total in 1..=40_000_000_i64, left in 0..=40_000_000_i64,
    ) {
        let left = left.min(total);
        let part = prorated(old, new, left, total);
        let whole = i128::from(new) - i128::from(old);
        prop_assert!(i128::from(part).abs() <= whole.abs());
        prop_assert!(part == 0 || (part > 0) == (whole > 0));
        // The nearest unit: at most half of one away.
        let off = whole * i128::from(left) - i128::from(part) * i128::from(total);
        prop_assert!(off.abs() * 2 <= i128::from(total));
        prop_assert_eq!(prorated(new, old, left, total), -part, "there and back is nothing");
    }

    #[test]
    fn any_numbers_have_an_answer(
        old in any::<i64>(), new in any::<i64>(), total in any::<i64>(), left in any::<i64>(),
    ) {
        prorated(old, new, left, total);
        let at = Timestamp::from_micros;
        let span = Span::of(at(old), at(new), at(left));
        prop_assert!(span.total_s >= 1 && (0..=span.total_s).contains(&span.remaining_s));
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("an instant")
}

#[test]
fn instants_are_cut_to_seconds_before_they_are_compared() {
    let (last, next) = (at("2026-02-01T00:00:00.900000Z"), at("2026-03-01T00:00:00.900000Z"));
    for (now, remaining_s) in [
        ("2026-02-01T00:00:00.900000Z", 2_419_200),
        ("2026-02-15T00:00:00.000000Z", 1_209_600),
        ("2026-02-15T00:00:00.999999Z", 1_209_600),
        ("2026-02-15T00:00:01.000000Z", 1_209_599),
        ("2026-02-28T23:59:59.999999Z", 1),
        ("2026-03-01T00:00:00.000000Z", 0),
        ("2026-04-01T00:00:00Z", 0),
        ("2026-01-01T00:00:00Z", 2_419_200),
    ] {
        assert_eq!(Span::of(last, next, at(now)), Span { remaining_s, total_s: 2_419_200 }, "{now}");
    }
}

fn unit(text: &str) -> Denomination {
    Denomination::parse(text).expect("a denomination")
}

fn amounts(of: &[(&str, i64)]) -> VariableAmounts {
    of.iter().map(|(name, amount)| (unit(name), *amount)).collect()
}

/// A plan with a yearly price, filled monthly; (denomination, amount, price of a unit beyond).
fn plan(id: &str, monthly: Option<i64>, balances: &[(&str, i64, Option<i64>)]) -> PrepaidPlan {
    PrepaidPlan {
        id: PrepaidPlanId::from_stored(id.to_owned()),
        name: id.to_owned(),
        currency: crate::domain::currency::Currency::parse("USD").expect("a currency"),
        monthly_price: monthly,
        yearly_price: Some(24_000),
        refill_cadence: Cadence::Monthly,
        balances: balances
            .iter()
            .map(|(name, amount, price)| PlanBalance {
                denomination: unit(name),
                amount: *amount,
                rollover: false,
                variable_unit_price: *price,
                alert_percentage: None,
                overage_unit_price: None,
            })
            .collect(),
        flags_json: "{}".to_owned(),
        created_at: at("2026-01-01T00:00:00Z"),
    }
}

fn on(plan: &PrepaidPlan, cadence: Cadence, variable: &[(&str, i64)]) -> PlanTerms {
    PlanTerms { plan_id: plan.id.clone(), cadence, variable: amounts(variable) }
}

#[test]
fn a_working_has_the_price_and_then_every_balance_by_name() {
    let old = plan("old", Some(2_000), &[("sms", 100, Some(3)), ("credits", 1_000, None)]);
    let new = plan("new", Some(5_001), &[("credits", 4_000, None), ("seats", 7, None)]);
    let calendar = PlanCalendar::new(at("2026-02-01T00:00:00Z"), Cadence::Monthly, Cadence::Monthly);
    let (present, terms) = (on(&old, Cadence::Monthly, &[("sms", 10)]), on(&new, Cadence::Monthly, &[]));
    let lines = working((&old, &present), (&new, &terms), &calendar, at("2026-02-15T00:00:00Z")).expect("in range");
    let shown: Vec<_> =
        lines.iter().map(|line| (line.denomination.as_str(), line.old, line.new, line.prorated)).collect();
    assert_eq!(
        shown,
        [("USD", 2_030, 5_001, 1_486), ("credits", 1_000, 4_000, 1_500), ("seats", 0, 7, 4), ("sms", 110, 0, -55)]
    );
    assert!(lines.iter().all(|line| line.span == Span { remaining_s: 1_209_600, total_s: 2_419_200 }));
    assert_eq!(lines.iter().filter(|line| line.kind == WorkingKind::Price).count(), 1);
}

/// The price by the year, the balances by the month that runs.
#[test]
fn each_line_has_its_own_period() {
    let (old, new) = (plan("old", None, &[("credits", 100, Some(5))]), plan("new", None, &[("credits", 200, None)]));
    let mut calendar = PlanCalendar::new(at("2026-01-31T00:00:00Z"), Cadence::Yearly, Cadence::Monthly);
    calendar.refilled_months = 1;
    let (present, terms) = (on(&old, Cadence::Yearly, &[]), on(&new, Cadence::Yearly, &[]));
    let lines = working((&old, &present), (&new, &terms), &calendar, at("2026-03-17T00:00:00Z")).expect("in range");
    let spans: Vec<_> = lines.iter().map(|line| (line.span.remaining_s / 86_400, line.span.total_s / 86_400)).collect();
    assert_eq!(spans, [(320, 365), (14, 31)]);
}

#[test]
fn at_most_what_is_available_is_taken() {
    let line = |prorated| WorkingLine {
        kind: WorkingKind::Balance,
        denomination: unit("credits"),
        old: 0,
        new: 0,
        span: Span { remaining_s: 1, total_s: 2 },
        prorated,
        applied: 0,
    };
    for (prorated, available, applied) in [
        (500, 0, 500),
        (500, -7, 500),
        (-500, 700, -500),
        (-500, 500, -500),
        (-500, 499, -499),
        (-500, 0, 0),
        (-500, -1, 0),
        (-500, i64::MIN, 0),
        (i64::MIN, i64::MAX, -i64::MAX),
        (0, 10, 0),
    ] {
        assert_eq!(line(prorated).applied_to(available).applied, applied, "{prorated} of {available}");
    }
}

#[test]
fn amounts_that_are_not_named_stay_where_the_new_plan_has_them() {
    let old = plan("old", Some(1), &[("a", 1, Some(1)), ("b", 1, Some(1)), ("c", 1, Some(1))]);
    let new = plan("new", Some(1), &[("a", 1, Some(1)), ("b", 1, Some(1)), ("c", 1, None)]);
    let calendar = PlanCalendar::new(at("2026-02-01T00:00:00Z"), Cadence::Monthly, Cadence::Monthly);
    let present = on(&old, Cadence::Monthly, &[("a", 5), ("b", 6), ("c", 7)]);
    for (asked, expected) in [
        (None, Some(amounts(&[("a", 5), ("b", 6)]))),
        (Some(amounts(&[("a", 9)])), Some(amounts(&[("a", 9), ("b", 6)]))),
        (Some(amounts(&[])), Some(amounts(&[("a", 5), ("b", 6)]))),
        (Some(amounts(&[("c", 1)])), None),
        (Some(amounts(&[("a", -1)])), None),
        (Some(amounts(&[("d", 1)])), None),
    ] {
        let asked = Modification { plan_id: Some(new.id.clone()), variable: asked };
        let found = asked.terms(&present, &calendar, &new).ok().map(|terms| terms.variable);
        assert_eq!(found, expected, "{asked:?}");
    }
    let asked = Modification { plan_id: None, variable: None };
    let yearly_only = plan("yearly", None, &[]);
    assert!(asked.terms(&present, &calendar, &yearly_only).is_err(), "the month that runs is not offered");
    let slow = PrepaidPlan { refill_cadence: Cadence::Yearly, ..yearly_only };
    let calendar = PlanCalendar { cadence: Cadence::Yearly, ..calendar };
    assert!(asked.terms(&on(&old, Cadence::Yearly, &[]), &calendar, &slow).is_err(), "it fills otherwise");
}
