//! Apple Pay, EC_v1 ("Payment token format reference", PassKit): the signature first, then the decryption.
//!
//! Verified: both certificates carry Apple's extensions, the leaf is signed by the intermediate and that by Apple Root
//! CA - G3, both were valid when the token was signed, the signature is the leaf's and over exactly this token, and it
//! was signed within [`SIGNED_WITHIN_US`] of now. Not verified: revocation, which would need a call to Apple.
//! RSA_v1 (China) is not supported.

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use p256::{PublicKey, SecretKey};
use p384::ecdsa::signature::hazmat::PrehashVerifier;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem, Encode};
use zeroize::Zeroizing;

use super::{WalletCard, WalletError, base64_of, cms};
use crate::domain::card::{CardNumber, Expiry};
use crate::domain::time::{MINUTE, Timestamp};

/// How far the signing time may be from now, microseconds: what is older is somebody's copy.
pub const SIGNED_WITHIN_US: i64 = 5 * MINUTE;
/// Apple Root CA - G3, <https://www.apple.com/certificateauthority/AppleRootCA-G3.cer>.
pub const ROOT_PEM: &str = include_str!("AppleRootCA-G3.pem");

/// Extension of the leaf certificate.
const LEAF_OID: &str = "1.2.840.113635.100.6.29";
/// Extension of the intermediate certificate.
const INTERMEDIATE_OID: &str = "1.2.840.113635.100.6.2.14";

/// `PKPaymentToken.paymentData`.
#[derive(Deserialize)]
struct Token {
    version: String,
    data: String,
    signature: String,
    header: Header,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    ephemeral_public_key: Option<String>,
    transaction_id: String,
    application_data: Option<String>,
}

/// What is inside.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    application_primary_account_number: Zeroizing<String>,
    application_expiration_date: String,
    currency_code: String,
    transaction_amount: i64,
    payment_data: PaymentData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PaymentData {
    online_payment_cryptogram: Option<Zeroizing<String>>,
    eci_indicator: Option<String>,
}

/// A merchant's payment processing key.
pub struct MerchantKey {
    /// The merchant identifier: "merchant.com.example".
    pub merchant_id: String,
    /// Its private key.
    pub key: SecretKey,
}

/// Opens a token with the one of `keys` that it was encrypted for. The cipher's tag says which that is: it depends on the
/// key and on the merchant identifier. The hash of the key in the header is signed by nobody and decides nothing.
///
/// # Errors
/// Whatever does not hold, named.
pub fn open(json: &str, keys: &[MerchantKey], root_pem: &str, now: Timestamp) -> Result<WalletCard, WalletError> {
    let token: Token = serde_json::from_str(json).map_err(|_| WalletError::Malformed("paymentData"))?;
    if token.version != "EC_v1" {
        return Err(WalletError::Unsupported("version must be EC_v1"));
    }
    let data = base64_of(&token.data).ok_or(WalletError::Malformed("data"))?;
    let ephemeral = token.header.ephemeral_public_key.as_deref().and_then(base64_of);
    let ephemeral = ephemeral.ok_or(WalletError::Malformed("header.ephemeralPublicKey"))?;
    let (signed_at, identity) = verify(&token, &data, &ephemeral, root_pem)?;
    if now.since(signed_at).saturating_abs() > SIGNED_WITHIN_US {
        return Err(WalletError::Expired("it was signed too long ago"));
    }
    let public =
        PublicKey::from_public_key_der(&ephemeral).map_err(|_| WalletError::Malformed("header.ephemeralPublicKey"))?;
    let opened = keys.iter().find_map(|key| decrypt(&data, &symmetric_key(key, &public)));
    let plain = opened.ok_or(WalletError::NotOurs)?;
    payment(&plain, signed_at, identity)
}

/// Proves the signature; answers when it was made, and the digest of what was signed.
fn verify(token: &Token, data: &[u8], ephemeral: &[u8], root_pem: &str) -> Result<(Timestamp, [u8; 32]), WalletError> {
    let signature = base64_of(&token.signature).ok_or(WalletError::Malformed("signature"))?;
    let signed = cms::read(&signature).ok_or(WalletError::Malformed("signature"))?;
    let signed_at = utc_time(&signed.signing_time).ok_or(WalletError::Malformed("signature"))?;
    let leaf = with_extension(&signed.certificates, LEAF_OID)?;
    let intermediate = with_extension(&signed.certificates, INTERMEDIATE_OID)?;
    let root =
        Certificate::from_pem(root_pem).map_err(|_| WalletError::NotGenuine("the trusted root cannot be read"))?;
    if leaf.tbs_certificate().serial_number().as_bytes() != signed.serial {
        return Err(WalletError::NotGenuine("the signer's certificate is not Apple's"));
    }
    for (certificate, issuer) in [(leaf, intermediate), (intermediate, &root)] {
        is_valid_at(certificate, signed_at)?;
        is_signed_by(certificate, issuer)?;
    }
    let header = &token.header;
    let hex_of = |text: &str| hex::decode(text).map_err(|_| WalletError::Malformed("header"));
    let mut hasher = Sha256::new().chain_update(ephemeral).chain_update(data);
    hasher.update(hex_of(&header.transaction_id)?);
    hasher.update(hex_of(header.application_data.as_deref().unwrap_or_default())?);
    let digest: [u8; 32] = hasher.finalize().into();
    if digest.as_slice() != signed.digest {
        return Err(WalletError::NotGenuine("what was signed is another token"));
    }
    let key = verifying_key(leaf)?;
    let signature = Signature::from_der(&signed.signature).map_err(|_| WalletError::Malformed("signature"))?;
    key.verify(&signed.attributes, &signature).map_err(|_| WalletError::NotGenuine("the signature does not hold"))?;
    Ok((signed_at, digest))
}

fn with_extension<'c>(certificates: &'c [Certificate], oid: &str) -> Result<&'c Certificate, WalletError> {
    let has = |certificate: &&Certificate| {
        let mut extensions = certificate.tbs_certificate().extensions().into_iter().flatten();
        extensions.any(|extension| extension.extn_id.to_string() == oid)
    };
    certificates.iter().find(has).ok_or(WalletError::NotGenuine("a certificate of Apple's is missing"))
}

fn is_valid_at(certificate: &Certificate, at: Timestamp) -> Result<(), WalletError> {
    let validity = certificate.tbs_certificate().validity();
    let seconds = u64::try_from(at.as_micros()).unwrap_or(0).checked_div(1_000_000).unwrap_or(0);
    let (from, to) =
        (validity.not_before.to_unix_duration().as_secs(), validity.not_after.to_unix_duration().as_secs());
    if (from..=to).contains(&seconds) {
        return Ok(());
    }
    Err(WalletError::Expired("a certificate was not valid when it was signed"))
}

/// Apple signs all of them with SHA-256: the leaf by a P-256 key, the intermediate by the root's P-384 key.
fn is_signed_by(certificate: &Certificate, issuer: &Certificate) -> Result<(), WalletError> {
    let broken = WalletError::NotGenuine("a certificate is not signed by Apple");
    let tbs = certificate.tbs_certificate().to_der().map_err(|_| broken)?;
    let signature = certificate.signature().as_bytes().ok_or(broken)?;
    let key = issuer.tbs_certificate().subject_public_key_info().to_der().map_err(|_| broken)?;
    if certificate.signature_algorithm().oid.to_string() != "1.2.840.10045.4.3.2" {
        return Err(broken);
    }
    if let Ok(key) = VerifyingKey::from_public_key_der(&key) {
        let signature = Signature::from_der(signature).map_err(|_| broken)?;
        return key.verify(&tbs, &signature).map_err(|_| broken);
    }
    let key = p384::ecdsa::VerifyingKey::from_public_key_der(&key).map_err(|_| broken)?;
    let signature = p384::ecdsa::Signature::from_der(signature).map_err(|_| broken)?;
    key.verify_prehash(&Sha256::digest(&tbs), &signature).map_err(|_| broken)
}

fn verifying_key(certificate: &Certificate) -> Result<VerifyingKey, WalletError> {
    let problem = WalletError::NotGenuine("the signer's key is no P-256 key");
    let der = certificate.tbs_certificate().subject_public_key_info().to_der().map_err(|_| problem)?;
    VerifyingKey::from_public_key_der(&der).map_err(|_| problem)
}

/// "YYMMDDHHMMSSZ".
fn utc_time(text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z').filter(|digits| digits.len() == 12)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| digits.get(from..from.checked_add(2)?);
    let (year, month, day) = (part(0)?, part(2)?, part(4)?);
    let (hour, minute, second) = (part(6)?, part(8)?, part(10)?);
    Timestamp::parse_rfc3339(&format!("20{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

/// ECDH, then the key derivation of NIST SP 800-56A, 5.8.1 with SHA-256.
fn symmetric_key(merchant: &MerchantKey, ephemeral: &PublicKey) -> Zeroizing<[u8; 32]> {
    let shared = p256::ecdh::diffie_hellman(merchant.key.to_nonzero_scalar(), ephemeral.as_affine());
    let digest = Sha256::new()
        .chain_update([0, 0, 0, 1])
        .chain_update(shared.raw_secret_bytes())
        .chain_update(b"\x0did-aes256-GCMApple")
        .chain_update(Sha256::digest(&merchant.merchant_id))
        .finalize();
    Zeroizing::new(digest.into())
}

fn decrypt(data: &[u8], key: &[u8; 32]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = AesGcm::<Aes256, U16>::new_from_slice(key).ok()?;
    // Apple's nonce is sixteen zero bytes: each key is used once.
    let nonce = Nonce::<U16>::from([0_u8; 16]);
    cipher.decrypt(&nonce, data).ok().map(Zeroizing::new)
}

fn payment(plain: &[u8], signed_at: Timestamp, identity: [u8; 32]) -> Result<WalletCard, WalletError> {
    let payment: Payment = serde_json::from_slice(plain).map_err(|_| WalletError::Malformed("payment data"))?;
    let number = CardNumber::parse(&payment.application_primary_account_number)
        .map_err(|_| WalletError::Malformed("account number"))?;
    let expiry = expiry(&payment.application_expiration_date).ok_or(WalletError::Malformed("expiration date"))?;
    let eci = payment.payment_data.eci_indicator.unwrap_or_default();
    if eci.len() > 2 || !eci.bytes().all(|b| b.is_ascii_digit()) {
        return Err(WalletError::Malformed("eciIndicator"));
    }
    Ok(WalletCard {
        number,
        expiry,
        cryptogram: payment.payment_data.online_payment_cryptogram,
        eci: if eci.is_empty() { eci } else { format!("{eci:0>2}") },
        approved: Some((payment.transaction_amount, payment.currency_code)),
        identity,
        good_until: signed_at.plus(SIGNED_WITHIN_US),
    })
}

/// "YYMMDD".
fn expiry(text: &str) -> Option<Expiry> {
    let (year, month) = (text.get(..2)?, text.get(2..4)?);
    Expiry::new(month.parse().ok()?, year.parse::<i16>().ok()?.checked_add(2_000)?)
}

#[cfg(test)]
#[path = "apple_tests.rs"]
mod tests;
