//! A bank of fifty customers: units go between balances at random and at once, and every snapshot holds them all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::app::bootstrap::{self, Open, OpenClock};
use crate::app::customer::CreateCustomer;
use crate::app::deposit::MakeDeposit;
use crate::clock::ManualClock;
use crate::domain::access::Actor;
use crate::domain::ledger::chart::AccountKind;
use crate::domain::time::Timestamp;
use crate::ids::Random;
use crate::processors::simulator::Settings;

/// Customers of the bank; each has a balance in `credits` and one in `sms`, which are worth the same.
const CUSTOMERS: u64 = 50;
/// What each begins with.
const PAID_IN: i64 = 40;
/// Clients, and what each of them tries.
const CLIENTS: u64 = 16;
const TRIES: usize = 60;

fn bank(dir: &TempDir) -> App {
    let now = Timestamp::parse_rfc3339("2026-01-31T10:00:00Z").expect("an instant");
    let open = Open {
        data_dir: dir.path().join("data"),
        key_file: None,
        role: store::Role::Server,
        clock: OpenClock::Manual(Arc::new(ManualClock::new(now))),
        random: Arc::new(Random::seeded(3)),
        public_url: "http://127.0.0.1".to_owned(),
        simulator: Settings::default(),
        relay: None,
        checkpoint: None,
        outbound: crate::outbound::Settings::default(),
    };
    bootstrap::open(open).expect("a fresh folder opens").app
}

fn caller() -> Caller {
    Caller::internal(Actor::Command)
}

fn unit(is_first: bool) -> Denomination {
    Denomination::parse(if is_first { "credits" } else { "sms" }).expect("a denomination")
}

fn account(nth: u64) -> CustomerId {
    CustomerId::parse(&format!("bank-{}", nth % CUSTOMERS)).expect("an id")
}

/// What all balances hold together, in one snapshot: by the ledger, and as the balances show it.
fn held(app: &App) -> (i128, i128) {
    let snapshot = app.store().read(|tx| {
        let books = store::ledger::trial_balance(tx)?;
        let balances = books.into_iter().filter(|(name, _)| name.kind == AccountKind::CustomerBalance);
        let mut shown = 0;
        for nth in 0..CUSTOMERS {
            for is_first in [true, false] {
                shown += i128::from(find_in(tx, &account(nth), &unit(is_first))?.amount);
            }
        }
        Ok((balances.map(|(_, totals)| totals.available()).sum(), shown))
    });
    snapshot.expect("a snapshot")
}

/// Takes from one customer, gated, and gives to another, in one write.
async fn transfer(app: &App, from: (CustomerId, Denomination), to: (CustomerId, Denomination), amount: i64) -> bool {
    let done = app.store().write(move |tx| {
        let source = Source { kind: "transfer", id: &tx.new_id::<crate::domain::id::DepositKind>().to_string() };
        debit_gated_in(tx, &caller(), (&from.0, &from.1), amount, source, MoveReason::Deposit)?;
        credit_in(tx, &caller(), (&to.0, &to.1), amount, source, MoveReason::Deposit)?;
        Ok(())
    });
    is_let_through(done.await)
}

/// A deposit that another balance of the customer pays for, unit for unit.
async fn exchange(app: &App, of: CustomerId, is_first: bool, amount: i64) -> bool {
    let command = MakeDeposit {
        customer_id: of,
        denomination: Some(unit(is_first)),
        amount,
        charge: amount,
        charge_against: Some(unit(!is_first)),
    };
    is_let_through(app.deposit_make(&caller(), command).await)
}

#[track_caller]
fn is_let_through<T: std::fmt::Debug>(done: Result<T>) -> bool {
    match done {
        Ok(_) => true,
        Err(Error::Refused(refusal)) if refusal.code == RefusalCode::InsufficientBalance => false,
        Err(other) => panic!("{other:?}"),
    }
}

/// What one client does; how often it was let through, and how often not.
async fn play(app: App, random: Random) -> (usize, usize) {
    let (mut done, mut refused) = (0, 0);
    for _ in 0..TRIES {
        let drawn: [u8; 8] = random.bytes();
        let [from, to, amount] = [drawn[0], drawn[1], drawn[2] % 30].map(u64::from);
        let amount = i64::try_from(amount + 1).expect("small");
        let (first, second) = (drawn[3].is_multiple_of(2), drawn[4].is_multiple_of(2));
        let is_through = if drawn[5].is_multiple_of(3) {
            exchange(&app, account(from), first, amount).await
        } else {
            transfer(&app, (account(from), unit(first)), (account(to), unit(second)), amount).await
        };
        if is_through { done += 1 } else { refused += 1 }
    }
    (done, refused)
}

/// RELIABILITY.md R16, between customers. A write that is refused half-way leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_snapshot_of_a_bank_of_fifty_customers_holds_all_units() {
    let dir = TempDir::new().expect("a folder");
    let app = tokio::task::block_in_place(|| bank(&dir));
    for nth in 0..CUSTOMERS {
        let new = CreateCustomer { id: Some(account(nth)), ..CreateCustomer::default() };
        app.customer_create(&caller(), new).await.expect("the customer is new");
        let grant = MakeDeposit {
            customer_id: account(nth),
            denomination: Some(unit(true)),
            amount: PAID_IN,
            charge: 0,
            charge_against: None,
        };
        app.deposit_make(&caller(), grant).await.expect("a grant");
    }
    let all = i128::from(CUSTOMERS) * i128::from(PAID_IN);
    assert_eq!(held(&app), (all, all));
    let is_over = Arc::new(AtomicBool::new(false));
    let (watched, over) = (app.clone(), Arc::clone(&is_over));
    let watcher = thread::spawn(move || {
        let mut snapshots = 0;
        while !over.load(Ordering::SeqCst) {
            assert_eq!(held(&watched), (all, all), "units were made or lost");
            snapshots += 1;
        }
        snapshots
    });
    let clients: Vec<_> = (0..CLIENTS).map(|seed| tokio::spawn(play(app.clone(), Random::seeded(seed)))).collect();
    let (mut done, mut refused) = (0, 0);
    for client in clients {
        let (through, not) = client.await.expect("a client ends");
        (done, refused) = (done + through, refused + not);
    }
    is_over.store(true, Ordering::SeqCst);
    let snapshots = watcher.join().expect("every snapshot held");
    assert!(snapshots > 10 && done > 100 && refused > 20, "{snapshots} snapshots, {done} moves, {refused} refusals");
    assert_eq!(held(&app), (all, all));
    let verdict = app.verify(&caller()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
    let below = (0..CUSTOMERS).flat_map(|nth| [true, false].map(|is_first| (account(nth), unit(is_first))));
    for (of, unit) in below {
        assert!(app.balance_find(&caller(), &of, &unit).expect("it reads").amount >= 0, "a gate let {of} below zero");
    }
}

#[test]
fn a_change_says_what_every_event_of_a_balance_says() {
    let denomination = Denomination::parse("sms").expect("a denomination");
    let untouched = Balance::untouched(CustomerId::from_stored("c\"1".to_owned()), denomination);
    let balance = Balance {
        amount: i64::MIN,
        pending_debits: 2,
        pending_credits: 3,
        pending_events: 4,
        available: -5,
        ..untouched
    };
    for event_id in [None, Some("e1")] {
        let mut expected = facts(&balance);
        expected["change"] = json!(-7);
        expected["reason"] = json!("event");
        expected["event_id"] = json!(event_id);
        let written = serde_json::to_string(&ChangedFacts::of(&balance, -7, MoveReason::Event, event_id));
        assert_eq!(written.expect("it is JSON"), expected.to_string());
    }
}
