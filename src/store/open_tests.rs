//! Opening the books: who may, and what happens to a file that is not as expected; and copying them.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::clock::ManualClock;
use crate::domain::time::Timestamp;

fn open(dir: &Path, role: Role) -> Result<Store> {
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_700_000_000_000_000)));
    Store::open(dir, role, clock, Arc::new(Random::seeded(1)))
}

fn mode_of(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn events(store: &Store) -> i64 {
    store.read(|tx| tx.value("SELECT count(*) FROM event", [])).unwrap()
}

fn add_event(store: &Store) {
    let job = |tx: &mut WriteTx<'_>| {
        let at = tx.now().as_micros();
        tx.run(
            "INSERT INTO event (at, topic, subject_kind, subject_id, actor, data_json) VALUES (?1, '', '', '', '', '{}')",
            [at],
        )
    };
    assert_eq!(store.write_blocking(job).unwrap(), 1);
}

#[test]
fn a_new_folder_and_file_are_the_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("deep").join("data");
    let store = open(&dir, Role::Server).unwrap();
    assert!(store.is_new());
    add_event(&store);
    assert_eq!(store.path(), dir.join("bursar.db"));
    assert_eq!(mode_of(&dir), 0o700);
    for name in ["bursar.db", "bursar.db-wal", "bursar.db-shm", "bursar.lock"] {
        assert_eq!(mode_of(&dir.join(name)), 0o600, "{name}");
    }
    drop(store);
    assert!(!dir.join("bursar.db-wal").exists(), "the last one out tidies the log away");
    let again = open(&dir, Role::Server).unwrap();
    assert!(!again.is_new());
    assert_eq!(events(&again), 1);
}

#[test]
fn a_second_server_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), Role::Server).unwrap();
    let Err(Error::Conflict(text)) = open(dir.path(), Role::Server) else { panic!("a second server got in") };
    assert!(text.contains("another bursar is already serving"), "{text}");
    add_event(&first);
    let command = open(dir.path(), Role::Command).expect("a command runs beside a server");
    add_event(&command);
    assert_eq!((events(&first), events(&command)), (2, 2));
    drop((first, command));
    open(dir.path(), Role::Server).expect("the lock went with its server");
}

#[test]
fn a_file_of_a_newer_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = open(dir.path(), Role::Server).unwrap().path().to_owned();
    let connection = connect::writer(&path).unwrap();
    connection.pragma_update(None, "user_version", i64::try_from(SCHEMA_VERSION).unwrap() + 1).unwrap();
    drop(connection);
    for role in [Role::Server, Role::Command] {
        let Err(Error::Conflict(text)) = open(dir.path(), role) else { panic!("{role:?} took a newer file") };
        assert!(text.contains("use a newer bursar"), "{text}");
    }
}

#[test]
fn books_that_others_can_read_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = open(dir.path(), Role::Server).unwrap().path().to_owned();
    for (mode, accepted) in [(0o600, true), (0o640, false), (0o604, false), (0o600, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        match open(dir.path(), Role::Command) {
            Ok(_) => assert!(accepted, "{mode:o}"),
            Err(Error::Conflict(text)) => assert!(!accepted && text.contains("chmod go="), "{mode:o}: {text}"),
            Err(other) => panic!("{mode:o}: {other:?}"),
        }
    }
}

#[test]
fn a_backup_is_whole_private_and_overwrites_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("live"), Role::Server).unwrap();
    add_event(&store);
    let copy_dir = dir.path().join("copy");
    std::fs::create_dir(&copy_dir).unwrap();
    let copy = copy_dir.join(FILE_NAME);
    std::fs::write(copy_dir.join("bursar.db.part"), "left by a killed backup").unwrap();
    store.backup_to(&copy).unwrap();
    add_event(&store);
    assert_eq!(mode_of(&copy), 0o600);
    assert!(!copy_dir.join("bursar.db.part").exists());
    assert!(matches!(store.backup_to(&copy), Err(Error::Conflict(_))));
    assert!(store.backup_to(&dir.path().join("no such folder/file.db")).is_err());
    let writing = connect::writer(store.path()).unwrap();
    writing.execute_batch("BEGIN IMMEDIATE").unwrap();
    let failed = dir.path().join("failed.db");
    assert!(matches!(backup::copy_to(&writing, &failed), Err(Error::Busy)), "a copy of a half-done write");
    drop(writing);
    assert!(!failed.exists() && !dir.path().join("failed.db.part").exists(), "a failed copy leaves nothing");

    let restored = open(&copy_dir, Role::Server).unwrap();
    assert!(!restored.is_new());
    assert_eq!((events(&restored), events(&store)), (1, 2));
    let verdict: String = restored.read(|tx| tx.value("PRAGMA integrity_check", [])).unwrap();
    assert_eq!(verdict, "ok");
}

#[test]
fn what_was_answered_is_read_by_everyone_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Role::Server).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            std::thread::spawn(move || {
                for _ in 0..25 {
                    let before = events(&store);
                    add_event(&store);
                    assert!(events(&store) > before, "a write was answered before it could be read");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(events(&store), 100);
}
