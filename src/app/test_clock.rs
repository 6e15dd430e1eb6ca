//! The clock moved by hand: everything that becomes due on the way happens in order of its due instant, with the clock
//! standing there, so a year of billing gives what living through it gives.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::job::Job;
use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::{Event, Topic};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits;
use crate::store;

/// What happened while the clock moved.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ClockMoved {
    /// Where the clock stands now, RFC 3339.
    pub now: String,
    /// How many things each job did.
    pub ran: BTreeMap<&'static str, usize>,
    /// SHA-256 over every invoice, charge and mail made on the way; the same books and the same time give the same.
    pub digest: String,
}

impl App {
    /// The books follow the machine's clock from now on; called where they are served by it.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(crate) async fn test_clock_end(&self) -> Result<()> {
        if self.store().read(store::test_clock::fetch)?.is_none() {
            return Ok(());
        }
        self.store().write(store::test_clock::clear).await
    }

    /// Moves the test clock forwards to `to` and runs everything that becomes due on the way.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` where the clock is the machine's; `Invalid` where `to` lies in the past; what a job
    /// could not do (the clock then stands where that happened).
    pub async fn test_clock_move(&self, caller: &Caller, to: Timestamp) -> Result<ClockMoved> {
        caller.may(Action::TestClockMove)?;
        let clock = self.manual_clock().cloned().ok_or_else(|| Error::not_found("test clock", "now"))?;
        if to < self.now() {
            return Err(Error::invalid("now", format!("the clock stands at {} and moves forwards only", self.now())));
        }
        let from_seq = self.store().read(store::event::newest)?;
        self.webhooks_settle().await;
        let mut ran = BTreeMap::new();
        let mut standing = (self.now(), 0);
        while let Some(next) = self.next_due().await?.filter(|next| *next <= to) {
            clock.advance_to(next);
            self.clock_tick(&mut ran).await?;
            self.webhooks_settle().await;
            // Something that stays due without anything happening would keep the clock here for ever.
            standing = if standing.0 == self.now() { (standing.0, standing.1 + 1) } else { (self.now(), 0) };
            if standing.1 > STANDING_MAX {
                return Err(Error::internal(format!("the test clock cannot get past {}", self.now())));
            }
        }
        clock.advance_to(to);
        self.heartbeat().await?;
        self.webhooks_settle().await;
        Ok(ClockMoved { now: self.now().to_string(), ran, digest: self.digest_since(from_seq)? })
    }

    async fn clock_tick(&self, ran: &mut BTreeMap<&'static str, usize>) -> Result<()> {
        for (job, items) in self.jobs_run_due().await? {
            *ran.entry(job.name()).or_insert(0) += items;
        }
        Ok(())
    }

    /// The first instant at which a job is due; billing jobs wait while billing is held.
    async fn next_due(&self) -> Result<Option<Timestamp>> {
        // A refill that was fired by a request is charged where the clock stands.
        let _settled = self.refilling().write().await;
        let held = self.company()?.billing_held.is_some();
        let mut next = self.webhook_next_try()?;
        for job in Job::ALL.into_iter().filter(|job| !(held && job.is_billing())) {
            next = match (next, self.job_next_due(job)?) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
        }
        Ok(next)
    }

    /// SHA-256 over what was made since event `from_seq`, without the ids that differ from run to run.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(crate) fn digest_since(&self, from_seq: i64) -> Result<String> {
        let mut lines = Vec::new();
        let mut after = from_seq;
        loop {
            let page = self.store().read(|tx| store::event::list_after(tx, after, limits::PAGE_MAX))?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            lines.extend(page.iter().filter_map(digest_line));
        }
        // Outcomes of one instant come in any order.
        lines.sort();
        let mut hasher = Sha256::new();
        for line in lines {
            hasher.update(line);
            hasher.update(b"\n");
        }
        Ok(hex::encode(hasher.finalize()))
    }
}

/// How often a tick may leave the clock where it is.
const STANDING_MAX: u32 = 10_000;

/// The facts of an invoice or charge that do not depend on ids: the second, what happened, how much, what came of it.
fn digest_line(event: &Event) -> Option<String> {
    let counted = [
        Topic::InvoiceCreated,
        Topic::InvoicePaid,
        Topic::TransactionApproved,
        Topic::TransactionDeclined,
        Topic::TransactionUnknown,
        Topic::TransactionReturned,
        Topic::SubscriptionStatusChanged,
        Topic::SubscriptionParked,
        Topic::SettlementClosed,
        Topic::MailQueued,
    ];
    counted.iter().find(|topic| topic.as_str() == event.topic)?;
    let data: serde_json::Value = serde_json::from_str(&event.data_json).ok()?;
    let field = |name: &str| data.get(name).filter(|value| !value.is_object()).map(ToString::to_string);
    let facts: Vec<String> = [
        "number",
        "period_start",
        "amount",
        "total",
        "captured",
        "credit",
        "currency",
        "status",
        "response_code",
        "from",
        "to",
        "kind",
    ]
    .into_iter()
    .map(|name| field(name).unwrap_or_default())
    .collect();
    Some(format!("{} {} {}", event.at.as_seconds(), event.topic, facts.join(" ")))
}
