//! A program that dies where a test says so, and the bank that never forgets.
//!
//! A life of the program ends when its checkpoint says no: everything of it is dropped, the folder with the bank's
//! book stays, and the next life opens it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bursar::app::bootstrap::{self, Open, OpenClock};
use bursar::app::{App, Caller};
use bursar::clock::{Clock, ManualClock};
use bursar::domain::access::Actor;
use bursar::domain::time::Timestamp;
use bursar::error::Error;
use bursar::ids::Random;
use bursar::processors::OperationKind;
use bursar::processors::simulator::faults::{Fault, Step};
use bursar::processors::simulator::{Settings, Simulator};
use bursar::store::Role;
use tempfile::TempDir;

/// When every world begins: half a minute before a settlement closes, so that a cut-off falls into what is unknown.
pub const START: &str = "2026-01-10T23:59:30Z";

/// Which call of the bank goes wrong, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which kind of call.
    pub step: Step,
    /// Commits of this operation only.
    pub operation: Option<OperationKind>,
    /// Calls of that step that pass before it.
    pub after: u32,
    /// How many calls go wrong.
    pub calls: u32,
    /// How.
    pub fault: Fault,
}

/// When the lives of a program end: the nth checkpoint of each life; a life beyond the list does not end by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crashes(pub Vec<usize>);

/// Checkpoints passed in one life, and whether it has ended.
#[derive(Default)]
struct Life {
    seen: Mutex<Vec<&'static str>>,
    is_over: AtomicBool,
}

/// The program, its folder and its bank.
pub struct World {
    running: Option<Running>,
    life: Arc<Life>,
    /// Names of the checkpoints passed in all lives.
    pub points: Vec<&'static str>,
    crashes: Crashes,
    lives: usize,
    planned: Option<Planned>,
    clock: Arc<ManualClock>,
    settings: Settings,
    dir: TempDir,
}

struct Running {
    app: App,
    simulator: Arc<Simulator>,
}

impl World {
    /// A fresh folder, furnished, without crashes or faults.
    pub fn new(settings: Settings) -> Self {
        let now = Timestamp::parse_rfc3339(START).expect("RFC 3339");
        Self::in_folder(folder(), now, settings, Crashes::default(), None)
    }

    /// A copy of `template`'s folder as it lies on the disk, at its instant.
    pub fn copy(template: &Self, crashes: Crashes, planned: Option<Planned>) -> Self {
        assert!(template.running.is_none(), "a template is closed before it is copied");
        let dir = folder();
        std::fs::create_dir(dir.path().join("data")).expect("a new folder");
        for file in ["data.key", "data/bursar.db", "data/simulator.book"] {
            std::fs::copy(template.dir.path().join(file), dir.path().join(file)).expect("the template has the file");
        }
        Self::in_folder(dir, template.clock.now(), template.settings, crashes, planned)
    }

    fn in_folder(dir: TempDir, now: Timestamp, settings: Settings, crashes: Crashes, planned: Option<Planned>) -> Self {
        let mut world = Self {
            running: None,
            life: Arc::default(),
            points: Vec::new(),
            crashes,
            lives: 0,
            planned,
            clock: Arc::new(ManualClock::new(now)),
            settings,
            dir,
        };
        world.open();
        world
    }

    /// The program.
    pub fn app(&self) -> &App {
        &self.running.as_ref().expect("the program runs").app
    }

    /// The bank.
    pub fn simulator(&self) -> &Simulator {
        &self.running.as_ref().expect("the program runs").simulator
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data().join("bursar.db")
    }

    /// Whether the present life has ended.
    pub fn is_dead(&self) -> bool {
        self.life.is_over.load(Ordering::SeqCst)
    }

    /// The task that died was only a task: the program lives on and passes every checkpoint from here.
    pub fn revive(&self) {
        self.life.is_over.store(false, Ordering::SeqCst);
    }

    /// How many lives ended in a crash.
    pub fn crashed(&self) -> usize {
        self.lives.saturating_sub(1)
    }

    /// Whether the planned fault has met its call.
    pub fn fault_was_met(&self) -> bool {
        self.planned.is_none() || self.simulator().faults().is_empty()
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock by `micros` without running anything.
    pub fn pass(&self, micros: i64) {
        self.clock.advance_to(self.clock.now().plus(micros));
    }

    /// Ends the present life and begins the next one on the same folder; what it owed the bank's faults stays planned.
    pub fn reopen(&mut self) {
        self.close();
        self.open();
    }

    /// Ends the present life.
    pub fn close(&mut self) {
        let Some(Running { app, simulator }) = self.running.take() else { return };
        if simulator.faults().is_empty() {
            self.planned = None;
        }
        app.shutdown();
        self.points.append(&mut self.life.seen.lock().expect("no holder panics"));
    }

    fn open(&mut self) {
        let life = Arc::new(Life::default());
        self.life = Arc::clone(&life);
        let dies_at = self.crashes.0.get(self.lives).copied();
        self.lives += 1;
        let checkpoint = move |point: &'static str| {
            let mut seen = life.seen.lock().expect("no holder panics");
            if life.is_over.load(Ordering::SeqCst) {
                return false;
            }
            seen.push(point);
            let dies = dies_at == Some(seen.len());
            life.is_over.store(dies, Ordering::SeqCst);
            !dies
        };
        let opened = self.open_when_free(Arc::new(checkpoint));
        if let Some(Planned { step, operation, after, calls, fault }) = self.planned {
            let faults = opened.simulator.faults();
            faults.plan_for(after, step, operation, None);
            faults.plan_for(calls, step, operation, Some(fault));
        }
        self.running = Some(Running { app: opened.app, simulator: opened.simulator });
    }

    /// The last life's threads let go of the folder a moment after it has ended.
    fn open_when_free(&self, checkpoint: bursar::app::Checkpoint) -> bootstrap::Opened {
        for _ in 0..100_000 {
            let opened = bootstrap::open(Open {
                data_dir: self.data(),
                key_file: None,
                role: Role::Server,
                clock: OpenClock::Manual(Arc::clone(&self.clock)),
                random: Arc::new(Random::seeded(7 + u64::try_from(self.lives).expect("few"))),
                public_url: "http://localhost".to_owned(),
                simulator: self.settings,
                relay: None,
                checkpoint: Some(Arc::clone(&checkpoint)),
                outbound: bursar::outbound::Settings::default(),
            });
            match opened {
                Err(Error::Conflict(_)) => std::thread::yield_now(),
                opened => return opened.expect("the folder opens"),
            }
        }
        panic!("the last life never let go of its folder");
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }
}

/// A folder in memory where there is one: these tests are about the order of writes, not about the disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a temporary folder")
}

/// Whoever asks on the merchant's side.
pub fn merchant() -> Caller {
    Caller::internal(Actor::Command)
}

/// The merchant's caller with an idempotency key.
pub fn merchant_with_key(key: &str) -> Caller {
    Caller { idempotency_key: Some(key.to_owned()), ..merchant() }
}
