//! How items, limits and events of orders are written in `…_json` columns; decimals are texts, so nothing is rounded.

use serde::{Deserialize, Serialize};

use super::error::bad_row;
use crate::domain::billing_account::{Decimal, EventType, Item, Items, Limit};
use crate::domain::sales_order::OrderEvent;
use crate::domain::time::Timestamp;
use crate::error::Result;

#[derive(Serialize, Deserialize, Default)]
struct ItemJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rebate: Option<String>,
}

/// An amount, one item, or several.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ItemsJson {
    Amount(String),
    One(ItemJson),
    Many(Vec<ItemJson>),
}

#[derive(Serialize, Deserialize, Default)]
struct LimitJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    soft: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin: Option<String>,
}

#[derive(Serialize, Deserialize, Default)]
struct EventJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<ItemsJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
}

/// Where a JSON text stands: table, column, row.
pub(super) type Place<'a> = (&'a str, &'a str, &'a str);

fn text(form: &impl Serialize) -> String {
    serde_json::to_string(form).expect("structs of strings always have a JSON form")
}

fn form<'de, T: Deserialize<'de>>((table, column, id): Place<'_>, text: &'de str) -> Result<T> {
    serde_json::from_str(text).map_err(|why| bad_row(table, column, id, why))
}

fn decimal((table, column, id): Place<'_>, text: Option<String>) -> Result<Option<Decimal>> {
    text.map(|text| Decimal::parse(&text).map_err(|why| bad_row(table, column, id, why))).transpose()
}

fn item_form(item: &Item) -> ItemJson {
    let Item { number, name, price, quantity, unit, vat, rebate } = item.clone();
    let text = |decimal: Option<Decimal>| decimal.map(|decimal| decimal.to_string());
    let (price, quantity, vat, rebate) = (text(price), text(quantity), text(vat), text(rebate));
    ItemJson { number, name, price, quantity, unit, vat, rebate }
}

fn item_of(place: Place<'_>, form: ItemJson) -> Result<Item> {
    let ItemJson { number, name, price, quantity, unit, vat, rebate } = form;
    Ok(Item {
        number,
        name,
        price: decimal(place, price)?,
        quantity: decimal(place, quantity)?,
        unit,
        vat: decimal(place, vat)?,
        rebate: decimal(place, rebate)?,
    })
}

fn items_form(items: &Items) -> ItemsJson {
    match items {
        Items::Amount(amount) => ItemsJson::Amount(amount.to_string()),
        Items::One(item) => ItemsJson::One(item_form(item)),
        Items::Many(items) => ItemsJson::Many(items.iter().map(item_form).collect()),
    }
}

fn items_of(place: Place<'_>, form: ItemsJson) -> Result<Items> {
    Ok(match form {
        ItemsJson::Amount(text) => Items::Amount(decimal(place, Some(text))?.unwrap_or(Decimal::ZERO)),
        ItemsJson::One(item) => Items::One(item_of(place, item)?),
        ItemsJson::Many(items) => {
            Items::Many(items.into_iter().map(|item| item_of(place, item)).collect::<Result<_>>()?)
        }
    })
}

/// The text of an item.
pub(super) fn item_to_json(item: &Item) -> String {
    text(&item_form(item))
}

/// Reads what [`item_to_json`] wrote.
pub(super) fn item_from_json(place: Place<'_>, json: &str) -> Result<Item> {
    item_of(place, form(place, json)?)
}

/// The text of items.
pub(super) fn items_to_json(items: &Items) -> String {
    text(&items_form(items))
}

/// Reads what [`items_to_json`] wrote.
pub(super) fn items_from_json(place: Place<'_>, json: &str) -> Result<Items> {
    items_of(place, form(place, json)?)
}

/// The text of a limit.
pub(super) fn limit_to_json(limit: Limit) -> String {
    let number = |decimal: Option<Decimal>| decimal.map(|decimal| decimal.to_string());
    text(&match limit {
        Limit::Number(only) => LimitJson { number: number(Some(only)), ..LimitJson::default() },
        Limit::Parts { hard, soft, margin } => {
            LimitJson { number: None, hard: number(hard), soft: number(soft), margin: number(margin) }
        }
    })
}

/// Reads what [`limit_to_json`] wrote.
pub(super) fn limit_from_json(place: Place<'_>, json: &str) -> Result<Limit> {
    let LimitJson { number, hard, soft, margin } = form(place, json)?;
    Ok(match decimal(place, number)? {
        Some(number) => Limit::Number(number),
        None => {
            Limit::Parts { hard: decimal(place, hard)?, soft: decimal(place, soft)?, margin: decimal(place, margin)? }
        }
    })
}

/// The text of what an event says besides its type, instant and transaction.
pub(super) fn event_to_json(event: &OrderEvent) -> String {
    text(&EventJson {
        reference: event.reference.clone(),
        items: event.items.as_ref().map(items_form),
        descriptor: event.descriptor.clone(),
        original: event.original.map(|kind| kind.as_str().to_owned()),
        error: event.error.clone(),
        details: event.details_json.clone(),
    })
}

/// Reads what [`event_to_json`] wrote.
pub(super) fn event_from_json(place: Place<'_>, kind: EventType, at: Timestamp, json: &str) -> Result<OrderEvent> {
    let EventJson { reference, items, descriptor, original, error, details } = form(place, json)?;
    let bad = |text: &String| bad_row(place.0, place.1, place.2, format!("event `{text}`"));
    let original = original.map(|text| EventType::parse(&text).ok_or_else(|| bad(&text))).transpose()?;
    let items = items.map(|items| items_of(place, items)).transpose()?;
    Ok(OrderEvent { reference, items, descriptor, original, error, details_json: details, ..OrderEvent::of(kind, at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_reads_back() {
        let place = ("sales_order", "items_json", "x");
        let number = |text: &str| Decimal::parse(text).expect("a number");
        let item = Item {
            number: Some("1".to_owned()),
            name: Some("n".to_owned()),
            price: Some(number("1.5")),
            quantity: Some(number("2")),
            unit: Some("h".to_owned()),
            vat: Some(number("0.3")),
            rebate: Some(number("0.1")),
        };
        for items in [Items::Amount(number("7")), Items::One(item.clone()), Items::Many(vec![item, Item::default()])] {
            assert_eq!(items_from_json(place, &items_to_json(&items)).expect("our own form"), items);
            let event = OrderEvent {
                reference: Some("r".to_owned()),
                items: Some(items),
                original: Some(EventType::Order),
                error: Some("why".to_owned()),
                ..OrderEvent::of(EventType::Fail, Timestamp::from_micros(5))
            };
            let read = event_from_json(place, event.kind, event.at, &event_to_json(&event));
            assert_eq!(read.expect("our own form"), event);
        }
        let parts = Limit::Parts { hard: Some(number("1")), soft: None, margin: Some(number("2")) };
        for limit in [Limit::Number(number("3.5")), parts] {
            assert_eq!(limit_from_json(place, &limit_to_json(limit)).expect("our own form"), limit);
        }
        assert!(items_from_json(place, "7").is_err());
        assert!(item_from_json(place, r#"{"price":"x"}"#).is_err());
    }
}
