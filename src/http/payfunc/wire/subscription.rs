//! Subscriptions of accounts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::item::{ItemsShown, items_of};
use super::schedule::{ScheduleShown, schedule_of};
use super::{Given, instant};
use crate::app::billing_account::{ChangeSubscription, NewSubscription};
use crate::domain::billing_account::AccountSubscription;
use crate::error::{Error, Result};

/// What an account pays again and again.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountSubscriptionShown {
    /// Its id within the account.
    #[schema(min_length = 4, max_length = 4, example = "a1B2")]
    pub id: String,
    /// What the merchant calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "S-1")]
    pub number: Option<String>,
    /// What is added each time.
    pub items: ItemsShown,
    /// In what.
    #[schema(pattern = "^[A-Z]{3}$", example = "SEK")]
    pub currency: String,
    /// When.
    pub schedule: ScheduleShown,
    /// The first day.
    #[schema(pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-01-01")]
    pub start: String,
    /// The first day on which nothing is added any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2027-01-01")]
    pub end: Option<String>,
    /// Where the merchant is told of orders with its items.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000, example = "https://shop.example/told")]
    pub callback: Option<String>,
    /// The next date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-02-01")]
    pub due: Option<String>,
    /// When it was made.
    #[schema(max_length = 30, example = "2026-01-01T00:00:00.000Z")]
    pub created: String,
}

impl From<AccountSubscription> for AccountSubscriptionShown {
    fn from(subscription: AccountSubscription) -> Self {
        let AccountSubscription { customer_id: _, id, number, items, currency, schedule, .. } = subscription;
        let AccountSubscription { start, end, callback, due, created_at, .. } = subscription;
        Self {
            id,
            number,
            items: items.into(),
            currency: currency.code().to_owned(),
            schedule: schedule.into(),
            start: start.to_string(),
            end: end.map(|date| date.to_string()),
            callback,
            due: due.map(|date| date.to_string()),
            created: instant(created_at),
        }
    }
}

/// A subscription to begin, or to put in the place of one.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAccountSubscription {
    /// What the merchant calls it.
    #[serde(default)]
    #[schema(max_length = 255, example = "S-1")]
    pub number: Option<String>,
    /// What is added each time: an amount, an item, or several.
    #[schema(value_type = ItemsShown)]
    pub items: Value,
    /// In what: the currency of the account.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$", example = "SEK")]
    pub currency: Value,
    /// When.
    #[schema(value_type = ScheduleShown)]
    pub schedule: Value,
    /// The first day; today where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-01-01")]
    pub start: Option<Value>,
    /// The first day on which nothing is added any more.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2027-01-01")]
    pub end: Option<Value>,
    /// Where the merchant is told of orders with its items.
    #[serde(default)]
    #[schema(max_length = 2000, example = "https://shop.example/told")]
    pub callback: Option<String>,
}

/// What to change of a subscription; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AccountSubscriptionChange {
    /// What the merchant calls it.
    #[serde(default)]
    #[schema(max_length = 255, example = "S-1")]
    pub number: Option<String>,
    /// What is added each time.
    #[serde(default)]
    #[schema(value_type = Option<ItemsShown>)]
    pub items: Option<Value>,
    /// In what: the currency of the account.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$", example = "SEK")]
    pub currency: Option<Value>,
    /// When.
    #[serde(default)]
    #[schema(value_type = Option<ScheduleShown>)]
    pub schedule: Option<Value>,
    /// The first day.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-01-01")]
    pub start: Option<Value>,
    /// The first day on which nothing is added any more.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2027-01-01")]
    pub end: Option<Value>,
    /// Where the merchant is told of orders with its items.
    #[serde(default)]
    #[schema(max_length = 2000, example = "https://shop.example/told")]
    pub callback: Option<String>,
}

impl NewAccountSubscription {
    /// What is asked for.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_command(self) -> Result<NewSubscription> {
        for (name, value) in [("items", &self.items), ("currency", &self.currency), ("schedule", &self.schedule)] {
            if value.is_null() {
                return Err(Error::invalid(name, "is required"));
            }
        }
        let change = AccountSubscriptionChange {
            number: self.number,
            items: None,
            currency: None,
            schedule: None,
            start: self.start,
            end: self.end,
            callback: self.callback,
        };
        let ChangeSubscription { number, start, end, callback, .. } = change.into_command()?;
        Ok(NewSubscription {
            number,
            items: items_of("items", &self.items)?,
            currency: Given::of("currency", &self.currency).currency()?,
            schedule: schedule_of(&self.schedule)?,
            start,
            end,
            callback,
        })
    }
}

impl AccountSubscriptionChange {
    /// What is asked for.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_command(self) -> Result<ChangeSubscription> {
        let date = |name: &str, value: Option<Value>| {
            let value = value.filter(|value| !value.is_null());
            value.map(|value| Given::of(name, &value).date()).transpose()
        };
        let there = |value: Option<Value>| value.filter(|value| !value.is_null());
        Ok(ChangeSubscription {
            number: self.number,
            items: there(self.items).map(|value| items_of("items", &value)).transpose()?,
            currency: there(self.currency).map(|value| Given::of("currency", &value).currency()).transpose()?,
            schedule: there(self.schedule).map(|value| schedule_of(&value)).transpose()?,
            start: date("start", self.start)?,
            end: date("end", self.end)?,
            callback: self.callback,
        })
    }
}
