//! The colour of a statement, and the boxes that make one.

/// How a status or notice is meant; the sheet gives each its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say about it.
    Neutral,
    /// Done, paid, healthy.
    Good,
    /// Needs attention soon.
    Warn,
    /// Failed, overdue, declined.
    Bad,
    /// For information.
    Info,
}

impl Tone {
    /// The class of a pill or notice.
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Good => "tone-good",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
            Self::Info => "tone-info",
        }
    }

    /// The class of plain text.
    pub fn text_class(self) -> &'static str {
        match self {
            Self::Neutral | Self::Info => "quiet",
            Self::Good => "text-good",
            Self::Warn => "text-warn",
            Self::Bad => "text-bad",
        }
    }

    /// Whether a screen reader should be interrupted by it.
    pub fn is_urgent(self) -> bool {
        matches!(self, Self::Bad | Self::Warn)
    }
}

/// A boxed statement: a decline, an error, a piece of information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// What happened, in one short sentence.
    pub title: String,
    /// What to do next; may be empty.
    pub text: String,
}

impl Notice {
    /// A notice from its three parts.
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into() }
    }
}
