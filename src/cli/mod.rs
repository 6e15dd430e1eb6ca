//! The command line, a file per command. Exit codes: 0 done, 1 refused or failed with one sentence on standard error,
//! 2 wrong usage.

mod billing;
mod company;
mod demo;
mod doctor;
mod folder;
mod job;
mod key;
mod link;
mod mail;
mod openapi;
mod serve;
mod user;
mod vault;
mod verify;
mod wallet;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{LogConfig, LogFormat};
use crate::error::{Error, Result};
use crate::observability::logging;
use crate::vault::core_dumps_off;

/// A billing appliance: one executable, one SQLite file.
#[derive(Parser, Debug)]
#[command(name = "bursar", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logs: LogConfig,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the books in a folder; a new folder is furnished and a set-up link printed
    Serve(serve::Serve),
    /// Furnish a demo company (customers, plans, a year of billing, open invoices), then serve it
    Demo(demo::Demo),
    /// Keys of programs
    #[command(subcommand)]
    Key(key::Key),
    /// The merchant's profile
    #[command(subcommand)]
    Company(company::Company),
    /// People who work for the merchant
    #[command(subcommand)]
    User(user::User),
    /// One-time links
    #[command(subcommand)]
    Link(link::Link),
    /// The keys that seal card numbers
    #[command(subcommand)]
    Vault(vault::Vault),
    /// The merchant's keys at Apple Pay and Google Pay
    #[command(subcommand)]
    Wallet(wallet::Wallet),
    /// The jobs, and one of them run once
    #[command(subcommand)]
    Job(job::Job),
    /// What waits for a person: held billing, charges nobody can confirm
    #[command(subcommand)]
    Billing(billing::Billing),
    /// Prove the books: every total, balance, invoice and hash is computed again
    Verify(verify::Verify),
    /// Print the OpenAPI document of the API
    Openapi,
    /// Mails of the outbox
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Check configuration, clock, disk, permissions, mail and processor
    Doctor(doctor::Doctor),
}

/// Runs the command that the process was started with; the answer is its exit code.
pub fn run() -> ExitCode {
    let Cli { command, logs } = Cli::parse();
    let format = match logs.log_format {
        LogFormat::Text => logging::Format::Text,
        LogFormat::Json => logging::Format::Json,
    };
    logging::install(format, &logs.log);
    match core_dumps_off().and_then(|()| dispatch(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Nobody is left to tell where standard error is gone.
            let _ = writeln!(io::stderr(), "bursar: {}", sentence(&why));
            ExitCode::from(1)
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Serve(serve) => serve.run(),
        Command::Demo(demo) => demo.run(),
        Command::Key(key) => key.run(),
        Command::Company(company) => company.run(),
        Command::User(user) => user.run(),
        Command::Link(link) => link.run(),
        Command::Vault(vault) => vault.run(),
        Command::Wallet(wallet) => wallet.run(),
        Command::Job(job) => job.run(),
        Command::Billing(billing) => billing.run(),
        Command::Verify(verify) => verify.run(),
        Command::Openapi => openapi::run(),
        Command::Mail(mail) => mail.run(),
        Command::Doctor(doctor) => doctor.run(),
    }
}

/// The operator of the machine may know what went wrong inside.
fn sentence(why: &Error) -> String {
    match why {
        Error::Internal(inside) => inside.for_log().to_owned(),
        other => other.to_string(),
    }
}

/// Prints a line for the person or script that called.
///
/// # Errors
/// Where standard output is closed.
fn print(line: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|why| Error::internal(format!("cannot print: {why}")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
