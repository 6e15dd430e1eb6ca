//! A settlement batch: the money of one processor and currency that settled at one cut-off.

use super::customer::Wanted;
use super::id::{ProcessorId, SettlementBatchId};
use super::money::Money;
use super::time::Timestamp;

/// A settlement batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementBatch {
    /// Its id.
    pub id: SettlementBatchId,
    /// Whose money.
    pub processor_id: ProcessorId,
    /// 1, 2, … in this file.
    pub batch_number: i64,
    /// The cut-off.
    pub cutoff_at: Timestamp,
    /// How many transactions.
    pub num_transactions: i64,
    /// Money taken.
    pub captured: Money,
    /// Money given back or credited.
    pub credit: Money,
    /// 100 accepted.
    pub response_code: u16,
    /// "ACCEPT".
    pub response_message: String,
    /// When it was closed.
    pub created_at: Timestamp,
}

impl SettlementBatch {
    /// What reaches the bank account: taken less given.
    pub fn net_deposit_minor(&self) -> i64 {
        self.captured.minor().saturating_sub(self.credit.minor())
    }
}

/// What to search batches by; everything named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementFilter {
    /// First and last cut-off, both included.
    pub cutoff: (Option<Timestamp>, Option<Timestamp>),
    /// The batch's id.
    pub id: Wanted,
}

/// The batches of one processor and currency on one day, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementDay {
    /// First instant of the UTC day of the cut-offs.
    pub day: Timestamp,
    /// Whose money.
    pub processor_id: ProcessorId,
    /// How many transactions.
    pub num_transactions: i64,
    /// Money taken.
    pub captured: Money,
    /// Money given back or credited.
    pub credit: Money,
}

/// What a search for batches found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementFound {
    /// All batches that fit, by day, newest first.
    pub days: Vec<SettlementDay>,
    /// The page of batches, newest first.
    pub batches: Vec<SettlementBatch>,
    /// How many batches fit.
    pub total: u64,
}
