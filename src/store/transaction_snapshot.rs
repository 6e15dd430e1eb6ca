//! A transaction as JSON, as events keep it: what it was at that moment, whatever becomes of it.

use rusqlite::params;
use serde_json::Value;

use super::ReadTx;
use super::error::bad_row;
use super::transaction::from_row;
use crate::domain::id::TransactionId;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};

/// The instants of a transaction: microseconds in the file, RFC 3339 in a snapshot.
const INSTANTS: [&str; 4] = ["created_at", "updated_at", "captured_at", "settled_at"];

/// The transaction as it is in the file now. Amounts are minor units.
///
/// # Errors
/// `NotFound`; whatever the file refuses.
pub(crate) fn take(tx: &ReadTx<'_>, id: &TransactionId) -> Result<Value> {
    let text: Option<String> = tx.one(
        "SELECT json_object('key', key, 'id', id, 'type', type, 'status', status, 'response_code', response_code,
           'source', source, 'currency', currency, 'amount', amount_minor, 'base_amount', base_amount_minor,
           'tax', tax_minor, 'shipping', shipping_minor, 'discount', discount_minor, 'tip', tip_minor,
           'surcharge', surcharge_minor, 'service_fee', service_fee_minor, 'adjustment', adjustment_minor, 'authorized', authorized_minor,
           'captured', captured_minor, 'settled', settled_minor, 'refunded', refunded_minor,
           'processor_id', processor_id, 'method', method, 'customer_id', customer_id,
           'payment_method_id', payment_method_id, 'subscription_id', subscription_id, 'invoice_id', invoice_id,
           'referenced_id', referenced_id, 'terminal_id', terminal_id, 'settlement_batch_id', settlement_batch_id,
           'user_id', user_id, 'order_id', order_id, 'po_number', po_number, 'description', description,
           'ip_address', ip_address, 'billing_address', json(billing_address_json),
           'shipping_address', json(shipping_address_json), 'details', json(details_json),
           'response', json(response_json), 'created_at', created_at, 'updated_at', updated_at,
           'captured_at', captured_at, 'settled_at', settled_at)
         FROM txn WHERE id = ?1",
        [id.as_str()],
        |row| Ok(row.get(0)?),
    )?;
    let text = text.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    let mut snapshot: Value = serde_json::from_str(&text).map_err(Error::internal)?;
    for name in INSTANTS {
        let micros = snapshot.get(name).and_then(Value::as_i64);
        if let (Some(field), Some(micros)) = (snapshot.get_mut(name), micros) {
            *field = Value::String(Timestamp::from_micros(micros).to_string());
        }
    }
    Ok(snapshot)
}

/// Reads what [`take`] wrote.
///
/// # Errors
/// A snapshot that breaks a rule.
pub(crate) fn read(tx: &ReadTx<'_>, snapshot: &Value) -> Result<Transaction> {
    let id = snapshot.get("id").and_then(Value::as_str).unwrap_or("?");
    let instant = |name: &str| -> Result<Option<i64>> {
        let Some(text) = snapshot.get(name).and_then(Value::as_str) else { return Ok(None) };
        let at = Timestamp::parse_rfc3339(text).ok_or_else(|| bad_row("event", "data_json", id, name))?;
        Ok(Some(at.as_micros()))
    };
    let [created_at, updated_at, captured_at, settled_at] = INSTANTS.map(instant);
    let found = tx.one(
        "SELECT s ->> 'key' AS key, s ->> 'id' AS id, s ->> 'type' AS type, s ->> 'status' AS status,
           s ->> 'response_code' AS response_code, s ->> 'source' AS source, s ->> 'currency' AS currency,
           s ->> 'amount' AS amount_minor, s ->> 'base_amount' AS base_amount_minor, s ->> 'tax' AS tax_minor,
           s ->> 'shipping' AS shipping_minor, s ->> 'discount' AS discount_minor, s ->> 'tip' AS tip_minor,
           s ->> 'surcharge' AS surcharge_minor, s ->> 'service_fee' AS service_fee_minor,
           s ->> 'adjustment' AS adjustment_minor,
           s ->> 'authorized' AS authorized_minor, s ->> 'captured' AS captured_minor,
           s ->> 'settled' AS settled_minor, s ->> 'refunded' AS refunded_minor,
           s ->> 'processor_id' AS processor_id, s ->> 'method' AS method, s ->> 'customer_id' AS customer_id,
           s ->> 'payment_method_id' AS payment_method_id, s ->> 'subscription_id' AS subscription_id,
           s ->> 'invoice_id' AS invoice_id, s ->> 'referenced_id' AS referenced_id,
           s ->> 'terminal_id' AS terminal_id, s ->> 'settlement_batch_id' AS settlement_batch_id,
           s ->> 'user_id' AS user_id, s ->> 'order_id' AS order_id, s ->> 'po_number' AS po_number,
           s ->> 'description' AS description, s ->> 'ip_address' AS ip_address,
           s -> 'billing_address' AS billing_address_json, s -> 'shipping_address' AS shipping_address_json,
           s -> 'details' AS details_json, s -> 'response' AS response_json, ?2 AS created_at, ?3 AS updated_at,
           ?4 AS captured_at, ?5 AS settled_at, NULL AS fingerprint
         FROM (SELECT ?1 AS s)",
        params![snapshot.to_string(), created_at?, updated_at?, captured_at?, settled_at?],
        from_row,
    )?;
    found.ok_or_else(|| bad_row("event", "data_json", id, "no snapshot"))
}
