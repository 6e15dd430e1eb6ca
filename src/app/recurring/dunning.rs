//! What payments and declines make of a subscription: active, failing, failed, and back.

use super::{collect_open_in, complete_where_done, emit_status, save_progress, stop_collecting_in};
use crate::app::Caller;
use crate::domain::company::Company;
use crate::domain::customer::CustomerRecord;
use crate::domain::id::{CustomerId, InvoiceId, PaymentMethodId, SubscriptionId};
use crate::domain::recurring::dunning::{collect_slot, next_retry};
use crate::domain::subscription::SubscriptionStatus;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::store::{self, ReadTx, WriteTx};

/// An invoice of the subscription was paid whole: it is active again once no declined invoice of it is open, and
/// completed once all it was made for is paid.
///
/// A failed one goes on with the first regular date from today: it was not billed while it was failed. An invoice of
/// a subscription that is gone changes nothing.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn invoice_paid_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &SubscriptionId) -> Result<()> {
    let Some(mut subscription) = store::subscription::fetch(tx, id)? else { return Ok(()) };
    let company = store::company::fetch(tx)?;
    let from = subscription.status;
    let open = store::subscription::list_open_invoices(tx, id)?;
    if from.awaits_method() && open.iter().all(|invoice| invoice.first_declined_at.is_none()) {
        subscription.status = SubscriptionStatus::Active;
        if from == SubscriptionStatus::Failed {
            subscription.resume(company.today(tx.now()));
            collect_open_in(tx, id)?;
        }
    }
    complete_where_done(tx, &mut subscription)?;
    if subscription.status != from {
        save_progress(tx, &company, &mut subscription)?;
        emit_status(tx, caller, &subscription, from, "paid")?;
    }
    Ok(())
}

/// An automatic charge of an invoice of the subscription was declined, `first_declined_at` for the first time; answers
/// when it is tried again.
///
/// A soft decline is tried again on the company's retry days; after the last, or after a hard one, the subscription
/// has failed: it is not billed, and nothing of it is charged before there is a good payment method.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn payment_declined_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    company: &Company,
    invoice: (&SubscriptionId, &InvoiceId),
    first_declined_at: Timestamp,
    hard: bool,
) -> Result<Option<Timestamp>> {
    let (id, invoice_id) = invoice;
    let Some(mut subscription) = store::subscription::fetch(tx, id)? else { return Ok(None) };
    let from = subscription.status;
    if !from.is_billed() {
        return Ok(None);
    }
    let wanted = next_retry(&company.retry_days, first_declined_at, tx.now()).filter(|_| !hard);
    let Some(wanted) = wanted else {
        subscription.status = SubscriptionStatus::Failed;
        save_progress(tx, company, &mut subscription)?;
        stop_collecting_in(tx, id)?;
        emit_status(tx, caller, &subscription, from, if hard { "hard decline" } else { "last retry declined" })?;
        return Ok(None);
    };
    if from == SubscriptionStatus::Active {
        subscription.status = SubscriptionStatus::Failing;
        save_progress(tx, company, &mut subscription)?;
        emit_status(tx, caller, &subscription, from, "declined")?;
    }
    let planned = planned_of(tx, id, Some(invoice_id))?;
    Ok(Some(collect_slot(wanted, &planned, None)))
}

/// The customer's payment method `method_id` is new, changed or newly the default: what is owed of the failing, failed
/// and past due subscriptions that it pays for is charged at once, one invoice of each, the others a day apart.
/// Payment makes them active.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn good_method_in(
    tx: &mut WriteTx<'_>,
    customer_id: &CustomerId,
    method_id: &PaymentMethodId,
) -> Result<()> {
    let record = store::customer::fetch_record(tx, customer_id)?;
    let is_default = record.as_ref().and_then(CustomerRecord::default_method).is_some_and(|m| m.id == *method_id);
    for subscription in store::subscription::list_of_customer(tx, customer_id)? {
        let pays = subscription.payment_method_id.as_ref().map_or(is_default, |named| named == method_id);
        if pays && subscription.status.awaits_method() {
            collect_open_in(tx, &subscription.id)?;
        }
    }
    Ok(())
}

/// The charges that are planned for a subscription, without those of the invoice `but`.
pub(super) fn planned_of(tx: &ReadTx<'_>, id: &SubscriptionId, but: Option<&InvoiceId>) -> Result<Vec<Timestamp>> {
    let open = store::subscription::list_open_invoices(tx, id)?;
    Ok(open.iter().filter(|invoice| Some(&invoice.id) != but).filter_map(|invoice| invoice.collect_at).collect())
}
