//! Auto refills: what is bought by itself, and when it is looked at. What they bought is in `refill`.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::auto_refill::{AutoRefill, OffReason, RefillTerms};
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::domain::page::PageAsked;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// The auto refill of a balance.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<Option<AutoRefill>> {
    let found = tx.one(
        "SELECT key, customer_id, denomination, threshold, amount, charge_minor, monthly, cap_minor, cooldown_s,
           off_reason, soft_declines, anchor_at, owed_at, last_start_at, look_at, created_at, updated_at
         FROM auto_refill WHERE customer_id = ?1 AND denomination = ?2",
        params![customer.as_str(), denomination.as_str()],
        from_row,
    )?;
    Ok(found.map(|(_, refill)| refill))
}

/// The auto refills of a customer, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of(tx: &ReadTx<'_>, customer: &CustomerId, asked: PageAsked) -> Result<Vec<(i64, AutoRefill)>> {
    tx.all(
        "SELECT key, customer_id, denomination, threshold, amount, charge_minor, monthly, cap_minor, cooldown_s,
           off_reason, soft_declines, anchor_at, owed_at, last_start_at, look_at, created_at, updated_at
         FROM auto_refill WHERE customer_id = ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3",
        params![customer.as_str(), asked.before_key(), asked.probe()],
        from_row,
    )
}

/// Whose auto refills are to be looked at at `now`, the longest waiting first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_due(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<(CustomerId, Denomination)>> {
    tx.all(
        "SELECT key, customer_id, denomination FROM auto_refill WHERE look_at <= ?1 ORDER BY look_at, key LIMIT ?2",
        params![now.as_micros(), limit],
        whose,
    )
}

/// When the next auto refill is to be looked at.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_look_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    tx.one("SELECT look_at FROM auto_refill WHERE look_at IS NOT NULL ORDER BY look_at LIMIT 1", [], |row| {
        Ok(Timestamp::from_micros(row.get(0)?))
    })
}

/// Writes an auto refill, new or not.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn put(tx: &mut WriteTx<'_>, refill: &AutoRefill) -> Result<()> {
    let AutoRefill { customer_id, denomination, terms, off, soft_declines, .. } = refill;
    let RefillTerms { threshold, amount, charge_minor, is_monthly, cap_minor, cooldown_s } = terms;
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    tx.run(
        "INSERT INTO auto_refill (customer_id, denomination, threshold, amount, charge_minor, monthly, cap_minor,
           cooldown_s, off_reason, soft_declines, anchor_at, owed_at, last_start_at, look_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         ON CONFLICT (customer_id, denomination) DO UPDATE SET threshold = ?3, amount = ?4, charge_minor = ?5,
           monthly = ?6, cap_minor = ?7, cooldown_s = ?8, off_reason = ?9, soft_declines = ?10, anchor_at = ?11,
           owed_at = ?12, last_start_at = ?13, look_at = ?14, updated_at = ?16",
        params![
            customer_id.as_str(),
            denomination.as_str(),
            threshold,
            amount,
            charge_minor,
            is_monthly,
            cap_minor,
            cooldown_s,
            off.map(OffReason::as_str),
            soft_declines,
            micros(refill.anchor_at),
            micros(refill.owed_at),
            micros(refill.last_start_at),
            micros(refill.look_at),
            refill.created_at.as_micros(),
            micros(refill.updated_at),
        ],
    )?;
    Ok(())
}

/// Sets when the job looks at an auto refill.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_look_at(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    at: Timestamp,
) -> Result<()> {
    tx.run(
        "UPDATE auto_refill SET look_at = ?3 WHERE customer_id = ?1 AND denomination = ?2",
        params![customer.as_str(), denomination.as_str(), at.as_micros()],
    )?;
    Ok(())
}

fn whose(row: &Row<'_>) -> Result<(CustomerId, Denomination)> {
    let (key, text): (i64, String) = (row.get(0)?, row.get(2)?);
    let denomination = Denomination::parse(&text).ok_or_else(|| bad_row("auto_refill", "denomination", key, &text))?;
    Ok((CustomerId::from_stored(row.get(1)?), denomination))
}

fn from_row(row: &Row<'_>) -> Result<(i64, AutoRefill)> {
    let key = row.get(0)?;
    let (customer_id, denomination) = whose(row)?;
    let instant = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(Timestamp::from_micros));
    let off: Option<String> = row.get(9)?;
    let off = off.map(|text| OffReason::parse(&text).ok_or_else(|| bad_row("auto_refill", "off_reason", key, &text)));
    let refill = AutoRefill {
        customer_id,
        denomination,
        terms: RefillTerms {
            threshold: row.get(3)?,
            amount: row.get(4)?,
            charge_minor: row.get(5)?,
            is_monthly: row.get(6)?,
            cap_minor: row.get(7)?,
            cooldown_s: row.get(8)?,
        },
        off: off.transpose()?,
        soft_declines: row.get(10)?,
        anchor_at: instant(11)?,
        owed_at: instant(12)?,
        last_start_at: instant(13)?,
        look_at: instant(14)?,
        created_at: Timestamp::from_micros(row.get(15)?),
        updated_at: instant(16)?,
    };
    Ok((key, refill))
}
