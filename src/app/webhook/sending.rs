//! What is being sent just now: which endpoints are busy, and whether everything due was looked at.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::limits;
use crate::store;

/// Shared by the sender and by whoever waits for it. Clones share it.
#[derive(Clone)]
pub struct Sending(Arc<watch::Sender<State>>);

#[derive(Default)]
struct State {
    /// A sender is at work in this process.
    is_running: bool,
    /// Looks asked for.
    asked: u64,
    /// The last look that was done.
    looked: u64,
    /// Endpoints with a message on its way.
    busy: HashSet<String>,
    /// Those of them that nobody waits for any more.
    slow: HashSet<String>,
    /// The last event up to which nobody wanted any, beyond the cursor in the file.
    passed: HashMap<String, i64>,
}

impl Default for Sending {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(State::default())))
    }
}

/// An endpoint's turn; dropped, also in a panic, it lets the next one begin.
pub struct Turn {
    sending: Sending,
    /// Whose.
    pub id: WebhookId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.sending.0.send_modify(|state| {
            state.busy.remove(self.id.as_str());
            state.slow.remove(self.id.as_str());
            // What was committed meanwhile is looked at.
            state.asked = state.asked.wrapping_add(1);
        });
    }
}

impl Sending {
    /// Says whether a sender is at work.
    pub fn set_running(&self, is_running: bool) {
        self.0.send_modify(|state| state.is_running = is_running);
    }

    /// Looks asked for so far; told to [`Sending::looked`] once the look is done.
    pub fn asked(&self) -> u64 {
        self.0.borrow().asked
    }

    /// A look begun at `asked` is done.
    pub fn looked(&self, asked: u64) {
        self.0.send_modify(|state| state.looked = asked);
    }

    /// Waits until a look is asked for.
    pub async fn wait_asked(&self) {
        drop(self.0.subscribe().wait_for(|state| state.asked != state.looked).await);
    }

    /// Begins an endpoint's turn, unless one is under way.
    pub fn take(&self, id: &WebhookId) -> Option<Turn> {
        let mut is_new = false;
        self.0.send_if_modified(|state| {
            is_new = state.busy.insert(id.to_string());
            is_new
        });
        is_new.then(|| Turn { sending: self.clone(), id: id.clone() })
    }

    fn is_busy(&self, id: &WebhookId) -> bool {
        self.0.borrow().busy.contains(id.as_str())
    }

    fn is_running(&self) -> bool {
        self.0.borrow().is_running
    }

    /// The number of the last event that `id` was passed over, where that is beyond `cursor`.
    pub(super) fn passed(&self, id: &WebhookId, cursor: i64) -> i64 {
        self.0.borrow().passed.get(id.as_str()).map_or(cursor, |passed| cursor.max(*passed))
    }

    /// Notes that nobody wants the events up to `seq`.
    pub(super) fn pass(&self, id: &WebhookId, seq: i64) {
        self.0.send_if_modified(|state| {
            state.passed.insert(id.to_string(), seq);
            false
        });
    }

    /// Waits until everything due was looked at and sent, but for what is slow; nothing is waited for twice.
    async fn settle(&self) {
        if !self.is_running() {
            return;
        }
        self.0.send_modify(|state| state.asked = state.asked.wrapping_add(1));
        let mut states = self.0.subscribe();
        let settled = states.wait_for(|state| state.asked == state.looked && state.busy.is_subset(&state.slow));
        let waited = tokio::time::timeout(Duration::from_millis(limits::WEBHOOK_SETTLE_MS), settled).await.is_ok();
        if !waited {
            self.0.send_modify(|state| state.slow.clone_from(&state.busy));
        }
    }
}

impl App {
    /// Endpoints that have something to be sent now and no message on its way.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn webhooks_due(&self) -> Result<Vec<WebhookId>> {
        let (newest, standing) =
            self.store().read(|tx| Ok((store::event::newest(tx)?, store::webhook::list_standing(tx)?)))?;
        let now = self.now();
        let is_due = |stands: &store::webhook::Standing| {
            let has_news = stands.has_replay || self.sending().passed(&stands.id, stands.cursor) < newest;
            has_news && stands.next_try_at.is_none_or(|at| at <= now) && !self.sending().is_busy(&stands.id)
        };
        Ok(standing.into_iter().filter(is_due).map(|stands| stands.id).collect())
    }

    /// When a failed message is next tried, as far as nobody is at it; for the test clock.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) fn webhook_next_try(&self) -> Result<Option<Timestamp>> {
        if !self.sending().is_running() {
            return Ok(None);
        }
        let standing = self.store().read(store::webhook::list_standing)?;
        let waiting = standing.into_iter().filter(|stands| !self.sending().is_busy(&stands.id));
        Ok(waiting.filter_map(|stands| stands.next_try_at).min())
    }

    /// Lets what is due now be sent, waiting [`limits::WEBHOOK_SETTLE_MS`] of real time at most; for the test clock.
    pub(in crate::app) async fn webhooks_settle(&self) {
        self.sending().settle().await;
    }
}
