//! Rows that are written many at a time: sixteen in one statement, the rest one by one.

use rusqlite::params_from_iter;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::ReadTx;
use crate::error::Result;

/// Rows of the statement for many.
const ROWS: usize = 16;

/// Writes `rows`: each has `cells` for the parameters of `one`; `many` has those of [`ROWS`] rows.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn write_rows<'r, R, const N: usize>(
    tx: &ReadTx<'_>,
    rows: &'r [R],
    one: &'static str,
    many: &'static str,
    cells: impl Fn(&'r R) -> [ToSqlOutput<'r>; N],
) -> Result<()> {
    let chunks = rows.chunks_exact(ROWS);
    let rest = chunks.remainder();
    for chunk in chunks {
        tx.execute(many, params_from_iter(chunk.iter().flat_map(&cells)))?;
    }
    for row in rest {
        tx.execute(one, params_from_iter(cells(row)))?;
    }
    Ok(())
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
