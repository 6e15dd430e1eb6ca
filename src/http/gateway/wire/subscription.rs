//! Subscriptions of the gateway.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::adjustment::{AdjustmentShown, AdjustmentUseForm, carried, uses};
use super::subscription_lines;
use super::transaction_details::LineItem;
use crate::app::recurring::SubscriptionShown as Shown;
use crate::domain::adjustment::AdjustmentKind;
use crate::domain::id::{AddressId, PaymentMethodId};
use crate::domain::plan::ScheduleTerms;
use crate::domain::recurring::extras::ExtrasTerms;
use crate::domain::recurring::subscribe::{CustomerTerms, SubscriptionTerms};
use crate::domain::subscription::{Subscription, SubscriptionStatus};
use crate::error::{Error, Result};

/// A new subscription, or a change of one. A new one takes what it does not give from its plan; what a change does
/// not give stays.
#[derive(Deserialize, ToSchema, Default)]
pub struct SubscriptionForm {
    /// The plan; null or "" is none.
    #[schema(max_length = 40, example = "")]
    pub plan_id: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "")]
    pub description: Option<String>,
    /// Who is billed.
    pub customer: Option<BilledCustomerForm>,
    /// Minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount: Option<i64>,
    /// ISO 4217; the plan's or the company's currency where there is none.
    #[schema(max_length = 3, example = "USD")]
    pub currency: Option<String>,
    /// 1-36.
    #[schema(minimum = 1, maximum = 36, example = 1)]
    pub billing_cycle_interval: Option<i64>,
    /// "monthly", "twice_monthly" or "daily".
    #[schema(pattern = "^(monthly|twice_monthly|daily)?$", example = "monthly")]
    pub billing_frequency: Option<String>,
    /// "15", "1,15", "0" for the last day; for daily the number of days.
    #[schema(max_length = 20, example = "15")]
    pub billing_days: Option<String>,
    /// Whether the current day is the billing day.
    #[schema(example = false)]
    pub charge_on_day: Option<bool>,
    /// Times it is billed; 0 is until cancelled.
    #[schema(minimum = 0, maximum = 2147483647, example = 0)]
    pub duration: Option<i64>,
    /// `YYYY-MM-DD`; one in the past is due at once.
    #[schema(max_length = 10, example = "2026-12-15")]
    pub next_bill_date: Option<String>,
    /// `YYYY-MM-DD`: the last date that may be billed.
    #[serde(alias = "expiration_date")]
    #[schema(max_length = 10, example = "")]
    pub expiration: Option<String>,
    /// The processor that charges; the default one where there is none.
    #[schema(max_length = 255, example = "")]
    pub processor_id: Option<String>,
    /// At most 50.
    #[schema(max_items = 50)]
    pub add_ons: Option<Vec<AdjustmentUseForm>>,
    /// At most 50.
    #[schema(max_items = 50)]
    pub discounts: Option<Vec<AdjustmentUseForm>>,
    /// Lines of every bill; they travel with its transactions.
    #[schema(max_items = 500)]
    pub line_items: Option<Vec<LineItem>>,
    /// Whether `amount` is the sum of `line_items`, each its `amount`, or else what follows from its parts.
    #[schema(example = false)]
    pub derive_amount_from_line_items: Option<bool>,
    /// The tax in the amount, minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub tax_amount: Option<i64>,
    /// Whether it is exempt of tax; no tax may be charged then.
    #[schema(example = false)]
    pub tax_exempt: Option<bool>,
    /// Purchase order of its transactions, which else name the invoice's id.
    #[schema(max_length = 17, example = "PO-4711")]
    pub po_number: Option<String>,
}

/// Who is billed, and with what; "" is the customer's default.
#[derive(Deserialize, ToSchema, Default)]
pub struct BilledCustomerForm {
    /// The customer; a new subscription needs it.
    #[serde(alias = "Id")]
    #[schema(max_length = 40, example = "b81ko5qq9qq5v460r9i0")]
    pub id: Option<String>,
    /// "card" or "ach"; with the id.
    #[schema(pattern = "^(card|ach)?$", example = "")]
    pub payment_method_type: Option<String>,
    /// A stored payment method of the customer.
    #[schema(max_length = 40, example = "")]
    pub payment_method_id: Option<String>,
    /// A stored address of the customer.
    #[schema(max_length = 40, example = "")]
    pub billing_address_id: Option<String>,
    /// A stored address of the customer.
    #[schema(max_length = 40, example = "")]
    pub shipping_address_id: Option<String>,
}

impl SubscriptionForm {
    /// The terms in it.
    ///
    /// # Errors
    /// `Invalid` naming the field below `line_items`.
    pub fn into_terms(self) -> Result<SubscriptionTerms> {
        let schedule = ScheduleTerms {
            frequency: self.billing_frequency,
            billing_days: self.billing_days,
            interval: self.billing_cycle_interval,
            charge_on_day: self.charge_on_day,
        };
        let BilledCustomerForm { id, payment_method_type, payment_method_id, billing_address_id, shipping_address_id } =
            self.customer.unwrap_or_default();
        let customer =
            CustomerTerms { id, payment_method_type, payment_method_id, billing_address_id, shipping_address_id };
        Ok(SubscriptionTerms {
            plan_id: self.plan_id,
            description: self.description,
            customer,
            amount_minor: self.amount,
            currency: self.currency,
            schedule,
            duration: self.duration,
            next_bill_date: self.next_bill_date,
            expires_on: self.expiration,
            processor_id: self.processor_id,
            add_ons: uses(self.add_ons),
            discounts: uses(self.discounts),
            extras: ExtrasTerms {
                lines: subscription_lines::read(self.line_items)?,
                derives_amount: self.derive_amount_from_line_items,
                tax_minor: self.tax_amount,
                tax_exempt: self.tax_exempt,
                po_number: self.po_number,
            },
        })
    }
}

/// The query of a change of state.
#[derive(Deserialize, IntoParams, Default)]
pub struct StatusQuery {
    /// `YYYY-MM-DD`: the next bill date, for "active" only.
    #[param(pattern = r"^\d{4}-\d{2}-\d{2}$", min_length = 10, max_length = 10, example = "2026-03-01")]
    pub next_bill_date: Option<String>,
}

/// The states that a person may ask for.
pub const ASKED_STATUSES: [SubscriptionStatus; 5] = {
    use SubscriptionStatus as S;
    [S::Paused, S::PastDue, S::Cancelled, S::Active, S::Completed]
};

/// The state that a path asks for: one that a person may ask for.
///
/// # Errors
/// `Invalid` on `status`.
pub fn asked_status(text: &str) -> Result<SubscriptionStatus> {
    SubscriptionStatus::parse(text)
        .filter(|status| ASKED_STATUSES.contains(status))
        .ok_or_else(|| Error::invalid("status", "must be paused, past_due, cancelled, active or completed"))
}

/// Who is billed; "" is the customer's default at the time.
#[derive(Serialize, ToSchema)]
pub struct BilledCustomerShown {
    /// The customer.
    #[schema(max_length = 40, example = "b81ko5qq9qq5v460r9i0")]
    pub id: String,
    /// "card", "ach" or "".
    #[schema(pattern = "^(card|ach)?$", example = "")]
    pub payment_method_type: String,
    /// What is charged.
    #[schema(max_length = 40, example = "")]
    pub payment_method_id: String,
    /// The billing address.
    #[schema(max_length = 40, example = "")]
    pub billing_address_id: String,
    /// The shipping address.
    #[schema(max_length = 40, example = "")]
    pub shipping_address_id: String,
}

/// A subscription.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionShown {
    /// Its id.
    #[schema(max_length = 40, example = "b89gftaj8m0oft7upk80")]
    pub id: String,
    /// Its plan, "" without one.
    #[schema(max_length = 40, example = "")]
    pub plan_id: String,
    /// The plan's name.
    #[schema(max_length = 255, example = "Gold")]
    pub plan_name: String,
    /// active, failing, failed, error, completed, paused, past_due, cancelled, stopped.
    #[schema(max_length = 20, example = "active")]
    pub status: String,
    /// Longer text.
    #[schema(max_length = 255, example = "")]
    pub description: String,
    /// The name on the billing address.
    #[schema(max_length = 255, example = "Ada Lovelace")]
    pub customer_name: String,
    /// Always false.
    #[schema(example = false)]
    pub shared: bool,
    /// Who is billed.
    pub customer: BilledCustomerShown,
    /// Minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 100)]
    pub amount: i64,
    /// ISO 4217.
    #[schema(max_length = 3, example = "USD")]
    pub currency: String,
    /// The processor that charges, "" for the default one.
    #[schema(max_length = 255, example = "")]
    pub processor_id: String,
    /// Sum of the add-ons that are part of the next bill, minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub total_adds: i64,
    /// Sum of the discounts that are part of the next bill, minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub total_discounts: i64,
    /// 1-36.
    #[schema(minimum = 1, maximum = 36, example = 1)]
    pub billing_cycle_interval: u8,
    /// "monthly", "twice_monthly" or "daily".
    #[schema(pattern = "^(monthly|twice_monthly|daily)?$", example = "monthly")]
    pub billing_frequency: String,
    /// "15", "1,15", "0".
    #[schema(max_length = 20, example = "15")]
    pub billing_days: String,
    /// Times it is billed; 0 is until cancelled.
    #[schema(minimum = 0, maximum = 2147483647, example = 0)]
    pub duration: u32,
    /// `YYYY-MM-DD`, "" when nothing will be billed any more.
    #[schema(max_length = 10, example = "2026-12-15")]
    pub next_bill_date: String,
    /// Those that are part of the next bill; null where there are none.
    #[schema(max_items = 50)]
    pub add_ons: Option<Vec<AdjustmentShown>>,
    /// Those that are part of the next bill; null where there are none.
    #[schema(max_items = 50)]
    pub discounts: Option<Vec<AdjustmentShown>>,
    /// The last date that may be billed, "" without one.
    #[schema(max_length = 10, example = "")]
    pub expiration_date: String,
    /// Always null.
    #[schema(max_items = 0, value_type = Option<Vec<Object>>)]
    pub events: Option<Vec<String>>,
    /// When it was made.
    #[schema(max_length = 40, example = "2026-02-13T22:52:26Z")]
    pub created_at: String,
    /// When it last changed.
    #[schema(max_length = 40, example = "2026-02-13T22:52:26Z")]
    pub updated_at: String,
    /// Whether the billing day was the day it was made.
    #[schema(example = false)]
    pub charge_on_day: bool,
    /// Lines of every bill; null where there are none.
    #[schema(max_items = 500)]
    pub line_items: Option<Vec<LineItem>>,
    /// Whether `amount` is the sum of `line_items`.
    #[schema(example = false)]
    pub derive_amount_from_line_items: bool,
    /// The tax in the amount, minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub tax_amount: i64,
    /// Whether it is exempt of tax.
    #[schema(example = false)]
    pub tax_exempt: bool,
    /// Purchase order of its transactions.
    #[schema(max_length = 17, example = "")]
    pub po_number: String,
}

impl SubscriptionShown {
    /// The subscription as an answer shows it.
    ///
    /// # Errors
    /// Out of range, which a stored subscription is not.
    pub fn of(shown: Shown) -> Result<Self> {
        let Shown { subscription: one, plan_name, customer_name, payment_method_type } = shown;
        let date = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
        let customer = BilledCustomerShown {
            id: one.customer_id.as_str().to_owned(),
            payment_method_type: payment_method_type.map_or_else(String::new, |kind| kind.as_str().to_owned()),
            payment_method_id: text(one.payment_method_id.as_ref().map(PaymentMethodId::as_str)),
            billing_address_id: text(one.billing_address_id.as_ref().map(AddressId::as_str)),
            shipping_address_id: text(one.shipping_address_id.as_ref().map(AddressId::as_str)),
        };
        Ok(Self {
            id: one.id.as_str().to_owned(),
            plan_id: text(one.plan_id.as_ref().map(|id| id.as_str())),
            plan_name,
            status: one.status.as_str().to_owned(),
            description: one.description.clone(),
            customer_name,
            shared: false,
            customer,
            amount: one.amount.minor(),
            currency: one.amount.currency().code().to_owned(),
            processor_id: one.processor_id.clone(),
            total_adds: one.total(AdjustmentKind::AddOn)?.minor(),
            total_discounts: one.total(AdjustmentKind::Discount)?.minor(),
            billing_cycle_interval: one.rule.interval(),
            billing_frequency: one.rule.gateway_frequency().to_owned(),
            billing_days: one.rule.gateway_billing_days(),
            duration: one.duration,
            next_bill_date: date(one.next_bill_date),
            add_ons: live(&one, AdjustmentKind::AddOn),
            discounts: live(&one, AdjustmentKind::Discount),
            expiration_date: date(one.expires_on),
            events: None,
            created_at: one.created_at.to_string(),
            updated_at: one.updated_at.to_string(),
            charge_on_day: one.charge_on_day,
            line_items: subscription_lines::shown(&one.extras.lines),
            derive_amount_from_line_items: one.extras.derives_amount,
            tax_amount: one.extras.tax_minor,
            tax_exempt: one.extras.tax_exempt,
            po_number: one.extras.po_number.clone(),
        })
    }
}

fn text(id: Option<&str>) -> String {
    id.unwrap_or_default().to_owned()
}

fn live(subscription: &Subscription, kind: AdjustmentKind) -> Option<Vec<AdjustmentShown>> {
    carried(subscription.live(kind))
}
