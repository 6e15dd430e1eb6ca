//! Making orders, and changing how one is paid.

use jiff::civil::Date;
use serde_json::json;

use super::{KIND, callback, require, updated};
use crate::app::billing_account::number_checked;
use crate::app::transaction::PayWith;
use crate::app::write_once::Asked;
use crate::app::{App, Caller, customer, event};
use crate::domain::access::Action;
use crate::domain::billing_account::{EventType, Items, item};
use crate::domain::currency::Currency;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, SalesOrderId};
use crate::domain::money::Money;
use crate::domain::sales_order::{ChargeMode, OrderEvent, OrderState, Payment, PaymentType, SalesOrder};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// Which account pays.
#[derive(Clone, Debug)]
pub struct AccountPays {
    /// Its id.
    pub id: CustomerId,
    /// Whether the account's own key was shown, which a public key needs.
    pub is_proven: bool,
}

/// What pays.
pub enum Pay {
    /// An account.
    Account(AccountPays),
    /// A card, here and now.
    Card(Box<PayWith>),
    /// Somebody outside.
    Outside,
}

/// An order to make.
pub struct CreateOrder {
    /// The id the caller chose.
    pub id: Option<SalesOrderId>,
    /// What the merchant calls it.
    pub number: Option<String>,
    /// What is sold.
    pub items: Items,
    /// In what; the account's where `None`.
    pub currency: Option<Currency>,
    /// How it is paid; its instant is set when it is made.
    pub payment: Payment,
    /// With what.
    pub pay: Pay,
    /// The account that the order belongs to, where another pays or none.
    pub account: Option<CustomerId>,
    /// The subscription it is for.
    pub subscription_id: Option<String>,
    /// JSON text of what travels along.
    pub details_json: String,
    /// Where the merchant is told of it.
    pub callback: Option<String>,
}

/// Another way to pay an order.
pub struct ChangePayment {
    /// How.
    pub payment: Payment,
    /// With what.
    pub pay: Pay,
}

/// An order, checked, for the write that makes it.
pub(crate) struct NewOrder {
    pub(crate) id: Option<SalesOrderId>,
    pub(crate) number: Option<String>,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) currency: Currency,
    pub(crate) items: Items,
    pub(crate) payment: Payment,
    pub(crate) subscription_id: Option<String>,
    pub(crate) details_json: String,
    pub(crate) callback: Option<String>,
    pub(crate) due_on: Option<Date>,
}

impl NewOrder {
    /// An order of nobody's, with nothing besides.
    pub(crate) fn of(items: Items, currency: Currency, payment: Payment) -> Self {
        Self {
            id: None,
            number: None,
            customer_id: None,
            currency,
            items,
            payment,
            subscription_id: None,
            details_json: "{}".to_owned(),
            callback: None,
            due_on: None,
        }
    }
}

impl App {
    /// Makes an order and takes its money where that is ours to take. A declined charge is no error: the order shows
    /// it. A public key may do it with a card, and with an account whose own key comes along.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the account; `Invalid` naming the part.
    pub async fn order_create(&self, caller: &Caller, command: CreateOrder) -> Result<SalesOrder> {
        caller.may_publicly(Action::TransactionSale)?;
        number_checked("number", command.number.as_deref())?;
        self.callback_check("callback", command.callback.as_deref()).await?;
        let CreateOrder { id, number, items, currency, payment, pay, account, subscription_id, .. } = command;
        let (details_json, callback) = (command.details_json, command.callback);
        let asked = Asked::new(KIND, "order.create").with(&format!("{items:?} {payment:?}"));
        let payer = self.payer(caller, &pay)?;
        let customer_id = payer.or(account);
        let own = customer_id.as_ref().map(|id| self.billing_account_terms(id)).transpose()?;
        let currency = currency.or(own).ok_or_else(|| Error::invalid("currency", "is required"))?;
        if matches!(pay, Pay::Account(_)) && own != Some(currency) {
            return Err(Error::invalid("currency", "must be that of the account"));
        }
        let items = items.checked("items", currency)?;
        let ready = self.order_card_ready(pay);
        let refused = ready.as_ref().err().cloned();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            // Refused here and not before: a repeated request finds its token used up, and what it made.
            refused.map_or(Ok(()), Err)?;
            let payment = Payment { created_at: tx.now(), ..payment };
            let settles = payment.charge == Some(ChargeMode::Balance);
            let whose = customer_id.clone().filter(|_| settles);
            let new = NewOrder { id, number, customer_id, ..NewOrder::of(items, currency, payment) };
            let id = create_in(tx, caller, NewOrder { subscription_id, details_json, callback, ..new })?;
            whose.map_or(Ok(()), |whose| balance_lower_in(tx, &whose, &id))?;
            Ok(id.as_str().to_owned())
        };
        let show = |tx: &ReadTx<'_>, id: &str| require(tx, &SalesOrderId::from_stored(id.to_owned()));
        let made = self.write_once(caller, asked, work, show).await?;
        self.order_charge_first(caller, made, ready).await
    }

    /// Pays an order in another way: it is charged at once, and its retries count anew.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Conflict` where it is paid, or its charge is being confirmed; `Invalid` naming the part.
    pub async fn order_payment_change(
        &self,
        caller: &Caller,
        id: &SalesOrderId,
        change: ChangePayment,
    ) -> Result<SalesOrder> {
        caller.may(Action::TransactionSale)?;
        let ChangePayment { payment, pay } = change;
        let asked = Asked::new(KIND, "order.payment").with(id.as_str()).with(&format!("{payment:?}"));
        let payer = self.payer(caller, &pay)?;
        let own = payer.as_ref().map(|id| self.billing_account_terms(id)).transpose()?;
        let ready = self.order_card_ready(pay);
        let refused = ready.as_ref().err().cloned();
        let of = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            refused.map_or(Ok(()), Err)?;
            let order = require(tx, &of)?;
            refuse_unpayable(&order)?;
            if own.is_some_and(|currency| currency != order.currency) {
                return Err(Error::invalid("payment.account", "is kept in another currency"));
            }
            let payment = Payment { created_at: tx.now(), ..payment };
            let is_account = payment.kind == PaymentType::Account;
            let order = SalesOrder {
                customer_id: payer.or(order.customer_id.clone()),
                payment,
                tries: 0,
                state: if is_account { OrderState::Waiting } else { OrderState::Outside },
                charge_at: is_account.then(|| tx.clock_now()),
                ..order
            };
            store::sales_order::update(tx, &order)?;
            updated(tx, caller, &order, "payment")?;
            Ok(of.as_str().to_owned())
        };
        let show = |tx: &ReadTx<'_>, id: &str| require(tx, &SalesOrderId::from_stored(id.to_owned()));
        let changed = self.write_once(caller, asked, work, show).await?;
        self.order_charge_first(caller, changed, ready).await
    }

    /// The account that pays, if the caller may let it pay.
    fn payer(&self, caller: &Caller, pay: &Pay) -> Result<Option<CustomerId>> {
        let Pay::Account(account) = pay else { return Ok(None) };
        if !account.is_proven && caller.may(Action::TransactionSale).is_err() {
            return Err(Error::invalid("payment.token", "is required with a public key: a key of the account"));
        }
        self.store().read(|tx| {
            customer::require(tx, &account.id).map_err(|_| Error::invalid("payment.account", "is not known"))?;
            let owed = store::sales_order::owed_by(tx, &account.id)?;
            if owed.failed > 0 {
                let problem = "is suspended: every charge of an order was declined";
                return Err(Error::invalid("payment.account", problem));
            }
            Ok(Some(account.id.clone()))
        })
    }

    /// Checks an address that the merchant wants to be told at.
    ///
    /// # Errors
    /// `Invalid` naming `field`.
    pub(in crate::app) async fn callback_check(&self, field: &str, url: Option<&str>) -> Result<()> {
        let Some(url) = url else { return Ok(()) };
        self.outbound().check(url).await.map_err(|why| Error::invalid(field, why.to_string()))
    }
}

/// Writes a new order down.
///
/// # Errors
/// `Invalid` naming `id` where somebody has it.
pub(crate) fn create_in(tx: &mut WriteTx<'_>, caller: &Caller, new: NewOrder) -> Result<SalesOrderId> {
    let id = match new.id {
        Some(id) if store::sales_order::fetch(tx, &id)?.is_some() => {
            return Err(Error::invalid("id", "is that of another order"));
        }
        Some(id) => id,
        None => tx.new_id(),
    };
    let now = tx.now();
    let lines = new.items.list();
    let amount = item::total(&lines, new.currency)?;
    let taxes = lines.iter().map(|item| item.tax(new.currency)).collect::<Result<Vec<_>>>()?;
    let tax = Money::sum(new.currency, taxes)?;
    let is_account = new.payment.kind == PaymentType::Account;
    let order = SalesOrder {
        id,
        number: new.number,
        customer_id: new.customer_id,
        currency: new.currency,
        items: new.items,
        amount,
        tax,
        events: first_event(new.payment.kind).map(|kind| OrderEvent::of(kind, now)).into_iter().collect(),
        payment: new.payment,
        subscription_id: new.subscription_id,
        details_json: new.details_json,
        callback: new.callback,
        due_on: new.due_on,
        state: if is_account { OrderState::Waiting } else { OrderState::Outside },
        charge_at: is_account.then(|| tx.clock_now()),
        tries: 0,
        created_at: now,
        updated_at: now,
    };
    store::sales_order::insert(tx, &order)?;
    let facts = json!({
        "customer_id": order.customer_id.as_ref().map(CustomerId::as_str),
        "amount": order.amount.minor(),
        "currency": order.currency.code(),
        "payment": order.payment.kind.as_str(),
        "due": order.due_on.map(|date| date.to_string()),
    });
    event::emit(tx, caller, Topic::OrderCreated, order.id.as_str(), &facts)?;
    if !order.payment.kind.is_ours() {
        callback::queue_in(tx, &order)?;
    }
    tx.nudge();
    Ok(order.id)
}

/// What an order that is paid outside begins with.
fn first_event(kind: PaymentType) -> Option<EventType> {
    match kind {
        PaymentType::Account | PaymentType::Card => None,
        PaymentType::Invoice => Some(EventType::Order),
        PaymentType::Defer => Some(EventType::Defer),
        PaymentType::Installment | PaymentType::Direct | PaymentType::Swish => Some(EventType::Pend),
    }
}

fn refuse_unpayable(order: &SalesOrder) -> Result<()> {
    match order.state {
        OrderState::Charging => Err(Error::Conflict("a charge of this order is being confirmed".to_owned())),
        OrderState::Paid => Err(Error::Conflict("this order is paid".to_owned())),
        OrderState::Ended => Err(Error::Conflict("nothing is to be paid for this order any more".to_owned())),
        OrderState::Outside | OrderState::Waiting | OrderState::Failed => Ok(()),
    }
}

/// Takes what an order comes to from the balance that it settles, the oldest items first.
fn balance_lower_in(tx: &mut WriteTx<'_>, customer: &CustomerId, id: &SalesOrderId) -> Result<()> {
    let order = require(tx, id)?;
    let (total, _) = store::billing_account::standing(tx, customer)?;
    let amount = order.amount.minor();
    if amount > total {
        let total = Money::new(total, order.currency)?;
        return Err(Error::invalid("items", format!("come to more than the balance, {total}")));
    }
    if amount == total {
        return store::billing_account::items_order(tx, customer, id);
    }
    store::billing_account::items_order_part(tx, customer, id, order.amount)
}
