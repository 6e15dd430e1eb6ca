//! Which prepaid plans customers have.

use std::collections::BTreeMap;

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::currency::Denomination;
use crate::domain::id::{CustomerId, PlanStepId, PrepaidPlanId};
use crate::domain::plan_attachment::{NextPlan, PlanAttachment, PlanCalendar, PlanStatus};
use crate::domain::prepaid_plan::{Cadence, PlanTerms};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// A customer's plan, where there ever was one.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Option<PlanAttachment>> {
    tx.one(
        "SELECT key, customer_id, status, terms_json, next_json, credit, anchor, renewed_months, refilled_months,
           refill_cadence, retry_from, due_at, step_id
         FROM plan_attachment WHERE customer_id = ?1",
        [customer.as_str()],
        from_row,
    )
}

/// Writes a customer's plan.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn put(tx: &mut WriteTx<'_>, attachment: &PlanAttachment) -> Result<()> {
    let next = attachment.next.as_ref().map(|next| match next {
        NextPlan::End => "null".to_owned(),
        NextPlan::Terms(terms) => terms_to_json(terms),
    });
    let calendar = attachment.calendar;
    tx.run(
        "INSERT INTO plan_attachment (customer_id, status, terms_json, next_json, credit, anchor, renewed_months,
           refilled_months, refill_cadence, retry_from, due_at, step_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (customer_id) DO UPDATE SET status = excluded.status, terms_json = excluded.terms_json,
           next_json = excluded.next_json, credit = excluded.credit, anchor = excluded.anchor,
           renewed_months = excluded.renewed_months, refilled_months = excluded.refilled_months,
           refill_cadence = excluded.refill_cadence, retry_from = excluded.retry_from, due_at = excluded.due_at,
           step_id = excluded.step_id",
        params![
            attachment.customer_id.as_str(),
            attachment.status.as_str(),
            attachment.terms.as_ref().map(terms_to_json),
            next,
            attachment.credit,
            calendar.map(|calendar| calendar.anchor.as_micros()),
            calendar.map_or(0, |calendar| calendar.renewed_months),
            calendar.map_or(0, |calendar| calendar.refilled_months),
            calendar.map_or(Cadence::Monthly, |calendar| calendar.refill_cadence).as_str(),
            attachment.retry_from.map(Timestamp::as_micros),
            attachment.due_at.map(Timestamp::as_micros),
            attachment.step_id.as_ref().map(PlanStepId::as_str),
        ],
    )?;
    Ok(())
}

/// Whose plans something is to be done for at `now`, the longest due first.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn list_due(tx: &ReadTx<'_>, now: Timestamp, limit: usize) -> Result<Vec<CustomerId>> {
    tx.all(
        "SELECT customer_id FROM plan_attachment WHERE due_at <= ?1 ORDER BY due_at, key LIMIT ?2",
        params![now.as_micros(), i64::try_from(limit).unwrap_or(i64::MAX)],
        |row| Ok(CustomerId::from_stored(row.get(0)?)),
    )
}

/// When something is to be done for a plan next.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn next_due_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    tx.one("SELECT due_at FROM plan_attachment WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1", [], |row| {
        Ok(Timestamp::from_micros(row.get(0)?))
    })
}

/// `[plan, cadence, [[denomination, amount], …]]`.
pub(super) fn terms_to_json(terms: &PlanTerms) -> String {
    let variable: Vec<(&str, i64)> = terms.variable.iter().map(|(name, amount)| (name.as_str(), *amount)).collect();
    serde_json::json!([terms.plan_id.as_str(), terms.cadence.as_str(), variable]).to_string()
}

/// Reads what [`terms_to_json`] wrote.
pub(super) fn terms_from_json(table: &str, key: i64, text: &str) -> Result<PlanTerms> {
    let bad = || bad_row(table, "terms_json", key, text);
    let (plan_id, cadence, variable): (String, String, Vec<(String, i64)>) =
        serde_json::from_str(text).map_err(|_| bad())?;
    Ok(PlanTerms {
        plan_id: PrepaidPlanId::from_stored(plan_id),
        cadence: Cadence::parse(&cadence).ok_or_else(bad)?,
        variable: units_of(variable).ok_or_else(bad)?,
    })
}

/// Units by denomination, where every name is one.
pub(super) fn units_of(pairs: Vec<(String, i64)>) -> Option<BTreeMap<Denomination, i64>> {
    pairs.into_iter().map(|(name, units)| Some((Denomination::parse(&name)?, units))).collect()
}

fn from_row(row: &Row<'_>) -> Result<PlanAttachment> {
    const TABLE: &str = "plan_attachment";
    let key: i64 = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row(TABLE, column, key, text);
    let (status, refill_cadence): (String, String) = (row.get(2)?, row.get(9)?);
    let terms: Option<String> = row.get(3)?;
    let terms = terms.map(|text| terms_from_json(TABLE, key, &text)).transpose()?;
    let next: Option<String> = row.get(4)?;
    let next = match next.as_deref() {
        None => None,
        Some("null") => Some(NextPlan::End),
        Some(text) => Some(NextPlan::Terms(terms_from_json(TABLE, key, text)?)),
    };
    let instant =
        |at: usize| -> Result<Option<Timestamp>> { Ok(row.get::<_, Option<i64>>(at)?.map(Timestamp::from_micros)) };
    let refill_cadence = Cadence::parse(&refill_cadence).ok_or_else(|| bad("refill_cadence", &refill_cadence))?;
    let (renewed_months, refilled_months) = (row.get(7)?, row.get(8)?);
    let calendar = terms.as_ref().zip(instant(6)?).map(|(terms, anchor)| PlanCalendar {
        anchor,
        cadence: terms.cadence,
        refill_cadence,
        renewed_months,
        refilled_months,
    });
    let step_id: Option<String> = row.get(12)?;
    Ok(PlanAttachment {
        customer_id: CustomerId::from_stored(row.get(1)?),
        status: PlanStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        terms,
        next,
        credit: row.get(5)?,
        calendar,
        retry_from: instant(10)?,
        due_at: instant(11)?,
        step_id: step_id.map(PlanStepId::from_stored),
    })
}
