//! What the bank does when a request reaches it: remembers references, guards handles, then writes one line.

use super::book::{Book, Draft, Event, Line};
use super::table::{BAD_AMOUNT, BAD_FORMAT, NO_SUCH_RECORD, REFUND_REFUSED, Refusal, Verdict};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::transaction::state::tip_ceiling;
use crate::processors::OperationKind;

/// What came of a request.
#[derive(Debug)]
pub(super) enum Effect {
    /// This new line.
    New(usize),
    /// Nothing new: this line already answers it.
    Replay(usize),
    /// The same reference with another content, or a handle of another charge: refused without an effect.
    Conflict(&'static str),
    /// The book could not be written: nothing happened.
    Failed(std::io::Error),
}

/// When and how a request reached the bank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'a> {
    /// The prepared handle it commits; `None` in the one-step form.
    pub(super) handle: Option<&'a str>,
    /// The instant.
    pub(super) now: Timestamp,
    /// How long references are remembered, microseconds.
    pub(super) window_us: Option<i64>,
    /// The line of the stuck request that lands here.
    pub(super) lands: Option<usize>,
}

/// Reserves a handle; the same reference within the window gets the same one.
pub(super) fn prepare(book: &mut Book, draft: Draft, now: Timestamp, window_us: Option<i64>) -> Effect {
    let known = book.of_reference(&draft.reference).rfind(|(_, line)| line.event == Event::Prepared);
    if let Some((at, line)) = known.filter(|(_, line)| is_within(line.at, now, window_us)) {
        let same = line.draft.asks_the_same(&draft);
        return if same { Effect::Replay(at) } else { Effect::Conflict(OTHER_CONTENT) };
    }
    let handle = book.new_handle(&draft.reference);
    append(book, Line { handle, at: now, lands: None, event: Event::Prepared, draft })
}

/// Lets `draft` take effect, once per handle and once per remembered reference.
pub(super) fn apply(book: &mut Book, draft: Draft, arrival: Arrival<'_>) -> Effect {
    let earlier = match arrival.handle {
        Some(handle) => earlier_of_handle(book, &draft, handle, arrival),
        None => earlier_of_reference(book, &draft, arrival),
    };
    if let Some(earlier) = earlier {
        return earlier;
    }
    let handle = arrival.handle.map_or_else(|| book.new_handle(&draft.reference), str::to_owned);
    let event = match draft.of.as_deref() {
        Some(of) => follow_up(book, &draft, of),
        None => event_of(draft.ruling.verdict.clone()),
    };
    append(book, Line { handle, at: arrival.now, lands: arrival.lands, event, draft })
}

const OTHER_CONTENT: &str = "the reference was used before with another content";

/// A handle succeeds once, for ever. After a decline it may be tried again: by the same reference after the window.
fn earlier_of_handle(book: &Book, draft: &Draft, handle: &str, arrival: Arrival<'_>) -> Option<Effect> {
    let mut lines = book.of_handle(handle);
    let Some((_, first)) = lines.next().filter(|(_, line)| line.event == Event::Prepared) else {
        return Some(Effect::Conflict("no such handle"));
    };
    let same_charge = first.draft.operation == draft.operation && first.draft.amount == draft.amount;
    if !same_charge {
        return Some(Effect::Conflict("the handle was prepared for another charge"));
    }
    let answers: Vec<(usize, &Line)> = book.of_handle(handle).filter(|(_, line)| line.event.is_answer()).collect();
    if let Some((at, _)) = answers.iter().find(|(_, line)| line.is_approved()) {
        return Some(Effect::Replay(*at));
    }
    let (at, last) = answers.last()?;
    let waits = last.event == Event::Waiting;
    let mut ours = answers.iter().filter(|(_, line)| line.draft.reference == draft.reference);
    let remembered = ours.next().is_some_and(|(_, line)| is_within(line.at, arrival.now, arrival.window_us));
    (waits || remembered).then_some(Effect::Replay(*at))
}

fn earlier_of_reference(book: &Book, draft: &Draft, arrival: Arrival<'_>) -> Option<Effect> {
    let (at, last) = book.of_reference(&draft.reference).rfind(|(_, line)| line.event.is_answer())?;
    // The window counts from the first use: a confirmation that came later does not stretch it.
    let first = book.of_handle(&last.handle).map(|(_, line)| line).find(|line| line.event.is_answer()).unwrap_or(last);
    if !is_within(first.at, arrival.now, arrival.window_us) {
        return None;
    }
    Some(if last.draft.asks_the_same(draft) { Effect::Replay(at) } else { Effect::Conflict(OTHER_CONTENT) })
}

fn is_within(first: Timestamp, now: Timestamp, window_us: Option<i64>) -> bool {
    window_us.is_some_and(|window_us| now.since(first) < window_us)
}

/// Appends a line.
pub(super) fn append(book: &mut Book, line: Line) -> Effect {
    match book.append(line) {
        Ok(at) => Effect::New(at),
        Err(error) => Effect::Failed(error),
    }
}

/// The event of a verdict.
pub(super) fn event_of(verdict: Verdict) -> Event {
    match verdict {
        Verdict::Approve { minor, tip_minor, code, processor_code, processor_text } => {
            Event::Approved { minor, tip_minor, code, processor_code, processor_text }
        }
        Verdict::Decline { code, hardness, processor_code, processor_text } => {
            Event::Declined { code, hardness, processor_code, processor_text }
        }
        Verdict::Challenge { .. } => Event::Waiting,
    }
}

/// Captures, voids, refunds and adjustments: what the earlier approval allows.
fn follow_up(book: &Book, draft: &Draft, of: &str) -> Event {
    match refuse_follow_up(book, draft, of) {
        Some(refusal) => event_of(refusal.into()),
        None => event_of(draft.ruling.verdict.clone()),
    }
}

fn refuse_follow_up(book: &Book, draft: &Draft, of: &str) -> Option<Refusal> {
    let Some(root) = book.root(of) else {
        return Some(NO_SUCH_RECORD);
    };
    if is_voided(book, &root.handle) {
        return Some(NO_SUCH_RECORD);
    }
    if root.draft.amount.currency() != draft.amount.currency() {
        return Some(BAD_AMOUNT);
    }
    let asked = draft.amount.minor();
    match draft.operation {
        OperationKind::Capture => {
            let open = root.draft.operation == OperationKind::Authorize && captured_minor(book, &root.handle) == 0;
            if !open {
                return Some(NO_SUCH_RECORD);
            }
            (!(1..=ceiling_minor(root)).contains(&asked)).then_some(BAD_AMOUNT)
        }
        OperationKind::Adjust => {
            if taken_minor(book, root) == 0 || refunded_minor(book, &root.handle) > 0 {
                return Some(NO_SUCH_RECORD);
            }
            (!(1..=ceiling_minor(root)).contains(&asked)).then_some(BAD_AMOUNT)
        }
        OperationKind::Void => (refunded_minor(book, &root.handle) > 0).then_some(NO_SUCH_RECORD),
        OperationKind::Refund => {
            let left = taken_minor(book, root).saturating_sub(refunded_minor(book, &root.handle));
            if taken_minor(book, root) == 0 {
                return Some(NO_SUCH_RECORD);
            }
            if root.draft.ruling.refunds_decline {
                return Some(REFUND_REFUSED);
            }
            (!(1..=left).contains(&asked)).then_some(BAD_AMOUNT)
        }
        _ => Some(BAD_FORMAT),
    }
}

/// Whether the approval `handle` was voided.
pub(super) fn is_voided(book: &Book, handle: &str) -> bool {
    book.follow_ups(handle).any(|(_, line)| line.draft.operation == OperationKind::Void)
}

/// The most that may be taken of an approval: tips come on top of it.
fn ceiling_minor(root: &Line) -> i64 {
    tip_ceiling(approved_money(root)).map_or(root.approved_minor(), Money::minor)
}

fn captured_minor(book: &Book, root: &str) -> i64 {
    sum(book, root, OperationKind::Capture)
}

/// A voided refund gave nothing back.
fn refunded_minor(book: &Book, root: &str) -> i64 {
    sum(book, root, OperationKind::Refund)
}

fn sum(book: &Book, root: &str, operation: OperationKind) -> i64 {
    book.follow_ups(root)
        .filter(|(_, line)| line.draft.operation == operation && !is_voided(book, &line.handle))
        .fold(0, |sum: i64, (_, line)| sum.saturating_add(line.approved_minor()))
}

/// The newest adjustment says how much, else what was first taken.
fn taken_minor(book: &Book, root: &Line) -> i64 {
    let is_adjusted = |line: &Line| line.draft.operation == OperationKind::Adjust;
    if let Some((_, adjusted)) = book.follow_ups(&root.handle).rfind(|(_, line)| is_adjusted(line)) {
        return adjusted.approved_minor();
    }
    match root.draft.operation {
        OperationKind::Sale => root.approved_minor(),
        OperationKind::Authorize => captured_minor(book, &root.handle),
        _ => 0,
    }
}

/// What a line approved, as money.
pub(super) fn approved_money(line: &Line) -> Money {
    Money::new(line.approved_minor(), line.draft.amount.currency())
        .unwrap_or_else(|_| Money::zero(line.draft.amount.currency()))
}
