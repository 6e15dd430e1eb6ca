//! One refill now, because a person asks for it: threshold and cooldown do not count, cap and flight do.

use super::fire::{Fired, fire_in};
use super::{KIND, RefillShown, present_in, shown};
use crate::app::prepaid_charge::no_card;
use crate::app::write_once::{Asked, Named};
use crate::app::{App, Caller, balance};
use crate::domain::access::Action;
use crate::domain::auto_refill::{Refill, RefillReason, RefillStatus};
use crate::domain::currency::Denomination;
use crate::domain::id::{CustomerId, RefillId};
use crate::domain::prepaid_charge::PrepaidCharge;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// A refill that was asked for, and the setting as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefillRetried {
    /// The setting.
    pub shown: RefillShown,
    /// What was to be bought.
    pub refill: Refill,
    /// The card's charge.
    pub charge: Option<PrepaidCharge>,
}

/// What a write of a retry leaves to be done.
enum Start {
    Shown(Box<RefillRetried>),
    Fired(Fired),
}

impl App {
    /// Buys once now. A declined card is answered as a refill that is declined; one without a known outcome as one that
    /// is being confirmed, credited once when it is known to have succeeded.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer; `Refused`: no auto refill there, one is under way, the month has cost
    /// what it may, no card, out of range, or the first request of this name is still running.
    pub async fn auto_refill_retry(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        denomination: &Denomination,
    ) -> Result<RefillRetried> {
        caller.may(Action::BalanceChange)?;
        let asked = Asked::new(KIND, "auto_refill.retry").with(customer.as_str()).with(denomination.as_str());
        let named = self.named(caller, &asked);
        let (card, install_id) = (self.card_ready(customer), self.company()?.install_id);
        let (by, by_name, now) = (caller.clone(), named.clone(), self.now());
        let (customer, denomination) = (customer.clone(), denomination.clone());
        let job = move |tx: &mut WriteTx<'_>| {
            if let Some(id) = by_name.as_ref().map(|named| named.made_in(tx)).transpose()?.flatten() {
                return Ok(Start::Shown(Box::new(retried(tx, &RefillId::from_stored(id), now)?)));
            }
            balance::require_customer(tx, &customer)?;
            let refill = store::auto_refill::fetch(tx, &customer, &denomination)?.ok_or_else(no_refill)?;
            let present = present_in(tx, &by, refill)?;
            may_start(tx, &present)?;
            let fired = fire_in(tx, &by, &install_id, present, (RefillReason::Retry, None), card)?;
            note_in(tx, by_name.as_ref(), &fired)?;
            Ok(Start::Fired(fired))
        };
        let started = self.store().write(job).await;
        let id = match self.keep_refusal(named.clone(), started).await? {
            Start::Shown(retried) => return self.refuse_running(*retried),
            Start::Fired(Fired::NoCard) => return self.keep_refusal(named, Err(no_card())).await,
            Start::Fired(Fired::Done(id)) => id,
            Start::Fired(Fired::Send(id, begun)) => {
                self.prepaid_charge_send(caller.clone(), *begun).await?;
                id
            }
        };
        let now = self.now();
        self.store().read(|tx| retried(tx, &id, now))
    }

    /// A repeated answer, unless its charge is still on its way.
    fn refuse_running(&self, made: RefillRetried) -> Result<RefillRetried> {
        let Some(transaction) = &made.refill.transaction_id else { return Ok(made) };
        if made.refill.status != RefillStatus::Confirming {
            return Ok(made);
        }
        if self.transaction_is_under_way(transaction)? {
            let text = "The first request with this name is still running.";
            return Err(Refusal::new(RefusalCode::InProgress, text).into());
        }
        // It may have ended since it was read: what is shown is how it ended.
        let now = self.now();
        self.store().read(|tx| retried(tx, &made.refill.id, now))
    }
}

fn note_in(tx: &mut WriteTx<'_>, named: Option<&Named>, fired: &Fired) -> Result<()> {
    match (named, fired) {
        (Some(named), Fired::Done(id) | Fired::Send(id, _)) => named.record_in(tx, KIND, id.as_str()),
        _ => Ok(()),
    }
}

/// Passes where one more may start now, because a person asks for it.
fn may_start(tx: &WriteTx<'_>, present: &super::Present) -> Result<()> {
    let (refill, now) = (&present.refill, tx.clock_now());
    let standing = super::standing_of(tx, refill, &present.balance, now, &present.zone)?;
    if standing.is_under_way {
        let text = "An auto refill of this balance is being confirmed.";
        return Err(Refusal::new(RefusalCode::RefillInFlight, text).into());
    }
    if refill.is_capped(&standing) {
        let text = "This calendar month has cost what auto refills of this balance may.";
        return Err(Refusal::new(RefusalCode::RefillCapped, text).into());
    }
    if !standing.has_room {
        return Err(Error::out_of_range(Some("amount")));
    }
    Ok(())
}

fn no_refill() -> Error {
    Refusal::new(RefusalCode::NoRefill, "This balance has no auto refill.").into()
}

fn retried(tx: &ReadTx<'_>, id: &RefillId, now: Timestamp) -> Result<RefillRetried> {
    let refill = store::refill::fetch(tx, id)?.ok_or_else(|| Error::not_found("refill", id.as_str()))?;
    let setting = store::auto_refill::fetch(tx, &refill.customer_id, &refill.denomination)?.ok_or_else(no_refill)?;
    let charge = match &refill.transaction_id {
        Some(transaction) => store::prepaid_charge::fetch(tx, transaction)?,
        None => None,
    };
    Ok(RefillRetried { shown: shown(tx, setting, now)?, refill, charge })
}
