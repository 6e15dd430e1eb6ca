//! Moving money: one file per verb, over one charging protocol.
//!
//! The protocol (RELIABILITY.md section 2) is `begin` → `send` → `conclude`: the intent is committed, then the request
//! leaves, then the outcome moves everything it touches in one commit. `recover` settles what a crash left, `poll`
//! asks about what is unknown. Nobody else talks to a processor.
//!
//! Invariants: no processor call inside a transaction; a charge has at most one open or successful attempt (a unique
//! index says so); an unknown outcome is never taken for a decline.

pub(crate) mod apply;
pub(crate) mod begin;
pub(crate) mod capture;
mod challenge;
pub(crate) mod charge;
pub(crate) mod collect;
pub(crate) mod conclude;
mod describe;
mod keep;
mod once;
mod pay_invoice;
pub(crate) mod pay_with;
pub(crate) mod poll;
mod receipt;
pub(crate) mod recover;
pub(crate) mod refund;
mod review;
mod search;
pub(crate) mod send;
mod tip;
pub(crate) mod void;

pub use capture::CaptureTransaction;
pub use challenge::{Answer as ChallengeAnswer, ChallengeView};
pub use charge::{ChargeTransaction, OwnFees};
pub use describe::TransactionView;
pub use keep::Keep;
pub use pay_invoice::{PayInvoice, PayWishes, Payment};
pub use pay_with::PayWith;
pub use refund::RefundTransaction;
pub use search::TransactionQuery;
pub use tip::AdjustTip;

use super::App;
use super::caller::Caller;
use crate::domain::access::{Action, Permission};
use crate::domain::id::TransactionId;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};
use crate::store;

impl App {
    /// The transaction with this id; somebody else's only with `view_others_transactions`.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn transaction_find(&self, caller: &Caller, id: &TransactionId) -> Result<Transaction> {
        caller.may(Action::TransactionView)?;
        let found = self.store().read(|tx| store::transaction::fetch(tx, id))?;
        found
            .filter(|transaction| may_see(caller, transaction))
            .ok_or_else(|| Error::not_found("transaction", id.as_str()))
    }

    /// The newest transactions that the caller may see, newest first, at most `limit`.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn transactions_newest(&self, caller: &Caller, limit: u32) -> Result<Vec<Transaction>> {
        caller.may(Action::TransactionView)?;
        let found = self.store().read(|tx| store::transaction::list_newest(tx, limit))?;
        Ok(found.into_iter().filter(|transaction| may_see(caller, transaction)).collect())
    }
}

/// Whether `caller` may see `transaction`: its own, those that nobody made, or all with the permission.
pub(in crate::app) fn may_see(caller: &Caller, transaction: &Transaction) -> bool {
    caller.has(Permission::ViewOthersTransactions)
        || transaction.user_id.is_none()
        || transaction.user_id == caller.user_id
}
