//! The recurring engine: subscriptions are made, billed when due, and dunned when a charge is declined.
//!
//! A file per verb. Billing claims nothing: `UNIQUE (subscription_id, period_start)` on invoices is what makes a
//! period billed once, however often it is tried.

pub mod bill_due;
pub mod dunning;
pub mod release;
mod run;
pub mod status;
pub mod subscribe;

use serde_json::{Value, json};

use super::{Caller, event};
use crate::domain::company::Company;
use crate::domain::event::Topic;
use crate::domain::id::SubscriptionId;
use crate::domain::payment_method::{MethodType, PaymentMethod};
use crate::domain::recurring::dunning::collect_slot;
use crate::domain::subscription::{Subscription, SubscriptionStatus};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// A subscription with what its answers show besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionShown {
    /// The subscription.
    pub subscription: Subscription,
    /// The name of its plan, "" without one.
    pub plan_name: String,
    /// The customer's name on the billing address, "" where there is none.
    pub customer_name: String,
    /// What the payment method is that it names; `None` where it names none.
    pub payment_method_type: Option<MethodType>,
}

/// The subscription with this id.
///
/// # Errors
/// `NotFound`.
pub(crate) fn fetch_in(tx: &ReadTx<'_>, id: &SubscriptionId) -> Result<Subscription> {
    store::subscription::fetch(tx, id)?.ok_or_else(|| Error::not_found("subscription", id.as_str()))
}

pub(in crate::app) fn shown(tx: &ReadTx<'_>, subscription: Subscription) -> Result<SubscriptionShown> {
    let plan_name = match &subscription.plan_id {
        Some(id) => store::plan::name_of(tx, id)?,
        None => String::new(),
    };
    let record = store::customer::fetch_record(tx, &subscription.customer_id)?;
    let address = record.as_ref().and_then(|record| {
        let named = subscription.billing_address_id.as_ref().and_then(|id| record.address(id));
        named.or_else(|| record.default_billing())
    });
    let customer_name = address.map_or_else(String::new, |address| {
        format!("{} {}", address.postal.first_name, address.postal.last_name).trim().to_owned()
    });
    let method =
        record.as_ref().zip(subscription.payment_method_id.as_ref()).and_then(|(record, id)| record.method(id));
    let payment_method_type = method.map(PaymentMethod::method_type);
    Ok(SubscriptionShown { subscription, plan_name, customer_name, payment_method_type })
}

/// Writes what billing or a change of state moved, with its due instant.
fn save_progress(tx: &mut WriteTx<'_>, company: &Company, subscription: &mut Subscription) -> Result<()> {
    subscription.updated_at = tx.now();
    subscription.reset_due(&company.zone());
    if subscription.due_at.is_some_and(|due_at| due_at <= tx.now()) {
        tx.nudge();
    }
    store::subscription::update_progress(tx, subscription)
}

/// Tells that the state changed from `from`, and why.
fn emit_status(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    subscription: &Subscription,
    from: SubscriptionStatus,
    reason: &str,
) -> Result<()> {
    if from == subscription.status {
        return Ok(());
    }
    let data = json!({
        "from": from.as_str(),
        "to": subscription.status.as_str(),
        "reason": reason,
        "next_bill_date": subscription.next_bill_date.map(|date| date.to_string()),
    });
    event::emit(tx, caller, Topic::SubscriptionStatusChanged, subscription.id.as_str(), &data)
}

/// Plans the charges of what is owed: the oldest now, the others a day apart (RELIABILITY.md 3.4.2).
fn collect_open_in(tx: &mut WriteTx<'_>, id: &SubscriptionId) -> Result<usize> {
    let mut planned: Vec<Timestamp> = Vec::new();
    for open in store::subscription::list_open_invoices(tx, id)? {
        if open.is_collectable {
            let slot = collect_slot(tx.now(), &planned, None);
            store::subscription::set_collect_at(tx, &open.id, Some(slot))?;
            planned.push(slot);
        }
    }
    if !planned.is_empty() {
        tx.nudge();
    }
    Ok(planned.len())
}

/// Ends the automatic charges of what is owed; it stays owed and can be paid on its page.
fn stop_collecting_in(tx: &mut WriteTx<'_>, id: &SubscriptionId) -> Result<()> {
    for open in store::subscription::list_open_invoices(tx, id)? {
        if open.collect_at.is_some() {
            store::subscription::set_collect_at(tx, &open.id, None)?;
        }
    }
    Ok(())
}

/// A subscription that has billed all it was made for is completed once nothing of it is owed.
fn complete_where_done(tx: &ReadTx<'_>, subscription: &mut Subscription) -> Result<()> {
    let is_done = subscription.next_bill_date.is_none() && subscription.status.is_billed();
    if is_done && store::subscription::list_open_invoices(tx, &subscription.id)?.is_empty() {
        subscription.status = SubscriptionStatus::Completed;
    }
    Ok(())
}

fn facts(subscription: &Subscription) -> Value {
    json!({
        "plan_id": subscription.plan_id.as_ref().map(|id| id.as_str()),
        "customer_id": subscription.customer_id.as_str(),
        "status": subscription.status.as_str(),
        "amount": subscription.amount.minor(),
        "currency": subscription.amount.currency().code(),
        "next_bill_date": subscription.next_bill_date.map(|date| date.to_string()),
    })
}

#[cfg(test)]
#[path = "recurring_tests.rs"]
mod tests;
