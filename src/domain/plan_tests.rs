//! Plans: what must be said, what is filled in, what stays.

use super::*;
use crate::domain::time::parse_date;

fn making() -> Making {
    Making {
        currency: Currency::USD,
        today: parse_date("2026-01-30").expect("a date"),
        now: Timestamp::from_micros(5),
        adjustments: None,
    }
}

fn schedule(frequency: &str, days: &str, interval: i64) -> ScheduleTerms {
    ScheduleTerms {
        frequency: (!frequency.is_empty()).then(|| frequency.to_owned()),
        billing_days: (!days.is_empty()).then(|| days.to_owned()),
        interval: (interval != 0).then_some(interval),
        charge_on_day: None,
    }
}

fn terms(schedule: ScheduleTerms) -> PlanTerms {
    PlanTerms { name: Some("Gold".to_owned()), amount_minor: Some(1000), schedule, ..PlanTerms::default() }
}

fn made(terms: &PlanTerms) -> Result<Plan> {
    terms.create(PlanId::from_stored("p1".to_owned()), &making())
}

fn refused<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => String::new(),
        Err(Error::Invalid { field, .. }) => field,
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn what_must_be_said() {
    let good = terms(schedule("", "1", 1));
    for (terms, field) in [
        (good.clone(), ""),
        (PlanTerms { name: None, ..good.clone() }, "name"),
        (PlanTerms { name: Some("  ".to_owned()), ..good.clone() }, "name"),
        (PlanTerms { amount_minor: None, ..good.clone() }, "amount"),
        (PlanTerms { amount_minor: Some(-1), ..good.clone() }, "amount"),
        (PlanTerms { amount_minor: Some(0), ..good.clone() }, ""),
        (PlanTerms { currency: Some("EUR".to_owned()), ..good.clone() }, ""),
        (PlanTerms { currency: Some("ZZZ".to_owned()), ..good }, "currency"),
        (terms(schedule("", "1", 0)), "billing_cycle_interval"),
        (terms(schedule("", "1", 37)), "billing_cycle_interval"),
        (terms(schedule("", "1", 36)), ""),
        (terms(schedule("", "", 1)), "billing_days"),
        (terms(schedule("weekly", "", 1)), "billing_frequency"),
        (terms(schedule("monthly", "29", 1)), "billing_days"),
        (terms(schedule("monthly", "28", 1)), ""),
        (terms(schedule("twice_monthly", "15,1", 1)), "billing_days"),
        (terms(schedule("daily", "7", 2)), ""),
    ] {
        assert_eq!(refused(made(&terms)), field, "{terms:?}");
    }
}

#[test]
fn charge_on_day_takes_the_current_day() {
    let on_day = |schedule| ScheduleTerms { charge_on_day: Some(true), ..schedule };
    let plan = made(&terms(on_day(schedule("", "", 1)))).expect("needs no days");
    assert_eq!((plan.rule.gateway_billing_days().as_str(), plan.charge_on_day), ("30", true));
    let renamed = PlanTerms { name: Some("Silver".to_owned()), ..PlanTerms::default() };
    let later = Making { today: parse_date("2026-02-10").expect("a date"), ..making() };
    let kept = renamed.change(&plan, &later).expect("nothing wrong");
    assert_eq!(kept.rule, plan.rule, "a change that says nothing of the schedule keeps its day");
    let twice = terms(on_day(schedule("twice_monthly", "", 1)));
    assert_eq!(made(&twice).expect("needs no days").rule.gateway_billing_days(), "15,30");
    assert_eq!(refused(made(&terms(on_day(schedule("daily", "", 1))))), "billing_days");
}

#[test]
fn a_change_keeps_what_it_does_not_say() {
    let plan = made(&terms(schedule("twice_monthly", "1,15", 2))).expect("valid");
    let change = |schedule| PlanTerms { schedule, ..PlanTerms::default() }.change(&plan, &making());
    let days = |plan: Plan| (plan.rule.gateway_frequency(), plan.rule.gateway_billing_days(), plan.rule.interval());
    assert_eq!(days(change(schedule("", "", 3)).expect("valid")), ("twice_monthly", "1,15".to_owned(), 3));
    assert_eq!(days(change(schedule("monthly", "0", 0)).expect("valid")), ("monthly", "0".to_owned(), 2));
    assert_eq!(refused(change(schedule("monthly", "", 0))), "billing_days", "two days are no month's day");
    let euro = PlanTerms { currency: Some("EUR".to_owned()), ..PlanTerms::default() };
    assert_eq!(refused(euro.change(&plan, &making())), "currency");
    let blank = PlanTerms { name: Some(String::new()), ..PlanTerms::default() };
    assert_eq!(refused(blank.change(&plan, &making())), "name");
}
