//! A balance becomes an order: on the account's due date, when it is asked for, or at the soft limit.

use super::{put_in, terms_in};
use crate::app::sales_order::{self, NewOrder};
use crate::app::{App, Caller, customer};
use crate::domain::access::Action;
use crate::domain::billing_account::{BillingAccount, Items};
use crate::domain::company::Company;
use crate::domain::id::{CustomerId, SalesOrderId};
use crate::domain::sales_order::{ChargeMode, OrderState, Payment};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// How many balances became orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Those whose money is there, or on its way.
    pub updated: u32,
    /// Those whose charge was declined or failed.
    pub errors: u32,
}

/// The verb under which a settlement that was asked for is kept.
const VERB: &str = "billing_account.settle";

impl App {
    /// Settles the balance of one account, or of all, now.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`. A declined charge is no error: it is counted.
    pub async fn billing_account_settle(&self, caller: &Caller, id: Option<&CustomerId>) -> Result<Settled> {
        match id {
            Some(id) => caller.may_on(Action::TransactionSale, id)?,
            None => caller.may(Action::TransactionSale)?,
        }
        let asked = crate::app::write_once::Asked::new("settlement", VERB).with_some(id.map(CustomerId::as_str));
        let named = self.named(caller, &asked);
        let by_name = named.clone();
        let earlier = self.store().write(move |tx| by_name.map_or(Ok(None), |named| named.made_in(tx))).await?;
        if let Some(earlier) = earlier {
            return Settled::parse(&earlier);
        }
        let mut settled = Settled::default();
        match id {
            Some(id) => settled.count(self.settle_one(caller, id).await)?,
            None => self.settle_all(caller, &mut settled).await?,
        }
        if let Some(named) = named {
            self.store().write(move |tx| named.record_in(tx, "settlement", &settled.to_text())).await?;
        }
        Ok(settled)
    }

    async fn settle_all(&self, caller: &Caller, settled: &mut Settled) -> Result<()> {
        let mut after = CustomerId::from_stored(String::new());
        loop {
            let page = self.store().read(|tx| store::billing_account::list_with_items(tx, &after, limits::PAGE_MAX))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.clone();
            for id in &page {
                settled.count(self.settle_one(caller, id).await)?;
            }
        }
    }

    /// Settles one balance and charges the order; where it stood, `None` for nothing to settle.
    async fn settle_one(&self, caller: &Caller, id: &CustomerId) -> Result<Option<OrderState>> {
        let company = self.company()?;
        let (by, of) = (caller.clone(), id.clone());
        let made = self
            .store()
            .write(move |tx| {
                let record = customer::require(tx, &of)?;
                let terms = terms_in(tx, &company, &record, tx.clock_now())?;
                settle_in(tx, &by, &terms, None)
            })
            .await?;
        match made {
            Some(order) => self.order_charge(caller, &order).await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes the orders of accounts whose due date has come; answers how many were looked at.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) async fn accounts_settle_due(&self, caller: &Caller) -> Result<usize> {
        let mut count = 0_usize;
        loop {
            let (by, company, now) = (caller.clone(), self.company()?, self.now());
            let settled = self.store().write(move |tx| settle_due_in(tx, &by, &company, now)).await?;
            if settled == 0 {
                return Ok(count);
            }
            count = count.saturating_add(settled);
        }
    }
}

impl Settled {
    fn count(&mut self, outcome: Result<Option<OrderState>>) -> Result<()> {
        match outcome {
            Ok(None) => {}
            Ok(Some(OrderState::Paid | OrderState::Charging)) => self.updated = self.updated.saturating_add(1),
            Ok(Some(_)) | Err(Error::Declined { .. }) => self.errors = self.errors.saturating_add(1),
            Err(why) => return Err(why),
        }
        Ok(())
    }

    fn to_text(self) -> String {
        format!("{} {}", self.updated, self.errors)
    }

    fn parse(text: &str) -> Result<Self> {
        let bad = || Error::internal("a kept settlement cannot be read");
        let (updated, errors) = text.split_once(' ').ok_or_else(bad)?;
        Ok(Self { updated: updated.parse().map_err(|_| bad())?, errors: errors.parse().map_err(|_| bad())? })
    }
}

fn settle_due_in(tx: &mut WriteTx<'_>, caller: &Caller, company: &Company, now: Timestamp) -> Result<usize> {
    let due = store::billing_account::list_due(tx, now, limits::PAGE_MAX)?;
    for id in &due {
        let Some(terms) = store::billing_account::fetch(tx, id)? else { continue };
        if store::customer::is_deleted(tx, id)? == Some(true) {
            put_in(tx, company, &BillingAccount { due_on: None, ..terms })?;
            continue;
        }
        settle_in(tx, caller, &terms, terms.due_on)?;
        // After a pause what was missed became one order; the next date lies ahead.
        let today = company.today(now);
        let dates = std::iter::successors(terms.due_on, |date| terms.schedule.next(*date));
        let due_on = dates.into_iter().find(|date| *date > today);
        put_in(tx, company, &BillingAccount { due_on, ..terms })?;
    }
    Ok(due.len())
}

/// Makes an order of everything on a balance, to be charged now; `None` where nothing stands on it.
pub(super) fn settle_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    terms: &BillingAccount,
    due_on: Option<jiff::civil::Date>,
) -> Result<Option<SalesOrderId>> {
    let (total, _) = store::billing_account::standing(tx, &terms.customer_id)?;
    if total == 0 {
        return Ok(None);
    }
    let items = store::billing_account::items(tx, &terms.customer_id, limits::ACCOUNT_ITEMS_MAX)?;
    let callbacks = store::billing_account::callbacks(tx, &terms.customer_id)?;
    let new = NewOrder {
        customer_id: Some(terms.customer_id.clone()),
        due_on,
        callback: callbacks.into_iter().next(),
        ..NewOrder::of(Items::Many(items), terms.currency, Payment::of_account(ChargeMode::Balance, tx.now()))
    };
    let id = sales_order::create_in(tx, caller, new)?;
    store::billing_account::items_order(tx, &terms.customer_id, &id)?;
    Ok(Some(id))
}
