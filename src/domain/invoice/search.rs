//! What invoices are searched by; everything named must hold.

use super::InvoiceStatus;
use crate::domain::id::{CustomerId, UserId};
use crate::domain::time::Timestamp;

/// How an amount is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    /// The same.
    Is,
    /// Another.
    IsNot,
    /// Less.
    Below,
    /// More.
    Above,
}

impl Compare {
    /// `=`, `!=`, `<`, `>`; the vendor's SDKs also write `eq` (facts-gateway.md).
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "=" | "eq" => Some(Self::Is),
            "!=" => Some(Self::IsNot),
            "<" => Some(Self::Below),
            ">" => Some(Self::Above),
            _ => None,
        }
    }
}

/// A text to match, or to leave out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match<T> {
    /// The whole value.
    pub value: T,
    /// Whether what has it is left out.
    pub is_excluded: bool,
}

/// What to search invoices by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InvoiceFilter {
    /// Its id.
    pub id: Option<Match<String>>,
    /// Whose it is.
    pub customer_id: Option<Match<CustomerId>>,
    /// What the merchant calls it.
    pub number: Option<Match<String>>,
    /// Where it stands.
    pub status: Option<Match<InvoiceStatus>>,
    /// What is due, minor units.
    pub due_minor: Option<(Compare, i64)>,
    /// First and last instant of the due date, both included.
    pub date_due: (Option<Timestamp>, Option<Timestamp>),
    /// Who made it; set for callers who may not see others' invoices.
    pub user_id: Option<UserId>,
}
