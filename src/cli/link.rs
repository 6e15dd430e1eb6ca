//! `bursar link admin`: a fresh one-time dashboard link.

use clap::{Args, Subcommand};

use super::folder::with_app;
use super::print;
use crate::config::{DataConfig, ServingConfig};
use crate::error::Result;

/// One-time links.
#[derive(Subcommand, Debug)]
pub(super) enum Link {
    /// A link that sets the administrator's password, good for 30 minutes
    Admin(Admin),
}

/// A link for the administrator.
#[derive(Args, Debug)]
pub(super) struct Admin {
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    serving: ServingConfig,
}

impl Link {
    pub(super) fn run(self) -> Result<()> {
        let Self::Admin(Admin { data, serving }) = self;
        let secret = with_app(&data, async |app, caller| app.setup_link_create(caller).await)?;
        let base = serving.public_url.unwrap_or_else(|| format!("http://{}", serving.listen));
        print(&format!("{base}/admin/setup/{secret}"))
    }
}
