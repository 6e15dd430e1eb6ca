//! Stored cards and bank accounts; their numbers come in sealed and go out sealed.

use jiff::civil::Date;
use rusqlite::{Row, params};

use super::error::bad_row;
use super::value::{flags_from_json, flags_to_json};
use super::{ReadTx, WriteTx};
use crate::domain::bank_account::{AccountType, RoutingNumber, SecCode};
use crate::domain::card::{Brand, Expiry};
use crate::domain::id::{CustomerId, PaymentMethodId, TransactionId};
use crate::domain::payment_method::{MethodDetails, MethodFlag, MethodType, PaymentMethod};
use crate::domain::time::{Timestamp, parse_date};
use crate::error::Result;

/// Adds a payment method.
pub(crate) fn insert(tx: &mut WriteTx<'_>, method: &PaymentMethod) -> Result<()> {
    insert_row(tx, method, Some(&method.customer_id), None, "")
}

/// Writes down a method that pays this transaction and is nobody's yet; `keep` is what the caller makes of it.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert_held(tx: &mut WriteTx<'_>, id: &TransactionId, method: &PaymentMethod, keep: &str) -> Result<()> {
    insert_row(tx, method, None, Some(id), keep)
}

fn insert_row(
    tx: &mut WriteTx<'_>,
    method: &PaymentMethod,
    customer_id: Option<&CustomerId>,
    txn_id: Option<&TransactionId>,
    keep: &str,
) -> Result<()> {
    let details = Columns::of(&method.details);
    tx.run(
        "INSERT INTO payment_method (id, customer_id, type, brand, masked, last_four, expires_on, routing_number,
             account_type, sec_code, sealed, fingerprint, flags_json, processor_id, created_at, updated_at, txn_id,
             keep)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        params![
            method.id.as_str(),
            customer_id.map(CustomerId::as_str),
            method.method_type().as_str(),
            details.brand,
            method.masked,
            method.last_four,
            details.expires_on,
            details.routing_number,
            details.account_type,
            details.sec_code,
            method.sealed,
            method.fingerprint,
            flags_to_json(method.flags.iter().map(|flag| flag.as_str())),
            method.processor_id,
            method.created_at.as_micros(),
            method.updated_at.as_micros(),
            txn_id.map(TransactionId::as_str),
            keep,
        ],
    )?;
    Ok(())
}

/// A method that paid a transaction and is nobody's.
pub(crate) struct HeldMethod {
    /// Its id.
    pub(crate) id: PaymentMethodId,
    /// "card" or "ach".
    pub(crate) method_type: String,
    /// "1111".
    pub(crate) last_four: String,
    /// As it was written down.
    pub(crate) keep: String,
}

/// The method that paid this transaction, while it is held.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch_held(tx: &ReadTx<'_>, id: &TransactionId) -> Result<Option<HeldMethod>> {
    tx.one(
        "SELECT id, type, last_four, keep FROM payment_method WHERE txn_id = ?1 AND customer_id IS NULL",
        [id.as_str()],
        |row| {
            Ok(HeldMethod {
                id: PaymentMethodId::from_stored(row.get(0)?),
                method_type: row.get(1)?,
                last_four: row.get(2)?,
                keep: row.get(3)?,
            })
        },
    )
}

/// Makes the method that is held of this transaction the customer's.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn attach(tx: &mut WriteTx<'_>, id: &TransactionId, customer_id: &CustomerId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE payment_method SET customer_id = ?2, updated_at = ?3 WHERE txn_id = ?1 AND customer_id IS NULL",
        params![id.as_str(), customer_id.as_str(), now],
    )?;
    Ok(())
}

/// Takes the method that is held of this transaction away, as [`delete`].
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete_held(tx: &mut WriteTx<'_>, id: &TransactionId) -> Result<()> {
    tx.run("DELETE FROM payment_method WHERE txn_id = ?1 AND customer_id IS NULL", [id.as_str()])?;
    Ok(())
}

/// Takes methods away that were held before `before`, at most `limit`; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete_held_before(tx: &mut WriteTx<'_>, before: Timestamp, limit: u32) -> Result<usize> {
    tx.run(
        "DELETE FROM payment_method WHERE key IN
           (SELECT key FROM payment_method WHERE customer_id IS NULL AND created_at < ?1 LIMIT ?2)",
        params![before.as_micros(), limit],
    )
}

/// Writes everything that may change of a payment method; the old sealed bytes are overwritten.
pub(crate) fn update(tx: &mut WriteTx<'_>, method: &PaymentMethod) -> Result<()> {
    let details = Columns::of(&method.details);
    tx.run(
        "UPDATE payment_method SET brand = ?2, masked = ?3, last_four = ?4, expires_on = ?5, routing_number = ?6,
             account_type = ?7, sec_code = ?8, sealed = ?9, fingerprint = ?10, flags_json = ?11, processor_id = ?12,
             updated_at = ?13
         WHERE id = ?1",
        params![
            method.id.as_str(),
            details.brand,
            method.masked,
            method.last_four,
            details.expires_on,
            details.routing_number,
            details.account_type,
            details.sec_code,
            method.sealed,
            method.fingerprint,
            flags_to_json(method.flags.iter().map(|flag| flag.as_str())),
            method.processor_id,
            method.updated_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// A customer's payment methods, oldest first.
pub(crate) fn list_of(tx: &ReadTx<'_>, customer_id: &CustomerId) -> Result<Vec<PaymentMethod>> {
    tx.all(
        "SELECT id, customer_id, type, brand, masked, last_four, expires_on, routing_number, account_type, sec_code,
             sealed, fingerprint, flags_json, processor_id, created_at, updated_at
         FROM payment_method WHERE customer_id = ?1 ORDER BY key",
        [customer_id.as_str()],
        from_row,
    )
}

/// At most `limit` cards of customers whose last day lies between two, after the place `after` (last day and row), those
/// that expire first, first; each with its row.
pub(crate) fn list_expiring(
    tx: &ReadTx<'_>,
    (after, after_key): (Date, i64),
    until: Date,
    limit: u32,
) -> Result<Vec<(i64, PaymentMethod)>> {
    tx.all(
        "SELECT key, id, customer_id, type, brand, masked, last_four, expires_on, routing_number, account_type, sec_code,
             sealed, fingerprint, flags_json, processor_id, created_at, updated_at
         FROM payment_method
         WHERE (expires_on, key) > (?1, ?2) AND expires_on <= ?3 AND expires_on IS NOT NULL AND customer_id IS NOT NULL
         ORDER BY expires_on, key LIMIT ?4",
        params![after.to_string(), after_key, until.to_string(), limit],
        |row| Ok((row.get("key")?, from_row(row)?)),
    )
}

/// Takes a payment method away; its bytes are overwritten in the file (secure_delete).
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &PaymentMethodId) -> Result<()> {
    tx.run("DELETE FROM payment_method WHERE id = ?1", [id.as_str()])?;
    Ok(())
}

/// Takes all payment methods of a customer away, as [`delete`].
pub(crate) fn delete_of(tx: &mut WriteTx<'_>, customer_id: &CustomerId) -> Result<()> {
    tx.run("DELETE FROM payment_method WHERE customer_id = ?1", [customer_id.as_str()])?;
    Ok(())
}

/// Puts a method aside that is to be kept once its payment is approved; whose it will be is not known yet.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert_waiting(tx: &mut WriteTx<'_>, payment: &TransactionId, method: &PaymentMethod) -> Result<()> {
    let details = Columns::of(&method.details);
    tx.run(
        "INSERT INTO payment_method_waiting (transaction_id, id, type, brand, masked, last_four, expires_on,
             routing_number, account_type, sec_code, sealed, fingerprint, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            payment.as_str(),
            method.id.as_str(),
            method.method_type().as_str(),
            details.brand,
            method.masked,
            method.last_four,
            details.expires_on,
            details.routing_number,
            details.account_type,
            details.sec_code,
            method.sealed,
            method.fingerprint,
            method.created_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// The method that waits for the outcome of this payment; its customer is "".
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch_waiting(tx: &ReadTx<'_>, payment: &TransactionId) -> Result<Option<PaymentMethod>> {
    tx.one(
        "SELECT id, '' AS customer_id, type, brand, masked, last_four, expires_on, routing_number, account_type,
             sec_code, sealed, fingerprint, '[]' AS flags_json, '' AS processor_id, created_at,
             created_at AS updated_at
         FROM payment_method_waiting WHERE transaction_id = ?1",
        [payment.as_str()],
        from_row,
    )
}

/// Forgets the method that waited: it is kept by now, or its payment came to nothing. Its bytes are overwritten.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete_waiting(tx: &mut WriteTx<'_>, payment: &TransactionId) -> Result<()> {
    tx.run("DELETE FROM payment_method_waiting WHERE transaction_id = ?1", [payment.as_str()])?;
    Ok(())
}

/// The columns that only cards or only bank accounts fill.
#[derive(Default)]
struct Columns<'a> {
    brand: &'static str,
    expires_on: Option<String>,
    routing_number: &'a str,
    account_type: &'static str,
    sec_code: &'static str,
}

impl<'a> Columns<'a> {
    fn of(details: &'a MethodDetails) -> Self {
        match details {
            MethodDetails::Card { brand, expiry } => {
                Self { brand: brand.as_str(), expires_on: Some(expiry.last_day().to_string()), ..Self::default() }
            }
            MethodDetails::Ach { routing_number, account_type, sec_code } => Self {
                routing_number: routing_number.as_str(),
                account_type: account_type.as_str(),
                sec_code: sec_code.as_str(),
                ..Self::default()
            },
        }
    }
}

fn from_row(row: &Row<'_>) -> Result<PaymentMethod> {
    let id: String = row.get("id")?;
    let flags: String = row.get("flags_json")?;
    Ok(PaymentMethod {
        customer_id: CustomerId::from_stored(row.get("customer_id")?),
        details: details_from_row(row, &id)?,
        masked: row.get("masked")?,
        last_four: row.get("last_four")?,
        sealed: row.get("sealed")?,
        fingerprint: row.get("fingerprint")?,
        flags: flags_from_json("payment_method", &id, &flags, MethodFlag::parse)?,
        processor_id: row.get("processor_id")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: PaymentMethodId::from_stored(id),
    })
}

fn details_from_row(row: &Row<'_>, id: &str) -> Result<MethodDetails> {
    let bad = |column: &str, text: &str| bad_row("payment_method", column, id, format!("`{text}`"));
    let text = |column: &str| row.get::<_, String>(column);
    let method_type = text("type")?;
    match MethodType::parse(&method_type) {
        Some(MethodType::Card) => {
            let brand = text("brand")?;
            let expires_on: String = row.get::<_, Option<String>>("expires_on")?.unwrap_or_default();
            let day = parse_date(&expires_on).ok_or_else(|| bad("expires_on", &expires_on))?;
            Ok(MethodDetails::Card {
                brand: Brand::parse(&brand).ok_or_else(|| bad("brand", &brand))?,
                expiry: Expiry::new(day.month(), day.year()).ok_or_else(|| bad("expires_on", &expires_on))?,
            })
        }
        Some(MethodType::Ach) => {
            let (routing_number, account_type, sec_code) =
                (text("routing_number")?, text("account_type")?, text("sec_code")?);
            Ok(MethodDetails::Ach {
                routing_number: RoutingNumber::parse(&routing_number)
                    .map_err(|_| bad("routing_number", &routing_number))?,
                account_type: AccountType::parse(&account_type).ok_or_else(|| bad("account_type", &account_type))?,
                sec_code: SecCode::parse(&sec_code).ok_or_else(|| bad("sec_code", &sec_code))?,
            })
        }
        None => Err(bad("type", &method_type)),
    }
}

/// A sealed number and where it lies.
pub(crate) struct SealedRow {
    /// The row's integer key.
    pub(crate) key: i64,
    /// The method's id, which the number is bound to.
    pub(crate) id: String,
    /// The number, sealed.
    pub(crate) sealed: Vec<u8>,
}

/// At most `limit` sealed numbers after row `after`, for a rotation of keys.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_sealed(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<SealedRow>> {
    tx.all("SELECT key, id, sealed FROM payment_method WHERE key > ?1 ORDER BY key LIMIT ?2", (after, limit), |row| {
        Ok(SealedRow { key: row.get(0)?, id: row.get(1)?, sealed: row.get(2)? })
    })
}

/// Stores a number sealed anew.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_sealed(tx: &mut WriteTx<'_>, key: i64, sealed: &[u8]) -> Result<()> {
    tx.run("UPDATE payment_method SET sealed = ?2 WHERE key = ?1", (key, sealed))?;
    Ok(())
}

/// At most `limit` sealed numbers that wait for their payment's outcome, after that of payment `after`: the payment,
/// the method's id that the number is bound to, the number.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_waiting_sealed(
    tx: &ReadTx<'_>,
    after: &TransactionId,
    limit: u32,
) -> Result<Vec<(TransactionId, PaymentMethodId, Vec<u8>)>> {
    tx.all(
        "SELECT transaction_id, id, sealed FROM payment_method_waiting WHERE transaction_id > ?1
         ORDER BY transaction_id LIMIT ?2",
        params![after.as_str(), limit],
        |row| {
            let (payment, id) = (row.get(0)?, row.get(1)?);
            Ok((TransactionId::from_stored(payment), PaymentMethodId::from_stored(id), row.get(2)?))
        },
    )
}

/// Stores a number that waits, sealed anew.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_waiting_sealed(tx: &mut WriteTx<'_>, payment: &TransactionId, sealed: &[u8]) -> Result<()> {
    tx.run(
        "UPDATE payment_method_waiting SET sealed = ?2 WHERE transaction_id = ?1",
        params![payment.as_str(), sealed],
    )?;
    Ok(())
}
