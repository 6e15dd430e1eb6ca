//! Plans of the gateway.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::adjustment::{AdjustmentShown, AdjustmentUseForm, carried, uses};
use crate::app::plan::PlanShown as Shown;
use crate::domain::adjustment::AdjustmentKind;
use crate::domain::plan::{Plan, PlanTerms, ScheduleTerms};
use crate::error::Result;

/// A new plan, or a change of one; what a change does not give stays.
#[derive(Deserialize, ToSchema, Default)]
pub struct PlanForm {
    /// 1 to 255 characters; a new plan needs one.
    pub name: Option<String>,
    /// At most 255 characters.
    pub description: Option<String>,
    /// Minor units; a new plan needs it.
    pub amount: Option<i64>,
    /// ISO 4217; the company's currency where there is none.
    pub currency: Option<String>,
    /// 1-36; a new plan needs it.
    pub billing_cycle_interval: Option<i64>,
    /// "monthly", "twice_monthly" or "daily".
    pub billing_frequency: Option<String>,
    /// "15", "1,15", "0" for the last day; for daily the number of days.
    pub billing_days: Option<String>,
    /// Whether the current day is the billing day.
    pub charge_on_day: Option<bool>,
    /// Times it is billed; 0 is until cancelled.
    pub duration: Option<i64>,
    /// At most 50.
    pub add_ons: Option<Vec<AdjustmentUseForm>>,
    /// At most 50.
    pub discounts: Option<Vec<AdjustmentUseForm>>,
    /// In a change: whether its subscriptions are billed the plan's amount from now on.
    pub update_subscriptions: Option<bool>,
}

impl PlanForm {
    /// The terms in it.
    pub fn into_terms(self) -> PlanTerms {
        let schedule = ScheduleTerms {
            frequency: self.billing_frequency,
            billing_days: self.billing_days,
            interval: self.billing_cycle_interval,
            charge_on_day: self.charge_on_day,
        };
        PlanTerms {
            name: self.name,
            description: self.description,
            amount_minor: self.amount,
            currency: self.currency,
            schedule,
            duration: self.duration,
            add_ons: uses(self.add_ons),
            discounts: uses(self.discounts),
            update_subscriptions: self.update_subscriptions.unwrap_or(false),
        }
    }
}

/// A plan.
#[derive(Serialize, ToSchema)]
pub struct PlanShown {
    /// Its id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// 1-36.
    pub billing_cycle_interval: u8,
    /// "monthly", "twice_monthly" or "daily".
    pub billing_frequency: String,
    /// "15", "1,15", "0".
    pub billing_days: String,
    /// Whether its subscriptions are billed on the day they are made.
    pub charge_on_day: bool,
    /// Sum of the add-ons, minor units.
    pub total_add_ons: i64,
    /// Sum of the discounts, minor units.
    pub total_discounts: i64,
    /// Times it is billed; 0 is until cancelled.
    pub duration: u32,
    /// Null where there are none.
    pub add_ons: Option<Vec<AdjustmentShown>>,
    /// Null where there are none.
    pub discounts: Option<Vec<AdjustmentShown>>,
    /// How many subscriptions it has.
    pub subscription_count: u64,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

impl PlanShown {
    /// The plan as an answer shows it.
    ///
    /// # Errors
    /// Out of range, which a stored plan is not.
    pub fn of(shown: Shown) -> Result<Self> {
        let Shown { plan, subscription_count } = shown;
        let (add_ons, discounts) = (plan.total(AdjustmentKind::AddOn)?, plan.total(AdjustmentKind::Discount)?);
        let Plan { id, name, description, amount, rule, charge_on_day, duration, adjustments, .. } = plan;
        let Plan { catch_up: _ /* the gateway has no word for it */, created_at, updated_at, .. } = plan;
        let of_kind = |kind| carried(adjustments.iter().filter(move |applied| applied.kind == kind));
        Ok(Self {
            id: id.as_str().to_owned(),
            name,
            description,
            amount: amount.minor(),
            currency: amount.currency().code().to_owned(),
            billing_cycle_interval: rule.interval(),
            billing_frequency: rule.gateway_frequency().to_owned(),
            billing_days: rule.gateway_billing_days(),
            charge_on_day,
            total_add_ons: add_ons.minor(),
            total_discounts: discounts.minor(),
            duration,
            add_ons: of_kind(AdjustmentKind::AddOn),
            discounts: of_kind(AdjustmentKind::Discount),
            subscription_count,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        })
    }
}
