//! Subscriptions are made, found, changed and deleted.

use super::status::refuse_billed_date;
use super::{SubscriptionShown, facts, fetch_in, save_progress, shown, stop_collecting_in};
use crate::app::write_once::Asked;
use crate::app::{App, Caller, adjustment, chargeable, event};
use crate::domain::access::Action;
use crate::domain::adjustment::{AdjustmentKind, Applied};
use crate::domain::event::Topic;
use crate::domain::id::{AddressId, CustomerId, PaymentMethodId, PlanId, SubscriptionId};
use crate::domain::plan::{Plan, merged};
use crate::domain::recurring::subscribe::{BilledCustomer, Subscribing, SubscriptionTerms};
use crate::domain::subscription::{Subscription, SubscriptionFilter};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

impl App {
    /// Makes a subscription. It is due on its next bill date, at once where that is today or past.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field, also for a customer without a payment method.
    pub async fn subscription_create(&self, caller: &Caller, terms: SubscriptionTerms) -> Result<SubscriptionShown> {
        caller.may(Action::SubscriptionChange)?;
        self.check_processor(&terms)?;
        let asked = Asked::new("subscription", "subscription.create").with(&format!("{terms:?}"));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            create_in(tx, caller, &terms).map(|made| made.id.as_str().to_owned())
        };
        let show = |tx: &ReadTx<'_>, id: &str| shown(tx, fetch_in(tx, &SubscriptionId::from_stored(id.to_owned()))?);
        self.write_once(caller, asked, work, show).await
    }

    /// The subscription with this id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn subscription_find(&self, caller: &Caller, id: &SubscriptionId) -> Result<SubscriptionShown> {
        caller.may(Action::SubscriptionView)?;
        self.store().read(|tx| shown(tx, fetch_in(tx, id)?))
    }

    /// Subscriptions that fit `filter`, newest first, and how many fit in all. `limit` is capped at
    /// [`limits::PAGE_MAX`], `offset` at [`limits::OFFSET_MAX`].
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn subscription_search(
        &self,
        caller: &Caller,
        filter: &SubscriptionFilter,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<SubscriptionShown>, u64)> {
        caller.may(Action::SubscriptionView)?;
        let (limit, offset) = (limit.min(limits::PAGE_MAX), offset.min(limits::OFFSET_MAX));
        self.store().read(|tx| {
            let (found, total) = store::subscription_search::search(tx, filter, limit, offset)?;
            let rows = found.into_iter().map(|subscription| shown(tx, subscription)).collect::<Result<_>>()?;
            Ok((rows, total))
        })
    }

    /// Changes what `terms` say, from the next bill on.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming the field.
    pub async fn subscription_update(
        &self,
        caller: &Caller,
        id: &SubscriptionId,
        terms: SubscriptionTerms,
    ) -> Result<SubscriptionShown> {
        caller.may(Action::SubscriptionChange)?;
        self.check_processor(&terms)?;
        let asked = Asked::new("subscription", "subscription.update").with(id.as_str()).with(&format!("{terms:?}"));
        let (id, told) = (id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            update_in(tx, caller, &id, &terms).map(|_| id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| shown(tx, fetch_in(tx, &told)?)).await
    }

    /// Deletes a subscription: nobody finds it any more, its invoices stay, and nothing is charged by itself any more.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn subscription_delete(&self, caller: &Caller, id: &SubscriptionId) -> Result<()> {
        caller.may(Action::SubscriptionChange)?;
        let asked = Asked::new("subscription", "subscription.delete").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let gone = fetch_in(tx, &id)?;
            stop_collecting_in(tx, &id)?;
            store::subscription::delete(tx, &id)?;
            event::emit(tx, caller, Topic::SubscriptionDeleted, id.as_str(), &facts(&gone))?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }

    /// Refuses a processor that this file does not have; "" is the default one.
    fn check_processor(&self, terms: &SubscriptionTerms) -> Result<()> {
        match terms.processor_id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) if self.processors().get(id).is_none() => {
                Err(Error::invalid("processor_id", "names no processor"))
            }
            _ => Ok(()),
        }
    }
}

/// Makes a subscription inside a transaction.
///
/// # Errors
/// `Invalid` naming the field.
pub(crate) fn create_in(tx: &mut WriteTx<'_>, caller: &Caller, terms: &SubscriptionTerms) -> Result<Subscription> {
    let plan = plan_of(tx, terms)?;
    let customer = customer_of(tx, terms, None)?;
    let company = store::company::fetch(tx)?;
    let unsaid = plan.as_ref().map(|plan| plan.adjustments.clone()).unwrap_or_default();
    let with = Subscribing {
        plan: plan.as_ref(),
        customer,
        currency: company.currency,
        today: company.today(tx.now()),
        now: tx.now(),
        adjustments: adjustments_of(tx, terms, &unsaid)?,
    };
    let mut made = terms.create(tx.new_id(), with)?;
    made.reset_due(&company.zone());
    store::subscription::insert(tx, &made)?;
    event::emit(tx, caller, Topic::SubscriptionCreated, made.id.as_str(), &facts(&made))?;
    tx.nudge();
    Ok(made)
}

fn update_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    id: &SubscriptionId,
    terms: &SubscriptionTerms,
) -> Result<SubscriptionShown> {
    let company = store::company::fetch(tx)?;
    let current = fetch_in(tx, id)?;
    let plan = plan_of(tx, terms)?;
    let unsaid: Vec<Applied> = current.adjustments.iter().map(|carried| carried.applied.clone()).collect();
    let with = Subscribing {
        plan: plan.as_ref(),
        customer: customer_of(tx, terms, Some(&current))?,
        currency: company.currency,
        today: company.today(tx.now()),
        now: tx.now(),
        adjustments: adjustments_of(tx, terms, &unsaid)?,
    };
    let mut changed = terms.change(&current, with)?;
    if changed.next_bill_date != current.next_bill_date {
        refuse_billed_date(tx, id, changed.next_bill_date.filter(|_| terms.next_bill_date.is_some()))?;
    }
    store::subscription::update(tx, &changed)?;
    save_progress(tx, &company, &mut changed)?;
    event::emit(tx, caller, Topic::SubscriptionUpdated, id.as_str(), &facts(&changed))?;
    if changed.payment_method_id != current.payment_method_id && changed.status.awaits_method() {
        super::collect_open_in(tx, id)?;
    }
    shown(tx, changed)
}

fn plan_of(tx: &ReadTx<'_>, terms: &SubscriptionTerms) -> Result<Option<Plan>> {
    let Some(text) = terms.plan_id.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    let plan = PlanId::parse(text).map(|id| store::plan::fetch(tx, &id)).transpose()?;
    plan.flatten().map(Some).ok_or_else(|| Error::invalid("plan_id", "is no plan"))
}

fn adjustments_of(tx: &ReadTx<'_>, terms: &SubscriptionTerms, unsaid: &[Applied]) -> Result<Option<Vec<Applied>>> {
    let add_ons = adjustment::apply_in(tx, AdjustmentKind::AddOn, terms.add_ons.as_deref())?;
    let discounts = adjustment::apply_in(tx, AdjustmentKind::Discount, terms.discounts.as_deref())?;
    Ok(merged(add_ons, discounts, unsaid))
}

/// Who is billed: as said, or as `current` has it. A customer that cannot be charged is refused, because nothing of
/// the subscription could ever be collected.
fn customer_of(tx: &ReadTx<'_>, terms: &SubscriptionTerms, current: Option<&Subscription>) -> Result<BilledCustomer> {
    let said = &terms.customer;
    let id = match (said.id.as_deref().filter(|text| !text.is_empty()), current) {
        (Some(text), Some(current)) if text != current.customer_id.as_str() => {
            return Err(Error::invalid("customer.id", "cannot change: make another subscription for that customer"));
        }
        (_, Some(current)) => current.customer_id.clone(),
        (Some(text), None) => {
            CustomerId::parse(text).ok_or_else(|| Error::invalid("customer.id", "no customer has this id"))?
        }
        (None, None) => return Err(Error::invalid("customer.id", "is required")),
    };
    let method_type = said.payment_method_type.as_deref().filter(|text| !text.is_empty());
    let method_said = said.payment_method_id.as_deref().filter(|text| !text.is_empty());
    if method_type.is_some() && method_said.is_none() {
        return Err(Error::invalid("customer.payment_method_id", "is required with payment_method_type"));
    }
    let old = |pick: fn(&Subscription) -> Option<String>| current.and_then(pick);
    let method = said_or(&said.payment_method_id, old(|s| s.payment_method_id.as_ref().map(ToString::to_string)));
    let billing = said_or(&said.billing_address_id, old(|s| s.billing_address_id.as_ref().map(ToString::to_string)));
    let shipping = said_or(&said.shipping_address_id, old(|s| s.shipping_address_id.as_ref().map(ToString::to_string)));
    let billed = BilledCustomer {
        payment_method_id: method.map(PaymentMethodId::from_stored),
        billing_address_id: billing.map(AddressId::from_stored),
        shipping_address_id: shipping.map(AddressId::from_stored),
        id,
    };
    let is_asked = current.is_none() || *said != Default::default();
    if is_asked {
        chargeable::resolve_in(
            tx,
            &billed.id,
            billed.payment_method_id.as_ref(),
            method_type,
            billed.billing_address_id.as_ref(),
            billed.shipping_address_id.as_ref(),
        )
        .map_err(below_customer)?;
    }
    Ok(billed)
}

/// What is said; "" takes back what was said before.
fn said_or(said: &Option<String>, old: Option<String>) -> Option<String> {
    said.clone().or(old).filter(|text| !text.is_empty())
}

/// The field of a charge, as a subscription names it.
fn below_customer(error: Error) -> Error {
    match error {
        Error::Invalid { field, problem } => {
            let field = field.strip_prefix("payment_method.").map_or_else(|| field.clone(), str::to_owned);
            Error::Invalid { field, problem }
        }
        other => other,
    }
}
