//! When jobs are looked at: a monotonic ticker, a nudge after commits, and the calendar. What happens is in
//! `app::job`; rows decide what is due.
//!
//! Invariant: nothing here decides that something is billed. A late, doubled or missing tick changes only when it is.

mod calendar;
mod refiller;
mod sender;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::app::job::Job;
use crate::clock::Stopwatch;
use crate::domain::time::{MINUTE, Timestamp};
use crate::error::Result;

pub use refiller::Refiller;
pub use sender::Sender;

/// How often rows are looked at without a nudge.
const TICK: Duration = Duration::from_secs(1);
/// How far wall clock and monotonic clock may drift apart between two ticks, microseconds (RELIABILITY.md 3.3.2).
const CLOCK_JUMP_MAX_US: i64 = MINUTE;
/// How often the heartbeat is written, microseconds.
const HEARTBEAT_US: i64 = MINUTE;

/// The running ticker; dropped, it stops after the job at hand.
pub struct Ticker {
    task: JoinHandle<()>,
    apart: JoinHandle<()>,
    calendar: Option<calendar::Calendar>,
}

impl Ticker {
    /// Starts looking for due rows: every second, where `nudge` tells of a commit that asks for it, and by the calendar.
    ///
    /// With a clock moved by hand nothing ticks: moving it runs what becomes due.
    ///
    /// # Errors
    /// The calendar cannot be started.
    pub async fn start(app: App, nudge: Arc<Notify>) -> Result<Option<Self>> {
        if app.clock_is_manual() {
            return Ok(None);
        }
        let calendar = calendar::Calendar::start(Arc::clone(&nudge)).await?;
        let apart = tokio::spawn(tick_apart_for_ever(app.clone()));
        let task = tokio::spawn(tick_for_ever(app, nudge));
        Ok(Some(Self { task, apart, calendar: Some(calendar) }))
    }

    /// Stops looking.
    pub async fn stop(mut self) {
        self.task.abort();
        self.apart.abort();
        if let Some(calendar) = self.calendar.take() {
            calendar.stop().await;
        }
    }
}

async fn tick_for_ever(app: App, nudge: Arc<Notify>) {
    let watch = Trust::new(app.now());
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = nudge.notified() => {}
        }
        let now = app.now();
        if !watch.is_trusted(now) {
            tracing::warn!(%now, "the wall clock jumped: this look is skipped");
            continue;
        }
        if watch.heartbeat_is_due(now)
            && let Err(why) = app.heartbeat().await
        {
            tracing::error!(error = ?why, "the heartbeat could not be written");
        }
        look(&app, |job| !job.is_apart()).await;
        metrics::gauge!("bursar_last_tick_seconds").set(gauge_seconds(now));
    }
}

/// Runs the jobs that wait for somebody else's machine, after every commit and every second; auto refills have the
/// refiller.
async fn tick_apart_for_ever(app: App) {
    let mut commits = app.commits();
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        commits.mark_unchanged();
        look(&app, |job| job.is_apart() && job != Job::RefillBalances).await;
        tokio::select! {
            _ = interval.tick() => {}
            _ = commits.changed() => {}
        }
    }
}

async fn look(app: &App, wanted: impl Fn(Job) -> bool) {
    if let Err(why) = app.jobs_run_due_where(wanted).await {
        tracing::error!(error = ?why, "a look for due rows failed; the next one tries again");
    }
}

/// Seconds for a gauge, whose interface is a float.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a gauge is a float; seconds fit exactly")]
fn gauge_seconds(now: Timestamp) -> f64 {
    now.as_seconds() as f64
}

/// Compares the wall clock with the monotonic one.
struct Trust {
    since: Stopwatch,
    started_us: i64,
    offset_us: AtomicI64,
    heartbeat_us: AtomicI64,
}

impl Trust {
    fn new(now: Timestamp) -> Self {
        Self {
            since: Stopwatch::start(),
            started_us: now.as_micros(),
            offset_us: AtomicI64::new(0),
            heartbeat_us: AtomicI64::new(i64::MIN),
        }
    }

    /// Whether the wall clock moved as much as the monotonic one since the last look; a jump is accepted after it was
    /// skipped once.
    fn is_trusted(&self, now: Timestamp) -> bool {
        let elapsed = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX);
        let offset = now.as_micros().saturating_sub(self.started_us).saturating_sub(elapsed);
        let before = self.offset_us.swap(offset, Ordering::Relaxed);
        offset.saturating_sub(before).abs() <= CLOCK_JUMP_MAX_US
    }

    fn heartbeat_is_due(&self, now: Timestamp) -> bool {
        let last = self.heartbeat_us.load(Ordering::Relaxed);
        let due = last == i64::MIN || now.as_micros().saturating_sub(last).abs() >= HEARTBEAT_US;
        if due {
            self.heartbeat_us.store(now.as_micros(), Ordering::Relaxed);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_wall_clock_is_skipped_once() {
        let start = Timestamp::from_micros(1_800_000_000_000_000);
        let trust = Trust::new(start);
        assert!(trust.is_trusted(start.plus(MINUTE / 2)));
        assert!(!trust.is_trusted(start.plus(24 * 60 * MINUTE)), "a day forwards");
        assert!(trust.is_trusted(start.plus(24 * 60 * MINUTE)), "then it is the time");
        assert!(!trust.is_trusted(start), "and back");
    }

    #[test]
    fn the_heartbeat_comes_each_minute_also_after_a_step_back() {
        let start = Timestamp::from_micros(1_800_000_000_000_000);
        let trust = Trust::new(start);
        assert!(trust.heartbeat_is_due(start));
        assert!(!trust.heartbeat_is_due(start.plus(MINUTE - 1)));
        assert!(trust.heartbeat_is_due(start.plus(MINUTE)));
        assert!(trust.heartbeat_is_due(start.plus(-MINUTE)));
    }
}
