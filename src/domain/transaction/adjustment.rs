//! A fee on a payment (seed gateway, `payment_adjustment`): on top of a base, or within a whole.

use crate::domain::money::Money;
use crate::domain::rate::{Rate, round_half_away};
use crate::error::{Error, Result};

/// 100 % in thousandths of a percent.
const WHOLE: i128 = 100_000;

/// An extra: so much, or a share of the base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Adjustment {
    /// So much.
    Flat(Money),
    /// A share of the base.
    Percentage(Rate),
}

impl Adjustment {
    /// What comes on top of `base`.
    ///
    /// # Errors
    /// `Invalid` where the result leaves the range of amounts.
    pub fn on(self, base: Money) -> Result<Money> {
        match self {
            Self::Flat(extra) => Ok(extra),
            Self::Percentage(rate) => Ok(rate.of(base)?),
        }
    }

    /// What of `amount` is the extra, where `amount` includes it already.
    ///
    /// # Errors
    /// `Invalid` where a flat extra is more than the amount.
    pub fn within(self, amount: Money) -> Result<Money> {
        match self {
            Self::Flat(extra) if extra.minor() > amount.minor() => {
                Err(Error::invalid("payment_adjustment.value", "is more than the amount"))
            }
            Self::Flat(extra) => Ok(extra),
            Self::Percentage(rate) => {
                let overflow = || Error::invalid("amount", "is too large");
                let product = i128::from(amount.minor()).checked_mul(WHOLE).ok_or_else(overflow)?;
                let whole = WHOLE.checked_add(i128::from(rate.thousandths())).ok_or_else(overflow)?;
                let base = round_half_away(product, whole).ok_or_else(overflow)?;
                let base = Money::new(i64::try_from(base).map_err(|_| overflow())?, amount.currency())?;
                Ok(amount.minus(base)?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD).expect("an amount")
    }

    #[test]
    fn an_extra_on_a_base_is_the_extra_within_the_sum() {
        let percent = |thousandths| Adjustment::Percentage(Rate::from_thousandths(thousandths).expect("a rate"));
        for (extra, base, expected) in [
            (Adjustment::Flat(usd(199)), 1000, 199),
            (percent(1000), 1000, 10),
            (percent(3500), 1299, 45),
            (percent(3500), 1, 0),
            (percent(100_000), 50, 50),
            (percent(0), 1000, 0),
        ] {
            let on = extra.on(usd(base)).expect("in range");
            assert_eq!(on, usd(expected), "{extra:?} on {base}");
            let sum = usd(base).plus(on).expect("in range");
            assert_eq!(extra.within(sum).expect("in range"), usd(expected), "{extra:?} within {sum:?}");
        }
        assert!(Adjustment::Flat(usd(2)).within(usd(1)).is_err());
    }
}
