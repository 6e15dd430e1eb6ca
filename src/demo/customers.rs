//! Customers join, subscribe, change their cards and leave.

use jiff::ToSpan;

use super::people::{Pays, Person};
use super::{Story, catalogue, impossible};
use crate::app::customer::{ChangeCustomer, CreateCustomer};
use crate::app::payment_method::NewMethod;
use crate::domain::address::Address;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::CardNumber;
use crate::domain::customer::Profile;
use crate::domain::id::CustomerId;
use crate::domain::payment_method::MethodType;
use crate::domain::plan::ScheduleTerms;
use crate::domain::recurring::subscribe::{CustomerTerms, SubscriptionTerms};
use crate::domain::subscription::SubscriptionStatus;
use crate::error::Result;

/// Where `person` lives, as every document shows it.
pub(super) fn address_of(person: &Person) -> Address {
    let (first, last) = person.name;
    let (line_1, city, state, postal_code) = person.place;
    Address {
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        company: person.company.to_owned(),
        line_1: line_1.to_owned(),
        city: city.to_owned(),
        state: state.to_owned(),
        postal_code: postal_code.to_owned(),
        country: "US".to_owned(),
        email: format!("{}@{}.example", first.to_lowercase(), person.id),
        ..Address::default()
    }
}

/// Makes the customer and what they subscribe to.
pub(super) async fn join(story: &mut Story<'_>, person: &'static Person) -> Result<()> {
    let id = CustomerId::parse(person.id).ok_or_else(|| impossible("customer id", person.id))?;
    let (first, last) = person.name;
    let create = CreateCustomer {
        profile: Profile::default(),
        id: Some(id),
        description: if person.company.is_empty() { format!("{first} {last}") } else { person.company.to_owned() },
        method: Some(method(story, &person.pays)?),
        billing: Some(address_of(person)),
        ..CreateCustomer::default()
    };
    story.app.customer_create(story.caller, create).await?;
    let customer = CustomerTerms { id: Some(person.id.to_owned()), ..CustomerTerms::default() };
    let terms = SubscriptionTerms {
        customer,
        add_ons: (!person.add_ons.is_empty()).then(|| catalogue::uses(story, person.add_ons)),
        discounts: (!person.discounts.is_empty()).then(|| catalogue::uses(story, person.discounts)),
        ..match story.plans.get(person.plan) {
            Some(plan) => SubscriptionTerms { plan_id: Some(plan.clone()), ..SubscriptionTerms::default() },
            None => grinder_care(),
        }
    };
    let made = story.app.subscription_create(story.caller, terms).await?;
    story.subscriptions.insert(person.id, made.subscription.id);
    Ok(())
}

/// What is billed without a plan: each quarter, on the day it begins.
fn grinder_care() -> SubscriptionTerms {
    SubscriptionTerms {
        description: Some("Grinder care, each quarter".to_owned()),
        amount_minor: Some(9_500),
        schedule: ScheduleTerms {
            frequency: Some("monthly".to_owned()),
            interval: Some(3),
            charge_on_day: Some(true),
            billing_days: None,
        },
        ..SubscriptionTerms::default()
    }
}

/// Gives the customer another card and makes it the default.
pub(super) async fn new_card(story: &Story<'_>, id: &str, number: &str) -> Result<()> {
    let id = CustomerId::parse(id).ok_or_else(|| impossible("customer id", id))?;
    let card = card(story, number, 1_000)?;
    let (_, method) = story.app.payment_method_create(story.caller, &id, card).await?;
    let change = ChangeCustomer { payment_method: Some((method, MethodType::Card)), ..ChangeCustomer::default() };
    story.app.customer_update(story.caller, &id, change).await?;
    Ok(())
}

/// Pauses or cancels what the customer subscribes to.
pub(super) async fn set_status(story: &Story<'_>, id: &str, to: SubscriptionStatus) -> Result<()> {
    let subscription = story.subscriptions.get(id).ok_or_else(|| impossible("subscription", id))?;
    story.app.subscription_set_status(story.caller, subscription, to, None).await?;
    Ok(())
}

fn method(story: &Story<'_>, pays: &Pays) -> Result<NewMethod> {
    match pays {
        Pays::Card(number, days) => card(story, number, *days),
        Pays::Account(routing, account) => Ok(NewMethod::Ach {
            routing_number: RoutingNumber::parse(routing).map_err(|_| impossible("routing number", routing))?,
            account_number: AccountNumber::parse(account).map_err(|_| impossible("account number", account))?,
            account_type: AccountType::Checking,
            sec_code: SecCode::Ccd,
        }),
    }
}

/// A card whose last month is `days` after the end of the story.
fn card(story: &Story<'_>, number: &str, days: i64) -> Result<NewMethod> {
    let last = story.today.checked_add(days.days()).map_err(|_| impossible("expiry", number))?;
    Ok(NewMethod::Card {
        number: CardNumber::parse(number).map_err(|_| impossible("card number", number))?,
        expiration_date: format!("{:02}/{}", last.month(), last.year()),
    })
}
