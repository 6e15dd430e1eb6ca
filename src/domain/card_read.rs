//! What a card reader gives: tracks, in the clear or encrypted, or the data of a chip.
//!
//! Sensitive authentication data: it goes to the processor and nowhere else. It has no `Debug`, no `Display` and no
//! serialization, and is wiped when dropped; the number and the month in it are all that may be looked at.

use zeroize::Zeroizing;

use super::card::{CardNumber, Expiry};

/// What a card reader gave; what it did not give is "".
#[derive(Clone, Default)]
pub struct CardRead {
    /// ISO 7813 track 1: "%B4111111111111111^SMITH/JOHN^3012…?".
    pub track_1: Zeroizing<String>,
    /// ISO 7813 track 2: ";4111111111111111=3012…?".
    pub track_2: Zeroizing<String>,
    /// Track 1 under the reader's key.
    pub encrypted_track_1: Zeroizing<String>,
    /// Track 2 under the reader's key.
    pub encrypted_track_2: Zeroizing<String>,
    /// Key serial number: which key of the reader that was.
    pub ksn: Zeroizing<String>,
    /// EMV data of a chip: BER-TLV.
    pub tlv: Zeroizing<Vec<u8>>,
}

impl CardRead {
    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        let Self { track_1, track_2, encrypted_track_1, encrypted_track_2, ksn: _, tlv } = self;
        [track_1, track_2, encrypted_track_1, encrypted_track_2].into_iter().all(|part| part.is_empty())
            && tlv.is_empty()
    }

    /// Whether a chip was read.
    pub fn is_chip(&self) -> bool {
        !self.tlv.is_empty()
    }

    /// Whether something was read that only the holder of the reader's key can open.
    pub fn is_encrypted(&self) -> bool {
        !self.encrypted_track_1.is_empty() || !self.encrypted_track_2.is_empty()
    }

    /// Number and last month, where they can be read without a key.
    pub fn card(&self) -> Option<(CardNumber, Expiry)> {
        let of_tracks = of_track_2(&self.track_2).or_else(|| of_track_1(&self.track_1));
        of_tracks.or_else(|| of_chip(&self.tlv))
    }
}

/// ";number=YYMM…?"; the start may be missing.
fn of_track_2(track: &str) -> Option<(CardNumber, Expiry)> {
    let (number, rest) = track.trim().trim_start_matches(';').split_once('=')?;
    Some((CardNumber::parse(number).ok()?, expiry(rest)?))
}

/// "%Bnumber^name^YYMM…?"; the start may be missing.
fn of_track_1(track: &str) -> Option<(CardNumber, Expiry)> {
    let mut parts = track.trim().trim_start_matches('%').trim_start_matches('B').splitn(3, '^');
    let (number, _name, rest) = (parts.next()?, parts.next()?, parts.next()?);
    Some((CardNumber::parse(number).ok()?, expiry(rest)?))
}

/// Track 2 equivalent data (tag 57), else number (5A) and expiry (5F24).
fn of_chip(data: &[u8]) -> Option<(CardNumber, Expiry)> {
    if let Some(track) = tag(data, &[0x57]) {
        let digits = nibbles(track);
        let (number, rest) = digits.split_once('d')?;
        return Some((CardNumber::parse(number).ok()?, expiry(rest)?));
    }
    let (number, until) = (nibbles(tag(data, &[0x5A])?), nibbles(tag(data, &[0x5F, 0x24])?));
    Some((CardNumber::parse(number.trim_end_matches('f')).ok()?, expiry(&until)?))
}

/// Two digits a byte, as numbers stand on a chip; "d" divides and "f" fills up.
fn nibbles(bytes: &[u8]) -> Zeroizing<String> {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    Zeroizing::new(bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).filter_map(digit).collect())
}

/// "YYMM…".
fn expiry(text: &str) -> Option<Expiry> {
    let year: i16 = text.get(..2)?.parse().ok()?;
    Expiry::new(text.get(2..4)?.parse().ok()?, year.checked_add(2000)?)
}

/// The value of a tag (EMV book 3, annex B), also inside of templates; data that is cut short has none.
fn tag<'a>(mut data: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    while let Some(first) = data.first() {
        // A first byte that ends in five ones is followed by others, all but the last with their high bit set.
        let is_long = first & 0x1F == 0x1F;
        let more = data.get(1..)?.iter().take_while(|byte| **byte & 0x80 != 0).count();
        let (name, rest) = data.split_at_checked(if is_long { more.checked_add(2)? } else { 1 })?;
        let (length, rest) = length(rest)?;
        let (value, rest) = rest.split_at_checked(length)?;
        if name == wanted {
            return Some(value);
        }
        let is_template = first & 0x20 != 0;
        if let Some(found) = is_template.then(|| tag(value, wanted)).flatten() {
            return Some(found);
        }
        data = rest;
    }
    None
}

/// A length of one byte, or of as many bytes as its low bits say; and what follows.
fn length(data: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = data.split_first()?;
    if first & 0x80 == 0 {
        return Some((usize::from(*first), rest));
    }
    let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
    let add = |sum: usize, byte: &u8| sum.checked_mul(256)?.checked_add(usize::from(*byte));
    Some((bytes.iter().try_fold(0, add)?, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(read: &CardRead) -> Option<String> {
        read.card().map(|(number, expiry)| format!("{} {}", number.expose(), expiry.to_mm_yy()))
    }

    fn text(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let nibble = |at: usize| u8::from_str_radix(&hex[at..=at], 16).expect("hexadecimal");
        (0..hex.len() / 2).map(|at| nibble(2 * at) * 16 + nibble(2 * at + 1)).collect()
    }

    #[test]
    fn the_number_is_read_from_what_the_reader_gave() {
        let read = |track_1: &str, track_2: &str, tlv: &str| CardRead {
            track_1: text(track_1),
            track_2: text(track_2),
            tlv: bytes(tlv).into(),
            ..CardRead::default()
        };
        for (track_1, track_2, tlv, expected) in [
            ("", ";4111111111111111=30121010000000000001?", "", Some("4111111111111111 12/30")),
            ("", "4111111111111111=3012", "", Some("4111111111111111 12/30")),
            ("%B4111111111111111^SMITH/JOHN^3012101?", "", "", Some("4111111111111111 12/30")),
            ("%B378282246310005^^2701", "", "", Some("378282246310005 01/27")),
            ("", "", "57134111111111111111D30121010000000000001F", Some("4111111111111111 12/30")),
            ("", "", "5A0841111111111111115F2403301231", Some("4111111111111111 12/30")),
            ("", "", "5A08378282246310005F5F2403270131", Some("378282246310005 01/27")),
            ("", "", "9F3602001A70105A0841111111111111115F2403301231", Some("4111111111111111 12/30")),
            ("", "", "8281029F0057", None),
            ("", "", "5A08411111", None),
            ("", ";4111111111111112=3012?", "", None),
            ("", ";4111111111111111=3013?", "", None),
            ("", ";4111111111111111=30", "", None),
            ("%B4111111111111111^3012", "", "", None),
            ("", "", "", None),
        ] {
            assert_eq!(shown(&read(track_1, track_2, tlv)).as_deref(), expected, "{track_1}{track_2}{tlv}");
        }
    }

    #[test]
    fn what_is_encrypted_stays_closed() {
        let read = CardRead { encrypted_track_2: text("A1B2"), ksn: text("FFFF"), ..CardRead::default() };
        assert!(read.is_encrypted() && !read.is_empty() && read.card().is_none());
        assert!(CardRead { ksn: text("FFFF"), ..CardRead::default() }.is_empty(), "a key alone is nothing");
    }

    proptest! {
        #[test]
        fn no_data_is_too_strange(track_1 in ".{0,60}", track_2 in ".{0,60}", tlv: Vec<u8>) {
            let read =
                CardRead { track_1: text(&track_1), track_2: text(&track_2), tlv: tlv.into(), ..CardRead::default() };
            let _ = read.card();
        }
    }
}
