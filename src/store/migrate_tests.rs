//! A file's way to the newest schema: whole steps, a copy first, and no way back.

use super::super::connect;
use super::*;

const OLD: Plan = Plan { schema: "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)", steps: &[] };
const STEP_2: &str = "CREATE TABLE b (y INTEGER) STRICT; INSERT INTO b SELECT x FROM a";
const STEP_3: &str = "DROP TABLE a; CREATE INDEX b_by_y ON b (y)";
const NEW: Plan =
    Plan { schema: "CREATE TABLE b (y INTEGER) STRICT;\n\nCREATE INDEX b_by_y ON b (y)", steps: &[STEP_2, STEP_3] };
/// The second step fails after it has begun to change the file, as a kill would leave it.
const HALF: Plan = Plan { steps: &[STEP_2, "DROP TABLE a; SELECT nothing FROM nowhere"], ..NEW };

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn file(dir: &Path) -> Connection {
    let path = dir.join(FILE_NAME);
    if !path.exists() {
        std::fs::File::create(&path).unwrap();
    }
    connect::writer(&path).unwrap()
}

/// Every object of the schema, with its text in one spacing.
fn schema_of(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema").unwrap();
    let rows = statement.query_map([], |row| {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("{kind} {name} {}", sql.split_whitespace().collect::<Vec<_>>().join(" ")))
    });
    let mut objects: Vec<String> = rows.unwrap().map(|row| row.unwrap()).collect();
    objects.sort();
    objects
}

fn backups(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("bursar-v") && name.ends_with(".db")
        })
        .collect();
    found.sort();
    found
}

#[test]
fn an_old_file_and_a_new_one_end_with_the_same_schema() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut migrated = file(old.path());
    assert!(follow(&OLD, &mut migrated, old.path(), true, NOW).unwrap(), "an empty file is made");
    assert!(!follow(&NEW, &mut migrated, old.path(), true, NOW).unwrap());
    let mut made = file(new.path());
    assert!(follow(&NEW, &mut made, new.path(), true, NOW).unwrap());
    assert_eq!(schema_of(&migrated), schema_of(&made));
    assert_eq!((version_of(&migrated).unwrap(), version_of(&made).unwrap()), (3, 3));
    assert_eq!(value(&migrated, "SELECT y FROM b").unwrap(), 1, "the rows came along");
    let copies = backups(old.path());
    assert_eq!(copies.len(), 1);
    let copy = connect::writer(&copies[0]).unwrap();
    assert_eq!((version_of(&copy).unwrap(), value(&copy, "SELECT x FROM a").unwrap()), (1, 1));
    assert!(!follow(&NEW, &mut migrated, old.path(), true, NOW).unwrap());
    assert_eq!(backups(old.path()).len(), 1, "nothing to do, nothing to copy");
}

#[test]
fn a_step_that_does_not_end_leaves_the_file_between_whole_steps() {
    let dir = tempfile::tempdir().unwrap();
    let mut connection = file(dir.path());
    follow(&OLD, &mut connection, dir.path(), true, NOW).unwrap();
    follow(&HALF, &mut connection, dir.path(), true, NOW).unwrap_err();
    drop(connection);
    let mut connection = file(dir.path());
    assert_eq!(version_of(&connection).unwrap(), 2, "the first step stays");
    assert_eq!(value(&connection, "SELECT x FROM a").unwrap(), 1, "the second left nothing");
    follow(&NEW, &mut connection, dir.path(), true, NOW).unwrap();
    assert_eq!(version_of(&connection).unwrap(), 3);
    assert_eq!(backups(dir.path()).len(), 2, "each attempt has its own copy");
}

#[test]
fn making_a_file_is_all_or_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut connection = file(dir.path());
    let broken = Plan { schema: "CREATE TABLE a (x INTEGER) STRICT; CREATE NONSENSE", steps: &[] };
    follow(&broken, &mut connection, dir.path(), true, NOW).unwrap_err();
    drop(connection);
    assert!(follow(&OLD, &mut file(dir.path()), dir.path(), true, NOW).unwrap(), "it is still an empty file");
}

#[test]
fn newer_and_foreign_files_are_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let mut connection = file(dir.path());
    follow(&NEW, &mut connection, dir.path(), true, NOW).unwrap();
    let before = schema_of(&connection);
    let Err(Error::Conflict(text)) = follow(&OLD, &mut connection, dir.path(), true, NOW) else {
        panic!("an older program took a newer file")
    };
    assert!(text.contains("schema version 3") && text.contains("knows 1"), "{text}");
    assert_eq!(schema_of(&connection), before);

    for foreign in ["CREATE TABLE other (x)", "CREATE TABLE other (x); PRAGMA user_version=1", "PRAGMA user_version=-1"]
    {
        let dir = tempfile::tempdir().unwrap();
        let mut connection = file(dir.path());
        connection.execute_batch(foreign).unwrap();
        let answer = follow(&NEW, &mut connection, dir.path(), true, NOW);
        assert!(matches!(answer, Err(Error::Conflict(_))), "{foreign}: {answer:?}");
    }
}

#[test]
fn a_command_does_not_migrate_under_a_running_server() {
    let dir = tempfile::tempdir().unwrap();
    let mut connection = file(dir.path());
    follow(&OLD, &mut connection, dir.path(), true, NOW).unwrap();
    let server = ServerLock::take(dir.path()).unwrap();
    assert!(matches!(follow(&NEW, &mut connection, dir.path(), false, NOW), Err(Error::Conflict(_))));
    assert_eq!(version_of(&connection).unwrap(), 1);
    drop(server);
    follow(&NEW, &mut connection, dir.path(), false, NOW).unwrap();
    assert_eq!(version_of(&connection).unwrap(), 3);
}
