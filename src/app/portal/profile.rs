//! What a customer says of themselves: name, e-mail address, language, postal address.

use super::Visitor;
use crate::app::address::ChangeAddress;
use crate::app::customer::{ChangeCustomer, ChangeProfile};
use crate::app::mail::{self, Addressee, NewMail};
use crate::app::{App, Caller};
use crate::domain::address::Address;
use crate::domain::id::CustomerId;
use crate::domain::language::Language;
use crate::domain::login_link::stored_address;
use crate::domain::text;
use crate::error::{Error, Result};
use crate::i18n::fill;
use crate::i18n::login_letter::AddressLetter;
use crate::store::WriteTx;

/// What a customer may say of themselves.
#[derive(Clone, Debug)]
pub struct ChangeOwnProfile {
    /// The name.
    pub name: String,
    /// The e-mail address, to which links are sent.
    pub email: String,
    /// The language; `None`: as the browser wishes.
    pub language: Option<Language>,
}

impl App {
    /// Changes name, e-mail address and language. Where the address changes, the old one is told, and every other
    /// session ends; `token` is the secret of the one that stays.
    ///
    /// # Errors
    /// `Invalid` naming "name" or "email".
    pub async fn portal_profile_change(&self, visitor: &Visitor, token: &str, change: ChangeOwnProfile) -> Result<()> {
        let before = self.portal_record(visitor)?;
        let old = stored_address(&before).map(str::to_owned);
        let email = text::email("email", &change.email)?;
        if email.is_empty() && old.is_some() {
            return Err(Error::invalid("email", "is needed: links are sent there"));
        }
        let profile = ChangeProfile {
            name: Some(change.name).filter(|name| !name.is_empty() || before.customer.profile.name.is_some()),
            email: Some(email.clone()).filter(|email| Some(email) != old.as_ref() && !email.is_empty()),
            ..ChangeProfile::default()
        };
        let is_other = profile.email.is_some();
        let change = ChangeCustomer { profile, language: Some(change.language), ..ChangeCustomer::default() };
        self.customer_update(&visitor.caller, &visitor.id, change).await?;
        if is_other {
            self.portal_leave_elsewhere(visitor, token).await?;
        }
        match old.filter(|_| is_other) {
            Some(old) => self.tell_old_address(visitor, old).await,
            None => Ok(()),
        }
    }

    /// Changes the postal address that invoices name, or adds it where there is none.
    ///
    /// # Errors
    /// `Invalid` naming the part, `Conflict` where another address of the visitor is the same.
    pub async fn portal_address_change(&self, visitor: &Visitor, address: Address) -> Result<()> {
        let record = self.portal_record(visitor)?;
        let Some(known) = record.default_billing() else {
            let (record, id) = self.address_create(&visitor.caller, &visitor.id, address).await?;
            let change = ChangeCustomer { billing_address_id: Some(id), ..ChangeCustomer::default() };
            return self.customer_update(&visitor.caller, &record.customer.id, change).await.map(drop);
        };
        let Address { first_name, last_name, company, line_1, line_2, city, .. } = address.clone();
        let Address { state, postal_code, country, phone, .. } = address;
        let change = ChangeAddress {
            first_name: Some(first_name),
            last_name: Some(last_name),
            company: Some(company),
            line_1: Some(line_1),
            line_2: Some(line_2),
            city: Some(city),
            state: Some(state),
            postal_code: Some(postal_code),
            country: Some(country),
            phone: Some(phone),
            email: None,
            fax: None,
        };
        self.address_update(&visitor.caller, &visitor.id, &known.id.clone(), change).await.map(drop)
    }

    async fn tell_old_address(&self, visitor: &Visitor, old: String) -> Result<()> {
        let (caller, id) = (visitor.caller.clone(), visitor.id.clone());
        self.store().write(move |tx| tell_in(tx, &caller, &id, old)).await
    }
}

fn tell_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &CustomerId, to: String) -> Result<()> {
    let addressee = Addressee::of(tx, Some(id))?;
    let (name, words) = (&addressee.company.name, AddressLetter::of(addressee.language));
    let letter = addressee.letter(fill(words.subject, &[name])).text(fill(words.text, &[name])).text(words.not_you);
    let (about, step) = (("customer", id.to_string()), tx.now().as_micros().to_string());
    mail::queue_in(tx, caller, NewMail { kind: "customer.email_changed", about, step, to, letter }).map(drop)
}
