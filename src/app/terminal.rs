//! Card readers.

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::terminal::Terminal;
use crate::error::Result;
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
}
