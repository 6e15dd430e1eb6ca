//! The one row of the company.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::company::{Company, parse_reminder_days, parse_retry_days};
use crate::domain::currency::Currency;
use crate::domain::fees::{FeePolicy, policy};
use crate::domain::id::CompanyId;
use crate::domain::language::Language;
use crate::domain::time::{Timestamp, parse_date};
use crate::error::{Error, Result};

/// The company of this file.
///
/// # Errors
/// A file without its company row, or a row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>) -> Result<Company> {
    tx.one("SELECT * FROM company WHERE key = 1", [], from_row)?
        .ok_or_else(|| Error::internal("the file has no company row"))
}

/// Whether the file has been furnished.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn exists(tx: &ReadTx<'_>) -> Result<bool> {
    tx.value("SELECT EXISTS (SELECT 1 FROM company WHERE key = 1)", [])
}

/// Writes the company of a new file.
///
/// # Errors
/// `Conflict` where there is one.
pub(crate) fn insert(tx: &mut WriteTx<'_>, id: &CompanyId, install_id: &str, name: &str) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO company (key, id, install_id, name, created_at, updated_at) VALUES (1, ?1, ?2, ?3, ?4, ?4)",
        params![id.as_str(), install_id, name, now],
    )?;
    Ok(())
}

/// Writes the profile and the policies.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, company: &Company) -> Result<()> {
    let now = tx.now().as_micros();
    let days: Vec<String> = company.retry_days.iter().map(u32::to_string).collect();
    let reminders: Vec<String> = company.reminder_days.iter().map(i32::to_string).collect();
    tx.run(
        "UPDATE company SET name = ?1, email = ?2, phone = ?3, website = ?4, logo_url = ?5, accent = ?6,
           address_json = ?7, currency = ?8, time_zone = ?9, settlement_cutoff_s = ?10, invoice_prefix = ?11,
           next_invoice_number = ?12, retry_days = ?13, payment_terms_days = ?14, fees_json = ?15,
           updated_at = ?16, language = ?17, reminder_days = ?18, mails_receipts = ?19
         WHERE key = 1",
        params![
            company.name,
            company.email,
            company.phone,
            company.website,
            company.logo_url,
            company.accent,
            company.address_json,
            company.currency.code(),
            company.time_zone,
            company.settlement_cutoff_s,
            company.invoice_prefix,
            company.next_invoice_number,
            days.join(","),
            company.payment_terms_days,
            fees_text(&company.fees)?,
            now,
            company.language.as_str(),
            reminders.join(","),
            company.mails_receipts,
        ],
    )?;
    Ok(())
}

/// Remembers where customers reach the server.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_public_url(tx: &mut WriteTx<'_>, url: &str) -> Result<()> {
    tx.run("UPDATE company SET public_url = ?1 WHERE key = 1", [url])?;
    Ok(())
}

/// Remembers the last day whose reminders were written.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_reminded_on(tx: &mut WriteTx<'_>, day: Date) -> Result<()> {
    tx.run("UPDATE company SET reminded_on = ?1 WHERE key = 1", [day.to_string()])?;
    Ok(())
}

/// Remembers the last day whose warnings of expiring cards were written.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_expiry_warned_on(tx: &mut WriteTx<'_>, day: Date) -> Result<()> {
    tx.run("UPDATE company SET expiry_warned_on = ?1 WHERE key = 1", [day.to_string()])?;
    Ok(())
}

/// Takes the next number of an invoice, with its prefix: "INV-1042". Numbers have no gaps.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn take_invoice_number(tx: &mut WriteTx<'_>) -> Result<String> {
    let taken = tx.one(
        "UPDATE company SET next_invoice_number = next_invoice_number + 1 WHERE key = 1
         RETURNING invoice_prefix, next_invoice_number - 1",
        [],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
    )?;
    let (prefix, number) = taken.ok_or_else(|| Error::internal("the file has no company row"))?;
    Ok(format!("{prefix}{number:04}"))
}

/// Holds billing until a person resumes it, or resumes it.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_billing_held(tx: &mut WriteTx<'_>, reason: Option<&str>) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE company SET billing_held_at = CASE WHEN ?1 IS NULL THEN NULL ELSE ?2 END, billing_held_reason = ?1
         WHERE key = 1",
        params![reason, now],
    )?;
    Ok(())
}

/// Remembers that the ticker looked.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_last_tick(tx: &mut WriteTx<'_>) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run("UPDATE company SET last_tick_at = ?1 WHERE key = 1", [now])?;
    Ok(())
}

/// The fees that there are, by name.
fn fees_text(fees: &FeePolicy) -> Result<String> {
    let entries = fees.entries().into_iter().filter_map(|(name, worth)| Some((name, policy::text_of(worth?))));
    serde_json::to_string(&entries.collect::<BTreeMap<_, _>>()).map_err(Error::internal)
}

fn read_fees(text: &str, currency: Currency) -> Option<FeePolicy> {
    let entries: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
    let mut fees = FeePolicy::default();
    entries.iter().try_for_each(|(name, worth)| fees.set(name, worth, currency)).ok()?;
    Some(fees)
}

fn from_row(row: &Row<'_>) -> Result<Company> {
    let id: String = row.get("id")?;
    let bad = |column: &str, value: &str| bad_row("company", column, &id, value);
    let currency: String = row.get("currency")?;
    let days: String = row.get("retry_days")?;
    let fees: String = row.get("fees_json")?;
    let (language, reminders): (String, String) = (row.get("language")?, row.get("reminder_days")?);
    let day = |column: &str| -> Result<Option<Date>> {
        let text: Option<String> = row.get(column)?;
        text.map(|text| parse_date(&text).ok_or_else(|| bad(column, &text))).transpose()
    };
    let known = Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?;
    let held_at: Option<i64> = row.get("billing_held_at")?;
    let held_reason: Option<String> = row.get("billing_held_reason")?;
    let instant = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    Ok(Company {
        install_id: row.get("install_id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        phone: row.get("phone")?,
        website: row.get("website")?,
        logo_url: row.get("logo_url")?,
        accent: row.get("accent")?,
        language: Language::parse(&language).ok_or_else(|| bad("language", &language))?,
        public_url: row.get("public_url")?,
        address_json: row.get("address_json")?,
        currency: known,
        time_zone: row.get("time_zone")?,
        settlement_cutoff_s: row.get("settlement_cutoff_s")?,
        invoice_prefix: row.get("invoice_prefix")?,
        next_invoice_number: row.get("next_invoice_number")?,
        retry_days: parse_retry_days(&days).ok_or_else(|| bad("retry_days", &days))?,
        payment_terms_days: row.get("payment_terms_days")?,
        mails_receipts: row.get("mails_receipts")?,
        reminder_days: parse_reminder_days(&reminders).ok_or_else(|| bad("reminder_days", &reminders))?,
        reminded_on: day("reminded_on")?,
        expiry_warned_on: day("expiry_warned_on")?,
        fees: read_fees(&fees, known).ok_or_else(|| bad("fees_json", &fees))?,
        real_charge_at: instant(row.get("real_charge_at")?),
        billing_held: instant(held_at).map(|at| (at, held_reason.unwrap_or_default())),
        last_tick_at: instant(row.get("last_tick_at")?),
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: CompanyId::from_stored(id),
    })
}
