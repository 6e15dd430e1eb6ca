//! Finding transactions by what is known of them; a filter that an index serves is asked of the index first.

use rusqlite::named_params;
use serde_json::{Value, json};

use super::ReadTx;
use super::transaction::from_row;
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::domain::transaction::Transaction;
use crate::domain::transaction::search::{
    AddressPart, Comparison, NumberField, Span, TextField, TextWanted, TransactionFilter, required,
};
use crate::error::Result;

/// Texts that an index serves, the most selective first.
const INDEXED: [TextField; 12] = [
    TextField::TransactionId,
    TextField::TransactionOrOrderId,
    TextField::OrderId,
    TextField::PoNumber,
    TextField::SubscriptionId,
    TextField::CustomerId,
    TextField::Fingerprint,
    TextField::BillingAddressId,
    TextField::ShippingAddressId,
    TextField::IpAddress,
    TextField::LastFour,
    TextField::SettlementBatchId,
];

/// Parts of an address that an index serves, the most selective first.
const INDEXED_PARTS: [AddressPart; 9] = [
    AddressPart::Email,
    AddressPart::Phone,
    AddressPart::Fax,
    AddressPart::Line1,
    AddressPart::Company,
    AddressPart::LastName,
    AddressPart::PostalCode,
    AddressPart::City,
    AddressPart::FirstName,
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
    if filter.is_open() && seen_by.is_none() {
        return newest(tx, filter.created, limit, offset);
    }
    let (by, value) = first_asked(filter);
    let amount = filter.numbers.iter().find_map(|(field, comparison, minor)| {
        (*field == NumberField::Amount && *comparison == Comparison::Equal).then_some(*minor)
    });
    let (by, amount) = match amount {
        Some(minor) if by.is_empty() || by == "status" => ("amount".to_owned(), minor),
        _ if by.is_empty() => (by_date(filter).to_owned(), 0),
        _ => (by, 0),
    };
    let numbers: Vec<Value> = filter
        .numbers
        .iter()
        .map(|(field, comparison, value)| {
            json!({ "field": field.as_str(), "operator": comparison.as_str(), "value": value })
        })
        .collect();
    let custom: Vec<Value> = filter.custom.iter().map(|(id, wanted)| row(id, wanted)).collect();
    let rows = tx.all(
        FIND,
        named_params! {
            ":by": by, ":value": value, ":amount": amount, ":seen_by": seen_by.map(UserId::as_str),
            ":texts": texts(filter), ":numbers": listed(numbers), ":custom": listed(custom),
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

/// All that were made in a span: nothing but the index of instants is read to count them.
fn newest(tx: &ReadTx<'_>, made: Span, limit: u32, offset: u32) -> Result<(Vec<Transaction>, u64)> {
    let total: i64 = tx.value("SELECT COUNT(*) FROM txn WHERE created_at BETWEEN ?1 AND ?2", (from(made), to(made)))?;
    let keys = tx.all(
        "SELECT key FROM txn WHERE created_at BETWEEN ?1 AND ?2 ORDER BY created_at DESC, key DESC LIMIT ?3 OFFSET ?4",
        (from(made), to(made), limit, offset),
        |row| Ok(row.get::<_, i64>(0)?),
    )?;
    Ok((list(tx, &keys)?, u64::try_from(total).unwrap_or(0)))
}

/// The list of candidates that a text asks for, and the text; "" where none does.
fn first_asked(filter: &TransactionFilter) -> (String, &str) {
    let text = INDEXED.into_iter().find_map(|field| Some((field.as_str().to_owned(), filter.required(field)?)));
    let part = |side: &'static str, wanted: &'_ [(AddressPart, TextWanted)]| {
        let found = INDEXED_PARTS.into_iter().find(|part| required(wanted, *part).is_some())?;
        Some((format!("{side}.{}", found.as_str()), found))
    };
    if let Some(found) = text {
        return found;
    }
    if let Some((by, field)) = part("billing", &filter.billing) {
        return (by, required(&filter.billing, field).unwrap_or_default());
    }
    match part("shipping", &filter.shipping) {
        Some((by, field)) => (by, required(&filter.shipping, field).unwrap_or_default()),
        None => match filter.required(TextField::Status).filter(|status| *status != "settled") {
            Some(status) => ("status".to_owned(), status),
            None => (String::new(), ""),
        },
    }
}

/// The list of candidates by the first date that the filter names.
fn by_date(filter: &TransactionFilter) -> &'static str {
    let spans = [
        ("created", filter.created),
        ("captured", filter.captured),
        ("settled", filter.settled),
        ("updated", filter.updated),
    ];
    spans.into_iter().find(|(_, span)| is_asked(*span)).map_or("created", |(name, _)| name)
}

fn list(tx: &ReadTx<'_>, keys: &[i64]) -> Result<Vec<Transaction>> {
    tx.all(
        "SELECT * FROM txn WHERE key IN (SELECT value FROM json_each(?1)) ORDER BY key DESC",
        [json!(keys).to_string()],
        from_row,
    )
}

fn texts(filter: &TransactionFilter) -> Option<String> {
    let wanted = |(field, wanted): &(TextField, TextWanted)| row(field.as_str(), wanted);
    listed(filter.texts.iter().map(wanted).collect())
}

fn parts(parts: &[(AddressPart, TextWanted)]) -> Option<String> {
    listed(parts.iter().map(|(part, wanted)| row(&format!("$.{}", part.as_str()), wanted)).collect())
}

fn row(field: &str, wanted: &TextWanted) -> Value {
    json!({ "field": field, "value": wanted.value, "operator": wanted.comparison.as_str() })
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
        UNION ALL SELECT key FROM txn WHERE :by = 'transaction_or_order_id' AND id = :value
        UNION ALL SELECT key FROM txn WHERE :by = 'transaction_or_order_id' AND order_id = :value AND order_id <> '' AND id <> :value
        UNION ALL SELECT key FROM txn WHERE :by = 'po_number' AND po_number = :value AND po_number <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'ip_address' AND ip_address = :value AND ip_address <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'subscription_id' AND subscription_id = :value AND subscription_id IS NOT NULL
        UNION ALL SELECT key FROM txn WHERE :by = 'customer_id' AND customer_id = :value
        UNION ALL SELECT key FROM txn WHERE :by = 'settlement_batch_id' AND settlement_batch_id = :value AND settlement_batch_id IS NOT NULL
        UNION ALL SELECT key FROM txn WHERE :by = 'fingerprint' AND fingerprint = unhex(:value) AND fingerprint IS NOT NULL
        UNION ALL SELECT key FROM txn WHERE :by = 'last_four' AND response_json ->> '$.instrument.last_four' = :value AND response_json ->> '$.instrument.last_four' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing_address_id' AND details_json ->> '$.billing_address_id' = :value AND details_json ->> '$.billing_address_id' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.first_name' AND billing_address_json ->> '$.first_name' = :value AND billing_address_json ->> '$.first_name' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.last_name' AND billing_address_json ->> '$.last_name' = :value AND billing_address_json ->> '$.last_name' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.company' AND billing_address_json ->> '$.company' = :value AND billing_address_json ->> '$.company' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.address_line_1' AND billing_address_json ->> '$.address_line_1' = :value AND billing_address_json ->> '$.address_line_1' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.postal_code' AND billing_address_json ->> '$.postal_code' = :value AND billing_address_json ->> '$.postal_code' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.city' AND billing_address_json ->> '$.city' = :value AND billing_address_json ->> '$.city' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.email' AND billing_address_json ->> '$.email' = :value AND billing_address_json ->> '$.email' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.phone' AND billing_address_json ->> '$.phone' = :value AND billing_address_json ->> '$.phone' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'billing.fax' AND billing_address_json ->> '$.fax' = :value AND billing_address_json ->> '$.fax' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping_address_id' AND details_json ->> '$.shipping_address_id' = :value AND details_json ->> '$.shipping_address_id' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.first_name' AND shipping_address_json ->> '$.first_name' = :value AND shipping_address_json ->> '$.first_name' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.last_name' AND shipping_address_json ->> '$.last_name' = :value AND shipping_address_json ->> '$.last_name' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.company' AND shipping_address_json ->> '$.company' = :value AND shipping_address_json ->> '$.company' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.address_line_1' AND shipping_address_json ->> '$.address_line_1' = :value AND shipping_address_json ->> '$.address_line_1' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.postal_code' AND shipping_address_json ->> '$.postal_code' = :value AND shipping_address_json ->> '$.postal_code' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.city' AND shipping_address_json ->> '$.city' = :value AND shipping_address_json ->> '$.city' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.email' AND shipping_address_json ->> '$.email' = :value AND shipping_address_json ->> '$.email' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.phone' AND shipping_address_json ->> '$.phone' = :value AND shipping_address_json ->> '$.phone' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'shipping.fax' AND shipping_address_json ->> '$.fax' = :value AND shipping_address_json ->> '$.fax' <> ''
        UNION ALL SELECT key FROM txn WHERE :by = 'status' AND status = :value AND status <> 'settled'
        UNION ALL SELECT key FROM txn WHERE :by = 'amount' AND amount_minor = :amount
        UNION ALL SELECT key FROM txn WHERE :by = 'captured' AND captured_at BETWEEN :captured_from AND :captured_to AND captured_at IS NOT NULL
        UNION ALL SELECT key FROM txn WHERE :by = 'settled' AND settled_at BETWEEN :settled_from AND :settled_to AND settled_at IS NOT NULL
        UNION ALL SELECT key FROM txn WHERE :by = 'updated' AND updated_at BETWEEN :updated_from AND :updated_to
    ),
    hit AS MATERIALIZED (
        SELECT t.key FROM candidate CROSS JOIN txn AS t ON t.key = candidate.key
        WHERE t.created_at BETWEEN :created_from AND :created_to
            AND t.updated_at BETWEEN :updated_from AND :updated_to
            AND (NOT :is_captured OR t.captured_at BETWEEN :captured_from AND :captured_to)
            AND (NOT :is_settled OR t.settled_at BETWEEN :settled_from AND :settled_to)
            AND (:seen_by IS NULL OR t.user_id IN ('', :seen_by))
            AND (:texts IS NULL OR NOT EXISTS (SELECT 1 FROM
                (SELECT w.value ->> 'operator' AS operator, w.value ->> 'value' AS value, COALESCE(CASE w.value ->> 'field'
                    WHEN 'transaction_or_order_id' THEN
                        CASE WHEN CASE w.value ->> 'operator'
                            WHEN '%' THEN t.order_id LIKE (w.value ->> 'value') ESCAPE '!'
                            ELSE t.order_id = (w.value ->> 'value')
                        END THEN t.order_id ELSE t.id END
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
                    WHEN 'fingerprint' THEN hex(t.fingerprint)
                    WHEN 'last_four' THEN t.response_json ->> '$.instrument.last_four'
                    WHEN 'billing_address_id' THEN t.details_json ->> '$.billing_address_id'
                    WHEN 'shipping_address_id' THEN t.details_json ->> '$.shipping_address_id'
                END, '') AS stored FROM json_each(:texts) AS w) AS n
                WHERE NOT CASE n.operator
                    WHEN '=' THEN n.stored = n.value
                    WHEN '!=' THEN n.stored <> n.value
                    ELSE n.stored LIKE n.value ESCAPE '!'
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
            AND (:custom IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(:custom) AS w
                WHERE (w.value ->> 'operator' = '!=') = EXISTS (
                    SELECT 1 FROM json_each(t.details_json, '$.custom_fields') AS field, json_each(field.value) AS given
                    WHERE field.key = (w.value ->> 'field')
                        AND CASE w.value ->> 'operator'
                            WHEN '%' THEN given.value LIKE (w.value ->> 'value') ESCAPE '!'
                            ELSE given.value = (w.value ->> 'value')
                        END)))
            AND (:billing IS NULL OR NOT EXISTS (SELECT 1 FROM
                (SELECT w.value ->> 'operator' AS operator, w.value ->> 'value' AS value,
                    COALESCE(t.billing_address_json ->> (w.value ->> 'field'), '') AS stored
                    FROM json_each(:billing) AS w) AS n
                WHERE NOT CASE n.operator
                    WHEN '=' THEN n.stored = n.value
                    WHEN '!=' THEN n.stored <> n.value
                    ELSE n.stored LIKE n.value ESCAPE '!'
                END))
            AND (:shipping IS NULL OR NOT EXISTS (SELECT 1 FROM
                (SELECT w.value ->> 'operator' AS operator, w.value ->> 'value' AS value,
                    COALESCE(t.shipping_address_json ->> (w.value ->> 'field'), '') AS stored
                    FROM json_each(:shipping) AS w) AS n
                WHERE NOT CASE n.operator
                    WHEN '=' THEN n.stored = n.value
                    WHEN '!=' THEN n.stored <> n.value
                    ELSE n.stored LIKE n.value ESCAPE '!'
                END))
    )
    SELECT counted.total, page.key
    FROM (SELECT COUNT(*) AS total FROM hit) AS counted
    LEFT JOIN (SELECT key FROM hit ORDER BY key DESC LIMIT :limit OFFSET :offset) AS page
    ORDER BY page.key DESC";
