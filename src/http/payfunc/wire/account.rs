//! Accounts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::customer::{customer_of, customer_shown};
use super::item::{ItemShown, LimitShown, limit_of};
use super::method::{MethodShown, NewAccountMethod};
use super::schedule::{ScheduleShown, schedule_of};
use super::subscription::AccountSubscriptionShown;
use super::{Given, Major};
use crate::app::billing_account::{
    BillingAccountShown, ChangeBillingAccount, CreateBillingAccount, ID_LENGTH, Settled,
};
use crate::domain::id::CustomerId;
use crate::error::{Error, Result};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountShown {
    /// Its id; the customer's in every API.
    #[schema(max_length = 40, example = "1234567890abcdef")]
    pub id: String,
    /// What the merchant calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "example Account")]
    pub number: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, example = json!({ "type": "person", "name": "Max Exampleperson" }))]
    pub customer: Option<Value>,
    /// What pays, in the order in which it is tried.
    pub method: Vec<MethodShown>,
    /// Where it stands.
    #[schema(pattern = "^(created|active|pending|suspended)$", example = "created")]
    pub status: String,
    /// What it pays again and again.
    pub subscription: Vec<AccountSubscriptionShown>,
    /// What it is kept in.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
    /// When its balance becomes an order.
    pub schedule: ScheduleShown,
    /// How much may stand on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitShown>,
    /// What stands on it.
    pub total: Major,
    /// The items of it.
    pub balance: Vec<ItemShown>,
    /// The next due date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-02-01")]
    pub due: Option<String>,
}

impl From<BillingAccountShown> for AccountShown {
    fn from(account: BillingAccountShown) -> Self {
        let BillingAccountShown { record, terms, methods, status, subscriptions, items, total } = account;
        Self {
            customer: customer_shown(terms.customer_json.as_deref(), &record),
            id: record.customer.id.to_string(),
            number: terms.number,
            method: methods.into_iter().map(MethodShown::from).collect(),
            status: status.as_str().to_owned(),
            subscription: subscriptions.into_iter().map(AccountSubscriptionShown::from).collect(),
            currency: terms.currency.code().to_owned(),
            schedule: terms.schedule.into(),
            limit: terms.limit.map(LimitShown::from),
            total: Major::of_money(total),
            balance: items.into_iter().map(ItemShown::from).collect(),
            due: terms.due_on.map(|date| date.to_string()),
        }
    }
}

/// An account to make.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAccount {
    /// An id of the caller's choice, 16 characters.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{16}$", example = "1234567890abcdef")]
    pub id: Option<String>,
    /// What the merchant calls it.
    #[serde(default)]
    #[schema(max_length = 255, example = "example Account")]
    pub number: Option<String>,
    /// Whose it is.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({ "type": "person", "name": "Max Exampleperson" }))]
    pub customer: Option<Value>,
    /// What pays, in the order in which it is tried.
    #[serde(default)]
    #[schema(max_items = 100, example = json!([]))]
    pub method: Option<Vec<NewAccountMethod>>,
    /// What it is kept in; SEK where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<Value>,
    /// When its balance becomes an order; monthly where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<ScheduleShown>)]
    pub schedule: Option<Value>,
    /// How much may stand on it.
    #[serde(default)]
    #[schema(value_type = Option<LimitShown>)]
    pub limit: Option<Value>,
}

impl NewAccount {
    /// What is asked for.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_command(self) -> Result<CreateBillingAccount> {
        let id = self.id.map(|text| id_of(&text)).transpose()?;
        let there = |value: Option<Value>| value.filter(|value| !value.is_null());
        let methods = self.method.unwrap_or_default().into_iter().enumerate();
        let methods =
            methods.map(|(at, method)| method.into_command().map_err(|why| why.under(&format!("method[{at}]"))));
        Ok(CreateBillingAccount {
            id,
            number: self.number,
            customer: there(self.customer).map(|value| customer_of(&value)).transpose()?,
            methods: methods.collect::<Result<_>>()?,
            currency: there(self.currency).map(|value| Given::of("currency", &value).currency()).transpose()?,
            schedule: there(self.schedule).map(|value| schedule_of(&value)).transpose()?,
            limit: there(self.limit).map(|value| limit_of(&value)).transpose()?,
        })
    }
}

fn id_of(text: &str) -> Result<CustomerId> {
    let is_good = text.len() == ID_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let id = CustomerId::parse(text).filter(|_| is_good);
    id.ok_or_else(|| Error::invalid("id", "must be 16 characters of A-Z, a-z, 0-9, - and _"))
}

/// What to change of an account; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AccountChange {
    /// How much may stand on it; null takes the limit away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<LimitShown>)]
    pub limit: Option<Value>,
    /// What it is kept in, while nothing stands on it.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<Value>,
    /// When its balance becomes an order.
    #[serde(default)]
    #[schema(value_type = Option<ScheduleShown>)]
    pub schedule: Option<Value>,
}

/// A member that is there, also where it is null.
fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl AccountChange {
    /// What is asked for.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_command(self) -> Result<ChangeBillingAccount> {
        let there = |value: Option<Value>| value.filter(|value| !value.is_null());
        let limit = |value: Value| if value.is_null() { Ok(None) } else { limit_of(&value).map(Some) };
        Ok(ChangeBillingAccount {
            limit: self.limit.map(limit).transpose()?,
            currency: there(self.currency).map(|value| Given::of("currency", &value).currency()).transpose()?,
            schedule: there(self.schedule).map(|value| schedule_of(&value)).transpose()?,
        })
    }
}

/// How many balances became orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettledShown {
    /// Those whose money is there, or on its way.
    #[schema(minimum = 0, maximum = 4_294_967_295_u32, example = 1)]
    pub updated: u32,
    /// Those whose charge was declined.
    #[schema(minimum = 0, maximum = 4_294_967_295_u32, example = 0)]
    pub errors: u32,
}

impl From<Settled> for SettledShown {
    fn from(Settled { updated, errors }: Settled) -> Self {
        Self { updated, errors }
    }
}
