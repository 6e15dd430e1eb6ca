//! Deposits: units bought by card, by another balance, or granted. A card is charged first; the balance is credited
//! once, when the charge is known to have succeeded.

use super::currency::Denomination;
use super::id::{CustomerId, DepositId, TransactionId};
use super::time::Timestamp;

/// What pays for a deposit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PaidBy {
    /// Nothing: it is a grant.
    Nobody,
    /// Another balance of the customer.
    Balance(Denomination),
    /// The customer's card, by this transaction.
    Card(TransactionId),
}

/// What became of a deposit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DepositStatus {
    /// Its charge has no known outcome yet.
    Confirming,
    /// The balance is credited.
    Succeeded,
    /// The card refused; nothing was credited.
    Declined,
}

impl DepositStatus {
    /// The name in the file and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirming => "confirming",
            Self::Succeeded => "succeeded",
            Self::Declined => "declined",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Confirming, Self::Succeeded, Self::Declined].into_iter().find(|status| status.as_str() == text)
    }
}

/// A deposit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deposit {
    /// Its id.
    pub id: DepositId,
    /// Whose.
    pub customer_id: CustomerId,
    /// Into which balance.
    pub denomination: Denomination,
    /// Units it adds, one or more.
    pub amount: i64,
    /// What it costs: minor units of the company's currency, or units of the balance that pays.
    pub charged: i64,
    /// What pays.
    pub paid_by: PaidBy,
    /// What became of it.
    pub status: DepositStatus,
    /// When it was asked for.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_read_back() {
        for status in [DepositStatus::Confirming, DepositStatus::Succeeded, DepositStatus::Declined] {
            assert_eq!(DepositStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(DepositStatus::parse("refunded"), None);
    }
}
