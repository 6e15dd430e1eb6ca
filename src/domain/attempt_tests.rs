//! The table of findings: what each means in each state, before and after the settle time.

use super::*;
use crate::domain::currency::Currency;

const SENT: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn attempt(state: AttemptState, was_unknown: bool) -> Attempt {
    Attempt {
        change: Change::default(),
        id: AttemptId::from_stored("a1".to_owned()),
        transaction_id: TransactionId::from_stored("t1".to_owned()),
        charge_key: "txn/t1".to_owned(),
        number: 1,
        operation: AttemptOperation::Sale,
        amount: Money::new(100, Currency::USD).expect("in range"),
        processor_id: ProcessorId::from_stored("p1".to_owned()),
        reference: "r".to_owned(),
        state,
        handle: String::new(),
        boot_id: "b".to_owned(),
        was_unknown,
        provisional: false,
        response_code: 0,
        hard: false,
        sent_at: Some(SENT),
        polls: 0,
        poll_at: None,
        created_at: SENT,
    }
}

#[test]
fn every_finding_has_its_meaning() {
    use AttemptState as S;
    use Finding as F;
    let declined = F::Declined { hard: false };
    // (state, was unknown, finding, age, next state)
    for (state, was_unknown, finding, age, expected) in [
        (S::Sending, false, F::Approved, 0, S::Succeeded),
        (S::Sending, false, declined, 0, S::Declined),
        (S::Sending, false, F::Unclear, 0, S::Unknown),
        (S::Sending, false, F::ActionRequired, 0, S::Action),
        (S::Action, false, F::ActionRequired, HOUR, S::Action),
        (S::Action, false, F::ActionRequired, ACTION_MAX_US, S::Cancelled),
        (S::Action, false, F::Approved, HOUR, S::Succeeded),
        (S::Unknown, true, F::Approved, HOUR, S::Succeeded),
        (S::Unknown, true, declined, HOUR, S::Unknown), // provisional: a late success may still land
        (S::Unknown, true, declined, DAY, S::Declined),
        (S::Unknown, true, F::Absent, DAY - 1, S::Unknown),
        (S::Unknown, true, F::Absent, DAY, S::Absent),
        (S::Unknown, true, F::InFlight, 6 * DAY, S::Unknown),
        (S::Unknown, true, F::InFlight, 7 * DAY, S::Review),
        (S::Unknown, true, F::Unclear, 7 * DAY, S::Review),
        (S::Succeeded, false, F::Absent, 9 * DAY, S::Succeeded),
        (S::Declined, false, F::Approved, 9 * DAY, S::Declined),
    ] {
        let verdict = judge(&attempt(state, was_unknown), finding, SENT.plus(age), SETTLE_MIN_US);
        assert_eq!(verdict.state, expected, "{state:?} {finding:?} after {age}");
        let open = matches!(verdict.state, S::Unknown | S::Action);
        assert_eq!(verdict.poll_at.is_some(), open, "an open attempt is asked about again: {state:?} {finding:?}");
    }
}

#[test]
fn a_decline_after_an_unknown_waits_for_the_settle_time() {
    let first =
        judge(&attempt(AttemptState::Unknown, true), Finding::Declined { hard: true }, SENT.plus(HOUR), SETTLE_MIN_US);
    assert!(first.provisional);
    let mut waiting = attempt(AttemptState::Unknown, true);
    waiting.provisional = true;
    let late = judge(&waiting, Finding::Approved, SENT.plus(DAY), SETTLE_MIN_US);
    assert_eq!(late.state, AttemptState::Succeeded, "a late success wins");
    let gone = judge(&waiting, Finding::Absent, SENT.plus(DAY), SETTLE_MIN_US);
    assert_eq!(gone.state, AttemptState::Declined, "nothing landed: the decline stands");
}

#[test]
fn polls_follow_the_published_times() {
    let mut now = SENT;
    let mut seen = Vec::new();
    for _ in 0..10 {
        now = next_poll(SENT, now, SETTLE_MIN_US);
        seen.push(now.since(SENT));
    }
    assert_eq!(
        seen,
        [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 4 * DAY],
        "1 m, 5 m, 30 m, 2 h, 6 h, 12 h, 24 h, then daily"
    );
    assert_eq!(settle_time_us(30 * DAY, 0), 30 * DAY);
    assert_eq!(settle_time_us(0, 0), DAY);
}

#[test]
fn names_survive_the_file() {
    for state in AttemptState::ALL {
        assert_eq!(AttemptState::parse(state.as_str()), Some(state));
    }
    assert_eq!(AttemptOperation::parse("verify"), Some(AttemptOperation::Verify));
    assert_eq!(AttemptOperation::parse("x"), None);
}
