//! The only door: every dialect, page, job and command calls one method of [`App`].
//!
//! That method owns the permission check (`caller.may(…)?` is its first line), the transaction, the ledger postings
//! and the events. Methods are noun first (`invoice_issue`); the twin that runs inside somebody else's transaction
//! is `issue_in(tx, …)`. Invariant: no method holds a transaction open while it talks to a processor.

pub mod account;
pub mod account_key;
pub mod address;
pub mod adjustment;
pub mod api_key;
pub mod auto_refill;
pub mod balance;
pub mod billing_account;
mod billing_hold;
pub mod bin;
pub mod bootstrap;
pub mod caller;
mod card_expiry;
pub(crate) mod chargeable;
pub mod company;
pub mod customer;
pub mod deposit;
pub mod event;
pub mod event_price;
pub mod fees;
pub mod file_batch;
pub mod form_token;
pub mod health;
pub mod idempotency;
pub mod invoice;
pub mod job;
mod known_keys;
pub mod ledger;
pub mod login;
pub mod login_link;
pub mod mail;
pub mod method_needed;
mod method_opened;
pub mod method_token;
pub mod method_trial;
mod notification;
pub mod overview;
pub mod payment_method;
pub mod plan;
pub mod portal;
pub(crate) mod prepaid_charge;
pub mod prepaid_plan;
mod prepaid_return;
pub mod recurring;
pub mod sales_order;
pub mod settlement;
pub mod setup_link;
pub mod signing_key;
pub mod terminal;
pub mod test_clock;
pub mod transaction;
pub mod usage_event;
pub mod user;
pub mod vault;
pub mod verify;
pub mod wallet;
pub mod webhook;
mod write_once;

use std::sync::{Arc, OnceLock};

use tokio::sync::{Semaphore, watch};

use crate::auth::password::Passwords;
use crate::clock::ManualClock;
use crate::domain::id::CompanyId;
use crate::domain::time::Timestamp;
use crate::ids::Random;
use crate::limits;
use crate::outbound::Outbound;
use crate::outbound::smtp::Relay;
use crate::processors::registry::Registry;
use crate::store::{Store, Tuning};
use crate::vault::Vault;

pub use caller::Caller;

/// The running program: everything hangs off this value, nothing is global. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    vault: Vault,
    processors: Registry,
    passwords: Passwords,
    settings: Settings,
    manual_clock: Option<Arc<ManualClock>>,
    security_codes: method_token::SecurityCodes,
    relay: Option<Relay>,
    mailing: tokio::sync::Mutex<()>,
    refilling: tokio::sync::RwLock<()>,
    boot_id: String,
    checkpoint: Option<Checkpoint>,
    outbound: Outbound,
    sending: webhook::Sending,
    webhook_faces: webhook::face::Faces,
    stopping: watch::Sender<bool>,
    listeners: Arc<Semaphore>,
    company_id: OnceLock<CompanyId>,
    known_keys: known_keys::KnownKeys,
    signing_key: signing_key::Opened,
    order_face: OnceLock<sales_order::callback::OrderFace>,
}

/// What `App` needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where customers reach us, without a trailing slash: the head of every link we hand out.
    pub public_url: String,
}

/// Called at every named point between two steps of the charging protocol; `false` means "the process dies here".
///
/// Tests crash the program with it at every point; the served program has none.
pub type Checkpoint = Arc<dyn Fn(&'static str) -> bool + Send + Sync>;

/// What an [`App`] is made of.
pub struct Parts {
    /// The open file.
    pub store: Store,
    /// The open vault.
    pub vault: Vault,
    /// The processors of this file.
    pub processors: Registry,
    /// Configuration.
    pub settings: Settings,
    /// The clock, if it is moved by hand.
    pub manual_clock: Option<Arc<ManualClock>>,
    /// Who takes our mails; `None` keeps them in the outbox.
    pub relay: Option<Relay>,
    /// Where tests crash.
    pub checkpoint: Option<Checkpoint>,
    /// Calls addresses that others gave us.
    pub outbound: Outbound,
}

impl App {
    /// Puts the parts together; each call is a new boot (attempts of earlier boots are recovered, not continued).
    pub fn new(parts: Parts) -> Self {
        let Parts { store, vault, processors, settings, manual_clock, relay, checkpoint, outbound } = parts;
        let boot_id = store.random().public_token();
        let passwords = Passwords::new(Arc::clone(store.random()));
        let security_codes = method_token::SecurityCodes::default();
        Self(Arc::new(Inner {
            store,
            vault,
            processors,
            passwords,
            settings,
            manual_clock,
            security_codes,
            relay,
            mailing: tokio::sync::Mutex::default(),
            refilling: tokio::sync::RwLock::default(),
            boot_id,
            checkpoint,
            outbound,
            sending: webhook::Sending::default(),
            webhook_faces: webhook::face::Faces::default(),
            stopping: watch::Sender::new(false),
            listeners: Arc::new(Semaphore::new(limits::EVENT_LISTENERS_MAX)),
            company_id: OnceLock::new(),
            known_keys: known_keys::KnownKeys::default(),
            signing_key: signing_key::Opened::default(),
            order_face: OnceLock::new(),
        }))
    }

    /// The store, for reads of jobs and commands inside the crate.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The vault.
    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// The processors.
    pub(crate) fn processors(&self) -> &Registry {
        &self.0.processors
    }

    /// Whoever hashes passwords.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Security codes that wait for the use of their token.
    fn security_codes(&self) -> &method_token::SecurityCodes {
        &self.0.security_codes
    }

    /// Who takes our mails.
    pub(crate) fn relay(&self) -> Option<&Relay> {
        self.0.relay.as_ref()
    }

    /// Held while mails are handed to the relay.
    fn mailing(&self) -> &tokio::sync::Mutex<()> {
        &self.0.mailing
    }

    /// Held, as one of many, while an auto refill is looked at and charged.
    fn refilling(&self) -> &tokio::sync::RwLock<()> {
        &self.0.refilling
    }

    /// Configuration.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The clock if it is moved by hand (`--test-clock`).
    pub(crate) fn manual_clock(&self) -> Option<&Arc<ManualClock>> {
        self.0.manual_clock.as_ref()
    }

    /// Whether the clock is moved by hand: nothing ticks by itself then.
    pub fn clock_is_manual(&self) -> bool {
        self.0.manual_clock.is_some()
    }

    /// Told after every commit that may have made something due.
    pub(crate) fn jobs_nudged(&self) -> Arc<tokio::sync::Notify> {
        self.0.store.nudged()
    }

    /// Changes with every commit of this process.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.store.commits()
    }

    /// Calls addresses that others gave us.
    pub(crate) fn outbound(&self) -> &Outbound {
        &self.0.outbound
    }

    /// What is being sent just now.
    pub fn sending(&self) -> &webhook::Sending {
        &self.0.sending
    }

    /// How dialects tell of events.
    pub(in crate::app) fn webhook_faces(&self) -> &webhook::face::Faces {
        &self.0.webhook_faces
    }

    /// Lets answers that wait for something end, because the server stops.
    pub fn waiting_end(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Becomes `true` when answers that wait are to end.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    /// Room for those who wait for events.
    pub(in crate::app) fn listeners(&self) -> &Arc<Semaphore> {
        &self.0.listeners
    }

    /// The key that signs what others check, once it is open.
    fn signing_opened(&self) -> &signing_key::Opened {
        &self.0.signing_key
    }

    /// How a dialect shows an order to others.
    fn order_face(&self) -> &OnceLock<sales_order::callback::OrderFace> {
        &self.0.order_face
    }

    /// The id of the company, which never changes.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn company_id(&self) -> crate::error::Result<CompanyId> {
        if let Some(id) = self.0.company_id.get() {
            return Ok(id.clone());
        }
        let id = self.company()?.id;
        Ok(self.0.company_id.get_or_init(|| id).clone())
    }

    /// The keys that are in use.
    fn known_keys(&self) -> &known_keys::KnownKeys {
        &self.0.known_keys
    }

    /// How the writer works from now on, for measurements and tests that compare.
    pub fn writer_tune(&self, tuning: Tuning) {
        self.0.store.tune(tuning);
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.0.store.clock().now()
    }

    /// A new id for a request that brought none.
    pub fn new_correlation_id(&self) -> String {
        self.random().public_token()
    }

    /// Randomness.
    pub(crate) fn random(&self) -> &Random {
        self.0.store.random()
    }

    /// This run of the program; attempts carry it, so that a later run knows which ones nobody waits for any more.
    pub(crate) fn boot_id(&self) -> &str {
        &self.0.boot_id
    }

    /// Dies here if a test says so.
    ///
    /// # Errors
    /// `Internal` at the point where a test wants the process dead.
    pub(crate) fn checkpoint(&self, point: &'static str) -> crate::error::Result<()> {
        match &self.0.checkpoint {
            Some(alive) if !alive(point) => Err(crate::error::Error::internal(format!("crash at {point}"))),
            _ => Ok(()),
        }
    }
}
