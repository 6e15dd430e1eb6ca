//! `bursar serve`: answers until it is told to stop; requests at work are finished first.

use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::folder::{relay, runtime};
use super::print;
use crate::app::bootstrap::{Open, OpenClock};
use crate::clock::{ManualClock, SystemClock};
use crate::config::{DataConfig, ServingConfig};
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::outbound::{self, Reach};
use crate::processors::simulator;
use crate::serve::{Application, Options};
use crate::store::Role;

/// Serve the books in a folder.
#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    serving: ServingConfig,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        runtime()?.block_on(serve(self.data, self.serving, announce))
    }
}

/// Serves until the process is told to stop; `announce` says what there is as soon as it answers.
pub(super) async fn serve(
    data: DataConfig,
    serving: ServingConfig,
    announce: impl AsyncFnOnce(&Application) -> Result<()>,
) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    let application = Application::build(options(data, serving)?).await?;
    if let Err(why) = announce(&application).await {
        // Whoever read the first line and left is no reason to stop serving.
        tracing::warn!(error = ?why, "what to open could not be printed");
    }
    let (handle, app) = (application.handle(), application.app().clone());
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests at work are finished first");
        app.waiting_end();
        drop(app);
        handle.stop(true).await;
    });
    application.run_until_stopped().await
}

fn options(data: DataConfig, serving: ServingConfig) -> Result<Options> {
    let clock = match serving.test_clock {
        Some(start) => OpenClock::Manual(Arc::new(ManualClock::new(start))),
        None => OpenClock::Running(Arc::new(SystemClock)),
    };
    Ok(Options {
        open: Open {
            data_dir: data.data,
            key_file: data.vault_key_file,
            role: Role::Server,
            clock,
            random: Arc::new(Random::system()),
            public_url: serving.public_url.unwrap_or_default(),
            simulator: simulator::Settings::default(),
            relay: relay(&serving.mail)?,
            checkpoint: None,
            outbound: outbound(serving.allow_private_webhooks),
        },
        listen: serving.listen,
        workers: std::thread::available_parallelism().map_or(2, usize::from),
        trusted_proxies: serving.trusted_proxy,
    })
}

fn outbound(allow_private: bool) -> outbound::Settings {
    let reach = if allow_private { Reach::Private } else { Reach::Public };
    outbound::Settings { reach, ..outbound::Settings::default() }
}

/// Tells where it listens and, until the first administrator has a password, how to set one.
async fn announce(application: &Application) -> Result<()> {
    print(&format!("listening on http://{}", application.address()))?;
    match setup_link(application).await? {
        Some(link) => print(&format!("set up the dashboard within 30 minutes: {link}")),
        None => Ok(()),
    }
}

/// The link that sets the first administrator's password, until there is one.
pub(super) async fn setup_link(application: &Application) -> Result<Option<String>> {
    let app = application.app();
    let secret = match application.opened().setup_secret.clone() {
        Some(secret) => Some(secret),
        None => app.setup_link_renew().await?,
    };
    Ok(secret.map(|secret| format!("{}/admin/setup/{secret}", app.settings().public_url)))
}
