//! Browser sessions: a random token whose hash is stored, an idle limit and an absolute limit.

use crate::domain::time::{HOUR, MINUTE, Timestamp};
use crate::ids::Random;

/// A session unused this long is over, microseconds (RELIABILITY.md S13, PCI 8.2.8).
pub const IDLE_MAX: i64 = 15 * MINUTE;
/// A session this old is over, used or not, microseconds (S13).
pub const AGE_MAX: i64 = 12 * HOUR;
/// The stored time of last use may lag by this much, so that not every request writes, microseconds.
pub const TOUCH_EVERY: i64 = MINUTE;

/// A new session's token and what to store of it.
pub struct NewSession {
    /// 256 random bits for the cookie.
    pub token: String,
    /// SHA-256 of the token (S11).
    pub hash: [u8; 32],
}

impl NewSession {
    /// Draws a session's token.
    pub fn new(random: &Random) -> Self {
        let token = random.secret();
        let hash = hash(&token);
        Self { token, hash }
    }
}

/// What the database keeps of a token.
pub fn hash(token: &str) -> [u8; 32] {
    super::token_hash(token)
}

/// Whether a session is still good at `now`.
pub fn is_live(created: Timestamp, last_seen: Timestamp, now: Timestamp) -> bool {
    now.since(last_seen) < IDLE_MAX && now.since(created) < AGE_MAX
}

/// Whether the stored time of last use is old enough to be written again.
pub fn touch_is_due(last_seen: Timestamp, now: Timestamp) -> bool {
    now.since(last_seen) >= TOUCH_EVERY
}

/// When a session that is not used again ends.
pub fn ends_at(created: Timestamp, last_seen: Timestamp) -> Timestamp {
    last_seen.plus(IDLE_MAX).min(created.plus(AGE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    #[test]
    fn limits() {
        for (seen_after, now_after, live) in [
            (0, 0, true),
            (0, IDLE_MAX - 1, true),
            (0, IDLE_MAX, false),
            (AGE_MAX - MINUTE, AGE_MAX - 1, true),
            (AGE_MAX - MINUTE, AGE_MAX, false),
            (MINUTE, 0, true), // the wall clock stepped back
        ] {
            let (seen, now) = (START.plus(seen_after), START.plus(now_after));
            assert_eq!(is_live(START, seen, now), live, "seen +{seen_after}, now +{now_after}");
            assert_eq!(now < ends_at(START, seen), live, "ends_at: seen +{seen_after}, now +{now_after}");
        }
    }

    #[test]
    fn last_use_is_written_at_most_once_a_minute() {
        assert!(!touch_is_due(START, START.plus(TOUCH_EVERY - 1)));
        assert!(touch_is_due(START, START.plus(TOUCH_EVERY)));
    }

    #[test]
    fn only_the_hash_is_for_the_database() {
        let session = NewSession::new(&Random::seeded(1));
        assert_eq!(hash(&session.token), session.hash);
        assert_ne!(hash("another"), session.hash);
        assert!(session.token.len() >= 43);
    }
}
