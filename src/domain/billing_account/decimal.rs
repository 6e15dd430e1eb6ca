//! Exact decimal numbers with at most six decimals: prices of a unit, quantities, rebates. No floats.

use std::fmt;

use super::super::currency::Currency;
use super::super::money::{AMOUNT_MAX_MINOR, Money, MoneyError};
use super::super::rate::round_half_away;

/// Decimals that are kept.
pub const DECIMALS: usize = 6;
/// One, in millionths.
const ONE: i64 = 1_000_000;
/// The largest number either way, millionths.
const MAX: i64 = 9_007_199_254_740_991_000;

/// A number of millionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

/// Why a text is no decimal of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not digits with one point at most; exponents are refused.
    #[error("must be a plain decimal number")]
    NotANumber,
    /// More decimals than are kept.
    #[error("has more than 6 decimals")]
    TooManyDecimals,
    /// Beyond what is exact everywhere.
    #[error("is out of range")]
    OutOfRange,
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(ONE);

    /// Reads "12", "-0.5", "10.990": the text of a JSON number.
    ///
    /// # Errors
    /// [`DecimalError`]: nothing is rounded.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_numeric(whole) || !is_numeric(fraction) {
            return Err(DecimalError::NotANumber);
        }
        let significant = fraction.trim_end_matches('0');
        if significant.len() > DECIMALS {
            return Err(DecimalError::TooManyDecimals);
        }
        let padded = format!("{whole}{significant:0<DECIMALS$}");
        let number: i64 = padded.parse().map_err(|_| DecimalError::OutOfRange)?;
        if number > MAX {
            return Err(DecimalError::OutOfRange);
        }
        Ok(Self(if is_negative { number.saturating_neg() } else { number }))
    }

    /// The amount as a decimal number of major units.
    ///
    /// # Errors
    /// Beyond the range, which a currency without decimals may be.
    pub fn of_money(amount: Money) -> Result<Self, DecimalError> {
        Self::parse(&amount.to_major_string())
    }

    /// The amount of money that the number is, without rounding.
    ///
    /// # Errors
    /// More decimals than the currency has; out of range.
    pub fn to_money(self, currency: Currency) -> Result<Money, MoneyError> {
        Money::parse_major(&self.to_string(), currency)
    }

    /// Whether more than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether less than nothing.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The whole number that it is, if it is one.
    pub fn whole(self) -> Option<i64> {
        (self.0.checked_rem(ONE) == Some(0)).then(|| self.0.checked_div(ONE)).flatten()
    }

    /// The sum.
    ///
    /// # Errors
    /// Out of range.
    pub fn plus(self, other: Self) -> Result<Self, DecimalError> {
        let sum = self.0.checked_add(other.0).filter(|sum| (-MAX..=MAX).contains(sum));
        sum.map(Self).ok_or(DecimalError::OutOfRange)
    }

    /// The difference.
    ///
    /// # Errors
    /// Out of range.
    pub fn minus(self, other: Self) -> Result<Self, DecimalError> {
        self.plus(Self(other.0.saturating_neg()))
    }

    /// `self` × `quantity` in `currency`, rounded once to its minor unit, half away from zero.
    ///
    /// # Errors
    /// Out of range.
    pub fn times(self, quantity: Self, currency: Currency) -> Result<Money, MoneyError> {
        // Both are millionths, so the product counts 10^-12 of the major unit.
        let scale = 10_i128.checked_pow(12_u32.saturating_sub(u32::from(currency.decimals()))).unwrap_or(1);
        let product = i128::from(self.0).checked_mul(i128::from(quantity.0)).ok_or(MoneyError::Overflow)?;
        let minor = round_half_away(product, scale).ok_or(MoneyError::Overflow)?;
        let minor = i64::try_from(minor).ok().filter(|minor| minor.abs() <= AMOUNT_MAX_MINOR);
        Money::new(minor.ok_or(MoneyError::Overflow)?, currency)
    }
}

/// The shortest plain form: "10.99", "0.5", "-3".
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:07}", self.0.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(DECIMALS));
        let fraction = fraction.trim_end_matches('0');
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_numbers() {
        use DecimalError::{NotANumber, OutOfRange, TooManyDecimals};
        for (text, expected) in [
            ("0", Ok("0")),
            ("-0", Ok("0")),
            ("10.990", Ok("10.99")),
            ("-0.5", Ok("-0.5")),
            ("0.000001", Ok("0.000001")),
            ("0.0000010", Ok("0.000001")),
            ("0.0000001", Err(TooManyDecimals)),
            ("9007199254740.991", Ok("9007199254740.991")),
            ("9007199254740.991001", Err(OutOfRange)),
            ("99999999999999999999", Err(OutOfRange)),
            ("1e2", Err(NotANumber)),
            ("1.", Err(NotANumber)),
            (".5", Err(NotANumber)),
            ("", Err(NotANumber)),
            ("--1", Err(NotANumber)),
            ("NaN", Err(NotANumber)),
        ] {
            let found = Decimal::parse(text).map(|number| number.to_string());
            assert_eq!(found, expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn products_round_once_to_the_minor_unit() {
        for (price, quantity, code, minor) in [
            ("10", "3", "SEK", 3_000),
            ("0.005", "1", "SEK", 1),
            ("0.004999", "1", "SEK", 0),
            ("-0.005", "1", "SEK", -1),
            ("0.333333", "3", "SEK", 100),
            ("1.5", "1", "JPY", 2),
            ("1.2345", "1", "KWD", 1_235),
            ("0.01", "0.5", "SEK", 1),
        ] {
            let [price, quantity] = [price, quantity].map(|text| Decimal::parse(text).expect("a number"));
            let currency = Currency::parse(code).expect("a currency");
            let found = price.times(quantity, currency).map(Money::minor);
            assert_eq!(found, Ok(minor), "{price} {quantity} {code}");
        }
        let most = Decimal::parse("9007199254740").expect("a number");
        assert!(most.times(most, Currency::EUR).is_err());
    }
}
