//! Prepaid plans with their balances.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::currency::{Currency, Denomination};
use crate::domain::id::PrepaidPlanId;
use crate::domain::page::PageAsked;
use crate::domain::prepaid_plan::{Cadence, PlanBalance, PrepaidPlan};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a plan.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn insert(tx: &mut WriteTx<'_>, plan: &PrepaidPlan) -> Result<()> {
    tx.run(
        "INSERT INTO prepaid_plan (id, name, currency, monthly_price, yearly_price, refill_cadence, flags_json,
           created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            plan.id.as_str(),
            plan.name,
            plan.currency.code(),
            plan.monthly_price,
            plan.yearly_price,
            plan.refill_cadence.as_str(),
            plan.flags_json,
            plan.created_at.as_micros(),
        ],
    )?;
    for balance in &plan.balances {
        tx.run(
            "INSERT INTO prepaid_plan_balance (plan_id, denomination, amount, rollover, variable_unit_price,
               alert_percentage, overage_unit_price)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                plan.id.as_str(),
                balance.denomination.as_str(),
                balance.amount,
                balance.rollover,
                balance.variable_unit_price,
                balance.alert_percentage,
                balance.overage_unit_price,
            ],
        )?;
    }
    Ok(())
}

/// The plan with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &PrepaidPlanId) -> Result<Option<PrepaidPlan>> {
    let found = tx.one(
        "SELECT key, id, name, currency, monthly_price, yearly_price, refill_cadence, flags_json, created_at
         FROM prepaid_plan WHERE id = ?1",
        [id.as_str()],
        from_row,
    )?;
    found.map(|(_, plan)| with_balances(tx, plan)).transpose()
}

/// Plans, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list(tx: &ReadTx<'_>, asked: PageAsked) -> Result<Vec<(i64, PrepaidPlan)>> {
    let found = tx.all(
        "SELECT key, id, name, currency, monthly_price, yearly_price, refill_cadence, flags_json, created_at
         FROM prepaid_plan WHERE key < ?1 ORDER BY key DESC LIMIT ?2",
        params![asked.before_key(), asked.probe()],
        from_row,
    )?;
    found.into_iter().map(|(key, plan)| Ok((key, with_balances(tx, plan)?))).collect()
}

fn with_balances(tx: &ReadTx<'_>, plan: PrepaidPlan) -> Result<PrepaidPlan> {
    let balances = tx.all(
        "SELECT denomination, amount, rollover, variable_unit_price, alert_percentage, overage_unit_price
         FROM prepaid_plan_balance WHERE plan_id = ?1 ORDER BY denomination",
        [plan.id.as_str()],
        |row| {
            let name: String = row.get(0)?;
            let bad = || bad_row("prepaid_plan_balance", "denomination", &plan.id, &name);
            Ok(PlanBalance {
                denomination: Denomination::parse(&name).ok_or_else(bad)?,
                amount: row.get(1)?,
                rollover: row.get(2)?,
                variable_unit_price: row.get(3)?,
                alert_percentage: row.get(4)?,
                overage_unit_price: row.get(5)?,
            })
        },
    )?;
    Ok(PrepaidPlan { balances, ..plan })
}

fn from_row(row: &Row<'_>) -> Result<(i64, PrepaidPlan)> {
    let key = row.get(0)?;
    let bad = |column: &str, text: &str| bad_row("prepaid_plan", column, key, text);
    let (currency, cadence): (String, String) = (row.get(3)?, row.get(6)?);
    let plan = PrepaidPlan {
        id: PrepaidPlanId::from_stored(row.get(1)?),
        name: row.get(2)?,
        currency: Currency::parse(&currency).ok_or_else(|| bad("currency", &currency))?,
        monthly_price: row.get(4)?,
        yearly_price: row.get(5)?,
        refill_cadence: Cadence::parse(&cadence).ok_or_else(|| bad("refill_cadence", &cadence))?,
        balances: Vec::new(),
        flags_json: row.get(7)?,
        created_at: Timestamp::from_micros(row.get(8)?),
    };
    Ok((key, plan))
}
