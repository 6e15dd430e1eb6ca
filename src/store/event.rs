//! What happened, append only: the numbers have no gaps, because a job that refuses takes its events back with it.

use super::{ReadTx, WriteTx};
use crate::domain::event::{Event, Topic};
use crate::domain::time::Timestamp;
use crate::error::Result;

/// Writes an event at the instant of `tx`, about the `topic`'s noun with id `subject_id`.
///
/// # Errors
/// Where `data_json` is no JSON.
pub fn append(
    tx: &mut WriteTx<'_>,
    topic: Topic,
    subject_id: &str,
    actor: &str,
    correlation_id: &str,
    data_json: &str,
) -> Result<()> {
    let at = tx.now().as_micros();
    tx.run(
        "INSERT INTO event (at, topic, subject_kind, subject_id, actor, correlation_id, data_json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (at, topic.as_str(), topic.noun(), subject_id, actor, correlation_id, data_json),
    )?;
    Ok(())
}

/// At most `limit` events whose number is greater than `after`, oldest first.
///
/// # Errors
/// Whatever the file refuses.
pub fn list_after(tx: &ReadTx<'_>, after: i64, limit: u32) -> Result<Vec<Event>> {
    tx.all(
        "SELECT seq, at, topic, subject_kind, subject_id, actor, correlation_id, data_json
         FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        (after, limit),
        |row| {
            Ok(Event {
                seq: row.get(0)?,
                at: Timestamp::from_micros(row.get(1)?),
                topic: row.get(2)?,
                subject_kind: row.get(3)?,
                subject_id: row.get(4)?,
                actor: row.get(5)?,
                correlation_id: row.get(6)?,
                data_json: row.get(7)?,
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::ManualClock;
    use crate::error::Error;
    use crate::ids::Random;
    use crate::store::{Role, Store};

    #[test]
    fn the_numbers_of_events_have_no_gaps() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_700_000_000_000_000)));
        let store = Store::open(dir.path(), Role::Server, clock, Arc::new(Random::seeded(1))).unwrap();
        for n in 0..5 {
            let answer = store.write_blocking(move |tx| {
                append(tx, Topic::InvoicePaid, &n.to_string(), "job:test", "", "{}")?;
                if n % 2 == 0 { Ok(()) } else { Err(Error::InsufficientFunds) }
            });
            assert_eq!(answer.is_ok(), n % 2 == 0);
        }
        let events = store.read(|tx| list_after(tx, 0, 10)).unwrap();
        let seen: Vec<_> = events.iter().map(|event| (event.seq, event.subject_id.as_str())).collect();
        assert_eq!(seen, [(1, "0"), (2, "2"), (3, "4")]);
        assert_eq!((events[0].topic.as_str(), events[0].subject_kind.as_str()), ("invoice.paid", "invoice"));
        assert_eq!(store.read(|tx| list_after(tx, 1, 1)).unwrap(), events[1..2]);
    }
}
