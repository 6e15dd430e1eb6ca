//! The languages in which we write to customers.

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, where nothing else is known.
    #[default]
    English,
    /// Swedish.
    Swedish,
    /// German.
    German,
    /// French.
    French,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::English, Self::Swedish, Self::German, Self::French];

    /// The code in rows, answers and the `lang` attribute of a page (ISO 639-1).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Swedish => "sv",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// Reads the code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == text)
    }

    /// What those who speak it call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Swedish => "Svenska",
            Self::German => "Deutsch",
            Self::French => "Français",
        }
    }

    /// The language that a browser's `Accept-Language` likes best among ours; `None` where it likes none of them.
    ///
    /// Regions count as their language ("de-AT" is German). Of two liked alike, the first named wins (RFC 9110, 12.5.4).
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(u32, Self)> = None;
        for choice in header.split(',').take(CHOICES_MAX) {
            let mut parts = choice.split(';').map(str::trim);
            let tag = parts.next().unwrap_or("").split('-').next().unwrap_or("").to_ascii_lowercase();
            let Some(language) = Self::parse(&tag) else { continue };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1_000), thousandths);
            let liked = quality.filter(|quality| *quality > 0);
            if let Some(quality) = liked
                && best.is_none_or(|(known, _)| quality > known)
            {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// Choices of a header that are looked at.
const CHOICES_MAX: usize = 32;

/// "0.8" as 800; `None` for what is no quality.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match whole {
        "1" => Some(1_000),
        "0" => format!("{fraction:0<3}").parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.as_str()), Some(language));
        }
        assert_eq!(Language::parse("xx"), None);
    }

    #[test]
    fn a_browsers_wish() {
        use Language::{English, French, German, Swedish};
        for (header, wanted) in [
            ("sv-SE,sv;q=0.9,en;q=0.8", Some(Swedish)),
            ("en;q=0.3, de-AT;q=0.7", Some(German)),
            ("fi, fr;q=0.001", Some(French)),
            ("DE", Some(German)),
            ("fr, de", Some(French)),
            ("sv;q=0, en;q=0.1", Some(English)),
            ("de;q=2, fr;q=0.5", Some(French)),
            ("de;q=0.12345", None),
            ("*", None),
            ("", None),
            (";;;,,,q=1", None),
        ] {
            assert_eq!(Language::accepted(header), wanted, "{header}");
        }
    }
}
