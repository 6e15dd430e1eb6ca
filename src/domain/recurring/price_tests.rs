//! Tables and properties of [`super::price_period`].

use proptest::prelude::*;

use super::*;
use crate::domain::currency::Currency;
use crate::domain::money::AMOUNT_MAX_MINOR;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("in range")
}

fn adjustment(name: &str, value: Value, remaining: Option<u32>) -> Adjustment {
    Adjustment { id: format!("id of {name}"), name: name.to_owned(), description: String::new(), value, remaining }
}

fn fixed(minor: i64) -> Adjustment {
    adjustment("fixed", Value::Amount(usd(minor)), None)
}

fn percent(thousandths: u32) -> Adjustment {
    adjustment("percent", Value::Percentage(Rate::from_thousandths(thousandths).expect("in range")), None)
}

fn amounts(priced: &PricedPeriod) -> Vec<i64> {
    priced.lines.iter().map(|line| line.amount.minor()).collect()
}

#[test]
fn periods_are_priced_line_by_line() {
    // (base, add-ons, discounts, lines, total)
    for (base, add_ons, discounts, lines, total) in [
        (10_000, vec![], vec![], vec![10_000], 10_000),
        (10_000, vec![fixed(500)], vec![fixed(250)], vec![10_000, 500, -250], 10_250),
        // A percentage is of the subscription amount, not of what the lines before it made.
        (10_000, vec![fixed(500), percent(10_000)], vec![percent(25_000)], vec![10_000, 500, 1_000, -2_500], 9_000),
        // Fixed before percentage, whatever the order given.
        (10_000, vec![percent(10_000), fixed(1)], vec![], vec![10_000, 1, 1_000], 11_001),
        (10_000, vec![], vec![percent(25_000), fixed(9_000)], vec![10_000, -9_000, -1_000], 0),
        // Discounts stop at nothing: the last is cut, later ones take nothing.
        (1_000, vec![], vec![fixed(600), fixed(600), fixed(5)], vec![1_000, -600, -400, 0], 0),
        (1_000, vec![fixed(200)], vec![percent(100_000), percent(100_000)], vec![1_000, 200, -1_000, -200], 0),
        (0, vec![], vec![fixed(100)], vec![0, 0], 0),
        // Each line is rounded by itself, half away from zero: 3 x 0.5 cents are 3 cents.
        (100, vec![percent(500), percent(500), percent(500)], vec![], vec![100, 1, 1, 1], 103),
        (1_005, vec![], vec![percent(2_500)], vec![1_005, -25], 980),
        (1, vec![], vec![percent(49_999)], vec![1, 0], 1),
        (1, vec![], vec![percent(50_000)], vec![1, -1], 0),
        (100, vec![percent(43_440)], vec![], vec![100, 43], 143),
        (100, vec![percent(0)], vec![percent(0)], vec![100, 0, 0], 100),
    ] {
        let priced = price_period(usd(base), &add_ons, &discounts).expect("priced");
        assert_eq!(amounts(&priced), lines, "{base} {add_ons:?} {discounts:?}");
        assert_eq!(priced.total.minor(), total, "{base} {add_ons:?} {discounts:?}");
    }
}

#[test]
fn lines_explain_themselves() {
    let priced = price_period(usd(10_000), &[fixed(550)], &[percent(25_000), fixed(10_000)]).expect("priced");
    let told: Vec<(LineKind, &str, &str)> =
        priced.lines.iter().map(|line| (line.kind, line.name.as_str(), line.rule.as_str())).collect();
    assert_eq!(
        told,
        [
            (LineKind::Base, "", "subscription amount 100.00 USD"),
            (LineKind::AddOn, "fixed", "fixed 5.50 USD"),
            (LineKind::Discount, "fixed", "fixed 100.00 USD"),
            (LineKind::Discount, "percent", "25.000 % of 100.00 USD, cut to the 5.50 USD left"),
        ]
    );
    assert_eq!((priced.total_adds, priced.total_discounts, priced.total), (usd(550), usd(10_550), usd(0)));
}

#[test]
fn yen_have_no_cents() {
    let yen = |minor| Money::new(minor, Currency::parse("JPY").expect("known")).expect("in range");
    let priced = price_period(yen(10), &[percent(4_500)], &[percent(5_000)]).expect("priced");
    assert_eq!(amounts(&priced), [10, 0, -1]);
}

#[test]
fn adjustments_count_down_and_go() {
    let add_ons = [
        adjustment("for ever", Value::Amount(usd(1)), None),
        adjustment("twice", Value::Amount(usd(10)), Some(2)),
        adjustment("gone", Value::Amount(usd(1_000)), Some(0)),
    ];
    let discounts = [adjustment("once", Value::Amount(usd(5)), Some(1))];
    let first = price_period(usd(100), &add_ons, &discounts).expect("priced");
    assert_eq!(amounts(&first), [100, 1, 10, -5]);
    let left = |adjustments: &[Adjustment]| {
        adjustments.iter().map(|left| (left.id.clone(), left.remaining)).collect::<Vec<_>>()
    };
    assert_eq!(left(&first.add_ons_after), [("id of for ever".to_owned(), None), ("id of twice".to_owned(), Some(1))]);
    assert_eq!(left(&first.discounts_after), []);
    let second = price_period(usd(100), &first.add_ons_after, &first.discounts_after).expect("priced");
    assert_eq!(amounts(&second), [100, 1, 10]);
    let third = price_period(usd(100), &second.add_ons_after, &second.discounts_after).expect("priced");
    assert_eq!(amounts(&third), [100, 1]);
}

#[test]
fn impossible_amounts_are_refused() {
    let euro = adjustment("euro", Value::Amount(Money::new(1, Currency::EUR).expect("in range")), None);
    for (base, add_ons, discounts) in [
        (-1, vec![], vec![]),
        (100, vec![fixed(-1)], vec![]),
        (100, vec![], vec![fixed(-1)]),
        (100, vec![euro.clone()], vec![]),
        (100, vec![], vec![euro]),
        (AMOUNT_MAX_MINOR, vec![fixed(1)], vec![]),
    ] {
        let refused = price_period(usd(base), &add_ons, &discounts);
        assert!(matches!(refused, Err(Error::Invalid { ref field, .. }) if field == "amount"), "{refused:?}");
    }
}

fn any_adjustments() -> impl Strategy<Value = Vec<Adjustment>> {
    let value = prop_oneof![(0i64..1_000_000).prop_map(fixed), (0u32..=100_000).prop_map(percent)];
    let one = (value, prop::option::of(0u32..4)).prop_map(|(made, remaining)| Adjustment { remaining, ..made });
    prop::collection::vec(one, 0..8)
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_the_lines_and_never_negative(
        base in 0i64..10_000_000, add_ons in any_adjustments(), discounts in any_adjustments(),
    ) {
        let priced = price_period(usd(base), &add_ons, &discounts).expect("small amounts are priced");
        prop_assert_eq!(amounts(&priced).iter().sum::<i64>(), priced.total.minor());
        prop_assert!(priced.total.minor() >= 0);
        prop_assert_eq!(base + priced.total_adds.minor() - priced.total_discounts.minor(), priced.total.minor());
        let signs = priced.lines.iter().all(|line| match line.kind {
            LineKind::Discount => line.amount.minor() <= 0,
            LineKind::Base | LineKind::AddOn => line.amount.minor() >= 0,
        });
        prop_assert!(signs);
    }

    #[test]
    fn an_adjustment_makes_as_many_lines_as_its_duration(
        mut add_ons in any_adjustments(), mut discounts in any_adjustments(),
    ) {
        let once: u32 = add_ons.iter().chain(&discounts).filter_map(|adjustment| adjustment.remaining).sum();
        let for_ever = add_ons.iter().chain(&discounts).filter(|adjustment| adjustment.remaining.is_none()).count();
        let mut lines = 0;
        for _ in 0..5 {
            let priced = price_period(usd(100), &add_ons, &discounts).expect("small amounts are priced");
            lines += priced.lines.len() - 1;
            (add_ons, discounts) = (priced.add_ons_after, priced.discounts_after);
        }
        prop_assert_eq!(lines, usize::try_from(once).expect("small") + 5 * for_ever);
    }
}
