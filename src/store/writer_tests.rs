//! The writer's promises: one COMMIT for all that wait, own fate for each job, one fate where the transaction fails.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use futures_util::FutureExt;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::clock::ManualClock;
use crate::domain::id::CustomerId;
use crate::domain::time::Timestamp;

/// Groups end by count alone, so that a slow machine changes nothing.
const PATIENT: Bounds = Bounds { queue_max: 1000, group_max: 1000, group_ms: 3_600_000 };

const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

struct Books {
    store: Store,
    dir: TempDir,
    commits: Arc<AtomicUsize>,
}

/// Books with a table of names, one of parents and one of children checked at COMMIT.
fn books(bounds: Bounds) -> Books {
    let dir = tempfile::tempdir().unwrap();
    let commits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&commits);
    let clock = Arc::new(ManualClock::new(START));
    let store = Store::open_with(dir.path(), Role::Server, clock, Arc::new(Random::seeded(7)), bounds, |connection| {
        connection.execute_batch(
            "CREATE TABLE item (name TEXT NOT NULL UNIQUE, filling BLOB) STRICT;
             CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
             CREATE TABLE child (of INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
             CREATE TABLE strict_child (of INTEGER REFERENCES parent (id)) STRICT",
        )?;
        let count = move || {
            counter.fetch_add(1, Ordering::SeqCst);
            false
        };
        connection.commit_hook(Some(count))?;
        Ok(())
    });
    Books { store: store.unwrap(), dir, commits }
}

/// A writer that stands still inside a job until it is let go.
struct Held {
    release: mpsc::Sender<()>,
    answer: oneshot::Receiver<Result<()>>,
}

impl Books {
    fn hold(&self) -> Held {
        let (entered, has_entered) = mpsc::channel();
        let (release, is_released) = mpsc::channel::<()>();
        let answer = self.submit(move |_| {
            entered.send(()).unwrap();
            let _ = is_released.recv();
            Ok(())
        });
        has_entered.recv().unwrap();
        Held { release, answer }
    }

    /// Queues a job without waiting for its answer.
    fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T>> {
        self.store.0.writer.submit(job).unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.store.read(|tx| tx.all("SELECT name FROM item ORDER BY name", [], |row| Ok(row.get(0)?))).unwrap()
    }
}

impl Held {
    fn release(self) -> Result<()> {
        self.release.send(()).unwrap();
        self.answer.blocking_recv().unwrap()
    }
}

fn insert(tx: &mut WriteTx<'_>, name: &str) -> Result<usize> {
    tx.run("INSERT INTO item (name) VALUES (?1)", [name])
}

fn insert_filled(tx: &mut WriteTx<'_>, name: &str, bytes: usize) -> Result<usize> {
    tx.run("INSERT INTO item (name, filling) VALUES (?1, zeroblob(?2))", (name, i64::try_from(bytes).unwrap()))
}

#[test]
fn jobs_that_wait_share_a_commit_up_to_the_bounds() {
    // (jobs that wait behind the first, group_max, group_ms, commits)
    for (waiting, group_max, group_ms, commits) in
        [(64, 1000, 3_600_000, 1), (29, 10, 3_600_000, 3), (5, 1, 3_600_000, 6), (5, 1000, 0, 6), (0, 1000, 0, 1)]
    {
        let books = books(Bounds { queue_max: 1000, group_max, group_ms });
        let held = books.hold();
        let answers: Vec<_> = (0..waiting).map(|n| books.submit(move |tx| insert(tx, &format!("{n:03}")))).collect();
        assert_eq!(books.store.queue_len(), waiting);
        held.release().unwrap();
        for answer in answers {
            assert_eq!(answer.blocking_recv().unwrap().unwrap(), 1);
        }
        assert_eq!(books.names().len(), waiting);
        assert_eq!(books.commits.load(Ordering::SeqCst), commits, "{waiting} {group_max} {group_ms}");
    }
}

#[test]
fn a_refusal_or_a_panic_takes_back_only_its_own_writes() {
    let books = books(PATIENT);
    let held = books.hold();
    let stays = books.submit(|tx| insert(tx, "stays"));
    let refused = books.submit(|tx| -> Result<()> {
        insert(tx, "refused")?;
        Err(Error::InsufficientFunds)
    });
    let panicked = books.submit(|tx| -> Result<()> {
        insert(tx, "panicked")?;
        panic!("on purpose")
    });
    let taken = books.submit(|tx| insert(tx, "stays"));
    let last = books.submit(|tx| insert(tx, "last"));
    held.release().unwrap();
    assert!(stays.blocking_recv().unwrap().is_ok());
    assert!(matches!(refused.blocking_recv().unwrap(), Err(Error::InsufficientFunds)));
    let Err(Error::Internal(inside)) = panicked.blocking_recv().unwrap() else { panic!("a panic is a fault of ours") };
    assert!(inside.for_log().contains("on purpose"));
    let Err(Error::Conflict(text)) = taken.blocking_recv().unwrap() else { panic!("a taken name is a conflict") };
    assert_eq!(text, "item with this name already exists");
    assert!(last.blocking_recv().unwrap().is_ok());
    assert_eq!(books.names(), ["last", "stays"]);
    assert_eq!(books.commits.load(Ordering::SeqCst), 1);
}

#[test]
fn a_failed_commit_is_everybodys_answer_and_the_next_group_goes_on() {
    let books = books(PATIENT);
    let held = books.hold();
    let innocent = books.submit(|tx| insert(tx, "innocent"));
    let refused = books.submit(|_| -> Result<()> { Err(Error::InsufficientFunds) });
    let orphan = books.submit(|tx| tx.run("INSERT INTO child (of) VALUES (404)", []));
    assert!(matches!(held.release(), Err(Error::Internal(_))));
    assert!(matches!(innocent.blocking_recv().unwrap(), Err(Error::Internal(_))));
    assert!(matches!(refused.blocking_recv().unwrap(), Err(Error::Internal(_))));
    assert!(matches!(orphan.blocking_recv().unwrap(), Err(Error::Internal(_))));
    assert_eq!(books.names(), Vec::<String>::new());
    books.store.write_blocking(|tx| insert(tx, "later")).unwrap();
    assert_eq!(books.names(), ["later"]);
}

#[test]
fn a_full_disk_fails_its_whole_group_and_is_forgotten_once_there_is_room() {
    // SQLite rolls the whole transaction back after the first, only the statement after the second.
    full_disk(|tx| insert_filled(tx, "huge", 8_000_000));
    full_disk(|tx| {
        tx.run(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 8)
             INSERT INTO item (name, filling) SELECT substr('huge', i), zeroblob(1000000) FROM n WHERE i < 5",
            [],
        )
    });
}

fn full_disk(fill: fn(&mut WriteTx<'_>) -> Result<usize>) {
    let books = books(PATIENT);
    let pages: i64 = books.store.read(|tx| tx.value("PRAGMA page_count", [])).unwrap();
    assert!(pages < 600);
    books.store.write_blocking(|tx| tx.value::<i64>("PRAGMA max_page_count=700", [])).unwrap();
    books.store.write_blocking(|tx| insert(tx, "before")).unwrap();
    let held = books.hold();
    let early = books.submit(|tx| insert(tx, "early"));
    let swallows = books.submit(move |tx| {
        // A job that goes on after the disk refused must not write on its own either.
        assert!(matches!(fill(tx), Err(Error::Busy)));
        assert!(matches!(insert(tx, "after the failure"), Err(Error::Busy)));
        Ok(())
    });
    let late = books.submit(|tx| insert(tx, "late"));
    assert!(matches!(held.release(), Err(Error::Busy)));
    assert!(matches!(early.blocking_recv().unwrap(), Err(Error::Busy)));
    assert!(matches!(swallows.blocking_recv().unwrap(), Err(Error::Busy)));
    // It was not taken into the doomed group: it succeeds in the next one.
    let late = late.blocking_recv().unwrap();
    assert!(late.is_ok(), "{late:?}");
    assert_eq!(books.names(), ["before", "late"], "reads go on");
    books.store.write_blocking(|tx| tx.value::<i64>("PRAGMA max_page_count=100000", [])).unwrap();
    books.store.write_blocking(fill).unwrap();
    assert!(books.names().contains(&"huge".to_owned()));
}

#[test]
fn a_transaction_that_ends_inside_a_job_is_never_acknowledged() {
    let books = books(PATIENT);
    let held = books.hold();
    let early = books.submit(|tx| insert(tx, "early"));
    let ends_it = books.submit(|tx| {
        tx.run("ROLLBACK", [])?; // what SQLite does on its own after some disk errors
        Ok(())
    });
    assert!(matches!(held.release(), Err(Error::Busy)));
    assert!(matches!(early.blocking_recv().unwrap(), Err(Error::Busy)));
    assert!(matches!(ends_it.blocking_recv().unwrap(), Err(Error::Busy)));
    assert_eq!(books.names(), Vec::<String>::new());
    books.store.write_blocking(|tx| insert(tx, "later")).unwrap();
}

#[test]
fn now_is_strictly_increasing_under_a_clock_that_stands_still() {
    let books = books(PATIENT);
    let held = books.hold();
    let answers: Vec<_> =
        (0..20).map(|_| books.submit(|tx| Ok((tx.now(), tx.new_id::<crate::domain::id::CustomerKind>())))).collect();
    held.release().unwrap();
    let told: Vec<(Timestamp, CustomerId)> =
        answers.into_iter().map(|answer| answer.blocking_recv().unwrap().unwrap()).collect();
    assert!(told.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1), "{told:?}");
    assert!(told[0].0 >= START);
}

#[test]
fn now_never_goes_back_over_a_restart_or_beside_another_process() {
    let event = |tx: &mut WriteTx<'_>| {
        let now = tx.now();
        tx.run(
            "INSERT INTO event (at, topic, subject_kind, subject_id, actor, data_json) VALUES (?1, '', '', '', '', '{}')",
            [now.as_micros()],
        )?;
        Ok(now)
    };
    let dir = tempfile::tempdir().unwrap();
    let open = |role, start| {
        Store::open(dir.path(), role, Arc::new(ManualClock::new(start)), Arc::new(Random::seeded(1))).unwrap()
    };
    let first = open(Role::Server, START);
    let told = first.write_blocking(event).unwrap();
    drop(first);
    let server = open(Role::Server, START.plus(-1_000_000));
    let again = server.write_blocking(event).unwrap();
    assert!(again > told, "{again} after {told}");
    let ahead = open(Role::Command, START.plus(5_000_000)).write_blocking(event).unwrap();
    let after = server.write_blocking(event).unwrap();
    assert!(after > ahead, "{after} after {ahead}");
}

#[test]
fn a_full_queue_is_busy_and_runs_nothing() {
    let books = books(Bounds { queue_max: 2, ..PATIENT });
    let held = books.hold();
    let first = books.submit(|tx| insert(tx, "first"));
    let second = books.submit(|tx| insert(tx, "second"));
    assert!(matches!(books.store.write_blocking(|tx| insert(tx, "third")), Err(Error::Busy)));
    held.release().unwrap();
    first.blocking_recv().unwrap().unwrap();
    second.blocking_recv().unwrap().unwrap();
    assert_eq!(books.names(), ["first", "second"]);
    books.store.write_blocking(|tx| insert(tx, "third")).unwrap();
}

#[test]
fn shutdown_finishes_what_is_queued_and_refuses_what_comes_later() {
    let books = books(PATIENT);
    let held = books.hold();
    let queued: Vec<_> = (0..3).map(|n| books.submit(move |tx| insert(tx, &n.to_string()))).collect();
    let store = books.store.clone();
    let stopping = std::thread::spawn(move || store.shutdown());
    held.release().unwrap();
    stopping.join().unwrap();
    for answer in queued {
        answer.blocking_recv().unwrap().unwrap();
    }
    assert!(matches!(books.store.write_blocking(|tx| insert(tx, "late")), Err(Error::Busy)));
    assert_eq!(books.names(), ["0", "1", "2"], "reads go on");
}

#[test]
fn a_job_may_hold_the_last_handle_of_its_own_store() {
    let books = books(PATIENT);
    let held = books.hold();
    let last = books.store.clone();
    let answer = books.submit(move |_| {
        drop(last);
        Ok(())
    });
    let Books { store, dir, .. } = books;
    drop(store);
    held.release().unwrap();
    answer.blocking_recv().unwrap().unwrap();
    drop(dir);
}

#[test]
fn a_caller_that_stops_waiting_does_not_undo_its_write() {
    let books = books(PATIENT);
    let held = books.hold();
    drop(books.submit(|tx| insert(tx, "unheard")));
    held.release().unwrap();
    books.store.write_blocking(|_| Ok(())).unwrap();
    assert_eq!(books.names(), ["unheard"]);
}

#[tokio::test]
async fn a_nudge_is_heard_after_the_commit_and_only_from_a_job_that_stayed() {
    let books = books(PATIENT);
    let nudged = books.store.nudged();
    let refused = books.store.write(|tx| -> Result<()> {
        tx.nudge();
        Err(Error::InsufficientFunds)
    });
    refused.await.unwrap_err();
    books.store.write(|tx| insert(tx, "quiet")).await.unwrap();
    assert!(nudged.notified().now_or_never().is_none());
    books
        .store
        .write(|tx| {
            tx.nudge();
            insert(tx, "loud")
        })
        .await
        .unwrap();
    assert!(nudged.notified().now_or_never().is_some(), "a call that nobody heard is kept");
}

#[test]
fn a_file_held_by_another_process_is_busy_and_then_works_again() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let store = Store::open_with(dir.path(), Role::Server, clock, Arc::new(Random::seeded(1)), PATIENT, |connection| {
        connection.busy_timeout(std::time::Duration::ZERO)?;
        Ok(connection.execute_batch("CREATE TABLE item (name TEXT NOT NULL UNIQUE, filling BLOB) STRICT")?)
    })
    .unwrap();
    let other = connect::writer(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.write_blocking(|tx| insert(tx, "waits")), Err(Error::Busy)));
    other.execute_batch("COMMIT").unwrap();
    store.write_blocking(|tx| insert(tx, "works")).unwrap();
}

#[test]
fn a_foreign_key_that_returning_breaks_is_seen_at_once() {
    let books = books(PATIENT);
    let answer = books.store.write_blocking(|tx| {
        tx.one("INSERT INTO strict_child (of) VALUES (404) RETURNING rowid", [], |row| Ok(row.get::<_, i64>(0)?))
    });
    assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
}

/// A clock that gives up once it is told to.
struct BreakingClock(std::sync::atomic::AtomicBool);

impl Clock for BreakingClock {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock broke on purpose");
        START
    }
}

#[test]
fn nobody_waits_for_ever_for_a_writer_that_died() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(BreakingClock(false.into()));
    let bounds = Bounds { group_max: 1, ..PATIENT };
    let store =
        Store::open_with(dir.path(), Role::Server, clock.clone(), Arc::new(Random::seeded(1)), bounds, |_| Ok(()));
    let books = Books { store: store.unwrap(), dir, commits: Arc::default() };
    let held = books.hold();
    let queued: Vec<_> = (0..2).map(|_| books.submit(|_| Ok(()))).collect();
    clock.0.store(true, Ordering::SeqCst);
    held.release().unwrap();
    for answer in queued {
        answer.blocking_recv().expect_err("its group never committed");
    }
    books.store.shutdown();
    assert!(matches!(books.store.write_blocking(|_| Ok(())), Err(Error::Busy)));
}
