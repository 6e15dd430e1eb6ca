//! Lines of the overview's tables.

use jiff::tz::TimeZone;

use super::overview::moment;
use crate::app::overview::{JobCondition, JobHealth};
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::time::Timestamp;
use crate::domain::transaction::{InstrumentFacts, Transaction, TransactionStatus, TransactionType};
use crate::http::view::admin::{InvoiceRow, JobRow, TransactionRow};
use crate::http::view::tone::Tone;

/// One invoice.
pub(super) fn invoice(invoice: &Invoice, now: Timestamp, zone: &TimeZone) -> InvoiceRow {
    let is_late = invoice.date_due < now;
    let (status_text, tone) = match invoice.status {
        InvoiceStatus::Paid => ("Paid", Tone::Good),
        InvoiceStatus::Authorized => ("Authorized", Tone::Info),
        InvoiceStatus::PayingViaMail => ("Waiting for a check", Tone::Info),
        InvoiceStatus::Rejected => ("Rejected", Tone::Bad),
        InvoiceStatus::Void => ("Void", Tone::Neutral),
        InvoiceStatus::PastDue => ("Past due", Tone::Bad),
        InvoiceStatus::Failed => ("Failed", Tone::Bad),
        InvoiceStatus::Declined => ("Declined", Tone::Bad),
        InvoiceStatus::Pending | InvoiceStatus::PartiallyPaid if is_late => ("Past due", Tone::Bad),
        InvoiceStatus::PartiallyPaid => ("Partially paid", Tone::Warn),
        InvoiceStatus::Pending => ("Open", Tone::Info),
    };
    InvoiceRow {
        number: invoice.display_number().to_owned(),
        url: Some(format!("/invoice/{}", invoice.public_id)),
        customer: customer(invoice),
        status_text: status_text.to_owned(),
        tone,
        due: invoice.date_due.date_in(zone).strftime("%-d %b %Y").to_string(),
        amount: invoice.totals.total.to_string(),
    }
}

/// The company or person that owes it, or the customer's id.
fn customer(invoice: &Invoice) -> String {
    let to = &invoice.bill_to;
    let person = format!("{} {}", to.first_name, to.last_name);
    [to.company.as_str(), person.trim(), invoice.customer_id.as_ref().map_or("", |id| id.as_str())]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or("–")
        .to_owned()
}

/// One transaction.
pub(super) fn transaction(transaction: &Transaction, zone: &TimeZone) -> TransactionRow {
    let (status_text, tone) = match transaction.status {
        TransactionStatus::Unknown | TransactionStatus::Pending => ("Being confirmed", Tone::Warn),
        TransactionStatus::Declined => ("Declined", Tone::Bad),
        TransactionStatus::Authorized => ("Authorized", Tone::Info),
        TransactionStatus::PendingSettlement => ("Captured", Tone::Good),
        TransactionStatus::Settled => ("Settled", Tone::Good),
        TransactionStatus::Voided => ("Voided", Tone::Neutral),
        TransactionStatus::Reversed => ("Reversed", Tone::Neutral),
        TransactionStatus::Refunded => ("Refunded", Tone::Neutral),
        TransactionStatus::PartiallyRefunded => ("Partially refunded", Tone::Neutral),
        TransactionStatus::Returned | TransactionStatus::LateReturn => ("Returned", Tone::Bad),
    };
    let (kind, sign) = match transaction.kind {
        TransactionType::Sale => ("Sale", ""),
        TransactionType::Authorize => ("Authorization", ""),
        TransactionType::Verification => ("Verification", ""),
        TransactionType::Credit => ("Credit", "−"),
        TransactionType::Refund => ("Refund", "−"),
    };
    TransactionRow {
        time: moment(transaction.created_at, zone),
        kind: kind.to_owned(),
        method: transaction.instrument.as_ref().map_or_else(|| "–".to_owned(), InstrumentFacts::label),
        status_text: status_text.to_owned(),
        tone,
        amount: format!("{sign}{}", transaction.amounts.amount),
    }
}

/// One job.
pub(super) fn job(health: &JobHealth, zone: &TimeZone) -> JobRow {
    let (condition, tone) = match health.condition {
        JobCondition::Healthy => ("Healthy", Tone::Good),
        JobCondition::Failed => ("Failed", Tone::Bad),
        JobCondition::Late => ("Late", Tone::Warn),
        JobCondition::Held => ("Held", Tone::Bad),
        JobCondition::WaitsForClock => ("Waits for the clock", Tone::Info),
    };
    let at = |instant: Option<Timestamp>, none: &str| instant.map_or_else(|| none.to_owned(), |at| moment(at, zone));
    let detail = match (health.last_run, health.problem.as_str()) {
        (None, _) => health.job.description().to_owned(),
        (Some(_), "") => format!("{}: {} done", health.job.description(), health.items),
        (Some(_), problem) => problem.to_owned(),
    };
    JobRow {
        name: health.job.name().to_owned(),
        health: condition.to_owned(),
        tone,
        last_run: at(health.last_run, "never"),
        next_run: at(health.next_due, "when something is due"),
        detail,
    }
}
