//! Customers: one row each; a deleted one stays for the documents that name it and is found by nobody.

use rusqlite::{Row, params};

use super::value::{flags_from_json, flags_to_json};
use super::{ReadTx, WriteTx, address, company, payment_method};
use crate::domain::customer::{Customer, CustomerFlag, CustomerRecord, Defaults, Profile};
use crate::domain::id::{AddressId, CustomerId, PaymentMethodId, SubscriptionId};
use crate::domain::language::Language;
use crate::domain::page::PageAsked;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a customer.
///
/// # Errors
/// `Conflict` where the id is taken.
pub(crate) fn insert(tx: &mut WriteTx<'_>, customer: &Customer) -> Result<()> {
    let Customer { id, description, notes, flags, profile, language, defaults, created_at, updated_at } = customer;
    tx.run(
        "INSERT INTO customer (id, description, notes, flags_json, default_payment_method_id,
             default_billing_address_id, default_shipping_address_id, created_at, updated_at, name, email, stripe_id,
             metadata_json, language)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            id.as_str(),
            description,
            notes,
            flags_to_json(flags.iter().map(|flag| flag.as_str())),
            defaults.payment_method_id.as_ref().map(|id| id.as_str()),
            defaults.billing_address_id.as_ref().map(|id| id.as_str()),
            defaults.shipping_address_id.as_ref().map(|id| id.as_str()),
            created_at.as_micros(),
            updated_at.as_micros(),
            profile.name,
            profile.email,
            profile.stripe_id,
            profile.metadata_json,
            language.map(Language::as_str),
        ],
    )?;
    Ok(())
}

/// Writes everything that may change of a customer.
pub(crate) fn update(tx: &mut WriteTx<'_>, customer: &Customer) -> Result<()> {
    let Customer { id, description, notes, flags, profile, language, defaults, created_at: _, updated_at } = customer;
    tx.run(
        "UPDATE customer SET description = ?2, notes = ?3, flags_json = ?4, default_payment_method_id = ?5,
             default_billing_address_id = ?6, default_shipping_address_id = ?7, updated_at = ?8, name = ?9, email = ?10,
             stripe_id = ?11, metadata_json = ?12, language = ?13
         WHERE id = ?1",
        params![
            id.as_str(),
            description,
            notes,
            flags_to_json(flags.iter().map(|flag| flag.as_str())),
            defaults.payment_method_id.as_ref().map(|id| id.as_str()),
            defaults.billing_address_id.as_ref().map(|id| id.as_str()),
            defaults.shipping_address_id.as_ref().map(|id| id.as_str()),
            updated_at.as_micros(),
            profile.name,
            profile.email,
            profile.stripe_id,
            profile.metadata_json,
            language.map(Language::as_str),
        ],
    )?;
    Ok(())
}

/// Notes that something in the customer's record changed.
pub(crate) fn touch(tx: &mut WriteTx<'_>, id: &CustomerId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run("UPDATE customer SET updated_at = ?2 WHERE id = ?1", params![id.as_str(), now])?;
    Ok(())
}

/// Marks a customer as deleted and empties what was said of them.
pub(crate) fn mark_deleted(tx: &mut WriteTx<'_>, id: &CustomerId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE customer SET description = '', notes = '', name = NULL, email = NULL, metadata_json = '{}', flags_json = '[]', language = NULL, default_payment_method_id = NULL,
             default_billing_address_id = NULL, default_shipping_address_id = NULL, deleted_at = ?2, updated_at = ?2
         WHERE id = ?1",
        params![id.as_str(), now],
    )?;
    Ok(())
}

/// The customer with this id, unless it is deleted.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &CustomerId) -> Result<Option<Customer>> {
    tx.one(
        "SELECT id, description, notes, flags_json, default_payment_method_id, default_billing_address_id,
             default_shipping_address_id, created_at, updated_at, name, email, stripe_id, metadata_json, language
         FROM customer WHERE id = ?1 AND deleted_at IS NULL",
        [id.as_str()],
        from_row,
    )
}

/// Whether a customer ever had this id, and whether that one is deleted.
pub(crate) fn is_deleted(tx: &ReadTx<'_>, id: &CustomerId) -> Result<Option<bool>> {
    if tx.behind().is_some_and(|behind| behind.state().known.has_customer(id)) {
        return Ok(Some(false));
    }
    let found =
        tx.one("SELECT deleted_at IS NOT NULL FROM customer WHERE id = ?1", [id.as_str()], |row| Ok(row.get(0)?))?;
    if let (Some(behind), Some(false)) = (tx.behind(), found) {
        behind.state().known.keep_customer(id);
    }
    Ok(found)
}

/// The ids of customers that are not deleted, the youngest first, each with its place.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_ids(tx: &ReadTx<'_>, asked: PageAsked) -> Result<Vec<(i64, CustomerId)>> {
    tx.all(
        "SELECT key, id FROM customer WHERE key < ?1 AND deleted_at IS NULL ORDER BY key DESC LIMIT ?2",
        params![asked.before_key(), asked.probe()],
        |row| Ok((row.get(0)?, CustomerId::from_stored(row.get(1)?))),
    )
}

/// The customer with its addresses and payment methods.
pub(crate) fn fetch_record(tx: &ReadTx<'_>, id: &CustomerId) -> Result<Option<CustomerRecord>> {
    let Some(customer) = fetch(tx, id)? else { return Ok(None) };
    Ok(Some(CustomerRecord {
        owner_id: company::fetch(tx)?.id,
        customer,
        addresses: address::list_of(tx, id)?,
        methods: payment_method::list_of(tx, id)?,
    }))
}

/// A subscription of the customer that is or may again be billed.
pub(crate) fn live_subscription(tx: &ReadTx<'_>, id: &CustomerId) -> Result<Option<SubscriptionId>> {
    tx.one(
        "SELECT id FROM subscription
         WHERE customer_id = ?1 AND status NOT IN ('completed', 'cancelled', 'stopped') ORDER BY key LIMIT 1",
        [id.as_str()],
        |row| Ok(SubscriptionId::from_stored(row.get(0)?)),
    )
}

/// A subscription of the customer that is or may again be billed to this payment method by name.
pub(crate) fn subscription_on_method(
    tx: &ReadTx<'_>,
    id: &CustomerId,
    method_id: &PaymentMethodId,
) -> Result<Option<SubscriptionId>> {
    tx.one(
        "SELECT id FROM subscription
         WHERE customer_id = ?1 AND payment_method_id = ?2 AND status NOT IN ('completed', 'cancelled', 'stopped')
         ORDER BY key LIMIT 1",
        [id.as_str(), method_id.as_str()],
        |row| Ok(SubscriptionId::from_stored(row.get(0)?)),
    )
}

/// A subscription of the customer that names this address and is or may again be billed.
pub(crate) fn subscription_on_address(
    tx: &ReadTx<'_>,
    id: &CustomerId,
    address_id: &AddressId,
) -> Result<Option<SubscriptionId>> {
    tx.one(
        "SELECT id FROM subscription
         WHERE customer_id = ?1 AND (billing_address_id = ?2 OR shipping_address_id = ?2)
           AND status NOT IN ('completed', 'cancelled', 'stopped')
         ORDER BY key LIMIT 1",
        [id.as_str(), address_id.as_str()],
        |row| Ok(SubscriptionId::from_stored(row.get(0)?)),
    )
}

/// The ids of customers that have this e-mail address of their own or on one of their addresses, whatever the case of
/// its letters, at most `limit`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_by_email(tx: &ReadTx<'_>, email: &str, limit: u32) -> Result<Vec<CustomerId>> {
    tx.all(
        "SELECT id FROM customer WHERE email = ?1 COLLATE NOCASE AND email IS NOT NULL
         UNION
         SELECT customer_id FROM address WHERE email = ?1 COLLATE NOCASE AND email <> ''
         LIMIT ?2",
        params![email, limit],
        |row| Ok(CustomerId::from_stored(row.get(0)?)),
    )
}

fn from_row(row: &Row<'_>) -> Result<Customer> {
    let id: String = row.get("id")?;
    let flags: String = row.get("flags_json")?;
    Ok(Customer {
        description: row.get("description")?,
        notes: row.get("notes")?,
        flags: flags_from_json("customer", &id, &flags, CustomerFlag::parse)?,
        profile: Profile {
            name: row.get("name")?,
            email: row.get("email")?,
            stripe_id: row.get("stripe_id")?,
            metadata_json: row.get("metadata_json")?,
        },
        language: row.get::<_, Option<String>>("language")?.as_deref().and_then(Language::parse),
        defaults: Defaults {
            payment_method_id: row
                .get::<_, Option<String>>("default_payment_method_id")?
                .map(PaymentMethodId::from_stored),
            billing_address_id: row.get::<_, Option<String>>("default_billing_address_id")?.map(AddressId::from_stored),
            shipping_address_id: row
                .get::<_, Option<String>>("default_shipping_address_id")?
                .map(AddressId::from_stored),
        },
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: CustomerId::from_stored(id),
    })
}
