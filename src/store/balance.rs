//! Prepaid balances: their rows joined with the ledger accounts that hold their amounts.

use rusqlite::{Row, params};

use super::error::bad_row;
use super::ledger::{self, totals_from_row};
use super::{ReadTx, WriteTx};
use crate::domain::balance::{Balance, BalancePlan};
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::domain::ledger::chart;
use crate::domain::page::PageAsked;
use crate::domain::plan_attachment::PlanCalendar;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

/// A customer's balance as the file has it; events whose hour is over still count as pending.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch(tx: &ReadTx<'_>, customer: &CustomerId, denomination: &Denomination) -> Result<Option<Balance>> {
    if let Some(known) = tx.behind().and_then(|behind| behind.state().known.balance(customer, denomination)) {
        return Ok(Some(known));
    }
    // A row that waits is known, and so are amounts that do: they take the place of the file's below.
    let found = tx.one_of_file(
        "SELECT balance.customer_id, balance.denomination, pending_events, alert_at, paused, created_at, updated_at,
           credit_limit, moved_at, debits_pending, debits_pending_high, debits_posted, debits_posted_high,
           credits_pending, credits_pending_high, credits_posted, credits_posted_high, balance.key, refill_threshold,
           last_monthly_at, next_monthly_at, plan_grant, events_taken
         FROM balance JOIN ledger_account ON ledger_account.key = balance.account
         WHERE balance.customer_id = ?1 AND balance.denomination = ?2",
        params![customer.as_str(), denomination.as_str()],
        from_row,
    )?;
    let Some((key, balance)) = found else { return Ok(None) };
    let Some(behind) = tx.behind() else { return Ok(Some(balance)) };
    let account = ledger::account(tx, &chart::balance_account(customer.as_str(), denomination))?;
    let account = account.ok_or_else(|| bad_row("balance", "account", key, "is of another name"))?;
    let mut state = behind.state();
    state.note_read(account.key);
    state.known.keep_balance(account.key, key, balance);
    Ok(state.known.balance(customer, denomination))
}

/// A customer's balance as it is at `now`: without what events hold whose hour is over. Untouched where there is none.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn fetch_as_of(
    tx: &ReadTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    now: Timestamp,
) -> Result<Balance> {
    match fetch(tx, customer, denomination)? {
        Some(balance) => as_of(tx, with_plan(tx, balance)?, now),
        None => Ok(Balance::untouched(customer.clone(), denomination.clone())),
    }
}

/// A customer's balances as they are at `now`, the youngest first, each with its place.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_of(
    tx: &ReadTx<'_>,
    customer: &CustomerId,
    asked: PageAsked,
    now: Timestamp,
) -> Result<Vec<(i64, Balance)>> {
    let found = tx.all(
        "SELECT balance.customer_id, balance.denomination, pending_events, alert_at, paused, created_at, updated_at,
           credit_limit, moved_at, debits_pending, debits_pending_high, debits_posted, debits_posted_high,
           credits_pending, credits_pending_high, credits_posted, credits_posted_high, balance.key, refill_threshold,
           last_monthly_at, next_monthly_at, plan_grant, events_taken
         FROM balance JOIN ledger_account ON ledger_account.key = balance.account
         WHERE balance.customer_id = ?1 AND balance.key < ?2 ORDER BY balance.key DESC LIMIT ?3",
        params![customer.as_str(), asked.before_key(), asked.probe()],
        from_row,
    )?;
    found.into_iter().map(|(key, balance)| Ok((key, as_of(tx, with_plan(tx, balance)?, now)?))).collect()
}

/// The balance, opened where nothing touched it before.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn fetch_or_open(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
) -> Result<Balance> {
    if let Some(balance) = fetch(tx, customer, denomination)? {
        return Ok(balance);
    }
    let account = ledger::open_account(tx, &chart::balance_account(customer.as_str(), denomination))?;
    let now = tx.now().as_micros();
    tx.run(
        "INSERT INTO balance (customer_id, denomination, account, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)",
        params![customer.as_str(), denomination.as_str(), account, now],
    )?;
    fetch(tx, customer, denomination)?.ok_or_else(|| Error::internal("a balance vanished"))
}

/// Writes the switches of a balance.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_switches(tx: &mut WriteTx<'_>, balance: &Balance) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE balance SET alert_at = ?3, paused = ?4, updated_at = ?5 WHERE customer_id = ?1 AND denomination = ?2",
        params![balance.customer_id.as_str(), balance.denomination.as_str(), balance.alert_at, balance.is_paused, now],
    )?;
    Ok(())
}

/// Writes what a balance knows of its auto refill. The balance itself is not changed by it.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn update_refill(tx: &mut WriteTx<'_>, balance: &Balance) -> Result<()> {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    tx.run(
        "UPDATE balance SET refill_threshold = ?3, last_monthly_at = ?4, next_monthly_at = ?5
         WHERE customer_id = ?1 AND denomination = ?2",
        params![
            balance.customer_id.as_str(),
            balance.denomination.as_str(),
            balance.refill_threshold,
            micros(balance.last_monthly_at),
            micros(balance.next_monthly_at),
        ],
    )?;
    Ok(())
}

/// Counts a pending event more or less.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn add_pending(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    events: i64,
) -> Result<()> {
    let now = tx.now().as_micros();
    tx.run(
        "UPDATE balance SET pending_events = pending_events + ?3, updated_at = ?4
         WHERE customer_id = ?1 AND denomination = ?2",
        params![customer.as_str(), denomination.as_str(), events, now],
    )?;
    Ok(())
}

/// The balances that a customer's plan fills, with what it gave for the present period.
///
/// # Errors
/// A row that breaks a rule.
pub(crate) fn list_managed(tx: &ReadTx<'_>, customer: &CustomerId) -> Result<Vec<(Denomination, i64)>> {
    tx.all(
        "SELECT denomination, plan_grant, key FROM balance WHERE customer_id = ?1 AND plan_grant IS NOT NULL
         ORDER BY denomination",
        [customer.as_str()],
        |row| {
            let text: String = row.get(0)?;
            let bad = |key: i64| bad_row("balance", "denomination", key, &text);
            let key = row.get(2)?;
            Ok((Denomination::parse(&text).ok_or_else(|| bad(key))?, row.get(1)?))
        },
    )
}

/// Notes what a plan gave for the period that begins now, of which nothing is taken yet; `None`: no plan manages the
/// balance any more.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn set_plan_grant(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    grant: Option<i64>,
) -> Result<()> {
    tx.run(
        "UPDATE balance SET plan_grant = ?3, events_taken = 0 WHERE customer_id = ?1 AND denomination = ?2",
        params![customer.as_str(), denomination.as_str(), grant],
    )?;
    Ok(())
}

/// Changes what a plan gave for the period that runs; what events took since it began stays.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn change_plan_grant(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    grant: i64,
) -> Result<()> {
    tx.run(
        "UPDATE balance SET plan_grant = ?3 WHERE customer_id = ?1 AND denomination = ?2",
        params![customer.as_str(), denomination.as_str(), grant],
    )?;
    Ok(())
}

/// Adds what a complete event took, one or more, to what events took since the plan's grant; it stays at the largest
/// amount, which no grant exceeds. Where no plan manages the balance there is nothing to count: a grant begins at none.
///
/// # Errors
/// Whatever the file refuses.
pub(crate) fn add_taken(
    tx: &mut WriteTx<'_>,
    customer: &CustomerId,
    denomination: &Denomination,
    amount: i64,
) -> Result<()> {
    let Some(balance) = fetch(tx, customer, denomination)?.filter(|balance| balance.plan_grant.is_some()) else {
        return Ok(());
    };
    let taken = balance.events_taken.saturating_add(amount);
    if tx.behind().is_some_and(|behind| behind.state().count_taken(customer, denomination, taken)) {
        return Ok(());
    }
    tx.run(
        "UPDATE balance SET events_taken = ?3 WHERE customer_id = ?1 AND denomination = ?2",
        params![customer.as_str(), denomination.as_str(), taken],
    )?;
    Ok(())
}

/// With what its plan does with it, where one manages it.
fn with_plan(tx: &ReadTx<'_>, balance: Balance) -> Result<Balance> {
    if balance.plan_grant.is_none() {
        return Ok(balance);
    }
    let Some(attachment) = super::plan_attachment::fetch(tx, &balance.customer_id)? else { return Ok(balance) };
    let Some(terms) = &attachment.terms else { return Ok(balance) };
    let plan = super::prepaid_plan::fetch(tx, &terms.plan_id)?;
    // What a change within the period took out of the plan lapses when that ends, and is managed by none.
    let is_filled = plan.is_some_and(|plan| plan.balance(&balance.denomination).is_some());
    let plan = is_filled.then(|| BalancePlan {
        plan_id: terms.plan_id.clone(),
        variable_amount: terms.variable.get(&balance.denomination).copied(),
        last_refill_at: attachment.calendar.map(|calendar| calendar.last_refill()),
        next_refill_at: attachment.running().map(PlanCalendar::next_refill),
    });
    Ok(Balance { plan, ..balance })
}

/// Writes what events took of the balance with this key.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn write_taken(tx: &ReadTx<'_>, key: i64, taken: i64) -> Result<()> {
    tx.execute("UPDATE balance SET events_taken = ?2 WHERE key = ?1", [key, taken])?;
    Ok(())
}

/// Without what events hold whose hour is over at `now`.
fn as_of(tx: &ReadTx<'_>, balance: Balance, now: Timestamp) -> Result<Balance> {
    if balance.pending_events == 0 {
        return Ok(balance);
    }
    let (mut debits, mut credits, mut events) = (0_i128, 0_i128, 0);
    for amount in super::usage_event::list_expired_costs(tx, &balance.customer_id, &balance.denomination, now)? {
        debits += i128::from(amount.max(0));
        credits -= i128::from(amount.min(0));
        events += 1;
    }
    Ok(balance.without_expired(debits, credits, events))
}

fn from_row(row: &Row<'_>) -> Result<(i64, Balance)> {
    let key = row.get(17)?;
    let text: String = row.get(1)?;
    let denomination = Denomination::parse(&text).ok_or_else(|| bad_row("balance", "denomination", key, &text))?;
    let (updated_at, moved_at): (i64, i64) = (row.get(6)?, row.get(8)?);
    let balance = Balance {
        pending_events: row.get(2)?,
        alert_at: row.get(3)?,
        is_paused: row.get(4)?,
        created_at: Some(Timestamp::from_micros(row.get(5)?)),
        updated_at: Some(Timestamp::from_micros(updated_at.max(moved_at))),
        credit_limit: row.get(7)?,
        refill_threshold: row.get(18)?,
        last_monthly_at: row.get::<_, Option<i64>>(19)?.map(Timestamp::from_micros),
        next_monthly_at: row.get::<_, Option<i64>>(20)?.map(Timestamp::from_micros),
        plan_grant: row.get(21)?,
        events_taken: row.get(22)?,
        ..Balance::untouched(CustomerId::from_stored(row.get(0)?), denomination)
    };
    Ok((key, balance.with_totals(&totals_from_row(row, 9)?)))
}
