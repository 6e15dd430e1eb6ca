//! `POST /api/invoice/{id}/pay`: what requests bring, and what became of the payment (facts-gateway.md, "Invoices").

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::given::given;
use super::invoice::money;
use super::invoice_address::NewInvoiceAddress;
use super::invoice_shown::ShownInvoice;
use super::transaction_method::NewMethod;
use crate::app::transaction::{PayInvoice, PayWishes, Payment};
use crate::domain::address::Address;
use crate::domain::id::InvoiceLineId;
use crate::domain::invoice::Invoice;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};

given! {
    /// A payment of an invoice. Amounts are minor units.
    NewInvoicePayment {
        /// What pays; one that the invoice takes. Not with `paying_via_mail`.
        payment_method: Option<NewMethod>,
        /// Whether a check is on its way instead; nothing is charged then.
        #[schema(example = false)]
        paying_via_mail: bool,
        /// How much, where the invoice takes a part (`settings.partial_payment_type` "amount"); 0 is all that is due.
        #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
        partial_payment_amount: i64,
        /// A tip on top, where the invoice takes one; at most its total.
        #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
        tip_amount: i64,
        /// Items that are left out (`settings.partial_payment_type` "line_items").
        #[schema(max_items = 500)]
        rejected_items: Vec<RejectedItem>,
        /// Why; required with `rejected_items`.
        #[schema(max_length = 1024, example = "")]
        reject_message: String,
        /// Whether what pays is kept for the customer, where the invoice leaves that to them.
        #[schema(example = false)]
        save_payment_method: bool,
        /// Billed to; `bill_to` where it is not given.
        billing_address: Option<NewInvoiceAddress>,
        /// Shipped to; required where the invoice says so.
        shipping_address: Option<NewInvoiceAddress>,
    }
}

given! {
    /// An item that is left out.
    RejectedItem {
        /// Its id.
        #[schema(max_length = 40, example = "5vTz8bWc0Ab3XyZ1")]
        id: String,
    }
}

impl NewInvoicePayment {
    /// What a repeated idempotency key is compared with: the decoded request with its fields in their order.
    ///
    /// # Errors
    /// None that a request can bring about.
    pub fn canonical(&self, invoice: &Invoice) -> Result<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(format!("invoice.pay {} ", invoice.id).into_bytes());
        serde_json::to_writer(&mut *bytes, self).map_err(Error::internal)?;
        Ok(bytes)
    }

    /// The payment of `invoice` in it; `today` bounds how far ahead a card may expire.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self, invoice: &Invoice, today: Date) -> Result<PayInvoice> {
        let amount = |field: &str, minor: i64| money(field, Some(minor), 0, invoice.currency());
        let part = amount("partial_payment_amount", self.partial_payment_amount)?;
        let tip = amount("tip_amount", self.tip_amount)?;
        let method = self.payment_method.ok_or_else(|| Error::invalid("payment_method", "is required"))?;
        let line_ids = self.rejected_items.into_iter().enumerate().map(|(at, item)| {
            let unknown = || Error::invalid(format!("rejected_items[{at}].id"), "names no item of this invoice");
            InvoiceLineId::parse(&item.id).ok_or_else(unknown)
        });
        Ok(PayInvoice {
            public_id: invoice.public_id.clone(),
            seen_due_minor: invoice.due().minor(),
            amount: Some(part).filter(|part| !part.is_zero()),
            tip: Some(tip).filter(|tip| !tip.is_zero()),
            pay_with: method.into_pay_with(today)?,
            billing: address("billing_address", self.billing_address)?,
            shipping: address("shipping_address", self.shipping_address)?,
            ip_address: String::new(),
            wishes: PayWishes {
                rejected_lines: line_ids.collect::<Result<_>>()?,
                reject_message: self.reject_message,
                keep_method: self.save_payment_method,
            },
        })
    }
}

fn address(field: &str, given: Option<NewInvoiceAddress>) -> Result<Option<Address>> {
    let Some(given) = given else { return Ok(None) };
    let (_, address) = given.into_parts().map_err(|why| why.under(field))?;
    Ok(Some(address))
}

/// The invoice after the payment, and the payment.
#[derive(Serialize, ToSchema)]
pub struct PaidInvoice {
    /// The invoice as it stands.
    #[serde(flatten)]
    pub invoice: ShownInvoice,
    /// The payment; null where a check is on its way.
    pub transaction: Option<ShownPayment>,
}

/// A payment of an invoice: GET `/api/transaction/{id}` shows all of it.
#[derive(Serialize, ToSchema)]
pub struct ShownPayment {
    /// Its id.
    #[schema(max_length = 40, example = "5vTz8bWc0Ab3XyZ1")]
    pub id: String,
    /// "sale" or "authorize".
    #[serde(rename = "type")]
    #[schema(pattern = "^(sale|authorize)$", example = "sale")]
    pub kind: String,
    /// "pending_settlement", "authorized", "declined", "pending" or "unknown".
    #[schema(pattern = "^[a-z_]{1,40}$", example = "pending_settlement")]
    pub status: String,
    /// "approved", "declined", "pending" or "unknown".
    #[schema(pattern = "^(approved|declined|pending|unknown)$", example = "approved")]
    pub response: String,
    /// 100 is approved, 200-399 declined.
    #[schema(minimum = 0, maximum = 999, example = 100)]
    pub response_code: u16,
    /// Minor units, the tip included.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 1100)]
    pub amount: i64,
    /// Minor units.
    #[schema(minimum = 0, maximum = 9007199254740991_i64, example = 0)]
    pub tip_amount: i64,
    /// Where the customer confirms the payment, "" where nobody asks.
    #[schema(max_length = 2048, example = "")]
    pub redirect_url: String,
}

impl ShownPayment {
    /// The payment; customers reach us at `public_url`.
    pub fn of(payment: Payment, public_url: &str) -> Self {
        let (response, transaction, redirect_url) = match payment {
            Payment::Approved(transaction) => ("approved", transaction, String::new()),
            Payment::Declined(transaction) => ("declined", transaction, String::new()),
            Payment::BeingConfirmed(transaction) => ("unknown", transaction, String::new()),
            Payment::ActionRequired { transaction, challenge_path } => {
                ("pending", transaction, format!("{public_url}{challenge_path}"))
            }
        };
        let Transaction { id, kind, status, response_code, amounts, .. } = transaction;
        Self {
            id: id.to_string(),
            kind: kind.as_str().to_owned(),
            status: status.as_str().to_owned(),
            response: response.to_owned(),
            response_code,
            amount: amounts.amount.minor(),
            tip_amount: amounts.tip.minor(),
            redirect_url,
        }
    }
}

/// Whether a check is on its way; it is announced with nothing else.
///
/// # Errors
/// `Invalid` where something is charged as well.
pub fn is_by_mail(payment: &NewInvoicePayment) -> Result<bool> {
    if payment.paying_via_mail && payment.payment_method.is_some() {
        return Err(Error::invalid("paying_via_mail", "is instead of a payment_method"));
    }
    Ok(payment.paying_via_mail)
}
