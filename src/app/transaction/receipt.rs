//! Receipts by mail: queued in the commit of the approval where the request wished it or an invoice was paid, or when
//! somebody asks. Whoever got the receipt is told of money that is given back.

use serde_json::Value;

use crate::app::mail::{self, Addressee, Letter, NewMail};
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::currency::Currency;
use crate::domain::id::TransactionId;
use crate::domain::login_link::stored_address;
use crate::domain::money::Money;
use crate::domain::text::is_email;
use crate::domain::transaction::{Amounts, Transaction, TransactionSource, TransactionType as Type};
use crate::error::{Error, Result};
use crate::i18n::fill;
use crate::i18n::payment_letter::PaymentLetter;
use crate::store::{self, ReadTx, WriteTx};

/// What its mails are.
const RECEIPT: &str = "transaction.receipt";
/// Lines of a transaction that a receipt shows at most.
const LINES_MAX: usize = 50;

impl App {
    /// Mails the receipt of an approved transaction; each request sends one, a repeated idempotency key none.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming `email_address`; `Conflict` where it was not approved.
    pub async fn transaction_mail(&self, caller: &Caller, id: &TransactionId, to: String) -> Result<()> {
        caller.may(Action::TransactionView)?;
        if !is_email(&to) {
            return Err(Error::invalid("email_address", "must be an email address such as example@mail.com"));
        }
        self.transaction_find(caller, id)?;
        let asked = Asked::new("transaction", "transaction.mail").with(id.as_str()).with(&to);
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let t = known_in(tx, &id)?;
            if !(100..200).contains(&t.response_code) {
                return Err(Error::Conflict("the transaction was not approved: it has no receipt".to_owned()));
            }
            let step = tx.now().as_micros().to_string();
            queue_in(tx, caller, &t, step, to)?;
            Ok(id.to_string())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }
}

/// The transaction was approved: mails its receipt, or that money is on its way back.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn approved_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &Transaction) -> Result<()> {
    let to = match (t.kind, &t.referenced_id) {
        (Type::Refund, Some(paid)) => store::mail::recipient_of(tx, ("transaction", paid.as_str()), RECEIPT)?,
        (Type::Refund, None) => None,
        (Type::Sale | Type::Authorize | Type::Verification | Type::Credit, _) => match wished(t)? {
            Some(to) => Some(to),
            None => invoiced_in(tx, t)?,
        },
    };
    // Money that has moved is never refused here, so an address that is none gets nothing.
    to.filter(|to| is_email(to)).map_or(Ok(()), |to| queue_in(tx, caller, t, String::new(), to))
}

/// Where the request wished the receipt.
fn wished(t: &Transaction) -> Result<Option<String>> {
    if !t.details_json.contains("email_receipt") {
        return Ok(None);
    }
    let details = details(t)?;
    let is_wished = details.get("email_receipt").and_then(Value::as_bool) == Some(true);
    Ok(details.get("email_address").and_then(Value::as_str).filter(|_| is_wished).map(str::to_owned))
}

/// Where the receipt of an invoice's payment goes of its own accord: to whom the invoice was mailed, or to the customer
/// who was charged without being there.
fn invoiced_in(tx: &ReadTx<'_>, t: &Transaction) -> Result<Option<String>> {
    let Some(id) = &t.invoice_id else { return Ok(None) };
    let Some(invoice) = store::invoice::fetch(tx, id)? else { return Ok(None) };
    if !store::company::fetch(tx)?.mails_receipts {
        return Ok(None);
    }
    if t.source != TransactionSource::Recurring {
        return Ok(invoice.last_sent_at.and_then(|_| invoice.mail_to().map(str::to_owned)));
    }
    let record = invoice.customer_id.as_ref().map(|id| store::customer::fetch_record(tx, id)).transpose()?.flatten();
    Ok(record.as_ref().and_then(stored_address).map(str::to_owned))
}

fn queue_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &Transaction, step: String, to: String) -> Result<()> {
    let reader = Addressee::of(tx, t.customer_id.as_ref())?;
    let (kind, letter) = match t.kind {
        Type::Refund => ("transaction.refund", refund(tx, &reader, t)?),
        Type::Sale | Type::Authorize | Type::Verification | Type::Credit => (RECEIPT, receipt(&reader, t)?),
    };
    mail::queue_in(tx, caller, NewMail { kind, about: ("transaction", t.id.to_string()), step, to, letter }).map(drop)
}

/// Merchant, date in the company's zone, what paid, the lines, the parts of the amount and the amount.
fn receipt(reader: &Addressee, t: &Transaction) -> Result<Letter> {
    let (words, labels, a) = (PaymentLetter::of(reader.language), reader.labels, &t.amounts);
    let (label, amount) = match t.kind {
        Type::Sale => (labels.paid, a.captured),
        Type::Authorize if a.captured.is_positive() => (labels.paid, a.captured),
        Type::Authorize => (labels.authorized, a.authorized),
        Type::Verification => (labels.verified, a.authorized),
        Type::Credit | Type::Refund => (labels.refunded, a.amount),
    };
    let is_part = matches!(t.kind, Type::Sale | Type::Authorize) && amount.minor() < a.amount.minor();
    let asked = if is_part { reader.money(a.amount) } else { String::new() };
    let letter = reader
        .letter(fill(words.receipt_subject, &[&reader.company.name]))
        .text(&t.description)
        .text(if is_part && a.authorized.minor() < a.amount.minor() { words.partial } else { "" })
        .facts(identity(reader, t))
        .facts(lines(reader, t)?)
        .facts(parts(reader, a, amount)?)
        .facts([(labels.asked, asked)]);
    Ok(letter.total(label, reader.money(amount)))
}

/// What was given back, of which payment, and what that makes in all.
fn refund(tx: &ReadTx<'_>, reader: &Addressee, t: &Transaction) -> Result<Letter> {
    let (words, labels, company) = (PaymentLetter::of(reader.language), reader.labels, &reader.company.name);
    let letter = reader
        .letter(fill(words.refund_subject, &[company]))
        .text(fill(words.refund_intro, &[company]))
        .facts(identity(reader, t))
        .facts(parts(
            reader,
            &Amounts { tax: zero(t), shipping: zero(t), tip: zero(t), ..t.amounts },
            t.amounts.amount,
        )?);
    let paid = t.referenced_id.as_ref().map(|id| known_in(tx, id)).transpose()?;
    let letter = match paid.map(|paid| paid.amounts) {
        Some(paid) => {
            let whole = [(labels.payment, reader.money(paid.captured))];
            let several = paid.refunded.minor() > t.amounts.amount.minor();
            let so_far = if several { reader.money(paid.refunded) } else { String::new() };
            letter.facts(whole).facts([(labels.refunded_so_far, so_far)])
        }
        None => letter,
    };
    Ok(letter.total(labels.refunded, reader.money(t.amounts.amount)))
}

/// When, with what, what for.
fn identity(reader: &Addressee, t: &Transaction) -> [(&'static str, String); 5] {
    let labels = reader.labels;
    [
        (labels.date, reader.day(t.created_at)),
        (
            if t.kind == Type::Refund { labels.method } else { labels.paid_with },
            reader.paid_with(t.instrument.as_ref()),
        ),
        (if t.invoice_id.is_some() { labels.invoice } else { labels.order }, t.order_id.clone()),
        (labels.authorization, t.answer.auth_code.clone()),
        (labels.transaction, t.id.to_string()),
    ]
}

/// What is in `total`, cut as the books cut it where the parts exceed it (`chart::sale_captured`).
fn parts(reader: &Addressee, a: &Amounts, total: Money) -> Result<Vec<(&'static str, String)>> {
    let labels = reader.labels;
    let mut left = total;
    let mut shown = vec![(labels.discount, reader.money_if_any(a.discount))];
    for (label, part) in [
        (labels.tax, a.tax),
        (labels.shipping, a.shipping),
        (labels.tip, a.tip),
        (labels.surcharge, a.surcharge),
        (labels.service_fee, a.service_fee),
        (labels.fee, a.adjustment),
    ] {
        let cut = if part.minor() > left.minor() { left } else { part };
        left = left.minus(cut)?;
        shown.push((label, reader.money_if_any(cut)));
    }
    Ok(shown)
}

/// The level 3 lines that have a name, and what each comes to.
fn lines(reader: &Addressee, t: &Transaction) -> Result<Vec<(String, String)>> {
    let details = details(t)?;
    let items = details.get("line_items").and_then(Value::as_array).cloned().unwrap_or_default();
    let shown = |item: &Value| {
        let name = item.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())?;
        Some((name.to_owned(), worth(reader, item, t.amounts.amount.currency())))
    };
    Ok(items.iter().filter_map(shown).take(LINES_MAX).collect())
}

fn worth(reader: &Addressee, item: &Value, currency: Currency) -> String {
    let minor = item.get("amount").and_then(Value::as_i64).unwrap_or(0);
    Money::new(minor, currency).map(|money| reader.money(money)).unwrap_or_default()
}

fn details(t: &Transaction) -> Result<Value> {
    serde_json::from_str(&t.details_json).map_err(|why| Error::internal(format!("txn.details_json of {}: {why}", t.id)))
}

fn known_in(tx: &ReadTx<'_>, id: &TransactionId) -> Result<Transaction> {
    store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))
}

fn zero(t: &Transaction) -> Money {
    Money::zero(t.amounts.amount.currency())
}
