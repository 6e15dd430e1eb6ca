//! Signatures of what we send: HMAC-SHA256 in the two forms that receivers know.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a Standard Webhooks secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";

/// The text of a Standard Webhooks secret.
pub fn standard_secret(key: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(key))
}

/// The key behind a secret's text: what follows `whsec_` decoded, or the text itself where it is of another form.
pub fn standard_key(secret: &str) -> Vec<u8> {
    secret
        .strip_prefix(SECRET_PREFIX)
        .and_then(|text| STANDARD.decode(text).ok())
        .unwrap_or_else(|| secret.as_bytes().to_vec())
}

/// `v1,` and the signature of `id.timestamp.body` (Standard Webhooks, "webhook-signature").
pub fn standard(secret: &str, id: &str, timestamp_s: i64, body: &[u8]) -> String {
    let head = format!("{id}.{timestamp_s}.");
    format!("v1,{}", STANDARD.encode(hmac(&standard_key(secret), &[head.as_bytes(), body])))
}

/// The gateway's `Signature`: base64url without padding over the raw body (facts-gateway.md, "Webhooks").
pub fn gateway(secret: &str, body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(hmac(secret.as_bytes(), &[body]))
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256>>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateways_test_vector() {
        let signature = gateway("12345678-1234-1234-1234-123456789012", br#"{"data":"this is test data"}"#);
        assert_eq!(signature, "JacUiw_ztpEZJWvOhhKoHTLBf4b-aZv9n_0YmJJxltc");
    }

    /// The vector that the published libraries of Standard Webhooks test themselves with.
    #[test]
    fn the_vector_of_standard_webhooks() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signature = standard(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_reads_back_and_another_text_is_its_own_key() {
        let key = [7u8; 32];
        assert_eq!(standard_key(&standard_secret(&key)), key);
        assert_eq!(standard_key("12345678-1234"), b"12345678-1234");
    }
}
