//! The job `send_mails`: hands queued mails to the relay, at least once.
//!
//! A mail is marked as sent after the relay took it. A crash between the two hands it over once more, with the same
//! Message-ID.

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::super::{App, Caller, event};
use super::Written;
use crate::domain::company::Company;
use crate::domain::event::Topic;
use crate::domain::mail::{Mail, MailStatus};
use crate::domain::time::MINUTE;
use crate::error::Result;
use crate::limits;
use crate::outbound::smtp::{Conversation, NotTaken, Outgoing};
use crate::store::mail::Body;
use crate::store::{self, WriteTx};

/// How long all mails wait after the relay took none, microseconds; those that were tried wait longer each time.
const DOWN: i64 = MINUTE;

impl App {
    /// Delivers queued mails whose time has come; without a relay they are kept. Answers how many were sent or kept.
    ///
    /// The first mail of each page goes alone and shows whether the relay takes any; the others follow a few at a time.
    /// One run at a time: two would hand the same mails over twice.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) async fn mails_send(&self, caller: &Caller) -> Result<usize> {
        let _alone = self.mailing().lock().await;
        let now = self.now();
        let Some(relay) = self.relay().cloned() else {
            return self.store().write(move |tx| store::mail::keep_due(tx, now)).await;
        };
        let run = Run { caller, conversation: relay.open(limits::MAILS_IN_FLIGHT_MAX), company: self.company()? };
        let mut sent = 0;
        loop {
            let mut due = self.store().read(|tx| store::mail::list_due(tx, now, limits::MAILS_PAGE_MAX))?.into_iter();
            let Some(first) = due.next() else { return Ok(sent) };
            let is_down = AtomicBool::new(false);
            sent += usize::from(self.mail_try(&run, first, &is_down).await?);
            let tries = due.map(|queued| self.mail_try(&run, queued, &is_down));
            let mut outcomes = stream::iter(tries).buffer_unordered(limits::MAILS_IN_FLIGHT_MAX);
            while let Some(is_sent) = outcomes.next().await {
                sent += usize::from(is_sent?);
            }
            if is_down.load(Ordering::Relaxed) {
                return Ok(sent);
            }
        }
    }

    /// Hands one mail over and writes down what came of it, unless the relay is down; whether it was taken.
    async fn mail_try(&self, run: &Run<'_>, (mail, body): (Mail, Body), is_down: &AtomicBool) -> Result<bool> {
        if is_down.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let outcome = self.mail_hand_over(run, &mail, body).await;
        if matches!(outcome, Err(NotTaken::RelayDown(_))) {
            is_down.store(true, Ordering::Relaxed);
        }
        let is_sent = outcome.is_ok();
        self.checkpoint("mail.handed_over")?;
        let caller = run.caller.clone();
        self.store().write(move |tx| mark_in(tx, &caller, &mail, outcome)).await?;
        Ok(is_sent)
    }

    async fn mail_hand_over(&self, run: &Run<'_>, mail: &Mail, body: Body) -> std::result::Result<(), NotTaken> {
        let Written { subject, text, html } = match self.mail_written(mail, body) {
            Ok(Some(written)) => written,
            Ok(None) => return Err(NotTaken::Unwritable("what it said was erased".to_owned())),
            Err(why) => {
                // Those behind it are sent all the same.
                tracing::error!(mail = mail.id.as_str(), error = ?why, "a mail cannot be read");
                return Err(NotTaken::Later("it cannot be read, see the server's log".to_owned()));
            }
        };
        let outgoing = Outgoing {
            id: mail.id.as_str(),
            to: &mail.to,
            sender: &run.company.name,
            reply_to: &run.company.email,
            subject: &subject,
            text: &text,
            html: &html,
            at: mail.created_at,
        };
        run.conversation.send(&outgoing).await
    }
}

/// What the mails of one run have in common.
struct Run<'r> {
    caller: &'r Caller,
    conversation: Conversation<'r>,
    company: Company,
}

fn mark_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mail: &Mail,
    outcome: std::result::Result<(), NotTaken>,
) -> Result<()> {
    let (why, retry_at) = match outcome {
        Ok(()) => {
            if store::mail::set_sent(tx, &mail.id)? {
                event::emit(tx, caller, Topic::MailSent, mail.id.as_str(), &json!({ "kind": mail.kind }))?;
            }
            return Ok(());
        }
        Err(NotTaken::Refused(why)) => {
            return end_in(tx, caller, mail, (MailStatus::Bounced, Topic::MailBounced), &why);
        }
        Err(NotTaken::Unwritable(why)) => (why, None),
        Err(NotTaken::Later(why)) => (why, mail.retry_at(tx.now())),
        Err(NotTaken::RelayDown(why)) => {
            let until = tx.now().plus(DOWN);
            store::mail::postpone_due(tx, until)?;
            (why, mail.retry_at(tx.now()))
        }
    };
    match retry_at {
        Some(at) => store::mail::set_retry(tx, &mail.id, at, &why),
        None => end_in(tx, caller, mail, (MailStatus::Failed, Topic::MailFailed), &why),
    }
}

/// It will not be delivered; who looks at the feed or the list sees why.
fn end_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mail: &Mail,
    (end, topic): (MailStatus, Topic),
    why: &str,
) -> Result<()> {
    tracing::warn!(mail = mail.id.as_str(), kind = mail.kind, end = end.as_str(), why, "a mail was not delivered");
    store::mail::set_undelivered(tx, &mail.id, end, why)?;
    event::emit(tx, caller, topic, mail.id.as_str(), &json!({ "kind": mail.kind, "reason": why }))
}
