//! What a read sees, and what ends it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

const ENDLESS: &str = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
const LONG: &str =
    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) FROM n";

fn file() -> (tempfile::TempDir, Connection, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db");
    std::fs::File::create(&path).unwrap();
    let writer = connect::writer(&path).unwrap();
    writer.execute_batch("CREATE TABLE item (name TEXT) STRICT; INSERT INTO item VALUES ('a')").unwrap();
    (dir, writer, path)
}

fn count(tx: &ReadTx<'_>) -> Result<i64> {
    tx.value("SELECT count(*) FROM item", [])
}

#[test]
fn a_read_sees_one_snapshot_and_the_next_read_what_was_written_since() {
    let (_dir, writer, path) = file();
    let readers = Readers::new(path, Role::Server);
    let (before, during) = readers
        .read(|tx| {
            let before = count(tx)?;
            writer.execute_batch("INSERT INTO item VALUES ('b')")?;
            Ok((before, count(tx)?))
        })
        .unwrap();
    assert_eq!((before, during), (1, 1));
    assert_eq!(readers.read(count).unwrap(), 2);
}

#[test]
fn reads_may_nest_and_only_so_many_connections_stay_open() {
    fn nest(readers: &Readers, depth: usize) -> Result<i64> {
        readers.read(|tx| if depth == 0 { count(tx) } else { nest(readers, depth - 1) })
    }
    let (_dir, _writer, path) = file();
    let readers = Readers::new(path, Role::Server);
    assert_eq!(nest(&readers, 2 * limits::READERS_MAX).unwrap(), 1);
    assert_eq!(readers.idle().len(), limits::READERS_MAX);
    readers.close_idle();
    assert_eq!(readers.idle().len(), 0);
    assert_eq!(readers.read(count).unwrap(), 1);
}

#[test]
fn a_reader_cannot_write() {
    let (_dir, _writer, path) = file();
    let answer = Readers::new(path, Role::Server).read(|tx| tx.execute("DELETE FROM item", []));
    assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
}

#[test]
fn a_read_that_holds_back_the_log_for_too_long_is_ended() {
    let (_dir, _writer, path) = file();
    let readers = Readers::with_max(path.clone(), Some(0));
    assert!(matches!(readers.read(|tx| tx.value::<i64>(ENDLESS, [])), Err(Error::Busy)));
    assert_eq!(readers.idle().len(), 1, "the snapshot is given back and the connection kept");
    assert_eq!(readers.read(count).unwrap(), 1);
    let command = Readers::new(path, Role::Command);
    assert_eq!(command.max_us, None);
    assert_eq!(command.read(|tx| tx.value::<i64>(LONG, [])).unwrap(), 200_000);
}

#[test]
fn a_panic_inside_a_read_leaves_the_others_alone() {
    let (_dir, _writer, path) = file();
    let readers = Readers::new(path, Role::Server);
    let panicked = catch_unwind(AssertUnwindSafe(|| readers.read(|_| -> Result<()> { panic!("on purpose") })));
    assert!(panicked.is_err());
    assert_eq!(readers.idle().len(), 0, "its connection is closed");
    assert_eq!(readers.read(count).unwrap(), 1);
}

#[test]
fn a_statement_that_finds_too_much_or_too_little_is_a_fault_of_ours() {
    let (_dir, writer, path) = file();
    writer.execute_batch("INSERT INTO item VALUES ('b')").unwrap();
    let readers = Readers::new(path, Role::Server);
    let name = |row: &Row<'_>| Ok(row.get::<_, String>(0)?);
    readers
        .read(|tx| {
            assert!(matches!(tx.one("SELECT name FROM item", [], name), Err(Error::Internal(_))));
            assert_eq!(tx.one("SELECT name FROM item WHERE name = ?1", ["b"], name)?.as_deref(), Some("b"));
            assert_eq!(tx.one("SELECT name FROM item WHERE name = ?1", ["c"], name)?, None);
            assert_eq!(tx.all("SELECT name FROM item ORDER BY name", [], name)?, ["a", "b"]);
            assert!(tx.value::<String>("SELECT name FROM item WHERE name = ?1", ["c"]).is_err());
            assert_eq!(tx.value::<Option<String>>("SELECT max(name) FROM item WHERE name = ?1", ["c"])?, None);
            Ok(())
        })
        .unwrap();
}
