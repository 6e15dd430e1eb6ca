//! Plans with their add-ons and discounts. A deleted plan stays for the subscriptions that ended; nobody finds it.

use rusqlite::{Row, params};

use super::adjustment::applied_of;
use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::adjustment::Applied;
use crate::domain::currency::Currency;
use crate::domain::id::PlanId;
use crate::domain::money::Money;
use crate::domain::plan::Plan;
use crate::domain::recurring::catch_up::CatchUp;
use crate::domain::recurring::schedule::BillingRule;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Writes a new plan.
///
/// # Errors
/// `Conflict` where the id is taken.
pub(crate) fn insert(tx: &mut WriteTx<'_>, plan: &Plan) -> Result<()> {
    tx.run(
        "INSERT INTO plan (id, name, description, amount_minor, currency, frequency, billing_days, billing_interval,
           charge_on_day, duration, catch_up, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            plan.id.as_str(),
            plan.name,
            plan.description,
            plan.amount.minor(),
            plan.amount.currency().code(),
            plan.rule.gateway_frequency(),
            plan.rule.gateway_billing_days(),
            plan.rule.interval(),
            plan.charge_on_day,
            plan.duration,
            catch_up_text(plan.catch_up),
            plan.created_at.as_micros(),
            plan.updated_at.as_micros(),
        ],
    )?;
    insert_adjustments(tx, plan)
}

/// Writes what changed, the add-ons and discounts anew.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, plan: &Plan) -> Result<()> {
    tx.run(
        "UPDATE plan SET name = ?2, description = ?3, amount_minor = ?4, frequency = ?5, billing_days = ?6,
           billing_interval = ?7, charge_on_day = ?8, duration = ?9, catch_up = ?10, updated_at = ?11
         WHERE id = ?1",
        params![
            plan.id.as_str(),
            plan.name,
            plan.description,
            plan.amount.minor(),
            plan.rule.gateway_frequency(),
            plan.rule.gateway_billing_days(),
            plan.rule.interval(),
            plan.charge_on_day,
            plan.duration,
            catch_up_text(plan.catch_up),
            plan.updated_at.as_micros(),
        ],
    )?;
    tx.run("DELETE FROM plan_adjustment WHERE plan_id = ?1", [plan.id.as_str()])?;
    insert_adjustments(tx, plan)
}

/// Takes the plan out of sight.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &PlanId) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run("UPDATE plan SET deleted_at = ?2, updated_at = ?2 WHERE id = ?1", params![id.as_str(), now])?;
    Ok(())
}

/// The plan with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, id: &PlanId) -> Result<Option<Plan>> {
    let plan = tx.one("SELECT * FROM plan WHERE id = ?1 AND deleted_at IS NULL", [id.as_str()], from_row)?;
    plan.map(|plan| with_adjustments(tx, plan)).transpose()
}

/// Every plan, oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list(tx: &ReadTx<'_>) -> Result<Vec<Plan>> {
    let plans = tx.all(
        // full scan: the answer is the whole catalogue.
        "SELECT * FROM plan WHERE deleted_at IS NULL ORDER BY key",
        [],
        from_row,
    )?;
    plans.into_iter().map(|plan| with_adjustments(tx, plan)).collect()
}

/// The name of the plan, deleted or not; "" where there is none.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn name_of(tx: &ReadTx<'_>, id: &PlanId) -> Result<String> {
    let name = tx.one("SELECT name FROM plan WHERE id = ?1", [id.as_str()], |row| Ok(row.get(0)?))?;
    Ok(name.unwrap_or_default())
}

/// How many subscriptions of the plan there are, and how many of them may still be billed.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn subscription_counts(tx: &ReadTx<'_>, id: &PlanId) -> Result<(u64, u64)> {
    let counts: Option<(i64, i64)> = tx.one(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE status NOT IN ('completed', 'cancelled', 'stopped'))
         FROM subscription WHERE plan_id = ?1 AND deleted_at IS NULL",
        [id.as_str()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (all, live) = counts.unwrap_or_default();
    Ok((u64::try_from(all).unwrap_or(0), u64::try_from(live).unwrap_or(0)))
}

/// Gives every subscription of the plan the plan's amount; answers how many.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_amount_of_subscriptions(tx: &mut WriteTx<'_>, plan: &Plan) -> Result<usize> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE subscription SET amount_minor = ?2, updated_at = ?3
         WHERE plan_id = ?1 AND deleted_at IS NULL AND json_extract(extras_json, '$.derives_amount') IS NOT 1",
        params![plan.id.as_str(), plan.amount.minor(), now],
    )
}

fn insert_adjustments(tx: &mut WriteTx<'_>, plan: &Plan) -> Result<()> {
    for (position, applied) in (0_u32..).zip(&plan.adjustments) {
        tx.run(
            "INSERT INTO plan_adjustment (plan_id, position, kind, adjustment_id, name, description, amount_minor,
               percentage, duration)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                plan.id.as_str(),
                position,
                applied.kind.as_str(),
                applied.adjustment_id.as_str(),
                applied.name,
                applied.description,
                applied.worth.amount_minor(),
                applied.worth.percentage(),
                applied.duration,
            ],
        )?;
    }
    Ok(())
}

fn with_adjustments(tx: &ReadTx<'_>, plan: Plan) -> Result<Plan> {
    let id = plan.id.as_str();
    let adjustments: Vec<Applied> =
        tx.all("SELECT * FROM plan_adjustment WHERE plan_id = ?1 ORDER BY position", [id], |row| {
            applied_of(row, "plan_adjustment", id)
        })?;
    Ok(Plan { adjustments, ..plan })
}

fn from_row(row: &Row<'_>) -> Result<Plan> {
    let id: String = row.get("id")?;
    Ok(Plan {
        name: row.get("name")?,
        description: row.get("description")?,
        amount: amount_of(row, "plan", &id)?,
        rule: rule_of(row, "plan", &id)?,
        charge_on_day: row.get("charge_on_day")?,
        duration: row.get("duration")?,
        catch_up: catch_up_of(row, "plan", &id)?,
        adjustments: Vec::new(),
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: PlanId::from_stored(id),
    })
}

/// `amount_minor` and `currency` of a row of `table`.
pub(in crate::store) fn amount_of(row: &Row<'_>, table: &str, id: &str) -> Result<Money> {
    let currency: String = row.get("currency")?;
    let currency = Currency::parse(&currency).ok_or_else(|| bad_row(table, "currency", id, currency))?;
    Money::new(row.get("amount_minor")?, currency).map_err(|why| bad_row(table, "amount_minor", id, why))
}

/// `frequency`, `billing_days` and `billing_interval` of a row of `table`.
pub(in crate::store) fn rule_of(row: &Row<'_>, table: &str, id: &str) -> Result<BillingRule> {
    let frequency: String = row.get("frequency")?;
    let days: String = row.get("billing_days")?;
    BillingRule::from_stored(&frequency, &days, row.get("billing_interval")?)
        .map_err(|why| bad_row(table, "billing_days", id, why))
}

/// `catch_up` of a row of `table`.
pub(in crate::store) fn catch_up_of(row: &Row<'_>, table: &str, id: &str) -> Result<CatchUp> {
    let text: String = row.get("catch_up")?;
    let policies = [CatchUp::Each, CatchUp::Latest, CatchUp::Hold];
    let found = policies.into_iter().find(|policy| catch_up_text(*policy) == text);
    found.ok_or_else(|| bad_row(table, "catch_up", id, text))
}

/// The text of a `catch_up` column.
pub(in crate::store) fn catch_up_text(policy: CatchUp) -> &'static str {
    match policy {
        CatchUp::Each => "each",
        CatchUp::Latest => "latest",
        CatchUp::Hold => "hold",
    }
}
