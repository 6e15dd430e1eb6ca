//! When webhooks are sent: after every commit, every second, and where the test clock asks. Each endpoint's turn is a
//! task of its own, so a slow one holds up nobody. What is sent, and in which order, is in `app::webhook`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use crate::app::App;

/// How often rows are looked at without a commit of this process: other processes write too.
const TICK: Duration = Duration::from_secs(1);
/// How long an endpoint's turn pauses after a fault of ours.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// The running sender.
pub struct Sender {
    task: JoinHandle<()>,
    stop: Arc<Notify>,
}

impl Sender {
    /// Starts sending, also with a clock moved by hand: what happens is told at once.
    pub fn start(app: App) -> Self {
        let stop = Arc::new(Notify::new());
        app.sending().set_running(true);
        let task = tokio::spawn(send_for_ever(app, Arc::clone(&stop)));
        Self { task, stop }
    }

    /// Stops; messages on their way are given up and sent again by the next run.
    pub async fn stop(self) {
        self.stop.notify_one();
        if let Err(why) = self.task.await {
            tracing::error!(error = %why, "the sender of webhooks ended badly");
        }
    }
}

async fn send_for_ever(app: App, stop: Arc<Notify>) {
    let mut commits = app.commits();
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut turns = JoinSet::new();
    loop {
        commits.mark_unchanged();
        look(&app, &mut turns);
        tokio::select! {
            () = stop.notified() => break,
            _ = interval.tick() => {}
            _ = commits.changed() => {}
            () = app.sending().wait_asked() => {}
            Some(_) = turns.join_next() => {}
        }
    }
    app.sending().set_running(false);
    turns.shutdown().await;
}

/// Begins a turn for every endpoint that has something due and none under way.
fn look(app: &App, turns: &mut JoinSet<()>) {
    let asked = app.sending().asked();
    match app.webhooks_due() {
        Ok(due) => {
            for turn in due.iter().filter_map(|id| app.sending().take(id)) {
                let app = app.clone();
                turns.spawn(async move {
                    if let Err(why) = app.webhook_deliver(&turn.id).await {
                        tracing::error!(webhook = turn.id.as_str(), error = ?why, "sending webhooks failed");
                        tokio::time::sleep(FAULT_PAUSE).await;
                    }
                });
            }
        }
        Err(why) => tracing::error!(error = ?why, "a look for due webhooks failed; the next one tries again"),
    }
    app.sending().looked(asked);
}
