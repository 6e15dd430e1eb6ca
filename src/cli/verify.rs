//! `bursar verify`: proves the books and prints one verdict. Works while the server runs.

use clap::Args;

use super::folder::with_books;
use super::print;
use crate::config::DataConfig;
use crate::error::{Error, Result};

/// Prove the books.
#[derive(Args, Debug)]
pub(super) struct Verify {
    #[command(flatten)]
    data: DataConfig,
    /// Print the verdict as one JSON object
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) fn run(self) -> Result<()> {
        let verdict = with_books(&self.data, async |app, caller| app.verify(caller))?;
        if self.json {
            print(&serde_json::to_string(&verdict).map_err(Error::internal)?)?;
        } else if verdict.ok {
            print(&verdict.sentence())?;
        }
        if verdict.ok { Ok(()) } else { Err(Error::Conflict(verdict.sentence())) }
    }
}
