//! Bank accounts in the US: routing and account number, SEC code, type. The account number is wiped and never printed.

use std::fmt;

use zeroize::Zeroizing;

use super::card::last_four;

/// Why a bank account was refused before anything was asked of a processor. Texts are the vendor's (facts-gateway.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BankAccountError {
    /// Not 9 digits, or the ABA checksum is wrong.
    #[error("Invalid routing_number")]
    RoutingNumber,
    /// Not 4 to 17 digits.
    #[error("Invalid account_number")]
    AccountNumber,
}

impl BankAccountError {
    /// The gateway's name of the field at fault, below `ach`.
    pub fn field(self) -> &'static str {
        match self {
            Self::RoutingNumber => "routing_number",
            Self::AccountNumber => "account_number",
        }
    }
}

/// An account number of 4 to 17 digits. Its memory is wiped when it is dropped; it has no `Debug` or `Display`.
#[derive(Clone)]
pub struct AccountNumber(Zeroizing<String>);

impl AccountNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// [`BankAccountError::AccountNumber`].
    pub fn parse(text: &str) -> Result<Self, BankAccountError> {
        let numeric = text.bytes().all(|b| b.is_ascii_digit());
        if numeric && (4..=17).contains(&text.len()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(BankAccountError::AccountNumber)
        }
    }

    /// The last four digits, which are not secret.
    pub fn last_four(&self) -> &str {
        last_four(&self.0)
    }

    /// Six stars whatever the length, then the last four: "******1234".
    pub fn masked(&self) -> String {
        format!("******{}", self.last_four())
    }

    /// All digits, for the vault and the processor only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A bank's routing number: 9 digits, ABA checksum. Not a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoutingNumber(String);

impl RoutingNumber {
    /// The simulator's triggers (simulator.md), accepted though two of them fail the checksum.
    const TRIGGERS: [&str; 3] = ["000000000", "000000001", "000000002"];

    /// Reads a routing number.
    ///
    /// # Errors
    /// [`BankAccountError::RoutingNumber`].
    pub fn parse(text: &str) -> Result<Self, BankAccountError> {
        let numeric = text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit());
        if numeric && (Self::TRIGGERS.contains(&text) || passes_aba(text)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BankAccountError::RoutingNumber)
        }
    }

    /// The nine digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoutingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Digits weighted 3, 7, 1 in turn sum to a multiple of ten.
fn passes_aba(digits: &str) -> bool {
    let weights = [3u32, 7, 1].into_iter().cycle();
    let sum: u32 =
        digits.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap_or(0).saturating_mul(weight)).sum();
    sum.checked_rem(10) == Some(0)
}

/// How the account holder agreed to the debit (Nacha standard entry class).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecCode {
    /// On a web page.
    Web,
    /// A company's account.
    Ccd,
    /// In writing.
    Ppd,
    /// By telephone.
    Tel,
}

impl SecCode {
    /// Lower case, as stored: "web".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Ccd => "ccd",
            Self::Ppd => "ppd",
            Self::Tel => "tel",
        }
    }

    /// Reads a code in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let same = |code: &Self| code.as_str().eq_ignore_ascii_case(text);
        [Self::Web, Self::Ccd, Self::Ppd, Self::Tel].into_iter().find(same)
    }
}

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountType {
    /// A current account.
    Checking,
    /// A savings account.
    Savings,
}

impl AccountType {
    /// Lower case, as stored: "checking".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Savings => "savings",
        }
    }

    /// Reads a type in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Checking, Self::Savings].into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routing_numbers_are_checked_but_the_simulators_triggers_pass() {
        for (text, accepted) in [
            ("021000021", true), // JPMorgan Chase
            ("011401533", true),
            ("000000000", true),
            ("000000001", true),
            ("000000002", true),
            ("000000003", false),
            ("021000022", false),
            ("02100002", false),
            ("0210000211", false),
            ("02100002a", false),
            ("", false),
        ] {
            assert_eq!(RoutingNumber::parse(text).is_ok(), accepted, "{text}");
        }
    }

    #[test]
    fn account_numbers_are_four_to_seventeen_digits_and_masked() {
        for (text, masked) in [
            ("1234", Some("******1234")),
            ("12345678901234567", Some("******4567")),
            ("123", None),
            ("123456789012345678", None),
            ("12 34", None),
            ("", None),
        ] {
            assert_eq!(AccountNumber::parse(text).ok().map(|number| number.masked()).as_deref(), masked, "{text}");
        }
    }

    #[test]
    fn codes_and_types_read_back_what_they_write() {
        for code in [SecCode::Web, SecCode::Ccd, SecCode::Ppd, SecCode::Tel] {
            assert_eq!(SecCode::parse(&code.as_str().to_ascii_uppercase()), Some(code));
        }
        for kind in [AccountType::Checking, AccountType::Savings] {
            assert_eq!(AccountType::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(SecCode::parse("pos"), None);
        assert_eq!(AccountType::parse(""), None);
    }
}
