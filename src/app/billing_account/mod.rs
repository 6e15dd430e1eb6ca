//! Customers as accounts that are billed by a schedule: made, found, changed, and shown as they stand.

mod accrue;
mod balance;
mod method;
mod settle;
mod subscription;

use jiff::civil::Date;
use serde_json::json;

use super::customer::{self, CreateCustomer};
use super::payment_method::{self, NewMethod};
use super::write_once::Asked;
use super::{App, Caller, address, event};
use crate::domain::access::Action;
use crate::domain::address::Address;
use crate::domain::billing_account::{
    AccountStatus, AccountSubscription, BillingAccount, CURRENCY_DEFAULT, Item, Limit, Schedule,
};
use crate::domain::company::Company;
use crate::domain::currency::Currency;
use crate::domain::customer::{Customer, CustomerRecord, Defaults, Profile};
use crate::domain::event::Topic;
use crate::domain::id::CustomerId;
use crate::domain::money::Money;
use crate::domain::page::{Page, PageAsked};
use crate::domain::payment_method::{MethodType, PaymentMethod};
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx, WriteTx};

pub use settle::Settled;
pub use subscription::{ChangeSubscription, NewSubscription};

/// Characters of the id that a caller may choose for an account.
pub const ID_LENGTH: usize = 16;
/// Longest number of an account, a subscription or an order, characters.
pub const NUMBER_MAX: usize = 255;

/// A customer as this API's callers give one: kept as it came, and its parts where every other API finds them.
#[derive(Clone, Debug, Default)]
pub struct GivenCustomer {
    /// JSON text of all of it.
    pub json: String,
    /// The name.
    pub name: Option<String>,
    /// The address that mails go to.
    pub email: Option<String>,
    /// Where bills go.
    pub billing: Option<Address>,
}

/// A new account.
pub struct CreateBillingAccount {
    /// The id the caller chose.
    pub id: Option<CustomerId>,
    /// What the merchant calls it.
    pub number: Option<String>,
    /// Whose it is.
    pub customer: Option<GivenCustomer>,
    /// What pays, in the order in which they are tried.
    pub methods: Vec<NewMethod>,
    /// What it is kept in.
    pub currency: Option<Currency>,
    /// When its balance becomes an order.
    pub schedule: Option<Schedule>,
    /// How much may stand on it.
    pub limit: Option<Limit>,
}

/// What to change of an account; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ChangeBillingAccount {
    /// The limit; `Some(None)` takes it away.
    pub limit: Option<Option<Limit>>,
    /// What it is kept in, while nothing stands on it.
    pub currency: Option<Currency>,
    /// When its balance becomes an order.
    pub schedule: Option<Schedule>,
}

/// An account as it stands.
#[derive(Clone, Debug)]
pub struct BillingAccountShown {
    /// The customer.
    pub record: CustomerRecord,
    /// The terms.
    pub terms: BillingAccount,
    /// The cards, in the order in which they are tried, each with the token that names it.
    pub methods: Vec<(PaymentMethod, String)>,
    /// Where it stands.
    pub status: AccountStatus,
    /// What it pays again and again.
    pub subscriptions: Vec<AccountSubscription>,
    /// What stands on its balance.
    pub items: Vec<Item>,
    /// The sum of it.
    pub total: Money,
}

impl App {
    /// Makes an account, which is a customer. Nothing is charged. A public key may do it.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the part.
    pub async fn billing_account_create(
        &self,
        caller: &Caller,
        command: CreateBillingAccount,
    ) -> Result<BillingAccountShown> {
        caller.may_publicly(Action::CustomerCreate)?;
        number_checked("number", command.number.as_deref())?;
        let asked = Asked::new("customer", "billing_account.create");
        let CreateBillingAccount { id, number, customer: given, methods, currency, schedule, limit } = command;
        let limit = limit.map(Limit::checked).transpose()?;
        let given = given.unwrap_or_default();
        let profile = Profile { name: given.name, email: given.email, ..Profile::default() };
        let new = CreateCustomer { id, profile, billing: given.billing, ..CreateCustomer::default() };
        let (new, _) = self.customer_prepare(new).map_err(|why| of_customer(why, "default_billing_address"))?;
        let sealed: Vec<_> = methods.into_iter().map(|method| self.method_seal_unattended(method)).collect();
        let company = self.company()?;
        let app = self.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let id = customer::create_in(tx, caller, new, None)?.customer.id;
            for (at, method) in sealed.into_iter().enumerate() {
                let record = customer::require(tx, &id)?;
                payment_method::add_in(tx, &record, method.map_err(|why| why.under(&format!("method[{at}]")))?)?;
            }
            let today = company.today(tx.now());
            let currency = currency.map_or_else(default_currency, Ok)?;
            let terms = BillingAccount::unsaid(id.clone(), currency, today, tx.now());
            let schedule = schedule.unwrap_or(terms.schedule);
            let customer_json = (!given.json.is_empty()).then_some(given.json);
            let due_on = schedule.next(today);
            put_in(tx, &company, &BillingAccount { number, limit, schedule, customer_json, due_on, ..terms })?;
            Ok(id.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, id: &str| app.billing_account_in(tx, &CustomerId::from_stored(id.to_owned()));
        self.write_once(caller, asked, work, show).await
    }

    /// The account with this id; any customer is one.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn billing_account_find(&self, caller: &Caller, id: &CustomerId) -> Result<BillingAccountShown> {
        caller.may_on(Action::CustomerView, id)?;
        self.store().read(|tx| self.billing_account_in(tx, id))
    }

    /// Accounts, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn billing_account_list(&self, caller: &Caller, asked: PageAsked) -> Result<Page<BillingAccountShown>> {
        caller.may(Action::CustomerView)?;
        self.store().read(|tx| {
            let ids = store::customer::list_ids(tx, asked)?;
            let accounts = ids.into_iter().map(|(key, id)| Ok((key, self.billing_account_in(tx, &id)?)));
            Ok(Page::of(accounts.collect::<Result<Vec<_>>>()?, asked))
        })
    }

    /// Changes the terms of an account; its due date is counted anew from today.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming `currency` where something stands on the account.
    pub async fn billing_account_update(
        &self,
        caller: &Caller,
        id: &CustomerId,
        change: ChangeBillingAccount,
    ) -> Result<BillingAccountShown> {
        caller.may(Action::CustomerUpdate)?;
        let asked = Asked::new("customer", "billing_account.update").with(id.as_str()).with(&format!("{change:?}"));
        let limit = change.limit.map(|limit| limit.map(Limit::checked).transpose()).transpose()?;
        let company = self.company()?;
        let (app, id, shown) = (self.clone(), id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &id)?;
            let mut terms = terms_in(tx, &company, &record, tx.clock_now())?;
            if let Some(currency) = change.currency.filter(|currency| *currency != terms.currency) {
                refuse_if_in_use(tx, &id)?;
                terms.currency = currency;
            }
            terms.limit = limit.unwrap_or(terms.limit);
            terms.schedule = change.schedule.unwrap_or(terms.schedule);
            terms.due_on = terms.schedule.next(company.today(tx.now()));
            put_in(tx, &company, &terms)?;
            changed(tx, caller, &id, "terms")?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| app.billing_account_in(tx, &shown)).await
    }

    /// Says whose the account is; every API shows it.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` naming the part.
    pub async fn billing_account_customer_set(
        &self,
        caller: &Caller,
        id: &CustomerId,
        given: GivenCustomer,
    ) -> Result<BillingAccountShown> {
        caller.may_on(Action::CustomerUpdate, id)?;
        let asked = Asked::new("customer", "billing_account.customer").with(id.as_str()).with(&given.json);
        let profile = Profile { name: given.name, email: given.email, ..Profile::default() };
        let new = CreateCustomer { profile, billing: given.billing, ..CreateCustomer::default() };
        let (new, _) = self.customer_prepare(new).map_err(|why| of_customer(why, "default_billing_address"))?;
        let company = self.company()?;
        let (app, id, shown, json) = (self.clone(), id.clone(), id.clone(), given.json);
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &id)?;
            let terms = terms_in(tx, &company, &record, tx.clock_now())?;
            put_in(tx, &company, &BillingAccount { customer_json: Some(json), ..terms })?;
            profile_set_in(tx, record, new)?;
            changed(tx, caller, &id, "customer")?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| app.billing_account_in(tx, &shown)).await
    }

    /// The account as it stands in `tx`.
    pub(super) fn billing_account_in(&self, tx: &ReadTx<'_>, id: &CustomerId) -> Result<BillingAccountShown> {
        let record = customer::require(tx, id)?;
        let terms = terms_in(tx, &store::company::fetch(tx)?, &record, self.now())?;
        let methods = cards(&record, &terms);
        let methods: Vec<_> = methods.into_iter().map(|card| (card.clone(), self.method_name(&card.id))).collect();
        let owed = store::sales_order::owed_by(tx, id)?;
        let status = match (owed.failed, owed.open) {
            (1.., _) => AccountStatus::Suspended,
            (0, 1..) => AccountStatus::Pending,
            (0, 0) if methods.is_empty() && !owed.has_order => AccountStatus::Created,
            (0, 0) => AccountStatus::Active,
        };
        let (total, _) = store::billing_account::standing(tx, id)?;
        Ok(BillingAccountShown {
            subscriptions: store::account_subscription::list(tx, id)?,
            items: store::billing_account::items(tx, id, limits::ACCOUNT_ITEMS_MAX)?,
            total: Money::new(total, terms.currency)?,
            methods,
            status,
            terms,
            record,
        })
    }
}

/// A customer's cards in the order in which they are tried: as the terms say, then the oldest first.
fn cards<'a>(record: &'a CustomerRecord, terms: &BillingAccount) -> Vec<&'a PaymentMethod> {
    let place = |card: &&PaymentMethod| {
        terms.method_order.iter().position(|id| *id == card.id).unwrap_or(terms.method_order.len())
    };
    let mut cards: Vec<_> = record.methods.iter().filter(|card| card.method_type() == MethodType::Card).collect();
    cards.sort_by_key(place);
    cards
}

/// The terms of a customer: those that were said, or the defaults as if they had been said when it was made.
fn terms_in(tx: &ReadTx<'_>, company: &Company, record: &CustomerRecord, now: Timestamp) -> Result<BillingAccount> {
    if let Some(terms) = store::billing_account::fetch(tx, &record.customer.id)? {
        return Ok(terms);
    }
    let made_at = record.customer.created_at;
    let made_on = company.today(made_at);
    let terms = BillingAccount::unsaid(record.customer.id.clone(), default_currency()?, made_on, made_at);
    let today = company.today(now);
    let dates = std::iter::successors(terms.due_on, |date| terms.schedule.next(*date));
    Ok(BillingAccount { due_on: dates.into_iter().find(|date| *date > today), ..terms })
}

/// Writes terms down.
fn put_in(tx: &mut WriteTx<'_>, company: &Company, terms: &BillingAccount) -> Result<()> {
    let due_at = terms.due_on.map(|date: Date| company.start_of(date));
    store::billing_account::put(tx, terms, due_at)
}

fn default_currency() -> Result<Currency> {
    Currency::parse(CURRENCY_DEFAULT).ok_or_else(|| Error::internal("the default currency is none"))
}

fn refuse_if_in_use(tx: &ReadTx<'_>, id: &CustomerId) -> Result<()> {
    let (total, items) = store::billing_account::standing(tx, id)?;
    if total > 0 || items > 0 {
        return Err(Error::invalid("currency", "can be changed while the total is 0"));
    }
    if store::account_subscription::list(tx, id)?.iter().any(|subscription| subscription.due.is_some()) {
        return Err(Error::invalid("currency", "can be changed while no subscription is running"));
    }
    Ok(())
}

/// Refuses to delete a customer whose account something stands on, is owed for, or is billed to again.
///
/// # Errors
/// `Conflict`.
pub(super) fn refuse_delete_in(tx: &ReadTx<'_>, id: &CustomerId) -> Result<()> {
    let refused = |problem: &str| Err(Error::Conflict(format!("the customer {problem}")));
    if store::billing_account::standing(tx, id)?.1 > 0 {
        return refused("has something on its balance: settle it first");
    }
    if store::sales_order::owed_by(tx, id)?.open > 0 {
        return refused("has an order that is not paid: cancel it first");
    }
    if store::account_subscription::list(tx, id)?.iter().any(|subscription| subscription.due.is_some()) {
        return refused("has a running subscription of its account: end it first");
    }
    Ok(())
}

/// Puts name, e-mail address and billing address where every API finds them.
fn profile_set_in(tx: &mut WriteTx<'_>, record: CustomerRecord, new: CreateCustomer) -> Result<()> {
    let mut defaults = record.customer.defaults.clone();
    if let Some(postal) = new.billing {
        let hash = address::hash_of(&postal);
        let known = record.addresses.iter().find(|address| address.hash == hash).map(|address| address.id.clone());
        let id = match known {
            Some(id) => id,
            None => address::add_in(tx, &record, postal)?,
        };
        defaults = Defaults { billing_address_id: Some(id), ..defaults };
    }
    let Profile { name, email, .. } = new.profile;
    let profile = Profile { name, email, ..record.customer.profile.clone() };
    store::customer::update(tx, &Customer { profile, defaults, updated_at: tx.now(), ..record.customer })
}

fn changed(tx: &mut WriteTx<'_>, caller: &Caller, id: &CustomerId, what: &str) -> Result<()> {
    event::emit(tx, caller, Topic::AccountUpdated, id.as_str(), &json!({ "change": what }))
}

/// A refusal of a part of the customer, under the names of this API's callers.
fn of_customer(why: Error, address: &str) -> Error {
    match why {
        Error::Invalid { field, problem } => {
            let part = field.strip_prefix(address).map(|rest| format!("address{rest}"));
            let field = part.unwrap_or_else(|| field.clone());
            Error::Invalid { field: format!("customer.{field}"), problem }
        }
        other => other,
    }
}

/// A number of the merchant's own.
///
/// # Errors
/// `Invalid` naming `field`.
pub(super) fn number_checked(field: &str, number: Option<&str>) -> Result<()> {
    match number {
        Some(text) if text.chars().count() > NUMBER_MAX || text.chars().any(char::is_control) => {
            Err(Error::invalid(field, format!("must be at most {NUMBER_MAX} printable characters")))
        }
        _ => Ok(()),
    }
}
