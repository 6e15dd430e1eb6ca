//! Terminals as the seed's "Get All Terminals" shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::company::Company;
use crate::domain::terminal as domain;

/// A card reader.
#[derive(Debug, Serialize, ToSchema)]
pub struct Terminal {
    /// The id.
    pub id: String,
    /// The company's id.
    pub merchant_id: String,
    /// "dejavoo".
    pub manufacturer: String,
    /// "z11".
    pub model: String,
    /// As on its back.
    pub serial_number: String,
    /// The number the processor knows it by.
    pub tpn: String,
    /// Where it stands.
    pub description: String,
    /// "active" or "disabled".
    pub status: String,
    /// The processor's key of it.
    pub auth_key: String,
    /// The till.
    pub register_id: String,
    /// Whether its batch settles by itself.
    pub auto_settle: bool,
    /// When, `HH:MM:SS`.
    pub settle_at: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

impl Terminal {
    /// `terminal` of `company` on the wire.
    pub fn of(terminal: domain::Terminal, company: &Company) -> Self {
        let domain::Terminal {
            id,
            processor_id: _, // the seed shows none
            manufacturer,
            model,
            serial_number,
            tpn,
            description,
            is_active,
            auth_key,
            register_id,
            auto_settle,
            settle_at,
            created_at,
            updated_at,
        } = terminal;
        Self {
            id: id.to_string(),
            merchant_id: company.id.to_string(),
            manufacturer,
            model,
            serial_number,
            tpn,
            description,
            status: if is_active { "active" } else { "disabled" }.to_owned(),
            auth_key,
            register_id,
            auto_settle,
            settle_at,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
