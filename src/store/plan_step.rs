//! Steps in the life of customers' plans, and what each did to balances.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::plan_attachment::{terms_from_json, terms_to_json, units_of};
use super::{ReadTx, WriteTx};
use crate::domain::currency::{Currency, Denomination};
use crate::domain::id::{CustomerId, PlanStepId};
use crate::domain::plan_change::{Span, WorkingKind, WorkingLine};
use crate::domain::plan_step::{Bill, PlanStep, StepKind, StepStatus};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Writes a step; one that is there is billed anew.
///
/// # Errors
/// `Conflict` where the period's end has another step.
pub(crate) fn put(tx: &mut WriteTx<'_>, step: &PlanStep) -> Result<()> {
    let now = tx.now().as_micros();
    let Bill { price, overage, credit_used, charge } = step.bill;
    let paid: Vec<(&str, i64)> = step.paid.iter().map(|(name, units)| (name.as_str(), *units)).collect();
    tx.run(
        "INSERT INTO plan_step (id, customer_id, kind, due_at, terms_json, price, overage, credit_used, charge,
           currency, paid_json, status, created_at, updated_at, working_json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (id) DO UPDATE SET terms_json = excluded.terms_json, price = excluded.price,
           overage = excluded.overage, credit_used = excluded.credit_used, charge = excluded.charge,
           currency = excluded.currency, paid_json = excluded.paid_json, status = excluded.status,
           updated_at = excluded.updated_at, working_json = excluded.working_json",
        params![
            step.id.as_str(),
            step.customer_id.as_str(),
            step.kind.as_str(),
            step.due_at.map(Timestamp::as_micros),
            step.terms.as_ref().map(terms_to_json),
            price,
            overage,
            credit_used,
            charge,
            step.currency.code(),
            serde_json::json!(paid).to_string(),
            step.status.as_str(),
            step.created_at.as_micros(),
            now,
            working_to_json(&step.working),
        ],
    )?;
    Ok(())
}

/// The step with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &PlanStepId) -> Result<Option<PlanStep>> {
    tx.one(
        "SELECT key, id, customer_id, kind, due_at, terms_json, price, overage, credit_used, charge, paid_json, status,
           created_at, currency, working_json
         FROM plan_step WHERE id = ?1",
        [id.as_str()],
        from_row,
    )
}

/// The step of a customer's period that ends at `due_at`.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch_at(tx: &ReadTx<'_>, customer: &CustomerId, due_at: Timestamp) -> Result<Option<PlanStep>> {
    tx.one(
        "SELECT key, id, customer_id, kind, due_at, terms_json, price, overage, credit_used, charge, paid_json, status,
           created_at, currency, working_json
         FROM plan_step WHERE customer_id = ?1 AND due_at = ?2",
        params![customer.as_str(), due_at.as_micros()],
        from_row,
    )
}

/// What a step did to one balance.
pub(crate) struct Granted<'a> {
    pub(crate) denomination: &'a Denomination,
    pub(crate) granted: i64,
    pub(crate) lapsed: i64,
    pub(crate) moved: i64,
}

/// Notes what a step did to a balance.
///
/// # Errors
/// `Conflict` where it is noted already.
pub(crate) fn insert_grant(tx: &mut WriteTx<'_>, step: &PlanStep, grant: &Granted<'_>) -> Result<()> {
    tx.run(
        "INSERT INTO plan_grant (step_id, customer_id, denomination, granted, lapsed, moved)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            step.id.as_str(),
            step.customer_id.as_str(),
            grant.denomination.as_str(),
            grant.granted,
            grant.lapsed,
            grant.moved,
        ],
    )?;
    Ok(())
}

fn working_to_json(working: &[WorkingLine]) -> String {
    let lines = working.iter().map(|line| {
        let WorkingLine { kind, denomination, old, new, span: Span { remaining_s, total_s }, prorated, applied } = line;
        serde_json::json!([kind.as_str(), denomination.as_str(), old, new, remaining_s, total_s, prorated, applied])
    });
    serde_json::Value::Array(lines.collect()).to_string()
}

fn working_of_json(text: &str) -> Option<Vec<WorkingLine>> {
    type Line = (String, String, i64, i64, i64, i64, i64, i64);
    let lines: Vec<Line> = serde_json::from_str(text).ok()?;
    let line = |(kind, denomination, old, new, remaining_s, total_s, prorated, applied): Line| {
        let (kind, denomination) = (WorkingKind::parse(&kind)?, Denomination::parse(&denomination)?);
        Some(WorkingLine { kind, denomination, old, new, span: Span { remaining_s, total_s }, prorated, applied })
    };
    lines.into_iter().map(line).collect()
}

fn from_row(row: &Row<'_>) -> Result<PlanStep> {
    const TABLE: &str = "plan_step";
    let key: i64 = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row(TABLE, column, key, text);
    let (kind, paid, status): (String, String, String) = (row.get(3)?, row.get(10)?, row.get(11)?);
    let terms: Option<String> = row.get(5)?;
    let currency: String = row.get(13)?;
    let pairs: Option<Vec<(String, i64)>> = serde_json::from_str(&paid).ok();
    let working: String = row.get(14)?;
    Ok(PlanStep {
        id: PlanStepId::from_stored(row.get(1)?),
        customer_id: CustomerId::from_stored(row.get(2)?),
        kind: StepKind::parse(&kind).ok_or_else(|| bad("kind", &kind))?,
        due_at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_micros),
        terms: terms.map(|text| terms_from_json(TABLE, key, &text)).transpose()?,
        currency: Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?,
        bill: Bill { price: row.get(6)?, overage: row.get(7)?, credit_used: row.get(8)?, charge: row.get(9)? },
        paid: pairs.and_then(units_of).ok_or_else(|| bad("paid_json", &paid))?,
        working: working_of_json(&working).ok_or_else(|| bad("working_json", &working))?,
        status: StepStatus::parse(&status).ok_or_else(|| bad("status", &status))?,
        created_at: Timestamp::from_micros(row.get(12)?),
    })
}
