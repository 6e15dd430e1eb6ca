//! Finding transactions by what is known of them; a filter that an index serves is asked of the index first.

use rusqlite::named_params;
use serde_json::{Value, json};

use super::ReadTx;
use super::transaction::from_row;
use crate::domain::customer::TextMatch;
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;
use crate::domain::transaction::search::{AddressPart, Span, TextField, TransactionFilter};
use crate::error::Result;

/// Texts that an index serves, the most selective first.
const INDEXED: [TextField; 5] = [
    TextField::TransactionId,
    TextField::OrderId,
    TextField::SubscriptionId,
    TextField::CustomerId,
    TextField::SettlementBatchId,
];

/// Transactions that fit, newest first, from `offset` on, at most `limit`; and how many fit in all. With `seen_by`
/// only those that this user made, or nobody.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn find(
    tx: &ReadTx<'_>,
    filter: &TransactionFilter,
    seen_by: Option<&UserId>,
    limit: u32,
    offset: u32,
) -> Result<(Vec<Transaction>, u64)> {
    let indexed = INDEXED.into_iter().find_map(|field| filter.required(field).map(|value| (field, value)));
    let (by, value) = indexed.map_or(("created", ""), |(field, value)| (field.as_str(), value));
    let numbers: Vec<Value> = filter
        .numbers
        .iter()
        .map(|(field, comparison, value)| {
            json!({ "field": field.as_str(), "operator": comparison.as_str(), "value": value })
        })
        .collect();
    let rows = tx.all(
        FIND,
        named_params! {
            ":by": by, ":value": value, ":seen_by": seen_by.map(UserId::as_str),
            ":texts": texts(filter), ":numbers": listed(numbers),
            ":billing": parts(&filter.billing), ":shipping": parts(&filter.shipping),
            ":created_from": from(filter.created), ":created_to": to(filter.created),
            ":updated_from": from(filter.updated), ":updated_to": to(filter.updated),
            ":is_captured": is_asked(filter.captured),
            ":captured_from": from(filter.captured), ":captured_to": to(filter.captured),
            ":is_settled": is_asked(filter.settled),
            ":settled_from": from(filter.settled), ":settled_to": to(filter.settled),
            ":limit": limit, ":offset": offset,
        },
        |row| Ok((row.get::<_, i64>("total")?, row.get::<_, Option<i64>>("key")?)),
    )?;
    let total = rows.first().map_or(0, |(total, _)| *total);
    let keys: Vec<i64> = rows.into_iter().filter_map(|(_, key)| key).collect();
    Ok((list(tx, &keys)?, u64::try_from(total).unwrap_or(0)))
}

fn list(tx: &ReadTx<'_>, keys: &[i64]) -> Result<Vec<Transaction>> {
    tx.all(
        "SELECT * FROM txn WHERE key IN (SELECT value FROM json_each(?1)) ORDER BY key DESC",
        [json!(keys).to_string()],
        from_row,
    )
}

fn texts(filter: &TransactionFilter) -> Option<String> {
    let wanted = |(field, wanted): &(TextField, TextMatch)| row(field.as_str(), wanted);
    listed(filter.texts.iter().map(wanted).collect())
}

fn parts(parts: &[(AddressPart, TextMatch)]) -> Option<String> {
    listed(parts.iter().map(|(part, wanted)| row(&format!("$.{}", part.as_str()), wanted)).collect())
}

fn row(field: &str, wanted: &TextMatch) -> Value {
    json!({ "field": field, "value": wanted.value, "is_excluded": wanted.is_excluded })
}

fn listed(rows: Vec<Value>) -> Option<String> {
    (!rows.is_empty()).then(|| Value::Array(rows).to_string())
}

fn is_asked(span: Span) -> bool {
    span != (None, None)
}

fn from(span: Span) -> i64 {
    span.0.map_or(i64::MIN, Timestamp::as_micros)
}

fn to(span: Span) -> i64 {
    span.1.map_or(i64::MAX, Timestamp::as_micros)
}

/// One of the candidate lists is asked, by its index; the others end at once because `:by` is another.
/// What is wanted comes as JSON rows; a transaction fits where no row is broken. A text that is not there is empty.
const FIND: &str = "WITH
    candidate AS (
        SELECT key FROM txn WHERE :by = 'created' AND created_at BETWEEN :created_from AND :created_to
        UNION ALL SELECT key FROM txn WHERE :by = 'transaction_id' AND id = :value
        UNION ALL SELECT key FROM txn WHERE :by = 'order_id' AND order_id = :value AND order_id <> ''
        UNION ALL SELECT key FROM txn
            WHERE :by = 'subscription_id' AND subscription_id = :value AND subscription_id IS NOT NULL
        UNION ALL SELECT key FROM txn WHERE :by = 'customer_id' AND customer_id = :value
        UNION ALL SELECT key FROM txn
            WHERE :by = 'settlement_batch_id' AND settlement_batch_id = :value AND settlement_batch_id IS NOT NULL
    ),
    hit AS MATERIALIZED (
        SELECT t.key FROM candidate CROSS JOIN txn AS t ON t.key = candidate.key
        WHERE t.created_at BETWEEN :created_from AND :created_to
            AND t.updated_at BETWEEN :updated_from AND :updated_to
            AND (NOT :is_captured OR t.captured_at BETWEEN :captured_from AND :captured_to)
            AND (NOT :is_settled OR t.settled_at BETWEEN :settled_from AND :settled_to)
            AND (:seen_by IS NULL OR t.user_id IN ('', :seen_by))
            AND (:texts IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(:texts) AS w
                WHERE (w.value ->> 'is_excluded') = CASE w.value ->> 'field'
                    WHEN 'transaction_or_order_id' THEN (w.value ->> 'value') IN (t.id, t.order_id)
                    ELSE (w.value ->> 'value') = COALESCE(CASE w.value ->> 'field'
                        WHEN 'transaction_id' THEN t.id
                        WHEN 'order_id' THEN t.order_id
                        WHEN 'customer_id' THEN t.customer_id
                        WHEN 'subscription_id' THEN t.subscription_id
                        WHEN 'settlement_batch_id' THEN t.settlement_batch_id
                        WHEN 'user_id' THEN t.user_id
                        WHEN 'user_name' THEN (SELECT u.username FROM user AS u WHERE u.id = t.user_id)
                        WHEN 'type' THEN t.type
                        WHEN 'status' THEN t.status
                        WHEN 'source' THEN t.source
                        WHEN 'ip_address' THEN t.ip_address
                        WHEN 'po_number' THEN t.po_number
                        WHEN 'payment_method' THEN t.method
                        WHEN 'payment_type' THEN t.payment_type
                        WHEN 'processor_id' THEN t.processor_id
                        WHEN 'processor_name' THEN
                            (SELECT p.name FROM processor AS p WHERE p.id = t.processor_id)
                        WHEN 'terminal_id' THEN t.terminal_id
                        WHEN 'terminal_description' THEN t.response_json ->> '$.instrument.description'
                        WHEN 'currency' THEN t.currency
                        WHEN 'first_six' THEN t.response_json ->> '$.instrument.first_six'
                        WHEN 'last_four' THEN t.response_json ->> '$.instrument.last_four'
                        WHEN 'billing_address_id' THEN t.details_json ->> '$.billing_address_id'
                        WHEN 'shipping_address_id' THEN t.details_json ->> '$.shipping_address_id'
                    END, '')
                END))
            AND (:numbers IS NULL OR NOT EXISTS (SELECT 1 FROM
                (SELECT w.value ->> 'operator' AS operator, w.value ->> 'value' AS value, CASE w.value ->> 'field'
                    WHEN 'amount' THEN t.amount_minor
                    WHEN 'authorized' THEN t.authorized_minor
                    WHEN 'captured' THEN t.captured_minor
                    WHEN 'settled' THEN t.settled_minor
                    WHEN 'tax' THEN t.tax_minor
                END AS stored FROM json_each(:numbers) AS w) AS n
                WHERE NOT CASE n.operator
                    WHEN '=' THEN n.stored = n.value
                    WHEN '!=' THEN n.stored <> n.value
                    WHEN '<' THEN n.stored < n.value
                    WHEN '>' THEN n.stored > n.value
                END))
            AND (:billing IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(:billing) AS w
                WHERE (w.value ->> 'is_excluded') =
                    ((w.value ->> 'value') = COALESCE(t.billing_address_json ->> (w.value ->> 'field'), ''))))
            AND (:shipping IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(:shipping) AS w
                WHERE (w.value ->> 'is_excluded') =
                    ((w.value ->> 'value') = COALESCE(t.shipping_address_json ->> (w.value ->> 'field'), ''))))
    )
    SELECT counted.total, page.key
    FROM (SELECT COUNT(*) AS total FROM hit) AS counted
    LEFT JOIN (SELECT key FROM hit ORDER BY key DESC LIMIT :limit OFFSET :offset) AS page
    ORDER BY page.key DESC";
