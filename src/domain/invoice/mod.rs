//! Invoices: what a customer owes, line by line, and on which terms it may be paid.
//!
//! Invariants: a total is the sum of its rounded parts ([`price`]); what is due is the total less what was paid;
//! an invoice that was paid in part is never taken back.

pub mod left_out;
pub mod price;
pub mod search;
pub mod status;

use jiff::civil::Date;

use super::address::Address;
use super::currency::Currency;
use super::id::{CustomerId, InvoiceId, InvoiceLineId, SubscriptionId, UserId};
use super::money::Money;
use super::rate::Rate;
use super::time::Timestamp;

pub use status::InvoiceStatus;

/// Lowest number of characters of a rejection's reason.
pub const REJECT_MESSAGE_MIN: usize = 1;
/// Most characters of a rejection's reason (facts-gateway.md, "Invoices").
pub const REJECT_MESSAGE_MAX: usize = 1024;

macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($variant:ident $name:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $type {
            $(#[doc = $doc] $variant,)*
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire and in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Reads the name.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }
    };
}
pub(crate) use names;

names! {
    /// Whether a line was paid (facts-gateway.md, "Enumerations").
    LineStatus {
        Pending "pending" "Not paid yet.";
        Paid "paid" "Paid.";
        Rejected "rejected" "Left out by the customer: it is shown, and not owed.";
    }
}

names! {
    /// What paying does (seed gateway, `transaction_type`).
    PayAs {
        Sale "sale" "The money is taken at once.";
        Authorize "authorize" "The money is held until the merchant captures it.";
    }
}

names! {
    /// A way in which an invoice may be paid (seed gateway, `payment_methods`).
    PayBy {
        Card "card" "By card.";
        Ach "ach" "From a bank account.";
        Mail "mail" "By a check in the mail.";
    }
}

names! {
    /// How the customer hears of an invoice (seed gateway, `send_via`).
    SendVia {
        Email "email" "By e-mail.";
        Text "text" "By text message.";
        Both "both" "By both.";
        None "none" "Not at all.";
    }
}

names! {
    /// What less than all that is due may be (facts-gateway.md, `settings.partial_payment_type`).
    PartialType {
        Amount "amount" "Any amount up to what is due.";
        LineItems "line_items" "All but the lines that the customer leaves out.";
    }
}

names! {
    /// Whether what pays is kept for the customer (facts-gateway.md, `save_customer_vault`).
    SaveMethod {
        None "none" "It is not kept.";
        Optional "optional" "The customer chooses.";
        Required "required" "It is always kept.";
    }
}

/// What made an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InvoiceSource {
    /// A program or a person.
    Api,
    /// One period of a subscription; there is at most one invoice per period.
    Subscription {
        /// Whose period.
        subscription_id: SubscriptionId,
        /// The billing date the period begins with.
        period_start: Date,
    },
}

/// Everything that changes how an invoice is shown or paid, not what is owed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceTerms {
    /// Name shown instead of the company's, "" for the company's.
    pub company_name: String,
    /// Logo shown instead of the company's, "" for the company's.
    pub company_logo_url: String,
    /// Whether the lines were given with their advanced fields.
    pub advanced_fields: bool,
    /// Whether tax is taken on the invoice instead of its lines.
    pub enable_tax: bool,
    /// Whether shipping counts.
    pub enable_shipping: bool,
    /// The rate of the invoice's tax, zero where it is a flat amount.
    pub tax_percent: Rate,
    /// How the tax came about, for people.
    pub tax_rule: String,
    /// Whether the pay form asks for a shipping address.
    pub require_shipping_details: bool,
    /// Whether the billing address is given when it is paid, and need not be known before.
    pub require_billing_details_on_payment_only: bool,
    /// Whether less than what is due may be paid.
    pub allow_partial_payment: bool,
    /// What less than all that is due may be.
    pub partial_type: PartialType,
    /// Whether a tip may be added.
    pub allow_tipping: bool,
    /// Whether what pays is kept for the customer.
    pub save_method: SaveMethod,
    /// The `po_number` of its transactions, "" for its id.
    pub po_number: String,
    /// What paying does.
    pub pay_as: PayAs,
    /// The ways to pay that are open, in the order given, each once.
    pub methods: Vec<PayBy>,
    /// Processor of card payments, "" for the default one.
    pub card_processor_id: String,
    /// Processor of bank payments, "" for the default one.
    pub ach_processor_id: String,
    /// How the customer hears of it.
    pub send_via: SendVia,
    /// Where mail about it goes, "" for the customer's own address.
    pub email_to: String,
    /// The stored address that `bill_to` was taken from, "" for none.
    pub bill_to_id: String,
    /// The stored address that `payable_to` was taken from, "" for none.
    pub payable_to_id: String,
    /// Service fees already paid, minor units; carried along.
    pub service_fees_paid_minor: i64,
    /// Surcharges already paid, minor units; carried along.
    pub surcharge_paid_minor: i64,
    /// Discounts already credited, minor units; carried along.
    pub discount_credited_minor: i64,
}

impl Default for InvoiceTerms {
    /// Payable whole, at once, by card or bank account; nobody is told.
    fn default() -> Self {
        Self {
            company_name: String::new(),
            company_logo_url: String::new(),
            advanced_fields: false,
            enable_tax: false,
            enable_shipping: false,
            tax_percent: Rate::ZERO,
            tax_rule: String::new(),
            require_shipping_details: false,
            require_billing_details_on_payment_only: false,
            allow_partial_payment: false,
            partial_type: PartialType::Amount,
            allow_tipping: false,
            save_method: SaveMethod::None,
            po_number: String::new(),
            pay_as: PayAs::Sale,
            methods: vec![PayBy::Card, PayBy::Ach],
            card_processor_id: String::new(),
            ach_processor_id: String::new(),
            send_via: SendVia::None,
            email_to: String::new(),
            bill_to_id: String::new(),
            payable_to_id: String::new(),
            service_fees_paid_minor: 0,
            surcharge_paid_minor: 0,
            discount_credited_minor: 0,
        }
    }
}

/// What a line says besides its amounts, as it was given.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineDetails {
    /// Units already shipped.
    pub quantity_shipped: i64,
    /// The merchant's code of the product.
    pub product_code: String,
    /// Commodity code.
    pub commodity_code: String,
    /// "lb", "kg".
    pub unit_of_measure: String,
    /// Another tax id.
    pub alternate_tax_identifier: String,
    /// Whether local and national tax are taken on this line.
    pub taxable: bool,
    /// Rate of the local tax.
    pub local_rate: Rate,
    /// Rate of the national tax.
    pub national_rate: Rate,
    /// Rate of both together.
    pub combined_rate: Rate,
}

/// A line of an invoice; its amounts are already rounded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceLine {
    /// Its id.
    pub id: InvoiceLineId,
    /// Whether it was paid.
    pub status: LineStatus,
    /// Free text, "" by default.
    pub kind: String,
    /// What it is.
    pub name: String,
    /// More about it.
    pub description: String,
    /// Price of one; negative only for the discount of a subscription.
    pub unit_price: Money,
    /// How many.
    pub quantity: i64,
    /// Taken off the line.
    pub discount: Money,
    /// Added to the line.
    pub freight: Money,
    /// Tax of the line, local and national included.
    pub tax: Money,
    /// Local tax in it.
    pub local_tax: Money,
    /// National tax in it.
    pub national_tax: Money,
    /// What the line adds to the total.
    pub amount: Money,
    /// What else it says.
    pub details: LineDetails,
    /// How the amount came about, for people.
    pub rule: String,
}

/// The sums of an invoice. `total` = `subtotal` + `tax` + `shipping` + `adjustment`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvoiceTotals {
    /// Lines less their discounts, with their freight, without taxes.
    pub subtotal: Money,
    /// Discounts in `subtotal`, as a positive amount.
    pub discount: Money,
    /// All taxes, of the lines or of the invoice.
    pub tax: Money,
    /// Shipping of the whole invoice.
    pub shipping: Money,
    /// Added (or, below zero, taken off) at the end.
    pub adjustment: Money,
    /// What is owed in all, never below zero.
    pub total: Money,
}

/// An invoice with its lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invoice {
    /// The row's integer key, 0 before it is stored.
    pub key: i64,
    /// Its id.
    pub id: InvoiceId,
    /// 128 random bits: whoever knows them may see and pay it.
    pub public_id: String,
    /// What the merchant calls it, "" for nothing.
    pub number: String,
    /// What made it.
    pub source: InvoiceSource,
    /// The user behind the request that made it.
    pub user_id: Option<UserId>,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// The merchant's own number of the customer.
    pub customer_number: String,
    /// The processor of a subscription's charges, "" for the default one.
    pub processor_id: String,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// Its sums.
    pub totals: InvoiceTotals,
    /// What was paid, here or outside; above the total only where a late answer paid twice.
    pub paid: Money,
    /// When it is due.
    pub date_due: Timestamp,
    /// When it is charged by itself next; never, if `None`.
    pub collect_at: Option<Timestamp>,
    /// Declined automatic charges so far.
    pub collect_attempts: u32,
    /// When the first of them was declined.
    pub first_declined_at: Option<Timestamp>,
    /// Successful payments so far; part of the next charge's key.
    pub payments: u32,
    /// Who owes.
    pub bill_to: Address,
    /// Who is paid.
    pub payable_to: Address,
    /// How it is shown and paid.
    pub terms: InvoiceTerms,
    /// A message to the customer.
    pub message: String,
    /// Why the customer rejected it, or some of its lines.
    pub reject_message: String,
    /// When the customer was last told of it.
    pub last_sent_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
}

impl Invoice {
    /// The currency of all its amounts.
    pub fn currency(&self) -> Currency {
        self.totals.total.currency()
    }

    /// What remains to be paid.
    pub fn due(&self) -> Money {
        self.totals.total.minus(self.paid).unwrap_or(self.totals.total).floor_at_zero()
    }

    /// Whether a payment may be started now, as far as the invoice says.
    pub fn is_payable(&self) -> bool {
        self.deleted_at.is_none() && self.status.is_payable() && self.due().is_positive()
    }

    /// The customer's name in the ledger: the id, or "" where the invoice names none.
    pub fn ledger_owner(&self) -> &str {
        self.customer_id.as_ref().map_or("", CustomerId::as_str)
    }

    /// What people call it, and the `order_id` of its transactions: the number, or else the id (seed, "Invoices").
    pub fn display_number(&self) -> &str {
        if self.number.is_empty() { self.id.as_str() } else { &self.number }
    }

    /// Where mail about it goes: its own address, or that of the one who owes; `None` where neither has one.
    pub fn mail_to(&self) -> Option<&str> {
        [&self.terms.email_to, &self.bill_to.email].into_iter().map(String::as_str).find(|email| !email.is_empty())
    }

    /// Whether the customer may leave lines out and pay the others.
    pub fn takes_line_choice(&self) -> bool {
        self.terms.allow_partial_payment && self.terms.partial_type == PartialType::LineItems
    }

    /// Whether any amount up to what is due may be paid.
    pub fn takes_part(&self) -> bool {
        self.terms.allow_partial_payment && self.terms.partial_type == PartialType::Amount
    }

    /// The natural key of its next charge: one live attempt per key (RELIABILITY.md 2.2).
    pub fn charge_key(&self) -> String {
        format!("invoice/{}/{}", self.id, self.payments)
    }

    /// The subscription it bills a period of.
    pub fn subscription_id(&self) -> Option<&SubscriptionId> {
        match &self.source {
            InvoiceSource::Api => None,
            InvoiceSource::Subscription { subscription_id, .. } => Some(subscription_id),
        }
    }

    /// Whether `method` is among the ways to pay.
    pub fn takes(&self, method: PayBy) -> bool {
        self.terms.methods.contains(&method)
    }
}
