//! Events that a caller reports or asks for: the table of transitions decides, and where money is to go back it goes.

use super::give_back::{GivenBack, give_back_in};
use super::{KIND, require, updated};
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::billing_account::{EventType, Items};
use crate::domain::id::SalesOrderId;
use crate::domain::sales_order::{OrderEvent, OrderState, SalesOrder};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// An event to happen to an order.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What.
    pub kind: EventType,
    /// To which items; to all that may take it where `None`.
    pub items: Option<Items>,
    /// What the merchant calls it.
    pub reference: Option<String>,
    /// What the customer reads.
    pub descriptor: Option<String>,
    /// Of a failure: what failed.
    pub original: Option<EventType>,
    /// Of a failure: why.
    pub error: Option<String>,
    /// JSON text of what else is said with it.
    pub details_json: Option<String>,
}

impl App {
    /// Lets an event happen to an order; answers the order. A refund, and the cancellation of what was paid, give the
    /// money back: the event has happened once that has succeeded, and is a `fail` where it is refused.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `InvalidTransition` where the items may not take it; `Invalid` naming the part;
    /// `Conflict` while an outcome is open, or where the money cannot go back now.
    pub async fn order_event_add(&self, caller: &Caller, id: &SalesOrderId, new: NewEvent) -> Result<SalesOrder> {
        caller.may(match new.kind {
            EventType::Refund | EventType::Cancel => Action::TransactionRefund,
            _ => Action::TransactionSale,
        })?;
        let asked = Asked::new(KIND, "order.event").with(id.as_str()).with(&format!("{new:?}"));
        let (of, install_id) = (id.clone(), self.company()?.install_id);
        let (sender, mut receiver) = tokio::sync::oneshot::channel::<GivenBack>();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let order = require(tx, &of)?;
            if let Some(begun) = happen_in(tx, caller, &install_id, order, new)? {
                // Whoever waits sends it; if nobody does any more, it is given up by the poller.
                drop(sender.send(begun));
            }
            Ok(of.as_str().to_owned())
        };
        let show = |tx: &ReadTx<'_>, id: &str| require(tx, &SalesOrderId::from_stored(id.to_owned()));
        let shown = self.write_once(caller, asked, work, show).await?;
        let Ok((begun, charging)) = receiver.try_recv() else { return Ok(shown) };
        self.attempt_send(caller.clone(), begun, charging).await?;
        self.store().read(|tx| require(tx, id))
    }
}

/// Writes an event down; where it gives money back, what is to be sent for that.
fn happen_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    order: SalesOrder,
    new: NewEvent,
) -> Result<Option<GivenBack>> {
    if order.events.iter().any(|event| event.is_waiting) {
        return Err(Error::Conflict("the outcome of an earlier event is being confirmed".to_owned()));
    }
    let moved = order.standing()?.apply(new.kind, new.items.as_ref())?;
    let event = OrderEvent {
        reference: new.reference,
        items: new.items,
        descriptor: new.descriptor,
        original: new.original,
        error: new.error,
        details_json: new.details_json,
        ..OrderEvent::of(new.kind, tx.now())
    };
    let gives_back = matches!(event.kind, EventType::Refund | EventType::Cancel) && order.state == OrderState::Paid;
    if gives_back {
        return give_back_in(tx, caller, install_id, &order, event, moved).map(Some);
    }
    store::sales_order::event_add(tx, &order.id, &event)?;
    let ends = matches!(event.kind, EventType::Order | EventType::Deny | EventType::Cancel) && order.is_owed();
    let order = if ends { SalesOrder { state: OrderState::Ended, charge_at: None, ..order } } else { order };
    store::sales_order::update(tx, &order)?;
    updated(tx, caller, &order, event.kind.as_str())?;
    Ok(None)
}
