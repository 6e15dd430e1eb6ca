//! Addresses of customers.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::address::{Address, CustomerAddress};
use crate::domain::id::{AddressId, CustomerId};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds an address.
///
/// # Errors
/// `Conflict` where the customer has it already.
pub(crate) fn insert(tx: &mut WriteTx<'_>, address: &CustomerAddress) -> Result<()> {
    let CustomerAddress { id, customer_id, postal, hash, created_at, updated_at } = address;
    tx.run(
        "INSERT INTO address (id, customer_id, hash, first_name, last_name, company, line_1, line_2, city, state,
             postal_code, country, email, phone, fax, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            id.as_str(),
            customer_id.as_str(),
            hash,
            postal.first_name,
            postal.last_name,
            postal.company,
            postal.line_1,
            postal.line_2,
            postal.city,
            postal.state,
            postal.postal_code,
            postal.country,
            postal.email,
            postal.phone,
            postal.fax,
            created_at.as_micros(),
            updated_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Writes the parts of an address anew.
///
/// # Errors
/// `Conflict` where the customer has the same address twice then.
pub(crate) fn update(tx: &mut WriteTx<'_>, address: &CustomerAddress) -> Result<()> {
    let CustomerAddress { id, customer_id: _, postal, hash, created_at: _, updated_at } = address;
    tx.run(
        "UPDATE address SET hash = ?2, first_name = ?3, last_name = ?4, company = ?5, line_1 = ?6, line_2 = ?7,
             city = ?8, state = ?9, postal_code = ?10, country = ?11, email = ?12, phone = ?13, fax = ?14,
             updated_at = ?15
         WHERE id = ?1",
        params![
            id.as_str(),
            hash,
            postal.first_name,
            postal.last_name,
            postal.company,
            postal.line_1,
            postal.line_2,
            postal.city,
            postal.state,
            postal.postal_code,
            postal.country,
            postal.email,
            postal.phone,
            postal.fax,
            updated_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// A customer's addresses, oldest first.
pub(crate) fn list_of(tx: &ReadTx<'_>, customer_id: &CustomerId) -> Result<Vec<CustomerAddress>> {
    tx.all(
        "SELECT id, customer_id, hash, first_name, last_name, company, line_1, line_2, city, state, postal_code,
             country, email, phone, fax, created_at, updated_at
         FROM address WHERE customer_id = ?1 ORDER BY key",
        [customer_id.as_str()],
        from_row,
    )
}

/// The address with this id.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &AddressId) -> Result<Option<CustomerAddress>> {
    tx.one(
        "SELECT id, customer_id, hash, first_name, last_name, company, line_1, line_2, city, state, postal_code,
             country, email, phone, fax, created_at, updated_at
         FROM address WHERE id = ?1",
        [id.as_str()],
        from_row,
    )
}

/// Takes an address away.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &AddressId) -> Result<()> {
    tx.run("DELETE FROM address WHERE id = ?1", [id.as_str()])?;
    Ok(())
}

/// Takes all addresses of a customer away.
pub(crate) fn delete_of(tx: &mut WriteTx<'_>, customer_id: &CustomerId) -> Result<()> {
    tx.run("DELETE FROM address WHERE customer_id = ?1", [customer_id.as_str()])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<CustomerAddress> {
    let id: String = row.get("id")?;
    let hash: Vec<u8> = row.get("hash")?;
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| bad_row("address", "hash", &id, "is not 32 bytes"))?;
    Ok(CustomerAddress {
        id: AddressId::from_stored(id),
        customer_id: CustomerId::from_stored(row.get("customer_id")?),
        postal: Address {
            first_name: row.get("first_name")?,
            last_name: row.get("last_name")?,
            company: row.get("company")?,
            line_1: row.get("line_1")?,
            line_2: row.get("line_2")?,
            city: row.get("city")?,
            state: row.get("state")?,
            postal_code: row.get("postal_code")?,
            country: row.get("country")?,
            email: row.get("email")?,
            phone: row.get("phone")?,
            fax: row.get("fax")?,
        },
        hash,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
    })
}
