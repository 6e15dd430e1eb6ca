//! `bursar billing …`: what waits for a person's word: held billing, parked subscriptions, charges nobody can confirm.

use clap::{Args, Subcommand};
use serde_json::json;

use super::folder::with_books;
use super::print;
use crate::app::recurring;
use crate::config::DataConfig;
use crate::domain::id::{AttemptId, SubscriptionId};
use crate::error::{Error, Result};

/// What waits for a person.
#[derive(Subcommand, Debug)]
pub(super) enum Billing {
    /// Print whether billing is held, and the charges that wait for a person
    Status(Status),
    /// Let held billing go on
    Resume(Resume),
    /// Say what became of a charge that no processor could confirm
    Decide(Decide),
    /// Bill or let go what a parked subscription missed
    Release(Release),
}

/// Print what waits.
#[derive(Args, Debug)]
pub(super) struct Status {
    #[command(flatten)]
    data: DataConfig,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Let billing go on.
#[derive(Args, Debug)]
pub(super) struct Resume {
    #[command(flatten)]
    data: DataConfig,
}

/// Say what became of a charge.
#[derive(Args, Debug)]
pub(super) struct Decide {
    /// The attempt, as `bursar billing status` prints it
    attempt: String,
    /// Whether the money moved
    #[arg(value_parser = ["paid", "unpaid"])]
    outcome: String,
    /// How this is known; it goes into the audit log
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    data: DataConfig,
}

/// Bill or let go what was missed.
#[derive(Args, Debug)]
pub(super) struct Release {
    /// The subscription, as `bursar billing status` prints it
    subscription: String,
    /// Every missed period, only the latest, or none
    #[arg(value_parser = ["all", "latest", "waive"])]
    what: String,
    #[command(flatten)]
    data: DataConfig,
}

impl Billing {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Status(status) => status.run(),
            Self::Resume(resume) => {
                with_books(&resume.data, async |app, caller| app.billing_resume(caller).await)?;
                print("billing goes on")
            }
            Self::Decide(decide) => decide.run(),
            Self::Release(release) => release.run(),
        }
    }
}

impl Status {
    fn run(self) -> Result<()> {
        let (held, waiting, parked) = with_books(&self.data, async |app, caller| {
            let held = app.company_find(caller)?.billing_held;
            Ok((held, app.attempts_in_review(caller)?, app.subscriptions_parked(caller)?))
        })?;
        if self.json {
            let waiting: Vec<_> = waiting
                .iter()
                .map(|attempt| {
                    json!({
                        "attempt": attempt.id.as_str(),
                        "transaction": attempt.transaction_id.as_str(),
                        "amount": attempt.amount.minor(),
                        "currency": attempt.amount.currency().code(),
                    })
                })
                .collect();
            let held = held.map(|(at, reason)| json!({ "since": at.to_string(), "reason": reason }));
            let parked: Vec<_> =
                parked.iter().map(|(id, reason)| json!({ "subscription": id.as_str(), "reason": reason })).collect();
            return print(&json!({ "held": held, "review": waiting, "parked": parked }).to_string());
        }
        match held {
            Some((at, reason)) => print(&format!("billing is held since {at}: {reason}"))?,
            None => print("billing is not held")?,
        }
        for attempt in waiting {
            print(&format!("attempt {}: {} of transaction {}", attempt.id, attempt.amount, attempt.transaction_id))?;
        }
        for (id, reason) in parked {
            print(&format!("subscription {id} is parked: {reason}"))?;
        }
        Ok(())
    }
}

impl Release {
    fn run(self) -> Result<()> {
        let id = SubscriptionId::parse(&self.subscription)
            .ok_or_else(|| Error::not_found("subscription", &self.subscription))?;
        let what = recurring::release::Release::parse(&self.what)
            .ok_or_else(|| Error::invalid("what", "must be all, latest or waive"))?;
        let shown =
            with_books(&self.data, async |app, caller| app.subscription_release(caller, &id, what).await)?.subscription;
        let next = shown.next_bill_date.map_or_else(|| "nothing more".to_owned(), |date| date.to_string());
        print(&format!("subscription {} is {}; next bill: {next}", shown.id, shown.status.as_str()))
    }
}

impl Decide {
    fn run(self) -> Result<()> {
        let id = AttemptId::parse(&self.attempt).ok_or_else(|| Error::not_found("attempt", &self.attempt))?;
        let was_paid = self.outcome == "paid";
        let transaction = with_books(&self.data, async |app, caller| {
            app.attempt_decide(caller.clone(), id, was_paid, self.reason).await
        })?;
        print(&format!("transaction {} is {}", transaction.id, transaction.status.as_str()))
    }
}
