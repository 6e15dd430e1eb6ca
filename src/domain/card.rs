//! Card numbers, expiry dates and security codes: checked when read, wiped when dropped, never printed.
//!
//! [`CardNumber`] and [`Cvc`] have no `Debug`, `Display` or serialization; `expose` is the only way to their digits.

use jiff::civil::Date;
use zeroize::Zeroizing;

/// Furthest expiry accepted, years after today (facts-gateway.md, "Invalid card expiration - to far in the future").
pub const EXPIRY_MAX_YEARS: i16 = 20;

/// Why a card was refused before anything was asked of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Not 12 to 19 digits, or the check digit is wrong.
    #[error("invalid card number")]
    Number,
    /// Not `MM/YY`, `MMYY` or `MM/YYYY`.
    #[error("Invalid card expiration")]
    Expiry,
    /// More than [`EXPIRY_MAX_YEARS`] ahead. The spelling is the vendor's (facts-gateway.md, "msg texts").
    #[error("Invalid card expiration - to far in the future")]
    ExpiryTooFar,
    /// Not 3 or 4 digits.
    #[error("invalid CVC")]
    Cvc,
}

impl CardError {
    /// The gateway's name of the field at fault, below `card`.
    pub fn field(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Expiry | Self::ExpiryTooFar => "expiration_date",
            Self::Cvc => "cvc",
        }
    }
}

/// Who issued the scheme of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// American Express.
    Amex,
    /// Discover.
    Discover,
    /// Diners Club.
    Diners,
    /// JCB.
    Jcb,
    /// UnionPay.
    UnionPay,
    /// None of these.
    Unknown,
}

impl Brand {
    /// Every brand.
    pub const ALL: [Self; 8] = [
        Self::Visa,
        Self::Mastercard,
        Self::Amex,
        Self::Discover,
        Self::Diners,
        Self::Jcb,
        Self::UnionPay,
        Self::Unknown,
    ];

    /// Lower case, as stored and as the dialects show it: "visa".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Visa => "visa",
            Self::Mastercard => "mastercard",
            Self::Amex => "amex",
            Self::Discover => "discover",
            Self::Diners => "diners",
            Self::Jcb => "jcb",
            Self::UnionPay => "unionpay",
            Self::Unknown => "unknown",
        }
    }

    /// As people write it: "Visa", "American Express".
    pub fn label(self) -> &'static str {
        match self {
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
            Self::Amex => "American Express",
            Self::Discover => "Discover",
            Self::Diners => "Diners Club",
            Self::Jcb => "JCB",
            Self::UnionPay => "UnionPay",
            Self::Unknown => "Card",
        }
    }

    /// Reads what [`Brand::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|brand| brand.as_str() == text)
    }
}

/// A card number of 12 to 19 digits with a valid check digit (Luhn). Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct CardNumber(Zeroizing<String>);

impl CardNumber {
    /// Reads a number; spaces and hyphens between the digits are dropped, as people type them.
    ///
    /// # Errors
    /// [`CardError::Number`].
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let mut digits = Zeroizing::new(String::with_capacity(text.len()));
        digits.extend(text.chars().filter(|c| !matches!(c, ' ' | '-')));
        let numeric = digits.bytes().all(|b| b.is_ascii_digit());
        if numeric && (12..=19).contains(&digits.len()) && passes_luhn(&digits) {
            Ok(Self(digits))
        } else {
            Err(CardError::Number)
        }
    }

    /// The scheme, by the issuer's range (ISO/IEC 7812 as the schemes publish it).
    pub fn brand(&self) -> Brand {
        brand_of(self.first_six())
    }

    /// The first six digits, which are not secret.
    pub fn first_six(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }

    /// The last four digits, which are not secret.
    pub fn last_four(&self) -> &str {
        last_four(&self.0)
    }

    /// First six, a star for each digit between, last four: "401200******5439" (seed gateway, `masked_card`).
    pub fn masked(&self) -> String {
        let hidden = self.0.len().saturating_sub(10);
        format!("{}{}{}", self.first_six(), "*".repeat(hidden), self.last_four())
    }

    /// All digits, for the vault and the processor only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The scheme of the card with these first six digits (ISO/IEC 7812 as the schemes publish it).
pub fn brand_of(first_six: &str) -> Brand {
    let prefix: u32 = first_six.parse().unwrap_or(0);
    match prefix {
        400_000..=499_999 => Brand::Visa,
        510_000..=559_999 | 222_100..=272_099 => Brand::Mastercard,
        340_000..=349_999 | 370_000..=379_999 => Brand::Amex,
        601_100..=601_199 | 644_000..=659_999 => Brand::Discover,
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => Brand::Diners,
        352_800..=358_999 => Brand::Jcb,
        620_000..=629_999 | 810_000..=817_199 => Brand::UnionPay,
        _ => Brand::Unknown,
    }
}

/// The last four characters of an ASCII text.
pub(super) fn last_four(digits: &str) -> &str {
    digits.get(digits.len().saturating_sub(4)..).unwrap_or_default()
}

fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .enumerate()
        .map(|(position, digit)| {
            let value = digit.to_digit(10).unwrap_or(0);
            let doubled = value.saturating_mul(2);
            match position.checked_rem(2) {
                Some(1) if doubled > 9 => doubled.saturating_sub(9),
                Some(1) => doubled,
                _ => value,
            }
        })
        .sum();
    sum.checked_rem(10) == Some(0)
}

/// The month a card is valid through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Expiry {
    month: i8,
    year: i16,
}

impl Expiry {
    /// The month (1-12) of a year (2000-2199), as stored. A past month is allowed: the card stores and declines.
    pub fn new(month: i8, year: i16) -> Option<Self> {
        ((1..=12).contains(&month) && (2000..=2199).contains(&year)).then_some(Self { month, year })
    }

    /// Reads `MM/YY`, `MMYY` or `MM/YYYY`, spaces ignored. A past month is accepted.
    ///
    /// # Errors
    /// [`CardError::Expiry`] for another form, [`CardError::ExpiryTooFar`] beyond [`EXPIRY_MAX_YEARS`] after `today`.
    pub fn parse(text: &str, today: Date) -> Result<Self, CardError> {
        let compact: String = text.chars().filter(|c| *c != ' ').collect();
        let (month, year) = match compact.split_once('/') {
            Some(parts) => parts,
            None if compact.len() == 4 && compact.is_ascii() => compact.split_at(2),
            None => return Err(CardError::Expiry),
        };
        let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if month.len() != 2 || !numeric(month) || !matches!(year.len(), 2 | 4) || !numeric(year) {
            return Err(CardError::Expiry);
        }
        let number = |part: &str| part.parse::<i16>().map_err(|_| CardError::Expiry);
        let year = if year.len() == 2 { number(year)?.saturating_add(2000) } else { number(year)? };
        let month: i8 = month.parse().map_err(|_| CardError::Expiry)?;
        let far = (today.year().saturating_add(EXPIRY_MAX_YEARS), today.month());
        if (1..=12).contains(&month) && (year, month) > far {
            return Err(CardError::ExpiryTooFar);
        }
        Self::new(month, year).ok_or(CardError::Expiry)
    }

    /// The month, 1-12.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The year, four digits.
    pub fn year(self) -> i16 {
        self.year
    }

    /// The last day the card is good.
    pub fn last_day(self) -> Date {
        Date::new(self.year, self.month, 1).map_or(Date::MAX, Date::last_of_month)
    }

    /// Whether the card's last month is over on `today`.
    pub fn is_expired(self, today: Date) -> bool {
        today > self.last_day()
    }

    /// "12/26".
    pub fn to_mm_yy(self) -> String {
        format!("{:02}/{:02}", self.month, self.year.checked_rem(100).unwrap_or(0))
    }
}

/// A card security code of 3 or 4 digits. It is never stored, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Cvc(Zeroizing<String>);

impl Cvc {
    /// Reads a code.
    ///
    /// # Errors
    /// [`CardError::Cvc`].
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let numeric = text.bytes().all(|b| b.is_ascii_digit());
        if numeric && matches!(text.len(), 3 | 4) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(CardError::Cvc)
        }
    }

    /// The digits, for the processor only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[path = "card_tests.rs"]
mod tests;
