//! Prepaid balances: what a customer has and may spend, one per denomination.
//!
//! The amounts are those of one ledger account; there is no second place that could disagree with the books.

use super::currency::Denomination;
use super::id::{CustomerId, PrepaidPlanId};
use super::ledger::Totals;
use super::money::AMOUNT_MAX_MINOR;
use super::time::Timestamp;
use super::usage_event::Purse;
use crate::error::{Error, Result};

/// What a plan does with a balance, as people see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BalancePlan {
    /// The plan.
    pub plan_id: PrepaidPlanId,
    /// What the customer has beyond the plan's amount, where that is said.
    pub variable_amount: Option<i64>,
    /// When it was last filled.
    pub last_refill_at: Option<Timestamp>,
    /// When it is filled next; `None` where the plan has failed.
    pub next_refill_at: Option<Timestamp>,
}

/// A customer's prepaid balance. Amounts are whole units of its denomination (minor units where that is a currency).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Balance {
    /// Whose it is.
    pub customer_id: CustomerId,
    /// What it counts.
    pub denomination: Denomination,
    /// What everything in force has left; may be below zero. What is pending is not in it.
    pub amount: i64,
    /// What pending events hold.
    pub pending_debits: i64,
    /// What pending events promise; it cannot be spent.
    pub pending_credits: i64,
    /// How many pending events there are.
    pub pending_events: i64,
    /// `amount` less `pending_debits`: what gates, alerts and refills look at.
    pub available: i64,
    /// How far below zero `available` may go at a gate.
    pub credit_limit: i64,
    /// It is told when `available` falls to this or below; `None`: never.
    pub alert_at: Option<i64>,
    /// Whether events may take nothing.
    pub is_paused: bool,
    /// Its auto refill is looked at when `available` falls to this or below; `None`: a fall starts nothing now.
    pub refill_threshold: Option<i64>,
    /// The last monthly instant of its auto refill that was bought.
    pub last_monthly_at: Option<Timestamp>,
    /// The next one.
    pub next_monthly_at: Option<Timestamp>,
    /// What its plan gave for the present period; `None`: no plan manages it.
    pub plan_grant: Option<i64>,
    /// What complete events took since then. What they gave is not in it: units given are no plan's units.
    pub events_taken: i64,
    /// What its plan does with it; only where people read it.
    pub plan: Option<BalancePlan>,
    /// When it was first touched; `None`: never.
    pub created_at: Option<Timestamp>,
    /// When it last moved or changed.
    pub updated_at: Option<Timestamp>,
}

impl Balance {
    /// One that nothing ever touched.
    pub fn untouched(customer_id: CustomerId, denomination: Denomination) -> Self {
        Self {
            customer_id,
            denomination,
            amount: 0,
            pending_debits: 0,
            pending_credits: 0,
            pending_events: 0,
            available: 0,
            credit_limit: 0,
            alert_at: None,
            is_paused: false,
            refill_threshold: None,
            last_monthly_at: None,
            next_monthly_at: None,
            plan_grant: None,
            events_taken: 0,
            plan: None,
            created_at: None,
            updated_at: None,
        }
    }

    /// This balance with the amounts of its account.
    #[must_use]
    pub fn with_totals(self, totals: &Totals) -> Self {
        Self {
            amount: within(totals.credit_balance()),
            pending_debits: within(totals.debits_pending),
            pending_credits: within(totals.credits_pending),
            available: within(totals.available()),
            ..self
        }
    }

    /// This balance without what these pending events, whose hour is over, hold and promise.
    #[must_use]
    pub fn without_expired(self, debits: i128, credits: i128, events: i64) -> Self {
        let pending_debits = within(i128::from(self.pending_debits).saturating_sub(debits));
        Self {
            pending_debits,
            pending_credits: within(i128::from(self.pending_credits).saturating_sub(credits)),
            pending_events: self.pending_events.saturating_sub(events),
            available: self.amount.saturating_sub(pending_debits),
            ..self
        }
    }

    /// It as gates see it.
    pub fn purse(&self) -> Purse {
        Purse {
            amount: self.amount.into(),
            pending_debits: self.pending_debits.into(),
            pending_credits: self.pending_credits.into(),
            credit_limit: self.credit_limit,
            is_paused: self.is_paused,
        }
    }

    /// Whether `after` fell from above the alert to it or below.
    pub fn is_alerted(&self, after: &Self) -> bool {
        after.alert_at.is_some_and(|alert_at| self.available > alert_at && after.available <= alert_at)
    }

    /// Whether `after` fell to where its auto refill is to be looked at. It asks nothing of the file.
    pub fn is_refill_wanted(&self, after: &Self) -> bool {
        after.refill_threshold.is_some_and(|threshold| after.available < self.available && after.available <= threshold)
    }
}

/// A sum as an amount; every write that moves a balance has checked that it is one.
pub fn within(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// Why a balance moved, as its events tell it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MoveReason {
    /// A usage event.
    Event,
    /// A pending usage event's hour was over.
    Expiry,
    /// A deposit, into it or paid by it.
    Deposit,
    /// Money of a deposit went back to the card, and its units with it.
    DepositReturned,
    /// An automatic refill.
    AutoRefill,
    /// Money of an automatic refill went back to the card, and its units with it.
    AutoRefillReturned,
    /// A plan was attached.
    PlanAttach,
    /// A plan's period ended.
    PlanRenewal,
    /// A plan was changed within its period.
    PlanChange,
}

impl MoveReason {
    /// Whether a fall for this reason may make an auto refill buy: nobody is charged because an hour ended, or because
    /// they were given their money back.
    pub fn may_refill(self) -> bool {
        !matches!(self, Self::Expiry | Self::DepositReturned | Self::AutoRefillReturned)
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Expiry => "expiry",
            Self::Deposit | Self::DepositReturned => "deposit",
            Self::AutoRefill | Self::AutoRefillReturned => "auto_refill",
            Self::PlanAttach => "plan_attach",
            Self::PlanRenewal => "plan_renewal",
            Self::PlanChange => "plan_change",
        }
    }
}

/// A credit limit, 0 to [`AMOUNT_MAX_MINOR`].
///
/// # Errors
/// `Invalid` naming `credit_limit`.
pub fn credit_limit(limit: i64) -> Result<i64> {
    if (0..=AMOUNT_MAX_MINOR).contains(&limit) {
        Ok(limit)
    } else {
        Err(Error::invalid("credit_limit", format!("must be from 0 to {AMOUNT_MAX_MINOR}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untouched() -> Balance {
        let denomination = Denomination::parse("sms").expect("a denomination");
        Balance::untouched(CustomerId::from_stored("c1".to_owned()), denomination)
    }

    #[test]
    fn a_balance_reads_its_account() {
        // (credits posted, debits posted, debits pending, credits pending) -> (amount, debits, credits, available)
        for (account, expected) in [
            ((100, 30, 20, 0), (70, 20, 0, 50)),
            ((100, 30, 20, 9), (70, 20, 9, 50)),
            ((0, 10, 0, 0), (-10, 0, 0, -10)),
            ((0, 0, 0, 0), (0, 0, 0, 0)),
        ] {
            let (credits_posted, debits_posted, debits_pending, credits_pending) = account;
            let totals = Totals { credits_posted, debits_posted, debits_pending, credits_pending };
            let found = untouched().with_totals(&totals);
            let parts = (found.amount, found.pending_debits, found.pending_credits, found.available);
            assert_eq!(parts, expected, "{account:?}");
        }
    }

    #[test]
    fn what_expired_is_free_again() {
        let held = Balance { pending_events: 3, ..untouched() };
        let totals = Totals { credits_posted: 10, debits_pending: 7, credits_pending: 4, ..Totals::default() };
        let found = held.with_totals(&totals).without_expired(5, 4, 2);
        let parts = (found.amount, found.pending_debits, found.pending_credits, found.pending_events, found.available);
        assert_eq!(parts, (10, 2, 0, 1, 8));
    }

    #[test]
    fn an_alert_is_a_fall_to_it() {
        for (alert_at, before, after, is_alerted) in [
            (Some(5), 6, 5, true),
            (Some(5), 9, 1, true),
            (Some(5), 5, 4, false),
            (Some(5), 6, 6, false),
            (Some(5), 4, 6, false),
            (None, 6, 5, false),
        ] {
            let at = |available| Balance { available, alert_at, ..untouched() };
            assert_eq!(at(before).is_alerted(&at(after)), is_alerted, "{alert_at:?}: {before} -> {after}");
        }
    }

    #[test]
    fn bounds_hold_on_both_sides() {
        for (limit, accepted) in [(-1, false), (0, true), (AMOUNT_MAX_MINOR, true), (AMOUNT_MAX_MINOR + 1, false)] {
            assert_eq!(credit_limit(limit).is_ok(), accepted, "{limit}");
        }
        for (sum, amount) in [(0, 0), (i128::from(i64::MAX) + 1, i64::MAX), (i128::from(i64::MIN) - 1, i64::MIN)] {
            assert_eq!(within(sum), amount);
        }
    }
}
