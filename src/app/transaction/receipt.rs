//! Receipts by mail: queued in the commit of the approval where the request wished it, or when somebody asks.

use serde_json::Value;

use crate::app::mail::{self, Letter, NewMail};
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::currency::Currency;
use crate::domain::id::TransactionId;
use crate::domain::money::Money;
use crate::domain::text::is_email;
use crate::domain::transaction::{InstrumentFacts, Transaction, TransactionType as Type};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

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
            let t = store::transaction::fetch(tx, &id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
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

/// The transaction was approved: mails its receipt where the request wished one.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn approved_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &Transaction) -> Result<()> {
    if !t.details_json.contains("email_receipt") {
        return Ok(());
    }
    let details = details(t)?;
    let to = details.get("email_address").and_then(Value::as_str).unwrap_or_default();
    let is_wished = details.get("email_receipt").and_then(Value::as_bool) == Some(true);
    // Money that has moved is never refused here, so an address that is none gets nothing.
    if is_wished && is_email(to) { queue_in(tx, caller, t, String::new(), to.to_owned()) } else { Ok(()) }
}

fn queue_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &Transaction, step: String, to: String) -> Result<()> {
    let letter = letter(tx, t)?;
    let about = ("transaction", t.id.to_string());
    mail::queue_in(tx, caller, NewMail { kind: "transaction.receipt", about, step, to, letter }).map(drop)
}

/// Merchant, date in the company's zone, what paid, the lines, the parts of the amount and the amount.
fn letter(tx: &ReadTx<'_>, t: &Transaction) -> Result<Letter> {
    let company = store::company::fetch(tx)?;
    let a = &t.amounts;
    let (label, amount) = match t.kind {
        Type::Sale => ("Paid", a.captured),
        Type::Authorize if a.captured.is_positive() => ("Paid", a.captured),
        Type::Authorize => ("Authorized", a.authorized),
        Type::Verification => ("Verified", a.authorized),
        Type::Credit | Type::Refund => ("Refunded", a.amount),
    };
    let when = t.created_at.date_in(&company.zone()).to_string();
    let paid_with = t.instrument.as_ref().map(InstrumentFacts::label).unwrap_or_default();
    let part = |money: Money| if money.is_positive() { money.to_string() } else { String::new() };
    let letter = Letter::new(format!("Receipt from {}", company.name))
        .text(&t.description)
        .facts([
            ("Date", when.as_str()),
            ("Paid with", paid_with.as_str()),
            ("Order", t.order_id.as_str()),
            ("Authorization", t.answer.auth_code.as_str()),
            ("Transaction", t.id.as_str()),
        ])
        .facts(lines(t)?)
        .facts([
            ("Tax in it", part(a.tax)),
            ("Shipping in it", part(a.shipping)),
            ("Tip in it", part(a.tip)),
            ("Surcharge in it", part(a.surcharge)),
            ("Service fee in it", part(a.service_fee)),
            ("Fee in it", part(a.adjustment)),
        ]);
    Ok(letter.total(label, amount.to_string()))
}

/// The level 3 lines that have a name, and what each comes to.
fn lines(t: &Transaction) -> Result<Vec<(String, String)>> {
    let details = details(t)?;
    let items = details.get("line_items").and_then(Value::as_array).cloned().unwrap_or_default();
    let shown = |item: &Value| {
        let name = item.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())?;
        Some((name.to_owned(), worth(item, t.amounts.amount.currency())))
    };
    Ok(items.iter().filter_map(shown).take(LINES_MAX).collect())
}

fn worth(item: &Value, currency: Currency) -> String {
    let minor = item.get("amount").and_then(Value::as_i64).unwrap_or(0);
    Money::new(minor, currency).map(|money| money.to_string()).unwrap_or_default()
}

fn details(t: &Transaction) -> Result<Value> {
    serde_json::from_str(&t.details_json).map_err(|why| Error::internal(format!("txn.details_json of {}: {why}", t.id)))
}
