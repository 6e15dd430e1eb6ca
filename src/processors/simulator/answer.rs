//! A line of the book as an answer to the caller, as a look-up and as an auditor's entry.

use super::book::{Book, Event, Line};
use super::effect::{approved_money, is_voided};
use super::table::{LATE_RETURN_AFTER_US, RETURN_AFTER_US, Refusal};
use super::{BookEntry, BookState};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::processors::{Approval, Decline, Lookup, Outcome};

/// The answer to the call that made the line.
pub(super) fn outcome(line: &Line) -> Outcome {
    match &line.event {
        Event::Approved { .. } => approval(line).map_or_else(no_answer, Outcome::Approved),
        Event::Declined { .. } => decline(line).map_or_else(no_answer, Outcome::Declined),
        Event::Waiting => Outcome::ActionRequired { handle: line.handle.clone() },
        Event::Prepared | Event::Stuck { .. } | Event::Landed => no_answer(),
    }
}

fn no_answer() -> Outcome {
    Outcome::Unknown { reason: "no answer".to_owned() }
}

/// The answer to a look-up at `now`: bank debits that come back do so when their time has come, unless voided.
pub(super) fn lookup(book: &Book, line: &Line, now: Timestamp) -> Lookup {
    if let Some(late) = line.draft.ruling.returns_late
        && line.is_approved()
        && now.since(line.at) >= if late { LATE_RETURN_AFTER_US } else { RETURN_AFTER_US }
        && !is_voided(book, &line.handle)
    {
        return Lookup::Returned { late };
    }
    match outcome(line) {
        Outcome::Approved(approval) => Lookup::Approved(approval),
        Outcome::Declined(decline) => Lookup::Declined(decline),
        Outcome::ActionRequired { handle } => Lookup::ActionRequired { handle },
        Outcome::Unknown { .. } => Lookup::CannotTell,
    }
}

/// The line as auditors see it; `None` for what no caller was answered.
pub(super) fn entry(line: &Line) -> Option<BookEntry> {
    let state = match line.event {
        Event::Waiting => BookState::Waiting,
        Event::Approved { .. } => BookState::Approved,
        Event::Declined { .. } => BookState::Declined,
        Event::Prepared | Event::Stuck { .. } | Event::Landed => return None,
    };
    Some(BookEntry {
        handle: line.handle.clone(),
        reference: line.draft.reference.clone(),
        operation: line.draft.operation,
        of: line.draft.of.clone(),
        requested: line.draft.amount,
        amount: approved_money(line),
        instrument: line.draft.instrument.clone(),
        shown: line.draft.shown.clone(),
        eci: line.draft.eci.clone(),
        at: line.at,
        state,
    })
}

fn approval(line: &Line) -> Option<Approval> {
    let Event::Approved { tip_minor, code, processor_code, processor_text, .. } = &line.event else {
        return None;
    };
    Some(Approval {
        amount: approved_money(line),
        tip: tip_minor.and_then(|minor| Money::new(minor, line.draft.amount.currency()).ok()),
        handle: line.handle.clone(),
        response_code: *code,
        auth_code: "TAS000".to_owned(),
        processor_code: processor_code.clone(),
        processor_text: processor_text.clone(),
        avs: line.draft.ruling.avs,
        cvv: line.draft.ruling.cvv,
    })
}

fn decline(line: &Line) -> Option<Decline> {
    let Event::Declined { code, hardness, processor_code, processor_text } = &line.event else {
        return None;
    };
    Some(Decline {
        code: *code,
        hardness: *hardness,
        processor_code: processor_code.clone(),
        processor_text: processor_text.clone(),
        avs: line.draft.ruling.avs,
        cvv: line.draft.ruling.cvv,
    })
}

/// A refusal that never reached the book.
pub(super) fn refused(refusal: Refusal) -> Decline {
    Decline {
        code: refusal.code,
        hardness: refusal.hardness,
        processor_code: refusal.processor_code.to_owned(),
        processor_text: refusal.processor_text.to_owned(),
        avs: '0',
        cvv: '0',
    }
}
