//! ISO 4217 currencies and prepaid denominations.

use std::fmt;

use iso_currency::IntoEnumIterator as _;

/// An ISO 4217 currency: its code and its number of decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    decimals: u8,
}

impl Currency {
    /// US dollars, the gateway's default.
    pub const USD: Self = Self { code: *b"USD", decimals: 2 };
    /// Euros.
    pub const EUR: Self = Self { code: *b"EUR", decimals: 2 };

    /// Reads a code in any case. Codes without minor units of their own (metals, test codes) are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let known = iso_currency::Currency::from_code(&upper)?;
        let code: [u8; 3] = upper.as_bytes().try_into().ok()?;
        let decimals = u8::try_from(known.exponent()?).ok()?;
        Some(Self { code, decimals })
    }

    /// Upper-case code, "USD".
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// Lower-case code, "usd".
    pub fn code_lower(&self) -> String {
        self.code().to_ascii_lowercase()
    }

    /// ISO 4217 number, three digits: "840".
    pub fn numeric(&self) -> String {
        iso_currency::Currency::from_code(self.code())
            .map_or_else(String::new, |known| format!("{:03}", known.numeric()))
    }

    /// Decimals between the major and the minor unit: 0 (JPY), 2 (USD), 3 (KWD), 4 (CLF).
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// The sign people write, "$"; the code where there is none of its own.
    pub fn symbol(&self) -> String {
        iso_currency::Currency::from_code(self.code())
            .map_or_else(|| self.code().to_owned(), |known| known.symbol().to_string())
    }

    /// Every currency that has minor units.
    pub fn all() -> impl Iterator<Item = Self> {
        iso_currency::Currency::iter().filter_map(|known| Self::parse(known.code()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What a balance or a posting is counted in: `[A-Za-z0-9_-]{1,32}`, whole units.
///
/// One that names an ISO currency (upper case, "USD") is counted in that currency's minor units.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Denomination(String);

impl Denomination {
    /// Reads a denomination.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The currency it names, if it names one.
    pub fn currency(&self) -> Option<Currency> {
        (self.0.len() == 3 && self.0.bytes().all(|b| b.is_ascii_uppercase()))
            .then(|| Currency::parse(&self.0))
            .flatten()
    }
}

impl From<Currency> for Denomination {
    fn from(currency: Currency) -> Self {
        Self(currency.code().to_owned())
    }
}

impl fmt::Display for Denomination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_iso_4217s() {
        for (code, decimals) in [
            ("usd", Some(2)),
            ("JPY", Some(0)),
            ("KRW", Some(0)),
            ("ISK", Some(0)),
            ("KWD", Some(3)),
            ("BHD", Some(3)),
            ("CLF", Some(4)),
            ("UYW", Some(4)),
            ("XAU", None),
            ("ZZZ", None),
            ("", None),
            ("US", None),
        ] {
            assert_eq!(Currency::parse(code).map(|c| c.decimals()), decimals, "{code}");
        }
    }

    #[test]
    fn a_denomination_that_names_a_currency_is_that_currency() {
        for (text, currency) in [("USD", Some("USD")), ("usd", None), ("sms", None), ("gpu-hours", None)] {
            let denomination = Denomination::parse(text).expect("valid denomination");
            assert_eq!(denomination.currency().map(|c| c.code().to_owned()).as_deref(), currency, "{text}");
        }
        assert!(Denomination::parse("a b").is_none());
        assert!(Denomination::parse(&"x".repeat(33)).is_none());
    }
}
