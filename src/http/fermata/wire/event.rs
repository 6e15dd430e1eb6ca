//! Usage events.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::balance::TreasuryBalance;
use super::{Amount, Instant, denomination, given, instant, metadata, value_of};
use crate::app::usage_event::{NewState, RecordUsage};
use crate::domain::currency::Denomination;
use crate::domain::id::CompanyId;
use crate::domain::usage_event::{CancelReason, Cost, EventState, EventType, UsageEvent};
use crate::error::{Error, Result};

/// The type of an event that only moves a balance.
const ADJUSTMENT: &str = "adjustment";

/// What becomes of an event at once.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AskedState {
    /// Its costs are taken.
    #[default]
    #[serde(alias = "completed")]
    Complete,
    /// Its costs are reserved, for an hour at most.
    Pending,
    /// It is recorded, without effect.
    Cancelled,
}

impl From<AskedState> for NewState {
    fn from(state: AskedState) -> Self {
        match state {
            AskedState::Complete => Self::Complete,
            AskedState::Pending => Self::Pending,
            AskedState::Cancelled => Self::Cancelled,
        }
    }
}

/// What a pending event becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FinalState {
    /// Its costs are taken.
    #[serde(alias = "completed")]
    Complete,
    /// Nothing is taken.
    Cancelled,
}

/// The end of a pending event.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventEnd {
    /// What it becomes.
    pub state: FinalState,
}

/// The older spelling of a cost.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostOverride {
    /// What the whole event takes; below zero it gives.
    #[schema(value_type = Amount)]
    amount: i64,
    /// From which balance.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: String,
}

/// Something that a customer did.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTreasuryEvent {
    /// What.
    #[serde(rename = "type")]
    #[schema(pattern = r"^[A-Za-z0-9_.:-]{1,64}$", example = "CHAT")]
    kind: String,
    /// How often.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64, example = 1)]
    quantity: i64,
    /// What the whole event takes, whatever the quantity and the prices; below zero it gives.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Amount)]
    cost_override_amount: Option<i64>,
    /// From which balance.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    cost_override_denomination: Option<String>,
    /// The older spelling of both.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = CostOverride)]
    cost_override: Option<CostOverride>,
    /// What becomes of it at once.
    #[serde(default)]
    state: AskedState,
    /// Whether balances must cover it.
    #[serde(default)]
    #[schema(example = true)]
    gate_on_balance: bool,
    /// Any JSON value, at most 16 kB.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Value)]
    metadata: Option<Value>,
}

impl NewTreasuryEvent {
    /// The command.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn into_command(self) -> Result<RecordUsage> {
        let Self { kind, quantity, cost_override_amount, cost_override_denomination, .. } = self;
        let cost = match (cost_override_amount, cost_override_denomination, self.cost_override) {
            (None, None, None) => None,
            (Some(amount), Some(text), None) => {
                Some(Cost { amount, denomination: denomination("cost_override_denomination", &text)? })
            }
            (None, None, Some(CostOverride { amount, denomination: text })) => {
                Some(Cost { amount, denomination: denomination("cost_override.denomination", &text)? })
            }
            (Some(_), None, None) => {
                return Err(Error::invalid("cost_override_denomination", "is required with cost_override_amount"));
            }
            (None, Some(_), None) => {
                return Err(Error::invalid("cost_override_amount", "is required with cost_override_denomination"));
            }
            (_, _, Some(_)) => return Err(Error::invalid("cost_override", "is the older spelling: give one of both")),
        };
        Ok(RecordUsage {
            kind: event_type("type", &kind)?,
            quantity: at_least_one(quantity)?,
            cost,
            state: self.state.into(),
            gate_on_balance: self.gate_on_balance,
            metadata_json: metadata(self.metadata)?,
        })
    }
}

/// An event that adds to one balance, or takes from it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBalanceEvent {
    /// What to add; below zero it takes.
    #[schema(value_type = Amount)]
    amount: i64,
    /// What was done.
    #[serde(default, rename = "type", deserialize_with = "given")]
    #[schema(value_type = String, pattern = r"^[A-Za-z0-9_.:-]{1,64}$", example = "adjustment")]
    kind: Option<String>,
    /// How often.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64, example = 1)]
    quantity: i64,
    /// What becomes of it at once.
    #[serde(default)]
    state: AskedState,
    /// Whether the balance must cover it.
    #[serde(default)]
    #[schema(example = true)]
    gate_on_balance: bool,
    /// Any JSON value, at most 16 kB.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Value)]
    metadata: Option<Value>,
}

impl NewBalanceEvent {
    /// The command, for the balance in `denomination`.
    ///
    /// # Errors
    /// `Invalid` naming the member; out of range where what it takes is no amount.
    pub fn into_command(self, denomination: &Denomination) -> Result<RecordUsage> {
        let amount = self.amount.checked_neg().ok_or_else(|| Error::out_of_range(Some("amount")))?;
        Ok(RecordUsage {
            kind: event_type("type", self.kind.as_deref().unwrap_or(ADJUSTMENT))?,
            quantity: at_least_one(self.quantity)?,
            cost: Some(Cost { amount, denomination: denomination.clone() }),
            state: self.state.into(),
            gate_on_balance: self.gate_on_balance,
            metadata_json: metadata(self.metadata)?,
        })
    }
}

/// A type of event, as a member or a part of a path names it.
pub fn event_type(field: &str, text: &str) -> Result<EventType> {
    EventType::parse(text).ok_or_else(|| Error::invalid(field, "must be 1 to 64 of A-Z a-z 0-9 _ . : -"))
}

fn at_least_one(quantity: i64) -> Result<i64> {
    if quantity >= 1 { Ok(quantity) } else { Err(Error::invalid("quantity", "must be 1 or more")) }
}

fn one() -> i64 {
    1
}

/// What an event takes from one balance.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventCost {
    /// Which balance.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: String,
    /// Units; below zero it gives.
    #[schema(value_type = Amount)]
    amount: i64,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryEvent {
    /// Its id.
    #[schema(pattern = r"^e_[A-Za-z0-9._^-]+$", example = "e_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// Whose.
    #[schema(pattern = r"^a_[A-Za-z0-9._^-]+$", example = "a_0Qk1s3bTz8Yw2LmN")]
    account_id: String,
    /// The company's id.
    #[schema(pattern = r"^c_[A-Za-z0-9._^-]+$", example = "c_0Qk1s3bTz8Yw2LmN")]
    company_id: String,
    /// What was done.
    #[serde(rename = "type")]
    #[schema(pattern = r"^[A-Za-z0-9_.:-]{1,64}$", example = "CHAT")]
    kind: String,
    /// How often.
    #[schema(value_type = Amount)]
    quantity: i64,
    /// What the caller gave.
    metadata: Value,
    /// What it is.
    #[schema(pattern = "^(pending|complete|cancelled|gated)$", example = "complete")]
    state: String,
    /// Whether balances had to cover it.
    #[schema(example = true)]
    gate_on_balance: bool,
    /// What it costs, by denomination.
    #[schema(max_items = 10000)]
    costs: Vec<EventCost>,
    /// Why it is cancelled.
    #[schema(pattern = "^(requested|expired)$", example = "expired")]
    cancel_reason: Option<String>,
    /// When it expires, while it is pending.
    #[schema(value_type = Option<Instant>)]
    expires_at: Option<String>,
    /// When it became final.
    #[schema(value_type = Option<Instant>)]
    finished_at: Option<String>,
    /// When it was made.
    #[schema(value_type = Instant)]
    created_at: String,
    /// When it last changed.
    #[schema(value_type = Option<Instant>)]
    updated_at: Option<String>,
}

impl TreasuryEvent {
    /// The event of `company`.
    pub fn of(event: UsageEvent, company: &CompanyId) -> Self {
        let expires_at = event.expires_at().map(instant);
        let UsageEvent {
            key: _, // its place in lists
            id,
            customer_id,
            kind,
            quantity,
            costs,
            gate_on_balance,
            metadata_json,
            state,
            cancel_reason,
            refusal: _, // told where it is refused
            created_at,
            finished_at,
            updated_at,
        } = event;
        let cost = |Cost { denomination, amount }| EventCost { denomination: denomination.as_str().to_owned(), amount };
        Self {
            id: format!("e_{id}"),
            account_id: format!("a_{customer_id}"),
            company_id: format!("c_{company}"),
            kind: kind.as_str().to_owned(),
            quantity,
            metadata: value_of(&metadata_json),
            state: state.as_str().to_owned(),
            gate_on_balance,
            costs: costs.into_iter().map(cost).collect(),
            cancel_reason: cancel_reason.map(|reason: CancelReason| reason.as_str().to_owned()),
            expires_at,
            finished_at: finished_at.map(instant),
            created_at: instant(created_at),
            updated_at: updated_at.map(instant),
        }
    }
}

/// An event and the balance of its first cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventWithBalance {
    /// The event.
    #[serde(flatten)]
    pub event: TreasuryEvent,
    /// The balance; null where nothing has a price.
    pub balance: Option<TreasuryBalance>,
}

/// One of several events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBrief {
    /// Its id.
    #[schema(pattern = r"^e_[A-Za-z0-9._^-]+$", example = "e_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// What it is.
    #[schema(pattern = "^(pending|complete|cancelled|gated)$", example = "complete")]
    state: String,
}

/// What became of several events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsSubmitted {
    /// How many there were.
    #[schema(value_type = Amount)]
    events_submitted: usize,
    /// How many of them a balance did not cover.
    #[schema(value_type = Amount)]
    events_gated: usize,
    /// Each, in their order.
    #[schema(max_items = 1000)]
    events: Vec<EventBrief>,
}

impl From<Vec<UsageEvent>> for EventsSubmitted {
    fn from(events: Vec<UsageEvent>) -> Self {
        let gated = events.iter().filter(|event| event.state == EventState::Gated).count();
        let brief =
            |event: UsageEvent| EventBrief { id: format!("e_{}", event.id), state: event.state.as_str().to_owned() };
        Self { events_submitted: events.len(), events_gated: gated, events: events.into_iter().map(brief).collect() }
    }
}
