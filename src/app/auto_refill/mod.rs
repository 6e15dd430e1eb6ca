//! Auto refills: units that are bought by themselves, when little is left of a balance or by the month.
//!
//! A write that lowers a balance only notes that its refill is wanted; what happens is decided in a write of its own,
//! on the balance as it is then: [`present_in`] gathers what the decision needs, and [`rest_in`] writes down when the
//! next look is due. The card is charged first, and the balance credited once, in the commit that learns of it.

mod fire;
mod letter;
mod outcome;
mod retry;
mod setting;

use jiff::tz::TimeZone;

use super::{Caller, balance};
use crate::domain::auto_refill::{AutoRefill, RefillStanding, RefillVerdict, month_after, this_month};
use crate::domain::balance::Balance;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::{self, ReadTx, WriteTx};

pub(crate) use fire::Whose;
pub(crate) use outcome::{RefillOutcome, concluded_in, outcome_told_in};
pub use retry::RefillRetried;
pub use setting::SetAutoRefill;

/// What the ledger and the idempotency keys call what is bought.
const KIND: &str = "auto_refill";

/// An auto refill as it is at an instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefillShown {
    /// The setting.
    pub refill: AutoRefill,
    /// What the present makes of it.
    pub verdict: RefillVerdict,
    /// When its next month comes.
    pub next_monthly_at: Option<Timestamp>,
}

/// An auto refill in a write, with all that the decision about it needs.
struct Present {
    refill: AutoRefill,
    balance: Balance,
    zone: TimeZone,
}

/// A balance fell to where units are bought by themselves: its auto refill is looked at once this is committed. Until
/// then no further fall asks again.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn wanted_in(tx: &mut WriteTx<'_>, balance: &Balance) -> Result<()> {
    store::balance::update_refill(tx, &Balance { refill_threshold: None, ..balance.clone() })?;
    let now = tx.clock_now();
    store::auto_refill::set_look_at(tx, &balance.customer_id, &balance.denomination, now)?;
    tx.nudge();
    Ok(())
}

/// A refill as it stands in this write: pending events whose hour is over are ended first, and a month that has come
/// is owed from now on.
fn present_in(tx: &mut WriteTx<'_>, caller: &Caller, mut refill: AutoRefill) -> Result<Present> {
    let (zone, now) = (store::company::fetch(tx)?.zone(), tx.clock_now());
    let mut balance = balance::standing_in(tx, caller, &refill.customer_id, &refill.denomination)?;
    if let (Some(anchor), Some(month)) = (refill.anchor_at, balance.next_monthly_at.filter(|month| *month <= now)) {
        refill.owed_at = Some(month);
        balance.next_monthly_at = Some(month_after(anchor, now));
    }
    Ok(Present { refill, balance, zone })
}

/// Writes a refill down, when it is looked at next, and whether a fall of its balance is to tell of itself.
fn rest_in(tx: &mut WriteTx<'_>, present: Present) -> Result<()> {
    let verdict = present.verdict_in(tx)?;
    let Present { mut refill, mut balance, .. } = present;
    if matches!(verdict, RefillVerdict::Capped(_)) {
        // The month has had what it may cost: this one is not made up for in the next.
        refill.owed_at = None;
    }
    if !refill.is_monthly() {
        balance.next_monthly_at = None;
    }
    balance.refill_threshold = refill.terms.threshold.filter(|_| verdict == RefillVerdict::Rests);
    refill.look_at = verdict.look_at(tx.clock_now(), balance.next_monthly_at);
    store::auto_refill::put(tx, &refill)?;
    store::balance::update_refill(tx, &balance)?;
    if refill.look_at.is_some() {
        tx.nudge();
    }
    Ok(())
}

impl Present {
    /// What the present makes of the refill.
    fn verdict_in(&self, tx: &WriteTx<'_>) -> Result<RefillVerdict> {
        verdict(tx, &self.refill, &self.balance, tx.clock_now(), &self.zone)
    }

    /// The refill is on from now on: months count from here.
    fn switched_on(&mut self, now: Timestamp) {
        self.refill.off = None;
        self.refill.anchor_at = self.refill.terms.is_monthly.then_some(now);
        self.refill.owed_at = None;
        self.balance.next_monthly_at = self.refill.anchor_at.map(|anchor| month_after(anchor, now));
    }
}

fn standing_of(
    tx: &ReadTx<'_>,
    refill: &AutoRefill,
    balance: &Balance,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<RefillStanding> {
    let (customer, denomination) = (&refill.customer_id, &refill.denomination);
    let used_minor = match refill.terms.cap_minor {
        Some(_) => store::refill::used_since(tx, customer, denomination, this_month(now, zone))?,
        None => 0,
    };
    Ok(RefillStanding {
        available: balance.available,
        has_room: balance.amount.checked_add(refill.terms.amount).is_some(),
        used_minor,
        is_under_way: store::refill::is_under_way(tx, customer, denomination)?,
    })
}

fn verdict(
    tx: &ReadTx<'_>,
    refill: &AutoRefill,
    balance: &Balance,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<RefillVerdict> {
    Ok(refill.judge(&standing_of(tx, refill, balance, now, zone)?, now, zone))
}

/// A refill as it is at `now`.
fn shown(tx: &ReadTx<'_>, refill: AutoRefill, now: Timestamp) -> Result<RefillShown> {
    let zone = store::company::fetch(tx)?.zone();
    let balance = store::balance::fetch_as_of(tx, &refill.customer_id, &refill.denomination, now)?;
    let verdict = verdict(tx, &refill, &balance, now, &zone)?;
    Ok(RefillShown { refill, verdict, next_monthly_at: balance.next_monthly_at })
}
