//! A customer's own prepaid balances: looked at, and topped up at prices that the merchant set.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Visitor;
use crate::app::App;
use crate::app::deposit::{DepositMade, MakeDeposit};
use crate::domain::balance::Balance;
use crate::domain::currency::{Currency, Denomination};
use crate::domain::invoice::Invoice;
use crate::domain::page::PageAsked;
use crate::domain::usage_event::{EventState, UsageFilter};
use crate::error::{Error, Result};
use crate::limits;
use crate::store;

/// Usage events that a chart looks at: the newest ones.
const EVENTS_MAX: u32 = 5_000;
/// Open invoices that the overview shows.
const OPEN_MAX: u32 = 100;

/// At which price units of a balance may be bought on the portal; nobody names a price of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The balance is in the company's currency: what is paid is what it grows by, within these minor units.
    Money {
        /// The currency.
        currency: Currency,
        /// The least, minor units.
        least: i64,
        /// The most, minor units.
        most: i64,
    },
    /// The merchant set no price.
    Nothing,
}

impl Offer {
    /// For a balance of `denomination` where the company's books are in `currency`.
    pub fn of(denomination: &Denomination, currency: Currency) -> Self {
        if denomination.currency() != Some(currency) {
            return Self::Nothing;
        }
        let unit = 10_i64.saturating_pow(u32::from(currency.decimals()));
        Self::Money { currency, least: unit, most: unit.saturating_mul(limits::TOP_UP_MAX_UNITS) }
    }
}

/// What was used on the last days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Each day and what complete events took on it, oldest first.
    pub days: Vec<(Date, i64)>,
}

impl App {
    /// The visitor's balances, by name.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_balances(&self, visitor: &Visitor) -> Result<Vec<Balance>> {
        let asked = PageAsked { limit: limits::PAGE_MAX, before: None };
        let mut found = self.balance_list(&visitor.caller, &visitor.id, asked)?.rows;
        found.sort_by(|one, other| one.denomination.cmp(&other.denomination));
        Ok(found)
    }

    /// One of the visitor's balances.
    ///
    /// # Errors
    /// `NotFound` where nothing ever touched it.
    pub fn portal_balance(&self, visitor: &Visitor, denomination: &Denomination) -> Result<Balance> {
        let found = self.balance_find(&visitor.caller, &visitor.id, denomination)?;
        if found.created_at.is_none() {
            return Err(Error::not_found("balance", denomination.as_str()));
        }
        Ok(found)
    }

    /// What the visitor used of a balance on each of the last `days` days, today the last of them. Days that the newest
    /// events do not reach back to are left out.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_usage(&self, visitor: &Visitor, denomination: &Denomination, days: i64) -> Result<Usage> {
        let (company, now) = (self.company()?, self.now());
        let filter = UsageFilter { customer_id: Some(visitor.id.clone()), ..UsageFilter::default() };
        let asked = PageAsked { limit: EVENTS_MAX, before: None };
        let events = self.store().read(|tx| store::usage_event::list(tx, &filter, asked, now))?;
        let (zone, today) = (company.zone(), company.today(now));
        let mut first = today.saturating_sub(jiff::Span::new().days(days.saturating_sub(1)));
        if events.len() > usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX)
            && let Some((_, oldest)) = events.last()
        {
            // The day of the oldest one was not seen whole.
            let reached = oldest.created_at.date_in(&zone).saturating_add(jiff::Span::new().days(1));
            first = first.max(reached.min(today));
        }
        let mut taken: BTreeMap<Date, i64> = BTreeMap::new();
        let mut day = first;
        while day <= today {
            taken.insert(day, 0);
            day = day.saturating_add(jiff::Span::new().days(1));
        }
        for (_, event) in events.iter().filter(|(_, event)| event.state == EventState::Complete) {
            let cost = event.costs.iter().filter(|cost| cost.denomination == *denomination && cost.amount > 0);
            if let Some(sum) = taken.get_mut(&event.created_at.date_in(&zone)) {
                *sum = cost.fold(*sum, |sum, cost| sum.saturating_add(cost.amount));
            }
        }
        Ok(Usage { days: taken.into_iter().collect() })
    }

    /// At which price the visitor may top a balance up.
    ///
    /// # Errors
    /// `NotFound` where nothing ever touched it.
    pub fn portal_offer(&self, visitor: &Visitor, denomination: &Denomination) -> Result<Offer> {
        self.portal_balance(visitor, denomination)?;
        Ok(Offer::of(denomination, self.company()?.currency))
    }

    /// Buys units of a balance with the visitor's card, at the price of [`App::portal_offer`].
    ///
    /// # Errors
    /// `NotFound`; `Invalid` naming `amount`; `Conflict` where it cannot be topped up here; `Refused` without a card.
    pub async fn portal_top_up(
        &self,
        visitor: &Visitor,
        denomination: &Denomination,
        minor: i64,
    ) -> Result<DepositMade> {
        let Offer::Money { least, most, .. } = self.portal_offer(visitor, denomination)? else {
            return Err(Error::Conflict("this balance is not topped up here".to_owned()));
        };
        if !(least..=most).contains(&minor) {
            return Err(Error::invalid("amount", format!("must be from {least} to {most}")));
        }
        let command = MakeDeposit {
            customer_id: visitor.id.clone(),
            denomination: Some(denomination.clone()),
            amount: minor,
            charge: minor,
            charge_against: None,
        };
        self.deposit_make(&visitor.caller, command).await
    }

    /// The visitor's invoices that wait for a payment, the newest first.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_open_invoices(&self, visitor: &Visitor) -> Result<Vec<Invoice>> {
        let asked = PageAsked { limit: OPEN_MAX, before: None };
        let found = self.store().read(|tx| store::invoice::list_of_customer(tx, &visitor.id, asked))?;
        Ok(found.into_iter().map(|(_, invoice)| invoice).filter(Invoice::is_payable).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_companys_own_currency_is_sold_one_for_one() {
        let of = |text| Denomination::parse(text).expect("a denomination");
        let sek = Currency::parse("SEK").expect("a currency");
        assert_eq!(
            Offer::of(&of("SEK"), sek),
            Offer::Money { currency: sek, least: 100, most: 100 * limits::TOP_UP_MAX_UNITS }
        );
        for other in ["sms", "USD", "sek"] {
            assert_eq!(Offer::of(&of(other), sek), Offer::Nothing, "{other}");
        }
    }
}
