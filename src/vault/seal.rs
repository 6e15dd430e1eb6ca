//! One sealed value: XChaCha20-Poly1305 with a random nonce, bound to where it is stored.
//!
//! Layout: version (1 byte), key id (4, big-endian), nonce (24), ciphertext with its 16-byte tag.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::ids::Random;

const VERSION: u8 = 1;
const HEAD_LEN: usize = 5;
const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// Where a sealed value is stored; a value opens there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's id.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
}

/// Seals `secret` under data key `id`.
pub(super) fn seal(
    key: &[u8; 32],
    id: u32,
    install_id: &str,
    place: &Place,
    secret: &[u8],
    random: &Random,
) -> Result<Vec<u8>> {
    let mut sealed = vec![VERSION];
    sealed.extend_from_slice(&id.to_be_bytes());
    sealed.extend_from_slice(&encrypt(key, &bound_to(install_id, place, id), secret, random)?);
    Ok(sealed)
}

/// Opens what [`seal`] made; anything changed or moved is refused.
pub(super) fn open(
    key: &[u8; 32],
    id: u32,
    install_id: &str,
    place: &Place,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    sealed
        .get(HEAD_LEN..)
        .and_then(|body| decrypt(key, &bound_to(install_id, place, id), body))
        .ok_or_else(|| refused(place, "was changed, moved, or belongs to another installation"))
}

/// The key id in the head of a sealed value.
pub(super) fn key_of(sealed: &[u8]) -> Option<u32> {
    let (head, body) = sealed.split_first_chunk::<HEAD_LEN>()?;
    let [version, id @ ..] = *head;
    (version == VERSION && body.len() >= NONCE_LEN + TAG_LEN).then(|| u32::from_be_bytes(id))
}

/// The alarm of a value that does not open: counted, and named for the log without any of its bytes.
pub(super) fn refused(place: &Place, problem: &str) -> Error {
    metrics::counter!("bursar_vault_refused_total").increment(1);
    Error::internal(format!("vault: {}.{} of row {} {problem}", place.table, place.column, place.row))
}

/// Nonce and ciphertext of `secret`, bound to `bound`.
pub(super) fn encrypt(key: &[u8; 32], bound: &[u8], secret: &[u8], random: &Random) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = random.bytes();
    let ciphertext = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: bound })
        .map_err(|_| Error::internal("vault: the secret is too long to seal"))?;
    Ok([&nonce[..], &ciphertext[..]].concat())
}

/// What [`encrypt`] was given, or `None` where key, binding or bytes differ.
pub(super) fn decrypt(key: &[u8; 32], bound: &[u8], body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = body.split_first_chunk::<NONCE_LEN>()?;
    let payload = Payload { msg: ciphertext, aad: bound };
    XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

/// Joins fields so that no two lists of fields give the same bytes: each is preceded by its length.
pub(super) fn fields(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        joined.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}

fn bound_to(install_id: &str, place: &Place, id: u32) -> Vec<u8> {
    let Place { table, row, column } = place;
    fields(&[
        b"bursar sealed value",
        &[VERSION],
        install_id.as_bytes(),
        table.as_bytes(),
        row.as_bytes(),
        column.as_bytes(),
        &id.to_be_bytes(),
    ])
}
