//! Usage events: something a customer did, what it costs in each denomination, and what becomes of it.
//!
//! A pending event reserves and is cancelled by the clock one hour after it was made, whoever looks and whenever.
//! Gate and range are decided here, over the purses as the write that records the event finds them.

use super::currency::Denomination;
use super::id::{CustomerId, UsageEventId};
use super::time::{HOUR, Timestamp};
use crate::error::{Error, Result};

/// How long an event may stay pending, microseconds (contract-fermata.md, section 5).
pub const PENDING_US: i64 = HOUR;
/// Longest type of an event, characters.
pub const TYPE_MAX: usize = 64;
/// Longest metadata, bytes of JSON.
pub const METADATA_MAX_BYTES: usize = 16 * 1024;

/// What kind of thing a customer did: `[A-Za-z0-9_.:-]{1,64}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventType(String);

impl EventType {
    /// Reads a type.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=TYPE_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $type:ident { $($variant:ident $name:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $type {
            $(#[doc = $doc] $variant,)*
        }

        impl $type {
            /// The name in the file and on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Reads that name.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// What an event is. Everything but pending is final.
    EventState {
        Pending "pending" "Its costs are reserved.";
        Complete "complete" "Its costs are in the balances.";
        Cancelled "cancelled" "It has no effect.";
        Gated "gated" "A balance did not cover it, or was paused: recorded, never billed.";
    }
}

words! {
    /// Why an event was cancelled.
    CancelReason {
        Requested "requested" "Somebody asked for it.";
        Expired "expired" "It was pending for an hour.";
    }
}

words! {
    /// Why a gate refused an event.
    GateReason {
        Insufficient "insufficient_balance" "The balance does not cover the cost.";
        Paused "balance_paused" "Nothing may be taken from the balance.";
    }
}

/// What an event takes from one balance; below zero it gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cost {
    /// Which balance.
    pub denomination: Denomination,
    /// Units.
    pub amount: i64,
}

/// What a gate found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateRefusal {
    /// Why.
    pub reason: GateReason,
    /// At which balance.
    pub denomination: Denomination,
    /// What was to be taken.
    pub needed: i64,
    /// What there was.
    pub available: i64,
}

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UsageEvent {
    /// The row's key, its place among all events.
    pub key: i64,
    /// Its id.
    pub id: UsageEventId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What was done.
    pub kind: EventType,
    /// How often, one or more.
    pub quantity: i64,
    /// What it costs, by denomination; each denomination once.
    pub costs: Vec<Cost>,
    /// Whether balances must cover it.
    pub gate_on_balance: bool,
    /// JSON text that the caller gave.
    pub metadata_json: String,
    /// What it is.
    pub state: EventState,
    /// Why it is cancelled, where it is.
    pub cancel_reason: Option<CancelReason>,
    /// Why it is gated, where it is.
    pub refusal: Option<GateRefusal>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it became final.
    pub finished_at: Option<Timestamp>,
    /// When it last changed, if ever.
    pub updated_at: Option<Timestamp>,
}

impl UsageEvent {
    /// The instant from which on it counts as cancelled, while it is pending.
    pub fn expires_at(&self) -> Option<Timestamp> {
        (self.state == EventState::Pending).then(|| self.created_at.plus(PENDING_US))
    }

    /// The event as it is at `now`: one whose hour is over is cancelled, whether a job noted it or not.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp) -> Self {
        if let Some(expired) = self.expires_at().filter(|at| *at <= now) {
            self.state = EventState::Cancelled;
            self.cancel_reason = Some(CancelReason::Expired);
            self.finished_at = Some(expired);
            self.updated_at = Some(expired);
        }
        self
    }
}

/// What one unit of a type costs in one denomination.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventPrice {
    /// Of which events.
    pub kind: EventType,
    /// The price.
    pub cost: Cost,
}

/// Which events a list shows; everything named must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UsageFilter {
    /// Whose.
    pub customer_id: Option<CustomerId>,
    /// Of this type.
    pub kind: Option<EventType>,
    /// In this state at the present instant.
    pub state: Option<EventState>,
}

/// The costs of `quantity` units at these prices.
///
/// # Errors
/// `Refused` as out of range where a product is no amount.
pub fn priced(prices: Vec<Cost>, quantity: i64) -> Result<Vec<Cost>> {
    let times = |price: Cost| {
        let amount = price.amount.checked_mul(quantity).ok_or_else(|| Error::out_of_range(Some("quantity")))?;
        Ok(Cost { amount, ..price })
    };
    prices.into_iter().map(times).collect()
}

/// A balance as a write finds it: sums, so that nothing is lost before it is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Purse {
    /// Posted credits less posted debits.
    pub amount: i128,
    /// What pending events hold.
    pub pending_debits: i128,
    /// What pending events promise.
    pub pending_credits: i128,
    /// How far below zero it may go.
    pub credit_limit: i64,
    /// Whether nothing may be taken.
    pub is_paused: bool,
}

impl Purse {
    /// What may be spent.
    pub fn available(&self) -> i128 {
        self.amount.saturating_sub(self.pending_debits)
    }

    /// This purse after `amount` units were taken (given, below zero), or reserved.
    #[must_use]
    pub fn after(mut self, amount: i64, is_pending: bool) -> Self {
        let amount = i128::from(amount);
        match (is_pending, amount > 0) {
            (false, _) => self.amount = self.amount.saturating_sub(amount),
            (true, true) => self.pending_debits = self.pending_debits.saturating_add(amount),
            (true, false) => self.pending_credits = self.pending_credits.saturating_sub(amount),
        }
        self
    }

    /// Passes where every sum is an amount that can be told.
    ///
    /// # Errors
    /// `Refused` as out of range.
    pub fn in_range(&self) -> Result<()> {
        let sums = [self.amount, self.pending_debits, self.pending_credits, self.available()];
        if sums.iter().all(|sum| i64::try_from(*sum).is_ok()) { Ok(()) } else { Err(Error::out_of_range(None)) }
    }
}

/// Why the first balance that does refuse this cost refuses it: a paused one gives nothing, gated or not.
pub fn refusal_of(costs: &[Cost], purses: &[Purse], gate_on_balance: bool) -> Option<GateRefusal> {
    costs.iter().zip(purses).find_map(|(cost, purse)| {
        let reason = if cost.amount <= 0 {
            return None;
        } else if purse.is_paused {
            GateReason::Paused
        } else if gate_on_balance && purse.available().saturating_add(purse.credit_limit.into()) < cost.amount.into() {
            GateReason::Insufficient
        } else {
            return None;
        };
        Some(GateRefusal {
            reason,
            denomination: cost.denomination.clone(),
            needed: cost.amount,
            available: super::balance::within(purse.available()),
        })
    })
}

#[cfg(test)]
#[path = "usage_event_tests.rs"]
mod tests;
