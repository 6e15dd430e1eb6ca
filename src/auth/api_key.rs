//! API keys: 256 random bits behind a prefix that tells private from public; the database keeps a SHA-256.
//!
//! A merchant who moves here brings the keys already in use, of any form; their strength is then the merchant's.

use crate::domain::id::base62;
pub use crate::domain::user::KeyType as Kind;
use crate::error::{Error, Result};
use crate::ids::Random;

/// A key at the only moment its text is known.
#[derive(Clone)]
pub struct NewKey {
    /// Private or public.
    pub kind: Kind,
    /// The key, shown once.
    pub text: String,
    /// SHA-256 of the text, to be stored.
    pub hash: [u8; 32],
}

impl NewKey {
    /// Draws a key.
    pub fn new(kind: Kind, random: &Random) -> Self {
        Self::of(kind, format!("{}_{}", kind.as_str(), random.secret()))
    }

    /// A key out of 256 secret bits that were drawn elsewhere.
    pub fn from_bits(kind: Kind, bits: [u8; 32]) -> Self {
        let mut halves =
            bits.chunks_exact(16).map(|half| half.iter().fold(0u128, |all, byte| (all << 8) | u128::from(*byte)));
        let mut next = || base62(halves.next().unwrap_or_default(), 22);
        Self::of(kind, format!("{}_{}{}", kind.as_str(), next(), next()))
    }

    /// Takes a key that a merchant already uses.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless it is 8-200 printable ASCII characters without spaces, or where it looks like a key
    /// of ours of the other kind.
    pub fn import(kind: Kind, text: &str) -> Result<Self> {
        if !(8..=200).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid("secret", "must be 8-200 printable ASCII characters without spaces"));
        }
        if Kind::parse(text.split('_').next().unwrap_or_default())
            .is_some_and(|named| named != kind && text.contains('_'))
        {
            return Err(Error::invalid("secret", format!("its prefix says it is not of type {}", kind.as_str())));
        }
        Ok(Self::of(kind, text.to_owned()))
    }

    fn of(kind: Kind, text: String) -> Self {
        let hash = hash(&text);
        Self { kind, text, hash }
    }
}

/// What the database keeps of a key, and looks it up by.
pub fn hash(text: &str) -> [u8; 32] {
    super::token_hash(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_has_its_prefix_and_256_bits() {
        let random = Random::seeded(1);
        for (kind, prefix) in [(Kind::Api, "api_"), (Kind::Pub, "pub_")] {
            let key = NewKey::new(kind, &random);
            let body = key.text.strip_prefix(prefix).unwrap();
            assert!(body.len() >= 43 && body.bytes().all(|b| b.is_ascii_alphanumeric()), "{body}");
            assert_eq!(hash(&key.text), key.hash);
            assert_ne!(NewKey::new(kind, &random).text, key.text);
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("API"), None);
    }

    #[test]
    fn all_bits_are_in_the_text() {
        let text = |bits: [u8; 32]| NewKey::from_bits(Kind::Api, bits).text;
        let none = text([0; 32]);
        assert_eq!(none.len(), "api_".len() + 44);
        for bit in 0..256 {
            let mut bits = [0; 32];
            bits[bit / 8] = 1 << (bit % 8);
            assert_ne!(text(bits), none, "bit {bit}");
        }
    }

    #[test]
    fn the_hash_is_plain_sha_256() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, appendix B.1
        assert_eq!(hex::encode(hash("abc")), known);
    }

    #[test]
    fn imported_keys() {
        let long = "x".repeat(200);
        let too_long = "x".repeat(201);
        for (kind, text, good) in [
            (Kind::Api, "api_2hQIG638fYIq0KiP96k3XDZXrLJ", true),
            (Kind::Pub, "pub_2hQIG638fYIq0KiP96k3XDZXrLJ", true),
            (Kind::Api, "pub_2hQIG638fYIq0KiP96k3XDZXrLJ", false),
            (Kind::Pub, "api_2hQIG638fYIq0KiP96k3XDZXrLJ", false),
            (Kind::Pub, "apiary-key", true),
            (Kind::Api, "12345678", true),
            (Kind::Api, "eyJh.eyJz~!@#/+=", true),
            (Kind::Api, &long, true),
            (Kind::Api, &too_long, false),
            (Kind::Api, "1234567", false),
            (Kind::Api, "", false),
            (Kind::Api, "12345 678", false),
            (Kind::Api, "12345678\n", false),
            (Kind::Api, "clé-secrète", false),
        ] {
            let key = NewKey::import(kind, text);
            assert_eq!(key.is_ok(), good, "{kind:?} {text}");
            if let Ok(key) = key {
                assert_eq!((key.text.as_str(), key.hash), (text, hash(text)));
            }
        }
    }
}
