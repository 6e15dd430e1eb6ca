//! Steps in the life of a customer's plan (attached, renewed, filled, changed): what is charged for one, and what it
//! does to the balances. Pure arithmetic over what a write finds.

use std::collections::BTreeMap;

use super::balance::within;
use super::currency::{Currency, Denomination};
use super::id::{CustomerId, PlanStepId};
use super::money::AMOUNT_MAX_MINOR;
use super::plan_change::WorkingLine;
use super::prepaid_plan::PlanTerms;
use super::time::Timestamp;
use crate::error::{Error, Result};

/// What a step is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepKind {
    /// A plan is attached.
    Attach,
    /// A period ends and the next one is paid, or the plan ends.
    Renewal,
    /// The balances are filled between two renewals.
    Refill,
    /// The plan changes within its period.
    Change,
}

impl StepKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Attach, Self::Renewal, Self::Refill, Self::Change];

    /// The name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attach => "attach",
            Self::Renewal => "renewal",
            Self::Refill => "refill",
            Self::Change => "change",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What became of a step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepStatus {
    /// Its charge is under way.
    Confirming,
    /// It is done.
    Succeeded,
    /// The card declined; a period's end may be tried again.
    Declined,
}

impl StepStatus {
    /// The name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirming => "confirming",
            Self::Succeeded => "succeeded",
            Self::Declined => "declined",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Confirming, Self::Succeeded, Self::Declined].into_iter().find(|status| status.as_str() == text)
    }
}

/// What a step costs, minor units of the plan's currency.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bill {
    /// Of the plan.
    pub price: i64,
    /// Of what is below zero.
    pub overage: i64,
    /// What the attachment's credit pays.
    pub credit_used: i64,
    /// What the card pays.
    pub charge: i64,
}

impl Bill {
    /// Of the prorated price of a change, less as much of `credit` as it takes. One below zero charges nothing.
    ///
    /// # Errors
    /// As [`Bill::of`].
    pub fn of_change(prorated: i64, credit: i64) -> Result<Self> {
        Ok(Self { price: prorated, ..Self::of(prorated.max(0), 0, credit)? })
    }

    /// Of these parts, less as much of `credit` as it takes.
    ///
    /// # Errors
    /// `Refused` as out of range, where a card cannot be charged that much.
    pub fn of(price: i64, overage: i128, credit: i64) -> Result<Self> {
        let fits = |sum: i128| i64::try_from(sum).ok().filter(|sum| *sum <= AMOUNT_MAX_MINOR);
        let overage = fits(overage).ok_or_else(|| Error::out_of_range(None))?;
        let total = fits(i128::from(price).saturating_add(overage.into())).ok_or_else(|| Error::out_of_range(None))?;
        let credit_used = credit.clamp(0, total.max(0));
        Ok(Self { price, overage, credit_used, charge: total.saturating_sub(credit_used) })
    }
}

/// A step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanStep {
    /// Its id.
    pub id: PlanStepId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What it is.
    pub kind: StepKind,
    /// The end of the period; `None` where a request asked for it.
    pub due_at: Option<Timestamp>,
    /// What holds when it is done; `None`: nothing, the plan ends.
    pub terms: Option<PlanTerms>,
    /// What it is paid in.
    pub currency: Currency,
    /// What it costs.
    pub bill: Bill,
    /// The debts that the overage pays, units below zero by denomination.
    pub paid: BTreeMap<Denomination, i64>,
    /// How a change within a period came to what it costs and gives; empty for the others.
    pub working: Vec<WorkingLine>,
    /// What became of it.
    pub status: StepStatus,
    /// When it was begun first; an attachment's periods are counted from it.
    pub created_at: Timestamp,
}

/// A balance when a period ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ending {
    /// What there is, maybe below zero.
    pub amount: i64,
    /// What the plan gave for the period; 0 where no plan did.
    pub grant: i64,
    /// What complete events took since.
    pub taken: i64,
    /// Whether what is left of it stays.
    pub rollover: bool,
    /// How much of a debt is paid.
    pub paid: i64,
}

impl Ending {
    /// What of the grant lapses: its own units are used first.
    pub fn lapse(&self) -> i64 {
        if self.rollover { 0 } else { self.grant.saturating_sub(self.taken).max(0) }
    }

    /// What is kept: all but what lapses; a debt that is not paid is carried.
    pub fn kept(&self) -> i64 {
        let left = if self.amount < 0 { self.amount } else { self.amount.saturating_sub(self.lapse()).max(0) };
        left.saturating_add(self.paid)
    }

    /// What changes when `grant` units begin the next period. What leaves the range of amounts is not given.
    pub fn change(&self, grant: i64) -> i64 {
        within(i128::from(self.kept().saturating_add(grant)).saturating_sub(self.amount.into()))
    }

    /// What the units below zero cost at `unit_price`, minor units.
    pub fn overage(&self, unit_price: i64) -> i128 {
        let below = i128::from(self.amount.min(0)).saturating_neg();
        below.saturating_mul(unit_price.into())
    }
}

/// `(new - old)` for what is left of a period, rounded half away from zero. Both parts are whole seconds; `total` is
/// one or more.
pub fn prorated(old: i64, new: i64, remaining_s: i64, total_s: i64) -> i64 {
    let total = i128::from(total_s.max(1));
    let whole = i128::from(new).saturating_sub(old.into()).saturating_mul(remaining_s.into());
    let halves = whole.saturating_abs().saturating_mul(2).saturating_add(total);
    let rounded = halves.checked_div(total.saturating_mul(2)).unwrap_or(0);
    within(if whole < 0 { rounded.saturating_neg() } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_units_lapse_bought_ones_stay_and_debts_are_paid_or_carried() {
        // (amount, grant, taken, rollover, paid) -> (lapse, kept, change towards a grant of 1000)
        for (ending, lapse, kept, change) in [
            ((1000, 1000, 0, false, 0), 1000, 0, 0),
            ((400, 1000, 600, false, 0), 400, 0, 600),
            ((400, 1000, 600, true, 0), 0, 400, 1000),
            ((900, 1000, 600, false, 0), 400, 500, 600), // 500 were bought
            ((500, 1000, 1500, false, 0), 0, 500, 1000), // the plan's are used up, bought ones stay
            ((100, 1000, 600, false, 0), 400, 0, 900),   // another taker took them
            ((0, 1000, 1000, false, 0), 0, 0, 1000),
            ((-30, 1000, 1030, false, 0), 0, -30, 1000),  // carried
            ((-30, 1000, 1030, false, 30), 0, 0, 1030),   // paid
            ((-50, 1000, 1050, false, 30), 0, -20, 1030), // 20 more while the charge was under way
            ((20, 1000, 1030, false, 30), 0, 50, 1030),   // 50 bought meanwhile
            ((-5, 1000, 0, false, 0), 1000, -5, 1000),
            ((7, 0, 3, false, 0), 0, 7, 1000),            // no plan filled it
            ((i64::MAX, 0, 0, false, 0), 0, i64::MAX, 0), // there is no room
        ] {
            let (amount, grant, taken, rollover, paid) = ending;
            let found = Ending { amount, grant, taken, rollover, paid };
            assert_eq!((found.lapse(), found.kept(), found.change(1000)), (lapse, kept, change), "{ending:?}");
        }
        assert_eq!(Ending { amount: -7, ..Ending::default() }.overage(3), 21);
        assert_eq!(Ending { amount: 7, ..Ending::default() }.overage(3), 0);
        assert_eq!(Ending { amount: i64::MIN, ..Ending::default() }.overage(1), i128::from(i64::MAX) + 1);
    }

    #[test]
    fn credit_pays_first_and_keeps_the_rest() {
        for (price, overage, credit, expected) in [
            (2000, 0, 0, Some((0, 2000))),
            (2000, 50, 0, Some((0, 2050))),
            (2000, 50, 60, Some((60, 1990))),
            (2000, 0, 2000, Some((2000, 0))),
            (2000, 0, 9000, Some((2000, 0))),
            (0, 0, 9000, Some((0, 0))),
            (AMOUNT_MAX_MINOR, 0, 0, Some((0, AMOUNT_MAX_MINOR))),
            (AMOUNT_MAX_MINOR, 1, 1, None),
            (0, i128::MAX, 0, None),
        ] {
            let found = Bill::of(price, overage, credit).ok().map(|bill| (bill.credit_used, bill.charge));
            assert_eq!(found, expected, "{price} + {overage} - {credit}");
        }
    }

    #[test]
    fn proration_rounds_half_away_from_zero() {
        for (old, new, remaining, total, expected) in [
            (2000, 5001, 1_209_600, 2_419_200, 1501),
            (5001, 2000, 1_209_600, 2_419_200, -1501),
            (1000, 4000, 1_209_600, 2_419_200, 1500),
            (0, 1, 1, 2, 1),
            (1, 0, 1, 2, -1),
            (0, 1, 1, 3, 0),
            (0, 2, 1, 3, 1),
            (0, 100, 0, 60, 0),
            (0, 100, 60, 60, 100),
            (i64::MIN, i64::MAX, 1, 1, i64::MAX),
            (0, i64::MAX, 31_535_999, 31_536_000, 9_223_371_744_383_567_129),
        ] {
            assert_eq!(prorated(old, new, remaining, total), expected, "{old} -> {new}, {remaining}/{total}");
        }
    }

    #[test]
    fn words_read_back() {
        for kind in StepKind::ALL {
            assert_eq!(StepKind::parse(kind.as_str()), Some(kind));
        }
        for status in [StepStatus::Confirming, StepStatus::Succeeded, StepStatus::Declined] {
            assert_eq!(StepStatus::parse(status.as_str()), Some(status));
        }
    }
}
