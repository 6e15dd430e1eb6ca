//! Changing a customer's plan: at once where there is none, else when it renews next.

use serde_json::json;

use super::attach::{AttachPlan, attach_asked_in};
use super::request::{AccountCharged, Worked};
use super::{attachment_in, refuse_while_charged, require_in};
use crate::app::balance::require_customer;
use crate::app::write_once::Asked;
use crate::app::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, PrepaidPlanId};
use crate::domain::plan_attachment::{NextPlan, PlanAttachment, PlanStatus};
use crate::domain::prepaid_plan::{Cadence, PlanTerms, VariableAmounts};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// A plan that a customer is to have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangePlan {
    /// Who.
    pub customer_id: CustomerId,
    /// Which; `None`: none from the next renewal on.
    pub plan_id: Option<PrepaidPlanId>,
    /// How often it renews; `None`: as now where the plan offers that.
    pub cadence: Option<Cadence>,
    /// Units beyond the plan's; `None`: as now where the plan has them.
    pub variable: Option<VariableAmounts>,
}

impl App {
    /// Attaches a plan to a customer who has none, at once; else the next renewal brings it, and the present plan on
    /// its present terms withdraws an earlier change.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for customer or plan; `Invalid` naming the member; `Refused`: no plan to end, no card,
    /// out of range, a charge for the plan is under way.
    pub async fn plan_change(&self, caller: &Caller, command: ChangePlan) -> Result<AccountCharged> {
        caller.may(Action::BalanceChange)?;
        let asked = Asked::new("account", "account.plan").with(&format!("{command:?}"));
        let (app, till) = (self.clone(), self.till()?);
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let customer_id = command.customer_id.clone();
            require_customer(tx, &customer_id)?;
            let attachment = attachment_in(tx, &customer_id)?;
            let has_plan = !matches!(attachment.status, PlanStatus::None | PlanStatus::Failed);
            if has_plan {
                next_in(tx, caller, attachment, command)?;
                return Ok(Worked { customer_id, begun: None, step_id: None });
            }
            refuse_while_charged(&attachment)?;
            let ChangePlan { plan_id, cadence, variable, .. } = command;
            let plan_id = plan_id.ok_or_else(no_plan)?;
            let asked = AttachPlan { plan_id, cadence, variable: variable.unwrap_or_default() };
            let begun = attach_asked_in(&app, tx, caller, &till, &customer_id, asked, false)?;
            Ok(Worked { customer_id, begun, step_id: None })
        };
        self.account_charge(caller, asked, work).await
    }
}

/// The refusal of a customer who has no plan.
pub(crate) fn no_plan() -> Error {
    Refusal::new(RefusalCode::NoPlan, "The account has no plan.").into()
}

/// Notes what the next renewal brings.
fn next_in(tx: &mut WriteTx<'_>, caller: &Caller, attachment: PlanAttachment, command: ChangePlan) -> Result<()> {
    let next = match command.plan_id {
        None => Some(NextPlan::End),
        Some(plan_id) => {
            let terms = terms_in(tx, &attachment, plan_id, command.cadence, command.variable)?;
            (attachment.terms.as_ref() != Some(&terms)).then_some(NextPlan::Terms(terms))
        }
    };
    let attachment = PlanAttachment { next, ..attachment };
    store::plan_attachment::put(tx, &attachment)?;
    let plan_id = match &attachment.next {
        Some(NextPlan::Terms(terms)) => Some(terms.plan_id.as_str()),
        Some(NextPlan::End) => None,
        None => attachment.plan_id().map(PrepaidPlanId::as_str),
    };
    let id = attachment.customer_id.as_str();
    event::emit(tx, caller, Topic::PrepaidPlanChanged, id, &json!({ "customer_id": id, "next_plan_id": plan_id }))
}

/// The terms on which a customer who has a plan is to have `plan_id`; what is not said stays as it is.
fn terms_in(
    tx: &ReadTx<'_>,
    attachment: &PlanAttachment,
    plan_id: PrepaidPlanId,
    cadence: Option<Cadence>,
    variable: Option<VariableAmounts>,
) -> Result<PlanTerms> {
    let plan = require_in(tx, &plan_id)?;
    let present = attachment.terms.as_ref();
    let cadence = plan.cadence(cadence, present.map(|terms| terms.cadence))?;
    let variable = match variable {
        Some(variable) => {
            plan.check_variable(&variable)?;
            variable
        }
        None => present.map(|terms| plan.variable_kept(&terms.variable)).unwrap_or_default(),
    };
    plan.price(cadence, &variable)?;
    plan.balances.iter().try_for_each(|rule| plan.grant(&rule.denomination, &variable).map(|_| ()))?;
    Ok(PlanTerms { plan_id, cadence, variable })
}
