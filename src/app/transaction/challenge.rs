//! The customer's part of 3-D Secure, and of a payment on another page, on the simulator's challenge page.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::apply::NOT_CONFIRMED;
use crate::app::transaction::conclude::conclude_in;
use crate::domain::apm::Apm;
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::invoice::Invoice;
use crate::domain::money::Money;
use crate::domain::transaction::{InstrumentFacts, Transaction, TransactionStatus};
use crate::error::{Error, Result};
use crate::store;

pub use crate::processors::simulator::challenge::Answer;

/// What the challenge page shows.
#[derive(Clone, Debug)]
pub struct ChallengeView {
    /// How much is to be confirmed.
    pub amount: Money,
    /// "Visa •••• 3155", or the name of an alternative method.
    pub card: String,
    /// Whether it is the page of an alternative method, not of a card's bank.
    pub is_apm: bool,
    /// Whether it still waits for the customer.
    pub is_open: bool,
    /// Where the customer goes afterwards: the merchant's address with how it went, the invoice's path, or "/".
    pub back_url: String,
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
            is_apm: matches!(transaction.instrument, Some(InstrumentFacts::Apm(_))),
            is_open: attempt.state == AttemptState::Action,
            back_url: match (&transaction.instrument, public_id) {
                (Some(InstrumentFacts::Apm(apm)), _) => back_to_merchant(apm, &transaction),
                (_, Some(id)) => format!("/invoice/{id}"),
                (_, None) => "/".to_owned(),
            },
        })
    }

    /// What the customer said on the challenge page. Answered once; later answers change nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn challenge_answer(&self, caller: Caller, reference: &str, answer: Answer) -> Result<ChallengeView> {
        let found = self.store().read(|tx| store::attempt::fetch_by_reference(tx, reference))?;
        let attempt = found.ok_or_else(|| Error::not_found("challenge", reference))?;
        if attempt.state == AttemptState::Action {
            self.challenge_conclude(&caller, &attempt, answer).await?;
        }
        self.challenge_view(reference)
    }

    /// Ends a challenge that the customer left, so that another card can be tried: the bank is told first.
    pub(super) async fn challenge_give_up(&self, caller: &Caller, invoice: &Invoice) -> Result<()> {
        let newest = self.store().read(|tx| store::attempt::newest_of_charge(tx, &invoice.charge_key()))?;
        match newest.filter(|attempt| attempt.state == AttemptState::Action) {
            Some(attempt) => self.challenge_conclude(caller, &attempt, Answer::Leaves).await,
            None => Ok(()),
        }
    }

    /// Tells the bank what the customer said, then the books what the bank made of it.
    pub(super) async fn challenge_conclude(&self, caller: &Caller, attempt: &Attempt, answer: Answer) -> Result<()> {
        let Some(processor) = self.simulated(attempt) else { return Ok(()) };
        let Some(simulator) = processor.simulator() else { return Ok(()) };
        let told = simulator.answer(&attempt.handle, answer, self.now());
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

/// The merchant's address with how it went. What stands in an address can be made up: the merchant asks for the
/// transaction before it delivers.
fn back_to_merchant(apm: &Apm, transaction: &Transaction) -> String {
    let status = match transaction.status {
        TransactionStatus::Pending | TransactionStatus::Unknown => "pending",
        TransactionStatus::Declined if transaction.response_code == NOT_CONFIRMED => "cancelled",
        TransactionStatus::Declined => "declined",
        _ => "approved",
    };
    let code = transaction.response_code.to_string();
    apm.redirect_url.with(&[("transaction_id", transaction.id.as_str()), ("status", status), ("response_code", &code)])
}
