//! Customers: made, found, changed, deleted.

use serde_json::json;

use super::method_trial::MethodTrial;
use super::payment_method::{NewMethod, SealedMethod};
use super::recurring::dunning::good_method_in;
use super::write_once::Asked;
use super::{App, Caller, address, billing_account, event, payment_method, prepaid_plan};
use crate::domain::access::Action;
use crate::domain::address::Address;
use crate::domain::customer::{
    Customer, CustomerFilter, CustomerFlag, CustomerRecord, Defaults, NAME_MAX, Profile, STRIPE_ID_MAX, TEXT_MAX,
};
use crate::domain::event::Topic;
use crate::domain::id::{AddressId, CustomerId, PaymentMethodId};
use crate::domain::language::Language;
use crate::domain::payment_method::MethodType;
use crate::domain::text;
use crate::domain::usage_event::METADATA_MAX_BYTES;
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// A new customer.
#[derive(Clone, Default)]
pub struct CreateCustomer {
    /// The merchant's own id; `None` has one made.
    pub id: Option<CustomerId>,
    /// Whether the id made tells type and last four of the payment method ("xid_type_last4").
    pub id_tells_method: bool,
    /// What the merchant says of them.
    pub description: String,
    /// More of it.
    pub notes: String,
    /// Marks.
    pub flags: Vec<CustomerFlag>,
    /// What the merchant's own system knows them by.
    pub profile: Profile,
    /// The default payment method.
    pub method: Option<NewMethod>,
    /// The default billing address; also for shipping where that is not given, and the other way round.
    pub billing: Option<Address>,
    /// The default shipping address.
    pub shipping: Option<Address>,
}

/// What to change of what the merchant's own system knows a customer by; what is `None` stays.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "the names are those of the parts of a profile")]
pub struct ChangeProfile {
    pub name: Option<String>,
    pub email: Option<String>,
    pub stripe_id: Option<String>,
    pub metadata_json: Option<String>,
}

/// What to change of a customer; what is `None` stays.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "the names are those of the parts of a customer")]
pub struct ChangeCustomer {
    pub description: Option<String>,
    pub notes: Option<String>,
    pub flags: Option<Vec<CustomerFlag>>,
    pub profile: ChangeProfile,
    /// `Some(None)`: as the browser wishes.
    pub language: Option<Option<Language>>,
    /// With its type, which must fit.
    pub payment_method: Option<(PaymentMethodId, MethodType)>,
    pub billing_address_id: Option<AddressId>,
    pub shipping_address_id: Option<AddressId>,
}

impl App {
    /// Makes a customer with its default payment method and addresses, all or nothing.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the part.
    pub async fn customer_create(&self, caller: &Caller, command: CreateCustomer) -> Result<CustomerRecord> {
        self.customer_create_tried(caller, command, None).await
    }

    /// As [`App::customer_create`], after a trial of the payment method where one is asked for.
    ///
    /// # Errors
    /// As there; what the trial says.
    pub async fn customer_create_tried(
        &self,
        caller: &Caller,
        command: CreateCustomer,
        trial: Option<MethodTrial>,
    ) -> Result<CustomerRecord> {
        caller.may(Action::CustomerCreate)?;
        let asked = MethodTrial::told(trial, command.told(Asked::new("customer", "customer.create")));
        let prepared = self.customer_prepare(command);
        if let (Some(trial), Ok((command, Some(method)))) = (trial, &prepared) {
            self.refuse_taken(caller, command)?;
            let postal_code = command.billing.as_ref().map(|address| address.postal_code.clone());
            self.method_try(caller, method, trial, postal_code, &asked).await?;
        }
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            // Refused here and not before: a repeated request finds its token used up, and what it made.
            let (command, method) = prepared?;
            Ok(create_in(tx, caller, command, method)?.customer.id.as_str().to_owned())
        };
        let show = |tx: &ReadTx<'_>, id: &str| require(tx, &CustomerId::from_stored(id.to_owned()));
        self.write_once(caller, asked, work, show).await
    }

    /// Refuses an id that cannot be had before anything is charged; a repeated request finds its own.
    fn refuse_taken(&self, caller: &Caller, command: &CreateCustomer) -> Result<()> {
        let Some(id) = &command.id else { return Ok(()) };
        let taken = self.store().read(|tx| store::customer::is_deleted(tx, id))?;
        if caller.idempotency_key.is_none() && taken.is_some() {
            return Err(Error::invalid("id", "customer already exists"));
        }
        Ok(())
    }

    /// Checks a new customer and seals its payment method, before the write job that calls [`create_in`].
    ///
    /// # Errors
    /// `Invalid` naming the part as the gateway's vault names it.
    pub(crate) fn customer_prepare(
        &self,
        mut command: CreateCustomer,
    ) -> Result<(CreateCustomer, Option<SealedMethod>)> {
        let checked = |address: Option<Address>, field: &str| -> Result<Option<Address>> {
            let address = address.filter(|address| !address.is_empty());
            address.map(|address| address.checked("").map_err(|error| error.under(field))).transpose()
        };
        command.description = text::paragraph("description", &command.description, TEXT_MAX)?;
        command.notes = text::paragraph("notes", &command.notes, TEXT_MAX)?;
        command.profile = checked_profile(command.profile)?;
        command.billing = checked(command.billing, "default_billing_address")?;
        command.shipping = checked(command.shipping, "default_shipping_address")?;
        let below = match &command.method {
            Some(NewMethod::Card { .. }) => "default_payment.card",
            Some(NewMethod::Ach { .. }) => "default_payment.ach",
            Some(NewMethod::Token(_) | NewMethod::Wallet(_)) | None => "default_payment",
        };
        let sealed = command.method.take().map(|method| self.payment_method_seal(method)).transpose();
        Ok((command, sealed.map_err(|error| error.under(below))?))
    }

    /// The customer with everything stored with it.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn customer_find(&self, caller: &Caller, id: &CustomerId) -> Result<CustomerRecord> {
        caller.may(Action::CustomerView)?;
        self.store().read(|tx| require(tx, id))
    }

    /// Customers that fit `filter`, newest first, from `offset` on, at most `limit`; and how many fit in all.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn customer_search(
        &self,
        caller: &Caller,
        filter: &CustomerFilter,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<CustomerRecord>, u64)> {
        caller.may(Action::CustomerView)?;
        self.store().read(|tx| {
            let (ids, total) = store::customer_search::find(tx, filter, limit, offset)?;
            let records = ids.iter().map(|id| require(tx, id)).collect::<Result<Vec<_>>>()?;
            Ok((records, u64::try_from(total).unwrap_or(0)))
        })
    }

    /// Changes a customer; answers the whole record.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` naming the part.
    pub async fn customer_update(
        &self,
        caller: &Caller,
        id: &CustomerId,
        change: ChangeCustomer,
    ) -> Result<CustomerRecord> {
        caller.may(Action::CustomerUpdate)?;
        let asked = change.told(Asked::new("customer", "customer.update").with(id.as_str()));
        let (id, shown) = (id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            update_in(tx, caller, &id, change)?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| require(tx, &shown)).await
    }

    /// Deletes a customer, its addresses and its payment methods; documents that name it stay.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Conflict` where a subscription of it is live: nothing is cancelled silently.
    pub async fn customer_delete(&self, caller: &Caller, id: &CustomerId) -> Result<()> {
        caller.may(Action::CustomerDelete)?;
        let asked = Asked::new("customer", "customer.delete").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            delete_in(tx, caller, &id)?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }
}

impl CreateCustomer {
    /// What is asked, with this command in it.
    pub(super) fn told(&self, asked: Asked) -> Asked {
        let Self { id, id_tells_method, description, notes, flags, profile, method, billing, shipping } = self;
        let asked = asked
            .with_some(id.as_ref().map(CustomerId::as_str))
            .with(if *id_tells_method { "tells" } else { "" })
            .with(description)
            .with(notes)
            .with(&flags.iter().map(|flag| flag.as_str()).collect::<Vec<_>>().join(" "))
            .with_some(profile.name.as_deref())
            .with_some(profile.email.as_deref())
            .with_some(profile.stripe_id.as_deref())
            .with(&profile.metadata_json);
        let asked = match method {
            Some(method) => method.told(asked),
            None => asked.with("no method"),
        };
        [billing, shipping].into_iter().fold(asked, |asked, address| match address {
            Some(address) => address.parts().iter().fold(asked, |asked, part| asked.with(part)),
            None => asked.with("no address"),
        })
    }
}

impl ChangeCustomer {
    /// What is asked, with this change in it.
    fn told(&self, asked: Asked) -> Asked {
        let Self { description, notes, flags, profile, language, payment_method, .. } = self;
        let Self { billing_address_id, shipping_address_id, .. } = self;
        let flags = flags.as_ref().map(|flags| flags.iter().map(|flag| flag.as_str()).collect::<Vec<_>>().join(" "));
        asked
            .with_some(description.as_deref())
            .with_some(notes.as_deref())
            .with_some(flags.as_deref())
            .with_some(profile.name.as_deref())
            .with_some(profile.email.as_deref())
            .with_some(profile.stripe_id.as_deref())
            .with_some(profile.metadata_json.as_deref())
            .with_some(language.map(|language| language.map_or("", Language::as_str)))
            .with_some(payment_method.as_ref().map(|(id, _)| id.as_str()))
            .with_some(payment_method.as_ref().map(|(_, kind)| kind.as_str()))
            .with_some(billing_address_id.as_ref().map(AddressId::as_str))
            .with_some(shipping_address_id.as_ref().map(AddressId::as_str))
    }
}

impl ChangeProfile {
    /// Applies the change to `profile`.
    fn apply(self, profile: &mut Profile) -> Result<()> {
        let Self { name, email, stripe_id, metadata_json } = self;
        *profile = checked_profile(Profile {
            name: name.or_else(|| profile.name.clone()),
            email: email.or_else(|| profile.email.clone()),
            stripe_id: stripe_id.or_else(|| profile.stripe_id.clone()),
            metadata_json: metadata_json.unwrap_or_else(|| profile.metadata_json.clone()),
        })?;
        Ok(())
    }
}

/// One line with one `@` and something on both sides of it; whether mail arrives there is for whoever sends it.
fn checked_email(email: &str) -> Result<String> {
    let email = text::line("email", email, text::EMAIL_MAX)?;
    match email.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !host.contains('@') => Ok(email),
        _ => Err(Error::invalid("email", "must have one @, such as ada@example.com")),
    }
}

/// A profile within its bounds.
fn checked_profile(profile: Profile) -> Result<Profile> {
    let Profile { name, email, stripe_id, metadata_json } = profile;
    if metadata_json.len() > METADATA_MAX_BYTES {
        return Err(Error::invalid("metadata", format!("must be at most {METADATA_MAX_BYTES} bytes of JSON")));
    }
    Ok(Profile {
        name: name.map(|name| text::line("name", &name, NAME_MAX)).transpose()?,
        email: email.map(|email| checked_email(&email)).transpose()?,
        stripe_id: stripe_id.map(|id| text::line("stripe_id", &id, STRIPE_ID_MAX)).transpose()?,
        metadata_json,
    })
}

fn delete_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &CustomerId) -> Result<()> {
    require(tx, id)?;
    if let Some(subscription) = store::customer::live_subscription(tx, id)? {
        let problem = format!("the customer has the live subscription {subscription}: cancel it first");
        return Err(Error::Conflict(problem));
    }
    if prepaid_plan::attachment_in(tx, id)?.is_attached() {
        return Err(Error::Conflict("the customer has a prepaid plan: let it end first".to_owned()));
    }
    billing_account::refuse_delete_in(tx, id)?;
    store::customer::mark_deleted(tx, id)?;
    store::payment_method::delete_of(tx, id)?;
    store::address::delete_of(tx, id)?;
    event::emit(tx, caller, Topic::CustomerDeleted, id.as_str(), &json!({}))
}

/// The twin of [`App::customer_create`]; `command` and `method` come from [`App::customer_prepare`].
///
/// # Errors
/// `Invalid` naming `id` or `id_format`.
pub(crate) fn create_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    command: CreateCustomer,
    method: Option<SealedMethod>,
) -> Result<CustomerRecord> {
    let id = new_id(tx, &command, method.as_ref())?;
    let now = tx.now();
    let CreateCustomer { description, notes, flags, profile, billing, shipping, .. } = command;
    let defaults = Defaults::default();
    let id_of = id.clone();
    let customer = Customer {
        id: id_of,
        description,
        notes,
        flags,
        profile,
        language: None,
        defaults,
        created_at: now,
        updated_at: now,
    };
    store::customer::insert(tx, &customer)?;
    let record = require(tx, &id)?;
    let method = method.map(|method| payment_method::add_in(tx, &record, method)).transpose();
    let method = method.map_err(|error| error.under("default_payment"))?;
    let defaults = Defaults {
        payment_method_id: method.map(|method| method.id),
        ..add_addresses(tx, &record, billing, shipping)?
    };
    store::customer::update(tx, &Customer { defaults, ..customer })?;
    event::emit(tx, caller, Topic::CustomerCreated, id.as_str(), &json!({}))?;
    require(tx, &id)
}

/// Adds the two addresses; where only one is given, or both are the same, it serves for both.
fn add_addresses(
    tx: &mut WriteTx<'_>,
    record: &CustomerRecord,
    billing: Option<Address>,
    shipping: Option<Address>,
) -> Result<Defaults> {
    let is_same = match (&billing, &shipping) {
        (Some(billing), Some(shipping)) => address::hash_of(billing) == address::hash_of(shipping),
        (Some(_), None) | (None, Some(_)) | (None, None) => true,
    };
    let first = billing.or_else(|| shipping.clone()).map(|postal| address::add_in(tx, record, postal)).transpose()?;
    let second = match shipping {
        Some(postal) if !is_same => Some(address::add_in(tx, record, postal)?),
        Some(_) | None => first.clone(),
    };
    Ok(Defaults { payment_method_id: None, billing_address_id: first, shipping_address_id: second })
}

/// The id asked for, if nobody has or had it; else a new one.
fn new_id(tx: &WriteTx<'_>, command: &CreateCustomer, method: Option<&SealedMethod>) -> Result<CustomerId> {
    if let Some(id) = &command.id {
        return match store::customer::is_deleted(tx, id)? {
            None => Ok(id.clone()),
            Some(false) => Err(Error::invalid("id", "customer already exists")),
            Some(true) => Err(Error::invalid("id", "belonged to a customer that was deleted")),
        };
    }
    let id: CustomerId = tx.new_id();
    match (command.id_tells_method, method) {
        (false, _) => Ok(id),
        (true, None) => Err(Error::invalid("id_format", "needs a default_payment")),
        (true, Some(method)) => {
            let kind = method.details.method_type().as_str();
            Ok(CustomerId::from_stored(format!("{id}_{kind}_{}", method.last_four())))
        }
    }
}

fn update_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &CustomerId, change: ChangeCustomer) -> Result<()> {
    let record = require(tx, id)?;
    let mut customer = record.customer.clone();
    let ChangeCustomer { description, notes, flags, profile, payment_method, .. } = change;
    let ChangeCustomer { billing_address_id, shipping_address_id, language, .. } = change;
    profile.apply(&mut customer.profile)?;
    customer.language = language.unwrap_or(customer.language);
    if let Some(description) = description {
        customer.description = text::paragraph("description", &description, TEXT_MAX)?;
    }
    if let Some(notes) = notes {
        customer.notes = text::paragraph("notes", &notes, TEXT_MAX)?;
    }
    if let Some(flags) = flags {
        customer.flags = flags;
    }
    if let Some((method_id, kind)) = payment_method {
        let method = record.method(&method_id).ok_or_else(|| {
            Error::invalid("defaults.payment_method_id", format!("customer {id} has no payment method with this id"))
        })?;
        if method.method_type() != kind {
            let problem = format!("payment method {method_id} is of type {}", method.method_type().as_str());
            return Err(Error::invalid("defaults.payment_method_type", problem));
        }
        customer.defaults.payment_method_id = Some(method_id);
    }
    for (field, wanted, slot) in [
        ("defaults.billing_address_id", billing_address_id, &mut customer.defaults.billing_address_id),
        ("defaults.shipping_address_id", shipping_address_id, &mut customer.defaults.shipping_address_id),
    ] {
        if let Some(address_id) = wanted {
            if record.address(&address_id).is_none() {
                return Err(Error::invalid(field, format!("customer {id} has no address with this id")));
            }
            *slot = Some(address_id);
        }
    }
    let old_default = record.default_method().map(|method| &method.id);
    let new_default = customer.defaults.payment_method_id.clone().filter(|id| Some(id) != old_default);
    customer.updated_at = tx.now();
    store::customer::update(tx, &customer)?;
    event::emit(tx, caller, Topic::CustomerUpdated, id.as_str(), &json!({ "change": "customer_updated" }))?;
    new_default.map_or(Ok(()), |method_id| good_method_in(tx, id, &method_id))
}

/// The record of a customer that must be there.
pub(super) fn require(tx: &ReadTx<'_>, id: &CustomerId) -> Result<CustomerRecord> {
    store::customer::fetch_record(tx, id)?.ok_or_else(|| Error::not_found("customer", id.as_str()))
}
