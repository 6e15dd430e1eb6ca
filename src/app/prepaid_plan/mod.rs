//! Prepaid plans: made, attached to customers, renewed, filled and changed.
//!
//! Each of these is a *step*: a row that says what is charged and what follows. [`step::begin_in`] writes it with the
//! intent of its charge, [`concluded_in`] does it in the commit that learns of the success, however late that is.
//! A step that costs nothing is done at once. A period's end is one step for ever, so it is charged and granted once.

mod attach;
mod change;
mod create;
mod done;
mod modify;
mod renew;
mod request;
mod step;

pub use attach::AttachPlan;
pub use change::ChangePlan;
pub use create::CreatePrepaidPlan;
pub use modify::ModifyPlan;
pub use request::AccountCharged;

pub(crate) use attach::attach_asked_in;
pub(crate) use renew::card_came_in;
pub(crate) use request::Worked;
pub(crate) use step::concluded_in;

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::id::{CustomerId, PrepaidPlanId};
use crate::domain::page::{Page, PageAsked};
use crate::domain::plan_attachment::PlanAttachment;
use crate::domain::prepaid_plan::PrepaidPlan;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx};

/// What the ledger calls steps.
pub(crate) const KIND: &str = "plan_step";

impl App {
    /// The plan with this id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn prepaid_plan_find(&self, caller: &Caller, id: &PrepaidPlanId) -> Result<PrepaidPlan> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| require_in(tx, id))
    }

    /// Plans, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn prepaid_plan_list(&self, caller: &Caller, asked: PageAsked) -> Result<Page<PrepaidPlan>> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| Ok(Page::of(store::prepaid_plan::list(tx, asked)?, asked)))
    }
}

/// The plan with this id.
///
/// # Errors
/// `NotFound`.
pub(crate) fn require_in(tx: &ReadTx<'_>, id: &PrepaidPlanId) -> Result<PrepaidPlan> {
    store::prepaid_plan::fetch(tx, id)?.ok_or_else(|| Error::not_found("plan", id.as_str()))
}

/// A customer's plan; none where there never was one.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn attachment_in(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<PlanAttachment> {
    let found = store::plan_attachment::fetch(tx, customer)?;
    Ok(found.unwrap_or_else(|| PlanAttachment::none(customer.clone())))
}

/// Passes where no charge for the customer's plan is under way.
///
/// # Errors
/// `Refused` as in progress.
pub(crate) fn refuse_while_charged(attachment: &PlanAttachment) -> Result<()> {
    match attachment.step_id {
        None => Ok(()),
        Some(_) => Err(Refusal::new(RefusalCode::InProgress, "A charge for the plan is still being confirmed.").into()),
    }
}
