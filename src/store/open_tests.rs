//! Opening the books: who may, with which settings, and what happens to a file that is not as expected.

use super::*;
use crate::clock::ManualClock;
use crate::domain::time::Timestamp;

fn open(dir: &Path, role: Role) -> Result<Store> {
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_700_000_000_000_000)));
    Store::open(dir, role, clock, Arc::new(Random::seeded(1)))
}

#[test]
fn a_second_server_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), Role::Server).unwrap();
    let Err(Error::Conflict(text)) = open(dir.path(), Role::Server) else { panic!("a second server got in") };
    assert!(text.contains("another bursar is already serving"), "{text}");
    let command = open(dir.path(), Role::Command).expect("a command runs beside a server");
    drop((first, command));
    open(dir.path(), Role::Server).expect("the lock went with its server");
}
