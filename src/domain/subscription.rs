//! Subscriptions: a customer billed on a schedule, in one of nine states.
//!
//! `due_at` is the only thing the billing job looks at; [`Subscription::reset_due`] is the only place that sets it.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::adjustment::{AdjustmentKind, Applied, total_of};
use super::customer::Wanted;
use super::id::{AddressId, CustomerId, PaymentMethodId, PlanId, SubscriptionId};
use super::money::Money;
use super::recurring::catch_up::{CatchUp, DueCheck, next_due};
use super::recurring::extras::BillExtras;
use super::recurring::price::{self, PricedPeriod, price_period};
use super::recurring::schedule::BillingRule;
use super::time::{Timestamp, start_of_day};
use crate::error::{Error, Result};

/// Where a subscription stands (facts-gateway.md, "Enumerations").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionStatus {
    /// Billed and paid.
    Active,
    /// A charge was declined and is tried again; still billed on schedule.
    Failing,
    /// The last retry, or a card that must not be tried again, was declined: not billed.
    Failed,
    /// Cannot be billed as it stands: not billed before a person has changed it.
    Error,
    /// Everything it was made for is billed and paid.
    Completed,
    /// Not billed for a while.
    Paused,
    /// Marked by the merchant; still billed on schedule.
    PastDue,
    /// Ended.
    Cancelled,
    /// Ended by the issuer.
    Stopped,
}

impl SubscriptionStatus {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Active,
        Self::Failing,
        Self::Failed,
        Self::Error,
        Self::Completed,
        Self::Paused,
        Self::PastDue,
        Self::Cancelled,
        Self::Stopped,
    ];

    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Failed => "failed",
            Self::Error => "error",
            Self::Completed => "completed",
            Self::Paused => "paused",
            Self::PastDue => "past_due",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
        }
    }

    /// Reads what [`SubscriptionStatus::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether periods are invoiced as they become due.
    pub fn is_billed(self) -> bool {
        matches!(self, Self::Active | Self::Failing | Self::PastDue)
    }

    /// Whether it is over, so that only making it active brings it back.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }

    /// Whether what is owed is to be charged as soon as there is a good payment method.
    pub fn awaits_method(self) -> bool {
        matches!(self, Self::Failing | Self::Failed | Self::PastDue)
    }
}

/// An add-on or discount of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// What it is.
    pub applied: Applied,
    /// Bills it is still part of; `None` is for ever, 0 is used up.
    pub remaining: Option<u32>,
}

impl Carried {
    /// One that is fresh.
    pub fn new(applied: Applied) -> Self {
        let remaining = (applied.duration > 0).then_some(applied.duration);
        Self { applied, remaining }
    }

    /// Whether it is part of the next bill.
    pub fn is_live(&self) -> bool {
        self.remaining != Some(0)
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The plan it was made from.
    pub plan_id: Option<PlanId>,
    /// Who is billed.
    pub customer_id: CustomerId,
    /// What is charged; `None` is the customer's default at the time.
    pub payment_method_id: Option<PaymentMethodId>,
    /// The billing address; `None` is the customer's default at the time.
    pub billing_address_id: Option<AddressId>,
    /// The shipping address; `None` is the customer's default at the time.
    pub shipping_address_id: Option<AddressId>,
    /// The processor that charges; "" is the default one.
    pub processor_id: String,
    /// Longer text.
    pub description: String,
    /// What one period costs before add-ons and discounts.
    pub amount: Money,
    /// When it bills.
    pub rule: BillingRule,
    /// Whether the billing day was the day it was made.
    pub charge_on_day: bool,
    /// Bills in all; 0 is until cancelled.
    pub duration: u32,
    /// The last date that may be billed, itself included.
    pub expires_on: Option<Date>,
    /// What each bill says besides its amount.
    pub extras: BillExtras,
    /// What is done about missed periods.
    pub catch_up: CatchUp,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// Why it waits for a person's word.
    pub parked_reason: Option<String>,
    /// The date it was made, or its next date was last set by hand: earlier ones are not billed, but the first.
    pub made_on: Date,
    /// The next unbilled date; `None` when nothing will be billed any more.
    pub next_bill_date: Option<Date>,
    /// When that is due; `None` when it must not be billed now.
    pub due_at: Option<Timestamp>,
    /// Bills made so far.
    pub periods_billed: u32,
    /// Add-ons, then discounts, each in the order given.
    pub adjustments: Vec<Carried>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Subscription {
    /// Bills that are left; `None` is without end.
    pub fn periods_left(&self) -> Option<u32> {
        (self.duration > 0).then(|| self.duration.saturating_sub(self.periods_billed))
    }

    /// The adjustments of `kind` that are part of the next bill.
    pub fn live(&self, kind: AdjustmentKind) -> impl Iterator<Item = &Applied> {
        self.adjustments
            .iter()
            .filter(|carried| carried.is_live())
            .map(|carried| &carried.applied)
            .filter(move |applied| applied.kind == kind)
    }

    /// The sum of the live adjustments of `kind` (the gateway's `total_adds`, `total_discounts`).
    ///
    /// # Errors
    /// Out of range.
    pub fn total(&self, kind: AdjustmentKind) -> Result<Money> {
        total_of(self.amount, kind, self.live(kind))
    }

    /// The lines of the next bill.
    ///
    /// # Errors
    /// Out of range.
    pub fn price(&self) -> Result<PricedPeriod> {
        let add_ons = self.priced(AdjustmentKind::AddOn)?;
        let discounts = self.priced(AdjustmentKind::Discount)?;
        price_period(self.amount, &add_ons, &discounts)
    }

    fn priced(&self, kind: AdjustmentKind) -> Result<Vec<price::Adjustment>> {
        let of_kind = self.adjustments.iter().filter(|carried| carried.applied.kind == kind);
        of_kind
            .map(|carried| {
                Ok(price::Adjustment {
                    id: carried.applied.adjustment_id.as_str().to_owned(),
                    name: carried.applied.name.clone(),
                    description: carried.applied.description.clone(),
                    value: carried.applied.worth.in_currency(self.amount.currency())?,
                    remaining: carried.remaining,
                })
            })
            .collect()
    }

    /// The question "which dates are billed now", as [`super::recurring::catch_up::decide`] takes it.
    pub fn due_check(&self, first_due: Date, today: Date, live_through: bool) -> DueCheck {
        DueCheck {
            rule: self.rule,
            first_due,
            made_on: self.made_on,
            today,
            expires_on: self.expires_on,
            policy: self.catch_up,
            remaining_periods: self.periods_left(),
            live_through,
        }
    }

    /// Counts the bill of `date`: one period less, one time less for each adjustment, the next date.
    pub fn count_bill(&mut self, date: Date) {
        self.periods_billed = self.periods_billed.saturating_add(1);
        for carried in &mut self.adjustments {
            carried.remaining = carried.remaining.map(|left| left.saturating_sub(1));
        }
        self.move_past(date);
    }

    /// Moves the next date past `date` without billing it.
    pub fn move_past(&mut self, date: Date) {
        self.next_bill_date = next_due(&self.rule, date, self.made_on);
        self.end_where_over();
    }

    /// Moves the next date past `today` without billing anything.
    pub fn move_past_today(&mut self, today: Date) {
        while let Some(date) = self.next_bill_date.filter(|date| *date <= today) {
            self.next_bill_date = next_due(&self.rule, date, self.made_on);
        }
        self.end_where_over();
    }

    /// Nothing is billed after the last period or the expiry.
    pub fn end_where_over(&mut self) {
        let expires_on = self.expires_on;
        let left = self.periods_left() != Some(0);
        self.next_bill_date = self.next_bill_date.filter(|date| left && expires_on.is_none_or(|last| *date <= last));
    }

    /// Sets the next date by hand. One in the past is due at once, and billed once: the dates between it and `today`
    /// are not missed periods.
    pub fn set_next(&mut self, date: Date, today: Date) {
        if date < today {
            self.made_on = today;
        }
        self.next_bill_date = Some(date);
    }

    /// The next date of a subscription that is billed again: its old one if that is not over, else the first that the
    /// rule bills on from `today`. What lies between was not missed, it was not to be billed.
    pub fn resume(&mut self, today: Date) {
        self.parked_reason = None;
        let kept = self.next_bill_date.filter(|date| *date >= today);
        self.next_bill_date = Some(kept.unwrap_or_else(|| self.rule.first_on_or_after(today)));
        self.end_where_over();
    }

    /// Sets `due_at` from the rest.
    pub fn reset_due(&mut self, zone: &TimeZone) {
        let is_open = self.status.is_billed() && self.parked_reason.is_none();
        self.due_at = self.next_bill_date.filter(|_| is_open).map(|date| start_of_day(date, zone));
    }

    /// Moves to `to` on a person's word; `next` is the next date they name.
    ///
    /// From a state that is not billed to one that is, [`Subscription::resume`] finds the next date.
    ///
    /// # Errors
    /// `InvalidTransition` where it is over and `to` is not "active"; `Conflict` where nothing is left to bill.
    pub fn become_status(&mut self, to: SubscriptionStatus, next: Option<Date>, today: Date) -> Result<()> {
        let from = self.status;
        if from.is_over() && !to.is_over() && to != SubscriptionStatus::Active {
            return Err(Error::InvalidTransition {
                kind: "subscription",
                from: from.as_str().to_owned(),
                to: to.as_str().to_owned(),
            });
        }
        self.status = to;
        if !to.is_billed() {
            return Ok(());
        }
        if !from.is_billed() || self.parked_reason.is_some() && next.is_some() {
            self.resume(today);
        }
        if let Some(date) = next {
            self.set_next(date, today);
            self.end_where_over();
        }
        if self.next_bill_date.is_none() && !from.is_billed() {
            return Err(Error::Conflict(
                "every bill of the subscription is made: change duration or expiration".into(),
            ));
        }
        Ok(())
    }
}

/// What to search subscriptions by; everything named must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// The plan.
    pub plan_id: Wanted,
    /// The customer.
    pub customer_id: Wanted,
    /// The state.
    pub status: Wanted,
    /// First and last next bill date, both included.
    pub next_bill_date: (Option<Date>, Option<Date>),
    /// First and last expiry, both included.
    pub expires_on: (Option<Date>, Option<Date>),
}

#[cfg(test)]
#[path = "subscription_tests.rs"]
mod tests;
