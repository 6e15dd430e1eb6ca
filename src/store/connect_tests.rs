//! The settings of every connection, read back.

use super::*;

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db");
    std::fs::File::create(&path).unwrap();
    (dir, path)
}

fn found(connection: &Connection, sql: &str) -> String {
    let value: rusqlite::types::Value = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    match value {
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Integer(number) => number.to_string(),
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn every_setting_holds_on_both_kinds_of_connection() {
    let (_dir, path) = file();
    let (writer, reader) = (super::writer(&path).unwrap(), super::reader(&path).unwrap());
    // (statement, writer, reader)
    for (sql, on_writer, on_reader) in [
        ("PRAGMA journal_mode", "wal", "wal"),
        ("PRAGMA synchronous", "2", "2"),
        ("PRAGMA foreign_keys", "1", "1"),
        ("PRAGMA trusted_schema", "0", "0"),
        ("PRAGMA cell_size_check", "1", "1"),
        ("PRAGMA cache_size", "-65536", "-65536"),
        ("PRAGMA temp_store", "2", "2"),
        ("PRAGMA busy_timeout", "10000", "10000"),
        ("PRAGMA secure_delete", "1", "0"),
        ("PRAGMA wal_autocheckpoint", "16000", "1000"),
        ("PRAGMA query_only", "0", "1"),
        ("PRAGMA mmap_size", "0", "2147418112"), // the most that SQLite is built for
    ] {
        assert_eq!(found(&writer, sql), on_writer, "writer {sql}");
        assert_eq!(found(&reader, sql), on_reader, "reader {sql}");
    }
    for connection in [&writer, &reader] {
        assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG).unwrap());
        assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
        assert_eq!(connection.limit(Limit::SQLITE_LIMIT_ATTACHED).unwrap(), 0);
        assert_eq!(connection.limit(Limit::SQLITE_LIMIT_LENGTH).unwrap(), LENGTH_MAX_BYTES);
        connection.execute_batch("ATTACH ':memory:' AS other").unwrap_err();
    }
}

#[test]
fn a_setting_that_did_not_hold_stops_the_start() {
    for (sql, named) in [
        ("PRAGMA journal_mode=DELETE", "journal_mode"),
        ("PRAGMA synchronous=NORMAL", "synchronous"),
        ("PRAGMA foreign_keys=OFF", "foreign_keys"),
        ("PRAGMA trusted_schema=ON", "trusted_schema"),
    ] {
        let (_dir, path) = file();
        let connection = super::writer(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        let Err(Error::Internal(inside)) = check(&connection) else { panic!("{sql} went unnoticed") };
        assert!(inside.for_log().starts_with(named), "{inside:?}");
    }
}
