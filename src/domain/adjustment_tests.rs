//! Add-ons and discounts at both sides of each bound.

use super::*;

fn terms(amount_minor: Option<i64>, percentage: Option<i64>, duration: Option<i64>) -> AdjustmentTerms {
    AdjustmentTerms { amount_minor, percentage, duration, ..AdjustmentTerms::default() }
}

fn made(terms: &AdjustmentTerms) -> Result<Adjustment> {
    terms.create(AdjustmentId::from_stored("a1".to_owned()), AdjustmentKind::AddOn, Timestamp::from_micros(1))
}

/// The field that was refused; "" where nothing was.
fn refused<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => String::new(),
        Err(Error::Invalid { field, .. }) => field,
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn either_amount_or_percentage_within_their_bounds() {
    for (amount_minor, percentage, duration, field) in [
        (Some(0), None, None, ""),
        (Some(AMOUNT_MAX_MINOR), None, None, ""),
        (Some(AMOUNT_MAX_MINOR + 1), None, None, "amount"),
        (Some(-1), None, None, "amount"),
        (None, Some(0), None, ""),
        (None, Some(1), None, "percentage"),
        (None, Some(99), None, "percentage"),
        (None, Some(100), None, ""),
        (None, Some(100_000), None, ""),
        (None, Some(100_001), None, "percentage"),
        (None, Some(-1), None, "percentage"),
        (None, Some(i64::MAX), None, "percentage"),
        (None, None, None, "amount"),
        (Some(1), Some(1000), None, "percentage"),
        (Some(1), None, Some(0), ""),
        (Some(1), None, Some(DURATION_MAX), ""),
        (Some(1), None, Some(DURATION_MAX + 1), "duration"),
        (Some(1), None, Some(-1), "duration"),
    ] {
        let result = made(&terms(amount_minor, percentage, duration));
        assert_eq!(refused(result), field, "{amount_minor:?} {percentage:?} {duration:?}");
    }
}

#[test]
fn texts_are_bounded() {
    let named = |name: String, description: String| AdjustmentTerms {
        name: Some(name),
        description: Some(description),
        ..terms(Some(1), None, None)
    };
    assert_eq!(refused(made(&named("n".repeat(255), "d".repeat(255)))), "");
    assert_eq!(refused(made(&named("n".repeat(256), String::new()))), "name");
    assert_eq!(refused(made(&named(String::new(), "d".repeat(256)))), "description");
}

#[test]
fn a_change_keeps_what_it_does_not_say() {
    let first = made(&AdjustmentTerms { name: Some("Support".to_owned()), ..terms(Some(500), None, Some(3)) })
        .expect("valid terms");
    let later = Timestamp::from_micros(9);
    let renamed = AdjustmentTerms { name: Some("Help".to_owned()), ..AdjustmentTerms::default() }.change(&first, later);
    let renamed = renamed.expect("valid change");
    assert_eq!((renamed.name.as_str(), renamed.worth, renamed.duration), ("Help", Worth::AmountMinor(500), 3));
    assert_eq!((renamed.created_at, renamed.updated_at), (first.created_at, later));
    let shared = terms(None, Some(25_000), None).change(&first, later).expect("valid change");
    assert_eq!(shared.worth.percentage(), Some(25_000), "a percentage takes the place of the amount");
    assert_eq!(refused(terms(Some(1), Some(100), None).change(&first, later)), "percentage");
}

#[test]
fn a_use_overrides_and_keeps_the_source() {
    let source = made(&AdjustmentTerms { name: Some("Support".to_owned()), ..terms(None, Some(10_000), None) })
        .expect("valid terms");
    let overrides = terms(Some(70), None, Some(2));
    let applied = AdjustmentUse { id: "a1".to_owned(), overrides }.apply(&source).expect("valid use");
    assert_eq!(applied.worth, Worth::AmountMinor(70));
    assert_eq!((applied.name.as_str(), applied.duration, applied.adjustment_id.as_str()), ("Support", 2, "a1"));
}

#[test]
fn totals_are_sums_of_rounded_parts() {
    let base = Money::new(999, Currency::USD).expect("in range");
    let applied = |worth| Applied {
        kind: AdjustmentKind::AddOn,
        adjustment_id: AdjustmentId::from_stored("a1".to_owned()),
        name: String::new(),
        description: String::new(),
        worth,
        duration: 0,
    };
    let rate = Rate::from_thousandths(12_500).expect("in range");
    let mut all = vec![applied(Worth::AmountMinor(100)), applied(Worth::Percentage(rate))];
    let total = |all: &[Applied], kind| total_of(base, kind, all).expect("in range").minor();
    assert_eq!(total(&all, AdjustmentKind::AddOn), 225, "100 and 124.875 rounded");
    assert_eq!(total(&all, AdjustmentKind::Discount), 0);
    all[0].kind = AdjustmentKind::Discount;
    assert_eq!(total(&all, AdjustmentKind::Discount), 100);
}
