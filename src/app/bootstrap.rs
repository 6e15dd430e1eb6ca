//! Opening a company's folder: the file, the vault beside it, the processors; furnishing a new one.
//!
//! A new folder gets, in one transaction, its company, an administrator without a password, the vault's keys, the
//! simulator as default processor, one simulated terminal and a set-up link. A crash before that commit leaves a file
//! without a company, which the next start furnishes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::{App, Caller, Checkpoint, Parts, Settings, event};
use crate::auth::one_time::{NewLink, SETUP_LIFE};
use crate::clock::{Clock, FileClock, ManualClock};
use crate::domain::access::{Actor, Permissions, Role as UserRole};
use crate::domain::company::Company;
use crate::domain::event::Topic;
use crate::domain::id::CompanyId;
use crate::domain::terminal::{ProcessorAccount, Terminal};
use crate::domain::user::{User, UserStatus};
use crate::domain::user_settings::UserSettings;
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::outbound::smtp::Relay;
use crate::outbound::{self, Outbound, Reach};
use crate::processors::Registry;
use crate::processors::simulator::{self, Simulator};
use crate::store::vault_key::StoredKey;
use crate::store::{self, Role, Store, WriteTx};
use crate::vault::{Vault, WrappedKey};

/// The first administrator's name.
pub const ADMIN: &str = "admin";
/// The company's name until the merchant gives it one.
const COMPANY: &str = "My Company";
/// The simulator's book inside the data folder.
const BOOK: &str = "simulator.book";

/// What an [`App`] is opened with.
pub struct Open {
    /// The data folder.
    pub data_dir: PathBuf,
    /// The vault's key file; `None` is [`default_key_file`].
    pub key_file: Option<PathBuf>,
    /// The server of the folder, or a command beside it.
    pub role: Role,
    /// The clock.
    pub clock: OpenClock,
    /// Randomness.
    pub random: Arc<Random>,
    /// Where customers reach us, without a trailing slash.
    pub public_url: String,
    /// How the simulated processor behaves.
    pub simulator: simulator::Settings,
    /// Who takes our mails; `None` keeps them in the outbox.
    pub relay: Option<Relay>,
    /// Where tests crash.
    pub checkpoint: Option<Checkpoint>,
    /// How addresses are called that others gave us. With a clock moved by hand this machine itself may be called.
    pub outbound: outbound::Settings,
}

/// Which clock decides what is due.
#[derive(Clone)]
pub enum OpenClock {
    /// The machine's.
    Running(Arc<dyn Clock>),
    /// The test clock that the file stands at, otherwise the machine's: for commands.
    OfFile,
    /// One moved by hand; refused on a file that has taken a real charge.
    Manual(Arc<ManualClock>),
}

/// An opened folder.
pub struct Opened {
    /// The program.
    pub app: App,
    /// The simulated processor, which tests look into.
    pub simulator: Arc<Simulator>,
    /// The secret of a new folder's set-up link: `{public_url}/admin/setup/{secret}`.
    pub setup_secret: Option<String>,
}

/// `DIR.key` beside the folder `DIR`.
pub fn default_key_file(data_dir: &Path) -> PathBuf {
    let absolute = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    // A trailing `.` or slash is no name to put `.key` behind.
    let whole: PathBuf = absolute.components().collect();
    let mut name = OsString::from(whole);
    name.push(".key");
    PathBuf::from(name)
}

/// Opens the folder, furnishing it where it is new. Waits for the disk: not inside an async context.
///
/// # Errors
/// A sentence for the operator: another server holds the folder, the key file is missing or readable by others, the
/// file is from a newer program, or a test clock was asked for on real books.
pub fn open(open: Open) -> Result<Opened> {
    let Open { data_dir, key_file, role, clock, random, public_url, simulator, relay, checkpoint, mut outbound } = open;
    let (store, manual_clock) = open_store(&data_dir, role, clock, Arc::clone(&random))?;
    let key_file = key_file.unwrap_or_else(|| default_key_file(&data_dir));
    let company =
        store.read(|tx| if store::company::exists(tx)? { store::company::fetch(tx).map(Some) } else { Ok(None) });
    let (vault, setup_secret) = match company? {
        Some(company) => {
            refuse_test_clock_on_real_books(manual_clock.is_some(), &company)?;
            let keys: Vec<WrappedKey> = store.read(store::vault_key::list)?.into_iter().map(wrapped).collect();
            (Vault::open(&key_file, &data_dir, company.id.as_str(), &keys)?, None)
        }
        None => furnish(&store, &data_dir, &key_file)?,
    };
    let processors = Registry::new();
    let simulator = Arc::new(Simulator::open(Some(&data_dir.join(BOOK)), simulator)?);
    for account in store.read(store::processor::list)? {
        if account.kind == "simulator" {
            processors.insert(account.id.as_str(), Arc::clone(&simulator) as Arc<dyn crate::processors::Processor>);
        }
    }
    remember_public_url(&store, role, &public_url)?;
    let settings = Settings { public_url: public_url.clone() };
    if manual_clock.is_some() && outbound.reach == Reach::Public {
        outbound.reach = Reach::Loopback;
    }
    outbound.public_url.clone_from(&public_url);
    let outbound = Outbound::new(outbound);
    let app = App::new(Parts { store, vault, processors, settings, manual_clock, relay, checkpoint, outbound });
    Ok(Opened { app, simulator, setup_secret })
}

/// Opens the file, and goes on at the instant where its test clock stood.
fn open_store(
    dir: &Path,
    role: Role,
    clock: OpenClock,
    random: Arc<Random>,
) -> Result<(Store, Option<Arc<ManualClock>>)> {
    match clock {
        OpenClock::Running(clock) => Ok((Store::open(dir, role, clock, random)?, None)),
        OpenClock::OfFile => {
            let clock = Arc::new(FileClock::default());
            let store = Store::open(dir, role, Arc::clone(&clock) as Arc<dyn Clock>, random)?;
            if let Some(at) = store.read(store::test_clock::goes_on_at)? {
                clock.stand_at(at);
            }
            Ok((store, None))
        }
        OpenClock::Manual(clock) => {
            let store = Store::open(dir, role, Arc::clone(&clock) as Arc<dyn Clock>, random)?;
            if let Some(at) = store.read(store::test_clock::goes_on_at)? {
                clock.advance_to(at);
            }
            Ok((store, Some(clock)))
        }
    }
}

/// Links in mails are written inside transactions, by commands beside the server too.
fn remember_public_url(store: &Store, role: Role, url: &str) -> Result<()> {
    let is_new = store.read(store::company::fetch)?.public_url != url;
    if role != Role::Server || url.is_empty() || !is_new {
        return Ok(());
    }
    let url = url.to_owned();
    store.write_blocking(move |tx| store::company::set_public_url(tx, &url))
}

fn refuse_test_clock_on_real_books(is_manual: bool, company: &Company) -> Result<()> {
    match company.real_charge_at {
        Some(at) if is_manual => Err(Error::Conflict(format!(
            "the test clock is refused: this file took a real charge on {}",
            at.utc_date()
        ))),
        _ => Ok(()),
    }
}

fn furnish(store: &Store, data_dir: &Path, key_file: &Path) -> Result<(Vault, Option<String>)> {
    if !key_file.exists() {
        Vault::create_key_file(key_file, store.random())?;
    }
    let now = store.clock().now();
    let (id, install_id): (CompanyId, _) = (store.random().id(now), store.random().public_token());
    let (vault, keys) = Vault::create(key_file, data_dir, id.as_str(), store.random())?;
    let link = NewLink::new(store.random());
    let hash = link.hash;
    store.write_blocking(move |tx| {
        store::company::insert(tx, &id, &install_id, COMPANY)?;
        furnish_in(tx, &keys, &hash)
    })?;
    Ok((vault, Some(link.text)))
}

fn furnish_in(tx: &mut WriteTx<'_>, keys: &[WrappedKey], link: &[u8; 32]) -> Result<()> {
    let caller = Caller::internal(Actor::Command);
    for key in keys {
        store::vault_key::put(tx, &stored(key))?;
    }
    let admin = first_admin(tx);
    store::user::insert(tx, &admin)?;
    event::emit(tx, &caller, Topic::UserCreated, admin.id.as_str(), &json!({ "username": ADMIN }))?;
    let simulator = first_processor(tx);
    store::processor::insert(tx, &simulator)?;
    let terminal = first_terminal(tx, &simulator);
    store::terminal::insert(tx, &terminal)?;
    let expires_at = tx.now().plus(SETUP_LIFE);
    store::setup_link::insert(tx, link, Some(&admin.id), expires_at)
}

fn first_admin(tx: &WriteTx<'_>) -> User {
    User {
        id: tx.new_id(),
        username: ADMIN.to_owned(),
        name: "Administrator".to_owned(),
        phone: String::new(),
        email: String::new(),
        time_zone: "ETC/UTC".to_owned(),
        status: UserStatus::Active,
        role: UserRole::Admin,
        permissions: Permissions::NONE,
        settings: UserSettings::default(),
        is_password_expired: false,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

fn first_processor(tx: &WriteTx<'_>) -> ProcessorAccount {
    ProcessorAccount {
        id: tx.new_id(),
        kind: "simulator".to_owned(),
        name: "Simulator".to_owned(),
        is_default: true,
        is_active: true,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// TPN 000000000001 approves everything (spec/simulator.md).
fn first_terminal(tx: &WriteTx<'_>, simulator: &ProcessorAccount) -> Terminal {
    Terminal {
        id: tx.new_id(),
        processor_id: simulator.id.clone(),
        manufacturer: "dejavoo".to_owned(),
        model: "z11".to_owned(),
        serial_number: "000000000001".to_owned(),
        tpn: "000000000001".to_owned(),
        description: "simulated terminal".to_owned(),
        is_active: true,
        auth_key: tx.random().public_token(),
        register_id: "1".to_owned(),
        auto_settle: true,
        settle_at: "00:00:00".to_owned(),
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

fn wrapped(StoredKey { id, wrapped, is_retired }: StoredKey) -> WrappedKey {
    WrappedKey { id, bytes: wrapped, retired: is_retired }
}

/// A vault's key as its row.
pub(super) fn stored(WrappedKey { id, bytes, retired }: &WrappedKey) -> StoredKey {
    StoredKey { id: *id, wrapped: bytes.clone(), is_retired: *retired }
}
