//! Invoice rows and their lines; both are read and written together.

mod json;
pub(crate) mod rejection;
mod search;
mod told;

use rusqlite::{Row, params};

use super::error::bad_row;
use super::value::{address_from_json, address_to_json};
use super::{ReadTx, WriteTx};
use crate::domain::currency::Currency;
use crate::domain::id::{CustomerId, InvoiceId, InvoiceLineId, SubscriptionId, UserId};
use crate::domain::invoice::{Invoice, InvoiceLine, InvoiceSource, InvoiceStatus, InvoiceTotals, LineStatus};
use crate::domain::money::Money;
use crate::domain::page::PageAsked;
use crate::domain::time::{Timestamp, parse_date};
use crate::error::Result;

pub(crate) use search::{count, search};
pub(crate) use told::list_told_due;

/// Writes a new invoice with its lines.
///
/// # Errors
/// `Conflict` where the subscription's period has one.
pub(crate) fn insert(tx: &mut WriteTx<'_>, invoice: &Invoice) -> Result<()> {
    let (source, subscription_id, period_start) = match &invoice.source {
        InvoiceSource::Api => ("api", None, None),
        InvoiceSource::Subscription { subscription_id, period_start } => {
            ("subscription", Some(subscription_id.as_str()), Some(period_start.to_string()))
        }
    };
    tx.run(
        "INSERT INTO invoice (id, public_id, source, user_id, subscription_id, period_start, processor_id, status,
           currency, subtotal_minor, total_minor, date_due, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, ?10, ?11, ?11)",
        params![
            invoice.id.as_str(),
            invoice.public_id,
            source,
            invoice.user_id.as_ref().map_or("", UserId::as_str),
            subscription_id,
            period_start,
            invoice.processor_id,
            invoice.status.as_str(),
            invoice.currency().code(),
            invoice.date_due.as_micros(),
            invoice.created_at.as_micros(),
        ],
    )?;
    replace(tx, invoice)
}

/// Writes what a change by the merchant may touch: terms, sums and lines; then what [`update`] writes.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn replace(tx: &mut WriteTx<'_>, invoice: &Invoice) -> Result<()> {
    let InvoiceTotals { subtotal, discount, tax, shipping, adjustment, total } = &invoice.totals;
    tx.run(
        "UPDATE invoice SET number = ?2, customer_id = ?3, customer_number = ?4, currency = ?5, subtotal_minor = ?6,
           discount_minor = ?7, tax_minor = ?8, shipping_minor = ?9, adjustment_minor = ?10, total_minor = ?11,
           date_due = ?12, bill_to_json = ?13, payable_to_json = ?14, terms_json = ?15, message = ?16
         WHERE id = ?1",
        params![
            invoice.id.as_str(),
            invoice.number,
            invoice.customer_id.as_ref().map(CustomerId::as_str),
            invoice.customer_number,
            invoice.currency().code(),
            subtotal.minor(),
            discount.minor(),
            tax.minor(),
            shipping.minor(),
            adjustment.minor(),
            total.minor(),
            invoice.date_due.as_micros(),
            address_to_json(&invoice.bill_to),
            address_to_json(&invoice.payable_to),
            json::terms_text(&invoice.terms)?,
            invoice.message,
        ],
    )?;
    replace_lines(tx, invoice)?;
    update(tx, invoice)
}

/// Writes which lines count and the sums that follow, then what [`update`] writes.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_priced(tx: &mut WriteTx<'_>, invoice: &Invoice) -> Result<()> {
    let InvoiceTotals { subtotal, discount, tax, shipping: _, adjustment: _, total } = &invoice.totals;
    tx.run(
        "UPDATE invoice SET subtotal_minor = ?2, discount_minor = ?3, tax_minor = ?4, total_minor = ?5 WHERE id = ?1",
        params![invoice.id.as_str(), subtotal.minor(), discount.minor(), tax.minor(), total.minor()],
    )?;
    replace_lines(tx, invoice)?;
    update(tx, invoice)
}

/// Notes that the customer was told of the invoice now.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_sent(tx: &mut WriteTx<'_>, id: &InvoiceId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run("UPDATE invoice SET last_sent_at = ?2, updated_at = ?2 WHERE id = ?1", params![id.as_str(), now])?;
    Ok(())
}

fn replace_lines(tx: &mut WriteTx<'_>, invoice: &Invoice) -> Result<()> {
    tx.run("DELETE FROM invoice_line WHERE invoice_id = ?1", [invoice.id.as_str()])?;
    for (line, position) in invoice.lines.iter().zip(1_i64..) {
        insert_line(tx, &invoice.id, position, line)?;
    }
    Ok(())
}

/// Writes what changes in the life of an invoice: status, payments, collection.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, invoice: &Invoice) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE invoice SET status = ?2, paid_minor = ?3, collect_at = ?4, collect_attempts = ?5,
           first_declined_at = ?6, payments = ?7, reject_message = ?8, deleted_at = ?9, updated_at = ?10
         WHERE id = ?1",
        params![
            invoice.id.as_str(),
            invoice.status.as_str(),
            invoice.paid.minor(),
            invoice.collect_at.map(Timestamp::as_micros),
            invoice.collect_attempts,
            invoice.first_declined_at.map(Timestamp::as_micros),
            invoice.payments,
            invoice.reject_message,
            invoice.deleted_at.map(Timestamp::as_micros),
            now,
        ],
    )?;
    if invoice.status == InvoiceStatus::Paid {
        tx.run(
            "UPDATE invoice_line SET status = 'paid' WHERE invoice_id = ?1 AND status <> 'rejected'",
            [invoice.id.as_str()],
        )?;
    } else if !invoice.lines.iter().any(|line| line.status == LineStatus::Paid) {
        // A payment may have been undone.
        tx.run(
            "UPDATE invoice_line SET status = 'pending' WHERE invoice_id = ?1 AND status = 'paid'",
            [invoice.id.as_str()],
        )?;
    }
    Ok(())
}

/// The invoice with this id, also a deleted one.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &InvoiceId) -> Result<Option<Invoice>> {
    let found = tx.one("SELECT * FROM invoice WHERE id = ?1", [id.as_str()], from_row)?;
    found.map(|invoice| with_lines(tx, invoice)).transpose()
}

/// The invoice behind a public link, also a deleted one.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch_public(tx: &ReadTx<'_>, public_id: &str) -> Result<Option<Invoice>> {
    let found = tx.one("SELECT * FROM invoice WHERE public_id = ?1", [public_id], from_row)?;
    found.map(|invoice| with_lines(tx, invoice)).transpose()
}

/// Invoices of a customer that are not deleted, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of_customer(
    tx: &ReadTx<'_>,
    customer: &CustomerId,
    asked: PageAsked,
) -> Result<Vec<(i64, Invoice)>> {
    let found = tx.all(
        "SELECT * FROM invoice WHERE customer_id = ?1 AND key < ?2 AND deleted_at IS NULL ORDER BY key DESC LIMIT ?3",
        params![customer.as_str(), asked.before_key(), asked.probe()],
        from_row,
    )?;
    found.into_iter().map(|invoice| Ok((invoice.key, with_lines(tx, invoice)?))).collect()
}

/// Invoices whose time to be charged by itself has come, the most overdue first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_to_collect(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Invoice>> {
    let found = tx.all(
        "SELECT * FROM invoice WHERE collect_at IS NOT NULL AND collect_at <= ?1 ORDER BY collect_at, key LIMIT ?2",
        params![now.as_micros(), limit],
        from_row,
    )?;
    found.into_iter().map(|invoice| with_lines(tx, invoice)).collect()
}

/// When the next invoice is to be charged by itself.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_collect_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let next: Option<i64> = tx.value("SELECT MIN(collect_at) FROM invoice WHERE collect_at IS NOT NULL", [])?;
    Ok(next.map(Timestamp::from_micros))
}

/// Open invoices whose due date has passed and that do not say so yet, the oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_overdue(tx: &ReadTx<'_>, now: Timestamp, limit: u32) -> Result<Vec<Invoice>> {
    let found = tx.all(
        "SELECT * FROM invoice WHERE status IN ('pending', 'partially_paid', 'declined') AND date_due < ?1
           AND deleted_at IS NULL
         ORDER BY date_due LIMIT ?2",
        params![now.as_micros(), limit],
        from_row,
    )?;
    found.into_iter().map(|invoice| with_lines(tx, invoice)).collect()
}

/// When the next open invoice becomes overdue: the first instant after its due date.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_overdue_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let next: Option<i64> = tx.value(
        "SELECT MIN(date_due) FROM invoice WHERE status IN ('pending', 'partially_paid', 'declined')
           AND deleted_at IS NULL",
        [],
    )?;
    Ok(next.map(|due| Timestamp::from_micros(due).plus(1)))
}

/// Sets or clears when an invoice is charged by itself.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_collect_at(tx: &mut WriteTx<'_>, id: &InvoiceId, at: Option<Timestamp>) -> Result<()> {
    tx.run("UPDATE invoice SET collect_at = ?2 WHERE id = ?1", params![id.as_str(), at.map(Timestamp::as_micros)])?;
    Ok(())
}

/// What is owed on invoices, by customer ("" for none) and currency, minor units: the ledger must say the same.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn owed_by_customer(tx: &ReadTx<'_>) -> Result<Vec<(String, Currency, i64)>> {
    tx.all(
        // full scan: a proof over every invoice.
        "SELECT COALESCE(customer_id, '') AS owner, currency, SUM(total_minor - paid_minor) FROM invoice
         WHERE deleted_at IS NULL AND status NOT IN ('rejected', 'void')
         GROUP BY owner, currency ORDER BY owner, currency",
        [],
        |row| {
            let owner: String = row.get(0)?;
            let code: String = row.get(1)?;
            let currency = Currency::parse(&code).ok_or_else(|| bad_row(INVOICE, "currency", &owner, &code))?;
            Ok((owner, currency, row.get(2)?))
        },
    )
}

/// Invoices whose stored sums contradict their lines or each other: their ids, at most `limit`.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_inconsistent(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<String>> {
    tx.all(
        // full scan: a proof over every invoice.
        "SELECT id FROM invoice
         WHERE total_minor <> subtotal_minor + tax_minor + shipping_minor + adjustment_minor
            OR subtotal_minor <> (SELECT SUM(amount_minor - tax_minor) FROM invoice_line
                                   WHERE invoice_id = invoice.id AND status <> 'rejected')
         ORDER BY key LIMIT ?1",
        [limit],
        |row| Ok(row.get(0)?),
    )
}

const INVOICE: &str = "invoice";
const LINE: &str = "invoice_line";

fn insert_line(tx: &mut WriteTx<'_>, id: &InvoiceId, position: i64, line: &InvoiceLine) -> Result<()> {
    tx.run(
        "INSERT INTO invoice_line (invoice_id, line, id, status, type, name, description, unit_price_minor, quantity,
           discount_minor, freight_minor, tax_minor, local_tax_minor, national_tax_minor, amount_minor, details_json,
           rule)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            id.as_str(),
            position,
            line.id.as_str(),
            line.status.as_str(),
            line.kind,
            line.name,
            line.description,
            line.unit_price.minor(),
            line.quantity,
            line.discount.minor(),
            line.freight.minor(),
            line.tax.minor(),
            line.local_tax.minor(),
            line.national_tax.minor(),
            line.amount.minor(),
            json::details_text(&line.details)?,
            line.rule,
        ],
    )?;
    Ok(())
}

fn with_lines(tx: &ReadTx<'_>, mut invoice: Invoice) -> Result<Invoice> {
    let currency = invoice.currency();
    invoice.lines =
        tx.all("SELECT * FROM invoice_line WHERE invoice_id = ?1 ORDER BY line", [invoice.id.as_str()], |row| {
            line_from_row(row, currency)
        })?;
    Ok(invoice)
}

fn line_from_row(row: &Row<'_>, currency: Currency) -> Result<InvoiceLine> {
    let id: String = row.get("id")?;
    let status: String = row.get("status")?;
    let details: String = row.get("details_json")?;
    let money = |column: &'static str| -> Result<Money> {
        Money::new(row.get(column)?, currency).map_err(|why| bad_row(LINE, column, &id, why))
    };
    Ok(InvoiceLine {
        status: LineStatus::parse(&status).ok_or_else(|| bad_row(LINE, "status", &id, &status))?,
        kind: row.get("type")?,
        name: row.get("name")?,
        description: row.get("description")?,
        unit_price: money("unit_price_minor")?,
        quantity: row.get("quantity")?,
        discount: money("discount_minor")?,
        freight: money("freight_minor")?,
        tax: money("tax_minor")?,
        local_tax: money("local_tax_minor")?,
        national_tax: money("national_tax_minor")?,
        amount: money("amount_minor")?,
        details: json::read_details(&details).map_err(|why| bad_row(LINE, "details_json", &id, why))?,
        rule: row.get("rule")?,
        id: InvoiceLineId::from_stored(id),
    })
}

/// Reads a row of `SELECT * FROM invoice`, without its lines.
fn from_row(row: &Row<'_>) -> Result<Invoice> {
    let id: String = row.get("id")?;
    let bad = |column: &str, value: &str| bad_row(INVOICE, column, &id, value);
    let text = |column: &'static str| row.get::<_, String>(column);
    let code = text("currency")?;
    let currency = Currency::parse(&code).ok_or_else(|| bad("currency", &code))?;
    let money = |column: &'static str| -> Result<Money> {
        Money::new(row.get(column)?, currency).map_err(|why| bad(column, &why.to_string()))
    };
    let instant = |column: &'static str| -> Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
    };
    let status = text("status")?;
    let user = text("user_id")?;
    let customer: Option<String> = row.get("customer_id")?;
    let address = |column: &'static str| address_from_json(INVOICE, column, &id, &text(column)?);
    Ok(Invoice {
        key: row.get("key")?,
        public_id: text("public_id")?,
        number: text("number")?,
        source: source_from_row(row, &id)?,
        user_id: (!user.is_empty()).then(|| UserId::from_stored(user)),
        customer_id: customer.map(CustomerId::from_stored),
        customer_number: text("customer_number")?,
        processor_id: text("processor_id")?,
        status: InvoiceStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        totals: InvoiceTotals {
            subtotal: money("subtotal_minor")?,
            discount: money("discount_minor")?,
            tax: money("tax_minor")?,
            shipping: money("shipping_minor")?,
            adjustment: money("adjustment_minor")?,
            total: money("total_minor")?,
        },
        paid: money("paid_minor")?,
        date_due: Timestamp::from_micros(row.get("date_due")?),
        collect_at: instant("collect_at")?,
        collect_attempts: row.get("collect_attempts")?,
        first_declined_at: instant("first_declined_at")?,
        payments: row.get("payments")?,
        bill_to: address("bill_to_json")?,
        payable_to: address("payable_to_json")?,
        terms: json::read_terms(&text("terms_json")?).map_err(|why| bad("terms_json", &why))?,
        message: text("message")?,
        reject_message: text("reject_message")?,
        last_sent_at: instant("last_sent_at")?,
        deleted_at: instant("deleted_at")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        lines: Vec::new(),
        id: InvoiceId::from_stored(id),
    })
}

fn source_from_row(row: &Row<'_>, id: &str) -> Result<InvoiceSource> {
    let source: String = row.get("source")?;
    let subscription: Option<String> = row.get("subscription_id")?;
    let start: Option<String> = row.get("period_start")?;
    match (source.as_str(), subscription, start.as_deref().map(parse_date)) {
        ("api", None, None) => Ok(InvoiceSource::Api),
        ("subscription", Some(subscription), Some(Some(period_start))) => {
            Ok(InvoiceSource::Subscription { subscription_id: SubscriptionId::from_stored(subscription), period_start })
        }
        _ => Err(bad_row(INVOICE, "source", id, &source)),
    }
}
