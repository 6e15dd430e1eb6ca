//! Stored cards and bank accounts: what is known of them without opening the vault.

use super::bank_account::{AccountType, RoutingNumber, SecCode};
use super::card::{Brand, Expiry};
use super::id::{CustomerId, PaymentMethodId};
use super::time::Timestamp;

/// What a stored method is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MethodType {
    /// A card.
    Card,
    /// A bank account in the US.
    Ach,
}

impl MethodType {
    /// "card" or "ach".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Ach => "ach",
        }
    }

    /// Reads what [`MethodType::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Card, Self::Ach].into_iter().find(|kind| kind.as_str() == text)
    }
}

macro_rules! flags {
    ($($variant:ident $name:literal $promise:literal;)*) => {
        /// A mark on a stored method (seed gateway, "Update Payment Method Record").
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MethodFlag {
            $(#[doc = $promise] $variant,)*
        }

        impl MethodFlag {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire and in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

flags! {
    SurchargeExempt "surcharge_exempt" "Never surcharged.";
    ApplePay "applepay" "Came from Apple Pay.";
    ClosedContact "closed_contact" "The account is closed: ask the customer.";
    Contact "contact" "The issuer wants the customer to be asked.";
    LockedSecurity "locked_security" "Locked after a security decline.";
    LockedStopRecurring "locked_stop_recurring" "The holder stopped recurring charges.";
}

impl MethodFlag {
    /// Reads what [`MethodFlag::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|flag| flag.as_str() == text)
    }
}

/// What is particular to cards and to bank accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MethodDetails {
    /// A card.
    Card {
        /// Its scheme.
        brand: Brand,
        /// Its last month; it may be over.
        expiry: Expiry,
    },
    /// A bank account.
    Ach {
        /// The bank.
        routing_number: RoutingNumber,
        /// Checking or savings.
        account_type: AccountType,
        /// How the holder agreed.
        sec_code: SecCode,
    },
}

impl MethodDetails {
    /// Which of the two.
    pub fn method_type(&self) -> MethodType {
        match self {
            Self::Card { .. } => MethodType::Card,
            Self::Ach { .. } => MethodType::Ach,
        }
    }
}

/// A stored card or bank account. The number itself is only in `sealed`.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    /// Its id.
    pub id: PaymentMethodId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// What it is.
    pub details: MethodDetails,
    /// "401200******5439" or "******1234".
    pub masked: String,
    /// The last four digits.
    pub last_four: String,
    /// The number, sealed by the vault for this row.
    pub sealed: Vec<u8>,
    /// Keyed hash of the number: the same card is recognised, not guessable.
    pub fingerprint: Vec<u8>,
    /// Marks.
    pub flags: Vec<MethodFlag>,
    /// The processor that charges it; "" for the default one.
    pub processor_id: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Shows what a log may hold.
impl std::fmt::Debug for PaymentMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaymentMethod")
            .field("id", &self.id)
            .field("customer_id", &self.customer_id)
            .field("details", &self.details)
            .field("masked", &self.masked)
            .finish_non_exhaustive()
    }
}

impl PaymentMethod {
    /// Card or bank account.
    pub fn method_type(&self) -> MethodType {
        self.details.method_type()
    }

    /// Whether it carries `flag`.
    pub fn has(&self, flag: MethodFlag) -> bool {
        self.flags.contains(&flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_flags_read_back_what_they_write() {
        for kind in [MethodType::Card, MethodType::Ach] {
            assert_eq!(MethodType::parse(kind.as_str()), Some(kind));
        }
        for flag in MethodFlag::ALL {
            assert_eq!(MethodFlag::parse(flag.as_str()), Some(*flag));
        }
        assert_eq!(MethodType::parse("Card"), None);
        assert_eq!(MethodFlag::parse(""), None);
        assert_eq!(MethodFlag::ALL.len(), 6, "the seed lists 6");
    }
}
