//! Which rows the statements of the writer changed, as SQLite's update hook tells it: nobody can write past it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::error::failed;
use crate::error::Result;

/// Tables of which somebody remembers something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Table {
    LedgerAccount,
    Balance,
    Customer,
    EventPrice,
    UsageEvent,
    LedgerEntry,
    Event,
    /// `api_key` and `user`: who may call.
    Access,
}

impl Table {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ledger_account" => Self::LedgerAccount,
            "balance" => Self::Balance,
            "customer" => Self::Customer,
            "event_price" => Self::EventPrice,
            "usage_event" => Self::UsageEvent,
            "ledger_entry" => Self::LedgerEntry,
            "event" => Self::Event,
            "api_key" | "user" => Self::Access,
            _ => return None,
        })
    }
}

#[derive(Default)]
struct Inner {
    /// Set while the writer itself puts down what it remembers.
    is_own: AtomicBool,
    has_any: AtomicBool,
    rows: Mutex<Vec<(Table, i64)>>,
}

/// The changed rows that nobody has looked at yet.
#[derive(Clone, Default)]
pub(super) struct Changes(Arc<Inner>);

impl Changes {
    /// Watches the writer's connection.
    pub(super) fn watch(connection: &mut Connection) -> Result<Self> {
        let changes = Self::default();
        let told = changes.clone();
        let hook = move |_, _: &str, table: &str, key: i64| told.note(table, key);
        connection.update_hook(Some(hook)).map_err(|why| failed("the update hook", &why))?;
        Ok(changes)
    }

    fn note(&self, table: &str, key: i64) {
        if self.0.is_own.load(Ordering::Relaxed) {
            return;
        }
        let Some(table) = Table::named(table) else { return };
        let mut rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        // A statement that changes many rows at once says the same of tables that are forgotten as a whole.
        let is_said = rows.last().is_some_and(|last| last.0 == table && !table.is_by_row());
        if !is_said {
            rows.push((table, key));
        }
        self.0.has_any.store(true, Ordering::Relaxed);
    }

    /// What changed since the last look.
    pub(super) fn take(&self) -> Vec<(Table, i64)> {
        if !self.0.has_any.swap(false, Ordering::Relaxed) {
            return Vec::new();
        }
        std::mem::take(&mut *self.0.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs `write`, whose changes nobody needs to hear of.
    pub(super) fn unheard<T>(&self, write: impl FnOnce() -> T) -> T {
        let _until_it_ends = Unheard::begin(&self.0.is_own);
        write()
    }
}

/// While it lives, changes are not noted; it ends in a panic too.
struct Unheard<'a>(&'a AtomicBool);

impl<'a> Unheard<'a> {
    fn begin(is_own: &'a AtomicBool) -> Self {
        is_own.store(true, Ordering::Relaxed);
        Self(is_own)
    }
}

impl Drop for Unheard<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Table {
    /// Whether single rows of it are remembered.
    fn is_by_row(self) -> bool {
        matches!(self, Self::LedgerAccount | Self::Balance)
    }
}
