//! How much may stand on an account.
//!
//! What is owed is the balance and every order that is not paid. `hard` (or the bare number) is what it may come to;
//! one addition may take it beyond by at most `margin`. From `soft` on the balance becomes an order at once, without
//! waiting for its due date.

use super::decimal::Decimal;
use crate::error::{Error, Result};

/// A limit, in major units of the account's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// One number: nothing is added beyond it.
    Number(Decimal),
    /// By its parts.
    Parts {
        /// Nothing is added beyond it.
        hard: Option<Decimal>,
        /// From here on the balance is settled at once.
        soft: Option<Decimal>,
        /// How far beyond `hard` one addition may go.
        margin: Option<Decimal>,
    },
}

impl Limit {
    /// The limit, if no part of it is below zero and they fit together.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn checked(self) -> Result<Self> {
        let negative = |field: &str, number: Option<Decimal>| match number {
            Some(number) if number.is_negative() => Err(Error::invalid(field, "must be 0 or more")),
            _ => Ok(()),
        };
        match self {
            Self::Number(number) => negative("limit", Some(number))?,
            Self::Parts { hard, soft, margin } => {
                negative("limit.hard", hard)?;
                negative("limit.soft", soft)?;
                negative("limit.margin", margin)?;
                if hard.zip(soft).is_some_and(|(hard, soft)| soft > hard) {
                    return Err(Error::invalid("limit.soft", "must not be more than hard"));
                }
            }
        }
        Ok(self)
    }

    /// Whether `added` may be added where `owed` stands.
    pub fn takes(&self, owed: Decimal, added: Decimal) -> bool {
        let (hard, margin) = match *self {
            Self::Number(hard) => (Some(hard), Decimal::ZERO),
            Self::Parts { hard, margin, .. } => (hard, margin.unwrap_or(Decimal::ZERO)),
        };
        let Some(hard) = hard else { return true };
        if owed > hard {
            return false;
        }
        owed.plus(added).is_ok_and(|sum| hard.plus(margin).map_or(true, |most| sum <= most))
    }

    /// Whether a balance is settled at once where `owed` stands.
    pub fn settles(&self, owed: Decimal) -> bool {
        matches!(self, Self::Parts { soft: Some(soft), .. } if owed >= *soft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_each_part() {
        let number = |text: &str| Decimal::parse(text).expect("a number");
        let some = |text: &str| (!text.is_empty()).then(|| number(text));
        for (hard, soft, margin, owed, added, takes, settles) in [
            ("100", "", "", "0", "100", true, false),
            ("100", "", "", "0", "100.01", false, false),
            ("100", "", "", "100", "0.01", false, false),
            ("100", "", "20", "100", "20", true, false),
            ("100", "", "20", "100", "20.01", false, false),
            ("100", "", "20", "100.01", "0.01", false, false),
            ("", "50", "", "49.99", "9999", true, false),
            ("", "50", "", "50", "1", true, true),
            ("", "", "", "0", "1", true, false),
            ("0", "", "", "0", "1", false, false),
        ] {
            let limit = Limit::Parts { hard: some(hard), soft: some(soft), margin: some(margin) };
            assert_eq!(limit.takes(number(owed), number(added)), takes, "{limit:?} {owed} {added}");
            assert_eq!(limit.settles(number(owed)), settles, "{limit:?} {owed}");
            assert!(limit.checked().is_ok());
        }
        assert!(!Limit::Number(number("10")).takes(number("10"), number("1")));
        assert!(Limit::Number(number("-1")).checked().is_err());
        assert!(Limit::Parts { hard: some("1"), soft: some("2"), margin: None }.checked().is_err());
    }
}
