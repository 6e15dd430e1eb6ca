//! The last filter before a log line leaves: masks what looks like a card number or a credential (RELIABILITY.md S61).
//!
//! Secrets have types that cannot be printed; this is for what slips through all the same.

/// `text` with Luhn-valid runs of 13-19 digits and the values of credentials masked.
pub fn mask(text: &str) -> String {
    mask_credentials(&mask_numbers(text))
}

/// Single blanks and dashes between digits do not hide a number.
fn mask_numbers(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut start = 0;
    while start < bytes.len() {
        if !bytes[start].is_ascii_digit() {
            start += 1;
            continue;
        }
        let (digits, end) = run(bytes, start);
        for range in number_windows(&digits) {
            for (at, _) in &digits[range.start + 6..range.end - 4] {
                out[*at] = b'*';
            }
        }
        start = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The digits from `start` with their places, over single separators, and where the run ends.
fn run(bytes: &[u8], start: usize) -> (Vec<(usize, u8)>, usize) {
    let mut digits = Vec::new();
    let mut at = start;
    while at < bytes.len() {
        let next_is_digit = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        match bytes[at] {
            digit if digit.is_ascii_digit() => digits.push((at, digit - b'0')),
            b' ' | b'-' if next_is_digit => {}
            _ => break,
        }
        at += 1;
    }
    (digits, at)
}

/// Every stretch of the run that could be a card number: longest first at each place, without overlaps.
fn number_windows(digits: &[(usize, u8)]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start + 13 <= digits.len() {
        let longest = (13..=19).rev().find(|len| digits.get(start..start + len).is_some_and(passes_luhn));
        match longest {
            Some(len) => {
                found.push(start..start + len);
                start += len;
            }
            None => start += 1,
        }
    }
    found
}

fn passes_luhn(digits: &[(usize, u8)]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, (_, digit))| u32::from(if at % 2 == 1 { doubled(*digit) } else { *digit }))
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|(_, digit)| *digit != 0)
}

/// What follows these is masked up to the next blank, quote or end.
const MARKS: &[&str] = &["api_", "whsec_", "sk_live_", "sk_test_", "sid=", "Bearer ", "bearer ", "Basic ", "basic "];
const SHORTEST: usize = 8;

fn mask_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, mark)) = first_mark(rest) {
        let secret_at = at + mark.len();
        let secret_len = rest[secret_at..].find(|c: char| !is_secret_char(c)).unwrap_or(rest.len() - secret_at);
        out.push_str(&rest[..secret_at]);
        if secret_len >= SHORTEST {
            out.push_str("***");
        } else {
            out.push_str(&rest[secret_at..secret_at + secret_len]);
        }
        rest = &rest[secret_at + secret_len..];
    }
    out.push_str(rest);
    out
}

fn first_mark(text: &str) -> Option<(usize, &'static str)> {
    MARKS.iter().filter_map(|mark| text.find(mark).map(|at| (at, *mark))).min_by_key(|(at, _)| *at)
}

fn is_secret_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=' | '~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_credentials_are_masked_and_the_rest_stays() {
        for (text, expected) in [
            ("card 4111111111111111 ok", "card 411111******1111 ok"),
            ("4111 1111 1111 1111", "4111 11** **** 1111"),
            ("4111-1111-1111-1111", "4111-11**-****-1111"),
            ("x378282246310005y", "x378282*****0005y"),
            ("id 1234567890123", "id 1234567890123"),
            ("at 1700000000000000", "at 1700000000000000"),
            ("0000000000000000", "0000000000000000"),
            ("94111111111111111", "9411111******1111"),
            ("{\"n\":\"4242424242424242\"}", "{\"n\":\"424242******4242\"}"),
            ("Authorization: Bearer eyJh.eyJz.x-_1", "Authorization: Bearer ***"),
            ("key api_2hQIG638fYIq0KiP96k3XDZXrLJ, next", "key api_***, next"),
            ("api_key api_keys", "api_key api_keys"),
            ("cookie sid=abcdefgh12345678; x", "cookie sid=***; x"),
            ("Basic YTpiYmJiYmJi", "Basic ***"),
            ("ünïcödé 4111111111111111", "ünïcödé 411111******1111"),
        ] {
            assert_eq!(mask(text), expected);
        }
    }
}
