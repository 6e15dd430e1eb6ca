//! A line of goods: price times quantity, its discount, freight and taxes.

use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::rate::{Rate, round_half_away};
use crate::error::{Error, Result};

/// Ten-thousandths in one.
const ONE: i128 = 10_000;
/// Thousandths of a percent in one.
const WHOLE: i128 = 100_000;

/// How many: a decimal number with at most four decimals, counted in ten-thousandths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Quantity(i64);

impl Quantity {
    /// One.
    pub const ONE: Self = Self(10_000);

    /// Reads "1", "1.5" or "0.0001" from its text, at most 12 digits before the point: no binary fraction in between.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let has_point = text.contains('.');
        if whole.is_empty() || whole.len() > 12 || decimals.len() > 4 || has_point == decimals.is_empty() {
            return None;
        }
        if !digits(whole) || !digits(decimals) {
            return None;
        }
        format!("{whole}{decimals:0<4}").parse().ok().map(Self)
    }
}

/// What the unit price of a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnitPrice {
    /// So much.
    Flat(Money),
    /// A share of all flat lines together.
    Share(Rate),
}

/// A line as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Price of one.
    pub unit_price: UnitPrice,
    /// How many.
    pub quantity: Quantity,
    /// Whether it counts: what is paid already or rejected does not.
    pub is_due: bool,
    /// Taken off.
    pub discount: Money,
    /// Taken off as a share; read where `discount` is zero.
    pub discount_rate: Rate,
    /// Added.
    pub freight: Money,
    /// Whether it is taxed.
    pub is_taxable: bool,
    /// Local tax.
    pub local_rate: Rate,
    /// National tax.
    pub national_rate: Rate,
    /// One tax for all; read where neither of the other two is given.
    pub rate: Rate,
}

/// What a line comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PricedLine {
    /// Price times quantity.
    pub gross: Money,
    /// Taken off.
    pub discount: Money,
    /// Gross less discount, with freight, without taxes.
    pub amount: Money,
    /// Added.
    pub freight: Money,
    /// Local tax.
    pub local_tax: Money,
    /// National tax.
    pub national_tax: Money,
    /// The one tax for all.
    pub tax: Money,
    /// Whether it counts.
    pub is_due: bool,
    /// Whether it is taxed but names no rate.
    pub takes_default_tax: bool,
}

/// Prices `lines`: flat ones first, because shares are of their sum.
///
/// # Errors
/// `Invalid` naming `line_items[n].…`: a discount above its line, out of range.
pub fn price_lines(currency: Currency, lines: &[Line]) -> Result<Vec<PricedLine>> {
    let mut flat = Money::zero(currency);
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.is_due) {
        if let UnitPrice::Flat(price) = line.unit_price {
            flat = gross(price, None, line.quantity).and_then(|gross| Ok(flat.plus(gross)?)).map_err(at(index))?;
        }
    }
    let priced = |(index, line): (usize, &Line)| line.priced(flat).map_err(at(index));
    lines.iter().enumerate().map(priced).collect()
}

impl Line {
    fn priced(&self, flat: Money) -> Result<PricedLine> {
        let gross = match self.unit_price {
            UnitPrice::Flat(price) => gross(price, None, self.quantity)?,
            UnitPrice::Share(rate) => gross(flat, Some(rate), self.quantity)?,
        };
        let discount = if self.discount.is_zero() { self.discount_rate.of(gross)? } else { self.discount };
        if discount.is_positive() && discount.minor() > gross.minor() {
            return Err(Error::invalid("discount_amount", format!("is more than the {gross} of the item")));
        }
        let net = gross.minus(discount)?;
        let tax = |rate: Rate| if self.is_taxable { rate.of(net) } else { Ok(Money::zero(net.currency())) };
        let has_own = !(self.local_rate.is_zero() && self.national_rate.is_zero());
        Ok(PricedLine {
            gross,
            discount,
            amount: net.plus(self.freight)?,
            freight: self.freight,
            local_tax: tax(self.local_rate)?,
            national_tax: tax(self.national_rate)?,
            tax: tax(if has_own { Rate::ZERO } else { self.rate })?,
            is_due: self.is_due,
            takes_default_tax: self.is_taxable && !has_own && self.rate.is_zero(),
        })
    }
}

/// `price` (or a share of it) times `quantity`, rounded once.
fn gross(price: Money, share: Option<Rate>, quantity: Quantity) -> Result<Money> {
    let too_large = || Error::invalid("quantity", "makes an amount that is out of range");
    let of = share.map_or(WHOLE, |rate| i128::from(rate.thousandths()));
    let product = i128::from(price.minor())
        .checked_mul(of)
        .and_then(|product| product.checked_mul(i128::from(quantity.0)))
        .ok_or_else(too_large)?;
    let divisor = WHOLE.checked_mul(ONE).ok_or_else(too_large)?;
    let minor = round_half_away(product, divisor).and_then(|minor| i64::try_from(minor).ok()).ok_or_else(too_large)?;
    Money::new(minor, price.currency()).map_err(|_| too_large())
}

fn at(index: usize) -> impl Fn(Error) -> Error {
    move |why| why.under(&format!("line_items[{index}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_from_their_text() {
        for (text, expected) in [
            ("1", Some(10_000)),
            ("0", Some(0)),
            ("1.5", Some(15_000)),
            ("0.0001", Some(1)),
            ("2.10", Some(21_000)),
            ("999999999999.9999", Some(9_999_999_999_999_999)),
            ("1000000000000", None),
            ("0.00001", None),
            ("1.", None),
            (".5", None),
            ("-1", None),
            ("1e2", None),
            ("1.5e1", None),
            ("", None),
            ("1.2.3", None),
            ("٣", None),
        ] {
            assert_eq!(Quantity::parse(text).map(|quantity| quantity.0), expected, "{text:?}");
        }
    }

    #[test]
    fn a_price_times_a_fraction_is_rounded_once_half_away_from_zero() {
        for (price, quantity, expected) in
            [(100, "0.005", 1), (100, "0.0049", 0), (333, "1.5", 500), (-333, "1.5", -500), (10, "0.1", 1)]
        {
            let price = Money::new(price, Currency::USD).expect("in range");
            let found = gross(price, None, Quantity::parse(quantity).expect("a quantity")).expect("in range");
            assert_eq!(found.minor(), expected, "{price} x {quantity}");
        }
        let most = Money::new(9_007_199_254_740_991, Currency::USD).expect("in range");
        assert!(gross(most, None, Quantity::ONE).is_ok());
        assert!(gross(most, None, Quantity::parse("1.0001").expect("a quantity")).is_err());
        let ten_times = Rate::from_thousandths(1_000_000);
        assert!(gross(most, ten_times, Quantity(i64::MAX)).is_err(), "no overflow, a refusal");
    }
}
