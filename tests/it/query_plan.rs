//! Every statement of the store is served by an index: none reads a whole growing table to find a few rows.
//!
//! The statements are the string literals of `src/store`; each is planned on a fresh schema with the settings of the
//! program's connections. A growing table is any that is not in [`SMALL`]. Its `SCAN` is accepted where
//! * the index it walks is in [`QUEUES`]: it holds only what waits for work, however much was ever done, or
//! * it is a walk in order that LIMIT ends: one SELECT with LIMIT, without WHERE, grouping, sorting or OFFSET, or
//! * the line above the literal says `// full scan: <reason>`.
//!
//! An index that SQLite would build for one run (`AUTOMATIC`) is a scan too. A comment that excuses nothing is refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

#[expect(dead_code, reason = "the rules of tests/tidy use the rest of it")]
#[path = "../tidy/source.rs"]
mod source;

use source::Source;

/// Tables that stay small whatever the merchant does.
const SMALL: &[&str] = &[
    "company",
    "user",
    "api_key",
    "processor",
    "terminal",
    "vault_key",
    "wallet_key",
    "setup_link",
    "signing_key",
    "test_clock",
    "job_run",
    "webhook",
    "sqlite_master",
];

/// Partial indexes of what waits: rows leave them when their work is done.
const QUEUES: &[&str] = &[
    "attempt_open",
    "attempt_poll",
    "auto_refill_due",
    "file_batch_open",
    "file_batch_row_sealed",
    "file_batch_row_waiting",
    "invoice_collect",
    "invoice_open_due",
    "mail_due",
    "mail_sealed",
    "plan_attachment_due",
    "txn_to_settle",
    "usage_event_expiring",
];

/// Words that may follow a table's name where no alias does.
const NO_ALIAS: &[&str] = &[
    "WHERE",
    "ON",
    "LEFT",
    "JOIN",
    "CROSS",
    "INNER",
    "ORDER",
    "GROUP",
    "LIMIT",
    "SET",
    "VALUES",
    "INDEXED",
    "NOT",
    "UNION",
    "RETURNING",
    "SELECT",
    "DEFAULT",
    "USING",
    "HAVING",
    "EXCEPT",
    "INTERSECT",
];

/// A statement as it stands in a file.
struct Statement {
    place: String,
    sql: String,
    excuse: Option<String>,
}

fn fresh() -> Connection {
    let connection = Connection::open_in_memory().expect("memory");
    connection.execute_batch(include_str!("../../schema.sql")).expect("the schema runs");
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).expect("as src/store/connect.rs sets it");
    connection
}

/// The statements of a file that end up in the program.
fn statements_of(file: &Source) -> Vec<Statement> {
    let shipped = file.shipped();
    let is_shipped = |at: usize| shipped.as_bytes().get(at).is_some_and(|byte| *byte != b' ');
    let literals = file.literals.iter().filter(|(at, _)| is_shipped(*at));
    let sqls = literals.map(|(at, text)| {
        let is_raw = file.text[*at..].starts_with('r');
        (*at, if is_raw { text.clone() } else { unescaped(text) })
    });
    sqls.filter(|(_, sql)| is_statement(sql))
        .map(|(at, sql)| {
            let line = file.text[..at].matches('\n').count();
            Statement { place: format!("{}:{}", file.path, line + 1), sql, excuse: excuse_above(&file.text, line) }
        })
        .collect()
}

fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    matches!(first, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH" | "REPLACE") && text.trim() != first
}

/// The literal as the compiler reads it: a backslash at the end of a line takes the break and the indent away.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match (next, if next == '\\' { rest.next() } else { None }) {
            (_, Some('\n')) => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            (_, Some('n')) => out.push('\n'),
            (_, Some('t')) => out.push('\t'),
            (_, Some(escaped)) => out.push(escaped),
            (plain, None) => out.push(plain),
        }
    }
    out
}

/// The reason in the comment that ends on the line above `line` (counted from 0).
fn excuse_above(text: &str, line: usize) -> Option<String> {
    let above: Vec<&str> = text.lines().take(line).collect();
    let comment: Vec<&str> = above.iter().rev().take_while(|l| l.trim_start().starts_with("//")).copied().collect();
    comment.iter().find_map(|l| l.trim_start().strip_prefix("// full scan:")).map(|reason| reason.trim().to_owned())
}

/// Words and brackets of a statement, its texts left out.
fn tokens(sql: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for (number, part) in sql.split('\'').enumerate() {
        if number % 2 == 1 {
            continue; // between quotes
        }
        let mut word = String::new();
        for c in part.chars() {
            if c.is_alphanumeric() || c == '_' {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            if matches!(c, '(' | ')') {
                tokens.push(c.to_string());
            }
        }
        if !word.is_empty() {
            tokens.push(word);
        }
    }
    tokens
}

/// What the names in a plan stand for: a table of the schema, or `None` for what the statement makes itself.
fn names(connection: &Connection, tokens: &[String]) -> BTreeMap<String, Option<String>> {
    let mut names = BTreeMap::from([("sqlite_master".to_owned(), Some("sqlite_master".to_owned()))]);
    for table in tables(connection) {
        names.insert(table.clone(), Some(table));
    }
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    for (at, token) in tokens.iter().enumerate() {
        let alias = if word(at + 1) == "AS" { word(at + 2) } else { word(at + 1) };
        let is_alias = !alias.is_empty() && !matches!(alias, "(" | ")") && !NO_ALIAS.contains(&alias);
        let introduced = at > 0 && matches!(word(at - 1), "FROM" | "JOIN" | "UPDATE" | "INTO");
        if introduced && is_alias && names.get(token).is_some_and(Option::is_some) {
            names.insert(alias.to_owned(), Some(token.clone()));
        }
        let is_subquery = token == ")" && word(at + 1) == "AS" && word(at + 2) != "(";
        if is_subquery {
            names.entry(word(at + 2).to_owned()).or_insert(None);
        }
        let body = if matches!(word(at + 2), "MATERIALIZED" | "NOT") { "(" } else { word(at + 2) };
        let is_common = word(at + 1) == "AS" && body == "(";
        if is_common && token != ")" {
            names.insert(token.clone(), None);
        }
        if token == "json_each" {
            names.insert(token.clone(), None);
            let close = tokens[at..].iter().position(|t| t == ")").map_or(at, |found| at + found);
            let alias = if word(close + 1) == "AS" { word(close + 2) } else { word(close + 1) };
            names.entry(alias.to_owned()).or_insert(None);
        }
    }
    names
}

fn tables(connection: &Connection) -> Vec<String> {
    let mut query = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("the schema");
    let names = query.query_map([], |row| row.get(0)).expect("the schema is read");
    names.collect::<Result<_, _>>().expect("names are text")
}

fn plan(connection: &Connection, sql: &str) -> Result<Vec<String>, rusqlite::Error> {
    let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let (mut rows, mut lines) = (query.raw_query(), Vec::new());
    while let Some(row) = rows.next()? {
        lines.push(row.get("detail")?);
    }
    Ok(lines)
}

/// Lines of the plan that read a whole growing table.
fn scans(connection: &Connection, sql: &str) -> Result<Vec<String>, String> {
    let plan = plan(connection, sql).map_err(|why| format!("is no whole statement: {why}"))?;
    let tokens = tokens(sql);
    let names = names(connection, &tokens);
    let ends_early = is_walk_with_limit(&tokens, &plan);
    let mut found = Vec::new();
    for line in plan {
        let mut words = line.split(' ');
        let (verb, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is_scan = verb == "SCAN" || line.contains("AUTOMATIC");
        let is_made = name.starts_with('(') || line.contains("CONSTANT ROW") || line.contains("VALUES");
        if !is_scan || is_made {
            continue;
        }
        let index = line.split_once(" INDEX ").and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default();
        match names.get(name) {
            None => found.push(format!("{line} (what is {name}?)")),
            Some(None) => {}
            Some(Some(table)) if SMALL.contains(&table.as_str()) || QUEUES.contains(&index) => {}
            Some(Some(_)) if ends_early => {}
            Some(Some(_)) => found.push(line),
        }
    }
    Ok(found)
}

fn is_walk_with_limit(tokens: &[String], plan: &[String]) -> bool {
    let has = |word: &str| tokens.iter().any(|token| token == word);
    let selects = tokens.iter().filter(|token| *token == "SELECT").count();
    let sorts = plan.iter().any(|line| line.contains("TEMP B-TREE"));
    let counts = ["COUNT", "SUM", "MIN", "MAX", "TOTAL", "WHERE", "GROUP", "DISTINCT", "OFFSET"].into_iter().any(has);
    has("LIMIT") && selects == 1 && !sorts && !counts
}

/// What is wrong with a statement, as sentences.
fn faults(connection: &Connection, statement: &Statement) -> Vec<String> {
    let scans = match scans(connection, &statement.sql) {
        Ok(scans) => scans,
        Err(why) => return vec![why],
    };
    match &statement.excuse {
        Some(reason) if reason.split_whitespace().count() < 3 => vec!["says no reason for its full scan".to_owned()],
        Some(_) if scans.is_empty() => vec!["excuses a full scan that it does not do: take the comment out".to_owned()],
        Some(_) => Vec::new(),
        None => scans.into_iter().map(|line| format!("reads a whole growing table: {line}")).collect(),
    }
}

#[test]
fn every_statement_of_the_store_is_served_by_an_index() {
    let files = source::read_tree(Path::new(env!("CARGO_MANIFEST_DIR")), &["src/store"]);
    let connection = fresh();
    let (mut report, mut count) = (String::new(), 0);
    for file in files.iter().filter(|file| file.path.starts_with("src/store/")) {
        for statement in statements_of(file) {
            count += 1;
            for fault in faults(&connection, &statement) {
                writeln!(report, "{}: {fault}", statement.place).expect("a string takes it");
            }
        }
    }
    assert!(count > 150, "only {count} statements were found");
    let remedy = "Give the question an index in schema.sql, or say `// full scan: <reason>` above the statement.";
    assert!(report.is_empty(), "\n{report}\n{remedy}");
}

/// A file of the store whose only function asks `sql`.
fn file_with(sql: &str) -> Source {
    Source::new(
        "src/store/x.rs",
        &format!("//! X.\nfn f(tx: &ReadTx<'_>) {{\n    tx.all(\n        {sql},\n    )\n}}\n"),
    )
}

fn faults_in(literal: &str) -> Vec<String> {
    let statements = statements_of(&file_with(literal));
    assert_eq!(statements.len(), 1, "one statement in {literal}");
    faults(&fresh(), &statements[0])
}

#[test]
fn a_bad_statement_is_refused() {
    for (literal, fault) in [
        ("\"SELECT id FROM customer WHERE notes = ?1\"", "SCAN customer"),
        ("\"SELECT id FROM customer AS c WHERE c.notes = ?1\"", "SCAN c"),
        ("\"SELECT id FROM customer c\n         WHERE notes = ?1\"", "SCAN c"),
        ("r#\"SELECT id FROM customer WHERE notes = 'a \"b\"'\"#", "SCAN customer"),
        ("\"SELECT id \\\n         FROM customer WHERE notes = ?1\"", "SCAN customer"),
        ("\"SELECT id FROM customer WHERE notes = ?1 ORDER BY key LIMIT 1\"", "SCAN customer"),
        ("\"SELECT id FROM customer ORDER BY notes LIMIT 1\"", "SCAN customer"),
        ("\"SELECT COUNT(*) FROM txn\"", "SCAN txn USING COVERING INDEX"),
        ("\"SELECT u.id FROM user AS u JOIN txn AS t ON t.user_id = u.id\"", "SCAN t"),
        ("\"SELECT id FROM invoice WHERE id IN (SELECT invoice_id FROM txn WHERE po_number = ?1)\"", "SCAN txn"),
        ("\"WITH t AS (SELECT id FROM txn WHERE po_number = ?1) SELECT id FROM t\"", "SCAN txn"),
        ("\"UPDATE invoice SET message = ?1 WHERE message = ?2\"", "SCAN invoice"),
        ("\"DELETE FROM event WHERE topic = ?1\"", "SCAN event"),
        ("\"INSERT INTO job_run (job, started_at) SELECT topic, at FROM event WHERE topic = ?1\"", "SCAN event"),
        ("\"SELECT id FROM nowhere\"", "no such table"),
        ("\"SELECT id FROM\"", "incomplete input"),
        ("// full scan: too short\n        \"SELECT COUNT(*) FROM txn\"", "says no reason"),
        ("// full scan: it finds it at once\n        \"SELECT id FROM txn WHERE id = ?1\"", "does not do"),
    ] {
        let found = faults_in(literal);
        assert!(found.iter().any(|line| line.contains(fault)), "{literal}: {found:?}");
    }
}

#[test]
fn a_good_statement_passes() {
    for literal in [
        "\"SELECT id FROM customer WHERE id = ?1\"",
        "\"SELECT name FROM user\"",
        "\"SELECT hash FROM ledger_entry ORDER BY key DESC LIMIT 1\"",
        "\"SELECT key FROM attempt WHERE poll_at IS NOT NULL\"",
        "\"SELECT c.id FROM json_each(?1) AS wanted JOIN customer AS c ON c.id = wanted.value\"",
        "\"WITH t AS (SELECT id FROM txn WHERE id = ?1) SELECT id FROM t\"",
        "\"INSERT INTO api_key (id, user_id, type, name, hash, created_at, updated_at) VALUES (?1, '', '', '', ?2, 1, 1)\"",
        "// full scan: a report over everything.\n        \"SELECT COUNT(*) FROM txn\"",
        "// full scan: a report over everything,\n        // once a year.\n        \"SELECT COUNT(*) FROM txn\"",
    ] {
        assert_eq!(faults_in(literal), Vec::<String>::new(), "{literal}");
    }
}

#[test]
fn what_is_no_statement_or_not_shipped_is_passed_over() {
    let none = |file: &Source| statements_of(file).is_empty();
    assert!(none(&file_with("\"SELECT\"")) && none(&file_with("\"no customer\"")));
    let tests = "//! X.\n#[cfg(test)]\nmod tests {\n    const Q: &str = \"SELECT COUNT(*) FROM txn\";\n}\n";
    assert!(none(&Source::new("src/store/x.rs", tests)));
    assert!(none(&Source::new("src/store/x_tests.rs", "//! X.\nconst Q: &str = \"SELECT COUNT(*) FROM txn\";\n")));
}

#[test]
fn the_lists_name_what_is_there() {
    let connection = fresh();
    let tables = tables(&connection);
    let missing: Vec<_> = SMALL.iter().filter(|name| !tables.contains(&(**name).to_owned())).collect();
    assert_eq!(missing, [&"sqlite_master"], "SQLite's own name for its schema");
    for name in QUEUES {
        let sql: String = connection
            .query_row("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1", [name], |row| row.get(0))
            .unwrap_or_else(|_| panic!("there is no index {name}"));
        assert!(sql.contains(" WHERE "), "{name} holds every row");
    }
}
