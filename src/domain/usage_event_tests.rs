//! Gate, range, prices and the last instant of a pending event.

use super::*;

fn cost(denomination: &str, amount: i64) -> Cost {
    Cost { denomination: Denomination::parse(denomination).expect("a denomination"), amount }
}

fn purse(amount: i64, pending: i64) -> Purse {
    Purse { amount: amount.into(), pending_debits: pending.into(), ..Purse::default() }
}

#[test]
fn a_gate_looks_at_what_is_available() {
    let paused = Purse { is_paused: true, ..purse(10, 0) };
    let trusted = Purse { credit_limit: 5, ..purse(0, 0) };
    for (purse, amount, gated, expected) in [
        (purse(5, 0), 5, true, None),
        (purse(5, 0), 6, true, Some(GateReason::Insufficient)),
        (purse(5, 0), 6, false, None),
        (purse(9, 5), 5, true, Some(GateReason::Insufficient)),
        (purse(9, 5), 4, true, None),
        (purse(-3, 0), -1, true, None),
        (purse(-3, 0), 0, true, None),
        (paused, 1, false, Some(GateReason::Paused)),
        (paused, 0, true, None),
        (paused, -1, true, None),
        (trusted, 5, true, None),
        (trusted, 6, true, Some(GateReason::Insufficient)),
    ] {
        let found = refusal_of(&[cost("sms", amount)], &[purse], gated);
        assert_eq!(found.map(|refusal| refusal.reason), expected, "{amount} of {purse:?}, gated {gated}");
    }
    let two = refusal_of(&[cost("a", 1), cost("b", 9)], &[purse(1, 0), purse(8, 2)], true).expect("b is short");
    assert_eq!((two.denomination.as_str(), two.needed, two.available), ("b", 9, 6));
}

#[test]
fn sums_stay_amounts() {
    for (purse, amount, is_pending, fits) in [
        (purse(i64::MAX, 0), -1, false, false),
        (purse(i64::MAX - 1, 0), -1, false, true),
        (purse(i64::MIN, 0), 1, false, false),
        (purse(i64::MIN + 1, 0), 1, false, true),
        (purse(-1, 0), i64::MIN, false, true),
        (purse(0, 0), i64::MIN, false, false),
        (purse(0, i64::MAX), 1, true, false),
        (purse(i64::MIN, 0), 1, true, false),
        (purse(0, 0), i64::MIN, true, false),
        (purse(0, 0), -i64::MAX, true, true),
    ] {
        assert_eq!(purse.after(amount, is_pending).in_range().is_ok(), fits, "{amount} of {purse:?}");
    }
}

#[test]
fn a_price_is_paid_per_unit() {
    for (price, quantity, expected) in [
        (3, 4, Some(12)),
        (0, i64::MAX, Some(0)),
        (-2, 5, Some(-10)),
        (1, i64::MAX, Some(i64::MAX)),
        (2, i64::MAX, None),
        (i64::MIN, 1, Some(i64::MIN)),
        (i64::MIN, 2, None),
    ] {
        let found = priced(vec![cost("sms", price)], quantity).ok().and_then(|costs| Some(costs.first()?.amount));
        assert_eq!(found, expected, "{price} x {quantity}");
    }
}

#[test]
fn types_have_no_spaces() {
    for (text, accepted) in [
        ("CHAT", true),
        ("a.b:c_d-e", true),
        (&"x".repeat(64), true),
        (&"x".repeat(65), false),
        ("", false),
        ("a b", false),
        ("é", false),
        ("a/b", false),
    ] {
        assert_eq!(EventType::parse(text).is_some(), accepted, "{text}");
    }
}

#[test]
fn a_pending_event_ends_with_its_hour() {
    let made = Timestamp::from_micros(1_000);
    let event = UsageEvent {
        key: 1,
        id: UsageEventId::from_stored("e".to_owned()),
        customer_id: CustomerId::from_stored("c".to_owned()),
        kind: EventType::parse("CHAT").expect("a type"),
        quantity: 1,
        costs: Vec::new(),
        gate_on_balance: false,
        metadata_json: "{}".to_owned(),
        state: EventState::Pending,
        cancel_reason: None,
        refusal: None,
        created_at: made,
        finished_at: None,
        updated_at: None,
    };
    let end = made.plus(PENDING_US);
    assert_eq!(event.clone().as_of(end.plus(-1)), event);
    let ended = event.clone().as_of(end);
    assert_eq!((ended.state, ended.cancel_reason), (EventState::Cancelled, Some(CancelReason::Expired)));
    assert_eq!((ended.finished_at, ended.expires_at()), (Some(end), None));
    assert_eq!(event.clone().as_of(end.plus(HOUR)).finished_at, Some(end), "however late it is looked at");
    let complete = UsageEvent { state: EventState::Complete, finished_at: Some(made), ..event };
    assert_eq!(complete.clone().as_of(end), complete);
}
