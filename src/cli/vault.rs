//! `bursar vault rotate`: a new key for card numbers, and a new key file.

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::folder::{open, runtime};
use super::print;
use crate::app::Caller;
use crate::app::bootstrap::default_key_file;
use crate::config::DataConfig;
use crate::domain::access::Actor;
use crate::error::{Error, Result};
use crate::store::Role;

/// The keys that seal card numbers.
#[derive(Subcommand, Debug)]
pub(super) enum Vault {
    /// Seal everything under a new key, itself sealed under a new key file; the server must be stopped
    Rotate(Rotate),
}

/// Rotate the keys.
#[derive(Args, Debug)]
pub(super) struct Rotate {
    #[command(flatten)]
    data: DataConfig,
}

impl Vault {
    /// Takes the server's place: a running server would not know the new key.
    pub(super) fn run(self) -> Result<()> {
        let Self::Rotate(Rotate { data }) = self;
        if !data.data.exists() {
            return Err(Error::Conflict(format!("there are no books in {}", data.data.display())));
        }
        let key_file = data.vault_key_file.clone().unwrap_or_else(|| default_key_file(&data.data));
        let opened = open(&data, Role::Server, "")?;
        let progress = ProgressBar::no_length().with_style(style()?);
        let report = |sealed: u64| progress.set_position(sealed);
        let caller = Caller::internal(Actor::Command);
        let rotated = runtime()?.block_on(opened.app.vault_rotate(&caller, &key_file, report));
        progress.finish_and_clear();
        opened.app.shutdown();
        let sealed = rotated?;
        print(&format!("{sealed} numbers are sealed under the new key; the old key file is kept for older backups"))
    }
}

fn style() -> Result<ProgressStyle> {
    ProgressStyle::with_template("{spinner} {pos} numbers sealed").map_err(Error::internal)
}
