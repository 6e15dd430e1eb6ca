//! The one error of the program, in domain words; every dialect gives it its own face.
//!
//! Reuse a variant where a program need not tell two refusals apart.
//! What went wrong inside ([`Inside`]) has no `Display`, so it cannot reach an answer by accident.

use std::fmt;

use crate::domain::refusal::{Refusal, RefusalCode};

/// The result of everything that can be refused or fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was refused or failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No such thing for this caller (foreign and missing look alike).
    #[error("{kind} not found")]
    NotFound {
        /// The noun: "customer", "invoice".
        kind: &'static str,
        /// The id asked for.
        id: String,
    },
    /// A value breaks a rule; the field is named as the dialect's caller wrote it.
    #[error("invalid {field}: {problem}")]
    Invalid {
        /// The path of the field, such as `payment_method.card.number`.
        field: String,
        /// What is wrong with it, without the offending value where that may be secret.
        problem: String,
    },
    /// The request contradicts what is stored (duplicate id, still in use, changed since it was read).
    #[error("{0}")]
    Conflict(String),
    /// The processor or the gateway refused the money.
    #[error("declined: {text}")]
    Declined {
        /// Our response code, 200-499 (facts-gateway.md, "Enumerations").
        code: u16,
        /// Short public text.
        text: String,
    },
    /// A state machine does not allow this step.
    #[error("{kind} cannot go from {from} to {to}")]
    InvalidTransition {
        /// The noun.
        kind: &'static str,
        /// State it is in.
        from: String,
        /// State asked for.
        to: String,
    },
    /// A gated balance does not cover the debit.
    #[error("insufficient funds")]
    InsufficientFunds,
    /// What was asked for is in no state for it; a word tells refusals apart where programs must.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// An idempotency key came back with another content.
    #[error("the idempotency key was used before with different content")]
    IdempotencyMismatch,
    /// No credentials, or wrong ones.
    #[error("unauthorized")]
    Unauthenticated,
    /// Known caller, not allowed.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// Too many requests.
    #[error("too many requests")]
    RateLimited {
        /// When to try again, seconds.
        retry_after_s: u32,
    },
    /// The body is larger than allowed.
    #[error("request is too large")]
    TooLarge,
    /// The body says that it is something else than JSON.
    #[error("the body must be application/json")]
    NotJson,
    /// The client took too long to send its request.
    #[error("the request did not arrive in time")]
    TooSlow,
    /// The writer's queue is full or the disk takes no writes: nothing happened, try again.
    #[error("busy, try again")]
    Busy,
    /// A fault of ours. The inside text goes to the log only.
    #[error("internal error")]
    Internal(Inside),
}

/// What went wrong inside. It has no `Display`; [`Inside::for_log`] is the only way to its text.
#[derive(Clone)]
pub struct Inside(String);

impl Inside {
    /// The text, for the log only.
    pub fn for_log(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inside({:?})", self.0)
    }
}

impl Error {
    /// A refusal that names the field.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), problem: problem.into() }
    }

    /// Nothing of this kind has this id.
    pub fn not_found(kind: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { kind, id: id.into() }
    }

    /// A write would take a sum out of the range of amounts; `field` is the member that does, where one is.
    pub fn out_of_range(field: Option<&str>) -> Self {
        let refusal = Refusal::new(RefusalCode::OutOfRange, "A sum would leave the range of amounts.");
        Refusal { field: field.map(str::to_owned), ..refusal }.into()
    }

    /// A fault of ours, with what a developer needs to find it.
    pub fn internal(inside: impl fmt::Display) -> Self {
        Self::Internal(Inside(inside.to_string()))
    }

    /// The same refusal with its field moved under `prefix` (`card.number` becomes `payment_method.card.number`).
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        match self {
            Self::Invalid { field, problem } => Self::Invalid { field: format!("{prefix}.{field}"), problem },
            other => other,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<crate::domain::money::MoneyError> for Error {
    fn from(error: crate::domain::money::MoneyError) -> Self {
        Self::invalid("amount", error.to_string())
    }
}

impl From<crate::domain::card::CardError> for Error {
    fn from(error: crate::domain::card::CardError) -> Self {
        Self::invalid(error.field(), error.to_string())
    }
}

impl From<crate::domain::bank_account::BankAccountError> for Error {
    fn from(error: crate::domain::bank_account::BankAccountError) -> Self {
        Self::invalid(error.field(), error.to_string())
    }
}
