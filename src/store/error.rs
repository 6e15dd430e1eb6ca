//! SQLite's failures in domain words: what a caller can act on keeps its meaning, the rest goes to the log.

use rusqlite::ffi::{self, ErrorCode};

use crate::error::Error;

/// What failed, with the statement for the log.
pub(in crate::store) fn failed(sql: &str, why: &rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(code, message) = why else {
        return Error::internal(format!("{why} in {sql}"));
    };
    match code.code {
        ErrorCode::ConstraintViolation if is_taken(code.extended_code) => {
            Error::Conflict(taken_text(message.as_deref().unwrap_or("")))
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OperationInterrupted => {
            tracing::warn!(error = %why, sql, "the database did not answer in time");
            Error::Busy
        }
        _ if is_disk(why) => {
            tracing::error!(error = %why, sql, "the disk refused");
            Error::Busy
        }
        _ => Error::internal(format!("{why} in {sql}")),
    }
}

/// Whether the disk is full or broken, so that nothing of the open transaction may be believed.
pub(in crate::store) fn is_disk(why: &rusqlite::Error) -> bool {
    matches!(why.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory))
}

/// A stored row that breaks a rule on the way in: a fault of ours, named so that a person finds the row.
pub(crate) fn bad_row(table: &str, column: &str, id: impl std::fmt::Display, why: impl std::fmt::Display) -> Error {
    Error::internal(format!("bad row: {table}.{column} of {id}: {why}"))
}

/// A column that does not hold what the program expects, seen while reading a row.
impl From<rusqlite::Error> for Error {
    fn from(why: rusqlite::Error) -> Self {
        failed("a row", &why)
    }
}

fn is_taken(extended_code: i32) -> bool {
    matches!(
        extended_code,
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
    )
}

/// "UNIQUE constraint failed: customer.id, customer.name" as "customer with this id, name already exists".
fn taken_text(message: &str) -> String {
    let columns = message.rsplit_once(": ").map_or("", |(_, columns)| columns);
    let Some((table, _)) = columns.split_once('.') else {
        return "already exists".to_owned();
    };
    let names: Vec<&str> = columns.split(", ").filter_map(|column| column.split_once('.').map(|(_, n)| n)).collect();
    format!("{table} with this {} already exists", names.join(", ")).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_key_is_said_in_words() {
        for (message, expected) in [
            ("UNIQUE constraint failed: customer.id", "customer with this id already exists"),
            (
                "UNIQUE constraint failed: payment_method.customer, payment_method.nick_name",
                "payment method with this customer, nick name already exists",
            ),
            ("UNIQUE constraint failed: index 'customer_by_mail'", "already exists"),
            ("", "already exists"),
        ] {
            assert_eq!(taken_text(message), expected);
        }
    }

    #[test]
    fn failures_keep_only_the_meaning_a_caller_can_act_on() {
        let failure = |code| failed("SELECT 1", &rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        for (code, expected) in [
            (ffi::SQLITE_CONSTRAINT_UNIQUE, "Conflict"),
            (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, "Conflict"),
            (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, "Internal"),
            (ffi::SQLITE_CONSTRAINT_CHECK, "Internal"),
            (ffi::SQLITE_FULL, "Busy"),
            (ffi::SQLITE_IOERR_FSYNC, "Busy"),
            (ffi::SQLITE_BUSY, "Busy"),
            (ffi::SQLITE_INTERRUPT, "Busy"),
            (ffi::SQLITE_CORRUPT, "Internal"),
            (ffi::SQLITE_READONLY, "Internal"),
        ] {
            assert!(format!("{:?}", failure(code)).starts_with(expected), "{code}: {:?}", failure(code));
        }
        let Error::Internal(inside) = failure(ffi::SQLITE_CORRUPT) else { panic!("a corrupt file is a fault of ours") };
        assert!(inside.for_log().contains("SELECT 1"), "the log names the statement");
    }
}
