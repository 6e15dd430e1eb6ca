//! The customer's part of a 3-D Secure charge: what the challenge page shows, and the customer's answer.

use super::book::{Event, Line};
use super::effect::{Effect, append, event_of};
use super::table::{UNCONFIRMED, Verdict};
use super::{Simulator, State};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::processors::Lookup;

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

    /// The customer confirmed (`success`) or gave up. A second answer changes nothing. Returns what is true now.
    pub fn confirm(&self, handle: &str, success: bool, now: Timestamp) -> Lookup {
        let mut state = self.lock();
        state.land_due(now, &self.settings);
        if let Some(waiting) = waiting_line(&state, handle).cloned() {
            let event = match waiting.draft.ruling.verdict.clone() {
                Verdict::Challenge { then } if success => event_of(*then),
                _ => event_of(UNCONFIRMED.into()),
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

/// The line that waits for the customer, unless something final came after it.
fn waiting_line<'a>(state: &'a State, handle: &str) -> Option<&'a Line> {
    let (_, last) = state.book.of_handle(handle).rfind(|(_, line)| line.event.is_answer())?;
    (last.event == Event::Waiting).then_some(last)
}
