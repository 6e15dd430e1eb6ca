//! Keeping what paid: put aside sealed when the payment begins, the customer's once it is approved, gone otherwise.

use crate::app::customer::{self, CreateCustomer};
use crate::app::{Caller, payment_method};
use crate::domain::address::Address;
use crate::domain::customer::{Customer, CustomerRecord, Defaults};
use crate::domain::id::{CustomerId, PaymentMethodId};
use crate::domain::invoice::Invoice;
use crate::domain::payment_method::PaymentMethod;
use crate::domain::transaction::Transaction;
use crate::error::Result;
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

/// `payment` was approved: the method that waits for it becomes the customer's, and the payment names both. A card or
/// account that the customer has already is not kept twice.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn keep_in(tx: &mut WriteTx<'_>, caller: &Caller, invoice: &Invoice, payment: &Transaction) -> Result<()> {
    let Some(method) = store::payment_method::fetch_waiting(tx, &payment.id)? else { return Ok(()) };
    store::payment_method::delete_waiting(tx, &payment.id)?;
    let known = match customer_of(tx, invoice)? {
        Some(id) => store::customer::fetch_record(tx, &id)?,
        None => None,
    };
    let Some((customer_id, method_id)) = kept_in(tx, caller, known, method, payment)? else { return Ok(()) };
    store::transaction::set_kept(tx, &payment.id, &customer_id, &method_id)
}

/// Whose method it becomes, and as which.
fn kept_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    known: Option<CustomerRecord>,
    method: PaymentMethod,
    payment: &Transaction,
) -> Result<Option<(CustomerId, PaymentMethodId)>> {
    let is_new = known.is_none();
    let record = match known {
        Some(record) => record,
        None => {
            let billing = address_of(payment)?;
            let description = format!("{} {}", billing.first_name, billing.last_name).trim().to_owned();
            let billing = Some(billing).filter(|address| !address.is_empty());
            let command = CreateCustomer { description, billing, ..CreateCustomer::default() };
            customer::create_in(tx, caller, command, None)?
        }
    };
    let customer_id = record.customer.id.clone();
    let same = |held: &&PaymentMethod| held.fingerprint == method.fingerprint;
    if let Some(held) = record.methods.iter().find(same) {
        return Ok(Some((customer_id, held.id.clone())));
    }
    if record.methods.len() >= limits::PAYMENT_METHODS_MAX {
        return Ok(None);
    }
    let method = PaymentMethod { customer_id: customer_id.clone(), ..method };
    payment_method::kept_in(tx, caller, &method)?;
    if is_new || record.customer.defaults.payment_method_id.is_none() {
        let defaults = Defaults { payment_method_id: Some(method.id.clone()), ..record.customer.defaults.clone() };
        store::customer::update(tx, &Customer { defaults, ..record.customer })?;
    }
    Ok(Some((customer_id, method.id)))
}

/// The invoice's customer, or the one that an earlier payment of it was kept for.
fn customer_of(tx: &ReadTx<'_>, invoice: &Invoice) -> Result<Option<CustomerId>> {
    if invoice.customer_id.is_some() {
        return Ok(invoice.customer_id.clone());
    }
    let earlier = store::transaction::list_of_invoice(tx, &invoice.id)?;
    Ok(earlier.into_iter().find_map(|transaction| transaction.customer_id))
}

fn address_of(payment: &Transaction) -> Result<Address> {
    let json = &payment.billing_address_json;
    store::value::address_from_json("txn", "billing_address_json", payment.id.as_str(), json)
}
