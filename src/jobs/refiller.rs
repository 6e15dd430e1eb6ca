//! When auto refills are looked at: at once after the commit that asks for it, and every second. Each balance's turn
//! is a task of its own, so a slow card holds up nobody. What happens is in `app::auto_refill`.
//!
//! It hears the nudges of commits before the ticker and passes them on, because it must hear them also where a clock
//! is moved by hand and nothing ticks.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use crate::app::auto_refill::Whose;
use crate::app::job::Job;
use crate::app::{App, Caller};
use crate::domain::access::Actor;
use crate::limits;

/// How often rows are looked at without a nudge: time passes, and other processes write too.
const TICK: Duration = Duration::from_secs(1);
/// How long a balance's turn pauses after a fault of ours.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// The running refiller.
pub struct Refiller {
    task: JoinHandle<()>,
    stop: Arc<Notify>,
}

impl Refiller {
    /// Starts looking, also with a clock moved by hand; every nudge is passed on to `ticker`.
    pub fn start(app: App, ticker: Arc<Notify>) -> Self {
        let stop = Arc::new(Notify::new());
        let task = tokio::spawn(refill_for_ever(app, ticker, Arc::clone(&stop)));
        Self { task, stop }
    }

    /// Stops; a charge that was sent is concluded all the same, or found by the next run.
    pub async fn stop(self) {
        self.stop.notify_one();
        if let Err(why) = self.task.await {
            tracing::error!(error = %why, "the refiller of balances ended badly");
        }
    }
}

/// Balances that have their turn just now.
#[derive(Default)]
struct Turns {
    tasks: JoinSet<Whose>,
    whose: HashSet<Whose>,
}

async fn refill_for_ever(app: App, ticker: Arc<Notify>, stop: Arc<Notify>) {
    let nudged = app.jobs_nudged();
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut turns = Turns::default();
    loop {
        look(&app, &mut turns);
        tokio::select! {
            () = stop.notified() => break,
            () = nudged.notified() => ticker.notify_one(),
            _ = interval.tick(), if !app.clock_is_manual() => {}
            Some(ended) = turns.tasks.join_next() => match ended {
                Ok(whose) => drop(turns.whose.remove(&whose)),
                Err(why) => {
                    tracing::error!(error = %why, "a turn of an auto refill ended badly");
                    turns.whose.clear();
                }
            },
        }
    }
    turns.tasks.shutdown().await;
}

/// Begins a turn for every balance that is due and has none, as far as there is room.
fn look(app: &App, turns: &mut Turns) {
    let due = match app.refills_due() {
        Ok(due) => due,
        Err(why) => {
            tracing::error!(error = ?why, "a look for due auto refills failed; the next one tries again");
            return;
        }
    };
    for whose in due {
        if turns.tasks.len() >= limits::CHARGES_IN_FLIGHT_MAX {
            return;
        }
        if !turns.whose.insert(whose.clone()) {
            continue;
        }
        let app = app.clone();
        turns.tasks.spawn(async move {
            let caller = Caller::internal(Actor::Job(Job::RefillBalances.name()));
            if let Err(why) = app.refill_look(&caller, whose.clone()).await {
                tracing::error!(customer = whose.0.as_str(), error = ?why, "an auto refill failed");
                tokio::time::sleep(FAULT_PAUSE).await;
            }
            whose
        });
    }
}
