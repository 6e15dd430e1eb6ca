//! One step: what it costs is charged first, and it is done when that succeeded, or at once where it costs nothing.

use super::done::{declined_in, done_in};
use crate::app::prepaid_charge::{self, BegunCharge, NewCharge};
use crate::app::{App, Caller};
use crate::domain::attempt::AttemptState;
use crate::domain::id::{PlanStepId, ProcessorId};
use crate::domain::money::Money;
use crate::domain::plan_attachment::PlanAttachment;
use crate::domain::plan_step::{PlanStep, StepKind, StepStatus};
use crate::domain::prepaid_charge::{ChargeKind, ChargeStatus, PrepaidCharge};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// What every charge needs, looked up before its write.
#[derive(Clone, Debug)]
pub(crate) struct Till {
    install_id: String,
    /// `None` where there is no default processor; only a charge needs it.
    processor_id: Option<ProcessorId>,
}

impl App {
    /// What every charge needs.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(crate) fn till(&self) -> Result<Till> {
        let processor_id = match self.processor_choose(None) {
            Err(Error::Invalid { .. }) => None,
            chosen => Some(chosen?),
        };
        Ok(Till { install_id: self.company()?.install_id, processor_id })
    }
}

/// How the charge of a step came out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refused<'a> {
    /// There was no card to ask, or none can be charged that much.
    Unasked {
        /// Whether another try is of no use.
        is_hard: bool,
    },
    /// The request never reached the processor.
    NotSent,
    /// The card declined.
    Declined(&'a PrepaidCharge),
}

/// Writes a step down with the intent of its charge, which is answered to be sent; one that costs nothing is done.
///
/// # Errors
/// `Refused` where there is no card, and nothing is written then.
pub(super) fn begin_in(
    app: &App,
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    till: &Till,
    (mut attachment, step): (PlanAttachment, PlanStep),
) -> Result<Option<BegunCharge>> {
    if step.bill.charge == 0 {
        let step = PlanStep { status: StepStatus::Succeeded, ..step };
        store::plan_step::put(tx, &step)?;
        done_in(tx, caller, attachment, &step, None)?;
        return Ok(None);
    }
    let processor_id = till.processor_id.clone().ok_or_else(no_processor)?;
    let card = app.card_ready_in(tx, &step.customer_id, processor_id)?;
    let step = PlanStep { status: StepStatus::Confirming, ..step };
    store::plan_step::put(tx, &step)?;
    let new = NewCharge {
        kind: charge_kind(&step),
        source_id: step.id.as_str(),
        denomination: None,
        due_at: step.due_at,
        amount: Money::new(step.bill.charge, step.currency)?,
    };
    let begun = prepaid_charge::begin_in(tx, caller, &till.install_id, (&step.customer_id, card), &new)?;
    attachment.step_id = Some(step.id);
    attachment.due_at = None;
    store::plan_attachment::put(tx, &attachment)?;
    Ok(Some(begun))
}

/// A step's charge has its outcome.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn concluded_in(tx: &mut WriteTx<'_>, caller: &Caller, charge: &PrepaidCharge) -> Result<()> {
    let id = PlanStepId::from_stored(charge.source_id.clone());
    let step = store::plan_step::fetch(tx, &id)?.ok_or_else(|| Error::not_found("plan step", id.as_str()))?;
    let attachment = super::attachment_in(tx, &step.customer_id)?;
    if step.status != StepStatus::Confirming || attachment.step_id.as_ref() != Some(&id) {
        return Ok(());
    }
    if charge.status == ChargeStatus::Succeeded {
        let step = PlanStep { status: StepStatus::Succeeded, ..step };
        store::plan_step::put(tx, &step)?;
        return done_in(tx, caller, attachment, &step, Some(charge));
    }
    let attempts = store::attempt::list_of_transaction(tx, &charge.transaction_id)?;
    let is_sent = |state| !matches!(state, AttemptState::Absent | AttemptState::Cancelled);
    let is_sent = attempts.iter().any(|attempt| is_sent(attempt.state));
    declined_in(tx, caller, attachment, step, if is_sent { Refused::Declined(charge) } else { Refused::NotSent })
}

fn no_processor() -> Error {
    Error::invalid("processor_id", "is required: there is no default processor")
}

/// What its charge is for: a plan that ends, and a fill between renewals, cost only what was used beyond them.
fn charge_kind(step: &PlanStep) -> ChargeKind {
    match step.kind {
        StepKind::Attach => ChargeKind::PlanAttach,
        StepKind::Renewal if step.terms.is_some() => ChargeKind::PlanRenewal,
        StepKind::Renewal | StepKind::Refill => ChargeKind::Overage,
        StepKind::Change => ChargeKind::PlanChange,
    }
}
