//! Reminders of invoices that will be due, are due, or were due: the job `remind_invoices`.
//!
//! Only who was told of an invoice is reminded of it; one that is charged by itself, or whose payment is under way,
//! needs nobody's doing. One reminder per invoice and step.

use jiff::civil::Date;

use super::is_being_paid_in;
use super::send::{from, page};
use crate::app::mail::{self, Addressee, Letter, NewMail};
use crate::app::{App, Caller};
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::reminder::{due_dates, letter_day, next_letters_at, step_on};
use crate::domain::text::is_email;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::i18n::fill;
use crate::i18n::invoice_letter::InvoiceLetter;
use crate::limits;
use crate::store::{self, WriteTx};

impl App {
    /// Writes the reminders of the day, in bounded writes; answers how many.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) async fn invoices_remind(&self, caller: &Caller) -> Result<usize> {
        let company = self.company()?;
        let day = letter_day(&company, self.now());
        let mut written = 0_usize;
        for step in company.reminder_days.clone() {
            let (first, last) = due_dates(day, step);
            let until = company.start_of(last.tomorrow().unwrap_or(last));
            let mut after = (company.start_of(first), 0);
            loop {
                let (caller, days) = (caller.clone(), company.reminder_days.clone());
                let job = move |tx: &mut WriteTx<'_>| remind_in(tx, &caller, (day, step, &days), after, until);
                let (count, next) = self.store().write(job).await?;
                written = written.saturating_add(count);
                let Some(next) = next else { break };
                after = next;
            }
        }
        self.store().write(move |tx| store::company::set_reminded_on(tx, day)).await?;
        Ok(written)
    }

    /// When the next reminders are written.
    pub(in crate::app) fn next_reminders_at(&self) -> Result<Option<Timestamp>> {
        let company = self.company()?;
        Ok((!company.reminder_days.is_empty()).then(|| next_letters_at(&company, company.reminded_on)))
    }
}

/// Reminders of a page of invoices that are due between `after` and `until`; how many, and where the next page begins.
fn remind_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    (day, step, days): (Date, i32, &[i32]),
    after: (Timestamp, i64),
    until: Timestamp,
) -> Result<(usize, Option<(Timestamp, i64)>)> {
    let page = store::invoice::list_told_due(tx, after, until, limits::LETTERS_PAGE_MAX)?;
    let mut written = 0;
    for invoice in &page {
        let reader = Addressee::of(tx, invoice.customer_id.as_ref())?;
        let zone = reader.company.zone();
        let told = invoice.last_sent_at.map_or(Date::MIN, |at| at.date_in(&zone));
        let due = invoice.date_due.date_in(&zone);
        if step_on(day, days, due, told) != Some(step) || !waits_for_the_customer(invoice) {
            continue;
        }
        let Some(to) = invoice.mail_to().filter(|to| is_email(to)).map(str::to_owned) else { continue };
        if is_being_paid_in(tx, invoice)? {
            continue;
        }
        let (about, letter) = (("invoice", invoice.id.to_string()), letter(&reader, invoice, step, due));
        let mail = NewMail { kind: "invoice.reminder", about, step: step.to_string(), to, letter };
        if mail::queue_in(tx, caller, mail)? {
            store::invoice::set_sent(tx, &invoice.id)?;
            written += 1;
        }
    }
    let is_last = page.len() < usize::try_from(limits::LETTERS_PAGE_MAX).unwrap_or(usize::MAX);
    let next = page.last().filter(|_| !is_last).map(|invoice| (invoice.date_due, invoice.key));
    Ok((written, next))
}

/// Whether nothing happens before the customer does something: no charge is planned, no check on its way.
fn waits_for_the_customer(invoice: &Invoice) -> bool {
    invoice.is_payable() && invoice.collect_at.is_none() && invoice.status != InvoiceStatus::PayingViaMail
}

fn letter(reader: &Addressee, invoice: &Invoice, step: i32, due: Date) -> Letter {
    let (words, labels, company) = (InvoiceLetter::of(reader.language), reader.labels, from(invoice, &reader.company));
    let (subject, intro) = match step {
        ..0 => (words.before_subject, words.before_intro),
        0 => (words.today_subject, words.today_intro),
        1.. => (words.after_subject, words.after_intro),
    };
    reader
        .letter(fill(subject, &[invoice.display_number(), &reader.date(due)]))
        .text(fill(intro, &[company]))
        .facts([
            (labels.invoice, invoice.display_number().to_owned()),
            (labels.issued, reader.day(invoice.created_at)),
            (labels.due, reader.date(due)),
        ])
        .total(labels.amount_due, reader.money(invoice.due()))
        .button(labels.view_and_pay, page(reader, invoice))
}
