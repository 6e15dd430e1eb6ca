//! A mail to a person, and how long its delivery is tried.

use super::id::MailId;
use super::time::{DAY, HOUR, MINUTE, Timestamp};

/// A mail that was not delivered a day after it was queued is given up, microseconds.
const GIVEN_UP_AFTER: i64 = DAY;
/// How long to wait after the first, second, … try that failed; then an hour each time.
const WAITS: [i64; 3] = [MINUTE, 5 * MINUTE, 15 * MINUTE];

/// A mail of the outbox, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The id; its Message-ID follows from it, so that a mail that arrives twice is recognised.
    pub id: MailId,
    /// What it says: `user.password_reset`.
    pub kind: String,
    /// The noun it is about: `user`.
    pub about_kind: String,
    /// The id of that noun.
    pub about_id: String,
    /// Tells two mails of one kind about one thing apart; "" where there is only one.
    pub step: String,
    /// Whom it is to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Whether its body carries something that opens a door: sealed at rest, erased after delivery.
    pub is_secret: bool,
    /// Where it stands.
    pub status: MailStatus,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, while it is queued.
    pub send_at: Timestamp,
    /// Why the last try failed; "" where none did.
    pub last_error: String,
    /// When the relay took it.
    pub sent_at: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
}

impl Mail {
    /// When to try again after a try that failed at `now`; `None` gives the mail up.
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        if now.since(self.created_at) >= GIVEN_UP_AFTER {
            return None;
        }
        let failed = usize::try_from(self.attempts).unwrap_or(usize::MAX);
        Some(now.plus(WAITS.get(failed).copied().unwrap_or(HOUR)))
    }
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStatus {
    /// Waits for its delivery.
    Queued,
    /// The relay took it.
    Sent,
    /// The relay refused it for good.
    Bounced,
    /// Given up: it could not be written, or nobody took it for a day.
    Failed,
    /// There was no relay to give it to; it is read here.
    Kept,
}

impl MailStatus {
    /// The word in rows and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
            Self::Kept => "kept",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Queued, Self::Sent, Self::Bounced, Self::Failed, Self::Kept];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_for_a_day() {
        let made = Timestamp::from_micros(1_700_000_000_000_000);
        let mut mail = Mail {
            id: MailId::from_parts(made, 1),
            kind: "k".to_owned(),
            about_kind: "user".to_owned(),
            about_id: "u".to_owned(),
            step: String::new(),
            to: "a@b.example".to_owned(),
            subject: "s".to_owned(),
            is_secret: false,
            status: MailStatus::Queued,
            attempts: 0,
            send_at: made,
            last_error: String::new(),
            sent_at: None,
            created_at: made,
        };
        let mut waits = Vec::new();
        while let Some(next) = mail.retry_at(mail.send_at) {
            waits.push(next.since(mail.send_at));
            (mail.send_at, mail.attempts) = (next, mail.attempts + 1);
        }
        assert_eq!(waits[..5], [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, HOUR]);
        assert!((DAY..DAY + HOUR).contains(&mail.send_at.since(made)), "{:?}", mail.send_at);
        assert_eq!(mail.retry_at(made.plus(GIVEN_UP_AFTER - 1)), Some(made.plus(GIVEN_UP_AFTER - 1 + HOUR)));
        assert_eq!(mail.retry_at(made.plus(GIVEN_UP_AFTER)), None);
    }
}
