//! Prepaid plans: units of balances for a period, at a price. A plan never changes.

use std::collections::BTreeMap;

use super::currency::{Currency, Denomination};
use super::id::PrepaidPlanId;
use super::money::AMOUNT_MAX_MINOR;
use super::time::Timestamp;
use crate::error::{Error, Result};

/// Longest name of a plan, characters.
pub const NAME_MAX: usize = 200;
/// Most balances that a plan fills.
pub const BALANCES_MAX: usize = 100;

/// How often something comes round.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Cadence {
    /// Every month.
    #[default]
    Monthly,
    /// Every year.
    Yearly,
}

impl Cadence {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Monthly, Self::Yearly];

    /// The name in the file and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cadence| cadence.as_str() == text)
    }

    /// How many months it is.
    pub fn months(self) -> i32 {
        match self {
            Self::Monthly => 1,
            Self::Yearly => 12,
        }
    }
}

/// Units beyond the plan's, by denomination; each 0 or more.
pub type VariableAmounts = BTreeMap<Denomination, i64>;

/// What a customer has of which plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanTerms {
    /// Which plan.
    pub plan_id: PrepaidPlanId,
    /// How often it renews.
    pub cadence: Cadence,
    /// Units beyond the plan's.
    pub variable: VariableAmounts,
}

impl PlanTerms {
    /// Units of a denomination beyond the plan's.
    pub fn variable_amount(&self, denomination: &Denomination) -> i64 {
        self.variable.get(denomination).copied().unwrap_or(0)
    }
}

/// What a plan does with one balance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanBalance {
    /// Which.
    pub denomination: Denomination,
    /// Units it is filled with, 0 or more.
    pub amount: i64,
    /// Whether what is left of them stays when the period ends.
    pub rollover: bool,
    /// What a unit beyond `amount` costs, minor units; `None`: none can be had.
    pub variable_unit_price: Option<i64>,
    /// The part of a grant at which it is told that little is left, 1 to 100.
    pub alert_percentage: Option<u8>,
    /// What a unit below zero costs when the period ends, minor units; `None`: the debt is carried.
    pub overage_unit_price: Option<i64>,
}

impl PlanBalance {
    /// Where it is told that little is left of `grant`.
    pub fn alert_at(&self, grant: i64) -> Option<i64> {
        let part = i128::from(grant).checked_mul(self.alert_percentage?.into())?.checked_div(100)?;
        i64::try_from(part).ok()
    }
}

/// A plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrepaidPlan {
    /// Its id.
    pub id: PrepaidPlanId,
    /// Its name.
    pub name: String,
    /// What its prices are in.
    pub currency: Currency,
    /// The price of a month, minor units; `None`: it does not renew monthly.
    pub monthly_price: Option<i64>,
    /// The price of a year.
    pub yearly_price: Option<i64>,
    /// How often its balances are filled.
    pub refill_cadence: Cadence,
    /// Its balances, by denomination; each once.
    pub balances: Vec<PlanBalance>,
    /// JSON text of an object of the merchant's.
    pub flags_json: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl PrepaidPlan {
    /// What it does with a balance, where it fills it.
    pub fn balance(&self, denomination: &Denomination) -> Option<&PlanBalance> {
        self.balances.iter().find(|balance| balance.denomination == *denomination)
    }

    /// The price of a period without variable amounts, where such a period is offered.
    pub fn price_of(&self, cadence: Cadence) -> Option<i64> {
        match cadence {
            Cadence::Monthly => self.monthly_price,
            Cadence::Yearly => self.yearly_price,
        }
    }

    /// How often it renews: as `asked`, else as `present` where it offers that, else monthly, else yearly.
    ///
    /// # Errors
    /// `Invalid` naming `plan_renewal_cadence`, where what is asked for is not offered.
    pub fn cadence(&self, asked: Option<Cadence>, present: Option<Cadence>) -> Result<Cadence> {
        let is_offered = |cadence: &Cadence| self.price_of(*cadence).is_some();
        match asked {
            Some(cadence) if is_offered(&cadence) => Ok(cadence),
            Some(cadence) => {
                let problem = format!("is not offered by this plan: {}", cadence.as_str());
                Err(Error::invalid("plan_renewal_cadence", problem))
            }
            None => {
                let present = present.filter(is_offered);
                Ok(present.or_else(|| Cadence::ALL.into_iter().find(is_offered)).unwrap_or_default())
            }
        }
    }

    /// Passes where this plan has these variable amounts, each 0 or more.
    ///
    /// # Errors
    /// `Invalid` naming `plan_variable_amounts.<denomination>`.
    pub fn check_variable(&self, variable: &VariableAmounts) -> Result<()> {
        for (denomination, amount) in variable {
            let problem = match self.balance(denomination) {
                None => "is no balance of the plan",
                Some(balance) if balance.variable_unit_price.is_none() => "has no variable amount in the plan",
                Some(_) if *amount < 0 => "must be 0 or more",
                Some(_) => continue,
            };
            return Err(Error::invalid(format!("plan_variable_amounts.{denomination}"), problem));
        }
        Ok(())
    }

    /// The variable amounts that this plan has as well.
    pub fn variable_kept(&self, variable: &VariableAmounts) -> VariableAmounts {
        let is_kept = |denomination: &Denomination| {
            self.balance(denomination).is_some_and(|balance| balance.variable_unit_price.is_some())
        };
        variable.iter().filter(|(name, _)| is_kept(name)).map(|(name, amount)| (name.clone(), *amount)).collect()
    }

    /// The price of a period, minor units: the plan's, and that of every variable amount.
    ///
    /// # Errors
    /// `Refused` as out of range, where a card cannot be charged that much; `Invalid` where the cadence is not offered.
    pub fn price(&self, cadence: Cadence, variable: &VariableAmounts) -> Result<i64> {
        let out_of_range = || Error::out_of_range(Some("plan_variable_amounts"));
        self.cadence(Some(cadence), None)?;
        let mut price = i128::from(self.price_of(cadence).unwrap_or(0));
        for (denomination, amount) in variable {
            let unit = self.balance(denomination).and_then(|balance| balance.variable_unit_price).unwrap_or(0);
            let part = i128::from(unit).checked_mul((*amount).into()).ok_or_else(out_of_range)?;
            price = price.checked_add(part).ok_or_else(out_of_range)?;
        }
        i64::try_from(price).ok().filter(|price| *price <= AMOUNT_MAX_MINOR).ok_or_else(out_of_range)
    }

    /// The units that a balance is filled with; 0 where the plan does not fill it.
    ///
    /// # Errors
    /// `Refused` as out of range.
    pub fn grant(&self, denomination: &Denomination, variable: &VariableAmounts) -> Result<i64> {
        let Some(balance) = self.balance(denomination) else { return Ok(0) };
        let more = variable.get(denomination).copied().unwrap_or(0);
        balance.amount.checked_add(more).ok_or_else(|| Error::out_of_range(Some("plan_variable_amounts")))
    }

    /// Passes where the plan holds together.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn checked(self) -> Result<Self> {
        if self.name.trim().is_empty() || self.name.chars().count() > NAME_MAX {
            return Err(Error::invalid("name", format!("must be 1 to {NAME_MAX} characters")));
        }
        if self.monthly_price.is_none() && self.yearly_price.is_none() {
            return Err(Error::invalid("renewals", "must offer MONTHLY or YEARLY"));
        }
        if self.refill_cadence == Cadence::Yearly && self.monthly_price.is_some() {
            return Err(Error::invalid("refill_cadence", "must not be slower than a renewal that is offered"));
        }
        for (name, price) in [("MONTHLY", self.monthly_price), ("YEARLY", self.yearly_price)] {
            money(&format!("renewals.{name}.amount"), price)?;
        }
        if self.balances.len() > BALANCES_MAX {
            return Err(Error::invalid("balances", format!("must be at most {BALANCES_MAX}")));
        }
        for balance in &self.balances {
            let named = |member: &str| format!("balances.{}.{member}", balance.denomination);
            if balance.amount < 0 {
                return Err(Error::invalid(named("amount"), "must be 0 or more"));
            }
            if balance.alert_percentage.is_some_and(|part| !(1..=100).contains(&part)) {
                return Err(Error::invalid(named("threshold_alert_percentage"), "must be from 1 to 100"));
            }
            money(&named("variable_amount_cost"), balance.variable_unit_price)?;
            money(&named("overage_charge_amount"), balance.overage_unit_price)?;
        }
        Ok(self)
    }
}

fn money(field: &str, price: Option<i64>) -> Result<()> {
    match price {
        Some(price) if !(0..=AMOUNT_MAX_MINOR).contains(&price) => {
            Err(Error::invalid(field, format!("must be from 0 to {AMOUNT_MAX_MINOR}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "prepaid_plan_tests.rs"]
mod tests;
