//! Writing what happened, in the transaction in which it happened; reading the feed, and waiting for more of it.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{App, Caller, notification};
use crate::clock::Stopwatch;
use crate::domain::access::Action;
use crate::domain::event::{Event, Topic};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// How often somebody who waits looks without a commit of this process: other processes write too.
const LOOK: Duration = Duration::from_secs(1);

/// Writes an event about `subject_id`, and mails to users who want to hear of it; `data` are its facts and must hold no
/// secret.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn emit(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    topic: Topic,
    subject_id: &str,
    data: &impl Serialize,
) -> Result<()> {
    let text = serde_json::to_string(data).map_err(Error::internal)?;
    store::event::append(tx, topic, subject_id, &caller.actor.to_string(), &caller.correlation_id, text)?;
    notification::told_in(tx, caller, topic, subject_id, data)
}

/// Somebody who reads the feed as it grows.
pub struct Listening {
    app: App,
    after: i64,
    commits: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    /// Their number is bounded.
    _permit: OwnedSemaphorePermit,
}

impl Listening {
    /// The next events, at most `limit`; none where nothing came within `wait`; `None` where the server stops.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub async fn next(&mut self, limit: u32, wait: Duration) -> Result<Option<Vec<Event>>> {
        let watch = Stopwatch::start();
        loop {
            // Marked before the look, so that nothing committed after it is slept through.
            self.commits.mark_unchanged();
            let events = self.app.store().read(|tx| store::event::list_after(tx, self.after, limit))?;
            if let Some(last) = events.last() {
                self.after = last.seq;
                return Ok(Some(events));
            }
            let left = wait.saturating_sub(watch.elapsed());
            if *self.stopping.borrow() {
                return Ok(None);
            }
            if left.is_zero() {
                return Ok(Some(Vec::new()));
            }
            tokio::select! {
                _ = self.commits.changed() => {}
                _ = self.stopping.changed() => {}
                () = tokio::time::sleep(left.min(LOOK)) => {}
            }
        }
    }
}

impl App {
    /// Events after `after`, oldest first, at most `limit` (capped at [`limits::EVENTS_PAGE_MAX`]).
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn events_after(&self, caller: &Caller, after: i64, limit: u32) -> Result<Vec<Event>> {
        caller.may(Action::EventView)?;
        let limit = limit.min(limits::EVENTS_PAGE_MAX);
        self.store().read(|tx| store::event::list_after(tx, after, limit))
    }

    /// [`App::events_after`] that waits, where there is none yet, as long as `wait`.
    ///
    /// # Errors
    /// `Forbidden`; `Busy` where too many wait.
    pub async fn events_wait(&self, caller: &Caller, after: i64, limit: u32, wait: Duration) -> Result<Vec<Event>> {
        if wait.is_zero() {
            return self.events_after(caller, after, limit);
        }
        let mut listening = self.events_listen(caller, Some(after))?;
        Ok(listening.next(limit.min(limits::EVENTS_PAGE_MAX), wait).await?.unwrap_or_default())
    }

    /// Listens to events after `after`, or to those to come.
    ///
    /// # Errors
    /// `Forbidden`; `Busy` where too many listen.
    pub fn events_listen(&self, caller: &Caller, after: Option<i64>) -> Result<Listening> {
        caller.may(Action::EventView)?;
        let permit = self.listeners().clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let (commits, stopping) = (self.commits(), self.stopping());
        let after = match after {
            Some(after) => after,
            None => self.store().read(store::event::newest)?,
        };
        Ok(Listening { app: self.clone(), after, commits, stopping, _permit: permit })
    }
}
