//! The built-in processor: deterministic by what is charged, with its own book and with faults to plan.
//!
//! `table` says what follows from a card, token, bank routing or terminal; `book` is the bank's own memory beside the
//! database; `effect` lets a request take effect; `faults` lose, delay and repeat; `challenge` is the customer's part
//! of 3-D Secure. A reference sent again within [`Settings::idempotency_window_us`] gets its first answer, with other
//! content no answer one may act on ([`Outcome::Unknown`]); after the window it charges again, as real processors do.

mod answer;
mod book;
pub mod challenge;
mod effect;
pub mod faults;
pub mod table;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;

use self::book::{Book, Draft, Event, Line};
use self::effect::{Arrival, Effect, append, apply, prepare};
use self::faults::{Fault, Faults, Step};
use self::table::{BAD_FORMAT, Loss, rule};
use super::{Capabilities, Lookup, OperationKind, Outcome, Prepared, Processor, Request};
use crate::domain::fees::surcharge::Funding;
use crate::domain::money::{AMOUNT_MAX_MINOR, Money};
use crate::domain::time::{DAY, Timestamp};
use crate::error::Result;

pub use table::card_of_token;

/// Which form of processor is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One call charges.
    OneStep,
    /// A handle is prepared, then committed.
    TwoStep,
}

/// What a look-up says of a request that is stuck on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StuckShows {
    /// Nothing is known of it: the harder case, and the usual one.
    Absent,
    /// It has been seen and is being worked on.
    InFlight,
}

/// How the simulated processor behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// One-step or two-step.
    pub mode: Mode,
    /// How long references are remembered, microseconds; `None` for a processor without idempotency keys.
    pub idempotency_window_us: Option<i64>,
    /// Whether [`Processor::find`] answers.
    pub has_find: bool,
    /// How long an effect is missing from [`Processor::find`], microseconds.
    pub find_lag_us: i64,
    /// What look-ups say of stuck requests.
    pub stuck_shows: StuckShows,
    /// Whether callbacks are kept for [`Simulator::take_callbacks`]; off where nobody takes them.
    pub callbacks: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::OneStep,
            idempotency_window_us: Some(DAY),
            has_find: true,
            find_lag_us: 0,
            stuck_shows: StuckShows::Absent,
            callbacks: false,
        }
    }
}

/// The simulated processor. One value is one bank; it outlives the crashes of what asks it.
pub struct Simulator {
    settings: Settings,
    faults: Faults,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    book: Book,
    callbacks: VecDeque<Callback>,
    /// Callbacks that come after those of later effects.
    held_back: VecDeque<Callback>,
    keeps_callbacks: bool,
}

/// A hint that something became of a handle: the receiver asks [`Processor::status`] before it believes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The handle.
    pub handle: String,
    /// Our reference.
    pub reference: String,
}

/// One line of the bank's book, for auditors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEntry {
    /// The processor's name of it.
    pub handle: String,
    /// Our reference.
    pub reference: String,
    /// What was done.
    pub operation: OperationKind,
    /// Handle of the earlier approval (capture, void, refund).
    pub of: Option<String>,
    /// What was asked for.
    pub requested: Money,
    /// What moved or was held: zero unless approved.
    pub amount: Money,
    /// "card", "bank_account", "terminal" or "earlier".
    pub instrument: String,
    /// Masked number and expiry, routing and masked account, or terminal number.
    pub shown: String,
    /// Electronic commerce indicator of a wallet's card.
    pub eci: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub state: BookState,
}

/// What came of a request that reached the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookState {
    /// Waits for the customer; a later entry of the same handle says how it went.
    Waiting,
    /// Approved.
    Approved,
    /// Declined.
    Declined,
}

impl Simulator {
    /// A simulator whose book is the file at `path` (made where missing), or only in memory.
    ///
    /// # Errors
    /// The book cannot be opened or a line of it cannot be read.
    pub fn open(path: Option<&Path>, settings: Settings) -> Result<Self> {
        let book = path.map(Book::open).transpose()?.unwrap_or_default();
        let state = State { book, keeps_callbacks: settings.callbacks, ..State::default() };
        Ok(Self { settings, faults: Faults::default(), state: Mutex::new(state) })
    }

    /// The faults to plan.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What reached the bank and was answered, oldest first. Stuck requests appear when they land.
    pub fn charges(&self) -> Vec<BookEntry> {
        self.lock().book.lines().iter().filter_map(answer::entry).collect()
    }

    /// The approvals of one reference, oldest first: more than one is a double charge.
    pub fn approvals(&self, reference: &str) -> Vec<BookEntry> {
        let state = self.lock();
        state
            .book
            .of_reference(reference)
            .filter_map(|(_, line)| answer::entry(line))
            .filter(|entry| entry.state == BookState::Approved)
            .collect()
    }

    /// Lets what is stuck and due by `now` land, without asking anything.
    pub fn land(&self, now: Timestamp) {
        self.lock().land_due(now, &self.settings);
    }

    /// The callbacks since the last time, in the order they arrive.
    pub fn take_callbacks(&self) -> Vec<Callback> {
        let mut state = self.lock();
        let mut taken: Vec<Callback> = state.callbacks.drain(..).collect();
        taken.extend(state.held_back.drain(..));
        taken
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn prepare_now(&self, request: &Request) -> Prepared {
        let mut state = self.lock();
        state.land_due(request.now, &self.settings);
        if self.settings.mode == Mode::OneStep {
            return Prepared::Refused(answer::refused(BAD_FORMAT));
        }
        let fault = self.faults.take(Step::Prepare, Some(request.operation.kind()));
        if matches!(fault, Some(Fault::DropRequest | Fault::ErrorBeforeEffect | Fault::DelayEffect { .. })) {
            return Prepared::Unknown;
        }
        let window_us = self.settings.idempotency_window_us;
        let effect = prepare(&mut state.book, Draft::new(request), request.now, window_us);
        let (Effect::New(at) | Effect::Replay(at)) = effect else {
            return Prepared::Unknown;
        };
        if matches!(fault, Some(Fault::DropResponse | Fault::ErrorAfterEffect)) {
            return Prepared::Unknown;
        }
        state.book.line(at).map_or(Prepared::Unknown, |line| Prepared::Handle(line.handle.clone()))
    }

    fn commit_now(&self, handle: Option<&str>, request: &Request) -> Outcome {
        let mut state = self.lock();
        state.land_due(request.now, &self.settings);
        let wants_handle = self.settings.mode == Mode::TwoStep && request.operation.of().is_none();
        if handle.is_none() && wants_handle {
            return Outcome::Declined(answer::refused(BAD_FORMAT));
        }
        let fault = self.faults.take(Step::Commit, Some(request.operation.kind()));
        let loss = rule(request).1;
        if loss == Loss::Request || fault == Some(Fault::DropRequest) {
            return unknown("no answer");
        }
        if fault == Some(Fault::ErrorBeforeEffect) {
            return unknown("500");
        }
        let draft = Draft::new(request);
        if let Some(Fault::DelayEffect { micros }) = fault {
            return state.delay(draft, handle, request.now.plus(micros));
        }
        let window_us = self.settings.idempotency_window_us;
        let arrival = Arrival { handle, now: request.now, window_us, lands: None };
        let outcome = state.apply(draft, arrival, fault);
        match fault {
            Some(Fault::ErrorAfterEffect) => unknown("500"),
            Some(Fault::DropResponse) => unknown("no answer"),
            _ if loss == Loss::Answer => unknown("no answer"),
            _ => outcome,
        }
    }

    fn status_now(&self, handle: &str, now: Timestamp) -> Lookup {
        let mut state = self.lock();
        state.land_due(now, &self.settings);
        if self.faults.take(Step::Lookup, None).is_some() {
            return Lookup::CannotTell;
        }
        state.status(handle, now, &self.settings)
    }

    fn find_now(&self, reference: &str, now: Timestamp) -> Lookup {
        let mut state = self.lock();
        state.land_due(now, &self.settings);
        if self.faults.take(Step::Lookup, None).is_some() || !self.settings.has_find {
            return Lookup::CannotTell;
        }
        state.find(reference, now, &self.settings)
    }
}

fn unknown(reason: &str) -> Outcome {
    Outcome::Unknown { reason: reason.to_owned() }
}

impl State {
    fn apply(&mut self, draft: Draft, arrival: Arrival<'_>, fault: Option<Fault>) -> Outcome {
        match apply(&mut self.book, draft, arrival) {
            Effect::New(at) => {
                self.call_back(at, fault);
                self.book.line(at).map_or_else(|| unknown("no such line"), answer::outcome)
            }
            Effect::Replay(at) => self.book.line(at).map_or_else(|| unknown("no such line"), answer::outcome),
            Effect::Conflict(reason) => unknown(reason),
            Effect::Failed(error) => unknown(&format!("simulator book: {error}")),
        }
    }

    /// Puts the request on its way; it lands at `at`, whatever was asked in between.
    fn delay(&mut self, draft: Draft, handle: Option<&str>, at: Timestamp) -> Outcome {
        let event = Event::Stuck { handle: handle.map(str::to_owned) };
        let line = Line { handle: String::new(), at, lands: None, event, draft };
        match append(&mut self.book, line) {
            Effect::Failed(error) => unknown(&format!("simulator book: {error}")),
            _ => unknown("no answer"),
        }
    }

    /// Lets stuck requests land whose instant has come, each at its own instant, in order.
    fn land_due(&mut self, now: Timestamp, settings: &Settings) {
        for at in self.book.stuck() {
            let Some(line) = self.book.line(at).filter(|line| line.at <= now).cloned() else {
                break;
            };
            let Event::Stuck { handle } = line.event else {
                continue;
            };
            let window_us = settings.idempotency_window_us;
            let arrival = Arrival { handle: handle.as_deref(), now: line.at, window_us, lands: Some(at) };
            match apply(&mut self.book, line.draft.clone(), arrival) {
                Effect::New(landed) => self.call_back(landed, None),
                Effect::Replay(_) | Effect::Conflict(_) => {
                    let landed = Line { handle: String::new(), event: Event::Landed, lands: Some(at), ..line };
                    // Where the book cannot be written it stays stuck and lands later, again without an effect.
                    let _ = append(&mut self.book, landed);
                }
                Effect::Failed(_) => break,
            }
        }
    }

    /// Queues the callback of line `at`.
    fn call_back(&mut self, at: usize, fault: Option<Fault>) {
        let Some(line) = self.book.line(at).filter(|_| self.keeps_callbacks) else {
            return;
        };
        let callback = Callback { handle: line.handle.clone(), reference: line.draft.reference.clone() };
        match fault {
            Some(Fault::ReorderedCallback) => self.held_back.push_back(callback),
            Some(Fault::DuplicateCallback) => self.callbacks.extend([callback.clone(), callback]),
            _ => self.callbacks.push_back(callback),
        }
    }

    fn status(&self, handle: &str, now: Timestamp, settings: &Settings) -> Lookup {
        let answers = || self.book.of_handle(handle).map(|(_, line)| line).filter(|line| line.event.is_answer());
        let telling = answers().find(|line| line.is_approved()).or_else(|| answers().next_back());
        let stuck = |line: &Line| matches!(&line.event, Event::Stuck { handle: Some(of) } if of == handle);
        self.tell(telling, stuck, now, settings)
    }

    fn find(&self, reference: &str, now: Timestamp, settings: &Settings) -> Lookup {
        let seen = |line: &&Line| line.event.is_answer() && line.at.plus(settings.find_lag_us) <= now;
        let answers = || self.book.of_reference(reference).map(|(_, line)| line).filter(seen);
        let telling = answers().find(|line| line.is_approved()).or_else(|| answers().next_back());
        self.tell(telling, |line| line.draft.reference == reference, now, settings)
    }

    fn tell(
        &self,
        telling: Option<&Line>,
        is_ours: impl Fn(&Line) -> bool,
        now: Timestamp,
        settings: &Settings,
    ) -> Lookup {
        if let Some(line) = telling {
            return answer::lookup(&self.book, line, now);
        }
        let mut stuck = self.book.stuck().into_iter().filter_map(|at| self.book.line(at));
        match settings.stuck_shows {
            StuckShows::InFlight if stuck.any(is_ours) => Lookup::InFlight,
            _ => Lookup::Absent,
        }
    }
}

impl Processor for Simulator {
    fn simulator(&self) -> Option<&Simulator> {
        Some(self)
    }

    fn funding(&self, first_six: &str) -> Option<Funding> {
        table::funding(first_six)
    }

    fn kind(&self) -> &'static str {
        "simulator"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            two_step: self.settings.mode == Mode::TwoStep,
            idempotency_window_us: self.settings.idempotency_window_us,
            has_find: self.settings.has_find,
            find_lag_us: self.settings.find_lag_us,
            amount_min_minor: 1,
            amount_max_minor: AMOUNT_MAX_MINOR,
        }
    }

    fn prepare<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Prepared> {
        Box::pin(async move { self.prepare_now(request) })
    }

    fn commit<'a>(&'a self, handle: Option<&'a str>, request: &'a Request) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { self.commit_now(handle, request) })
    }

    fn status<'a>(&'a self, handle: &'a str, now: Timestamp) -> BoxFuture<'a, Lookup> {
        Box::pin(async move { self.status_now(handle, now) })
    }

    fn find<'a>(&'a self, reference: &'a str, now: Timestamp) -> BoxFuture<'a, Lookup> {
        Box::pin(async move { self.find_now(reference, now) })
    }
}

#[cfg(test)]
#[path = "simulator_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "faults_tests.rs"]
mod faults_tests;
