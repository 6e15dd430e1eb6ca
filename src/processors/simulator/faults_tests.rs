//! What each fault does to the book and to the answer, in the one-step and the two-step form.

use futures_util::future::FutureExt as _;

use super::tests::{NOW, VISA, charge, commit, find, in_memory, request, sale, status, usd};
use super::*;
use crate::domain::time::HOUR;
use crate::processors::{Instrument, Operation};

fn two_step(simulator: &Simulator, reference: &str) -> Prepared {
    simulator.prepare(&sale(reference, VISA)).now_or_never().expect("the simulator answers at once")
}

fn handle(prepared: Prepared) -> String {
    match prepared {
        Prepared::Handle(handle) => handle,
        other => panic!("not prepared: {other:?}"),
    }
}

fn is_unknown(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown { .. })
}

const TWO_STEP: Settings = Settings {
    mode: Mode::TwoStep,
    idempotency_window_us: Some(DAY),
    has_find: true,
    find_lag_us: 0,
    stuck_shows: StuckShows::Absent,
    callbacks: false,
};

#[test]
fn each_fault_has_its_effect_on_book_and_answer() {
    // (fault, the answer is unknown, the money moved at once, callbacks)
    for (fault, unknown, moved, callbacks) in [
        (Fault::DropRequest, true, 0, 0),
        (Fault::DropResponse, true, 1, 1),
        (Fault::ErrorBeforeEffect, true, 0, 0),
        (Fault::ErrorAfterEffect, true, 1, 1),
        (Fault::DelayEffect { micros: HOUR }, true, 0, 0),
        (Fault::DuplicateCallback, false, 1, 2),
        (Fault::ReorderedCallback, false, 1, 1),
    ] {
        for mode in [Mode::OneStep, Mode::TwoStep] {
            let simulator = in_memory(Settings { mode, callbacks: true, ..TWO_STEP });
            let prepared = (mode == Mode::TwoStep).then(|| handle(two_step(&simulator, "r")));
            simulator.take_callbacks();
            simulator.faults().plan(1, fault);
            let outcome = commit(&simulator, prepared.as_deref(), &sale("r", VISA));
            assert_eq!(is_unknown(&outcome), unknown, "{fault:?}");
            assert_eq!(simulator.approvals("r").len(), moved, "{fault:?}");
            assert_eq!(simulator.take_callbacks().len(), callbacks, "{fault:?}");
            assert!(simulator.faults().is_empty(), "{fault:?} was met");
            let found = find(&simulator, "r", NOW);
            assert_eq!(matches!(found, Lookup::Approved(_)), moved == 1, "{fault:?}");
            if let Some(handle) = &prepared {
                assert_eq!(status(&simulator, handle, NOW), found, "{fault:?}");
            }
            // The same reference again settles it, and moves the money once in all.
            let again = commit(&simulator, prepared.as_deref(), &sale("r", VISA));
            assert!(matches!(again, Outcome::Approved(_)), "{fault:?}");
            simulator.land(NOW.plus(2 * HOUR));
            assert_eq!(simulator.approvals("r").len(), 1, "{fault:?}");
        }
    }
}

#[test]
fn a_stuck_request_lands_later_and_look_ups_say_so_or_not() {
    for (stuck_shows, before) in [(StuckShows::Absent, Lookup::Absent), (StuckShows::InFlight, Lookup::InFlight)] {
        let simulator = in_memory(Settings { stuck_shows, ..Settings::default() });
        simulator.faults().plan(1, Fault::DelayEffect { micros: 2 * HOUR });
        assert!(is_unknown(&charge(&simulator, &sale("r", VISA))));
        assert_eq!(find(&simulator, "r", NOW.plus(2 * HOUR - 1)), before);
        assert_eq!(find(&simulator, "other", NOW), Lookup::Absent);
        assert!(matches!(find(&simulator, "r", NOW.plus(2 * HOUR)), Lookup::Approved(_)));
        assert_eq!(simulator.approvals("r")[0].at, NOW.plus(2 * HOUR), "it happened when it landed");
    }
}

#[test]
fn a_stuck_request_charges_twice_where_references_are_forgotten() {
    // (window, minutes until the resend, charges): what the settle time guards against
    for (window_us, hours, charges) in [(Some(DAY), 1, 1), (None, 1, 2), (Some(HOUR), 1, 2)] {
        let settings = Settings { idempotency_window_us: window_us, ..Settings::default() };
        let simulator = in_memory(settings);
        simulator.faults().plan(1, Fault::DelayEffect { micros: 3 * HOUR });
        charge(&simulator, &sale("r", VISA));
        charge(&simulator, &Request { now: NOW.plus(hours * HOUR), ..sale("r", VISA) });
        simulator.land(NOW.plus(4 * HOUR));
        assert_eq!(simulator.approvals("r").len(), charges, "{window_us:?}");
    }
}

#[test]
fn a_late_success_on_the_same_handle_follows_a_decline() {
    let simulator = in_memory(TWO_STEP);
    let prepared = handle(two_step(&simulator, "r1"));
    simulator.faults().plan(1, Fault::DelayEffect { micros: HOUR });
    assert!(is_unknown(&commit(&simulator, Some(&prepared), &sale("r1", VISA))));
    let declined = commit(&simulator, Some(&prepared), &sale("r2", "4000000000000002"));
    assert!(matches!(declined, Outcome::Declined(_)));
    assert!(matches!(status(&simulator, &prepared, NOW), Lookup::Declined(_)));
    assert!(matches!(status(&simulator, &prepared, NOW.plus(HOUR)), Lookup::Approved(_)));
    let third = Request { now: NOW.plus(2 * DAY), ..sale("r3", VISA) };
    assert!(matches!(commit(&simulator, Some(&prepared), &third), Outcome::Approved(_)));
    let approved = simulator.charges().into_iter().filter(|entry| entry.state == BookState::Approved).count();
    assert_eq!(approved, 1, "a handle succeeds once, for ever");
}

#[test]
fn preparing_moves_no_money_and_its_faults_are_its_own() {
    let simulator = in_memory(TWO_STEP);
    for fault in [Fault::DropRequest, Fault::DropResponse, Fault::ErrorBeforeEffect, Fault::ErrorAfterEffect] {
        simulator.faults().plan_for(1, Step::Prepare, None, Some(fault));
        assert_eq!(two_step(&simulator, "r"), Prepared::Unknown, "{fault:?}");
    }
    let prepared = handle(two_step(&simulator, "r"));
    assert_eq!(handle(two_step(&simulator, "r")), prepared, "the same reference has the same handle");
    assert_eq!(status(&simulator, &prepared, NOW), Lookup::Absent);
    assert!(simulator.charges().is_empty());
    let other = Request { amount: usd(5), ..sale("r", VISA) };
    assert!(is_unknown(&commit(&simulator, Some(&prepared), &other)), "prepared for another amount");
    assert!(is_unknown(&commit(&simulator, Some("sim_none"), &sale("r", VISA))));
    assert!(matches!(charge(&simulator, &sale("r", VISA)), Outcome::Declined(_)), "two-step wants a handle");
    assert!(simulator.approvals("r").is_empty());
    let one_step = in_memory(Settings::default());
    assert!(matches!(two_step(&one_step, "r"), Prepared::Refused(_)));
}

#[test]
fn the_lost_cards_are_lost_in_two_steps_too() {
    for (number, approvals) in [("4000000000003220", 1), ("4000000000003063", 0)] {
        let simulator = in_memory(TWO_STEP);
        let prepared = simulator.prepare(&sale("r", number)).now_or_never().expect("answers at once");
        let prepared = handle(prepared);
        for _ in 0..2 {
            assert!(is_unknown(&commit(&simulator, Some(&prepared), &sale("r", number))), "{number}");
        }
        assert_eq!(simulator.approvals("r").len(), approvals);
        assert_eq!(matches!(status(&simulator, &prepared, NOW), Lookup::Approved(_)), approvals == 1);
    }
}

#[test]
fn plans_are_met_in_order_and_filtered_by_operation() {
    let simulator = in_memory(Settings::default());
    let faults = simulator.faults();
    faults.plan_operation(1, OperationKind::Refund, Fault::DropRequest);
    faults.plan_for(1, Step::Commit, None, None);
    faults.plan(2, Fault::ErrorBeforeEffect);
    let Outcome::Approved(approval) = charge(&simulator, &sale("r1", VISA)) else {
        panic!("the first sale passes");
    };
    let refund = Operation::Refund { of: approval.handle };
    let refund = |reference: &str| request(reference, refund.clone(), 1, Instrument::Earlier);
    assert!(is_unknown(&charge(&simulator, &refund("r2"))));
    assert!(is_unknown(&charge(&simulator, &sale("r3", VISA))));
    assert!(is_unknown(&charge(&simulator, &refund("r4"))));
    assert!(matches!(charge(&simulator, &refund("r5")), Outcome::Approved(_)));
    faults.plan(9, Fault::DropRequest);
    faults.clear();
    assert!(matches!(charge(&simulator, &sale("r6", VISA)), Outcome::Approved(_)));
}

#[test]
fn look_ups_lag_are_missing_or_fail_as_set() {
    let lagging = in_memory(Settings { find_lag_us: HOUR, ..Settings::default() });
    charge(&lagging, &sale("r", VISA));
    assert_eq!(find(&lagging, "r", NOW.plus(HOUR - 1)), Lookup::Absent);
    assert!(matches!(find(&lagging, "r", NOW.plus(HOUR)), Lookup::Approved(_)));
    let handle = lagging.approvals("r")[0].handle.clone();
    assert!(matches!(status(&lagging, &handle, NOW), Lookup::Approved(_)), "the exact look-up does not lag");
    let blind = in_memory(Settings { has_find: false, ..Settings::default() });
    charge(&blind, &sale("r", VISA));
    assert_eq!(find(&blind, "r", NOW), Lookup::CannotTell);
    lagging.faults().plan_for(1, Step::Lookup, None, Some(Fault::DropRequest));
    assert_eq!(status(&lagging, &handle, NOW), Lookup::CannotTell);
    assert!(matches!(status(&lagging, &handle, NOW), Lookup::Approved(_)));
}

#[test]
fn a_reordered_callback_comes_after_a_later_one() {
    let simulator = in_memory(Settings { callbacks: true, ..Settings::default() });
    simulator.faults().plan(1, Fault::ReorderedCallback);
    charge(&simulator, &sale("first", VISA));
    charge(&simulator, &sale("second", VISA));
    let order: Vec<String> = simulator.take_callbacks().into_iter().map(|callback| callback.reference).collect();
    assert_eq!(order, ["second", "first"]);
    assert!(simulator.take_callbacks().is_empty());
}

#[test]
fn a_request_prints_nothing_secret() {
    let text = format!("{:?}", sale("r", VISA));
    assert!(
        text.contains("\"r\"") && text.contains("card") && !text.contains(VISA) && !text.contains("4242"),
        "{text}"
    );
}
