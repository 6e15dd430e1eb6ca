//! Finding customers by what is known of them; a filter that an index serves is asked of the index first.

use rusqlite::{named_params, params};

use super::ReadTx;
use crate::domain::customer::{CustomerFilter, TextMatch, Wanted};
use crate::domain::id::CustomerId;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Ids of a page, and how many fit in all.
type Found = (Vec<CustomerId>, i64);

/// Customers that an index may leave to be looked at one by one; more than that are found faster by walking.
const CANDIDATES_MAX: u32 = 5_000;
/// So few that no other index is asked.
const FEW: usize = 50;

/// Ids of customers that fit, newest first, from `offset` on, at most `limit`; and how many fit in all.
pub(crate) fn find(tx: &ReadTx<'_>, filter: &CustomerFilter, limit: u32, offset: u32) -> Result<Found> {
    if *filter == CustomerFilter::default() {
        return list(tx, limit, offset);
    }
    let candidates = candidates(tx, filter)?;
    if candidates.is_none()
        && let Some(found) = find_by_one(tx, filter, limit, offset)?
    {
        return Ok(found);
    }
    let CustomerFilter { id, description, address_id, first_name, last_name, company, line_1, line_2, city, .. } =
        filter;
    let CustomerFilter { state, postal_code, country, email, phone, fax, created, updated, .. } = filter;
    let CustomerFilter { payment_method_id, payment_method_type, billing_address_id, shipping_address_id, .. } = filter;
    let of_address = [
        address_id,
        first_name,
        last_name,
        company,
        line_1,
        line_2,
        city,
        state,
        postal_code,
        country,
        email,
        phone,
        fax,
    ];
    let of_method = [payment_method_id, payment_method_type];
    let rows = tx.all(
        FIND,
        named_params! {
            ":candidates": candidates, ":by_update": *created == (None, None) && *updated != (None, None),
            ":created_from": from(created.0), ":created_to": to(created.1),
            ":updated_from": from(updated.0), ":updated_to": to(updated.1),
            ":id": with(id), ":not_id": without(id),
            ":description": with(description), ":not_description": without(description),
            ":billing": with(billing_address_id), ":not_billing": without(billing_address_id),
            ":shipping": with(shipping_address_id), ":not_shipping": without(shipping_address_id),
            ":of_address": of_address.iter().any(|wanted| with(wanted).is_some()),
            ":not_of_address": of_address.iter().any(|wanted| without(wanted).is_some()),
            ":address_id": with(address_id), ":not_address_id": without(address_id),
            ":first_name": with(first_name), ":not_first_name": without(first_name),
            ":last_name": with(last_name), ":not_last_name": without(last_name),
            ":company": with(company), ":not_company": without(company),
            ":line_1": with(line_1), ":not_line_1": without(line_1),
            ":line_2": with(line_2), ":not_line_2": without(line_2),
            ":city": with(city), ":not_city": without(city),
            ":state": with(state), ":not_state": without(state),
            ":postal_code": with(postal_code), ":not_postal_code": without(postal_code),
            ":country": with(country), ":not_country": without(country),
            ":email": with(email), ":not_email": without(email),
            ":phone": with(phone), ":not_phone": without(phone),
            ":fax": with(fax), ":not_fax": without(fax),
            ":of_method": of_method.iter().any(|wanted| with(wanted).is_some()),
            ":not_of_method": of_method.iter().any(|wanted| without(wanted).is_some()),
            ":method_id": with(payment_method_id), ":not_method_id": without(payment_method_id),
            ":method_type": with(payment_method_type), ":not_method_type": without(payment_method_type),
            ":limit": limit, ":offset": offset,
        },
        |row| Ok((row.get::<_, i64>("total")?, row.get::<_, Option<String>>("id")?)),
    )?;
    let total = rows.first().map_or(0, |(total, _)| *total);
    Ok((rows.into_iter().filter_map(|(_, id)| id).map(CustomerId::from_stored).collect(), total))
}

/// All customers, newest first.
fn list(tx: &ReadTx<'_>, limit: u32, offset: u32) -> Result<Found> {
    let ids = tx.all(
        "SELECT id FROM customer WHERE deleted_at IS NULL AND created_at >= ?3
         ORDER BY created_at DESC LIMIT ?1 OFFSET ?2",
        params![limit, offset, i64::MIN],
        |row| Ok(CustomerId::from_stored(row.get(0)?)),
    )?;
    Ok((ids, count_all(tx)?))
}

fn count_all(tx: &ReadTx<'_>) -> Result<i64> {
    tx.value("SELECT COUNT(*) FROM customer WHERE deleted_at IS NULL AND created_at >= ?1", params![i64::MIN])
}

/// The customers that the best index leaves, as a JSON array of ids; `None` where no index leaves few.
fn candidates(tx: &ReadTx<'_>, filter: &CustomerFilter) -> Result<Option<String>> {
    let read = |sql, value: &str| tx.all(sql, params![value, CANDIDATES_MAX + 1], |row| Ok(row.get(0)?));
    let mut fewest: Option<Vec<String>> = None;
    if let Some(id) = with(&filter.id) {
        fewest = Some(vec![id.to_owned()]);
    }
    for Indexed { wanted, list, .. } in indexed(filter) {
        // Ten more would not make the question cheaper than these.
        if fewest.as_ref().is_some_and(|ids| ids.len() <= FEW) {
            break;
        }
        let Some(value) = with(wanted).filter(|value| !value.is_empty()) else { continue };
        let ids: Vec<String> = read(list, value)?;
        let is_few = u32::try_from(ids.len()).is_ok_and(|count| count <= CANDIDATES_MAX);
        if is_few && fewest.as_ref().is_none_or(|known| ids.len() < known.len()) {
            fewest = Some(ids);
        }
    }
    let Some(mut ids) = fewest else { return Ok(None) };
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(serde_json::to_string(&ids).expect("strings always have a JSON form")))
}

/// A part of a customer's record that an index knows.
struct Indexed<'f> {
    /// Its column.
    column: &'static str,
    wanted: &'f Wanted,
    /// Customers that have a value there.
    list: &'static str,
    /// How many they are; "" where only few can be.
    count: &'static str,
}

/// What an index can be asked for, what is most likely to leave few customers first.
fn indexed(filter: &CustomerFilter) -> [Indexed<'_>; 18] {
    macro_rules! text {
        ($field:ident $list:literal, $count:literal) => {
            Indexed { column: stringify!($field), wanted: &filter.$field, list: $list, count: $count }
        };
    }
    [
        text!(address_id "SELECT customer_id FROM address WHERE id = ?1 LIMIT ?2", ""),
        text!(billing_address_id "SELECT customer_id FROM address WHERE id = ?1 LIMIT ?2", ""),
        text!(shipping_address_id "SELECT customer_id FROM address WHERE id = ?1 LIMIT ?2", ""),
        text!(payment_method_id "SELECT customer_id FROM payment_method WHERE id = ?1 AND customer_id IS NOT NULL LIMIT ?2", ""),
        text!(email "SELECT customer_id FROM address WHERE email = ?1 AND email <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE email = ?1 AND email <> ''"),
        text!(phone "SELECT customer_id FROM address WHERE phone = ?1 AND phone <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE phone = ?1 AND phone <> ''"),
        text!(fax "SELECT customer_id FROM address WHERE fax = ?1 AND fax <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE fax = ?1 AND fax <> ''"),
        text!(line_1 "SELECT customer_id FROM address WHERE line_1 = ?1 AND line_1 <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE line_1 = ?1 AND line_1 <> ''"),
        text!(company "SELECT customer_id FROM address WHERE company = ?1 AND company <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE company = ?1 AND company <> ''"),
        text!(postal_code "SELECT customer_id FROM address WHERE postal_code = ?1 AND postal_code <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE postal_code = ?1 AND postal_code <> ''"),
        text!(last_name "SELECT customer_id FROM address WHERE last_name = ?1 AND last_name <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE last_name = ?1 AND last_name <> ''"),
        text!(line_2 "SELECT customer_id FROM address WHERE line_2 = ?1 AND line_2 <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE line_2 = ?1 AND line_2 <> ''"),
        text!(first_name "SELECT customer_id FROM address WHERE first_name = ?1 AND first_name <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE first_name = ?1 AND first_name <> ''"),
        text!(city "SELECT customer_id FROM address WHERE city = ?1 AND city <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE city = ?1 AND city <> ''"),
        text!(state "SELECT customer_id FROM address WHERE state = ?1 AND state <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE state = ?1 AND state <> ''"),
        text!(country "SELECT customer_id FROM address WHERE country = ?1 AND country <> '' LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM address WHERE country = ?1 AND country <> ''"),
        text!(description "SELECT id FROM customer WHERE description = ?1 AND description <> '' LIMIT ?2", ""),
        text!(payment_method_type "SELECT customer_id FROM payment_method WHERE type = ?1 AND customer_id IS NOT NULL LIMIT ?2",
            "SELECT COUNT(DISTINCT customer_id) FROM payment_method WHERE type = ?1"),
    ]
}

/// Where one part alone is named and an index can count it: the page by walking from the newest customer until it is
/// full, the total by the index. Any other filter is [`FIND`]'s, which looks at every customer.
fn find_by_one(tx: &ReadTx<'_>, filter: &CustomerFilter, limit: u32, offset: u32) -> Result<Option<Found>> {
    let parts = indexed(filter);
    let mut named = parts.iter().filter(|part| part.wanted.is_some());
    let (Some(Indexed { column, wanted: Some(wanted), count, .. }), None) = (named.next(), named.next()) else {
        return Ok(None);
    };
    let CustomerFilter { id, created, updated, .. } = filter;
    let is_alone = id.is_none() && *created == (None, None) && *updated == (None, None);
    if count.is_empty() || wanted.value.is_empty() || !is_alone {
        return Ok(None);
    }
    let walked = tx.all(
        "SELECT c.id FROM customer AS c
         WHERE c.deleted_at IS NULL AND c.created_at >= :since
             AND :is_wanted = (EXISTS (SELECT 1 FROM address AS a WHERE a.customer_id = c.id AND :value =
                     CASE :column WHEN 'email' THEN a.email WHEN 'phone' THEN a.phone WHEN 'fax' THEN a.fax
                         WHEN 'line_1' THEN a.line_1 WHEN 'line_2' THEN a.line_2 WHEN 'company' THEN a.company
                         WHEN 'postal_code' THEN a.postal_code WHEN 'last_name' THEN a.last_name
                         WHEN 'first_name' THEN a.first_name WHEN 'city' THEN a.city WHEN 'state' THEN a.state
                         WHEN 'country' THEN a.country END)
                 OR (:column = 'payment_method_type' AND EXISTS (
                     SELECT 1 FROM payment_method AS m WHERE m.customer_id = c.id AND m.type = :value)))
         ORDER BY c.created_at DESC, c.key DESC LIMIT :limit OFFSET :offset",
        named_params! {
            ":since": i64::MIN, ":is_wanted": !wanted.is_excluded, ":value": wanted.value, ":column": column,
            ":limit": limit, ":offset": offset,
        },
        |row| Ok(CustomerId::from_stored(row.get(0)?)),
    )?;
    let having: i64 = tx.value(count, [&wanted.value])?;
    let total = if wanted.is_excluded { count_all(tx)?.saturating_sub(having) } else { having };
    Ok(Some((walked, total)))
}

fn with(wanted: &Wanted) -> Option<&str> {
    wanted.as_ref().filter(|wanted| !wanted.is_excluded).map(value)
}

fn without(wanted: &Wanted) -> Option<&str> {
    wanted.as_ref().filter(|wanted| wanted.is_excluded).map(value)
}

fn value(wanted: &TextMatch) -> &str {
    &wanted.value
}

fn from(instant: Option<Timestamp>) -> i64 {
    instant.map_or(i64::MIN, Timestamp::as_micros)
}

fn to(instant: Option<Timestamp>) -> i64 {
    instant.map_or(i64::MAX, Timestamp::as_micros)
}

/// A customer fits where one address has everything wanted and no address has anything unwanted; so for methods.
/// The default address is the chosen one, else the oldest (`CustomerRecord::default_billing`).
const FIND: &str = "WITH
    candidate AS (
        SELECT key FROM customer
        WHERE :candidates IS NULL AND NOT :by_update
            AND deleted_at IS NULL AND created_at BETWEEN :created_from AND :created_to
        UNION ALL
        SELECT key FROM customer
        WHERE :candidates IS NULL AND :by_update
            AND deleted_at IS NULL AND updated_at BETWEEN :updated_from AND :updated_to
        UNION ALL
        SELECT c.key FROM json_each(:candidates) AS named CROSS JOIN customer AS c ON c.id = named.value
        WHERE c.deleted_at IS NULL AND c.created_at BETWEEN :created_from AND :created_to
    ),
    hit AS MATERIALIZED (
        SELECT c.key, c.id FROM candidate CROSS JOIN customer AS c ON c.key = candidate.key
        WHERE c.updated_at BETWEEN :updated_from AND :updated_to
            AND (:id IS NULL OR c.id = :id) AND c.id IS NOT :not_id
            AND (:description IS NULL OR c.description = :description) AND c.description IS NOT :not_description
            AND (:billing IS NULL OR :billing = COALESCE(c.default_billing_address_id,
                (SELECT a.id FROM address AS a WHERE a.customer_id = c.id ORDER BY a.key LIMIT 1)))
            AND (:not_billing IS NULL OR :not_billing IS NOT COALESCE(c.default_billing_address_id,
                (SELECT a.id FROM address AS a WHERE a.customer_id = c.id ORDER BY a.key LIMIT 1)))
            AND (:shipping IS NULL OR :shipping =
                COALESCE(c.default_shipping_address_id, c.default_billing_address_id,
                (SELECT a.id FROM address AS a WHERE a.customer_id = c.id ORDER BY a.key LIMIT 1)))
            AND (:not_shipping IS NULL OR :not_shipping IS NOT
                COALESCE(c.default_shipping_address_id, c.default_billing_address_id,
                (SELECT a.id FROM address AS a WHERE a.customer_id = c.id ORDER BY a.key LIMIT 1)))
            AND (NOT :of_address OR EXISTS (SELECT 1 FROM address AS a WHERE a.customer_id = c.id
                AND (:address_id IS NULL OR a.id = :address_id)
                AND (:first_name IS NULL OR a.first_name = :first_name)
                AND (:last_name IS NULL OR a.last_name = :last_name)
                AND (:company IS NULL OR a.company = :company)
                AND (:line_1 IS NULL OR a.line_1 = :line_1)
                AND (:line_2 IS NULL OR a.line_2 = :line_2)
                AND (:city IS NULL OR a.city = :city)
                AND (:state IS NULL OR a.state = :state)
                AND (:postal_code IS NULL OR a.postal_code = :postal_code)
                AND (:country IS NULL OR a.country = :country)
                AND (:email IS NULL OR a.email = :email)
                AND (:phone IS NULL OR a.phone = :phone)
                AND (:fax IS NULL OR a.fax = :fax)))
            AND (NOT :not_of_address OR NOT EXISTS (SELECT 1 FROM address AS a WHERE a.customer_id = c.id
                AND (a.id = :not_address_id OR a.first_name = :not_first_name OR a.last_name = :not_last_name
                    OR a.company = :not_company OR a.line_1 = :not_line_1 OR a.line_2 = :not_line_2
                    OR a.city = :not_city OR a.state = :not_state OR a.postal_code = :not_postal_code
                    OR a.country = :not_country OR a.email = :not_email OR a.phone = :not_phone
                    OR a.fax = :not_fax)))
            AND (NOT :of_method OR EXISTS (SELECT 1 FROM payment_method AS m WHERE m.customer_id = c.id
                AND (:method_id IS NULL OR m.id = :method_id) AND (:method_type IS NULL OR m.type = :method_type)))
            AND (NOT :not_of_method OR NOT EXISTS (SELECT 1 FROM payment_method AS m WHERE m.customer_id = c.id
                AND (m.id = :not_method_id OR m.type = :not_method_type)))
    )
    SELECT counted.total, page.id
    FROM (SELECT COUNT(*) AS total FROM hit) AS counted
    LEFT JOIN (SELECT key, id FROM hit ORDER BY key DESC LIMIT :limit OFFSET :offset) AS page
    ORDER BY page.key DESC";
