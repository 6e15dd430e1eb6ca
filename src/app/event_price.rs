//! Prices of usage events. Changing one touches no event already made.

use serde_json::json;

use super::write_once::Asked;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::currency::Denomination;
use crate::domain::event::Topic;
use crate::domain::page::{Page, PageAsked};
use crate::domain::usage_event::{Cost, EventPrice, EventType};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

impl App {
    /// The price of one unit of a type in a denomination.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn event_price_find(
        &self,
        caller: &Caller,
        kind: &EventType,
        denomination: &Denomination,
    ) -> Result<EventPrice> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| require(tx, kind, denomination))
    }

    /// All prices, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn event_price_list(&self, caller: &Caller, asked: PageAsked) -> Result<Page<EventPrice>> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| Ok(Page::of(store::event_price::list(tx, asked)?, asked)))
    }

    /// Sets a price.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn event_price_set(&self, caller: &Caller, price: EventPrice) -> Result<EventPrice> {
        caller.may(Action::CatalogChange)?;
        let asked = Asked::new("event_price", "event_price.set")
            .with(price.kind.as_str())
            .with(price.cost.denomination.as_str())
            .with(&price.cost.amount.to_string());
        let (kind, denomination) = (price.kind.clone(), price.cost.denomination.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            store::event_price::put(tx, &price)?;
            let subject = subject(&price);
            event::emit(tx, caller, Topic::EventPriceSet, &subject, &json!({ "amount": price.cost.amount }))?;
            Ok(subject)
        };
        self.write_once(caller, asked, work, move |tx, _| require(tx, &kind, &denomination)).await
    }

    /// Takes a price away; answers what it was.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn event_price_delete(
        &self,
        caller: &Caller,
        kind: &EventType,
        denomination: &Denomination,
    ) -> Result<EventPrice> {
        caller.may(Action::CatalogChange)?;
        let asked = Asked::new("event_price", "event_price.delete").with(kind.as_str()).with(denomination.as_str());
        let of = (kind.clone(), denomination.clone());
        let (kind, denomination) = of.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let price = require(tx, &of.0, &of.1)?;
            store::event_price::delete(tx, &of.0, &of.1)?;
            event::emit(tx, caller, Topic::EventPriceDeleted, &subject(&price), &json!({}))?;
            // Kept as what it was, because the row is gone.
            Ok(price.cost.amount.to_string())
        };
        let show = move |_: &ReadTx<'_>, amount: &str| {
            let amount = amount.parse().map_err(|_| Error::internal("a deleted price's amount is no number"))?;
            Ok(EventPrice { kind, cost: Cost { denomination, amount } })
        };
        self.write_once(caller, asked, work, show).await
    }
}

fn require(tx: &ReadTx<'_>, kind: &EventType, denomination: &Denomination) -> Result<EventPrice> {
    let found = store::event_price::fetch(tx, kind, denomination)?;
    found.ok_or_else(|| Error::not_found("price", format!("{}/{denomination}", kind.as_str())))
}

fn subject(price: &EventPrice) -> String {
    format!("{}/{}", price.kind.as_str(), price.cost.denomination)
}
