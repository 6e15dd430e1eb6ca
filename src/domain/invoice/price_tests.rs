//! Prices of invoices: a table of what people ask for, and the properties that hold for everything.

use proptest::prelude::*;

use super::*;
use crate::domain::money::AMOUNT_MAX_MINOR;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("in range")
}

fn rate(percent: &str) -> Rate {
    Rate::parse_percent(percent).expect("a percentage")
}

fn line(unit_price: i64, quantity: i64) -> NewLine {
    NewLine { quantity, ..NewLine::of("Widget", usd(unit_price)) }
}

fn taxed(unit_price: i64, quantity: i64, local: &str, national: &str) -> NewLine {
    let mut line = line(unit_price, quantity);
    line.details.taxable = true;
    line.details.local_rate = rate(local);
    line.details.national_rate = rate(national);
    line
}

struct Row {
    name: &'static str,
    lines: Vec<NewLine>,
    tax: TaxRule,
    shipping: i64,
    adjustment: i64,
    /// subtotal, discount, tax, total.
    expected: (i64, i64, i64, i64),
}

#[test]
fn totals_follow_the_table() {
    let discounted = NewLine { discount: usd(50), freight: usd(30), ..line(100, 2) };
    let flat_local =
        NewLine { local_tax: usd(9), details: LineDetails { taxable: true, ..LineDetails::default() }, ..line(100, 1) };
    let untaxable = NewLine { local_tax: usd(9), ..line(100, 1) };
    let combined =
        NewLine { details: LineDetails { combined_rate: rate("8.875"), ..LineDetails::default() }, ..line(999, 1) };
    let flat = NewLine { tax: usd(7), ..line(100, 1) };
    let by_line = TaxRule::ByLine;
    let row = |name, lines: &[NewLine], tax, shipping, adjustment, expected| Row {
        name,
        lines: lines.to_vec(),
        tax,
        shipping,
        adjustment,
        expected,
    };
    for Row { name, lines, tax, shipping, adjustment, expected } in [
        row("the seed's example", &[line(100, 1)], by_line, 0, 0, (100, 0, 0, 100)),
        row("nothing", &[line(0, 1)], by_line, 0, 0, (0, 0, 0, 0)),
        row("quantities", &[line(100, 3), line(25, 4)], by_line, 0, 0, (400, 0, 0, 400)),
        row("discount and freight", std::slice::from_ref(&discounted), by_line, 0, 0, (180, 50, 0, 180)),
        row("local and national", &[taxed(1000, 1, "7.25", "1")], by_line, 0, 0, (1000, 0, 83, 1083)),
        // 7.25 % of 10.05 and 1 % of 10.05, each rounded by itself: 73 + 10.
        row("each tax rounds once", &[taxed(1005, 1, "7.25", "1")], by_line, 0, 0, (1005, 0, 83, 1088)),
        row("flat local tax", &[flat_local], by_line, 0, 0, (100, 0, 9, 109)),
        row("not taxable", &[untaxable], by_line, 0, 0, (100, 0, 0, 100)),
        row("combined rate", &[combined], by_line, 0, 0, (999, 0, 89, 1088)),
        row("flat tax of a line", std::slice::from_ref(&flat), by_line, 0, 0, (100, 0, 7, 107)),
        row(
            "invoice tax overrides",
            &[taxed(1000, 1, "50", "0"), flat],
            TaxRule::Percent(rate("7")),
            0,
            0,
            (1100, 0, 77, 1177),
        ),
        row("invoice tax on goods only", &[discounted], TaxRule::Percent(rate("10")), 500, 0, (180, 50, 15, 695)),
        row("one rounding", &[line(50, 1), line(50, 1)], TaxRule::Percent(rate("0.5")), 0, 0, (100, 0, 1, 101)),
        row("flat tax", &[line(100, 1)], TaxRule::Flat(usd(8)), 0, 0, (100, 0, 8, 108)),
        row("shipping and adjustment", &[line(1000, 1)], by_line, 250, 30, (1000, 0, 0, 1280)),
        row("adjustment down", &[line(1000, 1)], by_line, 250, -30, (1000, 0, 0, 1220)),
        row("down to nothing", &[line(1000, 1)], by_line, 0, -1000, (1000, 0, 0, 0)),
        row("a discount as a line", &[line(1000, 1), line(-250, 1)], by_line, 0, 0, (750, 250, 0, 750)),
    ] {
        let priced = price_invoice(Currency::USD, &lines, tax, usd(shipping), usd(adjustment)).expect(name);
        let InvoiceTotals { subtotal, discount, tax, total, .. } = priced.totals;
        assert_eq!((subtotal.minor(), discount.minor(), tax.minor(), total.minor()), expected, "{name}");
    }
}

#[test]
fn refusals_name_the_field() {
    let by_line = TaxRule::ByLine;
    let over = NewLine { discount: usd(101), ..line(100, 1) };
    let most = NewLine { discount: usd(100), ..line(100, 1) };
    let negative_freight = NewLine { freight: usd(-1), ..line(100, 1) };
    for (lines, tax, shipping, adjustment, expected) in [
        (vec![most], by_line, 0, 0, None),
        (vec![line(1, 1), over], by_line, 0, 0, Some("items[1].discount_amount")),
        (vec![line(1, 0)], by_line, 0, 0, Some("items[0].quantity")),
        (vec![line(1, -1)], by_line, 0, 0, Some("items[0].quantity")),
        (vec![negative_freight], by_line, 0, 0, Some("items[0].freight_amount")),
        (vec![line(AMOUNT_MAX_MINOR, 1)], by_line, 0, 0, None),
        (vec![line(AMOUNT_MAX_MINOR, 2)], by_line, 0, 0, Some("items[0].quantity")),
        (vec![line(2, i64::MAX)], by_line, 0, 0, Some("items[0].quantity")),
        (vec![line(AMOUNT_MAX_MINOR, 1), line(1, 1)], by_line, 0, 0, Some("items")),
        (vec![line(AMOUNT_MAX_MINOR, 1)], TaxRule::Percent(rate("101")), 0, 0, Some("tax_percent")),
        (vec![line(AMOUNT_MAX_MINOR, 1)], by_line, 1, 0, Some("adjustment")),
        (vec![line(100, 1)], by_line, -1, 0, Some("shipping")),
        (vec![line(100, 1)], TaxRule::Flat(usd(-1)), 0, 0, Some("tax")),
        (vec![line(100, 1)], by_line, 0, -100, None),
        (vec![line(100, 1)], by_line, 0, -101, Some("adjustment")),
        (vec![line(100, 1), line(-101, 1)], by_line, 0, 0, Some("adjustment")),
    ] {
        let answer = price_invoice(Currency::USD, &lines, tax, usd(shipping), usd(adjustment));
        let field = match answer {
            Ok(_) => None,
            Err(Error::Invalid { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(field.as_deref(), expected, "{lines:?}");
    }
}

#[test]
fn every_amount_is_explained() {
    let line = NewLine { discount: usd(50), freight: usd(30), ..taxed(1000, 2, "7.25", "0") };
    let priced = price_invoice(Currency::USD, &[line], TaxRule::ByLine, usd(0), usd(0)).expect("valid");
    assert_eq!(
        priced.lines[0].rule,
        "2 × 10.00 USD − 0.50 USD discount + 0.30 USD freight + 1.41 USD local tax (7.250 % of 19.50 USD)"
    );
    let plan = NewLine { rule: "subscription amount 9.00 USD".to_owned(), ..NewLine::of("Plan", usd(900)) };
    let priced = price_invoice(Currency::USD, &[plan], TaxRule::Percent(rate("5")), usd(0), usd(0)).expect("valid");
    assert_eq!(priced.lines[0].rule, "subscription amount 9.00 USD");
    assert_eq!(priced.tax_rule, "5.000 % of 9.00 USD");
}

prop_compose! {
    fn any_line()(
        unit_price in -10_000_i64..1_000_000,
        quantity in 1_i64..1000,
        off in 0_i64..100,
        freight in 0_i64..10_000,
        rates in (0_u32..30_000, 0_u32..30_000, 0_u32..30_000),
        flats in (0_i64..500, 0_i64..500, 0_i64..500),
        taxable: bool,
    ) -> NewLine {
        let gross = unit_price.saturating_mul(quantity).max(0);
        let part = |thousandths| Rate::from_thousandths(thousandths).expect("in range");
        NewLine {
            quantity,
            discount: usd(gross / 100 * off),
            freight: usd(freight),
            local_tax: usd(flats.0),
            national_tax: usd(flats.1),
            tax: usd(flats.2),
            details: LineDetails {
                taxable,
                local_rate: part(rates.0),
                national_rate: part(rates.1),
                combined_rate: part(rates.2),
                ..LineDetails::default()
            },
            ..NewLine::of("Widget", usd(unit_price))
        }
    }
}

proptest! {
    #[test]
    fn a_total_is_the_sum_of_its_parts(
        lines in prop::collection::vec(any_line(), 1..20),
        kind in 0..3,
        percent in 0_u32..1_000_000,
        flat in 0_i64..100_000,
        shipping in 0_i64..100_000,
        adjustment in -100_000_i64..100_000,
    ) {
        let tax = match kind {
            0 => TaxRule::ByLine,
            1 => TaxRule::Percent(Rate::from_thousandths(percent).expect("in range")),
            _ => TaxRule::Flat(usd(flat)),
        };
        let Ok(priced) = price_invoice(Currency::USD, &lines, tax, usd(shipping), usd(adjustment)) else {
            return Ok(()); // below zero, and said so
        };
        let InvoiceTotals { subtotal, discount, tax: taxes, shipping, adjustment, total } = priced.totals;
        prop_assert_eq!(total.minor(), subtotal.minor() + taxes.minor() + shipping.minor() + adjustment.minor());
        prop_assert!(total.minor() >= 0);
        let lines_sum: i64 = priced.lines.iter().map(|line| line.amount.minor()).sum();
        let line_taxes: i64 = priced.lines.iter().map(|line| line.tax.minor()).sum();
        prop_assert_eq!(lines_sum, subtotal.minor() + line_taxes);
        prop_assert_eq!(line_taxes, if tax == TaxRule::ByLine { taxes.minor() } else { 0 });
        let InvoiceParts { lines: earned, discount: off, tax: owed, shipping: sent, fee } = priced.parts;
        prop_assert_eq!(total.minor(), earned.minor() - off.minor() + owed.minor() + sent.minor() + fee.minor());
        prop_assert!([earned, off, owed, sent, fee].iter().all(|part| part.minor() >= 0));
        prop_assert!(off.minor() >= discount.minor());
    }
}
