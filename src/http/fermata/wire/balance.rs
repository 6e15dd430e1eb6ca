//! Balances.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::event::TreasuryEvent;
use super::{Amount, Instant, given, instant};
use crate::app::balance::ChangeBalance;
use crate::domain::balance::Balance;

/// What to change of a balance; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BalanceSwitches {
    /// The webhook `threshold` is sent when what is available falls to it; null: never.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Amount>)]
    alert_at: Option<Option<i64>>,
    /// Whether events may take nothing.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = bool, example = true)]
    paused: Option<bool>,
}

impl From<BalanceSwitches> for ChangeBalance {
    fn from(BalanceSwitches { alert_at, paused }: BalanceSwitches) -> Self {
        Self { alert_at, is_paused: paused }
    }
}

/// What pending events hold and promise.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingSums {
    /// What they will take, as a positive number.
    #[schema(value_type = Amount)]
    debits: i64,
    /// What they will give.
    #[schema(value_type = Amount)]
    credits: i64,
    /// How many there are.
    #[schema(value_type = Amount)]
    events: i64,
}

/// A balance.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryBalance {
    /// Whose.
    #[schema(pattern = r"^a_[A-Za-z0-9._^-]+$", example = "a_0Qk1s3bTz8Yw2LmN")]
    account_id: String,
    /// What it counts.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: String,
    /// What everything complete has left; may be negative.
    #[schema(value_type = Amount)]
    amount: i64,
    /// What is pending.
    pending: PendingSums,
    /// `amount` less the pending debits.
    #[schema(value_type = Amount)]
    available: i64,
    /// Where it is told that little is left.
    #[schema(value_type = Option<Amount>)]
    alert_at: Option<i64>,
    /// Whether events may take nothing.
    #[schema(example = false)]
    paused: bool,
    /// The plan that fills it.
    #[schema(max_length = 42, example = "p_0Qk1s3bTz8Yw2LmN")]
    managed_by_plan_id: Option<String>,
    /// What the account has beyond the plan's amount.
    #[schema(value_type = Option<Amount>)]
    plan_variable_amount: Option<i64>,
    /// When it was last filled by the calendar.
    #[schema(value_type = Option<Instant>)]
    last_periodic_refill: Option<String>,
    /// When it is filled next.
    #[schema(value_type = Option<Instant>)]
    next_periodic_refill: Option<String>,
    /// When it was first touched.
    #[schema(value_type = Option<Instant>)]
    created_at: Option<String>,
    /// When it last moved or changed.
    #[schema(value_type = Option<Instant>)]
    updated_at: Option<String>,
}

impl From<Balance> for TreasuryBalance {
    fn from(balance: Balance) -> Self {
        let Balance {
            customer_id,
            denomination,
            amount,
            pending_debits,
            pending_credits,
            pending_events,
            available,
            credit_limit: _, // not offered here
            alert_at,
            is_paused,
            refill_threshold: _, // the setting shows it
            last_monthly_at,
            next_monthly_at,
            plan_grant: _,   // ours
            events_taken: _, // ours
            plan,
            created_at,
            updated_at,
        } = balance;
        // What a plan manages has its periods; an auto refill goes on beside them.
        let (last_refill_at, next_refill_at) = match &plan {
            Some(plan) => (plan.last_refill_at, plan.next_refill_at),
            None => (last_monthly_at, next_monthly_at),
        };
        Self {
            account_id: format!("a_{customer_id}"),
            denomination: denomination.as_str().to_owned(),
            amount,
            pending: PendingSums { debits: pending_debits, credits: pending_credits, events: pending_events },
            available,
            alert_at,
            paused: is_paused,
            managed_by_plan_id: plan.as_ref().map(|plan| format!("p_{}", plan.plan_id)),
            plan_variable_amount: plan.as_ref().and_then(|plan| plan.variable_amount),
            last_periodic_refill: last_refill_at.map(instant),
            next_periodic_refill: next_refill_at.map(instant),
            created_at: created_at.map(instant),
            updated_at: updated_at.map(instant),
        }
    }
}

/// A balance and the event that moved it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceWithEvent {
    /// The balance.
    #[serde(flatten)]
    pub balance: TreasuryBalance,
    /// The event.
    pub event: TreasuryEvent,
}
