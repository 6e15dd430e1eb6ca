//! What an invoice costs: every line by itself, then the invoice's tax, shipping and adjustment.
//!
//! Each share is rounded once, half away from zero, where it arises; every sum is a sum of rounded parts
//! (RELIABILITY.md 3.1.4, 3.1.6). Each line says how its amount came about.

use super::{InvoiceTotals, LineDetails, LineStatus};
use crate::domain::currency::Currency;
use crate::domain::ledger::chart::InvoiceParts;
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::error::{Error, Result};

/// A line as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewLine {
    /// Whether it counts as paid already; a word only, it changes no amount.
    pub status: LineStatus,
    /// Free text.
    pub kind: String,
    /// What it is.
    pub name: String,
    /// More about it.
    pub description: String,
    /// Price of one; below zero it takes off.
    pub unit_price: Money,
    /// How many, at least 1.
    pub quantity: i64,
    /// Taken off the line, at most what it costs.
    pub discount: Money,
    /// Added to the line.
    pub freight: Money,
    /// Local tax as a flat amount; read where `details.local_rate` is zero.
    pub local_tax: Money,
    /// National tax as a flat amount; read where `details.national_rate` is zero.
    pub national_tax: Money,
    /// Tax as a flat amount; read where no other tax of the line is given.
    pub tax: Money,
    /// Codes, units and rates.
    pub details: LineDetails,
    /// How the unit price came about; "" where that needs no word.
    pub rule: String,
}

impl NewLine {
    /// One unit of `name` for `unit_price`: no discount, freight or tax.
    pub fn of(name: impl Into<String>, unit_price: Money) -> Self {
        let zero = Money::zero(unit_price.currency());
        Self {
            status: LineStatus::Pending,
            kind: String::new(),
            name: name.into(),
            description: String::new(),
            unit_price,
            quantity: 1,
            discount: zero,
            freight: zero,
            local_tax: zero,
            national_tax: zero,
            tax: zero,
            details: LineDetails::default(),
            rule: String::new(),
        }
    }
}

/// Where the tax of an invoice comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaxRule {
    /// From its lines.
    ByLine,
    /// A share of the lines after their discounts; overrides the lines' own taxes.
    Percent(Rate),
    /// A flat amount; overrides the lines' own taxes.
    Flat(Money),
}

/// The amounts of a priced line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PricedLine {
    /// Unit price times quantity.
    pub gross: Money,
    /// Local tax.
    pub local_tax: Money,
    /// National tax.
    pub national_tax: Money,
    /// All taxes of the line.
    pub tax: Money,
    /// Gross less discount, with freight and taxes.
    pub amount: Money,
    /// How it came about.
    pub rule: String,
}

/// A priced invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PricedInvoice {
    /// Its lines, in the order given.
    pub lines: Vec<PricedLine>,
    /// Its sums.
    pub totals: InvoiceTotals,
    /// How the tax came about.
    pub tax_rule: String,
    /// What the ledger is told: as `totals`, by account.
    pub parts: InvoiceParts,
}

/// Prices an invoice of `lines`. Fields are named as the gateway names them.
///
/// # Errors
/// `Invalid` naming the field: a discount above its line, a negative part, a total below zero, out of range.
pub fn price_invoice(
    currency: Currency,
    lines: &[NewLine],
    tax: TaxRule,
    shipping: Money,
    adjustment: Money,
) -> Result<PricedInvoice> {
    let by_line = tax == TaxRule::ByLine;
    let mut priced = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        priced.push(price_line(line, by_line).map_err(|why| why.under(&format!("items[{index}]")))?);
    }
    not_negative("shipping", shipping)?;
    let zero = Money::zero(currency);
    let sum = |amounts: &mut dyn Iterator<Item = Money>| Money::sum(currency, amounts).map_err(|_| too_large("items"));
    let earned = sum(&mut priced.iter().map(|line| line.gross.floor_at_zero()))?;
    let given = sum(&mut lines.iter().map(|line| line.discount))?;
    let taken = sum(&mut priced.iter().map(|line| if line.gross.minor() < 0 { line.gross } else { zero }))?;
    let freight = sum(&mut lines.iter().map(|line| line.freight))?;
    let discount = given.minus(taken).map_err(|_| too_large("items"))?;
    let goods = earned.minus(discount).map_err(|_| too_large("items"))?;
    let (tax, tax_rule) = match tax {
        TaxRule::ByLine => (sum(&mut priced.iter().map(|line| line.tax))?, String::new()),
        TaxRule::Percent(rate) => {
            (rate.of(goods).map_err(|_| too_large("tax_percent"))?, format!("{rate} % of {goods}"))
        }
        TaxRule::Flat(tax) => (tax, format!("flat {tax}")),
    };
    not_negative("tax", tax)?;
    let subtotal = goods.plus(freight).map_err(|_| too_large("items"))?;
    let total = Money::sum(currency, [subtotal, tax, shipping, adjustment]).map_err(|_| too_large("adjustment"))?;
    if total.minor() < 0 {
        return Err(Error::invalid("adjustment", "takes more off than the invoice is worth"));
    }
    let totals = InvoiceTotals { subtotal, discount, tax, shipping, adjustment, total };
    let parts = ledger_parts(earned, freight, &totals)?;
    Ok(PricedInvoice { lines: priced, totals, tax_rule, parts })
}

/// The same sums by account: what is taken off is a discount, what is added at the end a fee.
fn ledger_parts(earned: Money, freight: Money, totals: &InvoiceTotals) -> Result<InvoiceParts> {
    let zero = Money::zero(totals.total.currency());
    let (fee, off) =
        if totals.adjustment.is_positive() { (totals.adjustment, zero) } else { (zero, totals.adjustment.times(-1)?) };
    Ok(InvoiceParts {
        lines: earned,
        discount: totals.discount.plus(off)?,
        tax: totals.tax,
        shipping: totals.shipping.plus(freight)?,
        fee,
    })
}

fn price_line(line: &NewLine, is_taxed_here: bool) -> Result<PricedLine> {
    if line.quantity < 1 {
        return Err(Error::invalid("quantity", "must be at least 1"));
    }
    for (field, amount) in [
        ("discount_amount", line.discount),
        ("freight_amount", line.freight),
        ("local_tax", line.local_tax),
        ("national_tax", line.national_tax),
        ("tax_amount", line.tax),
    ] {
        not_negative(field, amount)?;
    }
    let gross = line.unit_price.times(line.quantity).map_err(|_| too_large("quantity"))?;
    if line.discount.is_positive() && line.discount.minor() > gross.minor() {
        return Err(Error::invalid("discount_amount", format!("is more than the {gross} of the item")));
    }
    let net = gross.minus(line.discount).map_err(|_| too_large("discount_amount"))?;
    let taxes = if is_taxed_here { line_taxes(line, net)? } else { Taxes::none(net.currency()) };
    let amount =
        net.plus(line.freight).and_then(|sum| sum.plus(taxes.total)).map_err(|_| too_large("freight_amount"))?;
    let rule = explain(line, gross, &taxes);
    Ok(PricedLine { gross, local_tax: taxes.local, national_tax: taxes.national, tax: taxes.total, amount, rule })
}

struct Taxes {
    local: Money,
    national: Money,
    total: Money,
    rule: String,
}

impl Taxes {
    fn none(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { local: zero, national: zero, total: zero, rule: String::new() }
    }
}

/// Local and national tax where the line is taxable and gives them, else its combined tax.
fn line_taxes(line: &NewLine, net: Money) -> Result<Taxes> {
    let details = &line.details;
    let share = |rate: Rate, flat: Money, name: &str, field: &str| -> Result<(Money, String)> {
        if rate.is_zero() {
            return Ok((flat, if flat.is_zero() { String::new() } else { format!(" + {flat} {name}") }));
        }
        let amount = rate.of(net).map_err(|_| too_large(field))?;
        Ok((amount, format!(" + {amount} {name} ({rate} % of {net})")))
    };
    let (local, local_rule) = share(details.local_rate, line.local_tax, "local tax", "local_tax_rate")?;
    let (national, national_rule) =
        share(details.national_rate, line.national_tax, "national tax", "national_tax_rate")?;
    if details.taxable && !(local_rule.is_empty() && national_rule.is_empty()) {
        let total = local.plus(national).map_err(|_| too_large("national_tax"))?;
        return Ok(Taxes { local, national, total, rule: format!("{local_rule}{national_rule}") });
    }
    let (total, rule) = share(details.combined_rate, line.tax, "tax", "tax_rate")?;
    Ok(Taxes { total, rule, ..Taxes::none(net.currency()) })
}

fn explain(line: &NewLine, gross: Money, taxes: &Taxes) -> String {
    let mut rule = if line.rule.is_empty() {
        format!("{} × {}", line.quantity, line.unit_price)
    } else if line.quantity == 1 {
        line.rule.clone()
    } else {
        format!("{} × {} = {gross}", line.quantity, line.rule)
    };
    if line.discount.is_positive() {
        rule.push_str(&format!(" − {} discount", line.discount));
    }
    if line.freight.is_positive() {
        rule.push_str(&format!(" + {} freight", line.freight));
    }
    rule.push_str(&taxes.rule);
    rule
}

fn not_negative(field: &str, amount: Money) -> Result<()> {
    if amount.minor() < 0 { Err(Error::invalid(field, "must not be negative")) } else { Ok(()) }
}

fn too_large(field: &str) -> Error {
    Error::invalid(field, "makes an amount that is out of range")
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
