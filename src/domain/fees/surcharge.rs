//! Where a credit card may be surcharged, as data with its sources; everything else may not.
//!
//! A card whose kind or whose holder's state is not known is not surcharged: the schemes forbid it on debit and
//! prepaid cards (Visa Core Rules 5.5.1.8, Mastercard Rules 5.12.2), and some states on all.

use crate::domain::rate::Rate;

/// How a card is paid for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Funding {
    /// On credit.
    Credit,
    /// From an account, or prepaid.
    Debit,
}

/// What is known of the card that will pay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CardFacts {
    /// How it is paid for, where its issuer is known.
    pub funding: Option<Funding>,
    /// Country of the billing address, ISO 3166 alpha-2; "" stands for "US".
    pub country: String,
    /// State of the billing address: "IL".
    pub state: String,
    /// Whether the merchant exempts the customer.
    pub is_exempt: bool,
}

/// How much of a payment a surcharge may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// Nothing.
    Forbidden,
    /// This share.
    AtMost(Rate),
    /// What the merchant asks.
    Open,
}

/// States and territories of the US, by their postal codes (USPS Publication 28, appendix B).
const US_STATES: &[&str] = &[
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA",
    "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR",
    "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
];

/// US states that limit surcharges, and the law that does.
const STATE_RULES: &[(&str, u32, &str)] = &[
    ("CO", 2_000, "Colo. Rev. Stat. 5-2-212: at most 2 %"),
    ("CT", 0, "Conn. Gen. Stat. 42-133ff"),
    ("MA", 0, "Mass. Gen. Laws ch. 140D, 28A"),
    ("ME", 0, "Me. Rev. Stat. tit. 9-A, 8-509"),
    ("PR", 0, "P.R. Laws tit. 10, 11"),
];

/// Countries that forbid surcharges on consumers' cards: the EU and EEA (Directive (EU) 2015/2366, article 62(4)) and
/// the United Kingdom (Consumer Rights (Payment Surcharges) Regulations 2012, regulation 6A).
const FORBIDDEN_COUNTRIES: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT", "LI",
    "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl CardFacts {
    /// How much of a payment by this card a surcharge may be.
    pub fn surcharge_limit(&self) -> Limit {
        if self.is_exempt || self.funding != Some(Funding::Credit) {
            return Limit::Forbidden;
        }
        let code = |text: &str| text.trim().to_ascii_uppercase();
        let (country, state) = (code(&self.country), code(&self.state));
        if !(country.is_empty() || country == "US") {
            let forbidden = FORBIDDEN_COUNTRIES.contains(&country.as_str());
            return if forbidden { Limit::Forbidden } else { Limit::Open };
        }
        if !US_STATES.contains(&state.as_str()) {
            return Limit::Forbidden;
        }
        match STATE_RULES.iter().find(|(code, ..)| *code == state) {
            None => Limit::Open,
            Some((_, 0, _)) => Limit::Forbidden,
            Some((_, thousandths, _)) => Rate::from_thousandths(*thousandths).map_or(Limit::Forbidden, Limit::AtMost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_credit_cards_where_the_law_allows_it() {
        let (credit, debit) = (Some(Funding::Credit), Some(Funding::Debit));
        let two = Limit::AtMost(Rate::from_thousandths(2_000).expect("a rate"));
        for (funding, country, state, exempt, expected) in [
            (credit, "", "IL", false, Limit::Open),
            (credit, "US", " il ", false, Limit::Open),
            (credit, "us", "IL", false, Limit::Open),
            (credit, "", "IL", true, Limit::Forbidden),
            (debit, "", "IL", false, Limit::Forbidden),
            (None, "", "IL", false, Limit::Forbidden),
            (credit, "", "CT", false, Limit::Forbidden),
            (credit, "", "MA", false, Limit::Forbidden),
            (credit, "", "CO", false, two),
            (credit, "", "", false, Limit::Forbidden),
            (credit, "", "Connecticut", false, Limit::Forbidden),
            (credit, "CA", "ON", false, Limit::Open),
            (credit, "CA", "", false, Limit::Open),
            (credit, "SE", "", false, Limit::Forbidden),
            (credit, "GB", "", false, Limit::Forbidden),
        ] {
            let facts = CardFacts { funding, country: country.into(), state: state.into(), is_exempt: exempt };
            assert_eq!(facts.surcharge_limit(), expected, "{facts:?}");
        }
    }

    #[test]
    fn every_rule_is_of_a_state_and_says_its_law() {
        for (code, thousandths, law) in STATE_RULES {
            assert!(US_STATES.contains(code) && !law.is_empty() && *thousandths <= 100_000, "{code}");
        }
    }
}
