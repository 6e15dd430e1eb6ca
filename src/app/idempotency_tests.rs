//! Tests of repeated requests.

use std::sync::Arc;

use super::*;
use crate::clock::ManualClock;
use crate::domain::time::{MINUTE, Timestamp};
use crate::ids::Random;
use crate::store::{Role, Store};

const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn store(dir: &tempfile::TempDir) -> (Store, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(NOW));
    let ticking = Arc::clone(&clock) as Arc<dyn crate::clock::Clock>;
    let store = Store::open(&dir.path().join("data"), Role::Server, ticking, Arc::new(Random::seeded(1)));
    (store.unwrap(), clock)
}

#[test]
fn a_key_stands_for_its_content_within_its_scope_and_time() {
    let dir = tempfile::tempdir().unwrap();
    let (store, clock) = store(&dir);
    let claim = |scope: &'static str, hash: [u8; 32]| store.write_blocking(move |tx| claim_in(tx, scope, "k", &hash));
    let record = |hash: [u8; 32], id: &'static str| {
        store.write_blocking(move |tx| record_in(tx, "a", "k", &hash, TTL_GATEWAY, ("transaction", id))).unwrap();
    };
    let replay = |id: &str| Claim::Replay { kind: "transaction".to_owned(), id: id.to_owned() };
    assert_eq!(claim("a", [1; 32]).unwrap(), Claim::New);
    record([1; 32], "t1");
    assert_eq!(claim("a", [1; 32]).unwrap(), replay("t1"));
    assert!(matches!(claim("a", [2; 32]), Err(Error::IdempotencyMismatch)), "other content is refused");
    assert_eq!(claim("b", [2; 32]).unwrap(), Claim::New, "another caller has its own keys");

    clock.advance_to(NOW.plus(4 * MINUTE));
    assert_eq!(claim("a", [1; 32]).unwrap(), replay("t1"));
    clock.advance_to(NOW.plus(6 * MINUTE));
    assert_eq!(claim("a", [2; 32]).unwrap(), Claim::New, "after its time a key is free again");
    record([2; 32], "t2");
    assert_eq!(claim("a", [2; 32]).unwrap(), replay("t2"));
}

#[test]
fn only_expired_rows_are_pruned() {
    let dir = tempfile::tempdir().unwrap();
    let (store, clock) = store(&dir);
    for (key, ttl_us) in [("short", MINUTE), ("long", TTL_DEFAULT)] {
        store.write_blocking(move |tx| record_in(tx, "a", key, &[1; 32], ttl_us, ("invoice", "i"))).unwrap();
    }
    clock.advance_to(NOW.plus(2 * MINUTE));
    assert_eq!(store.write_blocking(|tx| idempotency::delete_expired(tx, 10)).unwrap(), 1);
    assert_eq!(store.write_blocking(|tx| idempotency::delete_expired(tx, 10)).unwrap(), 0);
}
