//! Charging a customer's card for prepaid units, through the one charging protocol, and what its outcome moves.
//!
//! Whoever sells units (a deposit, a refill, a plan) writes its document and [`begin_in`] in one transaction, sends
//! the attempt, and is told of the outcome by [`concluded_in`], in the commit of that outcome, however late it comes.

use super::chargeable::resolve_in;
use super::transaction::begin::{self, Begun, Charge, Order};
use super::transaction::pay_with::Resolved;
use super::transaction::send::Charging;
use super::{App, Caller, auto_refill, balance, deposit, prepaid_plan};
use crate::domain::access::Action;
use crate::domain::currency::Denomination;
use crate::domain::id::{CustomerId, ProcessorId};
use crate::domain::money::Money;
use crate::domain::page::{Page, PageAsked};
use crate::domain::prepaid_charge::{ChargeKind, ChargeStatus, PrepaidCharge};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Amounts, Transaction, TransactionSource, TransactionType};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// What is charged, and what for.
#[derive(Clone, Debug)]
pub(crate) struct NewCharge<'a> {
    /// What for.
    pub(crate) kind: ChargeKind,
    /// The document's id: `<kind>/<id>` is the business fact that is charged at most once.
    pub(crate) source_id: &'a str,
    /// What is bought, where that is one denomination.
    pub(crate) denomination: Option<&'a Denomination>,
    /// The instant it is for, where no request made it.
    pub(crate) due_at: Option<Timestamp>,
    /// How much.
    pub(crate) amount: Money,
}

/// A customer's card, opened for one charge. It holds a secret.
pub(crate) struct ReadyCard {
    resolved: Resolved,
    processor_id: ProcessorId,
}

impl App {
    /// The charges of a customer's card for prepaid units, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer.
    pub fn prepaid_charge_list(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        asked: PageAsked,
    ) -> Result<Page<PrepaidCharge>> {
        caller.may(Action::BalanceView)?;
        self.store().read(|tx| {
            balance::require_customer(tx, customer)?;
            Ok(Page::of(store::prepaid_charge::list_of(tx, customer, asked)?, asked))
        })
    }

    /// Opens the card that pays for a customer. Writes nothing.
    ///
    /// # Errors
    /// `Refused` where there is none.
    pub(crate) fn card_ready(&self, customer: &CustomerId) -> Result<ReadyCard> {
        let processor_id = self.processor_choose(None)?;
        self.store().read(|tx| self.card_ready_in(tx, customer, processor_id))
    }

    /// The twin of [`App::card_ready`], for a card that the same write may have stored.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn card_ready_in(
        &self,
        tx: &ReadTx<'_>,
        customer: &CustomerId,
        processor_id: ProcessorId,
    ) -> Result<ReadyCard> {
        let record = store::customer::fetch_record(tx, customer)?
            .ok_or_else(|| Error::not_found("customer", customer.as_str()))?;
        let card = record.default_card().map(|card| card.id.clone()).ok_or_else(no_card)?;
        let chosen = resolve_in(tx, customer, Some(&card), None, None, None)?;
        Ok(ReadyCard { resolved: self.stored_resolve(&chosen)?, processor_id })
    }

    /// Sends what was begun; answers the transaction, approved, declined or being confirmed.
    ///
    /// # Errors
    /// A fault of ours; a decline is no error.
    pub(crate) async fn prepaid_charge_send(&self, caller: Caller, begun: BegunCharge) -> Result<Transaction> {
        Ok(self.attempt_send(caller, begun.begun, begun.charging).await?.transaction)
    }
}

/// A charge whose intent is written down, and what its request needs.
pub(crate) struct BegunCharge {
    /// The transaction and its attempt.
    pub(crate) begun: Begun,
    charging: Charging,
}

/// Writes the intent of a charge down.
///
/// # Errors
/// `Conflict` where another attempt of the same fact is open or succeeded.
pub(crate) fn begin_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    (customer, card): (&CustomerId, ReadyCard),
    new: &NewCharge<'_>,
) -> Result<BegunCharge> {
    let ReadyCard { resolved, processor_id } = card;
    let charging = Charging {
        instrument: resolved.instrument.clone(),
        cvc: None,
        authentication: None,
        proof: None,
        postal_code: resolved.postal_code.clone(),
        allow_partial: false,
        of: None,
    };
    let order = order(customer, resolved, processor_id, new);
    let begun = begin::begin_in(tx, caller, install_id, order)?;
    let ids = (&begun.transaction.id, customer);
    let source = (new.kind, new.source_id);
    store::prepaid_charge::insert(tx, ids, source, new.denomination, new.due_at, begun.attempt.number)?;
    Ok(BegunCharge { begun, charging })
}

/// An attempt of a transaction has its outcome: whoever sold the units is told, where it was for units.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn concluded_in(tx: &mut WriteTx<'_>, caller: &Caller, transaction: &Transaction) -> Result<()> {
    let Some(charge) = store::prepaid_charge::fetch(tx, &transaction.id)? else { return Ok(()) };
    if charge.status == ChargeStatus::Confirming {
        return Ok(());
    }
    match charge.kind {
        ChargeKind::Deposit => deposit::concluded_in(tx, caller, &charge),
        ChargeKind::AutoRefill => auto_refill::concluded_in(tx, caller, &charge),
        ChargeKind::PlanAttach | ChargeKind::PlanRenewal | ChargeKind::PlanChange | ChargeKind::Overage => {
            prepaid_plan::concluded_in(tx, caller, &charge)
        }
    }
}

/// The refusal of a customer without a card.
pub(crate) fn no_card() -> Error {
    Refusal::new(RefusalCode::PaymentRequired, "The account has no card to charge.").into()
}

fn order(customer: &CustomerId, resolved: Resolved, processor_id: ProcessorId, new: &NewCharge<'_>) -> Order {
    let key = format!("{}/{}", new.kind.as_str(), new.source_id);
    let empty = || "{}".to_owned();
    Order {
        charge: Charge::Prepaid(key.clone()),
        kind: TransactionType::Sale,
        source: TransactionSource::Api,
        amounts: Amounts::of(new.amount),
        processor_id,
        method: resolved.method.to_owned(),
        facts: Some(resolved.facts),
        fingerprint: resolved.fingerprint,
        customer_id: Some(customer.clone()),
        payment_method_id: resolved.payment_method_id,
        token: None,
        subscription_id: None,
        invoice_id: None,
        referenced_id: None,
        terminal_id: None,
        order_id: key,
        po_number: String::new(),
        description: new.denomination.map_or_else(String::new, |unit| format!("Prepaid {unit}")),
        ip_address: String::new(),
        billing_address_json: resolved.billing_address_json.unwrap_or_else(empty),
        shipping_address_json: resolved.shipping_address_json.unwrap_or_else(empty),
        details_json: empty(),
    }
}
