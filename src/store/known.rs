//! What the writer remembers of the file, so that an ordinary prepaid event asks SQLite nothing: ledger accounts with
//! the balances over them, customers that are there, prices.
//!
//! Nothing here is a second truth: SQLite's update hook reports each row of these tables that any statement changes,
//! and what was known of it is forgotten (`changes.rs`). Only accounts whose totals wait to be written
//! (`behind.rs`) say more than the file.

use std::collections::{HashMap, HashSet, VecDeque};

use super::changes::Table;
use super::ledger::Account;
use crate::domain::balance::Balance;
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::domain::ledger::chart::AccountKind;
use crate::domain::ledger::{AccountName, Totals};
use crate::domain::time::Timestamp;
use crate::domain::usage_event::Cost;
use crate::limits;

/// An account, and the balance over it where it is a customer's.
pub(super) struct Entry {
    name: String,
    pub(super) account: Account,
    /// The key of its row, and the balance but for the amounts.
    balance: Option<(i64, Balance)>,
    /// Whether it was asked for since eviction last looked at it.
    is_used: bool,
}

/// What is known.
#[derive(Default)]
pub(super) struct Known {
    /// By the account's key.
    accounts: HashMap<i64, Entry>,
    /// Keys by name.
    names: HashMap<String, i64>,
    /// Account keys by the balance's key.
    balances: HashMap<i64, i64>,
    /// In the order in which eviction looks at them.
    order: VecDeque<i64>,
    customers: HashSet<String>,
    prices: HashMap<String, Vec<Cost>>,
    /// Where names are put together, so that a look-up takes no memory.
    name: String,
}

fn write_name(into: &mut String, kind: AccountKind, owner: &str, denomination: &Denomination) {
    into.clear();
    // None of the three has a slash in it.
    for part in [kind.as_str(), "/", owner, "/", denomination.as_str()] {
        into.push_str(part);
    }
}

impl Known {
    fn key_of(&mut self, kind: AccountKind, owner: &str, denomination: &Denomination) -> Option<i64> {
        write_name(&mut self.name, kind, owner, denomination);
        self.names.get(self.name.as_str()).copied()
    }

    /// The account of that name.
    pub(super) fn account(&mut self, name: &AccountName) -> Option<Account> {
        let key = self.key_of(name.kind, &name.owner, &name.denomination)?;
        let entry = self.accounts.get_mut(&key)?;
        entry.is_used = true;
        Some(entry.account)
    }

    /// The account with this key, as it is now.
    pub(super) fn account_by_key(&self, key: i64) -> Option<Account> {
        self.accounts.get(&key).map(|entry| entry.account)
    }

    /// A customer's balance.
    pub(super) fn balance(&mut self, customer: &CustomerId, denomination: &Denomination) -> Option<Balance> {
        let key = self.key_of(AccountKind::CustomerBalance, customer.as_str(), denomination)?;
        let entry = self.accounts.get_mut(&key)?;
        let (_, balance) = entry.balance.as_ref()?;
        entry.is_used = true;
        Some(over(balance, &entry.account))
    }

    /// The key of a customer's account whose balance is known.
    pub(super) fn balance_account(&mut self, customer: &CustomerId, denomination: &Denomination) -> Option<i64> {
        let key = self.key_of(AccountKind::CustomerBalance, customer.as_str(), denomination)?;
        self.accounts.get(&key)?.balance.as_ref().map(|_| key)
    }

    /// Sets what events took of a known balance; answers what it was before.
    pub(super) fn set_taken(&mut self, account: i64, taken: i64) -> Option<i64> {
        let (_, balance) = self.accounts.get_mut(&account)?.balance.as_mut()?;
        Some(std::mem::replace(&mut balance.events_taken, taken))
    }

    /// Remembers an account as the file has it; what is known of it already stays.
    pub(super) fn keep_account(&mut self, name: &AccountName, account: Account) {
        if self.accounts.contains_key(&account.key) {
            return;
        }
        write_name(&mut self.name, name.kind, &name.owner, &name.denomination);
        self.names.insert(self.name.clone(), account.key);
        let entry = Entry { name: self.name.clone(), account, balance: None, is_used: true };
        self.accounts.insert(account.key, entry);
        self.order.push_back(account.key);
    }

    /// Remembers the balance over an account that is known.
    pub(super) fn keep_balance(&mut self, account: i64, key: i64, balance: Balance) {
        if let Some(entry) = self.accounts.get_mut(&account) {
            self.balances.insert(key, account);
            entry.balance = Some((key, balance));
        }
    }

    /// Gives a known account other totals; answers what it was before, `None` where it is not known.
    pub(super) fn set_totals(&mut self, key: i64, totals: Totals, now: Timestamp) -> Option<Account> {
        let entry = self.accounts.get_mut(&key)?;
        let before = entry.account;
        entry.account = Account { totals, moved_at: now, ..before };
        Some(before)
    }

    /// Puts a known account back.
    pub(super) fn restore(&mut self, account: Account) {
        if let Some(entry) = self.accounts.get_mut(&account.key) {
            entry.account = account;
        }
    }

    pub(super) fn has_customer(&self, id: &CustomerId) -> bool {
        self.customers.contains(id.as_str())
    }

    pub(super) fn keep_customer(&mut self, id: &CustomerId) {
        if self.customers.len() >= limits::KNOWN_BALANCES_MAX {
            self.customers.clear();
        }
        self.customers.insert(id.as_str().to_owned());
    }

    pub(super) fn prices(&self, kind: &str) -> Option<Vec<Cost>> {
        self.prices.get(kind).cloned()
    }

    pub(super) fn keep_prices(&mut self, kind: &str, prices: &[Cost]) {
        if self.prices.len() >= limits::KNOWN_PRICES_MAX {
            self.prices.clear();
        }
        self.prices.insert(kind.to_owned(), prices.to_vec());
    }

    /// Forgets what is known of a row that a statement changed.
    pub(super) fn forget(&mut self, table: Table, key: i64) {
        match table {
            Table::LedgerAccount => self.forget_account(key),
            Table::Balance => {
                if let Some(account) = self.balances.remove(&key)
                    && let Some(entry) = self.accounts.get_mut(&account)
                {
                    entry.balance = None;
                }
            }
            Table::Customer => self.customers.clear(),
            Table::EventPrice => self.prices.clear(),
            Table::UsageEvent | Table::LedgerEntry | Table::Event | Table::Access => {}
        }
    }

    pub(super) fn forget_account(&mut self, key: i64) {
        if let Some(entry) = self.accounts.remove(&key) {
            self.names.remove(&entry.name);
            if let Some((row, _)) = entry.balance {
                self.balances.remove(&row);
            }
        }
    }

    /// Forgets customers and prices, which are read again in no time.
    pub(super) fn forget_small(&mut self) {
        self.customers.clear();
        self.prices.clear();
    }

    /// Makes room: whoever was not asked for since the last look goes. Nothing may be waiting to be written.
    pub(super) fn evict(&mut self) {
        while self.accounts.len() > limits::KNOWN_BALANCES_MAX {
            let Some(key) = self.order.pop_front() else { break };
            match self.accounts.get_mut(&key) {
                Some(entry) if entry.is_used => {
                    entry.is_used = false;
                    self.order.push_back(key);
                }
                Some(_) => self.forget_account(key),
                None => {}
            }
        }
        // Accounts that were forgotten and read again stand in the order twice.
        if self.order.len() > 4 * limits::KNOWN_BALANCES_MAX {
            self.order = self.accounts.keys().copied().collect();
        }
    }

    /// The keys of all accounts that are known.
    pub(super) fn keys(&self) -> Vec<i64> {
        self.accounts.keys().copied().collect()
    }

    /// A known account's name.
    pub(super) fn name(&self, key: i64) -> Option<&str> {
        self.accounts.get(&key).map(|entry| entry.name.as_str())
    }

    /// The balance over a known account, with the key of its row.
    pub(super) fn balance_over(&self, key: i64) -> Option<(i64, Balance)> {
        let entry = self.accounts.get(&key)?;
        entry.balance.as_ref().map(|(row, balance)| (*row, over(balance, &entry.account)))
    }
}

/// A balance with the amounts of its account.
fn over(balance: &Balance, account: &Account) -> Balance {
    let updated_at = balance.updated_at.max(Some(account.moved_at));
    Balance { credit_limit: account.credit_limit, updated_at, ..balance.clone() }.with_totals(&account.totals)
}
