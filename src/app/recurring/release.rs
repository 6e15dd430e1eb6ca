//! A person decides about a parked subscription: bill all that was missed, only the latest, or nothing
//! (RELIABILITY.md 3.4.3).

use serde_json::json;

use super::bill_due::{Scope, bill_dates_in};
use super::{SubscriptionShown, complete_where_done, emit_status, fetch_in, save_progress, shown};
use crate::app::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::SubscriptionId;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// What becomes of the periods that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Every one is billed, oldest first, charged a day apart.
    All,
    /// Only the latest is billed; the others are let go.
    Latest,
    /// None is billed; the next bill is the first one after today.
    Waive,
}

impl Release {
    /// Reads the name: "all", "latest" or "waive".
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Latest, Self::Waive].into_iter().find(|release| release.as_str() == text)
    }

    /// The name in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Latest => "latest",
            Self::Waive => "waive",
        }
    }
}

impl App {
    /// Parked subscriptions, the oldest first: id and why.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn subscriptions_parked(&self, caller: &Caller) -> Result<Vec<(SubscriptionId, String)>> {
        caller.may(Action::SubscriptionView)?;
        self.store().read(|tx| store::subscription::list_parked(tx, limits::PAGE_MAX))
    }

    /// Releases a parked subscription.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Conflict` where it is not parked.
    pub async fn subscription_release(
        &self,
        caller: &Caller,
        id: &SubscriptionId,
        release: Release,
    ) -> Result<SubscriptionShown> {
        caller.may(Action::SubscriptionStatusChange)?;
        let (caller, id) = (caller.clone(), id.clone());
        self.store().write(move |tx| release_in(tx, &caller, &id, release)).await
    }
}

pub(crate) fn release_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    id: &SubscriptionId,
    release: Release,
) -> Result<SubscriptionShown> {
    let company = store::company::fetch(tx)?;
    let mut subscription = fetch_in(tx, id)?;
    let Some(reason) = subscription.parked_reason.take() else {
        return Err(Error::Conflict("the subscription is not parked".to_owned()));
    };
    let from = subscription.status;
    let invoices = match release {
        Release::All => bill_dates_in(tx, caller, &company, &mut subscription, Scope::All)?,
        Release::Latest => bill_dates_in(tx, caller, &company, &mut subscription, Scope::LatestOnly)?,
        Release::Waive => Vec::new(),
    };
    subscription.move_past_today(company.today(tx.now()));
    complete_where_done(tx, &mut subscription)?;
    save_progress(tx, &company, &mut subscription)?;
    let numbers: Vec<&str> = invoices.iter().map(|invoice| invoice.number.as_str()).collect();
    let data = json!({ "release": release.as_str(), "parked_because": reason, "invoices": numbers });
    event::emit(tx, caller, Topic::SubscriptionReleased, id.as_str(), &data)?;
    emit_status(tx, caller, &subscription, from, "released")?;
    shown(tx, subscription)
}
