//! Mails to users who want to hear of something: queued in the commit of the event, one per user and thing that
//! happened. Nobody is told of what they could not look up themselves.

use serde::Serialize;
use serde_json::Value;

use super::login::caller as caller_for;
use super::mail::{self, Letter, NewMail};
use super::{Caller, invoice, transaction};
use crate::domain::access::{Action, Actor};
use crate::domain::event::Topic;
use crate::domain::id::{InvoiceId, SettlementBatchId, TransactionId, UserId};
use crate::domain::text::is_email;
use crate::domain::time::{Timestamp, zone_named};
use crate::domain::transaction::{InstrumentFacts, Transaction, TransactionType as Type};
use crate::domain::user::User;
use crate::domain::user_settings::Notification;
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// Changes of a user that somebody may want to be warned of.
const ALARMING: [&str; 5] = ["email", "status", "role", "permissions", "password"];

/// What happened, as the event says it.
struct Happened<'a> {
    topic: Topic,
    id: &'a str,
    data: &'a Value,
    by: &'a Caller,
    at: Timestamp,
}

/// Queues the mails about an event. Where no user wants mails of any kind this costs a look into an empty index.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn told_in(tx: &mut WriteTx<'_>, by: &Caller, topic: Topic, id: &str, data: &impl Serialize) -> Result<()> {
    let Some(wanted) = Notification::of(topic) else { return Ok(()) };
    let data = &serde_json::to_value(data).map_err(Error::internal)?;
    let happened = Happened { topic, id, data, by, at: tx.now() };
    for user in store::user::list_notified(tx)? {
        // An address that is none gets nothing: what happened has happened.
        if !user.settings.notifications.contains(&wanted) || !is_email(&user.email) {
            continue;
        }
        let Some(letter) = letter(tx, &happened, &user)? else { continue };
        let step = match topic {
            // These happen to the same user again and again.
            Topic::UserUpdated | Topic::UserLoginFailed => format!("{}/{}", user.id, happened.at.as_micros()),
            _ => user.id.to_string(),
        };
        let about = (topic.noun(), id.to_owned());
        mail::queue_in(tx, by, NewMail { kind: topic.as_str(), about, step, to: user.email, letter })?;
    }
    Ok(())
}

/// What `user` is told; `None` where it is not for them, or not worth a mail.
fn letter(tx: &ReadTx<'_>, happened: &Happened<'_>, user: &User) -> Result<Option<Letter>> {
    let whom = caller_for(Actor::User(user.id.clone()), user, "");
    match Notification::of(happened.topic) {
        Some(Notification::TransactionReceipts) => of_transaction(tx, happened, user, &whom, "approved"),
        Some(Notification::TransactionVoid) => of_transaction(tx, happened, user, &whom, "voided"),
        Some(Notification::SettlementReports) => of_settlement(tx, happened, user, &whom),
        Some(Notification::InvoiceCreate) => of_invoice(tx, happened, user, &whom),
        Some(Notification::SecurityAlerts) => of_access(tx, happened, user, &whom),
        Some(Notification::TriggeredRules) | None => Ok(None),
    }
}

fn of_transaction(
    tx: &ReadTx<'_>,
    happened: &Happened<'_>,
    user: &User,
    whom: &Caller,
    what: &str,
) -> Result<Option<Letter>> {
    let found = store::transaction::fetch(tx, &TransactionId::from_stored(happened.id.to_owned()))?;
    let Some(t) = found.filter(|t| transaction::may_see(whom, t)) else { return Ok(None) };
    let amounts = &t.amounts;
    let amount = if amounts.authorized.is_positive() { amounts.authorized } else { amounts.amount };
    let letter = Letter::new(format!("{} of {amount} {what}", noun(&t)))
        .text(&t.description)
        .facts([
            ("When", when(t.created_at, user)),
            ("Paid with", t.instrument.as_ref().map(InstrumentFacts::label).unwrap_or_default()),
            ("Order", t.order_id.clone()),
            ("Customer", t.customer_id.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("Authorization", t.answer.auth_code.clone()),
            ("Transaction", t.id.to_string()),
        ])
        .total("Amount", amount.to_string());
    Ok(Some(letter))
}

fn noun(t: &Transaction) -> &'static str {
    match t.kind {
        Type::Sale => "Sale",
        Type::Authorize => "Authorization",
        Type::Verification => "Verification",
        Type::Credit => "Credit",
        Type::Refund => "Refund",
    }
}

/// A batch is told of when it is whole: it is filled some transactions at a time.
fn of_settlement(tx: &ReadTx<'_>, happened: &Happened<'_>, user: &User, whom: &Caller) -> Result<Option<Letter>> {
    let found = store::settlement::fetch(tx, &SettlementBatchId::from_stored(happened.id.to_owned()))?;
    let Some((batch, group)) = found else { return Ok(None) };
    let is_whole = store::transaction::list_to_settle(tx, &group, batch.cutoff_at, 1)?.is_empty();
    if !is_whole || whom.may(Action::SettlementView).is_err() {
        return Ok(None);
    }
    let letter = Letter::new(format!("Settlement batch {} was closed", batch.batch_number))
        .facts([
            ("Cut-off", when(batch.cutoff_at, user)),
            ("Processor", batch.processor_id.to_string()),
            ("Transactions", batch.num_transactions.to_string()),
            ("Taken", batch.captured.to_string()),
            ("Given back", batch.credit.to_string()),
        ])
        .total("To the bank account", batch.captured.minus(batch.credit)?.to_string());
    Ok(Some(letter))
}

fn of_invoice(tx: &ReadTx<'_>, happened: &Happened<'_>, user: &User, whom: &Caller) -> Result<Option<Letter>> {
    let invoice = invoice::known_in(tx, &InvoiceId::from_stored(happened.id.to_owned()))?;
    let only = invoice::only_of(whom);
    if only.is_some() && invoice.user_id != only {
        return Ok(None);
    }
    let name = format!("{} {}", invoice.bill_to.first_name, invoice.bill_to.last_name);
    let letter = Letter::new(format!("Invoice {} was made", invoice.display_number()))
        .facts([
            ("Made", when(invoice.created_at, user)),
            ("Due", when(invoice.date_due, user)),
            ("For", name.trim().to_owned()),
            ("Customer", invoice.customer_id.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("Invoice", invoice.id.to_string()),
        ])
        .total("Amount due", invoice.due().to_string());
    Ok(Some(letter))
}

/// Who may get in, or tried to: for those who manage users, and for whom it is about.
fn of_access(tx: &ReadTx<'_>, happened: &Happened<'_>, user: &User, whom: &Caller) -> Result<Option<Letter>> {
    let fact = |name: &str| happened.data.get(name).and_then(Value::as_str).unwrap_or_default();
    let subject = if happened.topic == Topic::ApiKeyCreated { fact("user_id") } else { happened.id };
    if subject != user.id.as_str() && whom.may(Action::UserManage).is_err() {
        return Ok(None);
    }
    let name = store::user::name_of(tx, &UserId::from_stored(subject.to_owned()))?.unwrap_or_default();
    let (subject, detail) = match happened.topic {
        Topic::UserLoginFailed if happened.data.get("locked") == Some(&Value::Bool(true)) => {
            (format!("{name} is locked after too many wrong passwords"), String::new())
        }
        Topic::ApiKeyCreated => (format!("A key was made for {name}"), fact("name").to_owned()),
        Topic::UserCreated => (format!("{name} was added as a user"), fact("role").to_owned()),
        Topic::UserUpdated => match alarming(happened.data) {
            fields if fields.is_empty() => return Ok(None),
            fields => (format!("The access of {name} was changed"), fields.join(", ")),
        },
        _ => return Ok(None),
    };
    let by = if happened.by.username.is_empty() { happened.by.actor.to_string() } else { happened.by.username.clone() };
    let letter = Letter::new(subject)
        .facts([("When", when(happened.at, user)), ("User", name), ("Details", detail), ("By", by)])
        .text("If nobody expected this, look into it at once.");
    Ok(Some(letter))
}

/// The changed fields that are worth a warning.
fn alarming(data: &Value) -> Vec<&str> {
    let fields = data.get("fields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    fields.filter(|field| ALARMING.contains(field)).collect()
}

/// An instant as the user's clock shows it.
fn when(at: Timestamp, user: &User) -> String {
    let zone = zone_named(&user.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    format!("{} {}", at.civil_in(&zone).strftime("%-d %B %Y, %H:%M"), user.time_zone)
}
