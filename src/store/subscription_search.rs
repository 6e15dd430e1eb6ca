//! Finding subscriptions: by customer or plan through their index, else newest first.

use jiff::civil::Date;
use rusqlite::{ToSql, named_params};

use super::ReadTx;
use super::subscription::{from_row, with_adjustments};
use crate::domain::customer::Wanted;
use crate::domain::subscription::{Subscription, SubscriptionFilter};
use crate::error::Result;

const OF_CUSTOMER: Pair = Pair {
    page: "SELECT * FROM subscription
      WHERE customer_id = :customer AND deleted_at IS NULL
        AND (:customer_not IS NULL OR customer_id <> :customer_not)
        AND (:plan IS NULL OR plan_id = :plan) AND (:plan_not IS NULL OR plan_id IS NOT :plan_not)
        AND (:status IS NULL OR status = :status) AND (:status_not IS NULL OR status <> :status_not)
        AND (:next_from IS NULL OR next_bill_date >= :next_from) AND (:next_to IS NULL OR next_bill_date <= :next_to)
        AND (:end_from IS NULL OR expires_on >= :end_from) AND (:end_to IS NULL OR expires_on <= :end_to)
      ORDER BY key DESC LIMIT :limit OFFSET :offset",
    count: "SELECT COUNT(*) FROM subscription
      WHERE customer_id = :customer AND deleted_at IS NULL
        AND (:customer_not IS NULL OR customer_id <> :customer_not)
        AND (:plan IS NULL OR plan_id = :plan) AND (:plan_not IS NULL OR plan_id IS NOT :plan_not)
        AND (:status IS NULL OR status = :status) AND (:status_not IS NULL OR status <> :status_not)
        AND (:next_from IS NULL OR next_bill_date >= :next_from) AND (:next_to IS NULL OR next_bill_date <= :next_to)
        AND (:end_from IS NULL OR expires_on >= :end_from) AND (:end_to IS NULL OR expires_on <= :end_to)
        AND :limit >= 0 AND :offset >= 0",
};

const OF_PLAN: Pair = Pair {
    page: "SELECT * FROM subscription
      WHERE plan_id = :plan AND deleted_at IS NULL
        AND (:customer IS NULL OR customer_id = :customer) AND (:customer_not IS NULL OR customer_id <> :customer_not)
        AND (:plan_not IS NULL OR plan_id IS NOT :plan_not)
        AND (:status IS NULL OR status = :status) AND (:status_not IS NULL OR status <> :status_not)
        AND (:next_from IS NULL OR next_bill_date >= :next_from) AND (:next_to IS NULL OR next_bill_date <= :next_to)
        AND (:end_from IS NULL OR expires_on >= :end_from) AND (:end_to IS NULL OR expires_on <= :end_to)
      ORDER BY key DESC LIMIT :limit OFFSET :offset",
    count: "SELECT COUNT(*) FROM subscription
      WHERE plan_id = :plan AND deleted_at IS NULL
        AND (:customer IS NULL OR customer_id = :customer) AND (:customer_not IS NULL OR customer_id <> :customer_not)
        AND (:plan_not IS NULL OR plan_id IS NOT :plan_not)
        AND (:status IS NULL OR status = :status) AND (:status_not IS NULL OR status <> :status_not)
        AND (:next_from IS NULL OR next_bill_date >= :next_from) AND (:next_to IS NULL OR next_bill_date <= :next_to)
        AND (:end_from IS NULL OR expires_on >= :end_from) AND (:end_to IS NULL OR expires_on <= :end_to)
        AND :limit >= 0 AND :offset >= 0",
};

/// By key, so that a page of the newest is read without looking at the others.
const OF_ALL: Pair = Pair {
    page: "SELECT * FROM subscription
      WHERE key > 0 AND deleted_at IS NULL
        AND (:customer IS NULL OR customer_id = :customer) AND (:customer_not IS NULL OR customer_id <> :customer_not)
        AND (:plan IS NULL OR plan_id = :plan) AND (:plan_not IS NULL OR plan_id IS NOT :plan_not)
        AND (:status IS NULL OR status = :status) AND (:status_not IS NULL OR status <> :status_not)
        AND (:next_from IS NULL OR next_bill_date >= :next_from) AND (:next_to IS NULL OR next_bill_date <= :next_to)
        AND (:end_from IS NULL OR expires_on >= :end_from) AND (:end_to IS NULL OR expires_on <= :end_to)
      ORDER BY key DESC LIMIT :limit OFFSET :offset",
    count: "SELECT COUNT(*) FROM subscription
      WHERE key > 0 AND deleted_at IS NULL
        AND (:customer IS NULL OR customer_id = :customer) AND (:customer_not IS NULL OR customer_id <> :customer_not)
        AND (:plan IS NULL OR plan_id = :plan) AND (:plan_not IS NULL OR plan_id IS NOT :plan_not)
        AND (:status IS NULL OR status = :status) AND (:status_not IS NULL OR status <> :status_not)
        AND (:next_from IS NULL OR next_bill_date >= :next_from) AND (:next_to IS NULL OR next_bill_date <= :next_to)
        AND (:end_from IS NULL OR expires_on >= :end_from) AND (:end_to IS NULL OR expires_on <= :end_to)
        AND :limit >= 0 AND :offset >= 0",
};

/// The same question, for a page and for the number of all; both take the same parameters.
struct Pair {
    page: &'static str,
    count: &'static str,
}

/// Subscriptions that fit, newest first, and how many fit in all.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn search(
    tx: &ReadTx<'_>,
    filter: &SubscriptionFilter,
    limit: u32,
    offset: u32,
) -> Result<(Vec<Subscription>, u64)> {
    let SubscriptionFilter { plan_id, customer_id, status, next_bill_date, expires_on } = filter;
    let pair = match (with(customer_id), with(plan_id)) {
        (Some(_), _) => &OF_CUSTOMER,
        (None, Some(_)) => &OF_PLAN,
        (None, None) => &OF_ALL,
    };
    let (next_from, next_to) = range(next_bill_date);
    let (end_from, end_to) = range(expires_on);
    let (customer, customer_not) = (with(customer_id), without(customer_id));
    let (plan, plan_not) = (with(plan_id), without(plan_id));
    let (status, status_not) = (with(status), without(status));
    let params: &[(&str, &dyn ToSql)] = named_params! {
        ":customer": customer, ":customer_not": customer_not, ":plan": plan, ":plan_not": plan_not,
        ":status": status, ":status_not": status_not, ":next_from": next_from, ":next_to": next_to,
        ":end_from": end_from, ":end_to": end_to, ":limit": limit, ":offset": offset,
    };
    let found = tx.all(pair.page, params, from_row)?;
    let total: i64 = tx.value(pair.count, params)?;
    let found = found.into_iter().map(|subscription| with_adjustments(tx, subscription)).collect::<Result<_>>()?;
    Ok((found, u64::try_from(total).unwrap_or(0)))
}

fn range(dates: &(Option<Date>, Option<Date>)) -> (Option<String>, Option<String>) {
    (dates.0.map(|date| date.to_string()), dates.1.map(|date| date.to_string()))
}

fn with(wanted: &Wanted) -> Option<&str> {
    wanted.as_ref().filter(|wanted| !wanted.is_excluded).map(|wanted| wanted.value.as_str())
}

fn without(wanted: &Wanted) -> Option<&str> {
    wanted.as_ref().filter(|wanted| wanted.is_excluded).map(|wanted| wanted.value.as_str())
}
