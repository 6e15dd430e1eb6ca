//! What happened, in one gap-free order. Audit log, webhooks and the feed are views of it.

use super::time::Timestamp;

macro_rules! topics {
    ($($variant:ident $name:literal;)*) => {
        /// The kinds of events; `<noun>.<what happened>`.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Topic {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Topic {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire and in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The noun before the dot.
            pub fn noun(self) -> &'static str {
                self.as_str().split('.').next().unwrap_or("")
            }
        }
    };
}

topics! {
    AccountItemsAdded "account.items_added";
    AccountSubscriptionChanged "account.subscription_changed";
    AccountUpdated "account.updated";
    AddOnCreated "add_on.created";
    AddOnDeleted "add_on.deleted";
    AddOnUpdated "add_on.updated";
    ApiKeyCreated "api_key.created";
    ApiKeyDeleted "api_key.deleted";
    AttemptReview "attempt.review";
    AutoRefillDeclined "auto_refill.declined";
    AutoRefillSet "auto_refill.set";
    AutoRefillSucceeded "auto_refill.succeeded";
    BalanceChanged "balance.changed";
    BalanceNegative "balance.negative";
    BalancePaused "balance.paused";
    BalanceThreshold "balance.threshold";
    BalanceUpdated "balance.updated";
    BillingHeld "billing.held";
    BillingResumed "billing.resumed";
    CompanyUpdated "company.updated";
    CustomerCreated "customer.created";
    CustomerDeleted "customer.deleted";
    CustomerLinkCreated "customer.link_created";
    CustomerLoggedIn "customer.logged_in";
    CustomerUpdated "customer.updated";
    DiscountCreated "discount.created";
    DiscountDeleted "discount.deleted";
    DiscountUpdated "discount.updated";
    DepositDeclined "deposit.declined";
    DepositMade "deposit.made";
    EventPriceDeleted "event_price.deleted";
    EventPriceSet "event_price.set";
    FileBatchCompleted "file_batch.completed";
    FileBatchCreated "file_batch.created";
    InvoiceCreated "invoice.created";
    InvoiceDeleted "invoice.deleted";
    InvoiceItemsRejected "invoice.items_rejected";
    InvoicePaid "invoice.paid";
    InvoicePartiallyPaid "invoice.partially_paid";
    InvoicePastDue "invoice.past_due";
    InvoicePaymentDeclined "invoice.payment_declined";
    InvoicePaymentReturned "invoice.payment_returned";
    InvoiceRejected "invoice.rejected";
    InvoiceSent "invoice.sent";
    InvoiceUpdated "invoice.updated";
    MailBounced "mail.bounced";
    MailFailed "mail.failed";
    MailOpened "mail.opened";
    MailQueued "mail.queued";
    MailSent "mail.sent";
    OrderCreated "order.created";
    OrderUpdated "order.updated";
    PlanCreated "plan.created";
    PlanDeleted "plan.deleted";
    PlanUpdated "plan.updated";
    PrepaidPlanAttached "prepaid_plan.attached";
    PrepaidPlanChanged "prepaid_plan.changed";
    PrepaidPlanCreated "prepaid_plan.created";
    PrepaidPlanFailed "prepaid_plan.failed";
    PrepaidPlanModified "prepaid_plan.modified";
    PrepaidPlanPastDue "prepaid_plan.past_due";
    PrepaidPlanRenewed "prepaid_plan.renewed";
    SettlementClosed "settlement_batch.closed";
    SubscriptionCreated "subscription.created";
    SubscriptionDeleted "subscription.deleted";
    SubscriptionParked "subscription.parked";
    SubscriptionReleased "subscription.released";
    SubscriptionStatusChanged "subscription.status_changed";
    SubscriptionUpdated "subscription.updated";
    TransactionApproved "transaction.approved";
    TransactionCaptured "transaction.captured";
    TransactionCreated "transaction.created";
    TransactionDeclined "transaction.declined";
    TransactionRefunded "transaction.refunded";
    TransactionReturned "transaction.returned";
    TransactionSettled "transaction.settled";
    TransactionUnknown "transaction.unknown";
    TransactionUpdated "transaction.updated";
    TransactionVoided "transaction.voided";
    UsageEventFinished "usage_event.finished";
    UsageEventRecorded "usage_event.recorded";
    UserCreated "user.created";
    UserDeleted "user.deleted";
    UserLoggedIn "user.logged_in";
    UserLoginFailed "user.login_failed";
    UserPasswordForgotten "user.password_forgotten";
    UserUpdated "user.updated";
    VaultRotated "vault.rotated";
    WalletKeyCreated "wallet_key.created";
    WalletKeyDeleted "wallet_key.deleted";
    WebhookCreated "webhook.created";
    WebhookDeleted "webhook.deleted";
    WebhookDisabled "webhook.disabled";
    WebhookReplayed "webhook.replayed";
    WebhookSecretRotated "webhook.secret_rotated";
    WebhookUpdated "webhook.updated";
}

/// An event as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the order; no number is ever missing.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// `invoice.paid`.
    pub topic: String,
    /// The noun it is about.
    pub subject_kind: String,
    /// The id of that noun.
    pub subject_id: String,
    /// Who, in the form of `Actor`'s `Display`.
    pub actor: String,
    /// The `x-correlation-id` of the request it came from, or "".
    pub correlation_id: String,
    /// JSON text of the facts; never a secret.
    pub data_json: String,
}
