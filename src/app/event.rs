//! Writing what happened, in the transaction in which it happened; reading the feed.

use serde_json::Value;

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::{Event, Topic};
use crate::error::Result;
use crate::limits;
use crate::store::{self, WriteTx};

/// Writes an event about `subject_id`; `data` are its facts and must hold no secret.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn emit(tx: &mut WriteTx<'_>, caller: &Caller, topic: Topic, subject_id: &str, data: &Value) -> Result<()> {
    store::event::append(tx, topic, subject_id, &caller.actor.to_string(), &caller.correlation_id, &data.to_string())
}

impl App {
    /// Events after `after`, oldest first, at most `limit` (capped at [`limits::PAGE_MAX`]).
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn events_after(&self, caller: &Caller, after: i64, limit: u32) -> Result<Vec<Event>> {
        caller.may(Action::EventView)?;
        let limit = limit.min(limits::PAGE_MAX);
        self.store().read(|tx| store::event::list_after(tx, after, limit))
    }
}
