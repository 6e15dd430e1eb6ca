//! Tokens of Apple Pay and Google Pay: proved genuine, then opened with the merchant's key.
//!
//! Pure but for the cryptography: keys, trusted roots and the present instant come in, a card comes out. Everything in a
//! token is hostile until its signature was verified; what is refused says why without repeating what was sent.

pub mod apple;
mod cms;
pub mod google;

use p256::SecretKey;
use p256::pkcs8::DecodePrivateKey;
use zeroize::Zeroizing;

use crate::domain::card::{CardNumber, Expiry};
use crate::domain::time::Timestamp;

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// A part is missing or has another form than documented.
    #[error("is not a payment token: {0}")]
    Malformed(&'static str),
    /// Another version or algorithm than is supported.
    #[error("is of a version that is not supported: {0}")]
    Unsupported(&'static str),
    /// A signature or certificate does not hold.
    #[error("was not signed by the wallet: {0}")]
    NotGenuine(&'static str),
    /// It, or a key that signed it, is too old.
    #[error("has expired: {0}")]
    Expired(&'static str),
    /// No key of the merchant's opens it.
    #[error("was not encrypted for this merchant")]
    NotOurs,
}

/// What a genuine token holds.
pub struct WalletCard {
    /// The device's account number, or the card's own.
    pub number: CardNumber,
    /// Its last month.
    pub expiry: Expiry,
    /// The proof that the customer approved on the device; `None` where the wallet gave the card itself.
    pub cryptogram: Option<Zeroizing<String>>,
    /// Electronic commerce indicator, two digits; "" where there is none.
    pub eci: String,
    /// The amount that the customer approved, minor units, and its ISO 4217 number, where the token says so.
    pub approved: Option<(i64, String)>,
    /// SHA-256 of what was signed: the same token has the same, however it is written.
    pub identity: [u8; 32],
    /// Until when the token could be presented again.
    pub good_until: Timestamp,
}

/// The merchant's private key, as PEM (PKCS#8) or as the base64 of its DER, which is how Google's console shows it.
///
/// # Errors
/// `Malformed` where it is no P-256 key.
pub fn private_key(text: &str) -> Result<SecretKey, WalletError> {
    let problem = WalletError::Malformed("the key must be a P-256 private key in PKCS#8");
    let text = text.trim();
    if text.starts_with("-----BEGIN") {
        return SecretKey::from_pkcs8_pem(text).map_err(|_| problem);
    }
    let der = Zeroizing::new(base64_of(text).ok_or(problem)?);
    SecretKey::from_pkcs8_der(&der).map_err(|_| problem)
}

/// Standard base64, as both wallets write it.
fn base64_of(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
