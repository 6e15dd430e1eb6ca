//! The job `send_mails`: hands queued mails to the relay, at least once.
//!
//! A mail is marked as sent after the relay took it. A crash between the two hands it over once more, with the same
//! Message-ID.

use serde_json::json;

use super::super::{App, Caller, event};
use super::Written;
use crate::domain::event::Topic;
use crate::domain::mail::Mail;
use crate::domain::time::MINUTE;
use crate::error::Result;
use crate::limits;
use crate::outbound::smtp::{Conversation, NotTaken, Outgoing};
use crate::store::mail::Body;
use crate::store::{self, WriteTx};

/// How long all mails wait after the relay took none, microseconds; the one that was tried waits longer each time.
const DOWN: i64 = MINUTE;

impl App {
    /// Delivers queued mails whose time has come, at most [`limits::MAILS_PER_RUN`]; without a relay they are kept.
    /// Answers how many were sent or kept.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) async fn mails_send(&self, caller: &Caller) -> Result<usize> {
        let now = self.now();
        let Some(relay) = self.relay().cloned() else {
            return self.store().write(move |tx| store::mail::keep_due(tx, now)).await;
        };
        let due = self.store().read(|tx| store::mail::list_due(tx, now, limits::MAILS_PER_RUN))?;
        let (company, conversation) = (self.company()?, relay.open());
        let mut sent = 0;
        for (mail, body) in due {
            let outcome = self.mail_hand_over(&conversation, &company.name, &company.email, &mail, body).await?;
            let is_down = matches!(outcome, Err(NotTaken::RelayDown(_)));
            sent += usize::from(outcome.is_ok());
            self.checkpoint("mail.handed_over")?;
            let caller = caller.clone();
            self.store().write(move |tx| mark_in(tx, &caller, &mail, outcome)).await?;
            if is_down {
                break;
            }
        }
        Ok(sent)
    }

    async fn mail_hand_over(
        &self,
        conversation: &Conversation<'_>,
        sender: &str,
        reply_to: &str,
        mail: &Mail,
        body: Body,
    ) -> Result<std::result::Result<(), NotTaken>> {
        let Some(Written { subject, text, html }) = self.mail_written(mail, body)? else {
            return Ok(Err(NotTaken::Never("what it said was erased".to_owned())));
        };
        let outgoing = Outgoing {
            id: mail.id.as_str(),
            to: &mail.to,
            sender,
            reply_to,
            subject: &subject,
            text: &text,
            html: &html,
            at: mail.created_at,
        };
        Ok(conversation.send(&outgoing).await)
    }
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
        Err(NotTaken::Never(why)) => (why, None),
        Err(NotTaken::Later(why)) => (why, mail.retry_at(tx.now())),
        Err(NotTaken::RelayDown(why)) => {
            let until = tx.now().plus(DOWN);
            store::mail::postpone_due(tx, until)?;
            (why, mail.retry_at(tx.now()))
        }
    };
    match retry_at {
        Some(at) => store::mail::set_retry(tx, &mail.id, at, &why),
        None => {
            tracing::warn!(mail = mail.id.as_str(), kind = mail.kind, why, "a mail was given up");
            store::mail::set_failed(tx, &mail.id, &why)?;
            let facts = json!({ "kind": mail.kind, "reason": why });
            event::emit(tx, caller, Topic::MailFailed, mail.id.as_str(), &facts)
        }
    }
}
