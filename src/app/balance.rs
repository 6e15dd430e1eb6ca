//! Prepaid balances: read, switched, and moved inside the write of whatever moves them.
//!
//! Every movement goes through [`standing_in`], which first ends the pending events whose hour is over, and
//! [`told_in`], which writes the events that webhooks are made of.

use serde::Serialize;
use serde_json::{Value, json};

use super::write_once::Asked;
use super::{App, Caller, auto_refill, event, usage_event};
use crate::domain::access::Action;
use crate::domain::balance::{self, Balance, MoveReason, within};
use crate::domain::currency::Denomination;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, UsageEventId};
use crate::domain::ledger::{Posting, chart};
use crate::domain::page::{Page, PageAsked};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::usage_event::Purse;
use crate::error::{Error, Result};
use crate::store::ledger::{Gate, Source};
use crate::store::{self, ReadTx, WriteTx};

/// What to change of a balance; what is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangeBalance {
    /// Where it is told that little is left; `Some(None)`: nowhere.
    pub alert_at: Option<Option<i64>>,
    /// Whether events may take nothing.
    pub is_paused: Option<bool>,
}

/// Why a balance moved, and by which usage event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause<'a> {
    /// Why.
    pub(crate) reason: MoveReason,
    /// The event, where it is one.
    pub(crate) event_id: Option<&'a UsageEventId>,
    /// What the feed files it under: the id of the event, deposit, refill or period.
    pub(crate) source_id: &'a str,
}

impl App {
    /// A customer's balance; one that nothing ever touched is zero.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer.
    pub fn balance_find(&self, caller: &Caller, customer: &CustomerId, denomination: &Denomination) -> Result<Balance> {
        caller.may(Action::BalanceView)?;
        let now = self.now();
        self.store().read(|tx| {
            require_customer(tx, customer)?;
            store::balance::fetch_as_of(tx, customer, denomination, now)
        })
    }

    /// The balances of a customer that anything ever touched, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer.
    pub fn balance_list(&self, caller: &Caller, customer: &CustomerId, asked: PageAsked) -> Result<Page<Balance>> {
        caller.may(Action::BalanceView)?;
        let now = self.now();
        self.store().read(|tx| {
            require_customer(tx, customer)?;
            Ok(Page::of(store::balance::list_of(tx, customer, asked, now)?, asked))
        })
    }

    /// Changes the switches of a balance, which touches it.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer.
    pub async fn balance_change(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        denomination: &Denomination,
        change: ChangeBalance,
    ) -> Result<Balance> {
        caller.may(Action::BalanceChange)?;
        let asked = Asked::new("balance", "balance.change")
            .with(customer.as_str())
            .with(denomination.as_str())
            .with(&format!("{change:?}"));
        let (customer, denomination) = (customer.clone(), denomination.clone());
        let shown = (customer.clone(), denomination.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            require_customer(tx, &customer)?;
            change_in(tx, caller, &customer, &denomination, change)?;
            Ok(format!("{customer}/{denomination}"))
        };
        let now = self.now();
        let show = move |tx: &ReadTx<'_>, _: &str| store::balance::fetch_as_of(tx, &shown.0, &shown.1, now);
        self.write_once(caller, asked, work, show).await
    }

    /// Sets how far below zero gated events may take a balance.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer; `Invalid` naming `credit_limit`; `Conflict` where the balance is
    /// further down already.
    pub async fn credit_limit_set(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        denomination: &Denomination,
        limit: i64,
    ) -> Result<Balance> {
        caller.may(Action::BalanceChange)?;
        balance::credit_limit(limit)?;
        let asked = Asked::new("balance", "balance.credit_limit")
            .with(customer.as_str())
            .with(denomination.as_str())
            .with(&limit.to_string());
        let (customer, denomination) = (customer.clone(), denomination.clone());
        let shown = (customer.clone(), denomination.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            require_customer(tx, &customer)?;
            standing_in(tx, caller, &customer, &denomination)?;
            store::balance::fetch_or_open(tx, &customer, &denomination)?;
            store::ledger::set_credit_limit(tx, &chart::balance_account(customer.as_str(), &denomination), limit)?;
            let subject = format!("{customer}/{denomination}");
            event::emit(tx, caller, Topic::BalanceUpdated, &subject, &json!({ "credit_limit": limit }))?;
            Ok(subject)
        };
        let now = self.now();
        let show = move |tx: &ReadTx<'_>, _: &str| store::balance::fetch_as_of(tx, &shown.0, &shown.1, now);
        self.write_once(caller, asked, work, show).await
    }
}

/// Changes the switches of a balance inside a transaction.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn change_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    denomination: &Denomination,
    change: ChangeBalance,
) -> Result<()> {
    standing_in(tx, caller, customer, denomination)?;
    let before = store::balance::fetch_or_open(tx, customer, denomination)?;
    let after = Balance {
        alert_at: change.alert_at.unwrap_or(before.alert_at),
        is_paused: change.is_paused.unwrap_or(before.is_paused),
        ..before.clone()
    };
    store::balance::update_switches(tx, &after)?;
    let subject = format!("{customer}/{denomination}");
    if after.is_paused != before.is_paused {
        let mut data = facts(&after);
        data["paused"] = Value::Bool(after.is_paused);
        event::emit(tx, caller, Topic::BalancePaused, &subject, &data)?;
    }
    if after.alert_at != before.alert_at {
        let mut data = facts(&after);
        data["alert_at"] = json!(after.alert_at);
        event::emit(tx, caller, Topic::BalanceUpdated, &subject, &data)?;
    }
    Ok(())
}

/// The balance as this write may use it: pending events whose hour is over are ended first. Nothing is opened.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn standing_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    denomination: &Denomination,
) -> Result<Balance> {
    let found = store::balance::fetch(tx, customer, denomination)?;
    match found {
        None => Ok(Balance::untouched(customer.clone(), denomination.clone())),
        Some(balance) if balance.pending_events == 0 => Ok(balance),
        Some(balance) => {
            if usage_event::expire_of_in(tx, caller, customer, denomination)? == 0 {
                return Ok(balance);
            }
            Ok(store::balance::fetch(tx, customer, denomination)?.unwrap_or(balance))
        }
    }
}

/// Adds `amount` units to a balance, one or more; answers it afterwards.
///
/// # Errors
/// `Refused` as out of range.
pub(crate) fn credit_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    (customer, denomination): (&CustomerId, &Denomination),
    amount: i64,
    source: Source<'_>,
    reason: MoveReason,
) -> Result<Balance> {
    let posting = chart::balance_credited(customer.as_str(), denomination, amount);
    move_in(tx, caller, (customer, denomination), -i128::from(amount), &[posting], source, reason)
}

/// Takes `amount` units from a balance, one or more, whatever is left of it; answers it afterwards.
///
/// # Errors
/// `Refused` as out of range.
pub(crate) fn debit_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    (customer, denomination): (&CustomerId, &Denomination),
    amount: i64,
    source: Source<'_>,
    reason: MoveReason,
) -> Result<Balance> {
    let posting = chart::balance_debited(customer.as_str(), denomination, amount);
    move_in(tx, caller, (customer, denomination), amount.into(), &[posting], source, reason)
}

/// Takes `amount` units from a balance that covers them.
///
/// # Errors
/// `Refused` as not covered, with what is needed and what there is.
pub(crate) fn debit_gated_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    (customer, denomination): (&CustomerId, &Denomination),
    amount: i64,
    source: Source<'_>,
    reason: MoveReason,
) -> Result<Balance> {
    let before = standing_in(tx, caller, customer, denomination)?;
    let spendable = before.purse().available().saturating_add(before.credit_limit.into());
    if spendable < amount.into() {
        return Err(not_covered(denomination, amount, before.available).into());
    }
    debit_in(tx, caller, (customer, denomination), amount, source, reason)
}

/// The refusal of a balance that does not cover what is needed.
pub(crate) fn not_covered(denomination: &Denomination, needed: i64, available: i64) -> Refusal {
    let text = format!("The balance in {denomination} does not cover it: {needed} needed, {available} available.");
    Refusal::new(RefusalCode::InsufficientBalance, text)
        .with("denomination", denomination.as_str())
        .with_number("needed", needed)
        .with_number("available", available)
}

fn move_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    (customer, denomination): (&CustomerId, &Denomination),
    taken: i128,
    postings: &[Posting],
    source: Source<'_>,
    reason: MoveReason,
) -> Result<Balance> {
    standing_in(tx, caller, customer, denomination)?;
    let before = store::balance::fetch_or_open(tx, customer, denomination)?;
    let mut purse = before.purse();
    purse.amount = purse.amount.saturating_sub(taken);
    purse.in_range()?;
    store::ledger::post_through(tx, source, postings, Gate::Open)?;
    let after = after(&before, purse, before.pending_events, tx);
    told_in(tx, caller, &before, &after, Cause { reason, event_id: None, source_id: source.id })?;
    Ok(after)
}

/// `before` with the sums of `purse`, moved by this write.
pub(crate) fn after(before: &Balance, purse: Purse, pending_events: i64, tx: &WriteTx<'_>) -> Balance {
    Balance {
        amount: within(purse.amount),
        pending_debits: within(purse.pending_debits),
        pending_credits: within(purse.pending_credits),
        pending_events,
        available: within(purse.available()),
        created_at: before.created_at.or(Some(tx.now())),
        updated_at: Some(tx.now()),
        ..before.clone()
    }
}

/// Writes the events of a movement: the change, a balance below zero, an alert. Last, a balance that fell to where
/// units are bought by themselves is noted down for its auto refill.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn told_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    before: &Balance,
    after: &Balance,
    cause: Cause<'_>,
) -> Result<()> {
    let event_id = cause.event_id.map(UsageEventId::as_str);
    let change = i128::from(after.amount) - i128::from(before.amount);
    let changed = ChangedFacts::of(after, within(change), cause.reason, event_id);
    event::emit(tx, caller, Topic::BalanceChanged, cause.source_id, &changed)?;
    if after.amount < 0 && cause.reason == MoveReason::Event && change != 0 {
        let mut data = facts(after);
        data["event_id"] = json!(event_id);
        event::emit(tx, caller, Topic::BalanceNegative, cause.source_id, &data)?;
    }
    if before.is_alerted(after) {
        let mut data = facts(after);
        data["alert_at"] = json!(after.alert_at);
        data["event_id"] = json!(event_id);
        event::emit(tx, caller, Topic::BalanceThreshold, cause.source_id, &data)?;
    }
    if cause.reason.may_refill() && before.is_refill_wanted(after) {
        auto_refill::wanted_in(tx, after)?;
    }
    Ok(())
}

/// What `balance.changed` says: [`facts`] and the change, in the order in which a JSON value has them. Every prepaid
/// event writes one, so it is put together without such a value.
#[derive(Serialize)]
struct ChangedFacts<'a> {
    balance: AmountFacts,
    change: i64,
    customer_id: &'a str,
    denomination: &'a str,
    event_id: Option<&'a str>,
    reason: &'static str,
}

#[derive(Serialize)]
struct AmountFacts {
    amount: i64,
    available: i64,
    pending: PendingFacts,
}

#[derive(Serialize)]
struct PendingFacts {
    credits: i64,
    debits: i64,
    events: i64,
}

impl<'a> ChangedFacts<'a> {
    fn of(balance: &'a Balance, change: i64, reason: MoveReason, event_id: Option<&'a str>) -> Self {
        let Balance { pending_credits: credits, pending_debits: debits, pending_events: events, .. } = *balance;
        let pending = PendingFacts { credits, debits, events };
        Self {
            balance: AmountFacts { amount: balance.amount, available: balance.available, pending },
            change,
            customer_id: balance.customer_id.as_str(),
            denomination: balance.denomination.as_str(),
            event_id,
            reason: reason.as_str(),
        }
    }
}

/// What every event about a balance says of it.
pub(crate) fn facts(balance: &Balance) -> Value {
    json!({
        "customer_id": balance.customer_id.as_str(),
        "denomination": balance.denomination.as_str(),
        "balance": {
            "amount": balance.amount,
            "pending": {
                "debits": balance.pending_debits,
                "credits": balance.pending_credits,
                "events": balance.pending_events,
            },
            "available": balance.available,
        },
    })
}

/// The balance as a write leaves it.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn find_in(tx: &ReadTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<Balance> {
    let found = store::balance::fetch(tx, customer, denomination)?;
    Ok(found.unwrap_or_else(|| Balance::untouched(customer.clone(), denomination.clone())))
}

/// Passes where the customer is there.
///
/// # Errors
/// `NotFound`.
pub(crate) fn require_customer(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<()> {
    match store::customer::is_deleted(tx, customer)? {
        Some(false) => Ok(()),
        Some(true) | None => Err(Error::not_found("customer", customer.as_str())),
    }
}

#[cfg(test)]
#[path = "balance_tests.rs"]
mod tests;
