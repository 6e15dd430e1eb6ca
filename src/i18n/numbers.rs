//! Amounts and counts as people of a language write them: the digits are those of `Money`, only the signs differ.

use super::Language;
use crate::domain::money::Money;
use crate::domain::rate::Rate;

/// What goes between thousands, and before the decimals.
fn signs(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (",", "."),
        Language::Swedish => ("\u{a0}", ","),
        Language::German => (".", ","),
        // A narrow space that does not break (CLDR).
        Language::French => ("\u{202f}", ","),
    }
}

/// "1,204.50 EUR", "1 204,50 EUR", "1.204,50 EUR": the same cents in every language.
pub fn money(amount: Money, language: Language) -> String {
    format!("{}\u{a0}{}", digits(&amount.to_major_string(), language), amount.currency())
}

/// A whole number with its thousands apart.
pub fn count(number: i64, language: Language) -> String {
    digits(&number.to_string(), language)
}

/// A percentage without needless zeros: "12.5", "12,5".
pub fn percent(rate: Rate, language: Language) -> String {
    let (whole, thousandths) = (rate.thousandths() / 1_000, rate.thousandths() % 1_000);
    let fraction = format!("{thousandths:03}");
    match fraction.trim_end_matches('0') {
        "" => digits(&whole.to_string(), language),
        fraction => digits(&format!("{whole}.{fraction}"), language),
    }
}

/// A plain decimal number in a language's signs.
fn digits(plain: &str, language: Language) -> String {
    let (thousands, decimal) = signs(language);
    let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain), |rest| ("\u{2212}", rest));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push_str(thousands);
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push_str(decimal);
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::currency::Currency;

    #[test]
    fn the_same_cents_in_every_language() {
        let of = |minor, code| Money::new(minor, Currency::parse(code).expect("a currency")).expect("an amount");
        for (amount, en, sv, de, fr) in [
            (of(120_450, "EUR"), "1,204.50 EUR", "1 204,50 EUR", "1.204,50 EUR", "1\u{202f}204,50 EUR"),
            (of(-5, "SEK"), "−0.05 SEK", "−0,05 SEK", "−0,05 SEK", "−0,05 SEK"),
            (of(1_000_000, "JPY"), "1,000,000 JPY", "1 000 000 JPY", "1.000.000 JPY", "1\u{202f}000\u{202f}000 JPY"),
            (of(999, "KWD"), "0.999 KWD", "0,999 KWD", "0,999 KWD", "0,999 KWD"),
        ] {
            for (language, text) in Language::ALL.into_iter().zip([en, sv, de, fr]) {
                assert_eq!(money(amount, language).replace('\u{a0}', " "), text);
                let plain = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                assert_eq!(plain(&money(amount, language)), plain(&amount.to_string()), "no digit changes");
            }
        }
        for (thousandths, text) in [(10_000, "10"), (12_500, "12,5"), (7, "0,007"), (43_440, "43,44")] {
            assert_eq!(percent(Rate::from_thousandths(thousandths).expect("a rate"), Language::Swedish), text);
        }
        assert_eq!(count(1_234_567, Language::German), "1.234.567");
        assert_eq!(count(-999, Language::English), "\u{2212}999");
    }
}
