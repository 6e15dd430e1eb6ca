//! What follows from a step: the balances move, the periods go on, and the feed is told; or the card is tried again.

use std::collections::BTreeMap;

use serde_json::json;

use super::modify::modified_in;
use super::step::Refused;
use super::{KIND, require_in};
use crate::app::auto_refill::{RefillOutcome, outcome_told_in};
use crate::app::balance::{ChangeBalance, change_in, credit_in, debit_in, find_in, standing_in};
use crate::app::{Caller, event};
use crate::domain::balance::{Balance, MoveReason};
use crate::domain::currency::Denomination;
use crate::domain::event::Topic;
use crate::domain::id::CustomerId;
use crate::domain::plan_attachment::{NextPlan, PlanAttachment, PlanCalendar, PlanStatus, next_retry, retry_from};
use crate::domain::plan_step::{Ending, PlanStep, StepKind, StepStatus};
use crate::domain::prepaid_charge::{ChargeDecline, PrepaidCharge};
use crate::domain::prepaid_plan::{PlanBalance, PrepaidPlan, VariableAmounts};
use crate::domain::time::{DAY, MINUTE, Timestamp};
use crate::error::{Error, Result};
use crate::store::ledger::Source;
use crate::store::plan_step::Granted;
use crate::store::{self, WriteTx};

/// When a card is tried again whose processor could not be reached, microseconds.
const UNREACHABLE_RETRY_US: i64 = 30 * MINUTE;

/// Does a step that is paid.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn done_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mut attachment: PlanAttachment,
    step: &PlanStep,
    charge: Option<&PrepaidCharge>,
) -> Result<()> {
    attachment.credit = attachment.credit.saturating_sub(step.bill.credit_used).max(0);
    attachment.step_id = None;
    attachment.retry_from = None;
    match step.kind {
        StepKind::Attach => attached_in(tx, caller, attachment, step),
        StepKind::Renewal | StepKind::Refill => ended_in(tx, caller, attachment, step, charge),
        StepKind::Change => modified_in(tx, caller, attachment, step),
    }
}

/// A plan is attached; its periods are counted from the instant at which it was asked for.
fn attached_in(tx: &mut WriteTx<'_>, caller: &Caller, attachment: PlanAttachment, step: &PlanStep) -> Result<()> {
    let terms = step.terms.clone().ok_or_else(|| Error::internal("a plan is attached on no terms"))?;
    let plan = require_in(tx, &terms.plan_id)?;
    for (denomination, _) in store::balance::list_managed(tx, &step.customer_id)? {
        // Of a plan that failed: what it gave stays.
        store::balance::set_plan_grant(tx, &step.customer_id, &denomination, None)?;
    }
    for rule in &plan.balances {
        let standing = standing_in(tx, caller, &step.customer_id, &rule.denomination)?;
        let ending = Ending { amount: standing.amount, ..Ending::default() };
        let grant = plan.grant(&rule.denomination, &terms.variable)?;
        grant_in(tx, caller, step, (&rule.denomination, Some(rule)), ending, grant, MoveReason::PlanAttach)?;
    }
    let calendar = PlanCalendar::new(step.created_at, terms.cadence, plan.refill_cadence);
    // What was asked for while it waited for a card comes with the first renewal; what a failed plan was to be does not.
    let next = attachment.next.clone().filter(|_| attachment.status == PlanStatus::AwaitingCard);
    let attached = PlanAttachment {
        status: PlanStatus::Active,
        terms: Some(terms),
        next,
        calendar: Some(calendar),
        due_at: Some(calendar.next_end().at),
        ..attachment
    };
    store::plan_attachment::put(tx, &attached)?;
    told_in(tx, caller, Topic::PrepaidPlanAttached, &attached, step)
}

/// A period has ended: what lapses goes, what is owed is paid, and the next period's units come.
fn ended_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mut attachment: PlanAttachment,
    step: &PlanStep,
    charge: Option<&PrepaidCharge>,
) -> Result<()> {
    let missing = |what: &str| Error::internal(format!("a period ended without {what}"));
    let calendar = attachment.calendar.ok_or_else(|| missing("a calendar"))?;
    let before = attachment.terms.take().ok_or_else(|| missing("terms"))?;
    let old = require_in(tx, &before.plan_id)?;
    let new = step.terms.as_ref().map(|terms| require_in(tx, &terms.plan_id)).transpose()?;
    let none = VariableAmounts::new();
    let variable = step.terms.as_ref().map_or(&none, |terms| &terms.variable);
    for (denomination, managed) in balances_of(tx, &step.customer_id, new.as_ref())? {
        let rule = new.as_ref().and_then(|plan| plan.balance(&denomination));
        let grant = new.as_ref().map_or(Ok(0), |plan| plan.grant(&denomination, variable))?;
        let standing = standing_in(tx, caller, &step.customer_id, &denomination)?;
        let ending = ending(&old, &standing, managed, step.paid.get(&denomination).copied().unwrap_or(0));
        grant_in(tx, caller, step, (&denomination, rule), ending, grant, MoveReason::PlanRenewal)?;
    }
    if let Some(plan) = &new {
        refills_told_in(tx, caller, step, (plan, variable), (charge, None))?;
    }
    if step.kind == StepKind::Renewal && attachment.next == Some(next_of(step)) {
        attachment.next = None;
    }
    attachment.terms = step.terms.clone();
    attachment.calendar =
        attachment.terms.as_ref().zip(new).map(|(terms, plan)| calendar.after_end(terms.cadence, plan.refill_cadence));
    attachment.status = if attachment.terms.is_some() { PlanStatus::Active } else { PlanStatus::None };
    let next_end = attachment.calendar.map(|calendar| calendar.next_end().at);
    attachment.due_at = next_end.map(|at| due_after(at, tx.clock_now(), charge.is_some()));
    store::plan_attachment::put(tx, &attachment)?;
    told_in(tx, caller, Topic::PrepaidPlanRenewed, &attachment, step)
}

/// After a gap the card is not charged twice within a day.
fn due_after(end: Timestamp, now: Timestamp, was_charged: bool) -> Timestamp {
    if was_charged && end <= now { now.plus(DAY) } else { end }
}

/// What a step's terms were where the next renewal was to bring them.
fn next_of(step: &PlanStep) -> NextPlan {
    step.terms.clone().map_or(NextPlan::End, NextPlan::Terms)
}

/// The balances that a plan fills or filled, each with what it gave for the ended period.
pub(super) fn balances_of(
    tx: &WriteTx<'_>,
    customer: &CustomerId,
    new: Option<&PrepaidPlan>,
) -> Result<BTreeMap<Denomination, Option<i64>>> {
    let filled = new.into_iter().flat_map(|plan| &plan.balances);
    let mut found: BTreeMap<_, _> = filled.map(|rule| (rule.denomination.clone(), None)).collect();
    for (denomination, grant) in store::balance::list_managed(tx, customer)? {
        found.insert(denomination, Some(grant));
    }
    Ok(found)
}

/// A balance at the end of a period of the plan `old`, which gave `grant` for it.
pub(super) fn ending(old: &PrepaidPlan, standing: &Balance, grant: Option<i64>, paid: i64) -> Ending {
    Ending {
        amount: standing.amount,
        grant: grant.unwrap_or(0),
        taken: standing.events_taken,
        rollover: old.balance(&standing.denomination).is_some_and(|rule| rule.rollover),
        paid,
    }
}

/// Moves a balance to where the next period begins; without a rule no plan manages it from now on.
fn grant_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    step: &PlanStep,
    (denomination, rule): (&Denomination, Option<&PlanBalance>),
    ending: Ending,
    granted: i64,
    reason: MoveReason,
) -> Result<()> {
    let customer = &step.customer_id;
    store::balance::fetch_or_open(tx, customer, denomination)?;
    if let Some(alert_at) = rule.and_then(|rule| rule.alert_at(granted)) {
        let change = ChangeBalance { alert_at: Some(Some(alert_at)), is_paused: None };
        change_in(tx, caller, customer, denomination, change)?;
    }
    store::balance::set_plan_grant(tx, customer, denomination, rule.map(|_| granted))?;
    let moved = ending.change(granted);
    let lapsed = if ending.amount < 0 { 0 } else { ending.lapse().min(ending.amount) };
    store::plan_step::insert_grant(tx, step, &Granted { denomination, granted, lapsed, moved })?;
    let source = Source { kind: KIND, id: step.id.as_str() };
    match moved {
        1.. => credit_in(tx, caller, (customer, denomination), moved, source, reason).map(|_| ()),
        0 => Ok(()),
        _ => debit_in(tx, caller, (customer, denomination), moved.saturating_neg(), source, reason).map(|_| ()),
    }
}

/// A step whose card was not charged: one of a request is over, a period's end is tried again, or the plan fails.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn declined_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mut attachment: PlanAttachment,
    step: PlanStep,
    why: Refused<'_>,
) -> Result<()> {
    let step = PlanStep { status: StepStatus::Declined, ..step };
    store::plan_step::put(tx, &step)?;
    attachment.step_id = None;
    let Some(ended_at) = step.due_at else {
        // Everything stays as it was; a change of a plan that is attached comes to its period's end.
        attachment.due_at = attachment.running().map(|calendar| calendar.next_end().at);
        return store::plan_attachment::put(tx, &attachment);
    };
    let now = tx.clock_now();
    let (is_hard, charge) = match why {
        Refused::NotSent => {
            attachment.due_at = Some(now.plus(UNREACHABLE_RETRY_US));
            return store::plan_attachment::put(tx, &attachment);
        }
        Refused::Unasked { is_hard } => (is_hard, None),
        Refused::Declined(charge) => (charge.decline.is_some_and(|decline| decline.is_hard), Some(charge)),
    };
    // After a gap it may be another end's.
    let tried = attachment.retry_from.filter(|from| *from >= ended_at);
    let from = tried.unwrap_or_else(|| retry_from(ended_at, now));
    attachment.due_at = next_retry(from, now).filter(|_| !is_hard);
    let has_failed = attachment.due_at.is_none();
    attachment.retry_from = Some(from).filter(|_| !has_failed);
    attachment.status = if has_failed { PlanStatus::Failed } else { PlanStatus::PastDue };
    store::plan_attachment::put(tx, &attachment)?;
    let decline = charge.and_then(|charge| charge.decline);
    if let Some(terms) = &step.terms {
        let plan = require_in(tx, &terms.plan_id)?;
        refills_told_in(tx, caller, &step, (&plan, &terms.variable), (charge, decline))?;
    }
    let topic = if has_failed { Topic::PrepaidPlanFailed } else { Topic::PrepaidPlanPastDue };
    told_in(tx, caller, topic, &attachment, &step)
}

/// Tells what a period's end came to, balance by balance.
fn refills_told_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    step: &PlanStep,
    (plan, variable): (&PrepaidPlan, &VariableAmounts),
    (charge, decline): (Option<&PrepaidCharge>, Option<ChargeDecline>),
) -> Result<()> {
    for rule in &plan.balances {
        let balance = find_in(tx, &step.customer_id, &rule.denomination)?;
        let outcome = RefillOutcome {
            source_id: step.id.as_str(),
            reason: "plan_renewal",
            is_success: step.status == StepStatus::Succeeded,
            amount: plan.grant(&rule.denomination, variable)?,
            charge_minor: step.bill.charge,
            charge_id: charge.map(|charge| &charge.transaction_id),
            decline,
            is_enabled: None,
            off: None,
        };
        outcome_told_in(tx, caller, &balance, &outcome)?;
    }
    Ok(())
}

/// Tells the feed of a step.
pub(super) fn told_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    topic: Topic,
    attachment: &PlanAttachment,
    step: &PlanStep,
) -> Result<()> {
    let data = json!({
        "customer_id": attachment.customer_id.as_str(),
        "plan_id": attachment.plan_id().map(|id| id.as_str()),
        "status": attachment.status.as_str(),
        "due_at": step.due_at.map(|at| at.to_string()),
        "price": step.bill.price,
        "overage": step.bill.overage,
        "credit_used": step.bill.credit_used,
        "charge": step.bill.charge,
    });
    event::emit(tx, caller, topic, step.id.as_str(), &data)
}
