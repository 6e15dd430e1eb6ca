//! What a caller says of a subscription, and the subscription made or changed from it.

use jiff::civil::Date;

use crate::domain::adjustment::{self, AdjustmentUse, Applied};
use crate::domain::currency::Currency;
use crate::domain::id::{AddressId, CustomerId, PaymentMethodId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::plan::{Plan, ScheduleTerms, currency_of};
use crate::domain::recurring::catch_up::CatchUp;
use crate::domain::recurring::extras::{BillExtras, ExtrasTerms};
use crate::domain::subscription::{Carried, Subscription, SubscriptionStatus};
use crate::domain::time::{Timestamp, parse_date};
use crate::error::{Error, Result};

/// What a caller says of a subscription; `None` is unsaid: filled from the plan, or kept in a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the fields of a subscription")]
pub struct SubscriptionTerms {
    /// "" is no plan.
    pub plan_id: Option<String>,
    pub description: Option<String>,
    pub customer: CustomerTerms,
    pub amount_minor: Option<i64>,
    /// An ISO 4217 code; the plan's or the company's currency where unsaid. It cannot change.
    pub currency: Option<String>,
    pub schedule: ScheduleTerms,
    pub duration: Option<i64>,
    /// `YYYY-MM-DD`.
    pub next_bill_date: Option<String>,
    /// `YYYY-MM-DD`, the last date that may be billed; "" is none.
    pub expires_on: Option<String>,
    pub processor_id: Option<String>,
    pub add_ons: Option<Vec<AdjustmentUse>>,
    pub discounts: Option<Vec<AdjustmentUse>>,
    pub extras: ExtrasTerms,
}

/// Who is billed, and with what, as the caller says it; "" is the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the gateway's fields")]
pub struct CustomerTerms {
    pub id: Option<String>,
    pub payment_method_type: Option<String>,
    pub payment_method_id: Option<String>,
    pub billing_address_id: Option<String>,
    pub shipping_address_id: Option<String>,
}

/// Who is billed, looked up. `None` is the customer's default at the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledCustomer {
    /// The customer.
    pub id: CustomerId,
    /// What is charged.
    pub payment_method_id: Option<PaymentMethodId>,
    /// The billing address.
    pub billing_address_id: Option<AddressId>,
    /// The shipping address.
    pub shipping_address_id: Option<AddressId>,
}

/// What the surroundings give to the making of a subscription.
#[derive(Debug, Clone)]
pub struct Subscribing<'a> {
    /// The plan named, looked up.
    pub plan: Option<&'a Plan>,
    /// The customer, looked up.
    pub customer: BilledCustomer,
    /// The company's currency.
    pub currency: Currency,
    /// Today in the company's zone.
    pub today: Date,
    /// The present instant.
    pub now: Timestamp,
    /// The add-ons and discounts of the terms, looked up; `None` where the terms name none.
    pub adjustments: Option<Vec<Applied>>,
}

impl SubscriptionTerms {
    /// A new subscription, active, its due instant not yet set.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn create(&self, id: SubscriptionId, with: Subscribing<'_>) -> Result<Subscription> {
        let plan = with.plan;
        let currency = self.currency_for(&with)?;
        let extras = self.extras.over(&BillExtras::default())?;
        let minor = extras.derived_minor()?.or(self.amount_minor).or_else(|| plan.map(|plan| plan.amount.minor()));
        let minor = minor.ok_or_else(|| Error::invalid("amount", "is required where no plan is given"))?;
        let (rule, charge_on_day) =
            self.schedule_on(plan).resolve(plan.map(|p| (p.rule, p.charge_on_day)), with.today)?;
        let next = date_of("next_bill_date", self.next_bill_date.as_deref())?;
        let applied = with.adjustments.or_else(|| plan.map(|plan| plan.adjustments.clone())).unwrap_or_default();
        let BilledCustomer { id: customer_id, payment_method_id, billing_address_id, shipping_address_id } =
            with.customer;
        let subscription = Subscription {
            id,
            plan_id: plan.map(|plan| plan.id.clone()),
            customer_id,
            payment_method_id,
            billing_address_id,
            shipping_address_id,
            processor_id: self.processor_id.clone().unwrap_or_default(),
            description: adjustment::description_of("description", self.description.as_deref(), "")?,
            amount: Money::new(adjustment::amount_minor_of("amount", minor)?, currency)?,
            rule,
            charge_on_day,
            duration: adjustment::duration_of("duration", self.duration, plan.map_or(0, |plan| plan.duration))?,
            expires_on: date_of("expiration", self.expires_on.as_deref())?,
            extras,
            catch_up: plan.map_or(CatchUp::default(), |plan| plan.catch_up),
            status: SubscriptionStatus::Active,
            parked_reason: None,
            made_on: with.today,
            next_bill_date: Some(next.unwrap_or_else(|| rule.first_on_or_after(with.today))),
            due_at: None,
            periods_billed: 0,
            adjustments: applied.into_iter().map(Carried::new).collect(),
            created_at: with.now,
            updated_at: with.now,
        };
        expires_after_next(&subscription)?;
        subscription.extras.fits(subscription.amount)?;
        Ok(subscription)
    }

    /// `current` with what these terms say, its due instant not yet set.
    ///
    /// A schedule that no longer bills on the next date moves that to the first date from today on. A plan that is
    /// newly named fills nothing in: everything was filled in when the subscription was made.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn change(&self, current: &Subscription, with: Subscribing<'_>) -> Result<Subscription> {
        if currency_of(self.currency.as_deref(), current.amount.currency())? != current.amount.currency() {
            return Err(Error::invalid("currency", "cannot change"));
        }
        let extras = self.extras.over(&current.extras)?;
        let minor = extras.derived_minor()?.or(self.amount_minor).unwrap_or(current.amount.minor());
        let old_rule = (current.rule, current.charge_on_day);
        let (rule, charge_on_day) = self.schedule.resolve(Some(old_rule), with.today)?;
        let BilledCustomer { id: _, payment_method_id, billing_address_id, shipping_address_id } = with.customer;
        let mut changed = Subscription {
            plan_id: if self.plan_id.is_some() { with.plan.map(|p| p.id.clone()) } else { current.plan_id.clone() },
            payment_method_id,
            billing_address_id,
            shipping_address_id,
            processor_id: self.processor_id.clone().unwrap_or_else(|| current.processor_id.clone()),
            description: adjustment::description_of("description", self.description.as_deref(), &current.description)?,
            amount: Money::new(adjustment::amount_minor_of("amount", minor)?, current.amount.currency())?,
            rule,
            charge_on_day,
            duration: adjustment::duration_of("duration", self.duration, current.duration)?,
            extras,
            updated_at: with.now,
            ..current.clone()
        };
        changed.extras.fits(changed.amount)?;
        if self.expires_on.is_some() {
            changed.expires_on = date_of("expiration", self.expires_on.as_deref())?;
        }
        if let Some(applied) = with.adjustments {
            changed.adjustments = applied.into_iter().map(|one| carried_on(one, &current.adjustments)).collect();
        }
        self.move_next(&mut changed, current, with.today)?;
        Ok(changed)
    }

    /// The next date after a change.
    fn move_next(&self, changed: &mut Subscription, current: &Subscription, today: Date) -> Result<()> {
        if let Some(date) = date_of("next_bill_date", self.next_bill_date.as_deref())? {
            changed.set_next(date, today);
            changed.parked_reason = None;
            expires_after_next(changed)?;
        } else if changed.rule != current.rule
            && changed.next_bill_date.is_some_and(|next| changed.rule.first_on_or_after(next) != next)
        {
            changed.next_bill_date = Some(changed.rule.first_on_or_after(today));
        }
        if changed.next_bill_date.is_none() && !changed.status.is_over() {
            // A longer duration or a later expiry brings it back.
            changed.resume(today);
        }
        changed.end_where_over();
        Ok(())
    }

    /// The schedule said, on the day of subscribing where the plan wants that and the caller names no day.
    fn schedule_on(&self, plan: Option<&Plan>) -> ScheduleTerms {
        let mut schedule = self.schedule.clone();
        if plan.is_some_and(|plan| plan.charge_on_day) && schedule.billing_days.is_none() {
            schedule.charge_on_day = schedule.charge_on_day.or(Some(true));
        }
        schedule
    }

    fn currency_for(&self, with: &Subscribing<'_>) -> Result<Currency> {
        let unsaid = with.plan.map_or(with.currency, |plan| plan.amount.currency());
        let currency = currency_of(self.currency.as_deref(), unsaid)?;
        if with.plan.is_some() && currency != unsaid {
            return Err(Error::invalid("currency", format!("the plan is in {unsaid}")));
        }
        Ok(currency)
    }
}

/// An adjustment said again in a change keeps its count; one with another duration, or a new one, starts afresh.
fn carried_on(applied: Applied, old: &[Carried]) -> Carried {
    let same = |carried: &&Carried| {
        carried.applied.kind == applied.kind
            && carried.applied.adjustment_id == applied.adjustment_id
            && carried.applied.duration == applied.duration
    };
    let remaining = old.iter().find(same).map(|carried| carried.remaining);
    let fresh = Carried::new(applied);
    Carried { remaining: remaining.unwrap_or(fresh.remaining), ..fresh }
}

fn expires_after_next(subscription: &Subscription) -> Result<()> {
    match (subscription.expires_on, subscription.next_bill_date) {
        (Some(last), Some(next)) if last < next => {
            Err(Error::invalid("expiration", format!("is before the next bill date, {next}")))
        }
        _ => Ok(()),
    }
}

/// A date that a caller wrote; "" is none.
///
/// # Errors
/// `Invalid` naming `field`.
pub fn date_of(field: &str, text: Option<&str>) -> Result<Option<Date>> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => parse_date(text)
            .map(Some)
            .ok_or_else(|| Error::invalid(field, "must be a date YYYY-MM-DD between 1970 and 2199")),
    }
}

#[cfg(test)]
#[path = "subscribe_tests.rs"]
mod tests;
