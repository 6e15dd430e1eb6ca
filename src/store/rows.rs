//! Rows of one table that are written one after the other by one prepared statement.
//!
//! One statement for several rows would be no help: into a table that others refer to, SQLite then looks through those
//! others for each row, and it keeps a way back for the whole statement.

use rusqlite::params_from_iter;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::ReadTx;
use crate::error::Result;

/// Writes `rows`, each with its `cells` as the parameters of `sql`.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn write_rows<'r, R, const N: usize>(
    tx: &ReadTx<'_>,
    rows: &'r [R],
    sql: &'static str,
    cells: impl Fn(&'r R) -> [ToSqlOutput<'r>; N],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute_each(sql, rows.iter().map(|row| params_from_iter(cells(row))))
}

pub(super) fn number(number: i64) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Value::Integer(number))
}

pub(super) fn number_or_null(number: Option<i64>) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(number.map_or(Value::Null, Value::Integer))
}

pub(super) fn text(text: &str) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
}

pub(super) fn text_or_null(text: Option<&str>) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(text.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())))
}

pub(super) fn own_text(text: Option<String>) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(text.map_or(Value::Null, Value::Text))
}

pub(super) fn bytes(bytes: &[u8]) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Blob(bytes))
}
