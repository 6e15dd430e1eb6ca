//! A customer's own invoices and the receipts of what they paid.

use super::Visitor;
use crate::app::App;
use crate::app::invoice::HostedInvoice;
use crate::domain::address::Address;
use crate::domain::company::Company;
use crate::domain::id::{InvoiceId, TransactionId};
use crate::domain::invoice::Invoice;
use crate::domain::page::{Page, PageAsked};
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};
use crate::store;

/// What a receipt without an invoice shows.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// What was paid, or given back.
    pub payment: Transaction,
    /// The invoice that it pays, if it pays one.
    pub invoice: Option<Invoice>,
    /// Who was paid.
    pub company: Company,
    /// The company's postal address.
    pub company_address: Address,
}

impl App {
    /// The visitor's invoices, newest first.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_invoices(&self, visitor: &Visitor, asked: PageAsked) -> Result<Page<Invoice>> {
        let found = self.store().read(|tx| store::invoice::list_of_customer(tx, &visitor.id, asked))?;
        Ok(Page::of(found, asked))
    }

    /// One of the visitor's invoices, as its page shows it.
    ///
    /// # Errors
    /// `NotFound`, also for another customer's.
    pub fn portal_invoice(&self, visitor: &Visitor, id: &InvoiceId) -> Result<HostedInvoice> {
        let invoice = self.store().read(|tx| store::invoice::fetch(tx, id))?;
        let own = invoice.filter(|invoice| invoice.customer_id.as_ref() == Some(&visitor.id));
        let own = own.ok_or_else(|| Error::not_found("invoice", id.as_str()))?;
        self.invoice_hosted(&own.public_id)
    }

    /// What the visitor paid and got back, newest first: everything in which money moved.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_receipts(&self, visitor: &Visitor, asked: PageAsked) -> Result<Page<Transaction>> {
        let found = self.store().read(|tx| store::transaction::list_moved_of_customer(tx, &visitor.id, asked))?;
        Ok(Page::of(found, asked))
    }

    /// The receipt of one of the visitor's payments.
    ///
    /// # Errors
    /// `NotFound`, also for another customer's and where no money moved.
    pub fn portal_receipt(&self, visitor: &Visitor, id: &TransactionId) -> Result<Receipt> {
        self.store().read(|tx| {
            let own = store::transaction::fetch(tx, id)?.filter(|t| t.customer_id.as_ref() == Some(&visitor.id));
            let moved = own.filter(|t| t.captured_at.is_some() || is_money_back(t));
            let payment = moved.ok_or_else(|| Error::not_found("receipt", id.as_str()))?;
            let invoice = payment.invoice_id.as_ref().map(|id| store::invoice::fetch(tx, id)).transpose()?.flatten();
            let company = store::company::fetch(tx)?;
            let company_address =
                store::value::address_from_json("company", "address_json", company.id.as_str(), &company.address_json)?;
            Ok(Receipt { payment, invoice, company, company_address })
        })
    }
}

/// Whether it gave money back.
fn is_money_back(t: &Transaction) -> bool {
    use crate::domain::transaction::TransactionType as T;
    matches!(t.kind, T::Refund | T::Credit) && (100..200).contains(&t.response_code)
}
