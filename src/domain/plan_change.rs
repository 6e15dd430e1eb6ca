//! A change of a customer's plan within its period: what it costs or gives back, line by line, by the part of the
//! period that is left. Pure arithmetic; the lines are shown as they are.

use super::currency::Denomination;
use super::id::PrepaidPlanId;
use super::plan_attachment::PlanCalendar;
use super::plan_step::prorated;
use super::prepaid_plan::{PlanTerms, PrepaidPlan, VariableAmounts};
use super::time::Timestamp;
use crate::error::{Error, Result};

/// What is left of a period, and how long it is, in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// What is left; not more than the whole.
    pub remaining_s: i64,
    /// The whole, one or more.
    pub total_s: i64,
}

impl Span {
    /// Of the period from `last` to `next`, at `now`; each instant is cut to its whole second first.
    pub fn of(last: Timestamp, next: Timestamp, now: Timestamp) -> Self {
        let (last, next, now) = (last.as_seconds(), next.as_seconds(), now.as_seconds());
        let total_s = next.saturating_sub(last).max(1);
        Self { remaining_s: next.saturating_sub(now).clamp(0, total_s), total_s }
    }
}

/// What a line is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WorkingKind {
    /// The price of the plan.
    Price,
    /// The units that it fills a balance with.
    Balance,
}

impl WorkingKind {
    /// The name in the file and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Balance => "balance",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Price, Self::Balance].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A line of the working.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkingLine {
    /// What it is about.
    pub kind: WorkingKind,
    /// In what it counts: the currency of the price, or the balance.
    pub denomination: Denomination,
    /// For a whole period, until now.
    pub old: i64,
    /// For a whole period, from now on.
    pub new: i64,
    /// The period that it is a part of.
    pub span: Span,
    /// The difference for what is left of the period, rounded half away from zero.
    pub prorated: i64,
    /// What of that was charged, credited, added or taken.
    pub applied: i64,
}

impl WorkingLine {
    fn new(kind: WorkingKind, denomination: Denomination, (old, new): (i64, i64), span: Span) -> Self {
        let prorated = prorated(old, new, span.remaining_s, span.total_s);
        Self { kind, denomination, old, new, span, prorated, applied: prorated }
    }

    /// This line for a balance with so much available: what is taken is at most what there is above zero.
    #[must_use]
    pub fn applied_to(self, available: i64) -> Self {
        Self { applied: self.prorated.max(available.max(0).saturating_neg()), ..self }
    }
}

/// What a customer asks for within a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Modification {
    /// Another plan; `None`: the present one.
    pub plan_id: Option<PrepaidPlanId>,
    /// Units beyond the plan's, by denomination; one that is not named stays where the plan has it.
    pub variable: Option<VariableAmounts>,
}

impl Modification {
    /// The terms from now on: the present cadence, in the plan `new`.
    ///
    /// # Errors
    /// `Invalid` naming the member: the plan does not renew or fill as often as now, or has no such variable amount.
    pub fn terms(&self, present: &PlanTerms, calendar: &PlanCalendar, new: &PrepaidPlan) -> Result<PlanTerms> {
        if new.price_of(present.cadence).is_none() {
            let problem = format!("is not offered by the period that runs: {}", present.cadence.as_str());
            return Err(Error::invalid("plan_id", problem));
        }
        if new.refill_cadence != calendar.refill_cadence {
            let problem = format!("must fill its balances as often as now: {}", calendar.refill_cadence.as_str());
            return Err(Error::invalid("plan_id", problem));
        }
        let mut variable = new.variable_kept(&present.variable);
        if let Some(asked) = &self.variable {
            new.check_variable(asked)?;
            variable.extend(asked.iter().map(|(name, amount)| (name.clone(), *amount)));
        }
        Ok(PlanTerms { plan_id: new.id.clone(), cadence: present.cadence, variable })
    }
}

/// The working of a change from one plan on its terms to another at `now`: the price first, then every balance of
/// either plan by its name.
///
/// # Errors
/// `Refused` as out of range.
pub fn working(
    (old, present): (&PrepaidPlan, &PlanTerms),
    (new, terms): (&PrepaidPlan, &PlanTerms),
    calendar: &PlanCalendar,
    now: Timestamp,
) -> Result<Vec<WorkingLine>> {
    let prices = (old.price(present.cadence, &present.variable)?, new.price(terms.cadence, &terms.variable)?);
    let of_price = Span::of(calendar.last_renewal(), calendar.next_renewal(), now);
    let of_balances = Span::of(calendar.last_refill(), calendar.next_refill(), now);
    let currency = new.currency.into();
    let mut lines = vec![WorkingLine::new(WorkingKind::Price, currency, prices, of_price)];
    let mut names: Vec<&Denomination> =
        old.balances.iter().chain(&new.balances).map(|rule| &rule.denomination).collect();
    names.sort();
    names.dedup();
    for name in names {
        let grants = (old.grant(name, &present.variable)?, new.grant(name, &terms.variable)?);
        lines.push(WorkingLine::new(WorkingKind::Balance, name.clone(), grants, of_balances));
    }
    Ok(lines)
}

#[cfg(test)]
#[path = "plan_change_tests.rs"]
mod tests;
