//! Transactions (table `txn`: "transaction" is a word of SQL).

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::apm::{Apm, RedirectUrl};
use crate::domain::currency::Currency;
use crate::domain::id::{
    CustomerId, InvoiceId, PaymentMethodId, ProcessorId, SettlementBatchId, SubscriptionId, TerminalId, TransactionId,
    UserId,
};
use crate::domain::money::Money;
use crate::domain::page::PageAsked;
use crate::domain::time::Timestamp;
use crate::domain::transaction::{
    Amounts, Answer, InstrumentFacts, Transaction, TransactionSource, TransactionStatus, TransactionType,
};
use crate::error::{Error, Result};

/// Writes a new transaction down.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, transaction: &Transaction) -> Result<()> {
    let t = transaction;
    let a = &t.amounts;
    tx.run(
        "INSERT INTO txn (id, type, status, response_code, source, currency, amount_minor, base_amount_minor, tax_minor,
           shipping_minor, discount_minor, tip_minor, surcharge_minor, processor_id, method, payment_type, customer_id,
           payment_method_id, subscription_id, invoice_id, referenced_id, terminal_id, user_id, order_id, po_number,
           description, ip_address, billing_address_json, shipping_address_json, details_json, response_json,
           created_at, updated_at, service_fee_minor, adjustment_minor, fingerprint)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
           ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?32, ?33, ?34, ?35)",
        params![
            t.id.as_str(),
            t.kind.as_str(),
            t.status.as_str(),
            t.response_code,
            t.source.as_str(),
            a.amount.currency().code(),
            a.amount.minor(),
            a.base.minor(),
            a.tax.minor(),
            a.shipping.minor(),
            a.discount.minor(),
            a.tip.minor(),
            a.surcharge.minor(),
            t.processor_id.as_str(),
            t.method,
            t.instrument.as_ref().map_or("", InstrumentFacts::payment_type),
            t.customer_id.as_ref().map(CustomerId::as_str),
            t.payment_method_id.as_ref().map(PaymentMethodId::as_str),
            t.subscription_id.as_ref().map(SubscriptionId::as_str),
            t.invoice_id.as_ref().map(InvoiceId::as_str),
            t.referenced_id.as_ref().map(TransactionId::as_str),
            t.terminal_id.as_ref().map(TerminalId::as_str),
            t.user_id.as_ref().map_or("", UserId::as_str),
            t.order_id,
            t.po_number,
            t.description,
            t.ip_address,
            t.billing_address_json,
            t.shipping_address_json,
            t.details_json,
            response_text(t)?,
            t.created_at.as_micros(),
            a.service_fee.minor(),
            a.adjustment.minor(),
            t.fingerprint,
        ],
    )?;
    Ok(())
}

/// Writes everything that changes in the life of a transaction.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, transaction: &Transaction) -> Result<()> {
    let t = transaction;
    let a = &t.amounts;
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE txn SET status = ?2, response_code = ?3, amount_minor = ?4, tip_minor = ?5, tax_minor = ?6,
           shipping_minor = ?7, authorized_minor = ?8, captured_minor = ?9, settled_minor = ?10, refunded_minor = ?11,
           order_id = ?12, po_number = ?13, response_json = ?14, captured_at = ?15, settled_at = ?16,
           settlement_batch_id = ?17, updated_at = ?18, ip_address = ?19, details_json = ?20, customer_id = ?21,
           payment_method_id = ?22
         WHERE id = ?1",
        params![
            t.id.as_str(),
            t.status.as_str(),
            t.response_code,
            a.amount.minor(),
            a.tip.minor(),
            a.tax.minor(),
            a.shipping.minor(),
            a.authorized.minor(),
            a.captured.minor(),
            a.settled.minor(),
            a.refunded.minor(),
            t.order_id,
            t.po_number,
            response_text(t)?,
            t.captured_at.map(Timestamp::as_micros),
            t.settled_at.map(Timestamp::as_micros),
            t.settlement_batch_id.as_ref().map(SettlementBatchId::as_str),
            now,
            t.ip_address,
            t.details_json,
            t.customer_id.as_ref().map(CustomerId::as_str),
            t.payment_method_id.as_ref().map(PaymentMethodId::as_str),
        ],
    )?;
    Ok(())
}

/// Names the customer and the payment method that what paid was kept as.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_kept(
    tx: &mut WriteTx<'_>,
    id: &TransactionId,
    customer_id: &CustomerId,
    method_id: &PaymentMethodId,
) -> Result<()> {
    tx.run(
        "UPDATE txn SET customer_id = ?2, payment_method_id = ?3 WHERE id = ?1",
        params![id.as_str(), customer_id.as_str(), method_id.as_str()],
    )?;
    Ok(())
}

/// The transaction with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &TransactionId) -> Result<Option<Transaction>> {
    tx.one("SELECT * FROM txn WHERE id = ?1", [id.as_str()], from_row)
}

/// The transactions of an invoice, oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of_invoice(tx: &ReadTx<'_>, id: &InvoiceId) -> Result<Vec<Transaction>> {
    tx.all("SELECT * FROM txn WHERE invoice_id = ?1 ORDER BY key", [id.as_str()], from_row)
}

/// Declined transactions of an invoice since `since`: the card-testing guard counts them.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn count_declines_of_invoice(tx: &ReadTx<'_>, id: &InvoiceId, since: Timestamp) -> Result<u32> {
    tx.value(
        "SELECT COUNT(*) FROM txn WHERE invoice_id = ?1 AND status = 'declined' AND created_at >= ?2",
        params![id.as_str(), since.as_micros()],
    )
}

/// Transactions of a customer in which money moved, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_moved_of_customer(
    tx: &ReadTx<'_>,
    customer: &CustomerId,
    asked: PageAsked,
) -> Result<Vec<(i64, Transaction)>> {
    tx.all(
        "SELECT * FROM txn WHERE customer_id = ?1 AND key < ?2 AND type <> 'verification'
           AND (captured_at IS NOT NULL OR type IN ('refund', 'credit') AND response_code BETWEEN 100 AND 199)
         ORDER BY key DESC LIMIT ?3",
        params![customer.as_str(), asked.before_key(), asked.probe()],
        |row| from_row(row).map(|transaction| (transaction.key, transaction)),
    )
}

/// The newest transactions, newest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_newest(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<Transaction>> {
    tx.all("SELECT * FROM txn ORDER BY key DESC LIMIT ?1", [limit], from_row)
}

/// Approved transactions that were to be voided at once and are not, at most `limit`; one whose void was refused stays.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_void_wanted(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<TransactionId>> {
    tx.all(
        "SELECT id FROM txn INDEXED BY txn_void_wanted
         WHERE details_json ->> '$.void_on_success' = 1 AND status IN ('authorized', 'pending_settlement') AND key > 0
           AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.txn_id = txn.id AND attempt.operation = 'void'
             AND attempt.state <> 'cancelled')
         ORDER BY key LIMIT ?1",
        [limit],
        |row| Ok(TransactionId::from_stored(row.get(0)?)),
    )
}

/// A processor and currency that have something to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ToSettle {
    pub(crate) processor_id: ProcessorId,
    pub(crate) currency: Currency,
    /// The terminal they came from; `None` for what came from none.
    pub(crate) terminal_id: Option<TerminalId>,
}

/// Who has transactions of `terminal` (or of none) captured before `before` that wait for settlement and for nothing else.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_processors_to_settle(
    tx: &ReadTx<'_>,
    terminal: Option<&TerminalId>,
    before: Timestamp,
) -> Result<Vec<ToSettle>> {
    tx.all(
        "SELECT DISTINCT processor_id, currency FROM txn INDEXED BY txn_to_settle
         WHERE status = 'pending_settlement' AND terminal_id IS ?2 AND captured_at < ?1
           AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.txn_id = txn.id AND attempt.state
             IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review'))
         ORDER BY processor_id, currency",
        params![before.as_micros(), terminal.map(TerminalId::as_str)],
        |row| {
            let processor: String = row.get(0)?;
            let code: String = row.get(1)?;
            let currency = Currency::parse(&code).ok_or_else(|| bad_row("txn", "currency", &processor, &code))?;
            let terminal_id = terminal.cloned();
            Ok(ToSettle { processor_id: ProcessorId::from_stored(processor), currency, terminal_id })
        },
    )
}

/// Transactions of `group` captured before `before` that wait for settlement and for nothing else, at most `limit`.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_to_settle(
    tx: &ReadTx<'_>,
    group: &ToSettle,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<Transaction>> {
    tx.all(
        "SELECT * FROM txn INDEXED BY txn_to_settle
         WHERE status = 'pending_settlement' AND terminal_id IS ?5 AND captured_at < ?2 AND processor_id = ?1
           AND currency = ?3
           AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.txn_id = txn.id AND attempt.state
             IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review'))
         ORDER BY captured_at LIMIT ?4",
        params![
            group.processor_id.as_str(),
            before.as_micros(),
            group.currency.code(),
            limit,
            group.terminal_id.as_ref().map(TerminalId::as_str),
        ],
        from_row,
    )
}

/// The oldest capture of `terminal` (or of none) that waits for settlement and for nothing else: what is being voided cannot settle.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn oldest_settleable(tx: &ReadTx<'_>, terminal: Option<&TerminalId>) -> Result<Option<Timestamp>> {
    let oldest: Option<i64> = tx.value(
        "SELECT MIN(captured_at) FROM txn INDEXED BY txn_to_settle
         WHERE status = 'pending_settlement' AND terminal_id IS ?1
           AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.txn_id = txn.id AND attempt.state
             IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review'))",
        [terminal.map(TerminalId::as_str)],
    )?;
    Ok(oldest.map(Timestamp::from_micros))
}

/// The oldest capture of `terminal` (or of none) that waits for settlement, also where a void of it is under way.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn oldest_to_settle(tx: &ReadTx<'_>, terminal: Option<&TerminalId>) -> Result<Option<Timestamp>> {
    let oldest: Option<i64> = tx.value(
        "SELECT MIN(captured_at) FROM txn INDEXED BY txn_to_settle
         WHERE status = 'pending_settlement' AND terminal_id IS ?1",
        [terminal.map(TerminalId::as_str)],
    )?;
    Ok(oldest.map(Timestamp::from_micros))
}

/// What paid and what was answered, as JSON in `response_json`.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Response {
    instrument: Option<Facts>,
    auth_code: String,
    processor_code: String,
    processor_text: String,
    avs: String,
    cvv: String,
    handle: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Facts {
    Card { brand: String, first_six: String, last_four: String, masked: String, expiration: String, entry_type: String },
    Ach { masked: String, routing_number: String, sec_code: String, account_type: String },
    Terminal { terminal_id: String, description: String, tpn: String },
    Apm { kind: String, redirect_url: String, locale: String, consumer_ref: String },
}

fn response_text(transaction: &Transaction) -> Result<String> {
    let Answer { auth_code, processor_code, processor_text, avs, cvv, handle } = transaction.answer.clone();
    let instrument = transaction.instrument.clone().map(|facts| match facts {
        InstrumentFacts::Card { brand, first_six, last_four, masked, expiration, entry_type } => {
            Facts::Card { brand, first_six, last_four, masked, expiration, entry_type }
        }
        InstrumentFacts::Ach { masked, routing_number, sec_code, account_type } => {
            Facts::Ach { masked, routing_number, sec_code, account_type }
        }
        InstrumentFacts::Terminal { terminal_id, description, tpn } => {
            Facts::Terminal { terminal_id, description, tpn }
        }
        InstrumentFacts::Apm(Apm { kind, redirect_url, locale, consumer_ref }) => {
            Facts::Apm { kind, redirect_url: redirect_url.as_str().to_owned(), locale, consumer_ref }
        }
    });
    let response = Response { instrument, auth_code, processor_code, processor_text, avs, cvv, handle };
    serde_json::to_string(&response).map_err(Error::internal)
}

fn read_response(id: &str, text: &str) -> Result<(Option<InstrumentFacts>, Answer)> {
    let response: Response = serde_json::from_str(text).map_err(|why| bad_row("txn", "response_json", id, why))?;
    let Response { instrument, auth_code, processor_code, processor_text, avs, cvv, handle } = response;
    let facts = instrument.map(|facts| {
        Ok::<_, Error>(match facts {
            Facts::Card { brand, first_six, last_four, masked, expiration, entry_type } => {
                InstrumentFacts::Card { brand, first_six, last_four, masked, expiration, entry_type }
            }
            Facts::Ach { masked, routing_number, sec_code, account_type } => {
                InstrumentFacts::Ach { masked, routing_number, sec_code, account_type }
            }
            Facts::Terminal { terminal_id, description, tpn } => {
                InstrumentFacts::Terminal { terminal_id, description, tpn }
            }
            Facts::Apm { kind, redirect_url, locale, consumer_ref } => {
                let redirect_url = RedirectUrl::parse(&redirect_url)
                    .ok_or_else(|| bad_row("txn", "response_json", id, "redirect_url is no address"))?;
                InstrumentFacts::Apm(Apm { kind, redirect_url, locale, consumer_ref })
            }
        })
    });
    let facts = facts.transpose()?;
    Ok((facts, Answer { auth_code, processor_code, processor_text, avs, cvv, handle }))
}

/// Reads a row of `SELECT * FROM txn`.
pub(super) fn from_row(row: &Row<'_>) -> Result<Transaction> {
    let id: String = row.get("id")?;
    let bad = |column: &str, value: &str| bad_row("txn", column, &id, value);
    let text = |column: &'static str| row.get::<_, String>(column);
    let code = text("currency")?;
    let currency = Currency::parse(&code).ok_or_else(|| bad("currency", &code))?;
    let money = |column: &'static str| -> Result<Money> {
        Money::new(row.get(column)?, currency).map_err(|why| bad(column, &why.to_string()))
    };
    let kind = text("type")?;
    let status = text("status")?;
    let source = text("source")?;
    let (instrument, answer) = read_response(&id, &text("response_json")?)?;
    let optional = |column: &'static str| row.get::<_, Option<String>>(column);
    let instant = |column: &'static str| -> Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
    };
    let user = text("user_id")?;
    Ok(Transaction {
        key: row.get("key")?,
        kind: TransactionType::parse(&kind).ok_or_else(|| bad("type", &kind))?,
        status: TransactionStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        response_code: row.get("response_code")?,
        source: TransactionSource::parse(&source).ok_or_else(|| bad("source", &source))?,
        amounts: Amounts {
            amount: money("amount_minor")?,
            base: money("base_amount_minor")?,
            tax: money("tax_minor")?,
            shipping: money("shipping_minor")?,
            discount: money("discount_minor")?,
            tip: money("tip_minor")?,
            surcharge: money("surcharge_minor")?,
            service_fee: money("service_fee_minor")?,
            adjustment: money("adjustment_minor")?,
            authorized: money("authorized_minor")?,
            captured: money("captured_minor")?,
            settled: money("settled_minor")?,
            refunded: money("refunded_minor")?,
        },
        processor_id: ProcessorId::from_stored(text("processor_id")?),
        method: text("method")?,
        instrument,
        fingerprint: row.get("fingerprint")?,
        answer,
        customer_id: optional("customer_id")?.map(CustomerId::from_stored),
        payment_method_id: optional("payment_method_id")?.map(PaymentMethodId::from_stored),
        subscription_id: optional("subscription_id")?.map(SubscriptionId::from_stored),
        invoice_id: optional("invoice_id")?.map(InvoiceId::from_stored),
        referenced_id: optional("referenced_id")?.map(TransactionId::from_stored),
        terminal_id: optional("terminal_id")?.map(TerminalId::from_stored),
        settlement_batch_id: optional("settlement_batch_id")?.map(SettlementBatchId::from_stored),
        user_id: (!user.is_empty()).then(|| UserId::from_stored(user)),
        order_id: text("order_id")?,
        po_number: text("po_number")?,
        description: text("description")?,
        ip_address: text("ip_address")?,
        billing_address_json: text("billing_address_json")?,
        shipping_address_json: text("shipping_address_json")?,
        details_json: text("details_json")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        captured_at: instant("captured_at")?,
        settled_at: instant("settled_at")?,
        id: TransactionId::from_stored(id),
    })
}
