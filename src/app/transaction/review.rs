//! What only a person can decide: an attempt whose outcome no processor could tell for a week.

use serde_json::json;

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::event::emit;
use crate::app::transaction::conclude::{Told, conclude_in};
use crate::domain::access::Action;
use crate::domain::attempt::{Attempt, AttemptState};
use crate::domain::event::Topic;
use crate::domain::id::AttemptId;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};
use crate::limits;
use crate::processors::Approval;
use crate::store;

impl App {
    /// Attempts that wait for a person.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn attempts_in_review(&self, caller: &Caller) -> Result<Vec<Attempt>> {
        caller.may(Action::BillingResume)?;
        self.store().read(|tx| store::attempt::list_in_review(tx, limits::PAGE_MAX))
    }

    /// A person says whether the money moved, and why they know.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Conflict` where the attempt does not wait for a person, `Invalid` without a reason.
    pub async fn attempt_decide(
        &self,
        caller: Caller,
        id: AttemptId,
        was_paid: bool,
        reason: String,
    ) -> Result<Transaction> {
        caller.may(Action::BillingResume)?;
        if reason.trim().is_empty() {
            return Err(Error::invalid("reason", "must say how this is known"));
        }
        let concluded = self
            .store()
            .write(move |tx| {
                let attempt =
                    store::attempt::fetch(tx, &id)?.ok_or_else(|| Error::not_found("attempt", id.as_str()))?;
                if attempt.state != AttemptState::Review {
                    return Err(Error::Conflict("this attempt does not wait for a person".to_owned()));
                }
                emit(
                    tx,
                    &caller,
                    Topic::AttemptReview,
                    id.as_str(),
                    &json!({ "was_paid": was_paid, "reason": reason }),
                )?;
                let told = if was_paid { Told::Approved(by_hand(&attempt)) } else { Told::Absent };
                // A person knows: nothing is waited for.
                conclude_in(tx, &caller, &id, told, 0)
            })
            .await?;
        Ok(concluded.transaction)
    }
}

fn by_hand(attempt: &Attempt) -> Approval {
    Approval {
        amount: attempt.amount,
        tip: None,
        handle: attempt.handle.clone(),
        response_code: 100,
        auth_code: String::new(),
        processor_code: String::new(),
        processor_text: "CONFIRMED BY HAND".to_owned(),
        avs: '0',
        cvv: '0',
    }
}
