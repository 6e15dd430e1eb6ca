//! The ends of periods: each is one step, charged once, whenever somebody gets round to it.

use futures_util::StreamExt;

use super::attach::attach_in;
use super::done::{balances_of, declined_in, ending};
use super::step::{Refused, Till, begin_in};
use super::{attachment_in, require_in};
use crate::app::balance::standing_in;
use crate::app::prepaid_charge::BegunCharge;
use crate::app::{App, Caller};
use crate::domain::id::CustomerId;
use crate::domain::plan_attachment::{PeriodEnd, PlanAttachment, PlanStatus};
use crate::domain::plan_step::{Bill, PlanStep, StepKind, StepStatus};
use crate::domain::refusal::RefusalCode;
use crate::domain::time::{HOUR, Timestamp};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// When a plan is looked at again that could not be renewed because of a fault of ours, microseconds.
const POSTPONED_US: i64 = HOUR;

impl App {
    /// Ends every period whose time has come, and tries cards again; answers how many.
    ///
    /// # Errors
    /// The first fault, after the others had their turn. A decline is no error.
    pub async fn plans_renew(&self, caller: &Caller) -> Result<usize> {
        let (mut renewed, mut failure) = (0, None);
        loop {
            let now = self.now();
            let due = self.store().read(|tx| store::plan_attachment::list_due(tx, now, limits::BILL_BATCH_MAX))?;
            if due.is_empty() {
                return failure.map_or(Ok(renewed), Err);
            }
            renewed += due.len();
            let till = self.till()?;
            let renewals = due.into_iter().map(|customer| self.plan_renew(caller, &till, customer));
            let mut outcomes = futures_util::stream::iter(renewals).buffer_unordered(limits::CHARGES_IN_FLIGHT_MAX);
            while let Some(outcome) = outcomes.next().await {
                failure = failure.or(outcome.err());
            }
        }
    }

    /// When the next period ends, or a card is tried again.
    pub(crate) fn next_plan_renewal_at(&self) -> Result<Option<Timestamp>> {
        self.store().read(store::plan_attachment::next_due_at)
    }

    async fn plan_renew(&self, caller: &Caller, till: &Till, customer: CustomerId) -> Result<()> {
        let (app, by, till, whose) = (self.clone(), caller.clone(), till.clone(), customer.clone());
        let begun = self.store().write(move |tx| {
            let attachment = attachment_in(tx, &whose)?;
            match attachment.due_at {
                Some(due_at) if due_at <= tx.clock_now() => renew_in(&app, tx, &by, &till, attachment),
                _ => Ok(None),
            }
        });
        match begun.await {
            Ok(None) => Ok(()),
            Ok(Some(begun)) => self.prepaid_charge_send(caller.clone(), begun).await.map(|_| ()),
            Err(why) => {
                tracing::error!(customer = customer.as_str(), error = ?why, "a plan could not be renewed");
                self.store().write(move |tx| postpone_in(tx, &customer)).await?;
                Err(why)
            }
        }
    }
}

/// A customer has a card to pay with from now on: a plan that waited for one is attached, one that is past due is paid.
///
/// # Errors
/// As attaching a plan.
pub(crate) fn card_came_in(
    app: &App,
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    till: &Till,
    customer: &CustomerId,
) -> Result<Option<BegunCharge>> {
    let attachment = attachment_in(tx, customer)?;
    match (attachment.status, &attachment.step_id, attachment.terms.clone()) {
        (PlanStatus::AwaitingCard, None, Some(terms)) => attach_in(app, tx, caller, till, attachment, terms),
        (PlanStatus::PastDue, None, Some(_)) => renew_in(app, tx, caller, till, attachment),
        _ => Ok(None),
    }
}

/// Ends the period of an attachment whose time has come.
fn renew_in(
    app: &App,
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    till: &Till,
    attachment: PlanAttachment,
) -> Result<Option<BegunCharge>> {
    let now = tx.clock_now();
    let Some(calendar) = attachment.running().copied() else {
        return store::plan_attachment::put(tx, &PlanAttachment { due_at: None, ..attachment }).map(|()| None);
    };
    let calendar = calendar.without_missed(now, limits::MISSED_PERIODS_MAX, limits::MISSED_DAYS_MAX);
    let attachment = PlanAttachment { calendar: Some(calendar), ..attachment };
    let end = calendar.next_end();
    if end.at > now {
        return store::plan_attachment::put(tx, &PlanAttachment { due_at: Some(end.at), ..attachment }).map(|()| None);
    }
    let step = match step_in(tx, caller, &attachment, end) {
        Err(Error::Refused(refusal)) if refusal.code == RefusalCode::OutOfRange => {
            let step = step_of(tx, &attachment, end)?;
            return declined_in(tx, caller, attachment, step, Refused::Unasked { is_hard: true }).map(|()| None);
        }
        step => step?,
    };
    match begin_in(app, tx, caller, till, (attachment.clone(), step.clone())) {
        Err(Error::Refused(refusal)) if refusal.code == RefusalCode::PaymentRequired => {
            declined_in(tx, caller, attachment, step, Refused::Unasked { is_hard: false }).map(|()| None)
        }
        begun => begun,
    }
}

/// The step of a period's end, billed as the balances stand.
fn step_in(tx: &mut WriteTx<'_>, caller: &Caller, attachment: &PlanAttachment, end: PeriodEnd) -> Result<PlanStep> {
    let mut step = step_of(tx, attachment, end)?;
    let before = attachment.plan_id().ok_or_else(|| Error::internal("a period ended without a plan"))?;
    let old = require_in(tx, before)?;
    let mut overage = 0_i128;
    for (denomination, grant) in balances_of(tx, &attachment.customer_id, None)? {
        let Some(unit_price) = old.balance(&denomination).and_then(|rule| rule.overage_unit_price) else { continue };
        let standing = standing_in(tx, caller, &attachment.customer_id, &denomination)?;
        if standing.amount >= 0 {
            continue;
        }
        let owed = standing.amount.checked_neg().ok_or_else(|| Error::out_of_range(None))?;
        overage = overage.saturating_add(ending(&old, &standing, grant, 0).overage(unit_price));
        step.paid.insert(denomination, owed);
    }
    let price = match &step.terms {
        Some(terms) if end.is_renewal => require_in(tx, &terms.plan_id)?.price(terms.cadence, &terms.variable)?,
        _ => 0,
    };
    step.bill = Bill::of(price, overage, attachment.credit)?;
    Ok(step)
}

/// The step of a period's end, not yet billed; the one that is there where the card was tried before.
fn step_of(tx: &WriteTx<'_>, attachment: &PlanAttachment, end: PeriodEnd) -> Result<PlanStep> {
    let tried = store::plan_step::fetch_at(tx, &attachment.customer_id, end.at)?;
    if tried.as_ref().is_some_and(|step| step.status != StepStatus::Declined) {
        return Err(Error::internal(format!("the period that ended at {} is paid or being paid", end.at)));
    }
    let terms = attachment.terms_after(end).cloned();
    let before = attachment.plan_id().ok_or_else(|| Error::internal("a period ended without a plan"))?;
    let priced_by = terms.as_ref().map_or(before, |terms| &terms.plan_id);
    Ok(PlanStep {
        id: tried.as_ref().map_or_else(|| tx.new_id(), |step| step.id.clone()),
        customer_id: attachment.customer_id.clone(),
        kind: if end.is_renewal { StepKind::Renewal } else { StepKind::Refill },
        due_at: Some(end.at),
        currency: require_in(tx, priced_by)?.currency,
        terms,
        bill: Bill::default(),
        paid: std::collections::BTreeMap::new(),
        working: Vec::new(),
        status: StepStatus::Declined,
        created_at: tried.map_or_else(|| tx.clock_now(), |step| step.created_at),
    })
}

/// What is wrong with one plan keeps no other from being renewed.
fn postpone_in(tx: &mut WriteTx<'_>, customer: &CustomerId) -> Result<()> {
    let attachment = attachment_in(tx, customer)?;
    if attachment.due_at.is_none() {
        return Ok(());
    }
    let later = tx.clock_now().plus(POSTPONED_US);
    store::plan_attachment::put(tx, &PlanAttachment { due_at: Some(later), ..attachment })
}
