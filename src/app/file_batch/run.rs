//! The rows of uploaded files are run in order, a bounded number at once, and each gets its verdict.
//!
//! A row is taken up in the commit that writes its intent, and its verdict follows from its attempt: after a crash
//! the next run goes on with the first row without one. A row whose attempt was given up before anything was sent is
//! taken up again; one whose outcome is unknown waits until it is known.

use std::collections::HashSet;

use futures_util::StreamExt;
use serde_json::json;

use super::records::Cells;
use super::{place, row_name};
use crate::app::transaction::begin::{Begun, Charge, Order, begin_in};
use crate::app::transaction::capture::capture_in;
use crate::app::transaction::charge::action;
use crate::app::transaction::refund::refund_in;
use crate::app::transaction::send::Charging;
use crate::app::transaction::{CaptureTransaction, ChargeTransaction, PayWith, RefundTransaction};
use crate::app::{App, Caller, event};
use crate::domain::access::{Action, Actor, Permissions, Role};
use crate::domain::attempt::{Attempt, AttemptOperation, AttemptState, Change};
use crate::domain::event::Topic;
use crate::domain::file_batch::{FileBatch, RowFacts, RowVerdict};
use crate::domain::file_batch_row::{Row, RowCharge, RowOrder, RowPayment};
use crate::domain::id::{FileBatchId, TransactionId};
use crate::domain::transaction::{Transaction, TransactionSource};
use crate::domain::user::UserStatus;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::file_batch::{PendingRow, WaitingRow};
use crate::store::{self, WriteTx};

/// Rows read at once; their verdicts are written together.
const ROWS_AT_ONCE: u32 = 64;
/// Our response code of a request that never arrived.
const NOT_SENT: u16 = 421;

/// A row read from its file: what it asks for, or what is wrong with it.
struct ReadRow {
    line: u32,
    facts: RowFacts,
    order: Result<RowOrder>,
}

/// What a row does, ready to be written down.
enum Work {
    Charge(Box<Order>),
    Capture(TransactionId, CaptureTransaction),
    Refund(TransactionId, Option<i64>),
}

impl App {
    /// Runs rows of uploaded files whose turn has come, at most [`limits::FILE_BATCH_RUN_ROWS`] of them, so that other
    /// jobs have their turn; answers how many were taken up or got a verdict.
    ///
    /// # Errors
    /// Whatever the file refuses; the rows that had their turn keep it.
    pub async fn file_batches_run(&self, caller: &Caller) -> Result<usize> {
        let mut done = 0;
        while done < limits::FILE_BATCH_RUN_ROWS {
            let Some(batch) = self.store().read(store::file_batch::fetch_due)? else { break };
            let decided = self.store().read(|tx| store::file_batch::list_decided(tx, &batch.id, ROWS_AT_ONCE))?;
            done += decided.len();
            if decided.is_empty() {
                done += self.rows_run(caller, &batch).await?;
            } else {
                self.rows_conclude(caller, &batch.id, decided).await?;
            }
        }
        Ok(done)
    }

    /// Gives rows whose attempt was decided meanwhile their verdict, or their turn again.
    async fn rows_conclude(&self, caller: &Caller, id: &FileBatchId, rows: Vec<WaitingRow>) -> Result<()> {
        let (caller, id) = (caller.clone(), id.clone());
        self.store()
            .write(move |tx| {
                let mut verdicts = Vec::new();
                for row in rows {
                    let attempt = store::attempt::fetch(tx, &row.attempt_id)?
                        .ok_or_else(|| Error::not_found("attempt", row.attempt_id.as_str()))?;
                    if attempt.state == AttemptState::Cancelled {
                        store::file_batch::release_row(tx, &id, row.line)?;
                        continue;
                    }
                    let transaction = store::transaction::fetch(tx, &attempt.transaction_id)?
                        .ok_or_else(|| Error::not_found("transaction", attempt.transaction_id.as_str()))?;
                    verdicts.extend(verdict(row.line, row.facts, &attempt, &transaction));
                }
                verdicts_in(tx, &caller, &id, &verdicts)
            })
            .await
    }

    async fn rows_run(&self, caller: &Caller, batch: &FileBatch) -> Result<usize> {
        let rows = self.store().read(|tx| store::file_batch::list_pending(tx, &batch.id, ROWS_AT_ONCE))?;
        let (uploader, install_id) = (self.uploader(batch)?, self.company()?.install_id);
        let mut about = HashSet::new();
        let mut ready = Vec::with_capacity(rows.len());
        for row in rows {
            let row = self.row_read(batch, row)?;
            // Two rows about one transaction do not run at once: the order of the file decides what is left of it.
            let earlier = row.order.as_ref().ok().and_then(RowOrder::about).cloned();
            if earlier.is_some_and(|id| !about.insert(id)) {
                break;
            }
            ready.push(row);
        }
        let count = ready.len();
        let runs = ready.into_iter().map(|row| self.row_run(&uploader, &install_id, &batch.id, row));
        let mut runs = futures_util::stream::iter(runs).buffered(limits::CHARGES_IN_FLIGHT_MAX);
        let (mut verdicts, mut failure) = (Vec::with_capacity(count), None);
        while let Some(run) = runs.next().await {
            match run {
                Ok(verdict) => verdicts.extend(verdict),
                Err(why) => failure = failure.or(Some(why)),
            }
        }
        self.checkpoint("rows run")?;
        let (caller, id) = (caller.clone(), batch.id.clone());
        self.store()
            .write(move |tx| {
                store::file_batch::erase_sent(tx, &id)?;
                verdicts_in(tx, &caller, &id, &verdicts)
            })
            .await?;
        self.checkpoint("verdicts committed")?;
        failure.map_or(Ok(count), Err)
    }

    /// Whoever uploaded the file, with the rights of today; somebody who may no longer log in has none.
    fn uploader(&self, batch: &FileBatch) -> Result<Caller> {
        let actor = Actor::Job("run_file_batches");
        let Some(id) = &batch.user_id else { return Ok(Caller::internal(actor)) };
        let user = self.store().read(|tx| store::user::fetch(tx, id))?;
        let active = user.filter(|user| user.status == UserStatus::Active);
        Ok(Caller {
            user_id: Some(id.clone()),
            username: active.as_ref().map(|user| user.username.clone()).unwrap_or_default(),
            role: active.as_ref().map_or(Role::Standard, |user| user.role),
            permissions: active.map_or(Permissions::NONE, |user| user.permissions),
            ..Caller::internal(actor)
        })
    }

    fn row_read(&self, batch: &FileBatch, PendingRow { line, sealed }: PendingRow) -> Result<ReadRow> {
        let name = row_name(&batch.id, line);
        let secret = self.vault().open_sealed(&place(&name), &sealed)?;
        let cells: Cells =
            serde_json::from_slice(&secret).map_err(|_| Error::internal("a row's cells are not JSON"))?;
        let cells: Vec<&str> = cells.iter().map(|cell| cell.as_str()).collect();
        let row = Row::new(&batch.columns, &cells);
        Ok(ReadRow { line, facts: row.facts(), order: row.parse(self.now().utc_date()) })
    }

    /// Runs one row; `None` where it has no verdict yet.
    async fn row_run(
        &self,
        uploader: &Caller,
        install_id: &str,
        id: &FileBatchId,
        row: ReadRow,
    ) -> Result<Option<RowVerdict>> {
        let ReadRow { line, facts, order } = row;
        let prepared = order.and_then(|order| self.row_prepare(uploader, id, line, order));
        let begun = match prepared {
            Ok((work, charging)) => {
                let (by, install_id, id, facts) = (uploader.clone(), install_id.to_owned(), id.clone(), facts.clone());
                let begin = move |tx: &mut WriteTx<'_>| row_begin_in(tx, &by, &install_id, (&id, line), &facts, work);
                self.store().write(begin).await.map(|begun| begun.map(|(begun, handle)| (begun, handle, charging)))
            }
            Err(why) => Err(why),
        };
        match begun {
            Ok(None) => Ok(None),
            Ok(Some((begun, handle, charging))) => {
                let charging = charging.unwrap_or_else(|| Charging::of(handle));
                let concluded = self.attempt_send(uploader.clone(), begun, charging).await?;
                Ok(verdict(line, facts, &concluded.attempt, &concluded.transaction))
            }
            Err(why) if is_refusal(&why) => Ok(Some(RowVerdict::refused(line, facts, in_columns(why).to_string()))),
            Err(why) => Err(why),
        }
    }

    /// What the row does, if its uploader may; with what its request needs, where that is not an earlier approval.
    fn row_prepare(
        &self,
        uploader: &Caller,
        id: &FileBatchId,
        line: u32,
        order: RowOrder,
    ) -> Result<(Work, Option<Charging>)> {
        match order {
            RowOrder::Charge(charge) => {
                uploader.may(action(charge.kind)?)?;
                let (order, charging) = self.charge_prepare(uploader, command(*charge))?;
                let charge = Charge::RowOfBatch { id: id.clone(), line };
                let order = Order { charge, source: TransactionSource::Batch, ..order };
                Ok((Work::Charge(Box::new(order)), Some(charging)))
            }
            RowOrder::Capture { transaction_id, amount_minor, tax_minor, shipping_minor, order_id, po_number } => {
                uploader.may(Action::TransactionCapture)?;
                self.transaction_find(uploader, &transaction_id)?;
                let change = Change { tax_minor, shipping_minor, order_id, po_number, ..Change::default() };
                let capture = CaptureTransaction { amount_minor, change };
                Ok((Work::Capture(transaction_id, capture), None))
            }
            RowOrder::Refund { transaction_id, amount_minor } => {
                uploader.may(Action::TransactionRefund)?;
                self.transaction_find(uploader, &transaction_id)?;
                Ok((Work::Refund(transaction_id, amount_minor), None))
            }
        }
    }
}

/// Takes a row up and writes its intent down, with the handle of an earlier approval; `None` where somebody else took
/// the row.
fn row_begin_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    (id, line): (&FileBatchId, u32),
    facts: &RowFacts,
    work: Work,
) -> Result<Option<(Begun, String)>> {
    if !store::file_batch::is_row_pending(tx, id, line)? {
        return Ok(None);
    }
    let (begun, handle) = match work {
        Work::Charge(order) => (begin_in(tx, caller, install_id, *order)?, String::new()),
        Work::Capture(transaction_id, capture) => {
            let begun = capture_in(tx, install_id, &transaction_id, capture)?;
            let handle = begun.transaction.answer.handle.clone();
            (begun, handle)
        }
        Work::Refund(transaction_id, amount_minor) => {
            let charge = Charge::RowOfBatch { id: id.clone(), line };
            refund_in(tx, caller, install_id, &transaction_id, RefundTransaction::of(amount_minor), charge)?
        }
    };
    store::file_batch::claim_row(tx, id, line, facts, &begun.attempt)?;
    Ok(Some((begun, handle)))
}

/// Writes verdicts down; the last one completes the batch.
fn verdicts_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &FileBatchId, verdicts: &[RowVerdict]) -> Result<()> {
    let mut first = 0u32;
    for verdict in verdicts {
        first = first.saturating_add(u32::from(store::file_batch::put_verdict(tx, id, verdict)?));
    }
    if first > 0 && store::file_batch::add_processed(tx, id, first)? {
        event::emit(tx, caller, Topic::FileBatchCompleted, id.as_str(), &json!({}))?;
    }
    tx.nudge();
    Ok(())
}

/// What a row's attempt came to; `None` while nobody can say.
fn verdict(line: u32, facts: RowFacts, attempt: &Attempt, t: &Transaction) -> Option<RowVerdict> {
    let is_capture = attempt.operation == AttemptOperation::Capture;
    let (status, response_code, message) = match attempt.state {
        AttemptState::Succeeded if is_capture => (t.status.as_str(), attempt.response_code, ""),
        AttemptState::Declined if is_capture => ("declined", attempt.response_code, ""),
        AttemptState::Absent if is_capture => ("declined", NOT_SENT, "NOT SENT"),
        AttemptState::Succeeded | AttemptState::Declined | AttemptState::Absent => {
            (t.status.as_str(), t.response_code, t.answer.processor_text.as_str())
        }
        // Whoever holds the card must confirm on the page that the transaction names: the file has done its part.
        AttemptState::Action => (t.status.as_str(), t.response_code, "waits for the cardholder (3-D Secure)"),
        _ => return None,
    };
    Some(RowVerdict {
        line,
        facts,
        transaction_id: Some(t.id.clone()),
        status: status.to_owned(),
        response_code,
        message: message.trim().to_owned(),
    })
}

/// Whether the row is at fault, and not we.
fn is_refusal(why: &Error) -> bool {
    match why {
        Error::NotFound { .. }
        | Error::Invalid { .. }
        | Error::Conflict(_)
        | Error::Declined { .. }
        | Error::InvalidTransition { .. }
        | Error::InsufficientFunds
        | Error::Refused(_)
        | Error::IdempotencyMismatch
        | Error::Unauthenticated
        | Error::NotJson
        | Error::Forbidden(_) => true,
        Error::RateLimited { .. } | Error::TooLarge | Error::TooSlow | Error::Busy | Error::Internal(_) => false,
    }
}

/// The refusal with its field named as the file names its column.
fn in_columns(why: Error) -> Error {
    match why {
        Error::Invalid { field, problem } => {
            let column = field.strip_prefix("payment_method.customer.").unwrap_or(&field);
            Error::invalid(if column == "id" { "customer_id" } else { column }, problem)
        }
        other => other,
    }
}

fn command(row: RowCharge) -> ChargeTransaction {
    let details = json!({ "tax_exempt": row.is_tax_exempt, "email_address": row.email_address });
    ChargeTransaction {
        base_minor: row.base_minor,
        tax_minor: row.tax_minor,
        shipping_minor: row.shipping_minor,
        discount_minor: row.discount_minor,
        surcharge_minor: row.surcharge_minor,
        processor_id: row.processor_id,
        order_id: row.order_id,
        po_number: row.po_number,
        description: row.description,
        ip_address: row.ip_address,
        postal_code: row.billing.as_ref().map(|address| address.postal_code.clone()),
        billing_address_json: row.billing.as_ref().map(store::value::address_to_json),
        shipping_address_json: row.shipping.as_ref().map(store::value::address_to_json),
        details_json: details.to_string(),
        ..ChargeTransaction::of(row.kind, row.currency, row.amount_minor, pay_with(row.payment))
    }
}

fn pay_with(payment: RowPayment) -> PayWith {
    match payment {
        RowPayment::Card { number, expiry, cvc } => PayWith::Card { number, expiry, keyed: true, cvc },
        RowPayment::Ach { routing, account, sec_code, account_type } => {
            PayWith::Ach { routing, account, sec_code, account_type }
        }
        RowPayment::Customer { id, payment_method_id, payment_method_type } => PayWith::Customer {
            id,
            payment_method_id,
            payment_method_type,
            billing_address_id: None,
            shipping_address_id: None,
        },
    }
}
