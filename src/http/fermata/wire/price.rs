//! Prices of usage events.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Amount;
use crate::domain::usage_event::EventPrice;

/// What one unit costs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrice {
    /// Units of the denomination; below zero it gives.
    #[schema(value_type = Amount)]
    pub amount: i64,
}

/// A price.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryPrice {
    /// Of which events.
    #[schema(pattern = r"^[A-Za-z0-9_.:-]{1,64}$", example = "CHAT")]
    event_type: String,
    /// In which denomination.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: String,
    /// What one unit takes; below zero it gives.
    #[schema(value_type = Amount)]
    amount: i64,
    /// There where the price was taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, example = true)]
    deleted: Option<bool>,
}

impl From<EventPrice> for TreasuryPrice {
    fn from(EventPrice { kind, cost }: EventPrice) -> Self {
        Self {
            event_type: kind.as_str().to_owned(),
            denomination: cost.denomination.as_str().to_owned(),
            amount: cost.amount,
            deleted: None,
        }
    }
}

impl TreasuryPrice {
    /// A price that was taken away.
    pub fn deleted(price: EventPrice) -> Self {
        Self { deleted: Some(true), ..price.into() }
    }
}
