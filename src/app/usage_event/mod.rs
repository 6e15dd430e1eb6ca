//! Usage events: recorded, finished, expired, listed.
//!
//! Costs, gate and ledger are decided in the one write that records the event, so no interleaving of requests takes
//! more from a balance than there is.

mod expire;
mod finish;
mod record;

pub(crate) use expire::expire_of_in;
pub use record::{NewState, RecordUsage};

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::balance::Balance;
use crate::domain::id::UsageEventId;
use crate::domain::page::{Page, PageAsked};
use crate::domain::time::Timestamp;
use crate::domain::usage_event::{UsageEvent, UsageFilter};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx};

/// What the ledger calls these documents.
const KIND: &str = "usage_event";

/// An event, and the balance of its first cost as it stands; none where nothing has a price.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsageRecorded {
    /// The event.
    pub event: UsageEvent,
    /// The balance.
    pub balance: Option<Balance>,
}

impl App {
    /// The event with this id, as it is now.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn usage_event_find(&self, caller: &Caller, id: &UsageEventId) -> Result<UsageRecorded> {
        caller.may(Action::BalanceView)?;
        let now = self.now();
        self.store().read(|tx| shown(tx, id, now))
    }

    /// Events that fit `filter` now, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer of the filter.
    pub fn usage_event_list(
        &self,
        caller: &Caller,
        filter: &UsageFilter,
        asked: PageAsked,
    ) -> Result<Page<UsageEvent>> {
        caller.may(Action::BalanceView)?;
        let now = self.now();
        self.store().read(|tx| {
            if let Some(customer) = &filter.customer_id {
                super::balance::require_customer(tx, customer)?;
            }
            Ok(Page::of(store::usage_event::list(tx, filter, asked, now)?, asked))
        })
    }
}

/// An event as it is at `now`, with the balance of its first cost.
fn shown(tx: &ReadTx<'_>, id: &UsageEventId, now: Timestamp) -> Result<UsageRecorded> {
    let event = store::usage_event::fetch(tx, id)?.ok_or_else(|| Error::not_found("event", id.as_str()))?.as_of(now);
    let balance = match event.costs.first() {
        Some(cost) => Some(store::balance::fetch_as_of(tx, &event.customer_id, &cost.denomination, now)?),
        None => None,
    };
    Ok(UsageRecorded { event, balance })
}
