//! The customer's part of a 3-D Secure charge: what the challenge page shows, and the customer's answer.

use super::book::{Event, Line};
use super::effect::{Effect, append, event_of};
use super::table::{APM_REFUSED, LEFT, Refusal, UNCONFIRMED, Verdict};
use super::{Simulator, State};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::processors::{APM, Lookup};

/// What came of a challenge page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The customer approved.
    Approves,
    /// The customer refused, or an alternative method did.
    Refused,
    /// The customer went away.
    Leaves,
}

/// What the challenge page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// What the customer is asked to confirm.
    pub amount: Money,
    /// The masked card number and its expiry.
    pub card: String,
    /// Whether the customer has still to answer.
    pub is_open: bool,
}

impl Simulator {
    /// The challenge behind `handle`, where there is one.
    pub fn challenge(&self, handle: &str) -> Option<Challenge> {
        let state = self.lock();
        let (_, waiting) = state.book.of_handle(handle).find(|(_, line)| line.event == Event::Waiting)?;
        Some(Challenge {
            amount: waiting.draft.amount,
            card: waiting.draft.shown.clone(),
            is_open: waiting_line(&state, handle).is_some(),
        })
    }

    /// The customer confirmed (`success`) or gave up: [`Simulator::answer`] in short.
    pub fn confirm(&self, handle: &str, success: bool, now: Timestamp) -> Lookup {
        self.answer(handle, if success { Answer::Approves } else { Answer::Leaves }, now)
    }

    /// What the customer said. A second answer changes nothing. Returns what is true now.
    pub fn answer(&self, handle: &str, answer: Answer, now: Timestamp) -> Lookup {
        let mut state = self.lock();
        state.land_due(now, &self.settings);
        if let Some(waiting) = waiting_line(&state, handle).cloned() {
            let event = match waiting.draft.ruling.verdict.clone() {
                Verdict::Challenge { then } if answer == Answer::Approves => event_of(*then),
                _ => event_of(refusal(&waiting, answer).into()),
            };
            let line = Line { handle: handle.to_owned(), at: now, lands: None, event, draft: waiting.draft };
            match append(&mut state.book, line) {
                Effect::New(at) => state.call_back(at, None),
                _ => return Lookup::CannotTell,
            }
        }
        state.status(handle, now, &self.settings)
    }
}

/// What comes of it where the customer does not approve.
fn refusal(waiting: &Line, answer: Answer) -> Refusal {
    match answer {
        _ if waiting.draft.instrument != APM => UNCONFIRMED,
        Answer::Refused => APM_REFUSED,
        Answer::Approves | Answer::Leaves => LEFT,
    }
}

/// The line that waits for the customer, unless something final came after it.
fn waiting_line<'a>(state: &'a State, handle: &str) -> Option<&'a Line> {
    let (_, last) = state.book.of_handle(handle).rfind(|(_, line)| line.event.is_answer())?;
    (last.event == Event::Waiting).then_some(last)
}
