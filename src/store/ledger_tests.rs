//! The books under random postings and under many writers: balanced, only growing, chained, gated.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;
use crate::domain::ledger::chart;
use crate::domain::ledger::hash_input;
use crate::domain::time::Timestamp;
use crate::ids::Random;
use crate::store::{Role, Store, audit};

const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const OTHER: Source<'static> = Source { kind: "test", id: "other" };

fn open(dir: &Path) -> Store {
    Store::open(dir, Role::Server, Arc::new(ManualClock::new(START)), Arc::new(Random::seeded(3))).unwrap()
}

fn books() -> (Store, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (open(dir.path()), dir)
}

fn name(kind: AccountKind, owner: &str, denomination: &str) -> AccountName {
    AccountName { kind, owner: owner.to_owned(), denomination: Denomination::parse(denomination).unwrap() }
}

/// A few accounts of two denominations, gated and not.
fn accounts(denomination: &str) -> [AccountName; 4] {
    [
        name(AccountKind::Bank, "", denomination),
        name(AccountKind::Usage, "", denomination),
        name(AccountKind::CustomerBalance, "c1", denomination),
        name(AccountKind::CustomerBalance, "c2", denomination),
    ]
}

fn posting(debit: &AccountName, credit: &AccountName, amount: i64) -> Posting {
    Posting { fact: Fact::Sale, debit: debit.clone(), credit: credit.clone(), amount }
}

/// Proves the books from their entries alone: totals, balance per denomination, gate, hash chain. Answers the head.
fn prove(store: &Store) -> (i64, [u8; 32]) {
    store
        .read(|tx| {
            let mut recount: BTreeMap<i64, Totals> = BTreeMap::new();
            let (mut reserved, mut head, mut last) = (BTreeMap::new(), [0; 32], 0);
            for entry in audit::entries_after(tx, 0, 1_000_000)? {
                assert_eq!(entry.key, last + 1, "entries are numbered without a gap");
                head = Sha256::digest(hash_input(&head, &entry.hashed())).into();
                assert_eq!(entry.hash, head, "entry {} continues the chain", entry.key);
                let held = entry.pending_key.map(|key| reserved.remove(&key).expect("what is ended was reserved"));
                let form = match entry.form.as_str() {
                    "posted" => Form::Posted,
                    "pending" => Form::Pending,
                    "post_pending" => Form::PostPending { reserved: held.unwrap() },
                    _ => Form::VoidPending { reserved: held.unwrap() },
                };
                if form == Form::Pending {
                    reserved.insert(entry.key, entry.amount);
                }
                for (account, side) in [(entry.debit_account, Side::Debit), (entry.credit_account, Side::Credit)] {
                    let totals = recount.entry(account).or_default();
                    *totals = totals.after(side, form, entry.amount).expect("in range");
                }
                last = entry.key;
            }
            for account in audit::accounts(tx)? {
                assert_eq!(account.totals, recount.remove(&account.key).unwrap_or_default(), "{}", account.name);
            }
            let mut sums: BTreeMap<String, (i128, i128)> = BTreeMap::new();
            for (name, totals) in trial_balance(tx)? {
                let limit = account(tx, &name)?.filter(|found| found.is_gated).map(|found| found.credit_limit);
                assert!(limit.is_none_or(|limit| totals.available() + i128::from(limit) >= 0), "{name:?}");
                let sum = sums.entry(name.denomination.as_str().to_owned()).or_default();
                sum.0 += totals.debits_posted - totals.credits_posted;
                sum.1 += totals.debits_pending - totals.credits_pending;
            }
            assert!(sums.values().all(|sum| *sum == (0, 0)), "debits are credits in each denomination: {sums:?}");
            Ok((last, head))
        })
        .unwrap()
}

fn totals(store: &Store) -> Vec<(AccountName, Totals)> {
    store.read(trial_balance).unwrap()
}

/// What a random step does.
#[derive(Clone, Debug)]
enum Step {
    /// Posts rows as one document: (debit, credit, amount) each.
    Post {
        rows: Vec<(usize, usize, i64)>,
    },
    Reserve {
        debit: usize,
        credit: usize,
        amount: i64,
    },
    /// Ends the n-th reservation made so far by posting this share of it (in quarters), or by voiding it at 0.
    End {
        which: usize,
        quarters: i64,
    },
    /// Mirrors the n-th document.
    Reverse {
        which: usize,
    },
    Limit {
        account: usize,
        limit: i64,
    },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let pair = || (0..4_usize, 1..4_usize).prop_map(|(debit, by)| (debit, (debit + by) % 4));
    let row = (pair(), 1..500_i64).prop_map(|((debit, credit), amount)| (debit, credit, amount));
    prop_oneof![
        6 => prop::collection::vec(row, 1..4).prop_map(|rows| Step::Post { rows }),
        3 => (pair(), 1..500_i64).prop_map(|((debit, credit), amount)| Step::Reserve { debit, credit, amount }),
        3 => (0..20_usize, 0..=4_i64).prop_map(|(which, quarters)| Step::End { which, quarters }),
        2 => (0..20_usize).prop_map(|which| Step::Reverse { which }),
        1 => (2..4_usize, 0..300_i64).prop_map(|(account, limit)| Step::Limit { account, limit }),
        1 => Just(Step::Reopen),
    ]
}

/// The books while random steps run over them.
struct Run {
    store: Option<Store>,
    dir: TempDir,
    documents: usize,
    reservations: Vec<(i64, i64)>,
}

impl Run {
    fn store(&self) -> &Store {
        self.store.as_ref().expect("open between steps")
    }

    fn take(&mut self, step: Step, denomination: &str) -> Result<()> {
        let accounts = accounts(denomination);
        let document = format!("d{}", self.documents);
        match step {
            Step::Post { rows } => {
                let rows: Vec<Posting> =
                    rows.iter().map(|(d, c, amount)| posting(&accounts[*d], &accounts[*c], *amount)).collect();
                self.documents += 1;
                self.store().write_blocking(move |tx| post(tx, Source { kind: "test", id: &document }, &rows))
            }
            Step::Reserve { debit, credit, amount } => {
                let row = posting(&accounts[debit], &accounts[credit], amount);
                let key = self.store().write_blocking(move |tx| reserve(tx, OTHER, &row))?;
                self.reservations.push((key, amount));
                Ok(())
            }
            Step::End { which, quarters } => {
                let Some((key, amount)) = self.reservations.get(which).copied() else { return Ok(()) };
                let share = amount * quarters / 4;
                self.store().write_blocking(move |tx| match share {
                    0 => void_pending(tx, OTHER, key),
                    share => post_pending(tx, OTHER, key, share),
                })
            }
            Step::Reverse { which } => {
                let document = format!("d{which}");
                self.store().write_blocking(move |tx| reverse(tx, Source { kind: "test", id: &document }, Fact::Voided))
            }
            Step::Limit { account, limit } => {
                let account = accounts[account].clone();
                self.store().write_blocking(move |tx| set_credit_limit(tx, &account, limit))
            }
            Step::Reopen => {
                self.store = None;
                self.store = Some(open(self.dir.path()));
                Ok(())
            }
        }
    }
}

fn only_grew(before: &[(AccountName, Totals)], after: &[(AccountName, Totals)]) {
    for (name, old) in before {
        let new = after.iter().find(|(other, _)| other == name).expect("an account stays").1;
        assert!(new.debits_posted >= old.debits_posted && new.credits_posted >= old.credits_posted, "{name:?} fell");
    }
}

/// Whether the entries of a document move nothing, taken together.
fn is_undone(store: &Store, document: &str) -> bool {
    let mut effect: BTreeMap<i64, i64> = BTreeMap::new();
    for entry in store.read(|tx| audit::entries_after(tx, 0, 1_000_000)).unwrap() {
        if entry.source_id == document {
            *effect.entry(entry.debit_account).or_default() += entry.amount;
            *effect.entry(entry.credit_account).or_default() -= entry.amount;
        }
    }
    effect.values().all(|amount| *amount == 0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is asked in whatever order, over restarts.
    #[test]
    fn the_books_hold_after_any_steps(steps in prop::collection::vec((step(), any::<bool>()), 1..50)) {
        let (store, dir) = books();
        let mut run = Run { store: Some(store), dir, documents: 0, reservations: Vec::new() };
        for (step, in_units) in steps {
            let (before, head) = (totals(run.store()), prove(run.store()));
            match run.take(step.clone(), if in_units { "sms" } else { "USD" }) {
                Ok(()) => {
                    only_grew(&before, &totals(run.store()));
                    if let Step::Reverse { which } = step {
                        prop_assert!(is_undone(run.store(), &format!("d{which}")), "a reversed document has no effect");
                    }
                }
                Err(Error::InsufficientFunds | Error::Conflict(_)) => {
                    prop_assert_eq!(totals(run.store()), before, "a refusal writes nothing");
                    prop_assert_eq!(prove(run.store()), head);
                }
                Err(other) => panic!("{step:?}: {other:?}"),
            }
        }
        prove(run.store());
    }
}

/// Posted amounts of an account, debits less credits.
fn net(store: &Store, account: &AccountName) -> i64 {
    totals(store)
        .iter()
        .find(|(name, _)| name == account)
        .map_or(0, |(_, totals)| i64::try_from(totals.debit_balance()).unwrap())
}

fn post_as(store: &Store, id: &'static str, rows: Vec<Posting>) -> Result<()> {
    store.write_blocking(move |tx| post(tx, Source { kind: "test", id }, &rows))
}

#[test]
fn a_reversal_mirrors_what_is_in_force_once() {
    let (store, _dir) = books();
    let [bank, usage, one, two] = accounts("USD");
    post_as(&store, "paid", vec![posting(&bank, &usage, 100), posting(&bank, &one, 30), posting(&bank, &usage, 5)])
        .unwrap();
    post_as(&store, "kept", vec![posting(&bank, &two, 7)]).unwrap();
    let (held, gone) = (posting(&bank, &usage, 50), posting(&bank, &two, 9));
    let source = Source { kind: "test", id: "paid" };
    store
        .write_blocking(move |tx| {
            let (part, void) = (reserve(tx, source, &held)?, reserve(tx, source, &gone)?);
            post_pending(tx, source, part, 20)?;
            void_pending(tx, source, void)
        })
        .unwrap();
    assert_eq!(net(&store, &bank), 162);
    let back = |store: &Store| store.write_blocking(move |tx| reverse(tx, source, Fact::Voided)).unwrap();
    back(&store);
    assert_eq!((net(&store, &bank), net(&store, &usage), net(&store, &one), net(&store, &two)), (7, 0, 0, -7));
    let (entries, _) = prove(&store);
    back(&store);
    assert_eq!(prove(&store).0, entries, "a second reversal has nothing left to mirror");

    post_as(&store, "paid", vec![posting(&bank, &usage, 4)]).unwrap();
    back(&store);
    assert_eq!((net(&store, &bank), prove(&store).0), (7, entries + 2), "only what came since is mirrored");
}

#[test]
fn a_document_that_a_gate_refuses_leaves_nothing() {
    let (store, _dir) = books();
    let [bank, usage, one, two] = accounts("sms");
    post_as(&store, "in", vec![posting(&bank, &one, 10)]).unwrap();
    let (before, head) = (totals(&store), prove(&store));
    // The first row of each would pass, and opens an account that was not there.
    for rows in [
        vec![posting(&one, &usage, 10), posting(&one, &usage, 1)],
        vec![posting(&one, &two, 10), posting(&two, &usage, 11)],
    ] {
        assert!(matches!(post_as(&store, "out", rows), Err(Error::InsufficientFunds)));
        assert_eq!((totals(&store), prove(&store)), (before.clone(), head));
    }
    post_as(&store, "out", vec![posting(&one, &usage, 10)]).unwrap();
    assert_eq!(net(&store, &one), 0);
}

#[test]
fn entries_are_never_rewritten() {
    let (store, _dir) = books();
    let [bank, _, one, _] = accounts("sms");
    post_as(&store, "in", vec![posting(&bank, &one, 10)]).unwrap();
    let rewrite = store.write_blocking(|tx| tx.run("UPDATE ledger_entry SET amount = 1 WHERE key = 1", []));
    let delete = store.write_blocking(|tx| tx.run("DELETE FROM ledger_entry WHERE key = 1", []));
    assert!(rewrite.is_err() && delete.is_err(), "entries are append-only");
    prove(&store);
}

#[test]
fn a_reservation_ends_once_and_within_itself() {
    let (store, _dir) = books();
    let [bank, usage, one, _] = accounts("sms");
    post_as(&store, "in", vec![posting(&bank, &one, 100)]).unwrap();
    let row = posting(&one, &usage, 40);
    let (first, second) =
        store.write_blocking(move |tx| Ok((reserve(tx, OTHER, &row)?, reserve(tx, OTHER, &row)?))).unwrap();
    let end = |key, amount| store.write_blocking(move |tx| post_pending(tx, OTHER, key, amount));
    let void = |key| store.write_blocking(move |tx| void_pending(tx, OTHER, key));
    for amount in [-1, 0, 41] {
        assert!(matches!(end(first, amount), Err(Error::Invalid { .. })), "{amount}");
    }
    assert_eq!(store.read(|tx| open_reservations(tx, OTHER)).unwrap(), [first, second]);
    end(first, 40).unwrap();
    assert!(matches!(end(first, 40), Err(Error::Conflict(_))), "another one is still open, but not this");
    assert!(matches!(void(first), Err(Error::Conflict(_))));
    void(second).unwrap();
    assert!(matches!(void(second), Err(Error::Conflict(_))));
    assert!(matches!(void(1), Err(Error::NotFound { .. })), "an entry in force is no reservation");
    assert!(matches!(void(99), Err(Error::NotFound { .. })));
    assert!(store.read(|tx| open_reservations(tx, OTHER)).unwrap().is_empty());
    prove(&store);
}

/// Moves between balances: 8 that everyone uses and 200 that few do (RELIABILITY.md R16).
const BALANCES: u64 = 208;
const WRITERS: u64 = 64;
const MOVES: u64 = 40;
const PAID_IN: i64 = 50;

fn balance(index: u64) -> AccountName {
    chart::balance_account(&format!("c{index}"), &Denomination::parse("sms").unwrap())
}

/// Splitmix64: every client its own fixed sequence.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 32
}

fn some_balance(state: &mut u64) -> u64 {
    let of = if draw(state).is_multiple_of(2) { 8 } else { BALANCES };
    draw(state) % of
}

/// Answers how many moves were refused for want of funds.
async fn move_at_random(store: Store, client: u64) -> u64 {
    let (mut state, mut refused) = (client, 0);
    for turn in 0..MOVES {
        let (from, to) = (some_balance(&mut state), some_balance(&mut state));
        if from == to {
            continue;
        }
        let amount = i64::try_from(draw(&mut state) % 90 + 1).unwrap();
        let row = posting(&balance(from), &balance(to), amount);
        let id = format!("{client}-{turn}");
        match store.write(move |tx| post(tx, Source { kind: "move", id: &id }, &[row])).await {
            Ok(()) => {}
            Err(Error::InsufficientFunds) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    refused
}

/// Reads every balance in one snapshot until told to stop; answers how often.
fn watch(store: &Store, is_over: &AtomicBool) -> usize {
    let mut reads = 0;
    while !is_over.load(Ordering::SeqCst) || reads == 0 {
        let mut balances = totals(store);
        balances.retain(|(name, _)| name.kind == AccountKind::CustomerBalance);
        assert_eq!(balances.len(), usize::try_from(BALANCES).unwrap(), "no balance is missing");
        assert!(balances.iter().all(|(_, totals)| totals.available() >= 0), "no balance is below zero");
        let sum: i128 = balances.iter().map(|(_, totals)| totals.available()).sum();
        assert_eq!(sum, i128::from(BALANCES) * i128::from(PAID_IN), "money was made or lost");
        reads += 1;
    }
    reads
}

#[test]
fn every_snapshot_of_a_busy_bank_sums_to_what_was_paid_in() {
    let (store, dir) = books();
    let bank = name(AccountKind::UnitsIssued, "", "sms");
    let rows: Vec<Posting> = (0..BALANCES).map(|index| posting(&bank, &balance(index), PAID_IN)).collect();
    post_as(&store, "opening", rows).unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let watchers: Vec<_> = (0..2)
        .map(|_| {
            let (store, is_over) = (store.clone(), Arc::clone(&is_over));
            std::thread::spawn(move || watch(&store, &is_over))
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let refused: u64 = runtime.block_on(async {
        let clients: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(move_at_random(store.clone(), n))).collect();
        let mut refused = 0;
        for client in clients {
            refused += client.await.unwrap();
        }
        refused
    });
    is_over.store(true, Ordering::SeqCst);
    for watcher in watchers {
        assert!(watcher.join().expect("every snapshot held") > 0);
    }
    assert!(refused > 0, "the gate was asked: some moves were more than there was");
    let head = prove(&store);
    drop(store);
    assert_eq!(prove(&open(dir.path())), head, "and the file says the same");
}
