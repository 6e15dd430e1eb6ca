//! Accounts of the treasury: an account is a customer, made and charged without anyone in front of a screen.

use serde_json::json;

use super::customer::{self, CreateCustomer};
use super::payment_method::{self, NewMethod};
use super::recurring::dunning::good_method_in;
use super::write_once::Asked;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::customer::{Customer, CustomerRecord, Defaults};
use crate::domain::event::Topic;
use crate::domain::id::CustomerId;
use crate::error::{Error, Result};
use crate::processors::simulator::table::{Behaviour, card_of_token, row_of_card};
use crate::store::{self, WriteTx};

impl App {
    /// Makes a customer whose card, where one is given, is a token. Nothing is charged.
    ///
    /// # Errors
    /// As [`App::customer_create`]; `Invalid` naming `token`.
    pub async fn account_create(&self, caller: &Caller, command: CreateCustomer) -> Result<CustomerRecord> {
        if let Some(NewMethod::Token(token)) = &command.method {
            refuse_unattended(token)?;
        }
        self.customer_create(caller, command).await
    }

    /// Makes the card behind a token the one that pays from now on. One that is stored already is not stored twice.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming `token`; `Conflict` where there are too many cards.
    pub async fn account_card_set(&self, caller: &Caller, id: &CustomerId, token: String) -> Result<CustomerRecord> {
        caller.may(Action::CustomerUpdate)?;
        refuse_unattended(&token)?;
        let asked = Asked::new("customer", "account.card").with(id.as_str()).with(&token);
        let sealed = self.payment_method_seal(NewMethod::Token(token))?;
        let (id, shown) = (id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &id)?;
            let known = record.methods.iter().find(|method| method.fingerprint == sealed.secret.fingerprint);
            let card = match known {
                Some(known) => known.id.clone(),
                None => payment_method::add_in(tx, &record, sealed)?.id,
            };
            let defaults = Defaults { payment_method_id: Some(card.clone()), ..record.customer.defaults.clone() };
            store::customer::update(tx, &Customer { defaults, updated_at: tx.now(), ..record.customer })?;
            let facts = json!({ "change": "default_card", "payment_method_id": card.as_str() });
            event::emit(tx, caller, Topic::CustomerUpdated, id.as_str(), &facts)?;
            good_method_in(tx, &id, &card)?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| customer::require(tx, &shown)).await
    }
}

/// Nobody stands before a screen when an account is charged: a card that asks its holder each time is of no use.
fn refuse_unattended(token: &str) -> Result<()> {
    match card_of_token(token).and_then(|number| row_of_card(&number)) {
        Some(row) if matches!(row.behaviour, Behaviour::Challenges { .. }) => {
            Err(Error::invalid("token", "is of a card that asks its holder each time"))
        }
        _ => Ok(()),
    }
}
