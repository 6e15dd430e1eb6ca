//! Changing a customer's plan within its period: what is left of the period is charged or credited, and the balances
//! move by the same part. The working is written down when the charge is begun; it is applied in the commit that
//! learns of the success.

use std::collections::BTreeMap;

use super::change::no_plan;
use super::done::told_in;
use super::request::{AccountCharged, Worked};
use super::step::{Till, begin_in};
use super::{KIND, attachment_in, refuse_while_charged, require_in};
use crate::app::balance::{credit_in, debit_in, require_customer, standing_in};
use crate::app::prepaid_charge::BegunCharge;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::balance::MoveReason;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, PlanStepId};
use crate::domain::plan_attachment::{PlanAttachment, PlanStatus};
use crate::domain::plan_change::{Modification, WorkingKind, WorkingLine, working};
use crate::domain::plan_step::{Bill, PlanStep, StepKind, StepStatus};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::error::{Error, Result};
use crate::store::ledger::Source;
use crate::store::plan_step::Granted;
use crate::store::{self, WriteTx};

/// A change of a customer's plan, now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModifyPlan {
    /// Who.
    pub customer_id: CustomerId,
    /// What.
    pub modification: Modification,
}

impl App {
    /// Changes a customer's plan within its period. Renewals stay where they are; a change that was to come with the
    /// next one is withdrawn. Where the card declines, nothing changes; where its answer is not known, the change comes
    /// when it is.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for customer or plan; `Invalid` naming the member; `Refused`: no plan, one that is past
    /// due, no card, out of range, a charge for the plan or the end of its period is under way.
    pub async fn plan_modify(&self, caller: &Caller, command: ModifyPlan) -> Result<AccountCharged> {
        caller.may(Action::BalanceChange)?;
        let asked = Asked::new("account", "account.plan_modify").with(&format!("{command:?}"));
        let (app, till) = (self.clone(), self.till()?);
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            require_customer(tx, &command.customer_id)?;
            let (step_id, begun) = modify_in(&app, tx, caller, &till, &command)?;
            Ok(Worked { customer_id: command.customer_id, begun, step_id: Some(step_id) })
        };
        self.account_charge(caller, asked, work).await
    }
}

fn modify_in(
    app: &App,
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    till: &Till,
    command: &ModifyPlan,
) -> Result<(PlanStepId, Option<BegunCharge>)> {
    let attachment = attachment_in(tx, &command.customer_id)?;
    match attachment.status {
        PlanStatus::Active => {}
        PlanStatus::PastDue => return Err(past_due()),
        PlanStatus::None | PlanStatus::AwaitingCard | PlanStatus::Failed => return Err(no_plan()),
    }
    refuse_while_charged(&attachment)?;
    let now = tx.clock_now();
    let (present, calendar) = attachment.terms.as_ref().zip(attachment.running()).ok_or_else(no_plan)?;
    if calendar.next_end().at <= now {
        let text = "The plan's period has ended; the next one is being begun.";
        return Err(Refusal::new(RefusalCode::InProgress, text).into());
    }
    let asked = &command.modification;
    let old = require_in(tx, &present.plan_id)?;
    let new = require_in(tx, asked.plan_id.as_ref().unwrap_or(&present.plan_id))?;
    let terms = asked.terms(present, calendar, &new)?;
    let lines = working((&old, present), (&new, &terms), calendar, now)?;
    let (mut price, mut applied) = (0, Vec::with_capacity(lines.len()));
    for line in lines {
        if line.kind == WorkingKind::Price {
            price = line.prorated;
            applied.push(line);
        } else {
            applied.push(with_room_in(tx, caller, &command.customer_id, line)?);
        }
    }
    if attachment.credit.checked_sub(price.min(0)).is_none() {
        return Err(Error::out_of_range(None));
    }
    let step = PlanStep {
        id: tx.new_id(),
        customer_id: command.customer_id.clone(),
        kind: StepKind::Change,
        due_at: None,
        currency: new.currency,
        bill: Bill::of_change(price, attachment.credit)?,
        terms: Some(terms),
        paid: BTreeMap::new(),
        working: applied,
        status: StepStatus::Confirming,
        created_at: now,
    };
    Ok((step.id.clone(), begin_in(app, tx, caller, till, (attachment, step))?))
}

fn past_due() -> Error {
    Refusal::new(RefusalCode::PlanPastDue, "The plan is past due; it can be changed once it is paid.").into()
}

/// The line as the balance stands: what is paid for must fit, what is taken must be there.
fn with_room_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    line: WorkingLine,
) -> Result<WorkingLine> {
    let standing = standing_in(tx, caller, customer, &line.denomination)?;
    let line = line.applied_to(standing.available);
    standing.amount.checked_add(line.applied).map(|_| line).ok_or_else(|| Error::out_of_range(None))
}

/// A change is paid: its terms hold from now on.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn modified_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mut attachment: PlanAttachment,
    step: &PlanStep,
) -> Result<()> {
    let missing = || Error::internal("a plan is changed on no terms");
    let terms = step.terms.clone().ok_or_else(missing)?;
    let mut applied = Vec::with_capacity(step.working.len());
    for line in &step.working {
        applied.push(match line.kind {
            WorkingKind::Price => line.clone(),
            WorkingKind::Balance => balance_modified_in(tx, caller, step, line.clone())?,
        });
    }
    // Balances may have moved while the card was asked: the working says what was done.
    let step = PlanStep { working: applied, ..step.clone() };
    store::plan_step::put(tx, &step)?;
    attachment.credit = attachment.credit.saturating_sub(step.bill.price.min(0));
    attachment.terms = Some(terms);
    attachment.next = None;
    attachment.due_at = attachment.running().map(|calendar| calendar.next_end().at);
    store::plan_attachment::put(tx, &attachment)?;
    told_in(tx, caller, Topic::PrepaidPlanModified, &attachment, &step)
}

/// Moves one balance; the plan gave so much more, or less, for the period that runs.
fn balance_modified_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    step: &PlanStep,
    line: WorkingLine,
) -> Result<WorkingLine> {
    let denomination = line.denomination.clone();
    let of = (&step.customer_id, &denomination);
    let standing = standing_in(tx, caller, of.0, of.1)?;
    let line = line.applied_to(standing.available);
    // What others filled up meanwhile leaves no room: what fits is given.
    let line = WorkingLine { applied: line.applied.min(i64::MAX.saturating_sub(standing.amount.max(0))), ..line };
    store::balance::fetch_or_open(tx, of.0, of.1)?;
    let granted = standing.plan_grant.unwrap_or(0).saturating_add(line.applied).max(0);
    if standing.plan_grant.is_some() {
        store::balance::change_plan_grant(tx, of.0, of.1, granted)?;
    } else {
        store::balance::set_plan_grant(tx, of.0, of.1, Some(granted))?;
    }
    store::plan_step::insert_grant(tx, step, &Granted { denomination: of.1, granted, lapsed: 0, moved: line.applied })?;
    let source = Source { kind: KIND, id: step.id.as_str() };
    match line.applied {
        1.. => drop(credit_in(tx, caller, of, line.applied, source, MoveReason::PlanChange)?),
        0 => {}
        _ => drop(debit_in(tx, caller, of, line.applied.saturating_neg(), source, MoveReason::PlanChange)?),
    }
    Ok(line)
}
