//! Settlement: at each cut-off the captured money of a processor becomes one batch and moves to the bank account; a
//! terminal has cut-offs of its own.

use serde_json::json;

use super::event::emit;
use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::TerminalId;
use crate::domain::ledger::chart;
use crate::domain::money::Money;
use crate::domain::settlement::{SettlementBatch, SettlementFilter, SettlementFound};
use crate::domain::terminal::ProcessorAccount;
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionStatus, TransactionType};
use crate::error::Result;
use crate::store::ledger::Source;
use crate::store::transaction::ToSettle;
use crate::store::{self, WriteTx};

/// Transactions settled in one write: bounds how long the writer is held.
const CHUNK_MAX: u32 = 200;

/// Batches found, and whose they are.
#[derive(Clone, Debug)]
pub struct SettlementReport {
    /// What was found.
    pub found: SettlementFound,
    /// The merchant.
    pub merchant_id: String,
    /// Every processor.
    pub processors: Vec<ProcessorAccount>,
}

impl App {
    /// Closes the batches of the last cut-off at or before now; answers how many transactions settled.
    ///
    /// Safe to run twice and to stop in the middle: a batch is one per processor, currency and cut-off, and a later
    /// run adds what is missing. What is being voided, or nobody can say yet whether it was, waits for a later batch.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub async fn settlement_close(&self, caller: &Caller) -> Result<usize> {
        let cutoff = self.company()?.cutoff_before(self.now());
        self.settlement_close_of(caller, None, cutoff).await
    }

    /// Closes the batches of what was captured at `terminal` (or at none) before `cutoff`.
    pub(super) async fn settlement_close_of(
        &self,
        caller: &Caller,
        terminal: Option<&TerminalId>,
        cutoff: Timestamp,
    ) -> Result<usize> {
        let groups = self.store().read(|tx| store::transaction::list_processors_to_settle(tx, terminal, cutoff))?;
        let mut settled = 0;
        for group in groups {
            loop {
                let (caller, group) = (caller.clone(), group.clone());
                let done = self.store().write(move |tx| close_chunk_in(tx, &caller, &group, cutoff)).await?;
                settled += done;
                if done == 0 {
                    break;
                }
            }
        }
        Ok(settled)
    }

    /// Batches that fit `filter`, newest first, from `offset` on, at most `limit`, with the processors they name.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn settlement_search(
        &self,
        caller: &Caller,
        filter: &SettlementFilter,
        limit: u32,
        offset: u32,
    ) -> Result<SettlementReport> {
        caller.may(Action::SettlementView)?;
        self.store().read(|tx| {
            let found = store::settlement::search(tx, filter, limit, offset)?;
            let merchant_id = store::company::fetch(tx)?.id.to_string();
            Ok(SettlementReport { found, merchant_id, processors: store::processor::list(tx)? })
        })
    }

    /// When the next batch closes, if anything waits for it.
    pub(crate) fn next_settlement_at(&self) -> Result<Option<Timestamp>> {
        let company = self.company()?;
        self.next_settlement_of(None, |captured| company.cutoff_after(captured))
    }

    /// When the next batch of `terminal` (or of none) closes, where `closes` says when a capture's batch does.
    pub(super) fn next_settlement_of(
        &self,
        terminal: Option<&TerminalId>,
        closes: impl Fn(Timestamp) -> Timestamp,
    ) -> Result<Option<Timestamp>> {
        let next = self.store().read(|tx| store::transaction::oldest_to_settle(tx, terminal))?.map(&closes);
        if next.is_none_or(|cutoff| cutoff > self.now()) {
            return Ok(next);
        }
        // Only at a cut-off is it asked which of them a void in doubt holds back: that question reads every row.
        let oldest = self.store().read(|tx| store::transaction::oldest_settleable(tx, terminal))?;
        Ok(oldest.map(closes))
    }
}

fn close_chunk_in(tx: &mut WriteTx<'_>, caller: &Caller, group: &ToSettle, cutoff: Timestamp) -> Result<usize> {
    let waiting = store::transaction::list_to_settle(tx, group, cutoff, CHUNK_MAX)?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let mut batch = match store::settlement::fetch_of_cutoff(tx, group, cutoff)? {
        Some(batch) => batch,
        None => store::settlement::insert(tx, group, cutoff)?,
    };
    let count = waiting.len();
    let (mut captured, mut credits) = (Money::zero(group.currency), Money::zero(group.currency));
    for mut transaction in waiting {
        let amount = transaction.amounts.captured;
        match transaction.kind {
            TransactionType::Refund | TransactionType::Credit => credits = credits.plus(amount)?,
            TransactionType::Sale | TransactionType::Authorize | TransactionType::Verification => {
                captured = captured.plus(amount)?;
            }
        }
        settle_one_in(tx, caller, &mut transaction, &batch)?;
    }
    let source = Source { kind: "settlement_batch", id: batch.id.as_str() };
    store::ledger::post(tx, source, &chart::settled(group.processor_id.as_str(), captured, credits))?;
    batch.num_transactions += i64::try_from(count).unwrap_or(i64::MAX);
    batch.captured = batch.captured.plus(captured)?;
    batch.credit = batch.credit.plus(credits)?;
    store::settlement::update(tx, &batch)?;
    emit(
        tx,
        caller,
        Topic::SettlementClosed,
        batch.id.as_str(),
        &json!({
            "processor_id": batch.processor_id.as_str(),
            "terminal_id": group.terminal_id.as_ref().map_or("", TerminalId::as_str),
            "captured": batch.captured.minor(),
            "credit": batch.credit.minor(),
            "currency": group.currency.code(),
            "num_transactions": batch.num_transactions,
        }),
    )?;
    Ok(count)
}

fn settle_one_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    transaction: &mut Transaction,
    batch: &SettlementBatch,
) -> Result<()> {
    transaction.status = TransactionStatus::Settled;
    transaction.amounts.settled = transaction.amounts.captured;
    transaction.settled_at = Some(tx.now());
    transaction.settlement_batch_id = Some(batch.id.clone());
    store::transaction::update(tx, transaction)?;
    super::transaction::apply::told_in(tx, caller, Topic::TransactionSettled, &transaction.id)
}
