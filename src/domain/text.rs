//! Text that callers write: trimmed, bounded in characters, without control characters.

use crate::error::{Error, Result};

/// Longest e-mail address, characters (RFC 5321 leaves 254 for the address itself).
pub const EMAIL_MAX: usize = 254;

/// One line of text without the space around it, at most `max` characters.
///
/// # Errors
/// `Invalid` naming `field` where it is longer or holds a control character.
pub fn line(field: &str, text: &str, max: usize) -> Result<String> {
    bounded(field, text, max, |c| c.is_control())
}

/// Text that may have line breaks and tabs, at most `max` characters.
///
/// # Errors
/// As [`line()`].
pub fn paragraph(field: &str, text: &str, max: usize) -> Result<String> {
    bounded(field, text, max, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn bounded(field: &str, text: &str, max: usize, is_refused: impl Fn(char) -> bool) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Error::invalid(field, format!("must be at most {max} characters")));
    }
    if text.chars().any(is_refused) {
        return Err(Error::invalid(field, "must not hold control characters"));
    }
    Ok(text.to_owned())
}

/// An e-mail address, or nothing.
///
/// # Errors
/// `Invalid` naming `field` where it is not shaped `name@host.tld`.
pub fn email(field: &str, text: &str) -> Result<String> {
    let text = line(field, text, EMAIL_MAX)?;
    if text.is_empty() || is_email(&text) {
        return Ok(text);
    }
    Err(Error::invalid(field, "must be an email address such as example@mail.com"))
}

/// Whether this is shaped like an e-mail address that mail can be sent to: no quoting, no comments, a dotted host.
pub fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let refused = |c: char| c.is_whitespace() || c.is_control() || "\"(),:;<>@[\\]".contains(c);
    let dots_inside = |part: &str| !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    let is_label = |label: &str| {
        let fits = (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
        fits && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    (1..=64).contains(&name.len())
        && !name.contains(refused)
        && dots_inside(name)
        && host.contains('.')
        && host.split('.').all(is_label)
}

/// The digits of a telephone number: people's spaces, hyphens, dots, slashes and brackets go, a leading plus stays.
///
/// # Errors
/// `Invalid` naming `field` where there is anything else in it or more than `digits_max` digits.
pub fn phone(field: &str, text: &str, digits_max: usize) -> Result<String> {
    let text = text.trim();
    let (plus, rest) = text.strip_prefix('+').map_or(("", text), |rest| ("+", rest));
    let digits: String = rest.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/' | '(' | ')')).collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::invalid(field, "must be the digits of a telephone number"));
    }
    if digits.len() > digits_max {
        return Err(Error::invalid(field, format!("must be at most {digits_max} digits")));
    }
    Ok(if digits.is_empty() { digits } else { format!("{plus}{digits}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_bounded_in_characters() {
        let long = "å".repeat(50);
        for (text, accepted) in [
            ("", Some("")),
            ("  Ann  ", Some("Ann")),
            (long.as_str(), Some(long.as_str())),
            (&"å".repeat(51), None),
            ("two\nlines", None),
            ("nul\0", None),
            ("\u{7f}", None),
        ] {
            assert_eq!(line("name", text, 50).ok().as_deref(), accepted, "{text:?}");
        }
        assert_eq!(paragraph("notes", "two\nlines", 50).expect("line breaks are text"), "two\nlines");
        assert!(paragraph("notes", "nul\0", 50).is_err());
    }

    #[test]
    fn emails_are_shaped_like_ones_that_arrive() {
        for (text, accepted) in [
            ("user@somesite.com", true),
            ("first.last+tag@sub.example.co", true),
            ("räksmörgås@exempel.se", true),
            ("user", false),
            ("user@", false),
            ("@example.com", false),
            ("user@localhost", false),
            ("user@example..com", false),
            ("user@-example.com", false),
            (".user@example.com", false),
            ("us er@example.com", false),
            ("a@b@example.com", false),
            ("user@example.com>", false),
            ("user@example.com\r\nbcc: x@y.z", false),
        ] {
            assert_eq!(is_email(text), accepted, "{text:?}");
        }
        assert!(email("email", "").is_ok(), "no address is no fault");
        assert!(email("email", &format!("{}@{}.com", "a".repeat(64), "b".repeat(63))).is_ok());
        assert!(email("email", &format!("{}@example.com", "a".repeat(65))).is_err());
    }

    #[test]
    fn phones_lose_their_punctuation() {
        for (text, digits) in [
            ("3216540987", Some("3216540987")),
            ("(321) 654-0987", Some("3216540987")),
            ("+46 70.123/45", Some("+467012345")),
            ("", Some("")),
            ("+", Some("")),
            ("12345678901234567890", Some("12345678901234567890")),
            ("123456789012345678901", None),
            ("call me", None),
            ("55+5", None),
            ("٣٢١", None),
        ] {
            assert_eq!(phone("phone", text, 20).ok().as_deref(), digits, "{text:?}");
        }
    }
}
