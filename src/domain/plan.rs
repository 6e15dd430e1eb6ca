//! Plans: what is billed, how often, with which add-ons and discounts.

use jiff::civil::Date;

use super::adjustment::{self, AdjustmentKind, AdjustmentUse, Applied};
use super::currency::Currency;
use super::id::PlanId;
use super::money::Money;
use super::recurring::catch_up::CatchUp;
use super::recurring::schedule::BillingRule;
use super::time::Timestamp;
use crate::error::{Error, Result};

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Display name.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// What one period costs before add-ons and discounts.
    pub amount: Money,
    /// When it bills.
    pub rule: BillingRule,
    /// Whether a subscription made from it is billed on the day it is made.
    pub charge_on_day: bool,
    /// Bills in all; 0 is until cancelled.
    pub duration: u32,
    /// What its subscriptions want done about missed periods.
    pub catch_up: CatchUp,
    /// Add-ons, then discounts, each in the order given.
    pub adjustments: Vec<Applied>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Plan {
    /// The sum of the adjustments of `kind` (the gateway's `total_add_ons`, `total_discounts`).
    ///
    /// # Errors
    /// Out of range.
    pub fn total(&self, kind: AdjustmentKind) -> Result<Money> {
        adjustment::total_of(self.amount, kind, &self.adjustments)
    }
}

/// What a caller says of a schedule; `None` is unsaid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleTerms {
    /// "monthly", "twice_monthly" or "daily".
    pub frequency: Option<String>,
    /// Days, as the gateway writes them.
    pub billing_days: Option<String>,
    /// The billing cycle interval.
    pub interval: Option<i64>,
    /// Whether the current day is the billing day.
    pub charge_on_day: Option<bool>,
}

impl ScheduleTerms {
    /// Whether nothing is said.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// The rule of these terms; what they do not say comes from `current`, and without one must be said
    /// (`billing_frequency` alone defaults to monthly).
    ///
    /// `today` is the billing day where `charge_on_day` is true.
    ///
    /// # Errors
    /// `Invalid` naming `billing_frequency`, `billing_days` or `billing_cycle_interval`.
    pub fn resolve(&self, current: Option<(BillingRule, bool)>, today: Date) -> Result<(BillingRule, bool)> {
        let charge_on_day = self.charge_on_day.unwrap_or(current.is_some_and(|(_, on_day)| on_day));
        let rule = current.map(|(rule, _)| rule);
        let frequency = self
            .frequency
            .clone()
            .filter(|text| !text.is_empty())
            .or_else(|| rule.map(|rule| rule.gateway_frequency().to_owned()))
            .unwrap_or_else(|| "monthly".to_owned());
        let interval = self
            .interval
            .or_else(|| rule.map(|rule| i64::from(rule.interval())))
            .ok_or_else(|| Error::invalid("billing_cycle_interval", "is required"))?;
        // Days that a rule was not asked to change are kept as they are: `charge_on_day` makes a 29 and a 30.
        let kept = rule
            .filter(|rule| self.billing_days.is_none() && rule.gateway_frequency() == frequency)
            .map(|rule| rule.gateway_billing_days());
        let is_asked = self.charge_on_day == Some(true) || (charge_on_day && current.is_none());
        let rule = match (is_asked, &self.billing_days, kept) {
            (true, days, kept) => {
                let days = days.clone().or(kept).unwrap_or_default();
                BillingRule::on_day_of(&frequency, &days, interval, today)?
            }
            (false, Some(days), _) => BillingRule::from_gateway(&frequency, days, interval)?,
            (false, None, Some(kept)) => BillingRule::from_stored(&frequency, &kept, interval)?,
            (false, None, None) => {
                // A wrong frequency is named before the days that only a right one needs.
                return Err(match BillingRule::from_gateway(&frequency, "1", interval) {
                    Err(Error::Invalid { field, problem }) if field != "billing_days" => {
                        Error::Invalid { field, problem }
                    }
                    _ => Error::invalid("billing_days", "is required"),
                });
            }
        };
        Ok((rule, charge_on_day))
    }
}

/// What a caller says of a plan; `None` is unsaid and, in a change, stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the fields of a plan")]
pub struct PlanTerms {
    pub name: Option<String>,
    pub description: Option<String>,
    pub amount_minor: Option<i64>,
    /// An ISO 4217 code; the company's currency where unsaid. It cannot change.
    pub currency: Option<String>,
    pub schedule: ScheduleTerms,
    pub duration: Option<i64>,
    pub add_ons: Option<Vec<AdjustmentUse>>,
    pub discounts: Option<Vec<AdjustmentUse>>,
    /// In a change: whether every subscription of the plan is billed the plan's amount from now on.
    pub update_subscriptions: bool,
}

impl PlanTerms {
    /// A new plan; `adjustments` are its add-ons and discounts, already looked up.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn create(&self, id: PlanId, made: &Making) -> Result<Plan> {
        let name = self.name.as_deref().unwrap_or_default();
        if name.trim().is_empty() {
            return Err(Error::invalid("name", "is required"));
        }
        let minor = self.amount_minor.ok_or_else(|| Error::invalid("amount", "is required"))?;
        let minor = adjustment::amount_minor_of("amount", minor)?;
        let currency = currency_of(self.currency.as_deref(), made.currency)?;
        let (rule, charge_on_day) = self.schedule.resolve(None, made.today)?;
        Ok(Plan {
            id,
            name: adjustment::name_of("name", Some(name), "")?,
            description: adjustment::description_of("description", self.description.as_deref(), "")?,
            amount: Money::new(minor, currency)?,
            rule,
            charge_on_day,
            duration: adjustment::duration_of("duration", self.duration, 0)?,
            catch_up: CatchUp::default(),
            adjustments: made.adjustments.clone().unwrap_or_default(),
            created_at: made.now,
            updated_at: made.now,
        })
    }

    /// `current` with what these terms say.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn change(&self, current: &Plan, made: &Making) -> Result<Plan> {
        let currency = current.amount.currency();
        if currency_of(self.currency.as_deref(), currency)? != currency {
            return Err(Error::invalid("currency", "cannot change"));
        }
        if self.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return Err(Error::invalid("name", "is required"));
        }
        let minor = self.amount_minor.unwrap_or(current.amount.minor());
        let (rule, charge_on_day) = self.schedule.resolve(Some((current.rule, current.charge_on_day)), made.today)?;
        Ok(Plan {
            name: adjustment::name_of("name", self.name.as_deref(), &current.name)?,
            description: adjustment::description_of("description", self.description.as_deref(), &current.description)?,
            amount: Money::new(adjustment::amount_minor_of("amount", minor)?, currency)?,
            rule,
            charge_on_day,
            duration: adjustment::duration_of("duration", self.duration, current.duration)?,
            adjustments: made.adjustments.clone().unwrap_or_else(|| current.adjustments.clone()),
            updated_at: made.now,
            ..current.clone()
        })
    }
}

/// What the surroundings give to the making of a plan.
#[derive(Debug, Clone)]
pub struct Making {
    /// The company's currency.
    pub currency: Currency,
    /// Today in the company's zone.
    pub today: Date,
    /// The present instant.
    pub now: Timestamp,
    /// The add-ons and discounts of the terms, looked up; `None` where the terms name none.
    pub adjustments: Option<Vec<Applied>>,
}

/// The currency with this code, or `unsaid` where there is none.
///
/// # Errors
/// `Invalid` on `currency`.
pub fn currency_of(code: Option<&str>, unsaid: Currency) -> Result<Currency> {
    match code.filter(|code| !code.is_empty()) {
        None => Ok(unsaid),
        Some(code) => Currency::parse(code).ok_or_else(|| Error::invalid("currency", "must be an ISO 4217 code")),
    }
}

/// The add-ons of `lists` as asked, then the discounts; a list that is not given is taken from `unsaid`.
pub fn merged(
    add_ons: Option<Vec<Applied>>,
    discounts: Option<Vec<Applied>>,
    unsaid: &[Applied],
) -> Option<Vec<Applied>> {
    if add_ons.is_none() && discounts.is_none() {
        return None;
    }
    let old = |kind| unsaid.iter().filter(|applied| applied.kind == kind).cloned().collect();
    let mut all: Vec<Applied> = add_ons.unwrap_or_else(|| old(AdjustmentKind::AddOn));
    all.extend(discounts.unwrap_or_else(|| old(AdjustmentKind::Discount)));
    Some(all)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
