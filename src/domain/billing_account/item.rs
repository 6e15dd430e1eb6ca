//! What is sold: an item of a balance or an order, and what it comes to.

use super::super::currency::Currency;
use super::super::money::Money;
use super::decimal::Decimal;
use crate::error::{Error, Result};

/// Longest number, name and unit of an item, characters.
pub const TEXT_MAX: usize = 255;
/// Items given at once.
pub const ITEMS_MAX: usize = 500;
/// Largest quantity whose units are told apart.
pub const UNITS_MAX: i64 = 1_000;

/// An item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// What the merchant calls it.
    pub number: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Price of one, major units.
    pub price: Option<Decimal>,
    /// How many; one where `None`.
    pub quantity: Option<Decimal>,
    /// What is counted: "pcs", "h".
    pub unit: Option<String>,
    /// Tax on one, which comes on top of the price.
    pub vat: Option<Decimal>,
    /// What one is cheaper by.
    pub rebate: Option<Decimal>,
}

impl Item {
    /// The item that a bare amount is.
    pub fn of_amount(amount: Decimal) -> Self {
        Self { price: Some(amount), ..Self::default() }
    }

    /// How many.
    pub fn count(&self) -> Decimal {
        self.quantity.unwrap_or(Decimal::ONE)
    }

    /// How many units are told apart: the quantity where it is a whole number, else one.
    pub fn units(&self) -> u32 {
        let whole = self.count().whole().filter(|whole| (1..=UNITS_MAX).contains(whole));
        whole.and_then(|whole| u32::try_from(whole).ok()).unwrap_or(1)
    }

    /// (price − rebate + vat) × quantity, rounded once to the currency's minor unit, half away from zero.
    ///
    /// # Errors
    /// `Invalid` where it is out of range.
    pub fn amount(&self, currency: Currency) -> Result<Money> {
        let part = |part: Option<Decimal>| part.unwrap_or(Decimal::ZERO);
        let of_one = part(self.price).minus(part(self.rebate)).and_then(|net| net.plus(part(self.vat)));
        let of_one = of_one.map_err(|why| Error::invalid("items", why.to_string()))?;
        of_one.times(self.count(), currency).map_err(|why| Error::invalid("items", why.to_string()))
    }

    /// The tax in the amount.
    ///
    /// # Errors
    /// `Invalid` where it is out of range.
    pub fn tax(&self, currency: Currency) -> Result<Money> {
        let of_one = self.vat.unwrap_or(Decimal::ZERO);
        of_one.times(self.count(), currency).map_err(|why| Error::invalid("items", why.to_string()))
    }

    fn checked(&self, field: &str, currency: Currency) -> Result<()> {
        let refused = |name: &str, problem: &str| Err(Error::invalid(format!("{field}{name}"), problem));
        for (name, text) in [(".number", &self.number), (".name", &self.name), (".unit", &self.unit)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_MAX || text.chars().any(char::is_control)) {
                return refused(name, "must be at most 255 printable characters");
            }
        }
        if self.price.is_none() && (self.vat.is_some() || self.rebate.is_some()) {
            return refused(".price", "is required beside vat and rebate");
        }
        for (name, number) in [(".price", self.price), (".vat", self.vat), (".rebate", self.rebate)] {
            if number.is_some_and(Decimal::is_negative) {
                return refused(name, "must be 0 or more");
            }
        }
        if !self.count().is_positive() {
            return refused(".quantity", "must be more than 0");
        }
        match self.amount(currency) {
            Ok(amount) if amount.minor() >= 0 => Ok(()),
            Ok(_) => refused(".rebate", "is more than the price"),
            Err(_) => refused(".price", "comes to more than an amount can be"),
        }
    }
}

/// Items as a caller gives them: an amount, one, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Items {
    /// An amount in major units.
    Amount(Decimal),
    /// One item.
    One(Item),
    /// Several.
    Many(Vec<Item>),
}

impl Items {
    /// Them all; an amount is an item of that price.
    pub fn list(&self) -> Vec<Item> {
        match self {
            Self::Amount(amount) => vec![Item::of_amount(*amount)],
            Self::One(item) => vec![item.clone()],
            Self::Many(items) => items.clone(),
        }
    }

    /// The sum of the rounded amounts.
    ///
    /// # Errors
    /// `Invalid` where it is out of range.
    pub fn total(&self, currency: Currency) -> Result<Money> {
        total(&self.list(), currency)
    }

    /// These items, if they come to more than nothing.
    ///
    /// # Errors
    /// `Invalid` naming the part below `field`.
    pub fn checked(self, field: &str, currency: Currency) -> Result<Self> {
        if let Self::Amount(amount) = self {
            amount.to_money(currency).map_err(|why| Error::invalid(field, why.to_string()))?;
        }
        let list = self.list();
        if list.is_empty() || list.len() > ITEMS_MAX {
            return Err(Error::invalid(field, format!("must be 1 to {ITEMS_MAX} items")));
        }
        for (at, item) in list.iter().enumerate() {
            let place = if matches!(self, Self::Many(_)) { format!("{field}[{at}]") } else { field.to_owned() };
            item.checked(&place, currency)?;
        }
        let sum = self.total(currency).map_err(|why| why.under(field))?;
        if !sum.is_positive() {
            return Err(Error::invalid(field, "must come to more than 0"));
        }
        Ok(self)
    }
}

/// The sum of the rounded amounts of items.
///
/// # Errors
/// `Invalid` where it is out of range.
pub fn total(items: &[Item], currency: Currency) -> Result<Money> {
    items.iter().try_fold(Money::zero(currency), |sum, item| {
        sum.plus(item.amount(currency)?).map_err(|why| Error::invalid("items", why.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).expect("a number")
    }

    fn item(price: &str, quantity: &str, vat: &str, rebate: &str) -> Item {
        let some = |text: &str| (!text.is_empty()).then(|| number(text));
        Item { price: some(price), quantity: some(quantity), vat: some(vat), rebate: some(rebate), ..Item::default() }
    }

    #[test]
    fn an_item_comes_to_its_formula_rounded_once() {
        let sek = Currency::parse("SEK").expect("a currency");
        for (price, quantity, vat, rebate, minor) in [
            ("100", "", "", "", 10_000),
            ("100", "2", "25", "", 25_000),
            ("100", "2", "25", "10", 23_000),
            ("0.333", "3", "", "", 100),
            ("10.005", "1", "", "", 1_001),
            ("19.99", "1.5", "5", "0.01", 3_747),
        ] {
            let given = item(price, quantity, vat, rebate);
            assert_eq!(given.amount(sek).expect("in range").minor(), minor, "{given:?}");
        }
        let both = [item("0.005", "", "", ""), item("0.005", "", "", "")];
        assert_eq!(total(&both, sek).expect("in range").minor(), 2, "lines are rounded, then summed");
    }

    #[test]
    fn items_have_bounds() {
        let sek = Currency::parse("SEK").expect("a currency");
        let field = |items: Items| match items.checked("items", sek) {
            Ok(_) => String::new(),
            Err(Error::Invalid { field, .. }) => field,
            Err(other) => panic!("{other}"),
        };
        for (items, expected) in [
            (Items::Amount(number("10.05")), ""),
            (Items::Amount(number("10.005")), "items"),
            (Items::Amount(number("0")), "items"),
            (Items::Amount(number("-1")), "items.price"),
            (Items::One(item("1", "", "", "")), ""),
            (Items::One(item("", "", "1", "")), "items.price"),
            (Items::One(item("1", "0", "", "")), "items.quantity"),
            (Items::One(item("1", "", "-1", "")), "items.vat"),
            (Items::One(item("1", "", "", "2")), "items.rebate"),
            (Items::Many(vec![]), "items"),
            (Items::Many(vec![item("1", "", "", ""), item("1", "-1", "", "")]), "items[1].quantity"),
            (Items::Many(vec![Item::default()]), "items"),
            (Items::Many(vec![item("1", "", "", ""); ITEMS_MAX]), ""),
            (Items::Many(vec![item("1", "", "", ""); ITEMS_MAX + 1]), "items"),
            (Items::One(Item { name: Some("x".repeat(256)), ..item("1", "", "", "") }), "items.name"),
        ] {
            assert_eq!(field(items.clone()), expected, "{items:?}");
        }
    }

    #[test]
    fn whole_quantities_have_units() {
        for (quantity, units) in [("", 1), ("3", 3), ("1.5", 1), ("1000", 1_000), ("1001", 1)] {
            assert_eq!(item("1", quantity, "", "").units(), units, "{quantity:?}");
        }
    }
}
