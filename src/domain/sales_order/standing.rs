//! Where the items of an order stand, unit by unit, and what an event makes of them.

use std::collections::BTreeMap;

use super::super::billing_account::{Decimal, EventType, Item, ItemStatus, Items};
use super::super::currency::Currency;
use super::super::money::Money;
use crate::error::{Error, Result};

/// Units of one item that stand alike.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    status: ItemStatus,
    units: u32,
    amount: Money,
}

/// An item and where its units stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The item.
    pub item: Item,
    parts: Vec<Part>,
}

impl Line {
    /// The status of each of its units.
    pub fn statuses(&self) -> Vec<ItemStatus> {
        let units = |part: &Part| usize::try_from(part.units).unwrap_or(0);
        self.parts.iter().flat_map(|part| std::iter::repeat_n(part.status, units(part))).collect()
    }

    fn units(&self, may: impl Fn(ItemStatus) -> bool) -> u32 {
        self.parts.iter().filter(|part| may(part.status)).fold(0, |sum, part| sum.saturating_add(part.units))
    }
}

/// Where the items of an order stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The items.
    pub lines: Vec<Line>,
    currency: Currency,
}

impl Standing {
    /// Of items that nothing happened to.
    ///
    /// # Errors
    /// Amounts out of range.
    pub fn of(items: &Items, currency: Currency) -> Result<Self> {
        let lines = items.list().into_iter().map(|item| {
            let part = Part { status: ItemStatus::Created, units: item.units(), amount: item.amount(currency)? };
            Ok(Line { item, parts: vec![part] })
        });
        Ok(Self { lines: lines.collect::<Result<_>>()?, currency })
    }

    /// What stands where.
    pub fn amounts(&self) -> BTreeMap<ItemStatus, Money> {
        let mut sums = BTreeMap::new();
        for part in self.lines.iter().flat_map(|line| &line.parts) {
            let sum = sums.entry(part.status).or_insert_with(|| Money::zero(self.currency));
            // Parts of an amount never come to more than it.
            *sum = sum.plus(part.amount).unwrap_or(*sum);
        }
        sums.retain(|_, sum| !sum.is_zero() || self.lines.iter().all(|line| line.parts.len() == 1));
        sums
    }

    /// Lets an event happen to `items`, to all that may take it where `None`; answers what they come to.
    ///
    /// # Errors
    /// `InvalidTransition` where none may take it; `Invalid` where the items are not of this order, or are fewer.
    pub fn apply(&mut self, kind: EventType, items: Option<&Items>) -> Result<Money> {
        let Some(target) = kind.makes() else { return Ok(Money::zero(self.currency)) };
        let moved = match items {
            None => self.move_all(kind, target)?,
            Some(Items::Amount(amount)) => self.move_amount(kind, target, *amount)?,
            Some(items) => {
                let list = items.list();
                let moved = list.iter().map(|item| self.move_item(kind, target, item));
                moved.collect::<Result<Vec<_>>>()?
            }
        };
        for line in &mut self.lines {
            merge(&mut line.parts);
        }
        Ok(Money::sum(self.currency, moved)?)
    }

    fn move_all(&mut self, kind: EventType, target: ItemStatus) -> Result<Vec<Money>> {
        let mut moved = Vec::new();
        for part in self.lines.iter_mut().flat_map(|line| &mut line.parts) {
            if kind.may_follow(part.status) {
                part.status = target;
                moved.push(part.amount);
            }
        }
        if moved.is_empty() { Err(self.refused(target)) } else { Ok(moved) }
    }

    /// A part of an order that is one amount, or exactly all that may move.
    fn move_amount(&mut self, kind: EventType, target: ItemStatus, amount: Decimal) -> Result<Vec<Money>> {
        let amount = amount.to_money(self.currency).map_err(|why| Error::invalid("items", why.to_string()))?;
        if !amount.is_positive() {
            return Err(Error::invalid("items", "must come to more than 0"));
        }
        let movable = self.lines.iter().flat_map(|line| &line.parts).filter(|part| kind.may_follow(part.status));
        let all = Money::sum(self.currency, movable.map(|part| part.amount))?;
        if all.is_zero() {
            return Err(self.refused(target));
        }
        if amount == all {
            return self.move_all(kind, target);
        }
        let [line] = self.lines.as_mut_slice() else {
            return Err(Error::invalid("items", format!("must name items of the order, or come to {all}")));
        };
        if amount.minor() > all.minor() {
            return Err(Error::invalid("items", format!("come to more than {all}")));
        }
        let mut left = amount;
        let mut taken = Vec::new();
        for part in line.parts.iter_mut().filter(|part| kind.may_follow(part.status)) {
            let cut = if part.amount.minor() < left.minor() { part.amount } else { left };
            part.amount = part.amount.minus(cut)?;
            left = left.minus(cut)?;
            taken.push(Part { status: target, units: 0, amount: cut });
        }
        line.parts.extend(taken);
        Ok(vec![amount])
    }

    fn move_item(&mut self, kind: EventType, target: ItemStatus, item: &Item) -> Result<Money> {
        let wanted = item.units();
        let is_it = |line: &&mut Line| is_same(&line.item, item);
        let line = self.lines.iter_mut().filter(is_it).find(|line| line.units(|status| kind.may_follow(status)) > 0);
        let Some(line) = line else {
            let known = self.lines.iter().any(|line| is_same(&line.item, item));
            return Err(if known { self.refused(target) } else { unknown_item() });
        };
        if line.units(|status| kind.may_follow(status)) < wanted {
            return Err(Error::invalid("items", "are more than the order has in a state for this event"));
        }
        let mut left = wanted;
        let mut moved = Money::zero(self.currency);
        let mut taken = Vec::new();
        for part in line.parts.iter_mut().filter(|part| kind.may_follow(part.status) && part.units > 0) {
            let units = part.units.min(left);
            let kept = part.units.saturating_sub(units);
            let shares = part.amount.split(&[units, kept]);
            let [cut, rest] = shares.as_slice() else { continue };
            (part.units, part.amount) = (kept, *rest);
            if units > 0 {
                moved = moved.plus(*cut)?;
                taken.push(Part { status: target, units, amount: *cut });
            }
            left = left.saturating_sub(units);
        }
        line.parts.extend(taken);
        Ok(moved)
    }

    fn refused(&self, target: ItemStatus) -> Error {
        let from = self.lines.iter().flat_map(|line| &line.parts).map(|part| part.status).next();
        let from = from.map_or("nothing", ItemStatus::as_str).to_owned();
        Error::InvalidTransition { kind: "item", from, to: target.as_str().to_owned() }
    }
}

fn unknown_item() -> Error {
    Error::invalid("items", "names something that the order does not hold")
}

/// By its number, else by its name, else by its price.
fn is_same(held: &Item, asked: &Item) -> bool {
    match (&asked.number, &asked.name) {
        (Some(number), _) => held.number.as_ref() == Some(number),
        (None, Some(name)) => held.name.as_ref() == Some(name),
        (None, None) => asked.price.is_some() && held.price == asked.price,
    }
}

/// Puts together what stands alike, in the order in which it came.
fn merge(parts: &mut Vec<Part>) {
    let mut merged: Vec<Part> = Vec::new();
    for part in parts.drain(..).filter(|part| part.units > 0 || !part.amount.is_zero()) {
        match merged.iter_mut().find(|known| known.status == part.status) {
            Some(known) => {
                known.units = known.units.saturating_add(part.units);
                known.amount = known.amount.plus(part.amount).unwrap_or(known.amount);
            }
            None => merged.push(part),
        }
    }
    *parts = merged;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).expect("a number")
    }

    fn shirts(quantity: &str) -> Item {
        Item {
            number: Some("shirt".to_owned()),
            price: Some(number("10")),
            quantity: Some(number(quantity)),
            ..Item::default()
        }
    }

    fn sums(standing: &Standing) -> String {
        let sums = standing.amounts().into_iter().map(|(status, sum)| format!("{}={}", status.as_str(), sum.minor()));
        sums.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn units_move_one_by_one() {
        let items =
            Items::Many(vec![shirts("3"), Item { name: Some("bag".to_owned()), ..Item::of_amount(number("5")) }]);
        let mut standing = Standing::of(&items, Currency::EUR).expect("in range");
        assert_eq!(sums(&standing), "created=3500");
        standing.apply(EventType::Order, None).expect("allowed");
        let moved = standing.apply(EventType::Charge, Some(&Items::One(shirts("2")))).expect("allowed");
        assert_eq!((moved.minor(), sums(&standing)), (2_000, "ordered=1500 charged=2000".to_owned()));
        standing.apply(EventType::Refund, Some(&Items::One(shirts("1")))).expect("allowed");
        assert_eq!(sums(&standing), "ordered=1500 charged=1000 refunded=1000");
        let statuses: Vec<_> = standing.lines.iter().map(|line| line.statuses().len()).collect();
        assert_eq!(statuses, [3, 1]);
        let before = standing.clone();
        for (kind, asked) in [
            (EventType::Refund, Some(Items::One(shirts("2")))),
            (EventType::Refund, Some(Items::One(Item { name: Some("hat".to_owned()), ..Item::default() }))),
            (EventType::Refund, Some(Items::One(Item { name: Some("bag".to_owned()), ..Item::default() }))),
            (EventType::Refund, Some(Items::Amount(number("5")))),
            (EventType::Order, None),
            (EventType::Pay, Some(Items::Amount(number("0")))),
        ] {
            assert!(before.clone().apply(kind, asked.as_ref()).is_err(), "{kind:?} {asked:?}");
        }
        standing.apply(EventType::Fail, None).expect("changes nothing");
        assert_eq!(standing, before);
    }

    #[test]
    fn an_amount_is_refunded_in_parts() {
        let mut standing = Standing::of(&Items::Amount(number("100")), Currency::EUR).expect("in range");
        for kind in [EventType::Order, EventType::Charge] {
            standing.apply(kind, None).expect("allowed");
        }
        for (part, expected) in [("30", "charged=7000 refunded=3000"), ("70", "refunded=10000")] {
            standing.apply(EventType::Refund, Some(&Items::Amount(number(part)))).expect("allowed");
            assert_eq!(sums(&standing), expected);
        }
        assert!(standing.apply(EventType::Refund, Some(&Items::Amount(number("0.01")))).is_err());
    }
}
