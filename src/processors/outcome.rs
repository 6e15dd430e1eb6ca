//! What a processor answers: approvals, declines, unknowns and look-ups.

use crate::domain::money::Money;

/// The answer to [`super::Processor::prepare`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// A handle to commit; no money has moved.
    Handle(String),
    /// Refused; no money will move.
    Refused(Decline),
    /// No answer. No money has moved: preparing again is safe.
    Unknown,
}

/// The answer to [`super::Processor::commit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Approved(Approval),
    /// Refused.
    Declined(Decline),
    /// The customer must confirm first (3-D Secure); [`super::Processor::status`] of the handle tells when.
    ActionRequired {
        /// Handle of the waiting charge.
        handle: String,
    },
    /// Time-out, broken connection, 5xx, garbage or a conflict: the money may have moved.
    Unknown {
        /// For the log.
        reason: String,
    },
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What was approved: less than asked for in a partial approval, more where a terminal added a tip.
    pub amount: Money,
    /// The part of `amount` that is a tip, where a terminal asked for one.
    pub tip: Option<Money>,
    /// The processor's name of it, for status, capture, void and refund.
    pub handle: String,
    /// Our response code: 100, or 110 for a partial approval (facts-gateway.md, "Enumerations").
    pub response_code: u16,
    /// The issuer's authorization code.
    pub auth_code: String,
    /// The processor's own code.
    pub processor_code: String,
    /// The processor's own text.
    pub processor_text: String,
    /// Address verification: 'Y', 'N', or '0' where not asked.
    pub avs: char,
    /// Security code verification: 'M' or 'N'.
    pub cvv: char,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// Our response code, 200-499 (facts-gateway.md, "Enumerations").
    pub code: u16,
    /// Whether another try may succeed.
    pub hardness: Hardness,
    /// The processor's own code.
    pub processor_code: String,
    /// The processor's own text.
    pub processor_text: String,
    /// Address verification, as in [`Approval::avs`].
    pub avs: char,
    /// Security code verification, as in [`Approval::cvv`].
    pub cvv: char,
}

/// Whether another try with the same instrument may succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hardness {
    /// It may: dunning tries again.
    Soft,
    /// It will not (stolen, expired, stop): dunning stops.
    Hard,
}

/// The answer to [`super::Processor::status`] and [`super::Processor::find`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It happened.
    Approved(Approval),
    /// It was refused.
    Declined(Decline),
    /// It waits for the customer.
    ActionRequired {
        /// Handle of the waiting charge.
        handle: String,
    },
    /// The processor is still at it.
    InFlight,
    /// The processor knows of no commit: believed only after the settle time (RELIABILITY.md 2.2.6).
    Absent,
    /// The processor cannot say, or did not answer.
    CannotTell,
    /// A bank debit was approved and came back.
    Returned {
        /// Whether after the usual return time.
        late: bool,
    },
}
