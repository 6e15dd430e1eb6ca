//! Refusals that a program tells apart by a word: the state of what it asked for does not allow it.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// The word that names a refusal (contract-fermata.md, the table of errors).
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum RefusalCode {
            $(#[doc = $doc] $variant,)*
        }

        impl RefusalCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Reads the word.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

codes! {
    InsufficientBalance "insufficient_balance" "A balance does not cover it.";
    BalancePaused "balance_paused" "Nothing may be taken from the balance.";
    PaymentRequired "payment_required" "There is no card to charge.";
    PaymentDeclined "payment_declined" "The card was declined.";
    EventFinal "event_final" "The event is final.";
    RefillInFlight "refill_in_flight" "An auto refill has no known outcome yet.";
    RefillCapped "refill_capped" "The month has cost what auto refills may.";
    NoRefill "no_refill" "The balance has no auto refill.";
    NoPlan "no_plan" "The account has no plan.";
    PlanPastDue "plan_past_due" "The account's plan is past due.";
    InProgress "in_progress" "The first request with this name is still running.";
    OutOfRange "out_of_range" "A sum would leave the range of amounts.";
}

/// What helps whoever was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Detail {
    /// A word or an id.
    Text(String),
    /// Units.
    Number(i64),
}

/// A refusal with its word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The word.
    pub code: RefusalCode,
    /// One sentence for a person.
    pub text: String,
    /// The member to blame, where one is.
    pub field: Option<String>,
    /// What helps, by name.
    pub details: Vec<(String, Detail)>,
}

impl Refusal {
    /// With nothing but its sentence.
    pub fn new(code: RefusalCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), field: None, details: Vec::new() }
    }

    /// With one more word that helps.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.details.push((name.to_owned(), Detail::Text(text.into())));
        self
    }

    /// With one more number that helps.
    #[must_use]
    pub fn with_number(mut self, name: &str, number: i64) -> Self {
        self.details.push((name.to_owned(), Detail::Number(number)));
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for code in RefusalCode::ALL {
            assert_eq!(RefusalCode::parse(code.as_str()), Some(*code));
        }
        assert_eq!(RefusalCode::parse("unheard_of"), None);
    }
}
