//! Webhooks: where events are told to, what of them, how often it is tried, and what came of each try.
//!
//! The outbox of an endpoint is the event table itself: its `cursor` is the number of the last event it is done with.
//! Order is strict: nothing overtakes a message that is still being tried. That wait is bounded by [`RETRY_AFTER_S`];
//! then the endpoint is disabled and stays where it is, so that enabling it again loses nothing.

use super::event::Topic;
use super::id::{WebhookId, WebhookReplayId};
use super::time::{HOUR, SECOND, Timestamp};

/// Seconds between tries of one message, after the first at once: 75.6 hours in all (Standard Webhooks, "Deliverability
/// and reliability").
pub const RETRY_AFTER_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// A receiver's `Retry-After` is honoured up to this, seconds.
pub const RETRY_AFTER_MAX_S: i64 = 86_400;
/// How long a replaced secret keeps signing beside the new one where the caller says nothing, hours.
pub const PREVIOUS_SECRET_H: u32 = 24;
/// The longest that may be asked for, hours.
pub const PREVIOUS_SECRET_MAX_H: u32 = 168;
/// Topics of one endpoint at most.
pub const TOPICS_MAX: usize = 100;

/// In which dialect an endpoint is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// Standard Webhooks: `{type, timestamp, data, …}`.
    Standard,
    /// The payment gateway's envelope and `Signature`.
    Gateway,
    /// The treasury's (fermata's) body.
    Fermata,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Gateway, Self::Fermata];

    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Gateway => "gateway",
            Self::Fermata => "fermata",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}

/// An endpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where messages go.
    pub url: String,
    /// What the merchant calls it.
    pub description: String,
    /// How they are told.
    pub format: Format,
    /// What is told: a topic ("invoice.paid"), all of a noun ("invoice.*"), everything ("*"), or the dialect's own name
    /// of a type.
    pub topics: Vec<String>,
    /// Why it is told nothing, if it is not: "" where a person switched it off without a word.
    pub disabled: Option<String>,
    /// Sealed secret that signs.
    pub secret_sealed: Vec<u8>,
    /// Sealed secret before the last rotation, which signs too until `previous_until`.
    pub previous_sealed: Option<Vec<u8>>,
    /// Until when.
    pub previous_until: Option<Timestamp>,
    /// Name for HTTP Basic, "" where there is none.
    pub username: String,
    /// Sealed password for HTTP Basic.
    pub password_sealed: Option<Vec<u8>>,
    /// The number of the last event that it is done with.
    pub cursor: i64,
    /// Failed tries of the message it stands at.
    pub tries: u32,
    /// When it is tried again, after a failure.
    pub next_try_at: Option<Timestamp>,
    /// Since when nothing arrives.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last changed it.
    pub updated_at: Timestamp,
}

impl Webhook {
    /// Whether an endpoint with these topics is told of events of a topic of ours, which its dialect calls `name`.
    pub fn wants(&self, topic: &str, name: &str) -> bool {
        self.topics.iter().any(|wanted| wanted == name || topic_fits(wanted, topic))
    }
}

/// Whether `pattern` ("invoice.paid", "invoice.*", "*") covers `topic`.
pub fn topic_fits(pattern: &str, topic: &str) -> bool {
    let noun = pattern.strip_suffix('*').unwrap_or(pattern);
    if noun.len() == pattern.len() { pattern == topic } else { topic.starts_with(noun) }
}

/// Whether `pattern` names a topic of ours: "invoice.paid", "invoice.*" or "*".
pub fn is_topic_pattern(pattern: &str) -> bool {
    pattern == "*"
        || Topic::ALL.iter().any(|topic| {
            let noun = pattern.strip_suffix(".*");
            topic.as_str() == pattern || noun.is_some_and(|noun| topic.noun() == noun)
        })
}

/// Events that are sent once more, in their order, before anything new: the ones after `after_seq` up to `to_seq`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookReplay {
    /// Its id.
    pub id: WebhookReplayId,
    /// To whom.
    pub webhook_id: WebhookId,
    /// The last one that is done.
    pub after_seq: i64,
    /// The last one to send.
    pub to_seq: i64,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// One try of one message, as the log keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookDelivery {
    /// The row's integer key, 0 before it is stored; newer ones are higher.
    pub key: i64,
    /// To whom.
    pub webhook_id: WebhookId,
    /// The event's number, `None` for a test.
    pub seq: Option<i64>,
    /// `webhook-id`: the same on every try.
    pub message_id: String,
    /// The type as it was told.
    pub kind: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// Whether it was sent because a person asked for it again.
    pub is_replay: bool,
    /// When.
    pub at: Timestamp,
    /// How long it took, milliseconds of real time.
    pub duration_ms: u64,
    /// The receiver's status, `None` where no answer came.
    pub status: Option<u16>,
    /// What went wrong on the way, "" where an answer came.
    pub problem: String,
    /// The first bytes of the answer.
    pub answer: String,
}

impl WebhookDelivery {
    /// Whether the receiver has it: a 2xx and nothing else.
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// What follows from a failed try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterFailure {
    /// Tried again then.
    TryAt(Timestamp),
    /// The receiver said it is gone for good (410).
    Gone,
    /// It was tried as often as it may be.
    GivenUp,
}

/// Decides what follows from failed try number `tries` (1 for the first) at `now`.
///
/// `jitter` (any number) takes up to a tenth of the wait away, never adds to it: receivers that fail together are not
/// called together, and nobody waits longer than published.
pub fn after_failure(
    tries: u32,
    status: Option<u16>,
    said_s: Option<u32>,
    now: Timestamp,
    jitter: u16,
) -> AfterFailure {
    if status == Some(410) {
        return AfterFailure::Gone;
    }
    let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(wait_s) = RETRY_AFTER_S.get(index) else { return AfterFailure::GivenUp };
    let permille = 1_000i64.saturating_sub(i64::from(jitter.checked_rem(100).unwrap_or(0)));
    let wait = wait_s.saturating_mul(SECOND).checked_div(1_000).unwrap_or(0).saturating_mul(permille);
    let said = i64::from(said_s.unwrap_or(0)).min(RETRY_AFTER_MAX_S).saturating_mul(SECOND);
    AfterFailure::TryAt(now.plus(wait.max(said)))
}

/// When a secret replaced at `now` stops to sign.
pub fn previous_until(now: Timestamp, hours: u32) -> Timestamp {
    now.plus(i64::from(hours).saturating_mul(HOUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    #[test]
    fn waits_follow_the_published_schedule_and_are_never_longer() {
        for (tries, wait_s) in (1u32..).zip(RETRY_AFTER_S) {
            assert_eq!(after_failure(tries, Some(500), None, NOW, 0), AfterFailure::TryAt(NOW.plus(wait_s * SECOND)));
            let AfterFailure::TryAt(early) = after_failure(tries, None, None, NOW, 99) else { panic!("{tries}") };
            assert_eq!(early, NOW.plus(wait_s * SECOND / 1_000 * 901), "a tenth earlier at most");
        }
        assert_eq!(after_failure(10, Some(500), None, NOW, 0), AfterFailure::GivenUp);
        assert_eq!(RETRY_AFTER_S.iter().sum::<i64>(), 272_105, "75.6 hours");
    }

    #[test]
    fn a_receiver_may_say_gone_or_later() {
        assert_eq!(after_failure(1, Some(410), None, NOW, 0), AfterFailure::Gone);
        for (said, wait_s) in [(Some(60), 60), (Some(1), 5), (Some(u32::MAX), RETRY_AFTER_MAX_S), (None, 5)] {
            assert_eq!(after_failure(1, Some(429), said, NOW, 0), AfterFailure::TryAt(NOW.plus(wait_s * SECOND)));
        }
    }

    #[test]
    fn topics_are_named_or_by_noun_or_all() {
        for (pattern, known, fits) in [
            ("*", true, true),
            ("invoice.*", true, true),
            ("invoice.paid", true, true),
            ("invoice.updated", true, false),
            ("transaction.*", true, false),
            ("invoice", false, false),
            ("inv*", false, true),
            ("invoices.*", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_topic_pattern(pattern), known, "{pattern}");
            assert_eq!(topic_fits(pattern, "invoice.paid"), fits, "{pattern}");
        }
    }
}
