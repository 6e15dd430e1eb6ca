//! A transaction: money asked of, or given to, one instrument, and what became of it.

pub mod adjustment;
pub mod search;
pub mod state;

use super::apm::Apm;
use super::id::{
    CustomerId, InvoiceId, PaymentMethodId, ProcessorId, SettlementBatchId, SubscriptionId, TerminalId, TransactionId,
    UserId,
};
use super::money::Money;
use super::time::Timestamp;

macro_rules! wire_names {
    ($(#[$meta:meta])* $type:ident { $($variant:ident $name:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $type {
            $(#[doc = $doc] $variant,)*
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

wire_names! {
    /// What kind of transaction (seed gateway, "Process").
    TransactionType {
        Sale "sale" "Authorized and captured at once.";
        Authorize "authorize" "Held until captured or voided.";
        Verification "verification" "Asks whether the instrument is good; moves nothing.";
        Credit "credit" "Gives money without an earlier sale.";
        Refund "refund" "Gives money of an earlier transaction back.";
    }
}

wire_names! {
    /// Where a transaction stands (facts-gateway.md, "Enumerations").
    TransactionStatus {
        Unknown "unknown" "Being confirmed: nobody can say yet whether money moved.";
        Pending "pending" "Waits for the customer (3-D Secure, redirect).";
        Declined "declined" "Refused.";
        Authorized "authorized" "Held.";
        PendingSettlement "pending_settlement" "Captured; settles at the next cut-off.";
        Settled "settled" "Paid out to the merchant.";
        Voided "voided" "Undone before settlement.";
        Reversed "reversed" "An authorization that was released.";
        Refunded "refunded" "Given back in full.";
        PartiallyRefunded "partially_refunded" "Given back in part.";
        Returned "returned" "A bank debit that came back after settlement.";
        LateReturn "late_return" "A bank debit that came back late.";
    }
}

wire_names! {
    /// What made the transaction (facts-gateway.md, "Enumerations").
    TransactionSource {
        Api "api" "A program through an API.";
        ControlPanel "cp" "A person in the dashboard.";
        Cart "cart" "A cart.";
        Invoice "invoice" "The hosted page of an invoice.";
        Recurring "recurring" "A subscription.";
        Batch "batch" "A file batch.";
    }
}

/// The amounts of a transaction, all of one currency.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amounts {
    /// What was asked for, everything included.
    pub amount: Money,
    /// Before surcharges and fees, 0 where the caller gave only `amount`.
    pub base: Money,
    /// Tax in it.
    pub tax: Money,
    /// Shipping in it.
    pub shipping: Money,
    /// Discount already taken off.
    pub discount: Money,
    /// Tip in it.
    pub tip: Money,
    /// Surcharge in it.
    pub surcharge: Money,
    /// Service fee in it.
    pub service_fee: Money,
    /// What a payment adjustment adds, in it.
    pub adjustment: Money,
    /// What the issuer agreed to.
    pub authorized: Money,
    /// What was taken.
    pub captured: Money,
    /// What was paid out.
    pub settled: Money,
    /// What was given back or is on its way back.
    pub refunded: Money,
}

impl Amounts {
    /// `amount` alone, nothing decided yet.
    pub fn of(amount: Money) -> Self {
        let zero = Money::zero(amount.currency());
        Self {
            amount,
            base: zero,
            tax: zero,
            shipping: zero,
            discount: zero,
            tip: zero,
            surcharge: zero,
            service_fee: zero,
            adjustment: zero,
            authorized: zero,
            captured: zero,
            settled: zero,
            refunded: zero,
        }
    }
}

/// Masked facts of what paid: nothing here can charge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InstrumentFacts {
    /// A card.
    Card {
        /// "visa".
        brand: String,
        /// First six digits.
        first_six: String,
        /// Last four digits.
        last_four: String,
        /// "401200******5439".
        masked: String,
        /// "12/20".
        expiration: String,
        /// "keyed" or "swiped".
        entry_type: String,
    },
    /// A US bank account.
    Ach {
        /// "******6789".
        masked: String,
        /// The bank.
        routing_number: String,
        /// "web".
        sec_code: String,
        /// "checking".
        account_type: String,
    },
    /// A card terminal.
    Terminal {
        /// The terminal's id.
        terminal_id: String,
        /// Its description.
        description: String,
        /// Its number.
        tpn: String,
    },
    /// A payment on another page.
    Apm(Apm),
}

impl InstrumentFacts {
    /// "card", "ach", "terminal" or "apm".
    pub fn payment_type(&self) -> &'static str {
        match self {
            Self::Card { .. } => "card",
            Self::Ach { .. } => "ach",
            Self::Terminal { .. } => "terminal",
            Self::Apm(_) => "apm",
        }
    }

    /// For people: "Visa •••• 4242".
    pub fn label(&self) -> String {
        match self {
            Self::Card { brand, last_four, .. } => {
                let name = super::card::Brand::parse(brand).map_or("Card", |known| known.label());
                format!("{name} •••• {last_four}")
            }
            Self::Ach { masked, .. } => format!("Bank account {}", masked.replace('*', "•")),
            Self::Terminal { description, .. } => format!("Terminal {description}"),
            Self::Apm(apm) => apm.kind.clone(),
        }
    }
}

/// The processor's answer as shown to callers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// "TAS731".
    pub auth_code: String,
    /// "00".
    pub processor_code: String,
    /// "APPROVAL TAS731".
    pub processor_text: String,
    /// One letter, "0" where there was nothing to check.
    pub avs: String,
    /// One letter.
    pub cvv: String,
    /// The processor's own id.
    pub handle: String,
}

/// A transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transaction {
    /// The row's integer key, 0 before it is stored.
    pub key: i64,
    /// Its id.
    pub id: TransactionId,
    /// What kind.
    pub kind: TransactionType,
    /// Where it stands.
    pub status: TransactionStatus,
    /// 0 unknown, 99 waits for the customer, 100-199 approved, 200-299 declined by the issuer, 300-399 by us, 400-499
    /// an error at the processor.
    pub response_code: u16,
    /// What made it.
    pub source: TransactionSource,
    /// All amounts.
    pub amounts: Amounts,
    /// Who moves the money.
    pub processor_id: ProcessorId,
    /// How it was given: card, ach, customer, terminal, token.
    pub method: String,
    /// What paid, masked; `None` before it is known (a refund takes its sale's).
    pub instrument: Option<InstrumentFacts>,
    /// Keyed HMAC of the card number: finds its charges, tells nothing.
    pub fingerprint: Option<[u8; 32]>,
    /// The processor's answer.
    pub answer: Answer,
    /// Whose.
    pub customer_id: Option<CustomerId>,
    /// With which stored method.
    pub payment_method_id: Option<PaymentMethodId>,
    /// For which subscription.
    pub subscription_id: Option<SubscriptionId>,
    /// For which invoice.
    pub invoice_id: Option<InvoiceId>,
    /// The transaction a refund belongs to.
    pub referenced_id: Option<TransactionId>,
    /// On which terminal.
    pub terminal_id: Option<TerminalId>,
    /// Settled in which batch.
    pub settlement_batch_id: Option<SettlementBatchId>,
    /// The user behind the request.
    pub user_id: Option<UserId>,
    /// The merchant's order.
    pub order_id: String,
    /// The merchant's purchase order.
    pub po_number: String,
    /// Free text.
    pub description: String,
    /// The customer's address on the net.
    pub ip_address: String,
    /// JSON snapshot of the billing address, "{}" where there is none.
    pub billing_address_json: String,
    /// JSON snapshot of the shipping address, "{}" where there is none.
    pub shipping_address_json: String,
    /// JSON of request fields that only travel along.
    pub details_json: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was captured.
    pub captured_at: Option<Timestamp>,
    /// When it settled.
    pub settled_at: Option<Timestamp>,
}
