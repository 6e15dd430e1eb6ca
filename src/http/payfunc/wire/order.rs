//! Orders and what happened to them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::item::{ItemShown, ItemsShown, items_of};
use super::payment::{NewOrderPayment, PaymentShown, TEXT_MAX, account_of, payment_of, payment_shown};
use super::{Given, Major, instant, member};
use crate::app::App;
use crate::app::sales_order::{ChangePayment, CreateOrder, NewEvent};
use crate::domain::billing_account::{EventType, ItemStatus, Items};
use crate::domain::id::SalesOrderId;
use crate::domain::sales_order::{OrderEvent, SalesOrder};
use crate::error::{Error, Result};

/// Largest of what travels along with an order, bytes of JSON.
const DETAILS_MAX_BYTES: usize = 16 * 1024;
/// Members that travel along.
const DETAILS: [&str; 5] = ["client", "customer", "theme", "meta", "language"];
/// Members of a settlement that an event keeps as they are.
const EVENT_DETAILS: [&str; 6] = ["period", "payout", "gross", "fee", "net", "currency"];

/// Something that happened to an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderEventShown {
    /// What.
    #[serde(rename = "type")]
    #[schema(
        pattern = "^(defer|pend|deny|order|cancel|charge|pay|refund|fail|settle|synchronize)$",
        example = "order"
    )]
    pub kind: String,
    /// When.
    #[schema(max_length = 30, example = "2026-01-01T00:00:00.000Z")]
    pub date: String,
    /// What the merchant calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "E-1")]
    pub reference: Option<String>,
    /// To which items; to all where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<ItemsShown>,
    /// What the customer reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "Shop")]
    pub descriptor: Option<String>,
    /// Of a failure: what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 20, example = "order")]
    pub original: Option<String>,
    /// Of a failure: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, example = "200 DECLINED")]
    pub error: Option<String>,
    /// What else was said with it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

impl From<&OrderEvent> for OrderEventShown {
    fn from(event: &OrderEvent) -> Self {
        let details: Option<Value> = event.details_json.as_ref().and_then(|json| serde_json::from_str(json).ok());
        Self {
            kind: event.kind.as_str().to_owned(),
            date: instant(event.at),
            reference: event.reference.clone(),
            items: event.items.clone().map(ItemsShown::from),
            descriptor: event.descriptor.clone(),
            original: event.original.map(|kind| kind.as_str().to_owned()),
            error: event.error.clone(),
            details: match details {
                Some(Value::Object(details)) => details,
                _ => Map::new(),
            },
        }
    }
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderShown {
    /// Its id.
    #[schema(max_length = 40, example = "1234567890abcdef")]
    pub id: String,
    /// What the merchant calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "O-1")]
    pub number: Option<String>,
    /// When it was made.
    #[schema(max_length = 30, example = "2026-01-01T00:00:00.000Z")]
    pub created: String,
    /// What is sold.
    pub items: ItemsShown,
    /// In what.
    #[schema(pattern = "^[A-Z]{3}$", example = "SEK")]
    pub currency: String,
    /// How it is paid.
    pub payment: PaymentShown,
    /// The account that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, example = "1234567890abcdef")]
    pub account: Option<String>,
    /// The subscription that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4, example = "a1B2")]
    pub subscription: Option<String>,
    /// Where the merchant is told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000, example = "https://shop.example/told")]
    pub callback: Option<String>,
    /// What happened, in order.
    pub event: Vec<OrderEventShown>,
    /// How much stands where, by the name of the status.
    #[schema(value_type = Object, example = json!({ "ordered": 100 }))]
    pub status: Map<String, Value>,
    /// What travels along: `client`, `customer`, `theme`, `meta`, `language`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

impl OrderShown {
    /// An order as it stands.
    ///
    /// # Errors
    /// Events that contradict each other.
    pub fn of(order: &SalesOrder) -> Result<Self> {
        let standing = order.standing()?;
        let amounts = standing.amounts();
        let status = amounts.iter().map(|(status, sum)| Ok((status.as_str().to_owned(), json!(Major::of_money(*sum)))));
        let items = match &order.items {
            Items::Amount(_) => order.items.clone().into(),
            Items::One(_) | Items::Many(_) => {
                let lines = standing.lines.iter().map(|line| ItemShown {
                    status: Some(line.statuses().into_iter().map(Into::into).collect()),
                    ..ItemShown::from(line.item.clone())
                });
                match (&order.items, lines.collect::<Vec<_>>()) {
                    (Items::One(_), mut one) if one.len() == 1 => ItemsShown::One(Box::new(one.remove(0))),
                    (_, many) => ItemsShown::Many(many),
                }
            }
        };
        let details: Value = serde_json::from_str(&order.details_json).map_err(Error::internal)?;
        let is_ordered = amounts.keys().any(|status| {
            !matches!(
                status,
                ItemStatus::Created
                    | ItemStatus::Deferred
                    | ItemStatus::Pending
                    | ItemStatus::Denied
                    | ItemStatus::Cancelled
            )
        });
        Ok(Self {
            id: order.id.to_string(),
            number: order.number.clone(),
            created: instant(order.created_at),
            items,
            currency: order.currency.code().to_owned(),
            payment: payment_shown(order, is_ordered),
            account: order.customer_id.as_ref().map(ToString::to_string),
            subscription: order.subscription_id.clone(),
            callback: order.callback.clone(),
            event: order.events.iter().filter(|event| !event.is_waiting).map(OrderEventShown::from).collect(),
            status: status.collect::<Result<_>>()?,
            details: match details {
                Value::Object(details) => details,
                _ => Map::new(),
            },
        })
    }
}

/// An order as the claims of a JWT.
///
/// # Errors
/// Events that contradict each other; whatever the file refuses.
pub fn claims(app: &App, order: &SalesOrder) -> Result<String> {
    let mut claims = serde_json::to_value(OrderShown::of(order)?).map_err(Error::internal)?;
    if let Some(members) = claims.as_object_mut() {
        members.insert("iss".to_owned(), json!(app.settings().public_url));
        members.insert("aud".to_owned(), json!("public"));
        members.insert("sub".to_owned(), json!(app.merchant_number()?));
        members.insert("iat".to_owned(), json!(app.now().as_seconds()));
    }
    Ok(claims.to_string())
}

/// An order to make.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewOrder {
    /// An id of the caller's choice, 16 characters.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{16}$", example = "1234567890abcdef")]
    pub id: Option<String>,
    /// What the merchant calls it.
    #[serde(default)]
    #[schema(max_length = 255, example = "O-1")]
    pub number: Option<String>,
    /// What is sold: an amount, an item, or several.
    #[schema(value_type = ItemsShown)]
    pub items: Value,
    /// In what; the currency of the account where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$", example = "SEK")]
    pub currency: Option<Value>,
    /// How it is paid.
    #[schema(value_type = NewOrderPayment)]
    pub payment: Value,
    /// The account that it belongs to.
    #[serde(default)]
    #[schema(max_length = 40, example = "1234567890abcdef")]
    pub account: Option<String>,
    /// The subscription that it is for.
    #[serde(default)]
    #[schema(max_length = 4, example = "a1B2")]
    pub subscription: Option<String>,
    /// Where the merchant is told of it.
    #[serde(default)]
    #[schema(max_length = 2000, example = "https://shop.example/told")]
    pub callback: Option<String>,
    /// What travels along: `client`, `customer`, `theme`, `meta`, `language`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: Map<String, Value>,
}

impl NewOrder {
    /// What is asked for.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_command(self, app: &App) -> Result<CreateOrder> {
        let account = self.account.map(|text| account_of("account", &text)).transpose()?;
        let currency = self.currency.filter(|value| !value.is_null());
        let ChangePayment { payment, pay } = payment_of(app, &self.payment, account.as_ref())?;
        Ok(CreateOrder {
            id: self.id.map(|text| id_of(&text)).transpose()?,
            number: self.number,
            items: items_of("items", &self.items)?,
            currency: currency.map(|value| Given::of("currency", &value).currency()).transpose()?,
            payment,
            pay,
            account,
            subscription_id: self.subscription.map(|text| subscription_of(&text)).transpose()?,
            details_json: details_of(&self.more)?,
            callback: self.callback,
        })
    }
}

fn id_of(text: &str) -> Result<SalesOrderId> {
    let is_good = text.len() == 16 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let id = SalesOrderId::parse(text).filter(|_| is_good);
    id.ok_or_else(|| Error::invalid("id", "must be 16 characters of A-Z, a-z, 0-9, - and _"))
}

fn subscription_of(text: &str) -> Result<String> {
    let is_good = text.len() == 4 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if is_good { Ok(text.to_owned()) } else { Err(Error::invalid("subscription", "must be an id of four characters")) }
}

fn details_of(more: &Map<String, Value>) -> Result<String> {
    let kept = DETAILS.iter().filter_map(|name| Some(((*name).to_owned(), member(more, name)?.clone())));
    let json = Value::Object(kept.collect()).to_string();
    if json.len() > DETAILS_MAX_BYTES {
        return Err(Error::invalid(
            "meta",
            format!("and what else travels along come to more than {DETAILS_MAX_BYTES} bytes"),
        ));
    }
    Ok(json)
}

/// An event to happen.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewOrderEvent {
    /// What.
    #[serde(rename = "type")]
    #[schema(
        pattern = "^(defer|pend|deny|order|cancel|charge|pay|refund|fail|settle|synchronize)$",
        example = "charge"
    )]
    pub kind: String,
    /// To which items; to all that may take it where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<ItemsShown>)]
    pub items: Option<Value>,
    /// What the merchant calls it.
    #[serde(default)]
    #[schema(max_length = 255, example = "E-1")]
    pub reference: Option<String>,
    /// What the customer reads.
    #[serde(default)]
    #[schema(max_length = 255, example = "Shop")]
    pub descriptor: Option<String>,
    /// Of a failure: what failed.
    #[serde(default)]
    #[schema(max_length = 20, example = "charge")]
    pub original: Option<String>,
    /// Of a failure: why.
    #[serde(default)]
    #[schema(max_length = 500, example = "no contact")]
    pub error: Option<String>,
    /// Of a settlement: `period`, `payout`, `gross`, `fee`, `net`, `currency`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: Map<String, Value>,
}

impl NewOrderEvent {
    /// What is asked for.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_command(self) -> Result<NewEvent> {
        let kind = |field: &str, text: &str| {
            EventType::parse(text).ok_or_else(|| Error::invalid(field, "is no type of event"))
        };
        for (name, text, max) in [
            ("reference", &self.reference, TEXT_MAX),
            ("descriptor", &self.descriptor, TEXT_MAX),
            ("error", &self.error, 500),
        ] {
            if text.as_ref().is_some_and(|text| text.chars().count() > max) {
                return Err(Error::invalid(name, format!("must be at most {max} characters")));
            }
        }
        let kept =
            EVENT_DETAILS.iter().filter_map(|name| Some(((*name).to_owned(), member(&self.more, name)?.clone())));
        let kept: Map<String, Value> = kept.collect();
        let details_json = (!kept.is_empty()).then(|| Value::Object(kept).to_string());
        if details_json.as_ref().is_some_and(|json| json.len() > DETAILS_MAX_BYTES) {
            return Err(Error::invalid(
                "period",
                format!("and what else is said come to more than {DETAILS_MAX_BYTES} bytes"),
            ));
        }
        Ok(NewEvent {
            kind: kind("type", &self.kind)?,
            items: self.items.filter(|value| !value.is_null()).map(|value| items_of("items", &value)).transpose()?,
            reference: self.reference,
            descriptor: self.descriptor,
            original: self.original.map(|text| kind("original", &text)).transpose()?,
            error: self.error,
            details_json,
        })
    }
}

/// Events of one of several orders.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OrderEvents {
    /// Which order.
    #[schema(max_length = 40, example = "1234567890abcdef")]
    pub id: String,
    /// What happens to it, in order.
    #[schema(min_items = 1, max_items = 50)]
    pub event: Vec<NewOrderEvent>,
}
