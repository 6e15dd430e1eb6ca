//! Orders: what an account's balance became on its due date, or what a shop sold at once; and what happened to it.
//!
//! Where its items stand is never stored: it follows from the order's events ([`standing`]).

pub mod standing;

use jiff::civil::Date;

use super::billing_account::{EventType, Items};
use super::currency::Currency;
use super::id::{CustomerId, SalesOrderId, TransactionId};
use super::money::Money;
use super::time::{DAY, Timestamp};

pub use standing::Standing;

/// Days after which a declined order is charged again (facts-payfunc.md, "Failed account payment").
pub const RETRY_DAYS: [u32; 2] = [1, 3];
/// Most retries, and most days until one, that a caller may ask for.
pub const RETRIES_MAX: usize = 10;
/// The longest wait for a retry, days.
pub const RETRY_DAYS_MAX: u32 = 90;

macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($(#[$variant_meta:meta])* $variant:ident $name:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $type {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $type {
            /// The name on the wire and in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Reads the name.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

names! {
    /// How an order is paid.
    PaymentType {
        /// With the first usable method of its account.
        Account "account";
        /// With a card that comes as a token.
        Card "card";
        /// Outside, by an invoice of the merchant's.
        Invoice "invoice";
        /// Outside, in parts.
        Installment "installment";
        /// Outside, from a bank account.
        Direct "direct";
        /// Outside, with Swish.
        Swish "swish";
        /// Later.
        Defer "defer";
    }
}

impl PaymentType {
    /// Whether we take the money; the others are paid outside, and the merchant tells us by events.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Account | Self::Card)
    }
}

names! {
    /// What comes with the payment by an account.
    ChargeMode {
        /// The items count as charged as soon as the money is there.
        Auto "auto";
        /// The order settles what stands on the balance.
        Balance "balance";
    }
}

names! {
    /// Where our own charge of an order stands.
    OrderState {
        /// We charge nothing.
        Outside "outside";
        /// It is to be charged at `charge_at`, for the first time or again.
        Waiting "waiting";
        /// A request is on its way, or its outcome is not known.
        Charging "charging";
        /// Every try was declined: a person, or another method, must help.
        Failed "failed";
        /// The money was taken.
        Paid "paid";
        /// Nothing will be taken any more, or it was given back.
        Ended "ended";
    }
}

/// How an order is paid, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// How.
    pub kind: PaymentType,
    /// For an account.
    pub charge: Option<ChargeMode>,
    /// What the merchant calls it.
    pub reference: Option<String>,
    /// What the customer reads.
    pub descriptor: Option<String>,
    /// Days after which a declined charge is tried again.
    pub retry_days: Vec<u32>,
    /// When it was said to be paid so.
    pub created_at: Timestamp,
}

impl Payment {
    /// By the account, as its due date has it.
    pub fn of_account(charge: ChargeMode, created_at: Timestamp) -> Self {
        Self {
            kind: PaymentType::Account,
            charge: Some(charge),
            reference: None,
            descriptor: None,
            retry_days: RETRY_DAYS.to_vec(),
            created_at,
        }
    }

    /// When it is tried again after the declines of `tries` tries; `None` after the last.
    pub fn retry_at(&self, tries: u32) -> Option<Timestamp> {
        let index = usize::try_from(tries).ok()?.checked_sub(1)?;
        let days = i64::from(*self.retry_days.get(index)?);
        Some(self.created_at.plus(days.saturating_mul(DAY)))
    }
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    /// What.
    pub kind: EventType,
    /// When.
    pub at: Timestamp,
    /// What the merchant calls it.
    pub reference: Option<String>,
    /// To which items; to all of them where `None`.
    pub items: Option<Items>,
    /// What the customer reads.
    pub descriptor: Option<String>,
    /// Of a failure: what failed.
    pub original: Option<EventType>,
    /// Of a failure: why.
    pub error: Option<String>,
    /// JSON text of what else the merchant said with it (`period`, `payout`, `gross`, `fee`, `net`).
    pub details_json: Option<String>,
    /// The transaction that it waits for or that did it.
    pub transaction_id: Option<TransactionId>,
    /// Whether the outcome of that transaction is still open: it has not happened then.
    pub is_waiting: bool,
}

impl OrderEvent {
    /// The plain event for all items.
    pub fn of(kind: EventType, at: Timestamp) -> Self {
        Self {
            kind,
            at,
            reference: None,
            items: None,
            descriptor: None,
            original: None,
            error: None,
            details_json: None,
            transaction_id: None,
            is_waiting: false,
        }
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesOrder {
    /// Its id.
    pub id: SalesOrderId,
    /// What the merchant calls it.
    pub number: Option<String>,
    /// Whose account it belongs to.
    pub customer_id: Option<CustomerId>,
    /// In what.
    pub currency: Currency,
    /// What is sold.
    pub items: Items,
    /// What it comes to: the sum of the rounded items.
    pub amount: Money,
    /// The tax in it.
    pub tax: Money,
    /// How it is paid.
    pub payment: Payment,
    /// The subscription it is for, where the merchant said so.
    pub subscription_id: Option<String>,
    /// JSON text of what travels along: `client`, `customer`, `theme`, `meta`, `language`.
    pub details_json: String,
    /// Where the merchant is told of what happens to it.
    pub callback: Option<String>,
    /// The due date of the account that made it.
    pub due_on: Option<Date>,
    /// Where our charge of it stands.
    pub state: OrderState,
    /// When it is charged next.
    pub charge_at: Option<Timestamp>,
    /// Declined charges so far.
    pub tries: u32,
    /// What happened, in order.
    pub events: Vec<OrderEvent>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl SalesOrder {
    /// Where its items stand.
    ///
    /// # Errors
    /// Events that contradict each other.
    pub fn standing(&self) -> crate::error::Result<Standing> {
        let mut standing = Standing::of(&self.items, self.currency)?;
        for event in self.events.iter().filter(|event| !event.is_waiting) {
            standing.apply(event.kind, event.items.as_ref())?;
        }
        Ok(standing)
    }

    /// Whether somebody still owes us its money.
    pub fn is_owed(&self) -> bool {
        matches!(self.state, OrderState::Waiting | OrderState::Charging | OrderState::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_count_from_the_payment() {
        let payment = Payment::of_account(ChargeMode::Balance, Timestamp::from_micros(0));
        for (tries, expected) in [(0, None), (1, Some(DAY)), (2, Some(3 * DAY)), (3, None)] {
            assert_eq!(payment.retry_at(tries), expected.map(Timestamp::from_micros), "after {tries}");
        }
    }
}
