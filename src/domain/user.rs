//! People who work for the merchant, their keys and their logins.

use super::access::{Permissions, Role};
use super::id::{ApiKeyId, UserId};
use super::time::{MINUTE, Timestamp};
use super::user_settings::UserSettings;

/// Wrong passwords in a row after which a user is locked (RELIABILITY.md S6).
pub const LOGIN_FAILURES_MAX: u32 = 10;
/// How long a locked user waits, microseconds (S6, PCI 8.3.4).
pub const LOCK_US: i64 = 30 * MINUTE;

/// A person who works for the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The unique name to log in with; upper and lower case are the same.
    pub username: String,
    /// First and last name.
    pub name: String,
    /// Digits only.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// IANA name, as the user wrote it.
    pub time_zone: String,
    /// Whether the user may log in.
    pub status: UserStatus,
    /// Administrator or not.
    pub role: Role,
    /// What a standard user may do.
    pub permissions: Permissions,
    /// What they chose for themselves.
    pub settings: UserSettings,
    /// Whether somebody else chose the password: a request to change it, nothing more.
    pub is_password_expired: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whether a user may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// May log in.
    Active,
    /// May not; its keys do not work either.
    Disabled,
}

impl UserStatus {
    /// The word in answers and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Disabled].into_iter().find(|status| status.as_str() == text)
    }
}

/// What a login is judged by.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The stored password; `None` until the user set one.
    pub password_hash: Option<String>,
    /// Wrong passwords since the last right one or lock.
    pub failures: u32,
    /// Locked until then.
    pub locked_until: Option<Timestamp>,
}

impl Login {
    /// Whether the user must wait at `now`.
    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| now < until)
    }

    /// The count and the lock after one more wrong password at `now`.
    pub fn after_failure(&self, now: Timestamp) -> (u32, Option<Timestamp>) {
        let failures = self.failures.saturating_add(1);
        if failures >= LOGIN_FAILURES_MAX { (0, Some(now.plus(LOCK_US))) } else { (failures, self.locked_until) }
    }
}

/// Who may hold a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// For the merchant's server: `api_…`.
    Api,
    /// For the merchant's pages, seen by everyone: `pub_…`.
    Pub,
}

impl KeyType {
    /// The word in answers, flags and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Pub => "pub",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Api, Self::Pub].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A program's key; its text is known only when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The id.
    pub id: ApiKeyId,
    /// The user it acts for.
    pub user_id: UserId,
    /// Private or public.
    pub kind: KeyType,
    /// What the merchant calls it.
    pub name: String,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A login in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its token; the token itself is with the user only.
    pub hash: [u8; 32],
    /// Whose it is.
    pub user_id: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenth_failure_locks_for_half_an_hour() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let mut login = Login { password_hash: None, failures: 0, locked_until: None };
        for failure in 1..LOGIN_FAILURES_MAX {
            (login.failures, login.locked_until) = login.after_failure(now);
            assert_eq!((login.failures, login.is_locked(now)), (failure, false));
        }
        (login.failures, login.locked_until) = login.after_failure(now);
        assert_eq!(login.failures, 0);
        assert!(login.is_locked(now.plus(LOCK_US - 1)));
        assert!(!login.is_locked(now.plus(LOCK_US)));
    }
}
