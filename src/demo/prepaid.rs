//! A balance that is paid in advance and spent by the cup.

use super::{Story, impossible};
use crate::app::balance::{DepositBalance, SpendBalance};
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::error::Result;

/// What the balance counts.
const CUPS: &str = "cups";

/// Adds cups to the customer's balance.
pub(super) async fn deposit(story: &Story<'_>, customer: &str, amount: i64) -> Result<()> {
    let (customer_id, denomination) = whose(customer)?;
    let command = DepositBalance { customer_id, denomination, amount, dedupe_id: None };
    story.app.balance_deposit(story.caller, command).await?;
    Ok(())
}

/// Spends cups.
pub(super) async fn spend(story: &Story<'_>, customer: &str, amount: i64) -> Result<()> {
    let (customer_id, denomination) = whose(customer)?;
    story.app.balance_debit(story.caller, SpendBalance { customer_id, denomination, amount }).await?;
    Ok(())
}

/// Holds cups back for an event to come.
pub(super) async fn reserve(story: &Story<'_>, customer: &str, amount: i64) -> Result<()> {
    let (customer_id, denomination) = whose(customer)?;
    story.app.balance_reserve(story.caller, SpendBalance { customer_id, denomination, amount }).await?;
    Ok(())
}

fn whose(customer: &str) -> Result<(CustomerId, Denomination)> {
    let id = CustomerId::parse(customer).ok_or_else(|| impossible("customer id", customer))?;
    Ok((id, Denomination::parse(CUPS).ok_or_else(|| impossible("denomination", CUPS))?))
}
