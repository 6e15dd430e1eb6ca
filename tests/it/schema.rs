//! `schema.sql` is the whole truth: a file made by the program has it and nothing else, each table says what it is
//! for, takes only the types it names, and finds the rows that point at another.
//!
//! That a migrated file ends with the same schema as a new one is proven where the steps are run
//! (`src/store/migrate_tests.rs`).

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use crate::support::TestApp;

const SCHEMA: &str = include_str!("../../schema.sql");

/// Foreign keys that nothing looks up from the other side: (table, column, why the rows pointed at never go).
const NEVER_SEARCHED: &[(&str, &str, &str)] = &[
    ("ledger_entry", "debit_account", "accounts are never deleted, and a total is kept in the account"),
    ("ledger_entry", "credit_account", "accounts are never deleted, and a total is kept in the account"),
    ("pending_cost", "reservation", "entries are never deleted"),
    ("setup_link", "user_id", "a handful of links, each found by its hash"),
    ("terminal", "processor_id", "a handful of terminals"),
];

fn memory(schema: &str) -> Connection {
    let connection = Connection::open_in_memory().expect("memory");
    connection.execute_batch(schema).expect("the schema runs");
    connection
}

#[expect(clippy::disallowed_methods, reason = "the file is looked at from outside")]
fn opened(path: &Path) -> Connection {
    Connection::open(path).expect("the file opens")
}

fn rows(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut query = connection.prepare(sql).expect("the question is right");
    let width = query.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get(at)).collect();
    query.query_map([], read).expect("it is answered").collect::<Result<_, _>>().expect("in text")
}

/// Everything in the schema: kind, name, table, text.
fn objects(connection: &Connection) -> Vec<Vec<String>> {
    rows(connection, "SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_schema ORDER BY type, name")
}

/// What is wrong with the tables of a schema, as sentences.
fn table_faults(schema: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let lines: Vec<&str> = schema.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let Some(table) = line.strip_prefix("CREATE TABLE ").and_then(|rest| rest.split([' ', '(']).next()) else {
            continue;
        };
        if !at.checked_sub(1).is_some_and(|above| lines[above].starts_with("-- ")) {
            faults.push(format!("{table} has no comment above it"));
        }
    }
    let connection = memory(schema);
    for table in rows(&connection, "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0") {
        if !table[0].starts_with("sqlite_") {
            faults.push(format!("{} is not STRICT", table[0]));
        }
    }
    faults
}

/// Foreign keys whose rows cannot be found from the row they point at.
fn unfindable(schema: &str) -> BTreeSet<(String, String)> {
    let connection = memory(schema);
    let keys = rows(
        &connection,
        "SELECT m.name, k.\"from\" FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS k
         WHERE m.type = 'table' AND k.seq = 0 ORDER BY 1, 2",
    );
    let leading = rows(
        &connection,
        "SELECT m.name, c.name FROM sqlite_schema AS m, pragma_index_list(m.name) AS i, pragma_index_info(i.name) AS c
         WHERE m.type = 'table' AND c.seqno = 0 AND c.name IS NOT NULL",
    );
    keys.into_iter().filter(|key| !leading.contains(key)).map(|key| (key[0].clone(), key[1].clone())).collect()
}

#[tokio::test]
async fn a_new_file_is_schema_sql() {
    let mut app = TestApp::start().await;
    let path = app.data_dir().join("bursar.db");
    app.restart().await;
    let file = opened(&path);
    let (found, expected) = (objects(&file), objects(&memory(SCHEMA)));
    assert!(expected.len() > 60, "tables and indexes: {}", expected.len());
    assert_eq!(found, expected);
}

#[test]
fn every_table_is_strict_and_says_what_it_is_for() {
    assert_eq!(table_faults(SCHEMA), Vec::<String>::new());
    let bad = "-- Good.\nCREATE TABLE good (x TEXT) STRICT;\nCREATE TABLE bare (x TEXT) STRICT;\n-- Lax.\nCREATE TABLE lax (x);";
    assert_eq!(table_faults(bad), ["bare has no comment above it", "lax is not STRICT"]);
}

#[test]
fn every_foreign_key_that_is_searched_has_an_index() {
    let excused: BTreeSet<_> =
        NEVER_SEARCHED.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned())).collect();
    assert_eq!(unfindable(SCHEMA), excused, "give the column an index, or say here why nothing looks it up");
    let bad = "CREATE TABLE a (id TEXT UNIQUE); CREATE TABLE b (x INTEGER, a_id TEXT REFERENCES a (id));
               CREATE INDEX b_by_x ON b (x, a_id)";
    assert_eq!(unfindable(bad), BTreeSet::from([("b".to_owned(), "a_id".to_owned())]), "second place finds nothing");
    assert!(unfindable(&format!("{bad}; CREATE INDEX b_by_a ON b (a_id)")).is_empty());
}
