//! Prepaid balances: what a customer has paid in and may spend, one per denomination.
//!
//! A balance is a view of one gated ledger account; it has no row of its own that could disagree with the books.

use super::currency::Denomination;
use super::id::CustomerId;
use super::ledger::Totals;
use super::money::AMOUNT_MAX_MINOR;
use crate::error::{Error, Result};

/// Longest dedupe id of a deposit, characters.
pub const DEDUPE_ID_MAX: usize = 255;

/// A customer's prepaid balance. Amounts are whole units of its denomination (minor units where that is a currency).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Balance {
    /// Whose it is.
    pub customer_id: CustomerId,
    /// What it counts.
    pub denomination: Denomination,
    /// Paid in less spent; reservations are still in it.
    pub balance: i64,
    /// Reserved, neither spent nor released.
    pub pending: i64,
    /// `balance` less `pending`; below zero where a credit limit is in use.
    pub available: i64,
    /// How far below zero `available` may go.
    pub credit_limit: i64,
}

impl Balance {
    /// The view of an account's totals.
    pub fn of(customer_id: CustomerId, denomination: Denomination, totals: &Totals, credit_limit: i64) -> Self {
        Self {
            customer_id,
            denomination,
            balance: totals.credit_balance(),
            pending: totals.debits_pending,
            available: totals.available(),
            credit_limit,
        }
    }

    /// The largest debit or reservation that is accepted now.
    pub fn spendable(&self) -> i64 {
        self.available.saturating_add(self.credit_limit).max(0)
    }
}

/// An amount to move, 1 to [`AMOUNT_MAX_MINOR`].
///
/// # Errors
/// `Invalid` naming `amount`.
pub fn movable(amount: i64) -> Result<i64> {
    if (1..=AMOUNT_MAX_MINOR).contains(&amount) {
        Ok(amount)
    } else {
        Err(Error::invalid("amount", format!("must be from 1 to {AMOUNT_MAX_MINOR}")))
    }
}

/// A credit limit, 0 to [`AMOUNT_MAX_MINOR`].
///
/// # Errors
/// `Invalid` naming `credit_limit`.
pub fn credit_limit(limit: i64) -> Result<i64> {
    if (0..=AMOUNT_MAX_MINOR).contains(&limit) {
        Ok(limit)
    } else {
        Err(Error::invalid("credit_limit", format!("must be from 0 to {AMOUNT_MAX_MINOR}")))
    }
}

/// What a client calls a deposit so that it happens once, 1 to [`DEDUPE_ID_MAX`] characters.
///
/// # Errors
/// `Invalid` naming `dedupe_id`.
pub fn dedupe_id(text: &str) -> Result<&str> {
    if (1..=DEDUPE_ID_MAX).contains(&text.chars().count()) {
        Ok(text)
    } else {
        Err(Error::invalid("dedupe_id", format!("must have 1 to {DEDUPE_ID_MAX} characters")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_reads_its_account() {
        // (credits posted, debits posted, debits pending, limit) -> (balance, pending, available, spendable)
        for (account, expected) in [
            ((100, 30, 20, 0), (70, 20, 50, 50)),
            ((100, 30, 20, 5), (70, 20, 50, 55)),
            ((0, 10, 0, 10), (-10, 0, -10, 0)),
            ((0, 0, 0, 0), (0, 0, 0, 0)),
        ] {
            let (credits_posted, debits_posted, debits_pending, limit) = account;
            let totals = Totals { credits_posted, debits_posted, debits_pending, credits_pending: 0 };
            let denomination = Denomination::parse("sms").expect("a denomination");
            let balance = Balance::of(CustomerId::from_stored("c1".to_owned()), denomination, &totals, limit);
            let found = (balance.balance, balance.pending, balance.available, balance.spendable());
            assert_eq!(found, expected, "{account:?}");
        }
    }

    #[test]
    fn bounds_hold_on_both_sides() {
        for (amount, accepted) in
            [(i64::MIN, false), (-1, false), (0, false), (1, true), (AMOUNT_MAX_MINOR, true), (i64::MAX, false)]
        {
            assert_eq!(movable(amount).is_ok(), accepted, "{amount}");
        }
        for (limit, accepted) in [(-1, false), (0, true), (AMOUNT_MAX_MINOR, true), (AMOUNT_MAX_MINOR + 1, false)] {
            assert_eq!(credit_limit(limit).is_ok(), accepted, "{limit}");
        }
        for (length, accepted) in [(0, false), (1, true), (255, true), (256, false)] {
            assert_eq!(dedupe_id(&"é".repeat(length)).is_ok(), accepted, "{length}");
        }
    }
}
