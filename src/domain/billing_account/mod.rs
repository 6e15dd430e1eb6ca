//! A customer as an account: items add up on a balance, and on the account's due date they become one order.

pub mod decimal;
pub mod item;
pub mod item_status;
pub mod limit;
pub mod schedule;
pub mod subscription;

use jiff::civil::Date;

pub use decimal::Decimal;
pub use item::{Item, Items};
pub use item_status::{EventType, ItemStatus};
pub use limit::Limit;
pub use schedule::Schedule;
pub use subscription::AccountSubscription;

use super::currency::Currency;
use super::id::{CustomerId, PaymentMethodId};
use super::time::Timestamp;
use schedule::Frequency;

/// The currency of accounts whose maker names none (seed payfunc, "Account Creatable").
pub const CURRENCY_DEFAULT: &str = "SEK";

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// Nothing to pay with and no order yet.
    Created,
    /// In good order.
    Active,
    /// An order waits for its money.
    Pending,
    /// An order's charges were all declined.
    Suspended,
}

impl AccountStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Suspended => "suspended",
        }
    }
}

/// The terms under which a customer's balance is billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingAccount {
    /// Whose.
    pub customer_id: CustomerId,
    /// What the merchant calls it.
    pub number: Option<String>,
    /// What it is kept in.
    pub currency: Currency,
    /// When its balance becomes an order.
    pub schedule: Schedule,
    /// How much may stand on it.
    pub limit: Option<Limit>,
    /// JSON text of the customer as it was given, where it was.
    pub customer_json: Option<String>,
    /// Payment methods in the order in which they are tried; those left out come behind, the oldest first.
    pub method_order: Vec<PaymentMethodId>,
    /// The next due date.
    pub due_on: Option<Date>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl BillingAccount {
    /// The terms of a customer for whom nobody said any, as of `now`, which is `today` where the company is.
    pub fn unsaid(customer_id: CustomerId, currency: Currency, today: Date, now: Timestamp) -> Self {
        let schedule = Schedule::every(Frequency::Monthly);
        Self {
            customer_id,
            number: None,
            currency,
            schedule,
            limit: None,
            customer_json: None,
            method_order: Vec::new(),
            due_on: schedule.next(today),
            created_at: now,
            updated_at: now,
        }
    }
}
