//! Everything that an invoice's hosted page shows, in one reading.

use super::find::find_public_in;
use crate::app::App;
use crate::domain::address::Address;
use crate::domain::attempt::AttemptState;
use crate::domain::company::Company;
use crate::domain::id::TransactionId;
use crate::domain::invoice::Invoice;
use crate::domain::language::Language;
use crate::domain::transaction::{Transaction, TransactionStatus, TransactionType};
use crate::error::{Error, Result};
use crate::store;

/// What the newest payment of an invoice waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waiting {
    /// Nothing: it may be paid if anything is due.
    ForNobody,
    /// The customer's bank wants a confirmation that did not come yet; another payment gives it up.
    ForCustomer,
    /// Nobody can say yet whether money moved; nothing may be tried meanwhile.
    ForProcessor,
}

/// An invoice as its customer sees it.
#[derive(Clone, Debug)]
pub struct HostedInvoice {
    /// The invoice.
    pub invoice: Invoice,
    /// Who issued it.
    pub company: Company,
    /// The company's postal address.
    pub company_address: Address,
    /// Payments in which money moved or is held, oldest first.
    pub payments: Vec<Transaction>,
    /// The newest declined payment that nothing followed.
    pub last_decline: Option<Transaction>,
    /// What the newest payment waits for.
    pub waiting: Waiting,
    /// In which language its customer is written to, where they chose one.
    pub language: Option<Language>,
}

impl App {
    /// The page behind a public link. Changes nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn invoice_hosted(&self, public_id: &str) -> Result<HostedInvoice> {
        self.store().read(|tx| {
            let invoice = find_public_in(tx, public_id)?;
            let company = store::company::fetch(tx)?;
            let company_address =
                store::value::address_from_json("company", "address_json", company.id.as_str(), &company.address_json)?;
            let transactions = store::transaction::list_of_invoice(tx, &invoice.id)?;
            let newest = store::attempt::newest_of_charge(tx, &invoice.charge_key())?;
            let waiting = match newest.map(|attempt| attempt.state) {
                None
                | Some(
                    AttemptState::Succeeded | AttemptState::Declined | AttemptState::Absent | AttemptState::Cancelled,
                ) => Waiting::ForNobody,
                Some(AttemptState::Action) => Waiting::ForCustomer,
                Some(
                    AttemptState::Intent
                    | AttemptState::Prepared
                    | AttemptState::Sending
                    | AttemptState::Unknown
                    | AttemptState::Pending
                    | AttemptState::Review,
                ) => Waiting::ForProcessor,
            };
            let declined = |transaction: &&Transaction| transaction.status == TransactionStatus::Declined;
            let last_decline = transactions.last().filter(declined).cloned();
            let payments = transactions.into_iter().filter(is_payment).collect();
            let customer = invoice.customer_id.as_ref().map(|id| store::customer::fetch(tx, id)).transpose()?.flatten();
            let language = customer.and_then(|customer| customer.language);
            Ok(HostedInvoice { invoice, company, company_address, payments, last_decline, waiting, language })
        })
    }

    /// One payment of the invoice behind a public link, for its receipt.
    ///
    /// # Errors
    /// `NotFound`, also where that transaction pays another invoice or nothing.
    pub fn invoice_receipt(&self, public_id: &str, id: &TransactionId) -> Result<(HostedInvoice, Transaction)> {
        let hosted = self.invoice_hosted(public_id)?;
        let payment = hosted.payments.iter().find(|payment| payment.id == *id).cloned();
        let payment = payment.ok_or_else(|| Error::not_found("receipt", id.as_str()))?;
        Ok((hosted, payment))
    }
}

/// Whether money moved, or is held, for the invoice.
fn is_payment(transaction: &Transaction) -> bool {
    let is_charge = matches!(transaction.kind, TransactionType::Sale | TransactionType::Authorize);
    is_charge && transaction.amounts.authorized.is_positive()
}
