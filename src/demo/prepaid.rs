//! A balance that is paid in advance and spent by the cup.

use super::{Story, impossible};
use crate::app::auto_refill::SetAutoRefill;
use crate::app::deposit::MakeDeposit;
use crate::app::login_link::CreateLoginLink;
use crate::app::usage_event::{NewState, RecordUsage};
use crate::app::{App, Caller};
use crate::domain::auto_refill::{COOLDOWN_MIN_S, RefillTerms};
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::domain::usage_event::{Cost, EventType};
use crate::error::Result;

/// Who drinks them.
pub(super) const GUESTS_OF: &str = "bright-dental";
/// What the balance counts.
const CUPS: &str = "cups";

/// Adds cups to the customer's balance.
pub(super) async fn deposit(story: &Story<'_>, customer: &str, amount: i64) -> Result<()> {
    let (customer_id, denomination) = whose(customer)?;
    let command =
        MakeDeposit { customer_id, denomination: Some(denomination), amount, charge: 0, charge_against: None };
    story.app.deposit_make(story.caller, command).await?;
    Ok(())
}

/// Lets `amount` cups be bought for `minor` when `threshold` or fewer are left.
pub(super) async fn refill(story: &Story<'_>, customer: &str, threshold: i64, amount: i64, minor: i64) -> Result<()> {
    let (customer_id, denomination) = whose(customer)?;
    let terms = RefillTerms {
        threshold: Some(threshold),
        amount,
        charge_minor: minor,
        is_monthly: false,
        cap_minor: None,
        cooldown_s: COOLDOWN_MIN_S,
    };
    let command = SetAutoRefill { customer_id, denomination, terms, is_enabled: true };
    story.app.auto_refill_set(story.caller, command).await?;
    Ok(())
}

/// A link that opens this customer's portal once.
pub(super) async fn portal_link(app: &App, caller: &Caller) -> Result<String> {
    let (customer, _) = whose(GUESTS_OF)?;
    Ok(app.login_link_create(caller, &customer, CreateLoginLink::default()).await?.url)
}

/// Spends cups.
pub(super) async fn spend(story: &Story<'_>, customer: &str, amount: i64) -> Result<()> {
    record(story, customer, amount, NewState::Complete).await
}

/// Holds cups back for an event that is going on.
pub(super) async fn reserve(story: &Story<'_>, customer: &str, amount: i64) -> Result<()> {
    record(story, customer, amount, NewState::Pending).await
}

async fn record(story: &Story<'_>, customer: &str, amount: i64, state: NewState) -> Result<()> {
    let (customer_id, denomination) = whose(customer)?;
    let new = RecordUsage {
        kind: EventType::parse("coffee").ok_or_else(|| impossible("event type", "coffee"))?,
        quantity: amount,
        cost: Some(Cost { denomination, amount }),
        state,
        gate_on_balance: true,
        metadata_json: "{}".to_owned(),
    };
    story.app.usage_event_record(story.caller, &customer_id, new).await?;
    Ok(())
}

fn whose(customer: &str) -> Result<(CustomerId, Denomination)> {
    let id = CustomerId::parse(customer).ok_or_else(|| impossible("customer id", customer))?;
    Ok((id, Denomination::parse(CUPS).ok_or_else(|| impossible("denomination", CUPS))?))
}
