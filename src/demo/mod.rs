//! The demo company: a year of a small merchant's life, lived through by a clock that is moved by hand.
//!
//! Everything in it happened: each customer, charge and invoice came through the same methods of `App` that the APIs
//! and pages call, in the order of its time, so the books hold like any others. Names and amounts are always the same;
//! ids and links are new each time.

mod catalogue;
mod company;
mod counter;
mod customers;
pub mod folder;
mod invoices;
mod people;
mod prepaid;
mod script;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::app::api_key::NewApiKey;
use crate::app::login::Credential;
use crate::app::{App, Caller};
use crate::domain::customer::CustomerFilter;
use crate::domain::id::{SubscriptionId, TransactionId, base62};
use crate::domain::invoice::search::InvoiceFilter;
use crate::domain::subscription::SubscriptionFilter;
use crate::domain::time::{DAY, Timestamp, at_time_of_day, zone_named};
use crate::domain::user::KeyType;
use crate::error::{Error, Result};
use script::Act;

/// The longest way that the clock goes between two words about it.
const STRIDE: i64 = 7 * DAY;
/// Second of the day at which people do things.
const MORNING_S: u32 = 10 * 3600;
/// Name of the key that is printed.
const KEY_NAME: &str = "demo";

/// How far the story is: days lived through, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Days behind us.
    pub day: u64,
    /// Days in all.
    pub days: u64,
}

/// What a newcomer opens, as paths below the public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// An invoice that waits to be paid.
    pub open: String,
    /// One that is paid in part.
    pub partial: String,
    /// One past its due date.
    pub past_due: String,
    /// A paid one.
    pub paid: String,
    /// The receipt of its payment.
    pub receipt: String,
}

/// The story so far: what later acts refer to, by the name it has in the script.
struct Story<'a> {
    app: &'a App,
    caller: &'a Caller,
    zone: TimeZone,
    /// The last day.
    today: Date,
    adjustments: BTreeMap<&'static str, String>,
    plans: BTreeMap<&'static str, String>,
    subscriptions: BTreeMap<&'static str, SubscriptionId>,
    transactions: BTreeMap<&'static str, TransactionId>,
}

/// When a story that ends at `until` begins: the clock of an app to furnish stands here.
pub fn begins(until: Timestamp) -> Timestamp {
    until.plus(-(script::DAYS + 1) * DAY)
}

/// Lives through the year up to `until`. The books are new, and their clock is moved by hand and stands at
/// [`begins`].
///
/// # Errors
/// Whatever a use case refuses; the folder is then unfinished.
pub async fn furnish(app: &App, caller: &Caller, until: Timestamp, told: &(dyn Fn(Progress) + Sync)) -> Result<()> {
    let zone = zone_named(company::ZONE).ok_or_else(|| impossible("zone", company::ZONE))?;
    let mut story = Story {
        app,
        caller,
        today: until.date_in(&zone),
        zone,
        adjustments: BTreeMap::new(),
        plans: BTreeMap::new(),
        subscriptions: BTreeMap::new(),
        transactions: BTreeMap::new(),
    };
    for (days_ago, act) in script::acts() {
        let day = story.today.checked_sub(days_ago.days()).map_err(Error::internal)?;
        let at = at_time_of_day(day, MORNING_S, &story.zone);
        live_until(&story, at, until, told).await?;
        story.play(act).await?;
    }
    live_until(&story, until, until, told).await
}

/// Lets time pass up to `at`: everything that becomes due on the way happens.
async fn live_until(story: &Story<'_>, at: Timestamp, end: Timestamp, told: &(dyn Fn(Progress) + Sync)) -> Result<()> {
    let days = |span: i64| u64::try_from(span / DAY).unwrap_or(0);
    let begin = begins(end);
    while story.app.now() < at {
        let to = std::cmp::min(at, story.app.now().plus(STRIDE));
        story.app.test_clock_move(story.caller, to).await?;
        told(Progress { day: days(to.since(begin)), days: days(end.since(begin)) });
    }
    Ok(())
}

impl Story<'_> {
    async fn play(&mut self, act: Act) -> Result<()> {
        match act {
            Act::Found => {
                company::found(self).await?;
                catalogue::fill(self).await
            }
            Act::Join(person) => customers::join(self, person).await,
            Act::NewCard(customer, number) => customers::new_card(self, customer, number).await,
            Act::Status(customer, to) => customers::set_status(self, customer, to).await,
            Act::Charge(charge) => counter::charge(self, &charge).await,
            Act::Capture(order, minor) => counter::capture(self, order, minor).await,
            Act::Void(order) => counter::void(self, order).await,
            Act::Refund(order, minor) => counter::refund(self, order, minor).await,
            Act::Prepay(customer, units) => prepaid::deposit(self, customer, units).await,
            Act::Refill(customer, threshold, units, minor) => {
                prepaid::refill(self, customer, threshold, units, minor).await
            }
            Act::Spend(customer, units) => prepaid::spend(self, customer, units).await,
            Act::Reserve(customer, units) => prepaid::reserve(self, customer, units).await,
            Act::Issue(invoice) => invoices::issue(self, invoice).await,
            Act::Pay(number, part) => invoices::pay(self, number, part).await,
        }
    }
}

/// The paths of the pages that a newcomer opens.
///
/// # Errors
/// `NotFound` where the books are no demo.
pub fn links(app: &App, caller: &Caller) -> Result<Links> {
    invoices::links(app, caller)
}

/// The address of a page that opens the portal of a customer with a prepaid balance, good once; each call makes another.
///
/// # Errors
/// `NotFound` where the books are no demo.
pub async fn portal_link(app: &App, caller: &Caller) -> Result<String> {
    prepaid::portal_link(app, caller).await
}

/// What the books hold, in a few words.
///
/// # Errors
/// Whatever the store refuses.
pub fn summary(app: &App, caller: &Caller) -> Result<String> {
    let (_, customers) = app.customer_search(caller, &CustomerFilter::default(), 1, 0)?;
    let (_, subscriptions) = app.subscription_search(caller, &SubscriptionFilter::default(), 1, 0)?;
    let (_, invoices) = app.invoice_search(caller, InvoiceFilter::default(), 1, 0)?;
    let name = app.company_find(caller)?.name;
    Ok(format!("{name}: {customers} customers, {subscriptions} subscriptions, {invoices} invoices"))
}

/// The demo's API key. It follows from the vault's key, so that each start prints the same one although the file only
/// keeps its hash.
///
/// # Errors
/// Whatever the store refuses.
pub async fn key(app: &App, caller: &Caller) -> Result<String> {
    let digest = app.command_hash(KEY_NAME.as_bytes());
    let halves = digest.as_chunks::<16>().0.iter().map(|half| base62(u128::from_be_bytes(*half), 22));
    let text = format!("api_{}", halves.collect::<String>());
    match app.caller_of(Credential::Key(text.clone()), "").await {
        Ok(_) => {}
        Err(Error::Unauthenticated) => {
            let new = NewApiKey { kind: KeyType::Api, name: KEY_NAME.to_owned(), secret: Some(text.clone()) };
            app.api_key_create(caller, new).await?;
        }
        Err(other) => return Err(other),
    }
    Ok(text)
}

/// A mistake in the tables of this folder.
fn impossible(what: &str, which: &str) -> Error {
    Error::internal(format!("the demo's script is wrong: {what} {which}"))
}
