//! Finding transactions.

use crate::app::App;
use crate::app::caller::Caller;
use crate::domain::access::{Action, Permission};
use crate::domain::card::CardNumber;
use crate::domain::transaction::Transaction;
use crate::domain::transaction::search::{Duration, TextComparison, TextField, TextWanted, TransactionFilter};
use crate::error::Result;
use crate::store;

/// A search as a caller asks for it.
pub struct TransactionQuery {
    /// What must hold.
    pub filter: TransactionFilter,
    /// A whole card number that paid, or did not; wiped when dropped.
    pub full_number: Option<(CardNumber, TextComparison)>,
    /// When it was made, where the filter does not say.
    pub duration: Option<Duration>,
    /// How many at most.
    pub limit: u32,
    /// How many to skip.
    pub offset: u32,
}

impl App {
    /// Transactions that fit and that the caller may see, newest first; and how many fit in all. A query without dates
    /// covers the last four months.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn transaction_search(&self, caller: &Caller, query: TransactionQuery) -> Result<(Vec<Transaction>, u64)> {
        caller.may(Action::TransactionView)?;
        let TransactionQuery { mut filter, full_number, duration, limit, offset } = query;
        if let Some((number, comparison)) = full_number {
            let value = hex::encode_upper(self.fingerprint_of(&number));
            filter.texts.push((TextField::Fingerprint, TextWanted { value, comparison }));
        }
        if let Some(duration) = duration.filter(|_| filter.created == (None, None)) {
            let company = self.company()?;
            filter.created = duration.span(company.today(self.now()), &company.zone());
        }
        let filter = filter.windowed(self.now());
        let sees_all = caller.has(Permission::ViewOthersTransactions);
        let seen_by = caller.user_id.as_ref().filter(|_| !sees_all);
        self.store().read(|tx| store::transaction_search::find(tx, &filter, seen_by, limit, offset))
    }
}
