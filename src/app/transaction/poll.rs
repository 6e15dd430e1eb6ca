//! Asking processors what became of attempts whose outcome nobody knows, and of bank debits that may come back.

use serde_json::json;

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::event::emit;
use crate::app::invoice;
use crate::app::transaction::challenge;
use crate::app::transaction::conclude::{Told, cancel_in, conclude_in};
use crate::app::transaction::send::takes_two_steps;
use crate::domain::attempt::{ACTION_MAX_US, Attempt, AttemptState};
use crate::domain::event::Topic;
use crate::domain::ledger::chart;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::transaction::{Transaction, TransactionStatus};
use crate::error::{Error, Result};
use crate::limits;
use crate::processors::{Approval, Lookup, Processor};
use crate::store::ledger::Source;
use crate::store::{self, WriteTx};

/// How long a bank debit may come back (NACHA: unauthorized debits, 60 days), microseconds.
const RETURN_WINDOW_US: i64 = 60 * DAY;
/// Bank debits are asked about daily at first, microseconds.
const RETURN_DAILY_US: i64 = 5 * DAY;

impl App {
    /// Asks about every attempt whose time has come; answers how many were asked about.
    ///
    /// # Errors
    /// The first that failed, after the others had their turn; it is asked about again.
    pub async fn attempts_poll(&self, caller: &Caller) -> Result<usize> {
        let now = self.now();
        let due = self.store().read(|tx| store::attempt::list_to_poll(tx, now, limits::PAGE_MAX))?;
        let asked = due.len();
        let mut failure = None;
        for attempt in due {
            let id = attempt.id.clone();
            if let Err(why) = self.attempt_poll(caller.clone(), attempt).await {
                tracing::error!(attempt = id.as_str(), error = ?why, "an attempt could not be asked about");
                failure = failure.or(Some(why));
            }
        }
        let voided = self.voids_wanted().await;
        failure.map_or(Ok(()), Err)?;
        Ok(asked.saturating_add(voided?))
    }

    async fn attempt_poll(&self, caller: Caller, attempt: Attempt) -> Result<()> {
        if matches!(attempt.state, AttemptState::Intent | AttemptState::Prepared) {
            return self.attempt_abandon(caller, attempt).await;
        }
        let lookup = match self.processors().get(attempt.processor_id.as_str()) {
            Some(processor) => look_up(processor.as_ref(), &attempt, self.now()).await,
            None => Lookup::CannotTell,
        };
        self.checkpoint("looked up")?;
        let age = self.now().since(attempt.sent_at.unwrap_or(attempt.created_at));
        if matches!(lookup, Lookup::ActionRequired { .. }) && age >= ACTION_MAX_US {
            // The bank is told before the books: a customer who confirms afterwards must find nothing to confirm.
            return self.challenge_conclude(&caller, &attempt, challenge::Answer::Leaves).await;
        }
        let settle_us = self.settle_time_us(&attempt);
        self.store()
            .write(move |tx| {
                if attempt.state == AttemptState::Succeeded {
                    return watch_in(tx, &caller, attempt, &lookup);
                }
                let told = match lookup {
                    Lookup::Returned { .. } => Told::Approved(before_return(&attempt)),
                    lookup => lookup.into(),
                };
                conclude_in(tx, &caller, &attempt.id, told, settle_us).map(|_| ())
            })
            .await
    }

    /// Gives up what was written down and never sent, because whoever was to send it is gone.
    async fn attempt_abandon(&self, caller: Caller, attempt: Attempt) -> Result<()> {
        let given_up = self.store().write(move |tx| cancel_in(tx, &caller, &attempt.id).map(|_| ())).await;
        match given_up {
            // It was sent after all, a moment ago.
            Err(Error::Conflict(_)) => Ok(()),
            given_up => given_up,
        }
    }

    /// When the next attempt is to be asked about, or undone.
    pub(crate) fn next_poll_at(&self) -> Result<Option<Timestamp>> {
        let now = self.now();
        self.store().read(|tx| match store::transaction::list_void_wanted(tx, 1)?.first() {
            Some(_) => Ok(Some(now)),
            None => store::attempt::next_poll_at(tx),
        })
    }
}

async fn look_up(processor: &dyn Processor, attempt: &Attempt, now: Timestamp) -> Lookup {
    let has_exact_handle = !attempt.handle.is_empty()
        && (attempt.state == AttemptState::Succeeded
            || attempt.state == AttemptState::Action
            || takes_two_steps(processor, attempt.operation));
    if has_exact_handle {
        return processor.status(&attempt.handle, now).await;
    }
    if processor.capabilities().has_find {
        return processor.find(&attempt.reference, now).await;
    }
    Lookup::CannotTell
}

/// What came back was approved before, though that answer was lost: the books take the success first, and the return
/// when they settled it.
fn before_return(attempt: &Attempt) -> Approval {
    Approval {
        amount: attempt.amount,
        tip: None,
        handle: attempt.handle.clone(),
        response_code: 100,
        auth_code: String::new(),
        processor_code: String::new(),
        processor_text: "RETURNED LATER".to_owned(),
        avs: '0',
        cvv: '0',
    }
}

/// A successful bank debit is watched until its return window ends.
fn watch_in(tx: &mut WriteTx<'_>, caller: &Caller, mut attempt: Attempt, lookup: &Lookup) -> Result<()> {
    let now = tx.now();
    let mut transaction = store::transaction::fetch(tx, &attempt.transaction_id)?
        .ok_or_else(|| Error::not_found("transaction", attempt.transaction_id.as_str()))?;
    let age = now.since(attempt.sent_at.unwrap_or(attempt.created_at));
    attempt.polls = attempt.polls.saturating_add(1);
    let step = if age < RETURN_DAILY_US { DAY } else { 7 * DAY };
    attempt.poll_at = (age < RETURN_WINDOW_US).then(|| now.plus(step));
    if let Lookup::Returned { late } = lookup {
        match transaction.status {
            TransactionStatus::PendingSettlement => {} // it comes back from the bank account only once it settled
            TransactionStatus::Settled | TransactionStatus::PartiallyRefunded | TransactionStatus::Refunded => {
                attempt.poll_at = None;
                returned_in(tx, caller, &mut transaction, *late)?;
            }
            _ => attempt.poll_at = None,
        }
    } else if !matches!(
        transaction.status,
        TransactionStatus::PendingSettlement
            | TransactionStatus::Settled
            | TransactionStatus::PartiallyRefunded
            | TransactionStatus::Refunded
    ) {
        attempt.poll_at = None;
    }
    store::attempt::update(tx, &attempt)
}

fn returned_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &mut Transaction, late: bool) -> Result<()> {
    t.status = if late { TransactionStatus::LateReturn } else { TransactionStatus::Returned };
    let amount = t.amounts.settled;
    store::transaction::update(tx, t)?;
    let owner = match &t.invoice_id {
        Some(id) => Some(invoice::ledger_owner_in(tx, id)?.unwrap_or_default()),
        None => None,
    };
    let tip = t.amounts.tip;
    let paid = amount.minus(tip)?.floor_at_zero();
    let id = t.id.to_string();
    let source = Source { kind: "transaction", id: &id };
    let mut postings = chart::returned(owner.as_deref(), if owner.is_some() { paid } else { amount });
    if owner.is_some() {
        postings.extend(chart::returned(None, tip));
    }
    store::ledger::post(tx, source, &postings)?;
    if let Some(invoice_id) = t.invoice_id.clone() {
        invoice::payment_reversed_in(tx, caller, &invoice_id, paid, Topic::InvoicePaymentReturned)?;
    }
    let mut told = store::transaction_snapshot::take(tx, &t.id)?;
    told["late"] = json!(late);
    emit(tx, caller, Topic::TransactionReturned, t.id.as_str(), &told)
}
