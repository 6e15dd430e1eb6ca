//! `bursar job list | run NAME`: the jobs, and one of them run once.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use super::folder::{open_at, relay, runtime, with_books};
use super::print;
use crate::app::Caller;
use crate::app::bootstrap::OpenClock;
use crate::clock::ManualClock;
use crate::config::{DataConfig, MailConfig};
use crate::domain::access::Actor;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::Role;

/// The jobs.
#[derive(Subcommand, Debug)]
pub(super) enum Job {
    /// Print every job with when it is next due and how it last went
    List(List),
    /// Run one job once; the server must not be running
    Run(Run),
}

/// Print every job.
#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    data: DataConfig,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// Run one job.
#[derive(Args, Debug)]
pub(super) struct Run {
    /// Its name, as `bursar job list` prints it
    name: String,
    /// The instant to run it at, RFC 3339, instead of now
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<Timestamp>,
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    mail: MailConfig,
}

impl Job {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run(),
            Self::Run(run) => run.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<()> {
        let jobs = with_books(&self.data, async |app, caller| app.jobs(caller))?;
        if self.json {
            return print(&serde_json::to_string(&jobs).map_err(Error::internal)?);
        }
        for job in jobs {
            let due = job.next_due.unwrap_or_else(|| "nothing due".to_owned());
            let last = job.last_run.map_or_else(|| "never ran".to_owned(), |at| format!("last {at}"));
            let outcome = job.last_outcome.unwrap_or_default();
            print(&format!("{:<20} {due:<28} {last} {outcome}", job.name))?;
            print(&format!("{:<20} {}", "", job.description))?;
        }
        Ok(())
    }
}

impl Run {
    /// Takes the server's lock: two processes that charge would not see each other's answers.
    fn run(self) -> Result<()> {
        let clock = match self.at {
            Some(at) => OpenClock::Manual(Arc::new(ManualClock::new(at))),
            None => OpenClock::OfFile,
        };
        let opened = open_at(&self.data, Role::Server, "", clock, relay(&self.mail)?)?;
        let bar = ProgressBar::new_spinner().with_message(format!("running {}", self.name));
        bar.enable_steady_tick(Duration::from_millis(120));
        let done = runtime()?.block_on(async {
            opened.app.attempts_recover().await?;
            opened.app.job_run_named(&Caller::internal(Actor::Command), &self.name).await
        });
        bar.finish_and_clear();
        opened.app.shutdown();
        print(&format!("{}: {} done", self.name, done?))
    }
}

fn instant(text: &str) -> std::result::Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "must be an instant such as 2026-02-01T00:00:00Z".to_owned())
}
