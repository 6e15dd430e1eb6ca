//! Money: an integer count of minor units of one currency. No floats, no `Mul`, no `Div`.
//!
//! Shares of an amount come from [`super::rate::Rate::of`] or [`Money::split`]; totals are sums of rounded lines.

use std::fmt;

use super::currency::Currency;

/// The largest amount either way, minor units: exact in JavaScript too (RELIABILITY.md 3.1.1).
pub const AMOUNT_MAX_MINOR: i64 = 9_007_199_254_740_991;

/// An amount of money: minor units of a currency, between plus and minus [`AMOUNT_MAX_MINOR`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why amounts could not be combined or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result leaves the range of amounts.
    #[error("the amount is out of range")]
    Overflow,
    /// Two currencies met.
    #[error("amounts of different currencies cannot be combined")]
    MixedCurrencies,
    /// Not a decimal number.
    #[error("not an amount")]
    NotANumber,
    /// More decimals than the currency has.
    #[error("more decimals than the currency has")]
    TooManyDecimals,
}

impl Money {
    /// `minor` minor units of `currency`.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond [`AMOUNT_MAX_MINOR`].
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if (-AMOUNT_MAX_MINOR..=AMOUNT_MAX_MINOR).contains(&minor) {
            Ok(Self { minor, currency })
        } else {
            Err(MoneyError::Overflow)
        }
    }

    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Minor units (cents).
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether more than nothing.
    pub fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// The sum.
    ///
    /// # Errors
    /// Mixed currencies, overflow.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?, self.currency)
    }

    /// The difference.
    ///
    /// # Errors
    /// Mixed currencies, overflow.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Self::new(self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?, self.currency)
    }

    /// `count` times this amount.
    ///
    /// # Errors
    /// Overflow.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        Self::new(self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?, self.currency)
    }

    /// This amount, or zero where it is negative.
    #[must_use]
    pub fn floor_at_zero(self) -> Self {
        Self { minor: self.minor.max(0), currency: self.currency }
    }

    /// The sum of `amounts`, all of `currency`.
    ///
    /// # Errors
    /// Mixed currencies, overflow.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// Parts in proportion to `weights` that sum to the whole: largest remainder first, ties to the earlier part.
    ///
    /// With no weight above zero the parts are equal but for the last units. No weights, no parts.
    pub fn split(self, weights: &[u32]) -> Vec<Self> {
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        let even = total == 0;
        let count = i128::try_from(weights.len()).unwrap_or(i128::MAX);
        let denominator = if even { count } else { total };
        let mut parts: Vec<(i128, i128)> = weights
            .iter()
            .map(|weight| {
                let share = if even { 1 } else { i128::from(*weight) };
                let exact = i128::from(self.minor).saturating_mul(share);
                (exact.div_euclid(denominator), exact.rem_euclid(denominator))
            })
            .collect();
        let handed: i128 = parts.iter().map(|part| part.0).sum();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(parts.get(*index).map_or(0, |part| part.1)));
        let left = usize::try_from(i128::from(self.minor).saturating_sub(handed)).unwrap_or(0);
        for index in order.into_iter().take(left) {
            if let Some(part) = parts.get_mut(index) {
                part.0 = part.0.saturating_add(1);
            }
        }
        parts
            .into_iter()
            .map(|part| Self { minor: i64::try_from(part.0).unwrap_or(0), currency: self.currency })
            .collect()
    }

    /// Reads a major amount such as "12.30" or "-5" exactly, without a float.
    ///
    /// # Errors
    /// Not a plain decimal number, more decimals than the currency has, out of range.
    pub fn parse_major(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !numeric(whole) || !numeric(fraction) {
            return Err(MoneyError::NotANumber);
        }
        let decimals = usize::from(currency.decimals());
        let significant = fraction.trim_end_matches('0');
        if significant.len() > decimals {
            return Err(MoneyError::TooManyDecimals);
        }
        let padded = format!("{whole}{significant:0<decimals$}");
        let minor: i64 = padded.parse().map_err(|_| MoneyError::Overflow)?;
        Self::new(if negative { minor.saturating_neg() } else { minor }, currency)
    }

    /// The major amount with all decimals of the currency: "12.30", JPY "12", KWD "1.250".
    pub fn to_major_string(self) -> String {
        let decimals = usize::from(self.currency.decimals());
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = decimals.saturating_add(1));
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
        if decimals == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::MixedCurrencies) }
    }
}

/// For people: "1,234.50 USD".
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let major = self.to_major_string();
        let (sign, digits) = major.strip_prefix('-').map_or(("", major.as_str()), |rest| ("-", rest));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            let left = whole.len().saturating_sub(index);
            if index > 0 && left.checked_rem(3) == Some(0) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}{grouped}")?;
        if let Some(fraction) = fraction {
            write!(f, ".{fraction}")?;
        }
        write!(f, " {}", self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
#[path = "money_tests.rs"]
mod tests;
