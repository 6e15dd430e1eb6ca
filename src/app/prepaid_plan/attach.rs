//! Attaching a plan: its price is charged first; then its balances get their grants.

use std::collections::BTreeMap;

use super::step::{Till, begin_in};
use super::{attachment_in, refuse_while_charged, require_in};
use crate::app::balance::standing_in;
use crate::app::prepaid_charge::{BegunCharge, no_card};
use crate::app::{App, Caller};
use crate::domain::id::{CustomerId, PrepaidPlanId};
use crate::domain::money::Money;
use crate::domain::plan_attachment::{PlanAttachment, PlanStatus};
use crate::domain::plan_step::{Bill, PlanStep, StepKind, StepStatus};
use crate::domain::prepaid_plan::{Cadence, PlanTerms, PrepaidPlan, VariableAmounts};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

impl App {
    /// What the first card pays at once: the price of the plan that waits for it.
    ///
    /// # Errors
    /// A row that breaks a rule.
    pub fn plan_price_waiting(&self, customer: &CustomerId) -> Result<Option<Money>> {
        self.store().read(|tx| {
            let attachment = attachment_in(tx, customer)?;
            let waiting = attachment.terms.filter(|_| attachment.status == PlanStatus::AwaitingCard);
            let Some(terms) = waiting else { return Ok(None) };
            let plan = require_in(tx, &terms.plan_id)?;
            let bill = Bill::of(plan.price(terms.cadence, &terms.variable)?, 0, attachment.credit)?;
            Ok(Some(Money::new(bill.charge, plan.currency)?))
        })
    }
}

/// A plan to attach to a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttachPlan {
    /// Which.
    pub plan_id: PrepaidPlanId,
    /// How often it renews; `None`: as the plan does first.
    pub cadence: Option<Cadence>,
    /// Units beyond the plan's.
    pub variable: VariableAmounts,
}

impl AttachPlan {
    /// The terms that are asked for.
    ///
    /// # Errors
    /// `NotFound` for the plan; `Invalid` naming the member.
    fn terms_in(self, plan: &PrepaidPlan) -> Result<PlanTerms> {
        plan.check_variable(&self.variable)?;
        Ok(PlanTerms { plan_id: self.plan_id, cadence: plan.cadence(self.cadence, None)?, variable: self.variable })
    }
}

/// Attaches a plan as asked; where it costs something and there is no card, it waits for the first one if it may.
///
/// # Errors
/// `NotFound` for the plan; `Invalid` naming the member; `Refused`: no card, out of range, a charge is under way.
pub(crate) fn attach_asked_in(
    app: &App,
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    till: &Till,
    customer: &CustomerId,
    asked: AttachPlan,
    may_wait: bool,
) -> Result<Option<BegunCharge>> {
    let plan = require_in(tx, &asked.plan_id)?;
    let terms = asked.terms_in(&plan)?;
    let attachment = attachment_in(tx, customer)?;
    let is_free = plan.price(terms.cadence, &terms.variable)? <= attachment.credit;
    let record = crate::app::customer::require(tx, customer)?;
    if is_free || record.default_card().is_some() {
        return attach_in(app, tx, caller, till, attachment, terms);
    }
    if !may_wait {
        return Err(no_card());
    }
    let waiting = PlanAttachment { status: PlanStatus::AwaitingCard, terms: Some(terms), next: None, ..attachment };
    store::plan_attachment::put(tx, &waiting)?;
    Ok(None)
}

/// Attaches a plan on these terms.
///
/// # Errors
/// `Refused`: no card, out of range, a charge is under way.
pub(super) fn attach_in(
    app: &App,
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    till: &Till,
    attachment: PlanAttachment,
    terms: PlanTerms,
) -> Result<Option<BegunCharge>> {
    refuse_while_charged(&attachment)?;
    let plan = require_in(tx, &terms.plan_id)?;
    for balance in &plan.balances {
        // Asked before the card is charged: what is paid for must fit.
        let standing = standing_in(tx, caller, &attachment.customer_id, &balance.denomination)?;
        let room = standing.amount.checked_add(plan.grant(&balance.denomination, &terms.variable)?);
        room.ok_or_else(|| Error::out_of_range(None))?;
    }
    let price = plan.price(terms.cadence, &terms.variable)?;
    let step = PlanStep {
        id: tx.new_id(),
        customer_id: attachment.customer_id.clone(),
        kind: StepKind::Attach,
        due_at: None,
        terms: Some(terms),
        currency: plan.currency,
        bill: Bill::of(price, 0, attachment.credit)?,
        paid: BTreeMap::new(),
        working: Vec::new(),
        status: StepStatus::Confirming,
        created_at: tx.clock_now(),
    };
    begin_in(app, tx, caller, till, (attachment, step))
}
