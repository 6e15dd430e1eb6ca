//! Passwords: the rule for new ones, argon2id for storing them, the same time for right, wrong and unknown.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::ids::Random;
use crate::limits;

/// Memory, KiB (RELIABILITY.md S1; OWASP).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_LEN: usize = 16;

/// Common passwords in lower case that the rule would let through, and their plain forms.
const COMMON: &str = include_str!("common_passwords.txt");

/// What an unknown user's password is compared with, so that the answer takes the same time (S5). No password fits.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The password is right.
    pub ok: bool,
    /// It is right, and stored with less effort than we take now: hash it again.
    pub needs_rehash: bool,
}

/// Checks a new password against the gateway's rule (seed, "Change Password") and the common ones (S3).
///
/// # Errors
/// [`Error::Invalid`] for `field`, with what is missing; never with the password.
pub fn check_new(field: &str, password: &str, username: &str) -> Result<()> {
    let missing = |what| Err(Error::invalid(field, what));
    if !(8..=64).contains(&password.chars().count()) {
        return missing("must be 8-64 characters");
    }
    if !password.chars().any(char::is_uppercase) {
        return missing("must contain an uppercase character");
    }
    if !password.chars().any(char::is_numeric) {
        return missing("must contain a number");
    }
    if password.chars().all(char::is_alphanumeric) {
        return missing("must contain a special character");
    }
    let lower = password.to_lowercase();
    if lower == username.to_lowercase() {
        return missing("must not be the username");
    }
    if COMMON.lines().any(|common| common == lower) {
        return missing("is one of the most common passwords");
    }
    Ok(())
}

/// Hashes a password for storing.
///
/// # Errors
/// [`Error::Internal`] where there is no memory for it.
pub fn hash(password: &str, random: &Random) -> Result<String> {
    hash_salted(password, &random.bytes())
}

/// Compares a password with the stored hash, or with nobody's for an unknown user.
///
/// # Errors
/// [`Error::Internal`] where the stored text is no argon2 hash.
pub fn verify(password: &str, stored: Option<&str>) -> Result<Verdict> {
    let parsed = PasswordHash::new(stored.unwrap_or(NOBODY)).map_err(failed)?;
    let ok = match Argon2::default().verify_password(password.as_bytes(), &parsed) {
        Ok(()) => stored.is_some(),
        Err(argon2::password_hash::Error::PasswordInvalid) => false,
        Err(error) => return Err(failed(error)),
    };
    Ok(Verdict { ok, needs_rehash: ok && is_weaker(&parsed) })
}

/// Hashes and compares on the blocking pool, at most [`limits::PASSWORD_HASHES_MAX`] at once. Clones share the bound.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    random: Arc<Random>,
}

impl Passwords {
    /// Workers that take their salts from `random`.
    pub fn new(random: Arc<Random>) -> Self {
        Self { permits: Arc::new(Semaphore::new(limits::PASSWORD_HASHES_MAX)), random }
    }

    /// [`hash`] on the blocking pool.
    ///
    /// # Errors
    /// As [`hash`].
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String> {
        let random = Arc::clone(&self.random);
        self.run(move || hash(&password, &random)).await
    }

    /// [`verify`] on the blocking pool.
    ///
    /// # Errors
    /// As [`verify`].
    pub async fn verify(&self, password: Zeroizing<String>, stored: Option<String>) -> Result<Verdict> {
        self.run(move || verify(&password, stored.as_deref())).await
    }

    /// The permit goes along into the work, so that a caller who leaves does not make room for one more hash.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(Error::internal)?
    }
}

fn hash_salted(password: &str, salt: &[u8; SALT_LEN]) -> Result<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), salt).map_err(failed)?;
    Ok(hash.to_string())
}

fn is_weaker(stored: &PasswordHash) -> bool {
    let Ok(params) = Params::try_from(stored) else { return true };
    stored.algorithm != argon2::ARGON2ID_IDENT
        || stored.version != Some(Version::V0x13.into())
        || params.m_cost() < MEMORY_KIB
        || params.t_cost() < PASSES
        || params.p_cost() < LANES
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::internal(format!("argon2: {error}"))
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
