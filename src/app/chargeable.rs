//! What a charge on a stored customer is made with: the method and addresses named, or the defaults.

use crate::domain::address::{Address, CustomerAddress};
use crate::domain::customer::CustomerRecord;
use crate::domain::id::{AddressId, CustomerId, PaymentMethodId};
use crate::domain::payment_method::{MethodType, PaymentMethod};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx};

/// A stored method with whose it is and where it is billed and shipped to.
#[derive(Debug, Clone)]
pub(crate) struct ChargeableMethod {
    /// What pays; `App::instrument_of` opens it.
    pub(crate) method: PaymentMethod,
    /// Whose it is.
    pub(crate) customer_id: CustomerId,
    /// Billed to.
    pub(crate) billing_address: Option<Address>,
    /// Shipped to.
    pub(crate) shipping_address: Option<Address>,
}

/// Finds what a charge names: the default method and addresses where it names none; a type alone picks the default
/// if it is of that type, else the oldest of that type.
///
/// # Errors
/// `Invalid` naming the part below `payment_method.customer`.
pub(crate) fn resolve_in(
    tx: &ReadTx<'_>,
    customer_id: &CustomerId,
    method_id: Option<&PaymentMethodId>,
    method_type: Option<&str>,
    billing_address_id: Option<&AddressId>,
    shipping_address_id: Option<&AddressId>,
) -> Result<ChargeableMethod> {
    let record = store::customer::fetch_record(tx, customer_id)?
        .ok_or_else(|| refused("id", "no customer has this id".to_owned()))?;
    let method_type = method_type.filter(|text| !text.is_empty()).map(parse_type).transpose()?;
    let method = method_of(&record, method_id, method_type)?.clone();
    let billing = address_of(&record, billing_address_id, "billing_address_id", record.default_billing())?;
    let shipping = address_of(&record, shipping_address_id, "shipping_address_id", record.default_shipping())?;
    Ok(ChargeableMethod {
        method,
        billing_address: billing.map(|address| address.postal.clone()),
        shipping_address: shipping.map(|address| address.postal.clone()),
        customer_id: record.customer.id,
    })
}

fn parse_type(text: &str) -> Result<MethodType> {
    MethodType::parse(text).ok_or_else(|| refused("payment_method_type", "must be \"card\" or \"ach\"".to_owned()))
}

fn method_of<'a>(
    record: &'a CustomerRecord,
    id: Option<&PaymentMethodId>,
    kind: Option<MethodType>,
) -> Result<&'a PaymentMethod> {
    let fits = |method: &&PaymentMethod| kind.is_none_or(|kind| method.method_type() == kind);
    match id {
        Some(id) => {
            let method = record.method(id).ok_or_else(|| {
                refused(
                    "payment_method_id",
                    format!("customer {} has no payment method with this id", record.customer.id),
                )
            })?;
            Some(method).filter(fits).ok_or_else(|| {
                refused(
                    "payment_method_type",
                    format!("payment method {id} is of type {}", method.method_type().as_str()),
                )
            })
        }
        None => {
            let found = record.default_method().filter(fits).or_else(|| record.methods.iter().find(fits));
            found.ok_or_else(|| {
                let kind = kind.map_or("payment method", MethodType::as_str);
                refused("payment_method_id", format!("customer {} has no stored {kind}", record.customer.id))
            })
        }
    }
}

fn address_of<'a>(
    record: &'a CustomerRecord,
    id: Option<&AddressId>,
    field: &str,
    default: Option<&'a CustomerAddress>,
) -> Result<Option<&'a CustomerAddress>> {
    match id {
        None => Ok(default),
        Some(id) => record
            .address(id)
            .map(Some)
            .ok_or_else(|| refused(field, format!("customer {} has no address with this id", record.customer.id))),
    }
}

fn refused(field: &str, problem: String) -> Error {
    Error::invalid(format!("payment_method.customer.{field}"), problem)
}
