//! Fields that clients may leave out, send as null or send empty, all of which mean the same: nothing given.

use serde::{Deserialize, Deserializer};

use crate::domain::text;
use crate::error::{Error, Result};

/// A field's value; null is its default.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

/// A struct whose fields may be left out or null.
macro_rules! given {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub struct $name {
            $($(#[$doc])* #[serde(default, deserialize_with = "super::given::or_default")] pub $field: $type,)*
        }
    };
}
pub(super) use given;

/// One of the words, or nothing.
///
/// # Errors
/// `Invalid` naming `field`.
pub(super) fn word(field: &str, text: &str, words: &[&str]) -> Result<String> {
    if text.is_empty() || words.contains(&text) {
        return Ok(text.to_owned());
    }
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    Err(Error::invalid(field, format!("must be {}", quoted.join(" or "))))
}

/// Letters and digits, at most `max`.
///
/// # Errors
/// `Invalid` naming `field`.
pub(super) fn alphanumeric(field: &str, value: &str, max: usize) -> Result<String> {
    let value = text::line(field, value, max)?;
    if value.chars().all(char::is_alphanumeric) {
        return Ok(value);
    }
    Err(Error::invalid(field, "must be letters and digits"))
}

/// A number that is not below zero.
///
/// # Errors
/// `Invalid` naming `field`.
pub(super) fn at_least_zero(field: &str, number: i64) -> Result<i64> {
    if number >= 0 { Ok(number) } else { Err(Error::invalid(field, "must not be negative")) }
}

/// What must be there.
///
/// # Errors
/// `Invalid` naming `field`.
pub(super) fn required<'t>(field: &str, text: &'t str) -> Result<&'t str> {
    if text.is_empty() { Err(Error::invalid(field, "is required")) } else { Ok(text) }
}
