//! Paying an invoice on its hosted page: one payment at a time, and never more than is due.
//!
//! What makes a double click, a second tab and the back button harmless: the form carries the amount due that it
//! showed, and the nth payment of an invoice is one charge, of which a unique index allows one open attempt.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::PayWith;
use crate::app::transaction::begin::{Charge, Order, begin_in};
use crate::app::transaction::pay_with::Resolved;
use crate::app::transaction::send::Charging;
use crate::domain::address::Address;
use crate::domain::attempt::AttemptState;
use crate::domain::id::ProcessorId;
use crate::domain::invoice::{Invoice, PayAs, PayBy};
use crate::domain::money::Money;
use crate::domain::time::HOUR;
use crate::domain::transaction::{Amounts, InstrumentFacts, Transaction, TransactionSource, TransactionType};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// A customer's wish to pay.
pub struct PayInvoice {
    /// The invoice's public id.
    pub public_id: String,
    /// The amount due that the form showed, minor units.
    pub seen_due_minor: i64,
    /// How much, where a part is allowed; all that is due where `None`.
    pub amount: Option<Money>,
    /// A tip on top.
    pub tip: Option<Money>,
    /// What pays: a card or a bank account.
    pub pay_with: PayWith,
    /// The billing address typed in; its postal code is for address verification.
    pub billing: Option<Address>,
    /// The shipping address typed in.
    pub shipping: Option<Address>,
    /// The customer's address on the net.
    pub ip_address: String,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Payment {
    /// Paid.
    Approved(Transaction),
    /// Refused; another card may be tried at once.
    Declined(Transaction),
    /// Nobody can say yet; nothing may be tried meanwhile.
    BeingConfirmed(Transaction),
    /// The customer must confirm on the page at this path.
    ActionRequired {
        /// The transaction that waits.
        transaction: Transaction,
        /// Where the customer confirms.
        challenge_path: String,
    },
}

impl App {
    /// Pays an invoice.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where nothing is due, the form is stale or another payment is being confirmed (nothing
    /// is charged then); `RateLimited` after too many declines; `Invalid` naming the field.
    pub async fn invoice_pay(&self, caller: Caller, command: PayInvoice) -> Result<Payment> {
        let invoice = self.invoice_find_public(&command.public_id)?;
        refuse_unpayable(&invoice, command.seen_due_minor)?;
        self.refuse_card_testing(&invoice)?;
        let mut resolved = self.pay_with_resolve(command.pay_with)?;
        let by = match &resolved.facts {
            InstrumentFacts::Ach { .. } => PayBy::Ach,
            InstrumentFacts::Card { .. } | InstrumentFacts::Terminal { .. } => PayBy::Card,
            InstrumentFacts::Apm(_) => {
                return Err(Error::invalid("payment_method.apm", "is not accepted for an invoice"));
            }
        };
        if !invoice.takes(by) {
            return Err(Error::invalid("payment_method", "is not accepted for this invoice"));
        }
        let amount = amount(&invoice, command.amount, command.tip)?;
        let named = match by {
            PayBy::Ach => &invoice.terms.ach_processor_id,
            _ => &invoice.terms.card_processor_id,
        };
        let named = (!named.is_empty()).then(|| ProcessorId::from_stored(named.clone()));
        let processor_id = self.processor_choose(named.as_ref())?;
        self.challenge_give_up(&caller, &invoice).await?;
        if let Some(billing) = &command.billing {
            resolved.billing_address_json = Some(store::value::address_to_json(billing));
            resolved.postal_code = Some(billing.postal_code.clone()).filter(|code| !code.is_empty());
        }
        if let Some(shipping) = &command.shipping {
            resolved.shipping_address_json = Some(store::value::address_to_json(shipping));
        }
        let charging = charging(&resolved);
        let mut order = order(&invoice, amount, processor_id, resolved);
        order.ip_address = command.ip_address;
        order.amounts.tip = command.tip.unwrap_or(Money::zero(invoice.currency()));
        let install_id = self.company()?.install_id;
        let seen = command.seen_due_minor;
        let (by, token) = (caller.clone(), order.token);
        let begun = self
            .store()
            .write(move |tx| {
                let current = payable_in(tx, &order, seen)?;
                order.charge = Charge::OfInvoice { id: current.id, payments: current.payments };
                begin_in(tx, &by, &install_id, order)
            })
            .await?;
        self.security_code_forget(token.as_ref());
        let concluded = self.attempt_send(caller, begun, charging).await?;
        Ok(match concluded.attempt.state {
            AttemptState::Succeeded => Payment::Approved(concluded.transaction),
            AttemptState::Declined | AttemptState::Absent | AttemptState::Cancelled => {
                Payment::Declined(concluded.transaction)
            }
            AttemptState::Action => Payment::ActionRequired {
                challenge_path: super::challenge::path(&concluded.attempt),
                transaction: concluded.transaction,
            },
            _ => Payment::BeingConfirmed(concluded.transaction),
        })
    }

    /// Refuses a page on which somebody tries cards out (RELIABILITY.md S43).
    fn refuse_card_testing(&self, invoice: &Invoice) -> Result<()> {
        let since = self.now().plus(-HOUR);
        let declines = self.store().read(|tx| store::transaction::count_declines_of_invoice(tx, &invoice.id, since))?;
        if declines > limits::DECLINES_PER_PAGE_MAX {
            return Err(Error::RateLimited { retry_after_s: 3600 });
        }
        Ok(())
    }
}

/// The transaction for a payment of `amount` on `invoice`.
pub(super) fn order(invoice: &Invoice, amount: Money, processor_id: ProcessorId, resolved: Resolved) -> Order {
    Order {
        charge: Charge::OfInvoice { id: invoice.id.clone(), payments: invoice.payments },
        kind: match invoice.terms.pay_as {
            PayAs::Sale => TransactionType::Sale,
            PayAs::Authorize => TransactionType::Authorize,
        },
        source: TransactionSource::Invoice,
        amounts: Amounts::of(amount),
        processor_id,
        method: resolved.method.to_owned(),
        facts: Some(resolved.facts),
        customer_id: invoice.customer_id.clone().or(resolved.customer_id),
        payment_method_id: resolved.payment_method_id,
        subscription_id: invoice.subscription_id().cloned(),
        invoice_id: Some(invoice.id.clone()),
        referenced_id: None,
        terminal_id: resolved.terminal_id,
        token: resolved.token,
        // Seed gateway, "Invoices": the number if there is one, else the id; the purchase order is always the id.
        order_id: if invoice.number.is_empty() { invoice.id.to_string() } else { invoice.number.clone() },
        po_number: invoice.id.to_string(),
        description: format!("Invoice {}", invoice.display_number()),
        ip_address: String::new(),
        billing_address_json: resolved
            .billing_address_json
            .unwrap_or_else(|| store::value::address_to_json(&invoice.bill_to)),
        shipping_address_json: resolved.shipping_address_json.unwrap_or_else(|| "{}".to_owned()),
        details_json: "{}".to_owned(),
    }
}

/// The part of a resolved instrument that goes to the processor.
pub(super) fn charging(resolved: &Resolved) -> Charging {
    Charging {
        instrument: resolved.instrument.clone(),
        cvc: resolved.cvc.clone(),
        postal_code: resolved.postal_code.clone(),
        allow_partial: false,
        of: None,
    }
}

/// The invoice as it stands in this write, if the form is still true.
fn payable_in(tx: &WriteTx<'_>, order: &Order, seen_due_minor: i64) -> Result<Invoice> {
    let id = order.invoice_id.as_ref().ok_or_else(|| Error::internal("a payment without an invoice"))?;
    let current = store::invoice::fetch(tx, id)?.ok_or_else(|| Error::not_found("invoice", id.as_str()))?;
    refuse_unpayable(&current, seen_due_minor)?;
    Ok(current)
}

fn refuse_unpayable(invoice: &Invoice, seen_due_minor: i64) -> Result<()> {
    if !invoice.is_payable() {
        return Err(Error::Conflict("nothing is due on this invoice any more".to_owned()));
    }
    if invoice.due().minor() != seen_due_minor {
        return Err(Error::Conflict("this invoice changed since the page was opened; nothing was charged".to_owned()));
    }
    Ok(())
}

/// What is charged: the part or all that is due, and the tip.
fn amount(invoice: &Invoice, part: Option<Money>, tip: Option<Money>) -> Result<Money> {
    let due = invoice.due();
    let amount = part.unwrap_or(due);
    if amount.currency() != due.currency() {
        return Err(Error::invalid("amount", "is in another currency"));
    }
    if amount != due && !invoice.terms.allow_partial_payment {
        return Err(Error::invalid("amount", "this invoice is paid in one sum"));
    }
    if !amount.is_positive() || amount.minor() > due.minor() {
        return Err(Error::invalid("amount", format!("must be more than zero and at most {due}")));
    }
    match tip {
        Some(tip) if !invoice.terms.allow_tipping && !tip.is_zero() => {
            Err(Error::invalid("tip", "is not accepted for this invoice"))
        }
        Some(tip) if tip.minor() < 0 => Err(Error::invalid("tip", "must not be negative")),
        Some(tip) => Ok(amount.plus(tip)?),
        None => Ok(amount),
    }
}
