//! Single stories that a hostile tester told, each of which once ended wrong.

use bursar::app::transaction::{PayInvoice, PayWith, Payment, RefundTransaction};
use bursar::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use bursar::domain::currency::Currency;
use bursar::domain::id::TransactionId;
use bursar::domain::money::Money;
use bursar::domain::time::{DAY, HOUR, MINUTE};
use bursar::domain::transaction::{TransactionStatus, TransactionType};
use bursar::error::Error;
use bursar::processors::simulator::faults::{Fault, Step};
use bursar::processors::simulator::{BookState, Mode, Settings};

use super::audit::database;
use super::fact::{AMOUNT, Fact, block_on, card, charge, page, pay};
use super::world::{Crashes, Planned, World, merchant};

const DECLINES: &str = "4000000000000002";
const ASKS_CUSTOMER: &str = "4000002500003155";

fn approved(world: &World) -> usize {
    world.simulator().charges().iter().filter(|entry| entry.state == BookState::Approved).count()
}

fn assert_books_hold(world: &World) {
    let verdict = world.app().verify(&merchant()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
}

/// Moves the clock by `micros` and runs what is due, as a person would.
fn advance(world: &World, micros: i64) {
    let to = world.now().plus(micros);
    block_on(world.app().test_clock_move(&merchant(), to)).expect("the clock moves");
}

fn invoice_column(world: &World, column: &str) -> Option<i64> {
    database(world).query_row(&format!("SELECT {column} FROM invoice"), [], |row| row.get(0)).expect("one invoice")
}

fn only_invoice_status(world: &World) -> String {
    database(world).query_row("SELECT status FROM invoice", [], |row| row.get(0)).expect("one invoice")
}

fn status(world: &World, id: &TransactionId) -> TransactionStatus {
    world.app().transaction_find(&merchant(), id).expect("it is there").status
}

/// A task may end between the intent and the request while the program lives on: nobody recovers it.
#[test]
fn an_intent_that_nobody_sends_is_given_up_while_the_program_runs() {
    let (template, _) = Fact::InvoiceCollected.template(Settings::default());
    let world = World::copy(&template, Crashes(vec![1]), None);
    block_on(world.app().jobs_run_due()).expect_err("the task ends at its first checkpoint");
    world.revive();
    advance(&world, MINUTE);
    assert_eq!(approved(&world), 0, "it may still be on its way");
    advance(&world, 10 * MINUTE);
    assert_eq!((approved(&world), only_invoice_status(&world).as_str()), (1, "paid"), "given up and charged anew");
    assert_books_hold(&world);
}

/// A payment on the page that comes to nothing must not keep the invoice from being charged by itself.
#[test]
fn an_invoice_is_still_collected_after_a_lost_payment_on_its_page() {
    let (template, given) = Fact::InvoiceCollected.template(Settings::default());
    let lost = Planned { step: Step::Commit, operation: None, after: 0, calls: 1, fault: Fault::DropRequest };
    let world = World::copy(&template, Crashes::default(), Some(lost));
    let (_, public_id) = given.invoice.expect("an invoice");
    let paid = block_on(world.app().invoice_pay(page(), pay(public_id, AMOUNT))).expect("it is tried");
    assert!(matches!(paid, Payment::BeingConfirmed(_)), "{paid:?}");
    advance(&world, HOUR);
    assert_eq!(approved(&world), 0, "nobody knows yet");
    assert!(invoice_column(&world, "collect_at").is_some(), "it is still to be charged");
    advance(&world, 2 * DAY);
    assert_eq!((approved(&world), only_invoice_status(&world).as_str()), (1, "paid"));
    assert_books_hold(&world);
}

/// A handle was prepared for the whole amount; after a decline the customer pays a part.
#[test]
fn a_part_can_be_paid_after_the_whole_was_declined() {
    let settings = Settings { mode: Mode::TwoStep, ..Settings::default() };
    let (template, given) = Fact::InvoicePage.template(settings);
    let world = World::copy(&template, Crashes::default(), None);
    let (id, public_id) = given.invoice.expect("an invoice");
    database(&world)
        .execute(
            "UPDATE invoice SET terms_json = json_set(terms_json, '$.allow_partial_payment', json('true')) WHERE id = ?1",
            [id.as_str()],
        )
        .expect("the terms change");
    let whole = PayInvoice { pay_with: card(DECLINES), ..pay(public_id.clone(), AMOUNT) };
    let declined = block_on(world.app().invoice_pay(page(), whole)).expect("it is tried");
    assert!(matches!(declined, Payment::Declined(_)), "{declined:?}");
    let half = Money::new(AMOUNT / 2, Currency::USD).expect("in range");
    let part = PayInvoice { amount: Some(half), ..pay(public_id, AMOUNT) };
    let paid = block_on(world.app().invoice_pay(page(), part)).expect("it is tried");
    assert!(matches!(paid, Payment::Approved(_)), "{paid:?}");
    assert_books_hold(&world);
}

/// The customer opens the challenge, goes away for two days, comes back and confirms.
#[test]
fn a_challenge_that_timed_out_can_no_longer_be_confirmed_at_the_bank() {
    let world = World::new(Settings::default());
    let mut command = charge(TransactionType::Sale, "3ds");
    command.pay_with = card(ASKS_CUSTOMER);
    let waiting = block_on(world.app().transaction_charge(merchant(), command)).expect("it waits");
    assert_eq!(waiting.status, TransactionStatus::Pending);
    advance(&world, 2 * DAY);
    assert_eq!(status(&world, &waiting.id), TransactionStatus::Declined);
    world.simulator().confirm(&waiting.answer.handle, true, world.now());
    assert_eq!(approved(&world), 0, "the bank was told that nobody waits any more");
    assert_books_hold(&world);
}

/// The gateway's keys count for five minutes; an answer may be longer on its way.
#[test]
fn an_expired_key_is_no_second_charge_while_the_first_is_unknown() {
    let late = Fault::DelayEffect { micros: 2 * HOUR };
    let world = World::new(Settings::default());
    world.simulator().faults().plan(1, late);
    let asked = || {
        let mut command = charge(TransactionType::Sale, "short");
        command.idempotency_key = Some(("short".to_owned(), None));
        block_on(world.app().transaction_charge(merchant(), command))
    };
    let first = asked().expect("it is tried");
    assert_eq!(first.status, TransactionStatus::Unknown);
    advance(&world, 30 * MINUTE);
    block_on(world.app().idempotency_prune()).expect("old keys go");
    assert_eq!(asked().expect("the same answer").id, first.id, "the key has expired, the question has not");
    advance(&world, 3 * HOUR);
    assert_eq!((approved(&world), status(&world, &first.id)), (1, TransactionStatus::PendingSettlement));
    assert_ne!(asked().expect("a new charge").id, first.id, "an answered and expired key is free again");
    assert_books_hold(&world);
}

/// A bank debit whose answer was lost comes back before anybody asked.
#[test]
fn a_lost_bank_debit_that_came_back_is_in_the_books() {
    let world = World::new(Settings::default());
    world.simulator().faults().plan(1, Fault::DropResponse);
    let mut command = charge(TransactionType::Sale, "ach");
    command.pay_with = returned_account();
    let unknown = block_on(world.app().transaction_charge(merchant(), command)).expect("it is tried");
    assert_eq!(unknown.status, TransactionStatus::Unknown);
    // Nobody ran for a week: the first look-up finds the debit approved and returned.
    world.pass(7 * DAY);
    advance(&world, 8 * DAY);
    assert_eq!(status(&world, &unknown.id), TransactionStatus::Returned);
    assert_books_hold(&world);
}

/// One attempt that cannot be concluded keeps no other from being asked about.
#[test]
fn one_broken_attempt_blocks_no_other() {
    let world = World::new(Settings::default());
    world.simulator().faults().plan(2, Fault::DropResponse);
    let broken = block_on(world.app().transaction_charge(merchant(), charge(TransactionType::Sale, "a")));
    let whole = block_on(world.app().transaction_charge(merchant(), charge(TransactionType::Sale, "b")));
    let (broken, whole) = (broken.expect("tried").id, whole.expect("tried").id);
    database(&world)
        .execute(r#"UPDATE txn SET response_json = '{"avs": 5}' WHERE id = ?1"#, [broken.as_str()])
        .expect("a row that cannot be read");
    world.pass(2 * MINUTE);
    block_on(world.app().jobs_run_due()).expect_err("the broken row is told of");
    assert_eq!(status(&world, &whole), TransactionStatus::PendingSettlement);
}

#[test]
fn an_unreachable_processor_is_no_decline_of_the_customer() {
    let settings = Settings { mode: Mode::TwoStep, ..Settings::default() };
    let (template, _) = Fact::InvoiceCollected.template(settings);
    let down = Planned { step: Step::Prepare, operation: None, after: 0, calls: 3, fault: Fault::DropRequest };
    let world = World::copy(&template, Crashes::default(), Some(down));
    block_on(world.app().jobs_run_due()).expect("it is tried");
    assert_eq!(invoice_column(&world, "collect_attempts"), Some(0));
    advance(&world, DAY);
    assert_eq!((approved(&world), only_invoice_status(&world).as_str()), (1, "paid"));
    assert_books_hold(&world);
}

/// Refused like any other key, and never a second refund.
#[test]
fn a_refund_key_of_another_content_is_refused() {
    let (template, given) = Fact::Refund.template(Settings::default());
    let world = World::copy(&template, Crashes::default(), None);
    let id = given.settled.expect("a sale");
    let refund = |amount| {
        let caller = super::world::merchant_with_key("refund");
        block_on(world.app().transaction_refund(caller, id.clone(), RefundTransaction::of(Some(amount))))
    };
    let first = refund(1_000).expect("it is given").id;
    assert_eq!(refund(1_000).expect("the same answer").id, first);
    let refused = refund(2_000).expect_err("another amount");
    assert!(matches!(refused, Error::IdempotencyMismatch), "{refused:?}");
    assert_books_hold(&world);
}

fn returned_account() -> PayWith {
    PayWith::Ach {
        routing: RoutingNumber::parse("000000001").expect("the simulator's"),
        account: AccountNumber::parse("123456789").expect("an account"),
        sec_code: SecCode::parse("web").expect("a code"),
        account_type: AccountType::parse("checking").expect("a type"),
    }
}
