//! Prepaid balances: paid in, reserved, spent. Whether a balance covers a debit is decided in the write that debits it.
//!
//! A movement is a set of ledger entries under its own id; the ledger's gate refuses what is not covered.

use serde_json::json;

use super::idempotency::{Claim, claim_in, record_in};
use super::write_once::Asked;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::balance::{self, Balance};
use crate::domain::currency::Denomination;
use crate::domain::event::Topic;
use crate::domain::id::{BalanceMovementId, CustomerId};
use crate::domain::ledger::chart;
use crate::domain::money::AMOUNT_MAX_MINOR;
use crate::domain::time::DAY;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::ledger::{Reservation, Source};
use crate::store::{self, ReadTx, WriteTx};

/// How long a deposit's dedupe id is kept, microseconds (RELIABILITY.md 3.5; the promised hour is a minimum).
const DEDUPE_KEPT_US: i64 = 30 * DAY;

const DEPOSIT: &str = "balance_deposit";
const DEBIT: &str = "balance_debit";
const RESERVATION: &str = "balance_reservation";

/// Money or units paid into a balance.
#[derive(Clone, Debug)]
pub struct DepositBalance {
    /// Whose balance.
    pub customer_id: CustomerId,
    /// Which one.
    pub denomination: Denomination,
    /// Units, above zero.
    pub amount: i64,
    /// What the client calls this deposit: sent again for the same, it answers the first one and adds nothing.
    pub dedupe_id: Option<String>,
}

/// A part of a balance to spend or to reserve.
#[derive(Clone, Debug)]
pub struct SpendBalance {
    /// Whose balance.
    pub customer_id: CustomerId,
    /// Which one.
    pub denomination: Denomination,
    /// Units, above zero.
    pub amount: i64,
}

/// A movement and the balance it left (where it is shown again: as it stands then).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BalanceMoved {
    /// The movement; a reservation is posted or released by it.
    pub id: BalanceMovementId,
    /// The balance.
    pub balance: Balance,
}

impl App {
    /// Adds to a balance, which the first deposit opens.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer; `Invalid` naming `amount` or `dedupe_id`; `IdempotencyMismatch`
    /// where the dedupe id named another deposit.
    pub async fn balance_deposit(&self, caller: &Caller, command: DepositBalance) -> Result<BalanceMoved> {
        caller.may(Action::BalanceChange)?;
        let DepositBalance { customer_id, denomination, amount, dedupe_id } = command;
        balance::movable(amount)?;
        let dedupe_id = dedupe_id.as_deref().map(balance::dedupe_id).transpose()?.map(str::to_owned);
        let asked = asked(DEPOSIT, &customer_id, &denomination, amount).with_some(dedupe_id.as_deref());
        let content = format!("{customer_id}/{denomination}/{amount}");
        let dedupe = dedupe_id.map(|id| (id, self.command_hash(content.as_bytes())));
        let shown = (customer_id.clone(), denomination.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| match dedupe {
            None => deposit_in(tx, caller, &customer_id, &denomination, amount),
            Some((id, hash)) => match claim_in(tx, DEPOSIT, &id, &hash)? {
                Claim::Replay { id, .. } => Ok(id),
                Claim::New => {
                    let made = deposit_in(tx, caller, &customer_id, &denomination, amount)?;
                    record_in(tx, DEPOSIT, &id, &hash, DEDUPE_KEPT_US, (DEPOSIT, &made))?;
                    Ok(made)
                }
            },
        };
        self.write_once(caller, asked, work, move |tx, id| moved(tx, id, &shown.0, &shown.1)).await
    }

    /// Spends a part of a balance.
    ///
    /// # Errors
    /// `InsufficientFunds` where the balance and its credit limit do not cover it, and nothing is written then;
    /// `Forbidden`; `NotFound` for the customer; `Invalid` naming `amount`.
    pub async fn balance_debit(&self, caller: &Caller, command: SpendBalance) -> Result<BalanceMoved> {
        caller.may(Action::BalanceChange)?;
        self.spend(caller, DEBIT, command, debit_in).await
    }

    /// Holds a part of a balance back until [`App::balance_post`] spends it or [`App::balance_release`] frees it.
    ///
    /// # Errors
    /// As [`App::balance_debit`].
    pub async fn balance_reserve(&self, caller: &Caller, command: SpendBalance) -> Result<BalanceMoved> {
        caller.may(Action::BalanceChange)?;
        self.spend(caller, RESERVATION, command, reserve_in).await
    }

    /// Ends a reservation by spending `amount` of it (`None`: all); the rest is free again.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Conflict` where it was ended before; `Invalid` naming `amount` where that is more
    /// than is reserved.
    pub async fn balance_post(
        &self,
        caller: &Caller,
        reservation: &BalanceMovementId,
        amount: Option<i64>,
    ) -> Result<BalanceMoved> {
        caller.may(Action::BalanceChange)?;
        amount.map(balance::movable).transpose()?;
        let text = amount.map(|amount| amount.to_string());
        let asked = Asked::new(RESERVATION, "balance.post").with(reservation.as_str()).with_some(text.as_deref());
        let id = reservation.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| post_in(tx, caller, &id, amount);
        self.write_once(caller, asked, work, moved_of_reservation).await
    }

    /// Ends a reservation without spending anything.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`; `Conflict` where it was ended before.
    pub async fn balance_release(&self, caller: &Caller, reservation: &BalanceMovementId) -> Result<BalanceMoved> {
        caller.may(Action::BalanceChange)?;
        let asked = Asked::new(RESERVATION, "balance.release").with(reservation.as_str());
        let id = reservation.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| release_in(tx, caller, &id);
        self.write_once(caller, asked, work, moved_of_reservation).await
    }

    /// A customer's balance; one that nothing was ever paid into is zero.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer.
    pub fn balance_find(&self, caller: &Caller, customer: &CustomerId, denomination: &Denomination) -> Result<Balance> {
        caller.may(Action::BalanceView)?;
        self.store().read(|tx| {
            require_customer(tx, customer)?;
            find_in(tx, customer, denomination)
        })
    }

    /// A customer's balances by denomination, those after `after`, at most `limit` (capped at [`limits::PAGE_MAX`]).
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer.
    pub fn balance_list(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        after: Option<&Denomination>,
        limit: u32,
    ) -> Result<Vec<Balance>> {
        caller.may(Action::BalanceView)?;
        let limit = limit.min(limits::PAGE_MAX);
        self.store().read(|tx| {
            require_customer(tx, customer)?;
            let accounts = store::ledger::list_balances(tx, customer.as_str(), after, limit)?;
            let balance = |(denomination, account): (Denomination, store::ledger::Account)| {
                Balance::of(customer.clone(), denomination, &account.totals, account.credit_limit)
            };
            Ok(accounts.into_iter().map(balance).collect())
        })
    }

    /// Sets how far below zero a balance may go.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for the customer; `Invalid` naming `credit_limit`; `Conflict` where the balance is
    /// further down already.
    pub async fn credit_limit_set(
        &self,
        caller: &Caller,
        customer: &CustomerId,
        denomination: &Denomination,
        limit: i64,
    ) -> Result<Balance> {
        caller.may(Action::BalanceChange)?;
        balance::credit_limit(limit)?;
        let asked = asked("balance_limit", customer, denomination, limit);
        let (customer, denomination) = (customer.clone(), denomination.clone());
        let shown = (customer.clone(), denomination.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            require_customer(tx, &customer)?;
            store::ledger::set_credit_limit(tx, &chart::balance_account(customer.as_str(), &denomination), limit)?;
            let balance = find_in(tx, &customer, &denomination)?;
            let data = json!({ "customer_id": customer.as_str(), "denomination": denomination.as_str(), "credit_limit": limit });
            event::emit(tx, caller, Topic::BalanceUpdated, &subject(&balance), &data)?;
            Ok(subject(&balance))
        };
        self.write_once(caller, asked, work, move |tx, _| find_in(tx, &shown.0, &shown.1)).await
    }

    async fn spend(
        &self,
        caller: &Caller,
        kind: &'static str,
        command: SpendBalance,
        spend_in: fn(&mut WriteTx<'_>, &Caller, &CustomerId, &Denomination, i64) -> Result<String>,
    ) -> Result<BalanceMoved> {
        let SpendBalance { customer_id, denomination, amount } = command;
        balance::movable(amount)?;
        let asked = asked(kind, &customer_id, &denomination, amount);
        let shown = (customer_id.clone(), denomination.clone());
        let work =
            move |tx: &mut WriteTx<'_>, caller: &Caller| spend_in(tx, caller, &customer_id, &denomination, amount);
        self.write_once(caller, asked, work, move |tx, id| moved(tx, id, &shown.0, &shown.1)).await
    }
}

/// Adds to a balance inside a transaction; answers the movement's id.
///
/// # Errors
/// As [`App::balance_deposit`].
pub(crate) fn deposit_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    denomination: &Denomination,
    amount: i64,
) -> Result<String> {
    require_customer(tx, customer)?;
    let id: BalanceMovementId = tx.new_id();
    let posting = chart::balance_deposited(customer.as_str(), denomination, amount);
    store::ledger::post(tx, Source { kind: DEPOSIT, id: id.as_str() }, &[posting])?;
    let balance = find_in(tx, customer, denomination)?;
    if balance.balance > AMOUNT_MAX_MINOR {
        return Err(Error::invalid("amount", format!("would take the balance above {AMOUNT_MAX_MINOR}")));
    }
    tell(tx, caller, Topic::BalanceDeposited, &id, &balance, amount)?;
    Ok(id.as_str().to_owned())
}

/// Spends inside a transaction; answers the movement's id.
///
/// # Errors
/// As [`App::balance_debit`].
pub(crate) fn debit_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    denomination: &Denomination,
    amount: i64,
) -> Result<String> {
    require_customer(tx, customer)?;
    let id: BalanceMovementId = tx.new_id();
    let posting = chart::balance_debited(customer.as_str(), denomination, amount);
    store::ledger::post(tx, Source { kind: DEBIT, id: id.as_str() }, &[posting])?;
    let balance = find_in(tx, customer, denomination)?;
    tell(tx, caller, Topic::BalanceDebited, &id, &balance, amount)?;
    Ok(id.as_str().to_owned())
}

fn reserve_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer: &CustomerId,
    denomination: &Denomination,
    amount: i64,
) -> Result<String> {
    require_customer(tx, customer)?;
    let id: BalanceMovementId = tx.new_id();
    let posting = chart::balance_reserved(customer.as_str(), denomination, amount);
    store::ledger::reserve(tx, Source { kind: RESERVATION, id: id.as_str() }, &posting)?;
    let balance = find_in(tx, customer, denomination)?;
    tell(tx, caller, Topic::BalanceReserved, &id, &balance, amount)?;
    Ok(id.as_str().to_owned())
}

/// A deleted customer's reservations can still be ended: nothing stays held for ever.
fn post_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &BalanceMovementId, amount: Option<i64>) -> Result<String> {
    let held = reservation(tx, id)?;
    let amount = amount.unwrap_or(held.posting.amount);
    store::ledger::post_pending(tx, source(id), held.key, amount)?;
    let balance = balance_of(tx, &held)?;
    tell(tx, caller, Topic::BalanceDebited, id, &balance, amount)?;
    Ok(id.as_str().to_owned())
}

fn release_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &BalanceMovementId) -> Result<String> {
    let held = reservation(tx, id)?;
    store::ledger::void_pending(tx, source(id), held.key)?;
    let balance = balance_of(tx, &held)?;
    tell(tx, caller, Topic::BalanceReleased, id, &balance, held.posting.amount)?;
    Ok(id.as_str().to_owned())
}

fn source(reservation: &BalanceMovementId) -> Source<'_> {
    Source { kind: RESERVATION, id: reservation.as_str() }
}

fn reservation(tx: &ReadTx<'_>, id: &BalanceMovementId) -> Result<Reservation> {
    store::ledger::reservation_of(tx, source(id))?.ok_or_else(|| Error::not_found("reservation", id.as_str()))
}

fn moved_of_reservation(tx: &ReadTx<'_>, id: &str) -> Result<BalanceMoved> {
    let id = BalanceMovementId::from_stored(id.to_owned());
    let balance = balance_of(tx, &reservation(tx, &id)?)?;
    Ok(BalanceMoved { id, balance })
}

/// The balance that a reservation holds a part of.
fn balance_of(tx: &ReadTx<'_>, held: &Reservation) -> Result<Balance> {
    let account = &held.posting.debit;
    find_in(tx, &CustomerId::from_stored(account.owner.clone()), &account.denomination)
}

fn moved(tx: &ReadTx<'_>, id: &str, customer: &CustomerId, denomination: &Denomination) -> Result<BalanceMoved> {
    let id = BalanceMovementId::from_stored(id.to_owned());
    Ok(BalanceMoved { id, balance: find_in(tx, customer, denomination)? })
}

fn find_in(tx: &ReadTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<Balance> {
    let account = store::ledger::account(tx, &chart::balance_account(customer.as_str(), denomination))?;
    let (totals, limit) = account.map(|account| (account.totals, account.credit_limit)).unwrap_or_default();
    Ok(Balance::of(customer.clone(), denomination.clone(), &totals, limit))
}

fn require_customer(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<()> {
    match store::customer::is_deleted(tx, customer)? {
        Some(false) => Ok(()),
        Some(true) | None => Err(Error::not_found("customer", customer.as_str())),
    }
}

/// Events about a balance are found by it, not by the movement.
fn subject(balance: &Balance) -> String {
    format!("{}/{}", balance.customer_id, balance.denomination)
}

fn tell(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    topic: Topic,
    id: &BalanceMovementId,
    balance: &Balance,
    amount: i64,
) -> Result<()> {
    let data = json!({
        "id": id.as_str(),
        "customer_id": balance.customer_id.as_str(),
        "denomination": balance.denomination.as_str(),
        "amount": amount,
        "balance": balance.balance,
        "pending": balance.pending,
        "available": balance.available,
    });
    event::emit(tx, caller, topic, &subject(balance), &data)
}

fn asked(kind: &'static str, customer: &CustomerId, denomination: &Denomination, amount: i64) -> Asked {
    Asked::new(kind, kind).with(customer.as_str()).with(denomination.as_str()).with(&amount.to_string())
}
