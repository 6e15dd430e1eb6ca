//! What keeps a stored payment method from being taken away.

use crate::domain::customer::CustomerRecord;
use crate::domain::id::{PaymentMethodId, SubscriptionId};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// Why a payment method must stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needed {
    /// It was chosen as the default.
    Default,
    /// This live subscription names it.
    Subscription(SubscriptionId),
    /// There is no other, and this live subscription is billed.
    Last(SubscriptionId),
}

/// What a payment method of the customer of `record` is needed for; `None` where it may go.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn needed_for(tx: &ReadTx<'_>, record: &CustomerRecord, id: &PaymentMethodId) -> Result<Option<Needed>> {
    let customer_id = &record.customer.id;
    if record.customer.defaults.payment_method_id.as_ref() == Some(id) {
        return Ok(Some(Needed::Default));
    }
    if let Some(subscription) = store::customer::subscription_on_method(tx, customer_id, id)? {
        return Ok(Some(Needed::Subscription(subscription)));
    }
    let is_last = record.methods.len() == 1;
    let live = if is_last { store::customer::live_subscription(tx, customer_id)? } else { None };
    Ok(live.map(Needed::Last))
}

/// Refuses to take away what is needed.
///
/// # Errors
/// `Conflict` saying for what.
pub(super) fn refuse_if_needed(tx: &WriteTx<'_>, record: &CustomerRecord, id: &PaymentMethodId) -> Result<()> {
    let problem = match needed_for(tx, record, id)? {
        None => return Ok(()),
        Some(Needed::Default) => {
            "the payment method is the default of the customer and cannot be deleted: choose another default first"
                .to_owned()
        }
        Some(Needed::Subscription(subscription)) => {
            format!("the payment method is used by subscription {subscription}: change that first")
        }
        Some(Needed::Last(subscription)) => {
            format!("subscription {subscription} is billed to it and there is no other: add one first")
        }
    };
    Err(Error::Conflict(problem))
}
