//! What an account pays again and again: made, replaced, changed in parts, ended.

use jiff::civil::Date;
use serde_json::json;

use super::{BillingAccountShown, number_checked, put_in, terms_in};
use crate::app::write_once::Asked;
use crate::app::{App, Caller, customer, event};
use crate::domain::access::Action;
use crate::domain::billing_account::subscription::{ID_LENGTH, SUBSCRIPTIONS_MAX};
use crate::domain::billing_account::{AccountSubscription, BillingAccount, Items, Schedule};
use crate::domain::company::Company;
use crate::domain::currency::Currency;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, base62};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// The change that ends a subscription.
const END: &str = "end";

/// What to add again and again.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// What the merchant calls it.
    pub number: Option<String>,
    /// What is added.
    pub items: Items,
    /// In what: the account's currency.
    pub currency: Currency,
    /// When.
    pub schedule: Schedule,
    /// From which day on; today where `None`.
    pub start: Option<Date>,
    /// The first day on which nothing is added any more.
    pub end: Option<Date>,
    /// Where the merchant is told of orders with its items.
    pub callback: Option<String>,
}

/// What to change of a subscription; what is `None` stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names are those of the parts of a subscription")]
pub struct ChangeSubscription {
    pub number: Option<String>,
    pub items: Option<Items>,
    pub currency: Option<Currency>,
    pub schedule: Option<Schedule>,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub callback: Option<String>,
}

impl App {
    /// Begins a subscription; answers the account with all of them. What is due on a day before today is not added.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming the part; `Conflict` where the account has too many.
    pub async fn account_subscription_create(
        &self,
        caller: &Caller,
        id: &CustomerId,
        new: NewSubscription,
    ) -> Result<BillingAccountShown> {
        caller.may(Action::SubscriptionChange)?;
        self.callback_check("callback", new.callback.as_deref()).await?;
        let change = move |tx: &mut WriteTx<'_>, terms: &BillingAccount, today: Date| {
            let known = store::account_subscription::list(tx, &terms.customer_id)?;
            if known.len() >= SUBSCRIPTIONS_MAX {
                return Err(Error::Conflict(format!("an account has at most {SUBSCRIPTIONS_MAX} subscriptions")));
            }
            let id = new_id(tx, &known);
            Ok(subscription_of(new, terms, id, today, tx.now()))
        };
        self.subscription_put(caller, id, "create", change).await
    }

    /// Puts another subscription in the place of one.
    ///
    /// # Errors
    /// As [`App::account_subscription_create`].
    pub async fn account_subscription_replace(
        &self,
        caller: &Caller,
        id: &CustomerId,
        subscription: String,
        new: NewSubscription,
    ) -> Result<BillingAccountShown> {
        caller.may(Action::SubscriptionChange)?;
        self.callback_check("callback", new.callback.as_deref()).await?;
        let change = move |tx: &mut WriteTx<'_>, terms: &BillingAccount, today: Date| {
            let old = require(tx, &terms.customer_id, &subscription)?;
            Ok(subscription_of(new, terms, old.id, today, old.created_at))
        };
        self.subscription_put(caller, id, "replace", change).await
    }

    /// Changes parts of a subscription.
    ///
    /// # Errors
    /// As [`App::account_subscription_create`].
    pub async fn account_subscription_update(
        &self,
        caller: &Caller,
        id: &CustomerId,
        subscription: String,
        change: ChangeSubscription,
    ) -> Result<BillingAccountShown> {
        caller.may(Action::SubscriptionChange)?;
        self.callback_check("callback", change.callback.as_deref()).await?;
        let change = move |tx: &mut WriteTx<'_>, terms: &BillingAccount, _: Date| {
            let old = require(tx, &terms.customer_id, &subscription)?;
            Ok(AccountSubscription {
                number: change.number.or(old.number),
                items: change.items.unwrap_or(old.items),
                currency: change.currency.unwrap_or(old.currency),
                schedule: change.schedule.unwrap_or(old.schedule),
                start: change.start.unwrap_or(old.start),
                end: change.end.or(old.end),
                callback: change.callback.or(old.callback),
                ..old
            })
        };
        self.subscription_put(caller, id, "update", change).await
    }

    /// Ends a subscription today. Its customer may do so.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn account_subscription_end(
        &self,
        caller: &Caller,
        id: &CustomerId,
        subscription: String,
    ) -> Result<BillingAccountShown> {
        caller.may_on(Action::SubscriptionChange, id)?;
        let change = move |tx: &mut WriteTx<'_>, terms: &BillingAccount, today: Date| {
            let old = require(tx, &terms.customer_id, &subscription)?;
            let end = old.end.map_or(today, |end| end.min(today));
            Ok(AccountSubscription { end: Some(end), ..old })
        };
        self.subscription_put(caller, id, END, change).await
    }

    /// Writes the subscription that `change` makes, with its next date.
    async fn subscription_put(
        &self,
        caller: &Caller,
        id: &CustomerId,
        what: &'static str,
        change: impl FnOnce(&mut WriteTx<'_>, &BillingAccount, Date) -> Result<AccountSubscription> + Send + 'static,
    ) -> Result<BillingAccountShown> {
        let asked = Asked::new("customer", "account_subscription").with(what).with(id.as_str());
        let company = self.company()?;
        let (app, of, shown) = (self.clone(), id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            let terms = terms_in(tx, &company, &record, tx.clock_now())?;
            put_in(tx, &company, &terms)?;
            let today = company.today(tx.clock_now());
            let subscription = checked(change(tx, &terms, today)?, &terms, what)?;
            let added = subscription_added_on(tx, &subscription)?;
            // What was added for a date is not added for it again, whatever the subscription says now.
            let from = added.and_then(|date| date.tomorrow().ok()).map_or(today, |next| next.max(today));
            let due = subscription.due_from(from);
            subscription_write(tx, &company, &AccountSubscription { due, ..subscription.clone() })?;
            let facts = json!({ "subscription": subscription.id, "change": what, "due": due.map(|d| d.to_string()) });
            event::emit(tx, caller, Topic::AccountSubscriptionChanged, of.as_str(), &facts)?;
            Ok(of.as_str().to_owned())
        };
        let done = self.write_once(caller, asked, work, move |tx, _| app.billing_account_in(tx, &shown)).await;
        if done.is_ok() {
            // What is due today is added today.
            self.accounts_accrue_due(caller).await?;
        }
        done.and_then(|_| self.billing_account_seen(id))
    }

    fn billing_account_seen(&self, id: &CustomerId) -> Result<BillingAccountShown> {
        self.store().read(|tx| self.billing_account_in(tx, id))
    }
}

/// Writes a subscription with the instant of its due date.
pub(super) fn subscription_write(
    tx: &mut WriteTx<'_>,
    company: &Company,
    subscription: &AccountSubscription,
) -> Result<()> {
    store::account_subscription::put(tx, subscription, subscription.due.map(|date| company.start_of(date)))
}

fn subscription_added_on(tx: &WriteTx<'_>, subscription: &AccountSubscription) -> Result<Option<Date>> {
    store::billing_account::last_added(tx, &subscription.customer_id, &subscription.id)
}

fn subscription_of(
    new: NewSubscription,
    terms: &BillingAccount,
    id: String,
    today: Date,
    created_at: crate::domain::time::Timestamp,
) -> AccountSubscription {
    let NewSubscription { number, items, currency, schedule, start, end, callback } = new;
    AccountSubscription {
        customer_id: terms.customer_id.clone(),
        id,
        number,
        items,
        currency,
        schedule,
        start: start.unwrap_or(today),
        end,
        callback,
        due: None,
        created_at,
    }
}

fn checked(subscription: AccountSubscription, terms: &BillingAccount, what: &str) -> Result<AccountSubscription> {
    number_checked("number", subscription.number.as_deref())?;
    if subscription.currency != terms.currency {
        return Err(Error::invalid("currency", format!("must be that of the account, {}", terms.currency)));
    }
    // One that has not begun can be ended as well.
    if what != END && subscription.end.is_some_and(|end| end < subscription.start) {
        return Err(Error::invalid("end", "must not lie before start"));
    }
    let items = subscription.items.checked("items", terms.currency)?;
    Ok(AccountSubscription { items, ..subscription })
}

fn require(tx: &WriteTx<'_>, customer: &CustomerId, id: &str) -> Result<AccountSubscription> {
    let found = store::account_subscription::fetch(tx, customer, id)?;
    found.ok_or_else(|| Error::not_found("subscription", id))
}

/// An id that no subscription of the account has.
fn new_id(tx: &WriteTx<'_>, known: &[AccountSubscription]) -> String {
    loop {
        let id = base62(u128::from_le_bytes(tx.random().bytes()), ID_LENGTH);
        if known.iter().all(|other| other.id != id) {
            return id;
        }
    }
}
