//! The amounts of a payment, rule by rule, and the sum that always holds.

use proptest::prelude::*;

use super::*;
use crate::domain::fees::line::{Quantity, UnitPrice};
use crate::domain::fees::surcharge::Funding;
use crate::domain::rate::Rate;

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("in range")
}

fn percent(thousandths: u32) -> Adjustment {
    Adjustment::Percentage(Rate::from_thousandths(thousandths).expect("a rate"))
}

fn flat(minor: i64) -> Adjustment {
    Adjustment::Flat(usd(minor))
}

fn given(worth: Adjustment) -> Given {
    Given { worth, include: true }
}

fn card(state: &str) -> CardFacts {
    CardFacts { funding: Some(Funding::Credit), state: state.to_owned(), ..CardFacts::default() }
}

fn asked(minor: i64) -> Asked {
    Asked::of(usd(minor), Tender::Card)
}

fn line(price: i64) -> Line {
    Line {
        unit_price: UnitPrice::Flat(usd(price)),
        quantity: Quantity::ONE,
        is_due: true,
        discount: usd(0),
        discount_rate: Rate::ZERO,
        freight: usd(0),
        is_taxable: false,
        local_rate: Rate::ZERO,
        national_rate: Rate::ZERO,
        rate: Rate::ZERO,
    }
}

fn rate(thousandths: u32) -> Rate {
    Rate::from_thousandths(thousandths).expect("a rate")
}

fn total(asked: &Asked, policy: &FeePolicy) -> i64 {
    calculate(asked, policy, &card("IL")).expect("in range").total.minor()
}

#[test]
fn the_seeds_examples() {
    let policy = FeePolicy { service_fee: Some(flat(350)), default_tax: Some(percent(18_000)), ..FeePolicy::default() };
    let found = calculate(&asked(1000), &policy, &CardFacts::default()).expect("in range");
    assert_eq!((found.tax.included, found.service_fee.included), (Some(usd(180)), Some(usd(350))));
    assert_eq!((found.total, found.additional_total, found.surcharge), (usd(1530), usd(0), Part::default()));
    let policy = FeePolicy { surcharge: Some(flat(350)), ..FeePolicy::default() };
    assert_eq!(total(&asked(1000), &policy), 1350);
}

#[test]
fn the_merchants_policy_by_what_pays_and_by_the_flags() {
    let policy = FeePolicy {
        surcharge: Some(percent(3_000)),
        service_fee: Some(flat(100)),
        payment_adjustment: Some(percent(1_000)),
        cash_discount: Some(percent(4_000)),
        default_tax: Some(percent(10_000)),
    };
    let plain = asked(10_000);
    let ach = Asked { tender: Tender::Ach, ..plain.clone() };
    let flagged = |from: &Asked, set: fn(&mut Flags)| {
        let mut asked = from.clone();
        set(&mut asked.flags);
        asked
    };
    for (what, asked, expected) in [
        ("10000 + 1000 tax + 100 fee + 100 adjustment, and 3 % of 11200", plain.clone(), 11_536),
        ("9600 + 960 + 100 + 96", ach.clone(), 10_756),
        ("no surcharge", flagged(&plain, |flags| flags.skip_surcharge = true), 11_200),
        ("no service fee", flagged(&plain, |flags| flags.skip_service_fee = true), 11_433),
        ("no discount", flagged(&ach, |flags| flags.skip_cash_discount = true), 11_200),
        ("no tax in it", flagged(&plain, |flags| flags.include_default_tax = Some(false)), 10_506),
        (
            "the tax after all",
            flagged(&plain, |flags| {
                flags.include_default_tax = Some(false);
                flags.add_tax = Some(true);
            }),
            11_536,
        ),
        ("exempt", flagged(&plain, |flags| flags.tax_exempt = true), 10_506),
        ("a refund", Asked { takes_money: false, ..plain.clone() }, 11_000),
        ("its own tax", Asked { tax: Some(given(flat(5))), ..plain.clone() }, 10_511),
        ("its own surcharge", Asked { surcharge: Some(given(flat(7))), ..plain.clone() }, 11_207),
        (
            "no surcharge counted",
            Asked { surcharge: Some(Given { worth: flat(7), include: false }), ..plain.clone() },
            11_200,
        ),
        ("its own fee", Asked { service_fee: Some(given(percent(0))), ..plain.clone() }, 11_433),
    ] {
        assert_eq!(total(&asked, &policy), expected, "{what}");
    }
    let choice = consumer_choice(&plain, &policy, &card("IL")).expect("in range");
    assert_eq!(choice, Some((usd(11_536), usd(10_756))));
    assert_eq!(
        consumer_choice(&flagged(&plain, |flags| flags.skip_consumer_choice = true), &policy, &card("IL"))
            .expect("in range"),
        None
    );
    assert_eq!(consumer_choice(&plain, &FeePolicy::default(), &card("IL")).expect("in range"), None);
}

#[test]
fn a_surcharge_keeps_to_the_law_of_the_state() {
    for (worth, state, expected) in [
        (percent(3_000), "IL", 1030),
        (percent(3_000), "CO", 1020),
        (percent(1_500), "CO", 1015),
        (flat(350), "CO", 1020),
        (percent(3_000), "CT", 1000),
        (percent(3_000), "", 1000),
    ] {
        let policy = FeePolicy { surcharge: Some(worth), ..FeePolicy::default() };
        let found = calculate(&asked(1000), &policy, &card(state)).expect("in range");
        assert_eq!(found.total.minor(), expected, "{worth:?} in {state:?}");
    }
}

#[test]
fn lines_make_the_amount_and_their_taxes() {
    let taxed = Line { is_taxable: true, local_rate: rate(1_000), national_rate: rate(5_000), ..line(1000) };
    let asked = Asked {
        lines: vec![
            taxed.clone(),
            Line {
                quantity: Quantity::parse("1.5").expect("a quantity"),
                discount: usd(100),
                freight: usd(50),
                ..line(200)
            },
            Line { unit_price: UnitPrice::Share(rate(10_000)), ..line(0) },
            Line { is_due: false, ..line(99_999) },
            Line { is_taxable: true, rate: rate(8_000), discount_rate: rate(50_000), ..line(100) },
        ],
        ..asked(1)
    };
    let found =
        calculate(&asked, &FeePolicy { default_tax: Some(percent(50_000)), ..FeePolicy::default() }, &card("IL"));
    let found = found.expect("in range");
    // 1000 + 300 + 140 (10 % of 1400) + 100; less 100 and 50; with 50 freight.
    assert_eq!((found.subtotal, found.amount, found.freight), (usd(1540), usd(1440), Some(usd(50))));
    let taxes = [found.tax, found.national_tax, found.local_tax].map(|part| part.included.map(Money::minor));
    assert_eq!(taxes, [Some(4), Some(50), Some(10)], "the default tax does not come on top");
    assert_eq!(found.total, usd(1504));

    let left_out = Asked { flags: Flags { add_tax: Some(false), ..Flags::default() }, ..asked.clone() };
    assert_eq!(total(&left_out, &FeePolicy::default()), 1440);

    let by_default = Asked { lines: vec![Line { is_taxable: true, ..line(1000) }, line(500)], ..asked };
    let policy = FeePolicy { default_tax: Some(percent(10_000)), ..FeePolicy::default() };
    assert_eq!(total(&by_default, &policy), 1600, "only the taxable line");
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let none = FeePolicy::default();
    let refused = |asked: &Asked, policy: &FeePolicy, name: &str| {
        let why = calculate(asked, policy, &card("IL")).expect_err("refused").to_string();
        assert!(why.contains(name), "{name}: {why}");
    };
    refused(&Asked { discounts: vec![given(flat(1001))], ..asked(1000) }, &none, "discount_amount");
    assert_eq!(total(&Asked { discounts: vec![given(flat(1000))], ..asked(1000) }, &none), 0);
    refused(
        &Asked { lines: vec![Line { discount: usd(101), ..line(100) }], ..asked(1) },
        &none,
        "line_items[0].discount_amount",
    );
    refused(&Asked { lines: vec![line(1), line(-2)], ..asked(1) }, &none, "line_items");
    let most = 9_007_199_254_740_991;
    refused(&Asked { tip: Some(given(flat(1))), ..asked(most) }, &none, "amount");
    let euros = Money::new(1, Currency::parse("EUR").expect("a currency")).expect("in range");
    let policy = FeePolicy { service_fee: Some(Adjustment::Flat(euros)), ..none };
    refused(&asked(1), &policy, "currency");
    let policy = FeePolicy { cash_discount: Some(flat(500)), ..none };
    assert_eq!(total(&Asked { tender: Tender::Ach, ..asked(300) }, &policy), 0, "never below nothing");
}

fn worth() -> impl Strategy<Value = Adjustment> {
    prop_oneof![(0..100_000_i64).prop_map(flat), (0..200_000_u32).prop_map(percent)]
}

fn maybe() -> impl Strategy<Value = Option<Given>> {
    proptest::option::of((worth(), any::<bool>()).prop_map(|(worth, include)| Given { worth, include }))
}

fn small() -> impl Strategy<Value = Vec<Given>> {
    let worth = (0..10_000_u32).prop_map(percent);
    proptest::collection::vec((worth, any::<bool>()).prop_map(|(worth, include)| Given { worth, include }), 0..4)
}

prop_compose! {
    fn any_flags()(
        skip_cash_discount in any::<bool>(), skip_surcharge in any::<bool>(), skip_service_fee in any::<bool>(),
        include_default_tax in any::<Option<bool>>(), tax_exempt in any::<bool>(), add_tax in any::<Option<bool>>(),
    ) -> Flags {
        Flags { skip_cash_discount, skip_surcharge, skip_service_fee, skip_consumer_choice: false,
            include_default_tax, tax_exempt, add_tax }
    }
}

prop_compose! {
    fn any_asked()(
        amount in 0..10_000_000_i64, is_card in any::<bool>(), takes_money in any::<bool>(),
        extras in proptest::collection::vec(maybe(), 9), lists in (small(), small(), small()), flags in any_flags(),
    ) -> Asked {
        let mut extras = extras.into_iter();
        let mut next = || extras.next().flatten();
        Asked {
            tender: if is_card { Tender::Card } else { Tender::Ach },
            takes_money,
            payment_adjustment: next(), shipping: next(), duty: next(), tip: next(), tax: next(),
            national_tax: next(), local_tax: next(), service_fee: next(), surcharge: next(),
            addons: lists.0, discounts: lists.1, additional: lists.2, flags,
            ..asked(amount)
        }
    }
}

proptest! {
    #[test]
    fn the_total_is_the_amount_less_discounts_with_every_included_part(
        asked in any_asked(), fees in proptest::collection::vec(proptest::option::of(worth()), 3), tax in 0..50_000_u32,
        discount in 0..50_000_u32,
    ) {
        let policy = FeePolicy {
            surcharge: fees[0], service_fee: fees[1], payment_adjustment: fees[2],
            cash_discount: Some(percent(discount)), default_tax: Some(percent(tax)),
        };
        let c = calculate(&asked, &policy, &card("IL")).expect("small amounts fit");
        let of = |part: Part| part.included.map_or(0, Money::minor);
        let parts = [c.shipping, c.duty, c.tip, c.tax, c.national_tax, c.local_tax, c.service_fee, c.surcharge];
        let named: i64 = parts.map(of).iter().sum();
        prop_assert_eq!(c.total.minor(), c.amount.minor() - of(c.discount) + named + c.additional_total.minor());
        prop_assert_eq!(c.additional_total.minor(), [c.addon, c.additional, c.payment_adjustment].map(of).iter().sum::<i64>());
        prop_assert!(c.total.minor() >= 0);
        for part in parts.into_iter().chain([c.discount, c.addon, c.additional]) {
            prop_assert!(part.included.is_none_or(|included| included.minor() <= part.worth.map_or(0, Money::minor)));
        }
    }
}
