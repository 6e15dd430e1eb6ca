//! Dunning: when a declined charge is tried again, and how far apart automatic charges are.

use crate::domain::time::{DAY, HOUR, Timestamp};

/// Least time between two automatic charges of one subscription, microseconds (RELIABILITY.md 3.4.2).
pub const CHARGE_SPACING: i64 = DAY;

/// How much sooner than [`CHARGE_SPACING`] after the last charge a bill may be charged, microseconds: the local day of
/// a daily subscription has 23 hours once a year, and a charge takes its seconds.
const SPACING_SLACK: i64 = HOUR;

/// When a softly declined charge is tried again: the first of `retry_days` after `first_declined_at` that is still to
/// come; `None` after the last.
pub fn next_retry(retry_days: &[u32], first_declined_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    retry_days
        .iter()
        .map(|days| first_declined_at.plus(i64::from(*days).saturating_mul(DAY)))
        .find(|retry_at| *retry_at > now)
}

/// The first instant from `wanted` on that keeps its distance from the charges that are `planned` and from the `last`
/// one made.
pub fn collect_slot(wanted: Timestamp, planned: &[Timestamp], last: Option<Timestamp>) -> Timestamp {
    let mut slot = match last {
        Some(last) if wanted.since(last) < CHARGE_SPACING.saturating_sub(SPACING_SLACK) => {
            wanted.max(last.plus(CHARGE_SPACING))
        }
        _ => wanted,
    };
    let mut planned = planned.to_vec();
    planned.sort_unstable();
    for other in planned {
        if slot.since(other).saturating_abs() < CHARGE_SPACING {
            slot = other.plus(CHARGE_SPACING);
        }
    }
    slot
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("an instant")
    }

    #[test]
    fn the_ladder_counts_from_the_first_decline() {
        let first = at("2026-03-01T00:00:05Z");
        let ladder = [1, 3, 5, 7];
        for (now, expected) in [
            ("2026-03-01T00:00:05Z", Some("2026-03-02T00:00:05Z")),
            ("2026-03-02T00:00:05Z", Some("2026-03-04T00:00:05Z")), // the very instant is not still to come
            ("2026-03-02T00:00:04Z", Some("2026-03-02T00:00:05Z")),
            ("2026-03-04T07:00:00Z", Some("2026-03-06T00:00:05Z")),
            ("2026-03-07T00:00:00Z", Some("2026-03-08T00:00:05Z")), // downtime skips a rung
            ("2026-03-08T00:00:05Z", None),
        ] {
            assert_eq!(next_retry(&ladder, first, at(now)), expected.map(at), "{now}");
        }
        assert_eq!(next_retry(&[], first, first), None, "no ladder, no retry");
    }

    #[test]
    fn charges_keep_a_day_apart() {
        let wanted = "2026-03-10T00:00:00Z";
        // (planned, last charge, slot)
        for (planned, last, expected) in [
            (&[][..], None, wanted),
            (&[], Some("2026-03-09T00:59:59Z"), wanted), // 23 h and a second: a short local day
            (&[], Some("2026-03-09T01:00:01Z"), "2026-03-10T01:00:01Z"),
            (&[], Some("2026-03-09T22:00:00Z"), "2026-03-10T22:00:00Z"),
            (&["2026-03-09T00:00:00Z"], None, wanted),
            (&["2026-03-09T00:00:01Z"], None, "2026-03-10T00:00:01Z"),
            (&["2026-03-10T00:00:00Z"], None, "2026-03-11T00:00:00Z"),
            (&["2026-03-10T23:59:59Z"], None, "2026-03-11T23:59:59Z"),
            (&["2026-03-11T00:00:00Z"], None, wanted),
            (&["2026-03-11T12:00:00Z", "2026-03-10T00:00:00Z"], None, "2026-03-12T12:00:00Z"),
        ] {
            let planned: Vec<Timestamp> = planned.iter().map(|text| at(text)).collect();
            assert_eq!(collect_slot(at(wanted), &planned, last.map(at)), at(expected), "{planned:?} {last:?}");
        }
    }
}
