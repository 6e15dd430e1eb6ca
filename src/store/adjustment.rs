//! Add-ons and discounts of the catalogue, and the columns in which plans and subscriptions carry their copies.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::{ReadTx, WriteTx};
use crate::domain::adjustment::{Adjustment, AdjustmentKind, Applied, Worth};
use crate::domain::id::AdjustmentId;
use crate::domain::rate::Rate;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Writes a new one.
///
/// # Errors
/// `Conflict` where the id is taken.
pub(crate) fn insert(tx: &mut WriteTx<'_>, adjustment: &Adjustment) -> Result<()> {
    tx.run(
        "INSERT INTO adjustment (id, kind, name, description, amount_minor, percentage, duration, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            adjustment.id.as_str(),
            adjustment.kind.as_str(),
            adjustment.name,
            adjustment.description,
            adjustment.worth.amount_minor(),
            adjustment.worth.percentage(),
            adjustment.duration,
            adjustment.created_at.as_micros(),
            adjustment.updated_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Writes what changed.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update(tx: &mut WriteTx<'_>, adjustment: &Adjustment) -> Result<()> {
    tx.run(
        "UPDATE adjustment SET name = ?2, description = ?3, amount_minor = ?4, percentage = ?5, duration = ?6,
           updated_at = ?7
         WHERE id = ?1",
        params![
            adjustment.id.as_str(),
            adjustment.name,
            adjustment.description,
            adjustment.worth.amount_minor(),
            adjustment.worth.percentage(),
            adjustment.duration,
            adjustment.updated_at.as_micros(),
        ],
    )?;
    Ok(())
}

/// Takes it out of the catalogue; copies of it stay where they are.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn delete(tx: &mut WriteTx<'_>, id: &AdjustmentId) -> Result<()> {
    tx.run("DELETE FROM adjustment WHERE id = ?1", [id.as_str()])?;
    Ok(())
}

/// The one of this kind with this id.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, kind: AdjustmentKind, id: &AdjustmentId) -> Result<Option<Adjustment>> {
    tx.one("SELECT * FROM adjustment WHERE id = ?1 AND kind = ?2", params![id.as_str(), kind.as_str()], from_row)
}

/// All of this kind, oldest first.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list(tx: &ReadTx<'_>, kind: AdjustmentKind) -> Result<Vec<Adjustment>> {
    tx.all("SELECT * FROM adjustment WHERE kind = ?1 ORDER BY key", [kind.as_str()], from_row)
}

fn from_row(row: &Row<'_>) -> Result<Adjustment> {
    let id: String = row.get("id")?;
    Ok(Adjustment {
        kind: kind_of(row, "adjustment", &id)?,
        name: row.get("name")?,
        description: row.get("description")?,
        worth: worth_of(row, "adjustment", &id)?,
        duration: row.get("duration")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
        id: AdjustmentId::from_stored(id),
    })
}

/// The copy in a row of `table`, which belongs to `owner`.
pub(in crate::store) fn applied_of(row: &Row<'_>, table: &str, owner: &str) -> Result<Applied> {
    Ok(Applied {
        kind: kind_of(row, table, owner)?,
        adjustment_id: AdjustmentId::from_stored(row.get("adjustment_id")?),
        name: row.get("name")?,
        description: row.get("description")?,
        worth: worth_of(row, table, owner)?,
        duration: row.get("duration")?,
    })
}

fn kind_of(row: &Row<'_>, table: &str, id: &str) -> Result<AdjustmentKind> {
    let kind: String = row.get("kind")?;
    AdjustmentKind::parse(&kind).ok_or_else(|| bad_row(table, "kind", id, kind))
}

fn worth_of(row: &Row<'_>, table: &str, id: &str) -> Result<Worth> {
    let amount_minor: Option<i64> = row.get("amount_minor")?;
    let percentage: Option<u32> = row.get("percentage")?;
    match (amount_minor, percentage.map(Rate::from_thousandths)) {
        (Some(minor), None) => Ok(Worth::AmountMinor(minor)),
        (None, Some(Some(rate))) => Ok(Worth::Percentage(rate)),
        _ => Err(bad_row(table, "amount_minor", id, "needs either an amount or a percentage")),
    }
}
