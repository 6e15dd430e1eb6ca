//! What a refill came to: the balance is credited once, in the commit that learns of the success; a decline may switch
//! the refill off; and the feed is told.

use serde_json::json;

use super::letter::declined_in;
use super::{KIND, Present, present_in, rest_in};
use crate::app::balance::{credit_in, facts, find_in};
use crate::app::{Caller, event};
use crate::domain::attempt::AttemptState;
use crate::domain::auto_refill::{OffReason, Refill, RefillReason, RefillStatus};
use crate::domain::balance::{Balance, MoveReason};
use crate::domain::event::Topic;
use crate::domain::id::{RefillId, TransactionId};
use crate::domain::prepaid_charge::{ChargeDecline, ChargeStatus, PrepaidCharge};
use crate::error::{Error, Result};
use crate::store::ledger::Source;
use crate::store::{self, WriteTx};

/// What a refill, or the renewal of a plan, came to, as the feed tells it.
#[derive(Clone, Debug)]
pub(crate) struct RefillOutcome<'a> {
    /// The document that it is filed under.
    pub(crate) source_id: &'a str,
    /// "threshold", "monthly", "retry" or "plan_renewal".
    pub(crate) reason: &'a str,
    /// Whether the units were credited.
    pub(crate) is_success: bool,
    /// The units.
    pub(crate) amount: i64,
    /// What they cost, minor units.
    pub(crate) charge_minor: i64,
    /// The card's charge.
    pub(crate) charge_id: Option<&'a TransactionId>,
    /// Why it was declined.
    pub(crate) decline: Option<ChargeDecline>,
    /// Whether the refill is on now; `None` where it is a plan's.
    pub(crate) is_enabled: Option<bool>,
    /// Why it is off.
    pub(crate) off: Option<OffReason>,
}

/// Tells the feed what a refill or the renewal of a plan came to, and the customer where the card did not pay; `balance` is as it is now.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn outcome_told_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    balance: &Balance,
    outcome: &RefillOutcome<'_>,
) -> Result<()> {
    let mut data = facts(balance);
    data["reason"] = json!(outcome.reason);
    data["status"] = json!(if outcome.is_success { "succeeded" } else { "declined" });
    data["amount"] = json!(outcome.amount);
    data["usd_charge"] = json!(outcome.charge_minor);
    data["charge_id"] = json!(outcome.charge_id.map(TransactionId::as_str));
    data["decline_code"] = json!(outcome.decline.map(ChargeDecline::word));
    data["enabled"] = json!(outcome.is_enabled);
    data["off_reason"] = json!(outcome.off.map(OffReason::as_str));
    let topic = if outcome.is_success { Topic::AutoRefillSucceeded } else { Topic::AutoRefillDeclined };
    event::emit(tx, caller, topic, outcome.source_id, &data)?;
    match outcome.charge_id.filter(|_| !outcome.is_success) {
        Some(charge_id) => declined_in(tx, caller, &balance.customer_id, charge_id, outcome.off.is_some()),
        None => Ok(()),
    }
}

/// The outcome of a refill's charge.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn concluded_in(tx: &mut WriteTx<'_>, caller: &Caller, charge: &PrepaidCharge) -> Result<()> {
    let id = RefillId::from_stored(charge.source_id.clone());
    let bought = store::refill::fetch(tx, &id)?.ok_or_else(|| Error::not_found("refill", id.as_str()))?;
    if bought.status != RefillStatus::Confirming {
        return Ok(());
    }
    let attempts = store::attempt::list_of_transaction(tx, &charge.transaction_id)?;
    let is_sent = |state| !matches!(state, AttemptState::Absent | AttemptState::Cancelled);
    let status = match charge.status {
        ChargeStatus::Confirming => return Ok(()),
        ChargeStatus::Succeeded => RefillStatus::Succeeded,
        ChargeStatus::Declined if attempts.iter().any(|attempt| is_sent(attempt.state)) => RefillStatus::Declined,
        ChargeStatus::Declined => RefillStatus::NotSent,
    };
    settled_in(tx, caller, &bought, status, charge.decline)
}

/// Writes the outcome of a refill down, and everything that follows from it.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn settled_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    bought: &Refill,
    status: RefillStatus,
    decline: Option<ChargeDecline>,
) -> Result<()> {
    store::refill::update_status(tx, &bought.id, status)?;
    let whose = (&bought.customer_id, &bought.denomination);
    if status == RefillStatus::Succeeded {
        let source = Source { kind: KIND, id: bought.id.as_str() };
        credit_in(tx, caller, whose, bought.amount, source, MoveReason::AutoRefill)?;
    }
    let refill = store::auto_refill::fetch(tx, whose.0, whose.1)?
        .ok_or_else(|| Error::not_found("auto refill", bought.id.as_str()))?;
    let was_off = refill.off;
    let mut present = present_in(tx, caller, refill)?;
    match status {
        RefillStatus::Succeeded => succeeded(&mut present, bought, tx),
        RefillStatus::Declined => present.refill.declined(decline.is_some_and(|why| why.is_hard), bought.reason),
        RefillStatus::Confirming | RefillStatus::NotSent => {}
    }
    if present.refill.off != was_off {
        present.refill.updated_at = Some(tx.now());
    }
    let off = present.refill.off;
    rest_in(tx, present)?;
    if status == RefillStatus::NotSent {
        // Nothing was asked of the card: that is no outcome to tell.
        return Ok(());
    }
    let outcome = RefillOutcome {
        source_id: bought.id.as_str(),
        reason: bought.reason.as_str(),
        is_success: status == RefillStatus::Succeeded,
        amount: bought.amount,
        charge_minor: bought.charge_minor,
        charge_id: bought.transaction_id.as_ref(),
        decline,
        is_enabled: Some(off.is_none()),
        off,
    };
    let balance = find_in(tx, whose.0, whose.1)?;
    outcome_told_in(tx, caller, &balance, &outcome)
}

/// What a success does to the setting: declines are forgotten, a month is bought, and what a person tried by hand is on
/// again, unless somebody switched it off meanwhile.
fn succeeded(present: &mut Present, bought: &Refill, tx: &WriteTx<'_>) {
    present.refill.soft_declines = 0;
    if bought.reason == RefillReason::Monthly {
        present.refill.owed_at = None;
        present.balance.last_monthly_at = bought.due_at;
    }
    let set_later = present.refill.updated_at.is_some_and(|at| at > bought.created_at);
    match present.refill.off {
        Some(OffReason::Requested) if set_later => {}
        Some(_) if bought.reason == RefillReason::Retry => present.switched_on(tx.clock_now()),
        _ => {}
    }
}

/// Switches a refill off that could not even be tried.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn switched_off_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mut present: Present,
    reason: RefillReason,
    why: OffReason,
) -> Result<()> {
    present.refill.switch_off(why);
    present.refill.updated_at = Some(tx.now());
    let (balance, terms) = (present.balance.clone(), present.refill.terms.clone());
    let source_id = format!("{}/{}", balance.customer_id, balance.denomination);
    rest_in(tx, present)?;
    let outcome = RefillOutcome {
        source_id: &source_id,
        reason: reason.as_str(),
        is_success: false,
        amount: terms.amount,
        charge_minor: terms.charge_minor,
        charge_id: None,
        decline: None,
        is_enabled: Some(false),
        off: Some(why),
    };
    outcome_told_in(tx, caller, &balance, &outcome)
}
