//! The books as their accounts say: the trial balance.

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::ledger::{AccountName, Totals};
use crate::error::Result;
use crate::store;

impl App {
    /// Every account with its totals, in the order in which they were opened. Per denomination, the debits of all
    /// accounts are the credits of all accounts.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn trial_balance(&self, caller: &Caller) -> Result<Vec<(AccountName, Totals)>> {
        caller.may(Action::CompanyView)?;
        self.store().read(store::ledger::trial_balance)
    }
}
