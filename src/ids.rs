//! The only place that draws random numbers: ids, secrets, nonces.
//!
//! The format of an id is [`crate::domain::id`]'s; this file fills it from (now, randomness). Tests seed it.

use std::sync::Mutex;

use rand::rngs::{ChaCha20Rng, SysRng};
use rand::{Rng, SeedableRng, TryRng};

use crate::domain::id::{self, Id, Kind};
use crate::domain::time::Timestamp;

/// A source of randomness: the operating system's, or a seeded one in tests and simulations.
pub struct Random(Mutex<Source>);

enum Source {
    System,
    Seeded(Box<ChaCha20Rng>),
}

impl Random {
    /// The operating system's generator.
    pub fn system() -> Self {
        Self(Mutex::new(Source::System))
    }

    /// A generator whose whole output follows from `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(Source::Seeded(Box::new(ChaCha20Rng::seed_from_u64(seed)))))
    }

    /// Another generator, seeded from `source`: for a thread of its own.
    pub fn of_source(source: &Self) -> Self {
        Self(Mutex::new(Source::Seeded(Box::new(source.generator()))))
    }

    /// Fills `bytes` with random bytes.
    ///
    /// # Panics
    /// Where the operating system has no randomness: nothing safe can go on then.
    pub fn fill(&self, bytes: &mut [u8]) {
        let mut source = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match &mut *source {
            Source::System => SysRng.try_fill_bytes(bytes).expect("the operating system's random generator answers"),
            Source::Seeded(generator) => generator.fill_bytes(bytes),
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A generator seeded from this source, for what draws for itself.
    pub fn generator(&self) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(self.bytes())
    }

    /// A new id for a thing made at `now`.
    pub fn id<K: Kind>(&self, now: Timestamp) -> Id<K> {
        Id::from_parts(now, u64::from_le_bytes(self.bytes()))
    }

    /// 128 random bits as 22 characters `[0-9A-Za-z]`, for links that a stranger must not guess.
    pub fn public_token(&self) -> String {
        id::base62(u128::from_le_bytes(self.bytes()), 22)
    }

    /// 256 random bits as 43 characters `[0-9A-Za-z]`, for keys and session tokens.
    pub fn secret(&self) -> String {
        format!(
            "{}{}",
            id::base62(u128::from_le_bytes(self.bytes()), 22),
            id::base62(u128::from_le_bytes(self.bytes()), 22)
        )
    }
}
