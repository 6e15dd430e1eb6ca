//! Proofs of identity: passwords, tokens, keys, sessions. Who may do what is `domain::access`.
//!
//! Nothing here is looked up or stored: every function judges what it is given. Secrets are compared in constant time.

pub mod api_key;
pub mod csrf;
pub mod jwt;
pub mod one_time;
pub mod password;
pub mod rs256;
pub mod session;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of a random token: what the database keeps of it (RELIABILITY.md S11, S17, S44).
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Whether two hashes are equal, in the same time wherever they differ (S21).
pub fn hashes_equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
