//! The customer's part of 3-D Secure on the simulator's challenge page.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::conclude::conclude_in;
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::error::{Error, Result};
use crate::store;

/// What the challenge page shows.
#[derive(Clone, Debug)]
pub struct ChallengeView {
    /// How much is to be confirmed.
    pub amount: Money,
    /// "Visa •••• 3155".
    pub card: String,
    /// Whether it still waits for the customer.
    pub is_open: bool,
    /// Where the customer goes afterwards: the invoice's path, or "/" where there is none.
    pub back_path: String,
}

/// The path of the page on which the customer confirms `attempt`. The reference cannot be guessed.
pub(super) fn path(attempt: &Attempt) -> String {
    format!("/simulator/challenge/{}", attempt.reference)
}

impl App {
    /// What the challenge page of `reference` shows.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn challenge_view(&self, reference: &str) -> Result<ChallengeView> {
        let (attempt, transaction, public_id) = self.store().read(|tx| {
            let attempt = store::attempt::fetch_by_reference(tx, reference)?
                .ok_or_else(|| Error::not_found("challenge", reference))?;
            let transaction = store::transaction::fetch(tx, &attempt.transaction_id)?
                .ok_or_else(|| Error::not_found("challenge", reference))?;
            let invoice = transaction.invoice_id.as_ref().map(|id| store::invoice::fetch(tx, id)).transpose()?;
            Ok((attempt, transaction, invoice.flatten().map(|invoice| invoice.public_id)))
        })?;
        if self.simulated(&attempt).is_none() {
            return Err(Error::not_found("challenge", reference));
        }
        Ok(ChallengeView {
            amount: attempt.amount,
            card: transaction.instrument.as_ref().map(|facts| facts.label()).unwrap_or_default(),
            is_open: attempt.state == AttemptState::Action,
            back_path: public_id.map_or_else(|| "/".to_owned(), |id| format!("/invoice/{id}")),
        })
    }

    /// The customer confirmed (or refused) on the challenge page. Answered once; later answers change nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn challenge_answer(&self, caller: Caller, reference: &str, confirmed: bool) -> Result<ChallengeView> {
        let found = self.store().read(|tx| store::attempt::fetch_by_reference(tx, reference))?;
        let attempt = found.ok_or_else(|| Error::not_found("challenge", reference))?;
        if attempt.state == AttemptState::Action {
            self.challenge_conclude(&caller, &attempt, confirmed).await?;
        }
        self.challenge_view(reference)
    }

    /// Ends a challenge that the customer left, so that another card can be tried: the bank is told first.
    pub(super) async fn challenge_give_up(&self, caller: &Caller, invoice: &Invoice) -> Result<()> {
        let newest = self.store().read(|tx| store::attempt::newest_of_charge(tx, &invoice.charge_key()))?;
        match newest.filter(|attempt| attempt.state == AttemptState::Action) {
            Some(attempt) => self.challenge_conclude(caller, &attempt, false).await,
            None => Ok(()),
        }
    }

    /// Tells the bank what the customer said, then the books what the bank made of it.
    pub(super) async fn challenge_conclude(&self, caller: &Caller, attempt: &Attempt, confirmed: bool) -> Result<()> {
        let Some(processor) = self.simulated(attempt) else { return Ok(()) };
        let Some(simulator) = processor.simulator() else { return Ok(()) };
        let told = simulator.confirm(&attempt.handle, confirmed, self.now());
        self.checkpoint("challenge answered")?;
        let settle_us = self.settle_time_us(attempt);
        let (id, caller) = (attempt.id.clone(), caller.clone());
        self.store().write(move |tx| conclude_in(tx, &caller, &id, told.into(), settle_us)).await?;
        Ok(())
    }

    fn simulated(&self, attempt: &Attempt) -> Option<std::sync::Arc<dyn crate::processors::Processor>> {
        self.processors().get(attempt.processor_id.as_str()).filter(|processor| processor.simulator().is_some())
    }
}
