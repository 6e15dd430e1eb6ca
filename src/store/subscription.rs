//! Subscriptions with their add-ons and discounts. A deleted one stays for its invoices; nobody finds it.

use jiff::civil::Date;
use rusqlite::{Row, params};

use super::adjustment::applied_of;
use super::error::bad_row;
use super::plan::{amount_of, catch_up_of, catch_up_text, rule_of};
use super::{ReadTx, WriteTx, subscription_extras};
use crate::domain::id::{AddressId, CustomerId, InvoiceId, PaymentMethodId, PlanId, SubscriptionId};
use crate::domain::subscription::{Carried, Subscription, SubscriptionStatus};
use crate::domain::time::{Timestamp, parse_date};
use crate::error::Result;

/// Writes a new subscription.
///
/// # Errors
/// `Conflict` where the id is taken.
pub(crate) fn insert(tx: &mut WriteTx<'_>, subscription: &Subscription) -> Result<()> {
    tx.run(
        "INSERT INTO subscription (id, customer_id, amount_minor, currency, frequency, billing_days, billing_interval,
           status, made_on, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
        params![
            subscription.id.as_str(),
            subscription.customer_id.as_str(),
            subscription.amount.minor(),
            subscription.amount.currency().code(),
            subscription.rule.gateway_frequency(),
            subscription.rule.gateway_billing_days(),
            subscription.rule.interval(),
            subscription.status.as_str(),
            subscription.made_on.to_string(),
            subscription.created_at.as_micros(),
        ],
    )?;
    update(tx, subscription)
}

/// Writes everything that can change.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, subscription: &Subscription) -> Result<()> {
    tx.run(
        "UPDATE subscription SET plan_id = ?2, payment_method_id = ?3, billing_address_id = ?4,
           shipping_address_id = ?5, processor_id = ?6, description = ?7, amount_minor = ?8, frequency = ?9,
           billing_days = ?10, billing_interval = ?11, charge_on_day = ?12, duration = ?13, expires_on = ?14,
           catch_up = ?15, updated_at = ?16, extras_json = ?17
         WHERE id = ?1",
        params![
            subscription.id.as_str(),
            subscription.plan_id.as_ref().map(PlanId::as_str),
            subscription.payment_method_id.as_ref().map(PaymentMethodId::as_str),
            subscription.billing_address_id.as_ref().map(AddressId::as_str),
            subscription.shipping_address_id.as_ref().map(AddressId::as_str),
            subscription.processor_id,
            subscription.description,
            subscription.amount.minor(),
            subscription.rule.gateway_frequency(),
            subscription.rule.gateway_billing_days(),
            subscription.rule.interval(),
            subscription.charge_on_day,
            subscription.duration,
            subscription.expires_on.map(|date| date.to_string()),
            catch_up_text(subscription.catch_up),
            subscription.updated_at.as_micros(),
            subscription_extras::text(&subscription.extras)?,
        ],
    )?;
    tx.run("DELETE FROM subscription_adjustment WHERE subscription_id = ?1", [subscription.id.as_str()])?;
    insert_adjustments(tx, subscription)?;
    update_progress(tx, subscription)
}

/// Writes what billing and changes of state move: state, dates, counts, and how often each adjustment is left.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_progress(tx: &mut WriteTx<'_>, subscription: &Subscription) -> Result<()> {
    tx.run(
        "UPDATE subscription SET status = ?2, parked_reason = ?3, made_on = ?4, next_bill_date = ?5, due_at = ?6,
           periods_billed = ?7, updated_at = ?8
         WHERE id = ?1",
        params![
            subscription.id.as_str(),
            subscription.status.as_str(),
            subscription.parked_reason,
            subscription.made_on.to_string(),
            subscription.next_bill_date.map(|date| date.to_string()),
            subscription.due_at.map(Timestamp::as_micros),
            subscription.periods_billed,
            subscription.updated_at.as_micros(),
        ],
    )?;
    for (position, carried) in (0_u32..).zip(&subscription.adjustments) {
        if carried.remaining.is_some() {
            tx.run(
                "UPDATE subscription_adjustment SET remaining = ?3 WHERE subscription_id = ?1 AND position = ?2",
                params![subscription.id.as_str(), position, carried.remaining],
            )?;
        }
    }
    Ok(())
}

/// Takes the subscription out of sight: it is over, and never due again.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &SubscriptionId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE subscription SET deleted_at = ?2, due_at = NULL, updated_at = ?2,
           status = CASE WHEN status IN ('completed', 'stopped') THEN status ELSE 'cancelled' END
         WHERE id = ?1",
        params![id.as_str(), now],
    )?;
    Ok(())
}

/// The subscription with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &SubscriptionId) -> Result<Option<Subscription>> {
    let found = tx.one("SELECT * FROM subscription WHERE id = ?1 AND deleted_at IS NULL", [id.as_str()], from_row)?;
    found.map(|subscription| with_adjustments(tx, subscription)).transpose()
}

/// The subscriptions of a customer, oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of_customer(tx: &ReadTx<'_>, id: &CustomerId) -> Result<Vec<Subscription>> {
    let found = tx.all(
        "SELECT * FROM subscription WHERE customer_id = ?1 AND deleted_at IS NULL ORDER BY key",
        [id.as_str()],
        from_row,
    )?;
    found.into_iter().map(|subscription| with_adjustments(tx, subscription)).collect()
}

/// The ids of subscriptions that are due, the longest due first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_due(tx: &ReadTx<'_>, now: Timestamp, limit: usize) -> Result<Vec<SubscriptionId>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(
        "SELECT id FROM subscription WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at LIMIT ?2",
        params![now.as_micros(), limit],
        |row| Ok(SubscriptionId::from_stored(row.get(0)?)),
    )
}

/// Subscriptions that wait for a person's word, the oldest first: id and why.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_parked(tx: &ReadTx<'_>, limit: u32) -> Result<Vec<(SubscriptionId, String)>> {
    tx.all(
        "SELECT id, parked_reason FROM subscription INDEXED BY subscription_parked
         WHERE key > 0 AND parked_reason IS NOT NULL AND deleted_at IS NULL ORDER BY key LIMIT ?1",
        [limit],
        |row| Ok((SubscriptionId::from_stored(row.get(0)?), row.get(1)?)),
    )
}

/// When the next subscription becomes due.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_due_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    let next: Option<i64> = tx.value("SELECT MIN(due_at) FROM subscription WHERE due_at IS NOT NULL", [])?;
    Ok(next.map(Timestamp::from_micros))
}

/// Whether the period that begins on `date` has its invoice.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn is_period_billed(tx: &ReadTx<'_>, id: &SubscriptionId, date: Date) -> Result<bool> {
    tx.value(
        "SELECT EXISTS (SELECT 1 FROM invoice WHERE subscription_id = ?1 AND period_start = ?2)",
        params![id.as_str(), date.to_string()],
    )
}

/// What stands open of the invoices of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenInvoice {
    /// Its id.
    pub(crate) id: InvoiceId,
    /// When it is charged next by itself.
    pub(crate) collect_at: Option<Timestamp>,
    /// When its first charge was declined.
    pub(crate) first_declined_at: Option<Timestamp>,
    /// Whether it may be charged by itself: not where the money is reserved or comes by mail.
    pub(crate) is_collectable: bool,
}

/// The invoices of a subscription that are not paid, oldest period first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_open_invoices(tx: &ReadTx<'_>, id: &SubscriptionId) -> Result<Vec<OpenInvoice>> {
    tx.all(
        "SELECT id, collect_at, first_declined_at, status NOT IN ('authorized', 'paying_via_mail') FROM invoice
         WHERE subscription_id = ?1 AND deleted_at IS NULL
           AND status IN ('pending', 'partially_paid', 'declined', 'failed', 'past_due', 'authorized', 'paying_via_mail')
         ORDER BY period_start",
        [id.as_str()],
        |row| {
            Ok(OpenInvoice {
                id: InvoiceId::from_stored(row.get(0)?),
                collect_at: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_micros),
                first_declined_at: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_micros),
                is_collectable: row.get(3)?,
            })
        },
    )
}

/// Plans the next automatic charge of an invoice; `None` is no more.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_collect_at(tx: &mut WriteTx<'_>, id: &InvoiceId, collect_at: Option<Timestamp>) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE invoice SET collect_at = ?2, updated_at = ?3 WHERE id = ?1",
        params![id.as_str(), collect_at.map(Timestamp::as_micros), now],
    )?;
    Ok(())
}

/// When the newest charge for a subscription was made.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn newest_charge_at(tx: &ReadTx<'_>, id: &SubscriptionId) -> Result<Option<Timestamp>> {
    tx.one("SELECT created_at FROM txn WHERE subscription_id = ?1 ORDER BY key DESC LIMIT 1", [id.as_str()], |row| {
        Ok(Timestamp::from_micros(row.get(0)?))
    })
}

fn insert_adjustments(tx: &mut WriteTx<'_>, subscription: &Subscription) -> Result<()> {
    for (position, carried) in (0_u32..).zip(&subscription.adjustments) {
        let applied = &carried.applied;
        tx.run(
            "INSERT INTO subscription_adjustment (subscription_id, position, kind, adjustment_id, name, description,
               amount_minor, percentage, duration, remaining)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                subscription.id.as_str(),
                position,
                applied.kind.as_str(),
                applied.adjustment_id.as_str(),
                applied.name,
                applied.description,
                applied.worth.amount_minor(),
                applied.worth.percentage(),
                applied.duration,
                carried.remaining,
            ],
        )?;
    }
    Ok(())
}

/// Adds what the table of adjustments holds.
pub(in crate::store) fn with_adjustments(tx: &ReadTx<'_>, subscription: Subscription) -> Result<Subscription> {
    let id = subscription.id.as_str();
    let adjustments: Vec<Carried> =
        tx.all("SELECT * FROM subscription_adjustment WHERE subscription_id = ?1 ORDER BY position", [id], |row| {
            let applied = applied_of(row, "subscription_adjustment", id)?;
            Ok(Carried { applied, remaining: row.get("remaining")? })
        })?;
    Ok(Subscription { adjustments, ..subscription })
}

/// A row of the table, without its adjustments.
pub(in crate::store) fn from_row(row: &Row<'_>) -> Result<Subscription> {
    let id: String = row.get("id")?;
    let status: String = row.get("status")?;
    let extras: String = row.get("extras_json")?;
    Ok(Subscription {
        plan_id: row.get::<_, Option<String>>("plan_id")?.map(PlanId::from_stored),
        customer_id: CustomerId::from_stored(row.get("customer_id")?),
        payment_method_id: row.get::<_, Option<String>>("payment_method_id")?.map(PaymentMethodId::from_stored),
        billing_address_id: row.get::<_, Option<String>>("billing_address_id")?.map(AddressId::from_stored),
        shipping_address_id: row.get::<_, Option<String>>("shipping_address_id")?.map(AddressId::from_stored),
        processor_id: row.get("processor_id")?,
        description: row.get("description")?,
        amount: amount_of(row, "subscription", &id)?,
        rule: rule_of(row, "subscription", &id)?,
        charge_on_day: row.get("charge_on_day")?,
        duration: row.get("duration")?,
        expires_on: date_of(row, "expires_on", &id)?,
        extras: subscription_extras::read(&extras).map_err(|why| bad_row("subscription", "extras_json", &id, why))?,
        catch_up: catch_up_of(row, "subscription", &id)?,
        status: SubscriptionStatus::parse(&status).ok_or_else(|| bad_row("subscription", "status", &id, status))?,
        parked_reason: row.get("parked_reason")?,
        made_on: date_of(row, "made_on", &id)?.unwrap_or_default(),
        next_bill_date: date_of(row, "next_bill_date", &id)?,
        due_at: row.get::<_, Option<i64>>("due_at")?.map(Timestamp::from_micros),
        periods_billed: row.get("periods_billed")?,
        adjustments: Vec::new(),
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: SubscriptionId::from_stored(id),
    })
}

fn date_of(row: &Row<'_>, column: &str, id: &str) -> Result<Option<Date>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| parse_date(&text).ok_or_else(|| bad_row("subscription", column, id, text))).transpose()
}
