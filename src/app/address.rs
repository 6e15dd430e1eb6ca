//! Addresses of customers: added, changed, taken away.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{App, Caller, customer, event};
use crate::domain::access::Action;
use crate::domain::address::{Address, CustomerAddress};
use crate::domain::customer::CustomerRecord;
use crate::domain::event::Topic;
use crate::domain::id::{AddressId, CustomerId};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// The vendor's own words (facts-gateway.md, "msg texts seen in production").
const DUPLICATE: &str = "invalid: would create a duplicate address";

/// The parts of an address to write anew; what is `None` stays.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the names are those of the parts of an address")]
pub struct ChangeAddress {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company: Option<String>,
    pub line_1: Option<String>,
    pub line_2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub fax: Option<String>,
}

impl ChangeAddress {
    /// `old` with these parts in place of its own.
    fn over(self, old: Address) -> Address {
        Address {
            first_name: self.first_name.unwrap_or(old.first_name),
            last_name: self.last_name.unwrap_or(old.last_name),
            company: self.company.unwrap_or(old.company),
            line_1: self.line_1.unwrap_or(old.line_1),
            line_2: self.line_2.unwrap_or(old.line_2),
            city: self.city.unwrap_or(old.city),
            state: self.state.unwrap_or(old.state),
            postal_code: self.postal_code.unwrap_or(old.postal_code),
            country: self.country.unwrap_or(old.country),
            email: self.email.unwrap_or(old.email),
            phone: self.phone.unwrap_or(old.phone),
            fax: self.fax.unwrap_or(old.fax),
        }
    }
}

impl App {
    /// Adds an address; answers the whole record and the new id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` for a part, `Conflict` where the customer has it already or has too many.
    pub async fn address_create(
        &self,
        caller: &Caller,
        customer_id: &CustomerId,
        address: Address,
    ) -> Result<(CustomerRecord, AddressId)> {
        caller.may(Action::CustomerUpdate)?;
        let address = address.checked("")?;
        let (caller, customer_id) = (caller.clone(), customer_id.clone());
        self.store()
            .write(move |tx| {
                let record = customer::require(tx, &customer_id)?;
                let id = add_in(tx, &record, address)?;
                changed(tx, &caller, &customer_id, "address_created", &id)?;
                Ok((customer::require(tx, &customer_id)?, id))
            })
            .await
    }

    /// Changes parts of an address; answers the whole record.
    ///
    /// # Errors
    /// As [`App::address_create`].
    pub async fn address_update(
        &self,
        caller: &Caller,
        customer_id: &CustomerId,
        id: &AddressId,
        change: ChangeAddress,
    ) -> Result<CustomerRecord> {
        caller.may(Action::CustomerUpdate)?;
        let (caller, customer_id, id) = (caller.clone(), customer_id.clone(), id.clone());
        self.store()
            .write(move |tx| {
                let record = customer::require(tx, &customer_id)?;
                let old = record.address(&id).ok_or_else(|| Error::not_found("address", id.as_str()))?.clone();
                let postal = change.over(old.postal.clone()).checked("")?;
                let hash = unused_hash(&record, &postal, Some(&id))?;
                store::address::update(tx, &CustomerAddress { postal, hash, updated_at: tx.now(), ..old })?;
                changed(tx, &caller, &customer_id, "address_updated", &id)?;
                customer::require(tx, &customer_id)
            })
            .await
    }

    /// Takes an address away.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Conflict` where it is a default or a live subscription names it.
    pub async fn address_delete(&self, caller: &Caller, customer_id: &CustomerId, id: &AddressId) -> Result<()> {
        caller.may(Action::CustomerUpdate)?;
        let (caller, customer_id, id) = (caller.clone(), customer_id.clone(), id.clone());
        self.store()
            .write(move |tx| {
                let record = customer::require(tx, &customer_id)?;
                if record.address(&id).is_none() {
                    return Err(Error::not_found("address", id.as_str()));
                }
                if record.is_chosen_address(&id) {
                    let problem =
                        "the address is a default of the customer and cannot be deleted: choose another default first";
                    return Err(Error::Conflict(problem.to_owned()));
                }
                if let Some(subscription) = store::customer::subscription_on_address(tx, &customer_id, &id)? {
                    let problem = format!("the address is used by subscription {subscription}: change that first");
                    return Err(Error::Conflict(problem));
                }
                store::address::delete(tx, &id)?;
                changed(tx, &caller, &customer_id, "address_deleted", &id)
            })
            .await
    }
}

/// Adds a checked address to the customer of `record`; the event is the caller's to write.
///
/// # Errors
/// `Invalid` where it is empty, `Conflict` where the customer has it already or has too many.
pub(super) fn add_in(tx: &mut WriteTx<'_>, record: &CustomerRecord, postal: Address) -> Result<AddressId> {
    if record.addresses.len() >= limits::ADDRESSES_MAX {
        return Err(Error::Conflict(format!("a customer has at most {} addresses", limits::ADDRESSES_MAX)));
    }
    let hash = unused_hash(record, &postal, None)?;
    let (id, now) = (tx.new_id(), tx.now());
    let customer_id = record.customer.id.clone();
    let address = CustomerAddress { id, customer_id, postal, hash, created_at: now, updated_at: now };
    store::address::insert(tx, &address)?;
    Ok(address.id)
}

/// The hash of `postal`, which no other address of the customer may have.
fn unused_hash(record: &CustomerRecord, postal: &Address, own: Option<&AddressId>) -> Result<[u8; 32]> {
    if postal.is_empty() {
        return Err(Error::invalid("address", "must have at least one part filled in"));
    }
    let hash = hash_of(postal);
    let taken = record.addresses.iter().any(|other| other.hash == hash && Some(&other.id) != own);
    if taken { Err(Error::Conflict(DUPLICATE.to_owned())) } else { Ok(hash) }
}

/// SHA-256 of the normalised address.
pub(super) fn hash_of(postal: &Address) -> [u8; 32] {
    Sha256::digest(postal.normalised()).into()
}

fn changed(tx: &mut WriteTx<'_>, caller: &Caller, customer_id: &CustomerId, what: &str, id: &AddressId) -> Result<()> {
    store::customer::touch(tx, customer_id)?;
    let facts = json!({ "change": what, "address_id": id.as_str() });
    event::emit(tx, caller, Topic::CustomerUpdated, customer_id.as_str(), &facts)
}
