//! Plans: made, changed, deleted. A plan that subscriptions may still be billed by cannot be deleted.

use serde_json::{Value, json};

use super::write_once::Asked;
use super::{App, Caller, adjustment, event};
use crate::domain::access::Action;
use crate::domain::adjustment::{AdjustmentKind, Applied};
use crate::domain::event::Topic;
use crate::domain::id::PlanId;
use crate::domain::plan::{Making, Plan, PlanTerms, merged};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// A plan with what its answers show besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanShown {
    /// The plan.
    pub plan: Plan,
    /// How many subscriptions it has, ended ones included.
    pub subscription_count: u64,
}

impl App {
    /// Makes a plan.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field.
    pub async fn plan_create(&self, caller: &Caller, terms: PlanTerms) -> Result<PlanShown> {
        caller.may(Action::CatalogChange)?;
        let asked = Asked::new("plan", "plan.create").with(&format!("{terms:?}"));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            create_in(tx, caller, &terms).map(|made| made.id.as_str().to_owned())
        };
        let show = |tx: &ReadTx<'_>, id: &str| shown(tx, fetch_in(tx, &PlanId::from_stored(id.to_owned()))?);
        self.write_once(caller, asked, work, show).await
    }

    /// The plan with this id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn plan_find(&self, caller: &Caller, id: &PlanId) -> Result<PlanShown> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| shown(tx, fetch_in(tx, id)?))
    }

    /// Every plan, oldest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn plan_list(&self, caller: &Caller) -> Result<Vec<PlanShown>> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| store::plan::list(tx)?.into_iter().map(|plan| shown(tx, plan)).collect())
    }

    /// Changes what `terms` say. Subscriptions keep what they were made with, but for the amount where
    /// `update_subscriptions` asks for it.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming the field.
    pub async fn plan_update(&self, caller: &Caller, id: &PlanId, terms: PlanTerms) -> Result<PlanShown> {
        caller.may(Action::CatalogChange)?;
        let asked = Asked::new("plan", "plan.update").with(id.as_str()).with(&format!("{terms:?}"));
        let (id, of) = (id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            update_in(tx, caller, &id, &terms).map(|()| id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| shown(tx, fetch_in(tx, &of)?)).await
    }

    /// Deletes a plan.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Conflict` where subscriptions may still be billed by it.
    pub async fn plan_delete(&self, caller: &Caller, id: &PlanId) -> Result<()> {
        caller.may(Action::CatalogChange)?;
        let asked = Asked::new("plan", "plan.delete").with(id.as_str());
        let id = id.clone();
        let work =
            move |tx: &mut WriteTx<'_>, caller: &Caller| delete_in(tx, caller, &id).map(|()| id.as_str().to_owned());
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }
}

/// Makes a plan inside a transaction.
///
/// # Errors
/// `Invalid` naming the field.
pub(crate) fn create_in(tx: &mut WriteTx<'_>, caller: &Caller, terms: &PlanTerms) -> Result<Plan> {
    let plan = terms.create(tx.new_id(), &making(tx, terms, &[])?)?;
    store::plan::insert(tx, &plan)?;
    event::emit(tx, caller, Topic::PlanCreated, plan.id.as_str(), &facts(&plan))?;
    Ok(plan)
}

fn update_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &PlanId, terms: &PlanTerms) -> Result<()> {
    let current = fetch_in(tx, id)?;
    let plan = terms.change(&current, &making(tx, terms, &current.adjustments)?)?;
    store::plan::update(tx, &plan)?;
    let mut data = facts(&plan);
    if terms.update_subscriptions {
        let changed = store::plan::set_amount_of_subscriptions(tx, &plan)?;
        data["subscriptions_changed"] = json!(changed);
    }
    event::emit(tx, caller, Topic::PlanUpdated, id.as_str(), &data)
}

fn delete_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &PlanId) -> Result<()> {
    let plan = fetch_in(tx, id)?;
    let (_, live) = store::plan::subscription_counts(tx, id)?;
    if live > 0 {
        let them = if live == 1 { "1 subscription uses it".to_owned() } else { format!("{live} subscriptions use it") };
        return Err(Error::Conflict(format!("the plan cannot be deleted: {them}; cancel or complete them first")));
    }
    store::plan::delete(tx, id)?;
    event::emit(tx, caller, Topic::PlanDeleted, id.as_str(), &facts(&plan))
}

/// The plan with this id.
///
/// # Errors
/// `NotFound`.
pub(crate) fn fetch_in(tx: &ReadTx<'_>, id: &PlanId) -> Result<Plan> {
    store::plan::fetch(tx, id)?.ok_or_else(|| Error::not_found("plan", id.as_str()))
}

fn making(tx: &WriteTx<'_>, terms: &PlanTerms, unsaid: &[Applied]) -> Result<Making> {
    let company = store::company::fetch(tx)?;
    let add_ons = adjustment::apply_in(tx, AdjustmentKind::AddOn, terms.add_ons.as_deref())?;
    let discounts = adjustment::apply_in(tx, AdjustmentKind::Discount, terms.discounts.as_deref())?;
    Ok(Making {
        currency: company.currency,
        today: company.today(tx.now()),
        now: tx.now(),
        adjustments: merged(add_ons, discounts, unsaid),
    })
}

fn shown(tx: &ReadTx<'_>, plan: Plan) -> Result<PlanShown> {
    let (subscription_count, _) = store::plan::subscription_counts(tx, &plan.id)?;
    Ok(PlanShown { plan, subscription_count })
}

fn facts(plan: &Plan) -> Value {
    json!({
        "name": plan.name,
        "amount": plan.amount.minor(),
        "currency": plan.amount.currency().code(),
        "billing_frequency": plan.rule.gateway_frequency(),
        "billing_days": plan.rule.gateway_billing_days(),
        "billing_cycle_interval": plan.rule.interval(),
    })
}
