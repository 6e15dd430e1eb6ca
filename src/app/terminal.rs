//! Card readers, and when what was captured at one settles: at its own time, or when somebody says so.

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::id::TerminalId;
use crate::domain::terminal::Terminal;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store;

impl App {
    /// Every terminal, disabled ones too.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn terminal_list(&self, caller: &Caller) -> Result<Vec<Terminal>> {
        caller.may(Action::TerminalView)?;
        self.store().read(store::terminal::list)
    }

    /// Settles everything captured at the terminal so far; answers how many transactions that were.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn terminal_settle(&self, caller: &Caller, id: &TerminalId) -> Result<usize> {
        caller.may(Action::TerminalSettle)?;
        let found = self.store().read(|tx| store::terminal::fetch(tx, id))?;
        found.ok_or_else(|| Error::not_found("terminal", id.as_str()))?;
        // A write's instant comes after that of every capture before it, even while the clock stands.
        let cutoff = self.store().write(|tx| Ok(tx.now())).await?;
        self.settlement_close_of(caller, Some(id), cutoff).await
    }

    /// Settles the terminals whose time has come; answers how many transactions that were. Safe to run twice.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) async fn terminals_settle(&self, caller: &Caller) -> Result<usize> {
        let company = self.company()?;
        let mut settled = 0;
        for terminal in self.terminals_that_settle()? {
            let cutoff = company.second_before(self.now(), terminal.settle_second());
            settled += self.settlement_close_of(caller, Some(&terminal.id), cutoff).await?;
        }
        Ok(settled)
    }

    /// When the next terminal settles, if anything waits for it.
    pub(super) fn next_terminal_settlement_at(&self) -> Result<Option<Timestamp>> {
        let company = self.company()?;
        let mut next = None;
        for terminal in self.terminals_that_settle()? {
            let second = terminal.settle_second();
            let at = self.next_settlement_of(Some(&terminal.id), |captured| company.second_after(captured, second))?;
            next = next.into_iter().chain(at).min();
        }
        Ok(next)
    }

    /// A disabled terminal takes no more money, but what it took settles.
    fn terminals_that_settle(&self) -> Result<Vec<Terminal>> {
        let all = self.store().read(store::terminal::list)?;
        Ok(all.into_iter().filter(|terminal| terminal.auto_settle).collect())
    }
}
