//! `bursar verify`: proves the books and prints one verdict. Works while the server runs.

use clap::Args;

use super::folder::with_app;
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
        if !self.data.data.exists() {
            return Err(Error::Conflict(format!("there are no books in {}", self.data.data.display())));
        }
        let verdict = with_app(&self.data, async |app, caller| app.verify(caller))?;
        if self.json {
            print(&serde_json::to_string(&verdict).map_err(Error::internal)?)?;
        } else if verdict.ok {
            print(&verdict.sentence())?;
        }
        if verdict.ok { Ok(()) } else { Err(Error::Conflict(verdict.sentence())) }
    }
}
