//! What one period costs: the subscription's amount, its add-ons and its discounts, line by line.
//!
//! Fixed before percentage, add-ons before discounts, each line rounded by itself; the total is the sum of the lines
//! and never below zero (RELIABILITY.md 3.1.6).

use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::error::Error;

/// How much an add-on adds or a discount takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A fixed amount, not negative.
    Amount(Money),
    /// A share of the subscription amount, whatever the other lines are (seed gateway, "Add-Ons").
    Percentage(Rate),
}

/// An add-on or a discount of one subscription or plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Id of the add-on or discount it was made from, empty where there is none. Not read here.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// How much.
    pub value: Value,
    /// Periods it still applies to; `None` is for ever (the gateway's `duration` 0).
    pub remaining: Option<u32>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// The subscription amount.
    Base,
    /// An add-on.
    AddOn,
    /// A discount.
    Discount,
}

/// One line of a period's price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// What it is.
    pub kind: LineKind,
    /// Display name of the adjustment; empty for the base line.
    pub name: String,
    /// Longer text.
    pub description: String,
    /// The amount, negative for a discount.
    pub amount: Money,
    /// What the add-on or discount is worth before it is cut to what is left; `None` on the base line.
    pub value: Option<Value>,
    /// How the amount came about, for people: "25.000 % of 100.00 USD".
    pub rule: String,
}

/// The price of one period, and the adjustments that are left after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedPeriod {
    /// Base, add-ons (fixed, then percentage), discounts (fixed, then percentage).
    pub lines: Vec<PricedLine>,
    /// Sum of the lines, never negative.
    pub total: Money,
    /// Sum of the add-on lines.
    pub total_adds: Money,
    /// What the discounts took off, as a positive amount.
    pub total_discounts: Money,
    /// The add-ons for the next period, in the order given: counted down, exhausted ones gone.
    pub add_ons_after: Vec<Adjustment>,
    /// The discounts for the next period, likewise.
    pub discounts_after: Vec<Adjustment>,
}

/// Prices one period of a subscription of `base` per period.
///
/// Every adjustment that still applies makes one line and is counted down, also where there is nothing left to take
/// off. One with `remaining` 0 makes none.
///
/// # Errors
/// [`Error::Invalid`] on `amount`: a negative base or adjustment, mixed currencies, out of range.
pub fn price_period(base: Money, add_ons: &[Adjustment], discounts: &[Adjustment]) -> Result<PricedPeriod, Error> {
    not_negative(base)?;
    let mut lines = vec![PricedLine {
        kind: LineKind::Base,
        name: String::new(),
        description: String::new(),
        amount: base,
        value: None,
        rule: format!("subscription amount {base}"),
    }];
    let mut total_adds = Money::zero(base.currency());
    for add_on in fixed_first(add_ons) {
        let (amount, rule) = worth(add_on.value, base)?;
        total_adds = total_adds.plus(amount)?;
        lines.push(line(LineKind::AddOn, add_on, amount, rule));
    }
    let mut left = base.plus(total_adds)?;
    let mut total_discounts = Money::zero(base.currency());
    for discount in fixed_first(discounts) {
        let (worth, rule) = worth(discount.value, base)?;
        let cut = left.minus(worth)?.floor_at_zero();
        let taken = left.minus(cut)?;
        let rule = if taken == worth { rule } else { format!("{rule}, cut to the {left} left") };
        total_discounts = total_discounts.plus(taken)?;
        left = cut;
        lines.push(line(LineKind::Discount, discount, taken.times(-1)?, rule));
    }
    Ok(PricedPeriod {
        lines,
        total: left,
        total_adds,
        total_discounts,
        add_ons_after: after(add_ons),
        discounts_after: after(discounts),
    })
}

/// Those that still apply, fixed amounts before percentages, otherwise in the order given.
fn fixed_first(adjustments: &[Adjustment]) -> impl Iterator<Item = &Adjustment> {
    let live = || adjustments.iter().filter(|adjustment| adjustment.remaining != Some(0));
    let fixed = |adjustment: &&Adjustment| matches!(adjustment.value, Value::Amount(_));
    live().filter(fixed).chain(live().filter(move |adjustment| !fixed(adjustment)))
}

/// The amount of an adjustment, not negative, and how it came about.
fn worth(value: Value, base: Money) -> Result<(Money, String), Error> {
    match value {
        Value::Amount(amount) => Ok((not_negative(amount)?, format!("fixed {amount}"))),
        Value::Percentage(rate) => Ok((rate.of(base)?, format!("{rate} % of {base}"))),
    }
}

fn not_negative(amount: Money) -> Result<Money, Error> {
    if amount.minor() < 0 { Err(Error::invalid("amount", "must not be negative")) } else { Ok(amount) }
}

fn line(kind: LineKind, adjustment: &Adjustment, amount: Money, rule: String) -> PricedLine {
    let Adjustment { name, description, .. } = adjustment.clone();
    PricedLine { kind, name, description, amount, value: Some(adjustment.value), rule }
}

/// The adjustments after one more period.
fn after(adjustments: &[Adjustment]) -> Vec<Adjustment> {
    adjustments
        .iter()
        .filter_map(|adjustment| {
            let remaining = adjustment.remaining.map(|left| left.saturating_sub(1));
            (remaining != Some(0)).then(|| Adjustment { remaining, ..adjustment.clone() })
        })
        .collect()
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
