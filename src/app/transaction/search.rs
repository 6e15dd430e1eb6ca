//! Finding transactions.

use crate::app::App;
use crate::app::caller::Caller;
use crate::domain::access::{Action, Permission};
use crate::domain::transaction::Transaction;
use crate::domain::transaction::search::TransactionFilter;
use crate::error::Result;
use crate::store;

impl App {
    /// Transactions that fit `filter` and that the caller may see, newest first, from `offset` on, at most `limit`;
    /// and how many fit in all. A filter without dates covers the last four months.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn transaction_search(
        &self,
        caller: &Caller,
        filter: TransactionFilter,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<Transaction>, u64)> {
        caller.may(Action::TransactionView)?;
        let filter = filter.windowed(self.now());
        let sees_all = caller.has(Permission::ViewOthersTransactions);
        let seen_by = caller.user_id.as_ref().filter(|_| !sees_all);
        self.store().read(|tx| store::transaction_search::find(tx, &filter, seen_by, limit, offset))
    }
}
