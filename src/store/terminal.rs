//! Rows of table `terminal`.

use rusqlite::{Row, named_params};

use super::processor::word;
use super::{ReadTx, WriteTx};
use crate::domain::id::{ProcessorId, TerminalId};
use crate::domain::terminal::Terminal;
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Adds a terminal.
///
/// # Errors
/// `Conflict` where the id or the TPN is taken.
pub fn insert(tx: &mut WriteTx<'_>, terminal: &Terminal) -> Result<()> {
    tx.run(
        "INSERT INTO terminal (id, processor_id, manufacturer, model, serial_number, tpn, description, status,
                               auth_key, register_id, auto_settle, settle_at, created_at, updated_at)
         VALUES (:id, :processor_id, :manufacturer, :model, :serial_number, :tpn, :description, :status,
                 :auth_key, :register_id, :auto_settle, :settle_at, :created_at, :updated_at)",
        named_params! {
            ":id": terminal.id.as_str(), ":processor_id": terminal.processor_id.as_str(),
            ":manufacturer": terminal.manufacturer, ":model": terminal.model,
            ":serial_number": terminal.serial_number, ":tpn": terminal.tpn, ":description": terminal.description,
            ":status": word(terminal.is_active), ":auth_key": terminal.auth_key, ":register_id": terminal.register_id,
            ":auto_settle": terminal.auto_settle, ":settle_at": terminal.settle_at,
            ":created_at": terminal.created_at.as_micros(), ":updated_at": terminal.updated_at.as_micros(),
        },
    )?;
    Ok(())
}

/// Every terminal, oldest first. A company has few: the table is not a growing one.
///
/// # Errors
/// `Internal` where a row breaks a rule.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Terminal>> {
    tx.all(
        "SELECT id, processor_id, manufacturer, model, serial_number, tpn, description, status, auth_key, register_id,
                auto_settle, settle_at, created_at, updated_at
         FROM terminal ORDER BY key",
        [],
        read,
    )
}

/// The terminal with this id.
///
/// # Errors
/// `Internal` where the row breaks a rule.
pub fn fetch(tx: &ReadTx<'_>, id: &TerminalId) -> Result<Option<Terminal>> {
    tx.one(
        "SELECT id, processor_id, manufacturer, model, serial_number, tpn, description, status, auth_key, register_id,
                auto_settle, settle_at, created_at, updated_at
         FROM terminal WHERE id = :id",
        named_params! { ":id": id.as_str() },
        read,
    )
}

fn read(row: &Row<'_>) -> Result<Terminal> {
    let status: String = row.get("status")?;
    Ok(Terminal {
        id: TerminalId::from_stored(row.get("id")?),
        processor_id: ProcessorId::from_stored(row.get("processor_id")?),
        manufacturer: row.get("manufacturer")?,
        model: row.get("model")?,
        serial_number: row.get("serial_number")?,
        tpn: row.get("tpn")?,
        description: row.get("description")?,
        is_active: status == "active",
        auth_key: row.get("auth_key")?,
        register_id: row.get("register_id")?,
        auto_settle: row.get("auto_settle")?,
        settle_at: row.get("settle_at")?,
        created_at: Timestamp::from_micros(row.get("created_at")?),
        updated_at: Timestamp::from_micros(row.get("updated_at")?),
    })
}
