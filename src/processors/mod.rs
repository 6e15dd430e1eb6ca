//! The one door to whoever moves the money: the trait [`Processor`], what it is asked and what it answers.
//!
//! Invariant: an answer that is not parsed and documented is [`Outcome::Unknown`], never a decline (RELIABILITY.md
//! 2.2.4). Nothing here opens a transaction or decides what an answer means for a charge; that is `app`'s.

pub mod outcome;
pub mod registry;
pub mod simulator;

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::civil::Date;
use zeroize::Zeroizing;

use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::card_read::CardRead;
use crate::domain::cardholder_authentication::CardholderAuthentication;
use crate::domain::fees::surcharge::Funding;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

pub use outcome::{Approval, Decline, Hardness, Lookup, Outcome, Prepared};
pub use registry::Registry;

/// Whoever moves the money.
pub trait Processor: Send + Sync {
    /// Which implementation this is: "simulator".
    fn kind(&self) -> &'static str;

    /// What the charging protocol may rely on.
    fn capabilities(&self) -> Capabilities;

    /// Two-step only: reserves a handle to commit later. Moves no money.
    fn prepare<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Prepared>;

    /// Moves the money. `handle` is what [`Processor::prepare`] gave (two-step); `None` in the one-step form.
    ///
    /// [`Operation::Capture`], `Void`, `Refund` and `Adjust` name their approval themselves and need no handle in either form.
    fn commit<'a>(&'a self, handle: Option<&'a str>, request: &'a Request) -> BoxFuture<'a, Outcome>;

    /// What became of `handle` (of a preparation or an approval), exactly.
    fn status<'a>(&'a self, handle: &'a str, now: Timestamp) -> BoxFuture<'a, Lookup>;

    /// How the cards whose first six digits these are get paid for, where that is known: decides about surcharges.
    fn funding(&self, _first_six: &str) -> Option<Funding> {
        None
    }

    /// The simulator, where this is it: its challenge page needs more than a processor offers.
    fn simulator(&self) -> Option<&simulator::Simulator> {
        None
    }

    /// What became of our `reference`; may lag behind by [`Capabilities::find_lag_us`].
    fn find<'a>(&'a self, reference: &'a str, now: Timestamp) -> BoxFuture<'a, Lookup>;
}

/// What the charging protocol may rely on (RELIABILITY.md 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether a charge is prepared first and committed by its handle.
    pub two_step: bool,
    /// How long the same reference gives the same answer, microseconds; `None` where references are not remembered.
    pub idempotency_window_us: Option<i64>,
    /// Whether [`Processor::find`] answers.
    pub has_find: bool,
    /// How long after its effect a charge may be missing from [`Processor::find`], microseconds.
    pub find_lag_us: i64,
    /// Smallest amount of one charge, minor units.
    pub amount_min_minor: i64,
    /// Largest amount of one charge, minor units.
    pub amount_max_minor: i64,
}

/// One thing asked of a processor.
#[derive(Clone)]
pub struct Request {
    /// Our idempotency key: follows from install, charge and attempt number, so a resend carries the same one.
    pub reference: String,
    /// What to do.
    pub operation: Operation,
    /// How much; zero for [`Operation::Verify`] and [`Operation::Void`].
    pub amount: Money,
    /// With what.
    pub instrument: Instrument,
    /// Whether an approval of less than `amount` is welcome.
    pub allow_partial: bool,
    /// The card's security code, where the customer gave it for this request.
    pub cvc: Option<Cvc>,
    /// What an earlier 3-D Secure collected.
    pub authentication: Option<CardholderAuthentication>,
    /// What a wallet gave in place of a security code.
    pub proof: Option<WalletProof>,
    /// The postal code of the billing address, for address verification.
    pub postal_code: Option<String>,
    /// The present instant.
    pub now: Timestamp,
    /// The present date in the company's zone: decides whether a card is expired.
    pub today: Date,
}

/// Shows nothing that is secret: no card number, account number or security code.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("reference", &self.reference)
            .field("operation", &self.operation)
            .field("amount", &self.amount.to_string())
            .field("instrument", &self.instrument.kind())
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// What a processor is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Take the money.
    Sale,
    /// Hold the money until it is captured or voided.
    Authorize,
    /// Ask whether the instrument is good; moves nothing.
    Verify,
    /// Give money without an earlier charge.
    Credit,
    /// Take held money, at most what was held and what a tip may add to it.
    Capture {
        /// Handle of the authorization.
        of: String,
    },
    /// Undo an approval that has not settled.
    Void {
        /// Handle of the approval.
        of: String,
    },
    /// Give money of an earlier charge back; all refunds together at most what was taken.
    Refund {
        /// Handle of the sale, the authorization or its capture.
        of: String,
    },
    /// Take another amount than was taken, before it settles: a tip was added. The amount is the new total.
    Adjust {
        /// Handle of the sale, the authorization or its capture.
        of: String,
    },
}

impl Operation {
    /// Which kind, without the handle.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Sale => OperationKind::Sale,
            Self::Authorize => OperationKind::Authorize,
            Self::Verify => OperationKind::Verify,
            Self::Credit => OperationKind::Credit,
            Self::Capture { .. } => OperationKind::Capture,
            Self::Void { .. } => OperationKind::Void,
            Self::Refund { .. } => OperationKind::Refund,
            Self::Adjust { .. } => OperationKind::Adjust,
        }
    }

    /// The handle of the earlier approval, where the operation has one.
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::Capture { of } | Self::Void { of } | Self::Refund { of } | Self::Adjust { of } => Some(of),
            Self::Sale | Self::Authorize | Self::Verify | Self::Credit => None,
        }
    }
}

/// The kind of an [`Operation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Take the money.
    Sale,
    /// Hold the money.
    Authorize,
    /// Ask whether the instrument is good.
    Verify,
    /// Give money without an earlier charge.
    Credit,
    /// Take held money.
    Capture,
    /// Undo an approval.
    Void,
    /// Give money back.
    Refund,
    /// Take another amount than was taken.
    Adjust,
}

/// The proof that a card's holder approved a payment on a device.
#[derive(Clone)]
pub struct WalletProof {
    /// Good for one payment; `None` where the wallet gave the card's own number.
    pub cryptogram: Option<Zeroizing<String>>,
    /// Electronic commerce indicator: "05"; "" where there is none.
    pub eci: String,
}

/// The kind of [`Instrument::Apm`].
pub(crate) const APM: &str = "apm";

/// What pays.
#[derive(Clone)]
pub enum Instrument {
    /// A card.
    Card {
        /// Its number.
        number: CardNumber,
        /// Its last month.
        expiry: Expiry,
        /// Typed in (true) or read from the card (false).
        keyed: bool,
    },
    /// What a card reader gave.
    Read(CardRead),
    /// A bank account in the US.
    BankAccount {
        /// The bank.
        routing: RoutingNumber,
        /// The account.
        account: AccountNumber,
        /// How the holder agreed.
        sec_code: SecCode,
        /// Checking or savings.
        account_type: AccountType,
    },
    /// A card terminal, which asks the person in front of it.
    Terminal {
        /// The terminal's number.
        tpn: String,
    },
    /// A page of the method's own, where the customer pays.
    Apm {
        /// Which method: "alipay".
        kind: String,
    },
    /// What paid before: for capture, void, refund and adjustment.
    Earlier,
}

impl Instrument {
    /// "card", "bank_account", "terminal", "apm" or "earlier".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Card { .. } | Self::Read(_) => "card",
            Self::BankAccount { .. } => "bank_account",
            Self::Terminal { .. } => "terminal",
            Self::Apm { .. } => APM,
            Self::Earlier => "earlier",
        }
    }
}
