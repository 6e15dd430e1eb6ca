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

impl Terminal {
    /// The second of the day at which it settles; midnight where the stored text is no time.
    pub fn settle_second(&self) -> u32 {
        let part =
            |text: Option<&str>, end: u32| text.and_then(|text| text.parse::<u32>().ok()).filter(|part| *part < end);
        let mut parts = self.settle_at.split(':');
        let read = (part(parts.next(), 24), part(parts.next(), 60), part(parts.next(), 60));
        match (read, parts.next()) {
            ((Some(hour), Some(minute), Some(second)), None) => {
                hour.saturating_mul(3_600).saturating_add(minute.saturating_mul(60)).saturating_add(second)
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_settling_is_read_to_the_second() {
        let at = Timestamp::from_micros(0);
        for (text, second) in [
            ("00:00:00", 0),
            ("23:59:59", 86_399),
            ("01:02:03", 3_723),
            ("24:00:00", 0),
            ("12:60:00", 0),
            ("12:00", 0),
            ("12:00:00:00", 0),
            ("", 0),
        ] {
            let terminal = Terminal {
                id: TerminalId::from_parts(at, 1),
                processor_id: ProcessorId::from_parts(at, 2),
                manufacturer: String::new(),
                model: String::new(),
                serial_number: String::new(),
                tpn: String::new(),
                description: String::new(),
                is_active: true,
                auth_key: String::new(),
                register_id: String::new(),
                auto_settle: true,
                settle_at: text.to_owned(),
                created_at: at,
                updated_at: at,
            };
            assert_eq!(terminal.settle_second(), second, "{text}");
        }
    }
}
