//! Items and limits.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Given, Major, member};
use crate::domain::billing_account::{Decimal, Item, ItemStatus, Items, Limit};
use crate::error::Result;

/// What is sold.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ItemShown {
    /// What the merchant calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "A-1")]
    pub number: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "Basic fee")]
    pub name: Option<String>,
    /// Price of one, major units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Major>,
    /// How many; one where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Major>,
    /// What is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "pcs")]
    pub unit: Option<String>,
    /// Tax on one, on top of the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat: Option<Major>,
    /// What one is cheaper by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebate: Option<Major>,
    /// Where each of its units stands, in an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Vec<ItemStatusName>>,
}

/// Where a unit of an item stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ItemStatusName {
    Created,
    Deferred,
    Pending,
    Denied,
    Ordered,
    Cancelled,
    Charged,
    Paid,
    Refunded,
    Settled,
    Synchronized,
}

impl From<ItemStatus> for ItemStatusName {
    fn from(status: ItemStatus) -> Self {
        match status {
            ItemStatus::Created => Self::Created,
            ItemStatus::Deferred => Self::Deferred,
            ItemStatus::Pending => Self::Pending,
            ItemStatus::Denied => Self::Denied,
            ItemStatus::Ordered => Self::Ordered,
            ItemStatus::Cancelled => Self::Cancelled,
            ItemStatus::Charged => Self::Charged,
            ItemStatus::Paid => Self::Paid,
            ItemStatus::Refunded => Self::Refunded,
            ItemStatus::Settled => Self::Settled,
            ItemStatus::Synchronized => Self::Synchronized,
        }
    }
}

/// An amount, one item, or several.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ItemsShown {
    /// An amount in major units.
    Amount(Major),
    /// One item.
    One(Box<ItemShown>),
    /// Several.
    Many(Vec<ItemShown>),
}

impl From<Item> for ItemShown {
    fn from(item: Item) -> Self {
        let Item { number: own, name, price, quantity, unit, vat, rebate } = item;
        let number = |decimal: Option<Decimal>| decimal.map(Major::of);
        Self {
            number: own,
            name,
            price: number(price),
            quantity: number(quantity),
            unit,
            vat: number(vat),
            rebate: number(rebate),
            status: None,
        }
    }
}

impl From<Items> for ItemsShown {
    fn from(items: Items) -> Self {
        match items {
            Items::Amount(amount) => Self::Amount(Major::of(amount)),
            Items::One(item) => Self::One(Box::new(item.into())),
            Items::Many(items) => Self::Many(items.into_iter().map(ItemShown::from).collect()),
        }
    }
}

/// Reads a number, an item or items; amounts are checked against their currency later.
///
/// # Errors
/// `Invalid` naming the part below `field`.
pub(in crate::http::payfunc) fn items_of(field: &str, value: &Value) -> Result<Items> {
    match value {
        Value::Number(_) => Given::of(field, value).decimal().map(Items::Amount),
        Value::Object(parts) => item_of(field, parts).map(Items::One),
        Value::Array(several) => {
            let items = several.iter().enumerate().map(|(at, item)| {
                let place = format!("{field}[{at}]");
                match item {
                    Value::Object(parts) => item_of(&place, parts),
                    _ => Err(Given::of(&place, item).refused("must be an object")),
                }
            });
            items.collect::<Result<_>>().map(Items::Many)
        }
        _ => Err(Given::of(field, value).refused("must be a number, an item or a list of items")),
    }
}

fn item_of(field: &str, parts: &Map<String, Value>) -> Result<Item> {
    let text = |name: &str| -> Result<Option<String>> {
        let place = format!("{field}.{name}");
        member(parts, name).map(|value| Given::of(&place, value).text()).transpose()
    };
    let decimal = |name: &str| -> Result<Option<Decimal>> {
        let place = format!("{field}.{name}");
        member(parts, name).map(|value| Given::of(&place, value).decimal()).transpose()
    };
    Ok(Item {
        number: text("number")?,
        name: text("name")?,
        price: decimal("price")?,
        quantity: decimal("quantity")?,
        unit: text("unit")?,
        vat: decimal("vat")?,
        rebate: decimal("rebate")?,
    })
}

/// How much may stand on an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum LimitShown {
    /// Nothing is added beyond it.
    Number(Major),
    /// By its parts.
    Parts(LimitParts),
}

/// A limit by its parts.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitParts {
    /// Nothing is added beyond it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard: Option<Major>,
    /// From here on the balance becomes an order at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft: Option<Major>,
    /// How far beyond `hard` one addition may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<Major>,
}

impl From<Limit> for LimitShown {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Number(hard) => Self::Number(Major::of(hard)),
            Limit::Parts { hard, soft, margin } => {
                let number = |decimal: Option<Decimal>| decimal.map(Major::of);
                Self::Parts(LimitParts { hard: number(hard), soft: number(soft), margin: number(margin) })
            }
        }
    }
}

/// Reads a limit.
///
/// # Errors
/// `Invalid` naming the part.
pub(in crate::http::payfunc) fn limit_of(value: &Value) -> Result<Limit> {
    if value.is_number() {
        return Given::of("limit", value).decimal().map(Limit::Number);
    }
    let parts = Given::of("limit", value).object()?;
    let part = |name: &str| -> Result<Option<Decimal>> {
        let place = format!("limit.{name}");
        member(parts, name).map(|value| Given::of(&place, value).decimal()).transpose()
    };
    Ok(Limit::Parts { hard: part("hard")?, soft: part("soft")?, margin: part("margin")? })
}
