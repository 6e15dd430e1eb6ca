//! The file of the company's books: everything that touches SQLite is in this folder.
//!
//! One writer thread commits jobs in groups ([`Store::write`]), read-only connections answer questions beside it
//! ([`Store::read`]). A write is answered only after its COMMIT reached the disk, so a reader always sees what a
//! client was told, and what was told survives a power loss.

mod account_json;
pub(crate) mod account_subscription;
pub(crate) mod address;
pub(crate) mod adjustment;
pub mod api_key;
pub(crate) mod attempt;
pub(crate) mod audit;
pub(crate) mod auto_refill;
mod backup;
pub(crate) mod balance;
mod behind;
pub(crate) mod billing_account;
pub(crate) mod card_collector;
mod changes;
pub(crate) mod company;
mod connect;
pub(crate) mod customer;
pub(crate) mod customer_search;
pub(crate) mod customer_session;
pub(crate) mod deposit;
pub(crate) mod error;
pub mod event;
pub(crate) mod event_price;
pub(crate) mod file_batch;
pub mod idempotency;
pub(crate) mod invoice;
pub(crate) mod job_run;
mod known;
pub(crate) mod ledger;
mod ledger_entry;
mod lock;
pub(crate) mod login_link;
pub(crate) mod mail;
pub(crate) mod method_token;
mod migrate;
pub(crate) mod order_callback;
pub(crate) mod overview;
pub(crate) mod payment_method;
pub(crate) mod plan;
pub(crate) mod plan_attachment;
pub(crate) mod plan_step;
pub(crate) mod prepaid_charge;
pub(crate) mod prepaid_plan;
pub mod processor;
mod reader;
pub(crate) mod refill;
mod rows;
pub(crate) mod sales_order;
pub mod session;
pub(crate) mod settlement;
pub mod setup_link;
pub(crate) mod signing_key;
pub(crate) mod subscription;
mod subscription_extras;
pub(crate) mod subscription_search;
pub mod terminal;
pub(crate) mod test_clock;
pub(crate) mod transaction;
pub(crate) mod transaction_search;
pub(crate) mod transaction_snapshot;
pub(crate) mod usage_event;
pub mod user;
pub(crate) mod value;
pub mod vault_key;
pub(crate) mod wallet_key;
pub(crate) mod webhook;
pub(crate) mod webhook_delivery;
mod writer;

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::limits;

pub use migrate::SCHEMA_VERSION;
pub use reader::ReadTx;
pub use writer::{Tuning, WriteTx};

use lock::ServerLock;
use reader::Readers;
use writer::{Bounds, Told, Writer};

/// The name of the database inside its folder.
const FILE_NAME: &str = "bursar.db";

/// What this process is to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one server of the file: holds `bursar.lock` as long as it lives, so that there is no second one.
    Server,
    /// A command beside a server that may be running: takes no lock; its writes wait their turn for the file.
    Command,
}

/// The books of one company. Clones share the same connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

/// Fields drop in this order: the writer closes before the lock lets another server in.
struct Inner {
    writer: Writer,
    readers: Readers,
    path: PathBuf,
    is_new: bool,
    clock: Arc<dyn Clock>,
    random: Arc<Random>,
    nudged: Arc<Notify>,
    commits: watch::Receiver<u64>,
    access: Arc<AtomicU64>,
    /// Held as long as this value lives; a command has none.
    lock: Option<ServerLock>,
}

impl Store {
    /// Opens the books in folder `dir`: makes the folder (0700) and the file (0600) where there is none, brings an
    /// older file up to this program's schema after a backup beside it.
    ///
    /// # Errors
    /// [`Error::Conflict`] where another server holds the folder, the file comes from a newer program or is not
    /// ours; [`Error::Internal`] where the settings that make an answer durable do not hold.
    pub fn open(dir: &Path, role: Role, clock: Arc<dyn Clock>, random: Arc<Random>) -> Result<Self> {
        Self::open_with(dir, role, clock, random, Bounds::default(), |_| Ok(()))
    }

    /// [`Store::open`] with other bounds, and a look at the writer's connection before it starts.
    fn open_with(
        dir: &Path,
        role: Role,
        clock: Arc<dyn Clock>,
        random: Arc<Random>,
        bounds: Bounds,
        prepare: impl FnOnce(&mut Connection) -> Result<()>,
    ) -> Result<Self> {
        make_dir(dir)?;
        let lock = match role {
            Role::Server => Some(ServerLock::take(dir)?),
            Role::Command => None,
        };
        let path = dir.join(FILE_NAME);
        make_file(&path)?;
        refuse_open_books(&path)?;
        let mut connection = connect::writer(&path)?;
        let is_new = migrate::bring_up_to_date(&mut connection, dir, lock.is_some(), clock.now())?;
        if role == Role::Server && clock.is_manual() {
            test_clock::stand(&connection, clock.now())?;
        }
        prepare(&mut connection)?;
        let nudged = Arc::new(Notify::new());
        let (committed, commits) = watch::channel(0);
        let access = Arc::new(AtomicU64::new(0));
        let told = Told { nudged: Arc::clone(&nudged), committed, access: Arc::clone(&access) };
        let writer = Writer::start(connection, Arc::clone(&clock), Arc::clone(&random), told, bounds)?;
        let readers = Readers::new(path.clone(), role);
        let inner = Inner { writer, readers, path, is_new, clock, random, nudged, commits, access, lock };
        Ok(Self(Arc::new(inner)))
    }

    /// Whether this open made the file.
    pub fn is_new(&self) -> bool {
        self.0.is_new
    }

    /// Runs `job` on the writer thread, all or nothing, and answers after its COMMIT. Jobs that wait share one
    /// COMMIT; a lone job waits for nobody. `job` must not wait for anything: no network, no hashing of passwords.
    /// It runs to its end even where the caller stops waiting for the answer.
    ///
    /// # Errors
    /// What `job` refused, with nothing written; [`Error::Busy`] where the queue is full, the disk takes no writes
    /// or the store is shut down; [`Error::Internal`] where `job` panicked.
    pub async fn write<T, F>(&self, job: F) -> Result<T>
    where
        F: FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.0.writer.submit(job)?.await.unwrap_or_else(|_| Err(writer::gone()))
    }

    /// [`Store::write`] of a job that may run more than once: where the transaction of its group fails it runs again in
    /// one of its own, so that a neighbour's fault is not its answer.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_again<T, F>(&self, job: F) -> Result<T>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.0.writer.submit_again(job)?.await.unwrap_or_else(|_| Err(writer::gone()))
    }

    /// How the writer works from its next group on.
    pub fn tune(&self, tuning: Tuning) {
        self.0.writer.tune(tuning);
    }

    /// Grows with every COMMIT that changed who may call, before anybody is answered who asked for the change.
    pub fn access_generation(&self) -> u64 {
        self.0.access.load(Ordering::SeqCst)
    }

    /// [`Store::write`] for start-up and commands, which have no runtime around them.
    ///
    /// # Errors
    /// As [`Store::write`].
    ///
    /// # Panics
    /// Inside an async context.
    pub fn write_blocking<T, F>(&self, job: F) -> Result<T>
    where
        F: FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.0.writer.submit(job)?.blocking_recv().unwrap_or_else(|_| Err(writer::gone()))
    }

    /// Runs `f` at once on this thread over one consistent snapshot, on a connection that cannot write.
    ///
    /// # Errors
    /// What `f` refused; a server ends a read after `limits::READ_MAX_MS` with [`Error::Busy`], because a long one
    /// keeps the write-ahead log from being reused.
    pub fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.0.readers.read(f)
    }

    /// What the writer of this server remembers otherwise than the file says, as sentences. Waits for the writer, some
    /// accounts at a time.
    ///
    /// # Errors
    /// `Busy` where the writer takes no jobs.
    pub fn memory_problems(&self) -> Result<Vec<String>> {
        if self.0.lock.is_none() {
            return Ok(Vec::new());
        }
        let keys =
            self.ask_writer(|tx| Ok(tx.behind().map(|behind| behind.state().known.keys()).unwrap_or_default()))?;
        let mut problems = Vec::new();
        for keys in keys.chunks(limits::MEMORY_CHECK_MAX) {
            let keys = keys.to_vec();
            problems.extend(self.ask_writer(move |tx| behind::problems(tx, &keys))?);
        }
        Ok(problems)
    }

    /// Asks the writer's own connection; also inside an async context, whose thread waits.
    fn ask_writer<T: Send + 'static>(&self, ask: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        let (told, answer) = std::sync::mpsc::channel();
        drop(self.0.writer.submit(move |tx| Ok(told.send(ask(tx)).is_ok()))?);
        answer.recv().map_err(|_| Error::Busy)?
    }

    /// The clock that `WriteTx::now` asks.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The randomness that ids are made of.
    pub fn random(&self) -> &Arc<Random> {
        &self.0.random
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Told after each COMMIT whose jobs called [`WriteTx::nudge`]. It keeps one unheard call, for one listener.
    pub fn nudged(&self) -> Arc<Notify> {
        Arc::clone(&self.0.nudged)
    }

    /// Changes with every COMMIT of this process: for whoever waits for something new in the file.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.commits.clone()
    }

    /// Copies the books as they are at this moment into the new file `file` (0600), while writes go on.
    ///
    /// # Errors
    /// [`Error::Conflict`] where `file` exists; nothing is left at `file` where the copy fails.
    pub fn backup_to(&self, file: &Path) -> Result<()> {
        backup::copy_to(&connect::reader(&self.0.path)?, file)
    }

    /// Lets the writer finish what is queued, then closes it; later writes are [`Error::Busy`].
    pub fn shutdown(&self) {
        self.0.readers.close_idle();
        self.0.writer.stop();
    }

    /// Write jobs that wait, without the ones that run.
    pub fn queue_len(&self) -> usize {
        self.0.writer.queue_len()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.readers.close_idle();
        self.writer.stop();
    }
}

fn make_dir(dir: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|why| Error::internal(format!("cannot make the folder {}: {why}", dir.display())))
}

/// Refuses books that others on the machine can read or write (RELIABILITY.md S84); ours are made private.
fn refuse_open_books(path: &Path) -> Result<()> {
    let mode = path.metadata().map_err(|why| Error::internal(format!("{}: {why}", path.display())))?.mode();
    if mode & 0o077 != 0 {
        let shown = path.display();
        return Err(Error::Conflict(format!("{shown} can be read by others on this machine: chmod go= {shown}")));
    }
    Ok(())
}

/// Makes the empty file with its mode before SQLite sees it. An existing file is never opened here: closing a second
/// descriptor would drop SQLite's locks on it.
fn make_file(path: &Path) -> Result<()> {
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(why) => Err(Error::internal(format!("cannot make {}: {why}", path.display()))),
    }
}

#[cfg(test)]
#[path = "behind_tests.rs"]
mod behind_tests;
#[cfg(test)]
#[path = "open_tests.rs"]
mod open_tests;
#[cfg(test)]
#[path = "writer_tests.rs"]
mod writer_tests;
