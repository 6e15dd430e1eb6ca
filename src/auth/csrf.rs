//! Proof that a form was sent from one of our own pages (RELIABILITY.md S30): a token bound to the session, and the
//! browser's word about where the request comes from. Both must hold.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ids::Random;

const SALT_LEN: usize = 16;

/// A token for one form of this session.
///
/// Each is different, so that compression of a page cannot be used to guess it byte by byte (BREACH).
pub fn token(key: &[u8; 32], session_id: &str, random: &Random) -> String {
    let salt: [u8; SALT_LEN] = random.bytes();
    let mac: [u8; 32] = mac(key, session_id, &salt).finalize().into_bytes().into();
    format!("{}{}", hex::encode(salt), hex::encode(mac))
}

/// Whether `presented` is a token of this session; compared in constant time.
pub fn token_is_good(key: &[u8; 32], session_id: &str, presented: &str) -> bool {
    let mut bytes = [0u8; SALT_LEN + 32];
    if hex::decode_to_slice(presented, &mut bytes).is_err() {
        return false;
    }
    let (salt, proof) = bytes.split_at(SALT_LEN);
    mac(key, session_id, salt).verify_slice(proof).is_ok()
}

/// Whether the browser says that the request comes from our own pages.
///
/// `Sec-Fetch-Site` decides where it is sent; browsers leave it out on plain HTTP, and there `Origin` must be
/// `own_origin` (scheme, host, port). With neither header the answer is no.
pub fn is_same_origin(sec_fetch_site: Option<&str>, origin: Option<&str>, own_origin: &str) -> bool {
    match (sec_fetch_site, origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.eq_ignore_ascii_case(serialized(own_origin)),
        (None, None) => false,
    }
}

/// An origin as browsers write it: no slash at the end, no port where it is the scheme's own.
fn serialized(own_origin: &str) -> &str {
    let origin = own_origin.trim_end_matches('/');
    match origin.split_once("://") {
        Some(("https", _)) => origin.strip_suffix(":443").unwrap_or(origin),
        Some(("http", _)) => origin.strip_suffix(":80").unwrap_or(origin),
        _ => origin,
    }
}

fn mac(key: &[u8; 32], session_id: &str, salt: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(salt); // of fixed length, so that salt and session cannot run into each other
    mac.update(session_id.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_token_is_good_for_its_session_and_key_only() {
        let random = Random::seeded(1);
        let good = token(&KEY, "s1", &random);
        assert!(token_is_good(&KEY, "s1", &good));
        assert_ne!(good, token(&KEY, "s1", &random), "two forms, two tokens");
        assert!(!token_is_good(&KEY, "s2", &good));
        assert!(!token_is_good(&[8; 32], "s1", &good));
        for bad in ["", "00", &good[..94], &format!("{good}00"), &"0".repeat(96), &"zz".repeat(48)] {
            assert!(!token_is_good(&KEY, "s1", bad), "{bad}");
        }
        for at in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert!(!token_is_good(&KEY, "s1", std::str::from_utf8(&changed).unwrap()), "character {at}");
        }
    }

    #[test]
    fn origins() {
        let own = "https://pay.example.com";
        for (site, origin, own, good) in [
            (Some("same-origin"), None, own, true),
            (Some("none"), None, own, true),
            (Some("same-origin"), Some("https://pay.example.com"), own, true),
            (Some("same-site"), Some("https://pay.example.com"), own, false),
            (Some("cross-site"), Some("https://pay.example.com"), own, false),
            (Some(""), Some("https://pay.example.com"), own, false),
            (None, None, own, false),
            (None, Some("https://pay.example.com"), own, true),
            (None, Some("https://PAY.example.com"), own, true),
            (None, Some("null"), own, false),
            (None, Some(""), own, false),
            (None, Some("http://pay.example.com"), own, false),
            (None, Some("https://pay.example.com:8443"), own, false),
            (None, Some("https://pay.example.com.evil.test"), own, false),
            (None, Some("https://evil.test"), own, false),
            (None, Some("https://pay.example.com"), "https://pay.example.com:443/", true),
            (None, Some("http://127.0.0.1:8080"), "http://127.0.0.1:8080", true),
            (None, Some("http://shop.test"), "http://shop.test:80", true),
            (None, Some("http://shop.test"), "http://shop.test:443", false),
        ] {
            assert_eq!(is_same_origin(site, origin, own), good, "{site:?} {origin:?} {own}");
        }
    }
}
