//! Rows of table `processor`.

use rusqlite::{Row, named_params};

use super::{ReadTx, WriteTx};
use crate::domain::id::ProcessorId;
use crate::domain::terminal::ProcessorAccount;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a processor.
///
/// # Errors
/// `Conflict` where the id is taken or there is a default already.
pub fn insert(tx: &mut WriteTx<'_>, processor: &ProcessorAccount) -> Result<()> {
    let ProcessorAccount { id, kind, name, is_default, is_active, created_at, updated_at } = processor;
    tx.run(
        "INSERT INTO processor (id, kind, name, is_default, status, created_at, updated_at)
         VALUES (:id, :kind, :name, :is_default, :status, :created_at, :updated_at)",
        named_params! {
            ":id": id.as_str(), ":kind": kind, ":name": name, ":is_default": is_default, ":status": word(*is_active),
            ":created_at": created_at.as_micros(), ":updated_at": updated_at.as_micros(),
        },
    )?;
    Ok(())
}

/// Every processor, oldest first. A company has few: the table is not a growing one.
///
/// # Errors
/// `Internal` where a row breaks a rule.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<ProcessorAccount>> {
    tx.all("SELECT id, kind, name, is_default, status, created_at, updated_at FROM processor ORDER BY key", [], read)
}

/// The processor with this id.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch(tx: &ReadTx<'_>, id: &ProcessorId) -> Result<Option<ProcessorAccount>> {
    tx.one(
        "SELECT id, kind, name, is_default, status, created_at, updated_at FROM processor WHERE id = :id",
        named_params! { ":id": id.as_str() },
        read,
    )
}

/// The processor that takes what names none.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch_default(tx: &ReadTx<'_>) -> Result<Option<ProcessorAccount>> {
    tx.one(
        "SELECT id, kind, name, is_default, status, created_at, updated_at FROM processor WHERE is_default = 1",
        [],
        read,
    )
}

pub(super) fn word(is_active: bool) -> &'static str {
    if is_active { "active" } else { "disabled" }
}

fn read(row: &Row<'_>) -> Result<ProcessorAccount> {
    let status: String = row.get("status")?;
    Ok(ProcessorAccount {
        id: ProcessorId::from_stored(row.get("id")?),
        kind: row.get("kind")?,
        name: row.get("name")?,
        is_default: row.get("is_default")?,
        is_active: status == "active",
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
    })
}
