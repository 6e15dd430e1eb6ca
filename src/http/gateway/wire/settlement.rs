//! `POST /api/settlement/batch/search`: what to look for, and the batches as answers show them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::customer_search::{DateRange, Match, page_part, range, wanted};
use crate::app::settlement::SettlementReport;
use crate::domain::id::ProcessorId;
use crate::domain::settlement::{SettlementBatch, SettlementDay, SettlementFilter};
use crate::domain::terminal::ProcessorAccount;
use crate::error::{Error, Result};
use crate::limits::{PAGE_DEFAULT, PAGE_MAX};

/// Batches that may be skipped (seed gateway, "Settlement Batches").
const OFFSET_MAX: u32 = 1_000;

/// What to look for: everything given must hold.
#[derive(Deserialize, ToSchema, Default)]
pub struct SettlementSearch {
    /// When the batch closed.
    pub batch_date: Option<DateRange>,
    /// Its id.
    pub settlement_batch_id: Option<Match>,
    /// 1-100, 10 where it is not given.
    pub limit: Option<i64>,
    /// 0-1000.
    pub offset: Option<i64>,
}

impl SettlementSearch {
    /// What to look for, how many at most, how many to skip.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_filter(self) -> Result<(SettlementFilter, u32, u32)> {
        let limit = page_part("limit", self.limit, PAGE_DEFAULT, PAGE_MAX)?;
        if limit == 0 {
            return Err(Error::invalid("limit", format!("must be 1 to {PAGE_MAX}")));
        }
        let offset = page_part("offset", self.offset, 0, OFFSET_MAX)?;
        let filter = SettlementFilter {
            cutoff: range("batch_date", self.batch_date)?,
            id: wanted("settlement_batch_id", self.settlement_batch_id)?,
        };
        Ok((filter, limit, offset))
    }
}

/// Batches found.
#[derive(Serialize, ToSchema)]
pub struct SettlementBody {
    /// All that fit, added up by day, processor and currency.
    pub summary: Vec<SummaryRow>,
    /// The batches, newest first.
    pub results: Vec<BatchRow>,
}

/// The batches of a day, a processor and a currency. Amounts are minor units.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SummaryRow {
    pub merchant_id: String,
    /// "2018-12-04", UTC.
    pub batch_date: String,
    pub processor_id: String,
    pub processor_name: String,
    pub currency: String,
    pub num_transactions: i64,
    pub captured: i64,
    pub credit: i64,
}

/// A batch. Amounts are minor units.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct BatchRow {
    pub id: String,
    pub merchant_id: String,
    /// RFC 3339.
    pub batch_date: String,
    pub processor_id: String,
    pub processor_name: String,
    pub processor_type: String,
    pub batch_number: i64,
    pub currency: String,
    pub num_transactions: i64,
    pub amount_captured: i64,
    pub amount_credit: i64,
    pub net_deposit: i64,
    pub response_code: u16,
    pub response_message: String,
}

impl SettlementBody {
    /// The answer and how many batches fit; nothing where none does.
    pub fn of(report: SettlementReport) -> (Option<Self>, u64) {
        let SettlementReport { found, merchant_id, processors } = report;
        let summary = found.days.into_iter().map(|day| SummaryRow::of(day, &merchant_id, &processors)).collect();
        let results: Vec<BatchRow> =
            found.batches.into_iter().map(|batch| BatchRow::of(batch, &merchant_id, &processors)).collect();
        let body = (!results.is_empty()).then_some(Self { summary, results });
        (body, found.total)
    }
}

/// Name and kind of a processor, "" where it is not known any more.
fn named(processors: &[ProcessorAccount], id: &ProcessorId) -> (String, String) {
    let found = processors.iter().find(|processor| processor.id == *id);
    found.map(|processor| (processor.name.clone(), processor.kind.clone())).unwrap_or_default()
}

impl SummaryRow {
    fn of(day: SettlementDay, merchant_id: &str, processors: &[ProcessorAccount]) -> Self {
        let SettlementDay { day, processor_id, num_transactions, captured, credit } = day;
        Self {
            merchant_id: merchant_id.to_owned(),
            batch_date: day.utc_date().to_string(),
            processor_name: named(processors, &processor_id).0,
            processor_id: processor_id.to_string(),
            currency: captured.currency().code_lower(),
            num_transactions,
            captured: captured.minor(),
            credit: credit.minor(),
        }
    }
}

impl BatchRow {
    fn of(batch: SettlementBatch, merchant_id: &str, processors: &[ProcessorAccount]) -> Self {
        let net_deposit = batch.net_deposit_minor();
        let (processor_name, processor_type) = named(processors, &batch.processor_id);
        let SettlementBatch { id, processor_id, batch_number, cutoff_at, num_transactions, captured, credit, .. } =
            batch;
        Self {
            id: id.to_string(),
            merchant_id: merchant_id.to_owned(),
            batch_date: cutoff_at.to_string(),
            processor_id: processor_id.to_string(),
            processor_name,
            processor_type,
            batch_number,
            currency: captured.currency().code_lower(),
            num_transactions,
            amount_captured: captured.minor(),
            amount_credit: credit.minor(),
            net_deposit,
            response_code: batch.response_code,
            response_message: batch.response_message,
        }
    }
}
