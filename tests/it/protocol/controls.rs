//! Programs that are wrong on purpose: the auditor, and `verify`, must catch each of them.

use bursar::domain::card::{CardNumber, Expiry};
use bursar::domain::currency::Currency;
use bursar::domain::money::Money;
use bursar::domain::time::{DAY, HOUR};
use bursar::processors::simulator::Settings;
use bursar::processors::simulator::faults::{Fault, Step};
use bursar::processors::{Instrument, Operation, Outcome, Processor, Request};

use super::audit::{Findings, audit, database};
use super::fact::{AMOUNT, Client, Fact, GOOD, Given, block_on};
use super::world::{Crashes, Planned, World, merchant};

fn lost(fault: Fault) -> Option<Planned> {
    Some(Planned { step: Step::Commit, operation: None, after: 0, calls: 1, fault })
}

/// The reference of the newest attempt.
fn newest_reference(world: &World) -> String {
    database(world)
        .query_row("SELECT reference FROM attempt ORDER BY key DESC LIMIT 1", [], |row| row.get(0))
        .expect("there is an attempt")
}

/// What a program does that answers every silence by sending again.
fn send_blindly(world: &World, reference: String) -> Outcome {
    let request = Request {
        reference,
        operation: Operation::Sale,
        amount: Money::new(AMOUNT, Currency::USD).expect("in range"),
        instrument: Instrument::Card {
            number: CardNumber::parse(GOOD).expect("a card"),
            expiry: Expiry::new(12, 2030).expect("a month"),
            keyed: true,
        },
        allow_partial: false,
        cvc: None,
        authentication: None,
        proof: None,
        postal_code: None,
        now: world.now(),
        today: world.now().utc_date(),
    };
    block_on(world.simulator().commit(None, &request))
}

fn findings(world: &World, fact: Fact, given: &Given) -> Findings {
    audit(world, fact, given, 0, &Client::default())
}

fn verify_fails(world: &World) -> bool {
    !world.app().verify(&merchant()).expect("the books can be read").ok
}

#[test]
fn a_blind_resend_to_a_bank_without_keys_is_caught() {
    let settings = Settings { idempotency_window_us: None, ..Settings::default() };
    let (template, given) = Fact::Sale.template(settings);
    let world = World::copy(&template, Crashes::default(), lost(Fault::DropResponse));
    block_on(Fact::Sale.ask(world.app(), &given, &mut Client::default())).expect("it is tried");
    let sent_again = send_blindly(&world, newest_reference(&world));
    assert!(matches!(sent_again, Outcome::Approved(_)), "this bank charges again: {sent_again:?}");
    world.pass(HOUR);
    block_on(world.app().jobs_run_due()).expect("the look-up finds an approval");
    assert!(!findings(&world, Fact::Sale, &given).doubles.is_empty());
    assert!(verify_fails(&world), "verify compares with the bank's book");
}

#[test]
fn believing_an_absence_at_once_is_caught() {
    let (template, given) = Fact::InvoicePage.template(Settings::default());
    let late = Fault::DelayEffect { micros: 2 * HOUR };
    let world = World::copy(&template, Crashes::default(), lost(late));
    let mut client = Client::default();
    block_on(Fact::InvoicePage.ask(world.app(), &given, &mut client)).expect("it is tried");
    // What a program does that takes silence for a decline.
    database(&world)
        .execute_batch("UPDATE attempt SET state = 'absent', poll_at = NULL; UPDATE txn SET status = 'declined';")
        .expect("the rows change");
    block_on(Fact::InvoicePage.ask(world.app(), &given, &mut client)).expect("it is charged again");
    world.pass(3 * HOUR);
    world.simulator().land(world.now());
    let found = findings(&world, Fact::InvoicePage, &given);
    assert!(!found.doubles.is_empty() && !found.unrecorded.is_empty(), "{found:?}");
    assert!(verify_fails(&world), "verify compares with the bank's book");
}

#[test]
fn charging_before_writing_it_down_is_caught() {
    let (template, given) = Fact::Sale.template(Settings::default());
    let world = World::copy(&template, Crashes::default(), None);
    assert!(matches!(send_blindly(&world, "never-written-down".to_owned()), Outcome::Approved(_)));
    assert!(!findings(&world, Fact::Sale, &given).unrecorded.is_empty());
    assert!(verify_fails(&world), "verify compares with the bank's book");
}

#[test]
fn a_start_without_recovery_is_caught() {
    let (template, given) = Fact::Sale.template(Settings::default());
    let mut world = World::copy(&template, Crashes(vec![3]), None);
    block_on(Fact::Sale.ask(world.app(), &given, &mut Client::default())).expect_err("it dies after the answer");
    world.reopen();
    assert_eq!(world.points.last(), Some(&"answered"), "the bank has answered, nothing of it is written");
    world.pass(9 * DAY);
    let found = findings(&world, Fact::Sale, &given);
    assert!(!found.unrecorded.is_empty() && !found.others.is_empty(), "{found:?}");
    block_on(world.app().attempts_recover()).expect("it recovers");
    world.pass(DAY);
    block_on(world.app().jobs_run_due()).expect("it looks up");
    assert!(findings(&world, Fact::Sale, &given).is_clean(), "and with recovery nothing is wrong");
}
