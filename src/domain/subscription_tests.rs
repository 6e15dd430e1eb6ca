//! Subscriptions: states, dates and counts.

use super::*;
use crate::domain::adjustment::Worth;
use crate::domain::currency::Currency;
use crate::domain::id::AdjustmentId;
use crate::domain::time::parse_date;

fn date(text: &str) -> Date {
    parse_date(text).expect("a date")
}

/// Monthly on the 15th, made on 2026-01-01, next bill 2026-01-15.
fn subscription() -> Subscription {
    Subscription {
        id: SubscriptionId::from_stored("s1".to_owned()),
        plan_id: None,
        customer_id: CustomerId::from_stored("c1".to_owned()),
        payment_method_id: None,
        billing_address_id: None,
        shipping_address_id: None,
        processor_id: String::new(),
        description: String::new(),
        amount: Money::new(1000, Currency::USD).expect("in range"),
        rule: BillingRule::from_gateway("monthly", "15", 1).expect("a rule"),
        charge_on_day: false,
        duration: 0,
        expires_on: None,
        extras: Default::default(),
        catch_up: CatchUp::Each,
        status: SubscriptionStatus::Active,
        parked_reason: None,
        made_on: date("2026-01-01"),
        next_bill_date: Some(date("2026-01-15")),
        due_at: None,
        periods_billed: 0,
        adjustments: Vec::new(),
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
    }
}

fn carried(kind: AdjustmentKind, minor: i64, duration: u32) -> Carried {
    Carried::new(Applied {
        kind,
        adjustment_id: AdjustmentId::from_stored("a1".to_owned()),
        name: String::new(),
        description: String::new(),
        worth: Worth::AmountMinor(minor),
        duration,
    })
}

#[test]
fn states_have_their_names() {
    for status in SubscriptionStatus::ALL {
        assert_eq!(SubscriptionStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(SubscriptionStatus::parse("Active"), None);
}

#[test]
fn a_bill_counts_everything_down() {
    let mut one = subscription();
    one.duration = 3;
    one.adjustments = vec![
        carried(AdjustmentKind::AddOn, 200, 2),
        carried(AdjustmentKind::AddOn, 30, 0),
        carried(AdjustmentKind::Discount, 500, 1),
    ];
    let mut totals = Vec::new();
    while let Some(next) = one.next_bill_date {
        totals.push((next.to_string(), one.price().expect("in range").total.minor()));
        one.count_bill(next);
    }
    let expected = [("2026-01-15", 730), ("2026-02-15", 1230), ("2026-03-15", 1030)];
    assert_eq!(totals, expected.map(|(date, minor)| (date.to_owned(), minor)));
    assert_eq!((one.periods_billed, one.periods_left()), (3, Some(0)));
    assert_eq!(one.total(AdjustmentKind::AddOn).expect("in range").minor(), 30, "the used up one no longer counts");
    assert_eq!(one.adjustments.len(), 3, "but is kept");
}

#[test]
fn the_expiry_date_itself_is_billed() {
    for (expires_on, next) in
        [("2026-02-14", None), ("2026-02-15", Some("2026-02-15")), ("2026-02-16", Some("2026-02-15"))]
    {
        let mut one = subscription();
        one.expires_on = Some(date(expires_on));
        one.count_bill(date("2026-01-15"));
        assert_eq!(one.next_bill_date, next.map(date), "{expires_on}");
    }
}

#[test]
fn only_billed_states_are_due() {
    let zone = crate::domain::time::zone_named("America/New_York").expect("a zone");
    for status in SubscriptionStatus::ALL {
        let mut one = Subscription { status, ..subscription() };
        one.reset_due(&zone);
        let due = one.due_at.map(|at| at.to_string());
        assert_eq!(due.as_deref(), status.is_billed().then_some("2026-01-15T05:00:00Z"), "{status:?}");
        one.parked_reason = Some("why".to_owned());
        one.reset_due(&zone);
        assert_eq!(one.due_at, None, "parked {status:?}");
    }
}

#[test]
fn every_step_between_states() {
    use SubscriptionStatus as S;
    let asked = [S::Paused, S::PastDue, S::Cancelled, S::Active, S::Completed];
    for from in S::ALL {
        for to in asked {
            let mut one = Subscription { status: from, ..subscription() };
            let refused = from.is_over() && matches!(to, S::Paused | S::PastDue);
            let result = one.become_status(to, None, date("2026-01-10"));
            assert_eq!(result.is_err(), refused, "{from:?} to {to:?}");
            if !refused {
                assert_eq!(one.status, to);
            }
        }
    }
}

#[test]
fn what_is_billed_again_starts_from_today() {
    use SubscriptionStatus as S;
    // (from, to, old next date, named date, today, next date)
    for (from, to, old, named, today, expected) in [
        (S::Paused, S::Active, "2026-01-15", None, "2026-01-14", "2026-01-15"),
        (S::Paused, S::Active, "2026-01-15", None, "2026-01-15", "2026-01-15"),
        (S::Paused, S::Active, "2026-01-15", None, "2026-01-16", "2026-02-15"),
        (S::Paused, S::Active, "2026-01-15", None, "2026-08-15", "2026-08-15"),
        (S::Paused, S::PastDue, "2026-01-15", None, "2026-08-20", "2026-09-15"),
        (S::Cancelled, S::Active, "2026-01-15", None, "2026-03-20", "2026-04-15"),
        (S::Failed, S::Active, "2026-01-15", Some("2026-03-25"), "2026-03-20", "2026-03-25"),
        (S::Active, S::Active, "2026-01-15", Some("2026-01-20"), "2026-01-10", "2026-01-20"),
        (S::Active, S::PastDue, "2026-01-15", None, "2026-01-20", "2026-01-15"), // was due all the time
        (S::Failing, S::Active, "2026-01-15", None, "2026-01-20", "2026-01-15"),
    ] {
        let mut one = Subscription { status: from, next_bill_date: Some(date(old)), ..subscription() };
        one.become_status(to, named.map(date), date(today)).expect("allowed");
        assert_eq!(one.next_bill_date, Some(date(expected)), "{from:?} to {to:?} on {today}");
    }
}

#[test]
fn a_named_date_in_the_past_is_billed_once() {
    let mut one = subscription();
    one.become_status(SubscriptionStatus::Active, Some(date("2025-03-15")), date("2026-01-10")).expect("allowed");
    assert_eq!(one.next_bill_date, Some(date("2025-03-15")));
    one.count_bill(date("2025-03-15"));
    assert_eq!(one.next_bill_date, Some(date("2026-01-15")), "the months between are not missed");
}

#[test]
fn nothing_left_to_bill_cannot_be_active_again() {
    let mut one = Subscription { duration: 1, status: SubscriptionStatus::Completed, ..subscription() };
    one.count_bill(date("2026-01-15"));
    let result = one.clone().become_status(SubscriptionStatus::Active, None, date("2026-01-20"));
    assert!(matches!(result, Err(Error::Conflict(_))), "{result:?}");
    one.duration = 2;
    one.become_status(SubscriptionStatus::Active, None, date("2026-01-20")).expect("one is left");
    assert_eq!(one.next_bill_date, Some(date("2026-02-15")));
}

#[test]
fn waived_periods_are_passed_over() {
    let mut one = subscription();
    one.move_past_today(date("2026-04-15"));
    assert_eq!((one.next_bill_date, one.periods_billed), (Some(date("2026-05-15")), 0));
}
