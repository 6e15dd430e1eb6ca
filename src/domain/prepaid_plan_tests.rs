//! What plans cost and give, as tables.

use super::*;

fn named(text: &str) -> Denomination {
    Denomination::parse(text).expect("a denomination")
}

fn variable(amounts: &[(&str, i64)]) -> VariableAmounts {
    amounts.iter().map(|(name, amount)| (named(name), *amount)).collect()
}

fn plan(monthly_price: Option<i64>, yearly_price: Option<i64>) -> PrepaidPlan {
    let balance = |name: &str, amount, variable_unit_price| PlanBalance {
        denomination: named(name),
        amount,
        rollover: false,
        variable_unit_price,
        alert_percentage: Some(20),
        overage_unit_price: None,
    };
    PrepaidPlan {
        id: PrepaidPlanId::from_stored("p1".to_owned()),
        name: "Pro".to_owned(),
        currency: Currency::USD,
        monthly_price,
        yearly_price,
        refill_cadence: Cadence::Monthly,
        balances: vec![balance("credits", 1000, Some(3)), balance("seats", 5, None)],
        flags_json: "{}".to_owned(),
        created_at: Timestamp::default(),
    }
}

#[test]
fn price_and_grant_follow_from_the_variable_amounts() {
    let pro = plan(Some(2000), Some(20_000));
    for (cadence, amounts, price, grant) in [
        (Cadence::Monthly, &[][..], Some(2000), 1000),
        (Cadence::Yearly, &[], Some(20_000), 1000),
        (Cadence::Monthly, &[("credits", 0)], Some(2000), 1000),
        (Cadence::Monthly, &[("credits", 1)], Some(2003), 1001),
        (Cadence::Yearly, &[("credits", 500)], Some(21_500), 1500),
        (Cadence::Monthly, &[("credits", AMOUNT_MAX_MINOR)], None, AMOUNT_MAX_MINOR + 1000),
    ] {
        let amounts = variable(amounts);
        assert_eq!(pro.price(cadence, &amounts).ok(), price, "{cadence:?} {amounts:?}");
        assert_eq!(pro.grant(&named("credits"), &amounts).ok(), Some(grant), "{amounts:?}");
        assert_eq!(pro.grant(&named("seats"), &amounts).ok(), Some(5));
        assert_eq!(pro.grant(&named("others"), &amounts).ok(), Some(0));
    }
    assert!(pro.grant(&named("credits"), &variable(&[("credits", i64::MAX)])).is_err());
    assert!(plan(Some(1), None).price(Cadence::Yearly, &VariableAmounts::new()).is_err());
}

#[test]
fn a_cadence_is_asked_for_kept_or_the_first_that_is_offered() {
    let (both, monthly, yearly) = (plan(Some(1), Some(1)), plan(Some(1), None), plan(None, Some(1)));
    use Cadence::{Monthly, Yearly};
    for (plan, asked, present, expected) in [
        (&both, None, None, Some(Monthly)),
        (&both, Some(Yearly), None, Some(Yearly)),
        (&both, None, Some(Yearly), Some(Yearly)),
        (&both, Some(Monthly), Some(Yearly), Some(Monthly)),
        (&monthly, None, Some(Yearly), Some(Monthly)),
        (&monthly, Some(Yearly), None, None),
        (&yearly, None, None, Some(Yearly)),
        (&yearly, Some(Monthly), Some(Yearly), None),
    ] {
        assert_eq!(plan.cadence(asked, present).ok(), expected, "{asked:?} {present:?}");
    }
}

#[test]
fn variable_amounts_need_a_balance_that_has_them() {
    let pro = plan(Some(1), None);
    for (amounts, accepted) in [
        (&[("credits", 0)][..], true),
        (&[("credits", i64::MAX)], true),
        (&[("credits", -1)], false),
        (&[("seats", 1)], false),
        (&[("others", 0)], false),
    ] {
        assert_eq!(pro.check_variable(&variable(amounts)).is_ok(), accepted, "{amounts:?}");
    }
    let kept = pro.variable_kept(&variable(&[("credits", 7), ("seats", 1), ("others", 2)]));
    assert_eq!(kept, variable(&[("credits", 7)]));
}

#[test]
fn an_alert_is_the_floor_of_its_part() {
    for (percentage, grant, expected) in [
        (Some(20), 1000, Some(200)),
        (Some(33), 10, Some(3)),
        (Some(1), 99, Some(0)),
        (Some(100), i64::MAX, Some(i64::MAX)),
        (None, 1000, None),
    ] {
        let balance = PlanBalance { alert_percentage: percentage, ..plan(None, None).balances[0].clone() };
        assert_eq!(balance.alert_at(grant), expected, "{percentage:?} of {grant}");
    }
}

#[test]
fn a_plan_holds_together() {
    let pro = || plan(Some(0), Some(AMOUNT_MAX_MINOR));
    let with = |change: fn(&mut PlanBalance)| {
        let mut plan = pro();
        change(&mut plan.balances[0]);
        plan
    };
    for (plan, field) in [
        (pro(), None),
        (PrepaidPlan { name: "x".repeat(200), ..pro() }, None),
        (PrepaidPlan { name: "x".repeat(201), ..pro() }, Some("name")),
        (PrepaidPlan { name: " ".to_owned(), ..pro() }, Some("name")),
        (plan(None, None), Some("renewals")),
        (plan(Some(-1), None), Some("renewals.MONTHLY.amount")),
        (plan(None, Some(AMOUNT_MAX_MINOR + 1)), Some("renewals.YEARLY.amount")),
        (PrepaidPlan { refill_cadence: Cadence::Yearly, ..pro() }, Some("refill_cadence")),
        (PrepaidPlan { refill_cadence: Cadence::Yearly, ..plan(None, Some(1)) }, None),
        (with(|balance| balance.amount = -1), Some("balances.credits.amount")),
        (with(|balance| balance.alert_percentage = Some(0)), Some("balances.credits.threshold_alert_percentage")),
        (with(|balance| balance.alert_percentage = Some(101)), Some("balances.credits.threshold_alert_percentage")),
        (with(|balance| balance.variable_unit_price = Some(-1)), Some("balances.credits.variable_amount_cost")),
        (with(|balance| balance.overage_unit_price = Some(-1)), Some("balances.credits.overage_charge_amount")),
    ] {
        let found = match plan.checked() {
            Ok(_) => None,
            Err(Error::Invalid { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(found.as_deref(), field);
    }
}

#[test]
fn cadences_read_back() {
    for cadence in Cadence::ALL {
        assert_eq!(Cadence::parse(cadence.as_str()), Some(cadence));
    }
    assert_eq!(Cadence::parse("monthly"), None);
}
