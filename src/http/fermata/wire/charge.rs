//! Charges of cards for prepaid units.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Amount, Instant, instant};
use crate::domain::currency::Denomination;
use crate::domain::prepaid_charge::PrepaidCharge;

/// One attempt of a charge.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryCharge {
    /// Its id.
    #[schema(pattern = r"^t_[A-Za-z0-9._^-]+$", example = "t_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// Whose card.
    #[schema(pattern = r"^a_[A-Za-z0-9._^-]+$", example = "a_0Qk1s3bTz8Yw2LmN")]
    account_id: String,
    /// What for.
    #[schema(pattern = "^(deposit|auto_refill|plan_attach|plan_renewal|plan_change|overage)$", example = "deposit")]
    kind: String,
    /// What is bought.
    #[schema(max_length = 32, example = "credits")]
    denomination: Option<String>,
    /// Minor units of the company's currency.
    #[schema(value_type = Amount)]
    usd_charge: i64,
    /// What became of it.
    #[schema(pattern = "^(confirming|succeeded|declined)$", example = "succeeded")]
    status: String,
    /// Why it was declined.
    #[schema(max_length = 40, example = "card_declined")]
    decline_code: Option<String>,
    /// Whether another try may succeed.
    #[schema(pattern = "^(soft|hard)$", example = "soft")]
    decline_kind: Option<String>,
    /// The instant it is for; null where a request made it.
    #[schema(value_type = Option<Instant>)]
    due_at: Option<String>,
    /// Which try it is.
    #[schema(minimum = 1, maximum = 4_294_967_295_i64, example = 1)]
    attempt: u32,
    /// When it was made.
    #[schema(value_type = Instant)]
    created_at: String,
    /// When it last changed.
    #[schema(value_type = Option<Instant>)]
    updated_at: Option<String>,
}

impl From<PrepaidCharge> for TreasuryCharge {
    fn from(charge: PrepaidCharge) -> Self {
        let PrepaidCharge {
            transaction_id,
            customer_id,
            kind,
            source_id: _, // ours
            denomination,
            due_at,
            attempt,
            amount,
            status,
            decline,
            created_at,
            updated_at,
        } = charge;
        Self {
            id: format!("t_{transaction_id}"),
            account_id: format!("a_{customer_id}"),
            kind: kind.as_str().to_owned(),
            denomination: denomination.as_ref().map(|unit: &Denomination| unit.as_str().to_owned()),
            usd_charge: amount.minor(),
            status: status.as_str().to_owned(),
            decline_code: decline.map(|decline| decline.word().to_owned()),
            decline_kind: decline.map(|decline| decline.kind().to_owned()),
            due_at: due_at.map(instant),
            attempt,
            created_at: instant(created_at),
            updated_at: updated_at.map(instant),
        }
    }
}
