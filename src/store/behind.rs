//! What the jobs of a group wrote that SQLite has not seen yet: prepaid events and what goes with them.
//!
//! An ordinary prepaid event is decided and written in memory alone: its rows wait here and go to SQLite
//! together, table by table and each account once, before the COMMIT of its group. Whatever else a job does stays as it was, because a
//! statement that reads a table with waiting rows, or writes anything, first makes all of it settle. A job gets its
//! savepoint at its first own row in SQLite; one that refuses without any only leaves what it put here.
//!
//! Invariant: the file and what waits are together, at every moment and for every statement, what they would be had
//! each row been written at once. After a failure nothing here is believed any more ([`Behind::forget`]).

use std::cell::{Cell, RefCell, RefMut};
use std::collections::{BTreeSet, HashMap};

use rusqlite::Connection;

use super::changes::{Changes, Table};
use super::event::EventRow;
use super::known::Known;
use super::ledger::Account;
use super::ledger_entry::EntryRow;
use super::reader::ReadTx;
use super::{balance, event, ledger, ledger_entry, usage_event};
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::domain::ledger::Totals;
use crate::domain::time::Timestamp;
use crate::domain::usage_event::UsageEvent;
use crate::error::{Error, Result};

/// Tables of which rows wait here.
const TABLES: [&str; 5] = ["usage_event", "ledger_entry", "ledger_account", "balance", "event"];

/// Where the sequences of the append-only tables end, as far as known.
#[derive(Clone, Copy, Default)]
pub(super) struct Ends {
    usage: Option<i64>,
    /// With the hash that the next entry continues.
    entry: Option<(i64, [u8; 32])>,
    event: Option<i64>,
}

/// Rows that wait.
#[derive(Default)]
struct Waiting {
    usage: Vec<UsageEvent>,
    entries: Vec<EntryRow>,
    events: Vec<EventRow>,
    /// Accounts whose known totals are not in the file yet.
    accounts: BTreeSet<i64>,
    /// Accounts whose balance counts more taken units than the file.
    taken: BTreeSet<i64>,
}

/// What the job at work did.
#[derive(Default)]
struct Job {
    has_savepoint: bool,
    /// Waiting rows that were there before it.
    usage: usize,
    entries: usize,
    events: usize,
    ends: Ends,
    /// Accounts it moved, as they were.
    moved: HashMap<i64, Account>,
    /// What events had taken of balances, by their accounts.
    taken: HashMap<i64, i64>,
    /// Accounts that it read first.
    read: Vec<i64>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) known: Known,
    waiting: Waiting,
    ends: Ends,
    job: Job,
}

/// The memory of the writer thread.
pub(super) struct Behind {
    is_on: Cell<bool>,
    state: RefCell<State>,
    changes: Changes,
    is_access_changed: Cell<bool>,
    /// Why the transaction cannot be believed any more.
    failed: Cell<Option<Error>>,
}

impl Behind {
    /// Watches what is written through `connection`.
    ///
    /// # Errors
    /// Where SQLite takes no hook.
    pub(super) fn watch(connection: &mut Connection) -> Result<Self> {
        Ok(Self {
            is_on: Cell::new(true),
            state: RefCell::default(),
            changes: Changes::watch(connection)?,
            is_access_changed: Cell::new(false),
            failed: Cell::new(None),
        })
    }

    /// Whether rows may wait. Where not, each statement runs at once and each job has its savepoint from the start.
    pub(super) fn is_on(&self) -> bool {
        self.is_on.get()
    }

    /// Between groups: switches it, and makes room.
    pub(super) fn begin_group(&self, is_on: bool) {
        if !is_on && self.is_on.get() {
            self.forget();
        }
        self.is_on.set(is_on);
        self.state().known.evict();
    }

    /// Forgets everything: the transaction was rolled back, or somebody else wrote to the file.
    pub(super) fn forget(&self) {
        *self.state.borrow_mut() = State::default();
        self.failed.set(None);
    }

    /// Whether a row of those who may call changed since this was asked last.
    pub(super) fn take_access_changed(&self) -> bool {
        drop(self.state());
        self.is_access_changed.replace(false)
    }

    /// What is known and waits, after the changes that SQLite reported.
    pub(super) fn state(&self) -> RefMut<'_, State> {
        let mut state = self.state.borrow_mut();
        for (table, key) in self.changes.take() {
            match table {
                Table::UsageEvent => state.ends.usage = None,
                Table::LedgerEntry => state.ends.entry = None,
                Table::Event => state.ends.event = None,
                Table::Access => self.is_access_changed.set(true),
                _ => state.known.forget(table, key),
            }
        }
        state
    }

    /// Begins a job.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) fn begin_job(&self, connection: &Connection) -> Result<()> {
        self.state().begin_job();
        if self.is_on.get() { Ok(()) } else { self.settle(connection, true) }
    }

    /// Ends the job: its rows stay, or are taken back.
    ///
    /// # Errors
    /// Where the transaction of the whole group cannot be believed any more.
    pub(super) fn end_job(&self, connection: &Connection, stays: bool) -> Result<()> {
        if let Some(why) = self.failed.take() {
            return Err(why);
        }
        let tx = ReadTx::new(connection);
        let mut state = self.state();
        if !stays {
            state.take_back();
        }
        if state.job.has_savepoint {
            if !stays {
                tx.execute("ROLLBACK TO job", [])?;
            }
            tx.execute("RELEASE job", [])?;
        }
        Ok(())
    }

    /// Writes down what waits at the end of a group.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) fn end_group(&self, connection: &Connection) -> Result<()> {
        self.state().begin_job(); // which has nothing of its own
        self.settle(connection, false)
    }

    /// Before `sql` runs: lets settle what it could miss.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) fn before(&self, connection: &Connection, sql: &str, is_read: bool) -> Result<()> {
        if is_read && (!self.state().is_waiting() || !asks_of_tables(sql)) {
            return Ok(());
        }
        self.settle(connection, !is_read)
    }

    /// Writes down what waits; `is_write` says that a row of the job at work follows.
    ///
    /// # Errors
    /// Whatever the file refuses; the group has failed then.
    pub(super) fn settle(&self, connection: &Connection, is_write: bool) -> Result<()> {
        if let Some(why) = self.failed.take() {
            self.failed.set(Some(why.clone()));
            return Err(why);
        }
        // Until it has settled, a panic on the way is a failure of the group as well.
        self.failed.set(Some(Error::internal("what waited was not written")));
        let mut state = self.state();
        let tx = ReadTx::new(connection);
        let settled = self.changes.unheard(|| state.settle(&tx, is_write));
        self.failed.set(settled.clone().err());
        settled
    }
}

/// What is remembered otherwise than the file says, as sentences; for `verify`.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn problems(tx: &ReadTx<'_>, keys: &[i64]) -> Result<Vec<String>> {
    let Some(behind) = tx.behind() else { return Ok(Vec::new()) };
    let mut problems = Vec::new();
    tx.settle()?;
    let file = tx.of_file();
    for key in keys {
        let state = behind.state();
        let (account, balance) = (state.known.account_by_key(*key), state.known.balance_over(*key));
        let Some(name) = state.known.name(*key) else { continue };
        let stored = ledger::account_of_file(&file, *key)?;
        let is_other = match balance {
            Some((_, known)) => balance::fetch(&file, &known.customer_id, &known.denomination)? != Some(known),
            None => false,
        };
        if is_other || stored != account || state.waiting.accounts.contains(key) {
            problems.push(format!("account {name}: the writer remembers it otherwise than the file has it"));
        }
    }
    Ok(problems)
}

/// Whether a statement names one of the tables that have rows here.
fn asks_of_tables(sql: &str) -> bool {
    let mut words = sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.any(|word| TABLES.contains(&word))
}

/// Writes what events took of a balance: `taken`, or what is known.
fn write_taken(tx: &ReadTx<'_>, known: &Known, account: i64, taken: Option<i64>) -> Result<()> {
    let found = known.balance_over(account);
    let (key, balance) = found.ok_or_else(|| Error::internal("a waiting balance was forgotten"))?;
    balance::write_taken(tx, key, taken.unwrap_or(balance.events_taken))
}

impl State {
    fn is_waiting(&self) -> bool {
        let Waiting { usage, entries, events, accounts, taken } = &self.waiting;
        !(usage.is_empty() && entries.is_empty() && events.is_empty() && accounts.is_empty() && taken.is_empty())
    }

    fn begin_job(&mut self) {
        let (job, waiting) = (&mut self.job, &self.waiting);
        job.has_savepoint = false;
        (job.usage, job.entries, job.events) = (waiting.usage.len(), waiting.entries.len(), waiting.events.len());
        job.ends = self.ends;
        job.moved.clear();
        job.taken.clear();
        job.read.clear();
    }

    /// Whether the job at work has rows here.
    fn has_own(&self) -> bool {
        let Waiting { usage, entries, events, .. } = &self.waiting;
        let job = &self.job;
        let has_rows = usage.len() > job.usage || entries.len() > job.entries || events.len() > job.events;
        has_rows || !job.moved.is_empty() || !job.taken.is_empty()
    }

    fn settle(&mut self, tx: &ReadTx<'_>, is_write: bool) -> Result<()> {
        if !self.job.has_savepoint && (is_write || self.has_own()) {
            self.settle_earlier(tx)?;
            tx.execute("SAVEPOINT job", [])?;
            self.job.has_savepoint = true;
        }
        let Waiting { usage, entries, events, accounts, taken } = &mut self.waiting;
        usage_event::write_all(tx, usage)?;
        ledger_entry::write_all(tx, entries)?;
        event::write_all(tx, events)?;
        for key in accounts.iter() {
            let account = self.known.account_by_key(*key);
            ledger::write_totals(tx, &account.ok_or_else(|| Error::internal("a waiting account was forgotten"))?)?;
        }
        for key in taken.iter() {
            write_taken(tx, &self.known, *key, None)?;
        }
        usage.clear();
        entries.clear();
        events.clear();
        accounts.clear();
        taken.clear();
        (self.job.usage, self.job.entries, self.job.events) = (0, 0, 0);
        Ok(())
    }

    /// Writes down what the jobs before this one left, with their totals.
    fn settle_earlier(&mut self, tx: &ReadTx<'_>) -> Result<()> {
        let job = &mut self.job;
        let Waiting { usage, entries, events, accounts, taken } = &mut self.waiting;
        usage_event::write_all(tx, &usage[..job.usage])?;
        ledger_entry::write_all(tx, &entries[..job.entries])?;
        event::write_all(tx, &events[..job.events])?;
        for key in accounts.iter() {
            let account = job.moved.get(key).copied().or_else(|| self.known.account_by_key(*key));
            ledger::write_totals(tx, &account.ok_or_else(|| Error::internal("a waiting account was forgotten"))?)?;
        }
        for key in taken.iter() {
            write_taken(tx, &self.known, *key, job.taken.get(key).copied())?;
        }
        usage.drain(..job.usage);
        entries.drain(..job.entries);
        events.drain(..job.events);
        accounts.retain(|key| job.moved.contains_key(key));
        taken.retain(|key| job.taken.contains_key(key));
        (job.usage, job.entries, job.events) = (0, 0, 0);
        Ok(())
    }

    /// Takes back what the job at work did here. What it did in SQLite goes with its savepoint, and with it everything
    /// that was learnt of the file meanwhile.
    fn take_back(&mut self) {
        let job = &mut self.job;
        self.waiting.usage.truncate(job.usage);
        self.waiting.entries.truncate(job.entries);
        self.waiting.events.truncate(job.events);
        self.ends = job.ends;
        if !job.has_savepoint {
            // An account that did not wait before may wait for what the file has already: no harm.
            job.moved.drain().for_each(|(_, account)| self.known.restore(account));
            for (key, taken) in job.taken.drain() {
                self.known.set_taken(key, taken);
            }
            return;
        }
        let touched = job.moved.drain().map(|(key, _)| key).chain(job.taken.drain().map(|(key, _)| key));
        for key in touched.chain(job.read.drain(..)) {
            self.waiting.accounts.remove(&key);
            self.waiting.taken.remove(&key);
            self.known.forget_account(key);
        }
        self.known.forget_small();
    }

    /// Notes that the job at work read this account first.
    pub(super) fn note_read(&mut self, key: i64) {
        self.job.read.push(key);
    }

    /// Moves a known account; answers whether it was known.
    pub(super) fn move_account(&mut self, key: i64, totals: Totals, now: Timestamp) -> bool {
        let Some(before) = self.known.set_totals(key, totals, now) else { return false };
        self.job.moved.entry(key).or_insert(before);
        self.waiting.accounts.insert(key);
        true
    }

    /// Counts what events took of a balance; answers whether it was known.
    pub(super) fn count_taken(&mut self, customer: &CustomerId, denomination: &Denomination, taken: i64) -> bool {
        let Some(account) = self.known.balance_account(customer, denomination) else { return false };
        let Some(before) = self.known.set_taken(account, taken) else { return false };
        self.job.taken.entry(account).or_insert(before);
        self.waiting.taken.insert(account);
        true
    }

    /// The key of the newest usage event, if it is known.
    pub(super) fn usage_end(&mut self) -> &mut Option<i64> {
        &mut self.ends.usage
    }

    /// The newest entry's key and hash, if they are known.
    pub(super) fn entry_end(&mut self) -> &mut Option<(i64, [u8; 32])> {
        &mut self.ends.entry
    }

    /// The newest event's number, if it is known.
    pub(super) fn event_end(&mut self) -> &mut Option<i64> {
        &mut self.ends.event
    }

    /// Lets a usage event wait.
    pub(super) fn add_usage(&mut self, event: UsageEvent) {
        self.ends.usage = Some(event.key);
        self.waiting.usage.push(event);
    }

    /// Lets an entry wait.
    pub(super) fn add_entry(&mut self, entry: EntryRow) {
        self.ends.entry = Some((entry.key, entry.hash));
        self.waiting.entries.push(entry);
    }

    /// Lets an event wait.
    pub(super) fn add_event(&mut self, event: EventRow) {
        self.ends.event = Some(event.seq);
        self.waiting.events.push(event);
    }

    /// Usage events that wait, in the order of their keys.
    pub(super) fn usage(&self) -> &[UsageEvent] {
        &self.waiting.usage
    }
}
