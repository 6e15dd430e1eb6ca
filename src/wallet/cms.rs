//! The detached signature of an Apple Pay token: PKCS #7 SignedData (RFC 5652) with two certificates and one signer.
//!
//! Apple writes it in BER with indefinite lengths, which DER readers refuse; this one reads just this structure, at most
//! [`DEPTH_MAX`] deep, and never beyond its input. Certificates inside are read as DER.

use x509_cert::Certificate;
use x509_cert::der::Decode;

/// Deepest nesting that is followed.
const DEPTH_MAX: usize = 16;

/// Tags (X.690).
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const CONTEXT_0: u8 = 0xa0;

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// 1.2.840.113549.1.9.5
const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
/// 2.16.840.1.101.3.4.2.1
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// 1.2.840.10045.4.3.2
const ECDSA_WITH_SHA_256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// What the signature says.
pub(super) struct Signed {
    /// The certificates in it, in no order.
    pub(super) certificates: Vec<Certificate>,
    /// The signed attributes as they were signed: a DER SET.
    pub(super) attributes: Vec<u8>,
    /// Serial number of the signer's certificate.
    pub(super) serial: Vec<u8>,
    /// SHA-256 of what was signed.
    pub(super) digest: Vec<u8>,
    /// When it was signed: "YYMMDDHHMMSSZ".
    pub(super) signing_time: String,
    /// An ECDSA signature, DER.
    pub(super) signature: Vec<u8>,
}

/// One element: its tag and what is in it.
#[derive(Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

/// Reads a signature; `None` where it is not of the one form that Apple writes.
pub(super) fn read(bytes: &[u8]) -> Option<Signed> {
    let (whole, _) = element(bytes, 0)?;
    let [kind, content] = exactly(children(expect(whole, SEQUENCE)?, 1)?)?;
    (expect(kind, OID)? == SIGNED_DATA).then_some(())?;
    let [signed_data] = exactly(children(expect(content, CONTEXT_0)?, 2)?)?;
    let parts = children(expect(signed_data, SEQUENCE)?, 3)?;
    let certificates = parts.iter().find(|part| part.tag == CONTEXT_0)?;
    let certificates = slices(certificates.content, 4)?
        .into_iter()
        .map(|der| Certificate::from_der(der).ok())
        .collect::<Option<Vec<_>>>()?;
    let signers = parts.last().filter(|part| part.tag == SET)?;
    let [signer] = exactly(children(signers.content, 4)?)?;
    signer_of(expect(signer, SEQUENCE)?, certificates)
}

fn signer_of(content: &[u8], certificates: Vec<Certificate>) -> Option<Signed> {
    let [_version, issuer_and_serial, digest, attributes, algorithm, signature] = exactly(children(content, 5)?)?;
    let [_issuer, serial] = exactly(children(expect(issuer_and_serial, SEQUENCE)?, 6)?)?;
    let algorithm_of = |part: Element<'_>| Some(children(expect(part, SEQUENCE)?, 6)?.first()?.content.to_vec());
    (algorithm_of(digest)? == SHA_256 && algorithm_of(algorithm)? == ECDSA_WITH_SHA_256).then_some(())?;
    let signed = expect(attributes, CONTEXT_0)?;
    let (mut message_digest, mut signing_time) = (None, None);
    for attribute in children(signed, 6)? {
        let [name, values] = exactly(children(expect(attribute, SEQUENCE)?, 7)?)?;
        let name = expect(name, OID)?;
        if name == MESSAGE_DIGEST || name == SIGNING_TIME {
            let [value] = exactly(children(expect(values, SET)?, 8)?)?;
            let slot = if name == MESSAGE_DIGEST { &mut message_digest } else { &mut signing_time };
            // One of each: what is said twice is said by somebody else.
            slot.is_none().then_some(())?;
            *slot = Some(value);
        }
    }
    Some(Signed {
        certificates,
        attributes: set_of(signed)?,
        serial: serial.content.to_vec(),
        digest: expect(message_digest?, OCTET_STRING)?.to_vec(),
        signing_time: String::from_utf8(expect(signing_time?, UTC_TIME)?.to_vec()).ok()?,
        signature: expect(signature, OCTET_STRING)?.to_vec(),
    })
}

/// The attributes as RFC 5652, 5.4 signs them: with the tag of a SET.
fn set_of(content: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(content.len()).ok()?;
    let mut der = vec![SET];
    match length {
        0..=127 => der.push(length.to_be_bytes()[1]),
        128..=255 => der.extend([0x81, length.to_be_bytes()[1]]),
        _ => {
            der.push(0x82);
            der.extend(length.to_be_bytes());
        }
    }
    der.extend_from_slice(content);
    Some(der)
}

fn expect(part: Element<'_>, tag: u8) -> Option<&[u8]> {
    (part.tag == tag).then_some(part.content)
}

fn exactly<const N: usize>(parts: Vec<Element<'_>>) -> Option<[Element<'_>; N]> {
    parts.try_into().ok()
}

fn children(content: &[u8], depth: usize) -> Option<Vec<Element<'_>>> {
    let mut rest = content;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (child, after) = element(rest, depth)?;
        found.push(child);
        rest = after;
    }
    Some(found)
}

/// The elements in `content` with their own heads.
fn slices(content: &[u8], depth: usize) -> Option<Vec<&[u8]>> {
    let mut rest = content;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (_, after) = element(rest, depth)?;
        found.push(rest.get(..rest.len().checked_sub(after.len())?)?);
        rest = after;
    }
    Some(found)
}

/// The first element of `bytes` and what comes after it.
fn element(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    (depth < DEPTH_MAX).then_some(())?;
    let (&tag, rest) = bytes.split_first()?;
    // Tags of several bytes do not occur.
    (tag & 0x1f != 0x1f).then_some(())?;
    let (&first, rest) = rest.split_first()?;
    if first == 0x80 {
        (tag & 0x20 != 0).then_some(())?;
        return indefinite(tag, rest, depth);
    }
    let (length, rest) = length(first, rest)?;
    let content = rest.get(..length)?;
    Some((Element { tag, content }, rest.get(length..)?))
}

/// An element that ends at two zero bytes.
fn indefinite(tag: u8, rest: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let mut at = 0_usize;
    loop {
        let here = rest.get(at..)?;
        if let [0, 0, after @ ..] = here {
            return Some((Element { tag, content: rest.get(..at)? }, after));
        }
        let (_, after) = element(here, depth.checked_add(1)?)?;
        at = rest.len().checked_sub(after.len())?;
    }
}

fn length(first: u8, rest: &[u8]) -> Option<(usize, &[u8])> {
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    (1..=3).contains(&count).then_some(())?;
    let (bytes, rest) = (rest.get(..count)?, rest.get(count..)?);
    let length = bytes.iter().fold(0_usize, |sum, byte| sum.saturating_mul(256).saturating_add(usize::from(*byte)));
    Some((length, rest))
}
