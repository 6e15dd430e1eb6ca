//! Requests that may charge a card for a plan: the work is done once by its name, the charge is sent after its commit,
//! and the account is shown with what came of it.

use crate::app::account::Account;
use crate::app::prepaid_charge::BegunCharge;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::id::{CustomerId, PlanStepId, TransactionId};
use crate::domain::plan_step::PlanStep;
use crate::domain::prepaid_charge::{ChargeKind, ChargeStatus, PrepaidCharge};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// An account, and the charge that the request made, declined and unknown ones too.
#[derive(Clone, Debug)]
pub struct AccountCharged {
    /// The account as it stands.
    pub account: Account,
    /// The charge; `None` where nothing was to be paid.
    pub charge: Option<PrepaidCharge>,
    /// The change within the period that was asked for.
    pub step: Option<PlanStep>,
}

/// What the work of a request did.
pub(crate) struct Worked {
    /// To whose account.
    pub(crate) customer_id: CustomerId,
    /// The charge to send.
    pub(crate) begun: Option<BegunCharge>,
    /// The step to show, where it is a change within a period.
    pub(crate) step_id: Option<PlanStepId>,
}

/// What there is to show, and what to send first.
struct Started {
    customer_id: CustomerId,
    charge_id: Option<TransactionId>,
    step_id: Option<PlanStepId>,
    begun: Option<BegunCharge>,
}

impl Started {
    /// What a repeated request is answered from: `customer/charge/step`, the last two where there are such.
    fn kept(&self) -> String {
        let charge = self.charge_id.as_ref().map_or("", TransactionId::as_str);
        let step = self.step_id.as_ref().map_or("", PlanStepId::as_str);
        format!("{}/{charge}/{step}", self.customer_id)
    }

    /// Reads what [`Started::kept`] wrote.
    fn of_kept(kept: &str) -> Self {
        let mut parts = kept.split('/').map(str::to_owned);
        let customer_id = CustomerId::from_stored(parts.next().unwrap_or_default());
        let mut part = || parts.next().filter(|part| !part.is_empty());
        let (charge, step) = (part(), part());
        let charge_id = charge.map(TransactionId::from_stored);
        Self { customer_id, charge_id, step_id: step.map(PlanStepId::from_stored), begun: None }
    }
}

impl App {
    /// Does `work` once, sends the charge that it began, and shows the account.
    ///
    /// # Errors
    /// What `work` refuses; `Refused` where the first request of this name is still running.
    pub(in crate::app) async fn account_charge(
        &self,
        caller: &Caller,
        asked: Asked,
        work: impl FnOnce(&mut WriteTx<'_>, &Caller) -> Result<Worked> + Send + 'static,
    ) -> Result<AccountCharged> {
        let named = self.named(caller, &asked);
        let (by, by_name) = (caller.clone(), named.clone());
        let job = move |tx: &mut WriteTx<'_>| {
            if let Some(made) = by_name.as_ref().map(|named| named.made_in(tx)).transpose()?.flatten() {
                return Ok(Started::of_kept(&made));
            }
            let Worked { customer_id, begun, step_id } = work(tx, &by)?;
            let charge_id = begun.as_ref().map(|begun| begun.begun.transaction.id.clone());
            let started = Started { customer_id, charge_id, step_id, begun };
            by_name.map_or(Ok(()), |named| named.record_in(tx, "account", &started.kept()))?;
            Ok(started)
        };
        let started = self.store().write(job).await;
        let Started { customer_id, charge_id, step_id, begun } = self.keep_refusal(named, started).await?;
        match (begun, &charge_id) {
            (Some(begun), _) => {
                self.prepaid_charge_send(caller.clone(), begun).await?;
            }
            (None, Some(id)) => self.refuse_charge_under_way(id)?,
            (None, None) => {}
        }
        self.store().read(|tx| {
            let account = self.account_in(tx, &customer_id)?;
            let charge = charge_id.as_ref().map(|id| store::prepaid_charge::fetch(tx, id)).transpose()?.flatten();
            let step = step_id.map(|id| store::plan_step::fetch(tx, &id)).transpose()?.flatten();
            Ok(AccountCharged { account, charge, step })
        })
    }

    /// Passes where the charge of a repeated request is not on its way.
    fn refuse_charge_under_way(&self, id: &TransactionId) -> Result<()> {
        let charge = self.store().read(|tx| store::prepaid_charge::fetch(tx, id))?;
        let is_open = charge.is_some_and(|charge| charge.status == ChargeStatus::Confirming);
        if is_open && self.transaction_is_under_way(id)? {
            let text = "The first request with this name is still running.";
            return Err(Refusal::new(RefusalCode::InProgress, text).into());
        }
        Ok(())
    }
}

/// The refusal of a card that declined, with what helps.
pub(crate) fn refusal_of(charge: &PrepaidCharge) -> Option<Refusal> {
    let decline = charge.decline?;
    let what = if charge.kind == ChargeKind::PlanChange { "changed" } else { "attached" };
    let text = format!("The card was declined; the plan was not {what}.");
    let refusal = Refusal::new(RefusalCode::PaymentDeclined, text);
    Some(refusal.with("decline_code", decline.word()).with("decline_kind", decline.kind()))
}

impl AccountCharged {
    /// Whether the charge has no known outcome yet.
    pub fn is_confirming(&self) -> bool {
        self.charge.as_ref().is_some_and(|charge| charge.status == ChargeStatus::Confirming)
    }

    /// The account, unless the card that was to attach its plan declined; a plan that is past due says so itself.
    ///
    /// # Errors
    /// `Refused` with the reason of the decline.
    pub fn let_through(self) -> Result<Self> {
        let by_request =
            self.charge.as_ref().filter(|charge| !matches!(charge.kind, ChargeKind::PlanRenewal | ChargeKind::Overage));
        by_request.and_then(refusal_of).map_or(Ok(()), |refusal| Err(Error::from(refusal)))?;
        Ok(self)
    }
}
