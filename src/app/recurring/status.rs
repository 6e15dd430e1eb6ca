//! A person moves a subscription to another state.

use jiff::civil::Date;

use super::{SubscriptionShown, collect_open_in, emit_status, fetch_in, save_progress, shown, stop_collecting_in};
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::id::SubscriptionId;
use crate::domain::subscription::SubscriptionStatus;
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

impl App {
    /// Pauses, marks past due, cancels, activates or completes a subscription; `next` is the next bill date for an
    /// activation. In the state it is in already, it stays as it is.
    ///
    /// Where billing stops, the automatic charges of what is owed stop too; where it starts again, they start again.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `InvalidTransition`; `Conflict` where nothing is left to bill; `Invalid` on
    /// `next_bill_date` where that period is billed already.
    pub async fn subscription_set_status(
        &self,
        caller: &Caller,
        id: &SubscriptionId,
        to: SubscriptionStatus,
        next: Option<Date>,
    ) -> Result<SubscriptionShown> {
        caller.may(Action::SubscriptionStatusChange)?;
        let asked = Asked::new("subscription", "subscription.set_status").with(id.as_str()).with(to.as_str());
        let asked = asked.with_some(next.map(|date| date.to_string()).as_deref());
        let (id, told) = (id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            set_status_in(tx, caller, &id, to, next).map(|_| id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| shown(tx, fetch_in(tx, &told)?)).await
    }
}

pub(crate) fn set_status_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    id: &SubscriptionId,
    to: SubscriptionStatus,
    next: Option<Date>,
) -> Result<SubscriptionShown> {
    let company = store::company::fetch(tx)?;
    let mut subscription = fetch_in(tx, id)?;
    let from = subscription.status;
    refuse_billed_date(tx, id, next)?;
    if from == to && next.is_none() {
        return shown(tx, subscription);
    }
    subscription.become_status(to, next, company.today(tx.now()))?;
    save_progress(tx, &company, &mut subscription)?;
    emit_status(tx, caller, &subscription, from, "asked for")?;
    if !to.is_billed() {
        stop_collecting_in(tx, id)?;
    } else if !from.is_billed() {
        collect_open_in(tx, id)?;
    }
    shown(tx, subscription)
}

/// A date that is billed already cannot be billed next.
pub(super) fn refuse_billed_date(tx: &WriteTx<'_>, id: &SubscriptionId, next: Option<Date>) -> Result<()> {
    match next {
        Some(date) if store::subscription::is_period_billed(tx, id, date)? => {
            Err(Error::invalid("next_bill_date", format!("{date} is billed already")))
        }
        _ => Ok(()),
    }
}
