//! What is left without some lines, by rule of tax; and that something is left.

use super::super::price::TaxRule;
use super::super::{InvoiceSource, InvoiceStatus, InvoiceTerms, InvoiceTotals, LineDetails};
use super::*;
use crate::domain::address::Address;
use crate::domain::currency::Currency;
use crate::domain::id::InvoiceId;
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::time::Timestamp;

pub(in crate::domain::invoice) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("in range")
}

fn id(at: usize) -> InvoiceLineId {
    InvoiceLineId::from_stored(format!("line{at}"))
}

/// An invoice of these lines, priced as it would be when issued.
pub(in crate::domain::invoice) fn invoice(
    lines: Vec<NewLine>,
    tax: TaxRule,
    shipping: i64,
    adjustment: i64,
) -> Invoice {
    let priced = price_invoice(Currency::USD, &lines, tax, usd(shipping), usd(adjustment)).expect("a price");
    let (enable_tax, tax_percent) = match tax {
        TaxRule::ByLine => (false, Rate::ZERO),
        TaxRule::Percent(rate) => (true, rate),
        TaxRule::Flat(_) => (true, Rate::ZERO),
    };
    let stored = lines.iter().zip(&priced.lines).enumerate().map(|(at, (line, amounts))| InvoiceLine {
        id: id(at),
        status: LineStatus::Pending,
        kind: String::new(),
        name: line.name.clone(),
        description: String::new(),
        unit_price: line.unit_price,
        quantity: line.quantity,
        discount: line.discount,
        freight: line.freight,
        tax: amounts.tax,
        local_tax: amounts.local_tax,
        national_tax: amounts.national_tax,
        amount: amounts.amount,
        details: line.details.clone(),
        rule: String::new(),
    });
    Invoice {
        key: 1,
        id: InvoiceId::from_stored("invoice".to_owned()),
        public_id: String::new(),
        number: String::new(),
        source: InvoiceSource::Api,
        user_id: None,
        customer_id: None,
        customer_number: String::new(),
        processor_id: String::new(),
        status: InvoiceStatus::Pending,
        totals: InvoiceTotals { ..priced.totals },
        paid: usd(0),
        date_due: Timestamp::from_micros(0),
        collect_at: None,
        collect_attempts: 0,
        first_declined_at: None,
        payments: 0,
        bill_to: Address::default(),
        payable_to: Address::default(),
        terms: InvoiceTerms { enable_tax, tax_percent, ..InvoiceTerms::default() },
        message: String::new(),
        reject_message: String::new(),
        last_sent_at: None,
        deleted_at: None,
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
        lines: stored.collect(),
    }
}

fn percent(text: &str) -> Rate {
    Rate::parse_percent(text).expect("a percentage")
}

/// Widget 3 × 10.50 − 1.50 + 0.25 freight; Gadget 0.99; Tool 20.00 with 7.25 % local and a flat 0.11 national tax.
fn lines() -> Vec<NewLine> {
    let details = LineDetails { taxable: true, local_rate: percent("7.25"), ..LineDetails::default() };
    vec![
        NewLine { quantity: 3, discount: usd(150), freight: usd(25), ..NewLine::of("Widget", usd(1050)) },
        NewLine::of("Gadget", usd(99)),
        NewLine { national_tax: usd(11), details, ..NewLine::of("Tool", usd(2000)) },
    ]
}

#[test]
fn what_is_left_is_priced_by_the_rule_of_its_tax() {
    let p725 = TaxRule::Percent(percent("7.25"));
    // (tax, shipping, adjustment, left out, total before, total after)
    for (tax, shipping, adjustment, out, before, after) in [
        // Lines 3025 + 99 + 2000; by line only the tool is taxed: 145 + 11.
        (TaxRule::ByLine, 0, 0, vec![2], 5280, 3124),
        (TaxRule::ByLine, 0, 0, vec![0], 5280, 2255),
        // 7.25 % of 5099 is 369.6775, of 99 is 7.1775, of 3099 is 224.6775.
        (p725, 500, -10, vec![0, 2], 5984, 596),
        (p725, 0, 0, vec![2], 5494, 3349),
        // A flat tax and shipping stay as they are.
        (TaxRule::Flat(usd(77)), 500, 0, vec![0, 1], 5701, 2577),
    ] {
        let mut one = invoice(lines(), tax, shipping, adjustment);
        assert_eq!(one.totals.total.minor(), before, "{tax:?}");
        let ids: Vec<_> = out.iter().map(|at| id(*at)).collect();
        let change = leave_out(&mut one, &ids).expect("something is left");
        assert_eq!(one.totals.total.minor(), after, "{tax:?} without {out:?}");
        let sum = |parts: &InvoiceParts| {
            parts.lines.minor() - parts.discount.minor()
                + parts.tax.minor()
                + parts.shipping.minor()
                + parts.fee.minor()
        };
        assert_eq!((sum(&change.before), sum(&change.after)), (before, after), "the ledger's parts add up");
        let again = take_back(&mut one).expect("all lines have a price");
        assert_eq!((again.after, one.totals.total.minor()), (change.before, before), "taking back undoes it");
    }
}

#[test]
fn something_must_be_left_to_pay() {
    let refused = |one: &mut Invoice, ids: &[InvoiceLineId]| match leave_out(one, ids) {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let mut one = invoice(lines(), TaxRule::ByLine, 0, 0);
    assert_eq!(refused(&mut one.clone(), &[id(0), id(1), id(2)]), "rejected_items");
    assert_eq!(refused(&mut one.clone(), &[id(0), id(9)]), "rejected_items[1].id");
    assert_eq!(refused(&mut one.clone(), &[id(0), id(0)]), "rejected_items[1].id", "once is enough");
    one.lines[1].status = LineStatus::Paid;
    assert_eq!(refused(&mut one.clone(), &[id(1)]), "rejected_items[0].id");
    one.paid = usd(99);
    assert_eq!(refused(&mut one.clone(), &[id(0), id(2)]), "rejected_items", "what is left is paid already");
    // The adjustment takes 20.00 off, the gadget alone is worth less.
    let mut cheap = invoice(lines(), TaxRule::ByLine, 0, -2000);
    assert_eq!(refused(&mut cheap, &[id(0), id(2)]), "rejected_items");
}
