//! A customer's own subscriptions: looked at, paused, resumed, cancelled, charged to another card.

use super::Visitor;
use crate::app::App;
use crate::app::recurring::{SubscriptionShown, shown};
use crate::domain::id::{PaymentMethodId, SubscriptionId};
use crate::domain::recurring::price::PricedPeriod;
use crate::domain::recurring::subscribe::{CustomerTerms, SubscriptionTerms};
use crate::domain::subscription::SubscriptionStatus;
use crate::error::{Error, Result};
use crate::store;

/// A subscription and what its next bill comes to.
#[derive(Clone, Debug)]
pub struct OwnSubscription {
    /// The subscription.
    pub shown: SubscriptionShown,
    /// The next bill, priced as the bill will be; `None` where nothing will be billed.
    pub next: Option<PricedPeriod>,
    /// What the visitor may do now.
    pub may: Allowed,
}

/// What a customer may do with a subscription in its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the changes")]
pub struct Allowed {
    pub pause: bool,
    pub resume: bool,
    pub cancel: bool,
    pub change_method: bool,
}

impl Allowed {
    /// In this state. One that is parked waits for a person of the merchant.
    pub fn of(status: SubscriptionStatus, is_parked: bool) -> Self {
        use SubscriptionStatus as S;
        let is_free = !is_parked;
        Self {
            pause: is_free && status == S::Active,
            resume: is_free && status == S::Paused,
            cancel: !status.is_over() && status != S::Stopped,
            change_method: !status.is_over() && status != S::Stopped,
        }
    }
}

/// What a customer does with a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSubscription {
    /// Bills nothing until it is resumed.
    Pause,
    /// Bills again, from the next date on.
    Resume,
    /// Ends it.
    Cancel,
    /// Charges this method; the default at the time where `None`.
    ChargeTo(Option<PaymentMethodId>),
}

impl App {
    /// The visitor's subscriptions, in the order in which they were made.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_subscriptions(&self, visitor: &Visitor) -> Result<Vec<OwnSubscription>> {
        self.store().read(|tx| {
            let found = store::subscription::list_of_customer(tx, &visitor.id)?;
            found.into_iter().map(|subscription| own(shown(tx, subscription)?)).collect()
        })
    }

    /// One of the visitor's subscriptions.
    ///
    /// # Errors
    /// `NotFound`, also for another customer's.
    pub fn portal_subscription(&self, visitor: &Visitor, id: &SubscriptionId) -> Result<OwnSubscription> {
        let found = self.subscription_find(&visitor.caller, id)?;
        if found.subscription.customer_id != visitor.id {
            return Err(Error::not_found("subscription", id.as_str()));
        }
        own(found)
    }

    /// Changes one of the visitor's subscriptions.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where its state does not allow it or nothing is left to bill.
    pub async fn portal_subscription_change(
        &self,
        visitor: &Visitor,
        id: &SubscriptionId,
        change: ChangeSubscription,
    ) -> Result<()> {
        let found = self.portal_subscription(visitor, id)?;
        let allowed = match &change {
            ChangeSubscription::Pause => found.may.pause,
            ChangeSubscription::Resume => found.may.resume,
            ChangeSubscription::Cancel => found.may.cancel,
            ChangeSubscription::ChargeTo(_) => found.may.change_method,
        };
        if !allowed {
            return Err(Error::Conflict("the state of the subscription does not allow that".to_owned()));
        }
        let status = match change {
            ChangeSubscription::Pause => SubscriptionStatus::Paused,
            ChangeSubscription::Resume => SubscriptionStatus::Active,
            ChangeSubscription::Cancel => SubscriptionStatus::Cancelled,
            ChangeSubscription::ChargeTo(method) => return self.charge_to(visitor, id, method).await,
        };
        self.subscription_set_status(&visitor.caller, id, status, None).await.map(drop)
    }

    async fn charge_to(&self, visitor: &Visitor, id: &SubscriptionId, method: Option<PaymentMethodId>) -> Result<()> {
        let method = method.map(|method| self.own_method(visitor, &method)).transpose()?;
        let customer = CustomerTerms {
            payment_method_type: method.as_ref().map(|method| method.method_type().as_str().to_owned()),
            payment_method_id: Some(method.map_or_else(String::new, |method| method.id.to_string())),
            ..CustomerTerms::default()
        };
        let terms = SubscriptionTerms { customer, ..SubscriptionTerms::default() };
        self.subscription_update(&visitor.caller, id, terms).await.map(drop)
    }
}

fn own(shown: SubscriptionShown) -> Result<OwnSubscription> {
    let subscription = &shown.subscription;
    let is_open = subscription.next_bill_date.is_some() && !subscription.status.is_over();
    let next = is_open.then(|| subscription.price()).transpose()?;
    Ok(OwnSubscription { may: Allowed::of(subscription.status, subscription.parked_reason.is_some()), next, shown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_allows_what_it_should() {
        use SubscriptionStatus as S;
        for status in S::ALL {
            let Allowed { pause, resume, cancel, change_method } = Allowed::of(status, false);
            let expected = match status {
                S::Active => (true, false, true, true),
                S::Paused => (false, true, true, true),
                S::Failing | S::Failed | S::Error | S::PastDue => (false, false, true, true),
                S::Completed | S::Cancelled | S::Stopped => (false, false, false, false),
            };
            assert_eq!((pause, resume, cancel, change_method), expected, "{status:?}");
            let parked = Allowed::of(status, true);
            assert_eq!((parked.pause, parked.resume), (false, false), "{status:?}: it waits for a person");
        }
    }
}
