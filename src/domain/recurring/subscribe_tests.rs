//! Subscriptions made and changed: what a plan fills in, what must be said, what stays.

use super::*;
use crate::domain::adjustment::{AdjustmentKind, Worth};
use crate::domain::id::{AdjustmentId, PlanId};
use crate::domain::recurring::schedule::BillingRule;

fn date(text: &str) -> Date {
    parse_date(text).expect("a date")
}

fn plan() -> Plan {
    Plan {
        id: PlanId::from_stored("p1".to_owned()),
        name: "Gold".to_owned(),
        description: "of the plan".to_owned(),
        amount: Money::new(1000, Currency::EUR).expect("in range"),
        rule: BillingRule::from_gateway("monthly", "15", 2).expect("a rule"),
        charge_on_day: false,
        duration: 12,
        catch_up: CatchUp::Hold,
        adjustments: vec![applied(AdjustmentKind::AddOn, 3)],
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
    }
}

fn applied(kind: AdjustmentKind, duration: u32) -> Applied {
    Applied {
        kind,
        adjustment_id: AdjustmentId::from_stored("a1".to_owned()),
        name: String::new(),
        description: String::new(),
        worth: Worth::AmountMinor(5),
        duration,
    }
}

fn with<'a>(plan: Option<&'a Plan>, today: &str, adjustments: Option<Vec<Applied>>) -> Subscribing<'a> {
    let customer = BilledCustomer {
        id: CustomerId::from_stored("c1".to_owned()),
        payment_method_id: None,
        billing_address_id: None,
        shipping_address_id: None,
    };
    let now = Timestamp::from_micros(7);
    Subscribing { plan, customer, currency: Currency::USD, today: date(today), now, adjustments }
}

fn made(terms: &SubscriptionTerms, plan: Option<&Plan>) -> Result<Subscription> {
    terms.create(SubscriptionId::from_stored("s1".to_owned()), with(plan, "2026-01-20", None))
}

fn alone() -> SubscriptionTerms {
    let schedule = ScheduleTerms { billing_days: Some("15".to_owned()), interval: Some(1), ..ScheduleTerms::default() };
    SubscriptionTerms { amount_minor: Some(700), schedule, ..SubscriptionTerms::default() }
}

fn refused<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => String::new(),
        Err(Error::Invalid { field, .. }) => field,
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn a_plan_fills_in_what_is_not_said() {
    let one = made(&SubscriptionTerms::default(), Some(&plan())).expect("the plan has it all");
    assert_eq!((one.amount.minor(), one.amount.currency(), one.duration), (1000, Currency::EUR, 12));
    assert_eq!((one.rule, one.catch_up), (plan().rule, CatchUp::Hold));
    assert_eq!(one.adjustments, [Carried { applied: applied(AdjustmentKind::AddOn, 3), remaining: Some(3) }]);
    assert_eq!(one.next_bill_date, Some(date("2026-02-15")));
    assert_eq!(one.description, "", "the plan's description is the plan's");

    let said = SubscriptionTerms {
        amount_minor: Some(1),
        duration: Some(0),
        schedule: ScheduleTerms { billing_days: Some("0".to_owned()), ..ScheduleTerms::default() },
        ..SubscriptionTerms::default()
    };
    let one = made(&said, Some(&plan())).expect("valid");
    assert_eq!((one.amount.minor(), one.duration, one.rule.interval()), (1, 0, 2));
    assert_eq!(one.next_bill_date, Some(date("2026-01-31")));
    let none = SubscriptionTerms::default()
        .create(SubscriptionId::from_stored("s2".to_owned()), with(Some(&plan()), "2026-01-20", Some(Vec::new())));
    assert_eq!(none.expect("valid").adjustments, [], "an empty list is none, not the plan's");
}

#[test]
fn charge_on_day_bills_the_day_it_is_made() {
    let on_day = Plan { charge_on_day: true, ..plan() };
    let one = made(&SubscriptionTerms::default(), Some(&on_day)).expect("valid");
    assert_eq!((one.rule.gateway_billing_days().as_str(), one.charge_on_day), ("20", true));
    assert_eq!(one.next_bill_date, Some(date("2026-01-20")));
    let mut said = SubscriptionTerms::default();
    said.schedule.billing_days = Some("5".to_owned());
    let one = made(&said, Some(&on_day)).expect("valid");
    assert_eq!(one.rule.gateway_billing_days(), "5", "a day that is said wins");
}

#[test]
fn what_must_be_said_without_a_plan() {
    let change = |f: fn(&mut SubscriptionTerms)| {
        let mut terms = alone();
        f(&mut terms);
        refused(made(&terms, None))
    };
    assert_eq!(change(|_| ()), "");
    assert_eq!(change(|t| t.amount_minor = None), "amount");
    assert_eq!(change(|t| t.schedule.interval = None), "billing_cycle_interval");
    assert_eq!(change(|t| t.schedule.billing_days = None), "billing_days");
    assert_eq!(change(|t| t.next_bill_date = Some("2026-02-30".to_owned())), "next_bill_date");
    assert_eq!(change(|t| t.next_bill_date = Some("1970-01-01".to_owned())), "", "the past is due at once");
    assert_eq!(change(|t| t.next_bill_date = Some("2200-01-01".to_owned())), "next_bill_date");
    assert_eq!(change(|t| t.expires_on = Some("2026-02-14".to_owned())), "expiration");
    assert_eq!(change(|t| t.expires_on = Some("2026-02-15".to_owned())), "");
    assert_eq!(change(|t| t.currency = Some("JPY".to_owned())), "");
    let euro = SubscriptionTerms { currency: Some("USD".to_owned()), ..SubscriptionTerms::default() };
    assert_eq!(refused(made(&euro, Some(&plan()))), "currency", "the plan is in euros");
}

#[test]
fn a_change_of_schedule_moves_the_next_date_only_where_it_must() {
    // Made on 2026-01-20, next bill 2026-02-15; changed on 2026-02-03.
    let one = made(&alone(), None).expect("valid");
    for (days, interval, next_bill_date, expected) in [
        (None, None, None, "2026-02-15"),
        (None, Some(3), None, "2026-02-15"),
        (Some("1"), None, None, "2026-03-01"),
        (Some("28"), None, None, "2026-02-28"),
        (Some("1"), None, Some("2026-02-20"), "2026-02-20"),
    ] {
        let schedule = ScheduleTerms { billing_days: days.map(str::to_owned), interval, ..ScheduleTerms::default() };
        let next_bill_date = next_bill_date.map(str::to_owned);
        let terms = SubscriptionTerms { schedule, next_bill_date, ..SubscriptionTerms::default() };
        let changed = terms.change(&one, with(None, "2026-02-03", None)).expect("valid");
        assert_eq!(changed.next_bill_date, Some(date(expected)), "{days:?} {interval:?}");
    }
}

#[test]
fn adjustments_said_again_keep_their_count() {
    let mut one = made(&SubscriptionTerms::default(), Some(&plan())).expect("valid");
    one.count_bill(date("2026-02-15"));
    let change = |lists| {
        SubscriptionTerms::default().change(&one, with(None, "2026-02-16", Some(lists))).expect("valid").adjustments
    };
    let remaining = |lists: Vec<Carried>| lists.iter().map(|carried| carried.remaining).collect::<Vec<_>>();
    assert_eq!(remaining(change(vec![applied(AdjustmentKind::AddOn, 3)])), [Some(2)]);
    assert_eq!(remaining(change(vec![applied(AdjustmentKind::AddOn, 4)])), [Some(4)], "another duration starts afresh");
    assert_eq!(remaining(change(vec![applied(AdjustmentKind::Discount, 0)])), [None]);
}

#[test]
fn a_longer_duration_brings_it_back() {
    let mut one = made(&SubscriptionTerms { duration: Some(1), ..alone() }, None).expect("valid");
    one.count_bill(date("2026-02-15"));
    assert_eq!(one.next_bill_date, None);
    let more = SubscriptionTerms { duration: Some(2), ..SubscriptionTerms::default() };
    let changed = more.change(&one, with(None, "2026-02-20", None)).expect("valid");
    assert_eq!(changed.next_bill_date, Some(date("2026-03-15")));
}
