//! The jobs: what each does, and when rows next make it due. They take no input, are idempotent, and are run by the
//! ticker, by the calendar, by the command line and by the test clock alike.

use serde::Serialize;

use super::{App, Caller};
use crate::domain::access::{Action, Actor};
use crate::domain::time::{DAY, Timestamp};
use crate::error::{Error, Result};
use crate::store::job_run::JobRun;
use crate::store::{self, WriteTx};

/// Every job, in the order in which those due at the same instant run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Job {
    /// Cancels usage events that were pending for an hour: nothing later counts them.
    ExpireUsageEvents,
    /// Asks processors about attempts whose outcome is open.
    PollAttempts,
    /// Ends the periods of prepaid plans: charges and fills.
    RenewPlans,
    /// Makes the invoices of subscriptions that are due.
    BillSubscriptions,
    /// Charges invoices whose time has come.
    CollectInvoices,
    /// Looks at auto refills whose time has come, and charges those whose condition holds.
    RefillBalances,
    /// Adds what subscriptions of accounts put on balances, makes orders of balances, charges orders.
    BillAccounts,
    /// Runs the rows of uploaded files.
    RunFileBatches,
    /// Closes settlement batches at the cut-off.
    CloseSettlement,
    /// Closes the settlement batches of terminals at their own time.
    SettleTerminals,
    /// Marks invoices whose due date passed.
    MarkPastDue,
    /// Reminds customers of invoices that will be due, are due, or were due.
    RemindInvoices,
    /// Warns customers of cards that are about to expire.
    WarnExpiringCards,
    /// Deletes tokens of cards that nobody used in time.
    ExpireTokens,
    /// Delivers queued mails.
    SendMails,
    /// Tells merchants' programs of orders.
    SendOrderCallbacks,
    /// Forgets what is no longer needed: idempotency keys, sessions, old job runs, old file batches, secrets in mails.
    Prune,
}

impl Job {
    /// All of them, in order.
    pub const ALL: [Self; 17] = [
        Self::ExpireUsageEvents,
        Self::PollAttempts,
        Self::RenewPlans,
        Self::BillSubscriptions,
        Self::CollectInvoices,
        Self::RefillBalances,
        Self::BillAccounts,
        Self::RunFileBatches,
        Self::CloseSettlement,
        Self::SettleTerminals,
        Self::MarkPastDue,
        Self::RemindInvoices,
        Self::WarnExpiringCards,
        Self::ExpireTokens,
        Self::SendMails,
        Self::SendOrderCallbacks,
        Self::Prune,
    ];

    /// The name on the command line and in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::PollAttempts => "poll_attempts",
            Self::RenewPlans => "renew_plans",
            Self::BillSubscriptions => "bill_subscriptions",
            Self::CollectInvoices => "collect_invoices",
            Self::RefillBalances => "refill_balances",
            Self::BillAccounts => "bill_accounts",
            Self::RunFileBatches => "run_file_batches",
            Self::CloseSettlement => "close_settlement",
            Self::SettleTerminals => "settle_terminals",
            Self::MarkPastDue => "mark_past_due",
            Self::RemindInvoices => "remind_invoices",
            Self::WarnExpiringCards => "warn_expiring_cards",
            Self::ExpireTokens => "expire_tokens",
            Self::SendMails => "send_mails",
            Self::SendOrderCallbacks => "send_order_callbacks",
            Self::ExpireUsageEvents => "expire_usage_events",
            Self::Prune => "prune",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == text)
    }

    /// What it does, in a few words.
    pub fn description(self) -> &'static str {
        match self {
            Self::PollAttempts => "asks processors about charges whose outcome is open",
            Self::RenewPlans => "renews prepaid plans whose period has ended, and charges declined ones again",
            Self::BillSubscriptions => "makes the invoices of subscriptions that are due",
            Self::CollectInvoices => "charges invoices whose time has come, and retries declined ones",
            Self::RefillBalances => "buys units of prepaid balances by their auto refills",
            Self::BillAccounts => "makes orders of the balances of accounts that are due, and charges them",
            Self::RunFileBatches => "runs the rows of uploaded files",
            Self::CloseSettlement => "closes settlement batches at the cut-off",
            Self::SettleTerminals => "closes the settlement batches of terminals at their own time",
            Self::MarkPastDue => "marks invoices whose due date passed",
            Self::RemindInvoices => "reminds customers of invoices before and after they are due",
            Self::WarnExpiringCards => "warns customers of cards that expire in a month",
            Self::ExpireTokens => "deletes tokens of cards that nobody used in time",
            Self::SendMails => "delivers queued mails",
            Self::SendOrderCallbacks => "tells merchants' programs of orders",
            Self::ExpireUsageEvents => "cancels usage events that were pending for an hour",
            Self::Prune => "forgets expired keys, sessions, old job runs, old file batches and old tries of webhooks",
        }
    }

    /// Whether it waits for somebody else's machine and nothing waits for it: it runs beside the other jobs, so that
    /// none is held up.
    pub fn is_apart(self) -> bool {
        matches!(self, Self::SendMails | Self::SendOrderCallbacks | Self::RefillBalances)
    }

    /// Whether it moves money or makes debts, so that it waits while billing is held.
    pub fn is_billing(self) -> bool {
        matches!(
            self,
            Self::RenewPlans
                | Self::BillSubscriptions
                | Self::CollectInvoices
                | Self::BillAccounts
                | Self::RefillBalances
                | Self::RunFileBatches
        )
    }
}

/// A job with its state, for people.
#[derive(Clone, Debug, Serialize)]
pub struct JobState {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// When rows next make it due, RFC 3339; nothing is due where `None`.
    pub next_due: Option<String>,
    /// When it last ran, RFC 3339.
    pub last_run: Option<String>,
    /// How that went: "done" or "failed".
    pub last_outcome: Option<String>,
}

impl App {
    /// When rows next make `job` due; earlier than now means overdue.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn job_next_due(&self, job: Job) -> Result<Option<Timestamp>> {
        match job {
            Job::PollAttempts => self.next_poll_at(),
            Job::RenewPlans => self.next_plan_renewal_at(),
            Job::BillSubscriptions => self.next_bill_at(),
            Job::CollectInvoices => self.next_collect_at(),
            Job::RefillBalances => self.next_refill_look_at(),
            Job::BillAccounts => self.accounts_next_due_at(),
            Job::RunFileBatches => self.next_file_batch_at(),
            Job::CloseSettlement => self.next_settlement_at(),
            Job::SettleTerminals => self.next_terminal_settlement_at(),
            Job::MarkPastDue => self.store().read(store::invoice::next_overdue_at),
            Job::RemindInvoices => self.next_reminders_at(),
            Job::WarnExpiringCards => self.next_expiry_warning_at(),
            Job::ExpireTokens => self.next_token_expiry_at(),
            Job::SendMails => self.store().read(store::mail::next_due_at),
            Job::SendOrderCallbacks => self.order_callback_next_due_at(),
            Job::ExpireUsageEvents => self.next_expiry_at(),
            Job::Prune => {
                let last = self.store().read(|tx| store::job_run::newest(tx, Job::Prune.name()))?;
                let made = self.company()?.created_at;
                Ok(Some(last.map_or(made, |run| run.started_at).plus(DAY)))
            }
        }
    }

    /// Runs `job` once at the present instant and records the run; answers how many things it did.
    ///
    /// # Errors
    /// What the job could not do; it is recorded and the next run tries again.
    pub async fn job_run(&self, job: Job) -> Result<usize> {
        if job.is_billing() && self.company()?.billing_held.is_some() {
            return Ok(0);
        }
        let started_at = self.now();
        let caller = Caller::internal(Actor::Job(job.name()));
        let outcome = match job {
            Job::PollAttempts => self.attempts_poll(&caller).await,
            Job::RenewPlans => self.plans_renew(&caller).await,
            Job::BillSubscriptions => self.subscriptions_bill(&caller).await,
            Job::CollectInvoices => self.invoices_collect(&caller).await,
            Job::RefillBalances => self.refills_run(&caller).await,
            Job::BillAccounts => self.accounts_bill(&caller).await,
            Job::RunFileBatches => self.file_batches_run(&caller).await,
            Job::CloseSettlement => self.settlement_close(&caller).await,
            Job::SettleTerminals => self.terminals_settle(&caller).await,
            Job::MarkPastDue => self.invoice_past_due_mark().await,
            Job::RemindInvoices => self.invoices_remind(&caller).await,
            Job::WarnExpiringCards => self.expiring_cards_warn(&caller).await,
            Job::ExpireTokens => self.method_tokens_expire().await,
            Job::SendMails => self.mails_send(&caller).await,
            Job::SendOrderCallbacks => self.order_callbacks_send(&caller).await,
            Job::ExpireUsageEvents => self.usage_events_expire(&caller).await,
            Job::Prune => self.prune().await,
        };
        let (items, detail, is_done) = match &outcome {
            Ok(items) => (*items, String::new(), true),
            Err(why) => (0, why.to_string(), false),
        };
        if items > 0 || !is_done || job == Job::Prune {
            let run = JobRun { job: job.name().to_owned(), started_at, items, is_done, detail };
            self.store().write(move |tx| store::job_run::insert(tx, &run)).await?;
        }
        outcome
    }

    /// Runs every job that is due now; answers how many things each did.
    ///
    /// # Errors
    /// The first job that failed, after the others had their turn.
    pub async fn jobs_run_due(&self) -> Result<Vec<(Job, usize)>> {
        self.jobs_run_due_where(|_| true).await
    }

    /// The same for the jobs that are `wanted`.
    ///
    /// # Errors
    /// As [`App::jobs_run_due`].
    pub async fn jobs_run_due_where(&self, wanted: impl Fn(Job) -> bool) -> Result<Vec<(Job, usize)>> {
        let mut done = Vec::new();
        let mut failure = None;
        for job in Job::ALL.into_iter().filter(|job| wanted(*job)) {
            if self.job_next_due(job)?.is_none_or(|due| due > self.now()) {
                continue;
            }
            match self.job_run(job).await {
                Ok(items) => done.push((job, items)),
                Err(why) => {
                    tracing::error!(job = job.name(), error = ?why, "a job failed");
                    failure = failure.or(Some(why));
                }
            }
        }
        failure.map_or(Ok(done), Err)
    }

    /// Every job with its state.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn jobs(&self, caller: &Caller) -> Result<Vec<JobState>> {
        caller.may(Action::CompanyView)?;
        Job::ALL.into_iter().map(|job| self.job_state(job)).collect()
    }

    /// Runs the job called `name` once, for a person.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, what the job could not do.
    pub async fn job_run_named(&self, caller: &Caller, name: &str) -> Result<usize> {
        caller.may(Action::JobRun)?;
        let job = Job::parse(name).ok_or_else(|| Error::not_found("job", name))?;
        self.job_run(job).await
    }

    /// The heartbeat of the ticker: a later start sees how long nobody looked.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub async fn heartbeat(&self) -> Result<()> {
        let stands_at = self.now();
        self.store()
            .write(move |tx| {
                store::test_clock::advance(tx, stands_at)?;
                store::company::set_last_tick(tx)
            })
            .await
    }

    fn job_state(&self, job: Job) -> Result<JobState> {
        let last = self.store().read(|tx| store::job_run::newest(tx, job.name()))?;
        Ok(JobState {
            name: job.name(),
            description: job.description(),
            next_due: self.job_next_due(job)?.map(|due| due.to_string()),
            last_run: last.as_ref().map(|run| run.started_at.to_string()),
            last_outcome: last.map(|run| if run.is_done { "done" } else { "failed" }.to_owned()),
        })
    }

    async fn sessions_prune(&self) -> Result<usize> {
        let before = self.now().plus(-crate::auth::session::AGE_MAX);
        let prune = move |tx: &mut WriteTx<'_>| {
            Ok(store::session::prune(tx, before)? + store::customer_session::prune(tx, before)?)
        };
        self.store().write(prune).await
    }

    async fn prune(&self) -> Result<usize> {
        let keys = self.idempotency_prune().await?;
        let sessions = self.sessions_prune().await?;
        let before = self.now().plus(-90 * DAY);
        let runs = self.store().write(move |tx| store::job_run::prune(tx, before)).await?;
        let files = self.file_batch_prune().await?;
        let mails = self.mail_secrets_prune().await?;
        let links = self.setup_links_prune().await? + self.login_links_prune().await?;
        let tries = self.webhook_log_prune().await?;
        let held = self.held_methods_prune().await?;
        Ok(keys + sessions + runs + files + mails + links + tries + held)
    }
}
