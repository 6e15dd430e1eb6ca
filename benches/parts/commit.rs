//! Durable writes per second through `Store::write`: a COMMIT for each write against one for all that wait.

use std::path::Path;
use std::sync::Arc;

use bursar::clock::SystemClock;
use bursar::domain::event::Topic;
use bursar::ids::Random;
use bursar::store::{Role, Store, WriteTx, event};
use tokio::sync::Mutex;

use crate::measure::{ROUNDS, median, per_second, syncs_per_second};

/// Clients that write at once.
const WRITERS: [usize; 3] = [16, 64, 256];
/// Writes of one round, one commit each.
const ALONE_COUNT: usize = 2_000;
/// Writes of one round in groups.
const GROUPED_COUNT: usize = 40_000;

/// Prints one line per number of writers.
pub(crate) fn run(dir: &Path) {
    let store = Store::open(dir, Role::Server, Arc::new(SystemClock), Arc::new(Random::system()))
        .expect("a new store opens on the data disk");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime starts");
    println!("  {:>7} {:>12} {:>14} {:>14} {:>8}", "writers", "fsync/s", "one by one/s", "grouped/s", "ratio");
    for writers in WRITERS {
        let (mut syncs, mut alone, mut grouped, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            syncs.push(syncs_per_second(dir));
            alone.push(per_second(ALONE_COUNT, || runtime.block_on(write_all(&store, writers, ALONE_COUNT, true))));
            grouped
                .push(per_second(GROUPED_COUNT, || runtime.block_on(write_all(&store, writers, GROUPED_COUNT, false))));
            ratios.push(grouped[grouped.len() - 1] / alone[alone.len() - 1]);
        }
        let (syncs, alone, grouped) = (median(syncs), median(alone), median(grouped));
        println!("  {writers:>7} {syncs:>12.0} {alone:>14.0} {grouped:>14.0} {:>7.1}x", median(ratios));
    }
    let written = store.read(|tx| event::list_after(tx, total() - 1, 10)).expect("the store reads");
    assert_eq!(written.last().map(|event| event.seq), Some(total()), "every acknowledged write is in the file");
}

/// How many writes a whole run acknowledges.
fn total() -> i64 {
    i64::try_from(WRITERS.len() * ROUNDS * (ALONE_COUNT + GROUPED_COUNT)).expect("a small number")
}

/// `count` writes by `writers` clients; `one_by_one` lets only one of them write at a time, so each has its own COMMIT.
async fn write_all(store: &Store, writers: usize, count: usize, one_by_one: bool) {
    let turn = Arc::new(Mutex::new(()));
    let clients = (0..writers).map(|client| {
        let (store, turn) = (store.clone(), Arc::clone(&turn));
        tokio::spawn(async move {
            for n in (client..count).step_by(writers) {
                let alone = if one_by_one { Some(turn.lock().await) } else { None };
                let append = move |tx: &mut WriteTx<'_>| {
                    event::append(tx, Topic::BalanceChanged, &n.to_string(), "job:bench", "", "{}".to_owned())
                };
                store.write(append).await.expect("the store takes a write");
                drop(alone);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("a client ends");
    }
}
