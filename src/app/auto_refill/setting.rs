//! The setting of an auto refill: what is bought, and when.

use serde_json::json;

use super::{KIND, Present, RefillShown, present_in, rest_in, shown};
use crate::app::write_once::Asked;
use crate::app::{App, Caller, balance, event};
use crate::domain::access::Action;
use crate::domain::auto_refill::{AutoRefill, OffReason, RefillTerms};
use crate::domain::currency::Denomination;
use crate::domain::event::Topic;
use crate::domain::id::CustomerId;
use crate::domain::page::{Page, PageAsked};
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

/// A whole setting; it takes the place of the one before.
#[derive(Clone, Debug)]
pub struct SetAutoRefill {
    /// Whose balance.
    pub customer_id: CustomerId,
    /// What it counts.
    pub denomination: Denomination,
    /// What is bought, and when.
    pub terms: RefillTerms,
    /// Whether it is on.
    pub is_enabled: bool,
}

impl App {
    /// Sets the auto refill of a balance, which touches it. A stopped one is switched on again, and its declines are
    /// forgotten; where its condition holds, it fires once this is answered.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer; `Invalid` naming the member.
    pub async fn auto_refill_set(&self, caller: &Caller, command: SetAutoRefill) -> Result<RefillShown> {
        caller.may(Action::BalanceChange)?;
        command.terms.check()?;
        let SetAutoRefill { customer_id, denomination, terms, is_enabled } = &command;
        let asked = Asked::new(KIND, "auto_refill.set")
            .with(customer_id.as_str())
            .with(denomination.as_str())
            .with(&format!("{terms:?} {is_enabled}"));
        let (whose, now) = ((customer_id.clone(), denomination.clone()), self.now());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| set_in(tx, caller, command);
        let show = move |tx: &ReadTx<'_>, _: &str| shown(tx, require(tx, &whose.0, &whose.1)?, now);
        self.write_once(caller, asked, work, show).await
    }

    /// The auto refill of a balance.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer and where there is none.
    pub fn auto_refill_find(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        denomination: &Denomination,
    ) -> Result<RefillShown> {
        caller.may(Action::BalanceView)?;
        let now = self.now();
        self.store().read(|tx| {
            balance::require_customer(tx, customer)?;
            shown(tx, require(tx, customer, denomination)?, now)
        })
    }

    /// The auto refills of a customer, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer.
    pub fn auto_refill_list(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        asked: PageAsked,
    ) -> Result<Page<RefillShown>> {
        caller.may(Action::BalanceView)?;
        let now = self.now();
        self.store().read(|tx| {
            balance::require_customer(tx, customer)?;
            let found = store::auto_refill::list_of(tx, customer, asked)?.into_iter();
            let found = found.map(|(key, refill)| Ok((key, shown(tx, refill, now)?)));
            Ok(Page::of(found.collect::<Result<Vec<_>>>()?, asked))
        })
    }
}

fn require(tx: &ReadTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<AutoRefill> {
    store::auto_refill::fetch(tx, customer, denomination)?
        .ok_or_else(|| Error::not_found("auto refill", denomination.as_str()))
}

fn set_in(tx: &mut WriteTx<'_>, caller: &Caller, command: SetAutoRefill) -> Result<String> {
    let SetAutoRefill { customer_id, denomination, terms, is_enabled } = command;
    balance::require_customer(tx, &customer_id)?;
    store::balance::fetch_or_open(tx, &customer_id, &denomination)?;
    let before = store::auto_refill::fetch(tx, &customer_id, &denomination)?;
    let was_monthly = before.as_ref().is_some_and(AutoRefill::is_monthly);
    let is_new = before.is_none();
    let refill = AutoRefill {
        terms,
        off: (!is_enabled).then_some(OffReason::Requested),
        soft_declines: 0,
        anchor_at: before.as_ref().and_then(|before| before.anchor_at),
        owed_at: before.as_ref().and_then(|before| before.owed_at),
        last_start_at: before.as_ref().and_then(|before| before.last_start_at),
        look_at: None,
        created_at: before.map_or(tx.now(), |before| before.created_at),
        updated_at: (!is_new).then_some(tx.now()),
        customer_id,
        denomination,
    };
    let subject = format!("{}/{}", refill.customer_id, refill.denomination);
    let facts = json!({
        "customer_id": refill.customer_id.as_str(),
        "denomination": refill.denomination.as_str(),
        "threshold": refill.terms.threshold,
        "amount": refill.terms.amount,
        "usd_charge": refill.terms.charge_minor,
        "refill_monthly": refill.terms.is_monthly,
        "usd_monthly_cap": refill.terms.cap_minor,
        "cooldown_seconds": refill.terms.cooldown_s,
        "enabled": is_enabled,
    });
    event::emit(tx, caller, Topic::AutoRefillSet, &subject, &facts)?;
    let present = present_in(tx, caller, refill)?;
    rest_in(tx, switched(present, was_monthly, tx))?;
    Ok(subject)
}

/// Months count from where they were switched on, and end where they are switched off.
fn switched(mut present: Present, was_monthly: bool, tx: &WriteTx<'_>) -> Present {
    match (present.refill.off, present.refill.is_monthly()) {
        (Some(why), _) => present.refill.switch_off(why),
        (None, true) if was_monthly => {}
        (None, _) => present.switched_on(tx.clock_now()),
    }
    present
}
