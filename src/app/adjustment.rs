//! Add-ons and discounts of the catalogue.
//!
//! Plans and subscriptions carry copies, so a change or a deletion here changes nobody's price and is never refused.

use serde_json::{Value, json};

use super::write_once::Asked;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::adjustment::{Adjustment, AdjustmentKind, AdjustmentTerms, AdjustmentUse, Applied};
use crate::domain::event::Topic;
use crate::domain::id::AdjustmentId;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

impl App {
    /// Makes an add-on or discount.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field.
    pub async fn adjustment_create(
        &self,
        caller: &Caller,
        kind: AdjustmentKind,
        terms: AdjustmentTerms,
    ) -> Result<Adjustment> {
        caller.may(Action::CatalogChange)?;
        let verb = topic_of(kind, [Topic::AddOnCreated, Topic::DiscountCreated]).as_str();
        let asked = Asked::new(kind.as_str(), verb).with(&format!("{terms:?}"));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            create_in(tx, caller, kind, &terms).map(|made| made.id.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, id: &str| fetch_in(tx, kind, &AdjustmentId::from_stored(id.to_owned()));
        self.write_once(caller, asked, work, show).await
    }

    /// The add-on or discount with this id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn adjustment_find(&self, caller: &Caller, kind: AdjustmentKind, id: &AdjustmentId) -> Result<Adjustment> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| fetch_in(tx, kind, id))
    }

    /// All add-ons or all discounts, oldest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn adjustment_list(&self, caller: &Caller, kind: AdjustmentKind) -> Result<Vec<Adjustment>> {
        caller.may(Action::CatalogView)?;
        self.store().read(|tx| store::adjustment::list(tx, kind))
    }

    /// Changes what `terms` say.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming the field.
    pub async fn adjustment_update(
        &self,
        caller: &Caller,
        kind: AdjustmentKind,
        id: &AdjustmentId,
        terms: AdjustmentTerms,
    ) -> Result<Adjustment> {
        caller.may(Action::CatalogChange)?;
        let verb = topic_of(kind, [Topic::AddOnUpdated, Topic::DiscountUpdated]).as_str();
        let asked = Asked::new(kind.as_str(), verb).with(id.as_str()).with(&format!("{terms:?}"));
        let (id, shown) = (id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            update_in(tx, caller, kind, &id, &terms).map(|()| id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| fetch_in(tx, kind, &shown)).await
    }

    /// Takes it out of the catalogue.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn adjustment_delete(&self, caller: &Caller, kind: AdjustmentKind, id: &AdjustmentId) -> Result<()> {
        caller.may(Action::CatalogChange)?;
        let verb = topic_of(kind, [Topic::AddOnDeleted, Topic::DiscountDeleted]).as_str();
        let asked = Asked::new(kind.as_str(), verb).with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            delete_in(tx, caller, kind, &id).map(|()| id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }
}

fn update_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    kind: AdjustmentKind,
    id: &AdjustmentId,
    terms: &AdjustmentTerms,
) -> Result<()> {
    let changed = terms.change(&fetch_in(tx, kind, id)?, tx.now())?;
    store::adjustment::update(tx, &changed)?;
    let topic = topic_of(kind, [Topic::AddOnUpdated, Topic::DiscountUpdated]);
    event::emit(tx, caller, topic, id.as_str(), &facts(&changed))
}

fn delete_in(tx: &mut WriteTx<'_>, caller: &Caller, kind: AdjustmentKind, id: &AdjustmentId) -> Result<()> {
    let gone = fetch_in(tx, kind, id)?;
    store::adjustment::delete(tx, id)?;
    let topic = topic_of(kind, [Topic::AddOnDeleted, Topic::DiscountDeleted]);
    event::emit(tx, caller, topic, id.as_str(), &facts(&gone))
}

/// Makes an add-on or discount inside a transaction.
///
/// # Errors
/// `Invalid` naming the field.
pub(crate) fn create_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    kind: AdjustmentKind,
    terms: &AdjustmentTerms,
) -> Result<Adjustment> {
    let made = terms.create(tx.new_id(), kind, tx.now())?;
    store::adjustment::insert(tx, &made)?;
    let topic = topic_of(kind, [Topic::AddOnCreated, Topic::DiscountCreated]);
    event::emit(tx, caller, topic, made.id.as_str(), &facts(&made))?;
    Ok(made)
}

/// The copies that `uses` ask for; `None` where the caller gave no list.
///
/// # Errors
/// `Invalid` naming the entry and its field, such as `add_ons[0].id`.
pub(crate) fn apply_in(
    tx: &ReadTx<'_>,
    kind: AdjustmentKind,
    uses: Option<&[AdjustmentUse]>,
) -> Result<Option<Vec<Applied>>> {
    let Some(uses) = uses else { return Ok(None) };
    if uses.len() > limits::ADJUSTMENTS_MAX {
        let problem = format!("must be at most {} entries", limits::ADJUSTMENTS_MAX);
        return Err(Error::invalid(kind.list_field(), problem));
    }
    let apply = |(index, wanted): (usize, &AdjustmentUse)| {
        let source = AdjustmentId::parse(&wanted.id).map(|id| store::adjustment::fetch(tx, kind, &id)).transpose()?;
        let source = source.flatten().ok_or_else(|| Error::invalid("id", format!("is no {}", kind.noun())));
        source
            .and_then(|source| wanted.apply(&source))
            .map_err(|error| error.under(&format!("{}[{index}]", kind.list_field())))
    };
    uses.iter().enumerate().map(apply).collect::<Result<_>>().map(Some)
}

fn fetch_in(tx: &ReadTx<'_>, kind: AdjustmentKind, id: &AdjustmentId) -> Result<Adjustment> {
    store::adjustment::fetch(tx, kind, id)?.ok_or_else(|| Error::not_found(kind.noun(), id.as_str()))
}

/// The topic for add-ons, or the one for discounts.
fn topic_of(kind: AdjustmentKind, [add_on, discount]: [Topic; 2]) -> Topic {
    match kind {
        AdjustmentKind::AddOn => add_on,
        AdjustmentKind::Discount => discount,
    }
}

fn facts(adjustment: &Adjustment) -> Value {
    json!({
        "name": adjustment.name,
        "amount": adjustment.worth.amount_minor(),
        "percentage": adjustment.worth.percentage(),
        "duration": adjustment.duration,
    })
}
