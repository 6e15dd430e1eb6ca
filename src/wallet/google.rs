//! Google Pay, ECv2 ("Payment data cryptography for merchants"): two signatures, then the decryption.
//!
//! Verified: the intermediate key is signed by one of Google's keys that has not expired, has itself not expired, and
//! signed this message for this recipient; the MAC; the expiry inside. ECv1 is not supported: Google has retired it.

use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use p256::{PublicKey, SecretKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{WalletCard, WalletError, base64_of};
use crate::domain::card::{CardNumber, Expiry};
use crate::domain::time::Timestamp;

/// The one version.
const VERSION: &str = "ECv2";
/// Who signs.
const SENDER: &str = "Google";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    protocol_version: String,
    signature: String,
    intermediate_signing_key: IntermediateKey,
    signed_message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IntermediateKey {
    signed_key: String,
    signatures: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedKey {
    key_value: String,
    key_expiration: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignedMessage {
    encrypted_message: String,
    ephemeral_public_key: String,
    tag: String,
}

/// Google's file of root signing keys, as it publishes it.
#[derive(Deserialize)]
struct RootKeys {
    keys: Vec<RootKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RootKey {
    key_value: String,
    protocol_version: String,
    key_expiration: Option<String>,
}

/// What is inside.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_expiration: String,
    payment_method: String,
    payment_method_details: Details,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    pan: Zeroizing<String>,
    expiration_month: i8,
    expiration_year: i16,
    auth_method: String,
    cryptogram: Option<Zeroizing<String>>,
    eci_indicator: Option<String>,
}

/// A merchant's key, whom tokens are for, and whom it trusts to sign them.
pub struct MerchantKey {
    /// "merchant:12345678901234567890" or "gateway:name".
    pub recipient_id: String,
    /// The private key.
    pub key: SecretKey,
    /// Google's file of root signing keys.
    pub root_keys_json: String,
}

/// Whether this is a file of root signing keys with a key of the supported version.
pub fn is_root_keys(json: &str) -> bool {
    serde_json::from_str::<RootKeys>(json).is_ok_and(|file| {
        file.keys.iter().any(|key| key.protocol_version == VERSION && verifying_key(&key.key_value).is_some())
    })
}

/// Opens a token with the first of `keys` for which it was signed and encrypted.
///
/// # Errors
/// Whatever does not hold, named; of the last key where there are several.
pub fn open(json: &str, keys: &[MerchantKey], now: Timestamp) -> Result<WalletCard, WalletError> {
    let token: Token = serde_json::from_str(json).map_err(|_| WalletError::Malformed("its parts"))?;
    if token.protocol_version != VERSION {
        return Err(WalletError::Unsupported("protocolVersion must be ECv2"));
    }
    let mut refusal = WalletError::NotOurs;
    for key in keys {
        match unseal(&token, key, now) {
            Ok(plain) => return card(&plain, Sha256::digest(&token.signed_message).into(), now),
            Err(why) => refusal = why,
        }
    }
    Err(refusal)
}

/// Verifies the signatures and decrypts.
fn unseal(token: &Token, key: &MerchantKey, now: Timestamp) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    let signer = intermediate(&token.intermediate_signing_key, &key.root_keys_json, now)?;
    let signed = signed_bytes(&[SENDER, &key.recipient_id, VERSION, &token.signed_message]);
    if !holds(&signer, &signed, &token.signature) {
        return Err(WalletError::NotGenuine("the message's signature does not hold for this recipient"));
    }
    let message: SignedMessage =
        serde_json::from_str(&token.signed_message).map_err(|_| WalletError::Malformed("signedMessage"))?;
    decrypt(&message, &key.key)
}

/// The intermediate key, if one of Google's keys signed it and neither has expired.
fn intermediate(key: &IntermediateKey, root_keys_json: &str, now: Timestamp) -> Result<VerifyingKey, WalletError> {
    let file: RootKeys =
        serde_json::from_str(root_keys_json).map_err(|_| WalletError::NotGenuine("the trusted keys cannot be read"))?;
    let signed = signed_bytes(&[SENDER, VERSION, &key.signed_key]);
    let is_live = |root: &&RootKey| {
        let expiry = root.key_expiration.as_deref().and_then(instant);
        root.protocol_version == VERSION && expiry.is_some_and(|expiry| now < expiry)
    };
    let roots: Vec<VerifyingKey> =
        file.keys.iter().filter(is_live).filter_map(|root| verifying_key(&root.key_value)).collect();
    if roots.is_empty() {
        return Err(WalletError::Expired("every trusted key of Google's has, load the present ones"));
    }
    let is_signed = key.signatures.iter().any(|signature| roots.iter().any(|root| holds(root, &signed, signature)));
    if !is_signed {
        return Err(WalletError::NotGenuine("the intermediate key is not signed by Google"));
    }
    let read: SignedKey = serde_json::from_str(&key.signed_key)
        .map_err(|_| WalletError::Malformed("intermediateSigningKey.signedKey"))?;
    if instant(&read.key_expiration).is_none_or(|expiry| now >= expiry) {
        return Err(WalletError::Expired("the intermediate signing key"));
    }
    verifying_key(&read.key_value).ok_or(WalletError::Malformed("intermediateSigningKey.signedKey"))
}

/// ECIES-KEM with HKDF-SHA256, AES-256-CTR and HMAC-SHA256.
fn decrypt(message: &SignedMessage, key: &SecretKey) -> Result<Zeroizing<Vec<u8>>, WalletError> {
    let part = |text: &str, name: &'static str| base64_of(text).ok_or(WalletError::Malformed(name));
    let ephemeral = part(&message.ephemeral_public_key, "ephemeralPublicKey")?;
    let public = PublicKey::from_sec1_bytes(&ephemeral).map_err(|_| WalletError::Malformed("ephemeralPublicKey"))?;
    let mut encrypted = Zeroizing::new(part(&message.encrypted_message, "encryptedMessage")?);
    let tag = part(&message.tag, "tag")?;
    let shared = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), public.as_affine());
    let secret = Zeroizing::new([ephemeral.as_slice(), shared.raw_secret_bytes().as_slice()].concat());
    let mut derived = Zeroizing::new([0_u8; 64]);
    Hkdf::<Sha256>::new(None, &secret)
        .expand(SENDER.as_bytes(), derived.as_mut_slice())
        .map_err(|_| WalletError::NotOurs)?;
    let (cipher_key, mac_key) = derived.split_at(32);
    let mac = Hmac::<Sha256>::new_from_slice(mac_key).map_err(|_| WalletError::NotOurs)?;
    mac.chain_update(encrypted.as_slice()).verify_slice(&tag).map_err(|_| WalletError::NotOurs)?;
    let mut cipher = Ctr128BE::<Aes256>::new_from_slices(cipher_key, &[0; 16]).map_err(|_| WalletError::NotOurs)?;
    cipher.apply_keystream(encrypted.as_mut_slice());
    Ok(encrypted)
}

fn card(plain: &[u8], identity: [u8; 32], now: Timestamp) -> Result<WalletCard, WalletError> {
    let message: Message = serde_json::from_slice(plain).map_err(|_| WalletError::Malformed("encryptedMessage"))?;
    let good_until = instant(&message.message_expiration).ok_or(WalletError::Malformed("messageExpiration"))?;
    if now >= good_until {
        return Err(WalletError::Expired("the message"));
    }
    if message.payment_method != "CARD" {
        return Err(WalletError::Unsupported("paymentMethod must be CARD"));
    }
    let details = message.payment_method_details;
    let cryptogram = match details.auth_method.as_str() {
        "PAN_ONLY" => None,
        "CRYPTOGRAM_3DS" => Some(details.cryptogram.ok_or(WalletError::Malformed("cryptogram"))?),
        _ => return Err(WalletError::Unsupported("authMethod")),
    };
    let eci = details.eci_indicator.unwrap_or_default();
    if eci.len() > 2 || !eci.bytes().all(|b| b.is_ascii_digit()) {
        return Err(WalletError::Malformed("eciIndicator"));
    }
    Ok(WalletCard {
        number: CardNumber::parse(&details.pan).map_err(|_| WalletError::Malformed("pan"))?,
        expiry: Expiry::new(details.expiration_month, details.expiration_year)
            .ok_or(WalletError::Malformed("expirationYear"))?,
        cryptogram,
        eci: if eci.is_empty() { eci } else { format!("{eci:0>2}") },
        approved: None,
        identity,
        good_until,
    })
}

/// Each part with its length before it, four bytes, little endian.
fn signed_bytes(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

fn holds(key: &VerifyingKey, signed: &[u8], signature: &str) -> bool {
    let read = base64_of(signature).and_then(|der| Signature::from_der(&der).ok());
    read.is_some_and(|signature| key.verify(signed, &signature).is_ok())
}

fn verifying_key(text: &str) -> Option<VerifyingKey> {
    VerifyingKey::from_public_key_der(&base64_of(text)?).ok()
}

/// Milliseconds since 1970, as a text.
fn instant(text: &str) -> Option<Timestamp> {
    let ms: i64 = text.parse().ok()?;
    Some(Timestamp::from_micros(ms.checked_mul(1_000)?))
}

#[cfg(test)]
#[path = "google_tests.rs"]
mod tests;
