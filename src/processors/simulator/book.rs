//! The simulated bank's truth: an append-only book of what it was asked and did, apart from the database.
//!
//! A file holds one JSON line per effect, written and flushed to the operating system before the answer leaves. It is
//! not synced: after a power cut (not after a crash) the last lines may be missing, as no real bank would forget them.
//! A line cut short by a crash is dropped on opening. No line holds a whole card number or account number.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::table::{Ruling, rule};
use crate::domain::card::{CardNumber, Expiry};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::processors::{Hardness, Instrument, OperationKind, Request};

/// What the bank keeps of a request: nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) reference: String,
    pub(super) operation: OperationKind,
    pub(super) of: Option<String>,
    #[serde(with = "money_text")]
    pub(super) amount: Money,
    /// "card", "bank_account", "terminal" or "earlier".
    pub(super) instrument: String,
    /// The instrument as people may see it: masked number and expiry.
    pub(super) shown: String,
    pub(super) ruling: Ruling,
    /// Electronic commerce indicator of a wallet's card.
    #[serde(default)]
    pub(super) eci: Option<String>,
}

impl Draft {
    pub(super) fn new(request: &Request) -> Self {
        Self {
            reference: request.reference.clone(),
            operation: request.operation.kind(),
            of: request.operation.of().map(str::to_owned),
            amount: request.amount,
            instrument: request.instrument.kind().to_owned(),
            shown: shown(&request.instrument),
            ruling: rule(request).0,
            eci: request.proof.as_ref().map(|proof| proof.eci.clone()),
        }
    }

    /// Whether the two ask for the same. The security code and the address are not compared: a resend may lack them.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        let content = |draft: &Self| (draft.operation, draft.of.clone(), draft.amount, draft.shown.clone());
        content(self) == content(other)
    }
}

fn shown(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Card { number, expiry, .. } => masked(number, *expiry),
        Instrument::Read(read) => read.card().map(|(number, expiry)| masked(&number, expiry)).unwrap_or_default(),
        Instrument::BankAccount { routing, account, .. } => format!("{routing} {}", account.masked()),
        Instrument::Terminal { tpn } => tpn.clone(),
        Instrument::Apm { kind } => kind.clone(),
        Instrument::Earlier => String::new(),
    }
}

fn masked(number: &CardNumber, expiry: Expiry) -> String {
    format!("{} {}", number.masked(), expiry.to_mm_yy())
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Event {
    /// A handle was given out.
    Prepared,
    /// The request is on its way and lands at the line's instant.
    Stuck { handle: Option<String> },
    /// The stuck request landed without an effect of its own.
    Landed,
    /// The charge waits for the customer.
    Waiting,
    /// Money moved or was held: so many minor units, of which so many are a tip.
    Approved { minor: i64, tip_minor: Option<i64>, code: u16, processor_code: String, processor_text: String },
    /// Refused.
    Declined { code: u16, hardness: Hardness, processor_code: String, processor_text: String },
}

impl Event {
    pub(super) fn is_answer(&self) -> bool {
        matches!(self, Self::Waiting | Self::Approved { .. } | Self::Declined { .. })
    }
}

/// One line of the book.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) handle: String,
    #[serde(with = "timestamp_text")]
    pub(super) at: Timestamp,
    /// The line of the stuck request that this one settles.
    pub(super) lands: Option<usize>,
    pub(super) event: Event,
    pub(super) draft: Draft,
}

impl Line {
    pub(super) fn is_approved(&self) -> bool {
        matches!(self.event, Event::Approved { .. })
    }

    /// What was approved, minor units.
    pub(super) fn approved_minor(&self) -> i64 {
        match self.event {
            Event::Approved { minor, .. } => minor,
            _ => 0,
        }
    }
}

/// The lines, indexed by what is asked of them.
#[derive(Default)]
pub(super) struct Book {
    lines: Vec<Line>,
    by_reference: BTreeMap<String, Vec<usize>>,
    by_handle: BTreeMap<String, Vec<usize>>,
    /// Approved captures, voids, refunds and adjustments by the handle of the approval they go back to.
    by_root: BTreeMap<String, Vec<usize>>,
    stuck: Vec<usize>,
    file: Option<BookFile>,
}

struct BookFile {
    file: File,
    /// Bytes of whole lines; a failed write may have left more behind.
    length: u64,
}

impl Book {
    /// Reads the book at `path`, or begins it.
    ///
    /// # Errors
    /// The file cannot be opened, or a whole line of it cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let inside = |error: std::io::Error| Error::internal(format!("simulator book {}: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(inside)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(inside)?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |last| last.saturating_add(1));
        let mut book = Self::default();
        for (number, text) in bytes.get(..whole).unwrap_or_default().split(|b| *b == b'\n').enumerate() {
            if text.is_empty() {
                continue;
            }
            let line = serde_json::from_slice(text).map_err(|error| {
                Error::internal(format!(
                    "simulator book {}, line {}: {error}",
                    path.display(),
                    number.saturating_add(1)
                ))
            })?;
            book.index(line);
        }
        let length = u64::try_from(whole).unwrap_or(u64::MAX);
        book.file = Some(BookFile { file, length });
        Ok(book)
    }

    /// Writes `line` to the file, then believes it.
    ///
    /// # Errors
    /// The file could not be written: nothing happened.
    pub(super) fn append(&mut self, line: Line) -> std::io::Result<usize> {
        if let Some(file) = &mut self.file {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            file.append(&text)?;
        }
        Ok(self.index(line))
    }

    fn index(&mut self, line: Line) -> usize {
        let at = self.lines.len();
        if let Some(settled) = line.lands {
            self.stuck.retain(|stuck| *stuck != settled);
        }
        match line.event {
            Event::Stuck { .. } => self.stuck.push(at),
            Event::Landed => {}
            _ => self.by_handle.entry(line.handle.clone()).or_default().push(at),
        }
        self.by_reference.entry(line.draft.reference.clone()).or_default().push(at);
        if let (Some(of), true) = (&line.draft.of, line.is_approved()) {
            let root = self.root(of).map_or_else(|| of.clone(), |root| root.handle.clone());
            self.by_root.entry(root).or_default().push(at);
        }
        self.lines.push(line);
        at
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn line(&self, at: usize) -> Option<&Line> {
        self.lines.get(at)
    }

    /// The lines of a reference, oldest first.
    pub(super) fn of_reference(&self, reference: &str) -> impl DoubleEndedIterator<Item = (usize, &Line)> {
        self.pick(self.by_reference.get(reference))
    }

    /// The lines of a handle, oldest first.
    pub(super) fn of_handle(&self, handle: &str) -> impl DoubleEndedIterator<Item = (usize, &Line)> {
        self.pick(self.by_handle.get(handle))
    }

    /// Approved captures, voids, refunds and adjustments that go back to the approval `root`.
    pub(super) fn follow_ups(&self, root: &str) -> impl DoubleEndedIterator<Item = (usize, &Line)> {
        self.pick(self.by_root.get(root))
    }

    fn pick<'a>(&'a self, at: Option<&'a Vec<usize>>) -> impl DoubleEndedIterator<Item = (usize, &'a Line)> {
        at.into_iter().flatten().filter_map(|at| Some((*at, self.lines.get(*at)?)))
    }

    /// The approval that `handle` names; for a capture, the authorization it captured.
    pub(super) fn root(&self, handle: &str) -> Option<&Line> {
        let (_, line) = self.of_handle(handle).find(|(_, line)| line.is_approved())?;
        match (&line.draft.of, line.draft.operation) {
            (Some(of), OperationKind::Capture) => {
                self.of_handle(of).map(|(_, line)| line).find(|line| line.is_approved())
            }
            _ => Some(line),
        }
    }

    /// Requests still on their way, in order of landing.
    pub(super) fn stuck(&self) -> Vec<usize> {
        let mut stuck = self.stuck.clone();
        stuck.sort_by_key(|at| (self.lines.get(*at).map(|line| line.at), *at));
        stuck
    }

    /// A handle no line has: it follows from the reference and the length of the book.
    pub(super) fn new_handle(&self, reference: &str) -> String {
        let digest = Sha256::new().chain_update(self.lines.len().to_le_bytes()).chain_update(reference).finalize();
        format!("sim_{}", hex::encode(digest.get(..12).unwrap_or_default()))
    }
}

impl BookFile {
    /// What an earlier failed write left behind is overwritten; a rest of it has no line end and is dropped on opening.
    fn append(&mut self, text: &[u8]) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(text)?;
        self.file.flush()?;
        self.length = self.length.saturating_add(u64::try_from(text.len()).unwrap_or(0));
        Ok(())
    }
}

/// Money as `[minor, "USD"]`.
mod money_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use crate::domain::currency::Currency;
    use crate::domain::money::Money;

    pub(super) fn serialize<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
        (money.minor(), money.currency().code()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        let (minor, code) = <(i64, String)>::deserialize(deserializer)?;
        let currency = Currency::parse(&code).ok_or_else(|| D::Error::custom("unknown currency"))?;
        Money::new(minor, currency).map_err(D::Error::custom)
    }
}

/// Instants as microseconds.
mod timestamp_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::time::Timestamp;

    pub(super) fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(instant.as_micros())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_micros)
    }
}
