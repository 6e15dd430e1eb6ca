//! Charging the invoices of subscriptions when their time has come.
//!
//! The intents of a batch are written in one transaction, the requests go out with bounded concurrency, and each
//! outcome commits as it comes. Safe to run twice: an invoice is claimed by clearing `collect_at` with its intent.

use futures_util::StreamExt;

use crate::app::caller::Caller;
use crate::app::transaction::begin::{Begun, Order, begin_in};
use crate::app::transaction::conclude::{Told, conclude_in};
use crate::app::transaction::pay_invoice::{charging, order};
use crate::app::transaction::pay_with::Resolved;
use crate::app::transaction::send::Charging;
use crate::app::{App, invoice};
use crate::domain::id::{InvoiceId, ProcessorId};
use crate::domain::invoice::Invoice;
use crate::domain::time::{HOUR, Timestamp};
use crate::domain::transaction::{Amounts, TransactionSource, TransactionType};
use crate::error::{Error, Result};
use crate::limits;
use crate::processors::{Decline, Hardness};
use crate::store::{self, WriteTx};

/// Our response code where a customer has nothing to pay with.
const NOTHING_TO_PAY_WITH: u16 = 300;
/// When an invoice is looked at again that could not be charged now, microseconds.
const POSTPONED_US: i64 = HOUR;

/// A charge that is ready to begin: `None` where the customer has nothing to pay with.
struct Ready {
    invoice_id: InvoiceId,
    order: Order,
    charging: Option<Charging>,
}

impl App {
    /// Charges every invoice whose time has come, once; answers how many were charged or tried.
    ///
    /// # Errors
    /// The first fault, after the other invoices had their turn. A decline is no error.
    pub async fn invoices_collect(&self, caller: &Caller) -> Result<usize> {
        let mut collected = 0;
        let mut failure = None;
        loop {
            let now = self.now();
            let due = self.store().read(|tx| store::invoice::list_to_collect(tx, now, bound()))?;
            if due.is_empty() {
                return failure.map_or(Ok(collected), Err);
            }
            collected += due.len();
            let mut ready = Vec::new();
            for invoice in due {
                let id = invoice.id.clone();
                match self.collect_prepare(invoice) {
                    Ok(prepared) => ready.push(prepared),
                    Err(why) => {
                        tracing::error!(invoice = id.as_str(), error = ?why, "an invoice could not be collected");
                        self.store().write(move |tx| postpone_in(tx, &id)).await?;
                        failure = failure.or(Some(why));
                    }
                }
            }
            let begun = self.collect_begin(caller, ready, now).await?;
            let sends = begun.into_iter().map(|(begun, charging)| self.attempt_send(caller.clone(), begun, charging));
            let mut outcomes = futures_util::stream::iter(sends).buffer_unordered(limits::CHARGES_IN_FLIGHT_MAX);
            while let Some(outcome) = outcomes.next().await {
                failure = failure.or(outcome.err());
            }
        }
    }

    /// When the next invoice is to be charged.
    pub(crate) fn next_collect_at(&self) -> Result<Option<Timestamp>> {
        self.store().read(store::invoice::next_collect_at)
    }

    fn collect_prepare(&self, invoice: Invoice) -> Result<Ready> {
        let resolved = self.collect_resolve(&invoice);
        let named = (!invoice.processor_id.is_empty()).then(|| ProcessorId::from_stored(invoice.processor_id.clone()));
        let processor_id = self.processor_choose(named.as_ref()).or_else(|_| self.processor_choose(None))?;
        let due = invoice.due();
        Ok(match resolved {
            Ok(resolved) => Ready {
                invoice_id: invoice.id.clone(),
                charging: Some(charging(&resolved)),
                order: Order {
                    source: TransactionSource::Recurring,
                    details_json: self.collect_details(&invoice)?,
                    ..order(&invoice, due, processor_id, resolved)
                },
            },
            Err(Error::Internal(inside)) => return Err(Error::Internal(inside)),
            Err(_) => Ready { invoice_id: invoice.id.clone(), charging: None, order: without(&invoice, processor_id) },
        })
    }

    /// What the transaction says besides: the line items of the subscription.
    fn collect_details(&self, invoice: &Invoice) -> Result<String> {
        let Some(id) = invoice.subscription_id() else { return Ok("{}".to_owned()) };
        let Some(subscription) = self.store().read(|tx| store::subscription::fetch(tx, id))? else {
            return Ok("{}".to_owned());
        };
        let extras = subscription.extras;
        let items = extras.lines.iter().map(|line| serde_json::from_str(&line.given_json));
        let items: Vec<serde_json::Value> = items.collect::<Result<_, _>>().map_err(Error::internal)?;
        let items = (!items.is_empty()).then_some(items);
        Ok(serde_json::json!({ "line_items": items, "tax_exempt": extras.tax_exempt }).to_string())
    }

    /// The method of the invoice's subscription, else the customer's default.
    fn collect_resolve(&self, invoice: &Invoice) -> Result<Resolved> {
        let chosen = self.store().read(|tx| {
            let customer_id = invoice
                .customer_id
                .as_ref()
                .ok_or_else(|| Error::invalid("customer_id", "the invoice names no customer"))?;
            let subscription = match invoice.subscription_id() {
                Some(id) => store::subscription::fetch(tx, id)?,
                None => None,
            };
            let subscription = subscription.as_ref();
            crate::app::chargeable::resolve_in(
                tx,
                customer_id,
                subscription.and_then(|found| found.payment_method_id.as_ref()),
                None,
                subscription.and_then(|found| found.billing_address_id.as_ref()),
                subscription.and_then(|found| found.shipping_address_id.as_ref()),
            )
        })?;
        self.stored_resolve(&chosen)
    }

    async fn collect_begin(
        &self,
        caller: &Caller,
        ready: Vec<Ready>,
        now: Timestamp,
    ) -> Result<Vec<(Begun, Charging)>> {
        let install_id = self.company()?.install_id;
        let caller = caller.clone();
        self.store()
            .write(move |tx| {
                let mut begun = Vec::new();
                for charge in ready {
                    if let Some(one) = begin_one_in(tx, &caller, &install_id, charge, now)? {
                        begun.push(one);
                    }
                }
                Ok(begun)
            })
            .await
    }
}

/// Claims one invoice and writes its intent; `None` where it is no longer due or has nothing to pay with.
fn begin_one_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    charge: Ready,
    now: Timestamp,
) -> Result<Option<(Begun, Charging)>> {
    let current = store::invoice::fetch(tx, &charge.invoice_id)?
        .ok_or_else(|| Error::not_found("invoice", charge.invoice_id.as_str()))?;
    let is_due = current.collect_at.is_some_and(|at| at <= now);
    if !is_due {
        return Ok(None);
    }
    if current.is_payable() && current.due() != charge.order.amounts.amount {
        // A part was paid a moment ago: it stays due, and the next round asks for the rest.
        return Ok(None);
    }
    store::invoice::set_collect_at(tx, &charge.invoice_id, None)?;
    if !current.is_payable() {
        return Ok(None);
    }
    if invoice::is_being_paid_in(tx, &current)? {
        // A payment on the hosted page is on its way. If it comes to nothing, the invoice is still to be charged.
        return postpone_in(tx, &charge.invoice_id).map(|()| None);
    }
    let begun = begin_in(tx, caller, install_id, charge.order)?;
    let Some(charging) = charge.charging else {
        conclude_in(tx, caller, &begun.attempt.id, Told::Declined(nothing_to_pay_with()), 0)?;
        return Ok(None);
    };
    Ok(Some((begun, charging)))
}

/// Charges the invoice later; what is wrong with it, or under way, keeps no other from being charged.
fn postpone_in(tx: &mut WriteTx<'_>, id: &InvoiceId) -> Result<()> {
    let later = tx.now().plus(POSTPONED_US);
    store::invoice::set_collect_at(tx, id, Some(later))
}

fn without(invoice: &Invoice, processor_id: ProcessorId) -> Order {
    Order {
        charge: super::begin::Charge::OfInvoice { id: invoice.id.clone(), payments: invoice.payments },
        kind: TransactionType::Sale,
        source: TransactionSource::Recurring,
        amounts: Amounts::of(invoice.due()),
        processor_id,
        method: "customer".to_owned(),
        facts: None,
        fingerprint: None,
        customer_id: invoice.customer_id.clone(),
        payment_method_id: None,
        subscription_id: invoice.subscription_id().cloned(),
        invoice_id: Some(invoice.id.clone()),
        referenced_id: None,
        terminal_id: None,
        token: None,
        order_id: if invoice.number.is_empty() { invoice.id.to_string() } else { invoice.number.clone() },
        po_number: invoice.id.to_string(),
        description: format!("Invoice {}", invoice.display_number()),
        ip_address: String::new(),
        billing_address_json: store::value::address_to_json(&invoice.bill_to),
        shipping_address_json: "{}".to_owned(),
        details_json: "{}".to_owned(),
    }
}

fn nothing_to_pay_with() -> Decline {
    Decline {
        code: NOTHING_TO_PAY_WITH,
        hardness: Hardness::Soft,
        processor_code: String::new(),
        processor_text: "NO PAYMENT METHOD".to_owned(),
        avs: '0',
        cvv: '0',
    }
}

fn bound() -> u32 {
    u32::try_from(limits::BILL_BATCH_MAX).unwrap_or(100)
}
