//! What the merchant adds to a payment, or takes off it, where the request says nothing else.

use crate::domain::currency::Currency;
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::transaction::adjustment::Adjustment;

/// The merchant's fees; a fresh file has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeePolicy {
    /// On payments by credit card, where the law allows it.
    pub surcharge: Option<Adjustment>,
    /// On every payment.
    pub service_fee: Option<Adjustment>,
    /// On every payment, without a name of its own.
    pub payment_adjustment: Option<Adjustment>,
    /// Off payments that are not made by card.
    pub cash_discount: Option<Adjustment>,
    /// Tax of a payment that names none; always a percentage.
    pub default_tax: Option<Adjustment>,
}

impl FeePolicy {
    /// Every fee with its name, in the order people see them.
    pub fn entries(&self) -> [(&'static str, Option<Adjustment>); 5] {
        let Self { surcharge, service_fee, payment_adjustment, cash_discount, default_tax } = *self;
        [
            ("surcharge", surcharge),
            ("service_fee", service_fee),
            ("payment_adjustment", payment_adjustment),
            ("cash_discount", cash_discount),
            ("default_tax", default_tax),
        ]
    }

    /// Sets the fee of this name from a person's text: "3.5%", "1.50" or "1.50 USD"; "" and 0 are none.
    /// Without a code, the amount is of `currency`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn set(&mut self, name: &str, text: &str, currency: Currency) -> Result<(), &'static str> {
        let worth =
            parse(text.trim(), currency).ok_or("must be a percentage such as 3.5% or an amount such as 1.50")?;
        let slot = match name {
            "surcharge" => &mut self.surcharge,
            "service_fee" => &mut self.service_fee,
            "payment_adjustment" => &mut self.payment_adjustment,
            "cash_discount" => &mut self.cash_discount,
            "default_tax" if matches!(worth, Some(Adjustment::Flat(_))) => return Err("must be a percentage"),
            "default_tax" => &mut self.default_tax,
            _ => return Err("is no fee of the company"),
        };
        *slot = worth;
        Ok(())
    }

    /// The currency of a flat fee that is not `currency`, if there is one.
    pub fn foreign(&self, currency: Currency) -> Option<Currency> {
        self.entries().into_iter().find_map(|(_, worth)| match worth {
            Some(Adjustment::Flat(amount)) if amount.currency() != currency => Some(amount.currency()),
            _ => None,
        })
    }
}

/// "3.500%" or "1.50 USD": what [`FeePolicy::set`] reads.
pub fn text_of(worth: Adjustment) -> String {
    match worth {
        Adjustment::Flat(amount) => format!("{} {}", amount.to_major_string(), amount.currency()),
        Adjustment::Percentage(rate) => format!("{rate}%"),
    }
}

/// `None` where it cannot be read, `Some(None)` for nothing.
fn parse(text: &str, currency: Currency) -> Option<Option<Adjustment>> {
    if text.is_empty() {
        return Some(None);
    }
    if let Some(percent) = text.strip_suffix('%') {
        let rate = Rate::parse_percent(percent.trim_end()).filter(|rate| *rate <= Rate::WHOLE)?;
        return Some((!rate.is_zero()).then_some(Adjustment::Percentage(rate)));
    }
    let (amount, currency) = match text.split_once(' ') {
        Some((amount, code)) => (amount, Currency::parse(code.trim())?),
        None => (text, currency),
    };
    let amount = Money::parse_major(amount, currency).ok().filter(|amount| amount.minor() >= 0)?;
    Some((!amount.is_zero()).then_some(Adjustment::Flat(amount)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_read_as_people_write_them_and_written_back() {
        for (name, text, expected) in [
            ("surcharge", "3.5%", Some("3.500%")),
            ("surcharge", "3 %", Some("3.000%")),
            ("surcharge", "100%", Some("100.000%")),
            ("surcharge", "100.001%", None),
            ("surcharge", "-1%", None),
            ("surcharge", "1e1%", None),
            ("service_fee", "1.50", Some("1.50 USD")),
            ("service_fee", "1.50 EUR", Some("1.50 EUR")),
            ("service_fee", "150 JPY", Some("150 JPY")),
            ("service_fee", "1.505", None),
            ("service_fee", "-1.50", None),
            ("service_fee", "1.50 XXZ", None),
            ("cash_discount", "", Some("")),
            ("cash_discount", "0", Some("")),
            ("cash_discount", "0.00%", Some("")),
            ("default_tax", "8.875%", Some("8.875%")),
            ("default_tax", "1.50", None),
            ("tax", "1%", None),
        ] {
            let mut policy = FeePolicy::default();
            let set = policy.set(name, text, Currency::USD);
            assert_eq!(set.is_ok(), expected.is_some(), "{name}={text}");
            let found = policy.entries().into_iter().find(|(entry, _)| *entry == name).and_then(|(_, worth)| worth);
            let shown = found.map(text_of).unwrap_or_default();
            assert_eq!(shown, expected.unwrap_or_default(), "{name}={text}");
            let mut again = FeePolicy::default();
            if expected.is_some() {
                again.set(name, &shown, Currency::USD).expect("what is written can be read");
                assert_eq!(again, policy);
            }
        }
    }
}
