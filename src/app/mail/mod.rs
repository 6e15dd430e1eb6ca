//! The outbox: mails are written in the commit of what they report, and delivered by the job `send_mails`.
//!
//! # Writing a mail
//!
//! Inside the transaction of what happened:
//!
//! ```ignore
//! mail::queue_in(tx, &caller, NewMail {
//!     kind: "invoice.sent",                       // what it says, noun first
//!     about: ("invoice", invoice.id.to_string()), // what it is about
//!     step: String::new(),                        // "" , or a reminder's number, or the instant of a resend
//!     to: invoice.bill_to.email.clone(),          // one address; `Invalid` for "to" where it is none
//!     letter: reader.letter(fill(words.subject, &[number, company])) // reader: Addressee, words: a table of i18n
//!         .text(fill(words.intro, &[company]))
//!         .facts([(labels.due, date), (labels.invoice, number)])
//!         .total(labels.amount_due, reader.money(due))
//!         .button(labels.view_and_pay, reader.page("/invoice/…")),
//! })?;
//! ```
//!
//! * `queue_in(tx: &mut WriteTx, caller: &Caller, mail: NewMail) -> Result<bool>`: `true` where it is new. The same
//!   (about, kind, step) is queued once, so a job may say it as often as it likes.
//! * `queue_secret_in(tx, vault: &Vault, caller, mail) -> Result<bool>`: for a mail with a code or a link that opens
//!   something. Its body rests sealed and is erased after delivery, or after three days.
//! * An [`Addressee`] knows in which language a customer reads; letters to users of the company are in English.
//! * There is no template per mail: one quiet layout (`templates/mail/letter.html` and `.txt`) prints every [`Letter`]
//!   in the company's name and colour. A mail that needs a new kind of part adds it to [`Part`] and to both files.
//! * Nothing is sent from here: after the commit the job hands queued mails to the relay, at least once, with one
//!   Message-ID for all tries. Without a relay it keeps them; `bursar mail list` and `show` read them.

mod addressee;
pub mod letter;
mod send;
pub mod trial;

use serde_json::json;

use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::MailId;
use crate::domain::mail::{Mail, MailStatus};
use crate::domain::text::is_email;
use crate::domain::time::DAY;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::mail::Body;
use crate::store::{self, WriteTx};
use crate::vault::{Place, Vault};

pub use addressee::Addressee;
pub use letter::{Letter, Part, Written};

/// A mail to queue.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What it says: `invoice.sent`.
    pub kind: &'static str,
    /// The noun and the id it is about.
    pub about: (&'static str, String),
    /// Tells two mails of one kind about one thing apart; "" where there is only one.
    pub step: String,
    /// One address.
    pub to: String,
    /// What it says.
    pub letter: Letter,
}

/// Queues a mail; answers whether it is new.
///
/// # Errors
/// `Invalid` for "to" where it is no address that mail can be sent to.
pub fn queue_in(tx: &mut WriteTx<'_>, caller: &Caller, mail: NewMail) -> Result<bool> {
    queue_as(tx, caller, mail, |_, _, written| Ok(Body::Open(written)))
}

/// Queues a mail whose body carries a secret: it rests sealed and is erased once it is of no more use.
///
/// # Errors
/// As [`queue_in`].
pub fn queue_secret_in(tx: &mut WriteTx<'_>, vault: &Vault, caller: &Caller, mail: NewMail) -> Result<bool> {
    queue_as(tx, caller, mail, |tx, id, written| {
        Ok(Body::Sealed(vault.seal(&place(id), written.as_bytes(), tx.random())?))
    })
}

fn queue_as(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    new: NewMail,
    keep: impl FnOnce(&WriteTx<'_>, &MailId, String) -> Result<Body>,
) -> Result<bool> {
    let NewMail { kind, about: (about_kind, about_id), step, to, letter } = new;
    let to = to.trim().to_owned();
    if !is_email(&to) {
        return Err(Error::invalid("to", "must be an email address such as example@mail.com"));
    }
    let written = letter.write(&store::company::fetch(tx)?)?;
    let id: MailId = tx.new_id();
    let body = keep(tx, &id, written.to_json())?;
    let mail = Mail {
        id,
        kind: kind.to_owned(),
        about_kind: about_kind.to_owned(),
        about_id,
        step,
        to,
        subject: written.subject,
        is_secret: matches!(body, Body::Sealed(_)),
        status: MailStatus::Queued,
        attempts: 0,
        send_at: tx.now(),
        last_error: String::new(),
        sent_at: None,
        created_at: tx.now(),
    };
    let is_new = store::mail::insert(tx, &mail, &body)?;
    if is_new {
        let facts = json!({ "kind": kind, "about": about_kind, "about_id": mail.about_id });
        event::emit(tx, caller, Topic::MailQueued, mail.id.as_str(), &facts)?;
        tx.nudge();
    }
    Ok(is_new)
}

impl App {
    /// Queues a mail that only says that mail arrives.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` for "to".
    pub async fn mail_test(&self, caller: &Caller, to: String) -> Result<()> {
        caller.may(Action::CompanyChange)?;
        let caller = caller.clone();
        let test = move |tx: &mut WriteTx<'_>| {
            let company = store::company::fetch(tx)?;
            let (about, step) = (("company", company.id.to_string()), tx.now().as_micros().to_string());
            let letter = Letter::new(format!("Mail from {} arrives", company.name))
                .text("Somebody asked for this mail to see whether mail arrives. It does; there is nothing to do.");
            queue_in(tx, &caller, NewMail { kind: "company.mail_test", about, step, to, letter })
        };
        self.store().write(test).await.map(drop)
    }

    /// The newest mails, newest first, at most `limit` (capped at [`limits::PAGE_MAX`]); those before `before`, if
    /// given.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn mail_list(&self, caller: &Caller, before: Option<&MailId>, limit: u32) -> Result<Vec<Mail>> {
        caller.may(Action::MailView)?;
        let limit = limit.min(limits::PAGE_MAX);
        self.store().read(|tx| match before {
            Some(before) => store::mail::list_before(tx, before, limit),
            None => store::mail::list_newest(tx, limit),
        })
    }

    /// A mail with what it says; `None` where that was erased. Opening a sealed one leaves an event.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn mail_find(&self, caller: &Caller, id: &MailId) -> Result<(Mail, Option<Written>)> {
        caller.may(Action::MailView)?;
        let found = self.store().read(|tx| store::mail::fetch(tx, id))?;
        let (mail, body) = found.ok_or_else(|| Error::not_found("mail", id.as_str()))?;
        if matches!(body, Body::Sealed(_)) {
            let (whom, id) = (caller.clone(), id.clone());
            let opened = json!({ "kind": mail.kind });
            self.store().write(move |tx| event::emit(tx, &whom, Topic::MailOpened, id.as_str(), &opened)).await?;
        }
        let written = self.mail_written(&mail, body)?;
        Ok((mail, written))
    }

    /// Erases secrets of mails that nobody delivered or fetched in time.
    pub(super) async fn mail_secrets_prune(&self) -> Result<usize> {
        let before = self.now().plus(-limits::MAIL_SECRET_KEPT_DAYS * DAY);
        self.store().write(move |tx| store::mail::erase_sealed(tx, before)).await
    }

    fn mail_written(&self, mail: &Mail, body: Body) -> Result<Option<Written>> {
        let json = match body {
            Body::Open(json) => json,
            Body::Sealed(bytes) => {
                let opened = self.vault().open_sealed(&place(&mail.id), &bytes)?;
                String::from_utf8(opened.to_vec()).map_err(Error::internal)?
            }
            Body::Erased => return Ok(None),
        };
        Written::from_json(&mail.subject, &json).map(Some)
    }
}

/// Seals a batch of bodies after row `after` anew; the last row it saw, if any.
pub(super) fn reseal_in(
    tx: &mut WriteTx<'_>,
    vault: &Vault,
    current: u32,
    after: i64,
    limit: u32,
) -> Result<Option<i64>> {
    let rows = store::mail::list_sealed(tx, after, limit)?;
    let last = rows.last().map(|(key, ..)| *key);
    for (key, id, sealed) in rows.into_iter().filter(|(.., sealed)| Vault::key_of(sealed) != Some(current)) {
        let secret = vault.open_sealed(&place(&id), &sealed)?;
        let again = vault.seal(&place(&id), &secret, tx.random())?;
        store::mail::update_sealed(tx, key, &again)?;
    }
    Ok(last)
}

fn place(id: &MailId) -> Place<'_> {
    Place { table: "mail", row: id.as_str(), column: "sealed" }
}
