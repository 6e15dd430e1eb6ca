//! Whoever changes a row behind the program's back is found out by `verify`, and told of by name.

use bursar::domain::transaction::TransactionType;
use bursar::processors::simulator::Settings;
use rusqlite::Connection;

use crate::protocol::audit::database;
use crate::protocol::fact::{AMOUNT, Client, Fact, block_on, charge, page, pay};
use crate::protocol::world::{Crashes, World, merchant};

/// What an attacker with a copy of SQLite runs, and what the verdict must say.
const TAMPERINGS: &[(&str, &str, &str)] = &[
    (
        "a ledger amount",
        "DROP TRIGGER ledger_entry_is_append_only_u; UPDATE ledger_entry SET amount = amount + 1 WHERE key = 2",
        "ledger entry 2 does not continue the hash chain",
    ),
    (
        "an entry's hash",
        "DROP TRIGGER ledger_entry_is_append_only_u; UPDATE ledger_entry SET hash = zeroblob(32) WHERE key = 1",
        "ledger entry 1 does not continue the hash chain",
    ),
    (
        "the newest entry taken away",
        "DROP TRIGGER ledger_entry_is_append_only_d;
         DELETE FROM ledger_entry WHERE key = (SELECT MAX(key) FROM ledger_entry)",
        "its totals are not the sum of its entries",
    ),
    (
        "an account's total",
        "UPDATE ledger_account SET debits_posted = debits_posted + 1 WHERE kind = 'bank'",
        "account bank//USD: its totals are not the sum of its entries",
    ),
    ("an event taken away", "DROP TRIGGER event_is_append_only_d; DELETE FROM event WHERE seq = 3", "events have gaps"),
    ("an invoice's total", "UPDATE invoice SET total_minor = total_minor + 100", "its sums contradict its lines"),
    ("an invoice's line", "UPDATE invoice_line SET amount_minor = amount_minor - 1", "its sums contradict its lines"),
    ("an invoice's payment", "UPDATE invoice SET paid_minor = 0, status = 'pending'", "is noted as paid"),
    ("a debt that nobody has", "UPDATE invoice SET paid_minor = paid_minor - 1", "the ledger has 0, the documents 1"),
    ("an attempt taken away", "DELETE FROM attempt WHERE operation = 'refund'", "which the books do not know"),
    (
        "an attempt called declined",
        "UPDATE attempt SET state = 'declined' WHERE operation = 'refund'",
        "the books say it failed",
    ),
    (
        "a transaction's amount",
        "UPDATE txn SET authorized_minor = authorized_minor - 1 WHERE type = 'refund'",
        "at the processor",
    ),
    (
        "an attempt called successful",
        "UPDATE attempt SET state = 'succeeded' WHERE state = 'declined'",
        "the processor knows nothing of it",
    ),
    (
        "an attempt that nobody asks about",
        "UPDATE attempt SET state = 'unknown', poll_at = NULL WHERE operation = 'refund'",
        "is unknown past its deadline",
    ),
    (
        "a transaction taken away from settlement",
        "UPDATE txn SET status = 'settled' WHERE status = 'pending_settlement'",
        "the documents",
    ),
    ("a refill called declined", "UPDATE refill SET status = 'declined'", "is declined: the ledger credited 500"),
    ("a refill of more units", "UPDATE refill SET amount = amount + 1", "refill"),
    ("a refill taken away", "DELETE FROM refill", "which is not there"),
    ("a refill without its charge", "UPDATE refill SET txn_id = NULL", "its charge is \"\""),
    (
        "a refill whose charge was voided without its units",
        "UPDATE txn SET status = 'voided' WHERE id = (SELECT txn_id FROM refill)",
        "0 units went back with its money, not 500",
    ),
    (
        "a refill that nobody was charged for",
        "UPDATE txn SET status = 'declined' WHERE id = (SELECT txn_id FROM refill)",
        "its charge is \"declined\"",
    ),
    ("units that no step of a plan gave", "UPDATE plan_grant SET moved = moved + 1", "the step 1001"),
    ("a step that its charge did not pay", "UPDATE plan_step SET charge = charge + 1", "plan step"),
    ("a step called declined", "UPDATE plan_step SET status = 'declined'", "1 balances were filled"),
    (
        "a plan that nobody was charged for",
        "UPDATE attempt SET state = 'declined' WHERE txn_id = (SELECT txn_id FROM prepaid_charge WHERE kind = 'plan_attach')",
        "0 was taken in 0 charges",
    ),
];

/// Books with a settled sale, its refund, a paid invoice, a declined sale, a refilled balance, a plan.
fn books() -> World {
    let (template, given) = Fact::Refund.template(Settings::default());
    let world = World::copy(&template, Crashes::default(), None);
    block_on(async {
        let app = world.app();
        Fact::Refund.ask(app, &given, &mut Client::default()).await.expect("the refund is given");
        let page_of = Fact::InvoicePage.prepare(&world).await.invoice.expect("an invoice").1;
        app.invoice_pay(page(), pay(page_of, AMOUNT)).await.expect("it is paid");
        let mut declined = charge(TransactionType::Sale, "declined");
        declined.pay_with = crate::protocol::fact::card("4000000000000002");
        app.transaction_charge(merchant(), declined).await.expect("it is declined");
        let refilled = Fact::Refill.prepare(&world).await;
        Fact::Refill.ask(app, &refilled, &mut Client::default()).await.expect("the balance falls");
        app.jobs_run_due().await.expect("it is refilled");
        let planned = Fact::PlanAttach.prepare(&world).await;
        Fact::PlanAttach.ask(app, &planned, &mut Client::default()).await.expect("the plan is attached");
    });
    world
}

#[test]
fn every_tampering_is_caught_and_named() {
    let mut template = books();
    let untouched = template.app().verify(&merchant()).expect("the books can be read");
    assert!(untouched.ok, "{}", untouched.sentence());
    template.close();
    let mut missed = Vec::new();
    for (what, sql, says) in TAMPERINGS {
        let world = World::copy(&template, Crashes::default(), None);
        tamper(&database(&world), what, sql);
        let verdict = world.app().verify(&merchant()).expect("the books can be read");
        if verdict.ok || !verdict.sentence().contains(says) {
            missed.push(format!("{what}: {}", verdict.sentence()));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

fn tamper(database: &Connection, what: &str, sql: &str) {
    let before = database.total_changes();
    database.execute_batch("PRAGMA foreign_keys = OFF").expect("an attacker may");
    database.execute_batch(sql).unwrap_or_else(|why| panic!("{what}: {why}"));
    assert!(database.total_changes() > before, "{what}: nothing was changed");
}
