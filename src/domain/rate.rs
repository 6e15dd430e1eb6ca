//! Percentages in thousandths of a percent, and the one function that rounds.

use std::fmt;

use super::money::{Money, MoneyError};

/// A percentage in thousandths: `43440` is 43.440 % (seed gateway, "Create Add-On").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Rate(u32);

impl Rate {
    /// 0 %.
    pub const ZERO: Self = Self(0);
    /// 100 %.
    pub const WHOLE: Self = Self(100_000);

    /// The rate of `thousandths` thousandths of a percent, at most 1000 %.
    pub fn from_thousandths(thousandths: u32) -> Option<Self> {
        (thousandths <= 1_000_000).then_some(Self(thousandths))
    }

    /// Reads a decimal percentage with at most three decimals: "7", "7.25", "10.000".
    pub fn parse_percent(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 4 || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let padded = format!("{whole}{fraction:0<3}");
        Self::from_thousandths(padded.parse().ok()?)
    }

    /// Thousandths of a percent.
    pub fn thousandths(self) -> u32 {
        self.0
    }

    /// Whether this is 0 %.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// This share of `amount`, rounded half away from zero to the minor unit. Called once per line.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] where the result leaves the range of amounts.
    pub fn of(self, amount: Money) -> Result<Money, MoneyError> {
        let product = i128::from(amount.minor()).checked_mul(i128::from(self.0)).ok_or(MoneyError::Overflow)?;
        let rounded = round_half_away(product, 100_000).ok_or(MoneyError::Overflow)?;
        Money::new(i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?, amount.currency())
    }
}

/// `numerator / denominator` rounded half away from zero; `None` for a denominator below 1.
///
/// The only rounding in the program (RELIABILITY.md 3.1.4).
pub fn round_half_away(numerator: i128, denominator: i128) -> Option<i128> {
    if denominator < 1 {
        return None;
    }
    let half = denominator.checked_div(2)?;
    let odd = denominator.checked_rem(2)?;
    let shifted = if numerator >= 0 { numerator.checked_add(half)? } else { numerator.checked_sub(half)? };
    // With an odd denominator no exact half exists and the truncated half never reaches the next unit.
    debug_assert!(odd == 0 || denominator > half);
    shifted.checked_div(denominator)
}

/// Three decimals, as the gateway writes rates: "7.250".
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.checked_div(1000).unwrap_or(0);
        let fraction = self.0.checked_rem(1000).unwrap_or(0);
        write!(f, "{whole}.{fraction:03}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;

    #[test]
    fn rounding_is_half_away_from_zero() {
        // RELIABILITY.md 3.1.4, and both sides of each half.
        for (minor, thousandths, expected) in [
            (100, 500, 1),
            (-100, 500, -1),
            (1005, 2500, 25),
            (999, 8875, 89),
            (1, 49_999, 0),
            (1, 50_000, 1),
            (-1, 50_000, -1),
            (-1, 49_999, 0),
            (0, 100_000, 0),
            (12_345, 100_000, 12_345),
        ] {
            let rate = Rate::from_thousandths(thousandths).expect("rate in range");
            let amount = Money::new(minor, Currency::USD).expect("amount in range");
            assert_eq!(rate.of(amount).expect("no overflow").minor(), expected, "{minor} * {thousandths}");
        }
        let yen = Currency::parse("JPY").expect("yen is a currency");
        let rate = Rate::from_thousandths(4500).expect("rate in range");
        assert_eq!(rate.of(Money::new(10, yen).expect("in range")).expect("no overflow").minor(), 0);
    }

    #[test]
    fn odd_denominators_round_to_the_nearest() {
        for (numerator, denominator, expected) in
            [(1, 3, 0), (2, 3, 1), (-2, 3, -1), (7, 7, 1), (10, 4, 3), (-10, 4, -3)]
        {
            assert_eq!(round_half_away(numerator, denominator), Some(expected), "{numerator}/{denominator}");
        }
        assert_eq!(round_half_away(1, 0), None);
    }

    #[test]
    fn percent_texts() {
        for (text, thousandths) in [
            ("7", Some(7000)),
            ("7.25", Some(7250)),
            ("10.000", Some(10_000)),
            ("0.000", Some(0)),
            (".5", None),
            ("7.2500", None),
            ("-1", None),
            ("1001", None),
            ("", None),
            ("7,5", None),
        ] {
            assert_eq!(Rate::parse_percent(text).map(Rate::thousandths), thousandths, "{text:?}");
        }
        assert_eq!(Rate::parse_percent("7.25").expect("valid").to_string(), "7.250");
    }
}
