//! Ways to move money, and the card readers that belong to them.

use super::id::{ProcessorId, TerminalId};
use super::time::Timestamp;

/// An account at a processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessorAccount {
    /// The id.
    pub id: ProcessorId,
    /// Which implementation: "simulator".
    pub kind: String,
    /// What the merchant calls it.
    pub name: String,
    /// Whether it takes what names no processor.
    pub is_default: bool,
    /// Whether it takes new charges.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A card reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The id.
    pub id: TerminalId,
    /// Who takes its charges.
    pub processor_id: ProcessorId,
    /// "dejavoo".
    pub manufacturer: String,
    /// "z11".
    pub model: String,
    /// As on its back.
    pub serial_number: String,
    /// The terminal profile number the processor knows it by.
    pub tpn: String,
    /// Where it stands.
    pub description: String,
    /// Whether it takes charges.
    pub is_active: bool,
    /// The processor's key of it.
    pub auth_key: String,
    /// The till.
    pub register_id: String,
    /// Whether its batch settles by itself.
    pub auto_settle: bool,
    /// When, `HH:MM:SS`.
    pub settle_at: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
