//! Issuing an invoice: priced, written, posted and told in one commit.

use serde_json::json;

use super::{facts, send, source};
use crate::app::event::emit;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::address::Address;
use crate::domain::currency::Currency;
use crate::domain::event::Topic;
use crate::domain::id::{AddressId, CustomerId};
use crate::domain::invoice::price::{NewLine, PricedInvoice, PricedLine, TaxRule, price_invoice};
use crate::domain::invoice::{Invoice, InvoiceLine, InvoiceSource, InvoiceStatus, InvoiceTerms, status};
use crate::domain::ledger::chart;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

/// An invoice to issue, or what one is to become.
#[derive(Clone, Debug)]
pub struct IssueInvoice {
    /// What makes it.
    pub source: InvoiceSource,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// The merchant's own number of the customer.
    pub customer_number: String,
    /// Of all amounts.
    pub currency: Currency,
    /// 1 to [`limits::INVOICE_LINES_MAX`] lines.
    pub lines: Vec<NewLine>,
    /// Where the tax comes from.
    pub tax: TaxRule,
    /// Shipping of the whole.
    pub shipping: Money,
    /// Added at the end; below zero it takes off.
    pub adjustment: Money,
    /// What was paid before it was issued.
    pub amount_paid: Money,
    /// When it is due.
    pub date_due: Timestamp,
    /// When it is charged by itself first.
    pub collect_at: Option<Timestamp>,
    /// What the merchant calls it. `None` gives a subscription's invoice the company's next number.
    pub number: Option<String>,
    /// The processor of a subscription's charges, "" for the default one.
    pub processor_id: String,
    /// Who owes; taken from the stored address `terms.bill_to_id` where this is empty.
    pub bill_to: Address,
    /// Who is paid; taken from the stored address `terms.payable_to_id` where this is empty.
    pub payable_to: Address,
    /// How it is shown and paid.
    pub terms: InvoiceTerms,
    /// A message to the customer.
    pub message: String,
}

impl IssueInvoice {
    /// An invoice of `lines` that says nothing else: no tax but the lines', no customer, default terms.
    pub fn new(source: InvoiceSource, currency: Currency, lines: Vec<NewLine>, date_due: Timestamp) -> Self {
        let zero = Money::zero(currency);
        Self {
            source,
            customer_id: None,
            customer_number: String::new(),
            currency,
            lines,
            tax: TaxRule::ByLine,
            shipping: zero,
            adjustment: zero,
            amount_paid: zero,
            date_due,
            collect_at: None,
            number: None,
            processor_id: String::new(),
            bill_to: Address::default(),
            payable_to: Address::default(),
            terms: InvoiceTerms::default(),
            message: String::new(),
        }
    }
}

impl App {
    /// Issues an invoice; the same `Idempotency-Key` with the same content shows the first one again.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field; `IdempotencyMismatch`.
    pub async fn invoice_create(&self, caller: &Caller, command: IssueInvoice) -> Result<Invoice> {
        caller.may(Action::InvoiceChange)?;
        self.check_processors(&command)?;
        let asked = Asked::new("invoice", "invoice.create").with(&format!("{command:?}"));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let invoice = issue_in(tx, caller, command)?;
            send::issued_in(tx, caller, &invoice)?;
            Ok(invoice.id.to_string())
        };
        self.write_once(caller, asked, work, super::show).await
    }

    /// Refuses processors that this file does not have.
    pub(super) fn check_processors(&self, command: &IssueInvoice) -> Result<()> {
        let terms = &command.terms;
        for (field, id) in
            [("card_processor_id", &terms.card_processor_id), ("ach_processor_id", &terms.ach_processor_id)]
        {
            if !id.is_empty() && self.processors().get(id).is_none() {
                return Err(Error::invalid(field, "names no processor"));
            }
        }
        Ok(())
    }
}

/// Issues an invoice. One on which nothing is due is paid at once, and no processor is asked (RELIABILITY.md 3.1.8);
/// the caller sees it in its status.
///
/// # Errors
/// `Invalid` naming the field; `Conflict` where the subscription's period has one.
pub(crate) fn issue_in(tx: &mut WriteTx<'_>, caller: &Caller, command: IssueInvoice) -> Result<Invoice> {
    let now = tx.now();
    let mut invoice = Invoice {
        key: 0,
        id: tx.new_id(),
        public_id: tx.random().public_token(),
        number: String::new(),
        source: command.source.clone(),
        user_id: caller.user_id.clone(),
        customer_id: None,
        customer_number: String::new(),
        processor_id: command.processor_id.clone(),
        status: InvoiceStatus::Pending,
        totals: zero_totals(command.currency),
        paid: Money::zero(command.currency),
        date_due: command.date_due,
        collect_at: None,
        collect_attempts: 0,
        first_declined_at: None,
        payments: 0,
        bill_to: Address::default(),
        payable_to: Address::default(),
        terms: InvoiceTerms::default(),
        message: String::new(),
        reject_message: String::new(),
        last_sent_at: None,
        deleted_at: None,
        created_at: now,
        updated_at: now,
        lines: Vec::new(),
    };
    let priced = fill_in(tx, &mut invoice, command)?;
    store::invoice::insert(tx, &invoice)?;
    post_in(tx, &invoice, &priced)?;
    let mut told = facts(&invoice);
    if let Some(told) = told.as_object_mut() {
        told.insert("lines".to_owned(), json!(invoice.lines.len()));
    }
    emit(tx, caller, Topic::InvoiceCreated, invoice.id.as_str(), &told)?;
    if invoice.status == InvoiceStatus::Paid {
        emit(tx, caller, Topic::InvoicePaid, invoice.id.as_str(), &facts(&invoice))?;
    }
    super::known_in(tx, &invoice.id)
}

/// Puts what `command` says into `invoice`, priced; what is due follows.
pub(super) fn fill_in(tx: &mut WriteTx<'_>, invoice: &mut Invoice, command: IssueInvoice) -> Result<PricedInvoice> {
    check(tx, &command)?;
    let priced = price_invoice(command.currency, &command.lines, command.tax, command.shipping, command.adjustment)?;
    if command.amount_paid.minor() < 0 || command.amount_paid.minor() > priced.totals.total.minor() {
        return Err(Error::invalid(
            "amount_paid",
            format!("must be between 0 and the total of {}", priced.totals.total),
        ));
    }
    invoice.number = match (command.number, &command.source) {
        (Some(number), _) => number,
        (None, InvoiceSource::Api) => String::new(),
        (None, InvoiceSource::Subscription { .. }) => store::company::take_invoice_number(tx)?,
    };
    invoice.bill_to =
        address_in(tx, "bill_to.id", &command.terms.bill_to_id, command.bill_to, command.customer_id.as_ref())?;
    invoice.payable_to = address_in(tx, "payable_to.id", &command.terms.payable_to_id, command.payable_to, None)?;
    invoice.customer_id = command.customer_id;
    invoice.customer_number = command.customer_number;
    invoice.totals = priced.totals;
    invoice.paid = command.amount_paid;
    invoice.date_due = command.date_due;
    invoice.collect_at = command.collect_at;
    invoice.terms = InvoiceTerms { tax_rule: priced.tax_rule.clone(), ..command.terms };
    invoice.message = command.message;
    let lines = command.lines.into_iter().zip(&priced.lines);
    invoice.lines = lines.map(|(line, amounts)| stored_line(tx, line, amounts)).collect();
    status::settle_status(invoice);
    Ok(priced)
}

/// Tells the ledger what is owed, and what of it was paid outside before.
pub(super) fn post_in(tx: &mut WriteTx<'_>, invoice: &Invoice, priced: &PricedInvoice) -> Result<()> {
    let owner = invoice.ledger_owner();
    store::ledger::post(tx, source(invoice), &chart::invoice_issued(owner, &priced.parts))?;
    store::ledger::post(tx, source(invoice), &chart::invoice_marked_paid(owner, invoice.paid))
}

fn check(tx: &ReadTx<'_>, command: &IssueInvoice) -> Result<()> {
    if command.lines.is_empty() || command.lines.len() > limits::INVOICE_LINES_MAX {
        return Err(Error::invalid("items", format!("must hold 1 to {} items", limits::INVOICE_LINES_MAX)));
    }
    if let Some(id) = &command.customer_id
        && store::customer::fetch(tx, id)?.is_none()
    {
        return Err(Error::invalid("customer_id", "names no customer"));
    }
    Ok(())
}

/// The address as given, or the stored one with that id; a customer's invoice takes only that customer's.
fn address_in(
    tx: &ReadTx<'_>,
    field: &str,
    id: &str,
    given: Address,
    customer_id: Option<&CustomerId>,
) -> Result<Address> {
    if id.is_empty() {
        return Ok(given);
    }
    let unknown = || Error::invalid(field, "names no stored address");
    let id = AddressId::parse(id).ok_or_else(unknown)?;
    let stored = store::address::fetch(tx, &id)?.ok_or_else(unknown)?;
    if customer_id.is_some_and(|customer_id| *customer_id != stored.customer_id) {
        return Err(unknown());
    }
    Ok(if given.is_empty() { stored.postal } else { given })
}

fn stored_line(tx: &WriteTx<'_>, line: NewLine, amounts: &PricedLine) -> InvoiceLine {
    InvoiceLine {
        id: tx.new_id(),
        status: line.status,
        kind: line.kind,
        name: line.name,
        description: line.description,
        unit_price: line.unit_price,
        quantity: line.quantity,
        discount: line.discount,
        freight: line.freight,
        tax: amounts.tax,
        local_tax: amounts.local_tax,
        national_tax: amounts.national_tax,
        amount: amounts.amount,
        details: line.details,
        rule: amounts.rule.clone(),
    }
}

fn zero_totals(currency: Currency) -> crate::domain::invoice::InvoiceTotals {
    let zero = Money::zero(currency);
    crate::domain::invoice::InvoiceTotals {
        subtotal: zero,
        discount: zero,
        tax: zero,
        shipping: zero,
        adjustment: zero,
        total: zero,
    }
}
