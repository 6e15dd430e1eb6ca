//! The first step: the intent, committed before any byte leaves.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::app::caller::Caller;
use crate::app::event::emit;
use crate::app::method_token::{self, Spend};
use crate::app::transaction::send::ANSWER_MAX_US;
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState, Change};
use crate::domain::event::Topic;
use crate::domain::id::{
    CustomerId, FileBatchId, InvoiceId, PaymentMethodId, ProcessorId, SalesOrderId, SubscriptionId, TerminalId,
    TransactionId,
};
use crate::domain::money::Money;
use crate::domain::transaction::{
    Amounts, Answer, InstrumentFacts, Transaction, TransactionSource, TransactionStatus, TransactionType,
};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// The business fact that is charged at most once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Charge {
    /// One request of a caller: its transaction is the fact.
    OfTransaction,
    /// The nth payment of an invoice.
    OfInvoice {
        /// Which invoice.
        id: InvoiceId,
        /// Successful payments before this one.
        payments: u32,
    },
    /// One row of an uploaded file.
    RowOfBatch {
        /// Which file.
        id: FileBatchId,
        /// Which row.
        line: u32,
    },
    /// Prepaid units: the document that sells them, `<kind>/<id>`.
    Prepaid(String),
    /// An order.
    OfOrder(SalesOrderId),
}

impl Charge {
    fn key(&self, transaction_id: &TransactionId) -> String {
        match self {
            Self::OfTransaction => format!("txn/{transaction_id}"),
            Self::OfInvoice { id, payments } => format!("invoice/{id}/{payments}"),
            Self::RowOfBatch { id, line } => format!("batch/{id}/{line}"),
            Self::Prepaid(document) => document.clone(),
            Self::OfOrder(id) => order_key(id),
        }
    }
}

/// The key of an order's charge.
pub(crate) fn order_key(id: &SalesOrderId) -> String {
    format!("order/{id}")
}

/// A transaction to be made: everything but its id and its outcome.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) charge: Charge,
    pub(crate) kind: TransactionType,
    pub(crate) source: TransactionSource,
    pub(crate) amounts: Amounts,
    pub(crate) processor_id: ProcessorId,
    pub(crate) method: String,
    pub(crate) facts: Option<InstrumentFacts>,
    pub(crate) fingerprint: Option<[u8; 32]>,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) payment_method_id: Option<PaymentMethodId>,
    pub(crate) subscription_id: Option<SubscriptionId>,
    pub(crate) invoice_id: Option<InvoiceId>,
    pub(crate) referenced_id: Option<TransactionId>,
    pub(crate) terminal_id: Option<TerminalId>,
    /// The token that pays, which is used up with the intent.
    pub(crate) token: Option<Spend>,
    pub(crate) order_id: String,
    pub(crate) po_number: String,
    pub(crate) description: String,
    pub(crate) ip_address: String,
    pub(crate) billing_address_json: String,
    pub(crate) shipping_address_json: String,
    pub(crate) details_json: String,
}

/// A transaction and the attempt that is about to move its money.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(crate) transaction: Transaction,
    pub(crate) attempt: Attempt,
}

/// Writes the transaction and its intent down.
///
/// # Errors
/// `Conflict` where another attempt of the same charge is open or succeeded.
pub(crate) fn begin_in(tx: &mut WriteTx<'_>, caller: &Caller, install_id: &str, order: Order) -> Result<Begun> {
    if let Some(spend) = &order.token {
        method_token::redeem_in(tx, spend).map_err(|why| why.under("payment_method"))?;
    }
    let now = tx.now();
    let id: TransactionId = tx.new_id();
    let charge_key = order.charge.key(&id);
    let operation = match order.kind {
        TransactionType::Sale => AttemptOperation::Sale,
        TransactionType::Authorize => AttemptOperation::Authorize,
        TransactionType::Verification => AttemptOperation::Verify,
        TransactionType::Credit => AttemptOperation::Credit,
        TransactionType::Refund => AttemptOperation::Refund,
    };
    let transaction = Transaction {
        key: 0,
        id,
        kind: order.kind,
        status: TransactionStatus::Unknown,
        response_code: 0,
        source: order.source,
        amounts: order.amounts,
        processor_id: order.processor_id,
        method: order.method,
        instrument: order.facts,
        fingerprint: order.fingerprint,
        answer: Answer::default(),
        customer_id: order.customer_id,
        payment_method_id: order.payment_method_id,
        subscription_id: order.subscription_id,
        invoice_id: order.invoice_id,
        referenced_id: order.referenced_id,
        terminal_id: order.terminal_id,
        settlement_batch_id: None,
        user_id: caller.user_id.clone(),
        order_id: order.order_id,
        po_number: order.po_number,
        description: order.description,
        ip_address: order.ip_address,
        billing_address_json: order.billing_address_json,
        shipping_address_json: order.shipping_address_json,
        details_json: order.details_json,
        created_at: now,
        updated_at: now,
        captured_at: None,
        settled_at: None,
    };
    store::transaction::insert(tx, &transaction)?;
    let attempt =
        attempt_in(tx, install_id, &transaction, operation, charge_key, transaction.amounts.amount, Change::default())?;
    emit(
        tx,
        caller,
        Topic::TransactionCreated,
        transaction.id.as_str(),
        &json!({
            "type": transaction.kind.as_str(),
            "source": transaction.source.as_str(),
            "amount": transaction.amounts.amount.minor(),
            "currency": transaction.amounts.amount.currency().code(),
            "attempt": attempt.number,
        }),
    )?;
    Ok(Begun { transaction, attempt })
}

/// Writes the intent of one operation on `transaction` down; its success also makes `change`.
///
/// # Errors
/// `Conflict` where another attempt of the charge is open or succeeded.
pub(crate) fn attempt_in(
    tx: &mut WriteTx<'_>,
    install_id: &str,
    transaction: &Transaction,
    operation: AttemptOperation,
    charge_key: String,
    amount: Money,
    change: Change,
) -> Result<Attempt> {
    let newest = store::attempt::newest_of_charge(tx, &charge_key)?;
    if let Some(newest) = &newest {
        match newest.state {
            AttemptState::Declined | AttemptState::Absent | AttemptState::Cancelled => {}
            AttemptState::Succeeded => return Err(Error::Conflict("this was already done".to_owned())),
            _ => return Err(Error::Conflict("an earlier request for this is still being confirmed".to_owned())),
        }
    }
    let number = newest.as_ref().map_or(1, |attempt| attempt.number.saturating_add(1));
    let reference = reference(install_id, &charge_key, number);
    let attempt = Attempt {
        id: tx.new_id(),
        transaction_id: transaction.id.clone(),
        number,
        operation,
        amount,
        processor_id: transaction.processor_id.clone(),
        state: AttemptState::Intent,
        // A two-step processor's handle is used again for the next attempt of a charge: it can succeed only once. It
        // was prepared for one operation and amount, so another part of an invoice gets a handle of its own.
        handle: newest
            .filter(|last| last.operation == operation && last.amount == amount)
            .filter(|last| last.processor_id == transaction.processor_id)
            .map(|last| last.handle)
            .unwrap_or_default(),
        boot_id: String::new(),
        was_unknown: false,
        provisional: false,
        response_code: 0,
        hard: false,
        sent_at: None,
        polls: 0,
        // Nobody may be left to send it (the writer was busy, a task ended): it is given up then, see `poll`.
        poll_at: Some(tx.now().plus(ANSWER_MAX_US)),
        change,
        created_at: tx.now(),
        charge_key,
        reference,
    };
    store::attempt::insert(tx, &attempt, &request_hash(transaction, &attempt))?;
    Ok(attempt)
}

/// The processor's idempotency key: it follows from install, charge and number, so even a restored file sends the
/// same one again (RELIABILITY.md 2.2.3).
fn reference(install_id: &str, charge_key: &str, number: u32) -> String {
    let digest = Sha256::digest(format!("{install_id}|{charge_key}|{number}"));
    hex::encode(digest).chars().take(32).collect()
}

/// What is sent, without its secrets: an auditor compares it with the processor's record.
fn request_hash(transaction: &Transaction, attempt: &Attempt) -> [u8; 32] {
    Sha256::digest(format!(
        "{}|{}|{}|{}|{:?}",
        attempt.reference,
        attempt.operation.as_str(),
        attempt.amount.minor(),
        attempt.amount.currency(),
        transaction.instrument
    ))
    .into()
}
