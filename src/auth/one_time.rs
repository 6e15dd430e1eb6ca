//! One-time links: the text goes to the person, its hash to the database; the store marks it used in one statement.

use crate::domain::time::{DAY, MINUTE, Timestamp};
use crate::ids::Random;

/// How long the dashboard's set-up link lives, microseconds (RELIABILITY.md S4).
pub const SETUP_LIFE: i64 = 30 * MINUTE;

/// How long a code or link from a mail that resets a password lives, microseconds (RELIABILITY.md S44).
pub const RESET_LIFE: i64 = 10 * MINUTE;
/// How long the link in the first mail to a new user lives, microseconds.
pub const WELCOME_LIFE: i64 = DAY;

/// A new link's secret and what to store of it.
pub struct NewLink {
    /// 256 random bits for the address, shown once.
    pub text: String,
    /// SHA-256 of the text.
    pub hash: [u8; 32],
}

impl NewLink {
    /// Draws a link's secret.
    pub fn new(random: &Random) -> Self {
        let text = random.secret();
        let hash = hash(&text);
        Self { text, hash }
    }
}

/// What the database keeps of a link's secret.
pub fn hash(text: &str) -> [u8; 32] {
    super::token_hash(text)
}

/// Whether a link made at `created` with a life of `life` microseconds, used or not, still opens at `now`.
pub fn is_open(created: Timestamp, life: i64, used: Option<Timestamp>, now: Timestamp) -> bool {
    used.is_none() && now.since(created) < life
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_belongs_to_the_text_and_links_differ() {
        let random = Random::seeded(1);
        let (one, two) = (NewLink::new(&random), NewLink::new(&random));
        assert_eq!(hash(&one.text), one.hash);
        assert_ne!(one.text, two.text);
        assert!(one.text.len() >= 43 && one.text.bytes().all(|b| b.is_ascii_alphanumeric()), "{}", one.text);
    }

    #[test]
    fn a_link_opens_once_and_within_its_life() {
        let made = Timestamp::from_micros(1_700_000_000_000_000);
        for (used, after, open) in [
            (None, 0, true),
            (None, SETUP_LIFE - 1, true),
            (None, SETUP_LIFE, false),
            (Some(made.plus(1)), 2, false),
            (None, -MINUTE, true), // the wall clock stepped back
        ] {
            assert_eq!(is_open(made, SETUP_LIFE, used, made.plus(after)), open, "{used:?} {after}");
        }
    }
}
