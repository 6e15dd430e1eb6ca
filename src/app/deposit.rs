//! Deposits: the card is charged first, and the balance is credited once, in the commit that learns of the success.

use serde_json::json;

use super::balance::{self, credit_in, debit_gated_in};
use super::prepaid_charge::{self, BegunCharge, NewCharge};
use super::write_once::Asked;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::balance::{Balance, MoveReason};
use crate::domain::currency::Denomination;
use crate::domain::deposit::{Deposit, DepositStatus, PaidBy};
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, DepositId};
use crate::domain::money::Money;
use crate::domain::prepaid_charge::{ChargeKind, ChargeStatus, PrepaidCharge};
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::ledger::Source;
use crate::store::{self, ReadTx, WriteTx};

/// What the ledger calls these documents.
const KIND: &str = "deposit";

/// Units to buy or to grant.
#[derive(Clone, Debug)]
pub struct MakeDeposit {
    /// For whom.
    pub customer_id: CustomerId,
    /// Into which balance; the company's currency where `None`.
    pub denomination: Option<Denomination>,
    /// Units, one or more.
    pub amount: i64,
    /// What they cost: minor units of the company's currency, or units of `charge_against`. 0 charges nothing.
    pub charge: i64,
    /// The balance that pays; the card where `None`.
    pub charge_against: Option<Denomination>,
}

/// A deposit, the balance as it stands, and why the card refused it where it did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DepositMade {
    /// The deposit.
    pub deposit: Deposit,
    /// The balance.
    pub balance: Balance,
    /// The card's charge.
    pub charge: Option<PrepaidCharge>,
}

/// What a write of a deposit leaves to be done.
enum Start {
    Done(Box<DepositMade>),
    Send(DepositId, Box<BegunCharge>),
}

impl App {
    /// Buys or grants units. A declined card is answered as a deposit that is declined; one without a known outcome
    /// as one that is being confirmed, credited once when it is known to have succeeded.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer; `Invalid` naming the field; `Refused`: no card, the balance that pays
    /// does not cover it, out of range, or the first request of this name is still running.
    pub async fn deposit_make(&self, caller: &Caller, command: MakeDeposit) -> Result<DepositMade> {
        caller.may(Action::BalanceChange)?;
        checked(&command)?;
        let company = self.company()?;
        let denomination = command.denomination.clone().unwrap_or_else(|| company.currency.into());
        if command.charge == 0 || command.charge_against.is_some() {
            return self.deposit_unpaid(caller, command, denomination).await;
        }
        let price = Money::new(command.charge, company.currency).map_err(|_| too_much())?;
        self.deposit_by_card(caller, command, denomination, price, company.install_id).await
    }

    /// A deposit that no card pays for.
    async fn deposit_unpaid(
        &self,
        caller: &Caller,
        command: MakeDeposit,
        denomination: Denomination,
    ) -> Result<DepositMade> {
        let (asked, now) = (told(&command, &denomination), self.now());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            balance::require_customer(tx, &command.customer_id)?;
            let against = command.charge_against.clone().filter(|_| command.charge > 0);
            let paid_by = against.map_or(PaidBy::Nobody, PaidBy::Balance);
            let deposit = deposit_of(tx, &command, denomination, paid_by, DepositStatus::Succeeded);
            store::deposit::insert(tx, &deposit)?;
            if let PaidBy::Balance(against) = &deposit.paid_by {
                let source = Source { kind: KIND, id: deposit.id.as_str() };
                let whose = (&deposit.customer_id, against);
                debit_gated_in(tx, caller, whose, deposit.charged, source, MoveReason::Deposit)?;
            }
            made_in(tx, caller, &deposit)?;
            Ok(deposit.id.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, id: &str| shown(tx, &DepositId::from_stored(id.to_owned()), now);
        self.write_once(caller, asked, work, show).await
    }

    async fn deposit_by_card(
        &self,
        caller: &Caller,
        command: MakeDeposit,
        denomination: Denomination,
        price: Money,
        install_id: String,
    ) -> Result<DepositMade> {
        let named = self.named(caller, &told(&command, &denomination));
        let (by, by_name, now) = (caller.clone(), named.clone(), self.now());
        let card = self.card_ready(&command.customer_id);
        let job = move |tx: &mut WriteTx<'_>| {
            if let Some(id) = by_name.as_ref().map(|named| named.made_in(tx)).transpose()?.flatten() {
                return Ok(Start::Done(Box::new(shown(tx, &DepositId::from_stored(id), now)?)));
            }
            balance::require_customer(tx, &command.customer_id)?;
            let card = card?;
            let standing = balance::standing_in(tx, &by, &command.customer_id, &denomination)?;
            // Asked before the card is charged: what is paid for must fit.
            let room = standing.amount.checked_add(command.amount);
            room.ok_or_else(|| Error::out_of_range(Some("amount_to_deposit")))?;
            let id: DepositId = tx.new_id();
            let new = NewCharge {
                kind: ChargeKind::Deposit,
                source_id: id.as_str(),
                denomination: Some(&denomination),
                due_at: None,
                amount: price,
            };
            let begun = prepaid_charge::begin_in(tx, &by, &install_id, (&command.customer_id, card), &new)?;
            let paid_by = PaidBy::Card(begun.begun.transaction.id.clone());
            let deposit = deposit_of(tx, &command, denomination, paid_by, DepositStatus::Confirming);
            store::deposit::insert(tx, &Deposit { id: id.clone(), ..deposit })?;
            by_name.map_or(Ok(()), |named| named.record_in(tx, KIND, id.as_str()))?;
            Ok(Start::Send(id, Box::new(begun)))
        };
        let started = self.store().write(job).await;
        match self.keep_refusal(named, started).await? {
            Start::Done(made) => self.refuse_under_way(*made),
            Start::Send(id, begun) => {
                self.prepaid_charge_send(caller.clone(), *begun).await?;
                let now = self.now();
                self.store().read(|tx| shown(tx, &id, now))
            }
        }
    }

    /// A repeated answer, unless its charge is still on its way.
    fn refuse_under_way(&self, made: DepositMade) -> Result<DepositMade> {
        let PaidBy::Card(transaction) = &made.deposit.paid_by else { return Ok(made) };
        if made.deposit.status != DepositStatus::Confirming {
            return Ok(made);
        }
        if self.transaction_is_under_way(transaction)? {
            let text = "The first request with this name is still running.";
            return Err(Refusal::new(RefusalCode::InProgress, text).into());
        }
        // It may have ended since it was read: what is shown is how it ended.
        let now = self.now();
        self.store().read(|tx| shown(tx, &made.deposit.id, now))
    }
}

/// The outcome of a deposit's charge: the balance is credited, or nothing is.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn concluded_in(tx: &mut WriteTx<'_>, caller: &Caller, charge: &PrepaidCharge) -> Result<()> {
    let id = DepositId::from_stored(charge.source_id.clone());
    let deposit = store::deposit::fetch(tx, &id)?.ok_or_else(|| Error::not_found("deposit", id.as_str()))?;
    if deposit.status != DepositStatus::Confirming {
        return Ok(());
    }
    if charge.status == ChargeStatus::Succeeded {
        store::deposit::update_status(tx, &id, DepositStatus::Succeeded)?;
        return made_in(tx, caller, &deposit);
    }
    store::deposit::update_status(tx, &id, DepositStatus::Declined)?;
    let data = facts(&deposit);
    event::emit(tx, caller, Topic::DepositDeclined, id.as_str(), &data)
}

/// Credits what was paid for.
fn made_in(tx: &mut WriteTx<'_>, caller: &Caller, deposit: &Deposit) -> Result<()> {
    let source = Source { kind: KIND, id: deposit.id.as_str() };
    let whose = (&deposit.customer_id, &deposit.denomination);
    credit_in(tx, caller, whose, deposit.amount, source, MoveReason::Deposit)?;
    event::emit(tx, caller, Topic::DepositMade, deposit.id.as_str(), &facts(deposit))
}

fn facts(deposit: &Deposit) -> serde_json::Value {
    json!({
        "customer_id": deposit.customer_id.as_str(),
        "denomination": deposit.denomination.as_str(),
        "amount": deposit.amount,
        "charged": deposit.charged,
    })
}

fn deposit_of(
    tx: &WriteTx<'_>,
    command: &MakeDeposit,
    denomination: Denomination,
    paid_by: PaidBy,
    status: DepositStatus,
) -> Deposit {
    Deposit {
        id: tx.new_id(),
        customer_id: command.customer_id.clone(),
        denomination,
        amount: command.amount,
        charged: command.charge,
        paid_by,
        status,
        created_at: tx.now(),
    }
}

fn shown(tx: &ReadTx<'_>, id: &DepositId, now: Timestamp) -> Result<DepositMade> {
    let deposit = store::deposit::fetch(tx, id)?.ok_or_else(|| Error::not_found("deposit", id.as_str()))?;
    let balance = store::balance::fetch_as_of(tx, &deposit.customer_id, &deposit.denomination, now)?;
    let charge = match &deposit.paid_by {
        PaidBy::Card(transaction) => store::prepaid_charge::fetch(tx, transaction)?,
        PaidBy::Balance(_) | PaidBy::Nobody => None,
    };
    Ok(DepositMade { deposit, balance, charge })
}

fn checked(command: &MakeDeposit) -> Result<()> {
    if command.amount < 1 {
        return Err(Error::invalid("amount_to_deposit", "must be 1 or more"));
    }
    if command.charge < 0 {
        return Err(Error::invalid("amount_to_charge", "must be 0 or more"));
    }
    Ok(())
}

fn too_much() -> Error {
    Error::invalid("amount_to_charge", "is more than a card can be charged")
}

fn told(command: &MakeDeposit, denomination: &Denomination) -> Asked {
    Asked::new(KIND, "deposit.make")
        .with(command.customer_id.as_str())
        .with(denomination.as_str())
        .with(&command.amount.to_string())
        .with(&command.charge.to_string())
        .with_some(command.charge_against.as_ref().map(Denomination::as_str))
}
