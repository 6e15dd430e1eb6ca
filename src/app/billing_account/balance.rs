//! What is added to an account's balance.

use serde_json::json;

use super::settle::settle_in;
use super::{BillingAccountShown, terms_in};
use crate::app::write_once::Asked;
use crate::app::{App, Caller, customer, event};
use crate::domain::access::Action;
use crate::domain::billing_account::{BillingAccount, Decimal, Items};
use crate::domain::event::Topic;
use crate::domain::id::CustomerId;
use crate::domain::money::Money;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::billing_account::AddedBy;
use crate::store::{self, ReadTx, WriteTx};

impl App {
    /// Adds items to a balance. Where it reaches the soft limit it becomes an order at once.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming the part, or the limit that it would pass.
    pub async fn billing_account_items_add(
        &self,
        caller: &Caller,
        id: &CustomerId,
        items: Items,
    ) -> Result<BillingAccountShown> {
        caller.may(Action::BalanceChange)?;
        let asked = Asked::new("customer", "billing_account.items").with(id.as_str()).with(&format!("{items:?}"));
        let company = self.company()?;
        let (app, of, shown) = (self.clone(), id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            let terms = terms_in(tx, &company, &record, tx.clock_now())?;
            // From now on its due date is looked at.
            super::put_in(tx, &company, &terms)?;
            let items = items.checked("items", terms.currency)?;
            refuse_beyond_limit(tx, &terms, items.total(terms.currency)?)?;
            add_in(tx, caller, &terms, &items, None)?;
            if is_to_settle(tx, &terms)? {
                settle_in(tx, caller, &terms, None)?;
            }
            Ok(of.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, _: &str| app.billing_account_in(tx, &shown);
        let added = self.write_once(caller, asked, work, show).await?;
        self.orders_charge_due_of(caller, id).await?;
        if added.items.is_empty() { self.billing_account_find(caller, id) } else { Ok(added) }
    }
}

/// Adds items; answers whether anything is new.
pub(super) fn add_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    terms: &BillingAccount,
    items: &Items,
    by: Option<(&str, jiff::civil::Date)>,
) -> Result<bool> {
    let list = items.list();
    let (_, standing) = store::billing_account::standing(tx, &terms.customer_id)?;
    let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
    if standing.saturating_add(count) > limits::ACCOUNT_ITEMS_MAX {
        return Err(Error::Conflict(format!("a balance holds at most {} items", limits::ACCOUNT_ITEMS_MAX)));
    }
    let mut is_new = false;
    for (line, item) in list.iter().enumerate() {
        let added_by = by.map(|(subscription_id, due_on)| AddedBy { subscription_id, due_on, line });
        let amount = item.amount(terms.currency)?;
        is_new |= store::billing_account::item_add(tx, &terms.customer_id, item, amount, added_by)?;
    }
    if is_new {
        let facts = json!({
            "items": list.len(),
            "amount": items.total(terms.currency)?.minor(),
            "currency": terms.currency.code(),
            "subscription": by.map(|(id, _)| id),
        });
        event::emit(tx, caller, Topic::AccountItemsAdded, terms.customer_id.as_str(), &facts)?;
    }
    Ok(is_new)
}

/// What an account owes: its balance, and its orders that are not paid.
fn owed_in(tx: &ReadTx<'_>, terms: &BillingAccount) -> Result<Decimal> {
    let (total, _) = store::billing_account::standing(tx, &terms.customer_id)?;
    let orders = store::sales_order::owed_by(tx, &terms.customer_id)?.minor;
    let owed = Money::new(total, terms.currency)?.plus(Money::new(orders, terms.currency)?)?;
    Decimal::of_money(owed).map_err(|why| Error::invalid("items", why.to_string()))
}

fn refuse_beyond_limit(tx: &ReadTx<'_>, terms: &BillingAccount, added: Money) -> Result<()> {
    let Some(limit) = terms.limit else { return Ok(()) };
    let added = Decimal::of_money(added).map_err(|why| Error::invalid("items", why.to_string()))?;
    let owed = owed_in(tx, terms)?;
    if limit.takes(owed, added) {
        return Ok(());
    }
    Err(Error::invalid("limit", format!("is passed by these items: {owed} {} are owed already", terms.currency)))
}

/// Whether the balance has reached the point from which it is settled at once.
pub(super) fn is_to_settle(tx: &ReadTx<'_>, terms: &BillingAccount) -> Result<bool> {
    Ok(match terms.limit {
        Some(limit) => limit.settles(owed_in(tx, terms)?),
        None => false,
    })
}
