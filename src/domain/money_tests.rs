//! Tables and properties of [`super::Money`].

use proptest::prelude::*;

use super::*;

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("known currency")
}

#[test]
fn major_amounts_are_read_and_written_exactly() {
    for (text, code, expected) in [
        ("12.30", "USD", Ok(1230)),
        ("12.3", "USD", Ok(1230)),
        ("12.300", "USD", Ok(1230)),
        ("12.345", "USD", Err(MoneyError::TooManyDecimals)),
        ("12", "JPY", Ok(12)),
        ("12.0", "JPY", Ok(12)),
        ("12.5", "JPY", Err(MoneyError::TooManyDecimals)),
        ("1.25", "KWD", Ok(1250)),
        ("-0.01", "USD", Ok(-1)),
        ("90071992547409.91", "USD", Ok(AMOUNT_MAX_MINOR)),
        ("90071992547409.92", "USD", Err(MoneyError::Overflow)),
        ("1e2", "USD", Err(MoneyError::NotANumber)),
        (".5", "USD", Err(MoneyError::NotANumber)),
        ("5.", "USD", Err(MoneyError::NotANumber)),
        ("", "USD", Err(MoneyError::NotANumber)),
        ("+5", "USD", Err(MoneyError::NotANumber)),
        ("--5", "USD", Err(MoneyError::NotANumber)),
        ("99999999999999999999", "USD", Err(MoneyError::Overflow)),
    ] {
        assert_eq!(Money::parse_major(text, currency(code)).map(Money::minor), expected, "{text} {code}");
    }
    for (minor, code, major, shown) in [
        (1_234_567, "USD", "12345.67", "12,345.67 USD"),
        (-5, "USD", "-0.05", "-0.05 USD"),
        (1_234, "JPY", "1234", "1,234 JPY"),
        (1_250, "KWD", "1.250", "1.250 KWD"),
        (0, "USD", "0.00", "0.00 USD"),
    ] {
        let money = Money::new(minor, currency(code)).expect("in range");
        assert_eq!(money.to_major_string(), major);
        assert_eq!(money.to_string(), shown);
    }
}

#[test]
fn currencies_do_not_mix() {
    let dollar = Money::new(1, Currency::USD).expect("in range");
    let euro = Money::new(1, Currency::EUR).expect("in range");
    assert_eq!(dollar.plus(euro), Err(MoneyError::MixedCurrencies));
    assert_eq!(dollar.minus(euro), Err(MoneyError::MixedCurrencies));
    let most = Money::new(AMOUNT_MAX_MINOR, Currency::USD).expect("in range");
    assert_eq!(most.plus(dollar), Err(MoneyError::Overflow));
    assert_eq!(Money::new(i64::MIN, Currency::USD), Err(MoneyError::Overflow));
}

#[test]
fn splits_give_the_last_unit_to_the_largest_remainder() {
    for (minor, weights, expected) in [
        (100, &[1, 1, 1][..], vec![34, 33, 33]),
        (101, &[1, 1, 1], vec![34, 34, 33]),
        (-100, &[1, 1, 1], vec![-33, -33, -34]),
        (10, &[0, 0], vec![5, 5]),
        (1, &[1, 2], vec![0, 1]),
        (0, &[3, 4], vec![0, 0]),
        (7, &[], vec![]),
    ] {
        let parts: Vec<i64> =
            Money::new(minor, Currency::USD).expect("in range").split(weights).into_iter().map(Money::minor).collect();
        assert_eq!(parts, expected, "{minor} by {weights:?}");
    }
}

proptest! {
    #[test]
    fn a_split_loses_nothing(minor in -AMOUNT_MAX_MINOR..=AMOUNT_MAX_MINOR, weights in prop::collection::vec(0u32.., 1..40)) {
        let whole = Money::new(minor, Currency::USD).expect("in range");
        let parts = whole.split(&weights);
        prop_assert_eq!(parts.len(), weights.len());
        prop_assert_eq!(parts.iter().map(|part| i128::from(part.minor())).sum::<i128>(), i128::from(minor));
    }

    #[test]
    fn major_text_round_trips(minor in -AMOUNT_MAX_MINOR..=AMOUNT_MAX_MINOR, index in 0usize..100) {
        let all: Vec<Currency> = Currency::all().collect();
        let money = Money::new(minor, all[index % all.len()]).expect("in range");
        prop_assert_eq!(Money::parse_major(&money.to_major_string(), money.currency()), Ok(money));
    }
}
