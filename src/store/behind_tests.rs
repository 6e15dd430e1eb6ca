//! The writer's memory: nobody can tell it from rows that are written at once, whatever jobs do and whatever fails.

use std::sync::mpsc;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::clock::ManualClock;
use crate::domain::balance::Balance;
use crate::domain::currency::Denomination;
use crate::domain::event::Topic;
use crate::domain::id::CustomerId;
use crate::domain::ledger::chart;
use crate::domain::time::Timestamp;
use crate::domain::usage_event::{Cost, EventState, EventType, UsageEvent};
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::store::ledger::{Gate, Source};
use crate::store::writer::{Bounds, Tuning};
use crate::store::*;

const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const PATIENT: Bounds = Bounds { queue_max: 1000, group_max: 1000, group_ms: 3_600_000 };
const CUSTOMERS: usize = 3;

struct Books {
    store: Store,
    dir: TempDir,
}

fn books(tuning: Tuning) -> Books {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let store = Store::open_with(dir.path(), Role::Server, clock, Arc::new(Random::seeded(7)), PATIENT, |connection| {
        Ok(connection.execute_batch(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
             CREATE TABLE child (of INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
             INSERT INTO customer (id, created_at, updated_at) VALUES ('c0', 1, 1), ('c1', 1, 1), ('c2', 1, 1)",
        )?)
    });
    let store = store.unwrap();
    store.tune(tuning);
    Books { store, dir }
}

fn of(number: usize) -> CustomerId {
    CustomerId::from_stored(format!("c{}", number % CUSTOMERS))
}

fn unit() -> Denomination {
    Denomination::parse("sms").unwrap()
}

/// An ordinary event, as `app` writes it: costs `amount`, refused where that leaves less than nothing.
fn take(tx: &mut WriteTx<'_>, customer: &CustomerId, amount: i64) -> Result<i64> {
    customer::is_deleted(tx, customer)?;
    let before = balance::fetch_or_open(tx, customer, &unit())?;
    let event = UsageEvent {
        key: 0,
        id: tx.new_id(),
        customer_id: customer.clone(),
        kind: EventType::parse("CHAT").unwrap(),
        quantity: 1,
        costs: vec![Cost { denomination: unit(), amount }],
        gate_on_balance: true,
        metadata_json: "{}".to_owned(),
        state: EventState::Complete,
        cancel_reason: None,
        refusal: None,
        created_at: tx.now(),
        finished_at: Some(tx.now()),
        updated_at: None,
    };
    usage_event::insert(tx, &event)?;
    let source = Source { kind: "usage_event", id: event.id.as_str() };
    ledger::post_through(tx, source, &chart::balance_used(customer.as_str(), &unit(), amount), Gate::Open)?;
    if amount > 0 {
        balance::add_taken(tx, customer, &unit(), amount)?;
    }
    event::append(tx, Topic::BalanceChanged, event.id.as_str(), "command", "", "{}".to_owned())?;
    let shown = usage_event::fetch(tx, &event.id)?.expect("what was written is there");
    assert_eq!(UsageEvent { key: shown.key, ..event }, shown);
    if before.amount < amount {
        return Err(Error::InsufficientFunds); // after everything was written: it has to be taken back
    }
    Ok(balance::fetch(tx, customer, &unit())?.expect("it was opened").amount)
}

/// What a job does; every number is one of few.
#[derive(Clone, Copy, Debug)]
enum Step {
    Take(usize, i64),
    /// Takes, then reads the table that the events wait for.
    TakeAndCount(usize, i64),
    /// Reads that table, then takes.
    CountAndTake(usize, i64),
    /// Takes, then writes something else, then takes again.
    TakeAround(usize, i64),
    /// Writes a switch past the memory, and refuses afterwards.
    SwitchAndRefuse(usize),
    Switch(usize, i64),
    Limit(usize, i64),
    Grant(usize, Option<i64>),
    Customer(usize),
    Panic(usize),
}

fn run(tx: &mut WriteTx<'_>, step: Step) -> Result<i64> {
    let switch = |tx: &mut WriteTx<'_>, customer: usize, alert_at: i64| {
        let balance = balance::fetch_or_open(tx, &of(customer), &unit())?;
        let balance = Balance { alert_at: Some(alert_at), ..balance };
        balance::update_switches(tx, &balance)?;
        let shown = balance::fetch(tx, &of(customer), &unit())?.expect("it was opened");
        assert_eq!(shown.alert_at, Some(alert_at), "a write past the memory is seen");
        Ok(alert_at)
    };
    match step {
        Step::Take(customer, amount) => take(tx, &of(customer), amount),
        Step::TakeAndCount(customer, amount) => {
            take(tx, &of(customer), amount)?;
            tx.value("SELECT COUNT(*) FROM usage_event", [])
        }
        Step::CountAndTake(customer, amount) => {
            let count: i64 = tx.value("SELECT COUNT(*) FROM usage_event", [])?;
            take(tx, &of(customer), amount)?;
            Ok(count)
        }
        Step::TakeAround(customer, amount) => {
            let taken = take(tx, &of(customer), amount);
            switch(tx, customer + 1, amount)?;
            // A refusal in the middle that the job gets over stays half written, in either way of writing.
            take(tx, &of(customer), 1).or(taken)
        }
        Step::SwitchAndRefuse(customer) => {
            switch(tx, customer, 77)?;
            Err(Error::InsufficientFunds)
        }
        Step::Switch(customer, alert_at) => switch(tx, customer, alert_at),
        Step::Limit(customer, limit) => {
            let name = chart::balance_account(of(customer).as_str(), &unit());
            ledger::set_credit_limit(tx, &name, limit).map(|()| limit)
        }
        Step::Grant(customer, grant) => {
            let sql = "UPDATE balance SET plan_grant = ?2, events_taken = 0 WHERE customer_id = ?1";
            tx.run(sql, (of(customer).as_str(), grant))?;
            Ok(0)
        }
        Step::Customer(customer) => {
            tx.run("UPDATE customer SET updated_at = updated_at + 1 WHERE id = ?1", [of(customer).as_str()])?;
            Ok(0)
        }
        Step::Panic(customer) => {
            take(tx, &of(customer), -5)?;
            panic!("on purpose")
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let customer = 0..CUSTOMERS;
    prop_oneof![
        6 => (customer.clone(), -20..30_i64).prop_map(|(customer, amount)| Step::Take(customer, amount)),
        1 => (customer.clone(), -20..30_i64).prop_map(|(customer, amount)| Step::TakeAndCount(customer, amount)),
        1 => (customer.clone(), -20..30_i64).prop_map(|(customer, amount)| Step::CountAndTake(customer, amount)),
        1 => (customer.clone(), -20..30_i64).prop_map(|(customer, amount)| Step::TakeAround(customer, amount)),
        1 => customer.clone().prop_map(Step::SwitchAndRefuse),
        1 => (customer.clone(), 0..9_i64).prop_map(|(customer, alert_at)| Step::Switch(customer, alert_at)),
        1 => (customer.clone(), 0..9_i64).prop_map(|(customer, limit)| Step::Limit(customer, limit)),
        1 => (customer.clone(), prop::option::of(0..9_i64)).prop_map(|(customer, grant)| Step::Grant(customer, grant)),
        1 => customer.clone().prop_map(Step::Customer),
        1 => customer.prop_map(Step::Panic),
    ]
}

impl Books {
    /// Runs `steps` in one group; answers what each was told.
    fn group(&self, steps: &[Step]) -> Vec<Result<i64>> {
        let (release, is_released) = mpsc::channel::<()>();
        let held = self.store.0.writer.submit(move |_| {
            let _ = is_released.recv();
            Ok(())
        });
        let answers: Vec<_> = steps
            .iter()
            .map(|step| {
                let step = *step;
                self.store.0.writer.submit_again(move |tx: &mut WriteTx<'_>| run(tx, step)).unwrap()
            })
            .collect();
        release.send(()).unwrap();
        drop(held.unwrap().blocking_recv()); // it fails with its group
        answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect()
    }

    /// Every row of the tables that events touch, as text.
    fn rows(&self) -> Vec<String> {
        let connection = connect::reader(&self.dir.path().join(FILE_NAME)).unwrap();
        let mut rows = Vec::new();
        for sql in [
            "SELECT * FROM usage_event",
            "SELECT * FROM ledger_entry",
            "SELECT * FROM ledger_account",
            "SELECT * FROM balance",
            "SELECT * FROM event",
            "SELECT * FROM customer",
        ] {
            let mut query = connection.prepare(sql).unwrap();
            let columns = query.column_count();
            let mut found = query.query([]).unwrap();
            while let Some(row) = found.next().unwrap() {
                let cells: Vec<String> = (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect();
                rows.push(format!("{sql}: {}", cells.join(" ")));
            }
        }
        rows
    }

    #[track_caller]
    fn assert_memory_holds(&self) {
        assert_eq!(self.store.memory_problems().unwrap(), Vec::<String>::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn rows_that_waited_are_those_that_were_written_at_once(groups in prop::collection::vec(prop::collection::vec(step(), 1..40), 1..6)) {
        let (waiting, at_once) = (books(Tuning::default()), books(Tuning { is_behind: false, ..Tuning::default() }));
        for group in &groups {
            let (left, right) = (waiting.group(group), at_once.group(group));
            prop_assert_eq!(format!("{left:?}"), format!("{right:?}"));
            prop_assert_eq!(waiting.rows(), at_once.rows());
        }
        waiting.assert_memory_holds();
    }
}

/// A group with an orphan in it fails at its COMMIT.
fn orphan(books: &Books) -> tokio::sync::oneshot::Receiver<Result<usize>> {
    books.store.0.writer.submit(|tx| tx.run("INSERT INTO child (of) VALUES (404)", [])).unwrap()
}

#[test]
fn a_failed_commit_leaves_nothing_in_the_memory_and_the_innocent_run_again() {
    let books = books(Tuning::default());
    assert!(books.group(&[Step::Take(0, -100), Step::Take(1, -50)]).iter().all(Result::is_ok));
    let (release, is_released) = mpsc::channel::<()>();
    let held = books.store.0.writer.submit(move |_| Ok(is_released.recv().is_ok())).unwrap();
    let submit = |step| books.store.0.writer.submit_again(move |tx: &mut WriteTx<'_>| run(tx, step)).unwrap();
    let first = submit(Step::Take(0, 60));
    let once = books.store.0.writer.submit(|tx| take(tx, &of(0), 1)).unwrap();
    let guilty = orphan(&books);
    let (covered, refused, other) = (submit(Step::Take(0, 40)), submit(Step::Take(0, 1)), submit(Step::Take(1, 50)));
    release.send(()).unwrap();
    assert!(held.blocking_recv().unwrap().is_err(), "it cannot run again");
    assert_eq!(first.blocking_recv().unwrap().unwrap(), 40);
    assert!(matches!(once.blocking_recv().unwrap(), Err(Error::Internal(_))));
    assert!(matches!(guilty.blocking_recv().unwrap(), Err(Error::Internal(_))));
    assert_eq!(covered.blocking_recv().unwrap().unwrap(), 0, "what the failed group took is not missing");
    assert!(matches!(refused.blocking_recv().unwrap(), Err(Error::InsufficientFunds)));
    assert_eq!(other.blocking_recv().unwrap().unwrap(), 0);
    books.assert_memory_holds();
    let (count, first, last) = books.store.read(audit::event_numbers).unwrap();
    assert_eq!((count, first, last), (5, 1, 5), "the feed has no gap");
}

#[test]
fn what_another_process_wrote_is_seen() {
    let books = books(Tuning::default());
    assert_eq!(books.group(&[Step::Take(0, -100)])[0].clone().unwrap(), 100);
    let (clock, random) = (Arc::new(ManualClock::new(START)), Arc::new(Random::seeded(9)));
    let other = Store::open(books.dir.path(), Role::Command, clock, random).unwrap();
    assert_eq!(other.write_blocking(|tx| take(tx, &of(0), 90)).unwrap(), 10);
    let generation = books.store.access_generation();
    assert!(matches!(books.group(&[Step::Take(0, 11)])[0], Err(Error::InsufficientFunds)));
    assert_eq!(books.group(&[Step::Take(0, 10)])[0].clone().unwrap(), 0);
    assert!(books.store.access_generation() > generation, "it may have changed who may call");
    books.assert_memory_holds();
    assert_eq!(other.memory_problems().unwrap(), Vec::<String>::new(), "a command remembers for nobody");
}

#[test]
fn a_full_disk_refuses_everybody_and_is_forgotten_once_there_is_room() {
    let books = books(Tuning::default());
    books.group(&[Step::Take(0, -100)])[0].clone().unwrap();
    let pages: i64 = books.store.read(|tx| tx.value("PRAGMA page_count", [])).unwrap();
    assert!(pages < 1_000);
    books.store.write_blocking(|tx| tx.value::<i64>("PRAGMA max_page_count=1", [])).unwrap(); // as many as there are
    let mut is_full = false;
    for _ in 0..50 {
        let told = books.group(&[Step::Take(0, -1); 40]);
        is_full |= told.iter().any(|told| matches!(told, Err(Error::Busy)));
    }
    assert!(is_full);
    books.store.write_blocking(|tx| tx.value::<i64>("PRAGMA max_page_count=1000000", [])).unwrap();
    let before = books.store.read(|tx| balance::fetch(tx, &of(0), &unit())).unwrap().unwrap().amount;
    assert_eq!(books.group(&[Step::Take(0, 1)])[0].clone().unwrap(), before - 1);
    books.assert_memory_holds();
}

#[test]
fn who_may_call_is_told_of_before_the_answer() {
    let books = books(Tuning::default());
    books.group(&[Step::Take(0, -1)])[0].clone().unwrap();
    let before = books.store.access_generation();
    assert!(books.group(&[Step::Take(0, -1), Step::Switch(0, 3)]).iter().all(Result::is_ok));
    assert_eq!(books.store.access_generation(), before, "nobody's rights changed");
    let add = |tx: &mut WriteTx<'_>| {
        tx.run("INSERT INTO user (id, username, role, created_at, updated_at) VALUES ('u', 'u', 'standard', 1, 1)", [])
    };
    books.store.write_blocking(add).unwrap();
    assert!(books.store.access_generation() > before);
}

#[test]
fn a_memory_that_differs_from_the_file_is_a_problem() {
    let books = books(Tuning::default());
    books.group(&[Step::Take(0, -1)])[0].clone().unwrap();
    let lie = |tx: &mut WriteTx<'_>| {
        let behind = tx.behind().expect("a server remembers");
        let key = behind.state().known.keys()[0];
        let account = behind.state().known.account_by_key(key).expect("it is known");
        let totals = crate::domain::ledger::Totals { credits_posted: 99, ..account.totals };
        behind.state().known.restore(crate::store::ledger::Account { totals, ..account });
        Ok(())
    };
    books.store.write_blocking(lie).unwrap();
    assert_eq!(books.store.memory_problems().unwrap().len(), 1);
}

#[test]
fn memory_is_bounded() {
    let mut known = known::Known::default();
    let max = i64::try_from(limits::KNOWN_BALANCES_MAX).unwrap();
    let account = |key| ledger::Account {
        key,
        totals: crate::domain::ledger::Totals::default(),
        credit_limit: 0,
        is_gated: true,
        moved_at: START,
    };
    let name = |key: i64| chart::balance_account(&format!("c{key}"), &unit());
    for key in 0..=max {
        known.keep_account(&name(key), account(key));
    }
    known.evict();
    assert_eq!(known.keys().len(), limits::KNOWN_BALANCES_MAX);
    known.keep_account(&name(0), account(0));
    for key in max..2 * max {
        assert!(known.account(&name(0)).is_some(), "who is asked for stays");
        known.keep_account(&name(key), account(key));
        known.evict();
    }
    assert_eq!(known.keys().len(), limits::KNOWN_BALANCES_MAX);
    assert!(known.account(&name(1)).is_none(), "who is not goes");
}
