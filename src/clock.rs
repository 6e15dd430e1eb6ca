//! The only place that asks the machine what time it is.
//!
//! Everything else takes `now` as an argument: from `WriteTx::now` inside a write, from
//! [`Clock::now`] outside one. Tests and `--test-clock` put a [`ManualClock`] in its place.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::Timestamp;

/// A source of instants.
pub trait Clock: Send + Sync {
    /// The present instant, UTC microseconds.
    fn now(&self) -> Timestamp;

    /// Whether the clock is moved by hand (`--test-clock`, tests).
    fn is_manual(&self) -> bool {
        false
    }
}

/// The machine's wall clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is moved forwards by hand.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.as_micros()))
    }

    /// Moves the clock forwards; an earlier instant leaves it where it is.
    pub fn advance_to(&self, instant: Timestamp) {
        self.0.fetch_max(instant.as_micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn is_manual(&self) -> bool {
        true
    }
}

/// The machine's clock until the file says that it follows a test clock: the clock of a command beside the server.
#[derive(Debug, Default)]
pub struct FileClock(OnceLock<Timestamp>);

impl FileClock {
    /// The file follows a test clock, which stands at `instant`; said once.
    pub fn stand_at(&self, instant: Timestamp) {
        self.0.get_or_init(|| instant);
    }
}

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        self.0.get().copied().unwrap_or_else(|| SystemClock.now())
    }
}

/// A span of real time, for measuring how long something took; never for deciding what is due.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the monotonic clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Real time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
