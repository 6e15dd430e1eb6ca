//! Billing what is due: one invoice per period, oldest first, or parked for a person.
//!
//! Safe to run twice and in any order: a period that has its invoice is passed over.

use jiff::civil::Date;
use serde_json::json;

use super::dunning::planned_of;
use super::{complete_where_done, emit_status, save_progress};
use crate::app::invoice::{IssueInvoice, issue_in};
use crate::app::{Caller, event};
use crate::domain::company::Company;
use crate::domain::event::Topic;
use crate::domain::id::SubscriptionId;
use crate::domain::invoice::price::NewLine;
use crate::domain::invoice::{Invoice, InvoiceSource, InvoiceTerms};
use crate::domain::money::Money;
use crate::domain::recurring::catch_up::{CatchUp, Decision, decide};
use crate::domain::recurring::dunning::collect_slot;
use crate::domain::recurring::price::{LineKind, PricedLine};
use crate::domain::subscription::{Subscription, SubscriptionStatus};
use crate::domain::time::{DAY, Timestamp};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// Subscriptions that are due at `now`, the longest due first.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn due_ids(tx: &ReadTx<'_>, now: Timestamp, limit: usize) -> Result<Vec<SubscriptionId>> {
    store::subscription::list_due(tx, now, limit)
}

/// When the next subscription becomes due.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn next_due_at(tx: &ReadTx<'_>) -> Result<Option<Timestamp>> {
    store::subscription::next_due_at(tx)
}

/// Which of the due dates are billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What the policy of the subscription says, within the bounds of catching up.
    Policy,
    /// All: the time was lived through, or a person says so.
    All,
    /// The latest, because a person says so.
    LatestOnly,
}

/// Bills one subscription that is due; answers its new invoices, oldest first. One that is not due, or gone, has none.
///
/// `lived_through` is true where the clock stood at every due instant on the way (a test clock), so nothing was
/// missed. A subscription that cannot be billed as it stands becomes "error" and is left to a person.
///
/// # Errors
/// Whatever the store refuses.
pub(crate) fn bill_due_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    company: &Company,
    id: &SubscriptionId,
    lived_through: bool,
) -> Result<Vec<Invoice>> {
    let Some(mut subscription) = store::subscription::fetch(tx, id)? else { return Ok(Vec::new()) };
    if subscription.due_at.is_none_or(|due_at| due_at > tx.now()) {
        return Ok(Vec::new());
    }
    let from = subscription.status;
    let scope = if lived_through { Scope::All } else { Scope::Policy };
    let mut reason = "billed".to_owned();
    let invoices = match bill_dates_in(tx, caller, company, &mut subscription, scope) {
        Ok(invoices) => invoices,
        Err(why @ Error::Invalid { .. }) => {
            reason = why.to_string();
            subscription.status = SubscriptionStatus::Error;
            Vec::new()
        }
        Err(why) => return Err(why),
    };
    complete_where_done(tx, &mut subscription)?;
    save_progress(tx, company, &mut subscription)?;
    emit_status(tx, caller, &subscription, from, &reason)?;
    Ok(invoices)
}

/// Bills what `scope` allows of what is due, or parks the subscription. The caller writes the subscription.
///
/// # Errors
/// `Invalid` where it cannot be billed as it stands.
pub(super) fn bill_dates_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    company: &Company,
    subscription: &mut Subscription,
    scope: Scope,
) -> Result<Vec<Invoice>> {
    let Some(first) = subscription.next_bill_date else { return Ok(Vec::new()) };
    let mut check = subscription.due_check(first, company.today(tx.now()), scope == Scope::All);
    if scope == Scope::LatestOnly {
        check.policy = CatchUp::Latest;
    }
    match decide(&check) {
        Decision::NothingDue => {
            subscription.end_where_over();
            Ok(Vec::new())
        }
        Decision::Bill(dates) => {
            let mut invoices = Vec::with_capacity(dates.len());
            for date in dates {
                invoices.extend(bill_period_in(tx, caller, company, subscription, date)?);
            }
            Ok(invoices)
        }
        Decision::Park { missed, missed_count, current, reason } => {
            let data = json!({
                "reason": reason,
                "missed": missed.iter().map(Date::to_string).collect::<Vec<_>>(),
                "missed_count": missed_count,
                "current": current.map(|date| date.to_string()),
            });
            event::emit(tx, caller, Topic::SubscriptionParked, subscription.id.as_str(), &data)?;
            subscription.parked_reason = Some(reason);
            Ok(Vec::new())
        }
    }
}

/// The invoice of one period; `None` where it has one already.
fn bill_period_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    company: &Company,
    subscription: &mut Subscription,
    date: Date,
) -> Result<Option<Invoice>> {
    if store::subscription::is_period_billed(tx, &subscription.id, date)? {
        subscription.move_past(date);
        return Ok(None);
    }
    let command = invoice_of(tx, company, subscription, date)?;
    let invoice = issue_in(tx, caller, command)?;
    if invoice.collect_at.is_some() {
        tx.nudge();
    }
    subscription.count_bill(date);
    Ok(Some(invoice))
}

/// What the period of `date` costs, charged as soon as the other charges of the subscription leave it room.
///
/// It is past due only when the last retry of its charge is over: until then nobody has to do anything.
fn invoice_of(tx: &WriteTx<'_>, company: &Company, subscription: &Subscription, date: Date) -> Result<IssueInvoice> {
    let plan_name = match &subscription.plan_id {
        Some(id) => store::plan::name_of(tx, id)?,
        None => String::new(),
    };
    let priced = subscription.price()?;
    let mut lines = Vec::new();
    for line in priced.lines {
        match line.kind {
            LineKind::Base => lines.extend(base_lines(&line, subscription, &plan_name, date)?),
            LineKind::AddOn | LineKind::Discount => lines.push(line_of(line)),
        }
    }
    let planned = planned_of(tx, &subscription.id, None)?;
    let last = store::subscription::newest_charge_at(tx, &subscription.id)?;
    let collect_at = collect_slot(tx.now(), &planned, last);
    let retries_us = company.retry_days.last().map_or(0, |days| i64::from(*days).saturating_mul(DAY));
    let record = store::customer::fetch_record(tx, &subscription.customer_id)?;
    let address = record.as_ref().and_then(|record| {
        let named = subscription.billing_address_id.as_ref().and_then(|id| record.address(id));
        named.or_else(|| record.default_billing())
    });
    let source = InvoiceSource::Subscription { subscription_id: subscription.id.clone(), period_start: date };
    let date_due = collect_at.plus(retries_us);
    Ok(IssueInvoice {
        customer_id: Some(subscription.customer_id.clone()),
        collect_at: Some(collect_at),
        processor_id: subscription.processor_id.clone(),
        bill_to: address.map(|address| address.postal.clone()).unwrap_or_default(),
        terms: InvoiceTerms {
            po_number: subscription.extras.po_number.clone(),
            bill_to_id: address.map_or_else(String::new, |address| address.id.as_str().to_owned()),
            ..InvoiceTerms::default()
        },
        ..IssueInvoice::new(source, subscription.amount.currency(), lines, date_due)
    })
}

/// The lines of the subscription's own amount: its line items where it is their sum, else one.
fn base_lines(line: &PricedLine, subscription: &Subscription, plan_name: &str, date: Date) -> Result<Vec<NewLine>> {
    let (extras, currency) = (&subscription.extras, line.amount.currency());
    let taxed = |name: String, amount: Money, tax_minor: i64| -> Result<NewLine> {
        let tax = Money::new(tax_minor.min(amount.minor()), currency)?;
        Ok(NewLine { kind: "subscription".to_owned(), tax, ..NewLine::of(name, amount.minus(tax)?) })
    };
    if extras.derives_amount {
        let items = extras.lines.iter().map(|item| {
            let amount = Money::new(item.amount_minor, currency)?;
            let line = taxed(named(item.name.clone(), "Item"), amount, item.tax_minor)?;
            Ok(NewLine { description: item.description.clone(), ..line })
        });
        return items.collect();
    }
    let spoken = [plan_name, subscription.description.as_str()];
    let name = spoken.into_iter().find(|text| !text.is_empty()).unwrap_or("Subscription");
    let base = taxed(name.to_owned(), line.amount, extras.tax_minor)?;
    Ok(vec![NewLine { description: format!("Period from {date}"), rule: line.rule.clone(), ..base }])
}

fn line_of(line: PricedLine) -> NewLine {
    let PricedLine { kind, name, description, amount, value: _, rule } = line;
    let (kind, unsaid) = if kind == LineKind::AddOn { ("add_on", "Add-on") } else { ("discount", "Discount") };
    NewLine { kind: kind.to_owned(), description, rule, ..NewLine::of(named(name, unsaid), amount) }
}

fn named(name: String, unsaid: &str) -> String {
    if name.is_empty() { unsaid.to_owned() } else { name }
}
