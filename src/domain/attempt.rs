//! One conversation with a processor about one operation, and what every answer means (RELIABILITY.md section 2).
//!
//! Invariants: an unknown outcome blocks its charge; it is left only by an exact answer, or by a person; "not found"
//! is believed only after the settle time; a decline that follows an unknown is looked at once more after it.

use super::id::{AttemptId, ProcessorId, TransactionId};
use super::money::Money;
use super::time::{DAY, HOUR, MINUTE, Timestamp};

/// What a processor was asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttemptOperation {
    /// Take money.
    Sale,
    /// Hold money.
    Authorize,
    /// Ask whether the instrument is good.
    Verify,
    /// Give money without an earlier charge.
    Credit,
    /// Take held money.
    Capture,
    /// Undo what has not settled.
    Void,
    /// Give money back.
    Refund,
    /// Take another amount than was taken, before it settles.
    Adjust,
}

impl AttemptOperation {
    /// The name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Authorize => "authorize",
            Self::Verify => "verify",
            Self::Credit => "credit",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Adjust => "adjust",
        }
    }

    /// Reads the name in the file.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Sale, Self::Authorize, Self::Verify, Self::Credit, Self::Capture, Self::Void, Self::Refund, Self::Adjust]
            .into_iter()
            .find(|operation| operation.as_str() == text)
    }
}

/// Where an attempt stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttemptState {
    /// Written down; no byte has left.
    Intent,
    /// The processor holds a handle; no money can have moved.
    Prepared,
    /// The request is on its way, or was when the process died.
    Sending,
    /// Nobody can say yet whether money moved. Shown as "being confirmed".
    Unknown,
    /// The customer must confirm (3-D Secure).
    Action,
    /// Accepted, decided later (bank debits).
    Pending,
    /// Money moved.
    Succeeded,
    /// Refused for good.
    Declined,
    /// Never arrived, believed after the settle time.
    Absent,
    /// Given up before anything was sent.
    Cancelled,
    /// A person must say.
    Review,
}

impl AttemptState {
    const ALL: [Self; 11] = [
        Self::Intent,
        Self::Prepared,
        Self::Sending,
        Self::Unknown,
        Self::Action,
        Self::Pending,
        Self::Succeeded,
        Self::Declined,
        Self::Absent,
        Self::Cancelled,
        Self::Review,
    ];

    /// The name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Prepared => "prepared",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Action => "action",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Declined => "declined",
            Self::Absent => "absent",
            Self::Cancelled => "cancelled",
            Self::Review => "review",
        }
    }

    /// Reads the name in the file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing can change it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Declined | Self::Absent | Self::Cancelled)
    }
}

/// What the success of an attempt changes of its transaction besides the money it moves; `None` stays as it is. It
/// waits with the attempt, so that a refusal changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Tax in the amount, minor units.
    pub tax_minor: Option<i64>,
    /// Shipping in the amount, minor units.
    pub shipping_minor: Option<i64>,
    /// Tip in the amount, minor units.
    pub tip_minor: Option<i64>,
    /// Whether it is exempt of tax.
    pub tax_exempt: Option<bool>,
    /// The merchant's order.
    pub order_id: Option<String>,
    /// The merchant's purchase order.
    pub po_number: Option<String>,
    /// The customer's address on the net.
    pub ip_address: Option<String>,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// The transaction it is about.
    pub transaction_id: TransactionId,
    /// The business fact; at most one attempt of a charge is open or successful.
    pub charge_key: String,
    /// 1, 2, … within the charge.
    pub number: u32,
    /// What was asked.
    pub operation: AttemptOperation,
    /// How much.
    pub amount: Money,
    /// Whom.
    pub processor_id: ProcessorId,
    /// The processor's idempotency key: follows from install, charge and number.
    pub reference: String,
    /// Where it stands.
    pub state: AttemptState,
    /// The processor's own id, "" before it gave one.
    pub handle: String,
    /// The run of the program that sent it.
    pub boot_id: String,
    /// Whether its outcome was ever unknown.
    pub was_unknown: bool,
    /// Whether it was declined after an unknown and is looked at once more after the settle time.
    pub provisional: bool,
    /// Our response code, 0 before an answer.
    pub response_code: u16,
    /// Whether it was declined for good (no retry with this card).
    pub hard: bool,
    /// When the request left.
    pub sent_at: Option<Timestamp>,
    /// How often the processor was asked about it.
    pub polls: u32,
    /// When the processor is asked next.
    pub poll_at: Option<Timestamp>,
    /// What its success changes besides the money.
    pub change: Change,
    /// When it was written down.
    pub created_at: Timestamp,
}

/// What was learned about an attempt, from its own answer or from a look-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    /// Money moved.
    Approved,
    /// Refused; `hard` means: not with this card.
    Declined {
        /// No retry with this card.
        hard: bool,
    },
    /// The customer must confirm.
    ActionRequired,
    /// The processor is still working on it.
    InFlight,
    /// The processor has never heard of it.
    Absent,
    /// No usable answer: time-out, broken connection, 5xx, garbage, 409.
    Unclear,
}

/// What follows from a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The next state.
    pub state: AttemptState,
    /// Whether the decline is provisional.
    pub provisional: bool,
    /// Whether the outcome was ever unknown, including now.
    pub was_unknown: bool,
    /// When to ask (again).
    pub poll_at: Option<Timestamp>,
}

/// How long "not found" is not believed, at least (RELIABILITY.md 2.2.6).
pub const SETTLE_MIN_US: i64 = DAY;
/// How long an unclear attempt is polled before a person must say.
pub const REVIEW_AFTER_US: i64 = 7 * DAY;
/// How long a customer may take to confirm before the attempt is given up.
pub const ACTION_MAX_US: i64 = DAY;
/// When an unknown attempt is polled, counted from its sending; daily afterwards (RELIABILITY.md 2.3).
const POLLS_US: [i64; 7] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR];

/// max(key window, search lag, 24 h).
pub fn settle_time_us(key_window_us: i64, find_lag_us: i64) -> i64 {
    SETTLE_MIN_US.max(key_window_us).max(find_lag_us)
}

/// What `finding` means for `attempt` at `now`, where "not found" is believed `settle_us` after sending.
///
/// Final attempts stay what they are.
pub fn judge(attempt: &Attempt, finding: Finding, now: Timestamp, settle_us: i64) -> Verdict {
    let sent_at = attempt.sent_at.unwrap_or(attempt.created_at);
    let settled = now.since(sent_at) >= settle_us;
    let done = |state| Verdict { state, provisional: false, was_unknown: attempt.was_unknown, poll_at: None };
    let wait = |provisional| Verdict {
        state: AttemptState::Unknown,
        provisional,
        was_unknown: true,
        poll_at: Some(next_poll(sent_at, now, settle_us)),
    };
    if attempt.state.is_final() {
        return Verdict {
            state: attempt.state,
            provisional: attempt.provisional,
            was_unknown: attempt.was_unknown,
            poll_at: attempt.poll_at,
        };
    }
    match finding {
        Finding::Approved => done(AttemptState::Succeeded),
        Finding::Declined { .. } if !attempt.was_unknown || settled => done(AttemptState::Declined),
        Finding::Declined { .. } => wait(true),
        Finding::ActionRequired if now.since(sent_at) >= ACTION_MAX_US => done(AttemptState::Cancelled),
        Finding::ActionRequired => Verdict {
            state: AttemptState::Action,
            provisional: false,
            was_unknown: attempt.was_unknown,
            poll_at: Some(next_poll(sent_at, now, settle_us)),
        },
        Finding::Absent if settled && attempt.provisional => done(AttemptState::Declined),
        Finding::Absent if settled => done(AttemptState::Absent),
        Finding::Absent => wait(attempt.provisional),
        Finding::InFlight | Finding::Unclear if now.since(sent_at) >= REVIEW_AFTER_US => {
            Verdict { state: AttemptState::Review, provisional: attempt.provisional, was_unknown: true, poll_at: None }
        }
        Finding::InFlight | Finding::Unclear => wait(attempt.provisional),
    }
}

/// The next time after `now` at which the processor is asked: the poll times, the settle time, then daily.
fn next_poll(sent_at: Timestamp, now: Timestamp, settle_us: i64) -> Timestamp {
    let age = now.since(sent_at);
    let days = age.checked_div(DAY).unwrap_or(0).saturating_add(1).saturating_mul(DAY);
    let next = POLLS_US.into_iter().chain([settle_us, days]).filter(|at| *at > age).min().unwrap_or(days);
    sent_at.plus(next)
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
