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
    #[schema(max_length = 255, example = "Gold")]
    pub name: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "")]
    pub description: Option<String>,
    /// Minor units; a new plan needs it.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount: Option<i64>,
    /// ISO 4217; the company's currency where there is none.
    #[schema(max_length = 3, example = "USD")]
    pub currency: Option<String>,
    /// 1-36; a new plan needs it.
    #[schema(minimum = 1, maximum = 36, example = 1)]
    pub billing_cycle_interval: Option<i64>,
    /// "monthly", "twice_monthly" or "daily".
    #[schema(pattern = "^(monthly|twice_monthly|daily)?$", example = "monthly")]
    pub billing_frequency: Option<String>,
    /// "15", "1,15", "0" for the last day; for daily the number of days.
    #[schema(max_length = 20, example = "15")]
    pub billing_days: Option<String>,
    /// Whether the current day is the billing day.
    #[schema(example = false)]
    pub charge_on_day: Option<bool>,
    /// Times it is billed; 0 is until cancelled.
    #[schema(minimum = 0, maximum = 2147483647, example = 0)]
    pub duration: Option<i64>,
    /// At most 50.
    #[schema(max_items = 50)]
    pub add_ons: Option<Vec<AdjustmentUseForm>>,
    /// At most 50.
    #[schema(max_items = 50)]
    pub discounts: Option<Vec<AdjustmentUseForm>>,
    /// In a change: whether its subscriptions are billed the plan's amount from now on.
    #[schema(example = false)]
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
    #[schema(max_length = 40, example = "b89g35qj8m0o735i19jg")]
    pub id: String,
    /// Display name.
    #[schema(max_length = 255, example = "Gold")]
    pub name: String,
    /// Longer text.
    #[schema(max_length = 255, example = "")]
    pub description: String,
    /// Minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount: i64,
    /// ISO 4217.
    #[schema(max_length = 3, example = "USD")]
    pub currency: String,
    /// 1-36.
    #[schema(minimum = 1, maximum = 36, example = 1)]
    pub billing_cycle_interval: u8,
    /// "monthly", "twice_monthly" or "daily".
    #[schema(pattern = "^(monthly|twice_monthly|daily)?$", example = "monthly")]
    pub billing_frequency: String,
    /// "15", "1,15", "0".
    #[schema(max_length = 20, example = "15")]
    pub billing_days: String,
    /// Whether its subscriptions are billed on the day they are made.
    #[schema(example = false)]
    pub charge_on_day: bool,
    /// Sum of the add-ons, minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub total_add_ons: i64,
    /// Sum of the discounts, minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub total_discounts: i64,
    /// Times it is billed; 0 is until cancelled.
    #[schema(minimum = 0, maximum = 2147483647, example = 0)]
    pub duration: u32,
    /// Null where there are none.
    #[schema(max_items = 50)]
    pub add_ons: Option<Vec<AdjustmentShown>>,
    /// Null where there are none.
    #[schema(max_items = 50)]
    pub discounts: Option<Vec<AdjustmentShown>>,
    /// How many subscriptions it has.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub subscription_count: u64,
    /// When it was made.
    #[schema(max_length = 40, example = "2026-02-13T22:52:26Z")]
    pub created_at: String,
    /// When it last changed.
    #[schema(max_length = 40, example = "2026-02-13T22:52:26Z")]
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
