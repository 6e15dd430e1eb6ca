//! Whom a key belongs to, remembered by the key's hash for as long as the file says the same.
//!
//! What is remembered counts until the next COMMIT that changes a key or a user (`Store::access_generation`): a key that
//! was deleted, or whose user lost a permission, is refused from the next request on. What another process writes to
//! the file beside the server is seen within a second. Keys that are not good are never remembered.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::domain::user::{ApiKey, User};
use crate::error::Result;
use crate::limits;

/// How long a look into the file counts where only another process could have changed it.
const COUNTS_FOR: Duration = Duration::from_secs(1);

/// A good key and whom it belongs to.
pub(super) struct KeyHolder {
    /// The key.
    pub(super) key: ApiKey,
    /// Its user, who is active.
    pub(super) user: User,
    is_touched: AtomicBool,
}

impl KeyHolder {
    /// What the file says.
    pub(super) fn new(key: ApiKey, user: User) -> Self {
        Self { key, user, is_touched: AtomicBool::new(false) }
    }

    /// Whether the caller is the first one who would note the use of the key.
    pub(super) fn touch(&self) -> bool {
        !self.is_touched.swap(true, Ordering::Relaxed)
    }
}

struct Remembered {
    generation: u64,
    since: Stopwatch,
    holder: Arc<KeyHolder>,
}

/// The keys that are in use, by their hashes.
#[derive(Default)]
pub(super) struct KnownKeys(RwLock<HashMap<[u8; 32], Remembered>>);

impl KnownKeys {
    /// The holder of the key with this hash, as the file said at `generation` or later; `look` asks the file.
    ///
    /// # Errors
    /// Those of `look`.
    pub(super) fn holder(
        &self,
        hash: [u8; 32],
        generation: u64,
        look: impl FnOnce() -> Result<KeyHolder>,
    ) -> Result<Arc<KeyHolder>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let counts = |known: &&Remembered| known.generation == generation && known.since.elapsed() < COUNTS_FOR;
        if let Some(known) = known.get(&hash).filter(counts) {
            return Ok(Arc::clone(&known.holder));
        }
        drop(known);
        // Before the look: what is committed during it makes the answer one for this request alone.
        let since = Stopwatch::start();
        let holder = Arc::new(look()?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= limits::KNOWN_KEYS_MAX && !known.contains_key(&hash) {
            known.clear();
        }
        known.insert(hash, Remembered { generation, since, holder: Arc::clone(&holder) });
        Ok(holder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{Permissions, Role};
    use crate::domain::id::{ApiKeyId, UserId};
    use crate::domain::time::Timestamp;
    use crate::domain::user::{KeyType, UserStatus};
    use crate::domain::user_settings::UserSettings;
    use crate::error::Error;

    fn holder(name: &str) -> KeyHolder {
        let (user_id, at) = (UserId::from_stored("u".to_owned()), Timestamp::default());
        let key = ApiKey {
            id: ApiKeyId::from_stored("k".to_owned()),
            user_id: user_id.clone(),
            kind: KeyType::Api,
            name: name.to_owned(),
            last_used_at: None,
            created_at: at,
            updated_at: at,
        };
        let user = User {
            id: user_id,
            username: String::new(),
            name: String::new(),
            phone: String::new(),
            email: String::new(),
            time_zone: String::new(),
            status: UserStatus::Active,
            role: Role::Standard,
            permissions: Permissions::NONE,
            settings: UserSettings::default(),
            is_password_expired: false,
            created_at: at,
            updated_at: at,
        };
        KeyHolder::new(key, user)
    }

    #[test]
    fn a_key_is_looked_up_again_once_who_may_call_has_changed() {
        let known = KnownKeys::default();
        let name = |generation, looked: &str| {
            known.holder([1; 32], generation, || Ok(holder(looked))).map(|holder| holder.key.name.clone())
        };
        assert_eq!(name(1, "first").unwrap(), "first");
        assert_eq!(name(1, "second").unwrap(), "first", "nothing changed");
        assert_eq!(name(2, "third").unwrap(), "third");
        let refused = known.holder([1; 32], 3, || Err(Error::Unauthenticated));
        assert!(matches!(refused, Err(Error::Unauthenticated)), "what was good once is not good for ever");
        let stranger = known.holder([2; 32], 2, || Err(Error::Unauthenticated));
        assert!(matches!(stranger, Err(Error::Unauthenticated)));
    }

    #[test]
    fn a_flood_of_keys_fills_no_memory() {
        let known = KnownKeys::default();
        for n in 0..=limits::KNOWN_KEYS_MAX {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&n.to_be_bytes());
            known.holder(hash, 1, || Ok(holder(""))).map(drop).unwrap();
        }
        assert!(known.0.read().unwrap().len() <= limits::KNOWN_KEYS_MAX);
    }

    #[test]
    fn one_of_many_notes_the_use() {
        let holder = holder("");
        assert_eq!((holder.touch(), holder.touch()), (true, false));
    }
}
