//! `line_items` of a subscription: what they cost, kept as they were given.

use serde_json::Number;

use super::transaction_details::{LineItem, lines};
use crate::domain::money::AMOUNT_MAX_MINOR;
use crate::domain::recurring::extras::BillLine;
use crate::error::{Error, Result};

/// Quantities are counted in ten-thousandths.
const UNIT: i64 = 10_000;

/// The lines that a request brings.
///
/// # Errors
/// `Invalid` naming the field below `line_items`.
pub fn read(items: Option<Vec<LineItem>>) -> Result<Option<Vec<BillLine>>> {
    let Some(items) = items else { return Ok(None) };
    let lines = lines(items)?.into_iter().enumerate();
    lines
        .map(|(at, item)| line(item).map_err(|why| why.under(&format!("line_items[{at}]"))))
        .collect::<Result<_>>()
        .map(Some)
}

/// The lines as they were given; `None` where there are none.
pub fn shown(lines: &[BillLine]) -> Option<Vec<LineItem>> {
    let given = |line: &BillLine| serde_json::from_str(&line.given_json).unwrap_or_default();
    (!lines.is_empty()).then(|| lines.iter().map(given).collect())
}

fn line(item: LineItem) -> Result<BillLine> {
    let given_json = serde_json::to_string(&item).map_err(Error::internal)?;
    let parts = item.local_tax.checked_add(item.national_tax_amount);
    let tax_minor = if item.tax_amount > 0 { Some(item.tax_amount) } else { parts };
    let tax_minor = tax_minor.ok_or_else(|| out_of_range("tax_amount"))?;
    let amount_minor = match item.amount {
        0 => priced(&item, tax_minor).ok_or_else(|| out_of_range("unit_price"))?,
        given => given,
    };
    if !(0..=AMOUNT_MAX_MINOR).contains(&amount_minor) {
        return Err(out_of_range(if item.amount == 0 { "discount_amount" } else { "amount" }));
    }
    if tax_minor > amount_minor {
        return Err(Error::invalid("tax_amount", "is more than the item costs"));
    }
    Ok(BillLine { name: item.name, description: item.description, amount_minor, tax_minor, given_json })
}

/// Price times quantity, rounded half away from zero, less the discount, with freight and tax.
fn priced(item: &LineItem, tax_minor: i64) -> Option<i64> {
    let quantity = item.quantity.as_ref().map_or(Some(UNIT), ten_thousandths)?;
    let goods = i128::from(item.unit_price).checked_mul(i128::from(quantity))?;
    let goods = goods.checked_add(i128::from(UNIT / 2))?.checked_div(i128::from(UNIT))?;
    let goods = i64::try_from(goods).ok()?;
    goods.checked_sub(item.discount_amount)?.checked_add(item.freight_amount)?.checked_add(tax_minor)
}

/// A quantity that was checked to have at most four decimals.
fn ten_thousandths(number: &Number) -> Option<i64> {
    let text = number.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals: i64 = format!("{decimals:0<4}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(UNIT)?.checked_add(decimals)
}

fn out_of_range(field: &str) -> Error {
    Error::invalid(field, "makes an amount that is out of range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_costs_what_it_says_or_what_follows() {
        // (unit price, quantity, discount, freight, tax, amount given, what it costs)
        for (unit_price, quantity, discount_amount, freight_amount, tax_amount, amount, expected) in [
            (100, "2", 0, 0, 0, 0, Some(200)),
            (100, "1.5", 10, 5, 7, 0, Some(152)),
            (333, "0.3335", 0, 0, 0, 0, Some(111)),
            (1, "0.5", 0, 0, 0, 0, Some(1)),
            (1, "0.4999", 0, 0, 0, 0, Some(0)),
            (100, "2", 0, 0, 0, 150, Some(150)),
            (100, "1", 101, 0, 0, 0, None),
            (100, "1", 0, 0, 160, 150, None),
            (i64::MAX, "2", 0, 0, 0, 0, None),
        ] {
            let quantity = serde_json::from_str(quantity).expect("a number");
            let item = LineItem {
                unit_price,
                quantity: Some(quantity),
                discount_amount,
                freight_amount,
                tax_amount,
                amount,
                ..LineItem::default()
            };
            assert_eq!(line(item).ok().map(|line| line.amount_minor), expected, "{unit_price} {amount}");
        }
    }
}
