//! Charging orders: the first usable card of the account, or the card that came with the order.

use futures_util::StreamExt;

use super::outcome::{Failure, failed_in};
use super::require;
use crate::app::chargeable::resolve_in;
use crate::app::sales_order::Pay;
use crate::app::transaction::begin::{self, Begun, Charge};
use crate::app::transaction::pay_with::Resolved;
use crate::app::transaction::send::Charging;
use crate::app::{App, Caller};
use crate::domain::billing_account::EventType;
use crate::domain::currency::Currency;
use crate::domain::id::{CustomerId, ProcessorId, SalesOrderId};
use crate::domain::payment_method::MethodDetails;
use crate::domain::sales_order::{OrderEvent, OrderState, PaymentType, SalesOrder};
use crate::domain::transaction::{Amounts, TransactionSource, TransactionType};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// What is ready to be charged. It holds a secret.
pub(super) struct ReadyCard {
    resolved: Resolved,
    processor_id: ProcessorId,
}

/// What a write of a charge leaves to be done.
enum Start {
    /// Send it.
    Send(Box<(Begun, Charging)>),
    /// Nothing: somebody else was first, or there is nothing to pay with.
    Done,
}

impl App {
    /// Charges every order whose time has come; answers how many.
    ///
    /// # Errors
    /// The first fault, after the others had their turn. A decline is no error.
    pub(in crate::app) async fn orders_charge_due(&self, caller: &Caller) -> Result<usize> {
        let (mut charged, mut failure) = (0_usize, None);
        loop {
            let now = self.now();
            let due = self.store().read(|tx| store::sales_order::list_to_charge(tx, now, limits::PAGE_MAX))?;
            if due.is_empty() || failure.is_some() {
                return failure.map_or(Ok(charged), Err);
            }
            charged = charged.saturating_add(due.len());
            let charges = due.into_iter().map(|id| {
                let (app, by) = (self.clone(), caller.clone());
                async move { app.order_charge(&by, &id).await }
            });
            let mut outcomes = futures_util::stream::iter(charges).buffer_unordered(limits::CHARGES_IN_FLIGHT_MAX);
            while let Some(outcome) = outcomes.next().await {
                failure = failure.or(outcome.err());
            }
        }
    }

    /// Charges what an account's balance has just become.
    ///
    /// # Errors
    /// As [`App::order_charge`].
    pub(in crate::app) async fn orders_charge_due_of(&self, caller: &Caller, customer: &CustomerId) -> Result<()> {
        let now = self.now();
        let due = self.store().read(|tx| store::sales_order::list_to_charge_of(tx, customer, now))?;
        for id in &due {
            self.order_charge(caller, id).await?;
        }
        Ok(())
    }

    /// Charges an order that waits for it; answers where it stands then.
    ///
    /// # Errors
    /// `NotFound`; a fault of ours. A decline is no error.
    pub(in crate::app) async fn order_charge(&self, caller: &Caller, id: &SalesOrderId) -> Result<OrderState> {
        let ready = self.order_method_ready(id)?;
        self.order_charge_with(caller, id, OrderState::Waiting, ready).await
    }

    /// Takes the money of an order that was just made, or that is now paid in another way.
    ///
    /// # Errors
    /// As [`App::order_charge`]; why the card cannot be charged.
    pub(super) async fn order_charge_first(
        &self,
        caller: &Caller,
        order: SalesOrder,
        ready: Result<Option<ReadyCard>>,
    ) -> Result<SalesOrder> {
        match (order.payment.kind, order.state) {
            (PaymentType::Account, OrderState::Waiting) if order.tries == 0 => {
                self.order_charge(caller, &order.id).await?;
            }
            (PaymentType::Card, OrderState::Outside) if order.events.iter().all(|event| !event.is_waiting) => {
                let ready = ready?;
                self.order_charge_with(caller, &order.id, OrderState::Outside, ready).await?;
            }
            _ => return Ok(order),
        }
        self.store().read(|tx| require(tx, &order.id))
    }

    /// A card that came with an order, opened; `None` where an account or nobody pays.
    pub(super) fn order_card_ready(&self, pay: Pay) -> Result<Option<ReadyCard>> {
        let Pay::Card(pay_with) = pay else { return Ok(None) };
        let resolved = self.pay_with_resolve(*pay_with).map_err(|why| match why {
            Error::Invalid { problem, .. } => Error::invalid("payment.card", problem),
            other => other,
        })?;
        Ok(Some(ReadyCard { resolved, processor_id: self.processor_choose(None)? }))
    }

    /// What an account is kept in.
    pub(super) fn billing_account_terms(&self, id: &CustomerId) -> Result<Currency> {
        self.store().read(|tx| Ok(self.billing_account_in(tx, id)?.terms.currency))
    }

    /// The first usable card of the order's account, opened: one that has not expired, and whose issuer did not forbid
    /// to try this charge again.
    fn order_method_ready(&self, id: &SalesOrderId) -> Result<Option<ReadyCard>> {
        let today = self.company()?.today(self.now());
        let chosen = self.store().read(|tx| {
            let Some(customer) = require(tx, id)?.customer_id else { return Ok(None) };
            if store::customer::is_deleted(tx, &customer)? != Some(false) {
                return Ok(None);
            }
            let refused = store::sales_order::methods_refused(tx, &begin::order_key(id))?;
            let account = self.billing_account_in(tx, &customer)?;
            let usable = account.methods.iter().map(|(card, _)| card).find(|card| {
                let is_good = matches!(card.details, MethodDetails::Card { expiry, .. } if !expiry.is_expired(today));
                is_good && !refused.contains(&card.id)
            });
            usable.map(|card| resolve_in(tx, &customer, Some(&card.id), None, None, None)).transpose()
        })?;
        let Some(chosen) = chosen else { return Ok(None) };
        Ok(Some(ReadyCard { resolved: self.stored_resolve(&chosen)?, processor_id: self.processor_choose(None)? }))
    }

    async fn order_charge_with(
        &self,
        caller: &Caller,
        id: &SalesOrderId,
        from: OrderState,
        ready: Option<ReadyCard>,
    ) -> Result<OrderState> {
        let (by, of, install_id) = (caller.clone(), id.clone(), self.company()?.install_id);
        let work = move |tx: &mut WriteTx<'_>| {
            let order = require(tx, &of)?;
            let is_due = order.charge_at.is_none_or(|at| at <= tx.clock_now());
            if order.state != from || !is_due {
                return Ok(Start::Done);
            }
            match ready {
                Some(ready) => begin_in(tx, &by, &install_id, order, ready).map(|begun| Start::Send(Box::new(begun))),
                None => {
                    let why = Failure { error: "the account has no usable payment method".to_owned() };
                    failed_in(tx, &by, order, None, &why).map(|()| Start::Done)
                }
            }
        };
        if let Start::Send(begun) = self.store().write(work).await? {
            let (begun, charging) = *begun;
            self.attempt_send(caller.clone(), begun, charging).await?;
        }
        self.store().read(|tx| Ok(require(tx, id)?.state))
    }
}

/// Writes the intent of an order's charge down, and the event that waits for its outcome.
fn begin_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    order: SalesOrder,
    ReadyCard { resolved, processor_id }: ReadyCard,
) -> Result<(Begun, Charging)> {
    let charging = Charging {
        instrument: resolved.instrument.clone(),
        cvc: resolved.cvc.clone(),
        authentication: None,
        proof: resolved.proof.clone(),
        postal_code: resolved.postal_code.clone(),
        allow_partial: false,
        of: None,
    };
    let begun = begin::begin_in(tx, caller, install_id, charge_of(&order, resolved, processor_id))?;
    let id = order.id.clone();
    let charging_order = SalesOrder { state: OrderState::Charging, charge_at: None, ..order };
    store::sales_order::update(tx, &charging_order)?;
    let event = OrderEvent {
        transaction_id: Some(begun.transaction.id.clone()),
        is_waiting: true,
        ..OrderEvent::of(EventType::Order, tx.now())
    };
    store::sales_order::event_add(tx, &id, &event)?;
    Ok((begun, charging))
}

fn charge_of(order: &SalesOrder, resolved: Resolved, processor_id: ProcessorId) -> begin::Order {
    let empty = || "{}".to_owned();
    let number = order.number.clone().unwrap_or_else(|| order.id.to_string());
    begin::Order {
        charge: Charge::OfOrder(order.id.clone()),
        kind: TransactionType::Sale,
        source: if order.due_on.is_some() { TransactionSource::Recurring } else { TransactionSource::Api },
        amounts: Amounts { tax: order.tax, ..Amounts::of(order.amount) },
        processor_id,
        method: resolved.method.to_owned(),
        facts: Some(resolved.facts),
        fingerprint: resolved.fingerprint,
        customer_id: order.customer_id.clone().or(resolved.customer_id),
        payment_method_id: resolved.payment_method_id,
        subscription_id: None,
        invoice_id: None,
        referenced_id: None,
        terminal_id: None,
        token: resolved.token,
        description: order.payment.descriptor.clone().unwrap_or_else(|| format!("Order {number}")),
        order_id: order.id.to_string(),
        po_number: String::new(),
        ip_address: String::new(),
        billing_address_json: resolved.billing_address_json.unwrap_or_else(empty),
        shipping_address_json: resolved.shipping_address_json.unwrap_or_else(empty),
        details_json: empty(),
    }
}
