//! The instance's own signature: RS256, made with the key that is sealed in the vault, checked by anyone with the
//! public key at `/.well-known/jwks.json`.
//!
//! `ring` signs and checks; the primes are found by `crypto-primes`, because `ring` makes no RSA keys. What is kept of
//! a key is its two primes: everything else follows from them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core::num::NonZeroU32;
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, Resize as _};
use crypto_primes::hazmat::{SetBits, SmallFactorsSieveFactory};
use crypto_primes::{Flavor, is_prime, sieve_and_find};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::ids::Random;

/// Bits of each prime.
const PRIME_BITS: u32 = 1024;
/// Bytes of each prime.
const PRIME_BYTES: usize = 128;
/// The public exponent.
const EXPONENT: u32 = 65_537;

/// A key that signs.
pub struct SigningKey {
    pair: KeyPair,
    public: PublicKey,
}

/// What others need to check a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Which key: it follows from the key itself.
    pub kid: String,
    modulus: Vec<u8>,
}

/// The two primes of a new key, 256 bytes to be sealed. Takes about a second: not inside an async context.
///
/// # Errors
/// `Internal` where no primes are found.
pub fn primes_draw(random: &Random) -> Result<Zeroizing<Vec<u8>>> {
    let mut generator = random.generator();
    let mut primes = Zeroizing::new(Vec::with_capacity(2 * PRIME_BYTES));
    for _ in 0..2 {
        let bits = NonZeroU32::new(PRIME_BITS).expect("not zero");
        let sieve = SmallFactorsSieveFactory::<BoxedUint>::new(Flavor::Any, bits.get(), SetBits::TwoMsb);
        let sieve = sieve.map_err(|why| Error::internal(format!("no sieve for primes: {why}")))?;
        let is_good = |prime: &BoxedUint| is_prime(Flavor::Any, prime) && exponent_fits(prime);
        let prime = sieve_and_find(&mut generator, sieve, |_, candidate| is_good(candidate));
        let prime = prime.ok().flatten().ok_or_else(|| Error::internal("no prime was found"))?;
        primes.extend_from_slice(&Zeroizing::new(prime.to_be_bytes()));
    }
    Ok(primes)
}

/// Whether the exponent has an inverse beside this prime.
fn exponent_fits(prime: &BoxedUint) -> bool {
    inverse(&exponent(), &prime.wrapping_sub(BoxedUint::one())).is_some()
}

fn exponent() -> BoxedUint {
    BoxedUint::from(EXPONENT)
}

fn inverse(number: &BoxedUint, modulus: &BoxedUint) -> Option<BoxedUint> {
    let modulus = modulus.to_nz().into_option()?;
    number.resize(modulus.as_ref().bits_precision()).invert_mod(&modulus).into_option()
}

impl SigningKey {
    /// The key with these primes.
    ///
    /// # Errors
    /// `Internal` where they are none of ours.
    pub fn of_primes(primes: &[u8]) -> Result<Self> {
        let bad = || Error::internal("the primes of the signing key are damaged");
        let read = |part: &[u8]| BoxedUint::from_be_slice(part, PRIME_BITS).map_err(|_| bad());
        let (first, second) = primes.split_at_checked(PRIME_BYTES).ok_or_else(bad)?;
        let (first, second) = (read(first)?, read(second)?);
        let (p, q) = if first > second { (first, second) } else { (second, first) };
        let one = BoxedUint::one();
        let (below_p, below_q) = (p.wrapping_sub(&one), q.wrapping_sub(&one));
        let modulus = p.concatenating_mul(&q);
        let d = inverse(&exponent(), &below_p.concatenating_mul(&below_q)).ok_or_else(bad)?;
        let d_p = inverse(&exponent(), &below_p).ok_or_else(bad)?;
        let d_q = inverse(&exponent(), &below_q).ok_or_else(bad)?;
        let q_inverse = inverse(&q, &p).ok_or_else(bad)?;
        let bytes = |number: &BoxedUint| Zeroizing::new(trimmed(&number.to_be_bytes()).to_vec());
        let n = trimmed(&modulus.to_be_bytes()).to_vec();
        let [d, p, q, d_p, d_q, q_inverse] = [&d, &p, &q, &d_p, &d_q, &q_inverse].map(bytes);
        let exponent = EXPONENT.to_be_bytes();
        let pair = KeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents { n: n.as_slice(), e: trimmed(&exponent) },
            d: d.as_slice(),
            p: p.as_slice(),
            q: q.as_slice(),
            dP: d_p.as_slice(),
            dQ: d_q.as_slice(),
            qInv: q_inverse.as_slice(),
        });
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(&n)).chars().take(16).collect();
        Ok(Self { pair: pair.map_err(|_| bad())?, public: PublicKey { kid, modulus: n } })
    }

    /// The public part.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The JWT of `claims`, a JSON object.
    ///
    /// # Errors
    /// `Internal` where the key does not sign.
    pub fn sign(&self, claims: &str) -> Result<String> {
        let head = format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{}"}}"#, self.public.kid);
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
        let mut proof = vec![0; self.pair.public().modulus_len()];
        // The generator only blinds the arithmetic: the signature follows from key and text alone.
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body.as_bytes(), &mut proof)
            .map_err(|_| Error::internal("the signing key does not sign"))?;
        Ok(format!("{body}.{}", URL_SAFE_NO_PAD.encode(proof)))
    }
}

impl PublicKey {
    /// The modulus, base64url as a JWK has it.
    pub fn modulus(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.modulus)
    }

    /// The public exponent, base64url as a JWK has it.
    pub fn exponent(&self) -> String {
        URL_SAFE_NO_PAD.encode(trimmed(&EXPONENT.to_be_bytes()))
    }

    /// The claims of a JWT that this key signed.
    ///
    /// # Errors
    /// `Unauthenticated` for everything else.
    pub fn verify(&self, token: &str) -> Result<Vec<u8>> {
        self.read(token).ok_or(Error::Unauthenticated)
    }

    fn read(&self, token: &str) -> Option<Vec<u8>> {
        let (body, proof) = token.rsplit_once('.')?;
        let (head, claims) = body.split_once('.')?;
        let expected = format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{}"}}"#, self.kid);
        if URL_SAFE_NO_PAD.decode(head).ok()? != expected.as_bytes() {
            return None;
        }
        let exponent = EXPONENT.to_be_bytes();
        let public = PublicKeyComponents { n: self.modulus.as_slice(), e: trimmed(&exponent) };
        let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
        public.verify(&RSA_PKCS1_2048_8192_SHA256, body.as_bytes(), &proof).ok()?;
        URL_SAFE_NO_PAD.decode(claims).ok()
    }
}

/// Without the zeros in front.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_checked_by_the_public_key_alone() {
        let primes = primes_draw(&Random::seeded(7)).expect("primes");
        assert_eq!(primes.len(), 2 * PRIME_BYTES);
        assert_eq!(primes, primes_draw(&Random::seeded(7)).expect("primes"), "they follow from what is drawn");
        let key = SigningKey::of_primes(&primes).expect("a key");
        let token = key.sign(r#"{"id":"a"}"#).expect("signed");
        assert_eq!(key.public().verify(&token).expect("genuine"), br#"{"id":"a"}"#);
        assert_eq!(key.public().exponent(), "AQAB");
        assert_eq!(key.public().modulus.len(), 256);
        let other = SigningKey::of_primes(&primes_draw(&Random::seeded(8)).expect("primes")).expect("a key");
        assert_ne!(other.public().kid, key.public().kid);
        let claims = URL_SAFE_NO_PAD.encode(r#"{"id":"b"}"#);
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        for forged in [
            format!("{}.{claims}.{}", parts[0], parts[2]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{none}.{}.", parts[1]),
            other.sign(r#"{"id":"a"}"#).expect("signed"),
            parts[..2].join("."),
            String::new(),
        ] {
            assert!(key.public().verify(&forged).is_err(), "{forged}");
        }
        assert!(SigningKey::of_primes(&primes[1..]).is_err());
    }
}
