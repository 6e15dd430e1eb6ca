//! Paying an invoice on its hosted page: one payment at a time, and never more than is due.
//!
//! What makes a double click, a second tab and the back button harmless: the form carries the amount due that it
//! showed, and the nth payment of an invoice is one charge, of which a unique index allows one open attempt.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::invoice::left_out_asked;
use crate::app::payment_method::SealedMethod;
use crate::app::transaction::PayWith;
use crate::app::transaction::begin::{Charge, Order, begin_in};
use crate::app::transaction::conclude::Concluded;
use crate::app::transaction::keep::new_method;
use crate::app::transaction::once::{Key, record_all_in, replayed_in};
use crate::app::transaction::pay_with::Resolved;
use crate::app::transaction::send::Charging;
use crate::domain::access::Action;
use crate::domain::address::Address;
use crate::domain::attempt::AttemptState;
use crate::domain::id::{CustomerId, InvoiceLineId, ProcessorId};
use crate::domain::invoice::{Invoice, PayAs, PayBy, SaveMethod, left_out};
use crate::domain::money::Money;
use crate::domain::time::HOUR;
use crate::domain::transaction::{
    Amounts, InstrumentFacts, Transaction, TransactionSource, TransactionStatus, TransactionType,
};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::invoice::rejection::Rejection;
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
    /// What the customer wants besides.
    pub wishes: PayWishes,
}

/// What a customer wants besides paying.
#[derive(Clone, Debug, Default)]
pub struct PayWishes {
    /// The lines that are left out.
    pub rejected_lines: Vec<InvoiceLineId>,
    /// Why they are left out.
    pub reject_message: String,
    /// Whether what pays is to be kept, where the invoice leaves that to the customer.
    pub keep_method: bool,
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
    /// Pays an invoice; its link is the credential.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where nothing is due, the form is stale or another payment is being confirmed (nothing
    /// is charged then); `RateLimited` after too many declines; `Invalid` naming the field.
    pub async fn invoice_pay(&self, caller: Caller, command: PayInvoice) -> Result<Payment> {
        let invoice = self.invoice_find_public(&command.public_id)?;
        refuse_unpayable(&invoice, command.seen_due_minor)?;
        self.refuse_card_testing(&invoice)?;
        self.pay_run(caller, invoice, command, Vec::new()).await
    }

    /// The merchant's program pays an invoice; `canonical` is the decoded request, which a repeated idempotency key is
    /// compared with. A repetition answers with the payment that the first request made.
    ///
    /// # Errors
    /// As [`App::invoice_pay`]; `Forbidden`; `IdempotencyMismatch`.
    pub async fn invoice_pay_for(&self, caller: Caller, command: PayInvoice, canonical: &[u8]) -> Result<Payment> {
        let invoice = self.invoice_find_public(&command.public_id)?;
        caller.may(match invoice.terms.pay_as {
            PayAs::Sale => Action::TransactionSale,
            PayAs::Authorize => Action::TransactionAuthorize,
        })?;
        let earlier = self.header_key(&caller, canonical)?;
        if !earlier.is_empty()
            && let Some(id) = self.store().write(move |tx| replayed_in(tx, &earlier)).await?
        {
            return self.replay(&caller, &id).map(Payment::of);
        }
        refuse_unpayable(&invoice, command.seen_due_minor)?;
        let keys = self.header_key(&caller, canonical)?;
        self.pay_run(caller, invoice, command, keys).await
    }

    async fn pay_run(&self, caller: Caller, invoice: Invoice, command: PayInvoice, keys: Vec<Key>) -> Result<Payment> {
        let mut resolved = self.pay_with_resolve(command.pay_with)?;
        let by = paid_by(&resolved)?;
        if !invoice.takes(by) {
            return Err(Error::invalid("payment_method", "is not accepted for this invoice"));
        }
        let PayWishes { rejected_lines, reject_message, keep_method } = command.wishes;
        let rejection = left_out_asked(&invoice, rejected_lines, &reject_message)?;
        let amount = amount(&invoice, rejection.as_ref(), command.amount, command.tip)?;
        if let Some(approved) = &resolved.approved {
            approved.check(amount)?;
        }
        let named = match by {
            PayBy::Ach => &invoice.terms.ach_processor_id,
            _ => &invoice.terms.card_processor_id,
        };
        let named = (!named.is_empty()).then(|| ProcessorId::from_stored(named.clone()));
        let processor_id = self.processor_choose(named.as_ref())?;
        with_addresses(&invoice, &mut resolved, command.billing, command.shipping)?;
        let kept = self.method_to_keep(&invoice, &resolved, keep_method)?;
        self.challenge_give_up(&caller, &invoice).await?;
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
                if let Some(id) = replayed_in(tx, &keys)? {
                    return Ok(Err(id));
                }
                let current = payable_in(tx, &order, seen)?;
                order.charge = Charge::OfInvoice { id: current.id, payments: current.payments };
                let begun = begin_in(tx, &by, &install_id, order)?;
                let id = &begun.transaction.id;
                if let Some(rejection) = &rejection {
                    store::invoice::rejection::insert(tx, id, rejection)?;
                }
                if let Some(method) = kept {
                    let method = method.into_row(CustomerId::from_stored(String::new()), tx.now());
                    store::payment_method::insert_waiting(tx, id, &method)?;
                }
                record_all_in(tx, &keys, id)?;
                Ok(Ok(Box::new(begun)))
            })
            .await?;
        self.security_code_forget(token.as_ref());
        match begun {
            Ok(begun) => self.attempt_send(caller, *begun, charging).await.map(Payment::from),
            Err(earlier) => self.replay(&caller, &earlier).map(Payment::of),
        }
    }

    /// What is kept once the payment is approved, sealed; `None` where nothing is, or it is stored already.
    fn method_to_keep(&self, invoice: &Invoice, resolved: &Resolved, wanted: bool) -> Result<Option<SealedMethod>> {
        let is_wanted = match invoice.terms.save_method {
            SaveMethod::None => false,
            SaveMethod::Optional => wanted,
            SaveMethod::Required => true,
        };
        if !is_wanted || resolved.payment_method_id.is_some() {
            return Ok(None);
        }
        let method = new_method(&resolved.instrument);
        method.map(|method| self.payment_method_seal(method)).transpose()
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

impl From<Concluded> for Payment {
    fn from(concluded: Concluded) -> Self {
        match concluded.attempt.state {
            AttemptState::Succeeded => Self::Approved(concluded.transaction),
            AttemptState::Declined | AttemptState::Absent | AttemptState::Cancelled => {
                Self::Declined(concluded.transaction)
            }
            AttemptState::Action => Self::ActionRequired {
                challenge_path: super::challenge::path(&concluded.attempt),
                transaction: concluded.transaction,
            },
            _ => Self::BeingConfirmed(concluded.transaction),
        }
    }
}

impl Payment {
    /// The payment that a repeated request made, as it stands now.
    fn of(transaction: Transaction) -> Self {
        match transaction.status {
            TransactionStatus::Declined => Self::Declined(transaction),
            TransactionStatus::Unknown | TransactionStatus::Pending => Self::BeingConfirmed(transaction),
            _ => Self::Approved(transaction),
        }
    }
}

/// Among what an invoice takes, what this is: also a stored method is a card or a bank account.
fn paid_by(resolved: &Resolved) -> Result<PayBy> {
    match &resolved.facts {
        InstrumentFacts::Ach { .. } => Ok(PayBy::Ach),
        InstrumentFacts::Card { .. } | InstrumentFacts::Terminal { .. } => Ok(PayBy::Card),
        InstrumentFacts::Apm(_) => Err(Error::invalid("payment_method.apm", "is not accepted for an invoice")),
    }
}

/// Puts the addresses given in place of the stored ones. What the invoice requires must be there.
fn with_addresses(
    invoice: &Invoice,
    resolved: &mut Resolved,
    billing: Option<Address>,
    shipping: Option<Address>,
) -> Result<()> {
    if let Some(billing) = &billing {
        resolved.billing_address_json = Some(store::value::address_to_json(billing));
        resolved.postal_code = Some(billing.postal_code.clone()).filter(|code| !code.is_empty());
    }
    if let Some(shipping) = &shipping {
        resolved.shipping_address_json = Some(store::value::address_to_json(shipping));
    }
    let terms = &invoice.terms;
    for (field, is_required, address) in [
        ("billing_address", terms.require_billing_details_on_payment_only, &resolved.billing_address_json),
        ("shipping_address", terms.require_shipping_details, &resolved.shipping_address_json),
    ] {
        if is_required && address.is_none() {
            return Err(Error::invalid(field, "is required for this invoice"));
        }
    }
    Ok(())
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
        amounts: amounts(invoice, amount),
        processor_id,
        method: resolved.method.to_owned(),
        facts: Some(resolved.facts),
        fingerprint: resolved.fingerprint,
        customer_id: invoice.customer_id.clone().or(resolved.customer_id),
        payment_method_id: resolved.payment_method_id,
        subscription_id: invoice.subscription_id().cloned(),
        invoice_id: Some(invoice.id.clone()),
        referenced_id: None,
        terminal_id: resolved.terminal_id,
        token: resolved.token,
        // Seed gateway, "Invoices": the number if there is one, else the id; the purchase order is always the id.
        order_id: if invoice.number.is_empty() { invoice.id.to_string() } else { invoice.number.clone() },
        po_number: if invoice.terms.po_number.is_empty() {
            invoice.id.to_string()
        } else {
            invoice.terms.po_number.clone()
        },
        description: format!("Invoice {}", invoice.display_number()),
        ip_address: String::new(),
        billing_address_json: resolved
            .billing_address_json
            .unwrap_or_else(|| store::value::address_to_json(&invoice.bill_to)),
        shipping_address_json: resolved.shipping_address_json.unwrap_or_else(|| "{}".to_owned()),
        details_json: "{}".to_owned(),
    }
}

/// A payment of the whole invoice names the tax and the shipping in it.
fn amounts(invoice: &Invoice, amount: Money) -> Amounts {
    let totals = &invoice.totals;
    let mut amounts = Amounts::of(amount);
    if amount == totals.total {
        (amounts.tax, amounts.shipping) = (totals.tax, totals.shipping);
    }
    amounts
}

/// The part of a resolved instrument that goes to the processor.
pub(super) fn charging(resolved: &Resolved) -> Charging {
    Charging {
        instrument: resolved.instrument.clone(),
        cvc: resolved.cvc.clone(),
        authentication: None,
        proof: resolved.proof.clone(),
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

/// What is charged: the part, what is left without the lines left out, or all that is due; and the tip.
fn amount(invoice: &Invoice, rejection: Option<&Rejection>, part: Option<Money>, tip: Option<Money>) -> Result<Money> {
    let due = match rejection {
        Some(rejection) => {
            let mut left = invoice.clone();
            left_out::leave_out(&mut left, &rejection.line_ids)?;
            left.due()
        }
        None => invoice.due(),
    };
    let amount = part.unwrap_or(due);
    if amount.currency() != due.currency() {
        return Err(Error::invalid("amount", "is in another currency"));
    }
    if amount != due && (rejection.is_some() || !invoice.takes_part()) {
        return Err(Error::invalid("amount", format!("must be {due}: no other part of this invoice can be paid")));
    }
    if !amount.is_positive() || amount.minor() > due.minor() {
        return Err(Error::invalid("amount", format!("must be more than zero and at most {due}")));
    }
    match tip {
        Some(tip) if !invoice.terms.allow_tipping && !tip.is_zero() => {
            Err(Error::invalid("tip", "is not accepted for this invoice"))
        }
        Some(tip) if !(0..=invoice.totals.total.minor()).contains(&tip.minor()) => {
            Err(Error::invalid("tip", format!("must be at most {}", invoice.totals.total)))
        }
        Some(tip) => Ok(amount.plus(tip)?),
        None => Ok(amount),
    }
}
