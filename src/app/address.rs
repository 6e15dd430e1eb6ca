//! Addresses of customers: added, changed, taken away.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::write_once::Asked;
use super::{App, Caller, customer, event};
use crate::domain::access::Action;
use crate::domain::address::{Address, CustomerAddress};
use crate::domain::customer::CustomerRecord;
use crate::domain::event::Topic;
use crate::domain::id::{AddressId, CustomerId};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

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
    /// The twelve parts, in the order of [`Address::parts`].
    fn parts(&self) -> [Option<&str>; 12] {
        let Self { first_name, last_name, company, line_1, line_2, city, .. } = self;
        let Self { state, postal_code, country, email, phone, fax, .. } = self;
        [first_name, last_name, company, line_1, line_2, city, state, postal_code, country, email, phone, fax]
            .map(Option::as_deref)
    }

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
        let asked = Asked::new("address", "address.create").with(customer_id.as_str());
        let asked = address.parts().iter().fold(asked, |asked, part| asked.with(part));
        let (of, shown) = (customer_id.clone(), customer_id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            let id = add_in(tx, &record, address)?;
            changed(tx, caller, &of, "address_created", &id)?;
            Ok(id.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, id: &str| {
            Ok((customer::require(tx, &shown)?, AddressId::from_stored(id.to_owned())))
        };
        self.write_once(caller, asked, work, show).await
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
        let asked = Asked::new("address", "address.update").with(customer_id.as_str()).with(id.as_str());
        let asked = change.parts().into_iter().fold(asked, Asked::with_some);
        let (of, id, shown) = (customer_id.clone(), id.clone(), customer_id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            let old = record.address(&id).ok_or_else(|| Error::not_found("address", id.as_str()))?.clone();
            let postal = change.over(old.postal.clone()).checked("")?;
            let hash = unused_hash(&record, &postal, Some(&id))?;
            store::address::update(tx, &CustomerAddress { postal, hash, updated_at: tx.now(), ..old })?;
            changed(tx, caller, &of, "address_updated", &id)?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| customer::require(tx, &shown)).await
    }

    /// Takes an address away.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Conflict` where it is a default or a live subscription names it.
    pub async fn address_delete(&self, caller: &Caller, customer_id: &CustomerId, id: &AddressId) -> Result<()> {
        caller.may(Action::CustomerUpdate)?;
        let asked = Asked::new("address", "address.delete").with(customer_id.as_str()).with(id.as_str());
        let (of, id) = (customer_id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            refuse_if_needed(tx, &record, &id)?;
            store::address::delete(tx, &id)?;
            changed(tx, caller, &of, "address_deleted", &id)?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }
}

fn refuse_if_needed(tx: &ReadTx<'_>, record: &CustomerRecord, id: &AddressId) -> Result<()> {
    if record.address(id).is_none() {
        return Err(Error::not_found("address", id.as_str()));
    }
    if record.is_chosen_address(id) {
        let problem = "the address is a default of the customer and cannot be deleted: choose another default first";
        return Err(Error::Conflict(problem.to_owned()));
    }
    match store::customer::subscription_on_address(tx, &record.customer.id, id)? {
        Some(subscription) => {
            Err(Error::Conflict(format!("the address is used by subscription {subscription}: change that first")))
        }
        None => Ok(()),
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
