//! Double entry, append only: an entry is one debit, one credit and one amount of one denomination.
//!
//! A document's entries are written in its own transaction; a correction is a new entry.
//! An account has four totals: what is posted only grows, what is reserved shrinks only when it is posted or voided. A gated
//! account refuses to fall below zero (or minus its credit limit), unless the document decides that itself.

pub mod chart;

use super::currency::Denomination;
use super::time::Timestamp;

/// Names an account: what it is, whose it is, what it counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountName {
    /// What it is.
    pub kind: chart::AccountKind,
    /// Customer or processor id; "" for the company's own.
    pub owner: String,
    /// What it counts.
    pub denomination: Denomination,
}

/// The four totals of an account, in units of its denomination. They are wider than an amount: one balance may hold
/// the whole range of an amount, and the company's own side adds up all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Reserved debits that are not decided yet.
    pub debits_pending: i128,
    /// Debits in force.
    pub debits_posted: i128,
    /// Reserved credits that are not decided yet.
    pub credits_pending: i128,
    /// Credits in force.
    pub credits_posted: i128,
}

impl Totals {
    /// What a customer may still spend: posted credits less posted and reserved debits.
    pub fn available(&self) -> i128 {
        self.credits_posted.saturating_sub(self.debits_posted).saturating_sub(self.debits_pending)
    }

    /// Posted credits less posted debits.
    pub fn credit_balance(&self) -> i128 {
        self.credits_posted.saturating_sub(self.debits_posted)
    }

    /// Posted debits less posted credits.
    pub fn debit_balance(&self) -> i128 {
        self.debits_posted.saturating_sub(self.credits_posted)
    }

    /// These totals after `form` of `amount` on `side`; `None` on overflow.
    #[must_use]
    pub fn after(mut self, side: Side, form: Form, amount: i64) -> Option<Self> {
        let (pending, posted) = match side {
            Side::Debit => (&mut self.debits_pending, &mut self.debits_posted),
            Side::Credit => (&mut self.credits_pending, &mut self.credits_posted),
        };
        let amount = i128::from(amount);
        match form {
            Form::Posted => *posted = posted.checked_add(amount)?,
            Form::Pending => *pending = pending.checked_add(amount)?,
            Form::PostPending { reserved } => {
                *pending = pending.checked_sub(reserved.into())?;
                *posted = posted.checked_add(amount)?;
            }
            Form::VoidPending { reserved } => *pending = pending.checked_sub(reserved.into())?,
        }
        (*pending >= 0 && *posted >= 0).then_some(self)
    }
}

/// The two sides of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Left.
    Debit,
    /// Right.
    Credit,
}

/// What an entry does to the totals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// In force at once.
    Posted,
    /// Reserved until it is posted or voided, once.
    Pending,
    /// Ends a reservation of `reserved` by posting the entry's amount (at most `reserved`; the rest is released).
    PostPending {
        /// The amount that was reserved.
        reserved: i64,
    },
    /// Ends a reservation of `reserved` without effect.
    VoidPending {
        /// The amount that was reserved.
        reserved: i64,
    },
}

impl Form {
    /// The name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Pending => "pending",
            Self::PostPending { .. } => "post_pending",
            Self::VoidPending { .. } => "void_pending",
        }
    }
}

/// A posting to be written: one debit, one credit, one amount above zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Why.
    pub fact: chart::Fact,
    /// Account debited.
    pub debit: AccountName,
    /// Account credited.
    pub credit: AccountName,
    /// Units of the denomination, above zero.
    pub amount: i64,
}

/// The bytes that an entry's hash covers: the hash before it, then every column in a fixed form.
///
/// The hash itself is SHA-256 and computed by the store; `previous` of the first entry is 32 zero bytes.
pub fn hash_input(previous: &[u8; 32], entry: &HashedEntry<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(previous);
    for number in [
        entry.key,
        entry.at.as_micros(),
        entry.pending_key.unwrap_or(0),
        entry.debit_account,
        entry.credit_account,
        entry.amount,
    ] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    for text in [entry.fact, entry.source_kind, entry.source_id, entry.form] {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// The columns of an entry that its hash covers.
#[derive(Clone, Copy, Debug)]
pub struct HashedEntry<'a> {
    /// Row key, the entry's place in the chain.
    pub key: i64,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub fact: &'a str,
    /// The document's noun.
    pub source_kind: &'a str,
    /// The document's id.
    pub source_id: &'a str,
    /// What it does to the totals.
    pub form: &'a str,
    /// The reservation it ends.
    pub pending_key: Option<i64>,
    /// Row key of the account debited.
    pub debit_account: i64,
    /// Row key of the account credited.
    pub credit_account: i64,
    /// Units.
    pub amount: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_follow_the_forms() {
        let start = Totals { credits_posted: 100, ..Totals::default() };
        let held = start.after(Side::Debit, Form::Pending, 60).expect("fits");
        assert_eq!(held.available(), 40);
        let posted = held.after(Side::Debit, Form::PostPending { reserved: 60 }, 45).expect("fits");
        assert_eq!((posted.debits_pending, posted.debits_posted, posted.available()), (0, 45, 55));
        let voided = held.after(Side::Debit, Form::VoidPending { reserved: 60 }, 60).expect("fits");
        assert_eq!(voided, start);
        assert_eq!(start.after(Side::Debit, Form::VoidPending { reserved: 1 }, 1), None, "nothing was reserved");
        let full = Totals { debits_posted: i128::MAX, ..Totals::default() };
        assert_eq!(full.after(Side::Debit, Form::Posted, 1), None, "overflow is refused");
    }
}
