//! Looking at auto refills whose time has come, and firing them. Safe to run twice and side by side: one that was
//! looked at is no longer due, and what has begun is under way, of which there is one for a balance.

use futures_util::StreamExt;

use super::outcome::{settled_in, switched_off_in};
use super::{Present, present_in, rest_in};
use crate::app::prepaid_charge::{self, BegunCharge, NewCharge, ReadyCard};
use crate::app::{App, Caller};
use crate::domain::auto_refill::{OffReason, Refill, RefillReason, RefillStatus, RefillVerdict};
use crate::domain::currency::Denomination;
use crate::domain::id::{CustomerId, RefillId};
use crate::domain::money::Money;
use crate::domain::prepaid_charge::ChargeKind;
use crate::domain::refusal::RefusalCode;
use crate::domain::time::{HOUR, Timestamp};
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// When a refill is looked at again that could not be looked at now, microseconds.
const POSTPONED_US: i64 = HOUR;

/// A customer's balance.
pub(crate) type Whose = (CustomerId, Denomination);

/// What has begun.
pub(super) enum Fired {
    /// It costs nothing and is done.
    Done(RefillId),
    /// There is no card, and the refill is off.
    NoCard,
    /// Its charge is to be sent.
    Send(RefillId, Box<BegunCharge>),
}

impl App {
    /// Looks at every auto refill that is due, fires those whose condition holds and waits for their outcomes; answers
    /// how many were looked at.
    ///
    /// # Errors
    /// The first fault, after the others had their turn. A decline is no error.
    pub(crate) async fn refills_run(&self, caller: &Caller) -> Result<usize> {
        let mut looked = 0;
        loop {
            let due = self.refills_due()?;
            if due.is_empty() {
                return Ok(looked);
            }
            looked += due.len();
            let looks = due.into_iter().map(|whose| self.refill_look(caller, whose));
            let looks = futures_util::stream::iter(looks).buffer_unordered(limits::CHARGES_IN_FLIGHT_MAX);
            let failure = looks.fold(None, |failure: Option<Error>, done| async { failure.or(done.err()) }).await;
            failure.map_or(Ok(()), Err)?;
        }
    }

    /// Whose auto refills are due; none while billing is held.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(crate) fn refills_due(&self) -> Result<Vec<Whose>> {
        let now = self.now();
        self.store().read(|tx| {
            let due = store::auto_refill::list_due(tx, now, limits::PAGE_MAX)?;
            let is_held = !due.is_empty() && store::company::fetch(tx)?.billing_held.is_some();
            Ok(if is_held { Vec::new() } else { due })
        })
    }

    /// When the next auto refill is due.
    pub(crate) fn next_refill_look_at(&self) -> Result<Option<Timestamp>> {
        self.store().read(store::auto_refill::next_look_at)
    }

    /// Looks at one auto refill and, where it fires, charges the card to the outcome.
    ///
    /// # Errors
    /// A fault of ours; it is looked at again in an hour, and keeps no other from its turn.
    pub(crate) async fn refill_look(&self, caller: &Caller, whose: Whose) -> Result<()> {
        // As long as this is held, the test clock stands still.
        let _under_way = self.refilling().read().await;
        let looked = self.refill_fire(caller, &whose).await;
        if looked.is_err() {
            let postponed = move |tx: &mut WriteTx<'_>| {
                let later = tx.clock_now().plus(POSTPONED_US);
                store::auto_refill::set_look_at(tx, &whose.0, &whose.1, later)
            };
            self.store().write(postponed).await?;
        }
        match looked? {
            Some(Fired::Send(_, begun)) => self.prepaid_charge_send(caller.clone(), *begun).await.map(|_| ()),
            Some(Fired::Done(_) | Fired::NoCard) | None => Ok(()),
        }
    }

    async fn refill_fire(&self, caller: &Caller, whose: &Whose) -> Result<Option<Fired>> {
        let card = self.card_ready(&whose.0);
        let install_id = self.company()?.install_id;
        let (caller, (customer, denomination)) = (caller.clone(), whose.clone());
        self.store()
            .write(move |tx| {
                let Some(refill) = store::auto_refill::fetch(tx, &customer, &denomination)? else { return Ok(None) };
                let Some(due) = refill.look_at.filter(|at| *at <= tx.clock_now()) else { return Ok(None) };
                let present = present_in(tx, &caller, refill)?;
                let RefillVerdict::Fires(reason) = present.verdict_in(tx)? else {
                    return rest_in(tx, present).map(|()| None);
                };
                let due = present.refill.owed_at.filter(|_| reason == RefillReason::Monthly).unwrap_or(due);
                fire_in(tx, &caller, &install_id, present, (reason, Some(due)), card).map(Some)
            })
            .await
    }
}

/// Begins to buy: the intent of the charge is written down, or what costs nothing is credited.
///
/// # Errors
/// Whatever kept the card from being read.
pub(super) fn fire_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    install_id: &str,
    mut present: Present,
    (reason, due_at): (RefillReason, Option<Timestamp>),
    card: Result<ReadyCard>,
) -> Result<Fired> {
    let terms = present.refill.terms.clone();
    let card = match card {
        _ if terms.charge_minor == 0 => None,
        Ok(card) => Some(card),
        Err(why) if is_no_card(&why) => {
            switched_off_in(tx, caller, present, reason, OffReason::NoCard)?;
            return Ok(Fired::NoCard);
        }
        Err(why) => return Err(why),
    };
    let (customer, denomination) = (present.refill.customer_id.clone(), present.refill.denomination.clone());
    let id: RefillId = tx.new_id();
    let begun = match card {
        None => None,
        Some(card) => {
            let amount = Money::new(terms.charge_minor, store::company::fetch(tx)?.currency)?;
            let new = NewCharge {
                kind: ChargeKind::AutoRefill,
                source_id: id.as_str(),
                denomination: Some(&denomination),
                due_at,
                amount,
            };
            Some(prepaid_charge::begin_in(tx, caller, install_id, (&customer, card), &new)?)
        }
    };
    let bought = Refill {
        id: id.clone(),
        number: store::refill::next_number(tx, &customer, &denomination)?,
        customer_id: customer,
        denomination,
        reason,
        amount: terms.amount,
        charge_minor: terms.charge_minor,
        transaction_id: begun.as_ref().map(|begun| begun.begun.transaction.id.clone()),
        status: RefillStatus::Confirming,
        due_at,
        started_at: tx.clock_now(),
        created_at: tx.now(),
    };
    store::refill::insert(tx, &bought)?;
    present.refill.last_start_at = Some(bought.started_at);
    rest_in(tx, present)?;
    match begun {
        Some(begun) => Ok(Fired::Send(id, Box::new(begun))),
        None => settled_in(tx, caller, &bought, RefillStatus::Succeeded, None).map(|()| Fired::Done(id)),
    }
}

/// Whether a customer has nothing to charge: no card, or is no customer any more.
fn is_no_card(why: &Error) -> bool {
    match why {
        Error::Refused(refusal) => refusal.code == RefusalCode::PaymentRequired,
        Error::NotFound { .. } => true,
        _ => false,
    }
}
