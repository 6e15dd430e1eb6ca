//! The second step: the request leaves, outside of any transaction.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::begin::Begun;
use crate::app::transaction::conclude::{Concluded, cancel_in, conclude_in};
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState};
use crate::domain::card::Cvc;
use crate::domain::cardholder_authentication::CardholderAuthentication;
use crate::domain::money::Money;
use crate::domain::time::MINUTE;
use crate::error::{Error, Result};
use crate::processors::{Decline, Hardness, Instrument, Operation, Outcome, Prepared, Processor, Request, WalletProof};
use crate::store::{self, WriteTx};

/// How long an answer may take before the attempt is looked up like one that a crash left, microseconds.
pub(crate) const ANSWER_MAX_US: i64 = 5 * MINUTE;
/// When an invoice is charged again whose processor could not be reached, microseconds.
const UNREACHABLE_RETRY_US: i64 = 30 * MINUTE;

/// The secret and fleeting part of a request; it is never stored.
pub(crate) struct Charging {
    /// What pays.
    pub(crate) instrument: Instrument,
    /// Its security code.
    pub(crate) cvc: Option<Cvc>,
    /// What an earlier 3-D Secure collected.
    pub(crate) authentication: Option<CardholderAuthentication>,
    /// What a wallet gave in its place.
    pub(crate) proof: Option<WalletProof>,
    /// For address verification.
    pub(crate) postal_code: Option<String>,
    /// Whether less than asked is welcome.
    pub(crate) allow_partial: bool,
    /// Handle of the earlier approval (capture, void, refund, adjustment).
    pub(crate) of: Option<String>,
}

impl Charging {
    /// Nothing but the handle of the earlier approval.
    pub(crate) fn of(handle: String) -> Self {
        Self {
            instrument: Instrument::Earlier,
            cvc: None,
            authentication: None,
            proof: None,
            postal_code: None,
            allow_partial: false,
            of: Some(handle),
        }
    }
}

impl App {
    /// Sends a begun attempt and concludes it. Goes on to the end even when nobody waits for the answer any more.
    ///
    /// # Errors
    /// A fault of ours; a decline is no error here, it is in the transaction.
    pub(crate) async fn attempt_send(&self, caller: Caller, begun: Begun, charging: Charging) -> Result<Concluded> {
        let app = self.clone();
        tokio::spawn(async move { app.attempt_run(caller, begun, charging).await })
            .await
            .map_err(|why| Error::internal(format!("a charge stopped: {why}")))?
    }

    async fn attempt_run(&self, caller: Caller, begun: Begun, charging: Charging) -> Result<Concluded> {
        let mut attempt = begun.attempt;
        self.checkpoint("intent committed")?;
        let Some(processor) = self.processors().get(attempt.processor_id.as_str()) else {
            return self.attempt_conclude(caller, attempt, not_configured()).await;
        };
        let company = self.company()?;
        let now = self.now();
        let request = Request {
            reference: attempt.reference.clone(),
            operation: operation(attempt.operation, charging.of.unwrap_or_default()),
            amount: moved(&attempt),
            instrument: charging.instrument,
            allow_partial: charging.allow_partial,
            cvc: charging.cvc,
            authentication: charging.authentication,
            proof: charging.proof,
            postal_code: charging.postal_code.filter(|code| !code.is_empty()),
            now,
            today: company.today(now),
        };
        if takes_two_steps(processor.as_ref(), attempt.operation) && attempt.handle.is_empty() {
            match processor.prepare(&request).await {
                Prepared::Handle(handle) => attempt.handle = handle,
                Prepared::Refused(decline) => {
                    return self.attempt_conclude(caller, attempt, Outcome::Declined(decline)).await;
                }
                // Nothing has moved and nothing can: the attempt is given up and may be made anew.
                Prepared::Unknown => return self.attempt_give_up(caller, attempt).await,
            }
            self.checkpoint("prepared")?;
            let prepared = attempt.clone();
            attempt = self.store().write(move |tx| mark_in(tx, prepared, AttemptState::Prepared, "")).await?;
            self.checkpoint("prepared committed")?;
        }
        let boot_id = self.boot_id().to_owned();
        attempt = self.store().write(move |tx| mark_in(tx, attempt, AttemptState::Sending, &boot_id)).await?;
        self.checkpoint("sending committed")?;
        let handle = takes_two_steps(processor.as_ref(), attempt.operation).then_some(attempt.handle.as_str());
        let outcome = processor.commit(handle, &request).await;
        drop(request);
        self.checkpoint("answered")?;
        self.attempt_conclude(caller, attempt, outcome).await
    }

    async fn attempt_conclude(&self, caller: Caller, attempt: Attempt, outcome: Outcome) -> Result<Concluded> {
        let settle_us = self.settle_time_us(&attempt);
        let concluded =
            self.store().write(move |tx| conclude_in(tx, &caller, &attempt.id, outcome.into(), settle_us)).await?;
        self.checkpoint("outcome committed")?;
        Ok(concluded)
    }

    /// Gives up an attempt whose processor could not be reached for its first step: it counts as no decline, and what
    /// is charged by itself is charged again later.
    async fn attempt_give_up(&self, caller: Caller, attempt: Attempt) -> Result<Concluded> {
        let concluded = self
            .store()
            .write(move |tx| {
                let concluded = cancel_in(tx, &caller, &attempt.id)?;
                let Some(id) = &concluded.transaction.invoice_id else { return Ok(concluded) };
                if store::invoice::fetch(tx, id)?.is_some_and(|invoice| invoice.collect_at.is_some()) {
                    let later = tx.now().plus(UNREACHABLE_RETRY_US);
                    store::invoice::set_collect_at(tx, id, Some(later))?;
                }
                Ok(concluded)
            })
            .await?;
        self.checkpoint("given up")?;
        Ok(concluded)
    }

    /// How long "not found" is not believed for this attempt's processor, microseconds.
    pub(crate) fn settle_time_us(&self, attempt: &Attempt) -> i64 {
        let capabilities = self.processors().get(attempt.processor_id.as_str()).map(|found| found.capabilities());
        capabilities.map_or(crate::domain::attempt::SETTLE_MIN_US, |known| {
            crate::domain::attempt::settle_time_us(known.idempotency_window_us.unwrap_or(0), known.find_lag_us)
        })
    }
}

/// Writes down that the attempt has come to `state`, if nobody gave it up meanwhile.
fn mark_in(tx: &mut WriteTx<'_>, attempt: Attempt, state: AttemptState, boot_id: &str) -> Result<Attempt> {
    let mut current =
        store::attempt::fetch(tx, &attempt.id)?.ok_or_else(|| Error::not_found("attempt", attempt.id.as_str()))?;
    if !matches!(current.state, AttemptState::Intent | AttemptState::Prepared) {
        return Err(Error::Conflict("the attempt was given up before it was sent".to_owned()));
    }
    current.state = state;
    current.handle = attempt.handle;
    boot_id.clone_into(&mut current.boot_id);
    if state == AttemptState::Sending {
        current.sent_at = Some(tx.now());
        current.poll_at = Some(tx.now().plus(ANSWER_MAX_US));
    }
    store::attempt::update(tx, &current)?;
    Ok(current)
}

/// Only money taken or held from an instrument is prepared first; what follows it names its approval.
pub(crate) fn takes_two_steps(processor: &dyn Processor, operation: AttemptOperation) -> bool {
    processor.capabilities().two_step
        && matches!(
            operation,
            AttemptOperation::Sale | AttemptOperation::Authorize | AttemptOperation::Verify | AttemptOperation::Credit
        )
}

/// What the processor is told to move: a void and a verification move nothing.
fn moved(attempt: &Attempt) -> Money {
    match attempt.operation {
        AttemptOperation::Void | AttemptOperation::Verify => Money::zero(attempt.amount.currency()),
        _ => attempt.amount,
    }
}

fn operation(operation: AttemptOperation, of: String) -> Operation {
    match operation {
        AttemptOperation::Sale => Operation::Sale,
        AttemptOperation::Authorize => Operation::Authorize,
        AttemptOperation::Verify => Operation::Verify,
        AttemptOperation::Credit => Operation::Credit,
        AttemptOperation::Capture => Operation::Capture { of },
        AttemptOperation::Void => Operation::Void { of },
        AttemptOperation::Refund => Operation::Refund { of },
        AttemptOperation::Adjust => Operation::Adjust { of },
    }
}

fn not_configured() -> Outcome {
    refused(410, "the processor is not configured")
}

fn refused(code: u16, text: &str) -> Outcome {
    Outcome::Declined(Decline {
        code,
        hardness: Hardness::Soft,
        processor_code: String::new(),
        processor_text: text.to_owned(),
        avs: '0',
        cvv: '0',
    })
}
