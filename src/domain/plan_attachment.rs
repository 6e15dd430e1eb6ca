//! Which prepaid plan a customer has, and when its periods end. Ends are counted from the anchor, so that a month
//! without the day does not move the ones after it.

use super::id::{CustomerId, PlanStepId, PrepaidPlanId};
use super::prepaid_plan::{Cadence, PlanTerms};
use super::time::{DAY, Timestamp};

/// When a card that declined softly is tried again: days after the period's end (contract-fermata.md, section 8).
const RETRY_DAYS: [i64; 4] = [1, 3, 5, 7];

/// What the plan of a customer is doing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum PlanStatus {
    /// There is none.
    #[default]
    None,
    /// The first card attaches it.
    AwaitingCard,
    /// It is attached.
    Active,
    /// The card declined when a period ended; it is tried again.
    PastDue,
    /// The card declined for good; nothing renews.
    Failed,
}

impl PlanStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::AwaitingCard, Self::Active, Self::PastDue, Self::Failed];

    /// The name in the file and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::AwaitingCard => "AWAITING_CARD",
            Self::Active => "ACTIVE",
            Self::PastDue => "PAST_DUE",
            Self::Failed => "FAILED",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// What the next renewal changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NextPlan {
    /// The plan ends there.
    End,
    /// These terms hold from then on.
    Terms(PlanTerms),
}

/// The end of a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeriodEnd {
    /// When.
    pub at: Timestamp,
    /// Whether the plan renews; else its balances are filled between two renewals.
    pub is_renewal: bool,
}

/// The periods of an attachment, as months counted from its anchor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlanCalendar {
    /// When it was attached, or its cadence changed.
    pub anchor: Timestamp,
    /// How often it renews.
    pub cadence: Cadence,
    /// How often its balances are filled; not slower than it renews.
    pub refill_cadence: Cadence,
    /// Months from the anchor to the last renewal.
    pub renewed_months: i32,
    /// Months from the anchor to the last fill.
    pub refilled_months: i32,
}

impl PlanCalendar {
    /// One that begins at `anchor`.
    pub fn new(anchor: Timestamp, cadence: Cadence, refill_cadence: Cadence) -> Self {
        Self { anchor, cadence, refill_cadence, renewed_months: 0, refilled_months: 0 }
    }

    /// When the plan last renewed, or was attached.
    pub fn last_renewal(&self) -> Timestamp {
        self.anchor.plus_months(self.renewed_months)
    }

    /// When the plan renews next.
    pub fn next_renewal(&self) -> Timestamp {
        self.anchor.plus_months(self.next_renewal_months())
    }

    /// When the balances were last filled.
    pub fn last_refill(&self) -> Timestamp {
        self.anchor.plus_months(self.refilled_months)
    }

    /// When the balances are filled next.
    pub fn next_refill(&self) -> Timestamp {
        self.next_end().at
    }

    /// The next end of a period.
    pub fn next_end(&self) -> PeriodEnd {
        let refill = self.refilled_months.saturating_add(self.refill_cadence.months());
        let renewal = self.next_renewal_months();
        PeriodEnd { at: self.anchor.plus_months(refill.min(renewal)), is_renewal: refill >= renewal }
    }

    /// The periods after the next end, with the terms that hold from then on: another cadence makes that end the new
    /// anchor.
    #[must_use]
    pub fn after_end(self, cadence: Cadence, refill_cadence: Cadence) -> Self {
        let end = self.next_end();
        if !end.is_renewal {
            let refilled_months = self.refilled_months.saturating_add(self.refill_cadence.months());
            return Self { refilled_months, ..self };
        }
        if cadence != self.cadence {
            return Self::new(end.at, cadence, refill_cadence);
        }
        let months = self.next_renewal_months();
        Self { refill_cadence, renewed_months: months, refilled_months: months, ..self }
    }

    /// The same without renewals that were missed, where there were more than `periods_max` of them or the first is
    /// more than `days_max` days past: the current one, the last up to `now`, is then the next (RELIABILITY.md 3.4).
    /// Fills between two renewals cost nothing and are never let go.
    #[must_use]
    pub fn without_missed(self, now: Timestamp, periods_max: usize, days_max: i64) -> Self {
        let (mut current, mut missed) = (self, 0_usize);
        loop {
            let later = Self { renewed_months: current.next_renewal_months(), ..current };
            if later.next_renewal() > now || later.next_renewal() == current.next_renewal() {
                break;
            }
            (current, missed) = (later, missed.saturating_add(1));
        }
        let is_old = now.since(self.next_renewal()) > days_max.saturating_mul(DAY);
        if missed == 0 || (missed <= periods_max && !is_old) {
            return self;
        }
        let refilled_months = current.next_renewal_months().saturating_sub(self.refill_cadence.months());
        Self { refilled_months, ..current }
    }

    fn next_renewal_months(&self) -> i32 {
        self.renewed_months.saturating_add(self.cadence.months())
    }
}

/// A customer's plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanAttachment {
    /// Whose.
    pub customer_id: CustomerId,
    /// What it is doing.
    pub status: PlanStatus,
    /// Which plan, and what of it; `None`: none, or it ended.
    pub terms: Option<PlanTerms>,
    /// What the next renewal changes.
    pub next: Option<NextPlan>,
    /// What pays for later plan charges first, minor units.
    pub credit: i64,
    /// Its periods; `None` where it was never attached.
    pub calendar: Option<PlanCalendar>,
    /// While past due, what the days of the retries are counted from.
    pub retry_from: Option<Timestamp>,
    /// When something is to be done; `None`: nothing, or a charge is under way.
    pub due_at: Option<Timestamp>,
    /// The step whose charge is under way.
    pub step_id: Option<PlanStepId>,
}

impl PlanAttachment {
    /// The one of a customer who never had a plan.
    pub fn none(customer_id: CustomerId) -> Self {
        Self {
            customer_id,
            status: PlanStatus::None,
            terms: None,
            next: None,
            credit: 0,
            calendar: None,
            retry_from: None,
            due_at: None,
            step_id: None,
        }
    }

    /// The plan, where there is one that goes on.
    pub fn plan_id(&self) -> Option<&PrepaidPlanId> {
        self.terms.as_ref().map(|terms| &terms.plan_id)
    }

    /// Whether periods end: it is attached, be it past due.
    pub fn is_attached(&self) -> bool {
        matches!(self.status, PlanStatus::Active | PlanStatus::PastDue)
    }

    /// The periods, while they go on.
    pub fn running(&self) -> Option<&PlanCalendar> {
        self.calendar.as_ref().filter(|_| self.is_attached())
    }

    /// The terms that hold after the next end of a period; `None`: the plan ends there.
    pub fn terms_after(&self, end: PeriodEnd) -> Option<&PlanTerms> {
        match &self.next {
            Some(NextPlan::End) if end.is_renewal => None,
            Some(NextPlan::Terms(terms)) if end.is_renewal => Some(terms),
            _ => self.terms.as_ref(),
        }
    }
}

/// What the retries of a period's end are counted from: its end, or, where nobody looked on that day, the first try.
pub fn retry_from(ended_at: Timestamp, now: Timestamp) -> Timestamp {
    if now.since(ended_at) < DAY { ended_at } else { now }
}

/// When the card is tried again after a soft decline at `now`; `None` after the last time.
pub fn next_retry(from: Timestamp, now: Timestamp) -> Option<Timestamp> {
    RETRY_DAYS.iter().map(|days| from.plus(days.saturating_mul(DAY))).find(|at| *at > now)
}

#[cfg(test)]
#[path = "plan_attachment_tests.rs"]
mod tests;
