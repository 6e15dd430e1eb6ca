//! Opening the folder for a command, beside a server that may be running.

use std::sync::Arc;

use crate::app::bootstrap::{self, Open, OpenClock, Opened};
use crate::app::{App, Caller};
use crate::config::{DataConfig, MailConfig};
use crate::domain::access::Actor;
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::outbound::smtp::Relay;
use crate::processors::simulator;
use crate::store::Role;

/// Opens the folder for a command; a new one is furnished. `public_url` only matters for links that are printed.
pub(super) fn open(data: &DataConfig, role: Role, public_url: &str) -> Result<Opened> {
    open_at(data, role, public_url, OpenClock::OfFile, None)
}

/// The mail relay that was configured, if one was.
pub(super) fn relay(mail: &MailConfig) -> Result<Option<Relay>> {
    let Some((url, from)) = mail.relay() else { return Ok(None) };
    let relay = Relay::new(url, from)?;
    let Some(file) = &mail.smtp_ca_file else { return Ok(Some(relay)) };
    let pem =
        std::fs::read(file).map_err(|why| Error::invalid("smtp-ca-file", format!("{}: {why}", file.display())))?;
    relay.trusting(&pem).map(Some)
}

/// As [`open`], with another clock, and with whoever takes mails.
pub(super) fn open_at(
    data: &DataConfig,
    role: Role,
    public_url: &str,
    clock: OpenClock,
    relay: Option<Relay>,
) -> Result<Opened> {
    bootstrap::open(Open {
        data_dir: data.data.clone(),
        key_file: data.vault_key_file.clone(),
        role,
        clock,
        random: Arc::new(Random::system()),
        public_url: public_url.to_owned(),
        simulator: simulator::Settings::default(),
        relay,
        checkpoint: None,
        outbound: crate::outbound::Settings::default(),
    })
}

/// Runs `work` with the folder's program and the command line's rights.
pub(super) fn with_app<T>(data: &DataConfig, work: impl AsyncFnOnce(&App, &Caller) -> Result<T>) -> Result<T> {
    let opened = open(data, Role::Command, "")?;
    let done = runtime()?.block_on(work(&opened.app, &Caller::internal(Actor::Command)));
    opened.app.shutdown();
    done
}

/// As [`with_app`] for a command that only looks: a folder without books is named, not furnished.
pub(super) fn with_books<T>(data: &DataConfig, work: impl AsyncFnOnce(&App, &Caller) -> Result<T>) -> Result<T> {
    if !data.data.exists() {
        return Err(Error::Conflict(format!("there are no books in {}", data.data.display())));
    }
    with_app(data, work)
}

/// The runtime of a command.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|why| Error::internal(format!("cannot start threads: {why}")))
}
