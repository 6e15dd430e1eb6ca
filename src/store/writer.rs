//! The one writer: a thread that runs write jobs in groups, one `BEGIN IMMEDIATE … COMMIT` for all that wait.
//!
//! Invariant: nobody is told of a write before its COMMIT is on disk. Each job has a savepoint of its own, so a job
//! that refuses or panics takes only its own writes back; what makes the transaction itself doubtful (a failed
//! COMMIT, a full disk, a roll-back by SQLite) is the answer of every job of the group, refusals too; but those that
//! may run again do, each in a transaction of its own.

use std::any::Any;
use std::collections::VecDeque;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, Params};
use tokio::sync::{Notify, oneshot, watch};

use super::behind::Behind;
use super::reader::ReadTx;
use super::test_clock::newest_instant;
use crate::clock::{Clock, Stopwatch};
use crate::domain::id::{Id, Kind};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::limits;

/// One write job at work: its instant, its ids, and the books as it and the jobs before it left them.
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    random: &'c Random,
    now: Timestamp,
    stands_at: Timestamp,
    is_nudge: bool,
}

impl WriteTx<'_> {
    /// The instant of this job. Later than that of every job before it, also over restarts and beside other
    /// processes, even where the wall clock stands still or steps back.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What the clock shows. [`WriteTx::now`] runs ahead of it where several jobs meet in one instant, so that no two
    /// rows have the same; whether a time is over is asked of the clock.
    pub fn clock_now(&self) -> Timestamp {
        self.stands_at
    }

    /// A new id, of this job's instant.
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        self.random.id(self.now)
    }

    /// The randomness for tokens and secrets.
    pub fn random(&self) -> &Random {
        self.random
    }

    /// Asks for the jobs to look what is due once this is committed (see `Store::nudged`).
    pub fn nudge(&mut self) {
        self.is_nudge = true;
    }

    /// Runs a statement that changes rows; answers how many.
    pub(in crate::store) fn run(&mut self, sql: &'static str, params: impl Params) -> Result<usize> {
        self.read.execute(sql, params)
    }
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &ReadTx<'c> {
        &self.read
    }
}

/// How much waits, and how much shares a COMMIT.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) queue_max: usize,
    pub(super) group_max: usize,
    pub(super) group_ms: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            queue_max: limits::WRITE_QUEUE_MAX,
            group_max: limits::WRITE_GROUP_MAX,
            group_ms: limits::WRITE_GROUP_MS,
        }
    }
}

/// How the writer works, for measurements and tests that compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Jobs that share a COMMIT at most; `None`: as many as [`limits::WRITE_GROUP_MAX`] says.
    pub group_max: Option<usize>,
    /// Whether rows of prepaid events may wait in memory until their group ends. Where not, each row is written at
    /// once and each job has its savepoint.
    pub is_behind: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { group_max: None, is_behind: true }
    }
}

/// Who hears of a COMMIT.
pub(super) struct Told {
    /// Called where a job asked for it.
    pub(super) nudged: Arc<Notify>,
    /// Counts them.
    pub(super) committed: watch::Sender<u64>,
    /// Grows with every COMMIT that changed who may call, before anybody is answered.
    pub(super) access: Arc<AtomicU64>,
}

/// The handle of the writer thread.
pub(super) struct Writer {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread; it owns the only connection that writes.
    pub(super) fn start(
        mut connection: Connection,
        clock: Arc<dyn Clock>,
        random: Arc<Random>,
        told: Told,
        bounds: Bounds,
    ) -> Result<Self> {
        let queue = Queue {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            max: bounds.queue_max,
            tuning: Mutex::default(),
        };
        let queue = Arc::new(queue);
        let last = newest_instant(&connection)?;
        let behind = Behind::watch(&mut connection)?;
        let worker_queue = Arc::clone(&queue);
        let mut worker =
            Worker { connection, behind, clock, random, told, bounds, queue: worker_queue, last, version: None };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                let _end = End(Arc::clone(&worker.queue));
                worker.work();
            })
            .map_err(|why| Error::internal(format!("cannot start the writer: {why}")))?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Queues `job`; its answer comes after its COMMIT.
    pub(super) fn submit<T, F>(&self, job: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        F: FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(Task { job: Once(Some(job)), result: None, reply }))?;
        Ok(answer)
    }

    /// Queues `job`, which may run again where the transaction of its group failed; its answer comes after its COMMIT.
    pub(super) fn submit_again<T, F>(&self, job: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(Task { job: Again(job), result: None, reply }))?;
        Ok(answer)
    }

    /// How it works from the next group on.
    pub(super) fn tune(&self, tuning: Tuning) {
        *self.queue.tuning.lock().unwrap_or_else(PoisonError::into_inner) = tuning;
    }

    /// Lets the thread finish what is queued and waits for its end. From inside a job it only asks for it.
    pub(super) fn stop(&self) {
        self.queue.stop();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread ended in a panic");
        }
    }

    pub(super) fn queue_len(&self) -> usize {
        self.queue.lock().jobs.len()
    }
}

/// The answer where the thread ended without one.
pub(super) fn gone() -> Error {
    Error::internal("the writer thread is gone")
}

struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    max: usize,
    tuning: Mutex<Tuning>,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Box<dyn Job>>,
    is_stopped: bool,
}

impl Queue {
    fn push(&self, job: Box<dyn Job>) -> Result<()> {
        let mut waiting = self.lock();
        if waiting.is_stopped || waiting.jobs.len() >= self.max {
            return Err(Error::Busy);
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// The next job, as soon as there is one; `None` once the queue is stopped and empty.
    fn wait(&self) -> Option<Box<dyn Job>> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return Some(job);
            }
            if waiting.is_stopped {
                return None;
            }
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job, if one waits.
    fn take(&self) -> Option<Box<dyn Job>> {
        self.lock().jobs.pop_front()
    }

    fn stop(&self) {
        self.lock().is_stopped = true;
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what is queued when the thread ends, even in a panic, so that nobody waits for an answer for ever.
struct End(Arc<Queue>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.stop();
        // Taken out first: dropping a job may ask the queue something.
        let left = std::mem::take(&mut self.0.lock().jobs);
        drop(left);
    }
}

/// A job whose result waits for the COMMIT of its group.
trait Job: Send {
    /// Runs the job; answers whether its writes are to stay.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool;
    /// Sends the result, or the failure of the whole group in its place.
    fn answer(self: Box<Self>, group: &Result<()>);
    /// Whether it may run again after a failure of its group.
    fn is_repeatable(&self) -> bool;
}

/// The work of a job.
trait Work<T>: Send {
    /// Does it; `None` where it was done and cannot be again.
    fn work(&mut self, tx: &mut WriteTx<'_>) -> Option<Result<T>>;
    const IS_REPEATABLE: bool;
}

/// Work that is done once.
struct Once<F>(Option<F>);

impl<T, F: FnOnce(&mut WriteTx<'_>) -> Result<T> + Send> Work<T> for Once<F> {
    fn work(&mut self, tx: &mut WriteTx<'_>) -> Option<Result<T>> {
        self.0.take().map(|job| job(tx))
    }

    const IS_REPEATABLE: bool = false;
}

/// Work that may be done again.
struct Again<F>(F);

impl<T, F: FnMut(&mut WriteTx<'_>) -> Result<T> + Send> Work<T> for Again<F> {
    fn work(&mut self, tx: &mut WriteTx<'_>) -> Option<Result<T>> {
        Some((self.0)(tx))
    }

    const IS_REPEATABLE: bool = true;
}

struct Task<T, W> {
    job: W,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, W: Work<T>> Job for Task<T, W> {
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool {
        let done = catch_unwind(AssertUnwindSafe(|| self.job.work(tx))).unwrap_or_else(|panic| {
            Some(Err(Error::internal(format!("a write job panicked: {}", panic_text(&*panic)))))
        });
        let Some(result) = done else { return false };
        self.result.insert(result).is_ok()
    }

    fn is_repeatable(&self) -> bool {
        W::IS_REPEATABLE
    }

    fn answer(self: Box<Self>, group: &Result<()>) {
        let answer = match (group, self.result) {
            (Err(why), _) => Err(why.clone()),
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(gone()),
        };
        // A caller that stopped waiting has nobody to tell; its job is committed all the same.
        drop(self.reply.send(answer));
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("?")
}

/// What the writer thread owns.
struct Worker {
    connection: Connection,
    behind: Behind,
    clock: Arc<dyn Clock>,
    random: Arc<Random>,
    told: Told,
    bounds: Bounds,
    queue: Arc<Queue>,
    /// The instant of the newest job.
    last: Timestamp,
    /// SQLite's number of the file's state, which changes where another process writes.
    version: Option<i64>,
}

/// Why a group has failed.
struct Failed {
    why: Error,
    /// Whether its jobs ran.
    has_begun: bool,
}

impl Worker {
    fn work(&mut self) {
        while let Some(first) = self.queue.wait() {
            let mut group = vec![first];
            let outcome = self.run_group(&mut group, true);
            match outcome {
                Err(Failed { why, has_begun: true }) if group.len() > 1 => self.run_again(group, why),
                other => answer(group, &other.map_err(|failed| failed.why)),
            }
        }
    }

    /// Runs jobs of a failed group again that may, each in a transaction of its own; the others have failed with `why`.
    fn run_again(&mut self, group: Vec<Box<dyn Job>>, why: Error) {
        let mut is_over = false;
        for job in group {
            let mut alone = vec![job];
            if is_over || !alone.iter().all(|job| job.is_repeatable()) {
                answer(alone, &Err(why.clone()));
                continue;
            }
            let outcome = self.run_group(&mut alone, false).map_err(|failed| failed.why);
            // A disk that refuses one refuses the next as well.
            is_over = matches!(outcome, Err(Error::Busy));
            answer(alone, &outcome);
        }
    }

    /// Runs the jobs of `group`, with `takes` also what waits behind them, in one transaction up to COMMIT, and tells
    /// of that; every job taken is in `group` after it.
    fn run_group(&mut self, group: &mut Vec<Box<dyn Job>>, takes: bool) -> Result<(), Failed> {
        let watch = Stopwatch::start();
        let tuning = *self.queue.tuning.lock().unwrap_or_else(PoisonError::into_inner);
        let group_max = if takes { tuning.group_max.unwrap_or(self.bounds.group_max) } else { 1 };
        self.behind.begin_group(tuning.is_behind);
        let begun = ReadTx::new(&self.connection).execute("BEGIN IMMEDIATE", []);
        if let Err(why) = begun {
            // The file is held or broken: whoever waits would only wait as long again.
            group.extend(std::iter::from_fn(|| self.queue.take()).take(group_max));
            return Err(Failed { why, has_begun: false });
        }
        let outcome = self.run_jobs(group, watch, group_max).and_then(|is_nudge| {
            self.behind.end_group(&self.connection)?;
            ReadTx::new(&self.connection).execute("COMMIT", [])?;
            Ok(is_nudge)
        });
        if outcome.is_err() && !self.connection.is_autocommit() {
            // Where SQLite was faster there is nothing left to roll back.
            drop(ReadTx::new(&self.connection).execute("ROLLBACK", []));
        }
        if self.behind.take_access_changed() {
            self.told.access.fetch_add(1, Ordering::SeqCst);
        }
        let is_nudge = outcome.map_err(|why| {
            self.behind.forget();
            Failed { why, has_begun: true }
        })?;
        if is_nudge {
            self.told.nudged.notify_one();
        }
        self.told.committed.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    fn run_jobs(&mut self, group: &mut Vec<Box<dyn Job>>, watch: Stopwatch, group_max: usize) -> Result<bool> {
        self.look_for_others()?;
        let mut is_nudge = false;
        let mut at = 0;
        while let Some(job) = group.get_mut(at) {
            let stands_at = self.clock.now();
            self.last = stands_at.max(self.last.plus(1));
            is_nudge |= run_job(&self.connection, &self.behind, job.as_mut(), (self.last, stands_at), &self.random)?;
            at += 1;
            if group.len() < group_max && watch.elapsed() < Duration::from_millis(self.bounds.group_ms) {
                group.extend(self.queue.take());
            }
        }
        Ok(is_nudge)
    }

    /// Another process may have written since: then its instants count too, and nothing is known of the file.
    fn look_for_others(&mut self) -> Result<()> {
        let version = ReadTx::new(&self.connection).value("PRAGMA data_version", [])?;
        if self.version.replace(version) != Some(version) {
            self.behind.forget();
            self.last = self.last.max(newest_instant(&self.connection)?);
            self.told.access.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}

fn answer(group: Vec<Box<dyn Job>>, outcome: &Result<()>) {
    for job in group {
        job.answer(outcome);
    }
}

/// Runs one job; takes its writes back where it refused. Answers whether it stays and asked for a nudge.
///
/// # Errors
/// Where the transaction of the whole group cannot be believed any more.
fn run_job(
    connection: &Connection,
    behind: &Behind,
    job: &mut dyn Job,
    (now, stands_at): (Timestamp, Timestamp),
    random: &Random,
) -> Result<bool> {
    behind.begin_job(connection)?;
    let mut tx = WriteTx { read: ReadTx::with(connection, behind), random, now, stands_at, is_nudge: false };
    let stays = job.run(&mut tx);
    if connection.is_autocommit() {
        return Err(Error::Busy);
    }
    // After a disk error nothing of this transaction may be committed.
    tx.refuse_if_broken()?;
    behind.end_job(connection, stays)?;
    Ok(stays && tx.is_nudge)
}
