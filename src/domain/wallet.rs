//! Wallets on customers' devices, and the merchant's keys that open what they send.

use super::id::WalletKeyId;
use super::time::Timestamp;

/// Longest name of a merchant at a wallet, characters.
pub const MERCHANT_ID_MAX: usize = 128;

/// Whose wallet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wallet {
    /// Apple Pay.
    ApplePay,
    /// Google Pay.
    GooglePay,
}

impl Wallet {
    /// The name in the file: "apple_pay".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApplePay => "apple_pay",
            Self::GooglePay => "google_pay",
        }
    }

    /// Reads the name in the file.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ApplePay, Self::GooglePay].into_iter().find(|wallet| wallet.as_str() == text)
    }

    /// As people write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::ApplePay => "Apple Pay",
            Self::GooglePay => "Google Pay",
        }
    }
}

/// A key of the merchant's at a wallet; the private part only sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletKey {
    /// Its id.
    pub id: WalletKeyId,
    /// Whose wallet.
    pub wallet: Wallet,
    /// Whom tokens are for: "merchant.com.example", "gateway:name", "merchant:1234".
    pub merchant_id: String,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// Google's file of root signing keys; "{}" for Apple Pay, whose root is built in.
    pub trusted_json: String,
    /// When it was added.
    pub created_at: Timestamp,
}
