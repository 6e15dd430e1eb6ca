//! What subscriptions add to balances when their date has come. Running twice adds nothing twice: a row per
//! subscription, date and item.

use super::balance::{add_in, is_to_settle};
use super::settle::settle_in;
use super::subscription::subscription_write;
use crate::app::{App, Caller};
use crate::domain::billing_account::AccountSubscription;
use crate::domain::company::Company;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

impl App {
    /// Adds what is due by now, every missed date with its own items; answers how many subscriptions were due.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) async fn accounts_accrue_due(&self, caller: &Caller) -> Result<usize> {
        let mut count = 0_usize;
        loop {
            let (by, company, now) = (caller.clone(), self.company()?, self.now());
            let added = self.store().write(move |tx| accrue_due_in(tx, &by, &company, now)).await?;
            if added == 0 {
                return Ok(count);
            }
            count = count.saturating_add(added);
        }
    }

    /// The job: subscriptions first, then the balances whose day it is, then the charges of their orders.
    ///
    /// # Errors
    /// The first fault, after the others had their turn.
    pub(in crate::app) async fn accounts_bill(&self, caller: &Caller) -> Result<usize> {
        let accrued = self.accounts_accrue_due(caller).await?;
        let settled = self.accounts_settle_due(caller).await?;
        let charged = self.orders_charge_due(caller).await?;
        Ok(accrued.saturating_add(settled).saturating_add(charged))
    }

    /// When the job has something to do.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) fn accounts_next_due_at(&self) -> Result<Option<Timestamp>> {
        self.store().read(|tx| {
            let instants = [
                store::account_subscription::next_due_at(tx)?,
                store::billing_account::next_due_at(tx)?,
                store::sales_order::next_charge_at(tx)?,
            ];
            Ok(instants.into_iter().flatten().min())
        })
    }
}

fn accrue_due_in(tx: &mut WriteTx<'_>, caller: &Caller, company: &Company, now: Timestamp) -> Result<usize> {
    let due = store::account_subscription::list_due(tx, now, limits::PAGE_MAX)?;
    for subscription in &due {
        accrue_in(tx, caller, company, subscription, now)?;
    }
    Ok(due.len())
}

fn accrue_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    company: &Company,
    subscription: &AccountSubscription,
    now: Timestamp,
) -> Result<()> {
    let id = &subscription.customer_id;
    let terms = store::billing_account::fetch(tx, id)?;
    let is_gone = store::customer::is_deleted(tx, id)? != Some(false);
    let Some(terms) = terms.filter(|_| !is_gone) else {
        return subscription_write(tx, company, &AccountSubscription { due: None, ..subscription.clone() });
    };
    let today = company.today(now);
    let mut due = subscription.due;
    for _ in 0..limits::ACCRUALS_PER_WRITE_MAX {
        let Some(date) = due.filter(|date| *date <= today) else { break };
        match add_in(tx, caller, &terms, &subscription.items, Some((&subscription.id, date))) {
            // The balance is full: it is settled, and goes on with the next look.
            Err(Error::Conflict(_)) => {
                settle_in(tx, caller, &terms, None)?;
                break;
            }
            other => other?,
        };
        due = subscription.due_after(date);
    }
    subscription_write(tx, company, &AccountSubscription { due, ..subscription.clone() })?;
    if is_to_settle(tx, &terms)? {
        settle_in(tx, caller, &terms, None)?;
    }
    Ok(())
}
