//! Changes of a plan within its period, with their working.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::id_of;
use super::account::TreasuryAccount;
use super::plan::variable;
use super::{Amount, given};
use crate::app::prepaid_plan::{AccountCharged, ModifyPlan};
use crate::domain::id::CustomerId;
use crate::domain::plan_change::{Modification, Span, WorkingLine};
use crate::error::{Error, Result};

/// The plan that an account is to have now; at least one member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreasuryPlanModification {
    /// Which; the present one where it is left out.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, max_length = 42, pattern = r"^p_[A-Za-z0-9._^-]+$", example = "p_0Qk1s3bTz8Yw2LmN")]
    plan_id: Option<String>,
    /// Units beyond the plan's, by denomination; one that is not named stays, where the plan has it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = BTreeMap<String, Amount>, required = false)]
    plan_variable_amounts: Option<BTreeMap<String, i64>>,
}

impl TreasuryPlanModification {
    /// The command, for this customer.
    ///
    /// # Errors
    /// `NotFound` for the plan; `Invalid` naming the member.
    pub fn into_command(self, customer_id: CustomerId) -> Result<ModifyPlan> {
        let Self { plan_id, plan_variable_amounts } = self;
        if plan_id.is_none() && plan_variable_amounts.is_none() {
            return Err(Error::invalid("plan_id", "must be given, or plan_variable_amounts"));
        }
        let plan_id = plan_id.map(|id| id_of("p_", &id)).transpose()?;
        let variable = plan_variable_amounts.map(variable).transpose()?;
        Ok(ModifyPlan { customer_id, modification: Modification { plan_id, variable } })
    }
}

/// A line of the working: `(new - old) x seconds_remaining / seconds_total`, rounded half away from zero.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryWorking {
    /// What it is about.
    #[schema(pattern = "^(price|balance)$", example = "price")]
    kind: &'static str,
    /// In what it counts.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "USD")]
    denomination: String,
    /// For a whole period, until now.
    #[schema(value_type = Amount)]
    old: i64,
    /// For a whole period, from now on.
    #[schema(value_type = Amount)]
    new: i64,
    /// What is left of the period.
    #[schema(minimum = 0, maximum = 31_622_400, example = 1_209_600)]
    seconds_remaining: i64,
    /// The whole period.
    #[schema(minimum = 1, maximum = 31_622_400, example = 2_419_200)]
    seconds_total: i64,
    /// The difference for what is left.
    #[schema(value_type = Amount)]
    prorated: i64,
    /// What of it was charged, credited, added or taken.
    #[schema(value_type = Amount)]
    applied: i64,
}

impl From<WorkingLine> for TreasuryWorking {
    fn from(line: WorkingLine) -> Self {
        let WorkingLine { kind, denomination, old, new, span: Span { remaining_s, total_s }, prorated, applied } = line;
        Self {
            kind: kind.as_str(),
            denomination: denomination.as_str().to_owned(),
            old,
            new,
            seconds_remaining: remaining_s,
            seconds_total: total_s,
            prorated,
            applied,
        }
    }
}

/// What a change of a plan came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryPlanModified {
    /// The account as it stands.
    account: TreasuryAccount,
    /// What the card paid: the price's part less the credit that was used.
    #[schema(value_type = Amount)]
    charged: i64,
    /// What went into `plan_credit`.
    #[schema(value_type = Amount)]
    credited: i64,
    /// The price first, then the balances by name.
    #[schema(min_items = 1, max_items = 201)]
    working: Vec<TreasuryWorking>,
}

impl TreasuryPlanModified {
    /// The answer to a change.
    ///
    /// # Errors
    /// `Internal` where there was none.
    pub fn of(charged: AccountCharged) -> Result<Self> {
        let AccountCharged { account, charge: _, step } = charged;
        let step = step.ok_or_else(|| Error::internal("a change of a plan has no step"))?;
        Ok(Self {
            account: account.into(),
            charged: step.bill.charge,
            credited: step.bill.price.min(0).saturating_neg(),
            working: step.working.into_iter().map(Into::into).collect(),
        })
    }
}
