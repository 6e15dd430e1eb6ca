//! The first page of the dashboard as plain numbers: what came in, what is owed, what failed, what comes next.

use jiff::civil::Date;

use super::invoice::only_of;
use super::job::Job;
use super::{App, Caller};
use crate::domain::access::{Action, Permission};
use crate::domain::company::Company;
use crate::domain::currency::{Currency, Denomination};
use crate::domain::invoice::Invoice;
use crate::domain::invoice::search::InvoiceFilter;
use crate::domain::money::Money;
use crate::domain::time::{DAY, MINUTE, Timestamp};
use crate::domain::transaction::Transaction;
use crate::error::Result;
use crate::store::overview::Owed as OwedRow;
use crate::store::{self, ReadTx};

/// Invoices and transactions listed.
const RECENT_MAX: u32 = 8;
/// Transactions looked through for those of a user who may not see others'.
const OWN_AMONG_MAX: u32 = 200;
/// Subscriptions whose next invoice is priced; a larger run is only counted.
const PRICED_MAX: usize = 500;
/// Bars of the chart.
const MONTHS: i32 = 12;
/// A job that is due this long and did not run is late, microseconds.
const LATE_AFTER: i64 = 5 * MINUTE;

/// Everything on the page.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Whose books these are.
    pub company: Company,
    /// When it was looked.
    pub now: Timestamp,
    /// Whether the clock is moved by hand.
    pub clock_is_manual: bool,
    /// Captured in the last 30 days, the company's currency first.
    pub received: Vec<Sum>,
    /// Captured in the 30 days before those.
    pub received_before: Vec<Sum>,
    /// Owed on invoices, the company's currency first.
    pub owed: Vec<Owed>,
    /// Subscriptions whose payments fail.
    pub subscriptions_failing: u64,
    /// Subscriptions that wait for a person's word.
    pub subscriptions_parked: u64,
    /// Payments whose processor has not answered.
    pub payments_being_confirmed: u64,
    /// Payments that a person has to decide.
    pub payments_in_review: u64,
    /// What customers have paid ahead, the company's currency first.
    pub prepaid: Vec<(Denomination, i64)>,
    /// What is billed within a day.
    pub next_run: NextRun,
    /// Captured in each of the last 12 months in the company's currency, oldest first; the last one is under way.
    pub months: Vec<Month>,
    /// Newest first.
    pub invoices: Vec<Invoice>,
    /// Newest first.
    pub transactions: Vec<Transaction>,
    /// Every job.
    pub jobs: Vec<JobHealth>,
}

/// Money of one currency, and how many it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// How much.
    pub amount: Money,
    /// How many.
    pub count: u64,
}

/// What is owed in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// All of it.
    pub due: Sum,
    /// What should have been paid by now.
    pub overdue: Sum,
    /// What the last payment was declined for.
    pub declined: Sum,
}

/// What is billed and charged within a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextRun {
    /// When the first of it happens; nothing is planned at all where `None`.
    pub at: Option<Timestamp>,
    /// Subscriptions that become due.
    pub subscriptions: u64,
    /// Invoices that are charged by themselves.
    pub charges: u64,
    /// What both come to.
    pub expected: Vec<Money>,
    /// Whether every one of them is in the sum; a very large run is only counted.
    pub is_complete: bool,
}

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    /// Its first day in the company's zone.
    pub first: Date,
    /// What was captured in it.
    pub received: Money,
}

/// A job and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobHealth {
    /// Which.
    pub job: Job,
    /// How it is.
    pub condition: JobCondition,
    /// When it last did something or failed.
    pub last_run: Option<Timestamp>,
    /// How many things it did then.
    pub items: usize,
    /// Why it failed, "" if it did not.
    pub problem: String,
    /// When rows next make it due.
    pub next_due: Option<Timestamp>,
}

/// How a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobCondition {
    /// Nothing is wrong.
    Healthy,
    /// Its last run failed.
    Failed,
    /// It has been due for minutes and did not run.
    Late,
    /// It waits for a person to let billing go on.
    Held,
    /// It is due as soon as the test clock is moved.
    WaitsForClock,
}

impl App {
    /// The overview, as far as `caller` may see it: invoices and transactions of others only with their permissions.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn overview(&self, caller: &Caller) -> Result<Overview> {
        caller.may(Action::OverviewView)?;
        let now = self.now();
        let jobs = self.jobs_health(now)?;
        let is_next = |health: &&JobHealth| health.job.is_billing();
        let next_at = jobs.iter().filter(is_next).filter_map(|health| health.next_due).min();
        self.store().read(|tx| {
            let company = store::company::fetch(tx)?;
            let first = company.currency;
            let month_ago = now.plus(-30 * DAY);
            let (subscriptions_failing, subscriptions_parked) = store::overview::count_troubled(tx)?;
            let (payments_being_confirmed, payments_in_review) = store::overview::count_open_attempts(tx)?;
            Ok(Overview {
                // Writes carry instants a little after a clock that stands still, so the end is left open.
                received: received_in(tx, first, month_ago, now.plus(DAY))?,
                received_before: received_in(tx, first, month_ago.plus(-30 * DAY), month_ago)?,
                owed: owed_in(tx, first, now)?,
                subscriptions_failing,
                subscriptions_parked,
                payments_being_confirmed,
                payments_in_review,
                prepaid: prepaid_in(tx, first)?,
                next_run: next_run_in(tx, first, next_at, now.plus(DAY))?,
                months: months_in(tx, &company, now)?,
                invoices: store::invoice::search(tx, &own_invoices(caller), RECENT_MAX, 0)?,
                transactions: transactions_in(tx, caller)?,
                jobs,
                clock_is_manual: self.clock_is_manual(),
                now,
                company,
            })
        })
    }

    fn jobs_health(&self, now: Timestamp) -> Result<Vec<JobHealth>> {
        let is_held = self.company()?.billing_held.is_some();
        let health = |job: Job| {
            let last = self.store().read(|tx| store::job_run::newest(tx, job.name()))?;
            let next_due = self.job_next_due(job)?;
            let has_failed = last.as_ref().is_some_and(|run| !run.is_done);
            let condition = match next_due {
                _ if is_held && job.is_billing() => JobCondition::Held,
                _ if has_failed => JobCondition::Failed,
                Some(due) if due <= now && self.clock_is_manual() => JobCondition::WaitsForClock,
                Some(due) if now.since(due) > LATE_AFTER => JobCondition::Late,
                _ => JobCondition::Healthy,
            };
            let last_run = last.as_ref().map(|run| run.started_at);
            let (items, problem) = last.map_or((0, String::new()), |run| (run.items, run.detail));
            Ok(JobHealth { job, condition, last_run, items, problem, next_due })
        };
        Job::ALL.into_iter().map(health).collect()
    }
}

fn own_invoices(caller: &Caller) -> InvoiceFilter {
    InvoiceFilter { user_id: only_of(caller), ..InvoiceFilter::default() }
}

/// The newest; of a user who may not see others', their own among the newest of all.
fn transactions_in(tx: &ReadTx<'_>, caller: &Caller) -> Result<Vec<Transaction>> {
    if caller.has(Permission::ViewOthersTransactions) {
        return store::transaction::list_newest(tx, RECENT_MAX);
    }
    let mut found = store::transaction::list_newest(tx, OWN_AMONG_MAX)?;
    found.retain(|transaction| transaction.user_id.is_some() && transaction.user_id == caller.user_id);
    found.truncate(usize::try_from(RECENT_MAX).unwrap_or(usize::MAX));
    Ok(found)
}

fn received_in(tx: &ReadTx<'_>, first: Currency, since: Timestamp, until: Timestamp) -> Result<Vec<Sum>> {
    let mut sums: Vec<Sum> = store::overview::captured(tx, since, until)?.into_iter().map(Sum::from).collect();
    sums.sort_by_key(|sum| sum.amount.currency() != first);
    Ok(sums)
}

fn owed_in(tx: &ReadTx<'_>, first: Currency, now: Timestamp) -> Result<Vec<Owed>> {
    let of = |row: OwedRow| Owed { due: row.due.into(), overdue: row.overdue.into(), declined: row.declined.into() };
    let mut owed: Vec<Owed> = store::overview::owed(tx, now)?.into_iter().map(of).collect();
    owed.sort_by_key(|owed| owed.due.amount.currency() != first);
    Ok(owed)
}

fn prepaid_in(tx: &ReadTx<'_>, first: Currency) -> Result<Vec<(Denomination, i64)>> {
    let mut prepaid = store::overview::prepaid(tx)?;
    prepaid.sort_by_key(|(denomination, _)| denomination.currency() != Some(first));
    Ok(prepaid)
}

/// What the real rows say: each due subscription is priced by the code that bills it.
fn next_run_in(tx: &ReadTx<'_>, first: Currency, at: Option<Timestamp>, until: Timestamp) -> Result<NextRun> {
    let subscriptions = store::overview::count_to_bill(tx, until)?;
    let collected = store::overview::to_collect(tx, until)?;
    let mut amounts: Vec<Money> = collected.iter().map(|sum| sum.amount).collect();
    let due = store::subscription::list_due(tx, until, PRICED_MAX)?;
    let is_complete = u64::try_from(due.len()).is_ok_and(|priced| priced == subscriptions);
    for id in &due {
        if let Some(subscription) = store::subscription::fetch(tx, id)? {
            amounts.push(subscription.price()?.total);
        }
    }
    let charges = collected.iter().map(|sum| sum.count).sum();
    Ok(NextRun { at, subscriptions, charges, expected: by_currency(first, &amounts)?, is_complete })
}

fn by_currency(first: Currency, amounts: &[Money]) -> Result<Vec<Money>> {
    let mut sums: Vec<Money> = Vec::new();
    for amount in amounts {
        match sums.iter_mut().find(|sum| sum.currency() == amount.currency()) {
            Some(sum) => *sum = sum.plus(*amount)?,
            None => sums.push(*amount),
        }
    }
    sums.sort_by_key(|sum| sum.currency() != first);
    Ok(sums)
}

fn months_in(tx: &ReadTx<'_>, company: &Company, now: Timestamp) -> Result<Vec<Month>> {
    let this = company.today(now).first_of_month();
    let mut months = Vec::new();
    for back in (0..MONTHS).rev() {
        let first = this.saturating_sub(jiff::Span::new().months(back));
        let next = first.saturating_add(jiff::Span::new().months(1));
        let sums = store::overview::captured(tx, company.start_of(first), company.start_of(next))?;
        let own = sums.into_iter().find(|sum| sum.amount.currency() == company.currency);
        months.push(Month { first, received: own.map_or(Money::zero(company.currency), |sum| sum.amount) });
    }
    Ok(months)
}

impl From<store::overview::Sum> for Sum {
    fn from(row: store::overview::Sum) -> Self {
        let store::overview::Sum { amount, count } = row;
        Self { amount, count }
    }
}
