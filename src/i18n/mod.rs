//! What people read, in their language: tables of messages, and the words for amounts, numbers and dates.
//!
//! A table has a line per message and a column per language; one that lacks a language does not compile, and a test
//! compares the blanks that each fills in. It knows `domain` and nothing else, so that pages and mails say the same.

pub mod dates;
pub mod invoice_letter;
pub mod letter_facts;
pub mod login_letter;
pub mod notice_letter;
pub mod numbers;
pub mod payment_letter;
pub mod portal_documents;
pub mod portal_frame;
pub mod portal_methods;
pub mod portal_overview;
pub mod portal_profile;
pub mod portal_subscriptions;
pub mod sign_in;

pub use crate::domain::language::Language;

/// A table of messages: `key: [English, Swedish, German, French],`. `{0}`, `{1}` are blanks for [`fill`].
macro_rules! messages {
    ($(#[$about:meta])* $name:ident { $($key:ident: [$en:literal, $sv:literal, $de:literal, $fr:literal $(,)?],)* }) => {
        $(#[$about])*
        #[derive(Debug)]
        #[expect(missing_docs, reason = "the English of each stands beside it")]
        pub struct $name { $(pub $key: &'static str,)* }

        impl $name {
            /// The messages in this language.
            pub fn of(language: $crate::i18n::Language) -> &'static Self {
                use $crate::i18n::Language;
                const EN: &$name = &$name { $($key: $en,)* };
                const SV: &$name = &$name { $($key: $sv,)* };
                const DE: &$name = &$name { $($key: $de,)* };
                const FR: &$name = &$name { $($key: $fr,)* };
                match language {
                    Language::English => EN,
                    Language::Swedish => SV,
                    Language::German => DE,
                    Language::French => FR,
                }
            }
        }

        #[cfg(test)]
        mod table_tests {
            #[test]
            fn every_language_says_it_and_fills_the_same_blanks() {
                let table: &[(&str, [&str; 4])] = &[$((stringify!($key), [$en, $sv, $de, $fr]),)*];
                $crate::i18n::check_table(table);
            }
        }
    };
}
pub(crate) use messages;

/// `message` with its blanks `{0}`, `{1}`, … filled in; what is filled in is not looked at again.
pub fn fill(message: &str, with: &[&str]) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let filled = after.split_once('}').and_then(|(number, tail)| {
            let value = with.get(number.parse::<usize>().ok()?)?;
            Some((*value, tail))
        });
        match filled {
            Some((value, tail)) => {
                text.push_str(value);
                rest = tail;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// What holds for every table.
#[cfg(test)]
fn check_table(table: &[(&str, [&str; 4])]) {
    let blanks = |text: &str| {
        let mut found: Vec<String> =
            text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect();
        found.sort();
        found
    };
    assert!(!table.is_empty());
    for (key, texts) in table {
        for text in texts {
            assert!(!text.is_empty() && text.trim() == *text, "{key}: {text:?}");
            assert_eq!(blanks(text), blanks(texts[0]), "{key}: {text:?} fills other blanks than the English");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_once() {
        for (message, with, text) in [
            ("plain", &[][..], "plain"),
            ("{0} of {1}", &["3", "7"], "3 of 7"),
            ("{1}, then {0}, then {1}", &["a", "b"], "b, then a, then b"),
            ("{0}", &["{1}", "no"], "{1}"),
            ("{2} {x} {", &["a"], "{2} {x} {"),
        ] {
            assert_eq!(fill(message, with), text);
        }
    }
}
